/*
 * Dialogs: their text for a snapshot, and the effect of keys.
 */
#include "tui/console/dialog.h"

#include "engine/base/arith.h"
#include "tests/support/snapshots.h"
#include "tests/support/test.h"
#include "tui/list/columns.h"

#include <stdio.h>
#include <string.h>

static const struct dialog_limits limits = { .confirm_above_ppb = 2 * SHARE_PERCENT };

/* A fleet of two deployments with 50 hosts each, and its variations. */
enum twist {
    PLAIN = 0,
    PAUSED = 1,
    DRY = 2,
    FLYING = 4,
    UP = 8,          /* +3 on the first: 3 % */
    DOWN = 16,       /* -1 on the second: 1 % */
    JUDGED = 32,     /* the scale is checked */
    OBJECTED = 64,   /* and a guard rail objects */
    FORBIDDEN = 128, /* and it is refused */
    OTHER = 256,     /* another number is checked */
    ENOUGH = 512,    /* the first needs no host */
};

struct program_fixture {
    struct snapshots *maker;
    const struct snapshot *snapshot;
    struct dialog dialog;
    struct dialog_text text;
};

static void judge(struct program_fixture *program_fixture, unsigned twist)
{
    static struct snapshot_detail detail;
    if (!(twist & (JUDGED | OBJECTED | FORBIDDEN | OTHER)))
        return;
    snapshots_example_detail(program_fixture->maker, 0, &detail);
    detail.manual_delta = twist & OTHER ? 5 : 1;
    detail.manual_hosts = 51;
    detail.objection_count = twist & OBJECTED ? 1 : 0;
    snprintf(detail.manual_refusal, sizeof detail.manual_refusal, "%s",
             twist & FORBIDDEN ? "pending" : "");
    snapshots_set_detail(program_fixture->maker, &detail);
}

static void program_fixture_init(struct program_fixture *program_fixture, enum dialog_kind kind,
                                 unsigned twist)
{
    *program_fixture = (struct program_fixture){ .maker = snapshots_create() };
    struct snapshot_engine *engine = snapshots_engine(program_fixture->maker);
    for (int i = 0; i < 2; i++)
        snapshots_row(program_fixture->maker,
                      snapshots_add(program_fixture->maker, i ? "eu-2" : "eu-1"))
            ->hosts = 50;
    snapshots_row(program_fixture->maker, 0)->desired_hosts = twist & ENOUGH ? 50 : 60;
    snapshots_row(program_fixture->maker, 0)->wanted_delta = twist & UP ? 3 : 0;
    snapshots_row(program_fixture->maker, 1)->wanted_delta = twist & DOWN ? -1 : 0;
    engine->is_paused = twist & PAUSED;
    engine->paused_at = (struct wall){ twist & PAUSED ? SNAPSHOTS_AT.ms - 47 * 60000 : 0 };
    engine->is_dry_run = twist & DRY;
    engine->scales_in_flight = twist & FLYING ? 2 : 0;
    judge(program_fixture, twist);
    program_fixture->snapshot = snapshots_take(program_fixture->maker);
    const struct snapshot_row *row = snapshot_row_at(program_fixture->snapshot, 0);
    dialog_open(&program_fixture->dialog, kind, 0, dialog_is_about_row(kind) ? row : NULL);
    dialog_describe(&program_fixture->dialog, program_fixture->snapshot, &limits,
                    &program_fixture->text);
    dialog_follow(&program_fixture->dialog, &program_fixture->text);
}

static void program_fixture_fini(struct program_fixture *program_fixture)
{
    snapshots_give_back(program_fixture->maker, program_fixture->snapshot);
    snapshots_destroy(program_fixture->maker);
}

/* --- text ------------------------------------------------------------------------------------------------------ */

