/*
 * autoscalerctl against a running engine: what it prints, what it does, and its exit codes.
 */
#include "tests/support/control_fixture.h"
#include "tests/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define ARGUMENTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void assert_printed(const struct api_fixture *fixture, const char *text)
{
    size_t size;
    const char *output = program_output(fixture->program_fixture.partner, &size);
    if (!strstr(output, text))
        fail_msg("'%s' is not in: %s", text, output);
}

static void assert_complained(const struct api_fixture *fixture, const char *text)
{
    size_t size;
    const char *log = program_log(fixture->program_fixture.partner, &size);
    if (!strstr(log, text))
        fail_msg("'%s' is not in: %s", text, log);
}

static void start(struct api_fixture *fixture)
{
    hosts_api_add(fixture->hosts, "eu-arena-1", 10, 80);
    hosts_api_add(fixture->hosts, "eu-duel-2", 20, 160);
    hosts_api_add(fixture->hosts, "us-siege-3", 30, 240);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, "pass_done pass=2");
}

/* --- reading --------------------------------------------------------------------------------------------------- */

static void the_status_is_printed(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    assert_int_equal(ctl(fixture, ARGUMENTS("status")), 0);
    assert_printed(fixture, "mode         live\n");
    assert_printed(fixture, "deployments  3\nstates       3 on_target\n");
    assert_printed(fixture,
                   "hosts        60 (60 serve, 0 pending)\nservers      600, 120 free (20.0%)\n");
    assert_int_equal(ctl(fixture, ARGUMENTS("dry-run", "on")), 0);
    assert_int_equal(ctl(fixture, ARGUMENTS("status")), 0);
    assert_printed(fixture, "mode         dry-run: nothing is sent\n");
    api_fixture_stop(fixture);
}

static void the_list_is_a_table(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    assert_int_equal(ctl(fixture, ARGUMENTS("list", "eu-*")), 0);
    assert_printed(
        fixture, "DEPLOYMENT HOSTS  TOTAL  FREE FREE%  TGT%  WANT DELTA  STATE       REASON\n"
                 "eu-arena-1    10    100    20  20.0  20.0    10    +0  on_target   on_target\n"
                 "eu-duel-2     20    200    40  20.0  20.0    20    +0  on_target   on_target\n");
    assert_int_equal(ctl(fixture, ARGUMENTS("list", "--state=starved")), 0);
    assert_int_equal(ctl(fixture, ARGUMENTS("list", "--state=fine")), 1);
    assert_complained(fixture, "autoscalerctl: state: expected the name of a state");
    api_fixture_stop(fixture);
}

static void json_is_what_the_engine_sends(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    assert_int_equal(ctl(fixture, ARGUMENTS("--output=json", "list", "eu-duel-2")), 0);
    assert_printed(fixture, "{\"deployments\":[\n{\"id\":\"eu-duel-2\",");
    assert_int_equal(ctl(fixture, ARGUMENTS("explain", "--output=json", "nope")), 1);
    assert_printed(fixture, "{\"error\":{\"code\":\"not_found\",");
    api_fixture_stop(fixture);
}

static void a_deployment_is_explained(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    assert_int_equal(ctl(fixture, ARGUMENTS("explain", "eu-duel-2")), 0);
    assert_printed(fixture, "eu-duel-2: on_target, on_target, delta +0\n  plausible: ");
    assert_printed(fixture, "\n  desired: busy 200 - 40 = 160; ");
    api_fixture_stop(fixture);
}

static void the_log_and_the_history_are_printed(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    assert_int_equal(ctl(fixture, ARGUMENTS("log")), 0);
    assert_printed(fixture, "Z info pass_done pass=2 ");
    assert_int_equal(ctl(fixture, ARGUMENTS("scale", "eu-duel-2", "+1")), 0);
    api_fixture_wait(fixture, "scaled deployment=eu-duel-2 ");
    assert_int_equal(ctl(fixture, ARGUMENTS("history", "eu-duel-2", "--since=1h")), 0);
    assert_printed(fixture, "TIME                     DEPLOYMENT ");
    assert_printed(fixture, "Z eu-duel-2                    ");
    assert_printed(fixture, " +1 ");
    assert_int_equal(ctl(fixture, ARGUMENTS("history", "eu-duel-9")), 1);
    assert_complained(fixture, "nothing was recorded of a deployment 'eu-duel-9'");
    api_fixture_stop(fixture);
}

