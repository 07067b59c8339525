#include "engine/store/record_page.h"

#include "engine/base/panic.h"

#include <string.h>

#define TEXTS_MAX 5

static const char *const outcome_names[OUTCOME_COUNT] = {
    [OUTCOME_OPEN] = "",
    [OUTCOME_UNKNOWN] = "unknown",
    [OUTCOME_NOT_SENT] = "not_sent",
    [OUTCOME_ACCEPTED] = "accepted",
    [OUTCOME_REFUSED] = "refused",
};

const char *record_outcome_name(enum record_outcome outcome)
{
    return outcome_names[outcome];
}

void record_page_reset(struct record_page *page)
{
    page->first = NULL;
    page->last = NULL;
    page->has_intent = false;
    page->must_sync = false;
    page->used = 0;
}

static size_t aligned(size_t size)
{
    return (size + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t);
}

static void *take(struct record_page *page, size_t size)
{
    if (RECORD_PAGE_SIZE - page->used < size)
        return NULL;
    void *piece = page->memory + page->used;
    page->used += size;
    return piece;
}

/* The text members of a record; the rest of `ret_texts` is NULL. */
static void find_texts(struct record *record, const char **ret_texts[TEXTS_MAX])
{
    for (size_t i = 0; i < TEXTS_MAX; i++)
        ret_texts[i] = NULL;
    switch (record->kind) {
    case RECORD_NONE:
        break;
    case RECORD_INTENT:
        ret_texts[0] = &record->intent.deployment;
        ret_texts[1] = &record->intent.key;
        ret_texts[2] = &record->intent.reason;
        ret_texts[3] = &record->intent.actor;
        break;
    case RECORD_OUTCOME:
    case RECORD_UNSENT:
        ret_texts[0] = &record->outcome.key;
        ret_texts[1] = &record->outcome.detail;
        break;
    case RECORD_OVERRIDE:
    case RECORD_OVERRIDE_END:
        ret_texts[0] = &record->override.kind;
        ret_texts[1] = &record->override.match;
        ret_texts[2] = &record->override.value;
        ret_texts[3] = &record->override.author;
        ret_texts[4] = &record->override.reason;
        break;
    case RECORD_STATE:
        ret_texts[0] = &record->state.deployment;
        break;
    case RECORD_GONE:
        ret_texts[0] = &record->gone;
        break;
    case RECORD_DECISION:
        ret_texts[0] = &record->decision.deployment;
        ret_texts[1] = &record->decision.action;
        ret_texts[2] = &record->decision.reason;
        break;
    }
}

static bool copy_bytes(struct record_page *page, const void **bytes, size_t size)
{
    char *copy = take(page, size + 1);
    if (!copy)
        return false;
    if (size > 0)
        memcpy(copy, *bytes, size);
    copy[size] = '\0';
    *bytes = copy;
    return true;
}

static bool copy_texts(struct record_page *page, struct record *record)
{
    const char **texts[TEXTS_MAX];
    find_texts(record, texts);
    for (size_t i = 0; i < TEXTS_MAX; i++) {
        if (!texts[i] || !*texts[i])
            continue;
        size_t length = strlen(*texts[i]);
        must(length <= RECORD_TEXT_MAX);
        const void *bytes = *texts[i];
        if (!copy_bytes(page, &bytes, length))
            return false;
        *texts[i] = bytes;
    }
    return true;
}

static bool copy_blob(struct record_page *page, struct record *record)
{
    if (record->kind != RECORD_STATE)
        return true;
    must(record->state.blob_size <= RECORD_BLOB_MAX);
    return copy_bytes(page, &record->state.blob, record->state.blob_size);
}

static void link_record(struct record_page *page, struct page_record *added)
{
    if (page->last)
        page->last->next = added;
    else
        page->first = added;
    page->last = added;
}

static bool must_be_durable(enum record_kind kind)
{
    return kind == RECORD_INTENT || kind == RECORD_OVERRIDE || kind == RECORD_OVERRIDE_END;
}

bool record_page_add(struct record_page *page, const struct record *record, uint64_t ticket)
{
    must(record->kind != RECORD_NONE);
    size_t used_before = page->used;
    page->used = aligned(page->used);
    struct page_record *added = page->used <= RECORD_PAGE_SIZE ? take(page, sizeof *added) : NULL;
    if (added)
        *added = (struct page_record){ .ticket = ticket, .record = *record };
    if (!added || !copy_texts(page, &added->record) || !copy_blob(page, &added->record)) {
        page->used = used_before;
        return false;
    }
    link_record(page, added);
    page->has_intent = page->has_intent || record->kind == RECORD_INTENT;
    page->must_sync = page->must_sync || must_be_durable(record->kind);
    return true;
}

static void refuse_intent(struct record *record)
{
    const char *key = record->intent.key;
    record->kind = RECORD_UNSENT;
    record->outcome = (struct outcome_record){ .key = key, .outcome = OUTCOME_NOT_SENT };
}

void record_page_refuse_intents(struct record_page *page)
{
    for (struct page_record *at = page->first; at; at = at->next)
        if (at->record.kind == RECORD_INTENT)
            refuse_intent(&at->record);
    page->has_intent = false;
}
