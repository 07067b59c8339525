#include "tui/panels/panel.h"

#include "engine/base/text.h"
#include "tui/draw/format.h"

#include <string.h>

#define MARGIN 1
#define COUNT_WIDTH_MIN 4 /* "1234", "12k" */
#define COUNT_SIZE 32

/* Columns of the largest possible count: the places do not depend on the counts. */
static int count_width(int32_t deployments)
{
    char storage[COUNT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    format_thousands(&text, deployments);
    return text.length > COUNT_WIDTH_MIN ? (int)text.length : COUNT_WIDTH_MIN;
}

static int place_width(enum state state, int width)
{
    return (int)strlen(state_row(state)->name) + 1 + width + 1;
}

static enum state first_hidden(int columns, int width)
{
    int at = MARGIN;
    int state = 0;
    for (; state < STATE_COUNT; state++) {
        at += place_width((enum state)state, width);
        if (at - 1 > columns)
            break;
    }
    return (enum state)state;
}

/* Counts are short where that gives a place to more of the states that need attention. */
static int fitting_width(int32_t deployments, int columns)
{
    int width = count_width(deployments);
    while (width > COUNT_WIDTH_MIN && first_hidden(columns, width) <= STATE_PAUSED)
        width--;
    return width;
}

enum state panel_states_first_hidden(int32_t deployments, int columns)
{
    return first_hidden(columns, fitting_width(deployments, columns));
}

static void add_count(struct text *text, int32_t count, int width)
{
    format_thousands(text, count);
    if (text->length <= (size_t)width)
        return;
    text_reset(text);
    format_short(text, count, width);
}

static enum role role_of(const struct console *console, enum state state)
{
    struct wall last_read = console->shown->engine.last_read;
    if (last_read.ms != 0 && console_is_old(console, last_read))
        return ROLE_UNREAD;
    return console->shown->totals.states[state] > 0 ? columns_state_role(state) : ROLE_DIM;
}

static void draw_state(const struct console *console, struct canvas *canvas, struct area area,
                       int at, enum state state, int width)
{
    int32_t count = console->shown->totals.states[state];
    char storage[COUNT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    add_count(&text, count, width);
    canvas_putf(canvas, area, at, 0, role_of(console, state), "%s %s", state_row(state)->name,
                storage);
}

void panel_states_draw(const struct console *console, struct canvas *canvas)
{
    struct area area = console->layout.states;
    const struct snapshot *snapshot = console->shown;
    if (!snapshot || area.rows == 0)
        return;
    int width = fitting_width(snapshot->totals.deployments, area.columns);
    int end = (int)first_hidden(area.columns, width);
    int at = MARGIN;
    for (int state = 0; state < end; state++) {
        draw_state(console, canvas, area, at, (enum state)state, width);
        at += place_width((enum state)state, width);
    }
}
