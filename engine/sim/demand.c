#include "engine/sim/demand.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"
#include "engine/sim/draw.h"

#define DAY_MS_MAX (INT64_MAX / 1000000)
#define DEPTH_MIN_MIL 500
#define SPIKE_SLOTS_A_DAY 4
#define SPIKE_ONE_IN 6
#define SPIKE_LENGTH_PARTS 4 /* a spike lasts a quarter of its slot ... */
#define SPIKE_RISE_PARTS 6   /* ... and rises for a sixth of that */
#define SPIKE_HEIGHT_MIN_MIL 200
#define SPIKE_HEIGHT_MAX_MIL 600
#define SLOW_NOISE_MS ((int64_t)10 * 60 * 1000)
#define FAST_NOISE_MS ((int64_t)60 * 1000)

enum lane { LANE_CHARACTER, LANE_SPIKE, LANE_SLOW_NOISE, LANE_FAST_NOISE };
enum character { CHARACTER_PHASE, CHARACTER_DEPTH };
enum spike_draw { SPIKE_HAPPENS, SPIKE_OFFSET, SPIKE_HEIGHT, SPIKE_DRAWS };

/* Thousandths of the peak by local hour: lowest at five, highest at eight in the evening. */
static const int32_t day_curve[DEMAND_HOURS] = {
    /* clang-format off */
    620, 500, 400, 330, 290, 270, 280, 310, 350,  400, 460, 520,
    580, 640, 700, 760, 820, 880, 930, 970, 1000, 980, 890, 760,
    /* clang-format on */
};

void demand_init(struct demand *demand, uint64_t key, int64_t day_ms, int32_t start_hour,
                 int32_t peak)
{
    must(1 <= day_ms && day_ms <= DAY_MS_MAX);
    must(0 <= start_hour && start_hour < DEMAND_HOURS);
    must(peak >= 0);

    int64_t into_hour_mil = draw_below(key, LANE_CHARACTER, CHARACTER_PHASE, 1000);
    int64_t depth_draw = draw_below(key, LANE_CHARACTER, CHARACTER_DEPTH, 1001 - DEPTH_MIN_MIL);
    *demand = (struct demand){
        .key = key,
        .day_ms = day_ms,
        .phase_ms = floor_div(((int64_t)start_hour * 1000 + into_hour_mil) * day_ms,
                              (int64_t)DEMAND_HOURS * 1000),
        .peak = peak,
        .depth_mil = (int32_t)(DEPTH_MIN_MIL + depth_draw),
    };
}

/* Thousandths of the peak, linear between the hours. */
static int64_t day_share_mil(const struct demand *demand, int64_t now_ms)
{
    int64_t position = (now_ms % demand->day_ms + demand->phase_ms) % demand->day_ms * DEMAND_HOURS;
    int64_t hour = floor_div(position, demand->day_ms);
    int64_t into_hour = position % demand->day_ms;
    int64_t from = day_curve[hour];
    int64_t to = day_curve[(hour + 1) % DEMAND_HOURS];
    return from + floor_div((to - from) * into_hour, demand->day_ms);
}

/* Thousandths of the load that a spike adds. A spike stays inside its slot, so only one slot is checked. */
static int64_t spike_mil(const struct demand *demand, int64_t now_ms)
{
    int64_t slot_ms = max_i64(demand->day_ms / SPIKE_SLOTS_A_DAY, 1);
    int64_t length_ms = max_i64(slot_ms / SPIKE_LENGTH_PARTS, 1);
    uint64_t first_draw = (uint64_t)floor_div(now_ms, slot_ms) * SPIKE_DRAWS;
    if (draw_below(demand->key, LANE_SPIKE, first_draw + SPIKE_HAPPENS, SPIKE_ONE_IN) > 0)
        return 0;

    int64_t offset_ms =
        draw_below(demand->key, LANE_SPIKE, first_draw + SPIKE_OFFSET, slot_ms - length_ms + 1);
    int64_t into_ms = now_ms % slot_ms - offset_ms;
    if (into_ms < 0 || into_ms >= length_ms)
        return 0;

    int64_t height_mil =
        SPIKE_HEIGHT_MIN_MIL + draw_below(demand->key, LANE_SPIKE, first_draw + SPIKE_HEIGHT,
                                          SPIKE_HEIGHT_MAX_MIL - SPIKE_HEIGHT_MIN_MIL + 1);
    int64_t rise_ms = max_i64(length_ms / SPIKE_RISE_PARTS, 1);
    if (into_ms < rise_ms)
        return floor_div(height_mil * into_ms, rise_ms);
    return floor_div(height_mil * (length_ms - into_ms), max_i64(length_ms - rise_ms, 1));
}

/* About normal, in thousandths of a deviation: 64 coins have a deviation of 4 heads. */
static int64_t coins_mil(uint64_t key, enum lane lane, int64_t slot)
{
    int64_t heads = __builtin_popcountll(draw_bits(key, lane, (uint64_t)slot));
    return (heads - 32) * 250;
}

/* Noise with a memory of `slot_ms`, in thousandths of a deviation: linear between the slots' own values. */
static int64_t noise_mil(const struct demand *demand, enum lane lane, int64_t slot_ms,
                         int64_t now_ms)
{
    int64_t slot = floor_div(now_ms, slot_ms);
    int64_t into_ms = now_ms % slot_ms;
    int64_t from = coins_mil(demand->key, lane, slot);
    int64_t to = coins_mil(demand->key, lane, slot + 1);
    return from + floor_div((to - from) * into_ms, slot_ms);
}

int32_t demand_at(const struct demand *demand, int64_t now_ms)
{
    must(now_ms >= 0);

    /* In thousandths of a session, so that small deployments do not change in jumps. */
    int64_t fall_mil = 1000 - day_share_mil(demand, now_ms);
    int64_t load = demand->peak * (1000000 - demand->depth_mil * fall_mil) / 1000;
    load += floor_div(load * spike_mil(demand, now_ms), 1000);

    /* Weights for a common deviation of about one; interpolation has reduced the noise by a third. */
    int64_t deviations_mil = (11 * noise_mil(demand, LANE_SLOW_NOISE, SLOW_NOISE_MS, now_ms) +
                              5 * noise_mil(demand, LANE_FAST_NOISE, FAST_NOISE_MS, now_ms));
    load += floor_div(floor_sqrt(load * 1000) * deviations_mil, 10000);
    return saturate_i32(max_i64(floor_div(load + 500, 1000), 0));
}
