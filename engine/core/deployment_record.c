#include "engine/core/deployment_record.h"

#include "engine/base/arith.h"
#include "engine/core/byte_walk.h"
#include "engine/core/intake.h"

#include <errno.h>

/* Ages of `unready` are modulo 2^32 milliseconds. */
#define UNREADY_AGE_MS_MAX INT32_MAX

/* A copy of what is written, or what was read and is not used yet. */
struct memory {
    struct deployment deployment; /* only the fields that are walked */
    struct ledger ledger;
    struct growth growth;
    bool has_ledger;
    bool has_growth;
    bool has_status;
};

/* --- the walk over the parts ----------------------------------------------------------------------------------- */

static void walk_entry(struct byte_walk *walk, struct ledger_entry *entry)
{
    bool *const flags[] = { &entry->is_unclear, &entry->is_measured, &entry->is_assumed,
                            &entry->was_seen,   &entry->has_served,  &entry->is_unfilled };
    walk_i32(walk, &entry->delta, INT32_MIN + 1);
    walk_i32(walk, &entry->seen, INT32_MIN + 1);
    walk_i32(walk, &entry->shown, 0);
    walk_i32(walk, &entry->done, 0);
    walk_instant(walk, &entry->sent);
    walk_flags(walk, flags, sizeof flags / sizeof flags[0]);
}

static void walk_drain(struct byte_walk *walk, struct drain *drain)
{
    bool *const flags[] = { &drain->is_open, &drain->is_uncounted, &drain->is_idle_busy,
                            &drain->is_seen };
    walk_flags(walk, flags, sizeof flags / sizeof flags[0]);
    walk_i32(walk, &drain->busy_before, INT32_MIN);
    walk_i32(walk, &drain->usual_fall, INT32_MIN);
    walk_i32(walk, &drain->servers_missing, INT32_MIN);
    walk_i32(walk, &drain->servers, 0);
    walk_i32(walk, &drain->hidden_servers, 0);
    walk_i32(walk, &drain->leaving_hosts, 0);
    walk_instant_or(walk, &drain->leaving_since, (struct mono){ 0 });
    walk_u8(walk, &drain->statuses, DRAIN_STATUSES);
    walk_u8(walk, &drain->late_statuses, DRAIN_LATE);
}

static void walk_backoff(struct byte_walk *walk, struct order_backoff *backoff)
{
    walk_instant_or(walk, &backoff->retry_at, (struct mono){ 0 });
    walk_instant_or(walk, &backoff->hold_until, (struct mono){ 0 });
    walk_i32(walk, &backoff->lot, 0);
    walk_i32(walk, &backoff->limit, 0);
    walk_u8(walk, &backoff->fruitless, UINT8_MAX);
    walk_u8(walk, &backoff->refusals, UINT8_MAX);
}

static void walk_ledger(struct byte_walk *walk, struct ledger *ledger)
{
    walk_u8(walk, &ledger->count, LEDGER_ENTRIES_MAX);
    walk_u8(walk, &ledger->state, LEDGER_UNCONFIRMED);
    walk_u8(walk, &ledger->repeats, UINT8_MAX);
    walk_flags(walk, (bool *const[]){ &ledger->has_shown, &ledger->backoff.is_unproven }, 2);
    walk_u64(walk, &ledger->key.epoch);
    walk_u64(walk, &ledger->key.number);
    walk_instant_or(walk, &ledger->sent_before, (struct mono){ 0 });
    walk_instant_or(walk, &ledger->left_at, (struct mono){ 0 });
    walk_instant_or(walk, &ledger->served_at, (struct mono){ 0 });
    walk_instant_or(walk, &ledger->changed_at, (struct mono){ 0 });
    walk_i32(walk, &ledger->hidden_hosts, 0);
    walk_drain(walk, &ledger->drain);
    walk_backoff(walk, &ledger->backoff);
    for (size_t i = 0; i < ledger->count; i++)
        walk_entry(walk, &ledger->entries[i]);
}

