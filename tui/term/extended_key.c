#include "tui/term/extended_key.h"

#include "tui/term/keypress.h"

#include <stddef.h>
#include <string.h>

#define SHIFT 1
#define CTRL 4
#define CAPS_LOCK 64
#define LOCKS (CAPS_LOCK | 128)
#define RELEASE 3

#define KITTY_FIRST 57344 /* its numbers for keys without a character are in the private use area */
#define KITTY_LAST 63743

static const struct {
    int code;
    uint32_t keypress;
} code_keys[] = {
    { 8, KEYPRESS_BACKSPACE },
    { 9, KEYPRESS_TAB },
    { 13, KEYPRESS_ENTER },
    { 27, KEYPRESS_ESC },
    { 127, KEYPRESS_BACKSPACE },
    { 57409, '.' },
    { 57410, '/' },
    { 57411, '*' },
    { 57412, '-' },
    { 57413, '+' },
    { 57414, KEYPRESS_ENTER },
    { 57415, '=' },
    { 57417, KEYPRESS_LEFT },
    { 57418, KEYPRESS_RIGHT },
    { 57419, KEYPRESS_UP },
    { 57420, KEYPRESS_DOWN },
    { 57421, KEYPRESS_PAGE_UP },
    { 57422, KEYPRESS_PAGE_DOWN },
    { 57423, KEYPRESS_HOME },
    { 57424, KEYPRESS_END },
    { 57426, KEYPRESS_DELETE },
};

static int bits_of(int modifiers)
{
    return modifiers > 0 ? modifiers - 1 : 0;
}

bool extended_key_is_modified(int modifiers)
{
    return (bits_of(modifiers) & ~LOCKS) != 0;
}

static bool is_letter(uint32_t code)
{
    return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
}

/* Without modifiers. */
static uint32_t plain_keypress(int code)
{
    for (size_t i = 0; i < sizeof code_keys / sizeof code_keys[0]; i++)
        if (code_keys[i].code == code)
            return code_keys[i].keypress;
    if (code >= 57399 && code <= 57408)
        return (uint32_t)('0' + code - 57399);
    bool is_number = code >= KITTY_FIRST && code <= KITTY_LAST;
    return code > 0 && !is_number && keypress_is_text((uint32_t)code) ? (uint32_t)code
                                                                      : (uint32_t)KEYPRESS_NONE;
}

/*
 * The characters that most keyboards have without Shift: with Shift they are others, which depend on the keyboard. One
 * that acts must not be taken for another one.
 */
static bool changes_with_shift(uint32_t keypress)
{
    return keypress < 0x80 && keypress != ' ' && strchr("`1234567890-=[]\\;',./", (int)keypress);
}

static uint32_t shifted_keypress(const struct extended_key *key, uint32_t keypress)
{
    if (key->shifted > 0)
        return plain_keypress(key->shifted);
    if (keypress == KEYPRESS_TAB)
        return KEYPRESS_BACKTAB;
    if (keypress >= 'a' && keypress <= 'z')
        return keypress - 'a' + 'A';
    return !key->is_xterm && changes_with_shift(keypress) ? (uint32_t)KEYPRESS_NONE : keypress;
}

/* The same keys as without the report: Ctrl-i is Tab, Ctrl-m Enter, and Ctrl-[ Esc. */
static uint32_t control_keypress(uint32_t keypress)
{
    if (keypress == '[')
        return KEYPRESS_ESC;
    if (!is_letter(keypress))
        return KEYPRESS_NONE;
    uint32_t control = keypress & 0x1f;
    if (control == '\b' || control == '\t' || control == '\r')
        return plain_keypress((int)control);
    return control == '\n' ? (uint32_t)KEYPRESS_ENTER : control;
}

/* Caps Lock changes letters only, and Shift changes them back. */
static uint32_t locked_keypress(uint32_t keypress)
{
    return is_letter(keypress) ? keypress ^ 0x20 : keypress;
}

uint32_t extended_key_keypress(const struct extended_key *key)
{
    int bits = bits_of(key->modifiers);
    uint32_t keypress = plain_keypress(key->code);
    if (keypress == KEYPRESS_NONE || key->event >= RELEASE)
        return KEYPRESS_NONE;
    bool is_typed = (bits & ~LOCKS & ~SHIFT) == 0;
    if (is_typed && key->text > 0 && keypress_is_text((uint32_t)key->text))
        return (uint32_t)key->text;
    if ((bits & ~LOCKS) == CTRL)
        return control_keypress(keypress);
    if (!is_typed)
        return KEYPRESS_NONE;
    if (bits & SHIFT)
        keypress = shifted_keypress(key, keypress);
    return bits & CAPS_LOCK && !key->is_xterm ? locked_keypress(keypress) : keypress;
}