static const struct text_row {
    const char *name;
    enum dialog_kind kind;
    unsigned twist;
    enum dialog_focus focus;
    const char *title;
    const char *action;
    const char *line;   /* part of one of them; NULL: none is asked for */
    const char *wanted; /* "": nothing must be typed */
    bool is_refused;
} text_rows[] = {
    /* clang-format off */
    { "pause all",                 DIALOG_PAUSE_ALL,   UP,             FOCUS_CANCEL, "Pause all deployments", "Pause", "2 deployments stay read and decided", "", false },
    { "pause all, in flight",      DIALOG_PAUSE_ALL,   FLYING,         FOCUS_CANCEL, "Pause all", "Pause", "2 scale requests in flight will finish.", "", false },
    { "pause all, would send",     DIALOG_PAUSE_ALL,   UP | DOWN,      FOCUS_CANCEL, "Pause all", "Pause", "A pass now would send +3 hosts to 1 deployment and -1 to 1: 4.0 % of the fleet.", "", false },
    { "resume all, nothing",       DIALOG_RESUME_ALL,  PAUSED,         FOCUS_CANCEL, "Resume all deployments (paused since 13:16, 47m)", "Resume", "would send nothing", "", false },
    { "resume all, little",        DIALOG_RESUME_ALL,  PAUSED | DOWN,  FOCUS_CANCEL, "Resume all", "Resume", "The next pass would send -1 host to 1 deployment: 1.0 % of the fleet.", "", false },
    { "resume all, much",          DIALOG_RESUME_ALL,  PAUSED | UP,    FOCUS_CANCEL, "Resume all", "Resume", "over the limit of 2 %", "3", false },
    { "resume all, both ways",     DIALOG_RESUME_ALL,  PAUSED | UP | DOWN, FOCUS_CANCEL, "Resume all", "Resume", "+3 hosts to 1 deployment and -1 to 1", "4", false },
    { "resume all in a dry-run",   DIALOG_RESUME_ALL,  PAUSED | UP | DRY, FOCUS_CANCEL, "Resume all", "Resume", "Dry-run stays on", "", false },
    { "dry-run on",                DIALOG_DRY_RUN_ON,  UP,             FOCUS_CANCEL, "Dry-run on", "Dry-run", "nothing is sent until you switch it off", "", false },
    { "dry-run off, much",         DIALOG_DRY_RUN_OFF, DRY | UP,       FOCUS_CANCEL, "Dry-run off", "Go live", "+3 hosts to 1 deployment: 3.0 % of the fleet", "3", false },
    { "dry-run off, little",       DIALOG_DRY_RUN_OFF, DRY | DOWN,     FOCUS_CANCEL, "Dry-run off", "Go live", "-1 host to 1 deployment", "", false },
    { "dry-run off in a pause",    DIALOG_DRY_RUN_OFF, DRY | UP | PAUSED, FOCUS_CANCEL, "Dry-run off", "Go live", "The pause stays on", "", false },
    { "pass",                      DIALOG_PASS,        UP,             FOCUS_CANCEL, "Run a pass now", "Run", "A pass now would send +3", "3", false },
    { "reload",                    DIALOG_RELOAD,      UP,             FOCUS_CANCEL, "Open the log file and read the configuration again", "Reload", "With the configuration of now it would send +3", "3", false },
    { "reload in a pause",         DIALOG_RELOAD,      UP | PAUSED,    FOCUS_CANCEL, "Open the log file and read the configuration again", "Reload", "An invalid configuration changes nothing.", "", false },
    { "pause row",                 DIALOG_PAUSE_ROW,   UP,             FOCUS_CANCEL, "Pause eu-1", "Pause", "A pass now would send +3 hosts.", "", false },
    { "resume row",                DIALOG_RESUME_ROW,  UP,             FOCUS_CANCEL, "Resume eu-1", "Resume", "would send +3 hosts.", "", false },
    { "resume row, nothing",       DIALOG_RESUME_ROW,  DOWN,           FOCUS_CANCEL, "Resume eu-1", "Resume", "would send nothing", "", false },
    { "resume row, all paused",    DIALOG_RESUME_ROW,  UP | PAUSED,    FOCUS_CANCEL, "Resume eu-1", "Resume", "All deployments are paused", "", false },
    { "resume row in a dry-run",   DIALOG_RESUME_ROW,  UP | DRY,       FOCUS_CANCEL, "Resume eu-1", "Resume", "Dry-run stays on", "", false },
    { "scale, not judged",         DIALOG_SCALE,       PLAIN,          FOCUS_CANCEL, "Scale eu-1 by hand", "Scale +1", "Waiting for the engine", "", true },
    { "scale, another judged",     DIALOG_SCALE,       OTHER,          FOCUS_CANCEL, "Scale eu-1 by hand", "Scale +1", "Waiting for the engine", "", true },
    { "scale, judged",             DIALOG_SCALE,       JUDGED,         FOCUS_CANCEL, "Scale eu-1 by hand", "Scale +1", "hosts 50, desired", "", false },
    { "scale, leads to",           DIALOG_SCALE,       JUDGED,         FOCUS_CANCEL, "Scale eu-1 by hand", "Scale +1", "Add 1 host -> 51. min_hosts 1, max_hosts 40", "", false },
    { "scale in a pause",          DIALOG_SCALE,       JUDGED | PAUSED, FOCUS_CANCEL, "Scale eu-1 by hand", "Scale +1", "The pause does not stop it", "", false },
    { "scale, objected",           DIALOG_SCALE,       OBJECTED,       FOCUS_CANCEL, "Scale eu-1 by hand", "Scale +1", "- scale_down_window 15m: highest desired 16", "yes", false },
    { "scale, objected, sent whole", DIALOG_SCALE,     OBJECTED,       FOCUS_CANCEL, "Scale eu-1 by hand", "Scale +1", "All of +1 is sent as typed. In a pass these rules would cut it:", "yes", false },
    { "scale, not needed",         DIALOG_SCALE,       JUDGED | ENOUGH, FOCUS_CANCEL, "Scale eu-1 by hand", "Scale +1", "Add 1 host -> 51", "1", false },
    { "scale, objected, not needed", DIALOG_SCALE,     OBJECTED | ENOUGH, FOCUS_CANCEL, "Scale eu-1 by hand", "Scale +1", "- scale_down_window", "1", false },
    { "scale, forbidden",          DIALOG_SCALE,       FORBIDDEN,      FOCUS_CANCEL, "Scale eu-1 by hand", "Scale +1", "pending", "", true },
    { "sort",                      DIALOG_SORT,        PLAIN,          FOCUS_CANCEL, "Sort by", "Sort", NULL, "", false },
    { "suspend",                   DIALOG_SUSPEND,     PLAIN,          FOCUS_CANCEL, "Suspend the program", "Suspend", "The engine is suspended too", "", false },
    { "quit",                      DIALOG_QUIT,        FLYING,         FOCUS_CANCEL, "Stop the engine and quit", "Stop", "2 scale requests in flight", "", false },
    /* clang-format on */
};

