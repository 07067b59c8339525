/*
 * event - an event with a name and typed fields, for the log, the recorder and the console.
 *
 * The caller builds an event on its stack and emits it to a sink. Strings are borrowed until the sink returns and may
 * hold any bytes: the sinks escape them. Keys must be those of the event in events.def (checked where must_slow is on).
 * The sink adds the time. One thread at a time. Cannot fail; at most EVENT_FIELDS_MAX fields.
 */
#ifndef ENGINE_CORE_EVENT_H
#define ENGINE_CORE_EVENT_H

#include "engine/vocab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVENT_FIELDS_MAX 12

enum event_field_type {
    EVENT_FIELD_INTEGER,  /* 12 */
    EVENT_FIELD_SIGNED,   /* +6: a change; a plain number in JSON */
    EVENT_FIELD_PERCENT,  /* parts per billion shown as percent: 12.5 */
    EVENT_FIELD_STRING,   /* any bytes: the sinks escape them */
    EVENT_FIELD_SENTENCE, /* printable text, such as an error; escaped already */
    EVENT_FIELD_BOOL,
};

struct event_field {
    const char *key;
    enum event_field_type type;
    int64_t number;
    const char *string; /* string_size bytes, not NUL-terminated */
    size_t string_size;
};

struct event {
    enum event_id id;
    size_t field_count;
    struct event_field fields[EVENT_FIELDS_MAX];
};

/* The receiver of events; `take` may be NULL. */
struct event_sink {
    void (*take)(void *context, const struct event *event);
    void *context;
};

void event_init(struct event *event, enum event_id id);
void event_add_integer(struct event *event, const char *key, int64_t number);
void event_add_signed(struct event *event, const char *key, int64_t number);
void event_add_percent(struct event *event, const char *key, int64_t ppb);
void event_add_string(struct event *event, const char *key, const char *string);
void event_add_sentence(struct event *event, const char *key, const char *sentence);
void event_add_bool(struct event *event, const char *key, bool value);

void event_emit(const struct event *event, const struct event_sink *sink);

#endif
