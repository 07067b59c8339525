/*
 * id_rank - the slots of a snapshot in the order of their ids.
 *
 * By bytes; equal ids by slot. Any thread. Takes memory while it works, and gives it back.
 */
#ifndef TUI_LIST_ID_RANK_H
#define TUI_LIST_ID_RANK_H

#include "engine/snapshot.h"

/*
 * Ranks the slots in use. On entry `slots` has the ranking of an earlier snapshot, *count slots; this is fast when few
 * changed. Any slots without repetition are valid, and none. On return it has the new ranking. It has room for
 * slot_count. -ENOMEM: nothing was written.
 */
int id_rank(const struct snapshot *snapshot, uint32_t *slots, size_t *count);

#endif
