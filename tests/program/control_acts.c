/*
 * What the control API of a running engine does: pauses and other overrides, scales by hand, passes, reloads.
 */
#include "tests/support/control_client.h"
#include "tests/support/control_fixture.h"
#include "tests/support/test.h"

#include "engine/control/peer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void start(struct api_fixture *fixture)
{
    control_fixture_start(fixture, NULL);
}

static void a_pause_is_in_force_and_ends(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    struct control_reply reply =
        ask(fixture, "POST", "/v1/pause", "{\"ids\":[\"eu-duel-2\"],\"reason\":\"new \\nimage\"}");
    assert_int_equal(reply.status, 200);
    assert_has(&reply, "{\"message\":\"eu-duel-2 paused: ");
    assert_has(&reply, "\"deployments\":1}");
    api_fixture_wait(fixture,
                     "operator_command command=pause outcome=accepted deployment=eu-duel-2");
    const char *line = api_fixture_wait(fixture, " info control_act act=pause status=200 ");
    assert_int_equal(line_number(line, "deployments"), 1);
    assert_int_equal(line_number(line, "uid"), getuid());
    assert_int_equal(line_number(line, "pid"), getpid());
    assert_non_null(strstr(line, " reason=\"new \\nimage\""));
    hosts_api_set_busy(fixture->hosts, "eu-duel-2", 195);
    hosts_api_set_busy(fixture->hosts, "us-siege-3", 290);
    api_fixture_wait(fixture, "scaled deployment=us-siege-3 ");
    assert_int_equal(api_fixture_scales(fixture, "eu-duel-2"), 0);
    reply = ask(fixture, "POST", "/v1/resume", "{\"ids\":[\"eu-duel-2\"]}");
    assert_int_equal(reply.status, 200);
    api_fixture_wait(fixture, "scaled deployment=eu-duel-2 ");
    api_fixture_stop(fixture);
}

static void a_pause_ends_by_itself(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    struct control_reply reply =
        ask(fixture, "POST", "/v1/pause", "{\"ids\":[\"eu-duel-2\"],\"for\":\"20ms\"}");
    assert_int_equal(reply.status, 200);
    assert_has(&reply, "eu-duel-2 paused for 20ms: it resumes by itself then");
    api_fixture_wait(fixture, " info override_expired number=1 override=pause "
                              "deployment=eu-duel-2 ");
    hosts_api_set_busy(fixture->hosts, "eu-duel-2", 195);
    api_fixture_wait(fixture, "scaled deployment=eu-duel-2 ");
    reply = ask(fixture, "GET", "/v1/deployments/eu-duel-2", NULL);
    assert_null(strstr(reply.body, "\"pause\":"));
    api_fixture_stop(fixture);
}

static void who_paused_is_known_after_a_restart(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    ask(fixture, "POST", "/v1/pause",
        "{\"ids\":[\"eu-duel-2\"],\"for\":\"30m\",\"reason\":\"new image\"}");
    ask(fixture, "POST", "/v1/pause", "{\"all\":true,\"for\":\"2h\",\"expect\":{\"count\":3}}");
    api_fixture_stop(fixture);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, "pass_done pass=2");
    struct control_reply reply = ask(fixture, "GET", "/v1/deployments/eu-duel-2", NULL);
    assert_has(&reply, ",\"pause\":{\"author\":\"");
    assert_has(&reply, ",\"reason\":\"new image\"}");
    assert_has(&reply, "\"paused by ");
    assert_null(strstr(reply.body, "\"until\":null"));
    reply = ask(fixture, "GET", "/v1/state", NULL);
    assert_has(&reply, "\"paused\":true");
    assert_has(&reply, "\"pause\":{\"author\":\"");
    assert_null(strstr(reply.body, "\"until\":null"));
    api_fixture_stop(fixture);
}

