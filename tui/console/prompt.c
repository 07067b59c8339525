#include "tui/console/prompt.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "tui/draw/glyph.h"
#include "tui/draw/utf8.h"

#include <string.h>

/* The typed text gets at least this many columns, or all when there are fewer. */
#define TYPED_COLUMNS_MIN 12

/* Is the character at this place a combining one? */
static bool is_joining(const struct prompt *prompt, size_t at)
{
    struct glyph glyph;
    if (at >= prompt->length)
        return false;
    glyph_next(prompt->text + at, prompt->length - at, false, &glyph);
    return glyph.width == 0;
}

/* The place after this character and its combining characters. The cursor is never between them. */
static size_t next_of(const struct prompt *prompt, size_t at)
{
    struct glyph glyph = { 0 };
    do {
        at += glyph.size;
        if (at >= prompt->length)
            return prompt->length;
        glyph_next(prompt->text + at, prompt->length - at, false, &glyph);
    } while (is_joining(prompt, at + glyph.size));
    return at + glyph.size;
}

static size_t previous_of(const struct prompt *prompt, size_t at)
{
    while (at > 0) {
        at--;
        bool is_inside = ((unsigned char)prompt->text[at] & 0xc0) == 0x80;
        if (!is_inside && !is_joining(prompt, at))
            break;
    }
    return at;
}

static size_t word_before(const struct prompt *prompt, size_t at)
{
    while (at > 0 && prompt->text[at - 1] == ' ')
        at--;
    while (at > 0 && prompt->text[at - 1] != ' ')
        at--;
    return at;
}

/* The cursor moves to the start of the removed text. */
static enum prompt_answer remove_between(struct prompt *prompt, size_t from, size_t to)
{
    must(from <= to && to <= prompt->length);
    if (from == to)
        return PROMPT_MOVED;
    memmove(prompt->text + from, prompt->text + to, prompt->length - to + 1);
    prompt->length -= to - from;
    prompt->cursor = from;
    return PROMPT_CHANGED;
}

static enum prompt_answer insert(struct prompt *prompt, uint32_t keypress)
{
    char bytes[UTF8_SIZE_MAX];
    size_t size = utf8_encode(keypress, bytes);
    if (prompt->length + size > PROMPT_SIZE - 1)
        return PROMPT_MOVED;
    char *at = prompt->text + prompt->cursor;
    memmove(at + size, at, prompt->length - prompt->cursor + 1);
    memcpy(at, bytes, size);
    prompt->length += size;
    prompt->cursor = next_of(prompt, prompt->cursor);
    return PROMPT_CHANGED;
}

static enum prompt_answer move_to(struct prompt *prompt, size_t at)
{
    prompt->cursor = at;
    return PROMPT_MOVED;
}

/* Replaces the text. The new text came from a prompt, so it has whole characters only. */
static void replace(struct prompt *prompt, const char *text)
{
    prompt->length = strlen(text);
    must(prompt->length < PROMPT_SIZE);
    memmove(prompt->text, text, prompt->length + 1);
    prompt->cursor = prompt->length;
}

static enum prompt_answer recall(struct prompt *prompt, size_t how_far)
{
    if (how_far == prompt->recalled || how_far > prompt->history_count)
        return PROMPT_MOVED;
    if (prompt->recalled == 0)
        memcpy(prompt->typed, prompt->text, prompt->length + 1);
    prompt->recalled = how_far;
    replace(prompt, how_far == 0 ? prompt->typed : prompt->history[how_far - 1]);
    return PROMPT_CHANGED;
}

/* Adds the text to the front of the history. A repeated text moves to the front; else the oldest is dropped. */
static void remember(struct prompt *prompt)
{
    if (prompt->length == 0)
        return;
    size_t place = 0;
    while (place < prompt->history_count && strcmp(prompt->history[place], prompt->text) != 0)
        place++;
    if (place == prompt->history_count && place < PROMPT_HISTORY)
        prompt->history_count++;
    place = place < PROMPT_HISTORY ? place : PROMPT_HISTORY - 1;
    memmove(prompt->history[1], prompt->history[0], place * PROMPT_SIZE);
    memcpy(prompt->history[0], prompt->text, prompt->length + 1);
}

void prompt_open(struct prompt *prompt, const char *text)
{
    prompt->text[0] = '\0';
    prompt->typed[0] = '\0';
    prompt->length = 0;
    prompt->cursor = 0;
    prompt->recalled = 0;
    size_t length = strlen(text);
    while (length > 0) {
        uint32_t code_point;
        size_t size = utf8_decode(text, length, &code_point);
        if (size > 0 && keypress_is_text(code_point) && prompt->length + size >= PROMPT_SIZE)
            return;
        if (size > 0 && keypress_is_text(code_point))
            insert(prompt, code_point);
        size = size > 0 ? size : 1;
        text += size;
        length -= size;
    }
}

