/*
 * Signals to the whole program: stops, passes and discoveries, and signals at the start.
 */
#include "tests/support/api_fixture.h"
#include "tests/support/document.h"
#include "tests/support/scales.h"
#include "tests/support/test.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_OK 0
#define EXIT_TROUBLE 1
#define LONG_TIMEOUT "--timeout=10m" /* far longer than any wait of a test */

static void add_growing(struct api_fixture *fixture, const char *id)
{
    hosts_api_add(fixture->hosts, id, 10, 96);
}

static void add_content(struct api_fixture *fixture, const char *id)
{
    hosts_api_add(fixture->hosts, id, 10, 80);
}

/* --- stops ------------------------------------------------------------------------------------------------------- */

static const struct stop_row {
    const char *name;
    int number;
    const char *answer; /* the late response to the scale; NULL: none, the connection is closed */
    const char *logged; /* log text of the outcome */
} stop_rows[] = {
    { "TERM, then the scale is accepted", SIGTERM, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      " info scaled deployment=a delta=+2 " },
    { "INT, then the scale is accepted", SIGINT, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      " info scaled deployment=a delta=+2 " },
    { "TERM, then the scale is refused", SIGTERM, "HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n",
      " error scale_failed deployment=a delta=+2 " },
    { "TERM, then the scale fails", SIGTERM, "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
      " error scale_unconfirmed deployment=a delta=+2 " },
    { "TERM, then the response is lost", SIGTERM, NULL,
      " error scale_unconfirmed deployment=a delta=+2 " },
};

/* A pass with a scale and a read in flight. */
static int64_t start_busy_pass(struct api_fixture *fixture)
{
    add_content(fixture, "slow");
    add_growing(fixture, "a");
    hosts_api_trouble_site(fixture->hosts, "slow", TROUBLE_HUNG, FOR_EVER);
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, TROUBLE_HUNG_APPLIED, FOR_EVER);
    api_fixture_start(fixture, (const char *const[]){ LONG_TIMEOUT, NULL });
    program_fixture_wait(&fixture->program_fixture, "POST", "/scale", 1);
    program_fixture_wait(&fixture->program_fixture, "GET", "/status/slow", 1);
    return fake_api_find(fixture->program_fixture.api, "POST", "/scale", 0)->connection;
}

static void a_stop_awaits_scales_and_no_reads(void **state)
{
    struct api_fixture *fixture = *state;
    const struct stop_row *row = fixture->program_fixture.row;
    const char *answer = row->answer ? row->answer : "";
    int64_t connection = start_busy_pass(fixture);
    program_signal(fixture->program_fixture.program, row->number);
    const char *line = api_fixture_wait(fixture, " info engine_stopping ");
    assert_int_equal(line_number(line, "scales_in_flight"), 1);
    assert_true(fake_api_send(fixture->program_fixture.api, connection, answer, strlen(answer),
                              FAKE_CLOSE));
    api_fixture_wait(fixture, row->logged);
    api_fixture_wait(fixture, " info engine_stopped ");
    assert_int_equal(program_finish(fixture->program_fixture.program), EXIT_OK);
    assert_int_equal(api_fixture_scales(fixture, "a"), 1);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "status_failed"), 0);
}

static void a_stop_awaits_a_scale_until_its_timeout(void **state)
{
    struct api_fixture *fixture = *state;
    add_growing(fixture, "a");
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, TROUBLE_HUNG, FOR_EVER);
    api_fixture_start(fixture, (const char *const[]){ "--timeout=5s", NULL });
    program_fixture_wait(&fixture->program_fixture, "POST", "/scale", 1);
    program_signal(fixture->program_fixture.program, SIGTERM);
    api_fixture_wait(fixture, " info engine_stopping ");
    api_fixture_wait(fixture, " error scale_unconfirmed deployment=a ");
    assert_int_equal(program_finish(fixture->program_fixture.program), EXIT_OK);
}

static void a_second_signal_ends_at_once(void **state)
{
    struct api_fixture *fixture = *state;
    start_busy_pass(fixture);
    program_signal(fixture->program_fixture.program, SIGTERM);
    api_fixture_wait(fixture, " info engine_stopping ");
    program_signal(fixture->program_fixture.program, SIGTERM);
    /* An operator needs the key to search the API's log. */
    api_fixture_wait(fixture, " error scale_unconfirmed deployment=a delta=+2 key=");
    assert_int_equal(program_finish(fixture->program_fixture.program), EXIT_TROUBLE);
}

