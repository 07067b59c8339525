/*
 * published_row - a deployment, and the row of it in a snapshot.
 *
 * Include it in one .c file of a test: the functions belong to that file. One thread. Errors fail the test.
 */
#ifndef TESTS_SUPPORT_PUBLISHED_ROW_H
#define TESTS_SUPPORT_PUBLISHED_ROW_H

#include "engine/base/arith.h"
#include "engine/view/publish.h"
#include "engine/view/publish_row.h"
#include "tests/support/test.h"

#define WALL_AHEAD_MS INT64_C(1767362600000)

static const struct ledger_timeouts timeouts = { 600000, 600000, 600000 };
static const struct publish_context plain_context = {
    .now = { 50000 },
    .wall = { WALL_AHEAD_MS + 50000 },
    .speed_millis = 1000,
    .version = "0",
    .api_url = "http://localhost",
};

static const struct snapshot_name plain_name = { "eu-1", "eu-1", "eu-1" };

/* A row made from the deployment alone. */
static inline void make_row(const struct deployment *deployment, const struct snapshot_name *name,
                            bool is_all_paused, const struct publish_context *context,
                            uint32_t known_pass, struct snapshot_row *row)
{
    struct deployment_figures figures;
    deployment_figures_make(deployment, is_all_paused, &figures);
    publish_row_make(deployment, name, &figures, context, known_pass, row);
}

static inline struct snapshot_row made_row(const struct deployment *deployment,
                                           const struct publish_context *context)
{
    struct snapshot_row row = { 0 };
    make_row(deployment, &plain_name, false, context, 0, &row);
    return row;
}

/* Ninety of a hundred servers busy want one host more for 15 %. */
static inline struct deployment read_deployment(void)
{
    struct deployment deployment = {
        .is_used = true,
        .is_listed = true,
        .has_status = true,
        .last_pass = 1,
        .servers_per_host = 10,
        .target_free_ppb = 15 * SHARE_PERCENT,
        .policy = &policy_default,
        .status = { 10, 100, 10 },
        .status_at = { 20000 },
        .desired_hosts = 11,
        .raw_delta = 1,
        .action = ACTION_HELD,
        .reason = REASON_PAUSED,
    };
    deployment.input = (struct decision_input){
        .policy = &policy_default,
        .servers_per_host = 10,
        .target_free_ppb = 15 * SHARE_PERCENT,
        .status = deployment.status,
        .desired_high = 11,
        .gate = REASON_PAUSED,
    };
    return deployment;
}

static inline void put_sample(struct deployment *deployment, uint32_t pass, int32_t busy,
                              int32_t free)
{
    deployment->last_pass = pass;
    history_put(&deployment->history, pass,
                &(struct history_sample){ .busy_servers = busy, .free_servers = free, .hosts = 1 });
}

#endif
