# autoscaler - build, test, install. `make help` lists the targets.
#
# Profiles build into build/release, build/asan, build/tsan: no cleaning between. `make V=1` shows commands.
# Floors (see README.md): a file uses its own floor and those below. Each floor is one archive, and a test links
# the archives of its floor and below only, so the linker proves the floors.

PROFILE ?= release
BUILD ?= build/$(PROFILE)
PREFIX ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0
CC ?= cc
CFLAGS ?= -O2 -g

# --- what is where; alphabetical, one line each: this is the map ---------------------------------------------

VOCAB_SRC := \
	engine/vocab.c

BASE_SRC := \
	engine/base/arena.c \
	engine/base/clock.c \
	engine/base/duration.c \
	engine/base/error.c \
	engine/base/heap.c \
	engine/base/panic.c \
	engine/base/random.c \
	engine/base/ring.c \
	engine/base/text.c

CORE_SRC := \
	engine/core/adopt.c \
	engine/core/boot_time.c \
	engine/core/delta.c \
	engine/core/event.c \
	engine/core/explain.c \
	engine/core/fleet.c \
	engine/core/forecast.c \
	engine/core/history.c \
	engine/core/ledger.c \
	engine/core/machine.c \
	engine/core/machine_discovery.c \
	engine/core/machine_operator.c \
	engine/core/machine_reads.c \
	engine/core/machine_scales.c \
	engine/core/manual.c \
	engine/core/observe.c \
	engine/core/pass.c \
	engine/core/peak.c \
	engine/core/policy.c \
	engine/core/schedule.c \
	engine/core/slot_ring.c \
	engine/core/tell.c \
	engine/core/want.c

SIM_SRC := \
	engine/sim/agenda.c \
	engine/sim/backtest.c \
	engine/sim/binomial.c \
	engine/sim/contender.c \
	engine/sim/demand.c \
	engine/sim/fleet_model.c \
	engine/sim/host_bill.c \
	engine/sim/host_pool.c \
	engine/sim/trace.c \
	engine/sim/window_max.c

IO_SRC := \
	engine/io/backend.c \
	engine/io/backend_rest.c \
	engine/io/feed.c \
	engine/io/http.c \
	engine/io/http_call.c \
	engine/io/http_error.c \
	engine/io/http_identity.c \
	engine/io/http_poll.c \
	engine/io/json_scan.c \
	engine/io/log.c \
	engine/io/path_segment.c \
	engine/io/publish.c \
	engine/io/publish_detail.c \
	engine/io/publish_fleet.c \
	engine/io/publish_head.c \
	engine/io/publish_lines.c \
	engine/io/publish_names.c \
	engine/io/publish_pages.c \
	engine/io/publish_row.c \
	engine/io/receipts.c \
	engine/io/retry_after.c \
	engine/io/sim_api.c \
	engine/io/sim_server.c \
	engine/io/wire.c

RUN_SRC := \
	engine/run/backtest_report.c \
	engine/run/backtests.c \
	engine/run/config.c \
	engine/run/config_argv.c \
	engine/run/config_check.c \
	engine/run/config_data.c \
	engine/run/config_file.c \
	engine/run/config_print.c \
	engine/run/config_yaml.c \
	engine/run/draft.c \
	engine/run/driver.c \
	engine/run/endpoint.c \
	engine/run/engine.c \
	engine/run/link.c \
	engine/run/log_place.c \
	engine/run/nearest.c \
	engine/run/option_types.c \
	engine/run/options.c \
	engine/run/path_list.c \
	engine/run/quote.c \
	engine/run/report.c \
	engine/run/secret.c \
	engine/run/simulate.c \
	engine/run/trace_file.c

