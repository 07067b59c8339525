/*
 * What the service manager is notified of, in simulated time: phases, the watchdog, a manager that takes nothing.
 */
#include "engine/service/notifier.h"
#include "tests/support/test.h"

#include <string.h>

#define WATCHDOG_US INT64_C(30000000)
#define PING_MS INT64_C(15000)
#define EXTENSION "EXTEND_TIMEOUT_USEC=60000000\n"

/* A notifier, its clock, and a manager that takes messages or not. */
struct service {
    struct notifier notifier;
    struct mono now;
    bool is_alive;
    bool is_full;
    char storage[NOTIFIER_MESSAGE_SIZE];
    struct text message;
};

static void begin(struct service *service, int64_t watchdog_us)
{
    *service = (struct service){ .now = { 1000 }, .is_alive = true };
    text_init(&service->message, service->storage, sizeof service->storage);
    notifier_init(&service->notifier, watchdog_us, service->now);
}

/* What is sent now; "": nothing. */
static const char *sent(struct service *service)
{
    bool is_due =
        notifier_write(&service->notifier, service->now, service->is_alive, &service->message);
    assert_int_equal(is_due, service->message.length > 0);
    if (!is_due)
        return "";
    if (service->is_full) {
        notifier_missed(&service->notifier, service->now);
        return "";
    }
    notifier_sent(&service->notifier, service->now);
    return service->storage;
}

static void enter(struct service *service, enum service_phase phase)
{
    notifier_enter(&service->notifier, phase, service->now, service->now.ms * 1000);
}

/* Goes on to what is due next, which must be later than now. */
static void advance(struct service *service)
{
    struct mono due = notifier_due(&service->notifier);
    assert_true(due.ms > service->now.ms);
    service->now = due;
}

static void begin_ready(struct service *service, int64_t watchdog_us)
{
    begin(service, watchdog_us);
    assert_string_equal(sent(service), EXTENSION);
    enter(service, SERVICE_READY);
    assert_string_equal(sent(service), "READY=1\n");
}

/* --- phases ---------------------------------------------------------------------------------------------------- */

static void a_life_is_reported(void **state)
{
    struct service service;
    (void)state;
    begin_ready(&service, 0);
    assert_int_equal(notifier_due(&service.notifier).ms, MONO_NEVER.ms);
    enter(&service, SERVICE_READY);
    assert_string_equal(sent(&service), "");
    enter(&service, SERVICE_RELOADING);
    assert_string_equal(sent(&service), "RELOADING=1\nMONOTONIC_USEC=1000000\n");
    enter(&service, SERVICE_READY);
    assert_string_equal(sent(&service), "READY=1\n");
    enter(&service, SERVICE_STOPPING);
    assert_string_equal(sent(&service), "STOPPING=1\n" EXTENSION);
    enter(&service, SERVICE_READY);
    enter(&service, SERVICE_RELOADING);
    assert_string_equal(sent(&service), "");
}

/* READY after it would say that the service has started. */
static void a_reload_before_it_is_ready_is_not_shown(void **state)
{
    struct service service;
    (void)state;
    begin(&service, 0);
    assert_string_equal(sent(&service), EXTENSION);
    enter(&service, SERVICE_RELOADING);
    assert_string_equal(sent(&service), "");
    enter(&service, SERVICE_READY);
    assert_string_equal(sent(&service), "READY=1\n");
}

static void the_limits_are_extended_while_it_starts_and_stops(void **state)
{
    struct service service;
    (void)state;
    begin(&service, 0);
    assert_string_equal(sent(&service), EXTENSION);
    advance(&service);
    assert_int_equal(service.now.ms, 1000 + NOTIFIER_EXTEND_MS);
    assert_string_equal(sent(&service), EXTENSION);
    service.is_alive = false;
    advance(&service);
    assert_string_equal(sent(&service), "");
    advance(&service);
    assert_string_equal(sent(&service), "");
    service.is_alive = true;
    advance(&service);
    assert_string_equal(sent(&service), EXTENSION);
    enter(&service, SERVICE_STOPPING);
    assert_string_equal(sent(&service), "STOPPING=1\n" EXTENSION);
    advance(&service);
    assert_string_equal(sent(&service), EXTENSION);
}

