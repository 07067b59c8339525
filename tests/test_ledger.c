#include "engine/core/ledger.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "tests/support/test.h"

#include <string.h>

#define BOOT_S 600
#define CONFIRM_S 90
#define STEPS_MAX 16
#define PASS_S 30

enum op { OP_END, OP_SEND, OP_ACCEPT, OP_REFUSE, OP_LOSE, OP_SEE, OP_EXPIRE };

/*
 * One call, and what must be true after it. SEND takes the delta; SEE the hosts that a status shows (ten before);
 * EXPIRE the number of entries that must be told as dropped.
 */
struct step {
    enum op op;
    int32_t at_s;
    int32_t value;
    int32_t pending;
    enum ledger_state state;
    int32_t foreign; /* of SEE */
};

static const struct ledger_row {
    const char *name;
    struct step steps[STEPS_MAX];
} ledger_rows[] = {
    /* clang-format off */
    { "accepted, counted when ordered", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   6, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,  16,   0, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 600,   0,   0, LEDGER_SETTLED, 0 } } },
    { "accepted, counted when booted, one by one", {
        { OP_SEND,     0,   3,   3, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   3, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,  10,   3, LEDGER_SETTLED, 0 },
        { OP_SEE,    120,  11,   2, LEDGER_SETTLED, 0 },
        { OP_SEE,    150,  13,   0, LEDGER_SETTLED, 0 } } },
    { "refused: nothing is pending", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_REFUSE,   1,   0,   0, LEDGER_SETTLED, 0 } } },
    { "shrinking, counted at once", {
        { OP_SEND,     0,  -4,  -4, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,  -4, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,   6,   0, LEDGER_SETTLED, 0 } } },
    { "shrinking, drained one by one", {
        { OP_SEND,     0,  -2,  -2, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,  -2, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,   9,  -1, LEDGER_SETTLED, 0 },
        { OP_SEE,    300,   8,   0, LEDGER_SETTLED, 0 } } },
    { "partial fill waits for boot_timeout", {
        { OP_SEND,     0,  10,  10, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,  10, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,  16,   4, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 599,   0,   4, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 600,   1,   0, LEDGER_SETTLED, 0 } } },
    { "replicas that lag alternate", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   6, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,  16,   0, LEDGER_SETTLED, 0 },
        { OP_SEE,     60,  10,   6, LEDGER_SETTLED, 0 },
        { OP_SEE,     90,  16,   0, LEDGER_SETTLED, 0 },
        { OP_SEE,    120,  10,   6, LEDGER_SETTLED, 0 },
        { OP_SEE,    150,  16,   0, LEDGER_SETTLED, 0 } } },
    { "replicas that lag alternate while shrinking", {
        { OP_SEND,     0,  -6,  -6, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,  -6, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,   4,   0, LEDGER_SETTLED, 0 },
        { OP_SEE,     60,  10,  -6, LEDGER_SETTLED, 0 },
        { OP_SEE,     90,   4,   0, LEDGER_SETTLED, 0 } } },
    { "a host dies while it boots", {
        { OP_SEND,     0,   2,   2, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   2, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,  12,   0, LEDGER_SETTLED, 0 },
        { OP_SEE,     60,  11,   1, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 600,   1,   0, LEDGER_SETTLED, 0 } } },
    { "foreign moves with an empty ledger", {
        { OP_SEE,     30,  13,   0, LEDGER_SETTLED, 3 },
        { OP_SEE,     60,   9,   0, LEDGER_SETTLED, -4 } } },
    { "a foreign move beyond what is pending", {
        { OP_SEND,     0,   2,   2, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   2, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,  15,   0, LEDGER_SETTLED, 3 } } },
    { "a foreign move against what is pending", {
        { OP_SEND,     0,   2,   2, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   2, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,   7,   2, LEDGER_SETTLED, -3 } } },
    { "a foreign move beyond what was seen", {
        { OP_SEND,     0,   2,   2, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   2, LEDGER_SETTLED, 0 },
        { OP_SEE,     30,  12,   0, LEDGER_SETTLED, 0 },
        { OP_SEE,     60,   7,   2, LEDGER_SETTLED, -3 } } },
    { "unconfirmed, shows itself", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,     5,   0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,     30,  10,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,     60,  12,   4, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 599,   0,   4, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 600,   1,   0, LEDGER_SETTLED, 0 } } },
    { "unconfirmed, never shows itself", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,     5,   0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_EXPIRE,  89,   0,   6, LEDGER_UNCONFIRMED, 0 },
        { OP_EXPIRE,  90,   1,   0, LEDGER_SETTLED, 0 },
        { OP_EXPIRE,  91,   0,   0, LEDGER_SETTLED, 0 } } },
    { "unconfirmed shrinking waits for boot_timeout", {
        { OP_SEND,     0,  -6,  -6, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,     5,   0,  -6, LEDGER_UNCONFIRMED, 0 },
        { OP_EXPIRE, 599,   0,  -6, LEDGER_UNCONFIRMED, 0 },
        { OP_EXPIRE, 600,   1,   0, LEDGER_SETTLED, 0 } } },
    { "unconfirmed behind an older one: the older is booked first", {
        { OP_SEND,     0,   5,   5, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   5, LEDGER_SETTLED, 0 },
        { OP_SEND,    30,   3,   8, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,    35,   0,   8, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,     60,  15,   3, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,     90,  16,   2, LEDGER_SETTLED, 0 } } },
    { "unconfirmed in the other direction stays open", {
        { OP_SEND,     0,   5,   5, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   5, LEDGER_SETTLED, 0 },
        { OP_SEND,    30,  -3,   2, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,    35,   0,   2, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,     60,  15,  -3, LEDGER_UNCONFIRMED, 0 },
        { OP_SEE,     90,  12,   0, LEDGER_SETTLED, 0 } } },
    { "in flight never expires", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_EXPIRE, 9999,  0,   6, LEDGER_IN_FLIGHT, 0 } } },
    { "growth taken back while it boots is not asked for again", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   6, LEDGER_SETTLED, 0 },
        { OP_SEND,    60,  -3,   3, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,  61,   0,   3, LEDGER_SETTLED, 0 },
        { OP_SEE,    150,  13,   0, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 600,   0,   0, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 660,   0,   0, LEDGER_SETTLED, 0 } } },
    { "shrinking taken back while it drains is not repeated", {
        { OP_SEND,     0,  -6,  -6, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,  -6, LEDGER_SETTLED, 0 },
        { OP_SEND,    60,   3,  -3, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,  61,   0,  -3, LEDGER_SETTLED, 0 },
        { OP_SEE,    150,   7,   0, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 600,   0,   0, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 660,   0,   0, LEDGER_SETTLED, 0 } } },
    { "what was taken back is not told as missing", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   6, LEDGER_SETTLED, 0 },
        { OP_SEND,    60,  -3,   3, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,  61,   0,   3, LEDGER_SETTLED, 0 },
        { OP_SEE,    150,  12,   1, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 600,   1,   0, LEDGER_SETTLED, 0 },
        { OP_EXPIRE, 660,   0,   0, LEDGER_SETTLED, 0 } } },
    { "an open request keeps its own state when an older one expires", {
        { OP_SEND,     0,   6,   6, LEDGER_IN_FLIGHT, 0 },
        { OP_ACCEPT,   1,   0,   6, LEDGER_SETTLED, 0 },
        { OP_SEND,   590,  -3,   3, LEDGER_IN_FLIGHT, 0 },
        { OP_LOSE,   595,   0,   3, LEDGER_UNCONFIRMED, 0 },
        { OP_EXPIRE, 600,   1,  -3, LEDGER_UNCONFIRMED, 0 },
        { OP_EXPIRE, 1190,  1,   0, LEDGER_SETTLED, 0 } } },
    /* clang-format on */
};

