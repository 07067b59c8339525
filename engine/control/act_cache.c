#include "engine/control/act_cache.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"

#include <string.h>

static uint64_t hash_of(const char *bytes, size_t size)
{
    uint64_t hash = size;
    for (size_t i = 0; i < size; i++)
        hash = random_mix(hash + (unsigned char)bytes[i]);
    return hash;
}

bool act_identity_make(const char *key, uid_t uid, enum route route, const char *path,
                       const char *body, size_t size, struct act_identity *ret_identity)
{
    size_t length = strlen(key);
    if (length == 0 || length >= ACT_KEY_SIZE)
        return false;
    for (size_t i = 0; i < length; i++)
        if (key[i] < 0x21 || key[i] > 0x7e)
            return false;
    *ret_identity = (struct act_identity){
        .uid = uid,
        .route = route,
        .body_hash = random_mix(hash_of(path, strlen(path))) + hash_of(body, size),
    };
    memcpy(ret_identity->key, key, length + 1);
    return true;
}

const struct act_response *act_cache_find(const struct act_cache *cache,
                                          const struct act_identity *identity, bool *ret_is_same)
{
    size_t used = (size_t)min_i64((int64_t)cache->count, ACT_CACHE_MAX);
    for (size_t i = 0; i < used; i++) {
        const struct act_identity *kept = &cache->entries[i].identity;
        if (kept->uid != identity->uid || strcmp(kept->key, identity->key) != 0)
            continue;
        *ret_is_same = kept->route == identity->route && kept->body_hash == identity->body_hash;
        return &cache->entries[i].response;
    }
    return NULL;
}

void act_cache_add(struct act_cache *cache, const struct act_identity *identity,
                   const struct act_response *response)
{
    struct act_entry *entry = &cache->entries[cache->count % ACT_CACHE_MAX];
    *entry = (struct act_entry){ *identity, *response };
    cache->count++;
}