static void check_text(void **state)
{
    const struct text_row *row = *state;
    struct program_fixture program_fixture;
    program_fixture_init(&program_fixture, row->kind, row->twist);
    const struct dialog_text *text = &program_fixture.text;
    bool has_line = !row->line;
    for (size_t i = 0; i < text->line_count; i++)
        has_line = has_line || strstr(text->lines[i], row->line);
    if (!has_line)
        fail_msg("no line has '%s', the first is '%s'", row->line, text->lines[0]);
    assert_int_equal(strncmp(text->title, row->title, strlen(row->title)), 0);
    assert_string_equal(text->action, row->action);
    assert_string_equal(text->wanted, row->wanted);
    assert_int_equal(text->must_type, row->wanted[0] != '\0');
    assert_int_equal(text->is_refused, row->is_refused);
    assert_int_equal(program_fixture.dialog.focus, row->focus);
    assert_true(strlen(text->note) > 0);
    program_fixture_fini(&program_fixture);
}

static void nothing_is_known_before_a_snapshot(void **state)
{
    (void)state;
    for (int kind = DIALOG_PAUSE_ALL; kind <= DIALOG_QUIT; kind++) {
        struct dialog_text text;
        struct dialog dialog = { .kind = (enum dialog_kind)kind, .slot = SLOT_NONE };
        dialog_describe(&dialog, NULL, &limits, &text);
        assert_int_equal(text.is_refused, kind < DIALOG_SORT);
    }
}

static void a_row_that_left_is_refused(void **state)
{
    (void)state;
    for (int kind = DIALOG_PAUSE_ALL; kind <= DIALOG_SCALE; kind++) {
        struct program_fixture program_fixture;
        program_fixture_init(&program_fixture, (enum dialog_kind)kind, JUDGED);
        program_fixture.dialog.id[0] = 'x';
        dialog_describe(&program_fixture.dialog, program_fixture.snapshot, &limits,
                        &program_fixture.text);
        assert_int_equal(program_fixture.text.is_refused,
                         dialog_is_about_row((enum dialog_kind)kind));
        program_fixture_fini(&program_fixture);
    }
}

/* --- what is much ---------------------------------------------------------------------------------------------- */

static const struct large_row {
    const char *name;
    struct fleet_totals totals;
    int32_t ppb;
    bool is_large;
} large_rows[] = {
    /* clang-format off */
    { "nothing of nothing",     { .hosts = 0 },                                                 2 * SHARE_PERCENT, false },
    { "something of nothing",   { .hosts = 0, .wanted_up = 1, .wanted_up_hosts = 1 },           2 * SHARE_PERCENT, true },
    { "exactly the limit",      { .hosts = 100, .wanted_up = 1, .wanted_up_hosts = 2 },         2 * SHARE_PERCENT, false },
    { "one more",               { .hosts = 100, .wanted_up = 1, .wanted_up_hosts = 3 },         2 * SHARE_PERCENT, true },
    { "both directions",        { .hosts = 100, .wanted_up = 1, .wanted_up_hosts = 2, .wanted_down = 1, .wanted_down_hosts = 1 }, 2 * SHARE_PERCENT, true },
    { "fifty deployments",      { .hosts = 1000000, .wanted_up = 25, .wanted_up_hosts = 25, .wanted_down = 25, .wanted_down_hosts = 25 }, 2 * SHARE_PERCENT, false },
    { "fifty-one deployments",  { .hosts = 1000000, .wanted_up = 26, .wanted_up_hosts = 26, .wanted_down = 25, .wanted_down_hosts = 25 }, 2 * SHARE_PERCENT, true },
    { "all may move",           { .hosts = 100, .wanted_up = 1, .wanted_up_hosts = 100 },       SHARE_WHOLE,       false },
    { "nothing may move",       { .hosts = 100, .wanted_down = 1, .wanted_down_hosts = 1 },     0,                 true },
    { "as many as there can be", { .hosts = INT64_MAX / 2, .wanted_up = 1, .wanted_up_hosts = INT64_MAX / 100 }, 2 * SHARE_PERCENT, false },
    { "and much of that",       { .hosts = INT64_MAX / 2, .wanted_up = 1, .wanted_up_hosts = INT64_MAX / 90 }, 2 * SHARE_PERCENT, true },
    /* clang-format on */
};

