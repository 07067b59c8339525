/*
 * nearest - which of the known words somebody who wrote another one may have meant.
 *
 * Offer candidates one by one; the first of the nearest stays, borrowed. At most two letters added, dropped or changed.
 * Any thread. Cannot fail.
 */
#ifndef ENGINE_CONFIG_SUGGEST_H
#define ENGINE_CONFIG_SUGGEST_H

#include "engine/base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct nearest {
    const char *wanted;
    size_t wanted_size;
    const char *found; /* NULL: none was near */
    size_t found_size;
    size_t distance;
};

void nearest_init(struct nearest *nearest, const char *wanted);
void nearest_offer(struct nearest *nearest, const char *candidate, size_t size);

/* False: there is none to add. */
bool nearest_add(const struct nearest *nearest, struct text *text);

#endif
