/*
 * What every key does in every context: rows of keys and events, and the state that they must lead to.
 *
 * A row's keys are names of keys, separated by spaces; a word with '@' is an event from the table below, `"text` is
 * typed letter by letter, `~text` comes as fast as a paste without brackets. The screen is drawn after each, as the
 * program does. The expected state is a list of field=value.
 */
#include "tui/console/console.h"
#include "tui/console/console_state.h"
#include "tui/panels/panels.h"

#include "engine/base/text.h"
#include "tests/support/snapshots.h"
#include "tests/support/test.h"

#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIRM_ABOVE_PPB 20000000
#define COLUMNS 80
#define ROWS 24
#define COMMANDS_SIZE 4096
#define VALUE_SIZE 512
#define WORD_SIZE 128
#define PASTE_GAP_MS 20

struct program_fixture {
    struct snapshots *maker;
    struct console *console;
    struct canvas canvas;
    struct mono now;
    char commands[COMMANDS_SIZE]; /* all but FOCUS */
    uint32_t serial;
    struct command focus;
    bool is_full;        /* the engine takes no commands */
    bool has_detail;     /* it answers a FOCUS with a detail */
    size_t objections;   /* in it */
    const char *refusal; /* in it */
};

/* --- the engine's side ----------------------------------------------------------------------------------------- */

static int record(void *context, const struct command *command)
{
    struct program_fixture *program_fixture = context;
    if (program_fixture->is_full)
        return -EAGAIN;
    assert_true(command->serial > program_fixture->serial);
    program_fixture->serial = command->serial;
    if (command->kind == COMMAND_FOCUS) {
        program_fixture->focus = *command;
        return 0;
    }
    struct text text;
    text_init(&text, program_fixture->commands, sizeof program_fixture->commands);
    text.length = strlen(program_fixture->commands);
    text_addf(&text, "%s%s", text.length ? "; " : "", command_row(command->kind)->name);
    if (command->slot != SLOT_NONE)
        text_addf(&text, " %" PRIu32 " %s", command->slot, command->id);
    if (command->delta != 0)
        text_addf(&text, " %+" PRId32, command->delta);
    if (command->is_forced)
        text_add(&text, " forced");
    return 0;
}

static void give_back(void *context, const struct snapshot *snapshot)
{
    struct program_fixture *program_fixture = context;
    snapshots_give_back(program_fixture->maker, snapshot);
}

static void set_detail(struct program_fixture *program_fixture)
{
    static struct snapshot_detail detail;
    const struct command *focus = &program_fixture->focus;
    if (!program_fixture->has_detail || focus->slot == SLOT_NONE) {
        snapshots_set_detail(program_fixture->maker, NULL);
        return;
    }
    snapshots_example_detail(program_fixture->maker, focus->slot, &detail);
    detail.manual_delta = focus->delta;
    detail.objection_count = program_fixture->objections;
    snprintf(detail.manual_refusal, sizeof detail.manual_refusal, "%s",
             program_fixture->refusal ? program_fixture->refusal : "");
    snapshots_set_detail(program_fixture->maker, &detail);
}

static void take(struct program_fixture *program_fixture)
{
    set_detail(program_fixture);
    snapshots_at(program_fixture->maker)->ms += 100;
    program_fixture->now = mono_after(program_fixture->now, 100);
    console_tick(program_fixture->console, program_fixture->now);
    console_snapshots_take(program_fixture->console, program_fixture->now,
                           snapshots_take(program_fixture->maker));
}

static void draw(struct program_fixture *program_fixture)
{
    console_draw(program_fixture->console, &program_fixture->canvas);
    assert_false(console_is_dirty(program_fixture->console));
}

static void elapse(struct program_fixture *program_fixture, int64_t ms)
{
    program_fixture->now = mono_after(program_fixture->now, ms);
    console_tick(program_fixture->console, program_fixture->now);
}

/* At the speed of a person: slower than a paste, and a dialog is read before it is answered. */
static void press(struct program_fixture *program_fixture, enum input_kind kind, uint32_t keypress,
                  int column, int row)
{
    bool is_answer = kind == INPUT_KEY && keypress == KEYPRESS_ENTER &&
                     program_fixture->console->dialog.kind != DIALOG_NONE;
    struct input input = { .kind = kind, .keypress = keypress, .column = column, .row = row };
    elapse(program_fixture, is_answer ? TYPING_QUIET_MS : TYPING_RUN_MS);
    input.came = program_fixture->now;
    console_input(program_fixture->console, program_fixture->now, &input);
    elapse(program_fixture, TYPING_RUN_MS);
    draw(program_fixture);
}

/* At the speed of a paste over a slow line. */
static void paste_slowly(struct program_fixture *program_fixture, const char *text)
{
    elapse(program_fixture, TYPING_RUN_MS);
    for (const char *at = text; *at; at++) {
        struct input input = { .kind = INPUT_KEY,
                               .keypress = *at == '\r'   ? KEYPRESS_ENTER
                                           : *at == '\t' ? KEYPRESS_TAB
                                                         : (uint32_t)(unsigned char)*at,
                               .came = program_fixture->now };
        console_input(program_fixture->console, program_fixture->now, &input);
        elapse(program_fixture, PASTE_GAP_MS);
        draw(program_fixture);
    }
    elapse(program_fixture, TYPING_RUN_MS);
    draw(program_fixture);
}

