/* The whole program with --once, and a discovery that fails. */
#include "tests/support/once_fixture.h"

#include <stdio.h>
#include <string.h>

#define ENTRY "{\"id\":\"a\",\"servers_per_host\":10,\"target_free_pct\":15}"
#define DISCOVERY "{\"deployments\":[" ENTRY "]}"

static const struct discovery_row {
    const char *name;
    struct fake_answer answer;
} discovery_rows[] = {
    /* clang-format off */
    { "discovery: 401",                 { .status = 401 }                                          },
    { "discovery: 404",                 { .status = 404 }                                          },
    { "discovery: 500",                 { .status = 500, .body = "\x1b]0;owned\a<b>" }             },
    { "discovery: 503",                 { .status = 503, .body = DISCOVERY }                       },
    { "discovery: 204",                 { .status = 204 }                                          },
    { "discovery: 206",                 { .status = 206, .body = DISCOVERY }                       },
    { "discovery: 304",                 { .status = 304 }                                          },
    { "discovery: a redirect",          { .status = 302, .headers = "Location: /else\r\n" }        },
    { "discovery: an empty body",       { .status = 200 }                                          },
    { "discovery: a page",              { .status = 200, .body = "<!doctype html><title>Log in</title>" } },
    { "discovery: garbage",             { .status = 200, .body = "\x80\xff{}" }                    },
    { "discovery: an array",            { .status = 200, .body = "[" ENTRY "]" }                   },
    { "discovery: null",                { .status = 200, .body = "null" }                          },
    { "discovery: an empty object",     { .status = 200, .body = "{}" }                            },
    { "discovery: another letter case", { .status = 200, .body = "{\"Deployments\":[" ENTRY "]}" } },
    { "discovery: null deployments",    { .status = 200, .body = "{\"deployments\":null}" }        },
    { "discovery: an object of them",   { .status = 200, .body = "{\"deployments\":{\"a\":" ENTRY "}}" } },
    { "discovery: twice the key",       { .status = 200, .body = "{\"deployments\":[" ENTRY "],\"deployments\":[]}" } },
    { "discovery: cut off",             { .status = 200, .body = "{\"deployments\":[" ENTRY }      },
    { "discovery: one bracket missing", { .status = 200, .body = "{\"deployments\":[" ENTRY "]" }  },
    { "discovery: trailing comma",      { .status = 200, .body = "{\"deployments\":[" ENTRY ",]}" } },
    { "discovery: a decimal comma",     { .status = 200, .body = "{\"deployments\":[" ENTRY ",{\"id\":\"b\","
                                          "\"servers_per_host\":10,\"target_free_pct\":1,5}]}" } },
    { "discovery: trailing garbage",    { .status = 200, .body = DISCOVERY "x" }                   },
    { "discovery: two documents",       { .status = 200, .body = DISCOVERY DISCOVERY }             },
    { "discovery: a byte-order mark",   { .status = 200, .body = "\xef\xbb\xbf" DISCOVERY }        },
    { "discovery: a NUL behind it",     { .status = 200, .body = DISCOVERY "\0", .body_size = sizeof DISCOVERY } },
    { "discovery: less than promised",  { .status = 200, .body = DISCOVERY, .missing_size = 9, .ending = FAKE_CLOSE } },
    { "discovery: reset half way",      { .status = 200, .body = DISCOVERY, .missing_size = 9, .ending = FAKE_RESET } },
    { "discovery: no response",         { .ending = FAKE_CLOSE }                                   },
    { "discovery: no HTTP",             { .raw = "hello\r\n\r\n" DISCOVERY, .ending = FAKE_CLOSE } },
    { "discovery: deep nesting",        { .raw = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"deployments\":[",
                                          .tail = "[[[[[[[[[[", .tail_count = 20000, .ending = FAKE_CLOSE } },
    /* clang-format on */
};

#define LAST_LINE "autoscaler: discovery failed, nothing was done: "

/* The last line of standard error has the sentence of the log. */
static void assert_cause(const char *log)
{
    const char *last = strstr(log, LAST_LINE);
    assert_non_null(last);
    last += strlen(LAST_LINE);
    assert_ptr_equal(strchr(last, '\n'), log + strlen(log) - 1);
    const char *logged = NULL;
    for (const char *at = log; (at = strstr(at, " discovery_failed error=\"")); at++)
        logged = strchr(at, '"') + 1;
    assert_non_null(logged);
    size_t size = strlen(last) - 1;
    assert_true(size > 0);
    /* Quotes are escaped in the log. */
    size_t plain = strcspn(last, "\"\\");
    assert_memory_equal(logged, last, plain < size ? plain : size);
}

