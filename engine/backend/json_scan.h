/*
 * json_scan - is this JSON, to the letter, and where do its pieces begin and end?
 *
 * Two readings of the same grammar. Strict: what RFC 8259 allows and no more, valid UTF-8, no NUL in any spelling, no
 * lone surrogates, no key twice in one object (after decoding: "id" and "\u0069d" are the same key), and the maxima
 * below. Tolerant: brackets, commas, colons and the ends of strings have to be right, what stands inside a string or a
 * bare word need not be, so that one bad entry of a long list can be told from a broken list.
 *
 * Owns nothing, allocates nothing, does not recurse; time is proportional to the size. Any thread. Positions are byte
 * offsets into the whole document, in faults too. Decodes no values: that is for whoever includes cJSON.
 */
#ifndef ENGINE_BACKEND_JSON_SCAN_H
#define ENGINE_BACKEND_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#define JSON_DEPTH_MAX 32       /* objects and arrays inside each other, strict */
#define JSON_NESTING_MAX 512    /* the same, tolerant */
#define JSON_MEMBERS_MAX 64     /* of one object, strict */
#define JSON_NUMBER_SIZE_MAX 63 /* bytes of one number, strict: cJSON reads no more of it */

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

/* Is `within` one strict JSON value with nothing but white space around it? False sets *ret_fault. */
bool json_scan_check(const char *bytes, struct json_span within, struct json_fault *ret_fault);

/*
 * The same, but where the root is an object with a member called `key`, that member's value is read tolerantly and
 * becomes *ret_value, which else is empty (start == end).
 */
bool json_scan_check_around(const char *bytes, size_t size, const char *key,
                            struct json_span *ret_value, struct json_fault *ret_fault);

/*
 * Steps through an array that was read already, tolerantly at least. Begin with a zeroed *element; false after the last
 * one. False, too, when `array` is none.
 */
bool json_scan_next_element(const char *bytes, struct json_span array, struct json_span *element);

/* The only member called `key` of an object that was read already; false when there is none, or more than one. */
bool json_scan_find_member(const char *bytes, struct json_span object, const char *key,
                           struct json_span *ret_value);

#endif
