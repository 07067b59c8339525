/*
 * stream_words - the words in GET /v1/stream that vocab.h has no function for, and the way back from every word.
 *
 * Any thread. Owns nothing.
 */
#ifndef ENGINE_CONTROL_STREAM_WORDS_H
#define ENGINE_CONTROL_STREAM_WORDS_H

#include "engine/explanation.h"
#include "engine/vocab.h"

#include <stdbool.h>

enum stream_word {
    WORD_STATE,
    WORD_ACTION,
    WORD_REASON,
    WORD_RULE,
    WORD_VERDICT,
    WORD_PHRASE,
    WORD_LEVEL,
    WORD_EVENT,
};
#define STREAM_WORD_KINDS 8

unsigned stream_word_count(enum stream_word kind);

/* `value` is one of the enum's. */
const char *stream_word(enum stream_word kind, unsigned value);

/* False: there is no such word. */
bool stream_word_find(enum stream_word kind, const char *word, unsigned *ret_value);

#endif
