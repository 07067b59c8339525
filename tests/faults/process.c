/*
 * What befalls the process: it is killed, stopped, started twice, and runs out of descriptors, memory and threads.
 */
#include "tests/faults/fault.h"
#include "tests/faults/neighbour.h"

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
#define LONG_TIMEOUT "--timeout=10m" /* nobody waits for that: far beyond any patience */

static int64_t posts(struct scene *scene)
{
    return fake_api_count(scene->stage.api, "POST", NULL);
}

static void kill_program(struct scene *scene)
{
    program_signal(scene->stage.program, SIGKILL);
    assert_int_equal(program_finish(scene->stage.program), 128 + SIGKILL);
}

/* --- killed --------------------------------------------------------------------------------------------------- */

/* It starts again while no status can be read: nothing is sent before one can. */
static void start_again_blind(struct scene *scene)
{
    int64_t before = posts(scene);
    hosts_api_trouble(scene->hosts, REQUEST_STATUS, TROUBLE_OVERLOADED, FOR_EVER);
    scene_start(scene, NULL);
    scene_wait(scene, " warn status_failed deployment=a ");
    scene_wait(scene, " warn pass_blind ");
    assert_int_equal(posts(scene), before);
    hosts_api_trouble(scene->hosts, REQUEST_STATUS, TROUBLE_NONE, 0);
}

/* What is known of the order from before is what the API counts. */
static const struct kill_row {
    enum trouble trouble; /* of the order that it is killed after */
    bool is_answered;
    bool counts_ordered;
    int64_t scales; /* in all, the second program's included */
    int64_t hosts;
} kill_rows[] = {
    { TROUBLE_HUNG_APPLIED, false, true, 1, 12 }, /* between the request and its answer */
    { TROUBLE_HUNG, false, true, 2, 12 },
    { TROUBLE_NONE, true, true, 1, 12 },
    { TROUBLE_NONE, true, false, 2, 14 }, /* hosts that nobody can see are ordered again */
};

static void run_kill(struct scene *scene, const struct kill_row *row)
{
    if (row->counts_ordered)
        hosts_api_count_ordered(scene->hosts);
    hosts_api_set_boot_reads(scene->hosts, 100000);
    hosts_api_add(scene->hosts, "a", 10, 96);
    hosts_api_trouble(scene->hosts, REQUEST_SCALE, row->trouble, 1);
    scene_start(scene, (const char *const[]){ LONG_TIMEOUT, NULL });
    stage_wait(&scene->stage, "POST", "/scale", 1);
    if (row->is_answered)
        scene_wait(scene, " info scaled deployment=a delta=+2 ");
    kill_program(scene);
    neighbour_add(scene);
    start_again_blind(scene);
    scene_wait(scene, " info status_recovered deployment=a ");
    neighbour_grow(scene);
    scene_wait_reads(scene, "a", 10);
    neighbour_stop(scene);
    assert_scales(scene, "a", row->scales, 2);
    assert_int_equal(hosts_api_hosts(scene->hosts, "a"), row->hosts);
}

void fault_63(struct scene *scene)
{
    for (size_t i = 0; i < COUNT_OF(kill_rows); i++) {
        scene_renew(scene);
        run_kill(scene, &kill_rows[i]);
    }
}

/* Two scales are on their way, and a status: one is answered, nobody waits for the other longer than the timeout. */
void fault_64(struct scene *scene)
{
    neighbour_add(scene);
    hosts_api_add(scene->hosts, "a", 10, 96);
    hosts_api_add(scene->hosts, "b", 10, 96);
    hosts_api_add(scene->hosts, "slow", 10, 96);
    hosts_api_trouble_site(scene->hosts, "slow", TROUBLE_HUNG, FOR_EVER);
    hosts_api_trouble(scene->hosts, REQUEST_SCALE, TROUBLE_HUNG_APPLIED, FOR_EVER);
    scene_start(scene, (const char *const[]){ "--timeout=1s", NULL });
    stage_wait(&scene->stage, "POST", "/scale", 2);
    stage_wait(&scene->stage, "GET", "/status/slow", 1);
    program_signal(scene->stage.program, SIGTERM);
    const char *line = scene_wait(scene, " info engine_stopping ");
    assert_int_equal(line_number(line, "scales_in_flight"), 2);
    int64_t connection = fake_api_find(scene->stage.api, "POST", "/scale", 0)->connection;
    assert_true(
        fake_api_send(scene->stage.api, connection, OK_ANSWER, strlen(OK_ANSWER), FAKE_CLOSE));
    scene_wait_lines(scene, " info scaled deployment=", 1);
    scene_wait_lines(scene, " error scale_unconfirmed deployment=", 1);
    assert_int_equal(program_finish(scene->stage.program), 0);
    assert_int_equal(program_count_lines(scene->stage.program, " engine_stopped "), 1);
    assert_int_equal(posts(scene), 2);
}

#define CRASHES 4