static uint32_t slot_of(struct program_fixture *program_fixture, const char *id)
{
    const struct snapshot *shown = program_fixture->console->shown;
    for (uint32_t slot = 0; slot < shown->slot_count; slot++) {
        const struct snapshot_row *row = snapshot_row_at(shown, slot);
        if (row && strcmp(row->name->id, id) == 0)
            return slot;
    }
    fail();
    return SLOT_NONE;
}

/* --- events ---------------------------------------------------------------------------------------------------- */

static void happen_paused(struct program_fixture *program_fixture)
{
    snapshots_engine(program_fixture->maker)->is_paused = true;
    snapshots_engine(program_fixture->maker)->paused_at = SNAPSHOTS_AT;
    take(program_fixture);
}

static void happen_dry(struct program_fixture *program_fixture)
{
    snapshots_engine(program_fixture->maker)->is_dry_run = true;
    take(program_fixture);
}

static void happen_read_only(struct program_fixture *program_fixture)
{
    snapshots_engine(program_fixture->maker)->is_read_only = true;
    take(program_fixture);
}

static void happen_stopping(struct program_fixture *program_fixture)
{
    snapshots_engine(program_fixture->maker)->is_stopping = true;
    take(program_fixture);
}

static void happen_stale(struct program_fixture *program_fixture)
{
    program_fixture->now = console_deadline(program_fixture->console);
    while (!program_fixture->console->is_silent) {
        assert_int_not_equal(program_fixture->now.ms, MONO_NEVER.ms);
        console_tick(program_fixture->console, program_fixture->now);
        if (!program_fixture->console->is_silent)
            program_fixture->now = console_deadline(program_fixture->console);
    }
}

/* No status was read for two intervals. */
static void happen_unread(struct program_fixture *program_fixture)
{
    while (!program_fixture->console->is_unread) {
        program_fixture->now = console_deadline(program_fixture->console);
        assert_int_not_equal(program_fixture->now.ms, MONO_NEVER.ms);
        console_tick(program_fixture->console, program_fixture->now);
    }
}

/* The same with an engine that goes on. */
static void happen_dead(struct program_fixture *program_fixture)
{
    snapshots_at(program_fixture->maker)->ms += 60000;
    snapshots_engine(program_fixture->maker)->next_pass.ms += 60000;
    take(program_fixture);
}

/* Everything is read again. */
static void happen_read(struct program_fixture *program_fixture)
{
    struct wall at = *snapshots_at(program_fixture->maker);
    snapshots_engine(program_fixture->maker)->last_read = at;
    for (uint32_t slot = 0; slot < program_fixture->console->shown->slot_count; slot++)
        if (snapshot_row_at(program_fixture->console->shown, slot))
            snapshots_row(program_fixture->maker, slot)->read_at = at;
    take(program_fixture);
}

static void happen_later(struct program_fixture *program_fixture)
{
    program_fixture->now = mono_after(program_fixture->now, HOLD_MS);
    console_tick(program_fixture->console, program_fixture->now);
}

static void happen_much_later(struct program_fixture *program_fixture)
{
    program_fixture->now = mono_after(program_fixture->now, MESSAGE_MS);
    console_tick(program_fixture->console, program_fixture->now);
}

/* The row that stands second goes to the front. */
static void happen_worse(struct program_fixture *program_fixture)
{
    uint32_t slot = slot_of(program_fixture, "ap-south-beta-qa");
    struct snapshot_row *row = snapshots_row(program_fixture->maker, slot);
    row->state = STATE_STARVED;
    row->base_state = STATE_UP;
    row->reason = REASON_BELOW_TARGET;
    row->delta = 99;
    take(program_fixture);
}

static void happen_first_gone(struct program_fixture *program_fixture)
{
    snapshots_remove(program_fixture->maker, slot_of(program_fixture, "us-east-pvp-legacy"));
    take(program_fixture);
}

static void happen_queue_gone(struct program_fixture *program_fixture)
{
    snapshots_remove(program_fixture->maker, slot_of(program_fixture, "eu-west-queue-02"));
    take(program_fixture);
}

/* Another deployment has its slot. */
static void happen_first_replaced(struct program_fixture *program_fixture)
{
    uint32_t slot = slot_of(program_fixture, "us-east-pvp-legacy");
    snapshots_remove(program_fixture->maker, slot);
    assert_int_equal(snapshots_add(program_fixture->maker, "another-one"), slot);
    take(program_fixture);
}

static void happen_row_paused(struct program_fixture *program_fixture)
{
    snapshots_row(program_fixture->maker, slot_of(program_fixture, "us-east-pvp-legacy"))
        ->is_paused = true;
    take(program_fixture);
}

static void happen_policy_paused(struct program_fixture *program_fixture)
{
    snapshots_row(program_fixture->maker, slot_of(program_fixture, "us-east-pvp-legacy"))->state =
        STATE_PAUSED;
    snapshots_row(program_fixture->maker, slot_of(program_fixture, "us-east-pvp-legacy"))->reason =
        REASON_PAUSED;
    take(program_fixture);
}

static void calm_row(struct program_fixture *program_fixture, uint32_t slot)
{
    if (snapshot_row_at(program_fixture->console->shown, slot))
        snapshots_row(program_fixture->maker, slot)->wanted_delta = 0;
}

