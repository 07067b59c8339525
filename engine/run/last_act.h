/*
 * last_act - what stood before the last act of an operator, so that its author can undo it.
 *
 * An act is one command, or several that were sent together, such as a pause of a pattern. Remembered are the overrides
 * (override_book.h) that it changed, as they stood before and as they stood afterwards: what has changed since is not
 * undone. A scale by hand is remembered as an act that cannot be undone. A restart forgets it.
 *
 * Owns its list, of ITEMS_MAX. Engine thread only. An act that is larger, or that there is no
 * memory for, cannot be undone.
 */
#ifndef ENGINE_RUN_LAST_ACT_H
#define ENGINE_RUN_LAST_ACT_H

#include "engine/base/text.h"
#include "engine/command.h"
#include "engine/run/override_book.h"

#define LAST_ACT_ITEMS_MAX 1000

/* An override, or that there is none. */
struct override_view {
    bool is_in_force;
    int64_t number;    /* 0: there is none in the book */
    struct mono until; /* MONO_NEVER: without an end */
    char reason[OVERRIDE_REASON_SIZE];
};

struct last_act_item {
    const char *kind; /* as in override_book.h */
    char *match;
    struct override_view before;
    struct override_view after;
};

/* Zeroed memory knows of no act. */
struct last_act {
    bool is_known;
    bool is_extension;
    bool is_undone;
    bool is_incomplete; /* too large, or for lack of memory */
    char author[OPERATOR_NAME_SIZE];
    enum command_kind kind;
    char id[COMMAND_ID_SIZE]; /* of the first command */
    int32_t delta;            /* of a scale */
    size_t commands;
    struct last_act_item *items;
    size_t count;
    size_t capacity;
};

void last_act_fini(struct last_act *act);

/* An act begins, or goes on (is_more of the command). */
void last_act_note(struct last_act *act, const char *author, const struct command *command);

/* An override was given another end. */
void last_act_note_extension(struct last_act *act, const char *author, const char *id);

/* What the act did to an override; nothing when both are the same. */
void last_act_add(struct last_act *act, const char *kind, const char *match,
                  const struct override_view *before, const struct override_view *after);

bool override_view_is_same(const struct override_view *a, const struct override_view *b);

/* Is it on all deployments? */
bool last_act_is_on_all(const struct last_act *act);

/* "the pause of eu-1", "the resume of 75 deployments", "dry-run on", "the scale of eu-1 by +3". */
void last_act_describe(const struct last_act *act, struct text *text);

/* Why this author cannot undo it, as a sentence; true: it can, as far as the act alone shows. */
bool last_act_check(const struct last_act *act, const char *author, struct text *text);

#endif
