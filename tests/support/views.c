#include "tests/support/views.h"

#include "tests/support/console_steps.h"
#include "tests/support/past_steps.h"
#include "tests/support/test.h"
#include "tui/console/console_state.h"

#include <string.h>

static void set_paused(struct console_fixture *fixture)
{
    struct snapshot_engine *engine = snapshots_engine(fixture->maker);
    engine->is_paused = true;
    engine->paused_at = steps_ago(47 * MINUTE_MS);
}

/* --- the list -------------------------------------------------------------------------------------------------- */

static void all(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "jjj");
}

static void attention(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "2");
}

/* What has ended is dim until it is acknowledged. */
static void ended(struct console_fixture *fixture)
{
    attention(fixture);
    snapshots_row(fixture->maker, FAILED)->state = STATE_PENDING;
    snapshots_row(fixture->maker, UNCONFIRMED)->state = STATE_WAITING;
    console_fixture_take(fixture);
    fixture->now = mono_after(fixture->now, HOLD_MS);
    console_tick(fixture->console, fixture->now);
}

/* The views of one kind of state. */
static void scaling(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "3");
}

static void held(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "4");
}

static void failed(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "5");
}

static void unread(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "6");
}

static void paused(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "7");
}

/* A filter that hides every row of the view. */
static void nothing(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "7/queue");
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

/* What matches is marked, and the rest stays. */
static void found(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "1Feu");
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

/* All that the header can say, and a filter. */
static void trouble(struct console_fixture *fixture)
{
    struct snapshot_engine *engine = snapshots_engine(fixture->maker);
    steps_fill(fixture);
    set_paused(fixture);
    engine->is_dry_run = true;
    engine->is_breaker_open = true;
    engine->is_latched = true;
    engine->is_insecure = true;
    engine->demo_speed_millis = 20000;
    engine->discovery_failed_at = steps_ago(5 * MINUTE_MS);
    engine->failing_since = steps_ago(90 * SECOND_MS);
    steps_sentence(engine->failure, "connection refused by 10.0.0.7:8080");
    console_fixture_take(fixture);
    console_fixture_type(fixture, "/eu-");
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

static void waiting(struct console_fixture *fixture)
{
    (void)fixture;
}

static void filter(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "/eu free<x");
}

static void palette(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, ":pa");
}

static void columns(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "cjj jj");
}

/* A message that is longer than a line. */
static void message(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "zP");
}

/* --- pages ----------------------------------------------------------------------------------------------------- */

static void explain_held(struct console_fixture *fixture)
{
    steps_fill(fixture);
    console_fixture_take(fixture);
    struct snapshot_detail detail = steps_detail(fixture, COOLED);
    steps_explain(fixture, COOLED, &detail);
}

static void log_page(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "lkkk/delta");
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

/* From its explanation. */
static void log_of_one(struct console_fixture *fixture)
{
    steps_explain_cut(fixture);
    console_fixture_type(fixture, "l");
}

static void log_line(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "lko");
}

static void help(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "?");
}

static void help_found(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "?/pause");
    console_fixture_press(fixture, KEYPRESS_ENTER);
}

/* --- the past -------------------------------------------------------------------------------------------------- */

static int take_look(void *context, const struct command *command,
                     char ret_sentence[COMMAND_TEXT_SIZE])
{
    (void)context;
    (void)command;
    (void)ret_sentence;
    return 0;
}

/* Beside a running engine. */
static void past(struct console_fixture *fixture)
{
    struct snapshot_past past = past_steps_of(0);
    fixture->console->port.look = take_look;
    steps_show(fixture);
    console_fixture_type(fixture, "[");
    past_steps_show(fixture, &past);
}

static void difference(struct console_fixture *fixture)
{
    past(fixture);
    console_fixture_type(fixture, "mM");
    past_steps_compare(fixture);
}

/* --- dialogs --------------------------------------------------------------------------------------------------- */

static void pause_all(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "P");
}

static void resume_all(struct console_fixture *fixture)
{
    steps_fill(fixture);
    set_paused(fixture);
    console_fixture_take(fixture);
    console_fixture_type(fixture, "P");
}

static void pause_row(struct console_fixture *fixture)
{
    steps_show(fixture);
    steps_go_to(fixture, CHESS);
    console_fixture_type(fixture, "p");
}

static void pause_minutes(struct console_fixture *fixture)
{
    pause_row(fixture);
    console_fixture_type(fixture, "30");
}

static void resume_row(struct console_fixture *fixture)
{
    steps_show(fixture);
    steps_go_to(fixture, PAUSED);
    console_fixture_type(fixture, "p");
}

static void dry_run_on(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "D");
}

static void go_live(struct console_fixture *fixture)
{
    steps_fill(fixture);
    snapshots_engine(fixture->maker)->is_dry_run = true;
    console_fixture_take(fixture);
    console_fixture_type(fixture, "D");
}

static void run_pass(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "r");
}

static void reload(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "R");
}

static void undo(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "u");
}

static void scale(struct console_fixture *fixture)
{
    struct snapshot_detail detail;
    steps_show(fixture);
    steps_go_to(fixture, CHESS);
    console_fixture_type(fixture, "-4");
    snapshots_example_detail(fixture->maker, CHESS, &detail);
    detail.manual_refusal[0] = '\0';
    detail.manual_hosts = 10;
    detail.manual_delta = fixture->console->dialog.delta;
    snapshots_set_detail(fixture->maker, &detail);
    console_fixture_take(fixture);
}

static void sort(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_type(fixture, "sjjj");
}

static void suspend(struct console_fixture *fixture)
{
    steps_show(fixture);
    console_fixture_press(fixture, KEYPRESS_CTRL_Z);
}

static void quit(struct console_fixture *fixture)
{
    steps_fill(fixture);
    snapshots_engine(fixture->maker)->scales_in_flight = 1;
    console_fixture_take(fixture);
    console_fixture_type(fixture, "q");
}

/* clang-format off */
const struct view_row view_rows[] = {
    { "all",          false, all },
    { "attention",    false, attention },
    { "ended",        false, ended },
    { "scaling",      false, scaling },
    { "held",         false, held },
    { "failed",       false, failed },
    { "unread",       false, unread },
    { "paused",       false, paused },
    { "nothing",      false, nothing },
    { "found",        false, found },
    { "trouble",      false, trouble },
    { "waiting",      false, waiting },
    { "filter",       false, filter },
    { "palette",      false, palette },
    { "columns",      false, columns },
    { "message",      false, message },
    { "explain",      false, steps_explain_cut },
    { "explain_held", false, explain_held },
    { "log",          false, log_page },
    { "log_of_one",   false, log_of_one },
    { "log_line",     false, log_line },
    { "help",         false, help },
    { "help_found",   false, help_found },
    { "past",         false, past },
    { "difference",   false, difference },
    { "pause_all",    true,  pause_all },
    { "resume_all",   true,  resume_all },
    { "pause_row",    true,  pause_row },
    { "pause_minutes", true, pause_minutes },
    { "resume_row",   true,  resume_row },
    { "dry_run_on",   true,  dry_run_on },
    { "go_live",      true,  go_live },
    { "pass",         true,  run_pass },
    { "reload",       true,  reload },
    { "undo",         true,  undo },
    { "scale",        true,  scale },
    { "sort",         false, sort },
    { "suspend",      true,  suspend },
    { "quit",         true,  quit },
};
/* clang-format on */
const size_t view_row_count = COUNT_OF(view_rows);
