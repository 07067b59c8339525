#include "engine/run/override_book.h"

#include "engine/base/heap.h"
#include "engine/base/text.h"

#include <string.h>

#define AUTHOR "operator"
#define AUTHOR_ENGINE "engine"
#define CAPACITY_MIN 8

static const char *const kinds[] = { OVERRIDE_PAUSE_ALL, OVERRIDE_PAUSE, OVERRIDE_DRY_RUN };
#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

void override_book_fini(struct override_book *book)
{
    for (size_t i = 0; i < book->count; i++)
        heap_free(book->overrides[i].match);
    heap_free(book->overrides);
    heap_free(book->buckets);
    *book = (struct override_book){ 0 };
}

static const char *find_kind(const char *name)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (strcmp(kinds[i], name) == 0)
            return kinds[i];
    return NULL;
}

/* --- the list -------------------------------------------------------------------------------------------------- */

/* FNV-1a of the match; the capacity is a power of two. */
static uint32_t *bucket_of(const struct override_book *book, const char *match)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (const unsigned char *at = (const unsigned char *)match; *at; at++)
        hash = (hash ^ *at) * UINT64_C(1099511628211);
    return &book->buckets[(hash ^ hash >> 32) & (book->capacity - 1)];
}

static void link_at(struct override_book *book, size_t index)
{
    uint32_t *bucket = bucket_of(book, book->overrides[index].match);
    book->overrides[index].next = *bucket;
    *bucket = (uint32_t)index + 1;
}

static void unlink_at(struct override_book *book, size_t index)
{
    uint32_t *link = bucket_of(book, book->overrides[index].match);
    while (*link != index + 1)
        link = &book->overrides[*link - 1].next;
    *link = book->overrides[index].next;
}

static bool make_room(struct override_book *book)
{
    if (book->count < book->capacity)
        return true;
    size_t capacity = book->capacity ? 2 * book->capacity : CAPACITY_MIN;
    uint32_t *buckets = heap_alloc(capacity, sizeof *buckets);
    struct open_override *grown =
        buckets ? heap_resize(book->overrides, capacity, sizeof *grown) : NULL;
    if (!grown) {
        heap_free(buckets);
        return false;
    }
    heap_free(book->buckets);
    book->overrides = grown;
    book->buckets = buckets;
    book->capacity = capacity;
    for (size_t i = 0; i < book->count; i++)
        link_at(book, i);
    return true;
}

static bool add(struct override_book *book, const struct open_override *override)
{
    char *match = heap_copy_text(override->match, strlen(override->match));
    if (!match || !make_room(book)) {
        heap_free(match);
        return false;
    }
    struct open_override *added = &book->overrides[book->count++];
    *added = *override;
    added->match = match;
    link_at(book, book->count - 1);
    return true;
}

static void remove_at(struct override_book *book, size_t index)
{
    size_t last = book->count - 1;
    unlink_at(book, index);
    heap_free(book->overrides[index].match);
    if (index != last) {
        unlink_at(book, last);
        book->overrides[index] = book->overrides[last];
        link_at(book, index);
    }
    book->count = last;
}

static struct open_override *find_open(const struct override_book *book, const char *kind,
                                       const char *match)
{
    uint32_t at = book->capacity > 0 ? *bucket_of(book, match) : 0;
    for (; at != 0; at = book->overrides[at - 1].next) {
        struct open_override *override = &book->overrides[at - 1];
        if (!override->is_over && strcmp(override->kind, kind) == 0 &&
            strcmp(override->match, match) == 0)
            return override;
    }
    return NULL;
}

const struct open_override *override_book_find(const struct override_book *book, const char *kind,
                                               const char *match)
{
    return find_open(book, kind, match);
}

static struct open_override *find_number(const struct override_book *book, int64_t number)
{
    for (size_t i = 0; i < book->count; i++)
        if (book->overrides[i].number == number && !book->overrides[i].is_over)
            return &book->overrides[i];
    return NULL;
}

const struct open_override *override_book_find_number(const struct override_book *book,
                                                      int64_t number)
{
    return find_number(book, number);
}

size_t override_book_count(const struct override_book *book)
{
    size_t count = 0;
    for (size_t i = 0; i < book->count; i++)
        count += !book->overrides[i].is_over;
    return count;
}

/* --- begin and end --------------------------------------------------------------------------------------------- */

static void copy(char *storage, size_t size, const char *source)
{
    struct text text;
    text_init(&text, storage, size);
    text_add(&text, source);
}

static bool has_end(const struct open_override *override)
{
    return override->until.ms != MONO_NEVER.ms;
}

static void end(struct open_override *override, const char *author)
{
    override->is_over = true;
    override->ended = stamp_now();
    copy(override->ended_by, sizeof override->ended_by, author);
}

