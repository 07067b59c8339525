/*
 * id_rank - the slots of a snapshot in the order of their ids.
 *
 * By bytes; equal ids by slot. Any thread. Takes memory while it works, and gives it back.
 */
#ifndef TUI_LIST_ID_RANK_H
#define TUI_LIST_ID_RANK_H

#include "engine/snapshot.h"

/*
 * Ranks the slots that somebody has. `slots` has the ranking of a snapshot before, *count of them, which makes it quick
 * when few have changed; any slots without repetition will do, and none. It gets the new one, and has room for
 * slot_count. -ENOMEM: nothing was written.
 */
int id_rank(const struct snapshot *snapshot, uint32_t *slots, size_t *count);

#endif
