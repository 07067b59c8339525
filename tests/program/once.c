/*
 * The whole program with --once: one discovery, one pass, a document or a table, an exit code. Requests are counted at
 * the server.
 */
#include "tests/support/document.h"
#include "tests/support/listing.h"
#include "tests/support/program_fixture.h"
#include "tests/support/scales.h"
#include "tests/support/test.h"

#include "engine/base/heap.h"
#include "engine/base/random.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_OK 0
#define EXIT_TROUBLE 1
#define EXIT_NO_DISCOVERY 3

#define FLEET_SIZE 3000
#define REASONS_SIZE 256
#define CANARY "canary-3f1d9a77c0"

#define JSON_BARE                                                                                  \
    (const char *const[])                                                                          \
    {                                                                                              \
        "--once", "--bare", "--output=json", NULL                                                  \
    }

/* --- one run over thousands; many tests check its requests and its output ---------------------------------------- */

static struct run {
    struct program_fixture program_fixture;
    struct listing *listing;
    struct document document;
    struct scales scales;
    int exit_code;
} run;

/* Ids that need escaping in a path or in the output. */
static const struct id_row {
    const char *name;
    const char *id;
    const char *path;
    const char *shown; /* in the table */
} id_rows[] = {
    /* clang-format off */
    { "id: a space",             "eu 1",         "/status/eu%201",                "eu 1"          },
    { "id: a slash",             "a/b",          "/status/a%2Fb",                 "a/b"           },
    { "id: a step up",           "../scale",     "/status/..%2Fscale",            "../scale"      },
    { "id: three dots",          "...",          "/status/...",                   "..."           },
    { "id: a query",             "a?x=1&y#z",    "/status/a%3Fx%3D1%26y%23z",     "a?x=1&y#z"     },
    { "id: an escaped slash",    "%2f",          "/status/%252f",                 "%2f"           },
    { "id: escaped dots",        "%2e%2e",       "/status/%252e%252e",            "%2e%2e"        },
    { "id: a broken escape",     "100%",         "/status/100%25",                "100%"          },
    { "id: plus and semicolon",  "a+b;c,d@e:f",  "/status/a%2Bb%3Bc%2Cd%40e%3Af", "a+b;c,d@e:f"   },
    { "id: quotes",              "a\"b\\c",      "/status/a%22b%5Cc",             "a\"b\\\\c"     },
    { "id: looks like JSON",     "\"},{\"",      "/status/%22%7D%2C%7B%22",       "\"},{\""       },
    { "id: looks like a field",  "x delta=+9",   "/status/x%20delta%3D%2B9",      "x delta=+9"    },
    { "id: letters of a town",   "z\xc3\xbcrich", "/status/z%C3%BCrich",          "z\xc3\xbcrich" },
    { "id: other letters",       "\xe6\x9d\xb1\xe4\xba\xac", "/status/%E6%9D%B1%E4%BA%AC",
                                 "\xe6\x9d\xb1\xe4\xba\xac"                                       },
    { "id: a picture",           "\xf0\x9f\x8e\xae", "/status/%F0%9F%8E%AE",      "\xf0\x9f\x8e\xae" },
    { "id: written backwards",   "eu\xe2\x80\xae""1", "/status/eu%E2%80%AE1",     "eu\\u{202e}1"  },
    { "id: zero width",          "eu\xe2\x80\x8b""2", "/status/eu%E2%80%8B2",     "eu\\u{200b}2"  },
    { "id: a byte-order mark",   "\xef\xbb\xbf""eu3", "/status/%EF%BB%BFeu3",     "\\u{feff}eu3"  },
    { "id: a soft hyphen",       "eu\xc2\xad""4", "/status/eu%C2%AD4",            "eu\\u{ad}4"    },
    /* clang-format on */
};

