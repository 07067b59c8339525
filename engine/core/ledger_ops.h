/*
 * ledger_ops - what ledger.c and ledger_expiry.c share about the entries of a ledger.
 *
 * Only these two files include it. Same rules as ledger.h: plain values, one thread at a time, cannot fail.
 */
#ifndef ENGINE_CORE_LEDGER_OPS_H
#define ENGINE_CORE_LEDGER_OPS_H

#include "engine/core/ledger.h"

bool ledger_is_same_direction(int32_t a, int32_t b);

/* The part of the delta that was not seen, with its sign. */
int32_t entry_lacking(const struct ledger_entry *entry);

/* All hosts have come, and servers with them. What is lost later is lost. */
bool entry_is_filled(const struct ledger_entry *entry);

/* There has to be one. */
struct ledger_entry *ledger_newest(struct ledger *ledger);

/* In flight or unconfirmed: the newest entry at most. */
bool ledger_is_open(const struct ledger *ledger, size_t index);

/* The drain ends with the last removal. */
void ledger_remove_entry(struct ledger *ledger, size_t index);

#endif
