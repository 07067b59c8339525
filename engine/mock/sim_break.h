/*
 * sim_break - how the simulated API breaks one promise (promises.def), in what it writes.
 *
 * Each promise is broken alone: what is written keeps the others. sim_transport breaks those about connections and
 * time.
 * Owns nothing. Any thread. Cannot fail.
 */
#ifndef ENGINE_MOCK_SIM_BREAK_H
#define ENGINE_MOCK_SIM_BREAK_H

#include "engine/base/text.h"
#include "engine/core/api_result.h"
#include "engine/promise.h"

#define SIM_BREAK_ENTRY_SIZE_MAX ((size_t)512)

/* An entry more, behind at least one other; or nothing. `first` is the first entry. */
void sim_break_add_entry(enum promise broken, const struct definition *first, struct text *list);

/* The end of the list. */
void sim_break_end_list(enum promise broken, struct text *list);

/* Numbers that keep the form. */
void sim_break_status(enum promise broken, int32_t servers_per_host, struct status *status);

/* The JSON of a status. */
void sim_break_write_status(enum promise broken, const struct status *status, struct text *text);

#endif
