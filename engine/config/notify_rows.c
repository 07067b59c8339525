#include "engine/config/notify_rows.h"

#include "engine/config/notify_list.h"

#include <string.h>

/* clang-format off */
#define WORDS(...) (const struct option_word[]){ __VA_ARGS__, { 0 } }
/* clang-format on */

static const struct option_row rows[] = {
#define NOTIFY(name, kind, field, ...)                                                             \
    { .type = TYPE_##kind, .offset = offsetof(struct notify_entry, field), __VA_ARGS__ },
#include "engine/notify.def"
#undef NOTIFY
};

const struct option_row *notify_row(enum notify_row id)
{
    return &rows[id];
}

int notify_row_find(const char *key)
{
    int id = 0;
    while (id < NOTIFY_ROW_COUNT && strcmp(rows[id].key, key) != 0)
        id++;
    return id;
}