/* The end of a period with the number `*number`, of fixed length: it may be later than now. */
static void walk_period(struct byte_walk *walk, int64_t *number, int64_t length_ms)
{
    struct mono end = { (*number + 1) * length_ms - 1 };
    walk_instant(walk, &end);
    if (walk->read)
        *number = floor_div(end.ms, length_ms);
}

static void walk_growth(struct byte_walk *walk, struct growth *growth)
{
    walk_period(walk, &growth->bucket, GROWTH_BUCKET_MS);
    for (int64_t back = 0; back < GROWTH_BUCKETS; back++) {
        int64_t bucket = growth->bucket - back;
        int64_t place = bucket - floor_div(bucket, GROWTH_BUCKETS) * GROWTH_BUCKETS;
        walk_i32(walk, &growth->hosts[place], 0);
    }
    walk_flags(walk, (bool *const[]){ &growth->is_watching }, 1);
    walk_u8(walk, &growth->rounds, UINT8_MAX);
    walk_i32(walk, &growth->first_servers, 0);
    walk_i32(walk, &growth->first_free, 0);
    walk_i32(walk, &growth->latest_servers, 0);
    walk_i32(walk, &growth->latest_free, 0);
    walk_instant_or(walk, &growth->wait_until, (struct mono){ 0 });
}

/* The number of the period is kept modulo 2^16. */
static void walk_growth_base(struct byte_walk *walk, struct growth_base *base)
{
    int64_t current = floor_div(walk->now.ms, GROWTH_PERIOD_MS);
    int64_t period = current - (uint16_t)((uint16_t)current - base->period);
    walk_flags(walk, (bool *const[]){ &base->is_known, &base->was_enough }, 2);
    walk_i32(walk, &base->high, 0);
    walk_i32(walk, &base->high_before, 0);
    walk_i32(walk, &base->high_ever, 0);
    walk_period(walk, &period, GROWTH_PERIOD_MS);
    base->period = (uint16_t)period;
}

static void walk_window(struct byte_walk *walk, struct window_max *window)
{
    uint8_t count = (uint8_t)window_max_count(window);
    walk_u8(walk, &count, WINDOW_MAX_ENTRIES_MAX);
    if (count > 0)
        walk_instant(walk, &window->latest);
    for (size_t i = 0; i < count; i++) {
        int64_t age_ms = window_max_age_ms(window, i);
        walk_i32(walk, &window->values[i], INT32_MIN);
        walk_whole(walk, &age_ms, 0, UINT32_MAX);
        window->ages_ms[i] = (uint32_t)min_i64(age_ms + 1, UINT32_MAX);
    }
}

static void walk_forecast(struct byte_walk *walk, struct forecast *forecast)
{
    walk_i32(walk, &forecast->mean_error, 0);
    walk_u16(walk, &forecast->error_count);
    walk_i32(walk, &forecast->peak_error, 0);
    walk_seconds(walk, &forecast->peak_at_s);
    walk_i32(walk, &forecast->demand_high, 0);
    walk_seconds(walk, &forecast->demand_high_at_s);
    walk_i32(walk, &forecast->outage_level, 0);
    walk_seconds(walk, &forecast->outage_until_s);
    walk_seconds(walk, &forecast->catch_up_until_s);
}

static void walk_boot_time(struct byte_walk *walk, struct boot_time *boot)
{
    walk_u8(walk, &boot->count, BOOT_SAMPLES);
    walk_u8(walk, &boot->next, BOOT_SAMPLES - 1);
    for (size_t i = 0; i < boot->count; i++)
        walk_u8(walk, &boot->samples[i], UINT8_MAX);
}

static void walk_unready_age(struct byte_walk *walk, uint32_t *at_ms)
{
    int64_t age_ms = (uint32_t)walk->now.ms - *at_ms;
    walk_whole(walk, &age_ms, 0, UINT32_MAX);
    if (walk->read)
        *at_ms = (uint32_t)walk->now.ms - (uint32_t)age_ms;
}