# The console without a terminal: everything that can be drawn and decided in memory.
TUI_SRC := \
	tui/canvas.c \
	tui/chart.c \
	tui/chord.c \
	tui/columns.c \
	tui/console.c \
	tui/console_base.c \
	tui/console_keys.c \
	tui/console_list.c \
	tui/console_log.c \
	tui/console_steer.c \
	tui/console_take.c \
	tui/decode.c \
	tui/dialog.c \
	tui/dialog_text.c \
	tui/expansion.c \
	tui/figure.c \
	tui/filter.c \
	tui/format.c \
	tui/id_rank.c \
	tui/keys.c \
	tui/layout.c \
	tui/logbook.c \
	tui/order.c \
	tui/panel_dialog.c \
	tui/panel_explain.c \
	tui/panel_fleet.c \
	tui/panel_help.c \
	tui/panel_hints.c \
	tui/panel_log.c \
	tui/panel_status.c \
	tui/pieces.c \
	tui/prompt.c \
	tui/sheet.c

# The program itself: argv, the terminal, the loop between terminal and engine.
FACE_SRC := \
	tui/app.c \
	tui/main.c \
	tui/rescue.c \
	tui/screen.c

# Tests by the highest floor that they link.
BASE_TESTS := \
	test_base \
	test_drift \
	test_duration \
	test_ring \
	test_text \
	test_vocab
CORE_TESTS := \
	test_adopt \
	test_boot_time \
	test_delta \
	test_fleet \
	test_forecast \
	test_history \
	test_hostile \
	test_ledger \
	test_machine \
	test_manual_scale \
	test_observe \
	test_operator \
	test_pass \
	test_peak \
	test_policy \
	test_schedule \
	test_sim \
	test_want
SIM_TESTS := \
	test_agenda \
	test_backtest \
	test_binomial \
	test_demand \
	test_fleet_model \
	test_host_pool \
	test_trace \
	test_window_max
IO_TESTS := \
	test_feed \
	test_http \
	test_http_memory \
	test_http_tls \
	test_json_scan \
	test_log \
	test_publish \
	test_receipts \
	test_retry_after \
	test_sim_server \
	test_wire
RUN_TESTS := \
	test_backtests \
	test_config \
	test_engine
TUI_TESTS := \
	test_canvas \
	test_chart \
	test_columns \
	test_console \
	test_console_random \
	test_decode \
	test_dialog \
	test_filter \
	test_format \
	test_keys \
	test_layout \
	test_logbook \
	test_order \
	test_panels \
	test_pieces \
	test_prompt \
	test_screens \
	test_sheet
# Those of them that compare screens with tests/golden.
GOLDEN_TESTS := \
	test_panels \
	test_screens
# The terminal alone, with a probe in place of the program.
SCREEN_TESTS := \
	test_screen
# Stored inputs of the fuzz targets, played again.
CORPORA_TESTS := \
	test_corpora
E2E_TESTS := \
	test_backtest_program \
	test_demo \
	test_descriptors \
	test_faults \
	test_headless \
	test_manual \
	test_museum \
	test_once \
	test_once_bad \
	test_signals \
	test_steering \
	test_terminal \
	test_usage
# The whole program within the test, with the libraries' calls failing.
TORTURE_TESTS := \
	test_torture

TEST_SUPPORT_SRC := \
	tests/support/certificates.c \
	tests/support/fake_api.c \
	tests/support/fake_connection.c

# What the tests of the core share: a heap that counts and fails, a world that answers the machine.
CORE_TEST_SUPPORT_SRC := \
	tests/support/counting_heap.c \
	tests/support/watch.c \
	tests/support/world.c

# The published bugs that test_museum keeps out.
MUSEUM_SRC := \
	tests/museum/decisions.c \
	tests/museum/programs.c \
	tests/museum/worlds.c

# The simulation: worlds from seeds, and the laws that hold in them.
WORLDS_SRC := \
	tests/sim/api.c \
	tests/sim/book.c \
	tests/sim/crash.c \
	tests/sim/exchange.c \
	tests/sim/incidents.c \
	tests/sim/life.c \
	tests/sim/lists.c \
	tests/sim/luck.c \
	tests/sim/mail.c \
	tests/sim/operator.c \
	tests/sim/plan.c \
	tests/sim/reads.c \
	tests/sim/realm.c \
	tests/sim/report.c \
	tests/sim/rest.c \
	tests/sim/scales.c \
	tests/sim/shrink.c \
	tests/sim/trial.c \
	tests/sim/truth.c \
	tests/sim/witness.c

