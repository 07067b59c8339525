/*
 * What the whole program reads again: the configuration, the token, a log file that was moved; and lines of the log
 * that cannot be forged.
 */
#include "tests/support/api_fixture.h"
#include "tests/support/scales.h"
#include "tests/support/test.h"

#include "engine/backend/json_scan.h"

#include <cjson/cJSON.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_OK 0
#define FILE_SIZE_MAX 65536

static void add_growing(struct api_fixture *fixture, const char *id)
{
    hosts_api_add(fixture->hosts, id, 10, 96);
}

static void add_content(struct api_fixture *fixture, const char *id)
{
    hosts_api_add(fixture->hosts, id, 10, 80);
}

/* --- HUP: the configuration -------------------------------------------------------------------------------------- */

#define PAUSED "policies:\n  - match: \"*\"\n    paused: true\n"

static void hup_pauses_and_resumes(void **state)
{
    struct api_fixture *fixture = *state;
    add_content(fixture, "a");
    api_fixture_start_with(fixture, "dry_run: false\n", NULL);
    api_fixture_wait_reads(fixture, "a", 2);
    api_fixture_reload(fixture, PAUSED, " info config_reloaded ");
    hosts_api_set_busy(fixture->hosts, "a", 96);
    const char *line = api_fixture_wait(fixture, " info held deployment=a ");
    assert_non_null(strstr(line, " reason=paused"));
    api_fixture_wait_reads(fixture, "a", 10);
    assert_int_equal(api_fixture_scales(fixture, "a"), 0);
    api_fixture_reload(fixture, "dry_run: false\n", " dry_run=no read_only=no policies=0");
    api_fixture_wait(fixture, "scaled deployment=a delta=+2 ");
    api_fixture_stop(fixture);
    assert_int_equal(api_fixture_scales(fixture, "a"), 1);
}

static void hup_turns_dry_run_on_and_off(void **state)
{
    struct api_fixture *fixture = *state;
    add_growing(fixture, "a");
    api_fixture_start_with(fixture, "dry_run: true\n", NULL);
    api_fixture_wait(fixture, " info dry_run deployment=a delta=+2 ");
    api_fixture_wait_reads(fixture, "a", 5);
    assert_int_equal(api_fixture_scales(fixture, "a"), 0);
    api_fixture_reload(fixture, "dry_run: false\n", " info config_reloaded ");
    api_fixture_wait(fixture, "scaled deployment=a delta=+2 ");
    api_fixture_stop(fixture);
    assert_int_equal(api_fixture_scales(fixture, "a"), 1);
}

/* The command line overrides the file, also after a reload. */
static void hup_does_not_undo_the_command_line(void **state)
{
    struct api_fixture *fixture = *state;
    add_growing(fixture, "a");
    api_fixture_start_with(fixture, "dry_run: false\n",
                           (const char *const[]){ "--read-only", NULL });
    api_fixture_wait_reads(fixture, "a", 3);
    api_fixture_reload(fixture, "read_only: false\n", " info config_reloaded ");
    api_fixture_wait_reads(fixture, "a", 5);
    api_fixture_stop(fixture);
    assert_int_equal(api_fixture_scales(fixture, "a"), 0);
}

static const struct broken_row {
    const char *name;
    const char *yaml;
    const char *said;
} broken_rows[] = {
    { "HUP: no YAML", "a: [b\n", "autoscaler.yaml:" },
    { "HUP: an unknown key", "paused: true\n", "autoscaler.yaml:1:1: " },
    { "HUP: out of range", PAUSED "defaults:\n  max_hosts: 0\n", "autoscaler.yaml:5:14: " },
    { "HUP: a fixed setting", PAUSED "simulation:\n  seed: 7\n", "cannot change while running" },
    { "HUP: an invalid log path", PAUSED "log:\n  file: /nonexistent/log\n", "/nonexistent/log" },
    { "HUP: a missing token file", PAUSED "api:\n  token_file: /nonexistent/token\n",
      "autoscaler.yaml:5:15: " },
};

static void an_invalid_configuration_changes_nothing(void **state)
{
    struct api_fixture *fixture = *state;
    const struct broken_row *row = fixture->program_fixture.row;
    add_content(fixture, "a");
    api_fixture_start_with(fixture, "dry_run: false\n", NULL);
    api_fixture_wait_reads(fixture, "a", 2);
    program_fixture_write(&fixture->program_fixture, API_FIXTURE_CONFIG, row->yaml, 0600);
    program_signal(fixture->program_fixture.program, SIGHUP);
    const char *line = api_fixture_wait(fixture, " error config_refused ");
    if (!strstr(line, row->said))
        fail_msg("no '%s' in: %s", row->said, line);
    hosts_api_set_busy(fixture->hosts, "a", 96);
    api_fixture_wait(fixture, "scaled deployment=a delta=+2 ");
    api_fixture_stop(fixture);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "config_reloaded"), 0);
}