static struct mono at_s(int64_t seconds)
{
    return (struct mono){ seconds * 1000 };
}

static int32_t expire_all(struct ledger *ledger, struct mono now)
{
    int32_t count = 0;
    struct ledger_expiry expiry;
    while (ledger_expire(ledger, now, BOOT_S * 1000, CONFIRM_S * 1000, &expiry))
        count++;
    return count;
}

static void take_step(struct ledger *ledger, const struct step *step, int32_t *hosts)
{
    struct ledger_movement movement = { 0 };
    switch (step->op) {
    case OP_END:
        break;
    case OP_SEND:
        ledger_send(ledger, step->value, at_s(step->at_s), BOOT_S * 1000);
        break;
    case OP_ACCEPT:
        ledger_accept(ledger);
        break;
    case OP_REFUSE:
        ledger_refuse(ledger);
        break;
    case OP_LOSE:
        ledger_lose(ledger);
        break;
    case OP_SEE:
        ledger_observe(ledger, *hosts, step->value, at_s(step->at_s), &movement);
        assert_int_equal(movement.foreign_hosts, step->foreign);
        *hosts = step->value;
        break;
    case OP_EXPIRE:
        assert_int_equal(expire_all(ledger, at_s(step->at_s)), step->value);
        break;
    }
}

static void row_is_booked(void **state)
{
    const struct ledger_row *row = *state;
    struct ledger ledger = { 0 };
    int32_t hosts = 10;
    for (const struct step *step = row->steps; step->op != OP_END; step++) {
        take_step(&ledger, step, &hosts);
        assert_int_equal(ledger_pending_hosts(&ledger), step->pending);
        assert_int_equal(ledger_state(&ledger), step->state);
        assert_int_equal(ledger_unconfirmed_hosts(&ledger) != 0, step->state == LEDGER_UNCONFIRMED);
    }
}

