/*
 * drift - does a series of samples go on growing? What is measured is memory and descriptors of a program from outside.
 *
 * A leak is steady: every pass loses the same few bytes, for ever. What only looks like one is not: a buffer that is
 * taken in a storm and given back after it; the allocator, whose heap reaches a new highest point now and then, in
 * single steps of pages that stay. So two things are done before the samples are judged.
 *
 *   1. The series is cut into LEAK_TREND_WINDOWS equal windows, and each stands for its lowest sample: what was given back
 *      within it is not there. Less than that the program did not need at any time of the window, so a leak is in
 *      every one of them whole.
 *   2. The slope is the median of the slopes between all pairs of windows (Theil and Sen). A single step, however
 *      high, lies between less than half of the pairs unless it is right in the middle, and then moves the median by
 *      little; a leak lies between all of them, and its slope is found as it is.
 *
 * Pages have a grain: what is less than that over the whole series cannot be told from a single one, so that a short
 * series finds less than a long one. The slope by least squares is given beside it, for people.
 *
 * Pure. Any thread. Cannot fail.
 */
#ifndef TESTS_SOAK_LEAK_TREND_H
#define TESTS_SOAK_LEAK_TREND_H

#include <stdbool.h>
#include <stddef.h>

#define LEAK_TREND_WINDOWS 24

struct leak_trend_sample {
    double hours; /* rising */
    double value;
};

struct leak_trend {
    double least_squares; /* per hour, of all samples */
    double steady;        /* per hour, of the windows */
    double hours;         /* from the first sample to the last */
};

/* Two samples at least; all slopes are 0 when they have the same hour. */
struct leak_trend leak_trend_measure(const struct leak_trend_sample *samples, size_t count);

/* Is the growth steady, faster than `limit` per hour, and more than `grain` in all? */
bool leak_trend_is_growth(const struct leak_trend *drift, double limit, double grain);

#endif
