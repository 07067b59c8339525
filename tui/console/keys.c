#include "tui/console/keys.h"

#include "engine/base/panic.h"

#include <stdbool.h>
#include <string.h>

/* The contexts, with the names that keys.def uses. */
enum {
    LIST = KEY_CONTEXT_LIST,
    EXPLAIN = KEY_CONTEXT_EXPLAIN,
    LOG = KEY_CONTEXT_LOG,
    HELP = KEY_CONTEXT_HELP
};

static const struct key_row key_rows[] = {
#define KEY(id, contexts, keys, group, hint, help)                                                 \
    { ACT_##id, #id, contexts, keys, KEYS_##group, hint, help },
#include "tui/console/keys.def"
#undef KEY
};

const struct key_row *keys_row(enum act act)
{
    must(act > ACT_NONE && (int)act < ACT_COUNT);
    return &key_rows[act - 1];
}

struct key_word keys_word(enum act act)
{
    struct key_word word = { "" };
    const char *id = keys_row(act)->id;
    for (size_t i = 0; id[i] != '\0' && i < sizeof word.text - 1; i++) {
        bool is_letter = 'A' <= id[i] && id[i] <= 'Z';
        word.text[i] = is_letter ? (char)(id[i] - 'A' + 'a') : '-';
    }
    return word;
}

uint32_t keys_keypress(const struct key_row *row, size_t index)
{
    const char *name = row->keys;
    size_t length = strcspn(name, " ");
    for (; index > 0 && name[length]; index--) {
        name += length + 1;
        length = strcspn(name, " ");
    }
    return index == 0 ? keypress_parse(name, length) : KEYPRESS_NONE;
}

const char *keys_group_name(enum key_group group)
{
    static const char *const names[KEY_GROUP_COUNT] = {
        "MOVE", "FIND", "WATCH", "THE PAST: what happened at a time", "ACT", "LEAVE"
    };
    return names[group];
}