/* Nothing would move. */
static void happen_calm(struct program_fixture *program_fixture)
{
    size_t count = program_fixture->console->shown->slot_count;
    for (uint32_t slot = 0; slot < count; slot++)
        calm_row(program_fixture, slot);
    take(program_fixture);
}

/* 500 hosts would. */
static void happen_storm(struct program_fixture *program_fixture)
{
    happen_calm(program_fixture);
    snapshots_row(program_fixture->maker, slot_of(program_fixture, "eu-west-arena-ranked"))
        ->wanted_delta = 500;
    take(program_fixture);
}

/* The first row has one host more and needs one more. */
static void happen_grown(struct program_fixture *program_fixture)
{
    struct snapshot_row *row =
        snapshots_row(program_fixture->maker, slot_of(program_fixture, "us-east-pvp-legacy"));
    row->hosts++;
    row->wanted_delta++;
    take(program_fixture);
}

/* Back to what it was. */
static void happen_shrunk(struct program_fixture *program_fixture)
{
    struct snapshot_row *row =
        snapshots_row(program_fixture->maker, slot_of(program_fixture, "us-east-pvp-legacy"));
    row->hosts--;
    row->wanted_delta--;
    take(program_fixture);
}

/* By another operator. */
static void happen_resumed(struct program_fixture *program_fixture)
{
    snapshots_engine(program_fixture->maker)->is_paused = false;
    snapshots_row(program_fixture->maker, slot_of(program_fixture, "us-east-pvp-legacy"))
        ->is_paused = false;
    take(program_fixture);
}

static void happen_live(struct program_fixture *program_fixture)
{
    snapshots_engine(program_fixture->maker)->is_dry_run = false;
    take(program_fixture);
}

static void happen_all_well(struct program_fixture *program_fixture)
{
    size_t count = program_fixture->console->shown->slot_count;
    for (uint32_t slot = 0; slot < count; slot++)
        snapshots_row(program_fixture->maker, slot)->state = STATE_ON_TARGET;
    take(program_fixture);
}

static void happen_no_objection(struct program_fixture *program_fixture)
{
    program_fixture->has_detail = true;
    program_fixture->objections = 0;
    take(program_fixture);
}

static void happen_objection(struct program_fixture *program_fixture)
{
    program_fixture->has_detail = true;
    program_fixture->objections = 1;
    take(program_fixture);
}

static void happen_more_objections(struct program_fixture *program_fixture)
{
    program_fixture->objections = 2;
    take(program_fixture);
}

static void happen_refusal(struct program_fixture *program_fixture)
{
    program_fixture->has_detail = true;
    program_fixture->refusal = "never";
    take(program_fixture);
}

static void happen_full(struct program_fixture *program_fixture)
{
    program_fixture->is_full = true;
}

static void happen_room(struct program_fixture *program_fixture)
{
    program_fixture->is_full = false;
}

static void acknowledge(struct program_fixture *program_fixture, bool is_accepted,
                        const char *sentence)
{
    struct command_ack ack = { COMMAND_PAUSE_ALL, program_fixture->serial, is_accepted, { 0 } };
    snprintf(ack.text, sizeof ack.text, "%s", sentence);
    snapshots_acknowledge(program_fixture->maker, &ack);
    take(program_fixture);
}

static void happen_accepted(struct program_fixture *program_fixture)
{
    acknowledge(program_fixture, true, "paused: it is so");
}

static void happen_refused(struct program_fixture *program_fixture)
{
    acknowledge(program_fixture, false, "refused: it is not");
}

static void happen_line(struct program_fixture *program_fixture)
{
    snapshots_line(program_fixture->maker, LEVEL_INFO, EVENT_SCALED, "eu-west-chess-ranked",
                   "new line");
    take(program_fixture);
}

/* The next day, at the same time. */
static void happen_next_day(struct program_fixture *program_fixture)
{
    snapshots_at(program_fixture->maker)->ms += 86400000;
    happen_line(program_fixture);
}

static void happen_ghost_line(struct program_fixture *program_fixture)
{
    snapshots_line(program_fixture->maker, LEVEL_INFO, EVENT_SCALED, "unknown",
                   "of an unknown one");
    take(program_fixture);
}

static void happen_general_line(struct program_fixture *program_fixture)
{
    snapshots_line(program_fixture->maker, LEVEL_INFO, EVENT_PASS_DONE, NULL, "of none");
    take(program_fixture);
}

static void happen_paste(struct program_fixture *program_fixture)
{
    static const char pasted[] = "r1pq";
    for (const char *at = pasted; *at; at++)
        press(program_fixture, INPUT_PASTE, (uint32_t)(unsigned char)*at, 0, 0);
    press(program_fixture, INPUT_PASTE, KEYPRESS_ENTER, 0, 0);
    press(program_fixture, INPUT_PASTE, '\r', 0, 0);
}

static void resize(struct program_fixture *program_fixture, int columns, int rows)
{
    assert_int_equal(canvas_resize(&program_fixture->canvas, columns, rows), 0);
}

static void happen_small(struct program_fixture *program_fixture)
{
    resize(program_fixture, 60, 12);
}

static void happen_high(struct program_fixture *program_fixture)
{
    resize(program_fixture, 80, 40);
}

static void happen_tiny(struct program_fixture *program_fixture)
{
    resize(program_fixture, 5, 1);
}

