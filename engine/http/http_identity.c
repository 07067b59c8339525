#include "engine/http/http_identity.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Shorter than the idle timeouts of servers and load balancers, which are 60 s and more. */
#define CONNECTION_IDLE_S_MAX 50L

/*
 * A connection ends at this age, and a look-up is repeated, so that a name that has moved, a changed certificate or a
 * new replica is noticed within about a minute, by reads as by scales, which have connections of their own.
 */
#define CONNECTION_AGE_S_MAX 60L
#define LOOKUP_AGE_S_MAX 20L

/* The system's bundle of authorities takes milliseconds to read; a configured file is small and may be replaced. */
#define CA_CACHE_S 3600L

#define KEEPALIVE_IDLE_S 20L
#define KEEPALIVE_INTERVAL_S 5L

static bool is_printable(const char *string)
{
    for (; *string; string++)
        if (*string < ' ' || *string > '~')
            return false;
    return true;
}

bool http_identity_is_visible(const char *string)
{
    return *string && is_printable(string) && !strchr(string, ' ');
}

/* Other characters could end the header line and begin another. */
static int check_config(const struct http_config *config, struct error *err)
{
    must(config->user_agent);
    must(config->connect_timeout_ms > 0);
    if (!is_printable(config->user_agent))
        return error_set(err, ERR_CONFIG, "the user agent is not printable ASCII");
    if (config->token && !http_identity_is_visible(config->token))
        return error_set(err, ERR_CONFIG,
                         "the token is empty or has a character that is not visible ASCII");
    return 0;
}

void http_identity_release(struct http_identity *identity)
{
    if (!identity || --identity->users > 0)
        return;
    for (int i = 0; i < identity->strings_count; i++)
        heap_free(identity->strings[i]);
    curl_slist_free_all(identity->body_headers);
    heap_free(identity);
}

struct http_identity *http_identity_acquire(struct http_identity *identity)
{
    identity->users++;
    return identity;
}

/* NULL stays NULL. */
static bool copy_string(struct http_identity *identity, const char *string, const char **ret_copy)
{
    *ret_copy = NULL;
    if (!string)
        return true;
    must(identity->strings_count < HTTP_IDENTITY_STRINGS_MAX);
    char *copy = heap_copy_text(string, strlen(string));
    if (!copy)
        return false;
    identity->strings[identity->strings_count++] = copy;
    *ret_copy = copy;
    return true;
}

static bool copy_config(struct http_identity *identity, const struct http_config *from)
{
    struct http_config *to = &identity->config;
    to->insecure_tls = from->insecure_tls;
    to->connect_timeout_ms = from->connect_timeout_ms;
    return copy_string(identity, from->user_agent, &to->user_agent) &&
           copy_string(identity, from->token, &to->token) &&
           copy_string(identity, from->ca_file, &to->ca_file) &&
           copy_string(identity, from->client_cert, &to->client_cert) &&
           copy_string(identity, from->client_key, &to->client_key) &&
           copy_string(identity, from->proxy, &to->proxy);
}

/* Appends to *headers, which curl copies; returns the new node. */
static struct curl_slist *add_header(struct curl_slist **headers, const char *line)
{
    struct curl_slist *first = curl_slist_append(*headers, line);
    if (!first)
        return NULL;
    *headers = first;
    while (first->next)
        first = first->next;
    return first;
}

static bool add_header_of(struct curl_slist **headers, const char *name, const char *value)
{
    size_t size = strlen(name) + strlen(value) + 1;
    char *line = heap_alloc(size, 1);
    if (!line)
        return false;
    snprintf(line, size, "%s%s", name, value);
    bool is_added = add_header(headers, line);
    heap_free(line);
    return is_added;
}

/*
 * The headers that do not change from request to request. "Expect:" keeps curl from asking before it sends a body. The
 * user agent is a header here because curl formats its own option for it twice for every request.
 */
static bool make_headers(struct http_identity *identity)
{
    const struct http_config *config = &identity->config;
    struct curl_slist **headers = &identity->body_headers;
    if (!add_header(headers, "Expect:"))
        return false;
    identity->headers = add_header(headers, "Accept: application/json");
    return identity->headers && add_header_of(headers, "User-Agent: ", config->user_agent) &&
           (!config->token || add_header_of(headers, "Authorization: Bearer ", config->token));
}