static void check_large(void **state)
{
    const struct large_row *row = *state;
    struct snapshot snapshot = { .totals = row->totals };
    const struct dialog_limits own = { .confirm_above_ppb = row->ppb };
    assert_int_equal(dialog_is_large(&snapshot, &own), row->is_large);
}

/* --- a large scale --------------------------------------------------------------------------------------------- */

static const struct scale_row {
    const char *name;
    int32_t delta;
    int32_t desired;
    int32_t pending;
    int32_t ppb;
    const char *wanted;
} scale_rows[] = {
    /* clang-format off */
    { "up to what is desired",       2,  52, 0, 2 * SHARE_PERCENT, "" },
    { "one more than desired",       2,  51, 0, 2 * SHARE_PERCENT, "2" },
    { "pending hosts count",         2,  52, 1, 2 * SHARE_PERCENT, "2" },
    { "leaving hosts count",         2,  51, -1, 2 * SHARE_PERCENT, "" },
    { "desired is not known",        1,  -1, 0, 2 * SHARE_PERCENT, "1" },
    { "over the limit",              3,  90, 0, 2 * SHARE_PERCENT, "3" },
    { "fewer, at the limit",        -2,  50, 0, 2 * SHARE_PERCENT, "" },
    { "fewer, over the limit",      -3,  50, 0, 2 * SHARE_PERCENT, "3" },
    { "no limit",                  -50,  50, 0, SHARE_WHOLE,       "" },
    { "very many",             1000000, 90, 0, SHARE_WHOLE,       "1000000" },
    /* clang-format on */
};

static void check_scale(void **state)
{
    const struct scale_row *row = *state;
    const struct dialog_limits own = { .confirm_above_ppb = row->ppb };
    struct program_fixture program_fixture;
    program_fixture_init(&program_fixture, DIALOG_SCALE, JUDGED);
    snapshots_give_back(program_fixture.maker, program_fixture.snapshot);
    snapshots_row(program_fixture.maker, 0)->desired_hosts = row->desired;
    snapshots_row(program_fixture.maker, 0)->pending_hosts = row->pending;
    program_fixture.dialog.delta = row->delta;
    struct snapshot_detail detail;
    snapshots_example_detail(program_fixture.maker, 0, &detail);
    detail.manual_delta = row->delta;
    detail.objection_count = 0;
    detail.manual_refusal[0] = '\0';
    snapshots_set_detail(program_fixture.maker, &detail);
    program_fixture.snapshot = snapshots_take(program_fixture.maker);
    dialog_describe(&program_fixture.dialog, program_fixture.snapshot, &own, &program_fixture.text);
    assert_string_equal(program_fixture.text.wanted, row->wanted);
    assert_int_equal(program_fixture.text.must_type, row->wanted[0] != '\0');
    assert_int_equal(program_fixture.text.must_leave, row->wanted[0] != '\0');
    program_fixture_fini(&program_fixture);
}

/* --- keys ------------------------------------------------------------------------------------------------------ */