# The soak: a fleet's day against the program, and the judge of what it costs.
SOAK_SRC := \
	tests/soak/daemon.c \
	tests/soak/drift.c \
	tests/soak/fleet_day.c \
	tests/soak/main.c

# What the tests of the console share: snapshots made by hand.
TUI_TEST_SUPPORT_SRC := \
	tests/support/golden.c \
	tests/support/snapshots.c

# What the tests of the whole program share: the program itself, what it talks to, what it printed.
E2E_TEST_SUPPORT_SRC := \
	tests/support/desk.c \
	tests/support/document.c \
	tests/support/hosts_api.c \
	tests/support/listing.c \
	tests/support/program.c \
	tests/support/scales.c \
	tests/support/scene.c \
	tests/support/stage.c \
	tests/support/terminal.c \
	tests/support/tls_server.c

# The rows of the fault suite, by kind.
FAULTS_SRC := \
	tests/faults/answers.c \
	tests/faults/cases.c \
	tests/faults/clock.c \
	tests/faults/discovery.c \
	tests/faults/documents.c \
	tests/faults/http.c \
	tests/faults/names.c \
	tests/faults/neighbour.c \
	tests/faults/network.c \
	tests/faults/process.c \
	tests/faults/reload.c \
	tests/faults/scales.c \
	tests/faults/statuses.c \
	tests/faults/terminal.c \
	tests/faults/tls.c \
	tests/faults/words.c

# What stands between the program and its libraries there.
TORTURE_SUPPORT_SRC := \
	tests/torture/calls.c \
	tests/torture/holdings.c \
	tests/torture/inside.c

# One a file, tests/fuzz/fuzz_NAME.c; see tests/fuzz/README.md.
FUZZ_TARGETS := \
	config \
	decode \
	discovery \
	error_body \
	filter \
	json_scan \
	machine \
	numbers \
	options \
	path_segment \
	retry_after \
	scale \
	status \
	text \
	trace
FUZZ_SUPPORT_SRC := \
	tests/fuzz/oracle.c

# --- flags -----------------------------------------------------------------------------------------------------

WARNINGS = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wundef -Wcast-qual -Wcast-align -Wpointer-arith \
	-Wwrite-strings -Wformat=2 -Wvla -Wswitch-enum -Wimplicit-fallthrough -Wdouble-promotion \
	-Wfloat-equal -Wnull-dereference $(WARNINGS_$(findstring clang,$(CC)))
WARNINGS_ = -Wlogical-op -Wduplicated-cond -Wduplicated-branches
WERROR =

HARDENING = -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
PROFILE_release = $(HARDENING)
PROFILE_asan = -DMUST_SLOW -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -fPIE
PROFILE_tsan = -DMUST_SLOW -fsanitize=thread -fno-omit-frame-pointer -fPIE
PROFILE_fuzz = -DMUST_SLOW -DFLEET_SLAB=128 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -fPIE
PROFILE_coverage = -DMUST_SLOW --coverage -fPIE

PACKAGES_IO = libuv libcurl libcjson libmicrohttpd
PACKAGES_RUN = yaml-0.1
PACKAGES_FACE = ncursesw
PACKAGES_TERMINAL = vterm
PACKAGES_TLS = gnutls
package_includes = $(shell pkg-config --cflags-only-I $(PACKAGES_IO) $(PACKAGES_RUN) $(PACKAGES_FACE) \
	$(PACKAGES_TERMINAL) 2>/dev/null)
package_libs = $(shell pkg-config --libs $(1) 2>/dev/null)

ALL_CFLAGS = -std=c17 -D_XOPEN_SOURCE=700 -DAUTOSCALER_VERSION='"$(VERSION)"' -I. $(package_includes) \
	$(WARNINGS) $(WERROR) $(PROFILE_$(PROFILE)) $(CFLAGS)
ALL_LDFLAGS = $(PROFILE_$(PROFILE)) -pie -Wl,-z,relro,-z,now,--as-needed -pthread $(LDFLAGS)

