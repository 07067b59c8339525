#include "tui/linear/linear.h"

#include "tests/support/snapshots.h"
#include "tests/support/test.h"
#include "tui/linear/linear_parts.h"

#include "engine/base/text.h"

#include <stdio.h>
#include <string.h>

#define SAID_SIZE ((size_t)64 * 1024)
#define PERSON_MS 2000

struct fixture {
    struct snapshots *maker;
    struct linear *linear;
    struct mono now;
    char said[SAID_SIZE]; /* since the last line of the operator */
    size_t size;
    struct command focus;
    struct command sent; /* the last one that is no FOCUS */
    int sent_count;
};

static int take_command(void *context, const struct command *command)
{
    struct fixture *fixture = context;
    if (command->kind == COMMAND_FOCUS) {
        fixture->focus = *command;
        return 0;
    }
    fixture->sent = *command;
    fixture->sent_count++;
    return 0;
}

static void give_back(void *context, const struct snapshot *snapshot)
{
    struct fixture *fixture = context;
    snapshots_give_back(fixture->maker, snapshot);
}

static void hear(void *context, const char *line)
{
    struct fixture *fixture = context;
    for (const char *c = line; *c; c++)
        assert_true((unsigned char)*c >= ' ' && (unsigned char)*c < 0x7f);
    int size = snprintf(fixture->said + fixture->size, SAID_SIZE - fixture->size, "%s\n", line);
    fixture->size += (size_t)size;
    assert_true(fixture->size < SAID_SIZE);
}

static void take(struct fixture *fixture)
{
    linear_snapshot(fixture->linear, fixture->now, snapshots_take(fixture->maker));
}

static int enter(void **state)
{
    static struct fixture fixture;
    fixture = (struct fixture){ .maker = snapshots_create(), .now = { 1000000 } };
    struct console_config config = { .confirm_above_ppb = 1000000000 };
    struct console_port port = { .send = take_command, .release = give_back, .context = &fixture };
    struct linear_output output = { hear, &fixture, true };
    struct error err;
    if (linear_create(&config, &port, &output, &fixture.linear, &err))
        return -1;
    *state = &fixture;
    return 0;
}

static int leave(void **state)
{
    struct fixture *fixture = *state;
    linear_destroy(fixture->linear);
    assert_int_equal(snapshots_out(fixture->maker), 0);
    snapshots_destroy(fixture->maker);
    return 0;
}

static void type(struct fixture *fixture, const char *line)
{
    fixture->now = mono_after(fixture->now, PERSON_MS);
    fixture->size = 0;
    fixture->said[0] = '\0';
    linear_line(fixture->linear, fixture->now, line);
}

static void assert_said(const struct fixture *fixture, const char *text)
{
    if (!strstr(fixture->said, text))
        fail_msg("'%s' was not said, but:\n%s", text, fixture->said);
}

static void show(struct fixture *fixture)
{
    snapshots_fill_showcase(fixture->maker);
    take(fixture);
}

static void the_fleet_is_said_with_labels(void **state)
{
    struct fixture *fixture = *state;
    type(fixture, "list");
    assert_said(fixture, "nothing has come from the engine yet");
    show(fixture);
    assert_said(fixture, "13 deployments, 768 hosts");
    assert_null(strstr(fixture->said, "state"));
    snapshots_engine(fixture->maker)->unrecordable_at = SNAPSHOTS_AT;
    snapshots_engine(fixture->maker)->is_stateless = true;
    take(fixture);
    type(fixture, "status");
    assert_said(fixture, "768 hosts, state failed, no state");
    type(fixture, "list chess");
    assert_said(fixture, "1 of 13 deployments\neu-west-chess-ranked: up, hosts 12, pending +2");
    type(fixture, "attention");
    assert_said(fixture, "us-east-pvp-legacy: starved, hosts 31");
    type(fixture, "list free<");
    assert_null(strstr(fixture->said, "deployments"));
    type(fixture, "log 2");
    assert_said(fixture, "14:03:16 info pass_done pass=4711");
    type(fixture, "help");
    for (int i = 0; i < LINE_COUNT; i++)
        assert_said(fixture, line_row((enum line_command)i)->meaning);
    type(fixture, "sing");
    assert_said(fixture, "no such command: type help");
    assert_int_equal(fixture->sent_count, 0);
}

