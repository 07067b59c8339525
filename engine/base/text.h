/*
 * text - text buffers with a fixed maximum, and the only way to make foreign bytes printable.
 *
 * A `struct text` borrows its storage, is always NUL-terminated and never overflows: the first character that does
 * not fit whole and everything after it are dropped, and `was_cut` is set. No function fails. One thread at a time;
 * locale-independent.
 *
 * Foreign bytes (ids, error bodies, paths) reach a terminal, a log or a document only through the *_escaped, *_value
 * and *_json functions. They escape C0, DEL, C1, invalid UTF-8, bidirectional controls, zero-width and other
 * invisible characters, surrogates and noncharacters, private use.
 */
#ifndef ENGINE_BASE_TEXT_H
#define ENGINE_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *data;
    size_t size;   /* of the storage, with the NUL; at least 1 */
    size_t length; /* without the NUL */
    bool was_cut;
};

void text_init(struct text *text, char *storage, size_t size);
void text_reset(struct text *text);

void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_add_char(struct text *text, char c);
void text_addf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_addv(struct text *text, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* "+6", "-3", "+0" */
void text_add_signed(struct text *text, int64_t value);

/* A share in parts per billion as a percentage without trailing zeros: 125000000 -> "12.5". */
void text_add_percent(struct text *text, int64_t ppb);

/* Printable characters as they are, others as \n, \x1b and \u{202e}; backslashes doubled. */
void text_add_escaped(struct text *text, const char *bytes, size_t length);

/* As a value of `key=value`: bare when unambiguous, else in double quotes and escaped. */
void text_add_value(struct text *text, const char *bytes, size_t length);

/* A sentence that is already escaped, in double quotes: its backslashes stay single. */
void text_add_sentence(struct text *text, const char *bytes, size_t length);

/* A JSON string with its quotes. Invalid UTF-8 becomes U+FFFD; invisible characters \uXXXX. */
void text_add_json(struct text *text, const char *bytes, size_t length);

/*
 * Decodes one UTF-8 character at bytes[0..length). Returns its size in bytes and sets *ret_code_point; 0 when the
 * bytes are not valid UTF-8 (overlong, surrogate, above U+10FFFF, cut off). length > 0.
 */
size_t utf8_decode(const char *bytes, size_t length, uint32_t *ret_code_point);

/* Is this character visible as itself? */
bool code_point_is_printable(uint32_t code_point);

/*
 * Reads "12.5" as 125000000: a decimal number times 10^places, exact; further decimals are rounded half up. Digits
 * with at most one point, no sign, no exponent. False: not such a number, or beyond int64_t; *ret_value untouched.
 */
bool decimal_parse(const char *bytes, size_t length, unsigned places, int64_t *ret_value);

/* Reads a whole number with an optional sign. False: not one, or beyond +-INT64_MAX; *ret_value untouched. */
bool integer_parse(const char *bytes, size_t length, int64_t *ret_value);

/* Does the shell pattern (`*`, `?`, `[a-z]`, backslash) match the whole string? */
bool pattern_matches(const char *pattern, const char *string);

#endif