ifdef V
  quiet = $(2)
else
  quiet = @printf '%-4s %s\n' '$(1)' '$@'; $(2)
endif

# --- floors ----------------------------------------------------------------------------------------------------

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
VOCAB_LIB := $(BUILD)/libvocab.a
BASE_LIB := $(BUILD)/libbase.a
CORE_LIB := $(BUILD)/libcore.a
SIM_LIB := $(BUILD)/libsim.a
IO_LIB := $(BUILD)/libio.a
RUN_LIB := $(BUILD)/librun.a
TUI_LIB := $(BUILD)/libtui.a

# From the top down: a linker reads archives from left to right.
BASE_FLOOR := $(BASE_LIB) $(VOCAB_LIB)
CORE_FLOOR := $(CORE_LIB) $(BASE_FLOOR)
SIM_FLOOR := $(SIM_LIB) $(CORE_FLOOR)
IO_FLOOR := $(IO_LIB) $(SIM_FLOOR)
RUN_FLOOR := $(RUN_LIB) $(IO_FLOOR)
TUI_FLOOR := $(TUI_LIB) $(BASE_FLOOR)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

all: $(BUILD)/autoscaler ## build the program (release profile)

$(VOCAB_LIB): $(call objects,$(VOCAB_SRC))
$(BASE_LIB): $(call objects,$(BASE_SRC))
$(CORE_LIB): $(call objects,$(CORE_SRC))
$(SIM_LIB): $(call objects,$(SIM_SRC))
$(IO_LIB): $(call objects,$(IO_SRC))
$(RUN_LIB): $(call objects,$(RUN_SRC))
$(TUI_LIB): $(call objects,$(TUI_SRC))

$(BUILD)/lib%.a:
	$(call quiet,AR,rm -f $@ && ar rcs $@ $^)

$(BUILD)/%.o: %.c Makefile | deps
	@mkdir -p $(@D)
	$(call quiet,CC,$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<)

$(BUILD)/autoscaler: $(call objects,$(FACE_SRC)) $(TUI_LIB) $(RUN_FLOOR)
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call package_libs,$(PACKAGES_IO) $(PACKAGES_RUN) $(PACKAGES_FACE)))

# --- tests -----------------------------------------------------------------------------------------------------

# What one thread does needs no ThreadSanitizer: core, simulation and the console in memory know none.
TESTS_OF_ONE_THREAD := $(CORE_TESTS) $(SIM_TESTS) $(TUI_TESTS) $(CORPORA_TESTS)
TESTS_WITH_THREADS := $(TORTURE_TESTS) $(E2E_TESTS) $(SCREEN_TESTS) $(BASE_TESTS) $(IO_TESTS) $(RUN_TESTS)
# Those that take long come first, so that none of them is left alone at the end.
TESTS := $(TESTS_WITH_THREADS) $(if $(filter tsan,$(PROFILE)),,$(TESTS_OF_ONE_THREAD))
test_binaries = $(patsubst %,$(BUILD)/tests/%,$(1))
SUPPORT_OBJ := $(call objects,$(TEST_SUPPORT_SRC))
FUZZ_SUPPORT_OBJ := $(call objects,$(FUZZ_SUPPORT_SRC))
SCREEN_PROBE := $(BUILD)/tests/support/screen_probe
# What takes the place of a function of the C library in the program.
CLOCK_SHIM := $(BUILD)/tests/support/clock_shim.so
NAMES_PRELOAD := $(BUILD)/tests/support/names_preload.so
WORLDS_OBJ := $(call objects,$(WORLDS_SRC) tests/support/counting_heap.c)
SIM := $(BUILD)/tests/sim/sim
MUTATE := $(BUILD)/tests/sim/mutate
SOAK := $(BUILD)/tests/soak/soak

