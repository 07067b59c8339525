/*
 * Responses that arrive too late, or belong to another deployment.
 */
#include "tests/faults/cases.h"
#include "tests/faults/fault.h"

#include "tests/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define HANGING                                                                                    \
    {                                                                                              \
        .ending = FAKE_HANG                                                                        \
    }
#define LATE_STATUS                                                                                \
    "HTTP/1.1 200 OK\r\nContent-Length: 57\r\n\r\n"                                                \
    "{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":4}"
#define LATE_LIST "HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"deployments\":[]}"

static const struct fake_answer hanging = HANGING;

/* The connection of the pending request for a path. */
static int64_t wait_hanging(struct api_fixture *fixture, const char *path)
{
    int64_t count = fake_api_count(fixture->program_fixture.api, "GET", path);
    program_fixture_wait(&fixture->program_fixture, "GET", path, count + 1);
    return fake_api_find(fixture->program_fixture.api, "GET", path, count)->connection;
}

/* The first request times out, the second gets a response. Then the first response arrives, and one more with it. */
void fault_29(struct api_fixture *fixture)
{
    add_sufficient(fixture, "a");
    api_fixture_start(fixture, (const char *const[]){ SHORT_TIMEOUT, NO_RETRIES, NULL });
    api_fixture_wait_reads(fixture, "a", 1);
    hosts_api_script_status(fixture->hosts, "a", &hanging);
    int64_t status = wait_hanging(fixture, "/status/a");
    hosts_api_script_discovery(fixture->hosts, &hanging);
    int64_t list = wait_hanging(fixture, "/discover");
    wait_event(fixture, "status_failed", "a", " reason=read_timeout ");
    api_fixture_wait(fixture, " discovery_failed ");
    hosts_api_heal(fixture->hosts);
    wait_event(fixture, "status_recovered", "a", NULL);
    api_fixture_wait(fixture, " discovery_done ");
    fake_api_send(fixture->program_fixture.api, status, LATE_STATUS, sizeof LATE_STATUS - 1,
                  FAKE_KEEP);
    fake_api_send(fixture->program_fixture.api, list, LATE_LIST, sizeof LATE_LIST - 1, FAKE_KEEP);
    api_fixture_wait_reads(fixture, "a", 20);
    hosts_api_set_busy(fixture->hosts, "a", 96);
    wait_event(fixture, "scaled", "a", " delta=+2 ");
    api_fixture_wait_reads(fixture, "a", 5);
    api_fixture_stop(fixture);
    assert_scaled(fixture, "a", 1);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " discovery_empty "), 0);
}

#define LARGE "{\"current_hosts\":40,\"total_servers\":400,\"free_servers\":80}"
#define SMALL "{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":20}"
#define IMPOSSIBLE "{\"current_hosts\":10,\"total_servers\":400,\"free_servers\":4}"

/*
 * A status has no id, so exchanged statuses are visible only by their effect: an implausible status is held, a jump of
 * the host count is logged, and no removal goes below the desired hosts of the window.
 */
void fault_30(struct api_fixture *fixture)
{
    static const struct fake_answer large = { .status = 200, .body = LARGE };
    static const struct fake_answer small = { .status = 200, .body = SMALL };
    static const struct fake_answer impossible = { .status = 200, .body = IMPOSSIBLE };
    hosts_api_add(fixture->hosts, "small", 10, 80);
    hosts_api_add(fixture->hosts, "large", 40, 320);
    hosts_api_add(fixture->hosts, "other", 10, 80);
    api_fixture_start(fixture, NULL);
    api_fixture_wait_reads(fixture, "other", 3);
    hosts_api_script_status(fixture->hosts, "small", &large);
    hosts_api_script_status(fixture->hosts, "large", &small);
    hosts_api_script_status(fixture->hosts, "other", &impossible);
    wait_event(fixture, "hosts_moved", "small", " hosts=+30 ");
    wait_event(fixture, "hosts_moved", "large", " hosts=-30 ");
    wait_event(fixture, "held_bad_data", "other", " reason=servers_above_hosts ");
    hosts_api_heal(fixture->hosts);
    wait_event(fixture, "hosts_moved", "small", " hosts=-30 ");
    wait_event(fixture, "hosts_moved", "large", " hosts=+30 ");
    api_fixture_wait_reads(fixture, "other", 5);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "POST", NULL), 0);
    hosts_api_set_busy(fixture->hosts, "other", 96);
    wait_event(fixture, "scaled", "other", " delta=+2 ");
    api_fixture_wait_reads(fixture, "other", 5);
    api_fixture_stop(fixture);
    assert_scaled(fixture, "other", 1);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "POST", NULL), 1);
}

