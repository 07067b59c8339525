/*
 * How the whole program is told things while it runs, and how it tells: signals, a configuration that is read again, a
 * log that is moved away, lines that nobody can forge.
 */
#include "tests/support/api_fixture.h"
#include "tests/support/document.h"
#include "tests/support/scales.h"
#include "tests/support/test.h"

#include "engine/backend/json_scan.h"

#include <cjson/cJSON.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_OK 0
#define EXIT_TROUBLE 1
#define LONG_TIMEOUT "--timeout=10m" /* nobody waits for that: far beyond any patience */
#define FILE_SIZE_MAX 65536

static void add_growing(struct scene *scene, const char *id)
{
    hosts_api_add(scene->hosts, id, 10, 96);
}

static void add_content(struct scene *scene, const char *id)
{
    hosts_api_add(scene->hosts, id, 10, 80);
}

/* --- the end ----------------------------------------------------------------------------------------------------- */

static const struct stop_row {
    const char *name;
    int number;
    const char *answer; /* what the scale gets at last; NULL: nothing, its connection is closed */
    const char *told;   /* about its outcome */
} stop_rows[] = {
    { "TERM, then the scale is accepted", SIGTERM, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      " info scaled deployment=a delta=+2 " },
    { "INT, then the scale is accepted", SIGINT, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      " info scaled deployment=a delta=+2 " },
    { "TERM, then the scale is refused", SIGTERM, "HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n",
      " error scale_failed deployment=a delta=+2 " },
    { "TERM, then the scale fails", SIGTERM, "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
      " error scale_unconfirmed deployment=a delta=+2 " },
    { "TERM, then the answer is lost", SIGTERM, NULL,
      " error scale_unconfirmed deployment=a delta=+2 " },
};

/* A pass in which a scale waits for its answer, and a read for its own. */
static int64_t start_busy_pass(struct scene *scene)
{
    add_content(scene, "slow");
    add_growing(scene, "a");
    hosts_api_trouble_site(scene->hosts, "slow", TROUBLE_HUNG, FOR_EVER);
    hosts_api_trouble(scene->hosts, REQUEST_SCALE, TROUBLE_HUNG_APPLIED, FOR_EVER);
    scene_start(scene, (const char *const[]){ LONG_TIMEOUT, NULL });
    stage_wait(&scene->stage, "POST", "/scale", 1);
    stage_wait(&scene->stage, "GET", "/status/slow", 1);
    return fake_api_find(scene->stage.api, "POST", "/scale", 0)->connection;
}

static void a_stop_awaits_scales_and_no_reads(void **state)
{
    struct scene *scene = *state;
    const struct stop_row *row = scene->stage.row;
    const char *answer = row->answer ? row->answer : "";
    int64_t connection = start_busy_pass(scene);
    program_signal(scene->stage.program, row->number);
    const char *line = scene_wait(scene, " info engine_stopping ");
    assert_int_equal(line_number(line, "scales_in_flight"), 1);
    assert_true(fake_api_send(scene->stage.api, connection, answer, strlen(answer), FAKE_CLOSE));
    scene_wait(scene, row->told);
    scene_wait(scene, " info engine_stopped ");
    assert_int_equal(program_finish(scene->stage.program), EXIT_OK);
    assert_int_equal(scene_scales(scene, "a"), 1);
    assert_int_equal(program_count_lines(scene->stage.program, "status_failed"), 0);
}

static void a_stop_awaits_a_scale_until_its_timeout(void **state)
{
    struct scene *scene = *state;
    add_growing(scene, "a");
    hosts_api_trouble(scene->hosts, REQUEST_SCALE, TROUBLE_HUNG, FOR_EVER);
    scene_start(scene, (const char *const[]){ "--timeout=1s", NULL });
    stage_wait(&scene->stage, "POST", "/scale", 1);
    program_signal(scene->stage.program, SIGTERM);
    scene_wait(scene, " info engine_stopping ");
    scene_wait(scene, " error scale_unconfirmed deployment=a ");
    assert_int_equal(program_finish(scene->stage.program), EXIT_OK);
}

static void a_second_signal_ends_at_once(void **state)
{
    struct scene *scene = *state;
    start_busy_pass(scene);
    program_signal(scene->stage.program, SIGTERM);
    scene_wait(scene, " info engine_stopping ");
    program_signal(scene->stage.program, SIGTERM);
    /* Somebody will have to look the key up in the API's log. */
    scene_wait(scene, " error scale_unconfirmed deployment=a delta=+2 key=");
    assert_int_equal(program_finish(scene->stage.program), EXIT_TROUBLE);
}

