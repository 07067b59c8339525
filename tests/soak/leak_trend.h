/*
 * leak_trend - decides whether a series of samples keeps growing. The samples are memory, descriptors or threads.
 *
 * A leak is steady: every pass loses the same number of bytes. Two other causes of growth are not leaks: a buffer that
 * is allocated under load and freed later, and a heap that grows by single steps of pages that stay. The method
 * ignores both.
 *
 *   1. The series is divided into LEAK_TREND_WINDOWS equal windows. Only the lowest sample of each window is used.
 *      Memory that was freed within the window is not in that sample; leaked memory is in all of them.
 *   2. The slope is the median of the slopes between all pairs of windows (Theil-Sen estimator). A single step lies
 *      between fewer than half of the pairs, unless it is in the middle of the series, where it changes the median
 *      only a little. A leak lies between all pairs, so the median is its slope.
 *
 * Growth below `grain` over the whole series cannot be distinguished from one page. A short series therefore finds
 * only larger leaks. The least-squares slope is for information only.
 *
 * Pure. Any thread. Cannot fail.
 */
#ifndef TESTS_SOAK_LEAK_TREND_H
#define TESTS_SOAK_LEAK_TREND_H

#include <stdbool.h>
#include <stddef.h>

#define LEAK_TREND_WINDOWS 24

struct leak_trend_sample {
    double hours; /* increasing */
    double value;
};

struct leak_trend {
    double least_squares; /* per hour, of all samples */
    double steady;        /* per hour, of the windows */
    double hours;         /* from the first sample to the last */
};

/* At least two samples. All slopes are 0 if all samples have the same hour. */
struct leak_trend leak_trend_measure(const struct leak_trend_sample *samples, size_t count);

/* Is the steady slope above `limit` per hour, and the total growth above `grain`? */
bool leak_trend_is_growth(const struct leak_trend *trend, double limit, double grain);

#endif