/* Cases computed by hand, and limits of the formula. */
static const struct worked_row {
    const char *name;
    struct listed_numbers numbers;
    int64_t delta;
} worked_rows[] = {
    /* clang-format off */
    /*                                    per_host  target   hosts  servers   free     delta */
    { "worked: one host short",            {    10,    150,     10,     100,    10 },      1 },
    { "worked: busier than the target",    {    10,    150,    100,    1000,   100 },      6 },
    { "worked: far too many",              {     3,    300,    200,     600,   400 },   -104 },
    { "worked: large hosts",               {   250,    100,      3,     750,   113 },      0 },
    { "worked: nearly all free",           {     1,    900,    600,     600,   541 },    -10 },
    { "worked: just at the target",        {     1,    900,    600,     600,   540 },      0 },
    { "worked: odd numbers",               {    13,    170,    372,    4836,   942 },    -11 },
    { "worked: doubles give one more",     {     1,    300,     21,      21,     0 },      9 },
    { "worked: no players",                {    10,    150,      5,      50,    50 },     -4 },
    { "worked: nothing is there",          {    10,    150,      0,       0,     0 },      1 },
    { "worked: nothing to keep free",      {    10,      0,     10,     100,     0 },      0 },
    { "worked: a tenth of a percent",      {     1,      1,    999,     999,     0 },      1 },
    { "worked: nearly everything free",    {     1,    999,      1,       1,     0 },    999 },
    { "worked: hosts without servers",     {    10,    200,     34,     270,     0 },      0 },
    { "worked: many servers",              { 10000,    125, 200000, 2000000000, 0 },   28572 },
    /* clang-format on */
};

static struct listed_numbers draw_numbers(struct random *random)
{
    struct listed_numbers numbers = {
        .servers_per_host = 1 + random_below(random, 500),
        .target_free_permille = random_below(random, 1000),
        .current_hosts = random_below(random, 1000),
    };
    int64_t capacity = numbers.current_hosts * numbers.servers_per_host;
    numbers.total_servers = capacity - random_below(random, capacity / 8 + 1);
    numbers.free_servers = random_below(random, numbers.total_servers + 1);
    return numbers;
}

static void draw_id(char *ret_id, size_t size, int64_t index)
{
    snprintf(ret_id, size, "fleet-%05lld", (long long)index);
}

static struct listing *list_thousands(struct listed_numbers *ret_numbers)
{
    static const struct listed_numbers short_by_one = { 10, 150, 10, 100, 10 };
    struct listing *listing = listing_create();
    struct random random = { 20260102 };
    for (size_t i = 0; i < COUNT_OF(id_rows); i++)
        listing_add_good(listing, id_rows[i].id, &short_by_one);
    for (size_t i = 0; i < COUNT_OF(worked_rows); i++)
        listing_add_good(listing, worked_rows[i].name, &worked_rows[i].numbers);
    for (int64_t i = 0; i < FLEET_SIZE; i++) {
        char id[32];
        draw_id(id, sizeof id, i);
        ret_numbers[i] = draw_numbers(&random);
        listing_add_good(listing, id, &ret_numbers[i]);
    }
    return listing;
}

static struct listed_numbers fleet_numbers[FLEET_SIZE];

static void keep_output(struct program_fixture *program_fixture, struct document *ret_document)
{
    size_t size;
    const char *output = program_output(program_fixture->program, &size);
    assert_printable(output, size);
    assert_true(size > 0);
    document_init(ret_document, output, size);
}

static int run_thousands(void **state)
{
    (void)state;
    program_fixture_init(&run.program_fixture);
    run.listing = list_thousands(fleet_numbers);
    fake_api_set_answer(run.program_fixture.api, listing_answer, run.listing);
    run.exit_code = program_fixture_run(&run.program_fixture, JSON_BARE);
    keep_output(&run.program_fixture, &run.document);
    scales_init(&run.scales, run.program_fixture.api);
    scales_sort(&run.scales);
    return 0;
}

static int free_thousands(void **state)
{
    (void)state;
    scales_fini(&run.scales);
    document_fini(&run.document);
    program_fixture_fini(&run.program_fixture);
    listing_destroy(run.listing);
    return 0;
}

static void exits_with_0_and_prints_no_error(void **state)
{
    (void)state;
    size_t size;
    const char *log = program_log(run.program_fixture.program, &size);
    assert_string_equal(log, "");
    assert_int_equal(run.exit_code, EXIT_OK);
}

static void id_is_one_path_segment(void **state)
{
    const struct id_row *row = *state;
    assert_int_equal(fake_api_count(run.program_fixture.api, "GET", row->path), 1);
    assert_int_equal(scales_count(&run.scales, row->id), 1);
    assert_int_equal(scales_find(&run.scales, row->id, 0)->delta, 1);
    const cJSON *shown = document_find(&run.document, row->id);
    assert_string_equal(member_string(shown, "action"), "scaled");
    assert_int_equal(member_number(shown, "delta"), 1);
}

