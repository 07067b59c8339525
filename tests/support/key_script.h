/*
 * key_script - a console that is played with names of keys and of events.
 *
 * Keys are separated by spaces; a word with '@' is an event from a table, `"text` is typed letter by letter, `~text`
 * comes as fast as a paste without brackets. The screen is drawn after each, as the program does. The state that they
 * lead to is a list of field=value. The owner calls key_script_fini, which checks that every snapshot came back. One
 * thread. Errors fail the test.
 */
#ifndef TESTS_SUPPORT_KEY_SCRIPT_H
#define TESTS_SUPPORT_KEY_SCRIPT_H

#include "tests/support/snapshots.h"
#include "tui/console/console.h"
#include "tui/draw/canvas.h"
#include "tui/term/keypress.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIRM_ABOVE_PPB 20000000
#define COMMANDS_SIZE 4096
#define WORD_SIZE 128

struct key_script {
    struct snapshots *maker;
    struct console *console;
    struct canvas canvas;
    struct mono now;
    char commands[COMMANDS_SIZE]; /* all but FOCUS */
    uint32_t serial;
    struct command focus;
    bool is_full;        /* the engine takes no commands */
    bool has_detail;     /* it answers a FOCUS with a detail */
    size_t objections;   /* in it */
    const char *refusal; /* in it */
};

/* On the fleet of the manual. */
void key_script_init(struct key_script *script);
void key_script_fini(struct key_script *script);

/* A console without a snapshot. */
void key_script_open(struct key_script *script, enum view view, struct console **ret_console);

void key_script_play(struct key_script *script, const char *keys);
void key_script_press(struct key_script *script, enum input_kind kind, uint32_t keypress,
                      int column, int row);

/* A snapshot comes. */
void key_script_take(struct key_script *script);
void key_script_draw(struct key_script *script);

/* The console's port: `context` is the script. */
int key_script_record(void *context, const struct command *command);
void key_script_give_back(void *context, const struct snapshot *snapshot);

/* "page=all cursor=eu-1" */
void key_script_check(const struct key_script *script, const char *wanted);

#endif