static void order(struct ledger *ledger, int32_t delta, int64_t now_s)
{
    ledger_send(ledger, delta, at_s(now_s), BOOT_S * 1000);
    ledger_accept(ledger);
}

static struct ledger_movement see(struct ledger *ledger, int32_t *hosts, int32_t now_hosts,
                                  int64_t now_s)
{
    struct ledger_movement movement;
    ledger_observe(ledger, *hosts, now_hosts, at_s(now_s), &movement);
    *hosts = now_hosts;
    return movement;
}

static void hosts_that_booted_lately_are_known(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    int32_t hosts = 10;
    order(&ledger, 6, 0);
    assert_int_equal(ledger_booting_hosts(&ledger), 0);
    see(&ledger, &hosts, 14, 30);
    assert_int_equal(ledger_booting_hosts(&ledger), 4);
    order(&ledger, -2, 40);
    see(&ledger, &hosts, 12, 60);
    assert_int_equal(ledger_booting_hosts(&ledger), 4);
    assert_int_equal(expire_all(&ledger, at_s(600)), 1);
    assert_int_equal(ledger_booting_hosts(&ledger), 0);
}

static void the_time_that_hosts_take_is_measured(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    int32_t hosts = 10;
    order(&ledger, 2, 0);
    struct ledger_movement movement = see(&ledger, &hosts, 10, 30);
    assert_int_equal(movement.followed_count, 0);
    assert_int_equal(movement.slowest_ms, 30000);
    movement = see(&ledger, &hosts, 11, 60);
    assert_int_equal(movement.followed_count, 0);
    assert_int_equal(movement.slowest_ms, 60000);
    movement = see(&ledger, &hosts, 12, 90);
    assert_int_equal(movement.followed_count, 1);
    assert_int_equal(movement.slowest_ms, 90000);
    movement = see(&ledger, &hosts, 12, 120);
    assert_int_equal(movement.followed_count, 0);
    assert_int_equal(movement.slowest_ms, 0);
}

/* Where hosts leave at once and come in minutes, lost growth must not be repeated after the time of leaving. */
static void leaving_hosts_teach_nothing_about_coming_ones(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    int32_t hosts = 10;
    order(&ledger, -4, 0);
    struct ledger_movement movement = see(&ledger, &hosts, 6, 30);
    assert_int_equal(movement.followed_count, 0);
    assert_int_equal(movement.slowest_ms, 0);
}

static void a_confirmed_request_says_what_it_was(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    int32_t hosts = 10;
    ledger_send(&ledger, 6, at_s(10), BOOT_S * 1000);
    ledger_lose(&ledger);
    struct ledger_movement movement = see(&ledger, &hosts, 12, 40);
    assert_true(movement.is_confirmed);
    assert_int_equal(movement.confirmed_delta, 6);
    assert_int_equal(movement.confirmed_seen, 2);
    assert_int_equal(movement.confirmed_age_ms, 30000);
    assert_int_equal(movement.followed_count, 0);
}

static void an_expiry_says_what_is_missing(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    struct ledger_expiry expiry;
    int32_t hosts = 10;
    order(&ledger, 6, 0);
    see(&ledger, &hosts, 14, 30);
    assert_true(ledger_expire(&ledger, at_s(BOOT_S), BOOT_S * 1000, CONFIRM_S * 1000, &expiry));
    assert_false(expiry.was_unconfirmed);
    assert_int_equal(expiry.delta, 6);
    assert_int_equal(expiry.seen, 4);
    assert_int_equal(expiry.age_ms, BOOT_S * 1000);
}

static void a_full_ledger_merges_and_loses_nothing(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    int32_t expected = 0;
    for (int32_t i = 0; i < 40; i++) {
        int32_t delta = i % 3 == 1 ? -1 : 2;
        order(&ledger, delta, i * 10);
        expected += delta;
        assert_in_range(ledger.count, 1, LEDGER_ENTRIES_MAX);
        assert_int_equal(ledger_pending_hosts(&ledger), expected);
    }
}

/* A provider that delivers nothing: an order in every pass must not keep the first ones alive for ever. */
static void no_stream_of_orders_keeps_old_ones_waiting(void **state)
{
    (void)state;
    int32_t ordered[4000] = { 0 };
    struct ledger ledger = { 0 };
    struct random random = { 3 };
    int32_t too_old = 0;
    int32_t sent = 0;
    for (int32_t i = 0; i < 4000; i++) {
        int64_t now_s = (int64_t)i * PASS_S;
        expire_all(&ledger, at_s(now_s));
        int32_t oldest = i - (BOOT_S + BOOT_S / LEDGER_PARTS) / PASS_S - 1;
        too_old += oldest >= 0 ? ordered[oldest] : 0;
        assert_true(ledger_pending_hosts(&ledger) <= sent - too_old);
        ordered[i] = 1 + (int32_t)random_below(&random, 5);
        sent += ordered[i];
        order(&ledger, ordered[i], now_s);
    }
}

