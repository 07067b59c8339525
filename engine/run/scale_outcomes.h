/*
 * scale_outcomes - what the events of the engine mean for the journal: how scales ended, which deployments are gone,
 * what was decided.
 *
 * Outcomes and gone deployments wait in a line until the journal has a page for them. Decisions are for people: one
 * that does not fit is left out. Engine thread only. Without memory an outcome is left out, so that the scale counts
 * as unconfirmed after a restart.
 *
 * A detail may be the text of an API that repeats the token. The journal outlives a token, so it is removed before.
 */
#ifndef ENGINE_RUN_SCALE_OUTCOMES_H
#define ENGINE_RUN_SCALE_OUTCOMES_H

#include "engine/base/redaction.h"
#include "engine/command.h"
#include "engine/core/event.h"
#include "engine/core/fleet.h"
#include "engine/run/state_sweep.h"
#include "engine/store/journal.h"

#include <stddef.h>

#define OUTCOME_DETAIL_SIZE 128

struct ended {
    struct stamp at;
    enum record_outcome outcome; /* OPEN: a deployment is gone */
    char text[COMMAND_ID_SIZE];  /* the key, or the id */
    char detail[OUTCOME_DETAIL_SIZE];
};

/* Zeroed memory is an empty line. */
struct outcome_line {
    struct redaction *redaction; /* for the details; NULL: none */
    struct ended *ended;
    size_t first;
    size_t count;
    size_t capacity;
};

void outcome_line_fini(struct outcome_line *line);

void outcome_line_add(struct outcome_line *line, const char *key, enum record_outcome outcome,
                      const char *detail);

/* Hands over what fits. True: nothing is left. */
bool outcome_line_flush(struct outcome_line *line, struct journal *journal);

/* A deployment whose scale has ended is due in the sweep. */
void scale_outcomes_take(const struct event *event, const struct fleet *fleet,
                         struct outcome_line *line, struct state_sweep *sweep);

/* Records the decision that the event is about, if it is about one. */
void scale_outcomes_decision(const struct event *event, const struct fleet *fleet,
                             struct journal *journal);

#endif
