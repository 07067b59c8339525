/*
 * The boot times that a ledger measures: when half of an order serves.
 */
#include "tests/support/ledger_fixture.h"
#include "tests/support/test.h"

enum boot_op {
    BOOT_END,
    BOOT_ORDER,
    BOOT_SEND,
    BOOT_ACCEPT,
    BOOT_REFUSE,
    BOOT_LOSE,
    BOOT_REPEAT,
    BOOT_GIVE_UP,
    BOOT_SEE,
    BOOT_EXPIRE
};

/* SEE takes the hosts in service (ten before) and what must be measured then; hosts are counted as they are ordered. */
#define NOTHING (-1)

static const struct boot_row {
    const char *name;
    struct boot_step {
        enum boot_op op;
        int32_t at_s;
        int32_t value;
        int64_t boot_s;
    } steps[STEPS_MAX];
} boot_rows[] = {
    /* clang-format off */
    { "one host", {
        { BOOT_ORDER,   0,  1, 0 },
        { BOOT_SEE,    30, 10, NOTHING },
        { BOOT_SEE,   120, 11, 120 },
        { BOOT_SEE,   150, 11, NOTHING } } },
    { "half of an even order", {
        { BOOT_ORDER,   0,  4, 0 },
        { BOOT_SEE,    90, 11, NOTHING },
        { BOOT_SEE,   120, 12, 120 },
        { BOOT_SEE,   150, 13, NOTHING },
        { BOOT_SEE,   300, 14, NOTHING } } },
    { "half of an odd order is rounded up", {
        { BOOT_ORDER,   0,  5, 0 },
        { BOOT_SEE,   120, 12, NOTHING },
        { BOOT_SEE,   150, 13, 150 } } },
    { "all hosts at once", {
        { BOOT_ORDER,   0,  5, 0 },
        { BOOT_SEE,   120, 15, 120 } } },
    { "one stuck host has no effect", {
        { BOOT_ORDER,   0,  2, 0 },
        { BOOT_SEE,   120, 11, 120 },
        { BOOT_EXPIRE, 600, 0, 0 },
        { BOOT_SEE,   610, 12, NOTHING } } },
    { "two orders, one after the other", {
        { BOOT_ORDER,   0,  2, 0 },
        { BOOT_ORDER,  60,  2, 0 },
        { BOOT_SEE,   120, 12, 120 },
        { BOOT_SEE,   200, 14, 140 } } },
    { "two orders at once: the later one counts", {
        { BOOT_ORDER,   0,  2, 0 },
        { BOOT_ORDER,  60,  2, 0 },
        { BOOT_SEE,   180, 14, 120 } } },
    { "the rest of a status counts for the next order", {
        { BOOT_ORDER,   0,  2, 0 },
        { BOOT_ORDER,  60,  4, 0 },
        { BOOT_SEE,   120, 13, 120 },
        { BOOT_SEE,   200, 14, 140 } } },
    { "hosts without an order", {
        { BOOT_SEE,    30, 14, NOTHING },
        { BOOT_ORDER,  60,  2, 0 },
        { BOOT_SEE,   120, 16, 60 } } },
    { "while it is in flight", {
        { BOOT_SEND,    0,  2, 0 },
        { BOOT_SEE,    20, 12, 20 },
        { BOOT_ACCEPT, 30,  0, 0 },
        { BOOT_SEE,    60, 12, NOTHING } } },
    { "while it is unconfirmed", {
        { BOOT_SEND,    0,  2, 0 },
        { BOOT_LOSE,    5,  0, 0 },
        { BOOT_SEE,    60, 11, 60 } } },
    { "refused, and ordered again", {
        { BOOT_SEND,    0,  2, 0 },
        { BOOT_REFUSE,  5,  0, 0 },
        { BOOT_ORDER,  60,  2, 0 },
        { BOOT_SEE,   150, 12, 90 } } },
    { "never applied, and ordered again", {
        { BOOT_SEND,    0,  2, 0 },
        { BOOT_LOSE,    5,  0, 0 },
        { BOOT_GIVE_UP, 90, 0, 0 },
        { BOOT_ORDER,  91,  2, 0 },
        { BOOT_SEE,   191, 12, 100 } } },
    { "repeated: no boot time", {
        { BOOT_SEND,    0,  2, 0 },
        { BOOT_LOSE,    5,  0, 0 },
        { BOOT_REPEAT, 90,  0, 0 },
        { BOOT_ACCEPT, 91,  0, 0 },
        { BOOT_SEE,   191, 12, NOTHING } } },
    { "a removal in between: no boot time", {
        { BOOT_ORDER,   0,  2, 0 },
        { BOOT_ORDER,  60, -1, 0 },
        { BOOT_SEE,   120, 12, NOTHING },
        { BOOT_SEE,   150, 12, NOTHING } } },
    { "an order after the removal has a boot time", {
        { BOOT_ORDER,   0, -1, 0 },
        { BOOT_SEE,    30,  9, NOTHING },
        { BOOT_ORDER,  60,  2, 0 },
        { BOOT_SEE,   150, 11, 90 } } },
    { "a refused removal in between: no boot time", {
        { BOOT_ORDER,   0,  2, 0 },
        { BOOT_SEND,   60, -1, 0 },
        { BOOT_REFUSE, 65,  0, 0 },
        { BOOT_SEE,   120, 12, NOTHING } } },
    { "hosts that go out of service: no boot time", {
        { BOOT_ORDER,   0,  2, 0 },
        { BOOT_SEE,    60,  9, NOTHING },
        { BOOT_SEE,   120, 12, NOTHING } } },
    { "removals have no boot time", {
        { BOOT_ORDER,   0, -2, 0 },
        { BOOT_SEE,    60, 12, NOTHING } } },
    { "removed while it boots", {
        { BOOT_ORDER,   0,  6, 0 },
        { BOOT_ORDER,  60, -3, 0 },
        { BOOT_EXPIRE, 600, 0, 0 },
        { BOOT_SEE,   610, 13, NOTHING } } },
    { "the largest order", {
        { BOOT_ORDER,   0, INT32_MAX, 0 },
        { BOOT_SEE,    60, INT32_MAX / 2, NOTHING },
        { BOOT_SEE,    90, INT32_MAX, 90 } } },
    /* clang-format on */
};