static void worked_case_holds(void **state)
{
    const struct worked_row *row = *state;
    const cJSON *shown = document_find(&run.document, row->name);
    const struct scale *scale = scales_find(&run.scales, row->name, 0);
    assert_int_equal(listed_delta(&row->numbers), row->delta);
    assert_int_equal(member_number(shown, "delta"), row->delta);
    assert_int_equal(scales_count(&run.scales, row->name), row->delta != 0);
    if (scale)
        assert_int_equal(scale->delta, row->delta);
}

/* In the order of ids: one fleet after the other, without other rows between them. */
static void each_fleet_is_sent_its_delta(void **state)
{
    (void)state;
    size_t at = 0;
    while (at < run.scales.count && strcmp(run.scales.items[at].id, "fleet-") < 0)
        at++;
    for (int64_t i = 0; i < FLEET_SIZE; i++) {
        char id[32];
        draw_id(id, sizeof id, i);
        int64_t delta = listed_delta(&fleet_numbers[i]);
        if (delta == 0)
            continue;
        assert_true(at < run.scales.count);
        assert_string_equal(run.scales.items[at].id, id);
        assert_int_equal(run.scales.items[at++].delta, delta);
    }
}

static int64_t expected_scales(void)
{
    int64_t count = COUNT_OF(id_rows);
    for (size_t i = 0; i < COUNT_OF(worked_rows); i++)
        count += worked_rows[i].delta != 0;
    for (size_t i = 0; i < FLEET_SIZE; i++)
        count += listed_delta(&fleet_numbers[i]) != 0;
    return count;
}

/* Fleets whose removal is cut to nothing, because too few servers exist. */
static int64_t expected_holds(void)
{
    int64_t count = 0;
    for (size_t i = 0; i < FLEET_SIZE; i++)
        count +=
            listed_delta(&fleet_numbers[i]) == 0 && listed_formula_delta(&fleet_numbers[i]) != 0;
    return count;
}

/* The fleets with an id of their own have 10 of 100 servers free and a target of 15 %. */
static int64_t expected_starved(void)
{
    int64_t count = 0;
    for (size_t i = 0; i < COUNT_OF(worked_rows); i++)
        count += listed_is_starved(&worked_rows[i].numbers);
    for (size_t i = 0; i < FLEET_SIZE; i++)
        count += listed_is_starved(&fleet_numbers[i]);
    return count;
}

static void nothing_else_is_sent(void **state)
{
    (void)state;
    int64_t listed = listing_count(run.listing);
    int64_t scales = expected_scales();
    assert_int_equal(run.scales.count, scales);
    assert_int_equal(fake_api_count(run.program_fixture.api, "GET", "/discover"), 1);
    assert_int_equal(fake_api_count(run.program_fixture.api, "GET", NULL), listed + 1);
    assert_int_equal(fake_api_count(run.program_fixture.api, NULL, NULL), listed + 1 + scales);
}

static void every_read_carries_the_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(id_rows); i++) {
        const struct fake_request *request =
            fake_api_find(run.program_fixture.api, "GET", id_rows[i].path, 0);
        assert_header(request, "Accept", "application/json");
        assert_header(request, "User-Agent", "autoscaler/");
        assert_null(request->key);
        size_t length;
        assert_null(fake_request_header(request, "Authorization", &length));
        assert_null(fake_request_header(request, "Expect", &length));
    }
}

/* libcurl repeats a POST by itself when a connection that was used before dies. */
static void every_scale_has_a_connection_of_its_own(void **state)
{
    (void)state;
    size_t count = (size_t)fake_api_connections(run.program_fixture.api);
    int64_t *requests = heap_alloc(count, sizeof *requests);
    assert_non_null(requests);
    for (int64_t i = 0; i < fake_api_count(run.program_fixture.api, NULL, NULL); i++)
        requests[fake_api_find(run.program_fixture.api, NULL, NULL, i)->connection]++;
    for (size_t i = 0; i < run.scales.count; i++)
        assert_int_equal(requests[run.scales.items[i].connection], 1);
    heap_free(requests);
}

