#include "tui/list/order.h"

#include "tests/support/snapshots.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "engine/base/text.h"

#include <errno.h>
#include <string.h>

#define FILTER_MATCHES_ALL ""

/* --- the oracle ------------------------------------------------------------------------------------------------ */

/* What sorts a row: `word` first, then the numbers. */
struct value {
    bool is_known;
    const char *word;
    int64_t first;
    int64_t second;
    int64_t third;
};

static struct value number(bool is_known, int64_t value)
{
    return (struct value){ .is_known = is_known, .word = "", .first = value };
}

static int64_t size_of(int64_t value)
{
    return value < 0 ? -value : value;
}

static bool has_delta(const struct snapshot_row *row)
{
    enum reason_kind kind = reason_row((enum reason)row->reason)->kind;
    return row->state != STATE_UNREAD && row->reason != REASON_NONE &&
           (kind != REASON_FAILURE || row->reason == REASON_SCALE_REFUSED);
}

static bool has_raw(const struct snapshot_row *row)
{
    return has_delta(row) && reason_row((enum reason)row->reason)->kind != REASON_DATA;
}

static int64_t delta_of(const struct snapshot_row *row)
{
    return size_of(row->delta != 0 ? row->delta : row->wanted_delta);
}

static struct value share(const struct snapshot_row *row, bool is_margin)
{
    if (row->free_servers < 0 || row->total_servers < 1 || row->free_servers > row->total_servers ||
        (is_margin && row->target_ppb < 0))
        return number(false, 0);
    int64_t ppb = INT64_C(1000000000) * row->free_servers / row->total_servers;
    return number(true, is_margin ? ppb - row->target_ppb : ppb);
}

static struct value trend(const struct snapshot_row *row)
{
    int first = -1;
    int last = -1;
    for (int i = 0; i < SNAPSHOT_TREND_LENGTH; i++) {
        if (row->trend[i] == TREND_UNREAD)
            continue;
        first = first < 0 ? row->trend[i] : first;
        last = row->trend[i];
    }
    return number(first >= 0, last - first);
}

static enum reason reason_of(const struct snapshot_row *row)
{
    enum reason reason = (enum reason)row->reason;
    bool is_old = row->state == STATE_UNREAD && reason_row(reason)->kind == REASON_PLAIN;
    return is_old ? REASON_NONE : reason;
}

static struct value value_of(enum column column, const struct snapshot_row *row,
                             const struct attention_entry *entry, const char *policy)
{
    bool is_split = 0 <= row->free_servers && row->free_servers <= row->total_servers;
    switch (column) {
    case COLUMN_STATE:
        return (struct value){ true, "", -(int64_t)row->state, has_delta(row) ? delta_of(row) : 0,
                               has_raw(row) ? size_of(row->raw_delta) : 0 };
    case COLUMN_DEPLOYMENT:
        return (struct value){ .is_known = true, .word = row->name->id };
    case COLUMN_HOSTS:
        return number(row->hosts >= 0, row->hosts);
    case COLUMN_PENDING:
        return number(true, row->pending_hosts);
    case COLUMN_WANT:
        return number(row->desired_hosts >= 0, row->desired_hosts);
    case COLUMN_PER_HOST:
        return number(row->servers_per_host >= 0, row->servers_per_host);
    case COLUMN_TOTAL:
        return number(row->total_servers >= 0, row->total_servers);
    case COLUMN_BUSY:
        return number(is_split, (int64_t)row->total_servers - row->free_servers);
    case COLUMN_FREE:
        return number(row->free_servers >= 0, row->free_servers);
    case COLUMN_FREE_PCT:
        return share(row, false);
    case COLUMN_BAR:
        return share(row, true);
    case COLUMN_TARGET:
        return number(row->target_ppb >= 0, row->target_ppb);
    case COLUMN_RAW:
        return number(has_raw(row), size_of(row->raw_delta));
    case COLUMN_DELTA:
        return number(has_delta(row), delta_of(row));
    case COLUMN_REASON:
        return (struct value){ .is_known = true, .word = reason_row(reason_of(row))->name };
    case COLUMN_TREND:
        return trend(row);
    case COLUMN_SINCE:
        return number(entry != NULL, entry ? entry->since.ms : 0);
    case COLUMN_LAST:
        return number(row->last_delta != 0 && row->acted_at.ms != 0, row->acted_at.ms);
    case COLUMN_AGE:
        return number(row->last_delta != 0 && row->acted_at.ms != 0, -row->acted_at.ms);
    case COLUMN_READ:
        return number(row->read_at.ms != 0, row->read_at.ms);
    case COLUMN_POLICY:
        return (struct value){ .is_known = policy != NULL, .word = policy ? policy : "" };
    }
    return number(false, 0);
}

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_values(const struct value *a, const struct value *b)
{
    int difference = strcmp(a->word, b->word);
    if (difference == 0)
        difference = compare_numbers(a->first, b->first);
    if (difference == 0)
        difference = compare_numbers(a->second, b->second);
    return difference != 0 ? difference : compare_numbers(a->third, b->third);
}

