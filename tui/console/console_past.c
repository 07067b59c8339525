/*
 * Looking at the past: in a replay always; beside a running engine from the first key of it on, until the operator
 * goes back to now. The two sources of snapshots have a log, an attention queue and a trend each; those of the source
 * that is not shown are set aside, and go on.
 */
#include "tui/console/console.h"
#include "tui/console/console_state.h"

#include "engine/base/text.h"
#include "tui/console/log_time.h"
#include "tui/console/palette.h"

#include <inttypes.h>
#include <string.h>

#define REAL_SPEED_MILLIS 1000

bool console_wants_past(const struct console *console)
{
    return console->past.is_asked;
}

/* --- the two sources ------------------------------------------------------------------------------------------- */

void console_past_swap(struct console *console)
{
    struct side side = { console->logbook, console->attention, console->trend,
                         console->is_attention_lost };
    console->logbook = console->aside.logbook;
    console->attention = console->aside.attention;
    console->trend = console->aside.trend;
    console->is_attention_lost = console->aside.is_attention_lost;
    console->aside = side;
}

/* What was read before belongs to another time. */
static void forget(struct console *console)
{
    struct attention *attention;
    logbook_clear(console->logbook);
    console->is_attention_lost = attention_create(&attention) != 0;
    if (console->is_attention_lost)
        return;
    attention_destroy(console->attention);
    console->attention = attention;
}

/* Gaps of some minutes are those between long passes. */
#define FILLED_MINUTES 2

static void recall_trend(struct console *console, const struct snapshot_past *past)
{
    fleet_trend_init(&console->trend);
    for (size_t i = 0; i < past->sums_count; i++) {
        const struct snapshot_sums *sums = &past->sums[i];
        struct fleet_totals totals = { .hosts = sums->hosts,
                                       .pending_hosts = sums->pending_hosts,
                                       .servers = sums->servers,
                                       .free_servers = sums->free_servers };
        fleet_trend_add(&console->trend, sums->at, &totals, true, FILLED_MINUTES);
    }
}

void console_past_begin(struct console *console, const struct snapshot_past *past)
{
    if (!past->is_jump)
        return;
    forget(console);
    recall_trend(console, past);
}

/* The same deployment has another slot in the other source. */
static void find_cursor(struct console *console)
{
    for (uint32_t slot = 0; slot < console->shown->slot_count; slot++) {
        const struct snapshot_row *row = snapshot_row_at(console->shown, slot);
        if (!row || strcmp(row->name->id, console->cursor.id) != 0)
            continue;
        console->cursor.slot = slot;
        return;
    }
}

void console_past_turn(struct console *console)
{
    console_past_swap(console);
    if (console->shown && console->cursor.slot != SLOT_NONE)
        find_cursor(console);
    console_commands_close(console);
    console->focus = (struct focus){ .slot = SLOT_NONE, .delta = INT32_MIN }; /* to be sent again */
    console_log_follow(console);
}

/* --- what is asked --------------------------------------------------------------------------------------------- */

static const char no_recording[] = "there is no recording to look at: a demo has none, nor has a "
                                   "console that is attached, or without a state directory";

static bool ask(struct console *console, const struct look_request *look)
{
    struct command command = { .kind = COMMAND_LOOK, .slot = SLOT_NONE, .look = *look };
    char sentence[COMMAND_TEXT_SIZE];
    if (!console->port.look) {
        console_message(console, ROLE_WARN, "%s",
                        console->config.is_attached ? CONSOLE_PAST_ATTACHED : no_recording);
        return false;
    }
    command.serial = ++console->serial;
    if (console->port.look(console->port.context, &command, sentence)) {
        console_message(console, ROLE_ERROR, "the past cannot be shown: %s", sentence);
        return false;
    }
    console->past.is_asked = true;
    return true;
}

static bool is_now(struct console *console)
{
    if (console_is_past(console) || console->past.is_asked)
        return false;
    if (console->port.look)
        console_message(console, ROLE_NORMAL, "this is now: %s goes to the past",
                        console_key(console, ACT_EARLIER).text);
    else
        console_message(console, ROLE_WARN, "this is now; %s", no_recording);
    return true;
}

static void step(struct console *console, int32_t steps)
{
    if (steps > 0 && is_now(console))
        return;
    ask(console, &(struct look_request){ .kind = LOOK_STEP, .steps = steps });
}

static void play(struct console *console, int32_t speed_millis)
{
    if (!is_now(console))
        ask(console, &(struct look_request){ .kind = LOOK_PLAY, .speed_millis = speed_millis });
}

static int32_t speed_of(const struct console *console)
{
    return console->past.speed_millis > 0 ? console->past.speed_millis : REAL_SPEED_MILLIS;
}

static void toggle_play(struct console *console)
{
    bool is_playing = console_is_past(console) && console->shown->past->speed_millis > 0;
    play(console, is_playing ? 0 : speed_of(console));
}

/* 1, 2, 5, 10, 20, ... and the fractions below 1. */
static int32_t next_speed(int32_t millis, bool is_faster)
{
    int64_t base = 1;
    while (base * 10 <= millis)
        base *= 10;
    int64_t digit = millis / base;
    if (is_faster)
        return (int32_t)(digit < 2 ? 2 * base : digit < 5 ? 5 * base : 10 * base);
    if (digit >= 5)
        return (int32_t)(digit > 5 ? 5 * base : 2 * base);
    return (int32_t)(digit >= 2 ? base : base / 2);
}