/* It ends with the engine. */
static void the_log_is_followed(void **state)
{
    struct api_fixture *fixture = *state;
    struct program_fixture *programs = &fixture->program_fixture;
    start(fixture);
    program_destroy(programs->partner);
    programs->partner = program_start(&(struct program_config){
        .arguments = ARGUMENTS("log", "-f"), .home = programs->directory, .is_ctl = true });
    program_wait_output(programs->partner, "Z info pass_done pass=2 ");
    hosts_api_set_busy(fixture->hosts, "eu-duel-2", 195);
    program_wait_output(programs->partner, "scaled deployment=eu-duel-2 ");
    api_fixture_stop(fixture);
    assert_int_not_equal(program_finish(programs->partner), 0);
}

static void the_plan_and_other_policies_are_shown(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    assert_int_equal(ctl(fixture, ARGUMENTS("plan")), 0);
    assert_printed(fixture, "3 deployments: +0 hosts in 0, -0 in 0, 0 held\n");
    assert_int_equal(ctl(fixture, ARGUMENTS("what-if", "eu-duel-2", "min_hosts=22")), 0);
    assert_printed(fixture, "now: delta +0, 20 hosts desired (on_target)\nthen: delta +2, ");
    assert_printed(fixture, "\n  min_hosts 22");
    assert_int_equal(ctl(fixture, ARGUMENTS("what-if", "eu-duel-2", "min_hots=22")), 1);
    assert_complained(fixture, "'min_hots': a policy has no such key");
    api_fixture_stop(fixture);
}

static void output_that_cannot_be_written_is_reported(void **state)
{
    static const char *const forms[] = { "--output=table", "--output=json", "--output=yaml" };
    struct api_fixture *fixture = *state;
    start(fixture);
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        char command[512];
        snprintf(command, sizeof command, "%sctl --socket=%s/control.sock list %s 2>&1 >/dev/full",
                 getenv("AUTOSCALER"), fixture->program_fixture.directory, forms[i]);
        char said[128] = "";
        FILE *stream = popen(command, "r");
        assert_non_null(stream);
        assert_non_null(fgets(said, sizeof said, stream));
        assert_int_equal(WEXITSTATUS(pclose(stream)), 1);
        assert_string_equal(said, "autoscalerctl: cannot write to standard output\n");
    }
    api_fixture_stop(fixture);
}

static void yaml_has_what_json_has(void **state)
{
    struct api_fixture *fixture = *state;
    hosts_api_add(fixture->hosts, "eu-\u202e: yes", 10, 80);
    start(fixture);
    assert_int_equal(ctl(fixture, ARGUMENTS("list", "--output=yaml")), 0);
    assert_printed(fixture, "deployments:\n");
    assert_printed(fixture, "id: \"eu-duel-2\"\n");
    assert_printed(fixture, "id: \"eu-\\u202E: yes\"\n");
    assert_printed(fixture, "current_hosts: 20\n");
    assert_printed(fixture, "later_reasons: []\n");
    assert_printed(fixture, "next: null\n");
    api_fixture_stop(fixture);
}

static void the_status_is_watched(void **state)
{
    struct api_fixture *fixture = *state;
    struct program_fixture *programs = &fixture->program_fixture;
    start(fixture);
    program_destroy(programs->partner);
    programs->partner = program_start(&(struct program_config){
        .arguments = ARGUMENTS("watch"), .home = programs->directory, .is_ctl = true });
    program_wait_output(programs->partner, "mode         live");
    program_signal(programs->program, SIGUSR2);
    program_wait_output(programs->partner, "mode         live");
    api_fixture_stop(fixture);
    assert_int_not_equal(program_finish(programs->partner), 0);
}

/* Commands, options and ids that are listed now. */
static void completions_have_every_command(void **state)
{
    struct api_fixture *fixture = *state;
    assert_int_equal(ctl(fixture, ARGUMENTS("completion", "bash")), 0);
    assert_printed(fixture, "complete -F _autoscalerctl autoscalerctl\n");
    assert_printed(fixture,
                   "    dry-run) options=\"--socket= --output= --reason= --yes --dry-run\" "
                   "words=\"on off\" ;;\n");
    assert_printed(fixture, "    explain) options=\"--socket= --output= \" ids=1 ;;\n");
    assert_int_equal(ctl(fixture, ARGUMENTS("completion", "zsh")), 0);
    assert_printed(fixture, "#compdef autoscalerctl\n");
    assert_int_equal(ctl(fixture, ARGUMENTS("completion", "fish")), 0);
    assert_printed(fixture, "-n '__autoscalerctl_is pause 99' -l for -x -a ''\n");
    assert_int_equal(ctl(fixture, ARGUMENTS("completion", "csh")), 2);
    assert_int_equal(ctl(fixture, ARGUMENTS("completion", "ids")), 3);
    hosts_api_add(fixture->hosts, "$(touch x)", 10, 80);
    start(fixture);
    assert_int_equal(ctl(fixture, ARGUMENTS("completion", "ids")), 0);
    assert_printed(fixture, "eu-arena-1\neu-duel-2\nus-siege-3\n");
    assert_null(strstr(program_output(fixture->program_fixture.partner, &(size_t){ 0 }), "touch"));
    api_fixture_stop(fixture);
}

