#include "tui/term/keypress.h"

#include "engine/base/text.h"
#include "tui/draw/utf8.h"

#include <string.h>

static const struct keypress_row {
    uint32_t keypress;
    const char *name;
} keypress_rows[] = {
    { ' ', "Space" },
    { KEYPRESS_ENTER, "Enter" },
    { KEYPRESS_ESC, "Esc" },
    { KEYPRESS_TAB, "Tab" },
    { KEYPRESS_BACKTAB, "S-Tab" },
    { KEYPRESS_BACKSPACE, "Backspace" },
    { KEYPRESS_DELETE, "Delete" },
    { KEYPRESS_UP, "Up" },
    { KEYPRESS_DOWN, "Down" },
    { KEYPRESS_LEFT, "Left" },
    { KEYPRESS_RIGHT, "Right" },
    { KEYPRESS_HOME, "Home" },
    { KEYPRESS_END, "End" },
    { KEYPRESS_PAGE_UP, "PgUp" },
    { KEYPRESS_PAGE_DOWN, "PgDn" },
    { KEYPRESS_F1, "F1" },
    { KEYPRESS_F2, "F2" },
    { KEYPRESS_F3, "F3" },
    { KEYPRESS_F4, "F4" },
    { KEYPRESS_F5, "F5" },
    { KEYPRESS_F6, "F6" },
    { KEYPRESS_F7, "F7" },
    { KEYPRESS_F8, "F8" },
    { KEYPRESS_F9, "F9" },
    { KEYPRESS_F10, "F10" },
    { KEYPRESS_F11, "F11" },
    { KEYPRESS_F12, "F12" },
};

#define KEYPRESS_ROW_COUNT (sizeof keypress_rows / sizeof keypress_rows[0])
#define CTRL_PREFIX "Ctrl-"
#define CTRL_PREFIX_LENGTH (sizeof CTRL_PREFIX - 1)

/* Backspace, Tab and Enter send these codes, so the letter with Ctrl cannot be told apart from them. */
static bool is_control_letter(uint32_t keypress)
{
    return keypress >= 1 && keypress <= 26 && !strchr("\b\t\n\r", (int)keypress);
}

void keypress_name(uint32_t keypress, char ret_name[KEYPRESS_NAME_SIZE])
{
    struct text text;
    text_init(&text, ret_name, KEYPRESS_NAME_SIZE);
    for (size_t i = 0; i < KEYPRESS_ROW_COUNT; i++)
        if (keypress_rows[i].keypress == keypress)
            text_add(&text, keypress_rows[i].name);
    char bytes[UTF8_SIZE_MAX];
    if (text.length > 0)
        return;
    if (is_control_letter(keypress))
        text_addf(&text, CTRL_PREFIX "%c", (int)keypress + 'a' - 1);
    else if (keypress_is_text(keypress))
        text_add_bytes(&text, bytes, utf8_encode(keypress, bytes));
    else
        text_add(&text, "none");
}

uint32_t keypress_parse(const char *name, size_t length)
{
    for (size_t i = 0; i < KEYPRESS_ROW_COUNT; i++)
        if (strlen(keypress_rows[i].name) == length &&
            memcmp(keypress_rows[i].name, name, length) == 0)
            return keypress_rows[i].keypress;
    uint32_t keypress;
    if (length == CTRL_PREFIX_LENGTH + 1 && memcmp(name, CTRL_PREFIX, CTRL_PREFIX_LENGTH) == 0) {
        keypress = (uint32_t)name[length - 1] - 'a' + 1;
        return is_control_letter(keypress) ? keypress : KEYPRESS_NONE;
    }
    if (length > 0 && utf8_decode(name, length, &keypress) == length && keypress_is_text(keypress))
        return keypress;
    return KEYPRESS_NONE;
}

bool keypress_is_text(uint32_t keypress)
{
    return keypress < KEYPRESS_ENTER && code_point_is_printable(keypress);
}