static void walk_unready(struct byte_walk *walk, struct unready *unready)
{
    bool is_known = unready->is_known, has_moved = unready->has_moved;
    bool is_rising = unready->is_rising, is_turnover = unready->is_turnover;
    bool has_changed = unready->has_changed, has_turned = unready->has_turned;
    bool is_untold = unready->is_untold;
    bool *const flags[] = { &is_known,    &has_moved,  &is_rising, &is_turnover,
                            &has_changed, &has_turned, &is_untold };
    walk_flags(walk, flags, sizeof flags / sizeof flags[0]);
    unready->is_known = is_known;
    unready->has_moved = has_moved;
    unready->is_rising = is_rising;
    unready->is_turnover = is_turnover;
    unready->has_changed = has_changed;
    unready->has_turned = has_turned;
    unready->is_untold = is_untold;
    walk_i32(walk, &unready->dark_hosts, 0);
    walk_i32(walk, &unready->dark_least, 0);
    walk_unready_age(walk, &unready->dark_since_ms);
    walk_i32(walk, &unready->turnover_hosts, 0);
    walk_i32(walk, &unready->turnover_mean, 0);
    walk_i32(walk, &unready->missing_servers, 0);
    walk_unready_age(walk, &unready->high_at_ms);
    walk_u16(walk, &unready->swing);
    walk_u16(walk, &unready->still);
    walk_u8(walk, &unready->samples, TURNOVER_SAMPLES_MAX);
    walk_u8(walk, &unready->statuses, UINT8_MAX);
}

static void walk_status(struct byte_walk *walk, struct deployment *deployment)
{
    walk_i32(walk, &deployment->status.current_hosts, 0);
    walk_i32(walk, &deployment->status.total_servers, 0);
    walk_i32(walk, &deployment->status.free_servers, 0);
    walk_instant_or(walk, &deployment->status_at, (struct mono){ 0 });
    walk_i32(walk, &deployment->hosts_high, 0);
    walk_i32(walk, &deployment->hosts_high_before, 0);
    walk_seconds(walk, &deployment->hosts_high_since_s);
    walk_unready(walk, &deployment->unready);
    walk_growth_base(walk, &deployment->growth_base);
    walk_window(walk, &deployment->desired_max);
    walk_forecast(walk, &deployment->forecast);
    walk_boot_time(walk, &deployment->boot_time);
}

static void walk_scaling(struct byte_walk *walk, struct deployment *deployment)
{
    uint8_t last_action = (uint8_t)deployment->last_action;
    walk_instant_or(walk, &deployment->scaled_up_at, MONO_NEVER);
    walk_instant_or(walk, &deployment->scaled_at, MONO_NEVER);
    walk_i32(walk, &deployment->last_delta, INT32_MIN + 1);
    if (deployment->last_delta != 0)
        walk_instant(walk, &deployment->last_scale);
    walk_u8(walk, &last_action, ACTION_COUNT - 1);
    deployment->last_action = (enum action)last_action;
}

/* Since version 2. */
static void walk_start(struct byte_walk *walk, struct deployment *deployment)
{
    bool is_begun = deployment->start_statuses > 0 || deployment->is_start_restored;
    bool is_unknown = deployment->is_start_unknown, is_lost = deployment->is_memory_lost;
    walk_flags(walk, (bool *const[]){ &is_begun, &is_unknown, &is_lost }, 3);
    walk_i32(walk, &deployment->start_hosts, 0);
    walk_seconds(walk, &deployment->start_at_s);
    deployment->is_start_restored = is_begun;
    deployment->is_start_unknown = is_unknown;
    deployment->is_memory_lost = is_lost;
}