static void foreign_text_is_escaped(void **state)
{
    struct api_fixture *fixture = *state;
    hosts_api_add(fixture->hosts, "eu-\u202e-1", 10, 80);
    start(fixture);
    assert_int_equal(ctl(fixture, ARGUMENTS("list")), 0);
    assert_printed(fixture, "eu-\\u{202e}-1 ");
    api_fixture_stop(fixture);
}

/* --- acting ---------------------------------------------------------------------------------------------------- */

static void one_deployment_is_paused_without_a_question(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    assert_int_equal(ctl(fixture, ARGUMENTS("pause", "eu-duel-2", "--reason=new image")), 0);
    assert_printed(fixture, "eu-duel-2 paused: nothing is sent for it until you resume it\n");
    api_fixture_wait(fixture, "control_act act=pause status=200 deployments=1 ");
    assert_int_equal(ctl(fixture, ARGUMENTS("resume", "eu-duel-2")), 0);
    assert_printed(fixture, "eu-duel-2 resumed: ");
    api_fixture_stop(fixture);
}

static void a_pause_may_have_an_end(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    assert_int_equal(ctl(fixture, ARGUMENTS("pause", "eu-duel-2", "--for=2h", "--reason=rack 7")),
                     0);
    assert_printed(fixture, "eu-duel-2 paused for 2h: it resumes by itself then\n");
    assert_int_equal(ctl(fixture, ARGUMENTS("explain", "eu-duel-2")), 0);
    assert_printed(fixture, "\n  paused by ");
    assert_printed(fixture, "Z: rack 7\n");
    assert_int_equal(ctl(fixture, ARGUMENTS("pause", "--all", "--for=30m", "--yes")), 0);
    assert_int_equal(ctl(fixture, ARGUMENTS("status")), 0);
    assert_printed(fixture, "mode         paused: nothing is sent\npaused       by ");
    api_fixture_stop(fixture);
}

static void overrides_are_listed_extended_and_ended(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    assert_int_equal(ctl(fixture, ARGUMENTS("pause", "eu-duel-2", "--reason=rack 7")), 0);
    assert_int_equal(ctl(fixture, ARGUMENTS("overrides")), 0);
    assert_printed(fixture, "\n     1 pause     eu-duel-2 ");
    assert_printed(fixture, " rack 7\n");
    assert_int_equal(ctl(fixture, ARGUMENTS("extend", "1", "--for=1h")), 0);
    assert_printed(fixture, "override 1 ends in 1h\n");
    assert_int_equal(ctl(fixture, ARGUMENTS("end", "2")), 1);
    assert_complained(fixture, "no override with this number is in force");
    assert_int_equal(ctl(fixture, ARGUMENTS("end", "1")), 0);
    assert_printed(fixture, "eu-duel-2 resumed: ");
    assert_int_equal(ctl(fixture, ARGUMENTS("pause", "--all", "--yes")), 0);
    assert_int_equal(ctl(fixture, ARGUMENTS("end", "2")), 1);
    assert_complained(fixture, "resume 3 deployments: needs --yes");
    assert_int_equal(ctl(fixture, ARGUMENTS("end", "2", "--yes")), 0);
    api_fixture_stop(fixture);
}

static void the_last_act_is_undone(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    assert_int_equal(ctl(fixture, ARGUMENTS("undo")), 1);
    assert_complained(fixture, "no act is known that could be undone");
    assert_int_equal(ctl(fixture, ARGUMENTS("pause", "eu-*", "--yes")), 0);
    assert_int_equal(ctl(fixture, ARGUMENTS("undo")), 1);
    assert_complained(fixture, "undo the last act on 2 deployments: needs --yes");
    assert_int_equal(ctl(fixture, ARGUMENTS("undo", "--yes")), 0);
    assert_printed(fixture, "undone: the pause of 2 deployments\n");
    assert_int_equal(ctl(fixture, ARGUMENTS("scale", "eu-duel-2", "+1", "--force")), 0);
    assert_int_equal(ctl(fixture, ARGUMENTS("undo")), 1);
    assert_complained(fixture, "the scale of eu-duel-2 by +1 cannot be undone: ");
    api_fixture_stop(fixture);
}

