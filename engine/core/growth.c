#include "engine/core/growth.h"

#include "engine/base/arith.h"

/* Of the servers that came, the part that must be free beside the old share before it counts as an effect. */
#define EFFECT_PARTS 32

/* --- the base ---------------------------------------------------------------------------------------------- */

bool growth_is_enough(const struct status *status, int32_t target_free_ppb)
{
    return status->free_servers > 0 && (int64_t)status->free_servers * SHARE_WHOLE >=
                                           (int64_t)status->total_servers * target_free_ppb;
}

int32_t growth_base_hosts(const struct growth_base *base)
{
    int64_t most = max_i64(base->high, base->high_before);
    return (int32_t)max_i64(most, ceil_div(base->high_ever, GROWTH_EVER_PARTS));
}

static void move_period(struct growth_base *base, struct mono now)
{
    uint16_t period = (uint16_t)floor_div(now.ms, GROWTH_PERIOD_MS);
    uint16_t passed = (uint16_t)(period - base->period);
    if (passed == 0)
        return;
    base->high_before = passed == 1 ? base->high : 0;
    base->high = 0;
    base->period = period;
}

static void raise_base(struct growth_base *base, int64_t hosts)
{
    base->high = (int32_t)max_i64(base->high, hosts);
    base->high_ever = (int32_t)max_i64(base->high_ever, hosts);
}

void growth_base_observe(struct growth_base *base, const struct status *status,
                         int32_t servers_per_host, bool is_enough, bool is_valid, struct mono now)
{
    bool is_agreed = is_enough && base->was_enough;
    bool is_first = is_valid && !base->is_known;
    base->is_known = base->is_known || is_valid;
    move_period(base, now);
    base->was_enough = is_enough;
    if (is_first)
        raise_base(base, status->current_hosts);
    else if (is_agreed)
        raise_base(base, min_i64(status->current_hosts,
                                 ceil_div(status->total_servers, servers_per_host)));
}

/* --- the account ------------------------------------------------------------------------------------------- */

static int64_t bucket_at(struct mono at)
{
    return floor_div(at.ms, GROWTH_BUCKET_MS);
}

static size_t place_of(int64_t bucket)
{
    return (size_t)(bucket - floor_div(bucket, GROWTH_BUCKETS) * GROWTH_BUCKETS);
}

/* The oldest bucket that counts now and that the account may still have. */
static int64_t oldest_bucket(const struct growth *growth, struct mono now)
{
    return max_i64(bucket_at(now), growth->bucket) - (GROWTH_BUCKETS - 1);
}

void growth_add(struct growth *growth, int32_t hosts, struct mono now)
{
    int64_t bucket = bucket_at(now);
    int64_t from = max_i64(growth->bucket + 1, bucket - (GROWTH_BUCKETS - 1));
    for (int64_t i = from; i <= bucket; i++)
        growth->hosts[place_of(i)] = 0;
    growth->bucket = bucket;
    int32_t *place = &growth->hosts[place_of(bucket)];
    *place = saturate_i32((int64_t)*place + hosts);
}

void growth_take_back(struct growth *growth, int32_t hosts, struct mono sent)
{
    int64_t bucket = bucket_at(sent);
    if (bucket <= growth->bucket - GROWTH_BUCKETS || bucket > growth->bucket)
        return;
    int32_t *place = &growth->hosts[place_of(bucket)];
    *place = (int32_t)max_i64(0, (int64_t)*place - hosts);
}

int32_t growth_hosts(const struct growth *growth, struct mono now)
{
    int64_t sum = 0;
    if (!growth)
        return 0;
    for (int64_t i = oldest_bucket(growth, now); i <= growth->bucket; i++)
        sum += growth->hosts[place_of(i)];
    return saturate_i32(sum);
}

int64_t growth_left_ms(const struct growth *growth, struct mono now)
{
    if (!growth)
        return 0;
    for (int64_t i = oldest_bucket(growth, now); i <= growth->bucket; i++)
        if (growth->hosts[place_of(i)] > 0)
            return (i + GROWTH_BUCKETS) * GROWTH_BUCKET_MS - now.ms;
    return 0;
}

/* --- orders without effect --------------------------------------------------------------------------------- */

static void end_watch(struct growth *growth)
{
    growth->is_watching = false;
    growth->rounds = 0;
    growth->wait_until = (struct mono){ 0 };
}

static void begin_watch(struct growth *growth, const struct status *status,
                        int32_t servers_per_host)
{
    end_watch(growth);
    growth->is_watching = true;
    growth->first_servers = (int32_t)max_i64(status->total_servers, servers_per_host);
    growth->first_free = status->free_servers;
    growth->latest_servers = status->total_servers;
    growth->latest_free = status->free_servers;
}

