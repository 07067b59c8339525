/* What waits for a receiver, when it is tried, and what is dropped; in simulated time. */
#include "engine/notices/notice_queue.h"

#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

static const struct notice_limits usual = {
    .fold_ms = 10000, .max_age_ms = 3600000, .burst = 5, .per_minute = 12
};
static const struct notice_limits each = {
    .fold_ms = 0, .max_age_ms = 3600000, .burst = 1000, .per_minute = 6000
};

static struct mono at(int64_t ms)
{
    return (struct mono){ ms };
}

static struct notice_queue *make(const struct notice_limits *limits)
{
    struct notice_queue *queue = NULL;
    assert_int_equal(notice_queue_create(limits, 7, &queue), 0);
    return queue;
}

static void take(struct notice_queue *queue, enum event_id id, const char *deployment, int64_t now)
{
    struct event event;
    event_init(&event, id);
    if (deployment)
        event_add_string(&event, "deployment", deployment);
    notice_queue_take(queue, &event, (struct wall){ now }, at(now));
}

static const struct notice *begin(struct notice_queue *queue, int64_t now)
{
    const struct notice *notice = notice_queue_begin(queue, at(now));
    assert_non_null(notice);
    return notice;
}

static void end(struct notice_queue *queue, int64_t now, enum notice_result result)
{
    notice_queue_end(queue, at(now), result, NOTICE_RETRY_AFTER_NONE);
}

static void the_same_event_of_many_is_one_notice(void **state)
{
    (void)state;
    struct notice_queue *queue = make(&usual);
    char id[16];
    for (int i = 0; i < 1000; i++) {
        snprintf(id, sizeof id, "eu-%d", i % 500);
        take(queue, EVENT_STARVED, id, i);
    }
    take(queue, EVENT_BREAKER_OPENED, NULL, 5000);
    assert_int_equal(notice_queue_counts(queue).queued, 2);
    assert_int_equal(notice_queue_events(queue), 1001);
    assert_int_equal(notice_queue_due(queue).ms, 10000);
    assert_null(notice_queue_begin(queue, at(9999)));
    const struct notice *notice = begin(queue, 10000);
    assert_int_equal(notice->event, EVENT_STARVED);
    assert_int_equal(notice->count, 1000);
    assert_int_equal(notice->id_count, NOTICE_IDS_MAX);
    assert_string_equal(notice->ids[9], "eu-9");
    assert_int_equal(notice->first_at.ms, 0);
    assert_int_equal(notice->last_at.ms, 999);
    assert_string_equal(notice->message, "starved deployment=eu-0");
    assert_string_equal(notice->fields, "\"deployment\":\"eu-0\"");
    notice_queue_destroy(queue);
}

/* What is being sent is as it was; later events are another notice. */
static void an_attempt_closes_a_notice(void **state)
{
    (void)state;
    struct notice_queue *queue = make(&usual);
    take(queue, EVENT_STARVED, "eu-1", 0);
    assert_int_equal(begin(queue, 10000)->count, 1);
    take(queue, EVENT_STARVED, "eu-2", 10001);
    take(queue, EVENT_STARVED, "eu-3", 10002);
    assert_int_equal(notice_queue_due(queue).ms, MONO_NEVER.ms);
    end(queue, 10100, NOTICE_FAILED);
    assert_int_equal(notice_queue_counts(queue).queued, 2);
    const struct notice *notice = begin(queue, 20001);
    assert_string_equal(notice->ids[0], "eu-2");
    assert_int_equal(notice->count, 2);
    end(queue, 20100, NOTICE_DELIVERED);
    assert_string_equal(begin(queue, 20100)->ids[0], "eu-1");
    end(queue, 20200, NOTICE_DELIVERED);
    assert_int_equal(notice_queue_counts(queue).delivered, 2);
    assert_int_equal(notice_queue_due(queue).ms, MONO_NEVER.ms);
    notice_queue_destroy(queue);
}

/* Attempts that may begin up to this time, if each succeeds at once. */
static int deliver_until(struct notice_queue *queue, int64_t until)
{
    int count = 0;
    for (struct mono due; (due = notice_queue_due(queue)).ms <= until; count++) {
        begin(queue, due.ms < 0 ? 0 : due.ms);
        end(queue, due.ms < 0 ? 0 : due.ms, NOTICE_DELIVERED);
    }
    return count;
}

static void attempts_are_spaced(void **state)
{
    (void)state;
    struct notice_limits limits = usual;
    limits.fold_ms = 0;
    struct notice_queue *queue = make(&limits);
    for (int i = 0; i < 20; i++)
        take(queue, EVENT_STARVED, "eu-1", 0);
    assert_int_equal(deliver_until(queue, 0), 5);
    assert_int_equal(notice_queue_due(queue).ms, 5000);
    assert_int_equal(deliver_until(queue, 60000), 12);
    assert_int_equal(deliver_until(queue, 3600000), 3);
    for (int i = 0; i < 20; i++)
        take(queue, EVENT_STARVED, "eu-1", 3600000);
    assert_int_equal(deliver_until(queue, 3600000), 5);
    notice_queue_destroy(queue);
}