static void many_need_a_yes(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    assert_int_equal(ctl(fixture, ARGUMENTS("pause", "eu-*")), 1);
    assert_complained(fixture, "pause 2 deployments: needs --yes where there is no terminal\n");
    assert_complained(fixture, "autoscalerctl: nothing was done\n");
    assert_int_equal(ctl(fixture, ARGUMENTS("pause", "--yes", "eu-*")), 0);
    assert_printed(fixture, "2 deployments paused: nothing is sent for them until you ");
    assert_int_equal(ctl(fixture, ARGUMENTS("list", "--state=paused")), 0);
    assert_printed(fixture, "\neu-arena-1 ");
    assert_printed(fixture, "\neu-duel-2 ");
    assert_int_equal(ctl(fixture, ARGUMENTS("pause", "eu-*", "--for=2h", "--yes")), 0);
    assert_printed(fixture, "2 deployments paused for 2h: they resume by themselves then\n");
    assert_int_equal(ctl(fixture, ARGUMENTS("resume", "eu-*", "--yes")), 0);
    assert_printed(fixture, "2 deployments resumed: the next pass scales them again\n");
    assert_int_equal(ctl(fixture, ARGUMENTS("pause", "--all", "--yes")), 0);
    assert_printed(fixture, "paused: nothing is sent until you resume\n");
    api_fixture_stop(fixture);
}

static void a_rehearsal_sends_nothing(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    assert_int_equal(ctl(fixture, ARGUMENTS("scale", "eu-duel-2", "-1", "--dry-run")), 0);
    assert_printed(fixture, "POST /v1/scale {\"ids\":[\"eu-duel-2\"],\"delta\":-1}\n");
    api_fixture_stop(fixture);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "control_act"), 0);
}

static void a_scale_is_sent(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture);
    assert_int_equal(ctl(fixture, ARGUMENTS("scale", "eu-duel-2", "+1")), 0);
    assert_printed(fixture, "eu-duel-2 +1: requested; there will be 21 hosts\n");
    api_fixture_wait(fixture, "scaled deployment=eu-duel-2 delta=+1 ");
    assert_int_equal(ctl(fixture, ARGUMENTS("scale", "us-siege-3", "20")), 1);
    assert_complained(fixture, "scale a deployment of 30 hosts by +20: needs --yes");
    assert_int_equal(ctl(fixture, ARGUMENTS("scale", "us-siege-3", "20", "--yes")), 0);
    api_fixture_wait(fixture, "scaled deployment=us-siege-3 delta=+20 ");
    api_fixture_stop(fixture);
    assert_scales(fixture, "eu-duel-2", 1, 1);
}

static void a_reload_that_is_refused_fails(void **state)
{
    struct api_fixture *fixture = *state;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    hosts_api_add(fixture->hosts, "eu-duel-2", 20, 160);
    api_fixture_start_with(fixture, "dry_run: false\n", NULL);
    api_fixture_wait(fixture, "pass_done pass=2");
    program_fixture_write(&fixture->program_fixture, API_FIXTURE_CONFIG, "dry_run: perhaps\n",
                          0600);
    (void)program_fixture_path(&fixture->program_fixture, API_FIXTURE_CONFIG, path);
    assert_int_equal(ctl(fixture, ARGUMENTS("reload")), 1);
    assert_complained(fixture, "autoscalerctl: refused: ");
    program_fixture_write(&fixture->program_fixture, API_FIXTURE_CONFIG, "dry_run: true\n", 0600);
    assert_int_equal(ctl(fixture, ARGUMENTS("reload")), 0);
    api_fixture_stop(fixture);
}

/* --- exit codes ------------------------------------------------------------------------------------------------ */

static void without_an_engine_it_says_so(void **state)
{
    struct api_fixture *fixture = *state;
    assert_int_equal(ctl(fixture, ARGUMENTS("status")), 3);
    assert_complained(fixture, "/control.sock: there is no socket\n");
    program_fixture_write(&fixture->program_fixture, "file", "", 0600);
    char path[PROGRAM_FIXTURE_PATH_SIZE], option[PROGRAM_FIXTURE_PATH_SIZE + 16];
    snprintf(option, sizeof option, "--socket=%s",
             program_fixture_path(&fixture->program_fixture, "file", path));
    assert_int_equal(ctl(fixture, ARGUMENTS("status", option)), 3);
    assert_complained(fixture, "autoscalerctl: no engine listens on ");
}

