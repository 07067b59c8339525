#include "engine/remote/remote_call.h"

#include "engine/base/text.h"

#include <errno.h>
#include <string.h>

#define URL_SIZE 256
#define HEADER_SIZE 160
#define STATUS_OK 200
#define CONNECT_MS 5000L

static void keep(struct remote_call *call, const char *bytes, size_t size)
{
    size_t room = sizeof call->response - call->size;
    size_t kept = size < room ? size : room;
    memcpy(call->response + call->size, bytes, kept);
    call->size += kept;
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *context)
{
    struct remote_call *call = context;
    size_t length = size * count;
    call->heard = mono_now();
    if (!call->take || remote_call_status(call) != STATUS_OK) {
        keep(call, bytes, length);
        return length;
    }
    return call->take(call->context, bytes, length, &call->err) ? 0 : length;
}

static CURLcode set_options(struct remote_call *call, const struct remote_call_config *config)
{
    char url[URL_SIZE];
    struct text text;
    CURL *easy = call->easy;
    text_init(&text, url, sizeof url);
    text_addf(&text, "http://autoscaler%s", config->target);
    CURLcode code = text.was_cut ? CURLE_URL_MALFORMAT : CURLE_OK;
    code = code ? code : curl_easy_setopt(easy, CURLOPT_URL, url);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, config->socket);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_PROXY, "");
    code = code ? code : curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, config->timeout_ms);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    if (config->body)
        code = code ? code : curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, config->body);
    return code;
}

static struct curl_slist *make_headers(const char *key)
{
    char header[HEADER_SIZE];
    struct text text;
    text_init(&text, header, sizeof header);
    text_addf(&text, "Idempotency-Key: %s", key ? key : "");
    return curl_slist_append(NULL, key ? header : "Accept: application/json");
}

int remote_call_begin(struct remote_call *call, CURLM *multi,
                      const struct remote_call_config *config)
{
    *call = (struct remote_call){ .take = config->take,
                                  .context = config->context,
                                  .heard = mono_now() };
    call->easy = curl_easy_init();
    call->headers = make_headers(config->key);
    if (call->easy && call->headers && !set_options(call, config) &&
        !curl_multi_add_handle(multi, call->easy))
        return 0;
    curl_easy_cleanup(call->easy);
    curl_slist_free_all(call->headers);
    *call = (struct remote_call){ 0 };
    return -ENOMEM;
}

bool remote_call_runs(const struct remote_call *call)
{
    return call->easy != NULL;
}

long remote_call_status(const struct remote_call *call)
{
    long status = 0;
    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

void remote_call_end(struct remote_call *call, CURLM *multi)
{
    if (!call->easy)
        return;
    curl_multi_remove_handle(multi, call->easy);
    curl_easy_cleanup(call->easy);
    curl_slist_free_all(call->headers);
    call->easy = NULL;
    call->headers = NULL;
}