static void failures_double_the_wait(void **state)
{
    (void)state;
    struct notice_queue *queue = make(&each);
    int64_t now = 0;
    int64_t whole = 1000;
    int64_t jitter = 0;
    take(queue, EVENT_STARVED, "eu-1", 0);
    for (int i = 1; i <= 20; i++) {
        assert_int_equal(begin(queue, now)->attempts, i);
        end(queue, now, NOTICE_FAILED);
        assert_int_equal(notice_queue_failures(queue), i);
        int64_t wait = notice_queue_due(queue).ms - now;
        assert_in_range(wait, whole / 2, whole);
        assert_null(notice_queue_begin(queue, at(now + wait - 1)));
        jitter += whole - wait;
        now += wait;
        whole = whole * 2 > NOTICE_BACKOFF_MS_MAX ? NOTICE_BACKOFF_MS_MAX : whole * 2;
    }
    assert_true(jitter > 0);
    begin(queue, now);
    end(queue, now, NOTICE_DELIVERED);
    assert_int_equal(notice_queue_failures(queue), 0);
    take(queue, EVENT_STARVED, "eu-1", now);
    assert_true(notice_queue_due(queue).ms <= now);
    notice_queue_destroy(queue);
}

static void a_receiver_is_left_alone_for_as_long_as_it_asks(void **state)
{
    (void)state;
    struct notice_queue *queue = make(&each);
    take(queue, EVENT_STARVED, "eu-1", 0);
    begin(queue, 0);
    notice_queue_end(queue, at(0), NOTICE_FAILED, 120000);
    take(queue, EVENT_BREAKER_OPENED, NULL, 1);
    assert_int_equal(notice_queue_due(queue).ms, 120000);
    notice_queue_hurry(queue);
    assert_int_equal(notice_queue_due(queue).ms, 120000);
    notice_queue_destroy(queue);
}

static void a_notice_that_is_never_taken_holds_up_no_other(void **state)
{
    (void)state;
    struct notice_queue *queue = make(&each);
    take(queue, EVENT_STARVED, "eu-1", 0);
    begin(queue, 0);
    end(queue, 0, NOTICE_FAILED);
    take(queue, EVENT_STARVED, "eu-2", 1);
    int64_t now = notice_queue_due(queue).ms;
    assert_string_equal(begin(queue, now)->ids[0], "eu-2");
    notice_queue_destroy(queue);
}

static void a_notice_is_dropped_at_its_age(void **state)
{
    (void)state;
    struct notice_limits limits = each;
    limits.max_age_ms = 60000;
    struct notice_queue *queue = make(&limits);
    take(queue, EVENT_STARVED, "eu-1", 0);
    int attempts = 0;
    while (notice_queue_due(queue).ms != MONO_NEVER.ms) {
        int64_t now = notice_queue_due(queue).ms < 0 ? 0 : notice_queue_due(queue).ms;
        assert_true(now <= 60000);
        if (!notice_queue_begin(queue, at(now)))
            continue;
        end(queue, now, NOTICE_FAILED);
        attempts++;
    }
    assert_in_range(attempts, 6, 12);
    assert_int_equal(notice_queue_counts(queue).expired, 1);
    struct notice_losses losses = notice_queue_take_losses(queue, NOTICE_LOSS_EXPIRED);
    assert_int_equal(losses.notices, 1);
    assert_int_equal(losses.events, 1);
    assert_int_equal(notice_queue_take_losses(queue, NOTICE_LOSS_EXPIRED).notices, 0);
    notice_queue_destroy(queue);
}

static void a_refused_notice_is_not_tried_again(void **state)
{
    (void)state;
    struct notice_queue *queue = make(&each);
    take(queue, EVENT_STARVED, "eu-1", 0);
    begin(queue, 0);
    end(queue, 0, NOTICE_REFUSED);
    assert_int_equal(notice_queue_counts(queue).refused, 1);
    assert_int_equal(notice_queue_counts(queue).queued, 0);
    assert_int_equal(notice_queue_due(queue).ms, MONO_NEVER.ms);
    notice_queue_destroy(queue);
}

