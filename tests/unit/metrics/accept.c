/* Which format a client gets for its Accept header. */
#include "engine/metrics/accept.h"
#include "tests/support/test.h"

static const struct accept_row {
    const char *name;
    const char *header;
    bool is_openmetrics;
} rows[] = {
    /* clang-format off */
    { "no header",                NULL, false },
    { "empty",                    "", false },
    { "curl",                     "*/*", false },
    { "a browser",                "text/html,application/xml;q=0.9,*/*;q=0.8", false },
    { "Prometheus 2.42", "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true },
    { "an old Prometheus", "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", false },
    { "OpenMetrics",              "application/openmetrics-text", true },
    { "in another case",          "Application/OpenMetrics-Text; Version=1.0.0; Q=1", true },
    { "a quoted version",         "application/openmetrics-text;version=\"1.0.0\"", true },
    { "a later version",          "application/openmetrics-text;version=2.0.0", false },
    { "refused",                  "application/openmetrics-text;q=0", false },
    { "refused with decimals",    "application/openmetrics-text;q=0.000,text/plain", false },
    { "rather text",              "application/openmetrics-text;q=0.4,text/plain;q=0.5", false },
    { "rather OpenMetrics",       "text/plain;q=0.5,application/openmetrics-text;q=0.6", true },
    { "the same weight",          "text/plain,application/openmetrics-text", true },
    { "text is refused",          "text/plain;q=0,application/openmetrics-text;q=0.1,*/*", true },
    { "a weight that is none",    "application/openmetrics-text;q=abc", false },
    { "spaces and empty parts",   " , ;, application/openmetrics-text ; q=0.9 ,,", true },
    { "a longer type",            "application/openmetrics-text-2", false },
    { "only separators",          ",;,;=;,", false },
    /* clang-format on */
};

static void a_format_is_chosen(void **state)
{
    const struct accept_row *row = *state;
    assert_int_equal(accept_is_openmetrics(row->header), row->is_openmetrics);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows)];
    TESTS_FROM_ROWS(tests, rows, a_format_is_chosen);
    return cmocka_run_group_tests_name("accept", tests, NULL, NULL);
}
