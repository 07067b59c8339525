#include "tui/term/key.h"

#include "engine/base/text.h"
#include "tui/draw/utf8.h"

#include <string.h>

static const struct chord_row {
    uint32_t chord;
    const char *name;
} chord_rows[] = {
    { ' ', "Space" },           { CHORD_ENTER, "Enter" },   { CHORD_ESC, "Esc" },
    { CHORD_TAB, "Tab" },       { CHORD_BACKTAB, "S-Tab" }, { CHORD_BACKSPACE, "Backspace" },
    { CHORD_DELETE, "Delete" }, { CHORD_UP, "Up" },         { CHORD_DOWN, "Down" },
    { CHORD_LEFT, "Left" },     { CHORD_RIGHT, "Right" },   { CHORD_HOME, "Home" },
    { CHORD_END, "End" },       { CHORD_PAGE_UP, "PgUp" },  { CHORD_PAGE_DOWN, "PgDn" },
    { CHORD_F1, "F1" },         { CHORD_F2, "F2" },         { CHORD_F3, "F3" },
    { CHORD_F4, "F4" },         { CHORD_F5, "F5" },         { CHORD_F6, "F6" },
    { CHORD_F7, "F7" },         { CHORD_F8, "F8" },         { CHORD_F9, "F9" },
    { CHORD_F10, "F10" },       { CHORD_F11, "F11" },       { CHORD_F12, "F12" },
};

#define CHORD_ROW_COUNT (sizeof chord_rows / sizeof chord_rows[0])
#define CTRL_PREFIX "Ctrl-"
#define CTRL_PREFIX_LENGTH (sizeof CTRL_PREFIX - 1)

/* Backspace, Tab and Enter send these codes, so the letter with Ctrl cannot be told apart from them. */
static bool is_control_letter(uint32_t chord)
{
    return chord >= 1 && chord <= 26 && !strchr("\b\t\n\r", (int)chord);
}

void chord_name(uint32_t chord, char ret_name[CHORD_NAME_SIZE])
{
    struct text text;
    text_init(&text, ret_name, CHORD_NAME_SIZE);
    for (size_t i = 0; i < CHORD_ROW_COUNT; i++)
        if (chord_rows[i].chord == chord)
            text_add(&text, chord_rows[i].name);
    char bytes[UTF8_SIZE_MAX];
    if (text.length > 0)
        return;
    if (is_control_letter(chord))
        text_addf(&text, CTRL_PREFIX "%c", (int)chord + 'a' - 1);
    else if (chord_is_text(chord))
        text_add_bytes(&text, bytes, utf8_encode(chord, bytes));
    else
        text_add(&text, "none");
}

uint32_t chord_parse(const char *name, size_t length)
{
    for (size_t i = 0; i < CHORD_ROW_COUNT; i++)
        if (strlen(chord_rows[i].name) == length && memcmp(chord_rows[i].name, name, length) == 0)
            return chord_rows[i].chord;
    uint32_t chord;
    if (length == CTRL_PREFIX_LENGTH + 1 && memcmp(name, CTRL_PREFIX, CTRL_PREFIX_LENGTH) == 0) {
        chord = (uint32_t)name[length - 1] - 'a' + 1;
        return is_control_letter(chord) ? chord : CHORD_NONE;
    }
    if (length > 0 && utf8_decode(name, length, &chord) == length && chord_is_text(chord))
        return chord;
    return CHORD_NONE;
}

bool chord_is_text(uint32_t chord)
{
    return chord < CHORD_ENTER && code_point_is_printable(chord);
}
