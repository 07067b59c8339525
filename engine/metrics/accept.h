/*
 * accept - which format of metrics a client asks for with its Accept header.
 *
 * Any thread. Owns nothing. Cannot fail: what it does not understand counts as not written.
 */
#ifndef ENGINE_METRICS_ACCEPT_H
#define ENGINE_METRICS_ACCEPT_H

#include <stdbool.h>

/* OpenMetrics 1.0, and not rather plain text? NULL: there is no header. */
bool accept_is_openmetrics(const char *header);

#endif