$(call test_binaries,$(BASE_TESTS)): $(BASE_FLOOR)
$(call test_binaries,test_drift): $(BUILD)/tests/soak/drift.o
$(call test_binaries,test_sim): $(call objects,$(WORLDS_SRC))
$(call test_binaries,$(CORE_TESTS)): $(call objects,$(CORE_TEST_SUPPORT_SRC)) $(CORE_FLOOR)
$(call test_binaries,$(SIM_TESTS)): $(SIM_FLOOR)
$(call test_binaries,test_publish): $(BUILD)/tests/support/world.o
$(call test_binaries,$(IO_TESTS)): $(IO_FLOOR)
$(call test_binaries,$(RUN_TESTS)): $(RUN_FLOOR)
$(call test_binaries,$(TUI_TESTS)): $(call objects,$(TUI_TEST_SUPPORT_SRC)) $(TUI_FLOOR)
$(call test_binaries,$(SCREEN_TESTS)): $(BUILD)/tests/support/terminal.o $(BASE_FLOOR) | $(SCREEN_PROBE)
$(call test_binaries,test_faults): $(call objects,$(FAULTS_SRC)) | $(CLOCK_SHIM) $(NAMES_PRELOAD)
$(call test_binaries,test_http_tls): $(BUILD)/tests/support/tls_server.o
$(call test_binaries,test_museum): $(call objects,$(MUSEUM_SRC)) $(BUILD)/tests/support/world.o
$(call test_binaries,$(E2E_TESTS)): $(call objects,$(E2E_TEST_SUPPORT_SRC)) $(TUI_LIB) $(RUN_FLOOR) | $(BUILD)/autoscaler

# Calls of the program go through the test, which lets them fail; its main is called from there.
PROGRAM_OBJ := $(call objects,$(filter-out tui/main.c,$(FACE_SRC))) $(BUILD)/tests/torture/main.o
TORTURED := tests/torture/calls.def
$(call test_binaries,$(TORTURE_TESTS)): WRAP = -Wl,--wrap=mono_now,--wrap=uv_timer_start \
	$(shell sed -nE 's/^(CALL|OPTION_CALL).([a-z0-9_]+),.*/-Wl,--wrap=\2/p' $(TORTURED))
$(call test_binaries,$(TORTURE_TESTS)): $(call objects,$(TORTURE_SUPPORT_SRC)) \
	$(addprefix $(BUILD)/tests/support/,document.o hosts_api.o scales.o) $(PROGRAM_OBJ) $(TUI_LIB) $(RUN_FLOOR) \
	| $(BUILD)/tests/torture/checked

$(BUILD)/tests/torture/main.o: $(BUILD)/tui/main.o
	@mkdir -p $(@D)
	$(call quiet,OBJ,objcopy --redefine-sym main=autoscaler_main $< $@)

$(BUILD)/tests/torture/checked: tests/torture/check $(TORTURED) $(PROGRAM_OBJ) $(TUI_LIB) $(RUN_FLOOR)
	$(call quiet,NM,tests/torture/check $(TORTURED) $(filter %.o %.a,$^) && touch $@)

$(call test_binaries,$(CORPORA_TESTS)): $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/replay_%.o) $(FUZZ_SUPPORT_OBJ) \
	$(TUI_LIB) $(RUN_FLOOR)

$(call test_binaries,$(BASE_TESTS) $(CORE_TESTS) $(SIM_TESTS)): TEST_LIBS = -lm
$(call test_binaries,$(IO_TESTS)): TEST_LIBS = $(call package_libs,$(PACKAGES_IO) $(PACKAGES_TLS))
$(call test_binaries,$(SCREEN_TESTS)): TEST_LIBS = $(call package_libs,$(PACKAGES_TERMINAL))
$(call test_binaries,$(RUN_TESTS) $(CORPORA_TESTS)): TEST_LIBS = $(call package_libs,$(PACKAGES_IO) $(PACKAGES_RUN))
$(call test_binaries,$(TORTURE_TESTS)): TEST_LIBS = $(call package_libs,$(PACKAGES_IO) $(PACKAGES_RUN) $(PACKAGES_FACE))
$(call test_binaries,$(E2E_TESTS)): TEST_LIBS = $(call package_libs,$(PACKAGES_IO) $(PACKAGES_RUN) $(PACKAGES_TERMINAL) \
	$(PACKAGES_TLS))

