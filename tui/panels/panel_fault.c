#include "tui/panels/panel.h"

#include "engine/base/text.h"
#include "tui/draw/format.h"

/* After Enter: the prompt stays, and what leads out of it is said where there is room. */
static void add_way_out(const struct console *console, struct text *text, int columns)
{
    bool has_before = console->text_before[0] != '\0';
    const char *way_out = has_before ? " (Esc: the one before)" : " (Esc leaves)";
    if (format_columns(text->data) + format_columns(way_out) <= columns)
        text_add(text, way_out);
}

/* In the row above the prompt, over what is there: a text that is not accepted must be seen in every layout. */
void panel_fault_draw(const struct console *console, struct canvas *canvas)
{
    const struct prompt_fault *fault = &console->prompt_fault;
    struct area whole = canvas_area(canvas);
    if (console->prompt_use == PROMPT_NONE || !fault->is_bad || whole.rows < 2)
        return;
    enum role role = fault->is_refused ? ROLE_BAR_TROUBLE : ROLE_ERROR;
    struct area row = area_row(whole, whole.rows - 2);
    int first = whole.columns > 2 ? 1 : 0;
    char storage[ERROR_MSG_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    filter_fault_describe(fault->fault, fault->error.msg, whole.columns - 2 * first, &text);
    if (fault->is_refused)
        add_way_out(console, &text, whole.columns - 2 * first);
    canvas_fill(canvas, row, role, ' ');
    canvas_put(canvas, row, first, 0, role, storage);
}
