#include "tests/support/screen_svg.h"

#include "tui/draw/utf8.h"
#include "tui/term/color256.h"
#include "tui/term/theme.h"

#include <stdbool.h>
#include <string.h>

/* In hundredths of a pixel. */
#define CELL_WIDTH 843
#define CELL_HEIGHT 1800
#define BASELINE 1350
#define EDGE 1200

struct run {
    int column, row, columns;
    enum role role;
    bool is_reverse, is_bold, is_underlined;
};

struct number {
    char text[24];
};

static struct number pixels(int hundredths)
{
    struct number number;
    snprintf(number.text, sizeof number.text, "%d.%02d", hundredths / 100, hundredths % 100);
    return number;
}

/* --- colours --------------------------------------------------------------------------------------------------- */

/* The classes iN and bN fill with the ink of role N, p with the paper. */
static void write_theme(FILE *stream, enum theme theme)
{
    struct look normal = theme_look(theme, ROLE_NORMAL, true);
    fprintf(stream, ".p{fill:#%06x}", (unsigned)color256_rgb(normal.paper));
    for (int role = 0; role < ROLE_COUNT; role++)
        fprintf(stream, ".i%d{fill:#%06x}", role,
                (unsigned)color256_rgb(theme_look(theme, (enum role)role, true).ink));
}

static void write_style(FILE *stream)
{
    fputs("<style>\ntext{white-space:pre}rect{shape-rendering:crispEdges}.b{font-weight:bold}.u{"
          "text-decoration:underline}\n",
          stream);
    write_theme(stream, THEME_DARK);
    fputs("\n@media (prefers-color-scheme:light){", stream);
    write_theme(stream, THEME_LIGHT);
    fputs("}\n</style>\n", stream);
}

/* --- runs ------------------------------------------------------------------------------------------------------ */

/* The row of the cursor has one colour, as on the screen. */
static struct run run_of(const struct cell *cell, int column, int row)
{
    bool is_cursor = cell->marks & CELL_CURSOR;
    bool is_hit = cell->marks & CELL_HIT;
    unsigned looks = theme_look(THEME_DARK, (enum role)cell->role, true).attributes;
    return (struct run){ .column = column,
                         .row = row,
                         .role = is_cursor ? ROLE_NORMAL : (enum role)cell->role,
                         .is_reverse = is_cursor || (looks & LOOK_REVERSE),
                         .is_bold = is_hit || (looks & LOOK_BOLD),
                         .is_underlined = is_hit || (looks & LOOK_UNDER) };
}

static bool is_same(const struct run *a, const struct run *b)
{
    return a->role == b->role && a->is_reverse == b->is_reverse && a->is_bold == b->is_bold &&
           a->is_underlined == b->is_underlined;
}

static struct run find_run(const struct canvas *canvas, int column, int row)
{
    struct run run = run_of(canvas_at(canvas, column, row), column, row);
    for (int end = column; end < canvas->columns; end++) {
        struct run next = run_of(canvas_at(canvas, end, row), end, row);
        if (!is_same(&run, &next))
            break;
        run.columns++;
    }
    return run;
}

static void write_character(FILE *stream, uint32_t code_point)
{
    char bytes[UTF8_SIZE_MAX];
    switch (code_point) {
    case '<':
        fputs("&lt;", stream);
        break;
    case '>':
        fputs("&gt;", stream);
        break;
    case '&':
        fputs("&amp;", stream);
        break;
    default:
        fwrite(bytes, 1, utf8_encode(code_point, bytes), stream);
    }
}

static void write_cells(FILE *stream, const struct canvas *canvas, const struct run *run)
{
    for (int column = run->column; column < run->column + run->columns; column++) {
        const struct cell *cell = canvas_at(canvas, column, run->row);
        for (size_t i = 0; cell->width > 0 && i <= CELL_COMBINING_MAX && cell->text[i]; i++)
            write_character(stream, cell->text[i]);
    }
}

static bool is_blank(const struct canvas *canvas, const struct run *run)
{
    for (int column = run->column; column < run->column + run->columns; column++)
        if (canvas_at(canvas, column, run->row)->text[0] != ' ')
            return false;
    return !run->is_underlined;
}

static void write_run(FILE *stream, const struct canvas *canvas, const struct run *run)
{
    struct number x = pixels(EDGE + run->column * CELL_WIDTH);
    struct number width = pixels(run->columns * CELL_WIDTH);
    int top = EDGE + run->row * CELL_HEIGHT;
    if (run->is_reverse)
        fprintf(stream, "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" class=\"i%d\"/>\n",
                x.text, pixels(top).text, width.text, pixels(CELL_HEIGHT).text, (int)run->role);
    if (is_blank(canvas, run))
        return;
    fprintf(stream, "<text x=\"%s\" y=\"%s\" textLength=\"%s\" class=\"", x.text,
            pixels(top + BASELINE).text, width.text);
    if (run->is_reverse)
        fputs("p", stream);
    else
        fprintf(stream, "i%d", (int)run->role);
    fprintf(stream, "%s%s\">", run->is_bold ? " b" : "", run->is_underlined ? " u" : "");
    write_cells(stream, canvas, run);
    fputs("</text>\n", stream);
}

/* --- the picture ----------------------------------------------------------------------------------------------- */

void screen_svg_write(FILE *stream, const struct canvas *canvas, const char *title)
{
    struct number width = pixels(2 * EDGE + canvas->columns * CELL_WIDTH);
    struct number height = pixels(2 * EDGE + canvas->rows * CELL_HEIGHT);
    fprintf(stream,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 %s %s\" "
            "font-family=\"ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace\" "
            "font-size=\"14\" xml:space=\"preserve\">\n<title>%s</title>\n",
            width.text, height.text, title);
    write_style(stream);
    fprintf(stream, "<rect width=\"%s\" height=\"%s\" rx=\"8\" class=\"p\"/>\n", width.text,
            height.text);
    for (int row = 0; row < canvas->rows; row++) {
        struct run run;
        for (int column = 0; column < canvas->columns; column += run.columns) {
            run = find_run(canvas, column, row);
            write_run(stream, canvas, &run);
        }
    }
    fputs("</svg>\n", stream);
}
