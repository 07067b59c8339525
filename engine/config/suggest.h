/*
 * suggest - which of the known words somebody who wrote another one may have meant.
 *
 * Offer candidates one by one; the first of the suggest stays, borrowed. At most two letters added, dropped or changed.
 * Any thread. Cannot fail.
 */
#ifndef ENGINE_CONFIG_SUGGEST_H
#define ENGINE_CONFIG_SUGGEST_H

#include "engine/base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct suggest {
    const char *wanted;
    size_t wanted_size;
    const char *found; /* NULL: none was near */
    size_t found_size;
    size_t distance;
};

void suggest_init(struct suggest *suggest, const char *wanted);
void suggest_offer(struct suggest *suggest, const char *candidate, size_t size);

/* False: there is none to add. */
bool suggest_add(const struct suggest *suggest, struct text *text);

#endif
