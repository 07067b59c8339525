/*
 * oracle - slow and obvious readers of UTF-8, JSON and printable text, to compare with.
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

/* Size of the UTF-8 character at `bytes`, `length` > 0; 0: it is not valid. */
size_t oracle_utf8(const char *bytes, size_t length, uint32_t *ret_code_point);

bool oracle_is_utf8(const char *bytes, size_t length);

/* One line of valid UTF-8 that is safe on a terminal: no control, bidirectional, invisible or private characters. */
bool oracle_is_printable(const char *bytes, size_t length);

/* A valid id: 1 .. ID_SIZE_MAX bytes of UTF-8 without control characters, not "." or "..". */
bool oracle_is_id(const char *id);

/* An error as in error.h: a printable sentence, not cut and not empty. */
void oracle_check_error(const struct error *err, int code);

/* Strict JSON as json_scan.h defines it, by recursion. */
bool oracle_is_json(const char *bytes, size_t size);

/*
 * Decodes a JSON string with its quotes; the result is never longer than the string. False: not a strict string.
 */
bool oracle_read_string(const char *bytes, size_t size, char *ret_bytes, size_t *ret_length);

/* Is `text` equal to the decoded string of the document? */
bool oracle_is_string(const char *document, struct json_span string, const char *text);

/* The number at this place of the document. */
double oracle_number(const char *document, struct json_span number);

#endif