static void walk_memory(struct byte_walk *walk, struct memory *memory, int32_t version)
{
    struct deployment *deployment = &memory->deployment;
    walk_flags(walk,
               (bool *const[]){ &memory->has_ledger, &memory->has_growth, &memory->has_status }, 3);
    walk_i32(walk, &deployment->servers_per_host, 0);
    walk_i32(walk, &deployment->target_free_ppb, -1);
    walk_i32(walk, &deployment->next_servers_per_host, 0);
    walk_scaling(walk, deployment);
    if (memory->has_status)
        walk_status(walk, deployment);
    if (memory->has_ledger)
        walk_ledger(walk, &memory->ledger);
    if (memory->has_growth)
        walk_growth(walk, &memory->growth);
    if (version >= 2)
        walk_start(walk, deployment);
}

/* --- export ---------------------------------------------------------------------------------------------------- */

static bool is_worth_keeping(const struct deployment *deployment)
{
    return !deployment->is_entry &&
           (deployment->servers_per_host > 0 || deployment->ledger || deployment->growth);
}

size_t deployment_export(const struct deployment *deployment, struct mono now, void *bytes,
                         size_t capacity)
{
    must(capacity >= DEPLOYMENT_RECORD_SIZE_MAX);
    if (!is_worth_keeping(deployment))
        return 0;
    struct memory memory = {
        .deployment = *deployment,
        .has_ledger = deployment->ledger && !ledger_is_idle(deployment->ledger),
        .has_growth = deployment->growth != NULL,
        /* A deployment that was restored and not read yet has the last status of before. */
        .has_status = deployment->servers_per_host > 0 &&
                      (deployment->has_status || deployment->status_at.ms != 0),
    };
    if (memory.has_ledger)
        ledger_copy(&memory.ledger, deployment->ledger);
    if (deployment->growth)
        memory.growth = *deployment->growth;
    if (memory.ledger.is_recording)
        intake_leave(deployment, &memory.ledger);
    if (ledger_state(&memory.ledger) == LEDGER_IN_FLIGHT)
        ledger_lose(&memory.ledger);
    struct byte_walk walk;
    byte_walk_write(&walk, bytes, capacity, now);
    walk_memory(&walk, &memory, DEPLOYMENT_RECORD_VERSION);
    must(!walk.is_bad);
    return walk.at;
}

/* --- import ---------------------------------------------------------------------------------------------------- */

static bool is_entry_good(const struct ledger_entry *entry)
{
    bool is_of_delta = entry->delta > 0 ? entry->seen >= 0 && entry->seen <= entry->delta
                                        : entry->seen <= 0 && entry->seen >= entry->delta;
    int64_t shown_max = max_i64(0, entry->delta);
    return entry->delta != 0 && is_of_delta && entry->shown <= shown_max &&
           !(entry->is_unfilled && entry->delta < 0);
}

static bool is_ledger_good(const struct ledger *ledger)
{
    bool is_open = ledger->state == LEDGER_UNCONFIRMED;
    for (size_t i = 0; i < ledger->count; i++)
        if (!is_entry_good(&ledger->entries[i]) ||
            (i > 0 && ledger->entries[i].sent.ms < ledger->entries[i - 1].sent.ms))
            return false;
    return ledger->state != LEDGER_IN_FLIGHT && !(is_open && ledger->count == 0) &&
           !(is_open && ledger->entries[ledger->count - 1].is_unfilled);
}

static bool is_window_good(const struct window_max *window)
{
    size_t count = window_max_count(window);
    for (size_t i = 1; i < count; i++)
        if (window->values[i] >= window->values[i - 1] ||
            window->ages_ms[i] > window->ages_ms[i - 1])
            return false;
    return count == 0 || window_max_age_ms(window, count - 1) == 0;
}

