#include "engine/log/event_fanout.h"

#include "engine/base/panic.h"

#include <stddef.h>

void event_fanout_add(struct event_fanout *fanout, struct event_reader *reader)
{
    must(!reader->fanout);
    struct event_reader **link = &fanout->first;
    while (*link)
        link = &(*link)->next;
    *link = reader;
    reader->fanout = fanout;
    reader->next = NULL;
}

void event_reader_remove(struct event_reader *reader)
{
    if (!reader->fanout)
        return;
    struct event_reader **link = &reader->fanout->first;
    while (*link != reader)
        link = &(*link)->next;
    *link = reader->next;
    reader->fanout = NULL;
    reader->next = NULL;
}

void event_fanout_pass(const struct event_fanout *fanout, const struct event *event, struct wall at)
{
    for (const struct event_reader *reader = fanout->first; reader; reader = reader->next)
        reader->take(reader->context, event, at);
}

void event_fanout_take(void *context, const struct event *event)
{
    event_fanout_pass(context, event, wall_now());
}