static const struct press_row {
    const char *name;
    enum dialog_kind kind;
    unsigned twist;
    const char *keys;          /* names, between spaces */
    enum dialog_answer answer; /* to the last one */
    enum dialog_focus focus;
    int32_t delta;
    const char *typed;
} press_rows[] = {
    /* clang-format off */
    { "Enter on the action",     DIALOG_PAUSE_ALL,  PLAIN,    "Tab Enter",             DIALOG_DECIDED,   FOCUS_ACTION, 1, "" },
    { "Enter on Cancel",         DIALOG_RESUME_ALL, PLAIN,    "Enter",             DIALOG_CANCELLED, FOCUS_CANCEL, 1, "" },
    { "Esc",                     DIALOG_PAUSE_ALL,  PLAIN,    "Esc",               DIALOG_CANCELLED, FOCUS_CANCEL, 1, "" },
    { "Ctrl-c",                  DIALOG_PAUSE_ALL,  PLAIN,    "Ctrl-c",            DIALOG_CANCELLED, FOCUS_CANCEL, 1, "" },
    { "q",                       DIALOG_PAUSE_ALL,  PLAIN,    "q",                 DIALOG_CANCELLED, FOCUS_CANCEL, 1, "" },
    { "any other key",           DIALOG_PAUSE_ALL,  PLAIN,    "p",                 DIALOG_OPEN,      FOCUS_CANCEL, 1, "" },
    { "y is no yes",             DIALOG_PAUSE_ALL,  PLAIN,    "y",                 DIALOG_OPEN,      FOCUS_CANCEL, 1, "" },
    { "Tab",                     DIALOG_PAUSE_ALL,  PLAIN,    "Tab",               DIALOG_CHANGED,   FOCUS_ACTION, 1, "" },
    { "Tab twice",               DIALOG_PAUSE_ALL,  PLAIN,    "Tab S-Tab",         DIALOG_CHANGED,   FOCUS_CANCEL, 1, "" },
    { "Left",                    DIALOG_PAUSE_ALL,  PLAIN,    "Tab Left",          DIALOG_CHANGED,   FOCUS_CANCEL, 1, "" },
    { "Right, there already",    DIALOG_PAUSE_ALL,  PLAIN,    "Tab Right",         DIALOG_OPEN,      FOCUS_ACTION, 1, "" },
    { "Right",                   DIALOG_RESUME_ALL, PLAIN,    "Right",             DIALOG_CHANGED,   FOCUS_ACTION, 1, "" },
    { "not typed",               DIALOG_RESUME_ALL, UP,       "Tab Enter",         DIALOG_OPEN,      FOCUS_ACTION, 1, "" },
    { "typed",                   DIALOG_RESUME_ALL, UP,       "3",                 DIALOG_CHANGED,   FOCUS_ACTION, 1, "3" },
    { "typed, Enter",            DIALOG_RESUME_ALL, UP,       "3 Enter",           DIALOG_DECIDED,   FOCUS_ACTION, 1, "3" },
    { "typed, Tab, Enter",       DIALOG_RESUME_ALL, UP,       "3 Tab Enter",       DIALOG_DECIDED,   FOCUS_ACTION, 1, "3" },
    { "typed, Tab twice, Enter", DIALOG_RESUME_ALL, UP,       "3 Tab Tab Enter",   DIALOG_CANCELLED, FOCUS_CANCEL, 1, "3" },
    { "typed, Left, Enter",      DIALOG_RESUME_ALL, UP,       "3 Left Enter",      DIALOG_CANCELLED, FOCUS_CANCEL, 1, "3" },
    { "quit, Enter",             DIALOG_QUIT,       PLAIN,    "Enter",             DIALOG_CANCELLED, FOCUS_CANCEL, 1, "" },
    { "quit, Tab and Enter",     DIALOG_QUIT,       PLAIN,    "Tab Enter",         DIALOG_DECIDED,   FOCUS_ACTION, 1, "" },
    { "typed wrong",             DIALOG_RESUME_ALL, UP,       "4 Tab Enter",       DIALOG_OPEN,      FOCUS_ACTION, 1, "4" },
    { "letters",                 DIALOG_RESUME_ALL, UP,       "a",                 DIALOG_OPEN,      FOCUS_CANCEL, 1, "" },
    { "edited",                  DIALOG_RESUME_ALL, UP,       "4 Backspace 3",     DIALOG_CHANGED,   FOCUS_ACTION, 1, "3" },
    { "emptied",                 DIALOG_RESUME_ALL, UP,       "3 Ctrl-u",          DIALOG_CHANGED,   FOCUS_CANCEL, 1, "" },
    { "number where none is",    DIALOG_RESUME_ALL, PLAIN,    "3",                 DIALOG_OPEN,      FOCUS_CANCEL, 1, "" },
    { "delta up",                DIALOG_SCALE,      JUDGED,   "+",                 DIALOG_CHANGED,   FOCUS_CANCEL, 2, "" },
    { "delta up with =",         DIALOG_SCALE,      JUDGED,   "=",                 DIALOG_CHANGED,   FOCUS_CANCEL, 2, "" },
    { "delta down",              DIALOG_SCALE,      JUDGED,   "-",                 DIALOG_CHANGED,   FOCUS_CANCEL, -1, "" },
    { "delta there and back",    DIALOG_SCALE,      JUDGED,   "Down Up",           DIALOG_CHANGED,   FOCUS_CANCEL, 1, "" },
    { "delta typed",             DIALOG_SCALE,      JUDGED,   "4 2",               DIALOG_CHANGED,   FOCUS_CANCEL, 42, "" },
    { "delta typed downwards",   DIALOG_SCALE,      JUDGED,   "- 4 2",             DIALOG_CHANGED,   FOCUS_CANCEL, -42, "" },
    { "a step and a number",     DIALOG_SCALE,      JUDGED,   "4 2 + 7",           DIALOG_CHANGED,   FOCUS_CANCEL, 7, "" },
    { "a delta of nothing",      DIALOG_SCALE,      JUDGED,   "0",                 DIALOG_OPEN,      FOCUS_CANCEL, 1, "" },
    { "the largest delta",       DIALOG_SCALE,      JUDGED,   "1 0 0 0 0 0 0",     DIALOG_CHANGED,   FOCUS_CANCEL, 1000000, "" },
    { "no larger one",           DIALOG_SCALE,      JUDGED,   "1 0 0 0 0 0 0 +",   DIALOG_OPEN,      FOCUS_CANCEL, 1000000, "" },
    { "no larger one typed",     DIALOG_SCALE,      JUDGED,   "1 0 0 0 0 0 0 0",   DIALOG_OPEN,      FOCUS_CANCEL, 1000000, "" },
    { "digits taken back",       DIALOG_SCALE,      JUDGED,   "4 2 Backspace",     DIALOG_CHANGED,   FOCUS_CANCEL, 4, "" },
    { "all digits taken back",   DIALOG_SCALE,      JUDGED,   "4 Backspace",       DIALOG_CHANGED,   FOCUS_CANCEL, 1, "" },
    { "judged: the action",      DIALOG_SCALE,      JUDGED,   "Tab Enter",         DIALOG_DECIDED,   FOCUS_ACTION, 1, "" },
    { "a new number: Cancel",    DIALOG_SCALE,      JUDGED,   "Tab +",             DIALOG_CHANGED,   FOCUS_CANCEL, 2, "" },
    { "not judged: no action",   DIALOG_SCALE,      PLAIN,    "Tab",               DIALOG_OPEN,      FOCUS_CANCEL, 1, "" },
    { "not judged: Enter",       DIALOG_SCALE,      PLAIN,    "Tab Enter",         DIALOG_CANCELLED, FOCUS_CANCEL, 1, "" },
    { "forbidden: Enter",        DIALOG_SCALE,      FORBIDDEN, "Right Enter",      DIALOG_CANCELLED, FOCUS_CANCEL, 1, "" },
    { "not needed, not typed",   DIALOG_SCALE,      JUDGED | ENOUGH, "Tab Enter",    DIALOG_OPEN,      FOCUS_ACTION, 1, "" },
    { "not needed, typed",       DIALOG_SCALE,      JUDGED | ENOUGH, "Tab 1 Enter",  DIALOG_DECIDED,   FOCUS_ACTION, 1, "1" },
    { "not needed, typed after Right", DIALOG_SCALE, JUDGED | ENOUGH, "Right 1",     DIALOG_CHANGED,   FOCUS_ACTION, 1, "1" },
    { "not needed, no Tab",      DIALOG_SCALE,      JUDGED | ENOUGH, "1 Enter",      DIALOG_CANCELLED, FOCUS_CANCEL, 1, "" },
    { "not needed, a word",      DIALOG_SCALE,      JUDGED | ENOUGH, "Tab y e s Enter", DIALOG_OPEN,   FOCUS_ACTION, 1, "" },
    { "not needed, typed wrong", DIALOG_SCALE,      JUDGED | ENOUGH, "Tab 1 1 Tab Enter", DIALOG_OPEN, FOCUS_ACTION, 1, "11" },
    { "not needed, a step after it", DIALOG_SCALE,  JUDGED | ENOUGH, "Tab 1 + 3",    DIALOG_CHANGED,   FOCUS_CANCEL, 3, "" },
    { "not needed, erased",      DIALOG_SCALE,      JUDGED | ENOUGH, "Tab 1 Backspace", DIALOG_CHANGED, FOCUS_CANCEL, 1, "" },
    { "objected and not needed", DIALOG_SCALE,      OBJECTED | ENOUGH, "y e s Tab Enter", DIALOG_OPEN, FOCUS_ACTION, 1, "" },
    { "objected, not typed",     DIALOG_SCALE,      OBJECTED, "Tab Enter",         DIALOG_OPEN,      FOCUS_ACTION, 1, "" },
    { "objected, typed",         DIALOG_SCALE,      OBJECTED, "y e s Enter",       DIALOG_DECIDED,   FOCUS_ACTION, 1, "yes" },
    { "objected: digits are hosts", DIALOG_SCALE,   OBJECTED, "2 2",               DIALOG_CHANGED,   FOCUS_CANCEL, 22, "" },
    { "objected: a step",        DIALOG_SCALE,      OBJECTED, "y +",               DIALOG_CHANGED,   FOCUS_CANCEL, 2, "" },
    /* clang-format on */
};