static void check_fleet_row(int64_t index)
{
    char id[32];
    draw_id(id, sizeof id, index);
    const struct listed_numbers *numbers = &fleet_numbers[index];
    const cJSON *row = document_find(&run.document, id);
    int64_t busy = numbers->total_servers - numbers->free_servers;
    int64_t delta = listed_delta(numbers);
    int64_t formula = listed_formula_delta(numbers);
    assert_int_equal(member_number(row, "servers_per_host"), numbers->servers_per_host);
    assert_int_equal(member_number(row, "current_hosts"), numbers->current_hosts);
    assert_int_equal(member_number(row, "total_servers"), numbers->total_servers);
    assert_int_equal(member_number(row, "free_servers"), numbers->free_servers);
    assert_int_equal(member_number(row, "busy_servers"), busy);
    assert_int_equal(strcmp(member_string(row, "state"), "starved") == 0,
                     listed_is_starved(numbers));
    assert_int_equal(member_number(row, "serving_hosts"), listed_serving(numbers));
    assert_int_equal(member_number(row, "pending_hosts"), 0);
    assert_int_equal(member_number(row, "delta"), delta);
    assert_string_equal(member_string(row, "action"), delta != 0     ? "scaled"
                                                      : formula != 0 ? "held"
                                                                     : "none");
    if (numbers->total_servers == 0)
        assert_member_null(row, "free_pct");
    if (busy > 0)
        assert_int_equal(member_number(row, "desired_hosts"), numbers->current_hosts + formula);
}

static void every_row_shows_what_was_read_and_done(void **state)
{
    (void)state;
    assert_int_equal(run.document.count, listing_count(run.listing));
    for (int64_t i = 0; i < FLEET_SIZE; i++)
        check_fleet_row(i);
}

static void the_summary_counts(void **state)
{
    (void)state;
    const cJSON *summary = cJSON_GetObjectItemCaseSensitive(run.document.root, "summary");
    int64_t listed = listing_count(run.listing);
    assert_int_equal(member_number(summary, "discovered"), listed);
    assert_int_equal(member_number(summary, "read"), listed);
    assert_int_equal(member_number(summary, "scaled"), expected_scales());
    assert_int_equal(member_number(summary, "held"), expected_holds());
    assert_int_equal(member_number(summary, "starved"), expected_starved());
    assert_int_equal(member_number(summary, "failed"), 0);
    assert_string_equal(member_string(run.document.root, "api"),
                        fake_api_url(run.program_fixture.api));
}

static int thousands(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(exits_with_0_and_prints_no_error),
        cmocka_unit_test(each_fleet_is_sent_its_delta),
        cmocka_unit_test(nothing_else_is_sent),
        cmocka_unit_test(every_read_carries_the_headers),
        cmocka_unit_test(every_scale_has_a_connection_of_its_own),
        cmocka_unit_test(every_row_shows_what_was_read_and_done),
        cmocka_unit_test(the_summary_counts),
    };
    struct CMUnitTest all[COUNT_OF(tests) + COUNT_OF(id_rows) + COUNT_OF(worked_rows)];
    memcpy(all, tests, sizeof tests);
    TESTS_FROM_ROWS(all + COUNT_OF(tests), id_rows, id_is_one_path_segment);
    TESTS_FROM_ROWS(all + COUNT_OF(tests) + COUNT_OF(id_rows), worked_rows, worked_case_holds);
    return cmocka_run_group_tests_name("once over thousands", all, run_thousands, free_thousands);
}

/* --- a small fleet, one run for each test ------------------------------------------------------------------------ */

struct api_fixture {
    struct program_fixture program_fixture;
    struct listing *listing;
};

static void fill_small_fleet(struct listing *listing)
{
    for (size_t i = 0; i < COUNT_OF(worked_rows); i++)
        listing_add_good(listing, worked_rows[i].name, &worked_rows[i].numbers);
    for (size_t i = 0; i < COUNT_OF(id_rows); i++)
        listing_add_good(listing, id_rows[i].id, &(struct listed_numbers){ 10, 150, 10, 100, 10 });
}

static int enter(void **state)
{
    struct api_fixture *fixture = heap_alloc(1, sizeof *fixture);
    if (!fixture)
        return -1;
    program_fixture_init(&fixture->program_fixture);
    fixture->program_fixture.row = *state;
    fixture->listing = listing_create();
    fill_small_fleet(fixture->listing);
    fake_api_set_answer(fixture->program_fixture.api, listing_answer, fixture->listing);
    *state = fixture;
    return 0;
}

static int leave(void **state)
{
    struct api_fixture *fixture = *state;
    program_fixture_fini(&fixture->program_fixture);
    listing_destroy(fixture->listing);
    heap_free(fixture);
    return 0;
}

