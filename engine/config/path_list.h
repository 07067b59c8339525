/*
 * path_list - paths in the order of their adding; each is a copy.
 *
 * Plain values; zeroed memory is an empty list. The owner calls path_list_fini. One thread at a time. -ENOMEM.
 */
#ifndef ENGINE_CONFIG_PATH_LIST_H
#define ENGINE_CONFIG_PATH_LIST_H

#include "engine/base/error.h"

#include <stddef.h>

#define PATH_LIST_MAX 1000

struct path_list {
    char **paths;
    size_t count;
};

/* The list must not be full. */
int path_list_add(struct path_list *list, const char *path, struct error *err);
void path_list_fini(struct path_list *list);

#endif
