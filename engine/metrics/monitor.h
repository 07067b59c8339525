/*
 * monitor - answers requests for /metrics, /healthz and /readyz, on whatever server they come.
 *
 * Owns the scraper. Engine thread only.
 */
#ifndef ENGINE_METRICS_MONITOR_H
#define ENGINE_METRICS_MONITOR_H

#include "engine/http/http_server.h"
#include "engine/metrics/metrics_source.h"

#include <uv.h>

enum monitor_page { MONITOR_METRICS, MONITOR_HEALTH, MONITOR_READY };
#define MONITOR_PAGE_COUNT 3

struct monitor;
struct scraper;

/* Copies the source. NULL: no memory. */
struct monitor *monitor_create(uv_loop_t *loop, const struct metrics_source *source);

/* "/metrics" */
const char *monitor_path(enum monitor_page page);

/* Responds, with what GET has. */
void monitor_answer(struct monitor *monitor, struct http_server_exchange *exchange,
                    enum monitor_page page);

/* For what it costs. */
const struct scraper *monitor_scraper(const struct monitor *monitor);

/* See scraper_close. */
void monitor_close(struct monitor *monitor, void (*closed)(void *context), void *context);

#endif
