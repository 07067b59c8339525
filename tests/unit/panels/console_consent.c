/*
 * No act without consent: a person works at the console, and now and then text is pasted key by key or in brackets, or
 * the terminal answers a request of another program. The console gets bytes and their times; only the test has their
 * source.
 *
 * - What is sent was confirmed by the last byte, which came from the person, and nothing followed it; in a dialog only
 *   after it could be read.
 * - Foreign bytes open no dialog, and leave nothing in one: the number, the answer and the button are not theirs.
 * - At the speed of a person, no key is refused.
 *
 * A paste is a run: its first keys come within TYPING_RUN_MS of each other, and only keys that mean nothing pause.
 * CONSENT_ROUNDS in the environment is the number of rounds, CONSENT_SEED their seed.
 */
#include "tui/console/console.h"
#include "tui/console/console_state.h"
#include "tui/term/decoder.h"

#include "engine/base/random.h"
#include "tests/support/console_fixture.h"
#include "tests/support/settings.h"
#include "tests/support/test.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#define E "\x1b"
#define ROUNDS 6000
#define ROWS 30
#define CONFIRM_ABOVE_PPB 20000000
#define TEXT_SIZE 64
#define HELD_MS 33 /* the repeat of a key that is held down */

enum source { FROM_HAND, FROM_ELSEWHERE };

struct world {
    struct random random;
    struct console_fixture fixture;
    struct decoder decoder;
    enum source source; /* of the last byte */
    struct mono fed;    /* its time */
    struct mono calm;   /* from now on no foreign byte explains a refusal */
    struct mono opened; /* the dialog */
    enum dialog_kind kind;
    struct command focus;
    int64_t sent[COMMAND_COUNT];
    int64_t refused;
};

static int64_t below(struct world *world, int64_t bound)
{
    return random_below(&world->random, bound);
}

static bool one_in(struct world *world, int64_t chances)
{
    return below(world, chances) == 0;
}

/* --- the engine ------------------------------------------------------------------------------------------------ */

/* The law: a person pressed the last key, and nothing followed it. */
static int take_command(void *context, const struct command *command)
{
    struct world *world = context;
    if (command->kind == COMMAND_FOCUS) {
        world->focus = *command;
        return 0;
    }
    assert_int_equal(world->source, FROM_HAND);
    assert_true(world->fixture.now.ms - world->fed.ms >= TYPING_RUN_MS);
    if (world->kind != DIALOG_NONE)
        assert_true(world->fed.ms - world->opened.ms >= TYPING_QUIET_MS);
    world->sent[command->kind]++;
    console_fixture_obey(&world->fixture, command);
    return 0;
}

/* Scales by hand are checked, and a rule objects to some. */
static void take_snapshot(struct world *world)
{
    static struct snapshot_detail detail;
    snapshots_set_detail(world->fixture.maker, NULL);
    if (world->focus.slot != SLOT_NONE) {
        snapshots_example_detail(world->fixture.maker, world->focus.slot, &detail);
        detail.manual_delta = world->focus.delta;
        detail.objection_count = world->focus.slot % 2;
        detail.manual_refusal[0] = '\0';
        snapshots_set_detail(world->fixture.maker, &detail);
    }
    snapshots_at(world->fixture.maker)->ms += 100;
    console_snapshots_take(world->fixture.console, world->fixture.now,
                           snapshots_take(world->fixture.maker));
}

/* --- the loop of the program ----------------------------------------------------------------------------------- */

static void step(struct world *world)
{
    struct input input;
    while (decoder_next(&world->decoder, world->fixture.now, &input))
        console_input(world->fixture.console, world->fixture.now, &input);
    console_tick(world->fixture.console, world->fixture.now);
    console_take_wish(world->fixture.console);
    if (world->fixture.console->dialog.kind != world->kind)
        world->opened = world->fixture.now;
    world->kind = world->fixture.console->dialog.kind;
}

static void elapse(struct world *world, int64_t ms)
{
    struct mono end = mono_after(world->fixture.now, ms);
    for (;;) {
        int patience_ms = decoder_patience_ms(&world->decoder, world->fixture.now);
        struct mono wake = console_deadline(world->fixture.console);
        if (patience_ms >= 0)
            wake = mono_min(wake, mono_after(world->fixture.now, patience_ms));
        if (wake.ms >= end.ms)
            break;
        world->fixture.now = wake;
        step(world);
    }
    world->fixture.now = end;
}

static void feed(struct world *world, enum source source, const char *bytes, size_t length)
{
    world->source = source;
    world->fed = world->fixture.now;
    decoder_feed(&world->decoder, world->fixture.now, bytes, length);
    step(world);
}

/* --- the person ------------------------------------------------------------------------------------------------ */

static bool is_refused(const struct console *console)
{
    return strstr(console->message, "ignored:") || strstr(console->message, "press Enter again");
}

