#include "tui/list/hits.h"

#include "tests/support/snapshots.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include <errno.h>
#include <stdio.h>

#define FLEET_COUNT 200

/* Names "a000" to "a199", in this order. */
struct hits_fixture {
    struct snapshots *maker;
    const struct snapshot *snapshot;
    struct filter *filter;
    struct order *order;
    struct hits *hits;
};

static int open_fixture(void **state)
{
    static struct hits_fixture fixture;
    fixture = (struct hits_fixture){ .maker = snapshots_create() };
    for (int i = 0; i < FLEET_COUNT; i++) {
        char id[8];
        snprintf(id, sizeof id, "a%03d", i);
        snapshots_add(fixture.maker, id);
    }
    fixture.snapshot = snapshots_take(fixture.maker);
    assert_int_equal(filter_create(&fixture.filter), 0);
    assert_int_equal(order_create(&fixture.order), 0);
    assert_int_equal(hits_create(&fixture.hits), 0);
    const struct order_by by = { .view = VIEW_ALL, .column = COLUMN_DEPLOYMENT };
    assert_int_equal(order_make(fixture.order, fixture.snapshot, &by), 0);
    *state = &fixture;
    return 0;
}

static int close_fixture(void **state)
{
    struct hits_fixture *fixture = *state;
    hits_destroy(fixture->hits);
    hits_destroy(NULL);
    order_destroy(fixture->order);
    filter_destroy(fixture->filter);
    snapshots_give_back(fixture->maker, fixture->snapshot);
    snapshots_destroy(fixture->maker);
    return 0;
}

static void search(struct hits_fixture *fixture, const char *text)
{
    struct error err;
    assert_int_equal(filter_set(fixture->filter, text, &err), 0);
    assert_int_equal(hits_make(fixture->hits, fixture->order, fixture->snapshot, fixture->filter),
                     0);
}

/* clang-format off */
static const struct {
    const char *text;
    size_t from;
    bool is_forward;
    size_t found;
    bool is_wrapped;
} find_rows[] = {
    { "a064",   0,           true,   64, false },
    { "a064",   64,          true,   64, false },
    { "a064",   65,          true,   64, true },
    { "a064",   199,         false,  64, false },
    { "a064",   63,          false,  64, true },
    { "a000",   FLEET_COUNT, true,    0, true },
    { "a199",   FLEET_COUNT, false, 199, true },
    { "/7$/",   0,           true,    7, false },
    { "/7$/",   8,           true,   17, false },
    { "/7$/",   198,         true,    7, true },
    { "/7$/",   6,           false, 197, true },
};
/* clang-format on */

static void the_nearest_is_found(void **state)
{
    struct hits_fixture *fixture = *state;
    for (size_t i = 0; i < COUNT_OF(find_rows); i++) {
        size_t position = SIZE_MAX;
        bool is_wrapped = !find_rows[i].is_wrapped;
        search(fixture, find_rows[i].text);
        assert_true(hits_find(fixture->hits, find_rows[i].from, find_rows[i].is_forward, &position,
                              &is_wrapped));
        assert_int_equal(position, find_rows[i].found);
        assert_int_equal(is_wrapped, find_rows[i].is_wrapped);
    }
}

/* Positions on both sides of words of bits. */
static void they_are_counted(void **state)
{
    struct hits_fixture *fixture = *state;
    search(fixture, "/[37]$/");
    assert_int_equal(hits_count(fixture->hits), 40);
    size_t before = 0;
    for (size_t position = 0; position < FLEET_COUNT; position++) {
        bool is_hit = position % 10 == 3 || position % 10 == 7;
        assert_int_equal(hits_has(fixture->hits, position), is_hit);
        assert_int_equal(hits_before(fixture->hits, position), before);
        before += is_hit;
    }
    assert_int_equal(hits_before(fixture->hits, FLEET_COUNT + 99), 40);
    assert_false(hits_has(fixture->hits, FLEET_COUNT));
}

static void without_a_search_there_are_none(void **state)
{
    struct hits_fixture *fixture = *state;
    size_t position = 77;
    bool is_wrapped;
    search(fixture, "");
    assert_int_equal(hits_count(fixture->hits), 0);
    assert_false(hits_find(fixture->hits, 0, true, &position, &is_wrapped));
    search(fixture, "zzz");
    assert_int_equal(hits_count(fixture->hits), 0);
    assert_false(hits_find(fixture->hits, 0, false, &position, &is_wrapped));
    assert_int_equal(position, 77);
}

static void without_memory_there_are_none(void **state)
{
    struct hits_fixture *fixture = *state;
    struct error err;
    struct hits *hits = NULL;
    assert_int_equal(filter_set(fixture->filter, "a", &err), 0);
    watched_heap.succeed_count = 0;
    int failed = hits_make(fixture->hits, fixture->order, fixture->snapshot, fixture->filter);
    int created = hits_create(&hits);
    watched_heap.succeed_count = -1;
    assert_int_equal(failed, -ENOMEM);
    assert_int_equal(created, -ENOMEM);
    assert_int_equal(hits_count(fixture->hits), 0);
    assert_false(hits_has(fixture->hits, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_nearest_is_found, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(they_are_counted, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(without_a_search_there_are_none, open_fixture,
                                        close_fixture),
        cmocka_unit_test_setup_teardown(without_memory_there_are_none, open_fixture, close_fixture),
    };
    return cmocka_run_group_tests_name("hits", tests, NULL, NULL);
}