static int64_t see_usable(struct ledger *ledger, int32_t *usable, int32_t now_usable, int64_t now_s)
{
    int64_t boot_ms = NOTHING * 1000;
    bool is_measured = ledger_observe_usable(ledger, *usable, now_usable, at_s(now_s), &boot_ms);
    assert_int_equal(is_measured, boot_ms >= 0);
    *usable = now_usable;
    return boot_ms / 1000;
}

static void boot_step(struct ledger *ledger, const struct boot_step *step, int32_t *usable)
{
    switch (step->op) {
    case BOOT_END:
        break;
    case BOOT_ORDER:
        order(ledger, step->value, step->at_s);
        break;
    case BOOT_SEND:
        ledger_send(ledger, step->value, at_s(step->at_s), &timeouts);
        break;
    case BOOT_ACCEPT:
        ledger_accept(ledger);
        break;
    case BOOT_REFUSE:
        ledger_refuse(ledger);
        break;
    case BOOT_LOSE:
        ledger_lose(ledger);
        break;
    case BOOT_SEE:
        assert_int_equal(see_usable(ledger, usable, step->value, step->at_s), step->boot_s);
        break;
    case BOOT_REPEAT:
        ledger_repeat(ledger, at_s(step->at_s));
        break;
    case BOOT_GIVE_UP:
        ledger_give_up(ledger, at_s(step->at_s), &timeouts, &(struct ledger_expiry){ 0 });
        break;
    case BOOT_EXPIRE:
        assert_int_equal(expire_all(ledger, at_s(step->at_s)), step->value);
        break;
    }
}

static void row_is_measured(void **state)
{
    const struct boot_row *row = *state;
    struct ledger ledger = { 0 };
    int32_t usable = 10;
    for (const struct boot_step *step = row->steps; step->op != BOOT_END; step++)
        boot_step(&ledger, step, &usable);
}

