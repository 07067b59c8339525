#include "engine/backend/response_meaning.h"

#include <errno.h>

static bool is_busy_status(long status)
{
    return status == 408 || status == 425 || status == 429 || status >= 500;
}

/* Responses that say that the scale was not applied, and whether another one may be. */
static const struct refusal_row {
    long status;
    enum refusal refusal;
} refusal_rows[] = {
    { 400, REFUSAL_SIZE }, { 401, REFUSAL_FIRM }, { 403, REFUSAL_FIRM }, { 404, REFUSAL_FIRM },
    { 405, REFUSAL_FIRM }, { 409, REFUSAL_BUSY }, { 413, REFUSAL_SIZE }, { 415, REFUSAL_FIRM },
    { 422, REFUSAL_SIZE }, { 429, REFUSAL_BUSY },
};

/* NULL: not a refusal. */
static const struct refusal_row *refusal_row(long status)
{
    for (size_t i = 0; i < sizeof refusal_rows / sizeof refusal_rows[0]; i++)
        if (refusal_rows[i].status == status)
            return &refusal_rows[i];
    return NULL;
}

bool response_is_transient(const struct http_response *response)
{
    return response->error ? error_is_transient(response->error) : is_busy_status(response->status);
}

enum reason response_read_reason(const struct http_response *response)
{
    if (response->error == -ETIMEDOUT)
        return REASON_READ_TIMEOUT;
    if (response->error == ERR_TOO_LARGE)
        return REASON_BAD_STATUS;
    if (response->error)
        return REASON_READ_FAILED;
    if (response->status / 100 == 2)
        return REASON_BAD_STATUS;
    if (response->status == 404 || response->status == 410)
        return REASON_MISSING;
    if (response->status == 401 || response->status == 403)
        return REASON_UNAUTHORIZED;
    return REASON_READ_FAILED;
}

enum scale_outcome response_scale_outcome(const struct http_response *response)
{
    if (response->error)
        return response->was_sent ? SCALE_LOST : SCALE_REFUSED;
    if (response->status / 100 == 2)
        return SCALE_ACCEPTED;
    return refusal_row(response->status) ? SCALE_REFUSED : SCALE_LOST;
}

enum refusal response_refusal(const struct http_response *response)
{
    const struct refusal_row *row = response->error ? NULL : refusal_row(response->status);
    return row ? row->refusal : REFUSAL_UNSENT;
}