void fault_65(struct scene *scene)
{
    neighbour_add(scene);
    hosts_api_count_ordered(scene->hosts);
    hosts_api_add(scene->hosts, "a", 10, 96);
    hosts_api_trouble_site(scene->hosts, "a", TROUBLE_HUNG, FOR_EVER);
    for (int i = 0; i < CRASHES; i++) {
        scene_start(scene, NULL);
        stage_wait(&scene->stage, "GET", "/status/a", i + 1);
        kill_program(scene);
    }
    assert_int_equal(posts(scene), 0);
    hosts_api_trouble_site(scene->hosts, "a", TROUBLE_NONE, 0);
    for (int i = 0; i < CRASHES; i++) {
        scene_start(scene, NULL);
        scene_wait(scene, " info pass_done ");
        kill_program(scene);
    }
    scene_start(scene, NULL);
    scene_wait(scene, " info pass_done ");
    neighbour_grow(scene);
    neighbour_stop(scene);
    assert_scales(scene, "a", 1, 2);
}

/* --- twice ---------------------------------------------------------------------------------------------------- */

#define LOG_NAME "shared.log"

static void start_partner(struct scene *scene, const char *log_option)
{
    const char *arguments[] = { "--no-ui",
                                "--read-only",
                                "--pass-interval=10ms",
                                "--discovery-interval=100ms",
                                "--log-level=debug",
                                "--api",
                                fake_api_url(scene->stage.api),
                                log_option,
                                NULL };
    struct program_config config = { .arguments = arguments, .home = scene->stage.folder };
    scene->stage.partner = program_start(&config);
}

static int64_t count_in(const char *text, const char *wanted)
{
    int64_t count = 0;
    for (; (text = strstr(text, wanted)); text++)
        count++;
    return count;
}

/* One line is in it, and not the middle of another one. */
static void check_not_torn(const char *line)
{
    static const char *const begins[] = { "Z debug ", "Z info ", "Z warn ", "Z error " };
    int64_t count = 0;
    for (size_t i = 0; i < COUNT_OF(begins); i++)
        count += count_in(line, begins[i]);
    if (count != 1)
        fail_msg("torn: %s", line);
}

static void check_lines(const char *path)
{
    char *text = stage_read(path);
    for (char *line = text, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        assert_non_null(end);
        *end = '\0';
        assert_log_line(line);
        check_not_torn(line);
    }
    heap_free(text);
}

void fault_66(struct scene *scene)
{
    char path[STAGE_PATH_SIZE], option[STAGE_PATH_SIZE + 16];
    snprintf(option, sizeof option, "--log-file=%s", stage_path(&scene->stage, LOG_NAME, path));
    neighbour_add(scene);
    hosts_api_set_busy(scene->hosts, NEIGHBOUR, 96);
    scene_start(scene, (const char *const[]){ "--log-level=debug", option, NULL });
    start_partner(scene, option);
    stage_wait(&scene->stage, "POST", "/scale", 1);
    scene_wait_reads(scene, NEIGHBOUR, 200);
    program_signal(scene->stage.partner, SIGTERM);
    assert_int_equal(program_finish(scene->stage.partner), 0);
    assert_int_equal(stage_stop(&scene->stage), 0);
    neighbour_check(scene);
    check_lines(path);
    char *text = stage_read(path);
    assert_int_equal(count_in(text, " engine_started "), 2);
    assert_int_equal(count_in(text, " engine_stopped "), 2);
    assert_int_equal(count_in(text, " info scaled "), 1);
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
    char *text = stage_read(wanted->path);
    bool is_there = strstr(text, wanted->text);
    heap_free(text);
    return is_there;
}

static void wait_for_text(struct scene *scene, const char *path, const char *text)
{
    program_wait_until(scene->stage.program, is_in_file, &(struct wanted_text){ path, text }, text);
}

/* What was lost in the middle is counted behind it: together they are all the passes there were. */
static void check_counted(const char *path)
{
    char *text = stage_read(path);
    int64_t passes = count_in(text, " info pass_done ");
    const char *line = strstr(text, " events_suppressed event=pass_done ");
    assert_non_null(line);
    passes += line_number(line, "count");
    line = strstr(text, " engine_stopped ");
    assert_non_null(line);
    assert_in_range(line_number(line, "passes"), passes - 1, passes + 1);
    heap_free(text);
    check_lines(path);
}

void fault_75(struct scene *scene)
{
    char path[STAGE_PATH_SIZE], option[STAGE_PATH_SIZE + 16];
    snprintf(option, sizeof option, "--log-file=%s", stage_path(&scene->stage, LOG_NAME, path));
    neighbour_add(scene);
    scene_start(scene, (const char *const[]){ option, NULL });
    wait_for_text(scene, path, " info pass_done pass=5 ");
    char *text = stage_read(path);
    uint64_t before = program_set_limit(scene->stage.program, RLIMIT_FSIZE, strlen(text) + ROOM);
    heap_free(text);
    scene_wait_reads(scene, NEIGHBOUR, 20);
    hosts_api_set_busy(scene->hosts, NEIGHBOUR, 96);
    stage_wait(&scene->stage, "POST", "/scale", 1);
    scene_wait_reads(scene, NEIGHBOUR, 10);
    program_set_limit(scene->stage.program, RLIMIT_FSIZE, before);
    wait_for_text(scene, path, " warn events_suppressed event=pass_done ");
    scene_wait_reads(scene, NEIGHBOUR, 10);
    assert_int_equal(stage_stop(&scene->stage), 0);
    neighbour_check(scene);
    check_counted(path);
}