static void overrides_are_listed_extended_and_ended(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    ask(fixture, "POST", "/v1/pause",
        "{\"ids\":[\"eu-duel-2\",\"eu-arena-1\"],\"for\":\"30m\","
        "\"reason\":\"new image\",\"expect\":{\"count\":2}}");
    ask(fixture, "POST", "/v1/pause", "{\"all\":true,\"expect\":{\"count\":3}}");
    struct control_reply reply = ask(fixture, "GET", "/v1/overrides", NULL);
    assert_has(&reply, "{\"number\":1,\"kind\":\"pause\",\"match\":\"eu-duel-2\",\"author\":\"");
    assert_has(&reply, "\"until\":null,\"reason\":\"\"}],\"next\":null}");
    reply = ask(fixture, "GET", "/v1/overrides?after=2", NULL);
    assert_has(&reply, "{\"overrides\":[\n{\"number\":3,\"kind\":\"pause_all\",\"match\":\"*\",");
    reply = ask(fixture, "POST", "/v1/overrides/1/extend", "{\"for\":\"2h\"}");
    assert_has(&reply, "{\"message\":\"override 1 ends in 2h\"}");
    api_fixture_wait(fixture, "control_act act=overrides/{number}/extend status=200 number=1 ");
    reply = ask(fixture, "POST", "/v1/overrides/2/end", NULL);
    assert_has(&reply, "eu-arena-1 resumed: ");
    reply = ask(fixture, "POST", "/v1/overrides/2/end", NULL);
    assert_int_equal(reply.status, 404);
    reply = ask(fixture, "POST", "/v1/overrides/3/end", NULL);
    assert_int_equal(reply.status, 428);
    reply = ask(fixture, "POST", "/v1/overrides/3/end", "{\"expect\":{\"count\":3}}");
    assert_int_equal(reply.status, 200);
    reply = ask(fixture, "GET", "/v1/overrides?after=1", NULL);
    assert_has(&reply, "{\"overrides\":[],\"next\":null}");
    api_fixture_stop(fixture);
}

static void a_dry_run_is_an_override_without_an_end(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    ask(fixture, "POST", "/v1/dry-run", "{\"on\":true}");
    struct control_reply reply = ask(fixture, "POST", "/v1/overrides/1/extend", "{\"for\":\"1h\"}");
    assert_int_equal(reply.status, 409);
    assert_has(&reply, "a dry-run has no end");
    reply = ask(fixture, "POST", "/v1/overrides/1/end", NULL);
    assert_int_equal(reply.status, 200);
    reply = ask(fixture, "GET", "/v1/state", NULL);
    assert_has(&reply, "\"dry_run\":false");
    api_fixture_stop(fixture);
}

static void all_are_paused_by_a_guarded_act(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    struct control_reply reply = ask(fixture, "POST", "/v1/pause", "{\"all\":true}");
    assert_int_equal(reply.status, 428);
    assert_has(&reply, "\"code\":\"expect_missing\"");
    assert_has(&reply, "\"count\":3}}");
    reply = ask(fixture, "POST", "/v1/pause", "{\"all\":true,\"expect\":{\"count\":2}}");
    assert_int_equal(reply.status, 409);
    assert_has(&reply, "\"code\":\"expect_differs\"");
    reply = ask(fixture, "GET", "/v1/state", NULL);
    assert_has(&reply, "\"paused\":false");
    reply = ask(fixture, "POST", "/v1/pause", "{\"all\":true,\"expect\":{\"count\":3}}");
    assert_int_equal(reply.status, 200);
    reply = ask(fixture, "GET", "/v1/state", NULL);
    assert_has(&reply, "\"paused\":true");
    api_fixture_stop(fixture);
}

static void those_that_match_are_paused(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    struct control_reply reply = ask(fixture, "POST", "/v1/pause", "{\"match\":\"eu-*\"}");
    assert_int_equal(reply.status, 428);
    reply = ask(fixture, "POST", "/v1/pause", "{\"match\":\"eu-*\",\"expect\":{\"count\":2}}");
    assert_int_equal(reply.status, 200);
    assert_has(&reply, "\"deployments\":2}");
    reply = ask(fixture, "GET", "/v1/deployments?state=paused", NULL);
    assert_has(&reply, "{\"id\":\"eu-arena-1\",");
    assert_has(&reply, "{\"id\":\"eu-duel-2\",");
    assert_null(strstr(reply.body, "us-siege-3"));
    api_fixture_stop(fixture);
}

static void a_scale_by_hand_is_sent_once(void **state)
{
    static const char key[] = "Idempotency-Key: deploy-17\r\n";
    static const char body[] = "{\"ids\":[\"eu-duel-2\"],\"delta\":1}";
    struct api_fixture *fixture = *state;
    start(fixture);
    for (int i = 0; i < 3; i++) {
        struct control_reply reply =
            control_client_ask(socket_path(fixture), "POST", "/v1/scale", key, body);
        assert_int_equal(reply.status, 200);
        assert_has(&reply, "eu-duel-2 +1: requested; there will be 21 hosts");
    }
    struct control_reply other = control_client_ask(socket_path(fixture), "POST", "/v1/scale", key,
                                                    "{\"ids\":[\"eu-duel-2\"],\"delta\":-1}");
    assert_int_equal(other.status, 422);
    api_fixture_wait(fixture, "scaled deployment=eu-duel-2 delta=+1 ");
    api_fixture_stop(fixture);
    assert_scales(fixture, "eu-duel-2", 1, 1);
}

