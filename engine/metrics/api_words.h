/*
 * api_words - the labels of requests to the API: the status of a response, and the kind of a failure.
 *
 * Few words, whatever an API sends: a status that is not in the table is "other". Any thread. Cannot fail.
 */
#ifndef ENGINE_METRICS_API_WORDS_H
#define ENGINE_METRICS_API_WORDS_H

#include "engine/backend/backend.h"

#include <stdbool.h>
#include <stddef.h>

#define API_CODES_MAX 32

enum api_kind {
    API_KIND_TIMEOUT,
    API_KIND_CONNECTION,
    API_KIND_NAME_LOOKUP,
    API_KIND_TLS,
    API_KIND_PROTOCOL,
    API_KIND_TOO_LARGE,
    API_KIND_MALFORMED,
    API_KIND_RATE_LIMITED,
    API_KIND_HTTP_4XX,
    API_KIND_HTTP_5XX,
    API_KIND_HTTP_OTHER,
};
#define API_KIND_COUNT 11

const char *api_kind_name(enum api_kind kind);
const char *api_operation_name(enum backend_operation operation);

/* False: the request has not failed. */
bool api_kind_of(const struct backend_answer *answer, enum api_kind *ret_kind);

/* The index of the word for the status of a response, below api_code_count. */
size_t api_code_of(const struct backend_answer *answer);
size_t api_code_count(void);
const char *api_code_name(size_t code);

#endif