static int compare_rows(const struct snapshot *snapshot, const struct order_by *by, uint32_t slot,
                        uint32_t other)
{
    const struct snapshot_row *a = snapshot_row_at(snapshot, slot);
    const struct snapshot_row *b = snapshot_row_at(snapshot, other);
    const struct value value_a =
        value_of(by->column, a, attention_at(by->attention, slot), snapshot_policy(snapshot, a));
    const struct value value_b =
        value_of(by->column, b, attention_at(by->attention, other), snapshot_policy(snapshot, b));
    if (value_a.is_known != value_b.is_known)
        return value_a.is_known ? -1 : 1;
    int difference = value_a.is_known ? compare_values(&value_a, &value_b) : 0;
    if (difference != 0)
        return by->is_descending ? -difference : difference;
    difference = strcmp(a->name->id, b->name->id);
    bool is_turned = by->column == COLUMN_DEPLOYMENT && by->is_descending;
    if (difference == 0)
        difference = compare_numbers(slot, other);
    return is_turned ? -difference : difference;
}

/* Every expected row is there, and each is after the one before it. */
static void assert_ordered(const struct order *order, const struct snapshot *snapshot,
                           const struct order_by *by)
{
    size_t shown = 0;
    for (uint32_t slot = 0; slot < snapshot->slot_count + 20; slot++) {
        const struct snapshot_row *row = snapshot_row_at(snapshot, slot);
        const struct attention_entry *entry = attention_at(by->attention, slot);
        bool should =
            row && view_has(by->view, row, entry) && filter_matches(by->filter, row, snapshot);
        size_t position = SIZE_MAX;
        assert_int_equal(order_find(order, slot, &position), should);
        shown += should;
        if (!should)
            continue;
        assert_true(position < order_count(order));
        assert_int_equal(order_slot(order, position), slot);
    }
    assert_int_equal(order_count(order), shown);
    for (size_t i = 1; i < shown; i++)
        assert_true(compare_rows(snapshot, by, order_slot(order, i - 1), order_slot(order, i)) < 0);
}

static struct filter *make_filter(const char *text)
{
    struct filter *filter = NULL;
    struct error err;
    assert_int_equal(filter_create(&filter), 0);
    assert_int_equal(filter_set(filter, text, &err), 0);
    return filter;
}

static struct order *make_order(void)
{
    struct order *order = NULL;
    assert_int_equal(order_create(&order), 0);
    return order;
}

/* What needs attention in this snapshot alone. */
static void check(struct order *order, const struct snapshot *snapshot, const struct order_by *by)
{
    struct attention *attention;
    struct order_by whole = *by;
    assert_int_equal(attention_create(&attention), 0);
    assert_int_equal(attention_follow(attention, NULL, snapshot), 0);
    whole.attention = attention;
    assert_int_equal(order_make(order, snapshot, &whole), 0);
    assert_ordered(order, snapshot, &whole);
    attention_destroy(attention);
}

