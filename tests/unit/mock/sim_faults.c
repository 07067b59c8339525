#include "engine/mock/sim_faults.h"

#include "engine/base/arith.h"
#include "tests/support/test.h"

#include <string.h>

#define REQUEST_COUNT 6000

static struct sim_faults make_faults(uint64_t seed, int32_t share_ppb)
{
    return (struct sim_faults){ .random = { .state = seed }, .share_ppb = share_ppb };
}

static void count_faults(struct sim_faults *faults, int ret_counts[SIM_FAULT_COUNT + 1])
{
    memset(ret_counts, 0, (SIM_FAULT_COUNT + 1) * sizeof ret_counts[0]);
    for (int i = 0; i < REQUEST_COUNT; i++)
        ret_counts[sim_faults_draw(faults)]++;
}

static void without_a_share_there_are_none(void **state)
{
    (void)state;
    struct sim_faults faults = make_faults(42, 0);
    int counts[SIM_FAULT_COUNT + 1];
    count_faults(&faults, counts);
    assert_int_equal(counts[SIM_FAULT_NONE], REQUEST_COUNT);
}

static void every_fault_is_equally_likely(void **state)
{
    (void)state;
    struct sim_faults faults = make_faults(42, SHARE_WHOLE);
    int counts[SIM_FAULT_COUNT + 1];
    count_faults(&faults, counts);
    assert_int_equal(counts[SIM_FAULT_NONE], 0);
    for (int i = 1; i <= SIM_FAULT_COUNT; i++)
        assert_in_range(counts[i], 850, 1150);
}

static void the_share_is_kept(void **state)
{
    (void)state;
    struct sim_faults faults = make_faults(42, SHARE_WHOLE / 4);
    int counts[SIM_FAULT_COUNT + 1];
    count_faults(&faults, counts);
    assert_in_range(counts[SIM_FAULT_NONE], 4350, 4650);
}

static void a_seed_repeats_its_faults(void **state)
{
    (void)state;
    struct sim_faults first = make_faults(7, SHARE_WHOLE / 2);
    struct sim_faults second = first;
    for (int i = 0; i < REQUEST_COUNT; i++) {
        assert_int_equal(sim_faults_draw(&first), sim_faults_draw(&second));
        assert_ptr_equal(sim_faults_draw_garbage(&first), sim_faults_draw_garbage(&second));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_share_there_are_none),
        cmocka_unit_test(every_fault_is_equally_likely),
        cmocka_unit_test(the_share_is_kept),
        cmocka_unit_test(a_seed_repeats_its_faults),
    };
    return cmocka_run_group_tests_name("sim_faults", tests, NULL, NULL);
}
