#include "tui/panels/panels.h"

#include "tui/panels/panel.h"

static void draw_page(const struct console *console, struct canvas *canvas)
{
    switch (console->page) {
    case PAGE_LIST:
        panel_fleet_draw(console, canvas);
        panel_log_draw(console, canvas);
        break;
    case PAGE_EXPLAIN:
        panel_explain_draw(console, canvas);
        break;
    case PAGE_LOG:
        panel_log_draw(console, canvas);
        break;
    }
}

/* What lies over other panels is drawn after them. */
static void draw(const struct console *console, struct canvas *canvas)
{
    panel_status_draw(console, canvas);
    draw_page(console, canvas);
    panel_line_draw(console, canvas);
    panel_difference_draw(console, canvas);
    panel_help_draw(console, canvas);
    panel_hints_draw(console, canvas);
    panel_columns_draw(console, canvas);
    panel_fault_draw(console, canvas);
    panel_dialog_draw(console, canvas);
}

const struct console_renderer panels_renderer = {
    .draw = draw,
    .help_lines = panel_help_lines,
    .explain_lines = panel_explain_lines,
    .has_dialog_room = panel_dialog_has_room,
};
