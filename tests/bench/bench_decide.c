/*
 * bench_decide - what one decision costs, with the steps of its explanation, beside the bare formula.
 */
#include "engine/base/arith.h"
#include "engine/core/decision.h"
#include "engine/core/delta.h"
#include "engine/core/explain.h"

#include <stdio.h>
#include <time.h>

#define ROUNDS 5000000
#define TEXT_ROUNDS 200000

static double now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static struct decision_input input(int32_t i)
{
    return (struct decision_input){
        .policy = &policy_default,
        .servers_per_host = 1 + i % 17,
        .target_free_ppb = 125000000,
        .status = { .current_hosts = 100,
                    .total_servers = 100 * (1 + i % 17),
                    .free_servers = i % 97 },
        .pending_hosts = i % 5,
        .desired_high = 90,
    };
}

static double formula_ns(int64_t *sum)
{
    double started = now_ns();
    for (int32_t i = 0; i < ROUNDS; i++) {
        struct decision_input in = input(i);
        struct delta_input formula = { in.servers_per_host, in.status.total_servers,
                                       in.status.free_servers, in.target_free_ppb };
        *sum += delta_desired_hosts(&formula);
    }
    return (now_ns() - started) / ROUNDS;
}

static double decision_ns(int64_t *sum)
{
    double started = now_ns();
    for (int32_t i = 0; i < ROUNDS; i++) {
        struct decision_input in = input(i);
        struct decision decision;
        decide(&in, &decision);
        *sum += decision.delta + (int64_t)decision.step_count;
    }
    return (now_ns() - started) / ROUNDS;
}

static double explained_ns(int64_t *sum)
{
    double started = now_ns();
    for (int32_t i = 0; i < TEXT_ROUNDS; i++) {
        struct decision_input in = input(i);
        struct decision decision;
        decide(&in, &decision);
        for (size_t step = 0; step < decision.step_count; step++) {
            char storage[256];
            struct text text;
            text_init(&text, storage, sizeof storage);
            struct explanation explanation;
            explain_step(&in, &decision, step, &explanation);
            explanation_add(&text, &explanation);
            *sum += (int64_t)text.length;
        }
    }
    return (now_ns() - started) / TEXT_ROUNDS;
}

int main(void)
{
    int64_t sum = 0;
    double formula = formula_ns(&sum);
    double decision = decision_ns(&sum);
    printf("one decision with its explanation's steps: %.0f ns (budget: 200), %.1f times the bare "
           "formula (%.0f ns)\n",
           decision, decision / formula, formula);
    printf("  written out as lines for people: %.0f ns (only for a deployment in focus)\n",
           explained_ns(&sum));
    return sum == 0;
}