/* What was sent before has been done, and the report says so. */
static void once_interrupted_reports_what_was_done(void **state)
{
    struct scene *scene = *state;
    add_content(scene, "slow");
    add_growing(scene, "a");
    hosts_api_trouble_site(scene->hosts, "slow", TROUBLE_HUNG, FOR_EVER);
    stage_start(&scene->stage,
                (const char *const[]){ "--once", LONG_TIMEOUT, "--log-level=info", NULL });
    scene_wait(scene, " info scaled deployment=a ");
    stage_wait(&scene->stage, "GET", "/status/slow", 1);
    program_signal(scene->stage.program, SIGINT);
    assert_int_equal(program_finish(scene->stage.program), EXIT_TROUBLE);
    size_t size;
    const char *output = program_output(scene->stage.program, &size);
    assert_non_null(strstr(output, "scaled      below_target"));
    assert_int_equal(program_count_lines(scene->stage.program, "autoscaler: interrupted, "), 1);
}

/* The one that nobody has read yet stands there as well, with nothing known. */
static void once_interrupted_reports_in_json(void **state)
{
    struct scene *scene = *state;
    struct document document;
    size_t size;
    add_content(scene, "slow");
    add_growing(scene, "a");
    hosts_api_trouble_site(scene->hosts, "slow", TROUBLE_HUNG, FOR_EVER);
    stage_start(&scene->stage, (const char *const[]){ "--once", "--output=json", LONG_TIMEOUT,
                                                      "--log-level=info", NULL });
    scene_wait(scene, " info scaled deployment=a ");
    stage_wait(&scene->stage, "GET", "/status/slow", 1);
    program_signal(scene->stage.program, SIGINT);
    assert_int_equal(program_finish(scene->stage.program), EXIT_TROUBLE);
    const char *output = program_output(scene->stage.program, &size);
    document_init(&document, output, size);
    assert_string_equal(member_string(document_find(&document, "a"), "action"), "scaled");
    assert_string_equal(member_string(document_find(&document, "slow"), "action"), "none");
    assert_member_null(document_find(&document, "slow"), "desired_hosts");
    document_fini(&document);
}

static void other_signals_change_nothing_about_a_stop(void **state)
{
    struct scene *scene = *state;
    const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    int64_t connection = start_busy_pass(scene);
    program_signal(scene->stage.program, SIGTERM);
    scene_wait(scene, " info engine_stopping ");
    program_signal(scene->stage.program, SIGUSR1);
    program_signal(scene->stage.program, SIGUSR2);
    program_signal(scene->stage.program, SIGHUP);
    assert_true(fake_api_send(scene->stage.api, connection, answer, strlen(answer), FAKE_CLOSE));
    scene_wait(scene, " info scaled deployment=a ");
    assert_int_equal(program_finish(scene->stage.program), EXIT_OK);
}

static void a_stop_does_not_wait_for_a_discovery(void **state)
{
    struct scene *scene = *state;
    hosts_api_trouble(scene->hosts, REQUEST_DISCOVERY, TROUBLE_HUNG, FOR_EVER);
    scene_start(scene, (const char *const[]){ LONG_TIMEOUT, NULL });
    stage_wait(&scene->stage, "GET", "/discover", 1);
    scene_stop(scene);
}

static void a_stop_with_nothing_to_do(void **state)
{
    struct scene *scene = *state;
    add_content(scene, "a");
    scene_start(scene,
                (const char *const[]){ "--pass-interval=1h", "--discovery-interval=1h", NULL });
    scene_wait(scene, "pass_done ");
    scene_stop(scene);
}

static void once_can_be_stopped(void **state)
{
    struct scene *scene = *state;
    size_t size;
    hosts_api_trouble(scene->hosts, REQUEST_DISCOVERY, TROUBLE_HUNG, FOR_EVER);
    stage_start(&scene->stage, (const char *const[]){ "--once", LONG_TIMEOUT, NULL });
    stage_wait(&scene->stage, "GET", "/discover", 1);
    assert_int_equal(stage_stop(&scene->stage), EXIT_TROUBLE);
    assert_string_equal(program_output(scene->stage.program, &size), "");
}

/* --- USR1 and USR2 ------------------------------------------------------------------------------------------------- */

