/* Checks the manual and the README against the program: every word of the tables is in its page. */
#include "tests/support/manual_text.h"
#include "tests/support/test.h"

#include "engine/base/text.h"
#include "engine/config/notify_rows.h"
#include "engine/config/options.h"
#include "engine/promise.h"
#include "engine/vocab.h"
#include "tui/console/keys.h"
#include "tui/console/palette.h"
#include "tui/linear/linear.h"
#include "tui/list/columns.h"
#include "tui/list/order.h"
#include "tui/term/theme.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* --- every word of the tables ----------------------------------------------------------------------- */

static void test_every_flag_is_in_the_manual(void **state)
{
    (void)state;
    struct span list = section(COMMAND_PAGE, "OPTIONS");
    size_t flag_count = 0;
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *row = option_at(i);
        char line[LINE_SIZE] = "\n.It ";
        size_t length = strlen(line);
        if (!row->flag)
            continue;
        flag_count++;
        if (row->letter)
            length +=
                (size_t)snprintf(line + length, sizeof line - length, "Fl %c , ", row->letter);
        snprintf(line + length, sizeof line - length, "Fl Fl %s%s", row->flag,
                 option_has_argument(row) ? " Ns " : "\n");
        if (!find_in(list, line))
            fail_msg("%s does not list --%s as: %s", COMMAND_PAGE, row->flag, line + 1);
    }
    assert_int_equal(count_in(list, "\n.It Fl "), flag_count);
}

static void test_every_variable_is_in_the_manual(void **state)
{
    (void)state;
    struct span list = section(COMMAND_PAGE, "ENVIRONMENT");
    for (size_t i = 0; i < option_count(); i++) {
        char line[LINE_SIZE];
        if (!option_at(i)->variable)
            continue;
        snprintf(line, sizeof line, "Ev %s", option_at(i)->variable);
        item(list, line);
    }
}

static void test_every_action_is_in_the_manual(void **state)
{
    (void)state;
    struct span list = section(COMMAND_PAGE, "ACTIONS");
    for (int i = 0; i < ACTION_COUNT; i++) {
        char line[LINE_SIZE];
        snprintf(line, sizeof line, "Cm %s", action_name((enum action)i));
        item(list, line);
    }
    assert_int_equal(count_in(list, "\n.It Cm "), ACTION_COUNT);
}

static void test_every_reason_is_in_the_manual(void **state)
{
    (void)state;
    struct span list = section(COMMAND_PAGE, "REASONS");
    for (int i = 0; i < REASON_COUNT; i++) {
        char line[LINE_SIZE];
        snprintf(line, sizeof line, "Cm %s", reason_row((enum reason)i)->name);
        item(list, line);
    }
    assert_int_equal(count_in(list, "\n.It Cm "), REASON_COUNT);
}

/* A rule's paragraph begins with its name; a rule of two directions (max_step_up , max_step_down) with the first. */
static void test_every_rule_is_in_the_manual_in_order(void **state)
{
    (void)state;
    struct span list = section(COMMAND_PAGE, "HOW IT DECIDES");
    const char *at = list.start;
    for (int i = 0; i < RULE_COUNT; i++) {
        char line[LINE_SIZE];
        snprintf(line, sizeof line, "\n.It Cm %s", rule_row((enum rule)i)->name);
        at = strstr(at, line);
        assert_non_null(at);
        assert_true(at < list.end);
    }
    assert_int_equal(count_in(list, "\n.It Cm "), RULE_COUNT);
}

static void check_fields(struct span text, const struct event_row *row)
{
    char field[LINE_SIZE];
    for (const char *at = row->fields; *at;) {
        size_t length = strcspn(at, " ");
        assert_in_range(length, 1, sizeof field - 1);
        memcpy(field, at, length);
        field[length] = '\0';
        if (!has_word(text, field))
            fail_msg("%s does not name the field %s of %s", COMMAND_PAGE, field, row->name);
        at += length;
        at += *at == ' ';
    }
}

static void test_every_event_is_in_the_manual(void **state)
{
    (void)state;
    struct span list = section(COMMAND_PAGE, "EVENTS");
    for (int i = 0; i < EVENT_COUNT; i++) {
        const struct event_row *row = event_row((enum event_id)i);
        char line[LINE_SIZE];
        snprintf(line, sizeof line, "Cm %s Pq %s", row->name, level_name(row->level));
        check_fields(item(list, line), row);
    }
    assert_int_equal(count_in(list, "\n.It Cm "), EVENT_COUNT);
}

/* --- the console's tables --------------------------------------------------------------------------- */

