/*
 * Faults of the process: it is killed, stopped, started twice, and runs out of descriptors, memory and threads.
 */
#include "tests/faults/fault.h"
#include "tests/faults/neighbour.h"

#include "tests/support/sanitizer.h"
#include "tests/support/terminal.h"
#include "tests/support/test.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define LONG_TIMEOUT "--timeout=10m" /* far longer than any wait of a test */

static int64_t posts(struct api_fixture *fixture)
{
    return fake_api_count(fixture->program_fixture.api, "POST", NULL);
}

/* --- stopped -------------------------------------------------------------------------------------------------- */

/* Two scales and a status are in flight. One scale gets its response; the wait for the other ends by the timeout. */
void fault_64(struct api_fixture *fixture)
{
    neighbour_add(fixture);
    hosts_api_add(fixture->hosts, "a", 10, 96);
    hosts_api_add(fixture->hosts, "b", 10, 96);
    hosts_api_add(fixture->hosts, "slow", 10, 96);
    hosts_api_trouble_site(fixture->hosts, "slow", TROUBLE_HUNG, FOR_EVER);
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, TROUBLE_HUNG_APPLIED, FOR_EVER);
    api_fixture_start(fixture, (const char *const[]){ "--timeout=10s", NULL });
    program_fixture_wait(&fixture->program_fixture, "POST", "/scale", 2);
    program_fixture_wait(&fixture->program_fixture, "GET", "/status/slow", 1);
    program_signal(fixture->program_fixture.program, SIGTERM);
    const char *line = api_fixture_wait(fixture, " info engine_stopping ");
    assert_int_equal(line_number(line, "scales_in_flight"), 2);
    int64_t connection =
        fake_api_find(fixture->program_fixture.api, "POST", "/scale", 0)->connection;
    assert_true(fake_api_send(fixture->program_fixture.api, connection, OK_ANSWER,
                              strlen(OK_ANSWER), FAKE_CLOSE));
    api_fixture_wait_lines(fixture, " info scaled deployment=", 1);
    api_fixture_wait_lines(fixture, " error scale_unconfirmed deployment=", 1);
    assert_int_equal(program_finish(fixture->program_fixture.program), 0);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " engine_stopped "), 1);
    assert_int_equal(posts(fixture), 2);
}

/* --- twice ---------------------------------------------------------------------------------------------------- */

#define LOG_NAME "shared.log"

static void start_partner(struct api_fixture *fixture, const char *log_option)
{
    const char *arguments[] = { "--no-ui",
                                "--read-only",
                                "--pass-interval=10ms",
                                "--discovery-interval=100ms",
                                "--log-level=debug",
                                "--api",
                                fake_api_url(fixture->program_fixture.api),
                                log_option,
                                NULL };
    struct program_config config = { .arguments = arguments,
                                     .home = fixture->program_fixture.directory };
    fixture->program_fixture.partner = program_start(&config);
}

static int64_t count_lines(const char *text, const char *wanted)
{
    int64_t count = 0;
    for (; (text = strstr(text, wanted)); text++)
        count++;
    return count;
}

/* The text is one complete line, not a part of another one. */
static void check_not_torn(const char *line)
{
    static const char *const begins[] = { "Z debug ", "Z info ", "Z warn ", "Z error " };
    int64_t count = 0;
    for (size_t i = 0; i < COUNT_OF(begins); i++)
        count += count_lines(line, begins[i]);
    if (count != 1)
        fail_msg("torn: %s", line);
}

static void check_lines(const char *path)
{
    char *text = program_fixture_read(path);
    for (char *line = text, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        assert_non_null(end);
        *end = '\0';
        assert_log_line(line);
        check_not_torn(line);
    }
    heap_free(text);
}

/* One that only reads may write to the same log; one that scales is refused. */
void fault_66(struct api_fixture *fixture)
{
    state_refuses_a_second_engine(fixture);
    api_fixture_renew(fixture);
    char path[PROGRAM_FIXTURE_PATH_SIZE], option[PROGRAM_FIXTURE_PATH_SIZE + 16];
    snprintf(option, sizeof option, "--log-file=%s",
             program_fixture_path(&fixture->program_fixture, LOG_NAME, path));
    neighbour_add(fixture);
    hosts_api_set_busy(fixture->hosts, NEIGHBOUR, 96);
    api_fixture_start(fixture, (const char *const[]){ "--log-level=debug", option, NULL });
    start_partner(fixture, option);
    program_fixture_wait(&fixture->program_fixture, "POST", "/scale", 1);
    api_fixture_wait_reads(fixture, NEIGHBOUR, 200);
    program_signal(fixture->program_fixture.partner, SIGTERM);
    assert_int_equal(program_finish(fixture->program_fixture.partner), 0);
    assert_int_equal(program_fixture_stop(&fixture->program_fixture), 0);
    neighbour_check(fixture);
    check_lines(path);
    char *text = program_fixture_read(path);
    assert_int_equal(count_lines(text, " engine_started "), 2);
    assert_int_equal(count_lines(text, " engine_stopped "), 2);
    assert_int_equal(count_lines(text, " info scaled "), 1);
    heap_free(text);
}

