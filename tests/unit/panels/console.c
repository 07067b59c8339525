/*
 * What every key does in every context: rows of keys and events, and the state that they must lead to.
 */
#include "tests/support/key_script.h"
#include "tests/support/test.h"
#include "tui/console/console_state.h"
#include "tui/panels/panels.h"

#include <locale.h>
#include <stdbool.h>
#include <string.h>

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
    struct key_script script;
    key_script_init(&script);
    key_script_play(&script, row->keys);
    key_script_check(&script, row->wanted);
    assert_string_equal(script.commands, row->commands);
    if (row->message && !strstr(script.console->message, row->message))
        fail_msg("the message is '%s', without '%s'", script.console->message, row->message);
    if (!row->message)
        assert_string_equal(script.console->message, "");
    key_script_fini(&script);
}

/* --- laws ------------------------------------------------------------------------------------------------------ */

static const char *const steering_keys[] = { "p", "P", "D", "+", "-", "@storm r" };

static void wait_for_a_deadline(struct key_script *script)
{
    script->now = console_deadline(script->console);
    console_tick(script->console, script->now);
    console_draw(script->console, &script->canvas);
}

/* An idle console wakes up once when nothing is read, once when the engine is silent, and then no more. */
static void old_figures_wake_the_console_once(void **state)
{
    (void)state;
    struct key_script script;
    key_script_init(&script);
    struct mono arrived = script.now;
    key_script_take(&script);
    console_draw(script.console, &script.canvas);
    assert_false(script.console->is_unread);
    wait_for_a_deadline(&script);
    assert_true(script.console->is_unread);
    assert_false(script.console->is_silent);
    assert_in_range(script.now.ms - arrived.ms, 41000, 43000);
    wait_for_a_deadline(&script);
    assert_true(script.console->is_silent);
    assert_int_equal(console_deadline(script.console).ms, MONO_NEVER.ms);
    key_script_fini(&script);
}

/* A status is old behind the limit, not at it; one that never came is not. */
static void a_status_is_old_after_two_intervals(void **state)
{
    (void)state;
    struct key_script script;
    key_script_init(&script);
    key_script_take(&script);
    const struct console *console = script.console;
    int64_t now_ms = console_clock(console).ms;
    assert_int_equal(console_old_after_ms(console), 60000);
    assert_false(console_is_old(console, (struct wall){ now_ms - 60000 }));
    assert_true(console_is_old(console, (struct wall){ now_ms - 60001 }));
    assert_false(console_is_old(console, (struct wall){ 0 }));
    assert_int_equal(console_stale_since(console).ms, 0);
    snapshots_engine(script.maker)->pass_interval_ms = 10;
    key_script_take(&script);
    assert_int_equal(console_old_after_ms(console), 5000);
    key_script_fini(&script);
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
            struct key_script script;
            key_script_init(&script);
            script.has_detail = true;
            key_script_play(&script, steering_keys[i]);
            key_script_take(&script);
            assert_int_not_equal(script.console->dialog.kind, DIALOG_NONE);
            key_script_press(&script, INPUT_KEY, keypress, 0, 0);
            key_script_press(&script, INPUT_PASTE, KEYPRESS_ENTER, 0, 0);
            key_script_press(&script, INPUT_DOUBLE_CLICK, keypress, 40, 12);
            assert_string_equal(script.commands, "");
            key_script_fini(&script);
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
        struct key_script a;
        struct key_script b;
        key_script_init(&a);
        key_script_init(&b);
        key_script_play(&a, alike[i][0]);
        key_script_play(&b, alike[i][1]);
        assert_int_equal(a.console->cursor.position, b.console->cursor.position);
        assert_int_equal(a.console->dialog.kind, b.console->dialog.kind);
        assert_int_equal(a.console->prompt_use, b.console->prompt_use);
        assert_int_equal(a.console->is_help_open, b.console->is_help_open);
        assert_int_equal(a.console->is_log_focused, b.console->is_log_focused);
        key_script_fini(&a);
        key_script_fini(&b);
    }
}

/* Before anything came. */
static void nothing_harms_an_empty_console(void **state)
{
    (void)state;
    for (int act = ACT_NONE + 1; act < ACT_COUNT; act++) {
        struct key_script script;
        key_script_open(&script, VIEW_ALL, &script.console);
        key_script_draw(&script);
        key_script_press(&script, INPUT_KEY, keys_keypress(keys_row((enum act)act), 0), 0, 0);
        key_script_press(&script, INPUT_KEY, KEYPRESS_TAB, 0, 0);
        key_script_press(&script, INPUT_KEY, KEYPRESS_ESC, 0, 0);
        key_script_press(&script, INPUT_CLICK, 0, 10, 8);
        key_script_press(&script, INPUT_WHEEL_DOWN, 0, 10, 8);
        assert_string_equal(script.commands, "");
        key_script_fini(&script);
    }
}

static void a_bad_filter_is_no_configuration(void **state)
{
    (void)state;
    struct console_config config = { .filter = "free<x", .confirm_above_ppb = CONFIRM_ABOVE_PPB };
    struct console_port port = { .send = key_script_record, .release = key_script_give_back };
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
    struct key_script script;
    key_script_init(&script);
    key_script_play(&script, "Ctrl-l");
    assert_int_equal(console_take_wish(script.console), WISH_REPAINT);
    assert_int_equal(console_take_wish(script.console), WISH_NONE);
    key_script_fini(&script);
}

/* The only deadline was that of the stale engine; it has passed. */
static void an_idle_console_has_no_deadline(void **state)
{
    (void)state;
    struct key_script script;
    key_script_init(&script);
    key_script_play(&script, "j @stale @much_later");
    assert_int_equal(console_deadline(script.console).ms, MONO_NEVER.ms);
    key_script_play(&script, "j");
    assert_int_equal(console_deadline(script.console).ms, script.now.ms + HOLD_MS - TYPING_RUN_MS);
    key_script_fini(&script);
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