static void a_large_scale_needs_the_number_of_hosts(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    static const char body[] = "{\"ids\":[\"eu-duel-2\"],\"delta\":40}";
    struct control_reply reply = ask(fixture, "POST", "/v1/scale", body);
    assert_int_equal(reply.status, 428);
    assert_has(&reply, "\"hosts\":20}}");
    reply = ask(fixture, "POST", "/v1/scale",
                "{\"ids\":[\"eu-duel-2\"],\"delta\":40,\"expect\":{\"hosts\":20}}");
    assert_int_equal(reply.status, 200);
    api_fixture_wait(fixture, "scaled deployment=eu-duel-2 delta=+40 ");
    api_fixture_stop(fixture);
}

/* A rule objects; force is the operator's word that it was read. */
static void an_objection_is_reported_and_can_be_overruled(void **state)
{
    struct api_fixture *fixture = *state;
    control_fixture_start(fixture, (const char *const[]){ "--set=defaults.max_hosts=20", NULL });
    struct control_reply reply =
        ask(fixture, "POST", "/v1/scale", "{\"ids\":[\"eu-duel-2\"],\"delta\":1}");
    assert_int_equal(reply.status, 409);
    assert_has(&reply, "\"code\":\"refused\"");
    assert_has(&reply, "max_hosts 20");
    reply =
        ask(fixture, "POST", "/v1/scale", "{\"ids\":[\"eu-duel-2\"],\"delta\":1,\"force\":true}");
    assert_int_equal(reply.status, 200);
    api_fixture_wait(fixture, "scaled deployment=eu-duel-2 delta=+1 ");
    api_fixture_stop(fixture);
}

static void passes_discoveries_and_reloads_are_run(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    assert_int_equal(ask(fixture, "POST", "/v1/pass", NULL).status, 200);
    api_fixture_wait(fixture, "operator_command command=pass outcome=accepted");
    assert_int_equal(ask(fixture, "POST", "/v1/discovery", "{}").status, 200);
    api_fixture_wait(fixture, "operator_command command=discovery outcome=accepted");
    assert_int_equal(ask(fixture, "POST", "/v1/dry-run", "{\"on\":true}").status, 200);
    api_fixture_wait(fixture, "operator_command command=dry_run_on outcome=accepted");
    struct control_reply reply = ask(fixture, "GET", "/v1/state", NULL);
    assert_has(&reply, "\"dry_run\":true");
    assert_int_equal(ask(fixture, "POST", "/v1/reload", NULL).status, 200);
    api_fixture_wait(fixture, "config_reloaded ");
    api_fixture_stop(fixture);
}

/* The history names the user of the client, not that of the program. */
static void an_act_has_its_author(void **state)
{
    struct api_fixture *fixture = *state;
    size_t size;
    start(fixture);
    ask(fixture, "POST", "/v1/pause",
        "{\"all\":true,\"expect\":{\"count\":3},\"reason\":\"network works\"}");
    ask(fixture, "POST", "/v1/scale", "{\"ids\":[\"eu-duel-2\"],\"delta\":1}");
    api_fixture_wait(fixture, "scaled deployment=eu-duel-2 delta=+1 ");
    api_fixture_stop(fixture);
    assert_int_equal(
        program_fixture_run(&fixture->program_fixture,
                            (const char *const[]){ "--history", "--output=json", NULL }),
        0);
    const char *history = program_output(fixture->program_fixture.program, &size);
    char name[PEER_NAME_SIZE], author[PEER_NAME_SIZE + 32];
    peer_name(getuid(), name);
    snprintf(author, sizeof author, "\"by\":\"%s\"", name);
    const char *pause = strstr(history, "network works");
    assert_non_null(pause);
    const char *at = strstr(history, author);
    assert_non_null(at);
    assert_non_null(strstr(at + 1, author));
}

/* --- undo ------------------------------------------------------------------------------------------------------- */

static void expect_refusal(const struct api_fixture *fixture, int status, const char *sentence)
{
    struct control_reply reply = ask(fixture, "POST", "/v1/undo", NULL);
    assert_int_equal(reply.status, status);
    assert_has(&reply, sentence);
}

static void a_pause_is_undone(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    expect_refusal(fixture, 409, "no act is known that could be undone");
    ask(fixture, "POST", "/v1/pause", "{\"ids\":[\"eu-duel-2\"]}");
    ask(fixture, "POST", "/v1/pass", NULL); /* hides nothing */
    struct control_reply reply = ask(fixture, "POST", "/v1/undo", "{\"reason\":\"a typo\"}");
    assert_int_equal(reply.status, 200);
    assert_has(&reply, "{\"message\":\"undone: eu-duel-2 resumed: the next pass scales it again\"");
    api_fixture_wait(fixture, "operator_command command=resume outcome=accepted "
                              "deployment=eu-duel-2");
    const char *line = api_fixture_wait(fixture, "control_act act=undo status=200 deployments=1 ");
    assert_non_null(strstr(line, " reason=\"a typo\""));
    expect_refusal(fixture, 409, "the pause of eu-duel-2, is undone already");
    api_fixture_stop(fixture);
}

