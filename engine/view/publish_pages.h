/*
 * publish_pages - the rows of the fleet in pages that snapshots share, with the names of the same lifetime.
 *
 * The table belongs to the next snapshot. A page may be written once it has been opened for that version.
 * Copy-on-write: opening replaces a page that snapshots show by a copy. The replaced page belongs to the newest
 * outstanding snapshot that shows it; when that one returns, to the next older one that does, else it is freed. So
 * there is no reference counter, and a page is touched only when a snapshot that shows it returns. A snapshot that is
 * never released keeps its pages and costs no time.
 *
 * Tags are beside the pages, not in them: replacing a page does not touch memory that the console reads. Engine
 * thread only. -ENOMEM has no visible effect.
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

/* Replaced pages and names of an outstanding snapshot that no newer one shows. */
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

/* Reserves at least so many pages; new ones are empty. */
int pages_reserve(struct pages *pages, size_t count, uint64_t version);

/* Makes the page writable for the next version. `newest`: the newest outstanding snapshot; NULL: none. */
int pages_open(struct pages *pages, size_t index, uint64_t version, struct holder *newest);

/* `from` has returned; `older` is the next older outstanding one; NULL: none. */
void pages_hand_down(struct pages *pages, struct holder *from, struct holder *older);

#endif
