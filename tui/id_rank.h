/*
 * id_rank - the slots of a snapshot in the order of their ids.
 *
 * By bytes; equal ids by slot. Any thread. Takes memory while it works, and gives it back.
 */
#ifndef TUI_ID_RANK_H
#define TUI_ID_RANK_H

#include "engine/snapshot.h"

/*
 * Writes the slots that somebody has, by id, into ret_slots, which has room for slot_count of them. -ENOMEM: nothing
 * was written.
 */
int id_rank(const struct snapshot *snapshot, uint32_t *ret_slots, size_t *ret_count);

#endif
