#include "engine/core/losses.h"

#include "engine/base/arith.h"
#include "tests/support/test.h"

#include <string.h>

#define PASS_MS ((int64_t)30000)
#define SIZE 10 /* servers per host */
#define STATUSES_MAX 24
#define BUSY 90

struct report {
    int32_t hosts;
    int32_t busy;
};

/* 10 hosts, then an order of 3 between the first two statuses; the last of the statuses, and the losses of all. */
static const struct loss_row {
    const char *name;
    int32_t removed; /* before the order */
    int32_t lost;
    int32_t pending;
    struct report reports[STATUSES_MAX]; /* hosts 0: the end */
} loss_rows[] = {
/* clang-format off */
#define AT(hosts) { hosts, BUSY }
#define FIVE(hosts) AT(hosts), AT(hosts), AT(hosts), AT(hosts), AT(hosts)
    { "two statuses make no loss", 0, 0, 2,
      { AT(10), FIVE(13), FIVE(13), AT(13), AT(11), AT(11) } },
    { "three statuses make a loss", 0, 2, 0,
      { AT(10), FIVE(13), FIVE(13), AT(13), AT(11), AT(11), AT(11) } },
    { "all hosts of the order", 0, 3, 0,
      { AT(10), FIVE(13), FIVE(13), AT(13), AT(10), AT(10), AT(10) } },
    { "the fewest of three statuses are lost", 0, 1, 1,
      { AT(10), FIVE(13), FIVE(13), AT(13), AT(11), AT(12), AT(11) } },
    { "hosts that come back are not lost", 0, 0, 0,
      { AT(10), FIVE(13), FIVE(13), AT(13), AT(10), AT(10), AT(13), AT(13), AT(13) } },
    { "the rest of the order is still pending", 0, 1, 1,
      { AT(10), FIVE(12), FIVE(12), AT(12), AT(11), AT(11), AT(11) } },
    { "an earlier status is no loss while a replica may lag", 0, 0, 3,
      { AT(10), FIVE(13), AT(10), AT(10), AT(10), AT(10) } },
    { "after that it is", 0, 3, 0,
      { AT(10), FIVE(13), FIVE(10), AT(10), AT(10) } },
    { "a number of hosts from between two statuses", 0, 0, 2,
      { AT(10), FIVE(13), AT(11), AT(11), AT(11), AT(11) } },
    { "fewer hosts than any status before", 0, 3, 0,
      { AT(10), FIVE(13), AT(9), AT(9), AT(9) } },
    { "demand that only later statuses have", 0, 3, 0,
      { { 10, 60 }, { 10, 65 }, { 13, 70 }, { 13, 75 }, { 13, 80 }, { 10, 85 }, { 10, 90 }, { 10, 95 } } },
    { "demand that no status leads to", 0, 0, 3,
      { { 10, 60 }, { 13, 60 }, { 13, 60 }, { 13, 60 }, { 10, 0 }, { 10, 40 }, { 10, 0 }, { 10, 40 } } },
    { "one after the other: each after three statuses", 0, 2, 1,
      { AT(10), FIVE(13), FIVE(13), AT(13), { 12, 89 }, { 11, 88 }, { 11, 88 }, { 10, 87 }, { 10, 87 } } },
    { "one after the other in the lag of a replica", 0, 3, 0,
      { AT(10), FIVE(13), AT(12), AT(11), AT(10), AT(10), AT(10), AT(10), AT(10), AT(10), AT(10), AT(10), AT(10), AT(10), AT(10) } },
    { "players of the lost hosts are gone", 0, 3, 0,
      { AT(10), FIVE(13), FIVE(13), AT(13), { 10, 70 }, { 10, 70 }, { 10, 70 } } },
    { "shortly after hosts left, one that comes may be one of them", 3, 0, 3,
      { AT(10), AT(7), FIVE(10), AT(7), AT(7), AT(7), AT(7), AT(7), AT(7), AT(7) } },
    { "but not more than have left", 2, 1, 2,
      { AT(10), AT(8), FIVE(11), AT(8), AT(8), AT(8), AT(8), AT(8), AT(8), AT(8) } },
    { "later it is not", 2, 3, 0,
      { AT(10), AT(8), FIVE(11), FIVE(11), AT(11), AT(8), AT(8), AT(8) } },
#undef AT
#undef FIVE
    /* clang-format on */
};

static struct mono at_pass(uint32_t pass)
{
    return (struct mono){ 1000000 + pass * PASS_MS };
}

struct play {
    struct ledger ledger;
    struct history history;
    struct pass_times times;
    uint32_t pass;
    int32_t hosts;
};