static const struct talk_row {
    const char *name;
    const char *lines[3];
    const char *said; /* after the last line */
    int command;      /* -1: none is sent */
    const char *id;
} talk_rows[] = {
    /* clang-format off */
    { "pause, yes",          { "pause us-east-arena", "yes" }, "asked: pause us-east-arena-casual", COMMAND_PAUSE, "us-east-arena-casual" },
    { "pause, no",           { "pause us-east-arena", "no" },  "cancelled, nothing was sent: pause us-east-arena-casual", -1, "" },
    { "pause, nothing",      { "pause us-east-arena", "" },    "cancelled, nothing was sent", -1, "" },
    { "pause, a command",    { "pause us-east-arena", "pause us-east-pvp", "yes" }, "no such command", -1, "" },
    { "pause, an empty id",  { "pause" },                      "no deployment has this id", -1, "" },
    { "pause, two of them",  { "pause us-east" },              "2 deployments have this in their id", -1, "" },
    { "pause, none",         { "pause mars" },                 "no deployment has this id", -1, "" },
    { "pause all",           { "pause all", "yes" },           "asked: pause all", COMMAND_PAUSE_ALL, "" },
    { "resume all, not paused", { "resume all" },              "it is not paused", -1, "" },
    { "reload",              { "reload", "yes" },              "asked: reload", COMMAND_RELOAD, "" },
    { "dry-run",             { "dry-run", "yes" },             "asked: dry-run on", COMMAND_DRY_RUN_ON, "" },
    { "discover",            { "discover" },                   "asked: discover", COMMAND_DISCOVERY, "" },
    { "scale by nothing",    { "scale us-east-pvp 0" },        "N is a number of hosts", -1, "" },
    { "scale by a word",     { "scale us-east-pvp many" },     "N is a number of hosts", -1, "" },
    { "scale, no id",        { "scale 3" },                    "N is a number of hosts", -1, "" },
    { "another time, of an engine", { "at -5m" },              "only a replay has other times", -1, "" },
    { "earlier, of an engine", { "earlier" },                  "only a replay has other times", -1, "" },
    { "quit, yes",           { "quit", "yes" },                "asked: stop the engine", COMMAND_STOP, "" },
    { "quit, no",            { "quit", "no" },                 "cancelled, nothing was sent: stop the engine", -1, "" },
    /* clang-format on */
};

static void row_is_answered(void **state)
{
    const struct talk_row *row = *state;
    void *made = NULL;
    assert_int_equal(enter(&made), 0);
    struct fixture *fixture = made;
    show(fixture);
    for (size_t i = 0; i < COUNT_OF(row->lines) && row->lines[i]; i++)
        type(fixture, row->lines[i]);
    assert_said(fixture, row->said);
    assert_int_equal(fixture->sent_count, row->command >= 0);
    if (row->command >= 0) {
        assert_int_equal(fixture->sent.kind, row->command);
        assert_string_equal(fixture->sent.id, row->id);
    }
    leave(&made);
}

/* Lines that are pasted come at once: none of them is an answer. */
static void pasted_lines_confirm_nothing(void **state)
{
    struct fixture *fixture = *state;
    show(fixture);
    type(fixture, "pause all");
    linear_line(fixture->linear, fixture->now, "yes");
    assert_said(fixture, "just opened: press Enter again");
    assert_int_equal(fixture->sent_count, 0);
    type(fixture, "yes");
    assert_int_equal(fixture->sent.kind, COMMAND_PAUSE_ALL);
}

/* The engine's answer to the focus: what it thinks of the scale. */
static void show_opinion(struct fixture *fixture, size_t objections, int32_t current_hosts)
{
    struct snapshot_detail detail;
    snapshots_example_detail(fixture->maker, fixture->focus.slot, &detail);
    detail.manual_delta = fixture->focus.delta;
    detail.objection_count = objections;
    detail.manual_refusal[0] = '\0';
    snapshots_set_detail(fixture->maker, &detail);
    snapshots_row(fixture->maker, fixture->focus.slot)->hosts = current_hosts;
    take(fixture);
}

static void a_new_objection_is_read_out_before_an_answer_counts(void **state)
{
    struct fixture *fixture = *state;
    show(fixture);
    type(fixture, "scale us-east-arena-casual -1");
    show_opinion(fixture, 0, 18);
    assert_said(fixture, "type yes to go on");
    show_opinion(fixture, 1, 18);
    type(fixture, "yes");
    assert_int_equal(fixture->sent_count, 0);
    assert_said(fixture, "It has changed, nothing was sent:\nScale us-east-arena-casual");
    type(fixture, "yes");
    assert_int_equal(fixture->sent_count, 1);
    assert_true(fixture->sent.is_forced);
}

static void other_figures_are_read_out_before_an_answer_counts(void **state)
{
    struct fixture *fixture = *state;
    show(fixture);
    type(fixture, "scale us-east-arena-casual -1");
    show_opinion(fixture, 0, 18);
    show_opinion(fixture, 0, 15);
    type(fixture, "yes");
    assert_int_equal(fixture->sent_count, 0);
    assert_said(fixture, "It has changed");
    type(fixture, "yes");
    assert_int_equal(fixture->sent_count, 1);
    assert_int_equal(fixture->sent.delta, -1);
}

static void only_warnings_are_said_unasked(void **state)
{
    struct fixture *fixture = *state;
    show(fixture);
    type(fixture, "status");
    snapshots_line(fixture->maker, LEVEL_INFO, EVENT_SCALED, NULL, "scaled deployment=x");
    snapshots_line(fixture->maker, LEVEL_ERROR, EVENT_SCALE_FAILED, NULL,
                   "scale_failed error=\x1b]0;x\a\xe2\x80\xae");
    take(fixture);
    assert_said(fixture, " error scale_failed error=");
    assert_null(strstr(fixture->said, "scaled deployment=x"));
}