static void check_columns(const struct snapshot *snapshot, enum view view, const char *text)
{
    struct order *order = make_order();
    struct filter *filter = make_filter(text);
    for (int column = 0; column < COLUMN_COUNT; column++) {
        struct order_by by = { view, filter, (enum column)column, false, NULL };
        check(order, snapshot, &by);
        by.is_descending = true;
        check(order, snapshot, &by);
    }
    filter_destroy(filter);
    order_destroy(order);
}

/* --- fleets ---------------------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct fleet_row {
    const char *name;
    size_t count;
    const char *filter;
} fleet_rows[] = {
    { "no row",                       0, FILTER_MATCHES_ALL },
    { "one",                          1, FILTER_MATCHES_ALL },
    { "a page",                      16, FILTER_MATCHES_ALL },
    { "a page and one",              17, FILTER_MATCHES_ALL },
    { "hundreds",                   700, FILTER_MATCHES_ALL },
    { "hundreds, a word",           700, "eu" },
    { "hundreds, an expression",    700, "/arena|chess/" },
    { "hundreds, a number",         700, "free_pct<15" },
    { "hundreds, none matches",   700, "zzz" },
    { "thousands",                 9000, FILTER_MATCHES_ALL },
};
/* clang-format on */

static void fleet_is_ordered(void **state)
{
    const struct fleet_row *row = *state;
    struct snapshots *maker = snapshots_create();
    snapshots_fill_random(maker, row->count, row->count + 1);
    for (uint32_t slot = 3; slot < row->count; slot += 7)
        snapshots_remove(maker, slot);
    const struct snapshot *snapshot = snapshots_take(maker);
    for (int view = 0; view < VIEW_COUNT; view++)
        check_columns(snapshot, (enum view)view, row->filter);
    snapshots_destroy(maker);
}

static void showcase_is_ordered(void **state)
{
    (void)state;
    struct snapshots *maker = snapshots_create();
    snapshots_fill_showcase(maker);
    check_columns(snapshots_take(maker), VIEW_ALL, FILTER_MATCHES_ALL);
    snapshots_destroy(maker);
}

/* By hand, so that not everything depends on the oracle. */
static void severity_is_state_then_size(void **state)
{
    static const char *const expected[] = {
        "us-east-pvp-legacy",    "eu-west-queue-02",     "ap-south-beta-qa",
        "eu-west-tournament-a",  "eu-west-event-spring", "us-west-broken-feed",
        "eu-central-moba-01",    "eu-west-arena-ranked", "eu-west-chess-ranked",
        "us-east-arena-casual",  "eu-north-coop-hard",   "ap-south-lobby-01",
        "eu-west-battle-royale", "eu-west-winter-cup",
    };
    (void)state;
    struct snapshots *maker = snapshots_create();
    snapshots_fill_showcase(maker);
    const struct snapshot *snapshot = snapshots_take(maker);
    struct order *order = make_order();
    struct order_by by = { VIEW_ALL, NULL, COLUMN_STATE, true, NULL };
    assert_int_equal(order_make(order, snapshot, &by), 0);
    assert_int_equal(order_count(order), COUNT_OF(expected));
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        const struct snapshot_row *row = snapshot_row_at(snapshot, order_slot(order, i));
        assert_string_equal(row ? row->name->id : "", expected[i]);
    }
    order_destroy(order);
    snapshots_destroy(maker);
}

/* One scale after another: its directions alternate. */
static void scale(struct snapshots *maker, uint32_t slot, int turn)
{
    struct snapshot_row *row = snapshots_row(maker, slot);
    snapshots_at(maker)->ms += 1000;
    row->acted_at = *snapshots_at(maker);
    row->last_delta = turn % 2 == 0 ? 1 : -1;
}

