#include "tests/soak/leak_trend.h"

#include "engine/base/panic.h"

#include <stdlib.h>

#define PAIRS_MAX (LEAK_TREND_WINDOWS * (LEAK_TREND_WINDOWS - 1) / 2)

static double slope_of_least_squares(const struct leak_trend_sample *samples, size_t count)
{
    double mean_hours = 0, mean_value = 0, covariance = 0, variance = 0;
    for (size_t i = 0; i < count; i++) {
        mean_hours += samples[i].hours / (double)count;
        mean_value += samples[i].value / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        double from_mean = samples[i].hours - mean_hours;
        covariance += from_mean * (samples[i].value - mean_value);
        variance += from_mean * from_mean;
    }
    return variance > 0 ? covariance / variance : 0;
}

static struct leak_trend_sample lowest_of(const struct leak_trend_sample *samples, size_t count)
{
    struct leak_trend_sample lowest = samples[0];
    for (size_t i = 1; i < count; i++)
        if (samples[i].value < lowest.value)
            lowest.value = samples[i].value;
    lowest.hours = (samples[0].hours + samples[count - 1].hours) / 2;
    return lowest;
}

static size_t find_lowest(const struct leak_trend_sample *samples, size_t count,
                          struct leak_trend_sample windows[LEAK_TREND_WINDOWS])
{
    size_t window_count = count < LEAK_TREND_WINDOWS ? count : LEAK_TREND_WINDOWS;
    for (size_t i = 0; i < window_count; i++) {
        size_t begin = i * count / window_count;
        size_t end = (i + 1) * count / window_count;
        windows[i] = lowest_of(samples + begin, end - begin);
    }
    return window_count;
}

static int compare_slopes(const void *left, const void *right)
{
    const double *a = left;
    const double *b = right;
    return (*a > *b) - (*a < *b);
}

static double median_slope(const struct leak_trend_sample *windows, size_t count)
{
    double slopes[PAIRS_MAX];
    size_t slope_count = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            double hours = windows[j].hours - windows[i].hours;
            if (hours > 0)
                slopes[slope_count++] = (windows[j].value - windows[i].value) / hours;
        }
    }
    if (slope_count == 0)
        return 0;
    qsort(slopes, slope_count, sizeof slopes[0], compare_slopes);
    return (slopes[(slope_count - 1) / 2] + slopes[slope_count / 2]) / 2;
}

struct leak_trend leak_trend_measure(const struct leak_trend_sample *samples, size_t count)
{
    must(count >= 2);
    struct leak_trend_sample windows[LEAK_TREND_WINDOWS];
    size_t window_count = find_lowest(samples, count, windows);
    return (struct leak_trend){
        .least_squares = slope_of_least_squares(samples, count),
        .steady = median_slope(windows, window_count),
        .hours = samples[count - 1].hours - samples[0].hours,
    };
}

bool leak_trend_is_growth(const struct leak_trend *trend, double limit, double grain)
{
    return trend->steady > limit && trend->steady * trend->hours > grain;
}
