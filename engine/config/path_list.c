#include "engine/config/path_list.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <string.h>

int path_list_add(struct path_list *list, const char *path, struct error *err)
{
    must(list->count < PATH_LIST_MAX);
    char **paths = heap_resize(list->paths, list->count + 1, sizeof *paths);
    if (!paths)
        return error_no_memory(err);
    list->paths = paths;
    paths[list->count] = heap_copy_text(path, strlen(path));
    if (!paths[list->count])
        return error_no_memory(err);
    list->count++;
    return 0;
}

void path_list_fini(struct path_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        heap_free(list->paths[i]);
    heap_free(list->paths);
    *list = (struct path_list){ 0 };
}