/* Earlier scales are complete, and the report lists them. */
static void once_interrupted_reports_what_was_done(void **state)
{
    struct api_fixture *fixture = *state;
    add_content(fixture, "slow");
    add_growing(fixture, "a");
    hosts_api_trouble_site(fixture->hosts, "slow", TROUBLE_HUNG, FOR_EVER);
    program_fixture_start(
        &fixture->program_fixture,
        (const char *const[]){ "--once", LONG_TIMEOUT, "--log-level=info", NULL });
    api_fixture_wait(fixture, " info scaled deployment=a ");
    program_fixture_wait(&fixture->program_fixture, "GET", "/status/slow", 1);
    program_signal(fixture->program_fixture.program, SIGINT);
    assert_int_equal(program_finish(fixture->program_fixture.program), EXIT_TROUBLE);
    size_t size;
    const char *output = program_output(fixture->program_fixture.program, &size);
    assert_non_null(strstr(output, "scaled      below_target"));
    assert_int_equal(
        program_count_lines(fixture->program_fixture.program, "autoscaler: interrupted, "), 1);
}

/* The deployment that was not read is listed too, with unknown values. */
static void once_interrupted_reports_in_json(void **state)
{
    struct api_fixture *fixture = *state;
    struct document document;
    size_t size;
    add_content(fixture, "slow");
    add_growing(fixture, "a");
    hosts_api_trouble_site(fixture->hosts, "slow", TROUBLE_HUNG, FOR_EVER);
    program_fixture_start(
        &fixture->program_fixture,
        (const char *const[]){ "--once", "--output=json", LONG_TIMEOUT, "--log-level=info", NULL });
    api_fixture_wait(fixture, " info scaled deployment=a ");
    program_fixture_wait(&fixture->program_fixture, "GET", "/status/slow", 1);
    program_signal(fixture->program_fixture.program, SIGINT);
    assert_int_equal(program_finish(fixture->program_fixture.program), EXIT_TROUBLE);
    const char *output = program_output(fixture->program_fixture.program, &size);
    document_init(&document, output, size);
    assert_string_equal(member_string(document_find(&document, "a"), "action"), "scaled");
    assert_string_equal(member_string(document_find(&document, "slow"), "action"), "none");
    assert_member_null(document_find(&document, "slow"), "desired_hosts");
    document_fini(&document);
}

static void other_signals_change_nothing_about_a_stop(void **state)
{
    struct api_fixture *fixture = *state;
    const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    int64_t connection = start_busy_pass(fixture);
    program_signal(fixture->program_fixture.program, SIGTERM);
    api_fixture_wait(fixture, " info engine_stopping ");
    program_signal(fixture->program_fixture.program, SIGUSR1);
    program_signal(fixture->program_fixture.program, SIGUSR2);
    program_signal(fixture->program_fixture.program, SIGHUP);
    assert_true(fake_api_send(fixture->program_fixture.api, connection, answer, strlen(answer),
                              FAKE_CLOSE));
    api_fixture_wait(fixture, " info scaled deployment=a ");
    assert_int_equal(program_finish(fixture->program_fixture.program), EXIT_OK);
}

static void a_stop_does_not_wait_for_a_discovery(void **state)
{
    struct api_fixture *fixture = *state;
    hosts_api_trouble(fixture->hosts, REQUEST_DISCOVERY, TROUBLE_HUNG, FOR_EVER);
    api_fixture_start(fixture, (const char *const[]){ LONG_TIMEOUT, NULL });
    program_fixture_wait(&fixture->program_fixture, "GET", "/discover", 1);
    api_fixture_stop(fixture);
}

static void a_stop_with_nothing_to_do(void **state)
{
    struct api_fixture *fixture = *state;
    add_content(fixture, "a");
    api_fixture_start(
        fixture, (const char *const[]){ "--pass-interval=1h", "--discovery-interval=1h", NULL });
    api_fixture_wait(fixture, "pass_done ");
    api_fixture_stop(fixture);
}

static void once_can_be_stopped(void **state)
{
    struct api_fixture *fixture = *state;
    size_t size;
    hosts_api_trouble(fixture->hosts, REQUEST_DISCOVERY, TROUBLE_HUNG, FOR_EVER);
    program_fixture_start(&fixture->program_fixture,
                          (const char *const[]){ "--once", LONG_TIMEOUT, NULL });
    program_fixture_wait(&fixture->program_fixture, "GET", "/discover", 1);
    assert_int_equal(program_fixture_stop(&fixture->program_fixture), EXIT_TROUBLE);
    assert_string_equal(program_output(fixture->program_fixture.program, &size), "");
}

/* --- USR1 and USR2 ----------------------------------------------------------------------------------------------- */

