/*
 * act_cache - the responses to the last acts that had an Idempotency-Key: a repeat is answered and not carried out.
 *
 * A key belongs to a user. The last ACT_CACHE_MAX are kept; a restart of the engine
 * forgets them. Zeroed memory is empty. Engine thread only. Cannot fail.
 */
#ifndef ENGINE_CONTROL_ACT_CACHE_H
#define ENGINE_CONTROL_ACT_CACHE_H

#include "engine/control/act.h"

#define ACT_CACHE_MAX 64
#define ACT_KEY_SIZE 129

/* What identifies an act. */
struct act_identity {
    char key[ACT_KEY_SIZE];
    uid_t uid;
    enum route route;
    uint64_t body_hash; /* with the path */
};

struct act_cache {
    struct act_entry {
        struct act_identity identity;
        struct act_response response;
    } entries[ACT_CACHE_MAX];
    size_t count; /* ever added */
};

/* False: the key is not 1 to ACT_KEY_SIZE - 1 printable ASCII characters. */
bool act_identity_make(const char *key, uid_t uid, enum route route, const char *path,
                       const char *body, size_t size, struct act_identity *ret_identity);

/* NULL: new. *ret_is_same false: the key was used for another act. */
const struct act_response *act_cache_find(const struct act_cache *cache,
                                          const struct act_identity *identity, bool *ret_is_same);

void act_cache_add(struct act_cache *cache, const struct act_identity *identity,
                   const struct act_response *response);

#endif
