/*
 * Notices of the program: what receivers get, and receivers that are slow, down, redirecting, refusing, hanging; and
 * commands that fail, hang, write without end. Passes go on, and nothing is lost within the bound.
 */
#include "tests/support/control_fixture.h"
#include "tests/support/exposition_check.h"
#include "tests/support/test.h"

#include "engine/base/heap.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CANARY "c4n4ry-6b1f0e2d"
#define PATH "/hook/" CANARY
#define YAML_SIZE 2048

/* The receiver of the test; the API is that of the fixture. */
static struct fake_api *receiver;

static int enter(void **state)
{
    int failed = api_fixture_enter(state);
    receiver = fake_api_create(NULL, NULL);
    return failed;
}

/* No output has the path of the URL. */
static int leave(void **state)
{
    struct api_fixture *fixture = *state;
    struct program *program = fixture->program_fixture.program;
    size_t size;
    bool has_secret = program && strstr(program_log(program, &size), CANARY);
    int failed = api_fixture_leave(state);
    fake_api_destroy(receiver);
    return failed || has_secret ? -1 : 0;
}

/* An entry for the receiver with these other keys. Valid until the next call. */
static const char *posting(const char *events, const char *keys)
{
    static char yaml[YAML_SIZE];
    snprintf(yaml, sizeof yaml,
             "notify:\n  - {name: ops, events: [%s], url: \"%s" PATH "\", fold: 0s, burst: 1000, "
             "per_minute: 6000%s}\n",
             events, fake_api_url(receiver), keys);
    return yaml;
}

/* Waits for the first pass; the others are requested. */
static void start(struct api_fixture *fixture, const char *yaml)
{
    static const char *const arguments[] = { PASSES_ON_REQUEST, "--discovery-interval=1h", NULL };
    hosts_api_add(fixture->hosts, "eu-1", 10, 80);
    api_fixture_start_with(fixture, yaml, arguments);
    api_fixture_wait_lines(fixture, " pass_done ", 1);
}

/* The first line with this text, wherever it is. */
static const char *line_of(struct api_fixture *fixture, const char *text)
{
    api_fixture_wait_lines(fixture, text, 1);
    return program_find_line(fixture->program_fixture.program, text, 0);
}

static void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in: %.2000s", part, text);
}

/* --- what is sent ---------------------------------------------------------------------------------------------- */

static void a_notice_is_posted(void **state)
{
    struct api_fixture *fixture = *state;
    size_t size;
    start(fixture, posting("engine_started", ""));
    fake_api_wait(receiver, "POST", PATH, 1);
    const struct fake_request *request = fake_api_find(receiver, "POST", PATH, 0);
    assert_contains(request->body, "{\"version\":1,\"id\":\"");
    assert_contains(request->body, "\"event\":\"engine_started\",\"severity\":\"info\"");
    assert_contains(request->body, "\"notifier\":\"ops\"");
    assert_contains(request->body, fake_api_url(fixture->program_fixture.api));
    assert_non_null(request->key);
    assert_contains(request->body, request->key);
    assert_non_null(strstr(request->headers, "Content-Type: application/json\r\n"));
    assert_null(fake_request_header(request, "Authorization", &size));
    api_fixture_stop(fixture);
    assert_int_equal(fake_api_count(receiver, NULL, NULL), 1);
}

static void a_chat_gets_a_text(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture, posting("engine_started", ", format: chat"));
    fake_api_wait(receiver, "POST", PATH, 1);
    const char *body = fake_api_find(receiver, "POST", PATH, 0)->body;
    assert_memory_equal(body, "{\"text\":\"[info] autoscaler on ", 30);
    assert_contains(body, "`engine_started version=");
    api_fixture_stop(fixture);
}

/* Also what waits for its window: the stop itself is reported. */
static void a_stop_sends_what_waits(void **state)
{
    struct api_fixture *fixture = *state;
    char yaml[YAML_SIZE];
    snprintf(yaml, sizeof yaml,
             "notify: [{events: [engine_stopping, pass_done], url: \"%s" PATH "\", fold: 10m}]\n",
             fake_api_url(receiver));
    start(fixture, yaml);
    api_fixture_run_passes(fixture, 3);
    assert_int_equal(fake_api_count(receiver, NULL, NULL), 0);
    api_fixture_stop(fixture);
    assert_int_equal(fake_api_count(receiver, "POST", PATH), 2);
    assert_contains(fake_api_find(receiver, NULL, NULL, 0)->body, "\"count\":4,");
    assert_contains(fake_api_find(receiver, NULL, NULL, 1)->body, "engine_stopping");
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "notices_dropped"), 0);
}