static void usr1_is_a_pass_and_usr2_a_discovery(void **state)
{
    struct scene *scene = *state;
    add_content(scene, "a");
    scene_start(scene,
                (const char *const[]){ "--pass-interval=1h", "--discovery-interval=1h", NULL });
    scene_wait(scene, "pass_done pass=1 ");
    hosts_api_set_busy(scene->hosts, "a", 96);
    program_signal(scene->stage.program, SIGUSR1);
    scene_wait(scene, "operator_command command=pass ");
    scene_wait(scene, "scaled deployment=a delta=+2 ");
    scene_wait(scene, "pass_done pass=2 ");
    assert_int_equal(fake_api_count(scene->stage.api, "GET", "/discover"), 1);
    add_growing(scene, "b");
    program_signal(scene->stage.program, SIGUSR2);
    scene_wait(scene, "operator_command command=discovery ");
    scene_wait(scene, "discovery_done deployments=2 new=1 ");
    scene_wait(scene, "scaled deployment=b delta=+2 ");
    scene_wait(scene, "pass_done pass=3 ");
    scene_stop(scene);
    assert_int_equal(fake_api_count(scene->stage.api, "GET", "/discover"), 2);
    assert_int_equal(fake_api_count(scene->stage.api, "GET", "/status/a"), 3);
}

/* --- HUP: the configuration ------------------------------------------------------------------------------------------ */

#define PAUSED "policies:\n  - match: \"*\"\n    paused: true\n"

static void hup_pauses_and_resumes(void **state)
{
    struct scene *scene = *state;
    add_content(scene, "a");
    scene_start_with(scene, "dry_run: false\n", NULL);
    scene_wait_reads(scene, "a", 2);
    scene_reload(scene, PAUSED, " info config_reloaded ");
    hosts_api_set_busy(scene->hosts, "a", 96);
    const char *line = scene_wait(scene, " info held deployment=a ");
    assert_non_null(strstr(line, " reason=paused"));
    scene_wait_reads(scene, "a", 10);
    assert_int_equal(scene_scales(scene, "a"), 0);
    scene_reload(scene, "dry_run: false\n", " dry_run=no read_only=no policies=0");
    scene_wait(scene, "scaled deployment=a delta=+2 ");
    scene_stop(scene);
    assert_int_equal(scene_scales(scene, "a"), 1);
}

static void hup_turns_dry_run_on_and_off(void **state)
{
    struct scene *scene = *state;
    add_growing(scene, "a");
    scene_start_with(scene, "dry_run: true\n", NULL);
    scene_wait(scene, " info dry_run deployment=a delta=+2 ");
    scene_wait_reads(scene, "a", 5);
    assert_int_equal(scene_scales(scene, "a"), 0);
    scene_reload(scene, "dry_run: false\n", " info config_reloaded ");
    scene_wait(scene, "scaled deployment=a delta=+2 ");
    scene_stop(scene);
    assert_int_equal(scene_scales(scene, "a"), 1);
}

/* The command line is stronger than the file, then as before. */
static void hup_does_not_undo_the_command_line(void **state)
{
    struct scene *scene = *state;
    add_growing(scene, "a");
    scene_start_with(scene, "dry_run: false\n", (const char *const[]){ "--read-only", NULL });
    scene_wait_reads(scene, "a", 3);
    scene_reload(scene, "read_only: false\n", " info config_reloaded ");
    scene_wait_reads(scene, "a", 5);
    scene_stop(scene);
    assert_int_equal(scene_scales(scene, "a"), 0);
}

static const struct broken_row {
    const char *name;
    const char *yaml;
    const char *said;
} broken_rows[] = {
    { "HUP: no YAML", "a: [b\n", "autoscaler.yaml:" },
    { "HUP: an unknown key", "paused: true\n", "autoscaler.yaml:1:1: " },
    { "HUP: out of range", PAUSED "defaults:\n  max_hosts: 0\n", "autoscaler.yaml:5:14: " },
    { "HUP: what cannot change", PAUSED "simulation:\n  seed: 7\n", "cannot change while running" },
    { "HUP: a log that cannot be", PAUSED "log:\n  file: /nonexistent/log\n", "/nonexistent/log" },
    { "HUP: a token file that is gone", PAUSED "api:\n  token_file: /nonexistent/token\n",
      "autoscaler.yaml:5:15: " },
};