/* The truth of one deployment whose orders all arrive in time. */
struct truth {
    bool is_counted_when_ordered;
    int32_t ready;
    size_t boot_count;
    int64_t boots_s[400]; /* when each booting host is ready */
};

static int32_t truth_counted(const struct truth *truth)
{
    return truth->ready + (truth->is_counted_when_ordered ? (int32_t)truth->boot_count : 0);
}

static void truth_boot(struct truth *truth, int64_t now_s)
{
    size_t kept = 0;
    for (size_t i = 0; i < truth->boot_count; i++) {
        if (truth->boots_s[i] > now_s)
            truth->boots_s[kept++] = truth->boots_s[i];
        else
            truth->ready++;
    }
    truth->boot_count = kept;
}

/* Removal takes booting hosts first. */
static void truth_scale(struct truth *truth, int32_t delta, int64_t ready_s)
{
    for (; delta > 0; delta--)
        truth->boots_s[truth->boot_count++] = ready_s;
    for (; delta < 0; delta++) {
        if (truth->boot_count > 0)
            truth->boot_count--;
        else
            truth->ready--;
    }
}

static void run_truth(struct truth *truth, uint64_t seed)
{
    struct random random = { seed };
    struct ledger ledger = { 0 };
    int32_t hosts = truth_counted(truth);
    for (int64_t now_s = 0; now_s < 20000; now_s += PASS_S) {
        truth_boot(truth, now_s);
        see(&ledger, &hosts, truth_counted(truth), now_s);
        assert_int_equal(expire_all(&ledger, at_s(now_s)), 0);
        assert_int_equal(hosts + ledger_pending_hosts(&ledger),
                         truth->ready + (int32_t)truth->boot_count);
        int32_t owned = truth->ready + (int32_t)truth->boot_count;
        int32_t delta = (int32_t)random_below(&random, 200) - owned;
        delta = (int32_t)clamp_i64(delta, -8, 8);
        if (delta == 0 || random_below(&random, 3) != 0)
            continue;
        order(&ledger, delta, now_s);
        truth_scale(truth, delta, now_s + 20 + random_below(&random, 280));
    }
}

static void what_is_seen_and_pending_is_the_truth_when_counted_on_order(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct truth truth = { .is_counted_when_ordered = true, .ready = 50 };
        run_truth(&truth, seed);
    }
}

static void what_is_seen_and_pending_is_the_truth_when_counted_booted(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct truth truth = { .ready = 50 };
        run_truth(&truth, seed);
    }
}

static void the_largest_orders_saturate(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    order(&ledger, INT32_MAX, 0);
    order(&ledger, INT32_MAX, 1);
    assert_int_equal(ledger_pending_hosts(&ledger), INT32_MAX);
    int32_t hosts = 0;
    see(&ledger, &hosts, INT32_MAX, 2);
    assert_int_equal(ledger_pending_hosts(&ledger), INT32_MAX);
    order(&ledger, -INT32_MAX, 3);
    assert_int_equal(ledger_pending_hosts(&ledger), 0);
    see(&ledger, &hosts, 0, 4);
    assert_int_equal(ledger_pending_hosts(&ledger), INT32_MAX);
}

int main(void)
{
    struct CMUnitTest rows[COUNT_OF(ledger_rows)];
    TESTS_FROM_ROWS(rows, ledger_rows, row_is_booked);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_that_booted_lately_are_known),
        cmocka_unit_test(the_time_that_hosts_take_is_measured),
        cmocka_unit_test(leaving_hosts_teach_nothing_about_coming_ones),
        cmocka_unit_test(a_confirmed_request_says_what_it_was),
        cmocka_unit_test(an_expiry_says_what_is_missing),
        cmocka_unit_test(a_full_ledger_merges_and_loses_nothing),
        cmocka_unit_test(no_stream_of_orders_keeps_old_ones_waiting),
        cmocka_unit_test(what_is_seen_and_pending_is_the_truth_when_counted_on_order),
        cmocka_unit_test(what_is_seen_and_pending_is_the_truth_when_counted_booted),
        cmocka_unit_test(the_largest_orders_saturate),
    };
    int failed = cmocka_run_group_tests_name("ledger: rows", rows, NULL, NULL);
    failed += cmocka_run_group_tests_name("ledger: laws", tests, NULL, NULL);
    return failed;
}