/* --- a full disk ---------------------------------------------------------------------------------------------- */

#define ROOM 50 /* bytes, less than a line */

struct wanted_text {
    const char *path;
    const char *text;
};

static bool is_in_file(void *context)
{
    const struct wanted_text *wanted = context;
    char *text = program_fixture_read(wanted->path);
    bool is_there = strstr(text, wanted->text);
    heap_free(text);
    return is_there;
}

static void wait_for_text(struct api_fixture *fixture, const char *path, const char *text)
{
    program_wait_until(fixture->program_fixture.program, is_in_file,
                       &(struct wanted_text){ path, text }, text);
}

/* The log counts lost lines: written plus lost lines are all passes. */
static void check_counted(const char *path)
{
    char *text = program_fixture_read(path);
    int64_t passes = count_lines(text, " info pass_done ");
    const char *line = strstr(text, " events_suppressed event=pass_done ");
    assert_non_null(line);
    passes += line_number(line, "count");
    line = strstr(text, " engine_stopped ");
    assert_non_null(line);
    assert_in_range(line_number(line, "passes"), passes - 1, passes + 1);
    heap_free(text);
    check_lines(path);
}

void fault_75(struct api_fixture *fixture)
{
    state_survives_a_full_disk(fixture);
    api_fixture_renew(fixture);
    char path[PROGRAM_FIXTURE_PATH_SIZE], option[PROGRAM_FIXTURE_PATH_SIZE + 16];
    snprintf(option, sizeof option, "--log-file=%s",
             program_fixture_path(&fixture->program_fixture, LOG_NAME, path));
    neighbour_add(fixture);
    api_fixture_start(fixture, (const char *const[]){ option, "--no-state", NULL });
    wait_for_text(fixture, path, " info pass_done pass=5 ");
    char *text = program_fixture_read(path);
    uint64_t before =
        program_set_limit(fixture->program_fixture.program, RLIMIT_FSIZE, strlen(text) + ROOM);
    heap_free(text);
    api_fixture_wait_reads(fixture, NEIGHBOUR, 20);
    hosts_api_set_busy(fixture->hosts, NEIGHBOUR, 96);
    program_fixture_wait(&fixture->program_fixture, "POST", "/scale", 1);
    api_fixture_wait_reads(fixture, NEIGHBOUR, 10);
    program_set_limit(fixture->program_fixture.program, RLIMIT_FSIZE, before);
    wait_for_text(fixture, path, " warn events_suppressed event=pass_done ");
    api_fixture_wait_reads(fixture, NEIGHBOUR, 10);
    assert_int_equal(program_fixture_stop(&fixture->program_fixture), 0);
    neighbour_check(fixture);
    check_counted(path);
}

/* --- descriptors ---------------------------------------------------------------------------------------------- */

#define MANY 40

static void few_descriptors_from_the_start(struct api_fixture *fixture)
{
    char id[16];
    for (int i = 0; i < MANY; i++) {
        snprintf(id, sizeof id, "d%d", i);
        hosts_api_add(fixture->hosts, id, 10, 96);
    }
    fixture->program_fixture.files_max = 40;
    api_fixture_start(fixture, NULL);
    program_fixture_wait(&fixture->program_fixture, "POST", "/scale", MANY);
    api_fixture_wait_reads(fixture, id, 5);
    api_fixture_stop(fixture);
    assert_int_equal(posts(fixture), MANY);
}

