#include "engine/run/override_book.h"

#include "engine/base/heap.h"
#include "engine/base/text.h"

#include <string.h>

#define AUTHOR "operator"
#define CAPACITY_MIN 8

static const char *const kinds[] = { OVERRIDE_PAUSE_ALL, OVERRIDE_PAUSE, OVERRIDE_DRY_RUN };
#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

void override_book_fini(struct override_book *book)
{
    for (size_t i = 0; i < book->count; i++)
        heap_free(book->overrides[i].match);
    heap_free(book->overrides);
    *book = (struct override_book){ 0 };
}

static const char *find_kind(const char *name)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (strcmp(kinds[i], name) == 0)
            return kinds[i];
    return NULL;
}

static bool make_room(struct override_book *book)
{
    if (book->count < book->capacity)
        return true;
    size_t capacity = book->capacity ? 2 * book->capacity : CAPACITY_MIN;
    struct open_override *grown = heap_resize(book->overrides, capacity, sizeof *grown);
    if (!grown)
        return false;
    book->overrides = grown;
    book->capacity = capacity;
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
    return true;
}

static void remove_at(struct override_book *book, size_t index)
{
    heap_free(book->overrides[index].match);
    book->overrides[index] = book->overrides[--book->count];
}

static struct open_override *find_open(struct override_book *book, const char *kind,
                                       const char *match)
{
    for (size_t i = 0; i < book->count; i++) {
        struct open_override *override = &book->overrides[i];
        if (!override->is_over && strcmp(override->kind, kind) == 0 &&
            strcmp(override->match, match) == 0)
            return override;
    }
    return NULL;
}

static void copy(char *storage, size_t size, const char *source)
{
    struct text text;
    text_init(&text, storage, size);
    text_add(&text, source);
}

const char *override_book_restore(struct override_book *book, const struct restored_act *restored)
{
    struct open_override override = {
        .number = restored->override.number,
        .kind = find_kind(restored->override.kind),
        .match = (char *)(uintptr_t)restored->override.match,
        .begun = restored->begun,
        .is_begun = true,
    };
    if (restored->override.author)
        copy(override.author, sizeof override.author, restored->override.author);
    if (restored->override.reason)
        copy(override.reason, sizeof override.reason, restored->override.reason);
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

void override_book_set(struct override_book *book, const char *kind, const char *match,
                       bool is_in_force)
{
    struct open_override *open = find_open(book, kind, match);
    if (is_in_force == (open != NULL))
        return;
    if (open) {
        open->is_over = true;
        open->ended = stamp_now();
        copy(open->ended_by, sizeof open->ended_by, author_of(book));
        return;
    }
    struct open_override override = {
        .number = ++book->number_max,
        .kind = kind,
        .match = (char *)(uintptr_t)match,
        .begun = stamp_now(),
    };
    copy(override.author, sizeof override.author, author_of(book));
    copy(override.reason, sizeof override.reason, book->reason);
    add(book, &override);
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
        },
    };
    return journal_put(journal, &record, NULL) == 0;
}

bool override_book_flush(struct override_book *book, struct journal *journal)
{
    for (size_t i = 0; i < book->count;) {
        struct open_override *override = &book->overrides[i];
        if (!override->is_begun && !hand_over(journal, override, false))
            return false;
        override->is_begun = true;
        if (override->is_over && !hand_over(journal, override, true))
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
