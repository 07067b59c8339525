# Checks beside the tests: lint, clang-tidy, format, another Debian, fuzzing, coverage.

LINT_PACKAGES := clang clang-format clang-tidy mandoc
FUZZ_PACKAGES := clang libclang-rt-dev
FORMATTED = $(shell find engine tui tests -name '*.[ch]')

lint: deps ## layers, include cycles, words, formatting, the manual; gcc and clang with warnings as errors
	@tests/deps $(LINT_PACKAGES)
	@tests/lint
	@$(MAKE) --no-print-directory CC=gcc WERROR=-Werror all tests benches
	@$(BUILD)/tests/sim/mutate check
	@$(MAKE) --no-print-directory BUILD=build/lint-clang CC=clang WERROR=-Werror all tests benches

tidy: deps ## clang-tidy over the program's own sources (minutes)
	@tests/deps $(LINT_PACKAGES)
	@printf '%s\n' $(SOURCES) | xargs -P 2 -n 4 sh -c 'clang-tidy --quiet --warnings-as-errors="*" "$$@" -- \
		$(subst '"$(VERSION)"',"\"$(VERSION)\"",$(CPPFLAGS_ALL))' tidy

format: ## format the sources with clang-format
	@clang-format -i $(FORMATTED)

check: test lint ## tests and lint: must pass before a commit

# --- another release of Debian ---------------------------------------------------------------------------------

RELEASE ?= trixie

debian: ## build and test the committed sources in a chroot of Debian RELEASE=trixie, below build/ (root)
	@unshare --mount tests/debian $(RELEASE) build/debian-$(RELEASE)

# --- fuzzing ---------------------------------------------------------------------------------------------------

SECONDS ?= 10
TARGET ?= $(FUZZ_TARGETS)

fuzz: deps ## fuzz every decoder and the core (clang), SECONDS=n each, TARGET=name for one
	@tests/deps $(FUZZ_PACKAGES)
	@$(MAKE) --no-print-directory PROFILE=fuzz CC=clang $(TARGET:%=build/fuzz/tests/fuzz/fuzz_%)
	@tests/fuzz/run build/fuzz $(SECONDS) $(TARGET)

$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/oracle.o $(call archives,$(app))
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(call package_libs) -lm)

# Each target under a name of its own, so that test_fuzz replays all stored inputs in one program.
$(BUILD)/tests/fuzz/replay_%.o: tests/fuzz/fuzz_%.c $(MAKEFILE_LIST) | packages
	@mkdir -p $(@D)
	$(call quiet,CC,$(CC) $(ALL_CFLAGS) -DLLVMFuzzerTestOneInput=fuzz_$* -MMD -MP -c -o $@ $<)

# --- coverage --------------------------------------------------------------------------------------------------

COVERED_TESTS := $(patsubst %.c,%,$(wildcard tests/unit/core/*.c)) tests/sim/test_sim tests/fuzz/test_fuzz \
	tests/unit/config/config tests/unit/backend/json_scan tests/unit/http/retry_after \
	tests/unit/sim/trace $(patsubst %.c,%,$(wildcard tests/unit/backend/wire*.c))
COVERED_SRC := $(SRC_core) engine/backend/json_scan.c engine/backend/wire.c engine/http/retry_after.c \
	$(wildcard engine/config/config_*.c) engine/config/yaml_reader.c engine/sim/trace.c

coverage: ## how much of the core and the decoders their tests reach; fails for an unexplained gap
	@$(MAKE) --no-print-directory PROFILE=coverage CC=gcc CFLAGS='-O0 -g' $(COVERED_TESTS:%=build/coverage/%)
	@tests/coverage build/coverage "$(COVERED_TESTS)" $(COVERED_SRC)

.PHONY: check coverage debian format fuzz lint tidy
