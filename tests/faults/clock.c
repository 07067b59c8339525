/*
 * Clocks that jump, a process that is frozen, a machine that sleeps; and a failure that lasts.
 *
 * Time passes in no other way here than by moving the program's clocks.
 */
#include "tests/faults/fault.h"
#include "tests/faults/neighbour.h"

#include "tests/support/clock_shim.h"
#include "tests/support/test.h"

#include "engine/base/panic.h"

#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HOUR_MS ((long long)3600 * 1000)
#define DAY_MS (24 * HOUR_MS)
#define RARELY "--pass-interval=1h", "--discovery-interval=1h"

/* --- the clocks ----------------------------------------------------------------------------------------------- */

static struct clock_shim *clocks;

/* Zero in every clock, in a file that the program will see. */
static void open_clocks(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must(fd >= 0);
    must(ftruncate(fd, sizeof *clocks) == 0);
    if (clocks)
        munmap(clocks, sizeof *clocks);
    void *memory = mmap(NULL, sizeof *clocks, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    must(memory != MAP_FAILED);
    close(fd);
    clocks = memory;
}

/* Programs that are started from now on have clocks that can be moved. */
static void use_clocks(struct scene *scene)
{
    static char preload[512], shared[STAGE_PATH_SIZE + 16], folder[256];
    static const char *const environment[] = { preload, shared,
                                               "ASAN_OPTIONS=verify_asan_link_order=0", NULL };
    char path[STAGE_PATH_SIZE];
    const char *binary = getenv("AUTOSCALER");
    snprintf(folder, sizeof folder, "%s", binary && *binary ? binary : "build/release/autoscaler");
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s/tests/support/clock_shim.so", dirname(folder));
    if (access(strchr(preload, '=') + 1, R_OK) != 0)
        fault_skip("there is no library to move clocks with");
    open_clocks(stage_path(&scene->stage, "clocks", path));
    snprintf(shared, sizeof shared, "CLOCK_SHIM=%s", path);
    scene->stage.environment = environment;
}

/* All of them, as for a process that was frozen. */
static void pass_time(long long ms)
{
    atomic_fetch_add(&clocks->wall_ms, ms);
    atomic_fetch_add(&clocks->mono_ms, ms);
    atomic_fetch_add(&clocks->boot_ms, ms);
}

/* --- the clock of the day ------------------------------------------------------------------------------------- */

#define HOUR_LENGTH 13 /* of "2026-01-02T03" */
#define PATIENCE_LINES 10000

/* The log goes on, an hour away at least from where it was. */
static void wait_for_another_hour(struct scene *scene, const char *before)
{
    for (int i = 0; i < PATIENCE_LINES; i++)
        if (strncmp(scene_wait(scene, " info pass_done "), before, HOUR_LENGTH) != 0)
            return;
    fail_msg("the clock stays at %s", before);
}

static void jump(struct scene *scene, long long ms)
{
    char before[HOUR_LENGTH + 1];
    snprintf(before, sizeof before, "%s", scene_wait(scene, " info pass_done "));
    atomic_fetch_add(&clocks->wall_ms, ms);
    wait_for_another_hour(scene, before);
    scene_wait(scene, " info discovery_done ");
    scene_wait_reads(scene, "ordered", 5);
}

/* One that has ordered and waits, one whose order is lost, and one that cools down. */
static void start_with_memories(struct scene *scene)
{
    neighbour_add(scene);
    hosts_api_add(scene->hosts, "cooling", 10, 96);
    scene_start_with(scene, "policies:\n  - match: cooling\n    cooldown_up: 1h\n", NULL);
    scene_wait(scene, " info scaled deployment=cooling ");
    scene_wait_reads(scene, "cooling", 3);
    hosts_api_set_busy(scene->hosts, "cooling", 120);
    hosts_api_set_boot_reads(scene->hosts, 100000);
    hosts_api_trouble(scene->hosts, REQUEST_SCALE, TROUBLE_DROPPED, 1);
    hosts_api_add(scene->hosts, "lost", 10, 96);
    scene_wait(scene, " error scale_unconfirmed deployment=lost ");
    hosts_api_add(scene->hosts, "ordered", 10, 96);
    scene_wait(scene, " info scaled deployment=ordered ");
}

void fault_71(struct scene *scene)
{
    static const char *const untold[] = { "clock_gap",         "pending_expired", "status_failed",
                                          "scale_not_applied", "stale_status",    "hosts_dark" };
    static const long long jumps[] = { HOUR_MS, -HOUR_MS, -HOUR_MS, DAY_MS, -DAY_MS, -DAY_MS };
    use_clocks(scene);
    start_with_memories(scene);
    for (size_t i = 0; i < COUNT_OF(jumps); i++)
        jump(scene, jumps[i]);
    atomic_store(&clocks->is_wall_double, 1);
    scene_wait_reads(scene, "ordered", 20);
    neighbour_grow(scene);
    neighbour_stop(scene);
    assert_scales(scene, "cooling", 1, 2);
    assert_scales(scene, "lost", 1, 2);
    assert_scales(scene, "ordered", 1, 2);
    for (size_t i = 0; i < COUNT_OF(untold); i++)
        assert_int_equal(program_count_lines(scene->stage.program, untold[i]), 0);
}

/* --- frozen --------------------------------------------------------------------------------------------------- */

/* Ten hours in which nobody lived: one pass, not ten. */
static void a_frozen_process_makes_up_for_nothing(struct scene *scene)
{
    use_clocks(scene);
    neighbour_add(scene);
    scene_start(scene, (const char *const[]){ RARELY, NULL });
    scene_wait(scene, " info pass_done pass=1 ");
    program_signal(scene->stage.program, SIGSTOP);
    pass_time(10 * HOUR_MS);
    program_signal(scene->stage.program, SIGCONT);
    const char *line = scene_wait(scene, " warn clock_gap ");
    assert_in_range(line_number(line, "gap_ms"), 8 * HOUR_MS, 10 * HOUR_MS);
    scene_wait(scene, " info pass_done pass=2 ");
    neighbour_grow(scene);
    scene_wait(scene, " info pass_done pass=3 ");
    neighbour_stop(scene);
    assert_int_equal(fake_api_count(scene->stage.api, "GET", "/discover"), 2);
    assert_int_equal(fake_api_count(scene->stage.api, "GET", "/status/" NEIGHBOUR), 3);
}

#define ANSWER                                                                                     \
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 58\r\n\r\n"              \
    "{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":4 }"

/* The machine sleeps while a status is on its way: what it says is old when it comes. */
static void a_status_from_before_a_suspension_is_not_used(struct scene *scene)
{
    use_clocks(scene);
    neighbour_add(scene);
    hosts_api_add(scene->hosts, "a", 10, 80);
    hosts_api_trouble_site(scene->hosts, "a", TROUBLE_HUNG, 1);
    scene_start(scene, (const char *const[]){ "--timeout=10m", NULL });
    stage_wait(&scene->stage, "GET", "/status/a", 1);
    int64_t connection = fake_api_find(scene->stage.api, "GET", "/status/a", 0)->connection;
    program_signal(scene->stage.program, SIGSTOP);
    atomic_fetch_add(&clocks->boot_ms, 90000);
    atomic_fetch_add(&clocks->wall_ms, 90000);
    program_signal(scene->stage.program, SIGCONT);
    assert_true(fake_api_send(scene->stage.api, connection, ANSWER, strlen(ANSWER), FAKE_CLOSE));
    scene_wait(scene, " warn held_bad_data deployment=a reason=stale_status ");
    scene_wait_reads(scene, "a", 5);
    assert_int_equal(scene_scales(scene, "a"), 0);
    hosts_api_set_busy(scene->hosts, "a", 96);
    scene_wait_lines(scene, " info scaled deployment=a delta=+2 ", 1);
    neighbour_grow(scene);
    neighbour_stop(scene);
    assert_scales(scene, "a", 1, 2);
}

void fault_72(struct scene *scene)
{
    a_frozen_process_makes_up_for_nothing(scene);
    scene_renew(scene);
    a_status_from_before_a_suspension_is_not_used(scene);
}

/* --- a failure that lasts ------------------------------------------------------------------------------------- */

#define LIMIT_MS 10000 /* of the log: so many lines of an event in this time */
#define LIMIT_LINES 50
#define PERIODS 3
#define PERIOD_PASSES 80

/* The end of a pass in which both were tried; one that a stop ends has tried nobody. */
#define BLIND " read=0 scaled=0 hosts_added=+0 hosts_removed=+0 held=0 failed=2 "

/* Those that were written, and those that were counted. */
static int64_t told_in_all(struct scene *scene, const char *event)
{
    struct program *program = scene->stage.program;
    char text[64], suppressed[64];
    const char *line;
    snprintf(text, sizeof text, " warn %s ", event);
    snprintf(suppressed, sizeof suppressed, " warn events_suppressed event=%s ", event);
    int64_t sum = program_count_lines(program, text);
    for (int64_t i = 0; (line = program_find_line(program, suppressed, i)); i++)
        sum += line_number(line, "count");
    return sum;
}

static void fail_for_periods(struct scene *scene)
{
    for (int period = 1; period <= PERIODS; period++) {
        scene_wait_lines(scene, " info pass_done ", (int64_t)period * PERIOD_PASSES);
        pass_time(LIMIT_MS);
        scene_wait_lines(scene, " warn events_suppressed event=pass_blind ", period);
    }
}

void fault_94(struct scene *scene)
{
    use_clocks(scene);
    neighbour_add(scene);
    hosts_api_add(scene->hosts, "a", 10, 80);
    scene_start(scene, (const char *const[]){ "--set=api.retries=0", "--timeout=10m", NULL });
    scene_wait_reads(scene, "a", 1);
    hosts_api_trouble(scene->hosts, REQUEST_STATUS, TROUBLE_OVERLOADED, FOR_EVER);
    fail_for_periods(scene);
    hosts_api_trouble(scene->hosts, REQUEST_STATUS, TROUBLE_NONE, 0);
    scene_wait_lines(scene, " info breaker_closed ", 1);
    neighbour_grow(scene);
    neighbour_stop(scene);
    struct program *program = scene->stage.program;
    assert_int_equal(told_in_all(scene, "pass_blind"), program_count_lines(program, BLIND));
    assert_true(program_count_lines(program, " warn pass_blind ") <= LIMIT_LINES * (PERIODS + 1));
    assert_in_range(program_count_lines(program, " warn status_failed "), 2, 4);
    assert_int_equal(program_count_lines(program, " error breaker_opened "), 1);
    assert_int_equal(scene_scales(scene, "a"), 0);
}