/* Told after the first list and after a reload, for each policy that no deployment has. */
static void unused_policies_are_reported(void **state)
{
    struct api_fixture *fixture = *state;
    add_content(fixture, "eu-1");
    add_content(fixture, "us-1");
    api_fixture_start_with(fixture,
                           "policies: [{match: 'eu-*'}, {match: 'ue-*'}, {match: '?u-1'}]\n", NULL);
    api_fixture_wait(fixture, " warn policy_unused match=ue-*");
    api_fixture_wait(fixture, " warn policy_unused match=?u-1");
    api_fixture_wait_reads(fixture, "eu-1", 20);
    api_fixture_reload(fixture, "policies: [{match: 'us-*'}, {match: 'su-*'}]\n",
                       " info config_reloaded ");
    api_fixture_wait(fixture, " warn policy_unused match=su-*");
    api_fixture_wait_reads(fixture, "eu-1", 20);
    api_fixture_stop(fixture);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " policy_unused "), 3);
}

static void a_missing_file_changes_nothing(void **state)
{
    struct api_fixture *fixture = *state;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    add_content(fixture, "a");
    api_fixture_start_with(fixture, "dry_run: false\n", NULL);
    api_fixture_wait_reads(fixture, "a", 2);
    assert_int_equal(
        remove(program_fixture_path(&fixture->program_fixture, API_FIXTURE_CONFIG, path)), 0);
    program_signal(fixture->program_fixture.program, SIGHUP);
    api_fixture_wait(fixture, " error config_refused ");
    api_fixture_wait_reads(fixture, "a", 3);
    api_fixture_stop(fixture);
}

/* The number of parallel requests is fixed at start. */
static void hup_does_not_change_the_concurrency(void **state)
{
    struct api_fixture *fixture = *state;
    for (int i = 0; i < 60; i++) {
        char id[16];
        snprintf(id, sizeof id, "d%d", i);
        add_content(fixture, id);
    }
    api_fixture_start_with(fixture, "api:\n  concurrency: 2\n",
                           (const char *const[]){ "--log-level=debug", NULL });
    api_fixture_wait_reads(fixture, "d59", 1);
    program_fixture_write(&fixture->program_fixture, API_FIXTURE_CONFIG,
                          "api:\n  concurrency: 50\n", 0600);
    program_signal(fixture->program_fixture.program, SIGHUP);
    api_fixture_wait(fixture, " error config_refused ");
    api_fixture_wait_reads(fixture, "d59", 5);
    api_fixture_stop(fixture);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "too many"), 0);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "status_failed"), 0);
}

static void hup_loads_a_new_token(void **state)
{
    struct api_fixture *fixture = *state;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    char yaml[PROGRAM_FIXTURE_PATH_SIZE + 64];
    add_content(fixture, "a");
    program_fixture_write(&fixture->program_fixture, "token", "canary-first\n", 0600);
    snprintf(yaml, sizeof yaml, "api:\n  token_file: %s\n",
             program_fixture_path(&fixture->program_fixture, "token", path));
    api_fixture_start_with(fixture, yaml, NULL);
    api_fixture_wait_reads(fixture, "a", 2);
    assert_header(fake_api_find(fixture->program_fixture.api, NULL, NULL, 0), "Authorization",
                  "Bearer canary-first");
    program_fixture_write(&fixture->program_fixture, "token", "canary-second\n", 0600);
    api_fixture_reload(fixture, yaml, " info config_reloaded ");
    hosts_api_set_busy(fixture->hosts, "a", 96);
    api_fixture_wait(fixture, "scaled deployment=a ");
    api_fixture_wait_reads(fixture, "a", 2);
    api_fixture_stop(fixture);
    int64_t count = fake_api_count(fixture->program_fixture.api, NULL, NULL);
    assert_header(fake_api_find(fixture->program_fixture.api, NULL, NULL, count - 1),
                  "Authorization", "Bearer canary-second");
    assert_header(fake_api_find(fixture->program_fixture.api, "POST", NULL, 0), "Authorization",
                  "Bearer canary-second");
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "canary"), 0);
}

/* --- the log ----------------------------------------------------------------------------------------------------- */

