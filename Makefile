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
	engine/base/text.c

CORE_SRC := \
	engine/core/delta.c \
	engine/core/event.c

SIM_SRC :=

IO_SRC :=

RUN_SRC :=

TUI_SRC :=

# Tests by the highest floor that they link.
BASE_TESTS :=
CORE_TESTS :=
SIM_TESTS :=
IO_TESTS :=
RUN_TESTS :=
E2E_TESTS :=

TEST_SUPPORT_SRC :=

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

PACKAGES_IO = libuv libcurl libcjson libmicrohttpd
PACKAGES_RUN = yaml-0.1
package_includes = $(shell pkg-config --cflags-only-I $(PACKAGES_IO) $(PACKAGES_RUN) 2>/dev/null)
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

# From the top down: a linker reads archives from left to right.
BASE_FLOOR := $(BASE_LIB) $(VOCAB_LIB)
CORE_FLOOR := $(CORE_LIB) $(BASE_FLOOR)
SIM_FLOOR := $(SIM_LIB) $(CORE_FLOOR)
IO_FLOOR := $(IO_LIB) $(SIM_FLOOR)
RUN_FLOOR := $(RUN_LIB) $(IO_FLOOR)

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

$(BUILD)/lib%.a:
	$(call quiet,AR,rm -f $@ && ar rcs $@ $^)

$(BUILD)/%.o: %.c Makefile | deps
	@mkdir -p $(@D)
	$(call quiet,CC,$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<)

$(BUILD)/autoscaler: $(call objects,$(TUI_SRC)) $(RUN_FLOOR)
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call package_libs,$(PACKAGES_IO) $(PACKAGES_RUN)))

# --- tests -----------------------------------------------------------------------------------------------------

TESTS := $(BASE_TESTS) $(CORE_TESTS) $(SIM_TESTS) $(IO_TESTS) $(RUN_TESTS) $(E2E_TESTS)
test_binaries = $(patsubst %,$(BUILD)/tests/%,$(1))
SUPPORT_OBJ := $(call objects,$(TEST_SUPPORT_SRC))

$(call test_binaries,$(BASE_TESTS)): $(BASE_FLOOR)
$(call test_binaries,$(CORE_TESTS)): $(CORE_FLOOR)
$(call test_binaries,$(SIM_TESTS)): $(SIM_FLOOR)
$(call test_binaries,$(IO_TESTS)): $(IO_FLOOR)
$(call test_binaries,$(RUN_TESTS)): $(RUN_FLOOR)
$(call test_binaries,$(E2E_TESTS)): $(RUN_FLOOR)

$(call test_binaries,$(BASE_TESTS) $(CORE_TESTS) $(SIM_TESTS)): TEST_LIBS = -lm
$(call test_binaries,$(IO_TESTS)): TEST_LIBS = $(call package_libs,$(PACKAGES_IO))
$(call test_binaries,$(RUN_TESTS) $(E2E_TESTS)): TEST_LIBS = $(call package_libs,$(PACKAGES_IO) $(PACKAGES_RUN))

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(SUPPORT_OBJ)
	$(call quiet,LD,$(CC) $(ALL_LDFLAGS) -o $@ $^ $(TEST_LIBS) -lcmocka -lm)

test: $(call test_binaries,$(TESTS)) $(BUILD)/autoscaler ## run every test
	@tests/run $(BUILD) $(call test_binaries,$(TESTS))

test_%: $(BUILD)/tests/test_% ## run one test, e.g. make test_delta
	$<

asan: ## every test under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(MAKE) --no-print-directory PROFILE=asan test

tsan: ## every test under ThreadSanitizer
	@$(MAKE) --no-print-directory PROFILE=tsan test

clean: ## remove everything that was built
	rm -rf build

# --- the machine -----------------------------------------------------------------------------------------------

DEB_PACKAGES := gcc libc6-dev libcjson-dev libcmocka-dev libcurl4-openssl-dev libmicrohttpd-dev libuv1-dev \
	libyaml-dev pkg-config

deps: ## install the Debian packages that are missing
	@tests/deps $(DEB_PACKAGES)

help: ## this list
	@sed -n 's/^\([a-z_%]*\):.*## /\1 /p' $(MAKEFILE_LIST) | while read -r target text; do \
		printf '  %-12s %s\n' "$$target" "$$text"; done

-include $(patsubst %.o,%.d,$(call objects,$(VOCAB_SRC) $(BASE_SRC) $(CORE_SRC) $(SIM_SRC) $(IO_SRC) $(RUN_SRC) \
	$(TUI_SRC) $(TEST_SUPPORT_SRC)) $(patsubst %,$(BUILD)/tests/%.o,$(TESTS)))

.PHONY: all asan clean deps help test tsan
.SECONDARY:
