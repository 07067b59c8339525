/*
 * Answers that come too late, or belong to somebody else.
 */
#include "tests/faults/cases.h"
#include "tests/faults/fault.h"

#include "tests/support/test.h"

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

/* The connection on which the request of a path hangs. */
static int64_t wait_hanging(struct scene *scene, const char *path)
{
    int64_t count = fake_api_count(scene->stage.api, "GET", path);
    stage_wait(&scene->stage, "GET", path, count + 1);
    return fake_api_find(scene->stage.api, "GET", path, count)->connection;
}

/* What was asked first is given up, the next one answered; then the first answer comes, and another one by its side. */
void fault_29(struct scene *scene)
{
    add_content(scene, "a");
    scene_start(scene, (const char *const[]){ SHORT_TIMEOUT, NO_RETRIES, NULL });
    scene_wait_reads(scene, "a", 1);
    hosts_api_script_status(scene->hosts, "a", &hanging);
    int64_t status = wait_hanging(scene, "/status/a");
    hosts_api_script_discovery(scene->hosts, &hanging);
    int64_t list = wait_hanging(scene, "/discover");
    wait_event(scene, "status_failed", "a", " reason=read_timeout ");
    scene_wait(scene, " discovery_failed ");
    hosts_api_heal(scene->hosts);
    wait_event(scene, "status_recovered", "a", NULL);
    scene_wait(scene, " discovery_done ");
    fake_api_send(scene->stage.api, status, LATE_STATUS, sizeof LATE_STATUS - 1, FAKE_KEEP);
    fake_api_send(scene->stage.api, list, LATE_LIST, sizeof LATE_LIST - 1, FAKE_KEEP);
    scene_wait_reads(scene, "a", 20);
    hosts_api_set_busy(scene->hosts, "a", 96);
    wait_event(scene, "scaled", "a", " delta=+2 ");
    scene_wait_reads(scene, "a", 5);
    scene_stop(scene);
    assert_scaled(scene, "a", 1);
    assert_int_equal(program_count_lines(scene->stage.program, " discovery_empty "), 0);
}

#define LARGE "{\"current_hosts\":40,\"total_servers\":400,\"free_servers\":80}"
#define SMALL "{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":20}"
#define IMPOSSIBLE "{\"current_hosts\":10,\"total_servers\":400,\"free_servers\":4}"

/*
 * A status does not say whose it is, so an exchange can only be seen by what it changes: what cannot be of this
 * deployment is held, a jump of the hosts is told, and nothing shrinks below what was wanted within the window.
 */
void fault_30(struct scene *scene)
{
    static const struct fake_answer large = { .status = 200, .body = LARGE };
    static const struct fake_answer small = { .status = 200, .body = SMALL };
    static const struct fake_answer impossible = { .status = 200, .body = IMPOSSIBLE };
    hosts_api_add(scene->hosts, "small", 10, 80);
    hosts_api_add(scene->hosts, "large", 40, 320);
    hosts_api_add(scene->hosts, "other", 10, 80);
    scene_start(scene, NULL);
    scene_wait_reads(scene, "other", 3);
    hosts_api_script_status(scene->hosts, "small", &large);
    hosts_api_script_status(scene->hosts, "large", &small);
    hosts_api_script_status(scene->hosts, "other", &impossible);
    wait_event(scene, "hosts_moved", "small", " hosts=+30 ");
    wait_event(scene, "hosts_moved", "large", " hosts=-30 ");
    wait_event(scene, "held_bad_data", "other", " reason=servers_above_hosts ");
    hosts_api_heal(scene->hosts);
    wait_event(scene, "hosts_moved", "small", " hosts=-30 ");
    wait_event(scene, "hosts_moved", "large", " hosts=+30 ");
    scene_wait_reads(scene, "other", 5);
    assert_int_equal(fake_api_count(scene->stage.api, "POST", NULL), 0);
    hosts_api_set_busy(scene->hosts, "other", 96);
    wait_event(scene, "scaled", "other", " delta=+2 ");
    scene_wait_reads(scene, "other", 5);
    scene_stop(scene);
    assert_scaled(scene, "other", 1);
    assert_int_equal(fake_api_count(scene->stage.api, "POST", NULL), 1);
}

/* The answer to the how manieth request, from 1, comes when many passes were due meanwhile. */
static void answer_late(struct scene *scene, int64_t number)
{
    static const char path[] = "/status/slow";
    stage_wait(&scene->stage, "GET", path, number);
    int64_t lists = fake_api_count(scene->stage.api, "GET", "/discover");
    stage_wait(&scene->stage, "GET", "/discover", lists + 3);
    assert_int_equal(fake_api_count(scene->stage.api, "GET", path), number);
    int64_t connection = fake_api_find(scene->stage.api, "GET", path, number - 1)->connection;
    fake_api_send(scene->stage.api, connection, LATE_STATUS, sizeof LATE_STATUS - 1, FAKE_KEEP);
    scene_wait(scene, " pass_overrun ");
}

/* Passes never pile up: the next one waits, and one request is under way. The others do not wait. */
void fault_31(struct scene *scene)
{
    add_content(scene, "slow");
    add_needy(scene, "sound");
    hosts_api_script_status(scene->hosts, "slow", &hanging);
    scene_start(scene, (const char *const[]){ "--timeout=10m", NULL });
    wait_event(scene, "scaled", "sound", " delta=+2 ");
    for (int64_t number = 1; number <= 3; number++)
        answer_late(scene, number);
    hosts_api_heal(scene->hosts);
    scene_stop(scene);
    assert_scaled(scene, "slow", 1);
    assert_scaled(scene, "sound", 1);
    assert_int_equal(program_count_lines(scene->stage.program, " status_failed "), 0);
}
