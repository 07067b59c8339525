/*
 * document - what `--once --output=json` printed, read strictly, and its rows by id.
 *
 * Everything fails the test that finds it wrong. Owns cJSON's tree. One thread: the test's.
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

/* One JSON document, to the letter, and nothing behind it but a newline; every row has the promised fields. */
void document_init(struct document *document, const char *bytes, size_t size);
void document_fini(struct document *document);

/* Never NULL. */
const cJSON *document_find(const struct document *document, const char *id);

/* Of an object: the text, or the whole number. A missing or wrong field fails the test. */
const char *member_string(const cJSON *object, const char *name);
int64_t member_number(const cJSON *object, const char *name);

void assert_member_null(const cJSON *object, const char *name);

#endif
