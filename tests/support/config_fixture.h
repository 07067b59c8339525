/*
 * config_fixture - a directory and an environment for each test of the configuration.
 *
 * Every test runs in a directory of its own with a clean environment. The configuration file, if any, is FILE_NAME in
 * it, so that the error texts are the same everywhere. The end of a test fails when memory is still held. One thread.
 */
#ifndef TESTS_SUPPORT_CONFIG_FIXTURE_H
#define TESTS_SUPPORT_CONFIG_FIXTURE_H

#include "tests/support/test.h"

#include "engine/config/config.h"
#include "engine/config/config_values.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FILE_NAME "autoscaler.yaml"
#define ARGS_MAX 8
#define CANARY "canary-8c1f6f0b"

int config_fixture_enter(void **state);
int config_fixture_leave(void **state);

/* config_fixture_enter for a test with a row as its state. */
int config_fixture_enter_row(void **state);

/* Runs a test for each row, and adds those that fail to `failed`. */
#define CONFIG_FIXTURE_ROWS(rows, check, failed)                                                   \
    do {                                                                                           \
        struct CMUnitTest tests_[COUNT_OF(rows)];                                                  \
        TESTS_FROM_ROWS(tests_, rows, check);                                                      \
        for (size_t i_ = 0; i_ < COUNT_OF(rows); i_++) {                                           \
            tests_[i_].setup_func = config_fixture_enter_row;                                      \
            tests_[i_].teardown_func = config_fixture_leave;                                       \
        }                                                                                          \
        (failed) += cmocka_run_group_tests_name(#rows, tests_, NULL, NULL);                        \
    } while (0)

void config_fixture_write_file(const char *path, const char *bytes, size_t size, mode_t mode);
void config_fixture_write_text(const char *path, const char *text);
void config_fixture_make_folders(const char *outer, const char *inner);

/* "NAME=value" */
void config_fixture_set_variable(const char *assignment);

/* `args` ends with NULL and is without the name of the program. */
int config_fixture_load_args(const char *const *args, struct config **ret_config,
                             struct error *err);
struct config *config_fixture_load(const char *const *args);
struct config *config_fixture_load_file(const char *yaml);
void config_fixture_expect_refusal(const char *const *args, int code, const char *message);

/* The value of an option, as --check-config shows it; valid until the next call. */
const char *config_fixture_shown(const struct config *config, const char *key);

/* The output of --check-config; the caller frees it with free. */
char *config_fixture_printed(const struct config *config);

/* So many allocations succeed, then all fail; negative: all succeed. */
void config_fixture_limit_memory(int64_t succeed_count);

/* Allocations that were not freed. */
size_t config_fixture_memory_count(void);

/* The directory of the running test. */
const char *config_fixture_home(void);

#endif
