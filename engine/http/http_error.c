#include "engine/http/http_error.h"

#include "engine/base/arith.h"
#include "engine/base/duration.h"
#include "engine/base/error.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <uv.h>

/* Versions before 8.6 return "out of memory" instead; a newer library than the one of the build has it, too. */
#if LIBCURL_VERSION_NUM < 0x080600
#define CURLE_TOO_LARGE ((CURLcode)100)
#define TOO_LARGE_IS_NO_MEMORY true
#else
#define TOO_LARGE_IS_NO_MEMORY false
#endif

/* For codes that are not listed: an invalid response, or an invalid request if nothing was sent yet. */
static const struct code_row {
    CURLcode curl_code;
    int code;
} code_rows[] = {
    /* clang-format off */
    { CURLE_OPERATION_TIMEDOUT,       -ETIMEDOUT      },
    { CURLE_COULDNT_RESOLVE_HOST,     ERR_NAME_LOOKUP },
    { CURLE_COULDNT_RESOLVE_PROXY,    ERR_NAME_LOOKUP },
    { CURLE_GOT_NOTHING,              -ECONNRESET     },
    { CURLE_PARTIAL_FILE,             -ECONNRESET     },
    { CURLE_RECV_ERROR,               -ECONNRESET     },
    { CURLE_SEND_ERROR,               -ECONNRESET     },
    { CURLE_FILESIZE_EXCEEDED,        ERR_TOO_LARGE   },
    { CURLE_OUT_OF_MEMORY,            -ENOMEM         },
    { CURLE_PEER_FAILED_VERIFICATION, ERR_TLS         },
    { CURLE_SSL_CACERT_BADFILE,       ERR_TLS         },
    { CURLE_SSL_CERTPROBLEM,          ERR_TLS         },
    { CURLE_SSL_CIPHER,               ERR_TLS         },
    { CURLE_SSL_CLIENTCERT,           ERR_TLS         },
    { CURLE_SSL_CONNECT_ERROR,        ERR_TLS         },
    { CURLE_SSL_CRL_BADFILE,          ERR_TLS         },
    { CURLE_SSL_ENGINE_INITFAILED,    ERR_TLS         },
    { CURLE_SSL_ENGINE_NOTFOUND,      ERR_TLS         },
    { CURLE_SSL_ENGINE_SETFAILED,     ERR_TLS         },
    { CURLE_SSL_INVALIDCERTSTATUS,    ERR_TLS         },
    { CURLE_SSL_ISSUER_ERROR,         ERR_TLS         },
    /* clang-format on */
};

/* No connection was established. Without an error of the system, it was refused. */
static int connect_code(long system_error)
{
    switch (system_error) {
    case EACCES:
    case EHOSTUNREACH:
    case EMFILE:
    case ENETUNREACH:
    case ENOMEM:
    case ETIMEDOUT:
        return -(int)system_error;
    case ENFILE:
        return -EMFILE;
    case EPERM:
        return -EACCES;
    default:
        return -ECONNREFUSED;
    }
}

/* curl limits the length of a header line. */
static bool is_endless_header(const struct http_failure *failure)
{
    bool is_code = failure->curl_code == CURLE_TOO_LARGE ||
                   (TOO_LARGE_IS_NO_MEMORY && failure->curl_code == CURLE_OUT_OF_MEMORY);
    return is_code && failure->was_sent && !failure->has_headers;
}

static bool is_tls(const struct http_failure *failure)
{
    return strncasecmp(failure->url, "https:", strlen("https:")) == 0;
}

/*
 * curl has the same code for a broken chunk as for a broken connection, and its texts differ between versions. For a
 * broken connection, it has an error of the system too, but not always for a connection with TLS: that one counts as
 * broken. Versions before 8 keep the error of an earlier transfer, so only that of a reset is considered.
 */
static bool is_bad_chunk(const struct http_failure *failure)
{
    return failure->curl_code == CURLE_RECV_ERROR && failure->is_chunked && !is_tls(failure) &&
           failure->system_error != ECONNRESET;
}

/* The proxy has refused a tunnel to the server. */
static bool is_proxy_refusal(const struct http_failure *failure)
{
    return failure->proxy_status >= 300 && !failure->was_sent;
}

int http_error_code(const struct http_failure *failure)
{
    if (failure->own_code)
        return failure->own_code;
    if (is_proxy_refusal(failure))
        return -ECONNREFUSED;
    if (failure->curl_code == CURLE_COULDNT_CONNECT)
        return connect_code(failure->system_error);
    if (is_endless_header(failure))
        return ERR_TOO_LARGE;
    if (is_bad_chunk(failure))
        return ERR_PROTOCOL;
    for (size_t i = 0; i < sizeof code_rows / sizeof code_rows[0]; i++)
        if (code_rows[i].curl_code == failure->curl_code)
            return code_rows[i].code;
    return failure->was_sent ? ERR_PROTOCOL : -EINVAL;
}

