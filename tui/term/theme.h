/*
 * theme - the colours and attributes of each role, in each theme: the rows of themes.def.
 *
 * Colour only repeats what a glyph, a word or an attribute says. Constant. Any thread. Cannot fail.
 */
#ifndef TUI_TERM_THEME_H
#define TUI_TERM_THEME_H

#include "tui/draw/canvas.h"

#include <stdbool.h>

enum theme {
#define THEME(id, ...) THEME_##id,
#include "tui/term/themes.def"
#undef THEME
};
#define THEME(...) +1
enum {
    THEME_COUNT = 0
#include "tui/term/themes.def"
};
#undef THEME

#define THEME_COLOR_DEFAULT (-1) /* the terminal's own */

#define LOOK_BOLD 1u
#define LOOK_UNDER 2u
#define LOOK_REVERSE 4u
#define LOOK_DIM 8u

struct look {
    short ink; /* index of a colour; THEME_COLOR_DEFAULT */
    short paper;
    unsigned attributes; /* LOOK_* */
};

/* As --theme calls it. False: no such word. */
bool theme_parse(const char *word, enum theme *ret_theme);
const char *theme_word(enum theme theme);
const char *theme_meaning(enum theme theme);

/* With at least 256 colours, or with 8. */
struct look theme_look(enum theme theme, enum role role, bool has_256);

/* Attributes without colours. */
unsigned theme_mono(enum role role);

#endif
