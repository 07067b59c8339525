#include "tui/term/theme.h"

#include "engine/base/panic.h"

#include <string.h>

/* The names that themes.def uses: the eight colours of every terminal, and its own. */
enum {
    BLACK,
    RED,
    GREEN,
    YELLOW,
    BLUE,
    MAGENTA,
    CYAN,
    WHITE,
    D = THEME_COLOR_DEFAULT,
    N = THEME_COLOR_DEFAULT - 1 /* the ink of the theme */
};

enum { PLAIN, BOLD = LOOK_BOLD, UNDER = LOOK_UNDER, REVERSE = LOOK_REVERSE, DIM = LOOK_DIM };

struct shade {
    short of_256;
    short of_8;
};

static const struct theme_row {
    const char *word;
    struct shade ink;
    struct shade paper;
    const char *meaning;
} theme_rows[THEME_COUNT] = {
#define THEME(id, word, ink_256, paper_256, ink_8, paper_8, meaning)                               \
    [THEME_##id] = { word, { ink_256, ink_8 }, { paper_256, paper_8 }, meaning },
#include "tui/term/themes.def"
#undef THEME
};

static const struct look_row {
    uint8_t with_256;
    uint8_t with_8;
    uint8_t mono;
    struct shade inks[THEME_COUNT];
} look_rows[ROLE_COUNT] = {
#define LOOK(role, with_256, with_8, mono, ...)                                                    \
    [ROLE_##role] = { with_256, with_8, mono, { INKS(__VA_ARGS__) } },
#define INKS(a, b, c, d, e, f, g, h, i, j)                                                         \
    { a, b }, { c, d }, { e, f }, { g, h },                                                        \
    {                                                                                              \
        i, j                                                                                       \
    }
#include "tui/term/themes.def"
#undef INKS
#undef LOOK
};

enum {
#define LOOK(role, ...) LOOK_OF_##role,
#include "tui/term/themes.def"
#undef LOOK
    LOOK_COUNT
};
_Static_assert((int)LOOK_COUNT == ROLE_COUNT, "every role has a look");

bool theme_parse(const char *word, enum theme *ret_theme)
{
    for (int i = 0; i < THEME_COUNT; i++) {
        if (strcmp(theme_rows[i].word, word) != 0)
            continue;
        *ret_theme = (enum theme)i;
        return true;
    }
    return false;
}

const char *theme_word(enum theme theme)
{
    return theme_rows[theme].word;
}

const char *theme_meaning(enum theme theme)
{
    return theme_rows[theme].meaning;
}

static short shade_of(struct shade shade, bool has_256)
{
    return has_256 ? shade.of_256 : shade.of_8;
}

struct look theme_look(enum theme theme, enum role role, bool has_256)
{
    must((int)theme < THEME_COUNT && (int)role < ROLE_COUNT);
    const struct look_row *row = &look_rows[role];
    short ink = shade_of(row->inks[theme], has_256);
    return (struct look){
        .ink = ink == N ? shade_of(theme_rows[theme].ink, has_256) : ink,
        .paper = shade_of(theme_rows[theme].paper, has_256),
        .attributes = has_256 ? row->with_256 : row->with_8,
    };
}

unsigned theme_mono(enum role role)
{
    return look_rows[role].mono;
}