static void click(struct program_fixture *program_fixture, enum input_kind kind, struct area area,
                  int column, int row)
{
    press(program_fixture, kind, 0, area.column + column, area.row + row);
}

static void happen_click_third(struct program_fixture *program_fixture)
{
    click(program_fixture, INPUT_CLICK, program_fixture->console->layout.list, 5, 2);
}

static void happen_double_third(struct program_fixture *program_fixture)
{
    click(program_fixture, INPUT_DOUBLE_CLICK, program_fixture->console->layout.list, 5, 2);
}

static void happen_click_below(struct program_fixture *program_fixture)
{
    click(program_fixture, INPUT_DOUBLE_CLICK, program_fixture->console->layout.list, 5, 13);
}

static void happen_click_title(struct program_fixture *program_fixture)
{
    const struct console *console = program_fixture->console;
    for (int i = 0; i < console->columns.count; i++) {
        if (console->columns.places[i].column == COLUMN_HOSTS)
            click(program_fixture, INPUT_CLICK, console->layout.heading,
                  console->columns.places[i].at, 0);
    }
}

static void happen_click_log(struct program_fixture *program_fixture)
{
    click(program_fixture, INPUT_CLICK, program_fixture->console->layout.log, 5, 0);
}

static void happen_double_log(struct program_fixture *program_fixture)
{
    click(program_fixture, INPUT_DOUBLE_CLICK, program_fixture->console->layout.log, 5, 3);
}

static void happen_click_page(struct program_fixture *program_fixture)
{
    click(program_fixture, INPUT_CLICK, console_log_area(program_fixture->console), 5, 0);
}

static void happen_wheel(struct program_fixture *program_fixture)
{
    click(program_fixture, INPUT_WHEEL_DOWN, program_fixture->console->layout.list, 5, 2);
}

static void happen_wheel_up(struct program_fixture *program_fixture)
{
    click(program_fixture, INPUT_WHEEL_UP, program_fixture->console->layout.list, 5, 2);
}

static void happen_wheel_log(struct program_fixture *program_fixture)
{
    click(program_fixture, INPUT_WHEEL_UP, program_fixture->console->layout.log, 5, 0);
}

static const struct event_step {
    const char *name;
    void (*happen)(struct program_fixture *program_fixture);
} event_steps[] = {
    { "@take", take },
    { "@paused", happen_paused },
    { "@dry", happen_dry },
    { "@read_only", happen_read_only },
    { "@stopping", happen_stopping },
    { "@stale", happen_stale },
    { "@unread", happen_unread },
    { "@dead", happen_dead },
    { "@read", happen_read },
    { "@later", happen_later },
    { "@much_later", happen_much_later },
    { "@worse", happen_worse },
    { "@first_gone", happen_first_gone },
    { "@queue_gone", happen_queue_gone },
    { "@first_replaced", happen_first_replaced },
    { "@row_paused", happen_row_paused },
    { "@policy_paused", happen_policy_paused },
    { "@calm", happen_calm },
    { "@storm", happen_storm },
    { "@grown", happen_grown },
    { "@shrunk", happen_shrunk },
    { "@resumed", happen_resumed },
    { "@live", happen_live },
    { "@all_well", happen_all_well },
    { "@no_objection", happen_no_objection },
    { "@objection", happen_objection },
    { "@more_objections", happen_more_objections },
    { "@refusal", happen_refusal },
    { "@full", happen_full },
    { "@room", happen_room },
    { "@accepted", happen_accepted },
    { "@refused", happen_refused },
    { "@line", happen_line },
    { "@ghost_line", happen_ghost_line },
    { "@general_line", happen_general_line },
    { "@paste", happen_paste },
    { "@small", happen_small },
    { "@high", happen_high },
    { "@tiny", happen_tiny },
    { "@click", happen_click_third },
    { "@double", happen_double_third },
    { "@click_below", happen_click_below },
    { "@click_title", happen_click_title },
    { "@click_log", happen_click_log },
    { "@double_log", happen_double_log },
    { "@click_page", happen_click_page },
    { "@next_day", happen_next_day },
    { "@wheel", happen_wheel },
    { "@wheel_up", happen_wheel_up },
    { "@wheel_log", happen_wheel_log },
};

static void happen(struct program_fixture *program_fixture, const char *word)
{
    for (size_t i = 0; i < COUNT_OF(event_steps); i++) {
        if (strcmp(event_steps[i].name, word) == 0) {
            event_steps[i].happen(program_fixture);
            draw(program_fixture);
            return;
        }
    }
    fail_msg("no event %s", word);
}

static void play_word(struct program_fixture *program_fixture, const char *word)
{
    if (word[0] == '@') {
        happen(program_fixture, word);
    } else if (word[0] == '"') {
        for (const char *at = word + 1; *at; at++)
            press(program_fixture, INPUT_KEY, (uint32_t)(unsigned char)*at, 0, 0);
    } else if (word[0] == '~') {
        paste_slowly(program_fixture, word + 1);
    } else {
        uint32_t keypress = keypress_parse(word, strlen(word));
        if (keypress == KEYPRESS_NONE)
            fail_msg("no keypress %s", word);
        press(program_fixture, INPUT_KEY, keypress, 0, 0);
    }
}

static void play(struct program_fixture *program_fixture, const char *keys)
{
    while (*keys) {
        char word[WORD_SIZE];
        size_t length = strcspn(keys, " ");
        assert_true(length < sizeof word);
        memcpy(word, keys, length);
        word[length] = '\0';
        play_word(program_fixture, word);
        keys += length + (keys[length] == ' ');
    }
}

