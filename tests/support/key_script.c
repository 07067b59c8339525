#include "tests/support/key_script.h"

#include "engine/base/duration.h"
#include "engine/base/text.h"
#include "tests/support/test.h"
#include "tui/console/console_state.h"
#include "tui/panels/panels.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS 80
#define ROWS 24
#define PASTE_GAP_MS 20

/* --- the engine's side ----------------------------------------------------------------------------------------- */

int key_script_record(void *context, const struct command *command)
{
    struct key_script *script = context;
    if (script->is_full)
        return -EAGAIN;
    assert_true(command->serial > script->serial);
    script->serial = command->serial;
    if (command->kind == COMMAND_FOCUS) {
        script->focus = *command;
        return 0;
    }
    struct text text;
    text_init(&text, script->commands, sizeof script->commands);
    text.length = strlen(script->commands);
    text_addf(&text, "%s%s", text.length ? "; " : "", command_row(command->kind)->name);
    if (command->slot != SLOT_NONE)
        text_addf(&text, " %" PRIu32 " %s", command->slot, command->id);
    if (command->delta != 0)
        text_addf(&text, " %+" PRId32, command->delta);
    if (command->for_ms != 0) {
        text_add(&text, " for ");
        text_add_duration(&text, command->for_ms);
    }
    if (command->is_forced)
        text_add(&text, " forced");
    return 0;
}

void key_script_give_back(void *context, const struct snapshot *snapshot)
{
    struct key_script *script = context;
    snapshots_give_back(script->maker, snapshot);
}

static void set_detail(struct key_script *script)
{
    static struct snapshot_detail detail;
    const struct command *focus = &script->focus;
    if (!script->has_detail || focus->slot == SLOT_NONE) {
        snapshots_set_detail(script->maker, NULL);
        return;
    }
    snapshots_example_detail(script->maker, focus->slot, &detail);
    detail.manual_delta = focus->delta;
    detail.objection_count = script->objections;
    snprintf(detail.manual_refusal, sizeof detail.manual_refusal, "%s",
             script->refusal ? script->refusal : "");
    snapshots_set_detail(script->maker, &detail);
}

void key_script_take(struct key_script *script)
{
    set_detail(script);
    snapshots_at(script->maker)->ms += 100;
    script->now = mono_after(script->now, 100);
    console_tick(script->console, script->now);
    console_snapshots_take(script->console, script->now, snapshots_take(script->maker));
}

void key_script_draw(struct key_script *script)
{
    console_draw(script->console, &script->canvas);
    assert_false(console_is_dirty(script->console));
}

static void elapse(struct key_script *script, int64_t ms)
{
    script->now = mono_after(script->now, ms);
    console_tick(script->console, script->now);
}

/* At the speed of a person: slower than a paste, and a dialog is read before it is answered. */
void key_script_press(struct key_script *script, enum input_kind kind, uint32_t keypress,
                      int column, int row)
{
    bool is_answer = kind == INPUT_KEY && keypress == KEYPRESS_ENTER &&
                     script->console->dialog.kind != DIALOG_NONE;
    struct input input = { .kind = kind, .keypress = keypress, .column = column, .row = row };
    elapse(script, is_answer ? TYPING_QUIET_MS : TYPING_RUN_MS);
    input.came = script->now;
    console_input(script->console, script->now, &input);
    elapse(script, TYPING_RUN_MS);
    key_script_draw(script);
}

/* At the speed of a paste over a slow line. */
static void paste_slowly(struct key_script *script, const char *text)
{
    elapse(script, TYPING_RUN_MS);
    for (const char *at = text; *at; at++) {
        struct input input = { .kind = INPUT_KEY,
                               .keypress = *at == '\r'   ? KEYPRESS_ENTER
                                           : *at == '\t' ? KEYPRESS_TAB
                                                         : (uint32_t)(unsigned char)*at,
                               .came = script->now };
        console_input(script->console, script->now, &input);
        elapse(script, PASTE_GAP_MS);
        key_script_draw(script);
    }
    elapse(script, TYPING_RUN_MS);
    key_script_draw(script);
}

static uint32_t slot_of(struct key_script *script, const char *id)
{
    const struct snapshot *shown = script->console->shown;
    for (uint32_t slot = 0; slot < shown->slot_count; slot++) {
        const struct snapshot_row *row = snapshot_row_at(shown, slot);
        if (row && strcmp(row->name->id, id) == 0)
            return slot;
    }
    fail();
    return SLOT_NONE;
}