/* "j , Down": single characters with a meaning for the formatter are escaped. */
static void add_keypress(struct text *line, const char *name, size_t length)
{
    bool is_sign = length == 1 && !is_word_character(name[0]);
    if (line->length > 0)
        text_add(line, " , ");
    if (length == 1 && name[0] == '\\') {
        text_add(line, "\\e");
        return;
    }
    if (is_sign)
        text_add(line, "\\&");
    text_add_bytes(line, name, length);
}

static void test_every_key_of_the_console_is_in_the_manual(void **state)
{
    (void)state;
    struct span list = section(CONSOLE_PAGE, "KEYS");
    for (int act = ACT_NONE + 1; act < ACT_COUNT; act++) {
        const struct key_row *row = keys_row((enum act)act);
        char storage[LINE_SIZE + 8];
        char line_storage[LINE_SIZE];
        char help[LINE_SIZE];
        struct text line;
        text_init(&line, line_storage, sizeof line_storage);
        for (const char *at = row->keys; *at; at += *at == ' ') {
            size_t length = strcspn(at, " ");
            add_keypress(&line, at, length);
            at += length;
        }
        snprintf(storage, sizeof storage, "Ic %s", line_storage);
        snprintf(help, sizeof help, "%s.", row->help + 1);
        if (!find_in(item(list, storage), help))
            fail_msg("%s does not say of %s: %s", CONSOLE_PAGE, line_storage, row->help);
        snprintf(help, sizeof help, "\nCommand\n.Cm %s .\n", keys_word((enum act)act).text);
        if (!find_in(list, help))
            fail_msg("%s does not name the command %s", CONSOLE_PAGE,
                     keys_word((enum act)act).text);
    }
    assert_int_equal(count_in(list, "\n.It Ic "), ACT_COUNT - 1);
}

static void test_every_state_is_in_the_manual(void **state)
{
    (void)state;
    struct span list = section(CONSOLE_PAGE, "STATES");
    for (int i = 0; i < STATE_COUNT; i++) {
        char line[LINE_SIZE];
        const struct state_row *row = state_row((enum state)i);
        snprintf(line, sizeof line, "Cm %s Pq Ql \\&%c", row->name, row->glyph);
        item(list, line);
    }
    assert_int_equal(count_in(list, "\n.It Cm "), STATE_COUNT);
}

static void test_every_command_is_in_the_manual(void **state)
{
    (void)state;
    struct span list = section(CONSOLE_PAGE, "COMMANDS");
    for (int i = 0; i < COMMAND_COUNT; i++) {
        char line[LINE_SIZE];
        snprintf(line, sizeof line, "Cm %s", command_row((enum command_kind)i)->name);
        if (i != COMMAND_FOCUS && i != COMMAND_LOOK)
            item(list, line);
    }
    assert_int_equal(count_in(list, "\n.It Cm "), COMMAND_COUNT - 2);
}

static void test_every_command_of_the_palette_is_in_the_manual(void **state)
{
    (void)state;
    struct span list = section(CONSOLE_PAGE, "PALETTE");
    const char *name;
    const char *help;
    size_t count = 0;
    for (; palette_describe(count, &name, &help); count++) {
        char line[LINE_SIZE];
        snprintf(line, sizeof line, "\n.It Cm %s Ar ", name);
        assert_int_equal(count_in(list, line), 1);
        snprintf(line, sizeof line, "\n%c%s.\n", toupper((unsigned char)help[0]), help + 1);
        assert_int_equal(count_in(list, line), 1);
    }
    assert_int_equal(count_in(list, "\n.It Cm "), count);
}

static void test_every_column_is_in_the_manual(void **state)
{
    (void)state;
    struct span list = section(CONSOLE_PAGE, "COLUMNS");
    for (int i = 0; i < COLUMN_COUNT; i++) {
        char line[LINE_SIZE];
        const struct column_row *row = columns_row((enum column)i);
        snprintf(line, sizeof line, "Cm %s", row->word);
        if (row->title[0])
            snprintf(line, sizeof line, "Cm %s Pq Li %s", row->word, row->title);
        item(list, line);
    }
    assert_int_equal(count_in(list, "\n.It Cm "), COLUMN_COUNT);
}

