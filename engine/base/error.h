/*
 * error - a failure as a code for the program and a sentence for people.
 *
 * A fallible function returns 0 or a negative code: -errno, or a code of this program at or below ERR_BASE. `struct
 * error` carries the sentence beside it. The sentence is printable: foreign bytes are escaped when they are added.
 * Report once: a function either returns an error or turns it into an event, never both.
 *
 * Any thread. Owns nothing. error_set accepts NULL for `err`: the code is still returned.
 */
#ifndef ENGINE_BASE_ERROR_H
#define ENGINE_BASE_ERROR_H

#include <stdbool.h>

#define ERROR_MSG_SIZE 256
#define ERR_BASE (-20000)

/* code, is_transient: may a repeated request succeed? */
#define ERROR_CODES(X)                                                                             \
    X(ERR_NAME_LOOKUP, true)                                                                       \
    X(ERR_TLS, false)                                                                              \
    X(ERR_PROTOCOL, true)                                                                          \
    X(ERR_TOO_LARGE, false)                                                                        \
    X(ERR_HTTP_STATUS, false)                                                                      \
    X(ERR_HTTP_BUSY, true)                                                                         \
    X(ERR_BAD_JSON, false)                                                                         \
    X(ERR_BAD_VALUE, false)                                                                        \
    X(ERR_CONFIG, false)                                                                           \
    X(ERR_USAGE, false)                                                                            \
    X(ERR_CANCELLED, false)                                                                        \
    X(ERR_DAMAGED, false)                                                                          \
    X(ERR_TOO_NEW, false)                                                                          \
    X(ERR_STATE_HELD, false)

#define ERROR_AS_ENUM(id, is_transient) id,
enum error_code { ERR_BEFORE_FIRST = ERR_BASE - 1000, ERROR_CODES(ERROR_AS_ENUM) };
#undef ERROR_AS_ENUM

struct error {
    int code;
    char msg[ERROR_MSG_SIZE];
};

/* Fills *err and returns `code`. A sentence that is too long is cut. */
int error_set(struct error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "<context>: " before the sentence and returns the code that is already set. */
int error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Fills *err with "out of memory" and returns -ENOMEM. */
int error_no_memory(struct error *err);

/* May a repeated request succeed? After timeouts, resets and refusals: yes; after a bad certificate: no. */
bool error_is_transient(int code);

#endif
