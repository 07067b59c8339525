/*
 * Connections that fail, break, or receive no data.
 */
#include "tests/faults/cases.h"
#include "tests/faults/fault.h"

#include "tests/support/scales.h"
#include "tests/support/test.h"

#include <signal.h>

#define SHORT_CONNECT_TIMEOUT "--set=api.connect_timeout=100ms"

void fault_1(struct api_fixture *fixture)
{
    hosts_api_add(fixture->hosts, "a", 10, 96);
    fake_api_set_listening(fixture->program_fixture.api, false);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, "discovery_failed");
    assert_int_equal(api_fixture_scales(fixture, "a"), 0);
    fake_api_set_listening(fixture->program_fixture.api, true);
    api_fixture_wait(fixture, " info scaled deployment=a delta=+2 ");
    api_fixture_wait_reads(fixture, "a", 5);
    assert_int_equal(api_fixture_scales(fixture, "a"), 1);
    api_fixture_stop(fixture);
}

/* Open connections keep working. A scale needs a new connection, and then reads need one too. */
void fault_2(struct api_fixture *fixture)
{
    add_sufficient(fixture, "a");
    add_sufficient(fixture, "b");
    api_fixture_start(fixture, (const char *const[]){ SHORT_CONNECT_TIMEOUT, NULL });
    api_fixture_wait_reads(fixture, "b", 3);
    fake_api_set_accepting(fixture->program_fixture.api, false);
    hosts_api_set_busy(fixture->hosts, "a", 96);
    wait_logged(fixture, (const char *const[]){ " scale_failed deployment=a ", " within 100ms\"",
                                                " applied=no ", NULL });
    api_fixture_wait_reads(fixture, "b", 5);
    fake_api_drop_connections(fixture->program_fixture.api, FAKE_CLOSE);
    wait_event(fixture, "status_failed", "b", "no connection to 127.0.0.1:");
    assert_scaled(fixture, "a", 0);
    fake_api_set_accepting(fixture->program_fixture.api, true);
    wait_event(fixture, "status_recovered", "b", NULL);
    wait_event(fixture, "scaled", "a", " delta=+2 ");
    api_fixture_wait_reads(fixture, "a", 5);
    api_fixture_stop(fixture);
    assert_scaled(fixture, "a", 1);
    assert_scaled(fixture, "b", 0);
}

void fault_3(struct api_fixture *fixture)
{
    static const struct fault_case silence[] = {
        { "silence", { .ending = FAKE_HANG }, "no response within 300ms" },
    };
    static const char *const reads[] = { SHORT_TIMEOUT, NO_RETRIES, NULL };
    static const char *const scales[] = { SHORT_TIMEOUT, "--set=defaults.confirm_timeout=600ms",
                                          NULL };
    check_statuses(fixture, silence, COUNT_OF(silence), reads);
    check_discoveries(fixture, silence, COUNT_OF(silence), reads);
    check_applied_scales(fixture, silence, COUNT_OF(silence), reads);
    check_lost_scales(fixture, silence, COUNT_OF(silence), scales);
}

#define HALF_A_BODY(how)                                                                           \
    {                                                                                              \
        .status = 200, .body = "{\"current_hosts\":10,", .missing_size = 40, .ending = (how)       \
    }

void fault_8(struct api_fixture *fixture)
{
    static const struct fault_case cases[] = {
        { "reset in the body", HALF_A_BODY(FAKE_RESET), "127.0.0.1:" },
        { "reset in the headers",
          { .raw = "HTTP/1.1 200 OK\r\nContent-Le", .ending = FAKE_RESET },
          "127.0.0.1:" },
        { "reset in a chunk",
          { .raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{\"cur",
            .ending = FAKE_RESET },
          "127.0.0.1:" },
    };
    check_statuses(fixture, cases, COUNT_OF(cases), no_retries);
    check_discoveries(fixture, cases, COUNT_OF(cases), no_retries);
    check_applied_scales(fixture, cases, COUNT_OF(cases), NULL);
    check_lost_scales(fixture, cases, COUNT_OF(cases), short_confirmation);
}

static enum fake_ending hang(void *context, int64_t connection)
{
    (void)context;
    (void)connection;
    return FAKE_HANG;
}

/* All connections stay open without data; they must not be used again. */
void fault_9(struct api_fixture *fixture)
{
    add_sufficient(fixture, "a");
    add_sufficient(fixture, "b");
    api_fixture_start(fixture, (const char *const[]){ SHORT_TIMEOUT, NO_RETRIES, NULL });
    api_fixture_wait_reads(fixture, "b", 3);
    hosts_api_trouble(fixture->hosts, REQUEST_STATUS, TROUBLE_HUNG, FOR_EVER);
    hosts_api_trouble(fixture->hosts, REQUEST_DISCOVERY, TROUBLE_HUNG, FOR_EVER);
    fake_api_set_accept(fixture->program_fixture.api, hang, NULL);
    wait_event(fixture, "status_failed", "a", " reason=read_timeout ");
    wait_event(fixture, "status_failed", "b", " reason=read_timeout ");
    api_fixture_wait(fixture, " discovery_failed ");
    hosts_api_set_busy(fixture->hosts, "a", 96);
    fake_api_set_accept(fixture->program_fixture.api, NULL, NULL);
    hosts_api_heal(fixture->hosts);
    wait_event(fixture, "scaled", "a", " delta=+2 ");
    wait_event(fixture, "status_recovered", "b", NULL);
    int64_t failed = program_count_lines(fixture->program_fixture.program, " status_failed ");
    api_fixture_wait_reads(fixture, "a", 5);
    api_fixture_wait_reads(fixture, "b", 5);
    api_fixture_stop(fixture);
    assert_scaled(fixture, "a", 1);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " status_failed "),
                     failed);
}

