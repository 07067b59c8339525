/*
 * The engine without memory: the n-th allocation and all after it fail, for every n, first at start-up, then while it
 * discovers and scales the demo's fleet. Each time it says so, ends, and leaks nothing.
 */
#include "tests/support/test.h"

#include <stdbool.h>

#include "tests/support/watched_heap.h"

#include "engine/run/config.h"
#include "engine/run/engine.h"

#include <errno.h>

#define ALLOCATIONS_MAX 100000

static char program[] = "autoscaler";
static char once[] = "--once";
static char demo[] = "--demo=20";
static char speed[] = "--demo-speed=1000";
static char log_file[] = "--log-file=/dev/null";
static char *arguments[] = { program, once, demo, speed, log_file, NULL };

static int reload(void *context, struct config **ret_config, struct error *err)
{
    (void)context;
    return config_load(COUNT_OF(arguments) - 1, arguments, ret_config, err);
}

static int start(struct engine **ret_engine, struct error *err)
{
    struct config *config = NULL;
    int failed = reload(NULL, &config, err);
    return failed ? failed : engine_create(config, reload, NULL, ret_engine, err);
}

static void start_up_survives_every_failed_allocation(void **state)
{
    (void)state;
    for (int64_t n = 0; n < ALLOCATIONS_MAX; n++) {
        struct engine *engine = NULL;
        struct error err = { 0 };
        watched_heap.succeed_count = n;
        int failed = start(&engine, &err);
        watched_heap.succeed_count = -1;
        if (!failed) {
            engine_run(engine);
            engine_destroy(engine);
            assert_int_equal(watched_heap.live_count, 0);
            assert_true(n > 10);
            return;
        }
        assert_int_equal(failed, -ENOMEM);
        assert_true(err.msg[0] != '\0');
        assert_int_equal(watched_heap.live_count, 0);
    }
    fail_msg("start-up never came to an end");
}

/* True: this time nothing failed, so that all of it has been tried. */
static bool run_with(int64_t allocations)
{
    struct engine *engine = NULL;
    struct error err = { 0 };
    assert_int_equal(start(&engine, &err), 0);
    watched_heap.succeed_count = allocations;
    assert_int_equal(engine_run(engine), ENGINE_DONE);
    bool was_enough = watched_heap.succeed_count > 0;
    watched_heap.succeed_count = -1;
    const struct machine *machine = engine_machine(engine);
    const struct pass_summary *pass = machine_pass(machine);
    if (was_enough) {
        assert_true(machine_is_discovery_ok(machine));
        assert_int_equal(pass->read, 20);
    }
    /* What was accepted was read first, and nothing is scaled on half a list. */
    assert_true(pass->scaled <= pass->read);
    assert_true(pass->read == 0 || fleet_count(machine_fleet(machine)) == 20);
    engine_destroy(engine);
    assert_int_equal(watched_heap.live_count, 0);
    return was_enough;
}

static void a_cycle_survives_every_failed_allocation(void **state)
{
    (void)state;
    for (int64_t n = 0; n < ALLOCATIONS_MAX; n++)
        if (run_with(n)) {
            assert_true(n > 10);
            return;
        }
    fail_msg("a cycle never had enough memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_up_survives_every_failed_allocation),
        cmocka_unit_test(a_cycle_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("engine without memory", tests, NULL, NULL);
}