static void open_stage(struct program_fixture *program_fixture, enum view view,
                       struct console **ret_console)
{
    struct console_config config = { .view = view,
                                     .sort = COLUMN_STATE,
                                     .confirm_above_ppb = CONFIRM_ABOVE_PPB };
    *program_fixture = (struct program_fixture){ .maker = snapshots_create(), .now = { 1000000 } };
    program_fixture->focus.slot = SLOT_NONE;
    struct console_port port = { .send = record, .release = give_back, .context = program_fixture };
    struct error err;
    assert_int_equal(console_create(&config, &port, &panels_renderer, ret_console, &err), 0);
    canvas_init(&program_fixture->canvas);
    program_fixture->canvas.is_ascii = true;
    resize(program_fixture, COLUMNS, ROWS);
}

static void program_fixture_init(struct program_fixture *program_fixture)
{
    open_stage(program_fixture, VIEW_ATTENTION, &program_fixture->console);
    snapshots_fill_showcase(program_fixture->maker);
    take(program_fixture);
    draw(program_fixture);
}

static void program_fixture_fini(struct program_fixture *program_fixture)
{
    assert_true(snapshots_out(program_fixture->maker) <= 2);
    console_destroy(program_fixture->console);
    assert_int_equal(snapshots_out(program_fixture->maker), 0);
    snapshots_destroy(program_fixture->maker);
    canvas_fini(&program_fixture->canvas);
}

/* --- fields ---------------------------------------------------------------------------------------------------- */

static void field_page(const struct program_fixture *program_fixture, struct text *text)
{
    static const char *const names[] = { "list", "explain", "log" };
    text_add(text, names[program_fixture->console->page]);
}

static void field_cursor(const struct program_fixture *program_fixture, struct text *text)
{
    text_add(text, program_fixture->console->cursor.id);
}

static void field_position(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%zu", program_fixture->console->cursor.position);
}

static void field_top(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%zu", program_fixture->console->list_top);
}

static void field_count(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%zu", order_count(program_fixture->console->order));
}

static void field_held(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%d",
              program_fixture->console->now.ms < program_fixture->console->hold_until.ms);
}

static void field_view(const struct program_fixture *program_fixture, struct text *text)
{
    text_add(text, view_name(program_fixture->console->view));
}

static void field_sort(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%s%s", program_fixture->console->is_descending ? "-" : "+",
              columns_row(program_fixture->console->sort)->word);
}

static void field_filter(const struct program_fixture *program_fixture, struct text *text)
{
    text_add(text, filter_text(program_fixture->console->filter));
}

static void field_bad(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%d", program_fixture->console->prompt_fault.is_bad);
}

static void field_prompt(const struct program_fixture *program_fixture, struct text *text)
{
    static const char *const names[] = { "none", "filter", "find", "search", "only",
                                         "time", "save",   "at",   "command" };
    text_add(text, names[program_fixture->console->prompt_use]);
}

static void field_skipped(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%d", program_fixture->console->columns_skipped);
}

static void field_dialog(const struct program_fixture *program_fixture, struct text *text)
{
    static const char *const names[] = { "none",       "pause_all",  "resume_all",  "pause_row",
                                         "resume_row", "dry_run_on", "dry_run_off", "pass",
                                         "reload",     "scale",      "sort",        "suspend",
                                         "quit" };
    text_add(text, names[program_fixture->console->dialog.kind]);
}

static void field_button(const struct program_fixture *program_fixture, struct text *text)
{
    text_add(text, program_fixture->console->dialog.focus == FOCUS_ACTION ? "action" : "cancel");
}

static void field_delta(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%" PRId32, program_fixture->console->dialog.delta);
}

static void field_typed(const struct program_fixture *program_fixture, struct text *text)
{
    text_add(text, program_fixture->console->dialog.typed.text);
}

static void field_help(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%d", program_fixture->console->is_help_open);
}

static void field_help_top(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%d", program_fixture->console->help_top);
}

static void field_explain_top(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%d", program_fixture->console->explain_top);
}

static void field_log_focused(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%d", program_fixture->console->is_log_focused);
}

static void field_follow(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%d", program_fixture->console->log.is_following);
}

static void field_level(const struct program_fixture *program_fixture, struct text *text)
{
    text_add(text, level_name(program_fixture->console->log.level_min));
}

static void field_sideways(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%d", program_fixture->console->log.sideways);
}

static void field_scope(const struct program_fixture *program_fixture, struct text *text)
{
    text_add(text, program_fixture->console->log.scope);
}

static void field_digit(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%d", program_fixture->console->digit);
}

static void field_name(const struct program_fixture *program_fixture, struct text *text)
{
    text_add(text, console_view_name(program_fixture->console));
}

/* The first three columns, a minus before hidden ones; "-": the default. */
static void field_columns(const struct program_fixture *program_fixture, struct text *text)
{
    char choice[COLUMN_CHOICE_TEXT_SIZE];
    const char *end = choice;
    column_choice_format(&program_fixture->console->choice, choice);
    for (int i = 0; i < 3 && *end != '\0'; i++)
        end += 1 + strcspn(end + 1, ",");
    text_add_bytes(text, choice, (size_t)(end - choice));
}

