/*
 * Connections that cannot be made, that break, or on which nothing comes.
 */
#include "tests/faults/cases.h"
#include "tests/faults/fault.h"

#include "tests/support/scales.h"
#include "tests/support/test.h"

#define SHORT_CONNECT_TIMEOUT "--set=api.connect_timeout=100ms"

void fault_1(struct scene *scene)
{
    hosts_api_add(scene->hosts, "a", 10, 96);
    fake_api_set_listening(scene->stage.api, false);
    scene_start(scene, NULL);
    scene_wait(scene, "discovery_failed");
    assert_int_equal(scene_scales(scene, "a"), 0);
    fake_api_set_listening(scene->stage.api, true);
    scene_wait(scene, " info scaled deployment=a delta=+2 ");
    scene_wait_reads(scene, "a", 5);
    assert_int_equal(scene_scales(scene, "a"), 1);
    scene_stop(scene);
}

/* Connections that there are go on; a scale needs one of its own, and then reads do too. */
void fault_2(struct scene *scene)
{
    add_content(scene, "a");
    add_content(scene, "b");
    scene_start(scene, (const char *const[]){ SHORT_CONNECT_TIMEOUT, NULL });
    scene_wait_reads(scene, "b", 3);
    fake_api_set_accepting(scene->stage.api, false);
    hosts_api_set_busy(scene->hosts, "a", 96);
    wait_told(scene, (const char *const[]){ " scale_failed deployment=a ", " within 100ms\"",
                                            " applied=no ", NULL });
    scene_wait_reads(scene, "b", 5);
    fake_api_drop_connections(scene->stage.api, FAKE_CLOSE);
    wait_event(scene, "status_failed", "b", "no connection to 127.0.0.1:");
    assert_scaled(scene, "a", 0);
    fake_api_set_accepting(scene->stage.api, true);
    wait_event(scene, "status_recovered", "b", NULL);
    wait_event(scene, "scaled", "a", " delta=+2 ");
    scene_wait_reads(scene, "a", 5);
    scene_stop(scene);
    assert_scaled(scene, "a", 1);
    assert_scaled(scene, "b", 0);
}

void fault_3(struct scene *scene)
{
    static const struct fault_case silence[] = {
        { "silence", { .ending = FAKE_HANG }, "no answer within 300ms" },
    };
    static const char *const reads[] = { SHORT_TIMEOUT, NO_RETRIES, NULL };
    static const char *const scales[] = { SHORT_TIMEOUT, "--set=defaults.confirm_timeout=600ms",
                                          NULL };
    check_statuses(scene, silence, COUNT_OF(silence), reads);
    check_discoveries(scene, silence, COUNT_OF(silence), reads);
    check_applied_scales(scene, silence, COUNT_OF(silence), reads);
    check_lost_scales(scene, silence, COUNT_OF(silence), scales);
}

#define HALF_A_BODY(how)                                                                           \
    {                                                                                              \
        .status = 200, .body = "{\"current_hosts\":10,", .missing_size = 40, .ending = (how)       \
    }

void fault_8(struct scene *scene)
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
    check_statuses(scene, cases, COUNT_OF(cases), no_retries);
    check_discoveries(scene, cases, COUNT_OF(cases), no_retries);
    check_applied_scales(scene, cases, COUNT_OF(cases), NULL);
    check_lost_scales(scene, cases, COUNT_OF(cases), short_confirmation);
}

static enum fake_ending hang(void *context, int64_t connection)
{
    (void)context;
    (void)connection;
    return FAKE_HANG;
}