/* --- events ---------------------------------------------------------------------------------------------------- */

static void happen_paused(struct key_script *script)
{
    snapshots_engine(script->maker)->is_paused = true;
    snapshots_engine(script->maker)->paused_at = SNAPSHOTS_AT;
    key_script_take(script);
}

static void happen_dry(struct key_script *script)
{
    snapshots_engine(script->maker)->is_dry_run = true;
    key_script_take(script);
}

static void happen_read_only(struct key_script *script)
{
    snapshots_engine(script->maker)->is_read_only = true;
    key_script_take(script);
}

static void happen_stopping(struct key_script *script)
{
    snapshots_engine(script->maker)->is_stopping = true;
    key_script_take(script);
}

static void happen_stale(struct key_script *script)
{
    script->now = console_deadline(script->console);
    while (!script->console->is_silent) {
        assert_int_not_equal(script->now.ms, MONO_NEVER.ms);
        console_tick(script->console, script->now);
        if (!script->console->is_silent)
            script->now = console_deadline(script->console);
    }
}

/* No status was read for two intervals. */
static void happen_unread(struct key_script *script)
{
    while (!script->console->is_unread) {
        script->now = console_deadline(script->console);
        assert_int_not_equal(script->now.ms, MONO_NEVER.ms);
        console_tick(script->console, script->now);
    }
}

/* The same with an engine that goes on. */
static void happen_dead(struct key_script *script)
{
    snapshots_at(script->maker)->ms += 60000;
    snapshots_engine(script->maker)->next_pass.ms += 60000;
    key_script_take(script);
}

/* Everything is read again. */
static void happen_read(struct key_script *script)
{
    struct wall at = *snapshots_at(script->maker);
    snapshots_engine(script->maker)->last_read = at;
    for (uint32_t slot = 0; slot < script->console->shown->slot_count; slot++)
        if (snapshot_row_at(script->console->shown, slot))
            snapshots_row(script->maker, slot)->read_at = at;
    key_script_take(script);
}

static void happen_later(struct key_script *script)
{
    script->now = mono_after(script->now, HOLD_MS);
    console_tick(script->console, script->now);
}

static void happen_much_later(struct key_script *script)
{
    script->now = mono_after(script->now, MESSAGE_MS);
    console_tick(script->console, script->now);
}

/* The row that stands second goes to the front. */
static void happen_worse(struct key_script *script)
{
    uint32_t slot = slot_of(script, "ap-south-beta-qa");
    struct snapshot_row *row = snapshots_row(script->maker, slot);
    row->state = STATE_STARVED;
    row->base_state = STATE_UP;
    row->reason = REASON_BELOW_TARGET;
    row->delta = 99;
    key_script_take(script);
}

/* What stands first needs nothing more. */
static void happen_row_well(struct key_script *script)
{
    snapshots_row(script->maker, slot_of(script, "us-east-pvp-legacy"))->state = STATE_ON_TARGET;
    key_script_take(script);
}

static void happen_first_gone(struct key_script *script)
{
    snapshots_remove(script->maker, slot_of(script, "us-east-pvp-legacy"));
    key_script_take(script);
}

static void happen_queue_gone(struct key_script *script)
{
    snapshots_remove(script->maker, slot_of(script, "eu-west-queue-02"));
    key_script_take(script);
}

/* Another deployment has its slot. */
static void happen_first_replaced(struct key_script *script)
{
    uint32_t slot = slot_of(script, "us-east-pvp-legacy");
    snapshots_remove(script->maker, slot);
    assert_int_equal(snapshots_add(script->maker, "another-one"), slot);
    key_script_take(script);
}

static void happen_row_paused(struct key_script *script)
{
    snapshots_row(script->maker, slot_of(script, "us-east-pvp-legacy"))->is_paused = true;
    key_script_take(script);
}

static void happen_policy_paused(struct key_script *script)
{
    snapshots_row(script->maker, slot_of(script, "us-east-pvp-legacy"))->state = STATE_PAUSED;
    snapshots_row(script->maker, slot_of(script, "us-east-pvp-legacy"))->reason = REASON_PAUSED;
    key_script_take(script);
}

static void calm_row(struct key_script *script, uint32_t slot)
{
    if (snapshot_row_at(script->console->shown, slot))
        snapshots_row(script->maker, slot)->wanted_delta = 0;
}

/* Nothing would move. */
static void happen_calm(struct key_script *script)
{
    size_t count = script->console->shown->slot_count;
    for (uint32_t slot = 0; slot < count; slot++)
        calm_row(script, slot);
    key_script_take(script);
}

