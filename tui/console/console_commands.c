#include "tui/console/console_state.h"

#include "engine/base/text.h"

#include <inttypes.h>
#include <string.h>

/* --- refusals -------------------------------------------------------------------------------------------------- */

bool console_commands_is_stopping(const struct console *console)
{
    const struct snapshot *newest = console_newest(console);
    return console->is_stop_asked || (newest && newest->engine.is_stopping);
}

/* Why the engine cannot accept this command now; NULL: it can. */
static const char *refusal_of(const struct console *console, bool is_steering)
{
    if (!console->shown)
        return "nothing has come from the engine yet: nothing can be asked of it";
    if (console_commands_is_stopping(console))
        return "the engine is stopping: nothing can be asked of it";
    if (console->is_frozen)
        return "the display is frozen and may be out of date: press z to resume it";
    if (is_steering && console->shown->engine.is_read_only)
        return "read-only: nothing can be changed from here";
    return NULL;
}

/* --- commands -------------------------------------------------------------------------------------------------- */

static bool send(struct console *console, struct command *command)
{
    command->serial = ++console->serial;
    if (console->port.send(console->port.context, command) == 0)
        return true;
    console_message(console, ROLE_ERROR, "the engine takes no more commands now: nothing was sent");
    return false;
}

static const char *phrase_of(enum command_kind kind)
{
    switch (kind) {
    case COMMAND_PASS:
        return "run a pass";
    case COMMAND_DISCOVERY:
        return "discover";
    case COMMAND_PAUSE_ALL:
        return "pause all";
    case COMMAND_RESUME_ALL:
        return "resume all";
    case COMMAND_PAUSE:
        return "pause";
    case COMMAND_RESUME:
        return "resume";
    case COMMAND_DRY_RUN_ON:
        return "dry-run on";
    case COMMAND_DRY_RUN_OFF:
        return "dry-run off";
    case COMMAND_SCALE:
        return "scale by hand";
    case COMMAND_FOCUS:
        return "explain";
    case COMMAND_STOP:
        return "stop";
    }
    return "";
}

/* Sends a command for the whole fleet. */
static bool ask(struct console *console, enum command_kind kind)
{
    struct command command = { .kind = kind, .slot = SLOT_NONE };
    if (!send(console, &command))
        return false;
    console_message(console, ROLE_NORMAL, "asked: %s", phrase_of(kind));
    return true;
}

/* Sends a command for the dialog's deployment. */
static void ask_for_row(struct console *console, enum command_kind kind,
                        const struct dialog *dialog, bool is_forced)
{
    struct command command = { .kind = kind, .slot = dialog->slot, .is_forced = is_forced };
    memcpy(command.id, dialog->id, sizeof command.id);
    if (kind == COMMAND_SCALE)
        command.delta = dialog->delta;
    if (!send(console, &command))
        return;
    const struct snapshot_row *row = snapshot_row_at(console->shown, dialog->slot);
    const char *name = row ? row->name->shown : "";
    if (kind == COMMAND_SCALE)
        console_message(console, ROLE_NORMAL, "asked: scale %s by hand, %+" PRId32, name,
                        dialog->delta);
    else
        console_message(console, ROLE_NORMAL, "asked: %s %s", phrase_of(kind), name);
}

/* --- opening dialogs ------------------------------------------------------------------------------------------- */

static struct dialog_limits limits_of(const struct console *console)
{
    return (struct dialog_limits){ console->config.confirm_above_ppb };
}

void console_commands_describe(const struct console *console, struct dialog_text *ret_text)
{
    struct dialog_limits limits = limits_of(console);
    dialog_describe(&console->dialog, console->shown, &limits, ret_text);
    if (ret_text->objection_count > 0 && !console->renderer->has_dialog_room(console, ret_text)) {
        /* An objection that cannot be read must not be confirmed. */
        static const char sentence[] = "this terminal is too small to show what objects";
        ret_text->is_refused = true;
        ret_text->must_type = false;
        ret_text->line_count = 1;
        memcpy(ret_text->lines[0], sentence, sizeof sentence);
    }
}

/* Recalculates the dialog's text, and moves its focus if the action is no longer available. */
static void adapt(struct console *console)
{
    struct dialog_text text;
    console_commands_describe(console, &text);
    dialog_follow(&console->dialog, &text);
}

static void open(struct console *console, enum dialog_kind kind)
{
    dialog_open(&console->dialog, kind, SLOT_NONE, NULL);
    adapt(console);
}

