/* The whole program with --once: its table, and what it sends or does not send in its pass. */
#include "tests/support/once_fixture.h"
#include "tests/support/scales.h"

#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

#define REASONS_SIZE 256

/* --- the table --------------------------------------------------------------------------------------------------- */

/* The line that begins with `name` and two or more spaces or a single one before right-aligned numbers. */
static const char *find_table_row(const char *table, const char *name, char *ret_line, size_t size)
{
    size_t length = strlen(name);
    for (const char *line = table; *line; line += strcspn(line, "\n") + 1) {
        if (strncmp(line, name, length) != 0 || line[length] != ' ')
            continue;
        snprintf(ret_line, size, "%.*s", (int)strcspn(line, "\n"), line);
        return ret_line;
    }
    return NULL;
}

static void the_table_shows_every_deployment(void **state)
{
    struct once_fixture *fixture = *state;
    size_t size;
    char line[512];
    assert_int_equal(program_fixture_run(&fixture->program_fixture,
                                         (const char *const[]){ "--once", "--bare", NULL }),
                     EXIT_OK);
    const char *table = program_output(fixture->program_fixture.program, &size);
    assert_printable(table, size);
    assert_true(strncmp(table, "DEPLOYMENT ", 11) == 0);
    for (size_t i = 0; i < COUNT_OF(id_rows); i++) {
        if (!find_table_row(table, id_rows[i].shown, line, sizeof line))
            fail_msg("no row for '%s' in\n%s", id_rows[i].shown, table);
        assert_non_null(strstr(line, " +1 "));
        assert_non_null(strstr(line, " scaled "));
    }
    assert_non_null(find_table_row(table, "worked: far too many", line, sizeof line));
    assert_non_null(strstr(line, " -104 "));
    assert_null(strstr(line, "("));
    assert_non_null(find_table_row(table, "worked: hosts without servers", line, sizeof line));
    assert_non_null(strstr(line, " on_target (starved; 27 of 34 hosts serve)"));
    snprintf(line, sizeof line, "\n%lld deployments, ", (long long)listing_count(fixture->listing));
    assert_non_null(strstr(table, line));
}

/* --- removals ---------------------------------------------------------------------------------------------------- */

static int64_t count_small_fleet_growth(void)
{
    int64_t count = COUNT_OF(id_rows);
    for (size_t i = 0; i < COUNT_OF(worked_rows); i++)
        count += worked_rows[i].delta > 0;
    return count;
}

/* "min_hosts, start_hold": the reason, and those behind it. */
static const char *reasons_of(const cJSON *row, char *ret_reasons, size_t size)
{
    struct text text;
    text_init(&text, ret_reasons, size);
    text_add(&text, member_string(row, "reason"));
    const cJSON *later;
    cJSON_ArrayForEach(later, cJSON_GetObjectItemCaseSensitive(row, "later_reasons"))
    {
        text_addf(&text, ", %s", later->valuestring);
    }
    return ret_reasons;
}

static void without_a_history_nothing_is_removed(void **state)
{
    struct once_fixture *fixture = *state;
    struct document document;
    char reasons[REASONS_SIZE];
    assert_int_equal(program_fixture_run(&fixture->program_fixture,
                                         (const char *const[]){ "--once", "--output=json", NULL }),
                     EXIT_OK);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "POST", NULL),
                     count_small_fleet_growth());
    keep_output(&fixture->program_fixture, &document);
    for (size_t i = 0; i < COUNT_OF(worked_rows); i++) {
        const cJSON *shown = document_find(&document, worked_rows[i].name);
        bool is_held = worked_rows[i].delta < 0;
        assert_int_equal(member_number(shown, "delta"), is_held ? 0 : worked_rows[i].delta);
        assert_int_equal(strstr(reasons_of(shown, reasons, sizeof reasons), "start_hold") != NULL,
                         is_held);
        assert_int_equal(strcmp(member_string(shown, "action"), "held") == 0, is_held);
    }
    document_fini(&document);
}