static const struct usage_row {
    const char *name;
    const char *arguments[5];
    const char *shown;
} usage_rows[] = {
    { "nothing", { NULL }, "a command is missing" },
    { "an unknown command", { "stat" }, "unknown command 'stat'" },
    { "an unknown option", { "status", "--al" }, "unknown option '--al'" },
    { "an option of another command", { "status", "--all" }, "status has no option --all" },
    { "an argument too many", { "status", "x" }, "usage: autoscalerctl status\n" },
    { "far too many", { "scale", "a", "1", "d" }, "usage: autoscalerctl scale" },
    { "no id", { "explain" }, "usage: autoscalerctl explain ID" },
    { "a pause of nothing", { "pause" }, "usage: autoscalerctl pause PATTERN|--all" },
    { "a pause of all and some", { "pause", "x", "--all" }, "usage: autoscalerctl pause" },
    { "no number", { "scale", "x", "y" }, "'y' is no number of hosts" },
    { "a number of 0", { "scale", "x", "0" }, "'0' is no number of hosts" },
    { "a number beyond counting", { "scale", "x", "99999999999" }, "is no number of hosts" },
    { "neither on nor off", { "dry-run", "maybe" }, "'maybe' is neither on nor off" },
    { "an option without its value", { "list", "--state" }, "--state needs a value" },
    { "an option before another", { "pause", "x", "--for", "--yes" }, "--for needs a value" },
    { "a flag with a value", { "pause", "x", "--yes=1" }, "--yes takes no value" },
    { "an extension without a time", { "extend", "1" }, "usage: autoscalerctl extend NUMBER" },
    { "no number of an override", { "end", "eu-1" }, "'eu-1' is no number of an override" },
    { "no time for a history", { "history", "x", "--since=-1h" }, "--since is '-1h', expected" },
    { "no value to try", { "what-if", "x" }, "usage: autoscalerctl what-if ID KEY=VALUE" },
    { "a value without a key", { "what-if", "x", "=3" }, "'=3' is no KEY=VALUE" },
    { "no length of time", { "pause", "x", "--for=soon" }, "--for is 'soon', expected a duration" },
    { "an end of another command", { "resume", "x", "--for=1h" }, "resume has no option --for" },
    { "an unknown output",
      { "list", "--output=xml" },
      "--output is 'xml', expected table, json or yaml" },
};

static void row_is_a_usage_error(void **state)
{
    struct api_fixture *fixture = *state;
    const struct usage_row *row = fixture->program_fixture.row;
    assert_int_equal(ctl(fixture, row->arguments), 2);
    assert_complained(fixture, row->shown);
}

static void help_and_version_need_no_engine(void **state)
{
    struct api_fixture *fixture = *state;
    assert_int_equal(ctl(fixture, ARGUMENTS("--help")), 0);
    assert_printed(fixture, "\n  scale      ID DELTA [--force] [--reason=TEXT] ");
    assert_int_equal(ctl(fixture, ARGUMENTS("-V")), 0);
    assert_printed(fixture, "autoscalerctl ");
}

#define TEST(function)                                                                             \
    cmocka_unit_test_setup_teardown(function, api_fixture_enter, api_fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_status_is_printed),
        TEST(the_list_is_a_table),
        TEST(json_is_what_the_engine_sends),
        TEST(a_deployment_is_explained),
        TEST(the_log_and_the_history_are_printed),
        TEST(the_log_is_followed),
        TEST(the_plan_and_other_policies_are_shown),
        TEST(output_that_cannot_be_written_is_reported),
        TEST(yaml_has_what_json_has),
        TEST(the_status_is_watched),
        TEST(completions_have_every_command),
        TEST(foreign_text_is_escaped),
        TEST(one_deployment_is_paused_without_a_question),
        TEST(a_pause_may_have_an_end),
        TEST(overrides_are_listed_extended_and_ended),
        TEST(the_last_act_is_undone),
        TEST(many_need_a_yes),
        TEST(a_rehearsal_sends_nothing),
        TEST(a_scale_is_sent),
        TEST(a_reload_that_is_refused_fails),
        TEST(without_an_engine_it_says_so),
        TEST(help_and_version_need_no_engine),
    };
    struct CMUnitTest rows[COUNT_OF(usage_rows)];
    for (size_t i = 0; i < COUNT_OF(usage_rows); i++)
        rows[i] = (struct CMUnitTest){ .name = usage_rows[i].name,
                                       .test_func = row_is_a_usage_error,
                                       .setup_func = api_fixture_enter,
                                       .teardown_func = api_fixture_leave,
                                       .initial_state = (void *)(uintptr_t)&usage_rows[i] };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    failed += cmocka_run_group_tests(rows, NULL, NULL);
    return failed;
}
