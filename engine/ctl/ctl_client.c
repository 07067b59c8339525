#include "engine/ctl/ctl_client.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/quote.h"
#include "engine/base/text.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define URL_SIZE 4096
#define KEY_HEADER_SIZE 160
#define CONNECT_MS 5000L
#define SILENCE_S 30L /* a response that does not go on for so long is given up */

struct receiver {
    struct ctl_response *response;
    size_t capacity;
};

static size_t on_bytes(char *bytes, size_t size, size_t count, void *context)
{
    struct receiver *receiver = context;
    struct ctl_response *response = receiver->response;
    size_t length = size_mul(size, count);
    size_t needed = size_add(size_add(response->size, length), 1);
    if (needed > CTL_RESPONSE_SIZE_MAX)
        return 0;
    if (needed > receiver->capacity) {
        size_t capacity = needed < 4096 ? 4096 : size_mul(needed, 2);
        char *body = heap_resize(response->body, capacity, 1);
        if (!body)
            return 0;
        response->body = body;
        receiver->capacity = capacity;
    }
    memcpy(response->body + response->size, bytes, length);
    response->size += length;
    response->body[response->size] = '\0';
    return length;
}

static int fail_to_connect(const char *socket, struct error *err)
{
    char storage[QUOTE_SIZE];
    struct text shown;
    text_init(&shown, storage, sizeof storage);
    quote_add_path(&shown, socket);
    if (access(socket, F_OK) < 0)
        return error_set(err, -ECONNREFUSED, "no engine listens on %s: there is no socket",
                         storage);
    if (access(socket, R_OK | W_OK) < 0)
        return error_set(err, -EACCES,
                         "this user may not connect to %s: see control.group in autoscaler.yaml(5)",
                         storage);
    return error_set(err, -ECONNREFUSED, "no engine listens on %s", storage);
}

static CURLcode set_request(CURL *easy, const char *socket, const char *target, const char *body)
{
    char url[URL_SIZE];
    struct text text;
    text_init(&text, url, sizeof url);
    text_addf(&text, "http://autoscaler%s", target);
    if (text.was_cut)
        return CURLE_URL_MALFORMAT;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, url);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_PROXY, "");
    code = code ? code : curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, SILENCE_S);
    if (body) {
        code = code ? code : curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
        code = code ? code : curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    }
    return code;
}

static CURLcode perform(CURL *easy, struct curl_slist *headers, struct ctl_response *response)
{
    struct receiver receiver = { .response = response };
    *response = (struct ctl_response){ 0 };
    CURLcode code = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    code = code ? code : curl_easy_setopt(easy, CURLOPT_WRITEDATA, &receiver);
    code = code ? code : curl_easy_perform(easy);
    return code ? code : curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &response->status);
}

static struct curl_slist *make_headers(const char *key)
{
    char header[KEY_HEADER_SIZE];
    struct text text;
    text_init(&text, header, sizeof header);
    text_addf(&text, "Idempotency-Key: %s", key ? key : "");
    return curl_slist_append(NULL, key ? header : "Accept: application/json");
}

static int finish(CURLcode code, const char *socket, struct ctl_response *response,
                  struct error *err)
{
    if (!code && response->body)
        return 0;
    ctl_response_fini(response);
    if (code == CURLE_COULDNT_CONNECT)
        return fail_to_connect(socket, err);
    if (code == CURLE_OUT_OF_MEMORY)
        return error_no_memory(err);
    return error_set(err, ERR_PROTOCOL, "the engine did not answer: %s",
                     code ? curl_easy_strerror(code) : "an empty response");
}

int ctl_client_ask(const char *socket, const char *target, const char *body, const char *key,
                   struct ctl_response *ret_response, struct error *err)
{
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = make_headers(key);
    *ret_response = (struct ctl_response){ 0 };
    if (!easy || !headers) {
        curl_easy_cleanup(easy);
        curl_slist_free_all(headers);
        return error_no_memory(err);
    }
    CURLcode code = set_request(easy, socket, target, body);
    for (int attempt = 0; attempt < 2; attempt++) {
        if (attempt > 0 && code != CURLE_GOT_NOTHING && code != CURLE_RECV_ERROR)
            break;
        ctl_response_fini(ret_response);
        code = code == CURLE_URL_MALFORMAT ? code : perform(easy, headers, ret_response);
    }
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    return finish(code, socket, ret_response, err);
}

void ctl_response_fini(struct ctl_response *response)
{
    heap_free(response->body);
    *response = (struct ctl_response){ 0 };
}
