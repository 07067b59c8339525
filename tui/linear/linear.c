#include "tui/linear/linear.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/text.h"
#include "tui/console/copy.h"
#include "tui/draw/format.h"
#include "tui/linear/linear_dialog.h"

#include <inttypes.h>
#include <string.h>

#define ROWS_MAX 200
#define LOG_LINES 20

static const struct line_row line_rows[LINE_COUNT] = {
#define LINE(id, word, argument, meaning) { word, argument, meaning },
#include "tui/linear/linear.def"
#undef LINE
};

const struct line_row *line_row(enum line_command command)
{
    return &line_rows[command];
}

/* --- output ---------------------------------------------------------------------------------------------------- */

/* A message of the console is said once. */
static void say_message(struct linear *linear)
{
    const char *message = linear->console->message;
    if (strcmp(message, linear->message) == 0)
        return;
    memcpy(linear->message, message, sizeof linear->message);
    if (message[0] != '\0')
        linear_say(linear, "%s", message);
}

static void forget_message(struct linear *linear)
{
    linear->console->message[0] = '\0';
    linear->message[0] = '\0';
}

static void say_log_line(const struct linear *linear, const struct logbook_line *line)
{
    char storage[32];
    struct text time;
    text_init(&time, storage, sizeof storage);
    format_time(&time, line->at);
    linear_say(linear, "%s %s %s", storage, level_name(line->level), line->text);
}

/* The text has whole lines. */
static void say_lines(const struct linear *linear, const char *lines)
{
    for (size_t length; *lines; lines += length + 1) {
        length = strcspn(lines, "\n");
        linear_say_bytes(linear, lines, length);
    }
}

static struct column_context context_of(const struct linear *linear, uint32_t slot,
                                        const struct snapshot_row *row)
{
    return (struct column_context){ .now = console_clock(linear->console),
                                    .attention = attention_at(linear->console->attention, slot),
                                    .policy = snapshot_policy(linear->console->shown, row),
                                    .is_all_paused = linear->console->shown->engine.is_paused,
                                    .is_ascii = linear->output.is_ascii };
}