static bool is_without_effect(const struct growth *growth, int64_t known_servers)
{
    int64_t first = growth->first_servers;
    int64_t many = max_i64(GROWTH_TIMES * first, first + GROWTH_SERVERS_MIN / GROWTH_TIMES);
    return growth->rounds >= GROWTH_ROUNDS &&
           growth->latest_servers >= max_i64(many, known_servers);
}

/* From one order to the next: two paces after the first round without effect, then four, eight ... */
static int64_t slow_pace_ms(int64_t pace_ms, unsigned rounds)
{
    int64_t times = (int64_t)1 << min_i64(rounds, 12);
    return min_i64(GROWTH_HOUR_MS, times * max_i64(1, pace_ms));
}

bool growth_note_order(struct growth *growth, const struct status *status, int32_t servers_per_host,
                       int64_t known_hosts, int64_t pace_ms, struct mono now)
{
    int64_t known_servers = known_hosts * servers_per_host;
    bool was_slow = growth->wait_until.ms != 0;
    if (!growth->is_watching)
        begin_watch(growth, status, servers_per_host);
    int64_t most_rounds = was_slow ? UINT8_MAX : GROWTH_ROUNDS;
    if (status->total_servers > growth->latest_servers)
        growth->rounds = (uint8_t)min_i64(growth->rounds + 1, most_rounds);
    growth->latest_servers = (int32_t)max_i64(growth->latest_servers, status->total_servers);
    growth->latest_free = status->free_servers;
    if (!is_without_effect(growth, known_servers))
        return false;
    unsigned slow_rounds = growth->rounds - (GROWTH_ROUNDS - 1u);
    growth->wait_until = mono_after(now, slow_pace_ms(pace_ms, slow_rounds));
    return !was_slow;
}

static int32_t resized(int32_t servers, int32_t before, int32_t after)
{
    return saturate_i32(ceil_div((int64_t)servers * after, before));
}

void growth_resize(struct growth *growth, int32_t servers_per_host_before, int32_t servers_per_host)
{
    if (!growth || servers_per_host_before < 1)
        return;
    int32_t *const counts[] = { &growth->first_servers, &growth->first_free,
                                &growth->latest_servers, &growth->latest_free };
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        *counts[i] = resized(*counts[i], servers_per_host_before, servers_per_host);
}

/* Half of the servers that came since the last order are free. */
static bool has_freed(const struct growth *growth, const struct status *status)
{
    int64_t come = (int64_t)status->total_servers - growth->latest_servers;
    int64_t freed = (int64_t)status->free_servers - growth->latest_free;
    return come > 0 && 2 * freed >= come;
}

/* One server is free where none was, or more than the same share of more servers explains. */
static bool has_risen(const struct growth *growth, const struct status *status)
{
    if (growth->first_free == 0)
        return status->free_servers > 0;
    int64_t servers = status->total_servers;
    int64_t come = max_i64(0, servers - growth->first_servers);
    int64_t share = floor_div(growth->first_free * servers, growth->first_servers);
    return status->free_servers - share >= max_i64(1, come / EFFECT_PARTS);
}

void growth_observe(struct growth *growth, const struct status *status, bool is_enough)
{
    if (!growth || !growth->is_watching)
        return;
    bool is_undone = status->total_servers < growth->first_servers;
    if (is_enough || is_undone || has_freed(growth, status) || has_risen(growth, status))
        end_watch(growth);
}

int64_t growth_wait_ms(const struct growth *growth, struct mono now)
{
    return growth ? max_i64(0, growth->wait_until.ms - now.ms) : 0;
}

bool growth_is_over(const struct growth *growth, struct mono now)
{
    return !growth->is_watching && growth_hosts(growth, now) == 0;
}

/* --- the limit --------------------------------------------------------------------------------------------- */

int64_t growth_fleet_hosts(const struct policy *policy, int64_t base_hosts)
{
    return max_i64(base_hosts, policy->min_hosts);
}

int64_t growth_least_hosts(int32_t servers_per_host)
{
    return ceil_div(GROWTH_SERVERS_MIN, servers_per_host);
}

int64_t growth_limit_hosts(const struct policy *policy, int64_t base_hosts,
                           int32_t servers_per_host)
{
    const struct step_limit *limit = &policy->max_growth_per_hour;
    int64_t hosts = step_limit_hosts(limit, policy, base_hosts);
    if (limit->kind == STEP_SHARE)
        hosts = max_i64(hosts, growth_least_hosts(servers_per_host));
    return min_i64(hosts, INT32_MAX);
}