/* The response to the request with this index, from 1, arrives after many passes were due. */
static void respond_late(struct api_fixture *fixture, int64_t number)
{
    static const char path[] = "/status/slow";
    program_fixture_wait(&fixture->program_fixture, "GET", path, number);
    int64_t lists = fake_api_count(fixture->program_fixture.api, "GET", "/discover");
    program_fixture_wait(&fixture->program_fixture, "GET", "/discover", lists + 3);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "GET", path), number);
    int64_t connection =
        fake_api_find(fixture->program_fixture.api, "GET", path, number - 1)->connection;
    fake_api_send(fixture->program_fixture.api, connection, LATE_STATUS, sizeof LATE_STATUS - 1,
                  FAKE_KEEP);
    api_fixture_wait(fixture, " pass_overrun ");
}

/* Passes do not accumulate: one request is in flight. A pass waits until it is slow; others do not wait for it. */
void fault_31(struct api_fixture *fixture)
{
    add_sufficient(fixture, "slow");
    add_short(fixture, "healthy");
    hosts_api_script_status(fixture->hosts, "slow", &hanging);
    api_fixture_start(fixture, (const char *const[]){ "--timeout=10m", NULL });
    wait_event(fixture, "scaled", "healthy", " delta=+2 ");
    for (int64_t number = 1; number <= 3; number++)
        respond_late(fixture, number);
    hosts_api_heal(fixture->hosts);
    api_fixture_stop(fixture);
    assert_scaled(fixture, "slow", 1);
    assert_scaled(fixture, "healthy", 1);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " status_failed "), 0);
}

#define OTHERS "{\"id\":\"b\",\"current_hosts\":10,\"total_servers\":100,\"free_servers\":4}"

void fault_101(struct api_fixture *fixture)
{
    static const struct fake_answer others = { .status = 200, .body = OTHERS };
    add_sufficient(fixture, "a");
    add_sufficient(fixture, "b");
    hosts_api_script_status(fixture->hosts, "a", &others);
    api_fixture_start(fixture, NULL);
    wait_event(fixture, "status_failed", "a", " error=\"id is \\\"b\\\", expected \\\"a\\\"\" ");
    api_fixture_wait(fixture, " warn unasked_bytes ");
    api_fixture_wait_reads(fixture, "b", 5);
    assert_scaled(fixture, "a", 0);
    hosts_api_heal(fixture->hosts);
    wait_event(fixture, "status_recovered", "a", NULL);
    hosts_api_set_busy(fixture->hosts, "a", 96);
    wait_event(fixture, "scaled", "a", " delta=+2 ");
    api_fixture_wait_reads(fixture, "a", 5);
    api_fixture_stop(fixture);
    assert_scaled(fixture, "a", 1);
    assert_scaled(fixture, "b", 0);
}

#define SUFFICIENT "{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":20}"

/*
 * A proxy that has lost count: a response that no request asked for follows the real one on a kept connection. It would
 * scale the deployment that is read next there. Passes run on request, so that nothing is asked before it comes.
 */
void fault_100(struct api_fixture *fixture)
{
    static const struct fake_answer kept = { .status = 200,
                                             .body = SUFFICIENT,
                                             .ending = FAKE_HANG };
    struct fake_api *api = fixture->program_fixture.api;
    add_sufficient(fixture, "a");
    add_sufficient(fixture, "b");
    hosts_api_script_status(fixture->hosts, "a", &kept);
    api_fixture_start(
        fixture, (const char *const[]){ "--pass-interval=1h", "--discovery-interval=1h", NULL });
    int64_t connection = wait_hanging(fixture, "/status/a");
    hosts_api_heal(fixture->hosts);
    /* In one read with the response before it, they would be the excess of a response. */
    api_fixture_wait(fixture, "pass_done pass=1 ");
    fake_api_send(api, connection, LATE_STATUS, sizeof LATE_STATUS - 1, FAKE_KEEP);
    api_fixture_wait(fixture, " warn unasked_bytes alone_ms=600000");
    api_fixture_run_passes(fixture, 3);
    int64_t requests = fake_api_count(api, NULL, NULL);
    int64_t connections = fake_api_connections(api);
    hosts_api_set_busy(fixture->hosts, "a", 96);
    api_fixture_run_passes(fixture, 1);
    wait_event(fixture, "scaled", "a", " delta=+2 ");
    api_fixture_run_passes(fixture, 3);
    api_fixture_stop(fixture);
    assert_true(fake_api_connections(api) - connections >=
                fake_api_count(api, NULL, NULL) - requests);
    assert_scaled(fixture, "a", 1);
    assert_scaled(fixture, "b", 0);
}
