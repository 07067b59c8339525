/*
 * notify_rows - the keys of an entry of the list `notify` (notify.def), as rows like those of the options.
 *
 * `offset` is that of the member in struct notify_entry; `id` is not used. Constant; any thread. Cannot fail.
 */
#ifndef ENGINE_CONFIG_NOTIFY_ROWS_H
#define ENGINE_CONFIG_NOTIFY_ROWS_H

#include "engine/config/option_row.h"

#define NOTIFY(id, ...) NOTIFY_ROW_##id,
enum notify_row {
#include "engine/notify.def"
};
#undef NOTIFY
#define NOTIFY(id, ...) +1
enum {
    NOTIFY_ROW_COUNT = 0
#include "engine/notify.def"
};
#undef NOTIFY

const struct option_row *notify_row(enum notify_row id);

/* The number of the row with this key; NOTIFY_ROW_COUNT: there is none. */
int notify_row_find(const char *key);

#endif