static void the_status_is_sent_when_it_is_new(void **state)
{
    struct service service;
    (void)state;
    begin_ready(&service, 0);
    notifier_set_status(&service.notifier, "3 deployments");
    assert_true(notifier_due(&service.notifier).ms <= service.now.ms);
    assert_string_equal(sent(&service), "STATUS=3 deployments\n");
    notifier_set_status(&service.notifier, "3 deployments");
    assert_string_equal(sent(&service), "");
    notifier_set_status(&service.notifier, "4 deployments");
    enter(&service, SERVICE_STOPPING);
    assert_string_equal(sent(&service), "STOPPING=1\n" EXTENSION "STATUS=4 deployments\n");
}

static void a_long_status_is_cut(void **state)
{
    struct service service;
    char status[2 * NOTIFIER_STATUS_SIZE];
    (void)state;
    begin(&service, WATCHDOG_US);
    memset(status, 's', sizeof status - 1);
    status[sizeof status - 1] = '\0';
    notifier_set_status(&service.notifier, status);
    enter(&service, SERVICE_STOPPING);
    service.now.ms += PING_MS;
    assert_int_equal(strlen(sent(&service)),
                     strlen("STOPPING=1\n" EXTENSION "WATCHDOG=1\nSTATUS=\n") +
                         NOTIFIER_STATUS_SIZE - 1);
}

/* --- the watchdog ---------------------------------------------------------------------------------------------- */

static const struct period_row {
    const char *name;
    int64_t period_us;
    int64_t ping_ms; /* 0: none */
} period_rows[] = {
    { "no watchdog", 0, 0 },
    { "a period of 30 s", WATCHDOG_US, PING_MS },
    { "an odd period", 3001, 1 },
    { "a period below the clock", 1, 1 },
    { "the longest period", INT64_MAX, INT64_MAX / 2000 },
};

static void a_ping_comes_twice_in_each_period(void **state)
{
    const struct period_row *row = *state;
    struct service service;
    begin_ready(&service, row->period_us);
    if (row->ping_ms == 0) {
        assert_int_equal(notifier_due(&service.notifier).ms, MONO_NEVER.ms);
        return;
    }
    for (int i = 0; i < 3; i++) {
        struct mono before = service.now;
        assert_string_equal(sent(&service), "");
        advance(&service);
        assert_int_equal(service.now.ms - before.ms, row->ping_ms);
        assert_string_equal(sent(&service), "WATCHDOG=1\n");
    }
}

static void a_loop_that_was_late_sends_one_ping(void **state)
{
    struct service service;
    (void)state;
    begin_ready(&service, WATCHDOG_US);
    service.now.ms += 10 * PING_MS;
    assert_string_equal(sent(&service), "WATCHDOG=1\n");
    assert_string_equal(sent(&service), "");
    struct mono before = service.now;
    advance(&service);
    assert_int_equal(service.now.ms - before.ms, PING_MS);
}

/* It is looked at often: what recovers in time is not ended. */
static void pings_stop_while_it_is_stuck(void **state)
{
    struct service service;
    (void)state;
    begin_ready(&service, WATCHDOG_US);
    advance(&service);
    service.is_alive = false;
    struct mono last = service.now;
    while (service.now.ms < last.ms + 4 * PING_MS) {
        assert_string_equal(sent(&service), "");
        advance(&service);
    }
    notifier_set_status(&service.notifier, "the loop is stuck");
    assert_string_equal(sent(&service), "STATUS=the loop is stuck\n");
    advance(&service);
    assert_true(service.now.ms <= last.ms + 4 * PING_MS + 2 * NOTIFIER_RETRY_MS);
    service.is_alive = true;
    assert_string_equal(sent(&service), "WATCHDOG=1\n");
}