static int64_t count_small_fleet_scales(void)
{
    int64_t count = COUNT_OF(id_rows);
    for (size_t i = 0; i < COUNT_OF(worked_rows); i++)
        count += worked_rows[i].delta != 0;
    return count;
}

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
    struct api_fixture *fixture = *state;
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
    struct api_fixture *fixture = *state;
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
    struct api_fixture *fixture = *state;
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
    struct api_fixture *fixture = *state;
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
    struct api_fixture *fixture = context;
    const struct response_row *row = fixture->program_fixture.row;
    if (strcmp(request->method, "POST") == 0)
        *ret_answer = row->answer;
    else
        listing_answer(fixture->listing, request, ret_answer);
}

static void a_scale_is_sent_once_whatever_the_response(void **state)
{
    struct api_fixture *fixture = *state;
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

/* --- discovery that fails ---------------------------------------------------------------------------------------- */

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
    struct api_fixture *fixture = *state;
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
    struct api_fixture *fixture = *state;
    fake_api_set_listening(fixture->program_fixture.api, false);
    assert_failed_discovery(&fixture->program_fixture,
                            program_fixture_run(&fixture->program_fixture, JSON_BARE));
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "connection refused"),
                     2); /* in the log, and in the last line */
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "attempt=3"), 1);
}

static void discovery_hangs(void **state)
{
    struct api_fixture *fixture = *state;
    struct fake_answer answer = { .ending = FAKE_HANG };
    fake_api_set_answer(fixture->program_fixture.api, fake_api_always, &answer);
    int code = program_fixture_run(&fixture->program_fixture,
                                   (const char *const[]){ "--once", "--timeout=50ms", NULL });
    assert_failed_discovery(&fixture->program_fixture, code);
}

/* A long Retry-After does not delay --once, which may run from a timer. */
static void discovery_has_a_long_retry_after(void **state)
{
    struct api_fixture *fixture = *state;
    struct fake_answer answer = { .status = 503, .headers = "Retry-After: 3600\r\n" };
    fake_api_set_answer(fixture->program_fixture.api, fake_api_always, &answer);
    assert_failed_discovery(&fixture->program_fixture,
                            program_fixture_run(&fixture->program_fixture, JSON_BARE));
}

struct failures {
    struct api_fixture *fixture;
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
    struct api_fixture *fixture = *state;
    struct failures failures = { fixture, 2 };
    fake_api_set_answer(fixture->program_fixture.api, fail_some, &failures);
    assert_int_equal(program_fixture_run(&fixture->program_fixture, JSON_BARE), EXIT_OK);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "GET", "/discover"), 3);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "POST", NULL),
                     count_small_fleet_scales());
}

static void an_empty_list_is_no_failure(void **state)
{
    struct api_fixture *fixture = *state;
    struct fake_answer answer = { .status = 200, .body = "{\"deployments\":[]}" };
    struct document document;
    fake_api_set_answer(fixture->program_fixture.api, fake_api_always, &answer);
    assert_int_equal(program_fixture_run(&fixture->program_fixture, JSON_BARE), EXIT_OK);
    keep_output(&fixture->program_fixture, &document);
    assert_int_equal(document.count, 0);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, NULL, NULL), 1);
    document_fini(&document);
}

/* --- the token --------------------------------------------------------------------------------------------------- */

static void assert_token_was_sent_and_not_shown(struct program_fixture *program_fixture)
{
    size_t size;
    assert_true(fake_api_count(program_fixture->api, "POST", NULL) > 0);
    for (int64_t i = 0; i < fake_api_count(program_fixture->api, NULL, NULL); i++)
        assert_header(fake_api_find(program_fixture->api, NULL, NULL, i), "Authorization",
                      "Bearer " CANARY);
    assert_null(strstr(program_output(program_fixture->program, &size), CANARY));
    assert_null(strstr(program_log(program_fixture->program, &size), CANARY));
}

static void token_comes_from_a_file(void **state)
{
    struct api_fixture *fixture = *state;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    char set[PROGRAM_FIXTURE_PATH_SIZE + 32];
    program_fixture_write(&fixture->program_fixture, "token", CANARY "\n", 0600);
    snprintf(set, sizeof set, "--set=api.token_file=%s",
             program_fixture_path(&fixture->program_fixture, "token", path));
    const char *const arguments[] = { "--once", "--log-level=debug", set, NULL };
    assert_int_equal(program_fixture_run(&fixture->program_fixture, arguments), EXIT_OK);
    assert_token_was_sent_and_not_shown(&fixture->program_fixture);
}

