/*
 * decoder_fixture - a decoder, called as the console calls it: after bytes, and when its patience ends.
 *
 * What it returns is written down: "Up", "a", "'a" (pasted), "click 3,4", with spaces between. Time is simulated. The
 * owner's storage; nothing is to be freed. One thread. Errors fail the test.
 */
#ifndef TESTS_SUPPORT_DECODER_FIXTURE_H
#define TESTS_SUPPORT_DECODER_FIXTURE_H

#include "engine/base/text.h"
#include "tui/term/decoder.h"

#define E "\x1b"
#define BELL "\x07"
#define PASTE(text) E "[200~" text E "[201~"
#define TOLD_SIZE 8192
#define STEPS_MAX 8
#define SILENCE_MS 10000

struct decoder_fixture {
    struct decoder decoder;
    struct mono now;
    int64_t tick_ms; /* it is also called at this interval; 0: it is not */
    struct text told;
    char storage[TOLD_SIZE];
};

/* A name, the bytes, and what they mean. */
struct key_row {
    const char *name;
    const char *bytes;
    const char *told;
};

/* Bytes at their times. */
struct step {
    int64_t gap_ms; /* before it */
    const char *bytes;
};

struct script_row {
    const char *name;
    struct step steps[STEPS_MAX];
    const char *told;
};

void decoder_fixture_init(struct decoder_fixture *fixture);

/* The decoder has a time limit exactly while something is incomplete. */
void decoder_fixture_check_patience(const struct decoder_fixture *fixture);

/* Calls the decoder until it returns nothing more. */
void decoder_fixture_ask(struct decoder_fixture *fixture);

void decoder_fixture_feed(struct decoder_fixture *fixture, const char *bytes, size_t length);

/* Wakes up when the decoder wants it, and not at the end: then the next bytes come. */
void decoder_fixture_elapse(struct decoder_fixture *fixture, int64_t ms);

/* A long silence, after which the decoder must hold nothing. */
void decoder_fixture_finish(struct decoder_fixture *fixture);

/* A test of one row, which is *state. */
void decoder_fixture_check_script(void **state);

#endif
