#include "tui/console/dialog.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "tui/list/columns.h"

#include <stdlib.h>
#include <string.h>

/* Rows of the menu that PgUp and PgDn move over. */
#define MENU_PAGE 10
#define MINUTE_MS 60000

/* --- kinds ----------------------------------------------------------------------------------------------------- */

static const struct dialog_row dialog_rows[] = {
#define DIALOG(id, effect, subject, command, phrase)                                               \
    [DIALOG_##id] = { DIALOG_##effect, DIALOG_ABOUT_##subject, COMMAND_##command, phrase },
#include "tui/console/dialogs.def"
#undef DIALOG
};

const struct dialog_row *dialog_row(enum dialog_kind kind)
{
    must(kind != DIALOG_NONE);
    return &dialog_rows[kind];
}

bool dialog_is_about_row(enum dialog_kind kind)
{
    return kind != DIALOG_NONE && dialog_row(kind)->subject == DIALOG_ABOUT_ROW;
}

void dialog_open(struct dialog *dialog, enum dialog_kind kind, uint32_t slot,
                 const struct snapshot_row *row)
{
    must(row || !dialog_is_about_row(kind));
    *dialog = (struct dialog){ .kind = kind, .focus = FOCUS_CANCEL, .slot = SLOT_NONE, .delta = 1 };
    prompt_open(&dialog->typed, "");
    if (!row)
        return;
    struct text id;
    text_init(&id, dialog->id, sizeof dialog->id);
    text_add(&id, row->name->id);
    dialog->slot = slot;
}

/* --- keys ------------------------------------------------------------------------------------------------------ */

static bool is_typed(const struct dialog *dialog, const struct dialog_text *text)
{
    return !text->must_type || strcmp(dialog->typed.text, text->wanted) == 0;
}

static void agree(struct dialog *dialog, const struct dialog_text *text)
{
    dialog->has_agreed = true;
    dialog->agreed = text->figures;
    dialog->agreed_at = text->figures_at;
}

static bool is_agreed(const struct dialog *dialog, const struct dialog_text *text)
{
    return memcmp(&dialog->agreed, &text->figures, sizeof dialog->agreed) == 0;
}

static void move_off(struct dialog *dialog)
{
    dialog->is_moved_off = dialog->is_moved_off || dialog->focus == FOCUS_ACTION;
    dialog->focus = FOCUS_CANCEL;
}

void dialog_follow(struct dialog *dialog, const struct dialog_text *text)
{
    bool is_other = text->must_type && strcmp(dialog->asked, text->wanted) != 0;
    bool is_worse = text->objection_count > 0 && text->objections != dialog->objections;
    if (is_worse)
        prompt_open(&dialog->typed, "");
    if (text->is_refused || is_other || is_worse)
        move_off(dialog);
    if (!dialog->has_agreed)
        agree(dialog, text);
    memcpy(dialog->asked, text->wanted, sizeof dialog->asked);
    dialog->objections = text->objections;
}

static enum dialog_answer set_focus(struct dialog *dialog, const struct dialog_text *text,
                                    enum dialog_focus focus)
{
    if (focus == dialog->focus || text->is_refused)
        return DIALOG_OPEN;
    dialog->is_answering = dialog->is_answering || text->must_leave;
    dialog->is_moved_off = false;
    dialog->is_focus_given = false;
    dialog->focus = focus;
    return DIALOG_CHANGED;
}

/* The typed answer has already moved the focus to the action: Tab by habit must not take it away. */
static enum dialog_answer press_tab(struct dialog *dialog, const struct dialog_text *text)
{
    bool is_kept = dialog->is_focus_given && dialog->focus == FOCUS_ACTION;
    dialog->is_focus_given = false;
    if (is_kept)
        return DIALOG_OPEN;
    return set_focus(dialog, text, dialog->focus == FOCUS_ACTION ? FOCUS_CANCEL : FOCUS_ACTION);
}

static enum dialog_answer take_outdated(struct dialog *dialog, const struct dialog_text *text)
{
    dialog->is_moved_off = false;
    if (!is_agreed(dialog, text) && text->must_type) {
        prompt_open(&dialog->typed, "");
        dialog->focus = FOCUS_CANCEL;
    }
    agree(dialog, text);
    return DIALOG_OUTDATED;
}

static enum dialog_answer press_button(struct dialog *dialog, const struct dialog_text *text)
{
    if (dialog->is_moved_off)
        return take_outdated(dialog, text);
    if (text->is_refused || dialog->focus == FOCUS_CANCEL)
        return DIALOG_CANCELLED;
    if (!is_typed(dialog, text))
        return DIALOG_OPEN;
    return is_agreed(dialog, text) ? DIALOG_DECIDED : take_outdated(dialog, text);
}

/* A new delta needs a new answer: the typed answer is cleared. A delta of 0 is ignored. */
static enum dialog_answer set_delta(struct dialog *dialog, int64_t delta)
{
    delta = clamp_i64(delta, -DIALOG_DELTA_MAX, DIALOG_DELTA_MAX);
    if (delta == 0 || delta == dialog->delta)
        return DIALOG_OPEN;
    dialog->delta = (int32_t)delta;
    dialog->focus = FOCUS_CANCEL;
    dialog->is_moved_off = false;
    dialog->objections = 0;
    dialog->is_answering = false;
    dialog->asked[0] = '\0';
    prompt_open(&dialog->typed, "");
    return DIALOG_CHANGED;
}

static enum dialog_answer step_delta(struct dialog *dialog, int step)
{
    int64_t delta = (int64_t)dialog->delta + step;
    dialog->is_delta_typed = false;
    return set_delta(dialog, delta != 0 ? delta : step);
}

/* Appends a digit to the typed number, or begins a new number. The sign stays. */
static enum dialog_answer add_digit(struct dialog *dialog, int digit)
{
    int sign = dialog->delta < 0 ? -1 : 1;
    int64_t number = dialog->is_delta_typed ? (int64_t)dialog->delta * 10 : 0;
    number += sign < 0 ? -digit : digit;
    if (number == 0 || llabs(number) > DIALOG_DELTA_MAX)
        return DIALOG_OPEN;
    dialog->is_delta_typed = true;
    return set_delta(dialog, number);
}

/* Removes the last digit. The last remaining digit becomes 1, and the next digit begins a new number. */
static enum dialog_answer take_digit(struct dialog *dialog)
{
    int sign = dialog->delta < 0 ? -1 : 1;
    int64_t number = dialog->delta / 10; /* rounds towards 0 */
    dialog->is_delta_typed = number != 0;
    return set_delta(dialog, number != 0 ? number : sign);
}

static bool is_pause(const struct dialog *dialog)
{
    return dialog->kind == DIALOG_PAUSE_ROW || dialog->kind == DIALOG_PAUSE_ALL;
}

/* Another length has to be looked at before the pause is pressed. */
static enum dialog_answer set_minutes(struct dialog *dialog, int64_t minutes)
{
    int64_t for_ms = minutes * MINUTE_MS;
    if (minutes > DIALOG_PAUSE_MINUTES_MAX || for_ms == dialog->for_ms)
        return DIALOG_OPEN;
    dialog->for_ms = for_ms;
    dialog->focus = FOCUS_CANCEL;
    return DIALOG_CHANGED;
}

static enum dialog_answer change_minutes(struct dialog *dialog, uint32_t keypress)
{
    int64_t minutes = dialog->for_ms / MINUTE_MS;
    return set_minutes(dialog, keypress == KEYPRESS_BACKSPACE ? minutes / 10
                                                              : minutes * 10 + (keypress - '0'));
}

static bool is_digit(uint32_t keypress)
{
    return keypress >= '0' && keypress <= '9';
}

static bool wants_word(const struct dialog_text *text)
{
    return strcmp(text->wanted, DIALOG_YES) == 0;
}

/* Edits the number or the word that must be typed. */
static enum dialog_answer type_answer(struct dialog *dialog, const struct input *input,
                                      const struct dialog_text *text)
{
    bool is_word = wants_word(text);
    if (keypress_is_text(input->keypress) && is_digit(input->keypress) == is_word)
        return DIALOG_OPEN;
    enum prompt_answer answer = prompt_input(&dialog->typed, input);
    if (answer != PROMPT_CHANGED && answer != PROMPT_MOVED)
        return DIALOG_OPEN;
    dialog->is_focus_given = is_typed(dialog, text);
    dialog->focus = dialog->is_focus_given ? FOCUS_ACTION : FOCUS_CANCEL;
    dialog->is_moved_off = false;
    return DIALOG_CHANGED;
}

static enum dialog_answer change_delta(struct dialog *dialog, uint32_t keypress)
{
    if (keypress == '+' || keypress == '=' || keypress == KEYPRESS_UP)
        return step_delta(dialog, 1);
    if (keypress == '-' || keypress == KEYPRESS_DOWN)
        return step_delta(dialog, -1);
    if (keypress == KEYPRESS_BACKSPACE)
        return take_digit(dialog);
    return is_digit(keypress) ? add_digit(dialog, (int)(keypress - '0')) : DIALOG_OPEN;
}

/* Keys that change a delta by one may repeat. */
static bool is_step(uint32_t keypress)
{
    return keypress == '+' || keypress == '=' || keypress == '-' || keypress == KEYPRESS_UP ||
           keypress == KEYPRESS_DOWN;
}

/* Keys that edit a number. */
static enum dialog_answer edit(struct dialog *dialog, const struct input *input,
                               const struct dialog_text *text)
{
    bool is_erasing = input->keypress == KEYPRESS_BACKSPACE && dialog->typed.length == 0;
    bool is_answer = dialog->is_answering && text->must_type && !wants_word(text);
    bool is_number = is_digit(input->keypress) && !is_answer;
    if (dialog->kind == DIALOG_SCALE && (is_step(input->keypress) || is_erasing || is_number))
        return change_delta(dialog, input->keypress);
    if (is_pause(dialog) && (is_digit(input->keypress) || input->keypress == KEYPRESS_BACKSPACE))
        return change_minutes(dialog, input->keypress);
    return text->must_type ? type_answer(dialog, input, text) : DIALOG_OPEN;
}

static enum dialog_answer choose(struct dialog *dialog, int choice)
{
    choice = (int)clamp_i64(choice, 0, COLUMN_COUNT - 1);
    if (choice == dialog->choice)
        return DIALOG_OPEN;
    dialog->choice = choice;
    return DIALOG_CHANGED;
}

static enum dialog_answer press_in_menu(struct dialog *dialog, uint32_t keypress)
{
    switch (keypress) {
    case 'j':
    case KEYPRESS_DOWN:
    case KEYPRESS_TAB:
        return choose(dialog, dialog->choice + 1);
    case 'k':
    case KEYPRESS_UP:
    case KEYPRESS_BACKTAB:
        return choose(dialog, dialog->choice - 1);
    case KEYPRESS_PAGE_DOWN:
        return choose(dialog, dialog->choice + MENU_PAGE);
    case KEYPRESS_PAGE_UP:
        return choose(dialog, dialog->choice - MENU_PAGE);
    case 'g':
    case KEYPRESS_HOME:
        return choose(dialog, 0);
    case 'G':
    case KEYPRESS_END:
        return choose(dialog, COLUMN_COUNT - 1);
    case KEYPRESS_ENTER:
        return DIALOG_DECIDED;
    default:
        return DIALOG_OPEN;
    }
}

static enum dialog_answer press(struct dialog *dialog, const struct input *input,
                                const struct dialog_text *text)
{
    switch (input->keypress) {
    case KEYPRESS_ENTER:
        return press_button(dialog, text);
    case KEYPRESS_TAB:
    case KEYPRESS_BACKTAB:
        return press_tab(dialog, text);
    case KEYPRESS_LEFT:
        return set_focus(dialog, text, FOCUS_CANCEL);
    case KEYPRESS_RIGHT:
        return set_focus(dialog, text, FOCUS_ACTION);
    default:
        return edit(dialog, input, text);
    }
}

/* The letters that move in the menu. */
static bool is_menu_move(uint32_t keypress)
{
    return keypress == 'j' || keypress == 'k' || keypress == 'g' || keypress == 'G';
}

enum typing_use dialog_use(const struct dialog *dialog, uint32_t keypress)
{
    if (keypress == KEYPRESS_ENTER)
        return TYPING_ACT;
    if (keypress == KEYPRESS_CTRL_C)
        return TYPING_TEXT;
    if (dialog->kind == DIALOG_SORT)
        return keypress_is_text(keypress) && !is_menu_move(keypress) ? TYPING_TEXT : TYPING_MOVE;
    if (dialog->kind == DIALOG_SCALE && is_step(keypress))
        return TYPING_STEP;
    return keypress_is_text(keypress) ? TYPING_TEXT : TYPING_STEP;
}

void dialog_distrust(struct dialog *dialog)
{
    dialog->is_moved_off = false;
    dialog->focus = FOCUS_CANCEL;
    prompt_open(&dialog->typed, "");
}

enum dialog_answer dialog_input(struct dialog *dialog, const struct input *input,
                                const struct dialog_text *text)
{
    must(dialog->kind != DIALOG_NONE);
    if (input->kind != INPUT_KEY)
        return DIALOG_OPEN;
    if (input->keypress == KEYPRESS_ESC || input->keypress == KEYPRESS_CTRL_C ||
        input->keypress == 'q')
        return DIALOG_CANCELLED;
    if (dialog->kind == DIALOG_SORT)
        return press_in_menu(dialog, input->keypress);
    return press(dialog, input, text);
}