/* No further descriptor: first only the scale fails, then reads fail too. */
void fault_79(struct api_fixture *fixture)
{
    few_descriptors_from_the_start(fixture);
    api_fixture_renew(fixture);
    neighbour_add(fixture);
    hosts_api_add(fixture->hosts, "a", 10, 80);
    api_fixture_start(fixture, NULL);
    api_fixture_wait_reads(fixture, "a", 5);
    uint64_t before = program_set_limit(fixture->program_fixture.program, RLIMIT_NOFILE, 3);
    hosts_api_set_busy(fixture->hosts, "a", 96);
    assert_non_null(
        strstr(api_fixture_wait(fixture, " error scale_failed deployment=a "), " applied=no "));
    fake_api_drop_connections(fixture->program_fixture.api, FAKE_CLOSE);
    api_fixture_wait(fixture, " warn status_failed deployment=a reason=read_failed ");
    api_fixture_wait(fixture, " warn pass_blind ");
    assert_int_equal(posts(fixture), 0);
    program_set_limit(fixture->program_fixture.program, RLIMIT_NOFILE, before);
    api_fixture_wait_lines(fixture, " info scaled deployment=a ", 1);
    neighbour_grow(fixture);
    api_fixture_wait_reads(fixture, "a", 5);
    neighbour_stop(fixture);
    assert_scales(fixture, "a", 1, 2);
}

/* --- memory and threads --------------------------------------------------------------------------------------- */

#define ENTRIES 60000
#define ENTRY_SIZE 80

/* A list that does not fit into memory. */
static void respond_large(void *context, const struct fake_request *request,
                          struct fake_answer *ret_answer)
{
    if (strcmp(request->path, "/discover") == 0)
        *ret_answer = (struct fake_answer){ .status = 200, .body = context };
    else
        *ret_answer = (struct fake_answer){ .status = 503 };
}

static char *large_list(void)
{
    char *list = heap_alloc(ENTRIES + 1, ENTRY_SIZE);
    must(list);
    int at = snprintf(list, ENTRY_SIZE, "{\"deployments\":[");
    for (int i = 0; i < ENTRIES; i++)
        at += snprintf(list + at, ENTRY_SIZE,
                       "%s{\"id\":\"d%d\",\"servers_per_host\":10,\"target_free_pct\":20}",
                       i > 0 ? "," : "", i);
    memcpy(list + at, "]}", 3);
    return list;
}

static void without_memory(struct api_fixture *fixture)
{
    char *list = large_list();
    neighbour_add(fixture);
    api_fixture_start(fixture, NULL);
    api_fixture_wait_reads(fixture, NEIGHBOUR, 20);
    uint64_t before = program_set_limit(fixture->program_fixture.program, RLIMIT_AS, 1);
    fake_api_set_answer(fixture->program_fixture.api, respond_large, list);
    api_fixture_wait(fixture, " error discovery_failed ");
    fake_api_set_answer(fixture->program_fixture.api, hosts_api_answer, fixture->hosts);
    api_fixture_wait(fixture, " info pass_done ");
    program_set_limit(fixture->program_fixture.program, RLIMIT_AS, before);
    api_fixture_wait(fixture, " info discovery_done deployments=1 new=0 gone=0 ");
    neighbour_grow(fixture);
    neighbour_stop(fixture);
    heap_free(list);
}

/* The stack is larger than the address space, so no thread can be created, also by root. */
static void without_threads(struct api_fixture *fixture)
{
    struct rlimit before, large;
    must(getrlimit(RLIMIT_STACK, &before) == 0);
    large = (struct rlimit){ (rlim_t)1 << 46, before.rlim_max };
    if (setrlimit(RLIMIT_STACK, &large)) {
        fault_leave_out("threads, for the stack has a hard limit");
        return;
    }
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    const char *arguments[] = { "--no-state", "--api", fake_api_url(fixture->program_fixture.api),
                                NULL };
    struct terminal_config config = {
        .arguments = arguments,
        .home = fixture->program_fixture.directory,
        .error_file = program_fixture_path(&fixture->program_fixture, "errors", path),
    };
    struct terminal *terminal = terminal_start(&config);
    setrlimit(RLIMIT_STACK, &before);
    int code = terminal_finish(terminal);
    bool is_alternate = terminal_is_alternate(terminal);
    terminal_destroy(terminal);
    char *errors = program_fixture_read(path);
    assert_int_equal(code, 1);
    assert_false(is_alternate);
    assert_non_null(strstr(errors, "cannot start the engine's thread"));
    assert_int_equal(count_lines(errors, "\n"), 1);
    heap_free(errors);
}

void fault_80(struct api_fixture *fixture)
{
    if (HAS_SANITIZER)
        fault_skip("a sanitizer needs its address space");
    without_memory(fixture);
    api_fixture_renew(fixture);
    without_threads(fixture);
}