/* 200 hosts with 3 servers each, 200 of the 600 servers busy, target 30 %: 96 hosts. */
static const struct bare_row {
    const char *name;
    const char *arguments[6];
    int64_t delta;
    const char *action;
    const char *reasons; /* the first one, and those behind it */
} bare_rows[] = {
    /* clang-format off */
    { "bare: the formula",      { "--once", "--bare", "--output=json" }, -104, "scaled", "above_target" },
    { "bare: dry-run",          { "--once", "--bare", "--output=json", "--dry-run" }, -104, "dry_run", "above_target" },
    { "bare: read-only",        { "--once", "--bare", "--output=json", "--read-only" }, 0, "held", "read_only" },
    { "bare: min_hosts",        { "--once", "--bare", "--output=json", "--set=defaults.min_hosts=150" }, -50, "scaled", "min_hosts" },
    { "bare: max_hosts",        { "--once", "--bare", "--output=json", "--set=defaults.max_hosts=20" }, -104, "scaled", "max_hosts" },
    { "bare: max_step_down",    { "--once", "--bare", "--output=json", "--set=defaults.max_step_down=3" }, -3, "scaled", "max_step_down" },
    { "bare: two limits",       { "--once", "--bare", "--output=json", "--set=defaults.min_hosts=150", "--set=defaults.max_step_down=3" }, -3, "scaled", "min_hosts, max_step_down" },
    { "bare: min_free_servers", { "--once", "--bare", "--output=json", "--set=defaults.min_free_servers=300" }, -33, "scaled", "above_target" },
    { "bare: after --once",     { "--bare", "--output=json", "--once" }, -104, "scaled", "above_target" },
    /* clang-format on */
};

static void the_bare_formula_is_bounded(void **state)
{
    struct once_fixture *fixture = *state;
    const struct bare_row *row = fixture->program_fixture.row;
    char reasons[REASONS_SIZE];
    struct document document;
    struct scales scales;
    assert_int_equal(program_fixture_run(&fixture->program_fixture, row->arguments), EXIT_OK);
    scales_init(&scales, fixture->program_fixture.api);
    keep_output(&fixture->program_fixture, &document);
    const cJSON *shown = document_find(&document, "worked: far too many");
    const struct scale *scale = scales_find(&scales, "worked: far too many", 0);
    assert_int_equal(member_number(shown, "delta"), row->delta);
    assert_string_equal(member_string(shown, "action"), row->action);
    assert_string_equal(reasons_of(shown, reasons, sizeof reasons), row->reasons);
    assert_int_equal(scale != NULL, strcmp(row->action, "scaled") == 0);
    if (scale)
        assert_int_equal(scale->delta, row->delta);
    document_fini(&document);
    scales_fini(&scales);
}

/* --- nothing is sent --------------------------------------------------------------------------------------------- */

static const struct quiet_row {
    const char *name;
    const char *arguments[5];
    const char *action;
    const char *reason;
    bool is_delta_shown;
} quiet_rows[] = {
    { "--dry-run", { "--once", "--output=json", "--dry-run" }, "dry_run", "below_target", true },
    { "-n", { "--once", "--output=json", "-n" }, "dry_run", "below_target", true },
    { "dry_run: true",
      { "--once", "--output=json", "--set=dry_run=true" },
      "dry_run",
      "below_target",
      true },
    { "--read-only", { "--once", "--output=json", "--read-only" }, "held", "read_only", false },
    { "--read-only beats --dry-run",
      { "--once", "--output=json", "--read-only", "--dry-run" },
      "held",
      "read_only",
      false },
};

static void sends_no_scale(void **state)
{
    struct once_fixture *fixture = *state;
    const struct quiet_row *row = fixture->program_fixture.row;
    struct document document;
    assert_int_equal(program_fixture_run(&fixture->program_fixture, row->arguments), EXIT_OK);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "POST", NULL), 0);
    assert_true(fake_api_count(fixture->program_fixture.api, "GET", NULL) > 1);
    keep_output(&fixture->program_fixture, &document);
    const cJSON *shown = document_find(&document, "eu 1");
    assert_string_equal(member_string(shown, "action"), row->action);
    assert_string_equal(member_string(shown, "reason"), row->reason);
    assert_int_equal(member_number(shown, "delta"), row->is_delta_shown ? 1 : 0);
    assert_int_equal(member_number(shown, "desired_hosts"), 11);
    document_fini(&document);
}

/* --- responses to a scale ---------------------------------------------------------------------------------------- */

