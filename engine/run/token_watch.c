#include "engine/run/token_watch.h"

#include "engine/config/secret.h"

#include <stddef.h>

static void read_again(struct token_watch *watch)
{
    struct error err;
    char *token = NULL;
    struct file_stamp stamp;
    int failed = secret_read(watch->path, &token, &stamp, &err);
    watch->used = failed ? watch->seen : stamp;
    watch->changed(watch->context, failed ? NULL : token, &err);
}

static void on_timer(uv_timer_t *timer)
{
    struct token_watch *watch = timer->data;
    struct file_stamp before = watch->seen;
    struct stat st;
    watch->seen = stat(watch->path, &st) == 0 ? file_stamp_of(&st) : (struct file_stamp){ 0 };
    if (file_stamp_is_equal(&watch->seen, &before) &&
        !file_stamp_is_equal(&watch->seen, &watch->used))
        read_again(watch);
}

void token_watch_init(struct token_watch *watch, uv_loop_t *loop, token_changed *changed,
                      void *context)
{
    *watch = (struct token_watch){ .changed = changed, .context = context };
    uv_timer_init(loop, &watch->timer);
    watch->timer.data = watch;
    uv_unref((uv_handle_t *)&watch->timer);
}

void token_watch_set(struct token_watch *watch, const char *path, const struct file_stamp *used)
{
    watch->path = path;
    watch->used = *used;
    watch->seen = *used;
    if (used->is_known)
        uv_timer_start(&watch->timer, on_timer, TOKEN_LOOK_MS, TOKEN_LOOK_MS);
    else
        uv_timer_stop(&watch->timer);
}

void token_watch_close(struct token_watch *watch)
{
    uv_close((uv_handle_t *)&watch->timer, NULL);
}
