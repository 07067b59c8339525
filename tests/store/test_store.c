/*
 * The journal and crashes: a process that uses it is killed at each failpoint and at operations on files, and loses the
 * power at operations; what is restored afterwards is what the records allow. `make crash` takes every operation
 * (CRASHES=all), and a failpoint more often; otherwise every third operation is taken,
 * and fewer under ThreadSanitizer.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "engine/store/failpoint.h"
#include "tests/store/fault_vfs.h"
#include "tests/store/script.h"
#include "tests/support/sanitizer.h"
#include "tests/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define HITS_MAX 6 /* the first times at which a failpoint is reached */
#define HITS_MAX_SHORT (HAS_THREAD_SANITIZER ? 1 : 2)
#define STRIDE_SHORT (3 * SLOWER)
#define ENDINGS_MIN (15 / SLOWER)
#define VERSION_OFFSET 60 /* of user_version in the file */
#define LATER_NUMBER 120

/* How a process begins, and what disturbs it beside its end. */
enum scenario { SCENARIO_NEW, SCENARIO_KNOWN, SCENARIO_CRASHED, SCENARIO_DAMAGED, SCENARIO_DISK };

#define SCENARIO_COUNT 5

static const char *const scenario_names[SCENARIO_COUNT] = {
    [SCENARIO_NEW] = "no journal",
    [SCENARIO_KNOWN] = "a journal of an earlier run",
    [SCENARIO_CRASHED] = "a journal of a run that was killed",
    [SCENARIO_DAMAGED] = "a journal with a damaged header",
    [SCENARIO_DISK] = "a disk that fails in between",
};

/* --- the failpoint --------------------------------------------------------------------------------------------- */

/* Shared with the processes that are killed. */
static struct shared {
    bool is_armed;
    enum failpoint_id target;
    int hits_left;
    bool was_reached[FAILPOINT_COUNT]; /* and ended a process */
} * shared;

void __wrap_failpoint(enum failpoint_id id);

void __wrap_failpoint(enum failpoint_id id)
{
    if (!shared || !shared->is_armed || shared->target != id || --shared->hits_left > 0)
        return;
    shared->was_reached[id] = true;
    raise(SIGKILL);
}

/* --- one cell -------------------------------------------------------------------------------------------------- */

/* How a process ends. */
struct ending {
    enum fault fault; /* KILL or POWER at `operation`; NONE: at the failpoint */
    int64_t operation;
    uint64_t seed; /* of POWER */
    enum failpoint_id failpoint;
    int hit;
};

struct cell {
    enum scenario scenario;
    struct ending ending;
    struct journal_fixture fixture;
    struct book *book;
};

static void print_cell(const struct cell *cell)
{
    const struct ending *ending = &cell->ending;
    print_message("%s, ", scenario_names[cell->scenario]);
    if (ending->fault == FAULT_NONE)
        print_message("killed at %s, time %d\n", failpoint_name(ending->failpoint), ending->hit);
    else
        print_message("%s at operation %d, seed %d\n",
                      ending->fault == FAULT_POWER ? "without power" : "killed",
                      (int)ending->operation, (int)ending->seed);
}

static void arm(const struct ending *ending)
{
    if (ending->fault == FAULT_POWER)
        fault_vfs_record(ending->seed);
    if (ending->fault != FAULT_NONE) {
        fault_vfs_set(ending->fault, ending->operation, 1);
        return;
    }
    shared->target = ending->failpoint;
    shared->hits_left = ending->hit;
    shared->is_armed = true;
}

/* True: it was killed; false: it came to its end. */
static bool run_child(struct cell *cell, const struct ending *ending, int first)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL); /* the handler of the tests would run the next test */
        signal(SIGABRT, SIG_DFL);
        arm(ending);
        script_run(&cell->fixture, cell->book, first, cell->scenario == SCENARIO_DISK);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    shared->is_armed = false;
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
        print_cell(cell);
    assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

static void damage_header(const char *path)
{
    size_t size;
    char *bytes = read_whole_file(path, &size);
    assert_true(size > VERSION_OFFSET);
    bytes[VERSION_OFFSET] ^= 1;
    write_whole_file(path, bytes, size);
    free(bytes);
}

static void prepare(struct cell *cell)
{
    static const struct ending none = { .fault = FAULT_KILL, .operation = INT64_MAX };
    static const struct ending in_between = { .failpoint = FAILPOINT_BATCH_COMMITTED, .hit = 4 };
    if (cell->scenario == SCENARIO_KNOWN || cell->scenario == SCENARIO_DAMAGED)
        assert_false(run_child(cell, &none, 0));
    if (cell->scenario == SCENARIO_CRASHED)
        assert_true(run_child(cell, &in_between, 0));
    if (cell->scenario == SCENARIO_DAMAGED)
        damage_header(cell->fixture.path);
}

