/*
 * The menu of columns: which are shown, and in which order. The list behind it follows every key; Esc takes all back.
 */
#include "tui/console/console_state.h"

#include "engine/base/arith.h"

void console_columns_open(struct console *console)
{
    console->chooser = (struct chooser){ .is_open = true, .place = 0, .before = console->choice };
}

static void move(struct console *console, int by)
{
    console->chooser.place =
        (int)clamp_i64((int64_t)console->chooser.place + by, 0, COLUMN_CHOICE_COUNT - 1);
}

static void toggle(struct console *console)
{
    enum column column = console->choice.order[console->chooser.place];
    console->choice.is_shown[column] = !console->choice.is_shown[column];
}

static void carry(struct console *console, int by)
{
    console->chooser.place = column_choice_move(&console->choice, console->chooser.place, by);
}

static void press(struct console *console, uint32_t keypress)
{
    switch (keypress) {
    case 'j':
    case KEYPRESS_DOWN:
        move(console, 1);
        break;
    case 'k':
    case KEYPRESS_UP:
        move(console, -1);
        break;
    case 'g':
    case KEYPRESS_HOME:
        move(console, -COLUMN_CHOICE_COUNT);
        break;
    case 'G':
    case KEYPRESS_END:
        move(console, COLUMN_CHOICE_COUNT);
        break;
    case ' ':
        toggle(console);
        break;
    case '<':
    case 'K':
        carry(console, -1);
        break;
    case '>':
    case 'J':
        carry(console, 1);
        break;
    case '0':
        column_choice_reset(&console->choice);
        break;
    case KEYPRESS_ENTER:
    case 'c':
    case 'q':
        console->chooser.is_open = false;
        break;
    case KEYPRESS_ESC:
    case KEYPRESS_CTRL_C:
        console->choice = console->chooser.before;
        console->chooser.is_open = false;
        break;
    default:
        break;
    }
}

enum typing_use console_columns_use(uint32_t keypress)
{
    switch (keypress) {
    case 'j':
    case 'k':
    case KEYPRESS_DOWN:
    case KEYPRESS_UP:
        return TYPING_MOVE;
    case '<':
    case '>':
    case 'J':
    case 'K':
        return TYPING_STEP;
    default:
        return TYPING_TEXT;
    }
}

void console_columns_answer(struct console *console, const struct input *input)
{
    if (input->kind == INPUT_WHEEL_UP || input->kind == INPUT_WHEEL_DOWN)
        move(console, input->kind == INPUT_WHEEL_UP ? -1 : 1);
    if (input->kind != INPUT_KEY)
        return;
    press(console, input->keypress);
    console->columns_skipped = 0;
}