static void pings_go_on_while_it_stops(void **state)
{
    struct service service;
    (void)state;
    begin_ready(&service, WATCHDOG_US);
    enter(&service, SERVICE_STOPPING);
    sent(&service);
    service.now.ms += PING_MS;
    assert_string_equal(sent(&service), EXTENSION "WATCHDOG=1\n");
}

/* --- a manager that takes nothing ------------------------------------------------------------------------------- */

static void what_could_not_be_sent_is_sent_later(void **state)
{
    struct service service;
    (void)state;
    begin(&service, 0);
    sent(&service);
    service.is_full = true;
    enter(&service, SERVICE_READY);
    notifier_set_status(&service.notifier, "0 deployments");
    assert_string_equal(sent(&service), "");
    for (int i = 0; i < 10; i++) {
        struct mono before = service.now;
        assert_string_equal(sent(&service), "");
        advance(&service);
        assert_int_equal(service.now.ms - before.ms, NOTIFIER_RETRY_MS);
        assert_string_equal(sent(&service), "");
    }
    service.is_full = false;
    advance(&service);
    assert_string_equal(sent(&service), "READY=1\nSTATUS=0 deployments\n");
    assert_string_equal(sent(&service), "");
}

/* Of a reload that has ended meanwhile, nothing is left to send. */
static void only_the_newest_phase_is_sent_later(void **state)
{
    struct service service;
    (void)state;
    begin_ready(&service, 0);
    service.is_full = true;
    enter(&service, SERVICE_RELOADING);
    assert_string_equal(sent(&service), "");
    enter(&service, SERVICE_READY);
    assert_int_equal(notifier_due(&service.notifier).ms, MONO_NEVER.ms);
    enter(&service, SERVICE_RELOADING);
    service.is_full = false;
    advance(&service);
    assert_string_equal(sent(&service), "RELOADING=1\nMONOTONIC_USEC=1000000\n");
    service.is_full = true;
    enter(&service, SERVICE_READY);
    assert_string_equal(sent(&service), "");
    service.is_full = false;
    advance(&service);
    assert_string_equal(sent(&service), "READY=1\n");
}

static void a_ping_that_was_missed_follows_soon(void **state)
{
    struct service service;
    (void)state;
    begin_ready(&service, WATCHDOG_US);
    advance(&service);
    service.is_full = true;
    assert_string_equal(sent(&service), "");
    service.is_full = false;
    struct mono missed = service.now;
    advance(&service);
    assert_int_equal(service.now.ms - missed.ms, NOTIFIER_RETRY_MS);
    assert_string_equal(sent(&service), "WATCHDOG=1\n");
}

int main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(a_life_is_reported),
        cmocka_unit_test(a_reload_before_it_is_ready_is_not_shown),
        cmocka_unit_test(the_limits_are_extended_while_it_starts_and_stops),
        cmocka_unit_test(the_status_is_sent_when_it_is_new),
        cmocka_unit_test(a_long_status_is_cut),
        cmocka_unit_test(a_loop_that_was_late_sends_one_ping),
        cmocka_unit_test(pings_stop_while_it_is_stuck),
        cmocka_unit_test(pings_go_on_while_it_stops),
        cmocka_unit_test(what_could_not_be_sent_is_sent_later),
        cmocka_unit_test(only_the_newest_phase_is_sent_later),
        cmocka_unit_test(a_ping_that_was_missed_follows_soon),
    };
    struct CMUnitTest periods[COUNT_OF(period_rows)];
    TESTS_FROM_ROWS(periods, period_rows, a_ping_comes_twice_in_each_period);
    int failed = cmocka_run_group_tests_name("notifier", others, NULL, NULL);
    return failed + cmocka_run_group_tests_name("notifier periods", periods, NULL, NULL);
}