# Every target under a name of its own, so that one program plays them all.
$(BUILD)/tests/fuzz/replay_%.o: tests/fuzz/fuzz_%.c Makefile | deps
	@mkdir -p $(@D)
	$(call quiet,CC,$(CC) $(ALL_CFLAGS) -DLLVMFuzzerTestOneInput=fuzz_$* -MMD -MP -c -o $@ $<)

$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(FUZZ_SUPPORT_OBJ) $(TUI_LIB) $(RUN_FLOOR)
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(call package_libs,$(PACKAGES_IO) $(PACKAGES_RUN)) -lm)

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(SUPPORT_OBJ)
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) $(WRAP) -o $@ $^ $(TEST_LIBS) -lcmocka -lm)

$(SCREEN_PROBE): $(call objects,tests/support/screen_probe.c tui/rescue.c tui/screen.c) $(TUI_FLOOR)
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call package_libs,$(PACKAGES_FACE)))

# No sanitizer in them: they are loaded before theirs. What they stand in for is GNU's.
$(BUILD)/tests/support/%.so: tests/support/%.c Makefile | deps
	@mkdir -p $(@D)
	$(call quiet,LD,$(CC) -std=c17 -D_GNU_SOURCE -I. $(WARNINGS) $(WERROR) $(CFLAGS) -fPIC -shared -MMD -MP -o $@ $<)

test: $(call test_binaries,$(TESTS)) $(BUILD)/autoscaler ## run every test
	@tests/run $(BUILD) $(call test_binaries,$(TESTS))

golden: $(call test_binaries,$(GOLDEN_TESTS)) ## write the screens in tests/golden anew; the difference is yours to judge
	@mkdir -p tests/golden
	@for program in $^; do GOLDEN=write $$program >/dev/null 2>&1 || echo "$$program fails"; done

test_%: $(BUILD)/tests/test_% ## run one test, e.g. make test_delta
	AUTOSCALER=$(BUILD)/autoscaler $<

asan: ## every test under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(MAKE) --no-print-directory PROFILE=asan test

tsan: ## every test that may have threads under ThreadSanitizer
	@$(MAKE) --no-print-directory PROFILE=tsan test

SECONDS ?= 10
TARGET ?= $(FUZZ_TARGETS)

fuzz: deps ## new inputs for every decoder and the core, SECONDS=n each, TARGET=name for one
	@tests/deps $(FUZZ_PACKAGES)
	@$(MAKE) --no-print-directory PROFILE=fuzz CC=clang $(TARGET:%=build/fuzz/tests/fuzz/fuzz_%)
	@tests/fuzz/run build/fuzz $(SECONDS) $(TARGET)

COVERED_TESTS := $(CORE_TESTS) test_config test_corpora test_json_scan test_retry_after test_trace test_wire
COVERED_SRC := $(CORE_SRC) engine/io/json_scan.c engine/io/retry_after.c engine/io/wire.c \
	$(wildcard engine/run/config_*.c) engine/sim/trace.c

coverage: ## how much of the core and the decoders their tests reach; fails for a gap that nobody explained
	@$(MAKE) --no-print-directory PROFILE=coverage CC=gcc CFLAGS='-O0 -g' $(COVERED_TESTS:%=build/coverage/tests/%)
	@tests/coverage build/coverage "$(COVERED_TESTS)" $(COVERED_SRC)

check: test lint ## tests, manual and lint

# --- checks ----------------------------------------------------------------------------------------------------

SOURCES := $(VOCAB_SRC) $(BASE_SRC) $(CORE_SRC) $(SIM_SRC) $(IO_SRC) $(RUN_SRC) $(TUI_SRC) $(FACE_SRC)
FORMATTED = $(wildcard engine/*.[ch] engine/*/*.[ch] tui/*.[ch] tests/*.[ch] tests/*/*.[ch])
LINT_PACKAGES := clang clang-format clang-tidy mandoc
FUZZ_PACKAGES := clang libclang-rt-dev