/* An API that repeats the token in an error. */
static void the_token_is_not_sent(void **state)
{
    struct api_fixture *fixture = *state;
    static const struct fake_answer echo = { .status = 500, .body = "no " CANARY };
    static const char *const environment[] = { "AUTOSCALER_TOKEN=" CANARY, NULL };
    fixture->program_fixture.environment = environment;
    fake_api_set_answer(fixture->program_fixture.api, fake_api_always, (void *)(uintptr_t)&echo);
    char yaml[YAML_SIZE];
    snprintf(yaml, sizeof yaml, "notify: [{events: [discovery_failed], url: \"%s/x\", fold: 0s}]\n",
             fake_api_url(receiver));
    api_fixture_start_with(fixture, yaml, (const char *const[]){ "--set=api.retries=0", NULL });
    fake_api_wait(receiver, "POST", "/x", 1);
    const char *body = fake_api_find(receiver, NULL, NULL, 0)->body;
    assert_contains(body, "discovery_failed");
    assert_null(strstr(body, CANARY));
    api_fixture_stop(fixture);
}

/* --- receivers that do not take it ----------------------------------------------------------------------------- */

static const struct trouble_row {
    const char *name;
    struct fake_answer answer; /* to the first request; the others get 200 */
    const char *error;         /* in the line of the failure */
} trouble_rows[] = {
    { "500", { .status = 500 }, "error=\"HTTP 500\"" },
    { "429 with a time", { .status = 429, .headers = "Retry-After: 1\r\n" }, "error=\"HTTP 429\"" },
    { "a redirect",
      { .status = 302, .headers = "Location: /elsewhere\r\n" },
      "error=\"HTTP 302\"" },
    { "hung", { .ending = FAKE_HANG }, "error=\"no response within 300ms\"" },
    { "a response without an end",
      { .status = 503, .body = "x", .missing_size = 100, .ending = FAKE_HANG },
      "error=\"HTTP 503\"" },
};

static void answer_first(void *context, const struct fake_request *request,
                         struct fake_answer *ret_answer)
{
    if (request->index == 0)
        *ret_answer = *(const struct fake_answer *)context;
}

/* One notice fails, and comes again with the same key. */
static void check_trouble(void **state)
{
    struct api_fixture *fixture = *state;
    const struct trouble_row *row = fixture->program_fixture.row;
    fake_api_set_answer(receiver, answer_first, (void *)(uintptr_t)&row->answer);
    start(fixture, posting("engine_started", ", timeout: 300ms"));
    const char *line = line_of(fixture, " notice_failed notifier=ops ");
    assert_contains(line, row->error);
    assert_contains(line, " event=engine_started ");
    api_fixture_run_passes(fixture, 3);
    line_of(fixture, " notice_recovered notifier=ops failures=1");
    assert_int_equal(fake_api_count(receiver, "POST", PATH), 2);
    assert_int_equal(fake_api_count(receiver, NULL, NULL), 2);
    assert_string_equal(fake_api_find(receiver, NULL, NULL, 0)->key,
                        fake_api_find(receiver, NULL, NULL, 1)->key);
    api_fixture_stop(fixture);
}

/* What came while the receiver was down comes later: each pass is one notice. */
static void nothing_is_lost_while_a_receiver_is_down(void **state)
{
    struct api_fixture *fixture = *state;
    fake_api_set_listening(receiver, false);
    start(fixture, posting("pass_done", ""));
    line_of(fixture, " notice_failed notifier=ops ");
    api_fixture_run_passes(fixture, 5);
    fake_api_set_listening(receiver, true);
    line_of(fixture, " notice_recovered notifier=ops ");
    fake_api_wait(receiver, "POST", PATH, 6);
    api_fixture_stop(fixture);
    for (int pass = 1; pass <= 6; pass++) {
        char field[32];
        int found = 0;
        snprintf(field, sizeof field, "\"pass\":%d,", pass);
        for (int i = 0; i < 6; i++)
            found += strstr(fake_api_find(receiver, NULL, NULL, i)->body, field) != NULL;
        assert_int_equal(found, 1);
    }
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "notices_dropped"), 0);
}

