# autoscaler - build, test, install. `make help` lists the targets, `make deps` installs what they need.
#
# Profiles build into build/release, build/asan, build/tsan: no cleaning between. `make V=1` shows commands.

PROFILE ?= release
BUILD ?= build/$(PROFILE)
PREFIX ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0
CC ?= cc
CFLAGS ?= -O2 -g

# --- layers ----------------------------------------------------------------------------------------------------
# One folder is one archive. A layer names the layers that it may use, from the top down, as a linker reads archives.
# A test links its layer and those below only, so the linker proves the layers.

base    := base
vocab   := vocab $(base)
core    := core $(vocab)
http    := http $(base)
store   := store $(base)
recording := recording store $(core)
log     := log $(core)
sim     := sim $(core)
backend := backend http $(core)
check   := check $(backend)
view    := view $(log)
mock    := mock backend http $(sim)
config  := config log $(sim)
notices := notices http log $(core)
service := service $(base)
metrics := metrics service log $(backend)
control := control metrics service view log $(backend)
ctl     := ctl $(control)
remote  := remote $(control)
run     := run check control metrics service notices view mock config log sim recording store $(backend)
draw    := draw $(vocab)
term    := term $(draw)
list    := list $(draw)
console := console list $(term)
panels  := panels $(console)
linear  := linear $(console)
app     := linear panels console list term draw remote $(run)

ENGINE_LAYERS := base core http store recording log sim backend check view notices service metrics control ctl remote mock config
TUI_LAYERS := draw term list console linear panels
LAYERS := vocab $(ENGINE_LAYERS) run $(TUI_LAYERS)
PURE_LAYERS := base vocab core sim
SRC_vocab := $(wildcard engine/*.c)
SRC_run := $(wildcard engine/run/*.c engine/run/*/*.c)
$(foreach layer,$(ENGINE_LAYERS),$(eval SRC_$(layer) := $$(filter-out %/main.c,$$(wildcard engine/$(layer)/*.c))))
$(foreach layer,$(TUI_LAYERS),$(eval SRC_$(layer) := $$(wildcard tui/$(layer)/*.c)))

# The programs: argv, the loop between terminal and engine.
PROGRAM_SRC := tui/main.c tui/app.c tui/console_program.c tui/copy_file.c tui/elsewhere.c tui/key_config.c tui/key_post.c tui/linear_app.c tui/state_file.c
CTL_SRC := engine/ctl/main.c
SOURCES := $(foreach layer,$(LAYERS),$(SRC_$(layer))) $(PROGRAM_SRC) $(CTL_SRC)

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
archives = $(patsubst %,$(BUILD)/lib%.a,$(1))

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

PACKAGES := libuv libcurl libcjson libmicrohttpd yaml-0.1 sqlite3 libzstd ncursesw libpcre2-8
TEST_PACKAGES := vterm gnutls
# Without a pkg-config file. The core needs it, so every program has it.
LIBS := -lunistring
package_libs = $(shell pkg-config --libs $(PACKAGES) $(1) 2>/dev/null) $(LIBS)
CPPFLAGS_ALL = -std=c17 -D_XOPEN_SOURCE=700 -DAUTOSCALER_VERSION='"$(VERSION)"' -I. \
	$(shell pkg-config --cflags-only-I $(PACKAGES) $(TEST_PACKAGES) 2>/dev/null)

ALL_CFLAGS = $(CPPFLAGS_ALL) $(WARNINGS) $(WERROR) $(PROFILE_$(PROFILE)) $(CFLAGS)
ALL_LDFLAGS = $(PROFILE_$(PROFILE)) -pie -Wl,-z,relro,-z,now,--as-needed -pthread $(LDFLAGS)

ifdef V
  quiet = $(2)
else
  quiet = @printf '%-4s %s\n' '$(1)' '$@'; $(2)
endif

# --- the program -----------------------------------------------------------------------------------------------

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:

all: $(BUILD)/autoscaler $(BUILD)/autoscalerctl ## build the programs (release profile)

demo: all ## show the console with a simulated fleet (q quits, ? helps)
	@$(BUILD)/autoscaler --demo

$(BUILD)/autoscaler: $(call objects,$(PROGRAM_SRC)) $(call archives,$(app))
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call package_libs))

$(BUILD)/autoscalerctl: $(call objects,$(CTL_SRC)) $(call archives,$(ctl))
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call package_libs))

$(foreach layer,$(LAYERS),$(eval $(call archives,$(layer)): $(call objects,$(SRC_$(layer)))))
$(call archives,$(LAYERS)):
	$(call quiet,AR,rm -f $@ && ar rcs $@ $^)

$(BUILD)/%.o: %.c $(MAKEFILE_LIST) | packages
	@mkdir -p $(@D)
	$(call quiet,CC,$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<)

include tests/tests.mk tests/tools.mk tests/sim/sim.mk tests/bench/bench.mk man/man.mk engine/service/install.mk engine/service/deb.mk

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# --- install ---------------------------------------------------------------------------------------------------

install: all install-man install-service ## install programs, manual, unit, configuration (PREFIX, DESTDIR)
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(BUILD)/autoscaler $(BUILD)/autoscalerctl $(DESTDIR)$(PREFIX)/bin

uninstall: uninstall-man uninstall-service ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/autoscaler $(DESTDIR)$(PREFIX)/bin/autoscalerctl

dist: ## write a tar file of the committed sources
	git archive --prefix=autoscaler-$(VERSION)/ -o autoscaler-$(VERSION).tar.gz HEAD

clean: ## remove everything that was built
	rm -rf build autoscaler-*.tar.gz

# --- packages --------------------------------------------------------------------------------------------------

DEB_PACKAGES := gcc libc6-dev libcjson-dev libcmocka-dev libcurl4-openssl-dev libmicrohttpd-dev libncurses-dev \
	libpcre2-dev libsqlite3-dev libunistring-dev libuv1-dev libvterm-dev libyaml-dev libzstd-dev openssl pkg-config

deps: ## install the Debian packages that are missing
	@tests/deps $(DEB_PACKAGES)

# Plain `make` installs nothing. `make demo` and `make test` do.
packages: $(if $(filter demo test,$(MAKECMDGOALS)),deps)
	@{ pkg-config --exists $(PACKAGES) && echo '#include <unicase.h>' | $(CC) -E -; } >/dev/null 2>&1 || { echo 'Libraries are missing: run `make deps`.' >&2; exit 1; }

help: ## show this list
	@sed -n 's/^\([a-z_%]*\):.*## /\1 /p' $(filter %Makefile %.mk,$(MAKEFILE_LIST)) | sort | while read -r target text; do \
		printf '  %-12s %s\n' "$$target" "$$text"; done

.PHONY: all clean demo deps dist help install packages uninstall
