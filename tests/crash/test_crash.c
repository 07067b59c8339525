/*
 * The program is killed at each failpoint of each scenario, or loses the power there, and continues: hosts are ordered
 * as often as they are needed. Each failpoint is taken in one scenario, in turn. `make crash` takes every cell, in one
 * process for each scenario (CRASH_SCENARIO=0 and on).
 */
#include "tests/crash/crash_run.h"

#include "tests/support/test.h"

#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HITS_MAX 3 /* the first times at which a failpoint is reached */
#define KILLS 40
#define KILL_MS 3000
#define LOOP_READS_MAX 6

static int crash_count;

/* How often each failpoint is reached in each scenario, without a kill. */
static int reached[CRASH_SCENARIO_COUNT][FAILPOINT_COUNT];

/* --- what is reached ------------------------------------------------------------------------------------------- */

static void survey(size_t scenario)
{
    static const struct crash_place nowhere = { .hit = 0 };
    struct crash_run run;
    crash_run_init(&run, &crash_scenarios[scenario]);
    assert_false(crash_run_begin(&run, &nowhere));
    for (int id = 0; id < FAILPOINT_COUNT; id++)
        reached[scenario][id] = crash_program_hits(&run.program, (enum failpoint_id)id);
    crash_run_continue(&run);
    crash_run_fini(&run);
}

/* --- one cell -------------------------------------------------------------------------------------------------- */

static bool run_cell(size_t scenario, const struct crash_place *place)
{
    struct crash_run run;
    print_message("%s: %s, time %d%s\n", crash_scenarios[scenario].name,
                  failpoint_name(place->failpoint), place->hit,
                  place->is_power_lost ? ", without power" : "");
    crash_run_init(&run, &crash_scenarios[scenario]);
    bool was_killed = crash_run_begin(&run, place);
    crash_run_continue(&run);
    crash_run_fini(&run);
    crash_count += was_killed;
    return was_killed;
}

/* --- the matrix ------------------------------------------------------------------------------------------------ */

static bool is_reached(int id)
{
    for (size_t i = 0; i < CRASH_SCENARIO_COUNT; i++)
        if (reached[i][id] > 0)
            return true;
    return false;
}

static void each_failpoint_is_reached(void **state)
{
    int missing = 0;
    (void)state;
    for (size_t i = 0; i < CRASH_SCENARIO_COUNT; i++)
        survey(i);
    for (int id = 0; id < FAILPOINT_COUNT; id++) {
        if (is_reached(id))
            continue;
        print_message("in no scenario: %s\n", failpoint_name((enum failpoint_id)id));
        missing++;
    }
    assert_int_equal(missing, 0);
}

/* The next scenario that reaches it. */
static size_t choose_scenario(int id)
{
    size_t scenario = (size_t)id % CRASH_SCENARIO_COUNT;
    assert_true(is_reached(id));
    while (reached[scenario][id] == 0)
        scenario = (scenario + 1) % CRASH_SCENARIO_COUNT;
    return scenario;
}

static void killed_at_each_failpoint(void **state)
{
    (void)state;
    for (int id = 0; id < FAILPOINT_COUNT; id++) {
        struct crash_place place = { .failpoint = (enum failpoint_id)id,
                                     .hit = 1,
                                     .is_power_lost = id / (int)CRASH_SCENARIO_COUNT % 2,
                                     .power_seed = id };
        assert_true(run_cell(choose_scenario(id), &place));
    }
}

/* --- every cell of a scenario ---------------------------------------------------------------------------------- */

static size_t own_scenario;

static void print_unreached(size_t scenario)
{
    printf("not reached in \"%s\":", crash_scenarios[scenario].name);
    for (int id = 0; id < FAILPOINT_COUNT; id++)
        if (reached[scenario][id] == 0)
            printf(" %s", failpoint_name((enum failpoint_id)id));
    printf("\n");
}

/* The first time with and without power, later times with or without it. */
static int run_hit(enum failpoint_id id, int hit)
{
    int killed = 0;
    for (int power = 0; power < 2; power++) {
        struct crash_place place = { id, hit, power, (int)id * HITS_MAX + hit - 1 };
        if (hit == 1 || ((int)id + hit) % 2 == power)
            killed += run_cell(own_scenario, &place);
    }
    return killed;
}

/* A later time that is reached in one run may be missed in another: the order of threads differs. */
static void killed_at_every_cell(void **state)
{
    (void)state;
    survey(own_scenario);
    for (int id = 0; id < FAILPOINT_COUNT; id++)
        for (int hit = 1; hit <= HITS_MAX && hit <= reached[own_scenario][id]; hit++) {
            int killed = run_hit((enum failpoint_id)id, hit);
            assert_true(hit > 1 || killed > 0);
        }
    print_unreached(own_scenario);
}

/* --- killed again and again ------------------------------------------------------------------------------------ */

static void kill_again_and_again(struct crash_run *run)
{
    for (int i = 0; i < KILLS; i++) {
        struct crash_place place = { .failpoint = (enum failpoint_id)(i * 7 % FAILPOINT_COUNT),
                                     .hit = 1 + i % HITS_MAX };
        crash_run_kill(run, &place, 1 + i % LOOP_READS_MAX, KILL_MS);
        crash_count++;
    }
    crash_run_continue(run);
}

static void killed_every_three_seconds_while_it_orders(void **state)
{
    struct crash_run run;
    (void)state;
    crash_run_init(&run, &crash_scenarios[0]);
    kill_again_and_again(&run);
    crash_run_fini(&run);
}

static void killed_every_three_seconds_while_hosts_boot_uncounted(void **state)
{
    struct crash_run run;
    (void)state;
    crash_run_init(&run, &crash_scenarios[1]);
    crash_run_order_for_ever(&run);
    kill_again_and_again(&run);
    crash_run_fini(&run);
}

/* True: the environment names a scenario. */
static bool is_one_scenario(void)
{
    const char *number = getenv("CRASH_SCENARIO");
    int64_t value = 0;
    if (!number)
        return false;
    must(integer_parse(number, strlen(number), &value));
    must(value >= 0 && value < CRASH_SCENARIO_COUNT);
    own_scenario = (size_t)value;
    return true;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_failpoint_is_reached),
        cmocka_unit_test(killed_at_each_failpoint),
        cmocka_unit_test(killed_every_three_seconds_while_it_orders),
        cmocka_unit_test(killed_every_three_seconds_while_hosts_boot_uncounted),
    };
    const struct CMUnitTest every_cell[] = { cmocka_unit_test(killed_at_every_cell) };
    int failed = is_one_scenario() ? cmocka_run_group_tests_name("crash", every_cell, NULL, NULL)
                                   : cmocka_run_group_tests_name("crash", tests, NULL, NULL);
    printf("count: %d crashes of the program survived\n", crash_count);
    return failed;
}