static void press(struct world *world, const char *key)
{
    bool is_calm = world->fixture.now.ms >= world->calm.ms;
    world->fixture.console->message[0] = '\0';
    console_draw(world->fixture.console, &world->fixture.canvas);
    feed(world, FROM_HAND, key, strlen(key));
    if (!is_refused(world->fixture.console))
        return;
    if (is_calm)
        fail_msg("'%s' is refused: %s", key, world->fixture.console->message);
    world->refused++;
    world->calm = mono_after(world->fixture.now, TYPING_QUIET_MS);
}

/* The next byte of what the dialog asks for, then the button. */
static const char *answer(struct world *world)
{
    static char key[2];
    const struct dialog *dialog = &world->fixture.console->dialog;
    struct dialog_text text;
    console_commands_describe(world->fixture.console, &text);
    size_t typed = strlen(dialog->typed.text);
    if (text.is_refused)
        return E;
    if (text.must_leave)
        return "\t";
    if (text.must_type && strcmp(dialog->typed.text, text.wanted) != 0) {
        key[0] = typed < strlen(text.wanted) ? text.wanted[typed] : '\x7f';
        return key;
    }
    return dialog->focus == FOCUS_ACTION ? "\r" : "\t";
}

static const char *any_key(struct world *world)
{
    static const char *const keys[] = { "j", "k", "g", "G", E "[A", E "[6~", "\t", "l",
                                        "?", "s", "/", "p", "P",    "D",     "+",  "-",
                                        "r", "d", "R", "+", "P",    "u",     E,    "\r" };
    static const char *const letters[] = { "e", "u", "-", "\x7f", "\r", "\r", E, E };
    static const char *const doubts[] = { E, "q", "+", "-", "4", "\t", E "[A", "x" };
    const struct console *console = world->fixture.console;
    if (console->dialog.kind != DIALOG_NONE)
        return one_in(world, 8) ? doubts[below(world, COUNT_OF(doubts))] : answer(world);
    if (console->prompt_use != PROMPT_NONE)
        return letters[below(world, COUNT_OF(letters))];
    return keys[below(world, COUNT_OF(keys))];
}

static void hold_down(struct world *world)
{
    const char *key = one_in(world, 2) ? "j" : E "[B";
    if (world->fixture.console->dialog.kind == DIALOG_SCALE)
        key = "+";
    if (world->fixture.console->prompt_use != PROMPT_NONE)
        key = "\x7f";
    if (world->fixture.console->dialog.kind != DIALOG_NONE &&
        world->fixture.console->dialog.kind != DIALOG_SCALE)
        return;
    for (int64_t i = below(world, 20); i > 0; i--) {
        press(world, key);
        elapse(world, HELD_MS);
    }
}

/* A person reads a dialog before the answer, mostly. */
static void work(struct world *world)
{
    elapse(world, TYPING_RUN_MS + 1 + below(world, 200));
    if (one_in(world, 10)) {
        hold_down(world);
        elapse(world, TYPING_RUN_MS + 1);
    }
    const char *key = any_key(world);
    bool is_early = world->fixture.now.ms - world->opened.ms < TYPING_QUIET_MS;
    if (*key == '\r' && world->kind != DIALOG_NONE && is_early) {
        if (one_in(world, 4))
            world->calm = mono_after(world->fixture.now, TYPING_QUIET_MS);
        else
            elapse(world, TYPING_QUIET_MS);
    }
    press(world, key);
    if (*key == *E && key[1] == '\0')
        elapse(world, DECODE_LATE_MS + 1);
}

/* --- what the person did not type ------------------------------------------------------------------------------ */

static const char *const texts[] = {
    "+\tif err != nil {\r+\t\treturn err\r+\t}\r",
    "+150\tx\r",
    "D\tx\r",
    "-1\t\r",
    "p\rP\rD\r+\t\rrdq\r",
    "++++\t1\r",
    "\t+1\ry",
    "yes\r",
    "jjj\r+\r",
    "/usr/bin/env\rr",
    "rdrdrd",
    ":pass\r",
    ":discover\r:pass\r",
    ":scale +3\r\r",
    ":pause-all\r\r",
};

/* Two letters that mean nothing are somewhere in it: a run of movements alone is a key that is held down. */
static void write_text(struct world *world, char ret_text[TEXT_SIZE])
{
    static const char characters[] = "+-=123pPDrdqyesljkgG/:?<>IzE \t\r\t\r";
    char random[TEXT_SIZE / 2];
    size_t length = 1 + (size_t)below(world, TEXT_SIZE / 4);
    for (size_t i = 0; i < length; i++)
        random[i] = characters[below(world, (int64_t)strlen(characters))];
    random[length] = '\0';
    const char *chosen = one_in(world, 2) ? random : texts[below(world, COUNT_OF(texts))];
    int place = (int)below(world, (int64_t)strlen(chosen) + 1);
    snprintf(ret_text, TEXT_SIZE, "%.*sxv%s", place, chosen, chosen + place);
}

