/*
 * document - the output of `--once --output=json`, parsed strictly, with its rows by id.
 *
 * Every function fails the test on an error. Owns cJSON's tree. One thread: the test's.
 */
#ifndef TESTS_SUPPORT_DOCUMENT_H
#define TESTS_SUPPORT_DOCUMENT_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

struct document {
    cJSON *root;
    cJSON **rows; /* sorted by id */
    size_t count;
};

/* Requires exactly one JSON document and a newline, and all documented fields in every row. */
void document_init(struct document *document, const char *bytes, size_t size);
void document_fini(struct document *document);

/* Never NULL. */
const cJSON *document_find(const struct document *document, const char *id);

/* The string or integer in a field of an object. A missing or wrong field fails the test. */
const char *member_string(const cJSON *object, const char *name);
int64_t member_number(const cJSON *object, const char *name);

void assert_member_null(const cJSON *object, const char *name);

#endif
