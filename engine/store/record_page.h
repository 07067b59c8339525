/*
 * record_page - a page of memory with records, which passes from the engine's thread to the store's and back.
 *
 * A record is copied into the page with its texts, so the page is all that passes. The journal owns the pages. One
 * thread at a time: the one that holds the page.
 */
#ifndef ENGINE_STORE_RECORD_PAGE_H
#define ENGINE_STORE_RECORD_PAGE_H

#include "engine/store/record.h"

#include <stdbool.h>
#include <stdint.h>

#define RECORD_PAGE_SIZE ((size_t)64 * 1024)

struct page_record {
    struct page_record *next;
    uint64_t ticket;
    struct record record;
};

struct record_page {
    struct page_record *first;
    struct page_record *last;
    bool has_intent;
    bool must_sync; /* a record of it must be durable before its receipt */
    size_t used;
    _Alignas(max_align_t) char memory[RECORD_PAGE_SIZE];
};

void record_page_reset(struct record_page *page);

/* False: no room. A page without records has room for any record. */
bool record_page_add(struct record_page *page, const struct record *record, uint64_t ticket);

/* No intent of the page will be sent: each becomes an outcome that says so, and none needs a receipt any more. */
void record_page_refuse_intents(struct record_page *page);

#endif
