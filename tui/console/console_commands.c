#include "tui/console/console_state.h"

#include "engine/base/duration.h"
#include "engine/base/text.h"
#include "tui/draw/format.h"

#include <inttypes.h>
#include <string.h>

/* When a deployment leaves the list, keys do not act for so long on the one in its place. */
#define JUMP_MS 1000

/* --- refusals -------------------------------------------------------------------------------------------------- */

bool console_commands_is_stopping(const struct console *console)
{
    const struct snapshot *newest = console_newest(console);
    return console->is_stop_asked || (newest && newest->engine.is_stopping);
}

/* Nothing can be asked of the past; NULL: now is shown. */
static const char *refusal_of_past(const struct console *console)
{
    if (!console_is_past(console))
        return NULL;
    return console->config.is_replay
               ? "this is a recording: there is no engine, and nothing can be sent"
               : console->past_refusal;
}

bool console_commands_may_act(struct console *console)
{
    const char *refusal = refusal_of_past(console);
    if (!refusal && console->is_frozen)
        refusal = console->frozen;
    if (refusal)
        console_message(console, ROLE_WARN, "%s", refusal);
    return !refusal;
}

/* Why the engine cannot accept this command now; NULL: it can. */
static const char *refusal_of(const struct console *console, bool is_steering)
{
    if (refusal_of_past(console))
        return refusal_of_past(console);
    if (!console->shown)
        return "nothing has come from the engine yet: nothing can be asked of it";
    if (console_commands_is_stopping(console))
        return "the engine is stopping: nothing can be asked of it";
    if (console->is_frozen)
        return console->frozen;
    if (snapshot_is_lost(console_newest(console)))
        return "the connection to the engine is lost: nothing can be asked of it";
    if (snapshot_is_look_only(console->shown))
        return "read-only: this user may not act on the engine (control.operators)";
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

/* Sends a command for the whole fleet. */
static bool ask(struct console *console, enum command_kind kind, const char *phrase)
{
    struct command command = { .kind = kind, .slot = SLOT_NONE };
    if (!send(console, &command))
        return false;
    console_message(console, ROLE_NORMAL, "asked: %s", phrase);
    return true;
}

/* "pause eu-1 for 30m", "scale eu-1 by hand, +2". Cut when it is longer than the place for it. */
static void name_dialog(const struct console *console, const struct dialog *dialog,
                        char ret_name[COMMAND_TEXT_SIZE])
{
    struct text text;
    text_init(&text, ret_name, COMMAND_TEXT_SIZE);
    text_add(&text, dialog_row(dialog->kind)->phrase);
    if (dialog_is_about_row(dialog->kind)) {
        const struct snapshot_row *row = snapshot_row_at(console->shown, dialog->slot);
        bool is_there = row && strcmp(row->name->id, dialog->id) == 0;
        text_addf(&text, " %s", is_there ? row->name->shown : "a deployment that is gone");
    }
    if (dialog->for_ms != 0) {
        text_add(&text, " for ");
        text_add_duration(&text, dialog->for_ms);
    }
    if (dialog->kind == DIALOG_SCALE)
        text_addf(&text, " by hand, %+" PRId32, dialog->delta);
}

static void ask_for_fleet(struct console *console, const struct dialog *dialog)
{
    struct command command = { .kind = dialog_row(dialog->kind)->command,
                               .slot = SLOT_NONE,
                               .for_ms = dialog->for_ms };
    if (command.kind == COMMAND_UNDO)
        command.delta = console->shown->engine.last_act.count;
    char name[COMMAND_TEXT_SIZE];
    name_dialog(console, dialog, name);
    if (send(console, &command))
        console_message(console, ROLE_NORMAL, "asked: %s", name);
}

/* Sends a command for the dialog's deployment. */
static void ask_for_row(struct console *console, const struct dialog *dialog, bool is_forced)
{
    struct command command = { .kind = dialog_row(dialog->kind)->command,
                               .slot = dialog->slot,
                               .for_ms = dialog->for_ms,
                               .is_forced = is_forced };
    memcpy(command.id, dialog->id, sizeof command.id);
    if (dialog->kind == DIALOG_SCALE)
        command.delta = dialog->delta;
    if (!send(console, &command))
        return;
    char name[COMMAND_TEXT_SIZE];
    name_dialog(console, dialog, name);
    console_message(console, ROLE_NORMAL, "asked: %s", name);
}

/* --- opening dialogs ------------------------------------------------------------------------------------------- */

static struct dialog_limits limits_of(const struct console *console)
{
    struct dialog_limits limits = { .confirm_above_ppb = console->config.confirm_above_ppb };
    if (!console->shown)
        return limits;
    limits.now = console_clock(console);
    limits.old_after_ms = console_old_after_ms(console);
    return limits;
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

/* Notes the time, because a dialog takes no Enter at first. */
static void begin(struct console *console)
{
    console->dialog_opened = console->now;
    console->message[0] = '\0'; /* it is about something else */
    adapt(console);
}

/* Nothing is known of a fleet for which hosts would be moved. True: a message was shown. */
static bool is_too_silent(struct console *console, enum dialog_kind kind)
{
    const struct dialog_row *row = dialog_row(kind);
    bool is_moving = row->subject != DIALOG_ABOUT_CONSOLE && row->effect == DIALOG_MORE;
    if (!is_moving || !console->is_silent)
        return false;
    char storage[32];
    struct text time;
    text_init(&time, storage, sizeof storage);
    format_time(&time, console_newest(console)->at);
    console_message(console, ROLE_WARN, "the engine has said nothing since %s: not sent: %s",
                    storage, row->phrase);
    return true;
}

static void open(struct console *console, enum dialog_kind kind)
{
    if (is_too_silent(console, kind))
        return;
    dialog_open(&console->dialog, kind, SLOT_NONE, NULL);
    begin(console);
}

static void open_for_row(struct console *console, enum dialog_kind kind,
                         const struct snapshot_row *row, int32_t delta)
{
    if (is_too_silent(console, kind))
        return;
    dialog_open(&console->dialog, kind, console->cursor.slot, row);
    if (delta != 0)
        console->dialog.delta = delta;
    begin(console);
}

void console_commands_sort(struct console *console)
{
    open(console, DIALOG_SORT);
    console->dialog.choice = (int)console->sort;
}

/* Nothing stops with the console: there is no engine, or it is another program. */
static bool is_alone(const struct console *console)
{
    return console->config.is_replay || console->config.is_attached;
}

void console_commands_suspend(struct console *console)
{
    if (is_alone(console)) {
        console_wish(console, WISH_SUSPEND);
        return;
    }
    open(console, DIALOG_SUSPEND);
}

void console_commands_quit(struct console *console)
{
    if (is_alone(console)) {
        console_wish(console, WISH_LEAVE);
        return;
    }
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
        ask(console, COMMAND_PASS, dialog_row(DIALOG_PASS)->phrase);
}

static void discover(struct console *console)
{
    ask(console, COMMAND_DISCOVERY, "discover");
}

/* The cursor is on another deployment than a moment ago, and no key has moved it. */
static bool has_just_jumped(const struct console *console)
{
    struct mono jumped = console->cursor.jumped;
    return jumped.ms != 0 && console->now.ms - jumped.ms < JUMP_MS;
}

const struct snapshot_row *console_commands_row(struct console *console)
{
    const struct snapshot_row *row = console_cursor_row(console);
    if (!row) {
        console_message(console, ROLE_WARN, "there is no deployment under the cursor");
        return NULL;
    }
    if (has_just_jumped(console)) {
        console->cursor.jumped = (struct mono){ 0 };
        console_message(console, ROLE_WARN,
                        "another deployment came under the cursor; now it is %s: press again",
                        row->name->shown);
        return NULL;
    }
    return row;
}

static void reload(struct console *console)
{
    open(console, DIALOG_RELOAD);
}

static void undo(struct console *console)
{
    if (console->shown->engine.last_act.text[0] == '\0')
        console_message(console, ROLE_WARN, "no act is known that could be undone");
    else
        open(console, DIALOG_UNDO);
}

static void pause_row(struct console *console)
{
    const struct snapshot_row *row = console_commands_row(console);
    if (!row)
        return;
    bool is_by_policy =
        row->state == STATE_PAUSED && !row->is_paused && !console->shown->engine.is_paused;
    if (is_by_policy) {
        console_message(console, ROLE_WARN, "a policy pauses %s: the configuration decides",
                        row->name->shown);
        return;
    }
    open_for_row(console, row->is_paused ? DIALOG_RESUME_ROW : DIALOG_PAUSE_ROW, row, 0);
}

static void scale(struct console *console, int32_t delta)
{
    const struct snapshot_row *row = console_commands_row(console);
    if (!row)
        return;
    open_for_row(console, DIALOG_SCALE, row, delta);
}

static void scale_up(struct console *console)
{
    scale(console, 1);
}

static void scale_down(struct console *console)
{
    scale(console, -1);
}

void console_commands_scale(struct console *console, int32_t delta)
{
    const char *refusal = refusal_of(console, true);
    if (refusal)
        console_message(console, ROLE_WARN, "%s", refusal);
    else
        scale(console, delta);
}

/* As the key does, but never the opposite of what was asked for. */
void console_commands_pause(struct console *console, int64_t for_ms)
{
    const struct snapshot_row *row = console_cursor_row(console);
    const char *refusal = refusal_of(console, true);
    if (refusal)
        console_message(console, ROLE_WARN, "%s", refusal);
    else if (row && row->is_paused)
        console_message(console, ROLE_WARN, "%s is paused already: resume it first",
                        row->name->shown);
    else
        pause_row(console);
    if (console->dialog.kind == DIALOG_PAUSE_ROW)
        console->dialog.for_ms = for_ms;
}

/* The same for a resume. */
void console_commands_resume(struct console *console, bool is_all)
{
    const struct snapshot_row *row = console_cursor_row(console);
    const char *refusal = refusal_of(console, true);
    if (refusal)
        console_message(console, ROLE_WARN, "%s", refusal);
    else if (is_all && !console->shown->engine.is_paused)
        console_message(console, ROLE_WARN, "scaling of all is not paused");
    else if (is_all)
        pause_all(console);
    else if (row && !row->is_paused && row->state != STATE_PAUSED)
        console_message(console, ROLE_WARN, "%s is not paused", row->name->shown);
    else if (row && !row->is_paused && console->shown->engine.is_paused)
        console_message(console, ROLE_WARN, "%s is paused with all: resume all", row->name->shown);
    else
        pause_row(console);
}

static const struct {
    enum act act;
    bool is_steering;
    void (*run)(struct console *console);
} steer_acts[] = {
    { ACT_PAUSE_ALL, true, pause_all },
    { ACT_PAUSE_ROW, true, pause_row },
    { ACT_PASS, false, run_pass },
    { ACT_DISCOVER, false, discover },
    { ACT_DRY_RUN, true, dry_run },
    { ACT_SCALE_UP, true, scale_up },
    { ACT_SCALE_DOWN, true, scale_down },
    { ACT_RELOAD, false, reload },
    { ACT_UNDO, true, undo },
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

void console_commands_close(struct console *console)
{
    console->dialog.kind = DIALOG_NONE;
}

void console_commands_interrupt(struct console *console)
{
    char name[COMMAND_TEXT_SIZE];
    if (console->dialog.kind == DIALOG_NONE)
        return;
    name_dialog(console, &console->dialog, name);
    console_commands_close(console);
    console_message(console, ROLE_WARN, "cancelled, the program was suspended meanwhile: %s", name);
}

static void decide_on_console(struct console *console, const struct dialog *dialog)
{
    const struct dialog_row *row = dialog_row(dialog->kind);
    if (dialog->kind == DIALOG_SORT)
        console_list_sort(console, (enum column)dialog->choice);
    else if (dialog->kind == DIALOG_SUSPEND)
        console_wish(console, WISH_SUSPEND);
    else if (ask(console, row->command, row->phrase))
        console->is_stop_asked = true;
}

/* The dialog is closed already, so the messages from here stay on the screen. */
static void decide(struct console *console, const struct dialog *dialog,
                   const struct dialog_text *text)
{
    const struct dialog_row *row = dialog_row(dialog->kind);
    switch (row->subject) {
    case DIALOG_ABOUT_CONSOLE:
        decide_on_console(console, dialog);
        break;
    case DIALOG_ABOUT_ENGINE:
        ask_for_fleet(console, dialog);
        break;
    case DIALOG_ABOUT_ROW:
        /* The objections to a scale were shown, and the answer to them was typed. */
        ask_for_row(console, dialog, text->is_forced);
        break;
    }
}

/* A menu that is left changes nothing that could be missed. */
static void cancel(struct console *console)
{
    char name[COMMAND_TEXT_SIZE];
    name_dialog(console, &console->dialog, name);
    if (console->dialog.kind != DIALOG_SORT)
        console_message(console, ROLE_NORMAL, "cancelled, nothing was sent: %s", name);
    console_commands_close(console);
}

static void say_outdated(struct console *console, const struct dialog_text *text)
{
    if (text->is_refused)
        console_message(console, ROLE_WARN, "not sent: %s", text->lines[text->line_count - 1]);
    else if (text->must_type && strcmp(console->dialog.typed.text, text->wanted) != 0)
        console_message(console, ROLE_WARN, "not sent, the figures changed meanwhile: type %s",
                        text->wanted);
    else
        console_message(console, ROLE_WARN,
                        "not sent, the figures changed meanwhile: read them and press again");
}

void console_commands_answer(struct console *console, const struct input *input)
{
    struct dialog_text text;
    bool is_young = input->came.ms - console->dialog_opened.ms < TYPING_QUIET_MS;
    if (is_young && input->keypress == KEYPRESS_ENTER) {
        console_message(console, ROLE_WARN, "just opened: press Enter again");
        return;
    }
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
        cancel(console);
        break;
    case DIALOG_OUTDATED:
        console_commands_describe(console, &text); /* with the figures of now */
        say_outdated(console, &text);
        break;
    case DIALOG_DECIDED: {
        struct dialog decided = console->dialog;
        console_commands_close(console);
        decide(console, &decided, &text);
        break;
    }
    }
}

/* --- open dialog and new snapshots ----------------------------------------------------------------------------- */

/* The dialog's deployment; NULL: it is gone. */
static const struct snapshot_row *row_of(const struct console *console)
{
    const struct snapshot_row *row = snapshot_row_at(console->shown, console->dialog.slot);
    return row && strcmp(row->name->id, console->dialog.id) == 0 ? row : NULL;
}

/* Is what the dialog would change already so? */
static bool is_done(const struct console *console)
{
    const struct snapshot_engine *engine = &console->shown->engine;
    enum dialog_kind kind = console->dialog.kind;
    if (kind == DIALOG_PAUSE_ALL || kind == DIALOG_RESUME_ALL)
        return engine->is_paused == (kind == DIALOG_PAUSE_ALL);
    if (kind == DIALOG_DRY_RUN_ON || kind == DIALOG_DRY_RUN_OFF)
        return engine->is_dry_run == (kind == DIALOG_DRY_RUN_ON);
    if (kind == DIALOG_PAUSE_ROW || kind == DIALOG_RESUME_ROW)
        return row_of(console)->is_paused == (kind == DIALOG_PAUSE_ROW);
    return false;
}

/* Why the dialog must close; NULL: it can stay open. */
static const char *loss_of(const struct console *console)
{
    enum dialog_kind kind = console->dialog.kind;
    if (kind == DIALOG_QUIT && console_commands_is_stopping(console))
        return "the engine is stopping";
    if (dialog_row(kind)->subject == DIALOG_ABOUT_CONSOLE)
        return NULL;
    if (console->is_silent)
        return "the engine has said nothing for too long";
    if (dialog_is_about_row(kind) && !row_of(console))
        return "the deployment is not there any more";
    if (is_done(console))
        return "it is so already";
    return refusal_of(console, command_row(dialog_row(kind)->command)->is_steering);
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
    console_commands_close(console);
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

/* To the source of what is shown. */
static int send_focus(struct console *console, const struct command *command)
{
    char sentence[COMMAND_TEXT_SIZE];
    return console_is_past(console) && console->port.look
               ? console->port.look(console->port.context, command, sentence)
               : console->port.send(console->port.context, command);
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
    if (send_focus(console, &command))
        return;
    console->serial++;
    console->focus = focus;
}