/* A slow line pauses, after what was refused. */
static void paste_keys(struct world *world, const char *text)
{
    for (const char *at = text; *at; at++) {
        feed(world, FROM_ELSEWHERE, at, 1);
        bool is_pause = at > text && *at == 'v' && one_in(world, 2);
        elapse(world, is_pause ? TYPING_RUN_MS + below(world, TYPING_QUIET_MS - 2 * TYPING_RUN_MS)
                               : below(world, TYPING_RUN_MS));
    }
}

static void paste_in_brackets(struct world *world, const char *text)
{
    char bytes[TEXT_SIZE + 16];
    snprintf(bytes, sizeof bytes, E "[200~%s" E "[201~", text);
    for (const char *at = bytes; *at; at++) {
        feed(world, FROM_ELSEWHERE, at, 1);
        elapse(world, below(world, DECODE_ESC_MS));
    }
}

static void reply(struct world *world)
{
    static const char *const replies[] = {
        E "]11;rgb:dede/dede/dede\x07",
        E "]52;c;cHJEcg==" E "\\",
        E "P>|term 1.2.0" E "\\",
        E "P1$r0m" E "\\",
        E "_Gi=31;OK" E "\\",
        E "^p\rr\r" E "\\",
        E "X+\t\r" E "\\",
        E "[24;80R",
        E "[?62;1;6c",
        E "[?2026;2$y",
        "\x9d"
        "11;rdr\x9c",
        "\x9b"
        "24;80R",
    };
    const char *bytes = replies[below(world, COUNT_OF(replies))];
    for (const char *at = bytes; *at; at++) {
        feed(world, FROM_ELSEWHERE, at, 1);
        elapse(world, below(world, at < bytes + 2 ? DECODE_ESC_MS : DECODE_LATE_MS));
    }
}

/* A dialog is what it was, or asks anew. */
static void check_dialog(const struct dialog *before, const struct dialog *after)
{
    if (after->kind == DIALOG_NONE || after->kind == DIALOG_SORT)
        return;
    assert_int_equal(after->kind, before->kind);
    assert_int_equal(after->delta, before->delta);
    assert_true(after->typed.length == 0 || strcmp(after->typed.text, before->typed.text) == 0);
    assert_true(after->focus == FOCUS_CANCEL || after->focus == before->focus);
}

/* Keys that were typed just before are done first. */
static void intrude(struct world *world)
{
    char text[TEXT_SIZE];
    elapse(world, DECODE_ESC_MS + TYPING_RUN_MS + below(world, 400));
    step(world);
    struct dialog before = world->fixture.console->dialog;
    write_text(world, text);
    if (one_in(world, 3))
        reply(world);
    else if (one_in(world, 4))
        paste_in_brackets(world, text);
    else
        paste_keys(world, text);
    elapse(world, TYPING_RUN_MS);
    step(world);
    check_dialog(&before, &world->fixture.console->dialog);
    world->refused += is_refused(world->fixture.console);
    world->calm = mono_after(world->fed, TYPING_QUIET_MS);
}

/* --- rounds ---------------------------------------------------------------------------------------------------- */

static void init(struct world *world, uint64_t seed)
{
    const struct console_config config = { .view = VIEW_ALL,
                                           .sort = COLUMN_DEPLOYMENT,
                                           .confirm_above_ppb = CONFIRM_ABOVE_PPB };
    *world = (struct world){
        .random = { seed },
        .fixture = { .now = { 1000000 }, .take = take_command, .context = world },
        .focus.slot = SLOT_NONE,
    };
    console_fixture_open(&world->fixture, &config);
    snapshots_fill_random(world->fixture.maker, ROWS, seed);
    snapshots_engine(world->fixture.maker)->is_read_only = false;
    decoder_init(&world->decoder);
    assert_int_equal(canvas_resize(&world->fixture.canvas, 80, 24), 0);
    take_snapshot(world);
    step(world);
}

/* Without acts and refusals, the test would prove nothing. */
static void check_totals(const struct world *world)
{
    for (int kind = 0; kind < COMMAND_COUNT; kind++) {
        print_message("%-12s sent %lld times\n", command_row((enum command_kind)kind)->name,
                      (long long)world->sent[kind]);
        assert_true(world->sent[kind] > 0 || kind == COMMAND_FOCUS || kind == COMMAND_LOOK ||
                    kind == COMMAND_STOP);
    }
    print_message("%-12s %lld times\n", "refused", (long long)world->refused);
    assert_true(world->refused > 0);
}

static void only_the_person_acts(void **state)
{
    (void)state;
    static struct world world;
    int64_t rounds = setting("CONSENT_ROUNDS", ROUNDS);
    init(&world, (uint64_t)setting("CONSENT_SEED", 1));
    for (int64_t i = 0; i < rounds; i++) {
        work(&world);
        if (one_in(&world, 5))
            intrude(&world);
        take_snapshot(&world);
    }
    check_totals(&world);
    console_fixture_fini(&world.fixture);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = { cmocka_unit_test(only_the_person_acts) };
    return cmocka_run_group_tests_name("console: consent", tests, NULL, NULL);
}
