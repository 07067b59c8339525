/*
 * json_scan - checks whether bytes are valid JSON, and finds where their parts begin and end.
 *
 * There are two modes for the same grammar. Strict: exactly RFC 8259, valid UTF-8, no NUL, escaped or not, no lone
 * surrogates, no key twice in one object (after decoding: "id" and "\u0069d" are the same key), and the maxima below.
 * Tolerant: brackets, commas, colons and the ends of strings must be right; the contents of strings and bare words are
 * not checked. So one bad entry of a long list can be distinguished from a broken list.
 *
 * Owns nothing, allocates nothing, does not recurse; time is proportional to the size. Any thread. Positions are byte
 * offsets into the whole document, in faults too. Decodes no values: wire does.
 */
#ifndef ENGINE_BACKEND_JSON_SCAN_H
#define ENGINE_BACKEND_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#define JSON_DEPTH_MAX 32       /* objects and arrays inside each other, strict */
#define JSON_NESTING_MAX 512    /* the same, tolerant */
#define JSON_MEMBERS_MAX 64     /* of one object, strict */
#define JSON_NUMBER_SIZE_MAX 63 /* bytes of one number, strict: cJSON reads no more */

/* A value, without the white space around it. */
struct json_span {
    size_t start;
    size_t end;
    size_t child_count; /* elements or members directly inside */
};

struct json_fault {
    const char *text; /* "a key appears twice" */
    size_t offset;
};

/* Is `within` one strict JSON value with only white space around it? False sets *ret_fault. */
bool json_scan_check(const char *bytes, struct json_span within, struct json_fault *ret_fault);

/*
 * The same, but if the root is an object with a member `key`, the value of that member is read in the tolerant mode and
 * becomes *ret_value. Else *ret_value is empty (start == end).
 */
bool json_scan_check_around(const char *bytes, size_t size, const char *key,
                            struct json_span *ret_value, struct json_fault *ret_fault);

/*
 * Iterates over an array that was read before, in either mode. Begin with a zeroed *element. False after the last one,
 * and if `array` is not an array.
 */
bool json_scan_next_element(const char *bytes, struct json_span array, struct json_span *element);

/* The only member `key` of an object that was read before; false if there is none, or more than one. */
bool json_scan_find_member(const char *bytes, struct json_span object, const char *key,
                           struct json_span *ret_value);

#endif
