/*
 * suggest - the known word that is most similar to a mistyped one.
 *
 * Candidates are offered one by one. Of equally similar ones, the first is kept, borrowed. At most two letters added,
 * dropped or changed. Any thread. Cannot fail.
 */
#ifndef ENGINE_BASE_SUGGEST_H
#define ENGINE_BASE_SUGGEST_H

#include "engine/base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct suggest {
    const char *wanted;
    size_t wanted_size;
    const char *found; /* NULL: none was similar */
    size_t found_size;
    size_t distance;
};

void suggest_init(struct suggest *suggest, const char *wanted);
void suggest_offer(struct suggest *suggest, const char *candidate, size_t size);

/* False: there is no suggestion. */
bool suggest_add(const struct suggest *suggest, struct text *text);

#endif