static void say_row(const struct linear *linear, uint32_t slot, const struct snapshot_row *row)
{
    struct column_context context = context_of(linear, slot, row);
    char storage[LINEAR_TEXT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    copy_row(&text, row, &context);
    say_lines(linear, storage);
}

/* --- what there is --------------------------------------------------------------------------------------------- */

/* ", all paused until 14:30"; "": they are not. */
static const char *pause_of_all(const struct snapshot *shown, char *storage, size_t size)
{
    struct text text;
    struct wall until = shown->engine.pause.until;
    text_init(&text, storage, size);
    if (shown->engine.is_paused)
        text_add(&text, until.ms != 0 ? ", all paused until " : ", all paused");
    if (shown->engine.is_paused && until.ms != 0)
        format_end(&text, until, shown->at);
    return storage;
}

/* What is said was true then. */
static void say_loss(const struct linear *linear)
{
    char storage[32];
    struct text time;
    text_init(&time, storage, sizeof storage);
    format_time(&time, console_newest(linear->console)->at);
    if (linear->is_lost)
        linear_say(linear, "The connection to the engine is lost: as of %s.", storage);
}

static void say_status(const struct linear *linear)
{
    const struct console *console = linear->console;
    const struct snapshot *shown = console->shown;
    const struct snapshot_engine *engine = &shown->engine;
    char storage[32];
    char pause[64];
    struct text time;
    text_init(&time, storage, sizeof storage);
    format_time(&time, shown->at);
    bool is_read_only = engine->is_read_only || snapshot_is_look_only(shown);
    linear_say(linear, "%s at %s: %" PRId32 " deployments, %" PRId64 " hosts%s%s%s%s%s%s",
               engine->api_url, storage, shown->totals.deployments, shown->totals.hosts,
               pause_of_all(shown, pause, sizeof pause), engine->is_dry_run ? ", dry-run" : "",
               is_read_only ? ", read-only" : "",
               engine->unrecordable_at.ms != 0 ? ", state failed"
               : engine->lost_until.ms != 0    ? ", state damaged"
                                               : "",
               engine->is_stateless ? ", no state" : "",
               linear->is_lost      ? ", connection lost"
               : console->is_silent ? ", stale"
                                    : "");
    if (engine->failure[0] != '\0')
        linear_say(linear, "failing: %s", engine->failure);
}

static void say_rows(struct linear *linear, enum view view)
{
    struct console *console = linear->console;
    console->view = view;
    console_order_renew(console);
    console_order_refresh(console);
    size_t count = order_count(console->order);
    say_loss(linear);
    linear_say(linear, "%zu of %zu deployments", count, (size_t)console->shown->totals.deployments);
    for (size_t i = 0; i < count && i < ROWS_MAX; i++) {
        uint32_t slot = order_slot(console->order, i);
        const struct snapshot_row *row = snapshot_row_at(console->shown, slot);
        if (row)
            say_row(linear, slot, row);
    }
    if (count > ROWS_MAX)
        linear_say(linear, "and %zu more: give a filter", count - ROWS_MAX);
}

static void say_last_lines(const struct linear *linear, int64_t wanted)
{
    const struct logbook *logbook = linear->console->logbook;
    uint64_t end = logbook_end(logbook);
    uint64_t first = logbook_first(logbook);
    uint64_t from = end - first > (uint64_t)wanted ? end - (uint64_t)wanted : first;
    for (; from < end; from++)
        say_log_line(linear, logbook_at(logbook, from));
}

static void say_help(const struct linear *linear)
{
    for (int i = 0; i < LINE_COUNT; i++)
        linear_say(linear, "%s%s%s: %s", line_rows[i].word, line_rows[i].argument[0] ? " " : "",
                   line_rows[i].argument, line_rows[i].meaning);
}

/* The engine explains one deployment at a time, on request: it comes with a later snapshot. */
static void say_explanation(struct linear *linear)
{
    struct console *console = linear->console;
    const struct snapshot_detail *detail = console_detail(console);
    const struct snapshot_row *row = console_cursor_row(console);
    if (!row || !detail)
        return;
    struct column_context context = context_of(linear, console->cursor.slot, row);
    char storage[COPY_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    copy_explanation(&text, row, detail, &context);
    say_lines(linear, storage);
    linear->is_explaining = false;
    console->page = PAGE_LIST;
}

/* --- commands -------------------------------------------------------------------------------------------------- */

/* The deployment with this id, or the only one with this part of it. False: a sentence was said. */
static bool select_row(struct linear *linear, const char *name)
{
    struct console *console = linear->console;
    uint32_t found = SLOT_NONE;
    size_t count = 0;
    for (uint32_t slot = 0; slot < console->shown->slot_count; slot++) {
        const struct snapshot_row *row = snapshot_row_at(console->shown, slot);
        if (!row || name[0] == '\0' || !strstr(row->name->shown, name))
            continue;
        bool is_exact = strcmp(row->name->shown, name) == 0;
        count = is_exact ? 1 : count + 1;
        found = slot;
        if (is_exact)
            break;
    }
    if (count != 1) {
        linear_say(linear,
                   count > 1 ? "%zu deployments have this in their id: give more of it"
                             : "no deployment has this id (%zu)",
                   count);
        return false;
    }
    console_order_select(console, found, snapshot_row_at(console->shown, found));
    console->cursor.jumped = (struct mono){ 0 };
    return true;
}

static void pause_or_resume(struct linear *linear, const char *name, bool is_pause)
{
    struct console *console = linear->console;
    bool is_all = strcmp(name, "all") == 0;
    if (!is_all && !select_row(linear, name))
        return;
    bool is_paused =
        is_all ? console->shown->engine.is_paused : console_cursor_row(console)->is_paused;
    if (is_paused == is_pause)
        linear_say(linear, is_pause ? "it is paused already" : "it is not paused by an operator");
    else
        console_commands_act(console, is_all ? ACT_PAUSE_ALL : ACT_PAUSE_ROW);
}

static void scale(struct linear *linear, const char *name, const char *number)
{
    struct console *console = linear->console;
    int64_t delta;
    if (number[0] == '+')
        number++;
    bool is_number = integer_parse(number, strlen(number), &delta) && delta != 0 &&
                     delta >= -DIALOG_DELTA_MAX && delta <= DIALOG_DELTA_MAX;
    if (!is_number) {
        linear_say(linear, "scale ID N: N is a number of hosts, as 3 or -2");
        return;
    }
    if (!select_row(linear, name))
        return;
    console_commands_act(console, delta > 0 ? ACT_SCALE_UP : ACT_SCALE_DOWN);
    if (console->dialog.kind == DIALOG_SCALE)
        console->dialog.delta = (int32_t)delta;
}

static void explain(struct linear *linear, const char *name)
{
    if (!select_row(linear, name))
        return;
    say_loss(linear);
    linear->is_explaining = console_list_explain(linear->console);
    linear->console->explain_from = PAGE_LIST;
}

static void list(struct linear *linear, const char *filter)
{
    struct console *console = linear->console;
    console_list_filter(console, filter);
    if (console->prompt_fault.is_bad)
        linear_say(linear, "%s", console->prompt_fault.error.msg);
    else
        say_rows(linear, VIEW_ALL);
    console->prompt_fault.is_bad = false;
}

/* Nothing stops with the console of a recording, or of an engine that is another program. */
static void quit(struct linear *linear)
{
    const struct console_config *config = &linear->console->config;
    if (config->is_replay || config->is_attached || console_commands_is_stopping(linear->console))
        linear->is_leaving = true;
    else
        console_commands_quit(linear->console);
}

static void say_log(struct linear *linear, const char *number)
{
    int64_t wanted = LOG_LINES;
    if (number[0] != '\0' && !integer_parse(number, strlen(number), &wanted))
        wanted = LOG_LINES;
    say_last_lines(linear, clamp_i64(wanted, 1, LOGBOOK_LINES_MAX));
}

/* In the console of an engine, there is only now. */
static bool has_past(const struct linear *linear)
{
    if (!linear->console->config.is_replay)
        linear_say(linear, "%s",
                   linear->console->config.is_attached
                       ? CONSOLE_PAST_ATTACHED
                       : "only a replay has other times: see --replay");
    return linear->console->config.is_replay;
}

static void step(struct linear *linear, enum act act)
{
    if (has_past(linear))
        console_past_act(linear->console, act);
}

static void go_to(struct linear *linear, const char *time)
{
    if (!has_past(linear))
        return;
    console_past_enter_time(linear->console, time[0] != '\0' ? time : "?");
    if (linear->console->prompt_fault.is_bad)
        linear_say(linear, "%s", linear->console->prompt_fault.error.msg);
}

/* `rest` is all behind the command, `last` the last word of it when there are two. */
static void run(struct linear *linear, enum line_command command, const char *rest,
                const char *first, const char *last)
{
    struct console *console = linear->console;
    switch (command) {
    case LINE_HELP:
        say_help(linear);
        break;
    case LINE_STATUS:
        say_status(linear);
        break;
    case LINE_ATTENTION:
        console_list_filter(console, "");
        say_rows(linear, VIEW_ATTENTION);
        break;
    case LINE_LIST:
        list(linear, rest);
        break;
    case LINE_EXPLAIN:
        explain(linear, rest);
        break;
    case LINE_LOG:
        say_log(linear, first);
        break;
    case LINE_PAUSE:
    case LINE_RESUME:
        pause_or_resume(linear, rest, command == LINE_PAUSE);
        break;
    case LINE_SCALE:
        scale(linear, first, last);
        break;
    case LINE_PASS:
        console_commands_act(console, ACT_PASS);
        break;
    case LINE_DISCOVER:
        console_commands_act(console, ACT_DISCOVER);
        break;
    case LINE_DRY_RUN:
        console_commands_act(console, ACT_DRY_RUN);
        break;
    case LINE_UNDO:
        console_commands_act(console, ACT_UNDO);
        break;
    case LINE_RELOAD:
        console_commands_act(console, ACT_RELOAD);
        break;
    case LINE_AT:
        go_to(linear, rest);
        break;
    case LINE_EARLIER:
        step(linear, ACT_EARLIER);
        break;
    case LINE_LATER:
        step(linear, ACT_LATER);
        break;
    case LINE_QUIT:
        quit(linear);
        break;
    }
}

/* `q` alone quits, as the key of the screen does. */
static bool find_command(const char *word, size_t length, enum line_command *ret_command)
{
    if (length == 1 && word[0] == 'q') {
        *ret_command = LINE_QUIT;
        return true;
    }
    for (int i = 0; i < LINE_COUNT; i++) {
        if (strlen(line_rows[i].word) != length || strncmp(line_rows[i].word, word, length) != 0)
            continue;
        *ret_command = (enum line_command)i;
        return true;
    }
    return false;
}

static void obey(struct linear *linear, const char *line)
{
    char first[PROMPT_SIZE];
    struct text text;
    enum line_command command = LINE_HELP;
    size_t length = strcspn(line, " ");
    const char *rest = line + length + strspn(line + length, " ");
    const char *last = strrchr(rest, ' ');
    size_t first_length = last ? (size_t)(last - rest) : strlen(rest);
    if (!find_command(line, length, &command) || first_length >= sizeof first) {
        linear_say(linear, "no such command: type help");
        return;
    }
    bool is_possible = linear->console->shown || command == LINE_HELP || command == LINE_QUIT ||
                       command == LINE_LOG;
    text_init(&text, first, sizeof first);
    text_add_bytes(&text, rest, first_length);
    if (is_possible)
        run(linear, command, rest, first, last ? last + 1 : "");
    else
        linear_say(linear, "nothing has come from the engine yet");
}

void linear_line(struct linear *linear, struct mono now, const char *line)
{
    linear->console->now = now;
    forget_message(linear);
    line += strspn(line, " \t");
    if (linear_dialog_is_open(linear))
        linear_dialog_answer(linear, line);
    else if (line[0] != '\0')
        obey(linear, line);
    console_commands_focus(linear->console);
    say_message(linear);
    linear_dialog_read_out(linear);
}

/* --- snapshots and time ---------------------------------------------------------------------------------------- */

static void say_news(struct linear *linear)
{
    const struct logbook *logbook = linear->console->logbook;
    uint64_t first = logbook_first(logbook);
    if (linear->log_end < first)
        linear->log_end = first;
    for (; linear->log_end < logbook_end(logbook); linear->log_end++) {
        const struct logbook_line *line = logbook_at(logbook, linear->log_end);
        if (line->level >= LEVEL_WARN)
            say_log_line(linear, line);
    }
}

/* "starved 1, held 3": what needs an operator first. */
static void say_states(const struct linear *linear)
{
    const struct fleet_totals *totals = &linear->console->shown->totals;
    char storage[LINEAR_TEXT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    for (int state = 0; state < STATE_COUNT; state++)
        if (totals->states[state] > 0)
            text_addf(&text, "%s%s %" PRId32, text.length > 0 ? ", " : "",
                      state_row((enum state)state)->name, totals->states[state]);
    linear_say(linear, "%s", storage);
}

/* Once, after the first pass: what stands before it is not known yet. */
static void introduce(struct linear *linear)
{
    const struct snapshot *shown = linear->console->shown;
    bool is_early = shown->pass.number == 0 || (shown->pass.number == 1 && shown->pass.is_running);
    if (linear->is_introduced || shown->totals.deployments == 0 || is_early)
        return;
    linear->is_introduced = true;
    say_status(linear);
    say_states(linear);
    linear_say(linear, "Type help for the commands.");
}

/* The first moment was introduced. */
static void say_moment(struct linear *linear)
{
    const struct snapshot *shown = linear->console->shown;
    bool is_said = !shown->past || !linear->is_introduced || shown->at.ms == linear->said_at.ms;
    bool is_first = linear->said_at.ms == 0;
    if (is_said)
        return;
    linear->said_at = shown->at;
    if (is_first)
        return;
    say_status(linear);
    say_states(linear);
}

/* When it is lost, and when it is there again. */
static void say_connection(struct linear *linear)
{
    bool is_lost = snapshot_is_lost(console_newest(linear->console));
    if (is_lost == linear->is_lost)
        return;
    linear->is_lost = is_lost;
    if (is_lost)
        linear_say(linear, "The connection to the engine is lost; reconnecting.");
    else
        linear_say(linear, "The engine is there again.");
    if (linear->is_introduced)
        say_status(linear);
}

/* Each by itself: one message would be cut when many come together. */
static void say_acknowledgements(struct linear *linear, const struct snapshot *snapshot)
{
    const char *message = linear->console->message;
    for (size_t i = 0; i < snapshot->ack_count; i++) {
        const char *text = snapshot->acks[i].text;
        if (snapshot->acks[i].kind == COMMAND_FOCUS)
            continue;
        linear_say(linear, "%s", text);
        if (strncmp(message, text, strlen(text)) == 0)
            memcpy(linear->message, message, sizeof linear->message);
    }
}

/* The dialog was closed by what the snapshot says. */
static void notice_closed(struct linear *linear)
{
    if (!linear_dialog_is_open(linear))
        linear->is_asking = false;
}

void linear_snapshot(struct linear *linear, struct mono now, const struct snapshot *snapshot)
{
    console_snapshots_take(linear->console, now, snapshot);
    say_connection(linear);
    say_acknowledgements(linear, snapshot);
    introduce(linear);
    say_moment(linear);
    say_news(linear);
    if (linear->is_explaining)
        say_explanation(linear);
    console_commands_focus(linear->console);
    notice_closed(linear);
    say_message(linear);
    linear_dialog_read_out(linear);
}

struct mono linear_deadline(const struct linear *linear)
{
    return console_deadline(linear->console);
}

void linear_tick(struct linear *linear, struct mono now)
{
    console_tick(linear->console, now);
    notice_closed(linear);
    say_message(linear);
}

bool linear_is_leaving(const struct linear *linear)
{
    return linear->is_leaving;
}

bool linear_is_attached(const struct linear *linear)
{
    return linear->console->config.is_attached;
}

bool linear_is_replay(const struct linear *linear)
{
    return linear->console->config.is_replay;
}

/* --- life ------------------------------------------------------------------------------------------------------ */

/* Nothing is drawn, and a text of any length is read out whole. */
static void draw_nothing(const struct console *console, struct canvas *canvas)
{
    (void)console;
    (void)canvas;
}

static int no_lines(const struct console *console, int columns)
{
    (void)console;
    (void)columns;
    return 0;
}

static bool has_room(const struct console *console, const struct dialog_text *text)
{
    (void)console;
    (void)text;
    return true;
}

int linear_create(const struct console_config *config, const struct console_port *port,
                  const struct linear_output *output, struct linear **ret_linear, struct error *err)
{
    static const struct console_renderer renderer = { draw_nothing, no_lines, no_lines, has_room };
    struct linear *linear = heap_alloc(1, sizeof *linear);
    if (!linear)
        return error_no_memory(err);
    linear->output = *output;
    int failed = console_create(config, port, &renderer, &linear->console, err);
    if (failed) {
        heap_free(linear);
        return failed;
    }
    *ret_linear = linear;
    return 0;
}

void linear_destroy(struct linear *linear)
{
    if (!linear)
        return;
    console_destroy(linear->console);
    heap_free(linear);
}
