#include "tests/sim/trial.h"

#include "tests/sim/report.h"
#include "tests/sim/shrink.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define RECORDS_SHOWN 40

static struct plan plan;
static struct run_result result;
static struct run_result other;
static struct shrunk shrunk;

static const uint64_t kept_seeds[] = {
#define SEED(seed, law, meaning) seed,
#include "tests/sim/seeds.def"
#undef SEED
    0,
};

size_t trial_seed_count(void)
{
    return sizeof kept_seeds / sizeof kept_seeds[0] - 1;
}

uint64_t trial_seed(size_t index)
{
    return kept_seeds[index];
}

static void print_failure(const struct run_options *options)
{
    struct run_options focused = *options;
    focused.focus = result.site == SITE_NONE ? 0 : result.site;
    run_seed(&plan, &focused, &result);
    report_records(&result, RECORDS_SHOWN);
    printf("again: make sim SEED=%" PRIu64 "\n", plan.seed);
    fflush(stdout);
    shrink_run(&plan, options, &result, &shrunk);
    report_breach(&plan, &result, "smallest");
    for (uint32_t i = 0; i < FAMILY_COUNT; i++)
        if (shrunk.options.families >> i & 1 && plan.permille[i] > 0)
            printf("  family %s, %d in a thousand\n", family_name((enum family)i),
                   plan.permille[i]);
    size_t left = plan.site_count;
    for (size_t i = 0; i < plan.site_count; i++)
        left -= shrunk.is_left_out[i];
    printf("  %zu deployments\n", left);
    report_faults(&result);
    report_records(&result, 3 * RECORDS_SHOWN);
}

static bool fail(const struct trial *trial, const struct run_options *options, const char *title)
{
    report_breach(&plan, &result, title);
    if (trial->is_verbose)
        print_failure(options);
    fflush(stdout);
    return false;
}

static void add(struct trial_sum *sum, const struct run_result *from)
{
    if (sum->runs++ == 0)
        sum->trace = from->trace;
    sum->reads += from->reads;
    sum->scales += from->scales;
    sum->steps += from->step;
}

static bool run_pair(const struct trial *trial, struct trial_sum *sum)
{
    plan_make_pair(&plan, trial->seed);
    struct run_options options = run_options_default;
    options.are_even_spared = true;
    run_seed(&plan, &options, &result);
    add(sum, &result);
    if (result.breach.law != LAW_NONE)
        return fail(trial, &options, "broken, in a pair");
    options.are_all_spared = true;
    run_seed(&plan, &options, &other);
    add(sum, &other);
    for (uint32_t i = 0; i < plan.site_count; i += 2) {
        if (result.site_traces[i] == other.site_traces[i])
            continue;
        result.breach = (struct breach){ LAW_PAIR, 0, 0 };
        result.site = i;
        report_breach(&plan, &result, "broken, in a pair");
        return false;
    }
    return true;
}

static bool run_again(const struct run_options *options, struct trial_sum *sum)
{
    run_seed(&plan, options, &other);
    add(sum, &other);
    if (other.trace == result.trace)
        return true;
    result.breach = (struct breach){ LAW_REPLAY, 0, 0 };
    report_breach(&plan, &result, "broken");
    return false;
}

bool trial_run(const struct trial *trial, struct trial_sum *sum)
{
    struct run_options options = run_options_default;
    options.steps_max = trial->steps_max;
    plan_make(&plan, trial->seed);
    run_seed(&plan, &options, &result);
    add(sum, &result);
    if (result.breach.law != LAW_NONE)
        return fail(trial, &options, "broken");
    if (trial->is_repeated && !run_again(&options, sum))
        return false;
    return !trial->is_paired || run_pair(trial, sum);
}
