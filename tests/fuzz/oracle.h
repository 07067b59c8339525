/*
 * oracle - what the fuzz targets compare with: slow and obvious readings of UTF-8, JSON and printable text.
 *
 * Written without the program's own decoders. Any thread. Owns nothing; assertions are must().
 */
#ifndef TESTS_FUZZ_ORACLE_H
#define TESTS_FUZZ_ORACLE_H

#include "engine/backend/json_scan.h"
#include "engine/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Size of the UTF-8 character at `bytes`, `length` > 0; 0: it is none. */
size_t oracle_utf8(const char *bytes, size_t length, uint32_t *ret_code_point);

bool oracle_is_utf8(const char *bytes, size_t length);

/* One line of valid UTF-8 that drives no terminal: no control, bidirectional, invisible or private characters. */
bool oracle_is_printable(const char *bytes, size_t length);

/* What may name a deployment: 1 .. ID_SIZE_MAX bytes of UTF-8 without control characters, and no step in a path. */
bool oracle_is_id(const char *id);

/* An error as error.h promises it: a sentence that is printable, whole and not empty. */
void oracle_check_error(const struct error *err, int code);

/* Strict JSON as json_scan.h defines it, by recursion. */
bool oracle_is_json(const char *bytes, size_t size);

/*
 * The bytes that a JSON string with its quotes stands for, at most as many as it has itself. False: no strict string.
 */
bool oracle_read_string(const char *bytes, size_t size, char *ret_bytes, size_t *ret_length);

/* Is `text` exactly what the document's string says? */
bool oracle_is_string(const char *document, struct json_span string, const char *text);

/* The number that stands in the document. */
double oracle_number(const char *document, struct json_span number);

#endif