/* The place of its cursor; "closed". */
static void field_chooser(const struct program_fixture *program_fixture, struct text *text)
{
    const struct chooser *chooser = &program_fixture->console->chooser;
    if (chooser->is_open)
        text_addf(text, "%d", chooser->place);
    else
        text_add(text, "closed");
}

static void field_find(const struct program_fixture *program_fixture, struct text *text)
{
    text_add(text, filter_text(program_fixture->console->search));
}

static void field_hits(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%zu", hits_count(program_fixture->console->hits));
}

static void field_refused(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%d", program_fixture->console->prompt_fault.is_refused);
}

static void field_search(const struct program_fixture *program_fixture, struct text *text)
{
    text_add(text, line_pattern_text(program_fixture->console->log.search));
}

static void field_only(const struct program_fixture *program_fixture, struct text *text)
{
    text_add(text, line_pattern_text(program_fixture->console->log.only));
}

/* How many lines there are from the selected one to the end. */
static void field_back(const struct program_fixture *program_fixture, struct text *text)
{
    const struct console *console = program_fixture->console;
    text_addf(text, "%" PRIu64, logbook_end(console->logbook) - console->log.cursor);
}

/* The first word of the selected line. */
static void field_line(const struct program_fixture *program_fixture, struct text *text)
{
    const struct console *console = program_fixture->console;
    const struct logbook_line *line = logbook_at(console->logbook, console->log.cursor);
    assert_non_null(line);
    text_add_bytes(text, line->text, strcspn(line->text, " "));
}

static void field_whole(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%d", program_fixture->console->log.is_line_open);
}

static void field_strip(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%d", program_fixture->console->layout.strip.rows);
}

static void field_frozen(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%d", program_fixture->console->is_frozen);
}

static void field_stale(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%d", program_fixture->console->is_silent);
}

static void field_unread(const struct program_fixture *program_fixture, struct text *text)
{
    text_addf(text, "%d", program_fixture->console->is_unread);
}

static void field_wish(const struct program_fixture *program_fixture, struct text *text)
{
    static const char *const names[] = { "none", "repaint", "suspend", "copy", "write", "leave" };
    text_add(text, names[program_fixture->console->wish]);
}

static void field_focus(const struct program_fixture *program_fixture, struct text *text)
{
    text_add(text, program_fixture->focus.slot == SLOT_NONE ? "none" : program_fixture->focus.id);
    if (program_fixture->focus.delta != 0)
        text_addf(text, "%+" PRId32, program_fixture->focus.delta);
}

static void field_role(const struct program_fixture *program_fixture, struct text *text)
{
    enum role role = program_fixture->console->message_role;
    text_add(text, role == ROLE_ERROR ? "error" : role == ROLE_WARN ? "warn" : "normal");
}

static const struct field {
    const char *name;
    void (*read)(const struct program_fixture *program_fixture, struct text *text);
} fields[] = {
    { "page", field_page },
    { "cursor", field_cursor },
    { "position", field_position },
    { "top", field_top },
    { "count", field_count },
    { "held", field_held },
    { "view", field_view },
    { "sort", field_sort },
    { "filter", field_filter },
    { "bad", field_bad },
    { "prompt", field_prompt },
    { "skipped", field_skipped },
    { "dialog", field_dialog },
    { "button", field_button },
    { "delta", field_delta },
    { "typed", field_typed },
    { "help", field_help },
    { "help_top", field_help_top },
    { "explain_top", field_explain_top },
    { "log_focused", field_log_focused },
    { "follow", field_follow },
    { "level", field_level },
    { "sideways", field_sideways },
    { "search", field_search },
    { "find", field_find },
    { "digit", field_digit },
    { "name", field_name },
    { "columns", field_columns },
    { "chooser", field_chooser },
    { "scope", field_scope },
    { "hits", field_hits },
    { "refused", field_refused },
    { "only", field_only },
    { "back", field_back },
    { "line", field_line },
    { "strip", field_strip },
    { "whole", field_whole },
    { "frozen", field_frozen },
    { "stale", field_stale },
    { "unread", field_unread },
    { "wish", field_wish },
    { "focus", field_focus },
    { "role", field_role },
};

static void check_field(const struct program_fixture *program_fixture, const char *name,
                        size_t name_length, const char *wanted)
{
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        if (strlen(fields[i].name) != name_length || memcmp(fields[i].name, name, name_length) != 0)
            continue;
        char value[VALUE_SIZE];
        struct text text;
        text_init(&text, value, sizeof value);
        fields[i].read(program_fixture, &text);
        if (strcmp(value, wanted) != 0)
            fail_msg("%s is '%s', not '%s' (message: %s)", fields[i].name, value, wanted,
                     program_fixture->console->message);
        return;
    }
    fail_msg("no field %s", name);
}

static void check_fields(const struct program_fixture *program_fixture, const char *wanted)
{
    while (*wanted) {
        size_t length = strcspn(wanted, " ");
        size_t name_length = strcspn(wanted, "=");
        char value[VALUE_SIZE];
        assert_true(name_length < length);
        memcpy(value, wanted + name_length + 1, length - name_length - 1);
        value[length - name_length - 1] = '\0';
        check_field(program_fixture, wanted, name_length, value);
        wanted += length + (wanted[length] == ' ');
    }
}

/* --- rows ------------------------------------------------------------------------------------------------------ */