static enum dialog_answer press(struct program_fixture *program_fixture, enum input_kind kind,
                                uint32_t keypress)
{
    const struct input input = { .kind = kind, .keypress = keypress };
    dialog_describe(&program_fixture->dialog, program_fixture->snapshot, &limits,
                    &program_fixture->text);
    dialog_follow(&program_fixture->dialog, &program_fixture->text);
    return dialog_input(&program_fixture->dialog, &input, &program_fixture->text);
}

static enum dialog_answer press_all(struct program_fixture *program_fixture, const char *keys)
{
    enum dialog_answer answer = DIALOG_OPEN;
    while (*keys) {
        size_t length = strcspn(keys, " ");
        uint32_t keypress = keypress_parse(keys, length);
        assert_int_not_equal(keypress, KEYPRESS_NONE);
        answer = press(program_fixture, INPUT_KEY, keypress);
        keys += length + (keys[length] == ' ');
    }
    return answer;
}

static void check_press(void **state)
{
    const struct press_row *row = *state;
    struct program_fixture program_fixture;
    program_fixture_init(&program_fixture, row->kind, row->twist);
    assert_int_equal(press_all(&program_fixture, row->keys), row->answer);
    assert_int_equal(program_fixture.dialog.focus, row->focus);
    assert_int_equal(program_fixture.dialog.delta, row->delta);
    assert_string_equal(program_fixture.dialog.typed.text, row->typed);
    program_fixture_fini(&program_fixture);
}

