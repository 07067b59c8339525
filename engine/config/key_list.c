#include "engine/config/key_list.h"

#include "engine/base/heap.h"

#include <errno.h>

int key_list_add(struct key_list *list, const struct key_entry *entry)
{
    if (list->count == KEY_LIST_MAX)
        return -E2BIG;
    struct key_entry *entries = heap_resize(list->entries, list->count + 1, sizeof *entries);
    if (!entries)
        return -ENOMEM;
    entries[list->count] = *entry;
    list->entries = entries;
    list->count++;
    return 0;
}

void key_list_fini(struct key_list *list)
{
    heap_free(list->entries);
    *list = (struct key_list){ 0 };
}