/* A starved one that has recovered grows, and is before the flapping one in the view of all. */
static void what_has_ended_comes_last_in_attention(void **state)
{
    (void)state;
    struct snapshots *maker = snapshots_create();
    struct attention *attention;
    struct order *order = make_order();
    uint32_t over = snapshots_add(maker, "over");
    uint32_t flapping = snapshots_add(maker, "flapping");
    snapshots_row(maker, over)->state = STATE_STARVED;
    snapshots_row(maker, flapping)->state = STATE_WAITING;
    assert_int_equal(attention_create(&attention), 0);
    const struct snapshot *before = snapshots_take(maker);
    assert_int_equal(attention_follow(attention, NULL, before), 0);
    snapshots_row(maker, over)->state = STATE_UP;
    for (int turn = 0; turn <= ATTENTION_FLAP_TURNS; turn++) {
        scale(maker, flapping, turn);
        const struct snapshot *now = snapshots_take(maker);
        assert_int_equal(attention_follow(attention, before, now), 0);
        before = now;
    }
    struct order_by by = { VIEW_ATTENTION, NULL, COLUMN_STATE, true, attention };
    assert_int_equal(order_make(order, before, &by), 0);
    assert_int_equal(order_count(order), 2);
    assert_int_equal(order_slot(order, 0), flapping);
    by.view = VIEW_ALL;
    assert_int_equal(order_make(order, before, &by), 0);
    assert_int_equal(order_slot(order, 0), over);
    attention_destroy(attention);
    order_destroy(order);
    snapshots_destroy(maker);
}

static void extremes_are_ordered(void **state)
{
    static const int32_t numbers[] = {
        INT32_MIN, INT32_MIN + 1, -1, 0, 1, INT32_MAX - 1, INT32_MAX
    };
    (void)state;
    struct snapshots *maker = snapshots_create();
    for (size_t i = 0; i < 5 * COUNT_OF(numbers); i++) {
        char id[] = { (char)('z' - (char)(i % 20)), (char)('a' + (char)(i / 20)), '\0' };
        struct snapshot_row *row = snapshots_row(maker, snapshots_add(maker, id));
        int32_t number = numbers[i % COUNT_OF(numbers)];
        int32_t count = number < 0 ? -1 : number;
        row->raw_delta = number;
        row->delta = numbers[i * 3 % COUNT_OF(numbers)];
        row->wanted_delta = numbers[i * 5 % COUNT_OF(numbers)];
        row->pending_hosts = row->last_delta = number;
        row->hosts = row->total_servers = row->desired_hosts = row->servers_per_host = count;
        row->free_servers = i % 3 == 0 ? count / 2 : INT32_MAX;
        row->acted_at.ms = i % 4 == 0 ? 0 : (int64_t)i;
        row->read_at.ms = i % 2 == 0 ? 0 : INT64_MAX - (int64_t)i;
    }
    const struct snapshot *snapshot = snapshots_take(maker);
    for (int column = COLUMN_DEPLOYMENT; column < COLUMN_COUNT; column++) {
        struct order *order = make_order();
        struct filter *filter = make_filter(FILTER_MATCHES_ALL);
        struct order_by by = { VIEW_ALL, filter, (enum column)column, column % 2 == 0, NULL };
        check(order, snapshot, &by);
        filter_destroy(filter);
        order_destroy(order);
    }
    snapshots_destroy(maker);
}

/* --- ids ------------------------------------------------------------------------------------------------------- */

/* Beginnings of one another, high bytes, lengths around multiples of eight, and the same id again and again. */
static void draw_id(struct random *random, char ret_id[32])
{
    static const char letters[] = { 'a', 'b', '\x7f', '\xff' };
    size_t length = (size_t)random_below(random, 28);
    size_t same = (size_t)random_below(random, 28);
    for (size_t i = 0; i < length; i++)
        ret_id[i] = i < same ? 'a' : letters[random_below(random, COUNT_OF(letters))];
    ret_id[length] = '\0';
}

