#include "engine/view/publish_pages.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <errno.h>
#include <string.h>

#define SLAB_PAGES 64
#define ROOM_MIN 64

struct page_slab {
    struct page_slab *next;
    struct page_tag tags[SLAB_PAGES];
    struct snapshot_page pages[SLAB_PAGES];
};

void pages_fini(struct pages *pages)
{
    while (pages->slabs) {
        struct page_slab *slab = pages->slabs;
        pages->slabs = slab->next;
        heap_free(slab);
    }
    heap_free(pages->table);
    heap_free(pages->tags);
    *pages = (struct pages){ 0 };
}

static void put_spare(struct pages *pages, struct page_tag *tag)
{
    tag->next = pages->spare;
    pages->spare = tag;
}

static bool add_slab(struct pages *pages)
{
    struct page_slab *slab = heap_alloc(1, sizeof *slab);
    if (!slab)
        return false;
    slab->next = pages->slabs;
    pages->slabs = slab;
    for (size_t i = SLAB_PAGES; i-- > 0;) {
        slab->tags[i].page = &slab->pages[i];
        put_spare(pages, &slab->tags[i]);
    }
    return true;
}

/* A page with undefined content; NULL: no memory. */
static struct page_tag *take_spare(struct pages *pages)
{
    if (!pages->spare && !add_slab(pages))
        return NULL;
    struct page_tag *tag = pages->spare;
    pages->spare = tag->next;
    tag->next = NULL;
    return tag;
}

static void retire(struct pages *pages, struct page_tag *tag, struct holder *holder)
{
    if (!holder || holder->version < tag->born) {
        put_spare(pages, tag);
        return;
    }
    tag->next = holder->pages;
    holder->pages = tag;
}

static int reserve_table(struct pages *pages, size_t count)
{
    size_t room = pages->room > 0 ? pages->room : ROOM_MIN;
    while (room < count)
        room *= 2;
    if (room == pages->room)
        return 0;
    struct snapshot_page **table = heap_resize(pages->table, room, sizeof(struct snapshot_page *));
    if (!table)
        return -ENOMEM;
    pages->table = table;
    struct page_tag **tags = heap_resize(pages->tags, room, sizeof(struct page_tag *));
    if (!tags)
        return -ENOMEM;
    pages->tags = tags;
    pages->room = room;
    return 0;
}

static void put(struct pages *pages, size_t index, struct page_tag *tag, uint64_t version)
{
    tag->born = version;
    pages->tags[index] = tag;
    pages->table[index] = tag->page;
}

int pages_reserve(struct pages *pages, size_t count, uint64_t version)
{
    int failed = reserve_table(pages, count);
    if (failed)
        return failed;
    while (pages->count < count) {
        struct page_tag *tag = take_spare(pages);
        if (!tag)
            return -ENOMEM;
        memset(tag->page, 0, sizeof *tag->page);
        put(pages, pages->count++, tag, version);
    }
    return 0;
}

int pages_open(struct pages *pages, size_t index, uint64_t version, struct holder *newest)
{
    must(index < pages->count);
    struct page_tag *old = pages->tags[index];
    must(old->born <= version);
    if (old->born == version)
        return 0;
    struct page_tag *tag = take_spare(pages);
    if (!tag)
        return -ENOMEM;
    memcpy(tag->page, old->page, sizeof *tag->page);
    put(pages, index, tag, version);
    retire(pages, old, newest);
    return 0;
}

void pages_hand_down(struct pages *pages, struct holder *from, struct holder *older)
{
    must(!older || older->version < from->version);
    while (from->pages) {
        struct page_tag *tag = from->pages;
        from->pages = tag->next;
        retire(pages, tag, older);
    }
}
