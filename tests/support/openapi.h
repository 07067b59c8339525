/*
 * openapi - an OpenAPI file, and requests and responses that are compared with it.
 *
 * Knows as much of OpenAPI 3.1 and JSON Schema as the files of this project use: openapi_open fails the test when a
 * schema has a keyword that would be ignored, a reference without a target or a parameter of an unknown kind. Requests
 * may have more headers than the file says. One thread: the test's.
 */
#ifndef TESTS_SUPPORT_OPENAPI_H
#define TESTS_SUPPORT_OPENAPI_H

#include "engine/base/text.h"

#include <stdbool.h>
#include <stddef.h>

struct openapi;

/* From the root of the repository. */
struct openapi *openapi_open(const char *path);
void openapi_close(struct openapi *openapi);

struct openapi_request {
    const char *method;
    const char *path;    /* percent-encoded */
    const char *headers; /* lines, each with its "\r\n" */
    const char *body;    /* with its NUL */
};

/* False: `why` says what does not fit. */
bool openapi_takes_request(const struct openapi *openapi, const struct openapi_request *request,
                           struct text *why);

/* The response to a request with this method and path, whatever else the request had. */
bool openapi_takes_response(const struct openapi *openapi, const char *method, const char *path,
                            int status, const char *body, struct text *why);

#endif