/* 500 hosts would. */
static void happen_storm(struct key_script *script)
{
    happen_calm(script);
    snapshots_row(script->maker, slot_of(script, "eu-west-arena-ranked"))->wanted_delta = 500;
    key_script_take(script);
}

/* The first row has one host more and needs one more. */
static void happen_grown(struct key_script *script)
{
    struct snapshot_row *row = snapshots_row(script->maker, slot_of(script, "us-east-pvp-legacy"));
    row->hosts++;
    row->wanted_delta++;
    key_script_take(script);
}

/* Back to what it was. */
static void happen_shrunk(struct key_script *script)
{
    struct snapshot_row *row = snapshots_row(script->maker, slot_of(script, "us-east-pvp-legacy"));
    row->hosts--;
    row->wanted_delta--;
    key_script_take(script);
}

/* By another operator. */
static void happen_resumed(struct key_script *script)
{
    snapshots_engine(script->maker)->is_paused = false;
    snapshots_row(script->maker, slot_of(script, "us-east-pvp-legacy"))->is_paused = false;
    key_script_take(script);
}

static void happen_live(struct key_script *script)
{
    snapshots_engine(script->maker)->is_dry_run = false;
    key_script_take(script);
}

static void happen_all_well(struct key_script *script)
{
    size_t count = script->console->shown->slot_count;
    for (uint32_t slot = 0; slot < count; slot++)
        snapshots_row(script->maker, slot)->state = STATE_ON_TARGET;
    key_script_take(script);
}

static void happen_no_objection(struct key_script *script)
{
    script->has_detail = true;
    script->objections = 0;
    key_script_take(script);
}

static void happen_objection(struct key_script *script)
{
    script->has_detail = true;
    script->objections = 1;
    key_script_take(script);
}

static void happen_more_objections(struct key_script *script)
{
    script->objections = 2;
    key_script_take(script);
}

static void happen_refusal(struct key_script *script)
{
    script->has_detail = true;
    script->refusal = "never";
    key_script_take(script);
}

static void happen_full(struct key_script *script)
{
    script->is_full = true;
}

static void happen_room(struct key_script *script)
{
    script->is_full = false;
}

static void acknowledge(struct key_script *script, bool is_accepted, const char *sentence)
{
    struct command_ack ack = { COMMAND_PAUSE_ALL, script->serial, is_accepted, { 0 } };
    snprintf(ack.text, sizeof ack.text, "%s", sentence);
    snapshots_acknowledge(script->maker, &ack);
    key_script_take(script);
}

static void happen_accepted(struct key_script *script)
{
    acknowledge(script, true, "paused: it is so");
}

static void happen_refused(struct key_script *script)
{
    acknowledge(script, false, "refused: it is not");
}

static void happen_line(struct key_script *script)
{
    snapshots_line(script->maker, LEVEL_INFO, EVENT_SCALED, "eu-west-chess-ranked", "new line");
    key_script_take(script);
}

/* The next day, at the same time. */
static void happen_next_day(struct key_script *script)
{
    snapshots_at(script->maker)->ms += 86400000;
    happen_line(script);
}

static void happen_ghost_line(struct key_script *script)
{
    snapshots_line(script->maker, LEVEL_INFO, EVENT_SCALED, "unknown", "of an unknown one");
    key_script_take(script);
}

static void happen_general_line(struct key_script *script)
{
    snapshots_line(script->maker, LEVEL_INFO, EVENT_PASS_DONE, NULL, "of none");
    key_script_take(script);
}

static void happen_paste(struct key_script *script)
{
    static const char pasted[] = "r1pq";
    for (const char *at = pasted; *at; at++)
        key_script_press(script, INPUT_PASTE, (uint32_t)(unsigned char)*at, 0, 0);
    key_script_press(script, INPUT_PASTE, KEYPRESS_ENTER, 0, 0);
    key_script_press(script, INPUT_PASTE, '\r', 0, 0);
}

static void resize(struct key_script *script, int columns, int rows)
{
    assert_int_equal(canvas_resize(&script->canvas, columns, rows), 0);
}

static void happen_small(struct key_script *script)
{
    resize(script, 60, 12);
}

static void happen_low(struct key_script *script)
{
    resize(script, 40, 5);
}

static void happen_high(struct key_script *script)
{
    resize(script, 80, 40);
}

static void happen_tiny(struct key_script *script)
{
    resize(script, 5, 1);
}

