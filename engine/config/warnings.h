/*
 * warnings - what is odd about a configuration and does not make it invalid. One sentence each, escaped.
 *
 * At most WARNINGS_MAX are kept; the last one says that there are more. The list serves errors, too. Zeroed memory has
 * none. One thread at a time. Without memory a warning is dropped.
 */
#ifndef ENGINE_CONFIG_WARNINGS_H
#define ENGINE_CONFIG_WARNINGS_H

#include <stddef.h>

#define WARNINGS_MAX 50

struct warnings {
    char **texts;
    size_t count;
};

void warnings_add(struct warnings *warnings, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void warnings_fini(struct warnings *warnings);

#endif
