/*
 * event_fanout - one stream of events for any number of readers.
 *
 * A sink for events that passes each one, with its time, to every reader in the order in which they were added. The
 * engine has one for all events; the log has one for those that pass its level and limit (log_lines). Readers that
 * count or keep events belong to the first, readers that show lines to the second.
 *
 * The caller owns readers and must not move one while it is added. A reader must not send events to the same fan-out,
 * and must not be added or removed while an event is passed. Zeroed memory has no readers. Engine thread only.
 */
#ifndef ENGINE_LOG_EVENT_FANOUT_H
#define ENGINE_LOG_EVENT_FANOUT_H

#include "engine/base/clock.h"
#include "engine/core/event.h"

struct event_fanout {
    struct event_reader *first;
};

/* `take` borrows the event and its strings until it returns. Zeroed memory is a reader that is not added. */
struct event_reader {
    void (*take)(void *context, const struct event *event, struct wall at);
    void *context;
    struct event_fanout *fanout;
    struct event_reader *next;
};

void event_fanout_add(struct event_fanout *fanout, struct event_reader *reader);

/* No effect on a reader that is not added. */
void event_reader_remove(struct event_reader *reader);

void event_fanout_pass(const struct event_fanout *fanout, const struct event *event,
                       struct wall at);

/* A sink: `context` is the fan-out, the time is now. */
void event_fanout_take(void *context, const struct event *event);

#endif
