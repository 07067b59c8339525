#include "engine/control/stream_lines.h"

#include "engine/base/heap.h"
#include "engine/control/stream_codec.h"
#include "engine/control/stream_words.h"
#include "engine/log/log.h"

#include <string.h>

/* Twice as long as a line of the log: one with more escapes is dropped. */
#define STORAGE_SIZE ((size_t)16384)

void stream_lines_fini(struct stream_lines *lines)
{
    while (lines->first)
        stream_lines_drop(lines);
    *lines = (struct stream_lines){ 0 };
}

static const struct event_field *deployment_field(const struct event *event)
{
    for (size_t i = 0; i < event->field_count; i++)
        if (event->fields[i].type == EVENT_FIELD_STRING &&
            strcmp(event->fields[i].key, "deployment") == 0)
            return &event->fields[i];
    return NULL;
}

static void add_event(struct text *text, const struct event *event, struct wall at)
{
    char storage[LOG_LINE_SIZE];
    struct text fields;
    const struct event_field *id = deployment_field(event);
    text_init(&fields, storage, sizeof storage);
    log_format_fields(event, &fields);
    stream_add_integer(text, "at", at.ms);
    stream_add_string(text, "level", stream_word(WORD_LEVEL, event_row(event->id)->level));
    stream_add_string(text, "event", stream_word(WORD_EVENT, event->id));
    if (id) {
        text_add(text, ",\"id\":");
        text_add_json(text, id->string, id->string_size);
    }
    stream_add_string(text, "text", storage);
}

static struct stream_line *make_line(const struct text *text)
{
    struct stream_line *line = heap_alloc(1, sizeof *line + text->length);
    if (!line)
        return NULL;
    line->length = text->length;
    memcpy(line->text, text->data, text->length);
    return line;
}

const struct stream_line *stream_lines_take(struct stream_lines *lines, const struct event *event,
                                            struct wall at, struct redaction *redaction)
{
    char storage[STORAGE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_add(&text, "{\"line\":{");
    add_event(&text, event, at);
    text_add(&text, "}}\n");
    redaction_clean(redaction, &text);
    lines->number++;
    struct stream_line *line = text.was_cut ? NULL : make_line(&text);
    if (!line)
        return NULL;
    line->number = lines->number;
    lines->size += sizeof *line + line->length;
    if (lines->last)
        lines->last->next = line;
    else
        lines->first = line;
    lines->last = line;
    return line;
}

const struct stream_line *stream_lines_excess(const struct stream_lines *lines)
{
    return lines->size > STREAM_LINES_SIZE ? lines->first : NULL;
}

void stream_lines_drop(struct stream_lines *lines)
{
    struct stream_line *line = lines->first;
    lines->first = line->next;
    lines->size -= sizeof *line + line->length;
    if (!lines->first)
        lines->last = NULL;
    heap_free(line);
}

const struct stream_line *stream_lines_after(const struct stream_lines *lines, uint64_t number)
{
    const struct stream_line *line = lines->first;
    while (line && line->number <= number)
        line = line->next;
    return line;
}