lint: deps ## what no compiler checks, and both compilers with warnings as errors
	@tests/deps $(LINT_PACKAGES)
	@tests/lint
	@$(MAKE) --no-print-directory BUILD=build/lint-gcc CC=gcc WERROR=-Werror all tests benches
	@build/lint-gcc/tests/sim/mutate check
	@$(MAKE) --no-print-directory BUILD=build/lint-clang CC=clang WERROR=-Werror all tests benches

tidy: deps ## clang-tidy over the program's own sources (minutes)
	@tests/deps $(LINT_PACKAGES)
	@printf '%s\n' $(SOURCES) | xargs -P 2 -n 4 sh -c 'clang-tidy --quiet --warnings-as-errors="*" "$$@" -- \
		-std=c17 -D_XOPEN_SOURCE=700 -DAUTOSCALER_VERSION="\"$(VERSION)\"" -I. $(package_includes)' tidy

format: ## format the sources
	clang-format -i $(FORMATTED)

tests: $(call test_binaries,$(TESTS)) $(SIM) $(MUTATE) $(SOAK) ## build the tests, run none

# --- simulation ------------------------------------------------------------------------------------------------


$(SIM): $(BUILD)/tests/sim/main.o $(WORLDS_OBJ) $(CORE_FLOOR)
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -o $@ $^)

# SEED: that one only. STEPS: so many of its steps. SECONDS: so long. SEEDS: so many new ones. FIRST: which, a commit say.
sim: $(SIM) ## worlds from seeds against the core; SEED=n plays one again, see tests/README.md
	@$(SIM) seed=$(SEED) steps=$(STEPS) seconds=$(SECONDS) seeds=$(SEEDS) first=$(FIRST)

$(MUTATE): $(BUILD)/tests/sim/mutate.o
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -o $@ $^)

# A mutant's object stands before the archive, whose own is then left aside.
mutants: $(SIM) $(MUTATE) ## mistakes in the core, one by one: the simulation has to find each
	@MUTANT=$(MUTANT) tests/sim/mutants $(MUTATE) $(BUILD)/mutants $(CC) $(filter-out -W%,$(ALL_CFLAGS)) -pie \
		$(BUILD)/tests/sim/main.o $(WORLDS_OBJ) -x c MUTATED -x none $(CORE_FLOOR)

# --- soak ------------------------------------------------------------------------------------------------------

MINUTES ?= 5

$(SOAK): $(call objects,$(SOAK_SRC)) $(SUPPORT_OBJ) $(IO_FLOOR)
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call package_libs,$(PACKAGES_IO)) -lcmocka)

soak: all $(SOAK) ## a day of a fleet in MINUTES=5 against the program: no leak, no drift; see tests/README.md
	@$(SOAK) $(BUILD)/autoscaler $(MINUTES) $(SAMPLES)

# --- see it ----------------------------------------------------------------------------------------------------

demo: all ## the console on an embedded simulated fleet (q quits, ? helps)
	@$(BUILD)/autoscaler --demo

benches: $(BUILD)/tests/bench/bench_backtest $(BUILD)/tests/bench/bench_decide $(BUILD)/tests/bench/bench_frame \
	$(BUILD)/tests/bench/bench_pass $(BUILD)/tests/bench/bench_publish $(BUILD)/tests/bench/bench_idle $(BUILD)/tests/bench/bench_ring

bench: all benches ## figures beside a bare equivalent
	@$(BUILD)/tests/bench/bench_backtest tests/traces
	@$(BUILD)/tests/bench/bench_decide
	@$(BUILD)/tests/bench/bench_frame
	@$(BUILD)/tests/bench/bench_pass $(BUILD)/autoscaler
	@$(BUILD)/tests/bench/bench_publish
	@$(BUILD)/tests/bench/bench_ring
	@$(BUILD)/tests/bench/bench_idle $(BUILD)/autoscaler

$(BUILD)/tests/bench/bench_backtest: $(BUILD)/tests/bench/bench_backtest.o $(RUN_FLOOR)
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call package_libs,$(PACKAGES_IO) $(PACKAGES_RUN)))