static void token_comes_from_the_environment(void **state)
{
    struct api_fixture *fixture = *state;
    fixture->program_fixture.environment =
        (const char *const[]){ "AUTOSCALER_TOKEN=" CANARY, NULL };
    const char *const arguments[] = { "--once", "--output=json", "--log-level=debug", NULL };
    assert_int_equal(program_fixture_run(&fixture->program_fixture, arguments), EXIT_OK);
    assert_token_was_sent_and_not_shown(&fixture->program_fixture);
}

/* --- an API that repeats the token ------------------------------------------------------------------------------- */

#define SECRET "S3cr3t/Canary+Token=="
#define LIST_OF(id)                                                                                \
    "{\"deployments\":[{\"id\":\"" id "\",\"servers_per_host\":10,\"target_free_pct\":20}]}"

/* `shown` must not be in the output: the token as the body has it, or what decoding it leaves. */
static const struct echo_row {
    const char *name;
    const char *path; /* of the requests that get the response */
    int status;
    const char *body;
    const char *shown;
} echo_rows[] = {
    /* clang-format off */
    { "token: a list, plain",       "/discover", 401, "{\"error\":\"bad " SECRET "\"}", SECRET },
    { "token: a list, base64",      "/discover", 500, "QmVhcmVyIFMzY3IzdC9DYW5hcnkrVG9rZW49PQ==", "FMzY3IzdC9D" },
    { "token: a list, an id",       "/discover", 200, LIST_OF(SECRET), SECRET },
    { "token: a list, a wrong type", "/discover", 200, "{\"deployments\":\"" SECRET "\"}", SECRET },
    { "token: a list, no JSON",     "/discover", 200, "Bearer " SECRET, SECRET },
    { "token: a status, plain",     "/status/",  400, "{\"error\":\"bad " SECRET "\"}", SECRET },
    { "token: a status, escaped",   "/status/",  400, "{\"error\":\"bad S3cr3t\\/Canary\\u002bToken==\"}", SECRET },
    { "token: a status, headers",   "/status/",  400, "{\"message\":\"{\\\"auth\\\":\\\"S3cr3t\\\\/Canary+Token==\\\"}\"}", "Canary+Token" },
    { "token: a status, a page",    "/status/",  502, "<html>S3cr3t&#47;Canary&plus;Token==</html>", "Canary&plus;Token" },
    { "token: a status, a URL",     "/status/",  403, "/login?token=S3cr3t%2FCanary%2BToken%3D%3D", "Canary%2BToken" },
    { "token: a status, cut",       "/status/",  400, "bad S3cr3t/Canary+Token...", "Canary+Token" },
    { "token: a status, a key",     "/status/",  200, "{\"" SECRET "\":1,\"" SECRET "\":2}", SECRET },
    { "token: a status, a value",   "/status/",  200, "{\"current_hosts\":\"" SECRET "\"}", SECRET },
    { "token: a scale, plain",      "/scale",    400, "{\"error\":\"bad " SECRET "\"}", SECRET },
    { "token: a scale, twice",      "/scale",    422, "S3cr3t%252FCanary%252BToken==", "Canary%252BToken" },
    /* clang-format on */
};

struct echo {
    const struct echo_row *row;
    struct listing *listing;
    int64_t count;
};

static void repeat_token(void *context, const struct fake_request *request,
                         struct fake_answer *ret_answer)
{
    struct echo *echo = context;
    if (strncmp(request->path, echo->row->path, strlen(echo->row->path)) != 0) {
        listing_answer(echo->listing, request, ret_answer);
        return;
    }
    *ret_answer = (struct fake_answer){ .status = echo->row->status, .body = echo->row->body };
    echo->count++;
}

static void the_token_is_in_no_output(void **state)
{
    struct api_fixture *fixture = *state;
    struct program_fixture *program = &fixture->program_fixture;
    struct echo echo = { program->row, fixture->listing, 0 };
    static const char *const formats[][2] = { { "--output=json", "--log-format=text" },
                                              { "--output=table", "--log-format=json" } };
    size_t size;
    program->environment = (const char *const[]){ "AUTOSCALER_TOKEN=" SECRET, NULL };
    fake_api_set_answer(program->api, repeat_token, &echo);
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        program_fixture_run(program, (const char *const[]){ "--once", "--log-level=debug",
                                                            formats[i][0], formats[i][1], NULL });
        assert_null(strstr(program_output(program->program, &size), echo.row->shown));
        assert_null(strstr(program_log(program->program, &size), echo.row->shown));
        assert_null(strstr(program_output(program->program, &size), SECRET));
        assert_null(strstr(program_log(program->program, &size), SECRET));
    }
    fake_api_set_answer(program->api, listing_answer, fixture->listing);
    assert_true(echo.count >= (int64_t)COUNT_OF(formats));
}

