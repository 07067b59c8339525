/*
 * Each line is a block of memory of its own; a ring of pointers keeps them in order. A line's index in the ring is
 * its number modulo LOGBOOK_LINES_MAX. Sizes count all allocated bytes, including the logbook itself.
 */
#include "tui/console/logbook.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <errno.h>
#include <string.h>

#define TEXT_LENGTH_MAX 4096 /* bytes of one line */
#define MARK_SIZE 96

/* What a pattern said about the line. */
struct finding {
    uint32_t serial; /* 0: of none */
    bool is_match;
};

struct kept_line {
    size_t size; /* allocated bytes, lines included */
    struct logbook_line line;
    struct finding findings[LINE_PATTERN_USES];
    char bytes[];
};

/* Lost lines that have no mark in the log yet. */
struct lost {
    int64_t unseen;   /* overwritten before the console read them */
    int64_t unstored; /* no memory */
};

struct logbook {
    uint64_t first;
    uint64_t end;
    size_t size;
    struct lost lost;
    struct kept_line *ring[LOGBOOK_LINES_MAX];
};

_Static_assert(sizeof(struct logbook) < LOGBOOK_SIZE_MAX, "there is room for lines");

int logbook_create(struct logbook **ret_logbook)
{
    struct logbook *logbook = heap_alloc(1, sizeof *logbook);
    if (!logbook)
        return -ENOMEM;
    logbook->size = sizeof *logbook;
    *ret_logbook = logbook;
    return 0;
}

static struct kept_line **place_of(struct logbook *logbook, uint64_t number)
{
    return &logbook->ring[number % LOGBOOK_LINES_MAX];
}

static void drop_oldest(struct logbook *logbook)
{
    must(logbook->first < logbook->end);
    struct kept_line **place = place_of(logbook, logbook->first++);
    logbook->size -= (*place)->size;
    heap_free(*place);
    *place = NULL;
}

void logbook_clear(struct logbook *logbook)
{
    while (logbook->first < logbook->end)
        drop_oldest(logbook);
    logbook->lost = (struct lost){ 0 };
}

void logbook_destroy(struct logbook *logbook)
{
    if (!logbook)
        return;
    logbook_clear(logbook);
    heap_free(logbook);
}

/* --- adding ---------------------------------------------------------------------------------------------------- */

/* Bytes of the text that are kept. A character is never cut. */
static size_t kept_length(const char *text)
{
    size_t length = strnlen(text, TEXT_LENGTH_MAX + 1);
    if (length <= TEXT_LENGTH_MAX)
        return length;
    length = TEXT_LENGTH_MAX;
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    return length;
}

/* Makes room for one more line by dropping the oldest; false: the line is too large. */
static bool make_room(struct logbook *logbook, size_t size)
{
    if (size > LOGBOOK_SIZE_MAX - sizeof *logbook)
        return false;
    while (logbook->size + size > LOGBOOK_SIZE_MAX)
        drop_oldest(logbook);
    if (logbook->end - logbook->first == LOGBOOK_LINES_MAX)
        drop_oldest(logbook);
    return true;
}

/* False: no memory. */
static bool append(struct logbook *logbook, const struct logbook_line *line)
{
    size_t text_length = kept_length(line->text);
    size_t id_size = line->id ? strlen(line->id) + 1 : 0;
    size_t size = size_add(sizeof(struct kept_line) + text_length + 1, id_size);
    struct kept_line *kept = make_room(logbook, size) ? heap_alloc(1, size) : NULL;
    if (!kept)
        return false;
    char *text = kept->bytes + id_size;
    if (line->id)
        memcpy(kept->bytes, line->id, id_size);
    memcpy(text, line->text, text_length);
    kept->size = size;
    kept->line = *line;
    kept->line.id = line->id ? kept->bytes : NULL;
    kept->line.text = text;
    *place_of(logbook, logbook->end++) = kept;
    logbook->size += size;
    return true;
}