static void check(struct cell *cell)
{
    struct error err = { 0 };
    bool was_power_lost = cell->ending.fault == FAULT_POWER;
    bool is_good = journal_fixture_open(&cell->fixture, &err) == 0 &&
                   book_allows(cell->book, cell->fixture.restored, was_power_lost) &&
                   (!cell->fixture.start.opening.is_damaged || cell->scenario == SCENARIO_DAMAGED);
    if (!is_good) {
        print_cell(cell);
        print_message("%s%s\n", err.msg, cell->fixture.start.opening.damage);
    }
    assert_true(is_good);
}

/* The journal is as good as any afterwards. */
static void continue_run(struct cell *cell)
{
    struct error err;
    cell->fixture.receive = NULL;
    uint64_t ticket = journal_fixture_put(&cell->fixture, record_intent(LATER_NUMBER));
    journal_fixture_flush(&cell->fixture);
    journal_fixture_await(&cell->fixture, ticket);
    journal_fixture_close(&cell->fixture);
    assert_int_equal(journal_fixture_open(&cell->fixture, &err), 0);
    assert_non_null(strstr(cell->fixture.restored, "key-120 -121  1\n"));
}

/* False: the process was not killed: its end is not reached. */
static bool run_cell(enum scenario scenario, const struct ending *ending)
{
    struct cell *cell = calloc(1, sizeof *cell);
    assert_non_null(cell);
    cell->scenario = scenario;
    cell->ending = *ending;
    cell->book = book_create();
    fault_vfs_reset();
    journal_fixture_init(&cell->fixture);
    prepare(cell);
    bool was_killed = run_child(cell, ending, SCRIPT_NUMBERS);
    check(cell);
    continue_run(cell);
    journal_fixture_fini(&cell->fixture);
    book_destroy(cell->book);
    free(cell);
    return was_killed;
}

/* --- the matrix ------------------------------------------------------------------------------------------------ */

static int crash_count;

static bool is_short(void)
{
    const char *crashes = getenv("CRASHES");
    return !crashes || strcmp(crashes, "all") != 0;
}

static void killed_at_each_failpoint(void **state)
{
    (void)state;
    int hits_max = is_short() ? HITS_MAX_SHORT : HITS_MAX;
    for (int scenario = 0; scenario < SCENARIO_COUNT; scenario++)
        for (int id = 0; id < FAILPOINT_STORE_COUNT; id++)
            for (int hit = 1; hit <= hits_max; hit++) {
                struct ending ending = { .failpoint = (enum failpoint_id)id, .hit = hit };
                if (!run_cell((enum scenario)scenario, &ending))
                    break;
                crash_count++;
            }
    int missing = 0;
    for (int id = 0; id < FAILPOINT_STORE_COUNT; id++)
        if (!shared->was_reached[id]) {
            print_message("never reached: %s\n", failpoint_name((enum failpoint_id)id));
            missing++;
        }
    assert_int_equal(missing, 0);
}

/* The number of operations at which the process was ended. */
static int end_at_operations(enum scenario scenario, enum fault fault, uint64_t seed)
{
    int64_t stride = is_short() ? STRIDE_SHORT : 1;
    struct ending ending = {
        .fault = fault,
        .seed = seed,
        .operation = 1 + (int64_t)seed % stride,
    };
    int count = 0;
    while (run_cell(scenario, &ending)) {
        ending.operation += stride;
        count++;
    }
    crash_count += count;
    return count;
}

static void killed_at_operations(void **state)
{
    (void)state;
    assert_true(end_at_operations(SCENARIO_NEW, FAULT_KILL, 0) > ENDINGS_MIN);
    assert_true(end_at_operations(SCENARIO_CRASHED, FAULT_KILL, 1) > ENDINGS_MIN);
    assert_true(end_at_operations(SCENARIO_DAMAGED, FAULT_KILL, 2) > ENDINGS_MIN);
}

static void without_power_at_operations(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 4; seed++)
        assert_true(end_at_operations(seed % 2 ? SCENARIO_CRASHED : SCENARIO_KNOWN, FAULT_POWER,
                                      seed) > ENDINGS_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_at_each_failpoint),
        cmocka_unit_test(killed_at_operations),
        cmocka_unit_test(without_power_at_operations),
    };
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(shared != MAP_FAILED);
    fault_vfs_install();
    int failed = cmocka_run_group_tests_name("store: crashes", tests, NULL, NULL);
    printf("count: %d crashes of the journal survived\n", crash_count);
    return failed;
}