static enum prompt_answer press_control(struct prompt *prompt, uint32_t keypress)
{
    size_t cursor = prompt->cursor;
    switch (keypress) {
    case KEYPRESS_CTRL('a'):
        return move_to(prompt, 0);
    case KEYPRESS_CTRL('b'):
        return move_to(prompt, previous_of(prompt, cursor));
    case KEYPRESS_CTRL_C:
        return PROMPT_LEFT;
    case KEYPRESS_CTRL('d'):
        return remove_between(prompt, cursor, next_of(prompt, cursor));
    case KEYPRESS_CTRL('e'):
        return move_to(prompt, prompt->length);
    case KEYPRESS_CTRL('f'):
        return move_to(prompt, next_of(prompt, cursor));
    case KEYPRESS_CTRL('k'):
        return remove_between(prompt, cursor, prompt->length);
    case KEYPRESS_CTRL('n'):
        return recall(prompt, prompt->recalled > 0 ? prompt->recalled - 1 : 0);
    case KEYPRESS_CTRL('p'):
        return recall(prompt, prompt->recalled + 1);
    case KEYPRESS_CTRL('u'):
        return remove_between(prompt, 0, cursor);
    case KEYPRESS_CTRL('w'):
        return remove_between(prompt, word_before(prompt, cursor), cursor);
    default:
        return PROMPT_IGNORED;
    }
}

/* The Ctrl key with the same meaning. */
static uint32_t control_of(uint32_t keypress)
{
    switch (keypress) {
    case KEYPRESS_LEFT:
        return KEYPRESS_CTRL('b');
    case KEYPRESS_RIGHT:
        return KEYPRESS_CTRL('f');
    case KEYPRESS_HOME:
        return KEYPRESS_CTRL('a');
    case KEYPRESS_END:
        return KEYPRESS_CTRL('e');
    case KEYPRESS_UP:
        return KEYPRESS_CTRL('p');
    case KEYPRESS_DOWN:
        return KEYPRESS_CTRL('n');
    case KEYPRESS_DELETE:
        return KEYPRESS_CTRL('d');
    case KEYPRESS_ESC:
        return KEYPRESS_CTRL_C;
    default:
        return keypress;
    }
}

enum prompt_answer prompt_input(struct prompt *prompt, const struct input *input)
{
    if (input->kind != INPUT_KEY && input->kind != INPUT_PASTE)
        return PROMPT_IGNORED;
    if (keypress_is_text(input->keypress))
        return insert(prompt, input->keypress);
    if (input->kind == INPUT_PASTE)
        return PROMPT_IGNORED;
    if (input->keypress == KEYPRESS_BACKSPACE)
        return remove_between(prompt, previous_of(prompt, prompt->cursor), prompt->cursor);
    if (input->keypress == KEYPRESS_ENTER) {
        remember(prompt);
        return PROMPT_ENTERED;
    }
    return press_control(prompt, control_of(input->keypress));
}

/* The columns for the label with ": ", so that the typed text has enough room. */
static int label_columns(const struct canvas *canvas, int columns, const char *label)
{
    int wanted = canvas_text_columns(canvas, label) + 2;
    int most = columns - (int)min_i64(columns, TYPED_COLUMNS_MIN);
    return wanted < most ? wanted : most;
}

/* Columns behind the cursor that stay visible: the mark of a text that goes on must not be where the cursor is. */
static int behind_cursor(const struct prompt *prompt, bool is_ascii)
{
    size_t next = next_of(prompt, prompt->cursor);
    if (prompt->cursor == prompt->length || next == prompt->length)
        return 0;
    return glyph_columns(prompt->text + prompt->cursor, next - prompt->cursor, is_ascii);
}

void prompt_draw(const struct prompt *prompt, struct canvas *canvas, struct area area, int row,
                 const char *label, enum role role)
{
    struct area line = area_row(area, row);
    if (line.rows == 0 || line.columns < 1)
        return;
    int label_end = label_columns(canvas, line.columns, label);
    struct area label_area = { line.column, line.row, label_end, 1 };
    struct area typed = { line.column + label_end, line.row, line.columns - label_end, 1 };
    canvas_fill(canvas, line, role, ' ');
    canvas_putf(canvas, label_area, 0, 0, role, "%s: ", label);

    size_t first = 0;
    int before = glyph_columns(prompt->text, prompt->cursor, canvas->is_ascii);
    int room = typed.columns - behind_cursor(prompt, canvas->is_ascii);
    while (before > 0 && before >= room) {
        first = next_of(prompt, first);
        before = glyph_columns(prompt->text + first, prompt->cursor - first, canvas->is_ascii);
    }
    canvas_put_bytes(canvas, typed, 0, 0, role, prompt->text + first, prompt->length - first);
    int column = typed.column + before;
    if (column < 0 || column >= canvas->columns || line.row < 0 || line.row >= canvas->rows)
        return;
    canvas->cursor_column = column;
    canvas->cursor_row = line.row;
}
