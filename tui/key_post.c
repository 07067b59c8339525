#include "tui/key_post.h"

void key_post_put(struct key_post *post, const struct key_bindings *bindings)
{
    pthread_mutex_lock(&post->mutex);
    post->bindings = *bindings;
    post->is_new = true;
    pthread_mutex_unlock(&post->mutex);
}

bool key_post_take(struct key_post *post, struct key_bindings *ret_bindings)
{
    pthread_mutex_lock(&post->mutex);
    bool is_new = post->is_new;
    if (is_new)
        *ret_bindings = post->bindings;
    post->is_new = false;
    pthread_mutex_unlock(&post->mutex);
    return is_new;
}