static void click(struct key_script *script, enum input_kind kind, struct area area, int column,
                  int row)
{
    key_script_press(script, kind, 0, area.column + column, area.row + row);
}

static void happen_click_third(struct key_script *script)
{
    click(script, INPUT_CLICK, script->console->layout.list, 5, 2);
}

static void happen_double_third(struct key_script *script)
{
    click(script, INPUT_DOUBLE_CLICK, script->console->layout.list, 5, 2);
}

static void happen_click_below(struct key_script *script)
{
    click(script, INPUT_DOUBLE_CLICK, script->console->layout.list, 5, 13);
}

static void happen_click_title(struct key_script *script)
{
    const struct console *console = script->console;
    for (int i = 0; i < console->columns.count; i++) {
        if (console->columns.places[i].column == COLUMN_HOSTS)
            click(script, INPUT_CLICK, console->layout.heading, console->columns.places[i].at, 0);
    }
}

static void happen_click_log(struct key_script *script)
{
    click(script, INPUT_CLICK, script->console->layout.log, 5, 0);
}

static void happen_double_log(struct key_script *script)
{
    click(script, INPUT_DOUBLE_CLICK, script->console->layout.log, 5, 3);
}

static void happen_click_page(struct key_script *script)
{
    click(script, INPUT_CLICK, console_log_area(script->console), 5, 0);
}

static void happen_wheel(struct key_script *script)
{
    click(script, INPUT_WHEEL_DOWN, script->console->layout.list, 5, 2);
}

static void happen_wheel_up(struct key_script *script)
{
    click(script, INPUT_WHEEL_UP, script->console->layout.list, 5, 2);
}

static void happen_wheel_log(struct key_script *script)
{
    click(script, INPUT_WHEEL_UP, script->console->layout.log, 5, 0);
}

static const struct event_step {
    const char *name;
    void (*happen)(struct key_script *script);
} event_steps[] = {
    { "@take", key_script_take },
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
    { "@row_well", happen_row_well },
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
    { "@low", happen_low },
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

static void happen(struct key_script *script, const char *word)
{
    for (size_t i = 0; i < COUNT_OF(event_steps); i++) {
        if (strcmp(event_steps[i].name, word) == 0) {
            event_steps[i].happen(script);
            key_script_draw(script);
            return;
        }
    }
    fail_msg("no event %s", word);
}

static void play_word(struct key_script *script, const char *word)
{
    if (word[0] == '@') {
        happen(script, word);
    } else if (word[0] == '"') {
        for (const char *at = word + 1; *at; at++)
            key_script_press(script, INPUT_KEY, (uint32_t)(unsigned char)*at, 0, 0);
    } else if (word[0] == '~') {
        paste_slowly(script, word + 1);
    } else {
        uint32_t keypress = keypress_parse(word, strlen(word));
        if (keypress == KEYPRESS_NONE)
            fail_msg("no keypress %s", word);
        key_script_press(script, INPUT_KEY, keypress, 0, 0);
    }
}

void key_script_play(struct key_script *script, const char *keys)
{
    while (*keys) {
        char word[WORD_SIZE];
        size_t length = strcspn(keys, " ");
        assert_true(length < sizeof word);
        memcpy(word, keys, length);
        word[length] = '\0';
        play_word(script, word);
        keys += length + (keys[length] == ' ');
    }
}

void key_script_open(struct key_script *script, enum view view, struct console **ret_console)
{
    struct console_config config = { .view = view,
                                     .sort = COLUMN_STATE,
                                     .confirm_above_ppb = CONFIRM_ABOVE_PPB };
    *script = (struct key_script){ .maker = snapshots_create(), .now = { 1000000 } };
    script->focus.slot = SLOT_NONE;
    struct console_port port = { .send = key_script_record,
                                 .release = key_script_give_back,
                                 .context = script };
    struct error err;
    assert_int_equal(console_create(&config, &port, &panels_renderer, ret_console, &err), 0);
    canvas_init(&script->canvas);
    script->canvas.is_ascii = true;
    resize(script, COLUMNS, ROWS);
}

void key_script_init(struct key_script *script)
{
    key_script_open(script, VIEW_ATTENTION, &script->console);
    snapshots_fill_showcase(script->maker);
    key_script_take(script);
    key_script_draw(script);
}

void key_script_fini(struct key_script *script)
{
    assert_true(snapshots_out(script->maker) <= 2);
    console_destroy(script->console);
    assert_int_equal(snapshots_out(script->maker), 0);
    snapshots_destroy(script->maker);
    canvas_fini(&script->canvas);
}
