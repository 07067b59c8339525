/* The whole program with --once over thousands of deployments: one run, and many checks of its requests and output. */
#include "tests/support/once_fixture.h"
#include "tests/support/scales.h"

#include "engine/base/heap.h"
#include "engine/base/random.h"

#include <stdio.h>
#include <string.h>

#define FLEET_SIZE 3000

static struct run {
    struct program_fixture program_fixture;
    struct listing *listing;
    struct document document;
    struct scales scales;
    int exit_code;
} run;

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

int main(void)
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