/* --- the sentence ------------------------------------------------------------------------------------------ */

static void add_part(struct text *text, CURLU *url, CURLUPart part)
{
    char *value;
    if (curl_url_get(url, part, &value, CURLU_DEFAULT_PORT) != CURLUE_OK)
        return;
    text_add_escaped(text, value, strlen(value));
    curl_free(value);
}

/* Host and port of the peer, without a user name and password. */
static void add_peer(struct text *text, const struct http_failure *failure, bool with_port)
{
    const char *address = failure->proxy ? failure->proxy : failure->url;
    CURLU *url = curl_url();
    if (url && curl_url_set(url, CURLUPART_URL, address, CURLU_GUESS_SCHEME) == CURLUE_OK) {
        add_part(text, url, CURLUPART_HOST);
        if (with_port) {
            text_add_char(text, ':');
            add_part(text, url, CURLUPART_PORT);
        }
    } else {
        text_add(text, "the server");
    }
    curl_url_cleanup(url);
}

/* curl's text, unless it contains the token. */
static void add_detail(struct text *text, const struct http_failure *failure)
{
    const char *detail = failure->detail;
    if (detail[0] == '\0' || (failure->token && strstr(detail, failure->token)))
        detail = curl_easy_strerror(failure->curl_code);
    text_add_escaped(text, detail, strlen(detail));
}

static void describe_timeout(const struct http_failure *failure, struct text *text)
{
    int64_t limit_ms = failure->timeout_ms;
    if (failure->has_status_line) {
        text_add(text, "the response was not complete within ");
    } else if (failure->was_sent) {
        text_add(text, "no response within ");
    } else {
        limit_ms = min_i64(limit_ms, failure->connect_timeout_ms);
        text_add(text, failure->was_looked_up ? "no connection to " : "no address for ");
        add_peer(text, failure, failure->was_looked_up);
        text_add(text, " within ");
    }
    text_add_duration(text, limit_ms);
}

static void describe_reset(const struct http_failure *failure, struct text *text)
{
    bool was_closed =
        failure->curl_code == CURLE_GOT_NOTHING || failure->curl_code == CURLE_PARTIAL_FILE;
    bool is_explained = !was_closed && !failure->system_error;
    if (!was_closed)
        text_add(text, is_explained ? "broken connection to " : "connection reset by ");
    add_peer(text, failure, true);
    if (was_closed)
        text_add(text, failure->has_status_line
                           ? " closed the connection in the middle of the response"
                           : " closed the connection without a response");
    if (is_explained) {
        text_add(text, ": ");
        add_detail(text, failure);
    }
}

static void describe_size(const struct http_failure *failure, struct text *text)
{
    if (failure->has_headers || failure->curl_code == CURLE_FILESIZE_EXCEEDED)
        text_addf(text, "the response is larger than %zu bytes", failure->body_size_max);
    else
        text_addf(text, "the headers of the response are larger than %zu bytes",
                  failure->headers_size_max);
}

static void describe_refusal(const struct http_failure *failure, struct text *text)
{
    text_add(text, "connection refused by ");
    add_peer(text, failure, true);
    if (is_proxy_refusal(failure))
        text_addf(text, " with status %ld", failure->proxy_status);
}

static void describe_connect(const struct http_failure *failure, int code, struct text *text)
{
    text_add(text, "no connection to ");
    add_peer(text, failure, true);
    text_addf(text, ": %s", uv_strerror(code));
}

void http_error_describe(const struct http_failure *failure, struct text *text)
{
    int code = http_error_code(failure);
    switch (code) {
    case -ETIMEDOUT:
        describe_timeout(failure, text);
        break;
    case -ECONNREFUSED:
        describe_refusal(failure, text);
        break;
    case -ECONNRESET:
        describe_reset(failure, text);
        break;
    case ERR_NAME_LOOKUP:
        text_add(text, "cannot look up host '");
        add_peer(text, failure, false);
        text_add_char(text, '\'');
        break;
    case ERR_TLS:
        text_add(text, "no secure connection to ");
        add_peer(text, failure, true);
        text_add(text, ": ");
        add_detail(text, failure);
        break;
    case ERR_TOO_LARGE:
        describe_size(failure, text);
        break;
    case ERR_PROTOCOL:
        text_add(text, "the response is not valid HTTP: ");
        add_detail(text, failure);
        break;
    case ERR_CANCELLED:
        text_add(text, "cancelled");
        break;
    case -ENOMEM:
        text_add(text, "out of memory");
        break;
    case -EINVAL:
        text_add(text, "the request cannot be sent: ");
        add_detail(text, failure);
        break;
    default:
        describe_connect(failure, code, text);
        break;
    }
}