static const struct menu_row {
    const char *name;
    const char *keys;
    enum dialog_answer answer;
    int choice;
} menu_rows[] = {
    /* clang-format off */
    { "at first",         "x",             DIALOG_OPEN,      0 },
    { "down",             "j",             DIALOG_CHANGED,   1 },
    { "down by arrow",    "Down Down",     DIALOG_CHANGED,   2 },
    { "up at the top",    "k",             DIALOG_OPEN,      0 },
    { "up",               "j j Up",        DIALOG_CHANGED,   1 },
    { "the last",         "G",             DIALOG_CHANGED,   COLUMN_COUNT - 1 },
    { "no further",       "End j",         DIALOG_OPEN,      COLUMN_COUNT - 1 },
    { "the first",        "G g",           DIALOG_CHANGED,   0 },
    { "a page",           "PgDn",          DIALOG_CHANGED,   10 },
    { "a page back",      "G PgUp",        DIALOG_CHANGED,   COLUMN_COUNT - 11 },
    { "Tab",              "Tab Tab S-Tab", DIALOG_CHANGED,   1 },
    { "Enter",            "j Enter",       DIALOG_DECIDED,   1 },
    { "Esc",              "j Esc",         DIALOG_CANCELLED, 1 },
    { "q",                "q",             DIALOG_CANCELLED, 0 },
    /* clang-format on */
};

static void check_menu(void **state)
{
    const struct menu_row *row = *state;
    struct program_fixture program_fixture;
    program_fixture_init(&program_fixture, DIALOG_SORT, PLAIN);
    assert_int_equal(press_all(&program_fixture, row->keys), row->answer);
    assert_int_equal(program_fixture.dialog.choice, row->choice);
    program_fixture_fini(&program_fixture);
}

/* --- laws ------------------------------------------------------------------------------------------------------ */

static void every_dialog_begins_on_cancel(void **state)
{
    (void)state;
    for (int kind = DIALOG_PAUSE_ALL; kind <= DIALOG_QUIT; kind++) {
        struct program_fixture program_fixture;
        if (kind == DIALOG_SORT)
            continue;
        program_fixture_init(&program_fixture, (enum dialog_kind)kind, JUDGED);
        assert_int_equal(press_all(&program_fixture, "Enter"), DIALOG_CANCELLED);
        program_fixture_fini(&program_fixture);
        program_fixture_init(&program_fixture, (enum dialog_kind)kind, JUDGED);
        assert_int_equal(press_all(&program_fixture, "Tab Enter"), DIALOG_DECIDED);
        program_fixture_fini(&program_fixture);
    }
}

static void pastes_and_mice_decide_nothing(void **state)
{
    (void)state;
    for (int kind = DIALOG_PAUSE_ALL; kind <= DIALOG_QUIT; kind++) {
        struct program_fixture program_fixture;
        program_fixture_init(&program_fixture, (enum dialog_kind)kind, UP | OBJECTED);
        static const uint32_t keypresses[] = { KEYPRESS_ENTER, '\r',         '\n', 'q',
                                               KEYPRESS_ESC,   KEYPRESS_TAB, '+',  '-' };
        for (size_t i = 0; i < COUNT_OF(keypresses); i++) {
            assert_int_equal(press(&program_fixture, INPUT_PASTE, keypresses[i]), DIALOG_OPEN);
            assert_int_equal(press(&program_fixture, INPUT_CLICK, keypresses[i]), DIALOG_OPEN);
            assert_int_equal(press(&program_fixture, INPUT_DOUBLE_CLICK, keypresses[i]),
                             DIALOG_OPEN);
            assert_int_equal(press(&program_fixture, INPUT_WHEEL_UP, keypresses[i]), DIALOG_OPEN);
        }
        assert_int_equal(program_fixture.dialog.delta, 1);
        program_fixture_fini(&program_fixture);
    }
}

static void a_paste_is_not_the_number(void **state)
{
    (void)state;
    struct program_fixture program_fixture;
    program_fixture_init(&program_fixture, DIALOG_RESUME_ALL, UP);
    assert_int_equal(press(&program_fixture, INPUT_PASTE, '3'), DIALOG_OPEN);
    assert_string_equal(program_fixture.dialog.typed.text, "");
    program_fixture_fini(&program_fixture);
}

static void what_was_not_typed_takes_the_answer_away(void **state)
{
    (void)state;
    for (int kind = DIALOG_PAUSE_ALL; kind <= DIALOG_QUIT; kind++) {
        struct program_fixture program_fixture;
        if (kind == DIALOG_SORT)
            continue;
        program_fixture_init(&program_fixture, (enum dialog_kind)kind, UP | OBJECTED);
        press_all(&program_fixture, kind == DIALOG_SCALE ? "y e s" : "3");
        dialog_distrust(&program_fixture.dialog);
        assert_string_equal(program_fixture.dialog.typed.text, "");
        assert_int_equal(press(&program_fixture, INPUT_KEY, KEYPRESS_ENTER), DIALOG_CANCELLED);
        program_fixture_fini(&program_fixture);
    }
}

