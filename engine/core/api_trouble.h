/*
 * api_trouble - the first error of requests that go on failing, in its own words, and since when.
 *
 * Later errors of the same trouble are often consequences (a breaker, a timeout), and the first one scrolls out of the
 * log. Reads and discoveries have one each. An error about one deployment alone is none: its row shows it. Plain
 * value. One thread at a time. Cannot fail.
 */
#ifndef ENGINE_CORE_API_TROUBLE_H
#define ENGINE_CORE_API_TROUBLE_H

#include "engine/base/clock.h"

#include <stdbool.h>

#define API_TROUBLE_SIZE 160

struct api_trouble {
    struct mono since; /* MONO_NEVER: none */
    bool is_noted;     /* in the pass that runs */
    char text[API_TROUBLE_SIZE];
};

void api_trouble_init(struct api_trouble *trouble);

/* A request failed. `text` is printable; its beginning is kept when it is the first one. */
void api_trouble_note(struct api_trouble *trouble, const char *text, struct mono now);

/* A pass has ended: without a failure, and with something read, the trouble is over. */
void api_trouble_end_pass(struct api_trouble *trouble, bool is_anything_read);

#endif
