#include "engine/control/log_ring.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/log/log.h"

#include <string.h>

void log_ring_fini(struct log_ring *ring)
{
    for (size_t i = 0; i < LOG_RING_MAX; i++)
        heap_free(ring->lines[i].text);
    *ring = (struct log_ring){ 0 };
}

static struct log_ring_line *line_at(struct log_ring *ring, int64_t number)
{
    return &ring->lines[number % LOG_RING_MAX];
}

void log_ring_take(struct log_ring *ring, const struct event *event, struct wall at,
                   struct redaction *redaction)
{
    char storage[LOG_RING_LINE_MAX];
    struct text text;
    text_init(&text, storage, sizeof storage);
    log_format_fields(event, &text);
    redaction_clean(redaction, &text);
    struct log_ring_line *line = line_at(ring, ++ring->count);
    heap_free(line->text);
    *line = (struct log_ring_line){
        .at = at,
        .level = event_row(event->id)->level,
        .text = heap_copy_text(storage, text.length),
    };
}

int64_t log_ring_first(const struct log_ring *ring, int64_t after, int64_t max)
{
    int64_t first = after > ring->count ? 1 : after + 1;
    int64_t oldest = ring->count - min_i64(max, LOG_RING_MAX) + 1;
    return max_i64(1, max_i64(first, oldest));
}

static void add_line(const struct log_ring_line *line, int64_t number, struct text *text)
{
    char at[WALL_TEXT_SIZE];
    wall_format(line->at, at);
    text_addf(text, "{\"number\":%lld,\"at\":\"%s\",\"level\":\"%s\",\"text\":", (long long)number,
              at, level_name(line->level));
    text_add_json(text, line->text, strlen(line->text));
    text_add_char(text, '}');
}

void log_ring_add_json(const struct log_ring *ring, int64_t first, struct text *text)
{
    const char *separator = "\n";
    text_add(text, "{\"lines\":[");
    for (int64_t number = first; number <= ring->count; number++) {
        const struct log_ring_line *line = &ring->lines[number % LOG_RING_MAX];
        if (!line->text)
            continue;
        text_add(text, separator);
        add_line(line, number, text);
        separator = ",\n";
    }
    text_addf(text, "],\"next\":%lld}", (long long)ring->count);
}
