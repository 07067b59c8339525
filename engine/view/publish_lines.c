#include "engine/view/publish_lines.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/log/log.h"

#include <errno.h>
#include <string.h>

struct kept_line {
    struct kept_line *next;
    size_t size; /* bytes of the line with its texts */
    struct snapshot_line line;
    char bytes[];
};

static void free_pieces(struct kept_line *piece)
{
    while (piece) {
        struct kept_line *next = piece->next;
        heap_free(piece);
        piece = next;
    }
}

void lines_fini(struct lines *lines)
{
    free_pieces(lines->first);
    *lines = (struct lines){ 0 };
}

static const struct event_field *deployment_field(const struct event *event)
{
    for (size_t i = 0; i < event->field_count; i++)
        if (event->fields[i].type == EVENT_FIELD_STRING &&
            strcmp(event->fields[i].key, "deployment") == 0)
            return &event->fields[i];
    return NULL;
}

static char *put_text(char **at, const char *text, size_t length)
{
    char *place = *at;
    memcpy(place, text, length);
    place[length] = '\0';
    *at += length + 1;
    return place;
}

/* `id` may be NULL. NULL: no memory. */
static struct kept_line *keep_line(const struct snapshot_line *line, const char *id,
                                   size_t id_length)
{
    size_t length = strlen(line->text);
    size_t size = sizeof(struct kept_line) + length + 1 + (id ? id_length + 1 : 0);
    struct kept_line *piece = heap_alloc(1, size);
    if (!piece)
        return NULL;
    char *place = piece->bytes;
    piece->size = size;
    piece->line = *line;
    piece->line.text = put_text(&place, line->text, length);
    piece->line.id = id ? put_text(&place, id, id_length) : NULL;
    return piece;
}

static struct kept_line *make_line(const struct event *event, struct wall at,
                                   struct redaction *redaction)
{
    char storage[LOG_LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    log_format_fields(event, &text);
    redaction_clean(redaction, &text);
    const struct event_field *id = deployment_field(event);
    const struct snapshot_line line = {
        .at = at,
        .level = event_row(event->id)->level,
        .event = event->id,
        .text = storage,
    };
    return keep_line(&line, id ? id->string : NULL, id ? id->string_size : 0);
}

static void drop_oldest(struct lines *lines)
{
    struct kept_line *piece = lines->first;
    must(piece);
    lines->first = piece->next;
    if (!lines->first)
        lines->last = NULL;
    lines->count--;
    lines->size -= piece->size;
    lines->lost++;
    heap_free(piece);
}

static void append(struct lines *lines, struct kept_line *piece)
{
    if (lines->last)
        lines->last->next = piece;
    else
        lines->first = piece;
    lines->last = piece;
    lines->count++;
    lines->size += piece->size;
}

/* NULL: there was no memory for it. */
static void take(struct lines *lines, struct kept_line *piece)
{
    if (!piece) {
        lines->lost++;
        return;
    }
    append(lines, piece);
    while (lines->count > PUBLISH_LINES_MAX || lines->size > PUBLISH_LINES_SIZE)
        drop_oldest(lines);
}

const struct snapshot_line *lines_take(struct lines *lines, const struct event *event,
                                       struct wall at, struct redaction *redaction)
{
    struct kept_line *piece = make_line(event, at, redaction);
    take(lines, piece);
    return piece ? &piece->line : NULL;
}

void lines_copy(struct lines *lines, const struct snapshot_line *line)
{
    take(lines, keep_line(line, line->id, line->id ? strlen(line->id) : 0));
}

int lines_list(const struct lines *lines, struct line_batch *batch)
{
    must(!batch->array);
    if (lines->count == 0)
        return 0;
    batch->array = heap_alloc(lines->count, sizeof *batch->array);
    if (!batch->array)
        return -ENOMEM;
    size_t index = 0;
    for (const struct kept_line *piece = lines->first; piece; piece = piece->next)
        batch->array[index++] = piece->line;
    must(index == lines->count);
    return 0;
}

void lines_hand_over(struct lines *lines, struct line_batch *batch)
{
    must(!batch->pieces);
    batch->pieces = lines->first;
    *lines = (struct lines){ 0 };
}

void line_batch_fini(struct line_batch *batch)
{
    heap_free(batch->array);
    free_pieces(batch->pieces);
    *batch = (struct line_batch){ 0 };
}