/* The hosts serve at the same time, whether they are counted when ordered or when booted. */
static void boot_times_do_not_depend_on_current_hosts(void **state)
{
    (void)state;
    for (int counted_when_ordered = 0; counted_when_ordered < 2; counted_when_ordered++) {
        struct ledger ledger = { 0 };
        int32_t hosts = 10;
        int32_t usable = 10;
        order(&ledger, 2, 0);
        see(&ledger, &hosts, counted_when_ordered ? 12 : 10, 30);
        assert_int_equal(see_usable(&ledger, &usable, 10, 30), NOTHING);
        see(&ledger, &hosts, 12, 120);
        assert_int_equal(see_usable(&ledger, &usable, 12, 120), 120);
    }
}

static void nothing_is_measured_without_a_ledger(void **state)
{
    (void)state;
    int64_t boot_ms = 7;
    assert_false(ledger_observe_usable(NULL, 10, 12, at_s(5), &boot_ms));
    assert_int_equal(boot_ms, 7);
    assert_int_equal(ledger_undrained_hosts(NULL, at_s(5), 0), 0);
}

static void merged_orders_have_no_boot_time(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    int32_t usable = 10;
    for (int32_t i = 0; i <= LEDGER_ENTRIES_MAX; i++)
        order(&ledger, 2, i);
    assert_int_equal(ledger.count, LEDGER_ENTRIES_MAX);
    /* The first entry is two merged orders of four hosts; the next one is a single order. */
    assert_int_equal(see_usable(&ledger, &usable, 14, 60), NOTHING);
    assert_int_equal(see_usable(&ledger, &usable, 15, 72), 70);
}

/* After a long time without a status, no two orders are in one part of boot_timeout. */
static void orders_of_any_age_make_room(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    for (int32_t i = 0; i <= LEDGER_ENTRIES_MAX; i++)
        order(&ledger, 2, i * 10000);
    assert_int_equal(ledger.count, LEDGER_ENTRIES_MAX);
    assert_int_equal(ledger_pending_hosts(&ledger), 2 * (LEDGER_ENTRIES_MAX + 1));
    assert_int_equal(ledger.entries[0].delta, 4);
    assert_int_equal(ledger.entries[0].sent.ms, at_s(10000).ms);
}

static void netted_orders_have_no_boot_time(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    int32_t usable = 10;
    order(&ledger, -3, 0);
    order(&ledger, 6, 300);
    assert_int_equal(expire_all(&ledger, at_s(BOOT_S)), 0);
    assert_int_equal(ledger_pending_hosts(&ledger), 3);
    assert_int_equal(see_usable(&ledger, &usable, 13, BOOT_S + 30), NOTHING);
}

/* Half of the order was cancelled, and more of its hosts appeared than the other half. */
static void more_hosts_than_the_rest_of_an_order_are_accepted(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    int32_t usable = 10;
    order(&ledger, -5, 0);
    order(&ledger, 6, 300);
    assert_int_equal(see_usable(&ledger, &usable, 16, 400), 100);
    assert_int_equal(expire_all(&ledger, at_s(BOOT_S)), 0);
    assert_int_equal(see_usable(&ledger, &usable, 20, BOOT_S + 30), NOTHING);
    order(&ledger, 2, BOOT_S + 60);
    assert_int_equal(see_usable(&ledger, &usable, 22, BOOT_S + 160), 100);
}

int main(void)
{
    struct CMUnitTest rows[COUNT_OF(boot_rows)];
    TESTS_FROM_ROWS(rows, boot_rows, row_is_measured);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boot_times_do_not_depend_on_current_hosts),
        cmocka_unit_test(nothing_is_measured_without_a_ledger),
        cmocka_unit_test(merged_orders_have_no_boot_time),
        cmocka_unit_test(orders_of_any_age_make_room),
        cmocka_unit_test(netted_orders_have_no_boot_time),
        cmocka_unit_test(more_hosts_than_the_rest_of_an_order_are_accepted),
    };
    int failed = cmocka_run_group_tests_name("ledger: boot times", rows, NULL, NULL);
    failed += cmocka_run_group_tests_name("ledger: boot times, invariants", tests, NULL, NULL);
    return failed;
}
