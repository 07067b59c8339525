/*
 * case_fold - a text without the difference between upper and lower case, in every script.
 *
 * Unicode's full case folding: two texts that differ in letter case only have the same folded form ("STRASSE" and
 * "straße", "Σ" and "ς"). It is the same in every language. Any thread. Cannot fail.
 */
#ifndef ENGINE_BASE_CASE_FOLD_H
#define ENGINE_BASE_CASE_FOLD_H

#include <stddef.h>

/* A folded text has at most so many bytes for each byte of the text. */
#define CASE_FOLD_GROWTH 3

/*
 * Folds `length` bytes into `ret_folded`, which has room for CASE_FOLD_GROWTH as many; no NUL follows. Returns their
 * number. Of a text that is no UTF-8, only ASCII letters are folded.
 */
size_t case_fold(const char *text, size_t length, char *ret_folded);

#endif
