#include "engine/core/forecast.h"

#include "engine/base/arith.h"

#define TICK_MS 100 /* the grain of a trend's dates: sums of products stay far inside int64_t */

/* --- the trend -------------------------------------------------------------------------------------- */

/* Least squares through `count` samples: sums over x (ticks before the last sample) and y (busy above the last one). */
struct line {
    int64_t count;
    int64_t x, y, xx, xy;
};

/* Which samples a trend is made of: every `stride`-th pass of the last `passes`. */
struct window {
    int64_t length_ms;
    uint32_t passes;
    uint32_t stride;
};

static struct window window_of(int64_t pass_interval_ms)
{
    struct window window = {
        .length_ms = max_i64(TREND_MS, TREND_PASSES_MIN * pass_interval_ms),
    };
    window.passes = (uint32_t)min_i64(window.length_ms / pass_interval_ms, TREND_PASSES_MAX);
    window.stride = (uint32_t)ceil_div(window.passes, TREND_SAMPLES_MAX - 1);
    return window;
}

static void add_sample(struct line *line, int64_t before_ms, int64_t above)
{
    int64_t ticks = -before_ms / TICK_MS;
    line->count++;
    line->x += ticks;
    line->y += above;
    line->xx += ticks * ticks;
    line->xy += ticks * above;
}

/* The samples of the window that ends with `pass`, which has one. Operators may ask for more passes than the clock. */
static void gather(const struct forecast *forecast, const struct forecast_context *context,
                   const struct window *window, uint32_t pass, struct line *ret_line)
{
    struct mono end = pass_time(context->times, pass);
    int32_t last = 0;
    *ret_line = (struct line){ 0 };
    for (uint32_t back = 0; back <= window->passes && back < pass; back += window->stride) {
        struct mono at = pass_time(context->times, pass - back);
        int32_t busy;
        if (at.ms == MONO_NEVER.ms || pass - back < forecast->since_pass ||
            end.ms - at.ms > window->length_ms + context->pass_interval_ms / 2)
            return;
        if (!history_busy(context->history, pass - back, &busy))
            continue;
        last = back == 0 ? busy : last;
        add_sample(ret_line, end.ms - at.ms, (int64_t)busy - last);
    }
}

/*
 * What a whole window of regular samples would weigh, n(n^2 - 1) / 12 of them squared ticks: fewer samples divide by no
 * less, as if the missing ones had seen no change. Two samples alone are then next to no trend.
 */
static int64_t whole_weight(const struct window *window, int64_t pass_interval_ms)
{
    int64_t step_ms = pass_interval_ms * window->stride;
    int64_t count = window->length_ms / step_ms + 1;
    int64_t step = max_i64(1, step_ms / TICK_MS);
    return count * (count * count - 1) / 12 * step * step;
}

/* Servers by which demand is expected to rise from that pass on, in `ahead_ms`; 0 or more. */
static int64_t rise_from(const struct forecast *forecast, const struct forecast_context *context,
                         uint32_t pass, int64_t ahead_ms)
{
    struct window window = window_of(context->pass_interval_ms);
    struct line line;
    if (!context->is_trending)
        return 0;
    gather(forecast, context, &window, pass, &line);
    int64_t slope = line.count * line.xy - line.x * line.y;
    if (line.count < 2 || slope <= 0)
        return 0;
    int64_t weight = max_i64(line.count * line.xx - line.x * line.x,
                             line.count * whole_weight(&window, context->pass_interval_ms));
    return mul_div(slope, TREND_PARTS_USED * (ahead_ms / TICK_MS), TREND_PARTS * weight);
}

/* --- how wrong it was ------------------------------------------------------------------------------- */

/* The pass one horizon ago, or the oldest that can still be judged: its own trend must be in the history too. */
static uint32_t judged_pass(const struct forecast_context *context)
{
    uint32_t passes_max = HISTORY_LENGTH - 1 - window_of(context->pass_interval_ms).passes;
    int64_t until_ms = pass_time(context->times, context->pass).ms - context->horizon_ms;
    uint32_t back = 1;
    while (back < passes_max && back < context->pass &&
           pass_time(context->times, context->pass - back).ms > until_ms)
        back++;
    return context->pass - back;
}

/* Busy servers beyond those that were forecast for now; false: nobody forecast any. */
static bool judge(const struct forecast *forecast, const struct forecast_context *context,
                  int64_t *ret_miss)
{
    uint32_t pass = judged_pass(context);
    struct mono then = pass_time(context->times, pass);
    int32_t busy;
    if (then.ms == MONO_NEVER.ms || pass < forecast->since_pass ||
        !history_busy(context->history, pass, &busy))
        return false;
    int64_t passed_ms = pass_time(context->times, context->pass).ms - then.ms;
    *ret_miss = context->busy_servers - (busy + rise_from(forecast, context, pass, passed_ms));
    return true;
}

static void keep_usual(struct forecast *forecast, int64_t miss, int64_t pass_interval_ms)
{
    int64_t memory = clamp_i64(USUAL_MISS_MS / pass_interval_ms, 1, UINT16_MAX);
    forecast->miss_count = (uint16_t)min_i64(forecast->miss_count + 1, memory);
    int64_t change = max_i64(0, miss) * MISS_UNIT - forecast->usual_miss;
    forecast->usual_miss = saturate_i32(forecast->usual_miss + change / forecast->miss_count);
}

static uint32_t seconds_of(struct mono at)
{
    return (uint32_t)clamp_i64(at.ms / 1000, 0, UINT32_MAX);
}

/* Half of it after every SURGE_HALF_MS, on straight lines in between. */
static int64_t faded(int64_t servers, int64_t age_ms)
{
    int64_t halvings = age_ms / SURGE_HALF_MS;
    if (halvings >= 31)
        return 0;
    int64_t rest_ms = age_ms % SURGE_HALF_MS;
    return (servers >> halvings) - mul_div(servers >> halvings, rest_ms, 2 * SURGE_HALF_MS);
}

static int64_t surge_now(const struct forecast *forecast, struct mono now)
{
    int64_t age_s = (int64_t)seconds_of(now) - forecast->worst_at_s;
    return faded(forecast->worst_miss, max_i64(0, age_s) * 1000);
}

/* One pass alone may have read nonsense: a surprise is what two in a row have seen. */
static void keep_worst(struct forecast *forecast, int64_t miss, struct mono now)
{
    int64_t seen = min_i64(miss, forecast->last_miss);
    forecast->last_miss = saturate_i32(miss);
    if (seen <= surge_now(forecast, now))
        return;
    forecast->worst_miss = saturate_i32(seen);
    forecast->worst_at_s = seconds_of(now);
}

static void learn(struct forecast *forecast, const struct forecast_context *context,
                  struct mono now)
{
    int64_t miss;
    if (!judge(forecast, context, &miss)) {
        forecast->last_miss = 0;
        return;
    }
    keep_usual(forecast, miss, context->pass_interval_ms);
    keep_worst(forecast, miss, now);
}

/* --- collapse and saturation ------------------------------------------------------------------------ */

static bool is_collapse(const struct forecast *forecast, const struct forecast_context *context)
{
    int64_t high = 0;
    for (uint32_t back = 1; back <= OUTAGE_PASSES && back < context->pass; back++) {
        int32_t busy;
        if (context->pass - back >= forecast->since_pass &&
            history_busy(context->history, context->pass - back, &busy))
            high = max_i64(high, busy);
    }
    int64_t fall = high - context->busy_servers;
    return fall >= (int64_t)OUTAGE_HOSTS * context->servers_per_host && 2 * fall >= high;
}

static int64_t outage_left_ms(const struct forecast *forecast, struct mono now)
{
    return max_i64(0, (int64_t)forecast->outage_until_s * 1000 - now.ms);
}

static void watch_outage(struct forecast *forecast, const struct forecast_context *context,
                         struct mono now)
{
    if (context->outage_hold_ms == 0)
        forecast->outage_until_s = 0;
    else if (is_collapse(forecast, context))
        forecast->outage_until_s = seconds_of((struct mono){ now.ms + context->outage_hold_ms });
}

static void watch_saturation(struct forecast *forecast, const struct forecast_context *context)
{
    bool is_saturated = context->free_servers == 0 && context->busy_servers > 0;
    forecast->saturated_passes =
        (uint8_t)(is_saturated ? min_i64(forecast->saturated_passes + 1, UINT8_MAX) : 0);
}

void forecast_observe(struct forecast *forecast, const struct forecast_context *context,
                      struct outlook *ret_outlook)
{
    struct mono now = pass_time(context->times, context->pass);
    learn(forecast, context, now);
    watch_outage(forecast, context, now);
    watch_saturation(forecast, context);
    *ret_outlook = (struct outlook){
        .horizon_ms = saturate_i32(context->horizon_ms),
        .rise_servers =
            saturate_i32(rise_from(forecast, context, context->pass, context->horizon_ms)),
        .usual_miss_servers = (int32_t)mul_div(forecast->usual_miss, 1, MISS_UNIT),
        .surge_servers = saturate_i32(surge_now(forecast, now)),
        .outage_left_ms = saturate_i32(outage_left_ms(forecast, now)),
        .saturated_passes = forecast->saturated_passes,
        .is_trending = context->is_trending,
    };
}

void forecast_restart(struct forecast *forecast, uint32_t pass)
{
    *forecast = (struct forecast){ .since_pass = pass };
}