static void usr1_is_a_pass_and_usr2_a_discovery(void **state)
{
    struct api_fixture *fixture = *state;
    add_content(fixture, "a");
    api_fixture_start(
        fixture, (const char *const[]){ "--pass-interval=1h", "--discovery-interval=1h", NULL });
    api_fixture_wait(fixture, "pass_done pass=1 ");
    hosts_api_set_busy(fixture->hosts, "a", 96);
    program_signal(fixture->program_fixture.program, SIGUSR1);
    api_fixture_wait(fixture, "operator_command command=pass ");
    api_fixture_wait(fixture, "scaled deployment=a delta=+2 ");
    api_fixture_wait(fixture, "pass_done pass=2 ");
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "GET", "/discover"), 1);
    add_growing(fixture, "b");
    program_signal(fixture->program_fixture.program, SIGUSR2);
    api_fixture_wait(fixture, "operator_command command=discovery ");
    api_fixture_wait(fixture, "discovery_done deployments=2 new=1 ");
    api_fixture_wait(fixture, "scaled deployment=b delta=+2 ");
    api_fixture_wait(fixture, "pass_done pass=3 ");
    api_fixture_stop(fixture);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "GET", "/discover"), 2);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "GET", "/status/a"), 3);
}

/* --- signals at the start ---------------------------------------------------------------------------------------- */

/* The program reads its configuration from a pipe: it waits there as long as the test wants. */
struct config_pipe {
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    int fd;
};

static bool is_opened(void *context)
{
    struct config_pipe *pipe = context;
    pipe->fd = open(pipe->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    return pipe->fd >= 0;
}

static void serve(struct api_fixture *fixture, struct config_pipe *pipe, const char *signals)
{
    static const char yaml[] = "api: {retries: 1}\n";
    struct program *program = fixture->program_fixture.program;
    program_wait_until(program, is_opened, pipe, "the configuration to be opened");
    for (; *signals; signals++)
        program_signal(program, *signals == 'h' ? SIGHUP : *signals == '1' ? SIGUSR1 : SIGUSR2);
    assert_int_equal(write(pipe->fd, yaml, strlen(yaml)), strlen(yaml));
    close(pipe->fd);
}

/* A reload, a pass and a discovery that are asked for while the program starts follow when it runs. */
static void signals_at_the_start_are_handled_later(void **state)
{
    struct api_fixture *fixture = *state;
    struct config_pipe pipe;
    add_content(fixture, "a");
    program_fixture_path(&fixture->program_fixture, "pipe.yaml", pipe.path);
    assert_int_equal(mkfifo(pipe.path, 0600), 0);
    api_fixture_start(fixture, (const char *const[]){ "--config", pipe.path, NULL });
    serve(fixture, &pipe, "h12");
    api_fixture_wait(fixture, " info engine_started ");
    serve(fixture, &pipe, "");
    api_fixture_wait_lines(fixture, " info config_reloaded ", 1);
    api_fixture_wait_lines(fixture, " info operator_command command=pass ", 1);
    api_fixture_wait_lines(fixture, " info operator_command command=discovery ", 1);
    unlink(pipe.path);
    api_fixture_stop(fixture);
}

/* Other modes have nothing to reload: for them a hang-up is the end. */
static void a_hang_up_ends_other_modes(void **state)
{
    struct api_fixture *fixture = *state;
    struct config_pipe pipe;
    program_fixture_path(&fixture->program_fixture, "pipe.yaml", pipe.path);
    assert_int_equal(mkfifo(pipe.path, 0600), 0);
    program_fixture_start(&fixture->program_fixture,
                          (const char *const[]){ "--check-config", "--config", pipe.path, NULL });
    serve(fixture, &pipe, "h");
    assert_int_equal(program_finish(fixture->program_fixture.program), 128 + SIGHUP);
}

#define API_FIXTURE_TEST(function)                                                                 \
    {                                                                                              \
#function, function, NULL, NULL, NULL                                                      \
    }

int main(void)
{
    static const struct CMUnitTest tests[] = {
        API_FIXTURE_TEST(a_stop_awaits_a_scale_until_its_timeout),
        API_FIXTURE_TEST(a_second_signal_ends_at_once),
        API_FIXTURE_TEST(once_interrupted_reports_what_was_done),
        API_FIXTURE_TEST(once_interrupted_reports_in_json),
        API_FIXTURE_TEST(other_signals_change_nothing_about_a_stop),
        API_FIXTURE_TEST(a_stop_does_not_wait_for_a_discovery),
        API_FIXTURE_TEST(a_stop_with_nothing_to_do),
        API_FIXTURE_TEST(once_can_be_stopped),
        API_FIXTURE_TEST(usr1_is_a_pass_and_usr2_a_discovery),
        API_FIXTURE_TEST(signals_at_the_start_are_handled_later),
        API_FIXTURE_TEST(a_hang_up_ends_other_modes),
    };
    struct CMUnitTest all[COUNT_OF(tests) + COUNT_OF(stop_rows)];
    memcpy(all, tests, sizeof tests);
    struct CMUnitTest *at = all + COUNT_OF(tests);
    TESTS_FROM_ROWS(at, stop_rows, a_stop_awaits_scales_and_no_reads);
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        all[i].setup_func = api_fixture_enter;
        all[i].teardown_func = api_fixture_leave;
    }
    return cmocka_run_group_tests_name("signals", all, NULL, NULL);
}