static void a_broken_configuration_changes_nothing(void **state)
{
    struct scene *scene = *state;
    const struct broken_row *row = scene->stage.row;
    add_content(scene, "a");
    scene_start_with(scene, "dry_run: false\n", NULL);
    scene_wait_reads(scene, "a", 2);
    stage_write(&scene->stage, SCENE_CONFIG, row->yaml, 0600);
    program_signal(scene->stage.program, SIGHUP);
    const char *line = scene_wait(scene, " error config_refused ");
    if (!strstr(line, row->said))
        fail_msg("no '%s' in: %s", row->said, line);
    hosts_api_set_busy(scene->hosts, "a", 96);
    scene_wait(scene, "scaled deployment=a delta=+2 ");
    scene_stop(scene);
    assert_int_equal(program_count_lines(scene->stage.program, "config_reloaded"), 0);
}

static void a_file_that_is_gone_changes_nothing(void **state)
{
    struct scene *scene = *state;
    char path[STAGE_PATH_SIZE];
    add_content(scene, "a");
    scene_start_with(scene, "dry_run: false\n", NULL);
    scene_wait_reads(scene, "a", 2);
    assert_int_equal(remove(stage_path(&scene->stage, SCENE_CONFIG, path)), 0);
    program_signal(scene->stage.program, SIGHUP);
    scene_wait(scene, " error config_refused ");
    scene_wait_reads(scene, "a", 3);
    scene_stop(scene);
}

/* There is room for as many requests as it started with. */
static void hup_does_not_change_the_concurrency(void **state)
{
    struct scene *scene = *state;
    for (int i = 0; i < 60; i++) {
        char id[16];
        snprintf(id, sizeof id, "d%d", i);
        add_content(scene, id);
    }
    scene_start_with(scene, "api:\n  concurrency: 2\n",
                     (const char *const[]){ "--log-level=debug", NULL });
    scene_wait_reads(scene, "d59", 1);
    stage_write(&scene->stage, SCENE_CONFIG, "api:\n  concurrency: 50\n", 0600);
    program_signal(scene->stage.program, SIGHUP);
    scene_wait(scene, " error config_refused ");
    scene_wait_reads(scene, "d59", 5);
    scene_stop(scene);
    assert_int_equal(program_count_lines(scene->stage.program, "too many"), 0);
    assert_int_equal(program_count_lines(scene->stage.program, "status_failed"), 0);
}

static void hup_brings_a_new_token(void **state)
{
    struct scene *scene = *state;
    char path[STAGE_PATH_SIZE];
    char yaml[STAGE_PATH_SIZE + 64];
    add_content(scene, "a");
    stage_write(&scene->stage, "token", "canary-first\n", 0600);
    snprintf(yaml, sizeof yaml, "api:\n  token_file: %s\n",
             stage_path(&scene->stage, "token", path));
    scene_start_with(scene, yaml, NULL);
    scene_wait_reads(scene, "a", 2);
    assert_header(fake_api_find(scene->stage.api, NULL, NULL, 0), "Authorization",
                  "Bearer canary-first");
    stage_write(&scene->stage, "token", "canary-second\n", 0600);
    scene_reload(scene, yaml, " info config_reloaded ");
    hosts_api_set_busy(scene->hosts, "a", 96);
    scene_wait(scene, "scaled deployment=a ");
    scene_wait_reads(scene, "a", 2);
    scene_stop(scene);
    int64_t count = fake_api_count(scene->stage.api, NULL, NULL);
    assert_header(fake_api_find(scene->stage.api, NULL, NULL, count - 1), "Authorization",
                  "Bearer canary-second");
    assert_header(fake_api_find(scene->stage.api, "POST", NULL, 0), "Authorization",
                  "Bearer canary-second");
    assert_int_equal(program_count_lines(scene->stage.program, "canary"), 0);
}

/* --- the log --------------------------------------------------------------------------------------------------------- */

struct log_file {
    char path[STAGE_PATH_SIZE];
    const char *wanted;
    char text[FILE_SIZE_MAX];
};

static bool has_wanted_line(void *context)
{
    struct log_file *file = context;
    FILE *in = fopen(file->path, "rb");
    if (!in)
        return false;
    size_t size = fread(file->text, 1, sizeof file->text - 1, in);
    file->text[size] = '\0';
    fclose(in);
    return strstr(file->text, file->wanted);
}

static void wait_for_file(struct scene *scene, struct log_file *file, const char *wanted)
{
    file->wanted = wanted;
    program_wait_until(scene->stage.program, has_wanted_line, file, wanted);
}

