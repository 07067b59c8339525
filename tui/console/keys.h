/*
 * keys - what can be done in each context, and by which keys: the rows of keys.def.
 *
 * Dispatch, help, hints and manual read the same rows. Constant. Any thread. Cannot fail.
 */
#ifndef TUI_CONSOLE_KEYS_H
#define TUI_CONSOLE_KEYS_H

#include "tui/term/keypress.h"

/* Contexts. */
#define KEY_CONTEXT_LIST 1u
#define KEY_CONTEXT_EXPLAIN 2u
#define KEY_CONTEXT_LOG 4u
#define KEY_CONTEXT_HELP 8u

enum act {
    ACT_NONE,
#define KEY(id, contexts, keys, group, hint, help) ACT_##id,
#include "tui/console/keys.def"
#undef KEY
};
#define KEY(id, contexts, keys, group, hint, help) +1
enum {
    ACT_COUNT = 1
#include "tui/console/keys.def"
};
#undef KEY

enum key_group { KEYS_MOVE, KEYS_FIND, KEYS_WATCH, KEYS_PAST, KEYS_ACT, KEYS_LEAVE };
#define KEY_GROUP_COUNT 6

#define KEY_WORD_SIZE 32

/* The name of a command: "pause-row". */
struct key_word {
    char text[KEY_WORD_SIZE];
};

struct key_row {
    enum act act;
    const char *id; /* as in keys.def: "PAUSE_ROW" */
    unsigned contexts;
    const char *keys; /* names, separated by spaces */
    enum key_group group;
    const char *hint; /* label in the hint line; NULL: none */
    const char *help; /* text in the help */
};

/* The row of an act; not for ACT_NONE. */
const struct key_row *keys_row(enum act act);

/* Its id as a word for the palette: in lower case, with '-' for '_'. */
struct key_word keys_word(enum act act);

/*
 * keys_group_name: a heading, as "FIND". keys_keypress: the default key at `index`, from 0; KEYPRESS_NONE after the
 * last. The keys in force are those of key_bindings.h.
 */
const char *keys_group_name(enum key_group group);
uint32_t keys_keypress(const struct key_row *row, size_t index);

#endif
