/*
 * The engine without memory: the n-th allocation and all after it fail, for every n, first at start-up, then while it
 * discovers and scales the demo's fleet. Each time it reports the error, ends, and leaks nothing. Also: the signal
 * handlers that it leaves.
 */
#include "tests/support/test.h"

#include <stdbool.h>

#include "tests/support/watched_heap.h"

#include "engine/config/config.h"
#include "engine/run/engine.h"

#include <errno.h>
#include <signal.h>

#define ALLOCATIONS_MAX 100000

static char program[] = "autoscaler";
static char once[] = "--once";
static char demo[] = "--demo=20";
static char speed[] = "--demo-speed=1000";
static char log_file[] = "--log-file=/dev/null";
static char *arguments[] = { program, once, demo, speed, log_file, NULL };

static int reload(void *context, struct config **ret_config, struct warnings *more,
                  struct error *err)
{
    (void)context;
    (void)more;
    return config_load(COUNT_OF(arguments) - 1, arguments, ret_config, err);
}

static int start(struct engine **ret_engine, struct error *err)
{
    struct config *config = NULL;
    int failed = reload(NULL, &config, NULL, err);
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

/* True: no allocation failed this time, so all of them have been tried. */
static bool run_with(int64_t allocations)
{
    struct engine *engine = NULL;
    struct error err = { 0 };
    assert_int_equal(start(&engine, &err), 0);
    watched_heap.succeed_count = allocations;
    assert_int_equal(engine_run(engine), ENGINE_DONE);
    bool was_enough = watched_heap.succeed_count > 0;
    watched_heap.succeed_count = -1;
    const struct reconciler *reconciler = engine_reconciler(engine);
    const struct pass_summary *pass = reconciler_pass(reconciler);
    if (was_enough) {
        assert_true(reconciler_is_discovery_ok(reconciler));
        assert_int_equal(pass->read, 20);
    }
    /* Every scale follows a read, and nothing is scaled by half a list. */
    assert_true(pass->scaled <= pass->read);
    assert_true(pass->read == 0 || fleet_count(reconciler_fleet(reconciler)) == 20);
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

static char nowhere[] = "--api=http://127.0.0.1:1";
static char *arguments_nowhere[] = { program, once, nowhere, log_file, NULL };

static int reload_nowhere(void *context, struct config **ret_config, struct warnings *more,
                          struct error *err)
{
    (void)more;
    ++*(int *)context;
    return config_load(COUNT_OF(arguments_nowhere) - 1, arguments_nowhere, ret_config, err);
}

static void a_reload_leaves_nothing_of_the_old_configuration(void **state)
{
    (void)state;
    int count = 0;
    struct config *config = NULL;
    struct engine *engine = NULL;
    struct error err = { 0 };
    assert_int_equal(reload_nowhere(&count, &config, NULL, &err), 0);
    assert_int_equal(engine_create(config, reload_nowhere, &count, &engine, &err), 0);
    assert_int_equal(raise(SIGHUP), 0);
    engine_run(engine);
    assert_int_equal(count, 2);
    assert_string_equal(engine_api_url(engine), engine_config(engine)->api.url);
    engine_destroy(engine);
    assert_int_equal(watched_heap.live_count, 0);
}

static bool ends_by_default(int number)
{
    struct sigaction action;
    assert_int_equal(sigaction(number, NULL, &action), 0);
    return action.sa_handler == SIG_DFL;
}

/* The report that follows may be written to a pipe whose reader is blocked: a signal must end the program. */
static void once_done_it_can_be_ended_like_any_program(void **state)
{
    (void)state;
    struct engine *engine = NULL;
    struct error err = { 0 };
    assert_int_equal(start(&engine, &err), 0);
    assert_false(ends_by_default(SIGTERM));
    assert_int_equal(engine_run(engine), ENGINE_DONE);
    assert_true(ends_by_default(SIGTERM));
    assert_true(ends_by_default(SIGINT));
    engine_destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_up_survives_every_failed_allocation),
        cmocka_unit_test(a_cycle_survives_every_failed_allocation),
        cmocka_unit_test(a_reload_leaves_nothing_of_the_old_configuration),
        cmocka_unit_test(once_done_it_can_be_ended_like_any_program),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
