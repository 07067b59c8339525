/*
 * exposition_check - reads a text of metrics as strictly as the formats are, and finds values in it.
 *
 * Prometheus text 0.0.4: each metric has its head before its lines, once, and its lines stand together; no series is
 * there twice; labels are escaped; values are numbers. OpenMetrics as well: units, the names of counters, and `# EOF`
 * at the end. A fault fails the test with the line. One thread.
 */
#ifndef TESTS_SUPPORT_EXPOSITION_CHECK_H
#define TESTS_SUPPORT_EXPOSITION_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Returns the number of series. */
size_t exposition_check(const char *text, bool is_openmetrics);

/* The value of the series, written as in the text: `name{label="value"}`; NULL: there is none. Valid until the next call. */
const char *exposition_value(const char *text, const char *series);

/* Fails unless the series has this value. */
void assert_series(const char *text, const char *series, const char *value);

#endif
