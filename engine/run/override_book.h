/*
 * override_book - the acts of operators that last, as the journal has them: a pause of all, a pause of one, dry-run.
 *
 * Owns the list of those that have not ended, so that they can be shown, end by themselves, and their ends can be
 * recorded. What cannot be handed to the journal now is tried again by override_book_flush. A pause may have an end;
 * one that has none is due every OVERRIDE_REPEAT_MS, so that it is not forgotten.
 *
 * A further kind is one more word here. What it does to a decision, and how it ends, is not in this file: its owner
 * (override_keeper.h) asks for what is due.
 *
 * Time is the reconciler's, and an argument. Engine thread only. Without memory an act is in force and not recorded,
 * and has no end.
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
#define OVERRIDE_REPEAT_MS ((int64_t)24 * 3600 * 1000)

struct open_override {
    int64_t number;
    const char *kind; /* one of those above */
    char *match;
    struct stamp begun;
    struct mono since;
    struct mono until; /* MONO_NEVER: until an operator ends it */
    struct mono due;   /* its end, or when it is repeated */
    bool is_begun;     /* its record was handed over */
    bool is_over;      /* its end was not handed over yet */
    struct stamp ended;
    uint32_t next; /* of the same bucket: its index and one; 0: the last */
    char author[OPERATOR_NAME_SIZE];
    char reason[OVERRIDE_REASON_SIZE]; /* "": none */
    char ended_by[OPERATOR_NAME_SIZE];
};

/* Zeroed memory is an empty book. */
struct override_book {
    char author[OPERATOR_NAME_SIZE];   /* of what begins or ends from now on; "": an operator */
    char reason[OVERRIDE_REASON_SIZE]; /* "": none */
    struct open_override *overrides;
    uint32_t *buckets; /* `capacity` of them: the index and one of the first override; 0: none */
    size_t count;
    size_t capacity;
    int64_t number_max;
    bool is_recorded; /* a journal takes what the book hands over */
};

void override_book_fini(struct override_book *book);

/*
 * One that the journal has from an earlier run; NULL: a kind that this program does not have, or no memory. One whose
 * end came meanwhile is over.
 */
const char *override_book_restore(struct override_book *book, const struct restored_act *restored,
                                  struct mono now);

/* The author and the reason (NULL: none) of what begins or ends from now on. Long ones are cut. */
void override_book_act(struct override_book *book, const char *author, const char *reason);

/*
 * The override is in force from now on, for so long; 0: until it is ended. One that is in force already is replaced if
 * one of both has an end; else it stays.
 */
void override_book_begin(struct override_book *book, const char *kind, const char *match,
                         struct mono now, int64_t for_ms);

/* It is not in force any more. */
void override_book_end(struct override_book *book, const char *kind, const char *match);

/* Of those in force; NULL: none. Valid until the next change of the book. */
const struct open_override *override_book_find(const struct override_book *book, const char *kind,
                                               const char *match);
const struct open_override *override_book_find_number(const struct override_book *book,
                                                      int64_t number);

/* Those in force. */
size_t override_book_count(const struct override_book *book);

/* It ends so long after now. False: there is none with this number. */
bool override_book_extend(struct override_book *book, int64_t number, struct mono now,
                          int64_t for_ms);

/* When the next one in force is due; MONO_NEVER: none is. */
struct mono override_book_due(const struct override_book *book);

/*
 * The next one that is due, from *cursor on, which begins with 0; NULL: no more. It is due again later, or has ended.
 * Valid until the next change of the book.
 */
const struct open_override *override_book_take_due(struct override_book *book, struct mono now,
                                                   size_t *cursor);

/* Hands over what is due; `journal` is not used if nothing is recorded. True: nothing is left. */
bool override_book_flush(struct override_book *book, struct journal *journal);

/* The journal has lost what it had: all that is in force is handed over again. */
void override_book_repeat(struct override_book *book);

#endif
