/*
 * publish_policies - the names of the policies that rows refer to by index.
 *
 * A name keeps its index and its memory until the end, through every reload: rows and snapshots of any age stay right,
 * and nothing is counted or handed down. Snapshots share the table, each with the number of names in it that it may
 * read; later ones are written behind them. At most POLICY_NAMES_MAX, several reloads with the largest number of
 * policies; further ones have no name (POLICY_UNNAMED). Engine thread only. -ENOMEM: nothing changed.
 */
#ifndef ENGINE_VIEW_PUBLISH_POLICIES_H
#define ENGINE_VIEW_PUBLISH_POLICIES_H

#include "engine/base/redaction.h"
#include "engine/core/policy.h"

#include <stddef.h>
#include <stdint.h>

#define POLICY_NAMES_MAX 4096

/* Zeroed memory is an empty one. */
struct policy_names {
    const char **shown; /* escaped, at most as long as in a snapshot's detail */
    char **names;       /* as policy_name has them */
    uint16_t *places;   /* by hash: index plus 1; 0: free */
    size_t count;
    struct redaction *redaction; /* for what is shown; NULL: none */
};

void policy_names_fini(struct policy_names *names);

int policy_names_index(struct policy_names *names, const struct policy *policy,
                       uint16_t *ret_index);

/* The same for the name that policy_name has. */
int policy_names_index_of(struct policy_names *names, const char *name, uint16_t *ret_index);

#endif