static void test_every_line_command_is_in_the_manual(void **state)
{
    (void)state;
    struct span list = section(CONSOLE_PAGE, "LINES");
    for (int i = 0; i < LINE_COUNT; i++) {
        const struct line_row *row = line_row((enum line_command)i);
        char line[LINE_SIZE], meaning[LINE_SIZE];
        snprintf(line, sizeof line, "Cm %s%s%s", row->word, row->argument[0] ? " Ar " : "",
                 row->argument);
        snprintf(meaning, sizeof meaning, "%s.", row->meaning + 1);
        if (!find_in(item(list, line), meaning))
            fail_msg("%s does not say of %s: %s", CONSOLE_PAGE, row->word, row->meaning);
    }
    assert_int_equal(count_in(list, "\n.It Cm "), LINE_COUNT);
}

static void test_every_theme_is_in_the_manual(void **state)
{
    (void)state;
    struct span list = section(CONSOLE_PAGE, "THEMES");
    for (int i = 0; i < THEME_COUNT; i++) {
        char line[LINE_SIZE], meaning[LINE_SIZE];
        snprintf(line, sizeof line, "Cm %s", theme_word((enum theme)i));
        snprintf(meaning, sizeof meaning, "%s", theme_meaning((enum theme)i) + 1);
        if (!find_in(item(list, line), meaning))
            fail_msg("%s does not say of %s: %s", CONSOLE_PAGE, line, meaning);
    }
    assert_int_equal(count_in(list, "\n.It Cm "), THEME_COUNT);
}

/* The words of an item on one line. */
static void read_words(struct span text, char ret_words[LINE_SIZE])
{
    size_t size = 0;
    for (const char *at = text.start; at < text.end && size < LINE_SIZE - 1; at++)
        ret_words[size++] = *at == '\n' ? ' ' : *at;
    ret_words[size] = '\0';
}

/* In the order of the table: what is promised, where, and how it is judged. */
static void test_every_promise_is_in_the_manual(void **state)
{
    (void)state;
    struct span list = section(API_PAGE, "CHECKING AN API");
    const char *before = list.start;
    for (int i = 1; i <= PROMISE_COUNT; i++) {
        const struct promise_row *row = promise_row((enum promise)i);
        char line[LINE_SIZE], words[LINE_SIZE], expected[LINE_SIZE];
        snprintf(line, sizeof line, "Cm %s", row->name);
        struct span text = item(list, line);
        read_words(text, words);
        snprintf(expected, sizeof expected, "%s. Section .Sx %s ; judged: %s.", row->promise + 1,
                 row->section, row->judged);
        if (!strstr(words, expected) || text.start < before)
            fail_msg("%s does not say of %s: %s", API_PAGE, row->name, expected);
        before = text.start;
    }
    assert_int_equal(count_in(list, "\n.It Cm "), PROMISE_COUNT);
}

/* The words of the options are those of the console's tables, in the same order. */
static void test_the_options_know_the_views_and_columns(void **state)
{
    (void)state;
    const struct option_word *views = option_at(OPTION_CONSOLE_VIEW)->words;
    const struct option_word *columns = option_at(OPTION_CONSOLE_SORT)->words;
    assert_string_equal(views[0].text, "auto");
    for (int i = 0; i < VIEW_COUNT; i++)
        assert_string_equal(views[1 + i].text, view_name((enum view)i));
    for (int i = 0; i < COLUMN_COUNT; i++)
        assert_string_equal(columns[i].text, columns_row((enum column)i)->word);
    assert_null(views[1 + VIEW_COUNT].text);
    const struct option_word *themes = option_at(OPTION_CONSOLE_THEME)->words;
    for (int i = 0; i < THEME_COUNT; i++)
        assert_string_equal(themes[i].text, theme_word((enum theme)i));
    assert_null(themes[THEME_COUNT].text);
    assert_null(columns[COLUMN_COUNT].text);
}

/* A line of a page as displayed: without the formatter's backslashes and the guard of a leading dot. */
static void read_literal(const char *line, size_t length, char ret_line[LINE_SIZE])
{
    size_t size = 0;
    for (size_t i = 0; i < length && size < LINE_SIZE - 1; i++) {
        if (length - i >= 2 && line[i] == '\\' && (line[i + 1] == 'e' || line[i + 1] == '&')) {
            if (line[++i] == 'e')
                ret_line[size++] = '\\';
            continue;
        }
        ret_line[size++] = line[i];
    }
    ret_line[size] = '\0';
}

/* Every line between the two marks is in the expected screen of the console's tests. */
static void compare_screen(const char *path, const char *start, const char *end,
                           const char *picture, size_t line_count)
{
    static char golden[TEXT_SIZE];
    size_t count = 0;
    const char *at = strstr(page(path), start);
    if (!at)
        fail_msg("%s has no %s", path, start);
    read_page(picture, golden);
    for (at += strlen(start); strncmp(at, end, strlen(end)) != 0; at += strcspn(at, "\n") + 1) {
        char line[LINE_SIZE];
        read_literal(at, strcspn(at, "\n"), line);
        if (!strstr(golden, line))
            fail_msg("%s shows what is not in %s: %s", path, picture, line);
        count++;
    }
    assert_int_equal(count, line_count);
}