static void hup_opens_a_log_that_was_moved_away(void **state)
{
    struct scene *scene = *state;
    static struct log_file log, moved;
    char argument[STAGE_PATH_SIZE + 16];
    size_t size;
    add_content(scene, "a");
    stage_path(&scene->stage, "log", log.path);
    stage_path(&scene->stage, "log.1", moved.path);
    snprintf(argument, sizeof argument, "--log-file=%s", log.path);
    scene_start(scene, (const char *const[]){ argument, "--pass-interval=1h",
                                              "--discovery-interval=1h", NULL });
    wait_for_file(scene, &log, "pass_done");
    assert_int_equal(rename(log.path, moved.path), 0);
    program_signal(scene->stage.program, SIGUSR1);
    wait_for_file(scene, &moved, "pass_done pass=2 ");
    program_signal(scene->stage.program, SIGHUP);
    wait_for_file(scene, &log, "log_reopened");
    wait_for_file(scene, &log, "pass_done pass=3 ");
    assert_int_equal(stage_stop(&scene->stage), EXIT_OK);
    wait_for_file(scene, &log, "engine_stopped");
    wait_for_file(scene, &moved, "engine_started");
    assert_null(strstr(moved.text, "log_reopened"));
    assert_null(strstr(log.text, "engine_started"));
    assert_string_equal(program_log(scene->stage.program, &size), "");
}

/* Printable ids and error bodies that would pass for something else. */
static void add_hostile(struct scene *scene)
{
    add_growing(scene, "x%20delta%3D%2B9%20reason%3Dnone"); /* as its path; see discovery below */
    add_content(scene, "b");
    hosts_api_trouble_site(scene->hosts, "b", TROUBLE_ERROR, FOR_EVER);
    hosts_api_trouble(scene->hosts, REQUEST_SCALE, TROUBLE_REFUSED, FOR_EVER);
}

/* Ids in the list as people would read them, statuses by their paths. */
static void answer_hostile(void *context, const struct fake_request *request,
                           struct fake_answer *ret_answer)
{
    struct scene *scene = context;
    if (strcmp(request->path, "/discover") == 0)
        ret_answer->body = "{\"deployments\":["
                           "{\"id\":\"x delta=+9 reason=none\",\"servers_per_host\":10,"
                           "\"target_free_pct\":20},"
                           "{\"id\":\"b\",\"servers_per_host\":10,\"target_free_pct\":20},"
                           "{\"id\":\"\\u202e\\\"q\\\\\",\"servers_per_host\":0,"
                           "\"target_free_pct\":20},"
                           "{\"id\":\"c\\n2026-01-01T00:00:00.000Z info scaled deployment=d\"}]}";
    else
        hosts_api_answer(scene->hosts, request, ret_answer);
}

static void start_hostile(struct scene *scene, const char *format)
{
    add_hostile(scene);
    fake_api_set_answer(scene->stage.api, answer_hostile, scene);
    scene_start(scene, (const char *const[]){ "--log-level=debug", format, NULL });
    scene_wait(scene, "scale_failed");
    scene_wait(scene, "status_failed");
    scene_wait(scene, "pass_done");
    scene_stop(scene);
}

static void text_lines_cannot_be_forged(void **state)
{
    struct scene *scene = *state;
    size_t size;
    start_hostile(scene, "--log-format=text");
    struct program *program = scene->stage.program;
    const char *log = program_log(program, &size);
    assert_printable(log, size);
    const char *line;
    for (int64_t i = 0; (line = program_find_line(program, "", i)); i++) {
        assert_log_line(line);
        assert_null(strstr(line, "scaled deployment=d"));
    }
    /* The second line of the error body is part of the first. */
    line = program_find_line(program, "status_failed deployment=b ", 0);
    assert_non_null(line);
    assert_non_null(strstr(line, "x1b[2J"));
    assert_non_null(strstr(line, "u{202e}no 2026-01-01T00:00:00.000Z info scaled deployment=a\""));
    line = program_find_line(program, "scale_failed ", 0);
    assert_non_null(strstr(line, " deployment=\"x delta=+9 reason=none\" delta=+2 "));
}

static void assert_json_line(const char *line)
{
    struct json_fault fault;
    if (!json_scan_check(line, (struct json_span){ .end = strlen(line) }, &fault))
        fail_msg("%s at byte %zu of: %s", fault.text, fault.offset, line);
    cJSON *root = cJSON_Parse(line);
    static const char *const keys[] = { "at", "level", "event" };
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        assert_true(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(root, keys[i])));
    cJSON_Delete(root);
}

