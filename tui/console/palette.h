/*
 * palette - commands as words: those of palette.def, with an argument, and one for each key of keys.def.
 *
 *     view held        sort free_pct      scale -3      pause-all
 *
 * A name may be shortened as long as it means one command. Constant. Any thread. Errors: ERR_BAD_VALUE with a sentence
 * that names the word.
 */
#ifndef TUI_CONSOLE_PALETTE_H
#define TUI_CONSOLE_PALETTE_H

#include "engine/base/error.h"
#include "tui/console/keys.h"
#include "tui/console/prompt.h"
#include "tui/list/columns.h"
#include "tui/list/view.h"

enum palette_kind {
    PALETTE_KEY, /* what a key does */
#define PALETTE(id, name, argument, help) PALETTE_##id,
#include "tui/console/palette.def"
#undef PALETTE
};

struct palette_command {
    enum palette_kind kind;
    enum act act;           /* KEY */
    enum view view;         /* VIEW */
    enum column column;     /* SORT */
    enum level level;       /* LEVEL */
    bool is_all;            /* RESUME */
    int64_t for_ms;         /* PAUSE; above 0 */
    int32_t delta;          /* SCALE; not 0 */
    int32_t speed_millis;   /* SPEED; above 0 */
    char text[PROMPT_SIZE]; /* FILTER, FIND, GO, ONLY, TIME, AT, HELP; not empty */
};

#define PALETTE_SIZE 1024
#define PALETTE_SPEED_MILLIS_MAX 1000000000

int palette_parse(const char *text, struct palette_command *ret_command, struct error *err);

/*
 * The words with which the last word of the text can go on, separated by spaces, as many as `ret_words` has room for;
 * for an argument that is not one of a set, what it is. "" : none.
 */
void palette_candidates(const char *text, char ret_words[PALETTE_SIZE]);

/* The text with as many more characters as all its candidates share, and a space after the only one. */
void palette_complete(const char *text, char ret_text[PROMPT_SIZE]);

/* The commands with an argument, for help and manual; false: no more. */
bool palette_describe(size_t index, const char **ret_name, const char **ret_help);

#endif