static void acknowledge(struct fixture *fixture, bool is_accepted, const char *sentence)
{
    struct command_ack ack = { .kind = COMMAND_PAUSE_ALL, .is_accepted = is_accepted };
    snprintf(ack.text, sizeof ack.text, "%s", sentence);
    snapshots_acknowledge(fixture->maker, &ack);
}

static void every_answer_is_said_once(void **state)
{
    struct fixture *fixture = *state;
    show(fixture);
    type(fixture, "status");
    acknowledge(fixture, true, "paused: eu-1");
    acknowledge(fixture, false, "refused: eu-2 is gone");
    acknowledge(fixture, true, "paused: eu-3");
    take(fixture);
    assert_said(fixture, "paused: eu-1\nrefused: eu-2 is gone\npaused: eu-3\n");
    fixture->size = 0;
    fixture->said[0] = '\0';
    linear_tick(fixture->linear, fixture->now);
    take(fixture);
    assert_null(strstr(fixture->said, "eu-1"));
    assert_null(strstr(fixture->said, "eu-2"));
}

/* --- an engine that is another program ---------------------------------------------------------------------------- */

static void attach(struct fixture *fixture, bool may_act, struct wall lost_at)
{
    const struct snapshot_remote remote = { .socket = "/run/autoscaler/control.sock",
                                            .lost_at = lost_at,
                                            .may_act = may_act };
    fixture->linear->console->config.is_attached = true;
    snapshots_set_remote(fixture->maker, &remote);
    take(fixture);
}

static void a_lost_connection_is_said_once(void **state)
{
    struct fixture *fixture = *state;
    snapshots_fill_showcase(fixture->maker);
    attach(fixture, true, (struct wall){ 0 });
    type(fixture, "status");
    attach(fixture, true, SNAPSHOTS_AT);
    assert_said(fixture, "The connection to the engine is lost; reconnecting.\n");
    assert_said(fixture, "768 hosts, connection lost");
    type(fixture, "list chess");
    assert_null(strstr(fixture->said, "reconnecting"));
    assert_said(fixture, "The connection to the engine is lost: as of 14:03:33.\n1 of 13 ");
    type(fixture, "pause chess");
    assert_said(fixture, "the connection to the engine is lost: nothing can be asked of it");
    attach(fixture, true, (struct wall){ 0 });
    assert_said(fixture, "The engine is there again.\n");
    type(fixture, "list chess");
    assert_null(strstr(fixture->said, "lost"));
    assert_int_equal(fixture->sent_count, 0);
}

static void who_may_look_only_cannot_act(void **state)
{
    struct fixture *fixture = *state;
    snapshots_fill_showcase(fixture->maker);
    attach(fixture, false, (struct wall){ 0 });
    assert_said(fixture, "768 hosts, read-only");
    type(fixture, "pause all");
    assert_said(fixture, "read-only: this user may not act on the engine");
    assert_int_equal(fixture->sent_count, 0);
}

static void there_is_no_past_while_attached(void **state)
{
    struct fixture *fixture = *state;
    snapshots_fill_showcase(fixture->maker);
    attach(fixture, true, (struct wall){ 0 });
    type(fixture, "at -5m");
    assert_said(fixture, CONSOLE_PAST_ATTACHED "\n");
}

static void q_leaves_at_once(void **state)
{
    struct fixture *fixture = *state;
    snapshots_fill_showcase(fixture->maker);
    attach(fixture, true, (struct wall){ 0 });
    type(fixture, "q");
    assert_true(linear_is_leaving(fixture->linear));
    assert_int_equal(fixture->sent_count, 0);
}

static void the_end_of_a_pause_of_all_is_said(void **state)
{
    struct fixture *fixture = *state;
    show(fixture);
    snapshots_engine(fixture->maker)->is_paused = true;
    take(fixture);
    type(fixture, "status");
    assert_said(fixture, "768 hosts, all paused\n");
    snapshots_engine(fixture->maker)->pause.until = (struct wall){ SNAPSHOTS_AT.ms + 1620000 };
    take(fixture);
    type(fixture, "status");
    assert_said(fixture, "768 hosts, all paused until 14:30\n");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_fleet_is_said_with_labels),
        TEST(pasted_lines_confirm_nothing),
        TEST(a_new_objection_is_read_out_before_an_answer_counts),
        TEST(other_figures_are_read_out_before_an_answer_counts),
        TEST(only_warnings_are_said_unasked),
        TEST(every_answer_is_said_once),
        TEST(a_lost_connection_is_said_once),
        TEST(who_may_look_only_cannot_act),
        TEST(there_is_no_past_while_attached),
        TEST(q_leaves_at_once),
        TEST(the_end_of_a_pause_of_all_is_said),
    };
    struct CMUnitTest talks[COUNT_OF(talk_rows)];
    TESTS_FROM_ROWS(talks, talk_rows, row_is_answered);
    int failed = cmocka_run_group_tests_name("linear", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("linear: talks", talks, NULL, NULL);
}
