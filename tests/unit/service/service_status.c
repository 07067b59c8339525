/* The line of `systemctl status`: troubles first, then the last pass. */
#include "engine/service/service_status.h"
#include "tests/support/test.h"

#include <string.h>

/* 2026-01-02T14:03:33.678Z */
#define ENDED                                                                                      \
    {                                                                                              \
        INT64_C(1767362613678)                                                                     \
    }

static const struct status_row {
    const char *name;
    struct service_facts facts;
    const char *line;
} rows[] = {
    /* clang-format off */
    { "at the start", { 0 },
      "discovers the deployments" },
    { "between discovery and pass", { .is_discovered = true },
      "the first pass runs" },
    { "the first discovery has failed", { .is_discovered = true, .discovery_error = "connection refused" },
      "discovery failed: connection refused" },
    { "a quiet pass", { .is_discovered = true, .pass = 41, .pass_ended = ENDED, .deployments = 14, .read = 14 },
      "14 deployments; pass 41 at 14:03:33Z: 14 read, 0 scaled (+0 -0 hosts)" },
    { "one deployment", { .is_discovered = true, .pass = 1, .pass_ended = ENDED, .deployments = 1, .read = 1 },
      "1 deployment; pass 1 at 14:03:33Z: 1 read, 0 scaled (+0 -0 hosts)" },
    { "a pass with everything",
      { .is_discovered = true, .pass = 41, .pass_ended = ENDED, .deployments = 14, .read = 13, .starved = 2, .scaled = 3,
        .hosts_added = 6, .hosts_removed = 1, .held = 4, .failed = 1, .unconfirmed = 2 },
      "14 deployments, 2 starved; pass 41 at 14:03:33Z: 13 read, 3 scaled (+6 -1 hosts), 4 held, 1 failed, "
      "2 unconfirmed" },
    { "dry-run",
      { .is_discovered = true, .is_dry_run = true, .pass = 2, .pass_ended = ENDED, .deployments = 3, .read = 3, .scaled = 1 },
      "dry-run; 3 deployments; pass 2 at 14:03:33Z: 3 read, 1 would be scaled" },
    { "paused and read-only",
      { .is_discovered = true, .is_paused = true, .is_read_only = true, .pass = 2, .pass_ended = ENDED, .deployments = 3,
        .read = 3 },
      "paused; read-only; 3 deployments; pass 2 at 14:03:33Z: 3 read, 0 scaled (+0 -0 hosts)" },
    { "the breaker is open, and the list is old",
      { .is_discovered = true, .is_breaker_open = true, .read_error = "timed out", .discovery_error = "status 500",
        .pass = 9, .pass_ended = ENDED, .deployments = 3, .failed = 3 },
      "discovery failed: status 500; the breaker is open: timed out; "
      "3 deployments; pass 9 at 14:03:33Z: 0 read, 0 scaled (+0 -0 hosts), 3 failed" },
    { "the breaker is open, and it is not known why", { .is_discovered = true, .is_breaker_open = true },
      "the breaker is open; the first pass runs" },
    { "a reload was refused",
      { .is_discovered = true, .config_error = "dry_run: expected true or false", .pass = 9, .pass_ended = ENDED },
      "the new configuration is refused: dry_run: expected true or false; "
      "0 deployments; pass 9 at 14:03:33Z: 0 read, 0 scaled (+0 -0 hosts)" },
    { "stuck", { .is_discovered = true, .stuck = "the loop is stuck", .pass = 9, .pass_ended = ENDED },
      "the loop is stuck; 0 deployments; pass 9 at 14:03:33Z: 0 read, 0 scaled (+0 -0 hosts)" },
    { "stopping", { .is_discovered = true, .is_stopping = true, .scales_in_flight = 1, .pass = 9 },
      "stopping: 1 scale request in flight" },
    { "stopping, nothing in flight", { .is_stopping = true },
      "stopping: 0 scale requests in flight" },
    /* clang-format on */
};

static void the_line_is_written(void **state)
{
    const struct status_row *row = *state;
    char storage[512] = "what was there";
    struct text text;
    text_init(&text, storage, sizeof storage);
    service_status_write(&row->facts, &text);
    assert_string_equal(storage, row->line);
    assert_false(text.was_cut);
}

/* Long errors leave room for the pass. */
static void long_errors_are_cut(void **state)
{
    (void)state;
    char error[1000];
    memset(error, 'e', sizeof error - 1);
    error[sizeof error - 1] = '\0';
    const struct service_facts facts = {
        .is_discovered = true,
        .is_breaker_open = true,
        .config_error = error,
        .discovery_error = error,
        .read_error = error,
        .pass = UINT32_MAX,
    };
    char storage[512];
    struct text text;
    text_init(&text, storage, sizeof storage);
    service_status_write(&facts, &text);
    assert_non_null(strstr(storage, "eee...; the breaker is open: eee"));
    assert_non_null(strstr(storage, "; pass 4294967295 at "));
    assert_false(text.was_cut);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 1];
    TESTS_FROM_ROWS(tests, rows, the_line_is_written);
    tests[COUNT_OF(rows)] = (struct CMUnitTest)cmocka_unit_test(long_errors_are_cut);
    return cmocka_run_group_tests_name("service_status", tests, NULL, NULL);
}