static bool append_mark(struct logbook *logbook, struct wall at, int64_t count, const char *why)
{
    char storage[MARK_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_addf(&text, "%lld %s lost: %s", (long long)count, count == 1 ? "line was" : "lines were",
              why);
    return append(logbook, &(struct logbook_line){ .at = at,
                                                   .level = LEVEL_WARN,
                                                   .event = (enum event_id)EVENT_COUNT,
                                                   .text = storage });
}

/* Puts marks where the lost lines would be. False: no memory yet, so no line may follow. */
static bool mark_lost(struct logbook *logbook, struct wall at)
{
    struct lost *lost = &logbook->lost;
    if (lost->unseen > 0 &&
        !append_mark(logbook, at, lost->unseen, "the terminal did not take output for too long"))
        return false;
    lost->unseen = 0;
    if (lost->unstored > 0 && !append_mark(logbook, at, lost->unstored, "there was no memory"))
        return false;
    lost->unstored = 0;
    return true;
}

static void add_line(struct logbook *logbook, const struct snapshot_line *line)
{
    struct logbook_line wanted = { line->at, line->level, line->event, line->id, line->text };
    if (!mark_lost(logbook, line->at) || !append(logbook, &wanted))
        logbook->lost.unstored++;
}

void logbook_add(struct logbook *logbook, const struct snapshot *snapshot)
{
    logbook->lost.unseen += snapshot->lines_lost;
    for (size_t i = 0; i < snapshot->line_count; i++)
        add_line(logbook, &snapshot->lines[i]);
    mark_lost(logbook, snapshot->at);
    must_slow(logbook->size <= LOGBOOK_SIZE_MAX);
}

/* --- reading --------------------------------------------------------------------------------------------------- */

uint64_t logbook_first(const struct logbook *logbook)
{
    return logbook->first;
}

uint64_t logbook_end(const struct logbook *logbook)
{
    return logbook->end;
}

const struct logbook_line *logbook_at(const struct logbook *logbook, uint64_t number)
{
    if (number < logbook->first || number >= logbook->end)
        return NULL;
    return &logbook->ring[number % LOGBOOK_LINES_MAX]->line;
}

/* What the pattern says about a line is kept with it, so that each line is looked at once. */
static bool pattern_has(struct kept_line *kept, const struct line_pattern *pattern)
{
    struct finding *finding = &kept->findings[line_pattern_use(pattern)];
    if (finding->serial != line_pattern_serial(pattern))
        *finding = (struct finding){ line_pattern_serial(pattern),
                                     line_pattern_matches(pattern, kept->line.text) };
    return finding->is_match;
}

bool logbook_matches(const struct logbook *logbook, uint64_t number,
                     const struct logbook_query *query)
{
    struct kept_line *kept = logbook->ring[number % LOGBOOK_LINES_MAX];
    const struct logbook_line *line = &kept->line;
    must(logbook->first <= number && number < logbook->end);
    if (line->level < query->level_min)
        return false;
    if (query->id && (!line->id || strcmp(line->id, query->id) != 0))
        return false;
    return !query->pattern || pattern_has(kept, query->pattern);
}

static bool find_forward(const struct logbook *logbook, uint64_t from,
                         const struct logbook_query *query, uint64_t *ret_number)
{
    uint64_t number = from > logbook->first ? from : logbook->first;
    for (; number < logbook->end; number++) {
        if (logbook_matches(logbook, number, query)) {
            *ret_number = number;
            return true;
        }
    }
    return false;
}

static bool find_backward(const struct logbook *logbook, uint64_t from,
                          const struct logbook_query *query, uint64_t *ret_number)
{
    uint64_t behind = from < logbook->end ? from + 1 : logbook->end;
    for (; behind > logbook->first; behind--) {
        if (logbook_matches(logbook, behind - 1, query)) {
            *ret_number = behind - 1;
            return true;
        }
    }
    return false;
}

bool logbook_find(const struct logbook *logbook, uint64_t from, bool is_forward,
                  const struct logbook_query *query, uint64_t *ret_number)
{
    return is_forward ? find_forward(logbook, from, query, ret_number)
                      : find_backward(logbook, from, query, ret_number);
}