/* Every connection stays open and nothing comes on any; those are never used again. */
void fault_9(struct scene *scene)
{
    add_content(scene, "a");
    add_content(scene, "b");
    scene_start(scene, (const char *const[]){ SHORT_TIMEOUT, NO_RETRIES, NULL });
    scene_wait_reads(scene, "b", 3);
    hosts_api_trouble(scene->hosts, REQUEST_STATUS, TROUBLE_HUNG, FOR_EVER);
    hosts_api_trouble(scene->hosts, REQUEST_DISCOVERY, TROUBLE_HUNG, FOR_EVER);
    fake_api_set_accept(scene->stage.api, hang, NULL);
    wait_event(scene, "status_failed", "a", " reason=read_timeout ");
    wait_event(scene, "status_failed", "b", " reason=read_timeout ");
    scene_wait(scene, " discovery_failed ");
    hosts_api_set_busy(scene->hosts, "a", 96);
    fake_api_set_accept(scene->stage.api, NULL, NULL);
    hosts_api_heal(scene->hosts);
    wait_event(scene, "scaled", "a", " delta=+2 ");
    wait_event(scene, "status_recovered", "b", NULL);
    int64_t failed = program_count_lines(scene->stage.program, " status_failed ");
    scene_wait_reads(scene, "a", 5);
    scene_wait_reads(scene, "b", 5);
    scene_stop(scene);
    assert_scaled(scene, "a", 1);
    assert_int_equal(program_count_lines(scene->stage.program, " status_failed "), failed);
}

/* The connections of scales are of that one request, whatever else is open. */
static void assert_own_connections(struct scene *scene)
{
    int64_t all = fake_api_count(scene->stage.api, NULL, NULL);
    for (int64_t i = 0; i < fake_api_count(scene->stage.api, "POST", NULL); i++) {
        int64_t connection = fake_api_find(scene->stage.api, "POST", NULL, i)->connection;
        int64_t requests = 0;
        for (int64_t k = 0; k < all; k++)
            requests += fake_api_find(scene->stage.api, NULL, NULL, k)->connection == connection;
        assert_int_equal(requests, 1);
    }
}

/* A read may be repeated unseen, a scale must not. */
void fault_10(struct scene *scene)
{
    static const char *const ids[] = { "a", "b", "c" };
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        add_content(scene, ids[i]);
    scene_start(scene, NULL);
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        scene_wait_reads(scene, ids[i], 3);
        fake_api_drop_connections(scene->stage.api, FAKE_CLOSE);
        hosts_api_set_busy(scene->hosts, ids[i], 96);
        wait_event(scene, "scaled", ids[i], " delta=+2 ");
    }
    scene_wait_reads(scene, "a", 5);
    scene_stop(scene);
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        assert_scaled(scene, ids[i], 1);
    assert_own_connections(scene);
    assert_int_equal(program_count_lines(scene->stage.program, " status_failed "), 0);
}

/* libcurl would send a POST again when the connection was used before; so none is. */
static void lose_on_warm_connections(struct scene *scene, const char *id, enum fake_ending ending)
{
    const struct fake_answer answer = { .ending = ending };
    add_content(scene, id);
    scene_wait_reads(scene, id, 5);
    hosts_api_script_scale(scene->hosts, id, &answer, true, 1);
    hosts_api_set_busy(scene->hosts, id, 96);
    wait_event(scene, "scale_unconfirmed", id, " delta=+2 ");
    wait_event(scene, "scale_confirmed", id, " seen=+2 ");
    scene_wait_reads(scene, id, 5);
    assert_scaled(scene, id, 1);
    assert_int_equal(hosts_api_hosts(scene->hosts, id), 12);
}

void fault_11(struct scene *scene)
{
    add_needy(scene, "sound");
    hosts_api_set_boot_reads(scene->hosts, 5);
    scene_start(scene, NULL);
    lose_on_warm_connections(scene, "closed", FAKE_CLOSE);
    lose_on_warm_connections(scene, "reset", FAKE_RESET);
    scene_stop(scene);
    assert_scaled(scene, "sound", 1);
    assert_own_connections(scene);
}

void fault_12(struct scene *scene)
{
    static const struct fault_case cases[] = {
        { "closed", { .ending = FAKE_CLOSE }, "closed the connection without an answer" },
        { "reset", { .ending = FAKE_RESET }, "connection reset by 127.0.0.1:" },
    };
    check_applied_scales(scene, cases, COUNT_OF(cases), NULL);
    check_lost_scales(scene, cases, COUNT_OF(cases), short_confirmation);
    assert_own_connections(scene);
}