struct log_file {
    char path[PROGRAM_FIXTURE_PATH_SIZE];
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

static void wait_for_file(struct api_fixture *fixture, struct log_file *file, const char *wanted)
{
    file->wanted = wanted;
    program_wait_until(fixture->program_fixture.program, has_wanted_line, file, wanted);
}

/* A file that must not be used is reported once; the old token stays in use until the file is good again. */
static void a_bad_token_file_changes_nothing(void **state)
{
    struct api_fixture *fixture = *state;
    struct program_fixture *program = &fixture->program_fixture;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    char option[PROGRAM_FIXTURE_PATH_SIZE + 32];
    add_content(fixture, "a");
    program_fixture_write(program, "token", "canary-first\n", 0600);
    snprintf(option, sizeof option, "--set=api.token_file=%s",
             program_fixture_path(program, "token", path));
    api_fixture_start(fixture, (const char *const[]){ option, NULL });
    api_fixture_wait_reads(fixture, "a", 3);
    program_fixture_write(program, "token", "canary-second\n", 0644);
    const char *line = api_fixture_wait(fixture, " error token_refused file=");
    assert_non_null(strstr(line, "others have access to it (mode 0644, not 0600)"));
    api_fixture_wait_reads(fixture, "a", 10);
    int64_t last = fake_api_count(program->api, NULL, NULL) - 1;
    assert_header(fake_api_find(program->api, NULL, NULL, last), "Authorization",
                  "Bearer canary-first");
    unlink(path);
    line = api_fixture_wait(fixture, " error token_refused file=");
    assert_non_null(strstr(line, "No such file or directory"));
    program_fixture_write(program, "token", "canary-third\n", 0600);
    api_fixture_wait(fixture, " info token_reloaded file=");
    int64_t first =
        fake_api_count(program->api, NULL, NULL) + 4; /* after requests that may be in flight */
    api_fixture_wait_reads(fixture, "a", 10);
    assert_header(fake_api_find(program->api, NULL, NULL, first), "Authorization",
                  "Bearer canary-third");
    api_fixture_stop(fixture);
    assert_int_equal(program_count_lines(program->program, " token_refused "), 2);
    assert_int_equal(program_count_lines(program->program, "canary"), 0);
}

static void hup_reopens_a_moved_log(void **state)
{
    struct api_fixture *fixture = *state;
    static struct log_file log, moved;
    char argument[PROGRAM_FIXTURE_PATH_SIZE + 16];
    size_t size;
    add_content(fixture, "a");
    program_fixture_path(&fixture->program_fixture, "log", log.path);
    program_fixture_path(&fixture->program_fixture, "log.1", moved.path);
    snprintf(argument, sizeof argument, "--log-file=%s", log.path);
    api_fixture_start(fixture, (const char *const[]){ argument, "--pass-interval=1h",
                                                      "--discovery-interval=1h", NULL });
    wait_for_file(fixture, &log, "pass_done");
    assert_int_equal(rename(log.path, moved.path), 0);
    program_signal(fixture->program_fixture.program, SIGUSR1);
    wait_for_file(fixture, &moved, "pass_done pass=2 ");
    program_signal(fixture->program_fixture.program, SIGHUP);
    wait_for_file(fixture, &log, "log_reopened");
    wait_for_file(fixture, &log, "pass_done pass=3 ");
    assert_int_equal(program_fixture_stop(&fixture->program_fixture), EXIT_OK);
    wait_for_file(fixture, &log, "engine_stopped");
    wait_for_file(fixture, &moved, "engine_started");
    assert_null(strstr(moved.text, "log_reopened"));
    assert_null(strstr(log.text, "engine_started"));
    assert_string_equal(program_log(fixture->program_fixture.program, &size), "");
}

/* Printable ids and error bodies that imitate other log fields. */
static void add_hostile(struct api_fixture *fixture)
{
    add_growing(fixture, "x%20delta%3D%2B9%20reason%3Dnone"); /* the path; see discovery below */
    add_content(fixture, "b");
    hosts_api_trouble_site(fixture->hosts, "b", TROUBLE_ERROR, FOR_EVER);
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, TROUBLE_REFUSED, FOR_EVER);
}

/* The list has decoded ids; statuses are requested by path. */
static void respond_hostile(void *context, const struct fake_request *request,
                            struct fake_answer *ret_answer)
{
    struct api_fixture *fixture = context;
    if (strcmp(request->path, "/discover") == 0)
        ret_answer->body = "{\"deployments\":["
                           "{\"id\":\"x delta=+9 reason=none\",\"servers_per_host\":10,"
                           "\"target_free_pct\":20},"
                           "{\"id\":\"b\",\"servers_per_host\":10,\"target_free_pct\":20},"
                           "{\"id\":\"\\u202e\\\"q\\\\\",\"servers_per_host\":0,"
                           "\"target_free_pct\":20},"
                           "{\"id\":\"c\\n2026-01-01T00:00:00.000Z info scaled deployment=d\"}]}";
    else
        hosts_api_answer(fixture->hosts, request, ret_answer);
}