static void change_speed(struct console *console, bool is_faster)
{
    int32_t speed = next_speed(speed_of(console), is_faster);
    if (speed < 100 || speed > PALETTE_SPEED_MILLIS_MAX)
        return;
    if (console_is_past(console))
        console->past.speed_millis = speed;
    play(console, speed);
}

void console_past_speed(struct console *console, int32_t speed_millis)
{
    if (console_is_past(console))
        console->past.speed_millis = speed_millis;
    play(console, speed_millis);
}

/* Shows what the engine says now again, beside which the past was shown. */
static void return_to_now(struct console *console)
{
    const struct snapshot *past = console->shown;
    if (!console_is_past(console) || !console->behind)
        return;
    console_past_close_difference(console);
    console->shown = console->behind;
    console->behind = NULL;
    console_past_turn(console);
    console_release_snapshot(console, past);
    console_order_follow(console);
}

/* Closes what is of the past; the caller then ends its source. */
static void go_to_now(struct console *console)
{
    if (is_now(console))
        return;
    if (!console->config.is_replay) {
        console->past.is_asked = false;
        return_to_now(console);
        return;
    }
    ask(console, &(struct look_request){ .kind = LOOK_AT, .at = { INT64_MAX } });
}

/* --- a time ---------------------------------------------------------------------------------------------------- */

static void open_time(struct console *console)
{
    console->text_before[0] = '\0';
    prompt_open(&console->prompts[PROMPT_AT], "");
    console->prompt_use = PROMPT_AT;
}

/* Ages count from what is shown, times of day and dates to the end of the recording. */
static bool parse(const struct console *console, const char *text, struct wall *ret_at)
{
    const struct snapshot *snapshot = console->shown;
    struct wall shown = snapshot ? snapshot->at : (struct wall){ 0 };
    struct wall last = snapshot && snapshot->past ? snapshot->past->last : shown;
    char mirrored[PROMPT_SIZE];
    text += strspn(text, " ");
    if (*text == '-')
        return log_time_parse(text, shown, ret_at);
    if (*text != '+')
        return log_time_parse(text, last, ret_at);
    struct text copy;
    text_init(&copy, mirrored, sizeof mirrored);
    text_addf(&copy, "-%s", text + 1);
    if (!log_time_parse(mirrored, shown, ret_at))
        return false;
    ret_at->ms = shown.ms + (shown.ms - ret_at->ms);
    return true;
}

void console_past_enter_time(struct console *console, const char *text)
{
    struct prompt_fault *fault = &console->prompt_fault;
    struct wall at;
    *fault = (struct prompt_fault){ 0 };
    if (*text == '\0')
        return;
    if (parse(console, text, &at)) {
        ask(console, &(struct look_request){ .kind = LOOK_AT, .at = at });
        return;
    }
    fault->is_bad = true;
    fault->fault = (struct filter_fault){ FILTER_FAULT_TIME, 0 };
    error_set(&fault->error, ERR_BAD_VALUE,
              "no time: write 14:03, 14:03:15, -5m, +5m or 2026-01-02 14:03");
}

/* --- two moments ----------------------------------------------------------------------------------------------- */

static void mark(struct console *console)
{
    char time[WALL_TEXT_SIZE];
    if (!console->shown)
        return;
    console->past.mark = console->shown->at;
    wall_format(console->past.mark, time);
    console_message(console, ROLE_NORMAL,
                    "marked %.10s %.8s: at another moment, %s shows the difference", time,
                    time + 11, keys_row(ACT_DIFFERENCE)->keys);
}

static void compare(struct console *console)
{
    if (console->past.mark.ms == 0)
        console_message(console, ROLE_NORMAL, "mark a moment with %s first",
                        keys_row(ACT_MARK)->keys);
    else if (!is_now(console) &&
             ask(console, &(struct look_request){ .kind = LOOK_COMPARE, .at = console->past.mark }))
        console_message(console, ROLE_NORMAL, "comparing with the marked moment ...");
}

void console_past_show_difference(struct console *console, const struct snapshot *snapshot)
{
    console_past_close_difference(console);
    console->past.compared = snapshot;
    console->is_help_open = false;
    console->message[0] = '\0';
}

/* The snapshot may be the one that is shown. */
void console_past_close_difference(struct console *console)
{
    const struct snapshot *compared = console->past.compared;
    console->past.compared = NULL;
    console->past.top = 0;
    if (compared != console->shown)
        console_release_snapshot(console, compared);
}

/* --- keys ------------------------------------------------------------------------------------------------------ */

void console_past_act(struct console *console, enum act act)
{
    if (act == ACT_EARLIER || act == ACT_LATER)
        step(console, act == ACT_EARLIER ? -1 : 1);
    else if (act == ACT_AT)
        open_time(console);
    else if (act == ACT_NOW)
        go_to_now(console);
    else if (act == ACT_PLAY)
        toggle_play(console);
    else if (act == ACT_FASTER || act == ACT_SLOWER)
        change_speed(console, act == ACT_FASTER);
    else if (act == ACT_MARK)
        mark(console);
    else if (act == ACT_DIFFERENCE)
        compare(console);
}
