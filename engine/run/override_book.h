/*
 * override_book - the acts of operators that last, as the journal has them: a pause of all, a pause of one, dry-run.
 *
 * Owns the list of those that have not ended, so that their ends can be recorded. An act that is in force already is
 * not recorded again. What cannot be handed to the journal now is tried again by override_book_flush.
 *
 * Engine thread only. Without memory an act is in force and not recorded.
 */
#ifndef ENGINE_RUN_OVERRIDE_BOOK_H
#define ENGINE_RUN_OVERRIDE_BOOK_H

#include "engine/run/operator_name.h"
#include "engine/store/journal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OVERRIDE_PAUSE_ALL "pause_all"
#define OVERRIDE_PAUSE "pause"
#define OVERRIDE_DRY_RUN "dry_run"
/* The match of an override of all deployments. */
#define OVERRIDE_ALL "*"
#define OVERRIDE_REASON_SIZE 161

struct open_override {
    int64_t number;
    const char *kind; /* one of those above */
    char *match;
    struct stamp begun;
    bool is_begun; /* its record was handed over */
    bool is_over;  /* its end was not handed over yet */
    struct stamp ended;
    char author[OPERATOR_NAME_SIZE];
    char reason[OVERRIDE_REASON_SIZE]; /* "": none */
    char ended_by[OPERATOR_NAME_SIZE];
};

/* Zeroed memory is an empty book. */
struct override_book {
    char author[OPERATOR_NAME_SIZE];   /* of what begins or ends from now on; "": an operator */
    char reason[OVERRIDE_REASON_SIZE]; /* "": none */
    struct open_override *overrides;
    size_t count;
    size_t capacity;
    int64_t number_max;
};

void override_book_fini(struct override_book *book);

/* One that the journal has from an earlier run; NULL: a kind that this program does not have, or no memory. */
const char *override_book_restore(struct override_book *book, const struct restored_act *restored);

/* The author and the reason (NULL: none) of what begins or ends from now on. Long ones are cut. */
void override_book_act(struct override_book *book, const char *author, const char *reason);

/* The override is in force, or not any more. */
void override_book_set(struct override_book *book, const char *kind, const char *match,
                       bool is_in_force);

/* Hands over what is due. True: nothing is left. */
bool override_book_flush(struct override_book *book, struct journal *journal);

/* The journal has lost what it had: all that is in force is handed over again. */
void override_book_repeat(struct override_book *book);

#endif