static void ids_are_ordered_by_bytes(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct random random = { seed };
        struct snapshots *maker = snapshots_create();
        for (size_t i = 0; i < 40 + 100 * seed; i++) {
            char id[32];
            draw_id(&random, id);
            snapshots_add(maker, id);
        }
        struct order *order = make_order();
        struct filter *filter = make_filter(FILTER_MATCHES_ALL);
        struct order_by by = { VIEW_ALL, filter, COLUMN_DEPLOYMENT, seed % 2 == 0, NULL };
        check(order, snapshots_take(maker), &by);
        filter_destroy(filter);
        order_destroy(order);
        snapshots_destroy(maker);
    }
}

static void ids_are_ordered_however_they_come(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        struct snapshots *maker = snapshots_create();
        for (int i = 0; i < 3000; i++) {
            char storage[32];
            struct text id;
            text_init(&id, storage, sizeof storage);
            text_addf(&id, "a-long-beginning-%06d", kind == 0 ? i : kind == 1 ? 3000 - i : 7);
            snapshots_add(maker, storage);
        }
        struct order *order = make_order();
        struct filter *filter = make_filter(FILTER_MATCHES_ALL);
        struct order_by by = { VIEW_ALL, filter, COLUMN_DEPLOYMENT, false, NULL };
        check(order, snapshots_take(maker), &by);
        filter_destroy(filter);
        order_destroy(order);
        snapshots_destroy(maker);
    }
}

/* --- one snapshot after the other ------------------------------------------------------------------------------ */

static void change(struct snapshots *maker, struct random *random, uint32_t *slots, size_t count)
{
    size_t which = (size_t)random_below(random, (int64_t)count);
    char storage[32];
    struct text id;
    text_init(&id, storage, sizeof storage);
    text_addf(&id, "%lld", (long long)random_below(random, 100000));
    snapshots_stir(maker, 20, random_next(random));
    if (random_below(random, 3) == 0)
        return;
    snapshots_remove(maker, slots[which]);
    slots[which] = snapshots_add(maker, storage);
}

/* Slots are reused; deployments come, go and change; views and sortings change, in one order. */
static void an_order_follows_its_fleet(void **state)
{
    (void)state;
    struct random random = { 5 };
    struct snapshots *maker = snapshots_create();
    struct order *order = make_order();
    struct filter *filters[] = { make_filter(""), make_filter("1"), make_filter("hosts<50") };
    uint32_t slots[150];
    snapshots_fill_random(maker, 50, 9);
    for (size_t i = 0; i < COUNT_OF(slots); i++) {
        char id[] = { 'n', (char)('a' + (char)(i / 26)), (char)('a' + (char)(i % 26)), '\0' };
        slots[i] = snapshots_add(maker, id);
    }
    const struct snapshot *before = NULL;
    for (int step = 0; step < 300; step++) {
        int64_t changes = random_below(&random, 8) == 0 ? random_below(&random, 200) : 1;
        for (int64_t i = 0; i < changes; i++)
            change(maker, &random, slots, COUNT_OF(slots));
        if (step == 150)
            snapshots_fill_random(maker, 500, 10);
        const struct snapshot *snapshot = snapshots_take(maker);
        if (before)
            snapshots_give_back(maker, before);
        struct order_by by = { (enum view)random_below(&random, VIEW_COUNT),
                               filters[random_below(&random, COUNT_OF(filters))],
                               (enum column)random_below(&random, COLUMN_COUNT),
                               random_below(&random, 2) == 0, NULL };
        check(order, snapshot, &by);
        before = snapshot;
    }
    for (size_t i = 0; i < COUNT_OF(filters); i++)
        filter_destroy(filters[i]);
    order_destroy(order);
    snapshots_destroy(maker);
}

