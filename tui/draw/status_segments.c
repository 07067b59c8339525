#include "tui/draw/status_segments.h"

#include "engine/base/text.h"

#include <stdarg.h>
#include <string.h>

void status_segments_init(struct status_segments *segments)
{
    segments->is_filled = false;
    segments->count = 0;
}

__attribute__((format(printf, 3, 0))) static void
add(struct status_segments *segments, struct piece piece, const char *format, va_list args)
{
    if (segments->count == STATUS_SEGMENTS_MAX)
        return;
    struct piece *added = &segments->list[segments->count];
    *added = piece;
    struct text text;
    text_init(&text, added->text, sizeof added->text);
    text_addv(&text, format, args);
    if (text.length > 0)
        segments->count++;
}

void status_segments_add(struct status_segments *segments, int rank, int gap, enum role role,
                         const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(segments, (struct piece){ .rank = rank, .gap = gap, .role = role }, format, args);
    va_end(args);
}

void status_segments_add_right(struct status_segments *segments, int rank, int gap, enum role role,
                               const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct piece piece = { .rank = rank, .gap = gap, .role = role, .is_right = true };
    add(segments, piece, format, args);
    va_end(args);
}

void status_segments_add_key(struct status_segments *segments, int rank, int gap, const char *key,
                             const char *word)
{
    size_t count = segments->count;
    status_segments_add(segments, rank, gap, ROLE_NORMAL, "%s%s", key, word);
    if (segments->count > count)
        segments->list[count].key_size = strlen(key);
}

/* --- selection ------------------------------------------------------------------------------------------------- */

struct fit {
    bool is_out[STATUS_SEGMENTS_MAX];
    size_t left;
    int columns_left; /* columns of the segments at the left */
    int columns_right;
    int gap; /* between both */
};

static void measure(const struct status_segments *segments, const struct canvas *canvas,
                    struct fit *fit)
{
    fit->columns_left = 0;
    fit->columns_right = 0;
    fit->gap = 0;
    for (size_t i = 0; i < segments->count; i++) {
        if (fit->is_out[i])
            continue;
        const struct piece *piece = &segments->list[i];
        if (piece->is_right && fit->columns_right == 0)
            fit->gap = piece->gap;
        int *sum = piece->is_right ? &fit->columns_right : &fit->columns_left;
        *sum += (*sum > 0 ? piece->gap : 0) + canvas_text_columns(canvas, piece->text);
    }
}

static int columns_wanted(const struct fit *fit)
{
    bool are_both = fit->columns_left > 0 && fit->columns_right > 0;
    return fit->columns_left + fit->columns_right + (are_both ? fit->gap : 0);
}

static void leave_one_out(const struct status_segments *segments, struct fit *fit)
{
    size_t least = segments->count;
    for (size_t i = 0; i < segments->count; i++) {
        if (!fit->is_out[i] &&
            (least == segments->count || segments->list[i].rank >= segments->list[least].rank))
            least = i;
    }
    fit->is_out[least] = true;
    fit->left--;
}

/* The most important segment that is left out and not tried yet; `count` when there is none. */
static size_t next_to_try(const struct status_segments *segments, const struct fit *fit,
                          const bool *was_tried)
{
    size_t best = segments->count;
    for (size_t i = 0; i < segments->count; i++) {
        if (fit->is_out[i] && !was_tried[i] &&
            (best == segments->count || segments->list[i].rank < segments->list[best].rank))
            best = i;
    }
    return best;
}

static void fill(const struct status_segments *segments, const struct canvas *canvas, int columns,
                 struct fit *fit)
{
    bool was_tried[STATUS_SEGMENTS_MAX] = { false };
    size_t next = next_to_try(segments, fit, was_tried);
    while (next < segments->count) {
        was_tried[next] = true;
        fit->is_out[next] = false;
        measure(segments, canvas, fit);
        fit->is_out[next] = columns_wanted(fit) > columns;
        next = next_to_try(segments, fit, was_tried);
    }
    measure(segments, canvas, fit);
}

static void find_fit(const struct status_segments *segments, const struct canvas *canvas,
                     int columns, struct fit *ret_fit)
{
    *ret_fit = (struct fit){ .left = segments->count };
    measure(segments, canvas, ret_fit);
    while (ret_fit->left > 1 && columns_wanted(ret_fit) > columns) {
        leave_one_out(segments, ret_fit);
        measure(segments, canvas, ret_fit);
    }
    if (segments->is_filled)
        fill(segments, canvas, columns, ret_fit);
}

static int key_columns(const struct canvas *canvas, const struct piece *piece)
{
    char key[PIECE_SIZE];
    struct text text;
    text_init(&text, key, sizeof key);
    text_add_bytes(&text, piece->text, piece->key_size);
    return canvas_text_columns(canvas, key);
}

static int draw_side(const struct status_segments *segments, const struct fit *fit,
                     struct canvas *canvas, struct area row, int column, bool is_right)
{
    bool is_first = true;
    for (size_t i = 0; i < segments->count; i++) {
        const struct piece *piece = &segments->list[i];
        if (fit->is_out[i] || piece->is_right != is_right)
            continue;
        column += is_first ? 0 : piece->gap;
        is_first = false;
        int columns = canvas_put(canvas, row, column, 0, piece->role, piece->text);
        struct area key = { row.column + column, row.row, key_columns(canvas, piece), 1 };
        if (key.columns > 0 && key.columns <= columns)
            canvas_set_role(canvas, key, ROLE_KEY);
        column += columns;
    }
    return column;
}

void status_segments_draw(const struct status_segments *segments, struct canvas *canvas,
                          struct area area, int margin)
{
    if (area.columns <= 0 || area.rows <= 0 || segments->count == 0)
        return;
    struct area row = area_row(area, 0);
    struct fit fit;
    find_fit(segments, canvas, row.columns - 2 * margin, &fit);
    if (columns_wanted(&fit) > row.columns - 2 * margin)
        margin = 0;
    draw_side(segments, &fit, canvas, row, margin, false);
    int right = row.columns - margin - fit.columns_right;
    draw_side(segments, &fit, canvas, row, right > 0 ? right : 0, true);
}