static void what_was_resumed_is_paused_as_before(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    ask(fixture, "POST", "/v1/pause",
        "{\"match\":\"eu-*\",\"for\":\"5h\",\"reason\":\"rack 7\",\"expect\":{\"count\":2}}");
    ask(fixture, "POST", "/v1/resume", "{\"match\":\"eu-*\",\"expect\":{\"count\":2}}");
    expect_refusal(fixture, 428, "\"count\":2");
    struct control_reply reply = ask(fixture, "POST", "/v1/undo", "{\"expect\":{\"count\":2}}");
    assert_has(&reply, "undone: the resume of 2 deployments\",\"deployments\":2}");
    reply = ask(fixture, "GET", "/v1/overrides", NULL);
    assert_has(&reply, "\"kind\":\"pause\",\"match\":\"eu-arena-1\"");
    assert_has(&reply, "\"kind\":\"pause\",\"match\":\"eu-duel-2\"");
    assert_has(&reply, "\"reason\":\"rack 7\"");
    assert_null(strstr(reply.body, "\"until\":null"));
    api_fixture_stop(fixture);
}

static void an_extension_is_undone(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    ask(fixture, "POST", "/v1/pause", "{\"all\":true,\"expect\":{\"count\":3}}");
    ask(fixture, "POST", "/v1/overrides/1/extend", "{\"for\":\"5h\"}");
    struct control_reply reply = ask(fixture, "POST", "/v1/undo", "{\"expect\":{\"count\":3}}");
    assert_int_equal(reply.status, 200);
    reply = ask(fixture, "GET", "/v1/overrides", NULL);
    assert_has(&reply, "\"kind\":\"pause_all\"");
    assert_has(&reply, "\"until\":null");
    api_fixture_stop(fixture);
}

static void a_dry_run_is_undone(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    ask(fixture, "POST", "/v1/dry-run", "{\"on\":true}");
    expect_refusal(fixture, 428, "\"count\":3");
    assert_int_equal(ask(fixture, "POST", "/v1/undo", "{\"expect\":{\"count\":3}}").status, 200);
    struct control_reply reply = ask(fixture, "GET", "/v1/state", NULL);
    assert_has(&reply, "\"dry_run\":false");
    ask(fixture, "POST", "/v1/dry-run", "{\"on\":false}");
    expect_refusal(fixture, 409, "changed nothing: there is nothing to undo");
    api_fixture_stop(fixture);
}

static void what_has_changed_since_is_not_undone(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    ask(fixture, "POST", "/v1/pause", "{\"ids\":[\"eu-duel-2\"],\"for\":\"1ms\"}");
    api_fixture_wait(fixture, "override_expired number=1 ");
    expect_refusal(fixture, 409, "the pause of eu-duel-2 has changed or ended since");
    ask(fixture, "POST", "/v1/scale", "{\"ids\":[\"eu-duel-2\"],\"delta\":1}");
    expect_refusal(fixture, 409, "the scale of eu-duel-2 by +1 cannot be undone: ");
    api_fixture_stop(fixture);
}

static void a_repeated_undo_is_answered_and_not_carried_out(void **state)
{
    static const char key[] = "Idempotency-Key: undo-1\r\n";
    struct api_fixture *fixture = *state;
    start(fixture);
    ask(fixture, "POST", "/v1/pause", "{\"ids\":[\"eu-duel-2\"]}");
    for (int i = 0; i < 2; i++) {
        struct control_reply reply =
            control_client_ask(socket_path(fixture), "POST", "/v1/undo", key, "{}");
        assert_int_equal(reply.status, 200);
        assert_has(&reply, "undone: eu-duel-2 resumed");
    }
    api_fixture_stop(fixture);
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, api_fixture_enter, api_fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pause_is_in_force_and_ends),
        TEST(a_pause_ends_by_itself),
        TEST(who_paused_is_known_after_a_restart),
        TEST(overrides_are_listed_extended_and_ended),
        TEST(a_dry_run_is_an_override_without_an_end),
        TEST(all_are_paused_by_a_guarded_act),
        TEST(those_that_match_are_paused),
        TEST(a_scale_by_hand_is_sent_once),
        TEST(a_large_scale_needs_the_number_of_hosts),
        TEST(an_objection_is_reported_and_can_be_overruled),
        TEST(passes_discoveries_and_reloads_are_run),
        TEST(an_act_has_its_author),
        TEST(a_pause_is_undone),
        TEST(what_was_resumed_is_paused_as_before),
        TEST(an_extension_is_undone),
        TEST(a_dry_run_is_undone),
        TEST(what_has_changed_since_is_not_undone),
        TEST(a_repeated_undo_is_answered_and_not_carried_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