/* The repeats are whole periods after the begin, whenever the program was started. */
static void set_due(struct open_override *override, struct mono now)
{
    int64_t age_ms = now.ms - override->since.ms;
    int64_t periods = age_ms > 0 ? age_ms / OVERRIDE_REPEAT_MS : 0;
    override->due = has_end(override)
                        ? override->until
                        : mono_after(override->since, (periods + 1) * OVERRIDE_REPEAT_MS);
}

const char *override_book_restore(struct override_book *book, const struct restored_act *restored,
                                  struct mono now)
{
    const struct override_record *record = &restored->override;
    struct open_override override = {
        .number = record->number,
        .kind = find_kind(record->kind),
        .match = (char *)(uintptr_t)record->match,
        .begun = { restored->begun.wall, { stamp_now().boot.ms - restored->age_ms } },
        .since = mono_after(now, -restored->age_ms),
        .until = MONO_NEVER,
        .is_begun = true,
    };
    if (record->for_ms > 0)
        override.until = mono_after(override.since, record->for_ms);
    if (record->author)
        copy(override.author, sizeof override.author, record->author);
    if (record->reason)
        copy(override.reason, sizeof override.reason, record->reason);
    set_due(&override, now);
    return override.kind && add(book, &override) ? override.kind : NULL;
}

void override_book_act(struct override_book *book, const char *author, const char *reason)
{
    copy(book->author, sizeof book->author, author);
    copy(book->reason, sizeof book->reason, reason ? reason : "");
}

static const char *author_of(const struct override_book *book)
{
    return book->author[0] ? book->author : AUTHOR;
}

void override_book_begin(struct override_book *book, const char *kind, const char *match,
                         struct mono now, int64_t for_ms)
{
    struct open_override *open = find_open(book, kind, match);
    if (open && !has_end(open) && for_ms == 0)
        return;
    if (open)
        end(open, author_of(book));
    struct open_override override = {
        .number = ++book->number_max,
        .kind = kind,
        .match = (char *)(uintptr_t)match,
        .begun = stamp_now(),
        .since = now,
        .until = for_ms > 0 ? mono_after(now, for_ms) : MONO_NEVER,
    };
    copy(override.author, sizeof override.author, author_of(book));
    copy(override.reason, sizeof override.reason, book->reason);
    set_due(&override, now);
    add(book, &override);
}

void override_book_end(struct override_book *book, const char *kind, const char *match)
{
    struct open_override *open = find_open(book, kind, match);
    if (open)
        end(open, author_of(book));
}

bool override_book_extend(struct override_book *book, int64_t number, struct mono now,
                          int64_t for_ms)
{
    struct open_override *open = find_number(book, number);
    if (!open)
        return false;
    open->until = mono_after(now, for_ms);
    open->due = open->until;
    open->is_begun = false;
    return true;
}

/* --- what is due ----------------------------------------------------------------------------------------------- */

struct mono override_book_due(const struct override_book *book)
{
    struct mono due = MONO_NEVER;
    for (size_t i = 0; i < book->count; i++)
        if (!book->overrides[i].is_over)
            due = mono_min(due, book->overrides[i].due);
    return due;
}

const struct open_override *override_book_take_due(struct override_book *book, struct mono now,
                                                   size_t *cursor)
{
    while (*cursor < book->count) {
        struct open_override *override = &book->overrides[(*cursor)++];
        if (override->is_over || override->due.ms > now.ms)
            continue;
        if (has_end(override))
            end(override, AUTHOR_ENGINE);
        else
            set_due(override, now);
        return override;
    }
    return NULL;
}

/* --- the journal ----------------------------------------------------------------------------------------------- */

static int64_t length_ms(const struct open_override *override)
{
    return has_end(override) ? override->until.ms - override->since.ms : 0;
}

static bool hand_over(struct journal *journal, const struct open_override *override, bool is_end)
{
    struct record record = {
        .kind = is_end ? RECORD_OVERRIDE_END : RECORD_OVERRIDE,
        .at = is_end ? override->ended : override->begun,
        .override = {
            .number = override->number,
            .kind = override->kind,
            .match = override->match,
            .author = is_end ? override->ended_by : override->author,
            .reason = override->reason[0] ? override->reason : NULL,
            .for_ms = length_ms(override),
        },
    };
    return journal_put(journal, &record, NULL) == 0;
}

bool override_book_flush(struct override_book *book, struct journal *journal)
{
    for (size_t i = 0; i < book->count;) {
        struct open_override *override = &book->overrides[i];
        if (book->is_recorded && !override->is_begun && !hand_over(journal, override, false))
            return false;
        override->is_begun = true;
        if (book->is_recorded && override->is_over && !hand_over(journal, override, true))
            return false;
        if (override->is_over)
            remove_at(book, i);
        else
            i++;
    }
    return true;
}

void override_book_repeat(struct override_book *book)
{
    for (size_t i = 0; i < book->count; i++)
        book->overrides[i].is_begun = false;
}
