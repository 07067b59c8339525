/*
 * Removed hosts that drain, in a ledger: growth while they do, and those that are not drained in time.
 */
#include "tests/support/ledger_fixture.h"
#include "tests/support/test.h"

/* --- growth while removed hosts drain ---------------------------------------------------------------------------- */

#define DRAIN_S (10 * BOOT_S)

static const struct ledger_timeouts draining = { BOOT_S * 1000, DRAIN_S * 1000, CONFIRM_S * 1000 };

static void send(struct ledger *ledger, int32_t delta, int64_t now_s)
{
    ledger_send(ledger, delta, at_s(now_s), &draining);
}

/* Its hosts came while as many left, or the others still drain. */
static void growth_that_has_not_come_leaves_the_removal_alone(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    struct ledger_expiry expiry;
    int32_t hosts = 10;
    send(&ledger, -4, 0);
    ledger_accept(&ledger);
    send(&ledger, 2, 100);
    ledger_accept(&ledger);
    assert_false(ledger_expire(&ledger, at_s(100 + BOOT_S), &draining, &expiry));
    assert_int_equal(ledger_pending_hosts(&ledger), -4);
    assert_int_equal(ledger_hidden_hosts(&ledger), 2);
    see(&ledger, &hosts, 7, 2 * BOOT_S);
    assert_int_equal(ledger_leaving_hosts(&ledger), 1);
    assert_int_equal(ledger_hidden_hosts(&ledger), 1);
    assert_false(ledger_expire(&ledger, at_s(DRAIN_S + 2 * BOOT_S), &draining, &expiry));
    assert_int_equal(ledger.count, 0);
}

/* A removal takes hosts that were ordered before it and have not booted. */
static void growth_before_a_removal_is_netted_with_it(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    struct ledger_expiry expiry;
    send(&ledger, 4, 0);
    ledger_accept(&ledger);
    send(&ledger, -4, 100);
    ledger_accept(&ledger);
    assert_false(ledger_expire(&ledger, at_s(BOOT_S), &draining, &expiry));
    assert_int_equal(ledger.count, 0);
    assert_int_equal(ledger_hidden_hosts(&ledger), 0);
}

static void check_given_up(int32_t hosts_seen, int32_t hidden)
{
    struct ledger ledger = { 0 };
    struct ledger_expiry expiry;
    int32_t hosts = 10;
    send(&ledger, -4, 0);
    ledger_accept(&ledger);
    send(&ledger, 2, 100);
    ledger_lose(&ledger);
    see(&ledger, &hosts, hosts_seen, 150);
    assert_int_equal(ledger_is_hidden(&ledger, at_s(200), &draining), hidden > 0);
    ledger_give_up(&ledger, at_s(200), &draining, &expiry);
    assert_int_equal(ledger_hidden_hosts(&ledger), hidden);
}

static void an_order_that_is_given_up_may_have_come_when_hosts_left(void **state)
{
    (void)state;
    check_given_up(10, 0);
    check_given_up(8, 2);
    check_given_up(7, 1);
}

/* --- undrained hosts --------------------------------------------------------------------------------------------- */

static int32_t undrained(const struct ledger *ledger, int64_t now_s)
{
    return ledger_undrained_hosts(ledger, at_s(now_s), PASS_S * 1000);
}

static void undrained_hosts_are_counted_after_the_patience(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    int32_t hosts = 10;
    assert_int_equal(undrained(&ledger, 0), 0);
    order(&ledger, -4, 100);
    assert_int_equal(undrained(&ledger, 100), 0);
    assert_int_equal(undrained(&ledger, 100 + PASS_S), 0);
    assert_int_equal(ledger_undrained_hosts(&ledger, (struct mono){ 130001 }, PASS_S * 1000), 4);
    see(&ledger, &hosts, 9, 140);
    assert_int_equal(undrained(&ledger, 140), 3);
    see(&ledger, &hosts, 6, 150);
    assert_int_equal(undrained(&ledger, 150), 0);
    /* One of them appears again: a replica that lags. */
    see(&ledger, &hosts, 7, 160);
    assert_int_equal(undrained(&ledger, 160), 1);
    assert_int_equal(expire_all(&ledger, at_s(100 + BOOT_S)), 1);
    assert_int_equal(undrained(&ledger, 100 + BOOT_S), 0);
}

static void hosts_of_an_open_removal_are_not_undrained(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    order(&ledger, -1, 0);
    ledger_send(&ledger, -2, at_s(10), &timeouts);
    assert_int_equal(undrained(&ledger, 100), 1);
    ledger_lose(&ledger);
    assert_int_equal(undrained(&ledger, 100), 1);
    assert_int_equal(expire_all(&ledger, at_s(BOOT_S)), 1);
    assert_int_equal(undrained(&ledger, BOOT_S), 0);
}

static void added_hosts_are_not_undrained(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    order(&ledger, 5, 0);
    assert_int_equal(undrained(&ledger, 100), 0);
    order(&ledger, -2, 100);
    order(&ledger, -1, 190);
    assert_int_equal(undrained(&ledger, 200), 2);
    assert_int_equal(undrained(&ledger, 221), 3);
}

static void removed_hosts_count_for_the_newest_request(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    int32_t hosts = 20;
    order(&ledger, -5, 0);
    see(&ledger, &hosts, 18, 10);
    order(&ledger, -3, 100);
    assert_int_equal(undrained(&ledger, 105), 3);
    /* Booked on the first removal; its other hosts are still undrained. */
    see(&ledger, &hosts, 15, 120);
    assert_int_equal(undrained(&ledger, 120), 3);
    see(&ledger, &hosts, 14, 125);
    assert_int_equal(undrained(&ledger, 125), 2);
    see(&ledger, &hosts, 12, 128);
    assert_int_equal(undrained(&ledger, 128), 0);
}

static void the_largest_undrained_count_saturates(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    order(&ledger, -INT32_MAX, 0);
    order(&ledger, -INT32_MAX, 1);
    assert_int_equal(undrained(&ledger, 100), INT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growth_that_has_not_come_leaves_the_removal_alone),
        cmocka_unit_test(growth_before_a_removal_is_netted_with_it),
        cmocka_unit_test(an_order_that_is_given_up_may_have_come_when_hosts_left),
        cmocka_unit_test(undrained_hosts_are_counted_after_the_patience),
        cmocka_unit_test(hosts_of_an_open_removal_are_not_undrained),
        cmocka_unit_test(added_hosts_are_not_undrained),
        cmocka_unit_test(removed_hosts_count_for_the_newest_request),
        cmocka_unit_test(the_largest_undrained_count_saturates),
    };
    return cmocka_run_group_tests_name("ledger: drains", tests, NULL, NULL);
}
