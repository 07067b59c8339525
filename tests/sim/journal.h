/*
 * journal - what is on the disk of a run with state, and comes back after a restart.
 *
 * Of each site: the record of its deployment, written after each status and each end of a scale, and the last scale
 * that was recorded. A scale is sent only when its intent is stored. The disk takes some milliseconds, and some intents
 * are not stored. Writes the site: its journal. Calls in_flight, trace and the reconciler.
 */
#ifndef TESTS_SIM_JOURNAL_H
#define TESTS_SIM_JOURNAL_H

#include "tests/sim/sim_state.h"

/* The reconciler has an intent to be recorded; the disk has answered. */
void journal_start(struct sim_state *sim_state, struct site *site, const struct effect *effect);
void journal_respond(struct sim_state *sim_state, const struct call *call);

/* A scale is sent: its intent is stored, and was not used before. */
void journal_check_sent(struct sim_state *sim_state, struct site *site, uint64_t key);

/* What was recorded is not sent. */
void journal_drop(struct sim_state *sim_state, struct site *site, const struct effect *effect);

/* The scale has ended. */
void journal_end(struct sim_state *sim_state, struct site *site, enum scale_outcome outcome);

/* The record of the deployment as it is now. */
void journal_write(struct sim_state *sim_state, struct site *site);

/* The core has forgotten the deployment. The program keeps the record for days: here, it is as if they were over. */
void journal_forget(struct site *site);

/* All of it, into a new reconciler. */
void journal_restore(struct sim_state *sim_state);

/* Of a key: one number, higher for a later request of the same run. */
uint64_t journal_key(const char *text);

#endif
