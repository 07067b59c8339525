/*
 * publish_lines - log lines that are kept for the next snapshot.
 *
 * At most PUBLISH_LINES_MAX of them and PUBLISH_LINES_SIZE bytes: beyond, the oldest are dropped and counted. A line
 * without memory is counted too. Once a snapshot is in the feed, it owns its lines: a batch. One thread at a time.
 */
#ifndef ENGINE_VIEW_PUBLISH_LINES_H
#define ENGINE_VIEW_PUBLISH_LINES_H

#include "engine/base/redaction.h"
#include "engine/core/event.h"
#include "engine/snapshot.h"

#define PUBLISH_LINES_MAX 10000
#define PUBLISH_LINES_SIZE ((size_t)4 << 20)

struct kept_line;

/* Zeroed memory is an empty one. */
struct lines {
    struct kept_line *first;
    struct kept_line *last;
    size_t count;
    size_t size;
    int64_t lost;
};

void lines_fini(struct lines *lines);

/* Without what the redaction removes; NULL: all of it. Returns the line, until the next call; NULL: it is lost. */
const struct snapshot_line *lines_take(struct lines *lines, const struct event *event,
                                       struct wall at, struct redaction *redaction);

/* A copy of a line that is printable already. */
void lines_copy(struct lines *lines, const struct snapshot_line *line);

/* The lines of a snapshot. Zeroed memory is an empty one. */
struct line_batch {
    struct snapshot_line *array;
    struct kept_line *pieces; /* memory of the lines in the array, after the hand-over */
};

/* Lists all lines in an array; they still belong to `lines`. -ENOMEM. */
int lines_list(const struct lines *lines, struct line_batch *batch);

/* The batch owns the lines from now on; none are left in `lines`. */
void lines_hand_over(struct lines *lines, struct line_batch *batch);

void line_batch_fini(struct line_batch *batch);

#endif
