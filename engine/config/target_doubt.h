/*
 * target_doubt - is a share to keep free valid and probably not meant?
 *
 * The same for a target of the configuration and for one of the API. Parts per billion. Any thread. Cannot fail.
 */
#ifndef ENGINE_CONFIG_TARGET_DOUBT_H
#define ENGINE_CONFIG_TARGET_DOUBT_H

#include <stdint.h>

enum target_doubt {
    TARGET_IS_PLAIN,
    TARGET_IS_TINY,   /* below one percent: a share may be meant */
    TARGET_IS_HUGE,   /* asks for more than ten times the busy servers */
    TARGET_UNBOUNDED, /* more than half, and max_hosts is HOSTS_UNLIMITED */
};
#define TARGET_DOUBT_COUNT 4

/* A negative target is none. */
enum target_doubt target_doubt_of(int32_t target_free_ppb, int32_t max_hosts);

/* What follows the target in a sentence; "" for TARGET_IS_PLAIN. */
const char *target_doubt_text(enum target_doubt doubt);

#endif