static void a_fleet_that_shrinks_leaves_nothing_behind(void **state)
{
    (void)state;
    struct snapshots *many = snapshots_create();
    struct snapshots *none = snapshots_create();
    struct order *order = make_order();
    struct filter *filter = make_filter(FILTER_MATCHES_ALL);
    struct order_by by = { VIEW_ALL, filter, COLUMN_HOSTS, false, NULL };
    snapshots_fill_random(many, 100, 1);
    check(order, snapshots_take(many), &by);
    snapshots_remove(none, snapshots_add(none, "gone"));
    check(order, snapshots_take(none), &by);
    assert_int_equal(order_count(order), 0);
    filter_destroy(filter);
    order_destroy(order);
    snapshots_destroy(many);
    snapshots_destroy(none);
}

/* --- memory ---------------------------------------------------------------------------------------------------- */

/* Lets 0, 1, 2 ... allocations work; the order stays as it was until all do. */
static size_t make_with_little_memory(struct order *order, const struct snapshot *snapshot,
                                      const struct snapshot *old, const struct order_by *by)
{
    for (int64_t succeed = 0;; succeed++) {
        watched_heap.succeed_count = succeed;
        int failed = order_make(order, snapshot, by);
        watched_heap.succeed_count = -1;
        if (!failed)
            return (size_t)succeed;
        assert_int_equal(failed, -ENOMEM);
        if (old)
            assert_ordered(order, old, by);
        else
            assert_int_equal(order_count(order), 0);
    }
}

static void without_memory_it_stays_as_it_was(void **state)
{
    (void)state;
    struct snapshots *maker = snapshots_create();
    struct order *order = make_order();
    struct filter *filter = make_filter(FILTER_MATCHES_ALL);
    struct order_by by = { VIEW_ALL, filter, COLUMN_FREE, true, NULL };
    snapshots_fill_random(maker, 50, 1);
    const struct snapshot *few = snapshots_take(maker);
    snapshots_fill_random(maker, 500, 1);
    const struct snapshot *many = snapshots_take(maker);
    assert_true(make_with_little_memory(order, few, NULL, &by) > 0);
    assert_ordered(order, few, &by);
    assert_true(make_with_little_memory(order, many, few, &by) > 0);
    assert_ordered(order, many, &by);
    /* Known names and arrays that are large enough need no allocation. */
    by.column = COLUMN_REASON;
    assert_int_equal(make_with_little_memory(order, many, many, &by), 0);
    assert_ordered(order, many, &by);
    filter_destroy(filter);
    order_destroy(order);
    order_destroy(NULL);
    snapshots_destroy(maker);
    assert_int_equal(watched_heap.live_count, 0);
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    struct order *order = NULL;
    watched_heap.succeed_count = 0;
    int failed = order_create(&order);
    watched_heap.succeed_count = -1;
    assert_int_equal(failed, -ENOMEM);
    assert_null(order);
}

int main(void)
{
    struct CMUnitTest fleets[COUNT_OF(fleet_rows)];
    TESTS_FROM_ROWS(fleets, fleet_rows, fleet_is_ordered);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(showcase_is_ordered),
        cmocka_unit_test(severity_is_state_then_size),
        cmocka_unit_test(what_has_ended_comes_last_in_attention),
        cmocka_unit_test(extremes_are_ordered),
        cmocka_unit_test(ids_are_ordered_by_bytes),
        cmocka_unit_test(ids_are_ordered_however_they_come),
        cmocka_unit_test(an_order_follows_its_fleet),
        cmocka_unit_test(a_fleet_that_shrinks_leaves_nothing_behind),
        cmocka_unit_test(without_memory_it_stays_as_it_was),
        cmocka_unit_test(without_memory_there_is_none),
    };
    int failed = cmocka_run_group_tests_name("order: fleets", fleets, NULL, NULL);
    failed += cmocka_run_group_tests_name("order: laws", tests, NULL, NULL);
    return failed;
}
