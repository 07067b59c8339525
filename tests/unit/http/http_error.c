#include "engine/http/http_error.h"

#include "engine/base/error.h"
#include "tests/support/test.h"

#include <errno.h>

#define TEXT_SIZE 256
#define TOO_LARGE ((CURLcode)100) /* only newer versions have its name */
#define PLAIN "http://h:1/a"
#define TLS "https://h:1/a"

/* In the middle of a body; the texts of curl are those of no version. */
static const struct row {
    const char *name;
    CURLcode curl_code;
    long system_error;
    const char *url;
    bool is_chunked;
    bool is_in_headers;
    int code;
    const char *text;
} rows[] = {
    /* clang-format off */
    { "reset",                       CURLE_RECV_ERROR, ECONNRESET,   PLAIN, false, false, -ECONNRESET, "connection reset by h:1" },
    { "reset in a chunk",            CURLE_RECV_ERROR, ECONNRESET,   PLAIN, true,  false, -ECONNRESET, "connection reset by h:1" },
    { "a bad chunk",                 CURLE_RECV_ERROR, 0,            PLAIN, true,  false, ERR_PROTOCOL, "the response is not valid HTTP: why" },
    { "a bad chunk, refused before", CURLE_RECV_ERROR, ECONNREFUSED, PLAIN, true,  false, ERR_PROTOCOL, "the response is not valid HTTP: why" },
    { "reset, with TLS",             CURLE_RECV_ERROR, ECONNRESET,   TLS,   true,  false, -ECONNRESET, "connection reset by h:1" },
    { "cut off, with TLS",           CURLE_RECV_ERROR, 0,            TLS,   true,  false, -ECONNRESET, "broken connection to h:1: why" },
    { "cut off, TLS, one piece",     CURLE_RECV_ERROR, 0,            TLS,   false, false, -ECONNRESET, "broken connection to h:1: why" },
    { "not sent as a whole",         CURLE_SEND_ERROR, EPIPE,        PLAIN, false, true,  -ECONNRESET, "connection reset by h:1" },
    { "closed",                      CURLE_PARTIAL_FILE, 0,          PLAIN, true,  false, -ECONNRESET,
      "h:1 closed the connection in the middle of the response" },
    { "too large a header line",     TOO_LARGE,        0,            PLAIN, false, true,  ERR_TOO_LARGE,
      "the headers of the response are larger than 100 bytes" },
    { "too large a body",            CURLE_FILESIZE_EXCEEDED, 0,     PLAIN, false, false, ERR_TOO_LARGE,
      "the response is larger than 1000 bytes" },
    { "no memory for a body",        CURLE_OUT_OF_MEMORY, 0,         PLAIN, false, false, -ENOMEM, "out of memory" },
    { "an untrusted server",         CURLE_PEER_FAILED_VERIFICATION, 0, TLS, false, true, ERR_TLS, "no secure connection to h:1: why" },
    { "a code that is not listed",   (CURLcode)9999,   0,            PLAIN, false, false, ERR_PROTOCOL,
      "the response is not valid HTTP: why" },
    /* clang-format on */
};

static void a_failure_has_a_code_and_a_sentence(void **state)
{
    const struct row *row = *state;
    const struct http_failure failure = {
        .curl_code = row->curl_code,
        .system_error = row->system_error,
        .detail = "why",
        .url = row->url,
        .was_looked_up = true,
        .was_sent = true,
        .has_status_line = true,
        .has_headers = !row->is_in_headers,
        .is_chunked = row->is_chunked,
        .body_size_max = 1000,
        .headers_size_max = 100,
    };
    char storage[TEXT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    http_error_describe(&failure, &text);
    assert_string_equal(storage, row->text);
    assert_int_equal(http_error_code(&failure), row->code);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows)];
    TESTS_FROM_ROWS(tests, rows, a_failure_has_a_code_and_a_sentence);
    return cmocka_run_group_tests_name("http_error", tests, NULL, NULL);
}