static void a_refusal_is_final(void **state)
{
    struct api_fixture *fixture = *state;
    static const struct fake_answer refusal = { .status = 410 };
    fake_api_set_answer(receiver, answer_first, (void *)(uintptr_t)&refusal);
    start(fixture, posting("pass_done", ""));
    assert_contains(line_of(fixture, " notice_refused notifier=ops event=pass_done "),
                    "error=\"HTTP 410\"");
    api_fixture_run_passes(fixture, 1);
    fake_api_wait(receiver, "POST", PATH, 2);
    api_fixture_stop(fixture);
    assert_int_equal(fake_api_count(receiver, NULL, NULL), 2);
    assert_string_not_equal(fake_api_find(receiver, NULL, NULL, 0)->key,
                            fake_api_find(receiver, NULL, NULL, 1)->key);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "notice_failed"), 0);
}

static void an_old_notice_is_dropped(void **state)
{
    struct api_fixture *fixture = *state;
    fake_api_set_listening(receiver, false);
    start(fixture, posting("engine_started", ", max_age: 1s"));
    line_of(fixture, " notices_dropped notifier=ops cause=expired notices=1 events=1");
    api_fixture_stop(fixture);
}

/* The receiver never responds. Passes go on; the stop ends; what waits is reported. */
static void a_hung_receiver_delays_no_pass(void **state)
{
    struct api_fixture *fixture = *state;
    static const struct fake_answer silence = { .ending = FAKE_HANG };
    fake_api_set_answer(receiver, fake_api_always, (void *)(uintptr_t)&silence);
    start(fixture, posting("pass_done", ", timeout: 1m"));
    fake_api_wait(receiver, "POST", PATH, 1);
    api_fixture_run_passes(fixture, 120);
    assert_int_equal(fake_api_count(receiver, NULL, NULL), 1);
    line_of(fixture, " notices_dropped notifier=ops cause=full notices=");
    api_fixture_stop(fixture);
    struct program *program = fixture->program_fixture.program;
    const char *line = program_find_line(program, "notices_dropped notifier=ops cause=stop", 0);
    assert_non_null(line);
    assert_contains(line, " notices=100 events=100");
}

/* The other entry, which is still there, keeps its notices. */
static void a_reload_drops_the_notices_of_an_entry_that_is_gone(void **state)
{
    struct api_fixture *fixture = *state;
    char yaml[YAML_SIZE];
    static const char entry[] =
        "  - {name: %s, events: [pass_done], url: \"%s" PATH "\", fold: 0s, timeout: %s}\n";
    fake_api_set_accepting(receiver, false);
    int length = snprintf(yaml, sizeof yaml, "notify:\n");
    length += snprintf(yaml + length, sizeof yaml - (size_t)length, entry, "a",
                       fake_api_url(receiver), "300ms");
    snprintf(yaml + length, sizeof yaml - (size_t)length, entry, "b", fake_api_url(receiver),
             "300ms");
    start(fixture, yaml);
    api_fixture_run_passes(fixture, 2);
    length = snprintf(yaml, sizeof yaml, "notify:\n");
    snprintf(yaml + length, sizeof yaml - (size_t)length, entry, "b", fake_api_url(receiver), "5s");
    api_fixture_reload(fixture, yaml,
                       " notices_dropped notifier=a cause=removed notices=3 events=3");
    line_of(fixture, " config_reloaded ");
    fake_api_set_accepting(receiver, true);
    fake_api_wait(receiver, "POST", PATH, 3);
    api_fixture_stop(fixture);
    assert_contains(fake_api_find(receiver, NULL, NULL, 0)->body, "\"notifier\":\"b\"");
    assert_int_equal(
        program_count_lines(fixture->program_fixture.program, "notices_dropped notifier=b"), 0);
}