static const struct use_row {
    enum dialog_kind kind;
    uint32_t keypress;
    enum typing_use use;
} use_rows[] = {
    { DIALOG_SCALE, KEYPRESS_ENTER, TYPING_ACT },
    { DIALOG_SORT, KEYPRESS_ENTER, TYPING_ACT },
    { DIALOG_SCALE, '+', TYPING_STEP },
    { DIALOG_SCALE, '=', TYPING_STEP },
    { DIALOG_SCALE, '-', TYPING_STEP },
    { DIALOG_SCALE, KEYPRESS_UP, TYPING_STEP },
    { DIALOG_SCALE, '1', TYPING_TEXT },
    { DIALOG_SCALE, 'y', TYPING_TEXT },
    { DIALOG_SCALE, 'j', TYPING_TEXT },
    { DIALOG_SCALE, KEYPRESS_TAB, TYPING_STEP },
    { DIALOG_SCALE, KEYPRESS_CTRL_C, TYPING_TEXT },
    { DIALOG_SORT, 'j', TYPING_MOVE },
    { DIALOG_SORT, 'G', TYPING_MOVE },
    { DIALOG_SORT, KEYPRESS_DOWN, TYPING_MOVE },
    { DIALOG_SORT, '+', TYPING_TEXT },
    { DIALOG_PAUSE_ALL, '+', TYPING_TEXT },
    { DIALOG_PAUSE_ALL, 'q', TYPING_TEXT },
    { DIALOG_PASS, KEYPRESS_BACKSPACE, TYPING_STEP },
};

static void keys_that_repeat_are_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(use_rows); i++) {
        const struct dialog dialog = { .kind = use_rows[i].kind };
        assert_int_equal(dialog_use(&dialog, use_rows[i].keypress), use_rows[i].use);
    }
}

/* Text typed for one number does not confirm another number. */
static void another_number_takes_the_focus_away(void **state)
{
    (void)state;
    struct program_fixture program_fixture;
    program_fixture_init(&program_fixture, DIALOG_RESUME_ALL, UP);
    press_all(&program_fixture, "3");
    assert_int_equal(program_fixture.dialog.focus, FOCUS_ACTION);
    snprintf(program_fixture.text.wanted, sizeof program_fixture.text.wanted, "4");
    dialog_follow(&program_fixture.dialog, &program_fixture.text);
    assert_int_equal(program_fixture.dialog.focus, FOCUS_CANCEL);
    program_fixture_fini(&program_fixture);
}

static void one_more_objection_empties_what_was_typed(void **state)
{
    (void)state;
    struct program_fixture program_fixture;
    program_fixture_init(&program_fixture, DIALOG_SCALE, OBJECTED);
    press_all(&program_fixture, "y e s");
    dialog_follow(&program_fixture.dialog, &program_fixture.text);
    assert_string_equal(program_fixture.dialog.typed.text, "yes");
    assert_int_equal(program_fixture.dialog.focus, FOCUS_ACTION);
    program_fixture.text.objections++; /* as many, and not the same */
    dialog_follow(&program_fixture.dialog, &program_fixture.text);
    assert_string_equal(program_fixture.dialog.typed.text, "");
    assert_int_equal(program_fixture.dialog.focus, FOCUS_CANCEL);
    program_fixture_fini(&program_fixture);
}

int main(void)
{
    struct CMUnitTest texts[COUNT_OF(text_rows)];
    struct CMUnitTest larges[COUNT_OF(large_rows)];
    struct CMUnitTest scales[COUNT_OF(scale_rows)];
    struct CMUnitTest presses[COUNT_OF(press_rows)];
    struct CMUnitTest menus[COUNT_OF(menu_rows)];
    TESTS_FROM_ROWS(texts, text_rows, check_text);
    TESTS_FROM_ROWS(larges, large_rows, check_large);
    TESTS_FROM_ROWS(scales, scale_rows, check_scale);
    TESTS_FROM_ROWS(presses, press_rows, check_press);
    TESTS_FROM_ROWS(menus, menu_rows, check_menu);
    const struct CMUnitTest laws[] = {
        cmocka_unit_test(nothing_is_known_before_a_snapshot),
        cmocka_unit_test(a_row_that_left_is_refused),
        cmocka_unit_test(every_dialog_begins_on_cancel),
        cmocka_unit_test(pastes_and_mice_decide_nothing),
        cmocka_unit_test(a_paste_is_not_the_number),
        cmocka_unit_test(what_was_not_typed_takes_the_answer_away),
        cmocka_unit_test(keys_that_repeat_are_known),
        cmocka_unit_test(another_number_takes_the_focus_away),
        cmocka_unit_test(one_more_objection_empties_what_was_typed),
    };
    int failed = cmocka_run_group_tests_name("dialog: text", texts, NULL, NULL);
    failed += cmocka_run_group_tests_name("dialog: what is much", larges, NULL, NULL);
    failed += cmocka_run_group_tests_name("dialog: large scales", scales, NULL, NULL);
    failed += cmocka_run_group_tests_name("dialog: keys", presses, NULL, NULL);
    failed += cmocka_run_group_tests_name("dialog: menu", menus, NULL, NULL);
    failed += cmocka_run_group_tests_name("dialog: laws", laws, NULL, NULL);
    return failed;
}