/* starved is a warning, breaker_opened an error, scaled an info. */
static void above_the_bound_the_oldest_of_the_lowest_severity_goes(void **state)
{
    (void)state;
    struct notice_queue *queue = make(&each);
    take(queue, EVENT_STARVED, "sending", 0);
    begin(queue, 0);
    take(queue, EVENT_BREAKER_OPENED, NULL, 0);
    take(queue, EVENT_SCALED, "info-1", 0);
    take(queue, EVENT_SCALED, "info-2", 0);
    for (int i = 4; i < NOTICE_QUEUE_MAX; i++)
        take(queue, EVENT_STARVED, "warn", 0);
    assert_int_equal(notice_queue_take_losses(queue, NOTICE_LOSS_FULL).notices, 0);
    take(queue, EVENT_STARVED, "more", 1);  /* info-1 goes */
    take(queue, EVENT_SCALED, "info-3", 1); /* info-2 goes */
    take(queue, EVENT_STARVED, "more", 1);  /* info-3 goes */
    take(queue, EVENT_SCALED, "info-4", 1); /* goes itself */
    take(queue, EVENT_STARVED, "more", 1);  /* the first "warn" goes, not what is sent */
    assert_int_equal(notice_queue_take_losses(queue, NOTICE_LOSS_FULL).notices, 5);
    assert_int_equal(notice_queue_counts(queue).queued, NOTICE_QUEUE_MAX);
    assert_int_equal(notice_queue_counts(queue).dropped, 5);
    end(queue, 2, NOTICE_DELIVERED);
    assert_int_equal(begin(queue, 2)->event, EVENT_BREAKER_OPENED);
    end(queue, 2, NOTICE_DELIVERED);
    int more = 0;
    for (int i = 0; i < NOTICE_QUEUE_MAX - 2; i++) {
        const struct notice *notice = begin(queue, 1000 * i);
        assert_int_equal(notice->event, EVENT_STARVED);
        more += strcmp(notice->ids[0], "more") == 0;
        end(queue, 1000 * i, NOTICE_DELIVERED);
    }
    assert_int_equal(more, 3);
    assert_int_equal(notice_queue_counts(queue).delivered, NOTICE_QUEUE_MAX);
    assert_int_equal(notice_queue_counts(queue).queued, 0);
    notice_queue_destroy(queue);
}

static void at_a_stop_each_is_tried_once_at_once(void **state)
{
    (void)state;
    struct notice_queue *queue = make(&usual);
    take(queue, EVENT_STARVED, "eu-1", 0);
    begin(queue, 10000);
    end(queue, 10000, NOTICE_FAILED);
    take(queue, EVENT_BREAKER_OPENED, NULL, 10001);
    take(queue, EVENT_STARVED, "eu-2", 10001);
    notice_queue_hurry(queue);
    for (int i = 0; i < 3; i++) {
        assert_true(notice_queue_due(queue).ms <= 10002);
        begin(queue, 10002);
        end(queue, 10002, NOTICE_FAILED);
    }
    assert_true(notice_queue_due(queue).ms > 3000000);
    assert_int_equal(notice_queue_counts(queue).queued, 3);
    assert_int_equal(notice_queue_events(queue), 3);
    notice_queue_destroy(queue);
}

/* Nothing is lost within the bound: each event is delivered, waits, or is counted as dropped. */
static void every_event_is_accounted_for(void **state)
{
    (void)state;
    uint64_t draw = 1;
    for (int round = 0; round < 50; round++) {
        struct notice_limits limits = { round % 3 * 500, 20000, 1 + round % 4, 600 };
        struct notice_queue *queue = make(&limits);
        int64_t taken = 0, gone = 0, now = 0;
        for (int step = 0; step < 2000; step++) {
            draw = draw * 6364136223846793005u + 1442695040888963407u;
            now += (int64_t)(draw >> 40) % 50;
            if ((draw >> 33) % 3 != 0) {
                take(queue, (enum event_id)((draw >> 35) % EVENT_COUNT), NULL, now);
                taken++;
            }
            const struct notice *notice = notice_queue_begin(queue, at(now));
            if (!notice)
                continue;
            enum notice_result result = (enum notice_result)((draw >> 37) % 3);
            gone += result == NOTICE_FAILED ? 0 : notice->count;
            end(queue, now, result);
        }
        for (int cause = 0; cause < NOTICE_LOSS_COUNT; cause++)
            gone += notice_queue_take_losses(queue, (enum notice_loss)cause).events;
        assert_int_equal(taken, gone + notice_queue_events(queue));
        assert_in_range(notice_queue_counts(queue).queued, 0, NOTICE_QUEUE_MAX);
        notice_queue_destroy(queue);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_event_of_many_is_one_notice),
        cmocka_unit_test(an_attempt_closes_a_notice),
        cmocka_unit_test(attempts_are_spaced),
        cmocka_unit_test(failures_double_the_wait),
        cmocka_unit_test(a_receiver_is_left_alone_for_as_long_as_it_asks),
        cmocka_unit_test(a_notice_that_is_never_taken_holds_up_no_other),
        cmocka_unit_test(a_notice_is_dropped_at_its_age),
        cmocka_unit_test(a_refused_notice_is_not_tried_again),
        cmocka_unit_test(above_the_bound_the_oldest_of_the_lowest_severity_goes),
        cmocka_unit_test(at_a_stop_each_is_tried_once_at_once),
        cmocka_unit_test(every_event_is_accounted_for),
    };
    return cmocka_run_group_tests_name("notice_queue", tests, NULL, NULL);
}