/* Each scale has its own connection, even if others are open. */
static void assert_own_connections(struct api_fixture *fixture)
{
    int64_t all = fake_api_count(fixture->program_fixture.api, NULL, NULL);
    for (int64_t i = 0; i < fake_api_count(fixture->program_fixture.api, "POST", NULL); i++) {
        int64_t connection =
            fake_api_find(fixture->program_fixture.api, "POST", NULL, i)->connection;
        int64_t requests = 0;
        for (int64_t k = 0; k < all; k++)
            requests += fake_api_find(fixture->program_fixture.api, NULL, NULL, k)->connection ==
                        connection;
        assert_int_equal(requests, 1);
    }
}

/* A read may be repeated without a log line, a scale must not be repeated. */
void fault_10(struct api_fixture *fixture)
{
    static const char *const ids[] = { "a", "b", "c" };
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        add_sufficient(fixture, ids[i]);
    api_fixture_start(fixture, (const char *const[]){ PASSES_ON_REQUEST, NULL });
    api_fixture_wait(fixture, " pass_done ");
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        api_fixture_run_passes(fixture, 3);
        fake_api_drop_connections(fixture->program_fixture.api, FAKE_CLOSE);
        hosts_api_set_busy(fixture->hosts, ids[i], 96);
        program_signal(fixture->program_fixture.program, SIGUSR1);
        wait_event(fixture, "scaled", ids[i], " delta=+2 ");
    }
    api_fixture_run_passes(fixture, 5);
    api_fixture_stop(fixture);
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        assert_scaled(fixture, ids[i], 1);
    assert_own_connections(fixture);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " status_failed "), 0);
}

/* libcurl repeats a POST on a reused connection, so scales never reuse one. */
static void lose_on_warm_connections(struct api_fixture *fixture, const char *id,
                                     enum fake_ending ending)
{
    const struct fake_answer answer = { .ending = ending };
    add_sufficient(fixture, id);
    api_fixture_wait_reads(fixture, id, 5);
    hosts_api_script_scale(fixture->hosts, id, &answer, true, 1);
    hosts_api_set_busy(fixture->hosts, id, 96);
    wait_event(fixture, "scale_unconfirmed", id, " delta=+2 ");
    wait_event(fixture, "scale_confirmed", id, " seen=+2 ");
    api_fixture_wait_reads(fixture, id, 5);
    assert_scaled(fixture, id, 1);
    assert_int_equal(hosts_api_hosts(fixture->hosts, id), 12);
}

void fault_11(struct api_fixture *fixture)
{
    add_short(fixture, "healthy");
    hosts_api_set_boot_reads(fixture->hosts, 5);
    api_fixture_start(fixture, NULL);
    lose_on_warm_connections(fixture, "closed", FAKE_CLOSE);
    lose_on_warm_connections(fixture, "reset", FAKE_RESET);
    api_fixture_stop(fixture);
    assert_scaled(fixture, "healthy", 1);
    assert_own_connections(fixture);
}

void fault_12(struct api_fixture *fixture)
{
    static const struct fault_case cases[] = {
        { "closed", { .ending = FAKE_CLOSE }, "closed the connection without a response" },
        { "reset", { .ending = FAKE_RESET }, "connection reset by 127.0.0.1:" },
    };
    check_applied_scales(fixture, cases, COUNT_OF(cases), NULL);
    check_lost_scales(fixture, cases, COUNT_OF(cases), short_confirmation);
    assert_own_connections(fixture);
}
