#include "engine/core/event.h"

#include "engine/base/panic.h"

#include <string.h>

void event_init(struct event *event, enum event_id id)
{
    event->id = id;
    event->field_count = 0;
}

static struct event_field *add_field(struct event *event, const char *key,
                                     enum event_field_type type)
{
    must(event->field_count < EVENT_FIELDS_MAX);
    must_slow(event_has_field(event->id, key));
    struct event_field *field = &event->fields[event->field_count++];
    *field = (struct event_field){ .key = key, .type = type };
    return field;
}

void event_add_integer(struct event *event, const char *key, int64_t number)
{
    add_field(event, key, EVENT_FIELD_INTEGER)->number = number;
}

void event_add_signed(struct event *event, const char *key, int64_t number)
{
    add_field(event, key, EVENT_FIELD_SIGNED)->number = number;
}

void event_add_percent(struct event *event, const char *key, int64_t ppb)
{
    add_field(event, key, EVENT_FIELD_PERCENT)->number = ppb;
}

void event_add_string(struct event *event, const char *key, const char *string)
{
    struct event_field *field = add_field(event, key, EVENT_FIELD_STRING);
    field->string = string;
    field->string_size = strlen(string);
}

void event_add_sentence(struct event *event, const char *key, const char *sentence)
{
    struct event_field *field = add_field(event, key, EVENT_FIELD_SENTENCE);
    field->string = sentence;
    field->string_size = strlen(sentence);
}

void event_add_bool(struct event *event, const char *key, bool value)
{
    add_field(event, key, EVENT_FIELD_BOOL)->number = value;
}

void event_emit(const struct event *event, const struct event_sink *sink)
{
    if (sink->take)
        sink->take(sink->context, event);
}