static void start_hostile(struct api_fixture *fixture, const char *format)
{
    add_hostile(fixture);
    fake_api_set_answer(fixture->program_fixture.api, respond_hostile, fixture);
    api_fixture_start(fixture, (const char *const[]){ "--log-level=debug", format, NULL });
    /* The scale of one deployment and the read of another: they are logged in either order. */
    api_fixture_wait_lines(fixture, "scale_failed", 1);
    api_fixture_wait_lines(fixture, "status_failed", 1);
    api_fixture_stop(fixture);
}

static void text_lines_cannot_be_forged(void **state)
{
    struct api_fixture *fixture = *state;
    size_t size;
    start_hostile(fixture, "--log-format=text");
    struct program *program = fixture->program_fixture.program;
    const char *log = program_log(program, &size);
    assert_printable(log, size);
    const char *line;
    for (int64_t i = 0; (line = program_find_line(program, "", i)); i++) {
        assert_log_line(line);
        assert_null(strstr(line, "scaled deployment=d"));
    }
    /* The second line of the error body is escaped into the first. */
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
    struct api_fixture *fixture = *state;
    size_t size;
    start_hostile(fixture, "--log-format=json");
    struct program *program = fixture->program_fixture.program;
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
    struct api_fixture *fixture = *state;
    add_growing(fixture, "a");
    api_fixture_start(fixture, (const char *const[]){ "--log-level=error", NULL });
    api_fixture_wait_reads(fixture, "a", 5);
    assert_int_equal(program_fixture_stop(&fixture->program_fixture), EXIT_OK);
    size_t size;
    assert_string_equal(program_log(fixture->program_fixture.program, &size), "");
}

/* False: this machine cannot compile the locale. */
static bool make_german_locale(const struct api_fixture *fixture)
{
    char command[3 * PROGRAM_FIXTURE_PATH_SIZE];
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >%s/out 2>&1",
             fixture->program_fixture.directory, fixture->program_fixture.directory);
    return system(command) == 0;
}

/* A locale with a decimal comma affects neither the log nor the JSON, in either direction. */
static void a_decimal_comma_has_no_effect(void **state)
{
    struct api_fixture *fixture = *state;
    char path[PROGRAM_FIXTURE_PATH_SIZE + 16];
    if (!make_german_locale(fixture))
        skip();
    snprintf(path, sizeof path, "LOCPATH=%s", fixture->program_fixture.directory);
    /* The C library never frees the path of the locales. */
    fixture->program_fixture.environment =
        (const char *const[]){ path, "LC_ALL=de_DE.UTF-8", "LANG=de_DE.UTF-8",
                               "ASAN_OPTIONS=detect_leaks=0", NULL };
    hosts_api_add(fixture->hosts, "a", 100, 1000);
    api_fixture_start(fixture, (const char *const[]){ "--log-format=json", "--log-level=debug",
                                                      "--set=defaults.max_step_up=2.5%",
                                                      "--pass-interval=0.01s", NULL });
    api_fixture_wait(fixture, "\"event\":\"scaled\",\"deployment\":\"a\",\"delta\":3,");
    api_fixture_stop(fixture);
    const char *line;
    for (int64_t i = 0; (line = program_find_line(fixture->program_fixture.program, "", i)); i++)
        assert_json_line(line);
}

#define API_FIXTURE_TEST(function)                                                                 \
    {                                                                                              \
#function, function, NULL, NULL, NULL                                                      \
    }

int main(void)
{
    static const struct CMUnitTest tests[] = {
        API_FIXTURE_TEST(hup_pauses_and_resumes),
        API_FIXTURE_TEST(hup_turns_dry_run_on_and_off),
        API_FIXTURE_TEST(hup_does_not_undo_the_command_line),
        API_FIXTURE_TEST(unused_policies_are_reported),
        API_FIXTURE_TEST(a_missing_file_changes_nothing),
        API_FIXTURE_TEST(hup_does_not_change_the_concurrency),
        API_FIXTURE_TEST(hup_loads_a_new_token),
        API_FIXTURE_TEST(a_bad_token_file_changes_nothing),
        API_FIXTURE_TEST(hup_reopens_a_moved_log),
        API_FIXTURE_TEST(text_lines_cannot_be_forged),
        API_FIXTURE_TEST(every_json_line_is_json),
        API_FIXTURE_TEST(levels_are_kept_apart),
        API_FIXTURE_TEST(a_decimal_comma_has_no_effect),
    };
    struct CMUnitTest all[COUNT_OF(tests) + COUNT_OF(broken_rows)];
    memcpy(all, tests, sizeof tests);
    struct CMUnitTest *at = all + COUNT_OF(tests);
    TESTS_FROM_ROWS(at, broken_rows, an_invalid_configuration_changes_nothing);
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        all[i].setup_func = api_fixture_enter;
        all[i].teardown_func = api_fixture_leave;
    }
    return cmocka_run_group_tests_name("reload", all, NULL, NULL);
}