static void every_json_line_is_json(void **state)
{
    struct scene *scene = *state;
    size_t size;
    start_hostile(scene, "--log-format=json");
    struct program *program = scene->stage.program;
    const char *log = program_log(program, &size);
    assert_printable(log, size);
    const char *line;
    for (int64_t i = 0; (line = program_find_line(program, "", i)); i++)
        assert_json_line(line);
    line = program_find_line(program, "\"event\":\"scale_failed\"", 0);
    assert_non_null(line);
    assert_non_null(strstr(line, "\"deployment\":\"x delta=+9 reason=none\",\"delta\":2,"));
}

static void levels_are_kept_apart(void **state)
{
    struct scene *scene = *state;
    add_growing(scene, "a");
    scene_start(scene, (const char *const[]){ "--log-level=error", NULL });
    scene_wait_reads(scene, "a", 5);
    assert_int_equal(stage_stop(&scene->stage), EXIT_OK);
    size_t size;
    assert_string_equal(program_log(scene->stage.program, &size), "");
}

/* False: this machine cannot make such a locale. */
static bool make_german_locale(const struct scene *scene)
{
    char command[3 * STAGE_PATH_SIZE];
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >%s/out 2>&1",
             scene->stage.folder, scene->stage.folder);
    return system(command) == 0;
}

/* A comma for the decimal point reaches neither the log nor the wire, and none is expected. */
static void a_decimal_comma_stays_outside(void **state)
{
    struct scene *scene = *state;
    char path[STAGE_PATH_SIZE + 16];
    if (!make_german_locale(scene))
        skip();
    snprintf(path, sizeof path, "LOCPATH=%s", scene->stage.folder);
    /* The C library keeps the path of the locales for ever. */
    scene->stage.environment =
        (const char *const[]){ path, "LC_ALL=de_DE.UTF-8", "LANG=de_DE.UTF-8",
                               "ASAN_OPTIONS=detect_leaks=0", NULL };
    hosts_api_add(scene->hosts, "a", 100, 1000);
    scene_start(scene, (const char *const[]){ "--log-format=json", "--log-level=debug",
                                              "--set=defaults.max_step_up=2.5%",
                                              "--pass-interval=0.01s", NULL });
    scene_wait(scene, "\"event\":\"scaled\",\"deployment\":\"a\",\"delta\":3,");
    scene_stop(scene);
    const char *line;
    for (int64_t i = 0; (line = program_find_line(scene->stage.program, "", i)); i++)
        assert_json_line(line);
}

#define SCENE_TEST(function)                                                                       \
    {                                                                                              \
#function, function, NULL, NULL, NULL                                                      \
    }

int main(void)
{
    static const struct CMUnitTest tests[] = {
        SCENE_TEST(a_stop_awaits_a_scale_until_its_timeout),
        SCENE_TEST(a_second_signal_ends_at_once),
        SCENE_TEST(once_interrupted_reports_what_was_done),
        SCENE_TEST(once_interrupted_reports_in_json),
        SCENE_TEST(other_signals_change_nothing_about_a_stop),
        SCENE_TEST(a_stop_does_not_wait_for_a_discovery),
        SCENE_TEST(a_stop_with_nothing_to_do),
        SCENE_TEST(once_can_be_stopped),
        SCENE_TEST(usr1_is_a_pass_and_usr2_a_discovery),
        SCENE_TEST(hup_pauses_and_resumes),
        SCENE_TEST(hup_turns_dry_run_on_and_off),
        SCENE_TEST(hup_does_not_undo_the_command_line),
        SCENE_TEST(a_file_that_is_gone_changes_nothing),
        SCENE_TEST(hup_does_not_change_the_concurrency),
        SCENE_TEST(hup_brings_a_new_token),
        SCENE_TEST(hup_opens_a_log_that_was_moved_away),
        SCENE_TEST(text_lines_cannot_be_forged),
        SCENE_TEST(every_json_line_is_json),
        SCENE_TEST(levels_are_kept_apart),
        SCENE_TEST(a_decimal_comma_stays_outside),
    };
    struct CMUnitTest all[COUNT_OF(tests) + COUNT_OF(stop_rows) + COUNT_OF(broken_rows)];
    struct CMUnitTest *at = all + COUNT_OF(tests);
    memcpy(all, tests, sizeof tests);
    TESTS_FROM_ROWS(at, stop_rows, a_stop_awaits_scales_and_no_reads);
    at += COUNT_OF(stop_rows);
    TESTS_FROM_ROWS(at, broken_rows, a_broken_configuration_changes_nothing);
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        all[i].setup_func = scene_enter;
        all[i].teardown_func = scene_leave;
    }
    return cmocka_run_group_tests_name("signals", all, NULL, NULL);
}