int http_identity_create(const struct http_config *config, struct http_identity **ret_identity,
                         struct error *err)
{
    int rc = check_config(config, err);
    if (rc < 0)
        return rc;
    struct http_identity *identity = heap_alloc(1, sizeof *identity);
    if (!identity)
        return error_no_memory(err);
    identity->users = 1;
    if (!copy_config(identity, config) || !make_headers(identity)) {
        http_identity_release(identity);
        return error_no_memory(err);
    }
    *ret_identity = identity;
    return 0;
}

static const struct number_option {
    CURLoption option;
    long value;
} number_options[] = {
    /* clang-format off */
    { CURLOPT_NOSIGNAL,                 1 },
    { CURLOPT_QUICK_EXIT,               1 }, /* do not wait for a name look-up at the end */
    { CURLOPT_HTTP_VERSION,             CURL_HTTP_VERSION_1_1 },
    { CURLOPT_HTTP09_ALLOWED,           0 },
    { CURLOPT_FOLLOWLOCATION,           0 },
    { CURLOPT_NETRC,                    CURL_NETRC_IGNORED },
    { CURLOPT_PATH_AS_IS,               1 },
    { CURLOPT_HEADEROPT,                CURLHEADER_SEPARATE }, /* no token for a proxy */
    { CURLOPT_SUPPRESS_CONNECT_HEADERS, 1 },
    { CURLOPT_MAXAGE_CONN,              CONNECTION_IDLE_S_MAX },
    { CURLOPT_MAXLIFETIME_CONN,         CONNECTION_AGE_S_MAX },
    { CURLOPT_DNS_CACHE_TIMEOUT,        LOOKUP_AGE_S_MAX },
    { CURLOPT_TCP_KEEPALIVE,            1 },
    { CURLOPT_TCP_KEEPIDLE,             KEEPALIVE_IDLE_S },
    { CURLOPT_TCP_KEEPINTVL,            KEEPALIVE_INTERVAL_S },
    { CURLOPT_SSLVERSION,               CURL_SSLVERSION_TLSv1_2 },
    { CURLOPT_SSL_SESSIONID_CACHE,      0 }, /* a resumed session would keep a certificate that was rotated */
    /* clang-format on */
};

static CURLcode set_numbers(CURL *easy)
{
    CURLcode code = CURLE_OK;
    for (size_t i = 0; !code && i < sizeof number_options / sizeof number_options[0]; i++)
        code = curl_easy_setopt(easy, number_options[i].option, number_options[i].value);
    return code;
}

static CURLcode set_strings(CURL *easy, const struct http_config *config)
{
    const struct {
        CURLoption option;
        const char *value;
    } options[] = {
        { CURLOPT_PROTOCOLS_STR, "http,https" },
        { CURLOPT_PROXY, config->proxy ? config->proxy : "" },
        { CURLOPT_NOPROXY, "" }, /* not that of the environment */
        { CURLOPT_SSLCERT, config->client_cert },
        { CURLOPT_SSLKEY, config->client_key },
    };
    CURLcode code = CURLE_OK;
    for (size_t i = 0; !code && i < sizeof options / sizeof options[0]; i++)
        code = curl_easy_setopt(easy, options[i].option, options[i].value);
    return code;
}

/* Configured authorities replace those of the system. */
static CURLcode set_trust(CURL *easy, const struct http_config *config)
{
    CURLcode code = CURLE_OK;
    if (config->ca_file) {
        HTTP_SET(code, easy, CURLOPT_CAINFO, config->ca_file);
        HTTP_SET(code, easy, CURLOPT_CAPATH, NULL);
    }
    HTTP_SET(code, easy, CURLOPT_CA_CACHE_TIMEOUT, config->ca_file ? 0L : CA_CACHE_S);
    HTTP_SET(code, easy, CURLOPT_SSL_VERIFYPEER, config->insecure_tls ? 0L : 1L);
    HTTP_SET(code, easy, CURLOPT_SSL_VERIFYHOST, config->insecure_tls ? 0L : 2L);
    return code;
}

CURLcode http_identity_apply(const struct http_identity *identity, CURL *easy)
{
    const struct http_config *config = &identity->config;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                                     (long)min_i64(config->connect_timeout_ms, INT_MAX));
    if (!code)
        code = set_numbers(easy);
    if (!code)
        code = set_strings(easy, config);
    if (!code)
        code = set_trust(easy, config);
    return code;
}

bool http_identity_is_mentioned(const struct http_identity *identity, const char *bytes,
                                size_t size)
{
    const char *token = identity->config.token;
    if (!token)
        return false;
    size_t length = strlen(token);
    for (size_t at = 0; at < size && length <= size - at; at++)
        if (memcmp(bytes + at, token, length) == 0)
            return true;
    return false;
}
