#include "engine/core/unready.h"

#include "engine/base/arith.h"

#define SWING_PARTS 8 /* of a move */
#define ODD_DEVIATIONS 4
#define CALM_STATUSES 8
#define DARK_MEANS 4
#define STILL_MEANS                                                                                \
    3 /* without a move, turnover ends after so many times the statuses of the mean */

static int64_t passed_ms(struct mono now, uint32_t since_ms)
{
    return (uint32_t)now.ms - since_ms;
}

/* --- turnover ------------------------------------------------------------------------------------------ */

/* Statuses in the mean. */
static int64_t samples_max(const struct unready_facts *facts)
{
    int64_t memory_ms = max_i64(facts->boot_timeout_ms, facts->scale_down_window_ms) / 2;
    return clamp_i64(memory_ms / facts->pass_interval_ms, TURNOVER_SAMPLES, TURNOVER_SAMPLES_MAX);
}

static void set_swing(struct unready *unready, int32_t swing)
{
    unready->swing = (uint16_t)swing;
    if (swing >= SWING_BEGIN)
        unready->is_turnover = true;
    else if (swing < SWING_END)
        unready->is_turnover = false;
}

/* A move that is not clear counts neither way. */
static void note_move(struct unready *unready, bool is_rising, bool is_odd, bool is_clear)
{
    bool has_turned = unready->has_moved && unready->is_rising != is_rising;
    int32_t whole = has_turned && !is_odd ? SWING_WHOLE : 0;
    if (is_clear)
        set_swing(unready, unready->swing + (whole - unready->swing) / SWING_PARTS);
    unready->still = 0;
    unready->has_changed = true;
    unready->has_turned |= has_turned;
    unready->has_moved = true;
    unready->is_rising = is_rising;
}

/* By more than four deviations of a Poisson number: many hosts are lost, or the status is wrong. */
static bool is_odd_move(int64_t before, int64_t after)
{
    int64_t move = after > before ? after - before : before - after;
    return move > ODD_DEVIATIONS * (floor_sqrt(max_i64(before, after)) + 1);
}

/* While hosts boot, the moves between do not count, so that this does not, either. */
static void note_still(struct unready *unready, bool is_booting, int64_t samples)
{
    unready->still = (uint16_t)min_i64(unready->still + 1, UINT16_MAX);
    int32_t fade = is_booting ? 0 : unready->swing / (int32_t)(2 * samples);
    set_swing(unready, unready->still > STILL_MEANS * samples ? 0 : unready->swing - fade);
}

/* Without a swing it begins again with each status. */
static void add_to_mean(struct unready *unready, int32_t servers_per_host, int64_t most)
{
    int64_t hosts = mul_div(unready->missing_servers, TURNOVER_UNIT, servers_per_host);
    if (unready->swing < SWING_END)
        unready->samples = 0;
    unready->samples = (uint8_t)min_i64(unready->samples + 1, most);
    int64_t change = hosts - unready->turnover_mean;
    unready->turnover_mean =
        saturate_i32(unready->turnover_mean + floor_div(change, unready->samples));
}

static int32_t hosts_of_mean(int64_t mean)
{
    return (int32_t)max_i64(0, ceil_div(mean - TURNOVER_UNIT / 2, TURNOVER_UNIT));
}

/* Three quarters of a deviation of a Poisson number. */
static int64_t noise_of_mean(int64_t mean)
{
    return floor_sqrt(mean * TURNOVER_UNIT) * 3 / 4;
}

/* How long the mean must be lower: with a short window, until it has forgotten most of the noise. */
static int64_t low_ms(const struct unready_facts *facts)
{
    return max_i64(facts->scale_down_window_ms, 2 * samples_max(facts) * facts->pass_interval_ms);
}

static void move_turnover(struct unready *unready, const struct unready_facts *facts)
{
    int64_t mean = unready->turnover_mean;
    int64_t high = mean + noise_of_mean(mean);
    bool is_low = high < (int64_t)(unready->turnover_hosts - 1) * TURNOVER_UNIT;
    if (!is_low || facts->is_draining)
        unready->high_at_ms = (uint32_t)facts->now.ms;
    if (!unready->is_turnover)
        unready->turnover_hosts = 0;
    else if (hosts_of_mean(mean) > unready->turnover_hosts)
        unready->turnover_hosts = hosts_of_mean(mean);
    else if (is_low && passed_ms(facts->now, unready->high_at_ms) >= low_ms(facts))
        unready->turnover_hosts = hosts_of_mean(high);
}

/*
 * Not when hosts may have come or gone with their servers, or have booted: whole hosts, as many as boot at most. Nor
 * when the hosts whose servers are missing are other ones, for example because they no longer count as booting.
 */
static bool is_clear_move(const struct unready_facts *facts, int64_t before, int64_t after)
{
    int64_t move = after > before ? after - before : before - after;
    int64_t booting = facts->booting_hosts * facts->servers_per_host;
    bool are_same_hosts = !facts->have_hosts_moved && before - after == facts->servers_risen;
    return are_same_hosts && (move > booting || move % facts->servers_per_host != 0);
}