static void assert_failed_discovery(struct program_fixture *program_fixture, int exit_code)
{
    size_t size;
    assert_int_equal(exit_code, EXIT_NO_DISCOVERY);
    const char *output = program_output(program_fixture->program, &size);
    assert_string_equal(output, "");
    assert_int_equal(size, 0);
    const char *log = program_log(program_fixture->program, &size);
    assert_printable(log, size);
    assert_true(program_count_lines(program_fixture->program, " error discovery_failed ") >= 1);
    assert_cause(log);
}

static void nothing_is_done_without_a_discovery(void **state)
{
    struct once_fixture *fixture = *state;
    struct fake_answer answer =
        ((const struct discovery_row *)fixture->program_fixture.row)->answer;
    fake_api_set_answer(fixture->program_fixture.api, fake_api_always, &answer);
    int code = program_fixture_run(
        &fixture->program_fixture,
        (const char *const[]){ "--once", "--output=json", "--set=api.retries=0", NULL });
    assert_failed_discovery(&fixture->program_fixture, code);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, NULL, NULL), 1);
}

static void discovery_is_refused(void **state)
{
    struct once_fixture *fixture = *state;
    fake_api_set_listening(fixture->program_fixture.api, false);
    assert_failed_discovery(&fixture->program_fixture,
                            program_fixture_run(&fixture->program_fixture, JSON_BARE));
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "connection refused"),
                     2); /* in the log, and in the last line */
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "attempt=3"), 1);
}

static void discovery_hangs(void **state)
{
    struct once_fixture *fixture = *state;
    struct fake_answer answer = { .ending = FAKE_HANG };
    fake_api_set_answer(fixture->program_fixture.api, fake_api_always, &answer);
    int code = program_fixture_run(&fixture->program_fixture,
                                   (const char *const[]){ "--once", "--timeout=50ms", NULL });
    assert_failed_discovery(&fixture->program_fixture, code);
}

/* A long Retry-After does not delay --once, which may run from a timer. */
static void discovery_has_a_long_retry_after(void **state)
{
    struct once_fixture *fixture = *state;
    struct fake_answer answer = { .status = 503, .headers = "Retry-After: 3600\r\n" };
    fake_api_set_answer(fixture->program_fixture.api, fake_api_always, &answer);
    assert_failed_discovery(&fixture->program_fixture,
                            program_fixture_run(&fixture->program_fixture, JSON_BARE));
}

struct failures {
    struct once_fixture *fixture;
    int left;
};

static void fail_some(void *context, const struct fake_request *request,
                      struct fake_answer *ret_answer)
{
    struct failures *failures = context;
    if (failures->left-- > 0)
        ret_answer->status = 503;
    else
        listing_answer(failures->fixture->listing, request, ret_answer);
}

static void discovery_is_tried_three_times(void **state)
{
    struct once_fixture *fixture = *state;
    struct failures failures = { fixture, 2 };
    fake_api_set_answer(fixture->program_fixture.api, fail_some, &failures);
    assert_int_equal(program_fixture_run(&fixture->program_fixture, JSON_BARE), EXIT_OK);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "GET", "/discover"), 3);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "POST", NULL),
                     count_small_fleet_scales());
}

static void an_empty_list_is_no_failure(void **state)
{
    struct once_fixture *fixture = *state;
    struct fake_answer answer = { .status = 200, .body = "{\"deployments\":[]}" };
    struct document document;
    fake_api_set_answer(fixture->program_fixture.api, fake_api_always, &answer);
    assert_int_equal(program_fixture_run(&fixture->program_fixture, JSON_BARE), EXIT_OK);
    keep_output(&fixture->program_fixture, &document);
    assert_int_equal(document.count, 0);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, NULL, NULL), 1);
    document_fini(&document);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        ONCE_FIXTURE_TEST(discovery_is_refused),
        ONCE_FIXTURE_TEST(discovery_hangs),
        ONCE_FIXTURE_TEST(discovery_has_a_long_retry_after),
        ONCE_FIXTURE_TEST(discovery_is_tried_three_times),
        ONCE_FIXTURE_TEST(an_empty_list_is_no_failure),
    };
    struct CMUnitTest all[COUNT_OF(tests) + COUNT_OF(discovery_rows)];
    struct CMUnitTest *at = all + COUNT_OF(tests);
    memcpy(all, tests, sizeof tests);
    TESTS_FROM_ROWS(at, discovery_rows, nothing_is_done_without_a_discovery);
    once_fixture_set(all + COUNT_OF(tests), COUNT_OF(all) - COUNT_OF(tests));
    return cmocka_run_group_tests_name("once", all, NULL, NULL);
}
