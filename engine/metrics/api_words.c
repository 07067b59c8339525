#include "engine/metrics/api_words.h"

#include "engine/base/error.h"

#include <errno.h>

static const char *const kind_names[] = {
    [API_KIND_TIMEOUT] = "timeout",         [API_KIND_CONNECTION] = "connection",
    [API_KIND_NAME_LOOKUP] = "name_lookup", [API_KIND_TLS] = "tls",
    [API_KIND_PROTOCOL] = "protocol",       [API_KIND_TOO_LARGE] = "too_large",
    [API_KIND_MALFORMED] = "malformed",     [API_KIND_RATE_LIMITED] = "rate_limited",
    [API_KIND_HTTP_4XX] = "http_4xx",       [API_KIND_HTTP_5XX] = "http_5xx",
    [API_KIND_HTTP_OTHER] = "http_other",
};

static const char *const operation_names[] = {
    [OPERATION_DISCOVERY] = "discovery",
    [OPERATION_STATUS] = "status",
    [OPERATION_SCALE] = "scale",
};

/* The first two are not those of one status. */
#define CODE_NONE 0
#define CODE_OTHER 1
static const struct code_row {
    long status;
    const char *name;
} codes[] = {
    /* clang-format off */
    [CODE_NONE] = { 0, "none" }, [CODE_OTHER] = { -1, "other" },
    { 200, "200" }, { 201, "201" }, { 202, "202" }, { 204, "204" }, { 301, "301" }, { 302, "302" }, { 304, "304" },
    { 307, "307" }, { 308, "308" }, { 400, "400" }, { 401, "401" }, { 403, "403" }, { 404, "404" }, { 405, "405" },
    { 408, "408" }, { 409, "409" }, { 410, "410" }, { 412, "412" }, { 413, "413" }, { 415, "415" }, { 422, "422" },
    { 425, "425" }, { 429, "429" }, { 500, "500" }, { 501, "501" }, { 502, "502" }, { 503, "503" }, { 504, "504" },
    /* clang-format on */
};
#define CODE_COUNT (sizeof codes / sizeof codes[0])
_Static_assert(CODE_COUNT <= API_CODES_MAX, "a place for each");

const char *api_kind_name(enum api_kind kind)
{
    return kind_names[kind];
}

const char *api_operation_name(enum backend_operation operation)
{
    return operation_names[operation];
}

static enum api_kind kind_of_error(int error)
{
    switch (error) {
    case -ETIMEDOUT:
        return API_KIND_TIMEOUT;
    case ERR_NAME_LOOKUP:
        return API_KIND_NAME_LOOKUP;
    case ERR_TLS:
        return API_KIND_TLS;
    case ERR_PROTOCOL:
        return API_KIND_PROTOCOL;
    case ERR_TOO_LARGE:
        return API_KIND_TOO_LARGE;
    default:
        return API_KIND_CONNECTION;
    }
}

static enum api_kind kind_of_status(long status)
{
    if (status == 429)
        return API_KIND_RATE_LIMITED;
    if (status / 100 == 4)
        return API_KIND_HTTP_4XX;
    return status / 100 == 5 ? API_KIND_HTTP_5XX : API_KIND_HTTP_OTHER;
}

bool api_kind_of(const struct backend_answer *answer, enum api_kind *ret_kind)
{
    if (answer->error)
        *ret_kind = kind_of_error(answer->error);
    else if (answer->is_malformed)
        *ret_kind = API_KIND_MALFORMED;
    else if (answer->status / 100 != 2)
        *ret_kind = kind_of_status(answer->status);
    else
        return false;
    return true;
}

size_t api_code_of(const struct backend_answer *answer)
{
    if (answer->error || answer->status == 0)
        return CODE_NONE;
    for (size_t code = CODE_OTHER + 1; code < CODE_COUNT; code++)
        if (codes[code].status == answer->status)
            return code;
    return CODE_OTHER;
}

size_t api_code_count(void)
{
    return CODE_COUNT;
}

const char *api_code_name(size_t code)
{
    return codes[code].name;
}
