/*
 * stream_lines - the last lines of the log as lines of GET /v1/stream, made once for all readers.
 *
 * At most STREAM_LINES_SIZE bytes: beyond, the oldest are dropped. A line without memory is dropped too; its number
 * stays, so that a reader knows how many it lacks. Each reader has the line that it gets next (a cursor); the list
 * moves the cursors of its readers.
 *
 * Engine thread only.
 */
#ifndef ENGINE_CONTROL_STREAM_LINES_H
#define ENGINE_CONTROL_STREAM_LINES_H

#include "engine/base/clock.h"
#include "engine/base/redaction.h"
#include "engine/core/event.h"

#include <stddef.h>
#include <stdint.h>

#define STREAM_LINES_SIZE ((size_t)256 * 1024)

struct stream_line {
    struct stream_line *next;
    uint64_t number; /* counts up, from 1 */
    size_t length;
    char text[]; /* {"line":{...}} and a line break */
};

/* Zeroed memory is an empty list. */
struct stream_lines {
    struct stream_line *first;
    struct stream_line *last;
    size_t size;
    uint64_t number; /* of the newest line, also of one that was dropped */
};

void stream_lines_fini(struct stream_lines *lines);

/* Without what the redaction removes. Drops nothing: see stream_lines_excess. Returns the line; NULL: no memory. */
const struct stream_line *stream_lines_take(struct stream_lines *lines, const struct event *event,
                                            struct wall at, struct redaction *redaction);

/* The oldest line, if there are more than there may be; NULL: there are not. */
const struct stream_line *stream_lines_excess(const struct stream_lines *lines);
void stream_lines_drop(struct stream_lines *lines);

/* The oldest line with a number above this one; NULL: there is none. */
const struct stream_line *stream_lines_after(const struct stream_lines *lines, uint64_t number);

#endif
