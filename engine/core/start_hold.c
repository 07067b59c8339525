#include "engine/core/start_hold.h"

#include "engine/base/arith.h"

void start_hold_begin(struct deployment *deployment)
{
    deployment->start_statuses = deployment->is_reading ? -1 : 0;
    deployment->start_hosts = deployment->status.current_hosts;
    deployment->is_start_unknown = false;
    deployment->is_start_restored = false;
    deployment->growth_base = (struct growth_base){ 0 };
    /* For a scale that is decided and not sent yet. */
    deployment->input.start_hosts = deployment->start_hosts;
    deployment->input.start_left_ms = 0;
}

static int64_t left_ms(const struct deployment *deployment, int64_t period_ms, struct mono now)
{
    int64_t end_ms = (int64_t)deployment->start_at_s * 1000 + period_ms;
    return period_ms == 0 ? 0 : max_i64(0, end_ms - now.ms);
}

/* Hosts without all their servers may drain. */
static int64_t drain_left_ms(const struct deployment *deployment, struct mono now)
{
    const struct status *status = &deployment->status;
    int64_t capacity = (int64_t)status->current_hosts * deployment->servers_per_host;
    bool may_drain = deployment->is_start_unknown && status->total_servers < capacity;
    return may_drain ? left_ms(deployment, deployment->policy->drain_timeout_ms, now) : 0;
}

static void begin(struct deployment *deployment, struct mono now)
{
    deployment->start_hosts = deployment->status.current_hosts;
    deployment->start_at_s = (uint32_t)clamp_i64(ceil_div(now.ms, 1000), 0, UINT32_MAX);
}

/* The first status of this run: nothing goes below its hosts before a second one, and while the hold lasts. */
static void go_on(struct deployment *deployment, struct mono now)
{
    int32_t hosts = deployment->status.current_hosts;
    bool is_over = left_ms(deployment, deployment->policy->scale_down_window_ms, now) == 0;
    deployment->start_hosts = is_over ? hosts : (int32_t)max_i64(deployment->start_hosts, hosts);
}

void start_hold_observe(struct deployment *deployment, struct mono now, int64_t silent_ms,
                        uint32_t silent_passes)
{
    /* The passes of a time in which the program did not run are not known. */
    bool is_restored = deployment->is_start_restored && deployment->start_statuses == 0;
    if ((is_restored || silent_passes > START_SILENT_PASSES) &&
        silent_ms >= deployment->policy->scale_down_window_ms) {
        deployment->start_statuses = 0;
        deployment->is_start_unknown = false;
        is_restored = false;
    }
    if (is_restored)
        go_on(deployment, now);
    else if (deployment->start_statuses <= 0)
        begin(deployment, now);
    if (deployment->start_statuses < START_STATUSES_MIN)
        deployment->start_statuses++;
}

void start_hold_fill_input(const struct deployment *deployment, struct mono now,
                           struct decision_input *input)
{
    int64_t window_ms = deployment->policy->scale_down_window_ms;
    int64_t hold_ms = max_i64(left_ms(deployment, window_ms, now), drain_left_ms(deployment, now));
    bool is_over = hold_ms == 0 && deployment->start_statuses >= START_STATUSES_MIN;
    bool is_held = !is_over && !deployment->policy->is_bare;
    input->start_hosts = is_held ? deployment->start_hosts : 0;
    input->start_left_ms = is_held ? saturate_i32(hold_ms) : 0;
}