static void echo_token(void *context, const struct fake_request *request,
                       struct fake_answer *ret_answer)
{
    (void)context;
    (void)request;
    *ret_answer = (struct fake_answer){ .status = 401, .body = "bad token " CANARY };
}

static void token_is_not_shown_when_the_api_repeats_it(void **state)
{
    struct api_fixture *fixture = *state;
    size_t size;
    fixture->program_fixture.environment =
        (const char *const[]){ "AUTOSCALER_TOKEN=" CANARY, NULL };
    fake_api_set_answer(fixture->program_fixture.api, echo_token, NULL);
    const char *const arguments[] = { "--once", "--log-level=debug", NULL };
    assert_int_equal(program_fixture_run(&fixture->program_fixture, arguments), EXIT_NO_DISCOVERY);
    assert_null(strstr(program_log(fixture->program_fixture.program, &size), CANARY));
}

static void token_is_not_shown_by_check_config(void **state)
{
    struct api_fixture *fixture = *state;
    size_t size;
    fixture->program_fixture.environment =
        (const char *const[]){ "AUTOSCALER_TOKEN=" CANARY, NULL };
    const char *const arguments[] = { "--check-config", NULL };
    assert_int_equal(program_fixture_run(&fixture->program_fixture, arguments), EXIT_OK);
    const char *output = program_output(fixture->program_fixture.program, &size);
    assert_non_null(strstr(output, "(set)"));
    assert_null(strstr(output, CANARY));
    assert_int_equal(fake_api_connections(fixture->program_fixture.api), 0);
}

#define API_FIXTURE_TEST(function)                                                                 \
    {                                                                                              \
#function, function, enter, leave, NULL                                                    \
    }

static int scenes(void)
{
    static const struct CMUnitTest tests[] = {
        API_FIXTURE_TEST(the_table_shows_every_deployment),
        API_FIXTURE_TEST(without_a_history_nothing_is_removed),
        API_FIXTURE_TEST(discovery_is_refused),
        API_FIXTURE_TEST(discovery_hangs),
        API_FIXTURE_TEST(discovery_has_a_long_retry_after),
        API_FIXTURE_TEST(discovery_is_tried_three_times),
        API_FIXTURE_TEST(an_empty_list_is_no_failure),
        API_FIXTURE_TEST(token_comes_from_a_file),
        API_FIXTURE_TEST(token_comes_from_the_environment),
        API_FIXTURE_TEST(token_is_not_shown_when_the_api_repeats_it),
        API_FIXTURE_TEST(token_is_not_shown_by_check_config),
    };
    struct CMUnitTest all[COUNT_OF(tests) + COUNT_OF(bare_rows) + COUNT_OF(quiet_rows) +
                          COUNT_OF(response_rows) + COUNT_OF(discovery_rows) + COUNT_OF(echo_rows)];
    struct CMUnitTest *at = all + COUNT_OF(tests);
    memcpy(all, tests, sizeof tests);
    TESTS_FROM_ROWS(at, bare_rows, the_bare_formula_is_bounded);
    at += COUNT_OF(bare_rows);
    TESTS_FROM_ROWS(at, quiet_rows, sends_no_scale);
    at += COUNT_OF(quiet_rows);
    TESTS_FROM_ROWS(at, echo_rows, the_token_is_in_no_output);
    at += COUNT_OF(echo_rows);
    TESTS_FROM_ROWS(at, response_rows, a_scale_is_sent_once_whatever_the_response);
    at += COUNT_OF(response_rows);
    TESTS_FROM_ROWS(at, discovery_rows, nothing_is_done_without_a_discovery);
    for (size_t i = COUNT_OF(tests); i < COUNT_OF(all); i++) {
        all[i].setup_func = enter;
        all[i].teardown_func = leave;
    }
    return cmocka_run_group_tests_name("once", all, NULL, NULL);
}

int main(void)
{
    return thousands() + scenes();
}