/* --- descriptors ---------------------------------------------------------------------------------------------- */

#define MANY 40

static void few_descriptors_from_the_start(struct scene *scene)
{
    char id[16];
    for (int i = 0; i < MANY; i++) {
        snprintf(id, sizeof id, "d%d", i);
        hosts_api_add(scene->hosts, id, 10, 96);
    }
    scene->stage.files_max = 24;
    scene_start(scene, NULL);
    stage_wait(&scene->stage, "POST", "/scale", MANY);
    scene_wait_reads(scene, id, 5);
    scene_stop(scene);
    assert_int_equal(posts(scene), MANY);
}

/* Not one more: first for the scale alone, then for the reads too. */
void fault_79(struct scene *scene)
{
    few_descriptors_from_the_start(scene);
    scene_renew(scene);
    neighbour_add(scene);
    hosts_api_add(scene->hosts, "a", 10, 80);
    scene_start(scene, NULL);
    scene_wait_reads(scene, "a", 5);
    uint64_t before = program_set_limit(scene->stage.program, RLIMIT_NOFILE, 3);
    hosts_api_set_busy(scene->hosts, "a", 96);
    assert_non_null(strstr(scene_wait(scene, " error scale_failed deployment=a "), " applied=no "));
    fake_api_drop_connections(scene->stage.api, FAKE_CLOSE);
    scene_wait(scene, " warn status_failed deployment=a reason=read_failed ");
    scene_wait(scene, " warn pass_blind ");
    assert_int_equal(posts(scene), 0);
    program_set_limit(scene->stage.program, RLIMIT_NOFILE, before);
    scene_wait_lines(scene, " info scaled deployment=a ", 1);
    neighbour_grow(scene);
    scene_wait_reads(scene, "a", 5);
    neighbour_stop(scene);
    assert_scales(scene, "a", 1, 2);
}

/* --- memory and threads --------------------------------------------------------------------------------------- */

#define ENTRIES 60000
#define ENTRY_SIZE 80

/* A list for which there is no memory. */
static void answer_large(void *context, const struct fake_request *request,
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

static void without_memory(struct scene *scene)
{
    char *list = large_list();
    neighbour_add(scene);
    scene_start(scene, NULL);
    scene_wait_reads(scene, NEIGHBOUR, 20);
    uint64_t before = program_set_limit(scene->stage.program, RLIMIT_AS, 1);
    fake_api_set_answer(scene->stage.api, answer_large, list);
    scene_wait(scene, " error discovery_failed ");
    fake_api_set_answer(scene->stage.api, hosts_api_answer, scene->hosts);
    scene_wait(scene, " info pass_done ");
    program_set_limit(scene->stage.program, RLIMIT_AS, before);
    scene_wait(scene, " info discovery_done deployments=1 new=0 gone=0 ");
    neighbour_grow(scene);
    neighbour_stop(scene);
    heap_free(list);
}

/* No address space is as large as this stack: its thread cannot be made, whoever asks. */
static void without_threads(struct scene *scene)
{
    struct rlimit before, large;
    must(getrlimit(RLIMIT_STACK, &before) == 0);
    large = (struct rlimit){ (rlim_t)1 << 46, before.rlim_max };
    if (setrlimit(RLIMIT_STACK, &large)) {
        fault_leave_out("threads, for the stack has a hard limit");
        return;
    }
    char path[STAGE_PATH_SIZE];
    const char *arguments[] = { "--api", fake_api_url(scene->stage.api), NULL };
    struct terminal_config config = {
        .arguments = arguments,
        .home = scene->stage.folder,
        .error_file = stage_path(&scene->stage, "errors", path),
    };
    struct terminal *terminal = terminal_start(&config);
    setrlimit(RLIMIT_STACK, &before);
    int code = terminal_finish(terminal);
    bool is_alternate = terminal_is_alternate(terminal);
    terminal_destroy(terminal);
    char *errors = stage_read(path);
    assert_int_equal(code, 1);
    assert_false(is_alternate);
    assert_non_null(strstr(errors, "cannot start the engine's thread"));
    assert_int_equal(count_in(errors, "\n"), 1);
    heap_free(errors);
}

void fault_80(struct scene *scene)
{
    if (HAS_SANITIZER)
        fault_skip("a sanitizer needs its address space");
    without_memory(scene);
    scene_renew(scene);
    without_threads(scene);
}