void console_commands_sort(struct console *console)
{
    open(console, DIALOG_SORT);
    console->dialog.choice = (int)console->sort;
}

void console_commands_suspend(struct console *console)
{
    open(console, DIALOG_SUSPEND);
}

void console_commands_quit(struct console *console)
{
    open(console, DIALOG_QUIT);
}

static void pause_all(struct console *console)
{
    open(console, console->shown->engine.is_paused ? DIALOG_RESUME_ALL : DIALOG_PAUSE_ALL);
}

static void dry_run(struct console *console)
{
    open(console, console->shown->engine.is_dry_run ? DIALOG_DRY_RUN_OFF : DIALOG_DRY_RUN_ON);
}

/* A pass would also start by the clock, so it starts without a dialog unless it would move much. */
static void run_pass(struct console *console)
{
    const struct snapshot_engine *engine = &console->shown->engine;
    struct dialog_limits limits = limits_of(console);
    bool can_move = !engine->is_paused && !engine->is_dry_run && !engine->is_read_only;
    if (can_move && dialog_is_large(console->shown, &limits))
        open(console, DIALOG_PASS);
    else
        ask(console, COMMAND_PASS);
}

static void discover(struct console *console)
{
    ask(console, COMMAND_DISCOVERY);
}

/* The row that a key acts on. NULL: there is none, and a message was shown. */
static const struct snapshot_row *row_to_steer(struct console *console)
{
    const struct snapshot_row *row = console_cursor_row(console);
    if (!row)
        console_message(console, ROLE_WARN, "there is no deployment under the cursor");
    return row;
}

static void pause_row(struct console *console)
{
    const struct snapshot_row *row = row_to_steer(console);
    if (!row)
        return;
    bool is_by_policy =
        row->state == STATE_PAUSED && !row->is_paused && !console->shown->engine.is_paused;
    if (is_by_policy) {
        console_message(console, ROLE_WARN, "a policy pauses %s: the configuration decides",
                        row->name->shown);
        return;
    }
    dialog_open(&console->dialog, row->is_paused ? DIALOG_RESUME_ROW : DIALOG_PAUSE_ROW,
                console->cursor.slot, row);
    adapt(console);
}

static void scale(struct console *console, int32_t delta)
{
    const struct snapshot_row *row = row_to_steer(console);
    if (!row)
        return;
    dialog_open(&console->dialog, DIALOG_SCALE, console->cursor.slot, row);
    console->dialog.delta = delta;
    adapt(console);
}

static void scale_up(struct console *console)
{
    scale(console, 1);
}

static void scale_down(struct console *console)
{
    scale(console, -1);
}

static const struct {
    enum act act;
    bool is_steering;
    void (*run)(struct console *console);
} steer_acts[] = {
    { ACT_PAUSE_ALL, true, pause_all },   { ACT_PAUSE_ROW, true, pause_row },
    { ACT_PASS, false, run_pass },        { ACT_DISCOVER, false, discover },
    { ACT_DRY_RUN, true, dry_run },       { ACT_SCALE_UP, true, scale_up },
    { ACT_SCALE_DOWN, true, scale_down },
};

void console_commands_act(struct console *console, enum act act)
{
    for (size_t i = 0; i < sizeof steer_acts / sizeof steer_acts[0]; i++) {
        if (steer_acts[i].act != act)
            continue;
        const char *refusal = refusal_of(console, steer_acts[i].is_steering);
        if (refusal)
            console_message(console, ROLE_WARN, "%s", refusal);
        else
            steer_acts[i].run(console);
    }
}

/* --- decisions ------------------------------------------------------------------------------------------------- */

static void close_dialog(struct console *console)
{
    console->dialog.kind = DIALOG_NONE;
}

static void stop(struct console *console)
{
    if (ask(console, COMMAND_STOP))
        console->is_stop_asked = true;
}

