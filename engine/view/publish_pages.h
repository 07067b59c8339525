/*
 * publish_pages - the rows of the fleet in pages that snapshots share, and names that live as long as they.
 *
 * The table is that of the next snapshot. A page of it may be written once it has been opened for that version; a page
 * that snapshots have already is replaced by a copy then, and retires. What has retired stays with the newest snapshot
 * that is out and shows it; when that one comes back, it goes down to the one before, if that shows it too, or is free.
 * So nobody counts anything, each piece is touched only when a snapshot that shows it comes back, and one that stays
 * out for ever keeps what it shows and costs no time.
 *
 * Tags stand beside the pages, not in them: retiring does not touch memory that the console reads.
 * Engine thread only. -ENOMEM changes nothing that can be seen.
 */
#ifndef ENGINE_VIEW_PUBLISH_PAGES_H
#define ENGINE_VIEW_PUBLISH_PAGES_H

#include "engine/snapshot.h"

struct kept_name;

struct page_tag {
    struct page_tag *next;
    struct snapshot_page *page;
    uint64_t born; /* the first version that shows it */
};

/* What a snapshot that is out shows, and no newer one. */
struct holder {
    uint64_t version;
    struct page_tag *pages;
    struct kept_name *names;
};

struct page_slab;

/* Zeroed memory is an empty one. */
struct pages {
    struct snapshot_page **table;
    struct page_tag **tags;
    size_t count;
    size_t room;
    struct page_slab *slabs;
    struct page_tag *spare;
};

void pages_fini(struct pages *pages);

/* At least so many pages; new ones are empty. */
int pages_reserve(struct pages *pages, size_t count, uint64_t version);

/* Makes the page writable for the version that comes next. `newest`: the youngest that is out; NULL: none. */
int pages_open(struct pages *pages, size_t index, uint64_t version, struct holder *newest);

/* `from` has come back; `older` is the next one that is out; NULL: none. */
void pages_hand_down(struct pages *pages, struct holder *from, struct holder *older);

#endif
