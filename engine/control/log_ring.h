/*
 * log_ring - the newest lines of the log, by number, for clients of the control API.
 *
 * Keeps the LOG_RING_MAX newest lines; a longer line than LOG_RING_LINE_MAX bytes is cut, one without memory is left
 * out. Numbers count the lines of this run from 1. Owns its lines. Zeroed memory is empty. Engine thread only.
 */
#ifndef ENGINE_CONTROL_LOG_RING_H
#define ENGINE_CONTROL_LOG_RING_H

#include "engine/base/clock.h"
#include "engine/base/redaction.h"
#include "engine/base/text.h"
#include "engine/core/event.h"

#define LOG_RING_MAX 1000
#define LOG_RING_LINE_MAX 1024
/* Bytes of a line as JSON, at most: each byte of its text may become an escape. */
#define LOG_RING_JSON_SIZE (6 * LOG_RING_LINE_MAX + 128)

struct log_ring {
    struct log_ring_line {
        struct wall at;
        enum level level;
        char *text; /* NULL: there was no memory */
    } lines[LOG_RING_MAX];
    int64_t count; /* ever taken */
};

void log_ring_fini(struct log_ring *ring);

/* Without what the redaction removes; NULL: all of it. */
void log_ring_take(struct log_ring *ring, const struct event *event, struct wall at,
                   struct redaction *redaction);

/* The first line to show after this number, of the `max` newest ones. A number of another run counts as 0. */
int64_t log_ring_first(const struct log_ring *ring, int64_t after, int64_t max);

/* {"lines":[{"number":7,"at":"...","level":"info","text":"pass_done ..."}],"next":7}: from `first` on. */
void log_ring_add_json(const struct log_ring *ring, int64_t first, struct text *text);

#endif
