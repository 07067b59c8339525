#include "engine/notices/notice_post.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/redaction.h"
#include "engine/base/text.h"
#include "engine/http/http.h"

#include <stdio.h>
#include <string.h>

#define CONNECT_MS_MAX ((int64_t)5000)
#define BODY_SIZE_MAX ((size_t)64 * 1024) /* of a response, which is not read further */

struct notice_post {
    struct http *http;
    char *url;
    int64_t timeout_ms;
    struct redaction *redaction; /* of the path and query; NULL: there is none */
    notice_done *done;
    void *context;
    void (*closed)(void *context);
    void *closed_context;
};

/* Through volatile: the compiler must not remove writes to memory that is not read again. */
static void wipe_text(char *text)
{
    for (volatile char *at = text; at && *at; at++)
        *at = '\0';
    heap_free(text);
}

static struct http_config http_config_of(const struct notice_post_config *config)
{
    return (struct http_config){
        .user_agent = "autoscaler/" AUTOSCALER_VERSION,
        .ca_file = config->ca_file,
        .connect_timeout_ms = min_i64(config->timeout_ms, CONNECT_MS_MAX),
        .calls_max = 1,
    };
}

/* What stands behind the host; NULL: nothing. */
static const char *path_of(const char *url)
{
    const char *host = strstr(url, "://");
    const char *path = host ? strpbrk(host + 3, "/?") : NULL;
    return path && path[1] != '\0' ? path + 1 : NULL;
}

/* Takes over copies; on failure nothing changes. */
static int take_url(struct notice_post *post, const struct notice_post_config *config,
                    struct error *err)
{
    struct redaction *redaction = NULL;
    const char *path = path_of(config->url);
    char *url = heap_copy_text(config->url, strlen(config->url));
    if (!url || (path && redaction_create_for(path, &redaction))) {
        wipe_text(url);
        return error_no_memory(err);
    }
    wipe_text(post->url);
    redaction_destroy(post->redaction);
    post->url = url;
    post->redaction = redaction;
    post->timeout_ms = config->timeout_ms;
    return 0;
}

static void destroy(struct notice_post *post)
{
    wipe_text(post->url);
    redaction_destroy(post->redaction);
    heap_free(post);
}

int notice_post_create(uv_loop_t *loop, const struct notice_post_config *config, notice_done *done,
                       void *context, struct notice_post **ret_post, struct error *err)
{
    struct notice_post *post = heap_alloc(1, sizeof *post);
    struct http_config http = http_config_of(config);
    if (!post)
        return error_no_memory(err);
    post->done = done;
    post->context = context;
    int failed = take_url(post, config, err);
    failed = failed ? failed : http_create(loop, &http, &post->http, err);
    if (failed) {
        destroy(post);
        return failed;
    }
    *ret_post = post;
    return 0;
}

int notice_post_configure(struct notice_post *post, const struct notice_post_config *config,
                          struct error *err)
{
    struct http_config http = http_config_of(config);
    int failed = http_configure(post->http, &http, err);
    return failed ? failed : take_url(post, config, err);
}

/* --- an attempt ------------------------------------------------------------------------------------------------ */

static enum notice_result judge(long status)
{
    if (status >= 200 && status <= 299)
        return NOTICE_DELIVERED;
    if (status >= 400 && status <= 499 && status != 408 && status != 429)
        return NOTICE_REFUSED;
    return NOTICE_FAILED;
}

/* What a server says beside its status may repeat the URL. */
static void describe(const struct notice_post *post, const struct http_response *response,
                     struct notice_answer *answer)
{
    struct text text;
    text_init(&text, answer->text, sizeof answer->text);
    if (response->status)
        text_addf(&text, "HTTP %ld", response->status);
    else
        text_add(&text, response->error_text);
    redaction_clean(post->redaction, &text);
}

static void on_done(void *context, const struct http_response *response)
{
    struct notice_post *post = context;
    struct notice_answer answer = {
        .result = judge(response->status),
        .retry_after_ms = response->retry_after_ms == HTTP_RETRY_AFTER_NONE
                              ? NOTICE_RETRY_AFTER_NONE
                              : response->retry_after_ms,
    };
    describe(post, response, &answer);
    post->done(post->context, &answer);
}

int notice_post_send(struct notice_post *post, const char *body, const char *key, struct error *err)
{
    const struct http_request request = {
        .url = post->url,
        .method = "POST",
        .body = body,
        .content_type = "application/json",
        .idempotency_key = key,
        .fresh = true,
        .timeout_ms = post->timeout_ms,
        .body_size_max = BODY_SIZE_MAX,
    };
    struct http_call *call;
    return http_start(post->http, &request, on_done, post, &call, err);
}

static void on_closed(void *context)
{
    struct notice_post *post = context;
    void (*closed)(void *context) = post->closed;
    void *closed_context = post->closed_context;
    destroy(post);
    closed(closed_context);
}

void notice_post_close(struct notice_post *post, void (*closed)(void *context), void *context)
{
    if (!post) {
        closed(context);
        return;
    }
    post->closed = closed;
    post->closed_context = context;
    http_close(post->http, on_closed, post);
}