static void notices_are_counted(void **state)
{
    struct api_fixture *fixture = *state;
    static const struct fake_answer refusal = { .status = 404 };
    fake_api_set_answer(receiver, answer_first, (void *)(uintptr_t)&refusal);
    start(fixture, posting("pass_done", ""));
    line_of(fixture, " notice_refused ");
    api_fixture_run_passes(fixture, 2);
    fake_api_wait(receiver, "POST", PATH, 3);
    const char *text;
    do {
        struct control_reply reply = ask(fixture, "GET", "/metrics", NULL);
        assert_int_equal(reply.status, 200);
        text = reply.body;
    } while (!strstr(text, "notices_queued{notifier=\"ops\"} 0\n"));
    exposition_check(text, false);
    assert_series(text, "autoscaler_notices_total{notifier=\"ops\",outcome=\"delivered\"}", "2");
    assert_series(text, "autoscaler_notices_total{notifier=\"ops\",outcome=\"refused\"}", "1");
    assert_series(text, "autoscaler_notices_total{notifier=\"ops\",outcome=\"expired\"}", "0");
    assert_series(text, "autoscaler_notices_total{notifier=\"ops\",outcome=\"dropped\"}", "0");
    api_fixture_stop(fixture);
}

/* --- commands -------------------------------------------------------------------------------------------------- */

/* An entry for a command of the shell, with the directory of the test as $1. Valid until the next call. */
static const char *running(const struct api_fixture *fixture, const char *script, const char *keys)
{
    static char yaml[YAML_SIZE];
    snprintf(yaml, sizeof yaml,
             "notify:\n  - name: page\n    events: [engine_started]\n    fold: 0s\n%s"
             "    command: [/bin/sh, -c, '%s', sh, %s]\n",
             keys, script, fixture->program_fixture.directory);
    return yaml;
}

struct file {
    const struct api_fixture *fixture;
    const char *name;
    char *text; /* what it has, once it has a line; freed by the test */
};

static bool has_line(void *context)
{
    struct file *file = context;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    program_fixture_path(&file->fixture->program_fixture, file->name, path);
    file->text = program_fixture_read(path);
    if (strchr(file->text, '\n'))
        return true;
    heap_free(file->text);
    return false;
}

/* The caller frees it with heap_free. */
static char *wait_for_file(struct api_fixture *fixture, const char *name)
{
    struct file file = { .fixture = fixture, .name = name };
    program_wait_until(fixture->program_fixture.program, has_line, &file, name);
    return file.text;
}

static void a_command_gets_the_notice_and_no_secret(void **state)
{
    struct api_fixture *fixture = *state;
    static const char *const environment[] = { "AUTOSCALER_TOKEN=" CANARY,
                                               "CREDENTIALS_DIRECTORY=/run/x", "TZ=Mars", NULL };
    fixture->program_fixture.environment = environment;
    start(fixture,
          running(fixture,
                  "{ cat; echo; env; } > $1/got; ps -o pgid= $$ > $1/group; echo $$ > $1/pid", ""));
    char *pid = wait_for_file(fixture, "pid");
    char *got = wait_for_file(fixture, "got");
    assert_contains(got, "\"event\":\"engine_started\"");
    assert_contains(got, "\nTZ=Mars\n");
    assert_contains(got, "\nPATH=");
    assert_null(strstr(got, CANARY));
    assert_null(strstr(got, "CREDENTIALS_DIRECTORY"));
    heap_free(got);
    heap_free(pid);
    api_fixture_stop(fixture);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "notice_failed"), 0);
}

static const struct command_row {
    const char *name;
    const char *script;
    const char *error;
} command_rows[] = {
    { "an exit status", "echo one; echo two >&2; exit 3",
      "error=\"the command ended with exit status 3: one\\ntwo\"" },
    { "a signal", "kill -9 $$", "error=\"the command was ended by signal 9\"" },
    { "output without end", "cat /dev/zero",
      "error=\"the command was killed: it wrote more than 65536 bytes: \\x00" },
    { "output without an end that ignores signals",
      "trap \"\" PIPE TERM; while :; do echo yyyyyyyyyyyyyyyy; done",
      "error=\"the command was killed: it wrote more than 65536 bytes: y" },
    { "what it gets is not read", "exec <&-; exit 1",
      "error=\"the command ended with exit status 1\"" },
};

static void check_command(void **state)
{
    struct api_fixture *fixture = *state;
    const struct command_row *row = fixture->program_fixture.row;
    start(fixture, running(fixture, row->script, ""));
    const char *line = line_of(fixture, " notice_failed notifier=page ");
    assert_contains(line, row->error);
    api_fixture_run_passes(fixture, 3);
    api_fixture_stop(fixture);
}

