/*
 * response_meaning - what a response of a deployments API means: the tables of autoscaler-api(7), RESPONSES.
 *
 * Borrows the response. Any thread. Cannot fail.
 */
#ifndef ENGINE_BACKEND_RESPONSE_MEANING_H
#define ENGINE_BACKEND_RESPONSE_MEANING_H

#include "engine/core/api_result.h"
#include "engine/http/http_data.h"

#include <stdbool.h>

#define SCALE_RESPONSE_SIZE_MAX ((size_t)64 * 1024)

/* A read or a discovery that failed may succeed when it is repeated. */
bool response_is_transient(const struct http_response *response);

/* Why a read has failed whose response is not 200 with a status. */
enum reason response_read_reason(const struct http_response *response);

enum scale_outcome response_scale_outcome(const struct http_response *response);

/* Of a scale that was refused. */
enum refusal response_refusal(const struct http_response *response);

#endif