static void observe_turnover(struct unready *unready, const struct unready_facts *facts)
{
    int64_t samples = samples_max(facts);
    int32_t before = unready->missing_servers;
    int32_t servers = (int32_t)clamp_i64(facts->missing_servers, 0, INT32_MAX);
    bool is_odd = unready->is_known && is_odd_move(before, servers);
    if (unready->is_known && servers == before)
        note_still(unready, facts->booting_hosts > 0, samples);
    else if (unready->is_known)
        note_move(unready, servers > before, is_odd, is_clear_move(facts, before, servers));
    unready->is_known = true;
    unready->missing_servers = servers;
    if (!is_odd)
        add_to_mean(unready, facts->servers_per_host, samples);
    move_turnover(unready, facts);
}

/* --- dark hosts ---------------------------------------------------------------------------------------- */

static void begin_period(struct unready *unready, int32_t candidates, struct mono now)
{
    unready->dark_least = candidates;
    unready->dark_since_ms = (uint32_t)now.ms;
    unready->statuses = 0;
    unready->has_changed = false;
    unready->has_turned = false;
}

/* The fewest are within a quarter of a deviation of the mean, as if it were a Poisson number: turnover goes lower. */
static bool are_same_hosts(const struct unready *unready, int32_t servers_per_host)
{
    int64_t mean = unready->turnover_mean;
    int64_t below = max_i64(0, mean - (int64_t)unready->dark_least * TURNOVER_UNIT);
    return 16 * mul_div(below, below, TURNOVER_UNIT) < floor_div(mean, servers_per_host);
}

/* Few statuses may rise by chance. */
static bool is_calm(const struct unready *unready)
{
    return !unready->has_changed || (!unready->has_turned && unready->statuses >= CALM_STATUSES);
}

/* True: they are to be reported. */
static bool end_period(struct unready *unready, int32_t servers_per_host)
{
    bool are_sure =
        unready->is_turnover ? are_same_hosts(unready, servers_per_host) : is_calm(unready);
    if (unready->dark_least > unready->dark_hosts && (are_sure || !unready->is_turnover)) {
        unready->dark_hosts = unready->dark_least;
        unready->is_untold = true;
    }
    if (!unready->is_untold || !are_sure)
        return false;
    unready->is_untold = false;
    return true;
}

static int64_t long_period_ms(const struct unready_facts *facts)
{
    return max_i64(DARK_TIMEOUTS * facts->boot_timeout_ms,
                   DARK_MEANS * samples_max(facts) * facts->pass_interval_ms);
}

static bool observe_dark(struct unready *unready, const struct unready_facts *facts)
{
    int64_t period_ms = unready->is_turnover ? long_period_ms(facts) : facts->boot_timeout_ms;
    int32_t candidates = (int32_t)max_i64(0, facts->missing_hosts - facts->booting_hosts);
    unready->dark_hosts = (int32_t)clamp_i64(facts->missing_hosts, 0, unready->dark_hosts);
    unready->is_untold &= unready->dark_hosts > 0;
    if (candidates == 0 || unready->dark_least == 0)
        begin_period(unready, candidates, facts->now);
    unready->dark_least = (int32_t)min_i64(unready->dark_least, candidates);
    unready->statuses = (uint8_t)min_i64(unready->statuses + 1, UINT8_MAX);
    if (passed_ms(facts->now, unready->dark_since_ms) <= period_ms)
        return false;
    bool are_reported = end_period(unready, facts->servers_per_host);
    begin_period(unready, candidates, facts->now);
    return are_reported;
}

bool unready_observe(struct unready *unready, const struct unready_facts *facts)
{
    observe_turnover(unready, facts);
    return observe_dark(unready, facts);
}

bool unready_is_swinging(const struct unready *unready)
{
    return unready->swing >= SWING_END;
}

/* Within two deviations of a Poisson number; beyond, turnover has risen above the mean. */
bool unready_is_above_mean(const struct unready *unready, int32_t servers_per_host)
{
    int64_t usual = mul_div(unready->turnover_mean, servers_per_host, TURNOVER_UNIT);
    int64_t above = unready->missing_servers - usual;
    return unready->is_turnover && above > 0 && above <= floor_sqrt(4 * usual) + 1;
}

int32_t unready_hosts(const struct unready *unready)
{
    return (int32_t)max_i64(unready->dark_hosts, unready->turnover_hosts);
}

void unready_emit(const struct unready *unready, const char *id, const struct status *status,
                  const struct event_sink *sink)
{
    struct event event;
    event_init(&event, EVENT_HOSTS_DARK);
    event_add_string(&event, "deployment", id);
    event_add_integer(&event, "dark_hosts", unready->dark_hosts);
    event_add_integer(&event, "current_hosts", status->current_hosts);
    event_add_integer(&event, "total_servers", status->total_servers);
    event_emit(&event, sink);
}