$(BUILD)/tests/bench/bench_decide: $(BUILD)/tests/bench/bench_decide.o $(CORE_FLOOR)
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -o $@ $^)

# Calls of order_make go through the bench, which counts them.
$(BUILD)/tests/bench/bench_frame: WRAP = -Wl,--wrap=order_make
$(BUILD)/tests/bench/bench_frame: $(BUILD)/tests/bench/bench_frame.o $(BUILD)/tests/support/snapshots.o \
		$(call objects,tui/rescue.c tui/screen.c) $(TUI_FLOOR)
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) $(WRAP) -o $@ $^ $(call package_libs,$(PACKAGES_FACE)) -lcmocka)

$(BUILD)/tests/bench/bench_pass: $(BUILD)/tests/bench/bench_pass.o
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call package_libs,libcurl))

$(BUILD)/tests/bench/bench_publish: $(BUILD)/tests/bench/bench_publish.o $(IO_FLOOR)
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call package_libs,$(PACKAGES_IO)))

$(BUILD)/tests/bench/bench_idle: $(BUILD)/tests/bench/bench_idle.o
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -o $@ $^)

$(BUILD)/tests/bench/bench_ring: $(BUILD)/tests/bench/bench_ring.o $(BASE_FLOOR)
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -o $@ $^)

# --- install ---------------------------------------------------------------------------------------------------

MAN := $(DESTDIR)$(PREFIX)/share/man

install: all ## install the program and its manual (PREFIX, DESTDIR)
	install -d $(DESTDIR)$(PREFIX)/bin $(MAN)/man1 $(MAN)/man5 $(MAN)/man7
	install -m 755 $(BUILD)/autoscaler $(DESTDIR)$(PREFIX)/bin/autoscaler
	install -m 644 man/autoscaler.1 $(MAN)/man1/
	install -m 644 man/autoscaler.yaml.5 $(MAN)/man5/
	install -m 644 man/autoscaler-api.7 man/autoscaler-console.7 $(MAN)/man7/

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/autoscaler $(MAN)/man1/autoscaler.1 $(MAN)/man5/autoscaler.yaml.5 \
		$(MAN)/man7/autoscaler-api.7 $(MAN)/man7/autoscaler-console.7

dist: ## a tar file of the committed sources
	git archive --prefix=autoscaler-$(VERSION)/ -o autoscaler-$(VERSION).tar.gz HEAD

clean: ## remove everything that was built
	rm -rf build autoscaler-*.tar.gz

# --- the machine -----------------------------------------------------------------------------------------------

DEB_PACKAGES := gcc libc6-dev libcjson-dev libcmocka-dev libcurl4-openssl-dev libmicrohttpd-dev libncurses-dev \
	libuv1-dev libvterm-dev libyaml-dev pkg-config

deps: ## install the Debian packages that are missing
	@tests/deps $(DEB_PACKAGES)

help: ## this list
	@sed -n 's/^\([a-z_%]*\):.*## /\1 /p' $(MAKEFILE_LIST) | while read -r target text; do \
		printf '  %-12s %s\n' "$$target" "$$text"; done

-include $(patsubst %.o,%.d,$(call objects,$(SOURCES) $(TEST_SUPPORT_SRC) $(CORE_TEST_SUPPORT_SRC) $(TUI_TEST_SUPPORT_SRC) $(E2E_TEST_SUPPORT_SRC) \
	$(MUSEUM_SRC) $(TORTURE_SUPPORT_SRC) $(WORLDS_SRC) $(FAULTS_SRC) tests/sim/main.c tests/sim/mutate.c $(SOAK_SRC)) $(SCREEN_PROBE).d $(patsubst %,$(BUILD)/tests/%.o,$(TESTS)) \
	$(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/fuzz_%.o) $(FUZZ_TARGETS:%=$(BUILD)/tests/fuzz/replay_%.o) $(FUZZ_SUPPORT_OBJ))

.PHONY: all asan bench benches check clean coverage demo deps dist format fuzz golden help install lint mutants sim soak test tests tidy tsan uninstall
.SECONDARY:
