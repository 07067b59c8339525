#include "engine/core/forecast.h"

#include "engine/base/arith.h"

#define TICK_MS 100 /* the unit of time of a trend: sums of products stay far below INT64_MAX */

/* --- the trend -------------------------------------------------------------------------------------- */

/* Sums for least squares over `count` samples: x is in ticks, y in busy servers, both relative to the last sample. */
struct line {
    int64_t count;
    int64_t x, y, xx, xy;
};

/* The samples of a trend: every `stride`-th of the last `passes` passes. */
struct window {
    int64_t length_ms;
    uint32_t passes;
    uint32_t stride;
    int64_t weight;
};

/* One call of forecast_observe. */
struct sample_view {
    const struct forecast *forecast;
    const struct forecast_context *context;
    struct window window;
    struct mono now;
};

/*
 * The lower limit of the divisor of a slope, as for a full window of n regular samples: n(n^2 - 1) / 12 squared steps.
 * A missing sample then counts as no change, and two samples alone give almost no slope.
 */
static int64_t whole_weight(const struct window *window, int64_t pass_interval_ms)
{
    int64_t step_ms = pass_interval_ms * window->stride;
    int64_t count = window->length_ms / step_ms + 1;
    int64_t step = max_i64(1, step_ms / TICK_MS);
    return count * (count * count - 1) / 12 * step * step;
}

static struct window window_of(int64_t pass_interval_ms)
{
    struct window window = {
        .length_ms = max_i64(TREND_MS, TREND_PASSES_MIN * pass_interval_ms),
    };
    window.passes = (uint32_t)min_i64(window.length_ms / pass_interval_ms, TREND_PASSES_MAX);
    window.stride = (window.passes + TREND_SAMPLES_MAX - 2) / (TREND_SAMPLES_MAX - 1);
    window.weight = whole_weight(&window, pass_interval_ms);
    return window;
}

static int64_t passed_ms(const struct sample_view *view, uint32_t pass)
{
    return view->now.ms - pass_time(view->context->times, pass).ms;
}

/* False: no status in that pass, or one before hosts changed their size. */
static bool busy_in(const struct sample_view *view, uint32_t pass, int32_t *ret_busy)
{
    return pass >= view->forecast->since_pass &&
           history_busy(view->context->history, pass, ret_busy);
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

/* A value below half of both neighbours is a bad reading of one pass. Kept, its end would look like a rise. */
static int64_t believed(int64_t newer, int64_t busy, int64_t older)
{
    int64_t lower = min_i64(newer, older);
    return 2 * busy < lower ? lower : busy;
}

/* Samples from before the end of a saturation show demand that waited. */
static bool is_steady(const struct sample_view *view, uint32_t pass)
{
    return pass_time(view->context->times, pass).ms >=
           (int64_t)view->forecast->catch_up_until_s * 1000;
}

static bool steady_in(const struct sample_view *view, uint32_t pass, int32_t *ret_busy)
{
    return is_steady(view, pass) && busy_in(view, pass, ret_busy);
}

/* The samples of the window that ends with `pass`. Its limit is a time: requested passes may come in between. */
static void gather(const struct sample_view *view, uint32_t pass, int32_t last,
                   struct line *ret_line)
{
    const struct window *window = &view->window;
    int64_t end_ms = passed_ms(view, pass);
    int64_t most_ms = window->length_ms + view->context->pass_interval_ms / 2;
    int64_t newer = last, busy = last, busy_ms = 0;
    *ret_line = (struct line){ 0 };
    /* A sample is added once the next older one is known; the oldest one read may lie outside the window. */
    for (uint32_t back = window->stride; back <= TREND_PASSES_MAX + window->stride && back < pass;
         back += window->stride) {
        int64_t before_ms = passed_ms(view, pass - back) - end_ms;
        int32_t older;
        if (before_ms < 0)
            break;
        if (!steady_in(view, pass - back, &older))
            continue;
        add_sample(ret_line, busy_ms, believed(newer, busy, older) - last);
        if (before_ms > most_ms || back > TREND_PASSES_MAX)
            return;
        newer = busy;
        busy = older;
        busy_ms = before_ms;
    }
    add_sample(ret_line, busy_ms, busy - last);
}

/* The expected rise within `ahead_ms` above `busy` of that pass, in servers; 0 or more. */
static int64_t rise_from(const struct sample_view *view, uint32_t pass, int32_t busy,
                         int64_t ahead_ms)
{
    struct line line;
    if (!view->context->is_trending)
        return 0;
    gather(view, pass, busy, &line);
    int64_t slope = line.count * line.xy - line.x * line.y;
    if (slope <= 0)
        return 0;
    int64_t weight =
        max_i64(line.count * line.xx - line.x * line.x, line.count * view->window.weight);
    return mul_div(slope, TREND_PARTS_USED * (ahead_ms / TICK_MS), TREND_PARTS * weight);
}

/* --- forecast errors -------------------------------------------------------------------------------- */

/*
 * The least age of a pass that counts as one horizon old. Half an interval of tolerance: without it, jitter would move
 * a regular pass to either side of the limit.
 */
static int64_t scored_after_ms(const struct forecast_context *context)
{
    return context->horizon_ms - context->pass_interval_ms / 2;
}

/* The pass one horizon ago, or the oldest one whose own trend window is still in the history. */
static uint32_t scored_pass(const struct sample_view *view)
{
    const struct forecast_context *context = view->context;
    int64_t after_ms = scored_after_ms(context);
    int64_t most =
        clamp_i64((int64_t)context->pass - 1, 1, HISTORY_LENGTH - 1 - view->window.passes);
    int64_t back = clamp_i64(context->horizon_ms / context->pass_interval_ms, 1, most);
    while (back > 1 && passed_ms(view, context->pass - (uint32_t)back + 1) >= after_ms)
        back--;
    while (back < most && passed_ms(view, context->pass - (uint32_t)back) < after_ms)
        back++;
    return context->pass - (uint32_t)back;
}

/* Score each past pass once, so that one bad reading cannot count twice. */
static bool is_scored(const struct sample_view *view, uint32_t pass)
{
    uint32_t before = view->context->pass - 1;
    return pass < before &&
           passed_ms(view, pass) - passed_ms(view, before) >= scored_after_ms(view->context);
}

/*
 * False: the forecast of `pass` was made while demand waited. While none is free now, demand is at least as high as it
 * looks, so the error of an older forecast counts.
 */
static bool is_fair(const struct sample_view *view, uint32_t pass)
{
    struct history_sample then;
    bool is_saturated = view->context->free_servers == 0;
    return history_get(view->context->history, pass, &then) && then.free_servers > 0 &&
           (is_saturated || is_steady(view, pass));
}

/* Busy servers above the forecast that `pass` made for now; false: it made none. */
static bool score(const struct sample_view *view, uint32_t pass, int64_t *ret_error)
{
    const struct forecast_context *context = view->context;
    int64_t ahead_ms = passed_ms(view, pass);
    int32_t now, then;
    /* No forecast spans a gap. Both counts come from the history: equal rounding shows steady demand as no rise. */
    if (ahead_ms > context->horizon_ms + view->window.length_ms ||
        !busy_in(view, context->pass, &now) || !busy_in(view, pass, &then) || !is_fair(view, pass))
        return false;
    /* Without a rise there is no error, whatever was forecast. */
    *ret_error = (int64_t)now - then;
    if (now > then)
        *ret_error -= rise_from(view, pass, then, ahead_ms);
    return true;
}

/* Rounded down, so that the mean decays to 0 at any interval. */
static void add_to_mean(struct forecast *forecast, int64_t error_now, int64_t pass_interval_ms)
{
    int64_t memory = clamp_i64(MEAN_ERROR_MS / pass_interval_ms, 1, UINT16_MAX);
    forecast->error_count = (uint16_t)min_i64(forecast->error_count + 1, memory);
    int64_t change = max_i64(0, error_now) * ERROR_UNIT - forecast->mean_error;
    forecast->mean_error =
        saturate_i32(forecast->mean_error + floor_div(change, forecast->error_count));
}

static uint32_t seconds_of(struct mono at)
{
    return (uint32_t)clamp_i64(at.ms / 1000, 0, UINT32_MAX);
}

/* Halved every `half_ms`, linear in between. */
static int64_t decayed(int64_t servers, int64_t age_ms, int64_t half_ms)
{
    int64_t halvings = age_ms / half_ms;
    if (halvings >= 31)
        return 0;
    int64_t rest_ms = age_ms % half_ms;
    return (servers >> halvings) - (servers >> halvings) * rest_ms / (2 * half_ms);
}

static int64_t peak_error_now(const struct forecast *forecast, struct mono now)
{
    int64_t age_s = (int64_t)seconds_of(now) - forecast->peak_at_s;
    return decayed(forecast->peak_error, max_i64(0, age_s) * 1000, PEAK_ERROR_HALF_MS);
}

/* The lower error of two passes in a row counts: a bad reading of one pass changes nothing. */
static void update_peak(struct forecast *forecast, int64_t error_now, struct mono now)
{
    int64_t seen = min_i64(error_now, forecast->last_error);
    forecast->last_error = saturate_i32(error_now);
    if (seen <= peak_error_now(forecast, now))
        return;
    forecast->peak_error = saturate_i32(seen);
    forecast->peak_at_s = seconds_of(now);
}

static int64_t outage_left_ms(const struct forecast *forecast, const struct sample_view *view)
{
    return clamp_i64((int64_t)forecast->outage_until_s * 1000 - view->now.ms, 0,
                     view->context->outage_hold_ms);
}

static void learn(struct forecast *forecast, const struct sample_view *view)
{
    uint32_t pass = scored_pass(view);
    int64_t error_now;
    forecast->is_scored = false;
    if (is_scored(view, pass))
        return;
    /* Demand that returns after an outage is not a forecast error. */
    if (outage_left_ms(forecast, view) > 0 || !score(view, pass, &error_now)) {
        forecast->last_error = 0;
        return;
    }
    add_to_mean(forecast, error_now, view->context->pass_interval_ms);
    update_peak(forecast, error_now, view->now);
    forecast->is_scored = true;
}

/* --- the highest demand ----------------------------------------------------------------------------- */

static int64_t demand_high_now(const struct forecast *forecast, struct mono now)
{
    int64_t age_s = (int64_t)seconds_of(now) - forecast->demand_high_at_s;
    return decayed(forecast->demand_high, max_i64(0, age_s) * 1000, DEMAND_HIGH_HALF_MS);
}

static void update_demand_high(struct forecast *forecast, const struct sample_view *view)
{
    if (view->context->busy_servers < demand_high_now(forecast, view->now))
        return;
    forecast->demand_high = view->context->busy_servers;
    forecast->demand_high_at_s = seconds_of(view->now);
}

/* --- collapse and saturation ------------------------------------------------------------------------ */

/* 0: no collapse; else the highest number of busy servers before it. */
static int32_t collapsed_from(const struct sample_view *view)
{
    const struct forecast_context *context = view->context;
    int32_t high = context->busy_before;
    for (uint32_t back = 1; back <= OUTAGE_PASSES && back < context->pass; back++) {
        int32_t busy;
        if (passed_ms(view, context->pass - back) <= view->window.length_ms &&
            busy_in(view, context->pass - back, &busy))
            high = (int32_t)max_i64(high, busy);
    }
    int64_t fall = (int64_t)high - context->busy_servers;
    bool is_collapse =
        fall >= (int64_t)OUTAGE_HOSTS * context->servers_per_host && 2 * fall >= high;
    return is_collapse ? high : 0;
}

static void note_collapse(struct forecast *forecast, const struct sample_view *view)
{
    int32_t level = collapsed_from(view);
    if (level == 0)
        return;
    int64_t until_ms = view->now.ms + view->context->outage_hold_ms;
    forecast->outage_until_s = seconds_of((struct mono){ until_ms + 999 });
    forecast->outage_level = (int32_t)max_i64(forecast->outage_level, level);
}

static void watch_outage(struct forecast *forecast, const struct sample_view *view)
{
    if (view->context->outage_hold_ms == 0)
        forecast->outage_until_s = 0;
    if (outage_left_ms(forecast, view) == 0)
        forecast->outage_level = 0;
    if (view->context->outage_hold_ms > 0)
        note_collapse(forecast, view);
    if (forecast->outage_level == 0 || view->context->busy_servers > forecast->outage_level)
        return;
    /* The trend begins after this pass: in its next second. */
    uint32_t next_s = seconds_of((struct mono){ view->now.ms + 1000 });
    forecast->catch_up_until_s = (uint32_t)max_i64(forecast->catch_up_until_s, next_s);
}

/* The fleet still has the servers of the demand from before the collapse. */
static bool is_whole_in_outage(const struct forecast *forecast, const struct sample_view *view)
{
    return forecast->outage_level > 0 &&
           (int64_t)view->context->busy_servers + view->context->free_servers >=
               max_i64(forecast->outage_level, forecast->waiting_level);
}

/* At most one saturated pass counts in each SATURATION_GRAIN_MS: requested passes must not order more hosts. */
static bool is_counted(const struct sample_view *view)
{
    int64_t before_ms = view->now.ms - passed_ms(view, view->context->pass - 1);
    return floor_div(before_ms, SATURATION_GRAIN_MS) !=
           floor_div(view->now.ms, SATURATION_GRAIN_MS);
}

static void watch_saturation(struct forecast *forecast, const struct sample_view *view)
{
    const struct forecast_context *context = view->context;
    bool is_saturated = context->free_servers == 0 && context->busy_servers > 0;
    if (is_saturated)
        forecast->catch_up_until_s =
            seconds_of((struct mono){ view->now.ms + context->horizon_ms + 999 });
    if (!is_saturated || is_whole_in_outage(forecast, view))
        forecast->saturated_passes = 0;
    else if (!context->is_above_turnover && (forecast->saturated_passes == 0 || is_counted(view)))
        forecast->saturated_passes = (uint8_t)min_i64(forecast->saturated_passes + 1, UINT8_MAX);
}

/* The lower demand of the last statuses before this pass; 0: there are none. */
static int32_t busy_before(const struct sample_view *view)
{
    uint32_t last = view->context->pass;
    int32_t samples = 0, lowest = INT32_MAX;
    for (uint32_t back = 1; back < last && samples < WAITING_SAMPLES; back++) {
        int32_t busy;
        if (passed_ms(view, last - back) > view->window.length_ms)
            break;
        if (!busy_in(view, last - back, &busy))
            continue;
        lowest = (int32_t)min_i64(lowest, busy);
        samples++;
    }
    return samples > 0 ? lowest : 0;
}

/* Fewer servers than were busy, by those of a host at least, and none is free. */
static void watch_waiting(struct forecast *forecast, const struct sample_view *view)
{
    const struct forecast_context *context = view->context;
    int64_t servers = (int64_t)context->busy_servers + context->free_servers;
    bool is_over = view->now.ms >= (int64_t)forecast->waiting_until_s * 1000;
    if (context->outage_hold_ms == 0 || is_over || servers >= forecast->waiting_level)
        forecast->waiting_level = 0;
    if (context->outage_hold_ms == 0 || context->free_servers > 0 || context->is_above_turnover)
        return;
    int32_t busy = busy_before(view);
    if (busy - servers < context->servers_per_host || busy <= forecast->waiting_level)
        return;
    forecast->waiting_level = busy;
    forecast->waiting_until_s =
        seconds_of((struct mono){ view->now.ms + context->outage_hold_ms + 999 });
}

static int64_t rise_now(const struct sample_view *view)
{
    const struct forecast_context *context = view->context;
    int32_t busy;
    return steady_in(view, context->pass, &busy)
               ? rise_from(view, context->pass, busy, context->horizon_ms)
               : 0;
}

void forecast_observe(struct forecast *forecast, const struct forecast_context *context,
                      struct outlook *ret_outlook)
{
    struct sample_view view = {
        .forecast = forecast,
        .context = context,
        .window = window_of(context->pass_interval_ms),
        .now = pass_time(context->times, context->pass),
    };
    watch_outage(forecast, &view);
    watch_waiting(forecast, &view);
    watch_saturation(forecast, &view);
    learn(forecast, &view);
    update_demand_high(forecast, &view);
    *ret_outlook = (struct outlook){
        .horizon_ms = saturate_i32(context->horizon_ms),
        .rise_servers = saturate_i32(rise_now(&view)),
        .mean_error_servers =
            (int32_t)floor_div((int64_t)forecast->mean_error + ERROR_UNIT / 2, ERROR_UNIT),
        .peak_error_servers = saturate_i32(peak_error_now(forecast, view.now)),
        .demand_high_servers = saturate_i32(demand_high_now(forecast, view.now)),
        .outage_left_ms = saturate_i32(outage_left_ms(forecast, &view)),
        .waiting_servers = context->free_servers == 0 ? forecast->waiting_level : 0,
        .saturated_passes = forecast->saturated_passes,
        .is_trending = context->is_trending,
        .is_catching_up = !is_steady(&view, context->pass),
    };
}

void forecast_restart(struct forecast *forecast, uint32_t pass)
{
    *forecast = (struct forecast){ .since_pass = pass };
}