static int32_t see(struct play *play, const struct report *report)
{
    struct mono now = at_pass(++play->pass);
    pass_times_put(&play->times, play->pass, now);
    struct loss_context context = { .now = now,
                                    .pass = play->pass,
                                    .pass_interval_ms = PASS_MS,
                                    .times = &play->times,
                                    .history = &play->history,
                                    .hosts = report->hosts,
                                    .busy_servers = report->busy,
                                    .servers_per_host = SIZE };
    struct ledger_movement movement;
    ledger_observe(&play->ledger, play->hosts, report->hosts, now, &movement);
    int32_t lost = losses_observe(&play->ledger, &context);
    history_put(&play->history, play->pass,
                &(struct history_sample){ .busy_servers = report->busy, .hosts = report->hosts });
    play->hosts = report->hosts;
    return lost;
}

static void order(struct play *play, int32_t delta)
{
    static const struct ledger_timeouts timeouts = { 600000, 600000, 60000 };
    ledger_send(&play->ledger, delta, at_pass(play->pass), &timeouts);
    ledger_accept(&play->ledger);
}

static void row_is_observed(void **state)
{
    const struct loss_row *row = *state;
    struct play play = { .hosts = row->reports[0].hosts };
    int32_t lost = see(&play, &row->reports[0]);
    if (row->removed > 0)
        order(&play, -row->removed);
    order(&play, 3);
    for (size_t i = 1; row->reports[i].hosts > 0; i++)
        lost += see(&play, &row->reports[i]);
    assert_int_equal(lost, row->lost);
    assert_int_equal(ledger_pending_hosts(&play.ledger), row->pending);
}

/* No status for as long as a replica may lag: it may show one that was not read. */
static void a_status_from_a_gap_is_no_loss(void **state)
{
    (void)state;
    static const struct report before = { 20, 150 }, after = { 21, 151 };
    struct play play = { .hosts = before.hosts };
    see(&play, &before);
    order(&play, 1);
    order(&play, 1);
    for (uint32_t i = 0; i < LOSS_LAG_PASSES - 1; i++) {
        play.pass++;
        pass_times_put(&play.times, play.pass, at_pass(play.pass));
    }
    see(&play, &after);
    see(&play, &before);
    for (int32_t i = 0; i < 2 * LOSS_LAG_PASSES; i++)
        assert_int_equal(see(&play, &after), 0);
    assert_int_equal(ledger_pending_hosts(&play.ledger), 1);
}

/* A status that is no earlier one has fewer hosts; then those of a second order come, one by one. */
static void hosts_that_come_after_a_loss_are_of_other_orders(void **state)
{
    (void)state;
    struct play play = { .hosts = 10 };
    order(&play, 4);
    for (int i = 0; i < 12; i++)
        assert_int_equal(see(&play, &(struct report){ 14, BUSY }), 0);
    order(&play, 5);
    assert_int_equal(see(&play, &(struct report){ 11, BUSY }), 0);
    assert_int_equal(see(&play, &(struct report){ 12, BUSY }), 0);
    assert_int_equal(see(&play, &(struct report){ 13, BUSY }), 3);
    assert_int_equal(ledger_pending_hosts(&play.ledger), 3);
    assert_int_equal(see(&play, &(struct report){ 16, BUSY }), 0);
    assert_int_equal(ledger_pending_hosts(&play.ledger), 0);
}

/* A repeat has to be equal to the order. */
static void an_unconfirmed_order_keeps_its_hosts(void **state)
{
    (void)state;
    static const struct ledger_timeouts timeouts = { 600000, 600000, 60000 };
    struct play play = { .hosts = 10 };
    ledger_send(&play.ledger, 4, at_pass(0), &timeouts);
    assert_int_equal(see(&play, &(struct report){ 14, BUSY }), 0);
    for (int i = 0; i < 12; i++)
        assert_int_equal(see(&play, &(struct report){ 10, BUSY }), 0);
    assert_int_equal(ledger_pending_hosts(&play.ledger), 4);
}

static void an_empty_ledger_loses_nothing(void **state)
{
    (void)state;
    struct ledger ledger = { 0 };
    assert_int_equal(losses_observe(NULL, &(struct loss_context){ .pass = 1 }), 0);
    assert_int_equal(losses_observe(&ledger, &(struct loss_context){ .pass = 1 }), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_from_a_gap_is_no_loss),
        cmocka_unit_test(hosts_that_come_after_a_loss_are_of_other_orders),
        cmocka_unit_test(an_unconfirmed_order_keeps_its_hosts),
        cmocka_unit_test(an_empty_ledger_loses_nothing),
    };
    struct CMUnitTest rows[COUNT_OF(loss_rows)];
    TESTS_FROM_ROWS(rows, loss_rows, row_is_observed);
    int failed = cmocka_run_group_tests_name("rows", rows, NULL, NULL);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
