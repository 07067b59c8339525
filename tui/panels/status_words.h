/*
 * status_words - the words of the header's lines: times, counts, shares.
 *
 * Plain values. Any thread. Cannot fail.
 */
#ifndef TUI_PANELS_STATUS_WORDS_H
#define TUI_PANELS_STATUS_WORDS_H

#include "engine/base/clock.h"
#include "engine/fleet_totals.h"

#include <stdint.h>

/* Below this width, times have no seconds and words are short. */
#define STATUS_NARROW_COLUMNS 40
#define STATUS_WORDS_COLUMNS 60 /* from here on states have words */
#define STATUS_WIDE_COLUMNS 100

#define WORD_SIZE 64

struct word {
    char text[WORD_SIZE];
};

struct word word_of_time(struct wall at);
struct word word_of_minute(struct wall at);
struct word word_of_end(struct wall at, struct wall now);
struct word word_of_share(int64_t part, int64_t whole);
struct word word_of_took(int64_t ms);

/* Thousandths: "20", "1.5". */
struct word word_of_speed(int32_t millis);
struct word word_of_count(int64_t count);

/* Without scheme and path, cut in the middle: "api.prod-eu". */
struct word word_of_host(const char *url);

/* "held 3"; "=3" on a narrow terminal. */
struct word word_of_state(const struct fleet_totals *totals, enum state state, int columns);

/* "s", or nothing behind 1. */
const char *word_plural(int64_t count);

#endif
