#include "tui/linear/linear_dialog.h"

#include <string.h>

bool linear_dialog_is_open(const struct linear *linear)
{
    return linear->console->dialog.kind != DIALOG_NONE;
}

/* The guard rails' opinion on a scale by hand comes with a later snapshot. */
static bool is_checked(const struct console *console)
{
    const struct dialog *dialog = &console->dialog;
    const struct snapshot_detail *detail = console->shown ? console->shown->detail : NULL;
    return dialog->kind != DIALOG_SCALE ||
           (detail && detail->slot == dialog->slot && detail->manual_delta == dialog->delta &&
            strcmp(detail->name->id, dialog->id) == 0);
}

static void keep_read_out(struct linear *linear, const struct dialog_text *text)
{
    struct read_out *read_out = &linear->read_out;
    *read_out = (struct read_out){ .must_type = text->must_type,
                                   .objections = text->objections,
                                   .figures = text->figures };
    memcpy(read_out->wanted, text->wanted, sizeof read_out->wanted);
    linear->is_asking = true;
}

static bool is_as_read_out(const struct linear *linear, const struct dialog_text *text)
{
    const struct read_out *read_out = &linear->read_out;
    return !text->is_refused && text->must_type == read_out->must_type &&
           text->objections == read_out->objections &&
           strcmp(text->wanted, read_out->wanted) == 0 &&
           memcmp(&text->figures, &read_out->figures, sizeof text->figures) == 0;
}

void linear_dialog_read_out(struct linear *linear)
{
    struct dialog_text text;
    if (!linear_dialog_is_open(linear) || linear->is_asking || !is_checked(linear->console))
        return;
    console_commands_describe(linear->console, &text);
    linear->console->dialog.has_agreed = false;
    dialog_follow(&linear->console->dialog, &text);
    linear_say(linear, "%s", text.title);
    for (size_t i = 0; i < text.line_count; i++)
        linear_say(linear, "%s", text.lines[i]);
    if (text.is_refused) {
        console_commands_close(linear->console);
        linear_say(linear, "It cannot be done; nothing was sent.");
        return;
    }
    linear_say(linear, "%s: type %s to go on; anything else cancels.", text.action,
               text.must_type ? text.wanted : DIALOG_YES);
    keep_read_out(linear, &text);
}

static void press(struct linear *linear, uint32_t keypress)
{
    struct input input = { .kind = INPUT_KEY, .keypress = keypress, .came = linear->console->now };
    console_commands_answer(linear->console, &input);
}

static void agree(struct linear *linear, const struct dialog_text *text)
{
    if (text->must_leave)
        press(linear, KEYPRESS_TAB);
    for (const char *c = text->wanted; text->must_type && *c; c++)
        press(linear, (unsigned char)*c);
    if (linear_dialog_is_open(linear)) {
        linear->console->dialog.focus = FOCUS_ACTION;
        press(linear, KEYPRESS_ENTER);
    }
}

/* The answer is to what was read out. When that has changed, nothing is done, and the dialog is read out again. */
void linear_dialog_answer(struct linear *linear, const char *line)
{
    struct dialog_text text;
    const struct read_out *read_out = &linear->read_out;
    bool is_yes =
        linear->is_asking && strcmp(line, read_out->must_type ? read_out->wanted : DIALOG_YES) == 0;
    console_commands_describe(linear->console, &text);
    if (!is_yes)
        press(linear, KEYPRESS_ESC);
    else if (is_as_read_out(linear, &text))
        agree(linear, &text);
    else
        linear_say(linear, "It has changed, nothing was sent:");
    linear->is_asking = false;
}