static bool is_good(const struct memory *memory)
{
    const struct deployment *deployment = &memory->deployment;
    const struct status *status = &deployment->status;
    return deployment->target_free_ppb < SHARE_WHOLE &&
           status->free_servers <= status->total_servers &&
           (!memory->has_status || deployment->servers_per_host > 0) &&
           is_window_good(&deployment->desired_max) && is_ledger_good(&memory->ledger);
}

static int32_t *bucket_of(struct growth *growth, int64_t bucket)
{
    return &growth->hosts[bucket - floor_div(bucket, GROWTH_BUCKETS) * GROWTH_BUCKETS];
}

/* Periods end at fixed times of a clock: one that has not ended by then may not have begun by the clock of now. */
static void fit_growth(struct growth *growth, struct mono now)
{
    struct growth from = *growth;
    int64_t most = floor_div(now.ms, GROWTH_BUCKET_MS);
    if (growth->bucket <= most)
        return;
    growth->bucket = most;
    for (int64_t back = 0; back < GROWTH_BUCKETS; back++)
        *bucket_of(growth, most - back) = *bucket_of(&from, from.bucket - back);
}

static void fit_growth_base(struct growth_base *base, struct mono now)
{
    uint16_t period = (uint16_t)floor_div(now.ms, GROWTH_PERIOD_MS);
    if ((uint16_t)(base->period - period) == 1)
        base->period = period;
}

static void take(struct deployment *deployment, const struct memory *memory, int64_t age_ms)
{
    const struct deployment *from = &memory->deployment;
    deployment->servers_per_host = from->servers_per_host;
    deployment->target_free_ppb = from->target_free_ppb;
    deployment->next_servers_per_host = from->next_servers_per_host;
    deployment->scaled_up_at = from->scaled_up_at;
    deployment->scaled_at = from->scaled_at;
    deployment->last_delta = from->last_delta;
    deployment->last_scale = from->last_scale;
    deployment->last_action = from->last_action;
    deployment->status = from->status;
    deployment->status_at = from->status_at;
    deployment->hosts_high = from->hosts_high;
    deployment->hosts_high_before = from->hosts_high_before;
    deployment->hosts_high_since_s = from->hosts_high_since_s;
    if (age_ms <= UNREADY_AGE_MS_MAX)
        deployment->unready = from->unready;
    deployment->growth_base = from->growth_base;
    deployment->desired_max = from->desired_max;
    deployment->forecast = from->forecast;
    deployment->boot_time = from->boot_time;
    deployment->is_start_restored = from->is_start_restored;
    deployment->is_start_unknown = from->is_start_unknown;
    deployment->is_memory_lost = from->is_memory_lost;
    deployment->start_hosts = from->start_hosts;
    deployment->start_at_s = from->start_at_s;
}

int deployment_import(struct fleet *fleet, struct deployment *deployment, struct mono now,
                      int32_t version, const void *bytes, size_t size, int64_t age_ms)
{
    must(!deployment->has_status);
    struct memory memory = { .deployment.scaled_at = MONO_NEVER };
    struct byte_walk walk;
    if (version < 1 || version > DEPLOYMENT_RECORD_VERSION)
        return -EINVAL;
    byte_walk_read(&walk, bytes, size, now, age_ms);
    walk_memory(&walk, &memory, version);
    if (!byte_walk_is_whole(&walk) || !is_good(&memory))
        return -EINVAL;
    if ((memory.has_ledger && !fleet_open_ledger(fleet, deployment)) ||
        (memory.has_growth && !fleet_open_growth(fleet, deployment))) {
        fleet_close_ledger(fleet, deployment);
        fleet_close_growth(fleet, deployment);
        return -ENOMEM;
    }
    fit_growth(&memory.growth, now);
    fit_growth_base(&memory.deployment.growth_base, now);
    take(deployment, &memory, age_ms);
    if (memory.has_ledger)
        *deployment->ledger = memory.ledger; /* it is open: whole */
    fleet_rest_ledger(fleet, deployment);
    if (memory.has_growth)
        *deployment->growth = memory.growth;
    return 0;
}