static const struct response_row {
    const char *name;
    struct fake_answer answer;
    int exit_code;
    const char *action;
    const char *reason;
} response_rows[] = {
    /* clang-format off */
    { "scale: 200 with an empty body", { .status = 200 },                   EXIT_OK, "scaled", "below_target" },
    { "scale: 201",                    { .status = 201, .body = "{}" },     EXIT_OK, "scaled", "below_target" },
    { "scale: 202 with a page",        { .status = 202, .body = "<html>" }, EXIT_OK, "scaled", "below_target" },
    { "scale: 204",                    { .status = 204 },                   EXIT_OK, "scaled", "below_target" },
    { "scale: 400", { .status = 400, .body = "{\"error\":\"no\"}" }, EXIT_TROUBLE, "failed", "scale_refused" },
    { "scale: 401", { .status = 401 },                               EXIT_TROUBLE, "failed", "scale_refused" },
    { "scale: 403", { .status = 403 },                               EXIT_TROUBLE, "failed", "scale_refused" },
    { "scale: 404", { .status = 404 },                               EXIT_TROUBLE, "failed", "scale_refused" },
    { "scale: 409", { .status = 409 },                               EXIT_TROUBLE, "failed", "scale_refused" },
    { "scale: 422", { .status = 422 },                               EXIT_TROUBLE, "failed", "scale_refused" },
    { "scale: 429", { .status = 429, .headers = "Retry-After: 1\r\n" },
                                                                     EXIT_TROUBLE, "failed", "scale_refused" },
    { "scale: 302", { .status = 302, .headers = "Location: /scale\r\n" },
                                                                     EXIT_TROUBLE, "unconfirmed", "unconfirmed" },
    { "scale: 307", { .status = 307, .headers = "Location: /scale\r\n" },
                                                                     EXIT_TROUBLE, "unconfirmed", "unconfirmed" },
    { "scale: 408", { .status = 408 },                               EXIT_TROUBLE, "unconfirmed", "unconfirmed" },
    { "scale: 500", { .status = 500, .body = "<p>oops\x1b[2J" },     EXIT_TROUBLE, "unconfirmed", "unconfirmed" },
    { "scale: 503", { .status = 503, .headers = "Retry-After: 1\r\n" },
                                                                     EXIT_TROUBLE, "unconfirmed", "unconfirmed" },
    { "scale: closed without a response", { .ending = FAKE_CLOSE },   EXIT_TROUBLE, "unconfirmed", "unconfirmed" },
    { "scale: reset",                  { .ending = FAKE_RESET },     EXIT_TROUBLE, "unconfirmed", "unconfirmed" },
    { "scale: a broken response", { .raw = "HTTP/1.1 200", .ending = FAKE_CLOSE },
                                                                     EXIT_TROUBLE, "unconfirmed", "unconfirmed" },
    { "scale: garbage", { .raw = "\x16\x03\x01garbage\r\n\r\n", .ending = FAKE_CLOSE },
                                                                     EXIT_TROUBLE, "unconfirmed", "unconfirmed" },
    /* clang-format on */
};

static void respond_to_scales(void *context, const struct fake_request *request,
                              struct fake_answer *ret_answer)
{
    struct once_fixture *fixture = context;
    const struct response_row *row = fixture->program_fixture.row;
    if (strcmp(request->method, "POST") == 0)
        *ret_answer = row->answer;
    else
        listing_answer(fixture->listing, request, ret_answer);
}

static void a_scale_is_sent_once_whatever_the_response(void **state)
{
    struct once_fixture *fixture = *state;
    const struct response_row *row = fixture->program_fixture.row;
    struct document document;
    struct scales scales;
    fake_api_set_answer(fixture->program_fixture.api, respond_to_scales, fixture);
    assert_int_equal(program_fixture_run(&fixture->program_fixture, JSON_BARE), row->exit_code);
    scales_init(&scales, fixture->program_fixture.api);
    assert_int_equal(scales.count, count_small_fleet_scales());
    keep_output(&fixture->program_fixture, &document);
    for (size_t i = 0; i < COUNT_OF(id_rows); i++) {
        const cJSON *shown = document_find(&document, id_rows[i].id);
        assert_int_equal(scales_count(&scales, id_rows[i].id), 1);
        assert_string_equal(member_string(shown, "action"), row->action);
        assert_string_equal(member_string(shown, "reason"), row->reason);
    }
    document_fini(&document);
    scales_fini(&scales);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        ONCE_FIXTURE_TEST(the_table_shows_every_deployment),
        ONCE_FIXTURE_TEST(without_a_history_nothing_is_removed),
    };
    struct CMUnitTest
        all[COUNT_OF(tests) + COUNT_OF(bare_rows) + COUNT_OF(quiet_rows) + COUNT_OF(response_rows)];
    struct CMUnitTest *at = all + COUNT_OF(tests);
    memcpy(all, tests, sizeof tests);
    TESTS_FROM_ROWS(at, bare_rows, the_bare_formula_is_bounded);
    at += COUNT_OF(bare_rows);
    TESTS_FROM_ROWS(at, quiet_rows, sends_no_scale);
    at += COUNT_OF(quiet_rows);
    TESTS_FROM_ROWS(at, response_rows, a_scale_is_sent_once_whatever_the_response);
    once_fixture_set(all + COUNT_OF(tests), COUNT_OF(all) - COUNT_OF(tests));
    return cmocka_run_group_tests_name("once", all, NULL, NULL);
}