static void a_command_that_does_not_exist_fails(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture, "notify: [{events: [engine_started], command: [/nowhere/at-all], fold: 0s}]\n");
    assert_contains(line_of(fixture, " notice_failed notifier=notify-1 "),
                    "cannot run it: no such file or directory");
    api_fixture_run_passes(fixture, 3);
    api_fixture_stop(fixture);
}

static bool is_gone(void *context)
{
    return kill(*(const pid_t *)context, 0) < 0 && errno == ESRCH;
}

/* With its children: the whole group is killed. */
static void a_hung_command_is_killed(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture,
          running(fixture,
                  "trap \"\" TERM; sh -c \"sleep 1000; :\" & echo $! > $1/child; wait; wait",
                  "    timeout: 500ms\n"));
    char *text = wait_for_file(fixture, "child");
    pid_t child = (pid_t)strtol(text, NULL, 10);
    heap_free(text);
    api_fixture_run_passes(fixture, 3);
    assert_contains(line_of(fixture, " notice_failed notifier=page "),
                    "the command was killed: it did not end within 500ms");
    program_wait_until(fixture->program_fixture.program, is_gone, &child, "the end of the group");
    api_fixture_stop(fixture);
}

/* A stop does not wait for longer than its bound, and leaves no process. */
static void a_stop_ends_a_hung_command(void **state)
{
    struct api_fixture *fixture = *state;
    start(fixture, running(fixture, "echo $$ > $1/pid; sleep 1000; :", "    timeout: 1m\n"));
    char *text = wait_for_file(fixture, "pid");
    pid_t pid = (pid_t)strtol(text, NULL, 10);
    heap_free(text);
    api_fixture_stop(fixture);
    assert_non_null(program_find_line(fixture->program_fixture.program,
                                      "notices_dropped notifier=page cause=stop notices=1", 0));
    program_wait_until(fixture->program_fixture.program, is_gone, &pid, "its end");
}

/* --- modes ----------------------------------------------------------------------------------------------------- */

/* Trying something out sends no messages. */
static void once_sends_nothing(void **state)
{
    struct api_fixture *fixture = *state;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    hosts_api_add(fixture->hosts, "eu-1", 10, 80);
    program_fixture_write(&fixture->program_fixture, API_FIXTURE_CONFIG,
                          posting("'*'", ", max_age: 1s"), 0600);
    program_fixture_path(&fixture->program_fixture, API_FIXTURE_CONFIG, path);
    assert_int_equal(program_fixture_run(&fixture->program_fixture,
                                         (const char *const[]){ "-c", path, "--once", NULL }),
                     0);
    assert_int_equal(fake_api_count(receiver, NULL, NULL), 0);
}

int main(void)
{
#define FIXTURE(test) cmocka_unit_test_setup_teardown(test, enter, leave)
    const struct CMUnitTest tests[] = {
        FIXTURE(a_notice_is_posted),
        FIXTURE(a_chat_gets_a_text),
        FIXTURE(a_stop_sends_what_waits),
        FIXTURE(the_token_is_not_sent),
        FIXTURE(nothing_is_lost_while_a_receiver_is_down),
        FIXTURE(a_refusal_is_final),
        FIXTURE(an_old_notice_is_dropped),
        FIXTURE(a_hung_receiver_delays_no_pass),
        FIXTURE(a_reload_drops_the_notices_of_an_entry_that_is_gone),
        FIXTURE(notices_are_counted),
        FIXTURE(a_command_gets_the_notice_and_no_secret),
        FIXTURE(a_command_that_does_not_exist_fails),
        FIXTURE(a_hung_command_is_killed),
        FIXTURE(a_stop_ends_a_hung_command),
        FIXTURE(once_sends_nothing),
    };
    struct CMUnitTest troubles[COUNT_OF(trouble_rows)];
    struct CMUnitTest commands[COUNT_OF(command_rows)];
    TESTS_FROM_ROWS(troubles, trouble_rows, check_trouble);
    TESTS_FROM_ROWS(commands, command_rows, check_command);
    for (size_t i = 0; i < COUNT_OF(troubles); i++) {
        troubles[i].setup_func = enter;
        troubles[i].teardown_func = leave;
    }
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        commands[i].setup_func = enter;
        commands[i].teardown_func = leave;
    }
    int failed = cmocka_run_group_tests_name("notices", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("receivers", troubles, NULL, NULL);
    return failed + cmocka_run_group_tests_name("commands", commands, NULL, NULL);
}