static const struct console_row {
    const char *name;
    const char *keys;
    const char *wanted;   /* fields */
    const char *commands; /* but FOCUS */
    const char *message;  /* part of it; NULL: there is none */
} console_rows[] = {
#define ROW(name, keys, wanted, commands, message) { name, keys, wanted, commands, message },
#include "tests/unit/panels/console_rows.def"
#undef ROW
};

static void check_row(void **state)
{
    const struct console_row *row = *state;
    struct program_fixture program_fixture;
    program_fixture_init(&program_fixture);
    play(&program_fixture, row->keys);
    check_fields(&program_fixture, row->wanted);
    assert_string_equal(program_fixture.commands, row->commands);
    if (row->message && !strstr(program_fixture.console->message, row->message))
        fail_msg("the message is '%s', without '%s'", program_fixture.console->message,
                 row->message);
    if (!row->message)
        assert_string_equal(program_fixture.console->message, "");
    program_fixture_fini(&program_fixture);
}

/* --- laws ------------------------------------------------------------------------------------------------------ */

static const char *const steering_keys[] = { "p", "P", "D", "+", "-", "@storm r" };

static void wait_for_a_deadline(struct program_fixture *program_fixture)
{
    program_fixture->now = console_deadline(program_fixture->console);
    console_tick(program_fixture->console, program_fixture->now);
    console_draw(program_fixture->console, &program_fixture->canvas);
}

/* An idle console wakes up once when nothing is read, once when the engine is silent, and then no more. */
static void old_figures_wake_the_console_once(void **state)
{
    (void)state;
    struct program_fixture program_fixture;
    program_fixture_init(&program_fixture);
    struct mono arrived = program_fixture.now;
    take(&program_fixture);
    console_draw(program_fixture.console, &program_fixture.canvas);
    assert_false(program_fixture.console->is_unread);
    wait_for_a_deadline(&program_fixture);
    assert_true(program_fixture.console->is_unread);
    assert_false(program_fixture.console->is_silent);
    assert_in_range(program_fixture.now.ms - arrived.ms, 41000, 43000);
    wait_for_a_deadline(&program_fixture);
    assert_true(program_fixture.console->is_silent);
    assert_int_equal(console_deadline(program_fixture.console).ms, MONO_NEVER.ms);
    program_fixture_fini(&program_fixture);
}

/* A status is old behind the limit, not at it; one that never came is not. */
static void a_status_is_old_after_two_intervals(void **state)
{
    (void)state;
    struct program_fixture program_fixture;
    program_fixture_init(&program_fixture);
    take(&program_fixture);
    const struct console *console = program_fixture.console;
    int64_t now_ms = console_clock(console).ms;
    assert_int_equal(console_old_after_ms(console), 60000);
    assert_false(console_is_old(console, (struct wall){ now_ms - 60000 }));
    assert_true(console_is_old(console, (struct wall){ now_ms - 60001 }));
    assert_false(console_is_old(console, (struct wall){ 0 }));
    assert_int_equal(console_stale_since(console).ms, 0);
    snapshots_engine(program_fixture.maker)->pass_interval_ms = 10;
    take(&program_fixture);
    assert_int_equal(console_old_after_ms(console), 5000);
    program_fixture_fini(&program_fixture);
}

/* After a key that opens a dialog, no single key sends a command. */
static void nothing_unconfirmed_is_sent(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(steering_keys); i++) {
        for (uint32_t keypress = 1; keypress <= KEYPRESS_F12; keypress++) {
            if (keypress == 0x180)
                keypress = 0x10fff0;
            if (keypress == KEYPRESS_ENTER)
                continue;
            struct program_fixture program_fixture;
            program_fixture_init(&program_fixture);
            program_fixture.has_detail = true;
            play(&program_fixture, steering_keys[i]);
            take(&program_fixture);
            assert_int_not_equal(program_fixture.console->dialog.kind, DIALOG_NONE);
            press(&program_fixture, INPUT_KEY, keypress, 0, 0);
            press(&program_fixture, INPUT_PASTE, KEYPRESS_ENTER, 0, 0);
            press(&program_fixture, INPUT_DOUBLE_CLICK, keypress, 40, 12);
            assert_string_equal(program_fixture.commands, "");
            program_fixture_fini(&program_fixture);
        }
    }
}

/* Every act of every context has a row that starts with its key. */
static void every_act_has_a_row(void **state)
{
    (void)state;
    static const struct {
        unsigned context;
        const char *way;
    } ways[] = {
        { KEY_CONTEXT_LIST, "" },
        { KEY_CONTEXT_EXPLAIN, "Enter " },
        { KEY_CONTEXT_LOG, "l " },
        { KEY_CONTEXT_HELP, "? " },
    };
    struct key_bindings defaults;
    key_bindings_init(&defaults);
    for (int act = ACT_NONE + 1; act < ACT_COUNT; act++) {
        const struct key_row *key = keys_row((enum act)act);
        for (size_t w = 0; w < COUNT_OF(ways); w++) {
            bool is_tested = !(key->contexts & ways[w].context);
            size_t way_length = strlen(ways[w].way);
            for (size_t i = 0; i < COUNT_OF(console_rows) && !is_tested; i++) {
                const char *keys = console_rows[i].keys;
                if (strncmp(keys, ways[w].way, way_length) != 0)
                    continue;
                char word[WORD_SIZE];
                size_t length = strcspn(keys + way_length, " ");
                memcpy(word, keys + way_length, length);
                word[length] = '\0';
                uint32_t keypress = word[0] == '"' ? (uint32_t)(unsigned char)word[1]
                                                   : keypress_parse(word, length);
                is_tested = keypress != KEYPRESS_NONE &&
                            key_bindings_act(&defaults, ways[w].context, keypress) == (enum act)act;
            }
            if (!is_tested)
                fail_msg("no row presses '%s' after '%s'", key->keys, ways[w].way);
        }
    }
}