static void test_the_screens_are_those_of_the_console(void **state)
{
    (void)state;
    compare_screen(README, "<!-- screen: explain -->\n```\n", "```",
                   "tests/data/golden/explain_80x24.txt", 24);
    compare_screen(CONSOLE_PAGE, ".\\\" screen: main\n.Bd -literal\n", ".Ed",
                   "tests/data/golden/main_all_80x24.txt", 24);
    compare_screen(CONSOLE_PAGE, ".\\\" screen: explain\n.Bd -literal\n", ".Ed",
                   "tests/data/golden/explain_80x24.txt", 24);
    compare_screen(CONSOLE_PAGE, ".\\\" screen: dialog\n.Bd -literal\n", ".Ed",
                   "tests/data/golden/dialog_scale_objected.txt", 10);
}

/* The phrase in "expected PHRASE, found x" is also in the manual. */
static void check_value(struct span text, const struct option_row *row)
{
    static const char before[] = "expected ";
    static const char after[] = ", found x";
    struct error err;
    option_refuse(row, "x", &err);
    size_t length = strlen(err.msg);
    assert_true(length > strlen(before) + strlen(after));
    err.msg[length - strlen(after)] = '\0';
    char line[sizeof err.msg + LINE_SIZE];
    snprintf(line, sizeof line, "\nValue: %s.\n", err.msg + strlen(before));
    if (!find_in(text, line))
        fail_msg("%s does not say of %s:%s", CONFIGURATION_PAGE, row->key, line);
}

static void check_default(struct span text, const struct option_row *row)
{
    char line[LINE_SIZE] = "\nNo default.\n";
    if (row->initial)
        snprintf(line, sizeof line, "\nDefault\n.Cm %s .\n", row->initial);
    if (!find_in(text, line))
        fail_msg("%s does not say of %s:%s", CONFIGURATION_PAGE, row->key, line);
}

static void test_every_key_is_in_the_manual(void **state)
{
    (void)state;
    struct span list = section(CONFIGURATION_PAGE, "KEYS");
    size_t key_count = 0;
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *row = option_at(i);
        char line[LINE_SIZE];
        if (!row->key)
            continue;
        key_count++;
        snprintf(line, sizeof line, "Ic %s", row->key);
        struct span text = item(list, line);
        check_value(text, row);
        check_default(text, row);
    }
    for (int id = 0; id < NOTIFY_ROW_COUNT; id++) {
        const struct option_row *row = notify_row((enum notify_row)id);
        char line[LINE_SIZE];
        snprintf(line, sizeof line, "Ic notify.%s", row->key);
        struct span text = item(list, line);
        if (row->type == TYPE_NOTIFY || row->type == TYPE_SECRET) /* of their own (notify_yaml.c) */
            continue;
        check_value(text, row);
        check_default(text, row);
    }
    assert_int_equal(count_in(list, "\n.It Ic "), key_count + NOTIFY_ROW_COUNT);
}

int main(void)
{
    static const struct CMUnitTest word_tests[] = {
        cmocka_unit_test(test_every_flag_is_in_the_manual),
        cmocka_unit_test(test_every_variable_is_in_the_manual),
        cmocka_unit_test(test_every_action_is_in_the_manual),
        cmocka_unit_test(test_every_reason_is_in_the_manual),
        cmocka_unit_test(test_every_rule_is_in_the_manual_in_order),
        cmocka_unit_test(test_every_event_is_in_the_manual),
        cmocka_unit_test(test_every_key_is_in_the_manual),
        cmocka_unit_test(test_every_key_of_the_console_is_in_the_manual),
        cmocka_unit_test(test_every_state_is_in_the_manual),
        cmocka_unit_test(test_every_command_is_in_the_manual),
        cmocka_unit_test(test_every_command_of_the_palette_is_in_the_manual),
        cmocka_unit_test(test_every_column_is_in_the_manual),
        cmocka_unit_test(test_every_line_command_is_in_the_manual),
        cmocka_unit_test(test_every_theme_is_in_the_manual),
        cmocka_unit_test(test_every_promise_is_in_the_manual),
        cmocka_unit_test(test_the_options_know_the_views_and_columns),
        cmocka_unit_test(test_the_screens_are_those_of_the_console),
    };
    return cmocka_run_group_tests_name("manual", word_tests, NULL, NULL);
}
