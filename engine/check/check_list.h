/*
 * check_list - the usable entries of a discovery, sorted by their ids without letter case.
 *
 * Owns copies. Entries with a fault are left out. One thread at a time. -ENOMEM.
 */
#ifndef ENGINE_CHECK_CHECK_LIST_H
#define ENGINE_CHECK_CHECK_LIST_H

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/core/api_result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct check_entry {
    const char *id;
    const char *folded;
    int32_t servers_per_host;
    int32_t hosts_high; /* the most hosts that a status has shown */
    bool is_repeated;   /* another entry has the same id, or one that differs in letter case only */
};

struct check_list {
    struct arena arena;
    struct check_entry *entries;
    size_t count;
};

/* `list` is zeroed. */
int check_list_init(struct check_list *list, const struct discovery *discovery, struct error *err);
void check_list_fini(struct check_list *list);

/* NULL: it is not there, or repeated. */
struct check_entry *check_list_find(const struct check_list *list, const char *id);

/* The first one that is repeated; NULL: none. */
const struct check_entry *check_list_repeated(const struct check_list *list);

/* Has the id bytes that are percent-encoded? */
bool check_entry_is_encoded(const struct check_entry *entry);

/* Entries of `before` that `list` does not have. */
size_t check_list_missing(const struct check_list *list, const struct check_list *before);

#endif