/* Every keypress of an act does the same as its first one. */
static void keys_of_an_act_are_alike(void **state)
{
    (void)state;
    static const char *const alike[][2] = {
        { "j", "Down" }, { "G", "End" }, { "PgDn", "Ctrl-f" }, { "s", "F6" },
        { "?", "F1" },   { "?", "h" },   { "q", "F10" },       { "q", "Ctrl-c" },
        { "/", "F4" },   { "/", "\\" },  { "+", "=" },         { "Tab", "S-Tab" },
    };
    for (size_t i = 0; i < COUNT_OF(alike); i++) {
        struct program_fixture a;
        struct program_fixture b;
        program_fixture_init(&a);
        program_fixture_init(&b);
        play(&a, alike[i][0]);
        play(&b, alike[i][1]);
        assert_int_equal(a.console->cursor.position, b.console->cursor.position);
        assert_int_equal(a.console->dialog.kind, b.console->dialog.kind);
        assert_int_equal(a.console->prompt_use, b.console->prompt_use);
        assert_int_equal(a.console->is_help_open, b.console->is_help_open);
        assert_int_equal(a.console->is_log_focused, b.console->is_log_focused);
        program_fixture_fini(&a);
        program_fixture_fini(&b);
    }
}

/* Before anything came. */
static void nothing_harms_an_empty_console(void **state)
{
    (void)state;
    for (int act = ACT_NONE + 1; act < ACT_COUNT; act++) {
        struct program_fixture program_fixture;
        open_stage(&program_fixture, VIEW_ALL, &program_fixture.console);
        draw(&program_fixture);
        press(&program_fixture, INPUT_KEY, keys_keypress(keys_row((enum act)act), 0), 0, 0);
        press(&program_fixture, INPUT_KEY, KEYPRESS_TAB, 0, 0);
        press(&program_fixture, INPUT_KEY, KEYPRESS_ESC, 0, 0);
        press(&program_fixture, INPUT_CLICK, 0, 10, 8);
        press(&program_fixture, INPUT_WHEEL_DOWN, 0, 10, 8);
        assert_string_equal(program_fixture.commands, "");
        program_fixture_fini(&program_fixture);
    }
}

static void a_bad_filter_is_no_configuration(void **state)
{
    (void)state;
    struct console_config config = { .filter = "free<x", .confirm_above_ppb = CONFIRM_ABOVE_PPB };
    struct console_port port = { .send = record, .release = give_back };
    struct console *console = NULL;
    struct error err;
    assert_int_equal(console_create(&config, &port, &panels_renderer, &console, &err),
                     ERR_BAD_VALUE);
    assert_null(console);
    config.filter = "eu";
    assert_int_equal(console_create(&config, &port, &panels_renderer, &console, &err), 0);
    assert_string_equal(filter_text(console->filter), "eu");
    console_destroy(console);
}

static void wishes_are_taken_once(void **state)
{
    (void)state;
    struct program_fixture program_fixture;
    program_fixture_init(&program_fixture);
    play(&program_fixture, "Ctrl-l");
    assert_int_equal(console_take_wish(program_fixture.console), WISH_REPAINT);
    assert_int_equal(console_take_wish(program_fixture.console), WISH_NONE);
    program_fixture_fini(&program_fixture);
}

/* The only deadline was that of the stale engine; it has passed. */
static void an_idle_console_has_no_deadline(void **state)
{
    (void)state;
    struct program_fixture program_fixture;
    program_fixture_init(&program_fixture);
    play(&program_fixture, "j @stale @much_later");
    assert_int_equal(console_deadline(program_fixture.console).ms, MONO_NEVER.ms);
    play(&program_fixture, "j");
    assert_int_equal(console_deadline(program_fixture.console).ms,
                     program_fixture.now.ms + HOLD_MS - TYPING_RUN_MS);
    program_fixture_fini(&program_fixture);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    static struct CMUnitTest rows[COUNT_OF(console_rows)];
    TESTS_FROM_ROWS(rows, console_rows, check_row);
    const struct CMUnitTest laws[] = {
        cmocka_unit_test(nothing_unconfirmed_is_sent),
        cmocka_unit_test(old_figures_wake_the_console_once),
        cmocka_unit_test(a_status_is_old_after_two_intervals),
        cmocka_unit_test(every_act_has_a_row),
        cmocka_unit_test(keys_of_an_act_are_alike),
        cmocka_unit_test(nothing_harms_an_empty_console),
        cmocka_unit_test(a_bad_filter_is_no_configuration),
        cmocka_unit_test(wishes_are_taken_once),
        cmocka_unit_test(an_idle_console_has_no_deadline),
    };
    int failed = cmocka_run_group_tests_name("console: keys", rows, NULL, NULL);
    failed += cmocka_run_group_tests_name("console: laws", laws, NULL, NULL);
    return failed;
}
