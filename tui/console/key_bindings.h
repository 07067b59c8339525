/*
 * key_bindings - which keys mean which act: the keys of keys.def, with those of the configuration over them.
 *
 * A command of the configuration has the keys that are given to it, and no other ones; a key that is given away there
 * is taken from the command that has it by default. Fixed are Esc, the digits and Ctrl-c, and what answers dialogs and
 * edits prompts. What acts on the engine has a printable character: other keys come in pieces over slow links, or are
 * pressed by habit. Help and the commands by name have one key at least.
 *
 * Plain values. Any thread.
 */
#ifndef TUI_CONSOLE_KEY_BINDINGS_H
#define TUI_CONSOLE_KEY_BINDINGS_H

#include "engine/base/text.h"
#include "tui/console/keys.h"

#include <stdbool.h>

#define KEY_BINDINGS_MAX 9 /* keys of one act */
#define KEY_GIVEN_MAX 200

struct key_bindings {
    uint32_t keypresses[ACT_COUNT][KEY_BINDINGS_MAX + 2]; /* KEYPRESS_NONE ends a row */
};

/* Of an act in a sentence: its first key, or ":freeze" when it has none. */
struct key_label {
    char text[KEY_WORD_SIZE + 1];
};

/* Words of the configuration. */
struct key_given {
    const char *command;
    const char *key; /* "": the command has no key */
    size_t line;
};

/* Takes a sentence: what is wrong with an entry, or what is odd about all of them. */
struct key_report {
    void (*refuse)(void *context, size_t index, const char *sentence);
    void (*warn)(void *context, const char *sentence);
    void *context;
};

/* As in keys.def. */
void key_bindings_init(struct key_bindings *bindings);

/*
 * keys.def with these over it: the entries of a command follow each other, at most KEY_GIVEN_MAX. False: one was
 * refused at least, and nothing is returned. A warning names a command that has lost all its keys to others.
 */
bool key_bindings_read(const struct key_given *given, size_t count, const struct key_report *report,
                       struct key_bindings *ret_bindings);

/* The act of a key in a context; ACT_NONE: none. */
enum act key_bindings_act(const struct key_bindings *bindings, unsigned context, uint32_t keypress);

/* The key at `index`, from 0; KEYPRESS_NONE after the last. */
uint32_t key_bindings_keypress(const struct key_bindings *bindings, enum act act, size_t index);

/* "j Down"; nothing when it has no key. */
void key_bindings_add(const struct key_bindings *bindings, enum act act, struct text *text);

struct key_label key_bindings_label(const struct key_bindings *bindings, enum act act);

#endif