/* The dialog is closed already, so the messages from here stay on the screen. */
static void decide(struct console *console, const struct dialog *dialog,
                   const struct dialog_text *text)
{
    switch (dialog->kind) {
    case DIALOG_NONE:
        break;
    case DIALOG_PAUSE_ALL:
        ask(console, COMMAND_PAUSE_ALL);
        break;
    case DIALOG_RESUME_ALL:
        ask(console, COMMAND_RESUME_ALL);
        break;
    case DIALOG_PAUSE_ROW:
        ask_for_row(console, COMMAND_PAUSE, dialog, false);
        break;
    case DIALOG_RESUME_ROW:
        ask_for_row(console, COMMAND_RESUME, dialog, false);
        break;
    case DIALOG_DRY_RUN_ON:
        ask(console, COMMAND_DRY_RUN_ON);
        break;
    case DIALOG_DRY_RUN_OFF:
        ask(console, COMMAND_DRY_RUN_OFF);
        break;
    case DIALOG_PASS:
        ask(console, COMMAND_PASS);
        break;
    case DIALOG_SCALE:
        /* The objections were shown, and the answer to them was typed. */
        ask_for_row(console, COMMAND_SCALE, dialog, text->objection_count > 0);
        break;
    case DIALOG_SORT:
        console_list_sort(console, (enum column)dialog->choice);
        break;
    case DIALOG_SUSPEND:
        console_wish(console, WISH_SUSPEND);
        break;
    case DIALOG_QUIT:
        stop(console);
        break;
    }
}

void console_commands_answer(struct console *console, const struct input *input)
{
    struct dialog_text text;
    console_commands_describe(console, &text);
    dialog_follow(&console->dialog, &text);
    switch (dialog_input(&console->dialog, input, &text)) {
    case DIALOG_OPEN:
        if (input->keypress == KEYPRESS_ENTER && text.must_type)
            console_message(console, ROLE_WARN, "type %s to go on", text.wanted);
        break;
    case DIALOG_CHANGED:
        adapt(console);
        break;
    case DIALOG_CANCELLED:
        close_dialog(console);
        break;
    case DIALOG_DECIDED: {
        struct dialog decided = console->dialog;
        close_dialog(console);
        decide(console, &decided, &text);
        break;
    }
    }
}

/* --- open dialog and new snapshots ----------------------------------------------------------------------------- */

static bool is_about_the_engine(enum dialog_kind kind)
{
    return kind != DIALOG_SORT && kind != DIALOG_SUSPEND && kind != DIALOG_QUIT;
}

static bool is_row_there(const struct console *console)
{
    const struct snapshot_row *row = snapshot_row_at(console->shown, console->dialog.slot);
    return row && strcmp(row->name->id, console->dialog.id) == 0;
}

/* Why the dialog must close; NULL: it can stay open. */
static const char *loss_of(const struct console *console)
{
    enum dialog_kind kind = console->dialog.kind;
    if (kind == DIALOG_QUIT && console_commands_is_stopping(console))
        return "the engine is stopping";
    if (!is_about_the_engine(kind))
        return NULL;
    if (console->is_stale)
        return "the engine has said nothing for too long";
    if (dialog_is_about_row(kind) && !is_row_there(console))
        return "the deployment is not there any more";
    return refusal_of(console, kind != DIALOG_PASS);
}

void console_commands_follow(struct console *console)
{
    if (console->dialog.kind == DIALOG_NONE)
        return;
    const char *loss = loss_of(console);
    if (!loss) {
        adapt(console);
        return;
    }
    close_dialog(console);
    console_message(console, ROLE_WARN, "cancelled: %s", loss);
}

/* --- explained deployment -------------------------------------------------------------------------------------- */

static struct focus focus_wanted(const struct console *console)
{
    const struct dialog *dialog = &console->dialog;
    struct focus focus = { .slot = SLOT_NONE };
    if (dialog->kind == DIALOG_SCALE) {
        focus.slot = dialog->slot;
        focus.delta = dialog->delta;
        memcpy(focus.id, dialog->id, sizeof focus.id);
    } else if (console_is_explaining(console) && console->cursor.slot != SLOT_NONE) {
        focus.slot = console->cursor.slot;
        memcpy(focus.id, console->cursor.id, sizeof focus.id);
    }
    return focus;
}

/* When it cannot be sent now, it is sent with the next event. */
void console_commands_focus(struct console *console)
{
    struct focus focus = focus_wanted(console);
    bool is_known = focus.slot == console->focus.slot && focus.delta == console->focus.delta &&
                    strcmp(focus.id, console->focus.id) == 0;
    if (is_known)
        return;
    struct command command = { .kind = COMMAND_FOCUS,
                               .serial = console->serial + 1,
                               .slot = focus.slot,
                               .delta = focus.delta };
    memcpy(command.id, focus.id, sizeof command.id);
    if (console->port.send(console->port.context, &command))
        return;
    console->serial++;
    console->focus = focus;
}
