#include "tui/key_post.h"

#include "engine/base/heap.h"

int key_post_init(struct key_post *post)
{
    return ring_create(KEY_POST_MAX, &post->ring);
}

void key_post_fini(struct key_post *post)
{
    struct key_bindings *bindings;
    while (post->ring && (bindings = ring_pop(post->ring)))
        heap_free(bindings);
    ring_destroy(post->ring);
    post->ring = NULL;
}

void key_post_put(struct key_post *post, const struct key_bindings *bindings)
{
    struct key_bindings *copy = post->ring ? heap_alloc(1, sizeof *copy) : NULL;
    if (!copy)
        return;
    *copy = *bindings;
    if (!ring_push(post->ring, copy))
        heap_free(copy);
}

bool key_post_take(struct key_post *post, struct key_bindings *ret_bindings)
{
    bool is_new = false;
    struct key_bindings *bindings;
    while ((bindings = ring_pop(post->ring))) {
        *ret_bindings = *bindings;
        heap_free(bindings);
        is_new = true;
    }
    return is_new;
}
