/*
 * Checks the manual and the README against the program: every word of the tables is in its page, every documented
 * value and default is accepted, and every example works. Run from the root of the repository; the program is the one
 * that the environment variable AUTOSCALER names.
 */
#include "tests/support/test.h"

#include "engine/backend/wire.h"
#include "engine/base/arena.h"
#include "engine/base/text.h"
#include "engine/config/options.h"
#include "engine/core/api_result.h"
#include "engine/vocab.h"
#include "tests/support/program.h"
#include "tui/console/keys.h"
#include "tui/console/palette.h"
#include "tui/linear/linear.h"
#include "tui/list/columns.h"
#include "tui/list/order.h"
#include "tui/term/theme.h"

#include <ctype.h>
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define COMMAND_PAGE "man/autoscaler.1"
#define CONFIGURATION_PAGE "man/autoscaler.yaml.5"
#define API_PAGE "man/autoscaler-api.7"
#define CONSOLE_PAGE "man/autoscaler-console.7"
#define README "README.md"

#define TEXT_SIZE ((size_t)256 * 1024)
#define LINE_SIZE 512
#define EXAMPLES_MAX 32

/* --- texts ------------------------------------------------------------------------------------------ */

struct span {
    const char *start;
    const char *end;
};

static struct span whole_of(const char *text)
{
    return (struct span){ text, text + strlen(text) };
}

/* The first `needle` inside; NULL: none. */
static const char *find_in(struct span span, const char *needle)
{
    const char *found = strstr(span.start, needle);
    return found && found + strlen(needle) <= span.end ? found : NULL;
}

static size_t count_in(struct span span, const char *needle)
{
    size_t count = 0;
    for (const char *at = find_in(span, needle); at; at = find_in(span, needle)) {
        span.start = at + 1;
        count++;
    }
    return count;
}

/* From `start` to the first of `ends`, or to the end of the text. */
static struct span span_until(const char *start, const char *const ends[], size_t end_count)
{
    struct span span = whole_of(start);
    for (size_t i = 0; i < end_count; i++) {
        const char *end = find_in(span, ends[i]);
        span.end = end ? end : span.end;
    }
    return span;
}

static bool is_word_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool has_word(struct span span, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = find_in(span, word); at; at = find_in(span, word)) {
        bool is_start = at == span.start || !is_word_character(at[-1]);
        if (is_start && !is_word_character(at[length]))
            return true;
        span.start = at + 1;
    }
    return false;
}

/* --- pages ------------------------------------------------------------------------------------------ */

/* Valid until the next call with the same storage. */
static const char *read_page(const char *path, char storage[TEXT_SIZE])
{
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("cannot read %s: %s (tests run from the root of the repository)", path,
                 strerror(errno));
    size_t size = fread(storage, 1, TEXT_SIZE - 1, file);
    assert_in_range(size, 1, TEXT_SIZE - 2);
    storage[size] = '\0';
    fclose(file);
    return storage;
}

static char page_storage[TEXT_SIZE];

static const char *page(const char *path)
{
    return read_page(path, page_storage);
}

static struct span section(const char *path, const char *name)
{
    static const char *const ends[] = { "\n.Sh " };
    char heading[LINE_SIZE];
    snprintf(heading, sizeof heading, "\n.Sh %s\n", name);
    const char *text = page(path);
    const char *start = strstr(text, heading);
    if (!start)
        fail_msg("%s has no section %s", path, name);
    return span_until(start + 1, ends, COUNT_OF(ends));
}

/* The text of the list item ".It `line`". */
static struct span item(struct span list, const char *line)
{
    static const char *const ends[] = { "\n.It ", "\n.El\n", "\n.Sh ", "\n.Ss " };
    char heading[LINE_SIZE];
    snprintf(heading, sizeof heading, "\n.It %s\n", line);
    const char *start = find_in(list, heading);
    if (!start)
        fail_msg("the manual does not list: .It %s", line);
    struct span text = span_until(start + strlen(heading) - 1, ends, COUNT_OF(ends));
    text.end += *text.end == '\n';
    return text;
}

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
    assert_int_equal(count_in(list, "\n.It Ic "), key_count);
}

/* --- running the program ---------------------------------------------------------------------------- */

static char directory[] = "/tmp/test_manual.XXXXXX";
static struct program *program; /* the last one started */

static int enter(void **state)
{
    (void)state;
    memcpy(directory + strlen(directory) - 6, "XXXXXX", 6);
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static int leave(void **state)
{
    (void)state;
    program_destroy(program);
    program = NULL;
    return nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void start_program(const char *const arguments[])
{
    /* Ignores the configuration in this machine's /etc. */
    static const char *const environment[] = { "AUTOSCALER_CONFIG=/dev/null", NULL };
    struct program_config config = {
        .arguments = arguments,
        .environment = environment,
        .home = directory,
    };
    program_destroy(program);
    program = program_start(&config);
}

static const char *output(void)
{
    size_t size;
    return program_output(program, &size);
}

static const char *complaint(void)
{
    size_t size;
    return program_log(program, &size);
}

/* The first output of an example that runs until it is stopped. */
static void wait_for_life(const char *line)
{
    if (strstr(line, "--simulate-api"))
        program_wait_output(program, "http://");
    else
        program_wait_line(program, "scale_requested");
    program_signal(program, SIGTERM);
}

/* Words after the program's name, separated by single spaces; examples have no quotes. */
static void run_line(const char *line)
{
    char storage[LINE_SIZE];
    const char *arguments[PROGRAM_ARGUMENTS_MAX] = { NULL };
    size_t count = 0;
    snprintf(storage, sizeof storage, "%s", line);
    for (char *at = strchr(storage, ' '); at; at = strchr(at, ' ')) {
        assert_in_range(count, 0, COUNT_OF(arguments) - 2);
        *at++ = '\0';
        arguments[count++] = at;
    }
    start_program(arguments);
    if (!strstr(line, " --once") && !strstr(line, " --check-config"))
        wait_for_life(line);
    int status = program_finish(program);
    if (status != 0)
        fail_msg("'%s' exits with %d: %s", line, status, complaint());
}

/* --- examples that are run -------------------------------------------------------------------------- */

struct example {
    char line[LINE_SIZE];
};

static struct example examples[EXAMPLES_MAX];
static size_t example_count;

static void take_example(struct span line)
{
    struct example *example = &examples[example_count];
    size_t length = (size_t)(line.end - line.start);
    if (example_count == EXAMPLES_MAX || length >= sizeof example->line)
        abort();
    memcpy(example->line, line.start, length);
    example->line[length] = '\0';
    example_count++;
}

/* Lines that begin with the prompt and the program's name. */
static void find_examples(struct span text, const char *prompt, const char *must_have)
{
    static const char name[] = "autoscaler ";
    while (text.start < text.end) {
        struct span line = { text.start, text.start + strcspn(text.start, "\n") };
        text.start = line.end + 1;
        if (strncmp(line.start, prompt, strlen(prompt)) != 0)
            continue;
        line.start += strlen(prompt);
        if (strncmp(line.start, name, strlen(name)) == 0 && find_in(line, must_have))
            take_example(line);
    }
}

static void check_example(void **state)
{
    const struct example *example = *state;
    run_line(example->line);
}

static void test_all_examples_are_found(void **state)
{
    (void)state;
    assert_int_equal(example_count, 6 + 2);
}

/* --- what is shown is what comes --------------------------------------------------------------------- */

/* The number of lines of a text that have `mark`; each must be in the program's output. */
static size_t compare_lines(const char *text, const char *mark)
{
    size_t count = 0;
    for (const char *at = strstr(text, mark); at; at = strstr(at, mark)) {
        while (at > text && at[-1] != '\n')
            at--;
        char line[LINE_SIZE];
        size_t length = strcspn(at, "\n");
        assert_in_range(length, 1, sizeof line - 1);
        memcpy(line, at, length);
        line[length] = '\0';
        if (!strstr(output(), line))
            fail_msg("this is shown and does not come: %s", line);
        at += length;
        count++;
    }
    return count;
}

/* The simulated clock is very slow, so that a slow machine shows the same. */
#define STILL "--demo-speed=0.001"

static void test_the_screen_of_the_readme_is_real(void **state)
{
    (void)state;
    run_line("autoscaler --once --demo " STILL);
    const char *shown = strstr(page(README), "\n$ autoscaler --once --demo\n");
    assert_non_null(shown);
    assert_int_equal(compare_lines(shown, "-01  "), 12);
    assert_int_equal(compare_lines(shown, "DEPLOYMENT  "), 1);
}

/* The page from there on: screens of the console before it have steps as well. */
static const char *worked_decision(const char *path)
{
    const char *start = strstr(page(path), "\nplausible: free");
    assert_non_null(start);
    return start + 1;
}

static void test_the_worked_decision_is_real(void **state)
{
    static const char *const pages[] = { COMMAND_PAGE, README };
    static const char *const marks[] = {
        "plausible: free",      "desired: ",       "base: hosts 18",     "busy 180 catching",
        "surge_reserve 112%: ", "in 1 pass: ok",   "min_free_servers 0", "highest desired 22",
        "outage_hold 30m: ok",  "pending: ok",     "is trusted: ok",     "min_hosts 1: ok",
        ": +4 -> +2",           "start_hold: ok",  "surplus: ok",        "per_hour 126",
        "max_step_up 10% =",    "cooldown_up: ok", "gate: free"
    };
    (void)state;
    run_line("autoscaler --once --demo --output=json " STILL
             " --set=defaults.max_hosts=20 --set=defaults.max_step_up=10%");
    for (size_t i = 0; i < COUNT_OF(pages); i++)
        for (size_t j = 0; j < COUNT_OF(marks); j++)
            assert_int_equal(compare_lines(worked_decision(pages[i]), marks[j]), 1);
}

/* --- backtests ---------------------------------------------------------------------------------------- */

#define TRACES                                                                                     \
    "tests/data/traces/csgo_week.csv", "tests/data/traces/elb_bursts.csv",                         \
        "tests/data/traces/hypixel_ddos.csv", "tests/data/traces/hypixel_lockdown.csv",            \
        "tests/data/traces/nasa_web.csv", "tests/data/traces/nms_launch.csv",                      \
        "tests/data/traces/pubg_relaunch.csv", "tests/data/traces/quake_small.csv"

static struct span between(const char *path, const char *begin, const char *end)
{
    const char *start = strstr(page(path), begin);
    if (!start)
        fail_msg("%s does not have: %s", path, begin);
    return span_until(start + strlen(begin), &end, 1);
}

static void assert_shown(struct span text)
{
    size_t length = (size_t)(text.end - text.start);
    if (strlen(output()) != length || memcmp(output(), text.start, length) != 0)
        fail_msg("this is shown:\n%.*s\nand this comes:\n%s", (int)length, text.start, output());
}

static void test_the_backtests_shown_are_real(void **state)
{
    (void)state;
    start_program((const char *const[]){ "--backtest=tests/data/traces/pubg_relaunch.csv", NULL });
    assert_int_equal(program_finish(program), 0);
    assert_shown(
        between(README, "$ autoscaler --backtest=tests/data/traces/pubg_relaunch.csv\n", "```"));
    assert_shown(
        between(COMMAND_PAGE, ".\\\" backtest: begin\n.Bd -literal\n", ".Ed\n.\\\" backtest: end"));
}

/* The words after "configured" in the last table. */
static void gather_figures(struct text *figures)
{
    static const bool is_shown[] = { true, false, true, true, false, true, true, false, true };
    const char *mean = strstr(output(), "\nmean of 8 traces\n");
    assert_non_null(mean);
    const char *at = strstr(mean, "\nconfigured ");
    assert_non_null(at);
    at += strlen("\nconfigured ");
    for (size_t i = 0; i < COUNT_OF(is_shown); i++) {
        at += strspn(at, " ");
        size_t length = strcspn(at, " \n");
        if (is_shown[i])
            text_addf(figures, " %.*s", (int)length, at);
        at += length;
    }
}

/* "lookahead: off": the key is in `defaults` or in `model`. */
static void play_knob(const char *key, const char *value)
{
    char option[LINE_SIZE] = "--backtest";
    bool is_target = strcmp(key, "target_free_pct") == 0;
    if (*value)
        snprintf(option, sizeof option, "--set=%s.%s=%s", is_target ? "backtest" : "defaults", key,
                 value);
    const char *const arguments[] = { "--output=table", option, "--backtest", TRACES, NULL };
    const char *const plain[] = { "--output=table", "--backtest", TRACES, NULL };
    start_program(*value ? arguments : plain);
    if (program_finish(program) != 0)
        fail_msg("%s", complaint());
}

static void check_knob(const char *line, size_t length)
{
    char key[LINE_SIZE] = "";
    char value[LINE_SIZE] = "";
    char shown[LINE_SIZE] = "";
    char storage[LINE_SIZE];
    struct text figures;
    text_init(&figures, storage, sizeof storage);
    char copy[LINE_SIZE];
    assert_true(length < sizeof copy);
    memcpy(copy, line, length);
    copy[length] = '\0';
    bool is_default = strncmp(copy, "(the defaults)", 14) == 0;
    if (!is_default)
        assert_int_equal(sscanf(copy, "%63[a-z_]: %63s", key, value), 2);
    const char *rest = copy + (is_default ? 14 : strlen(key) + 2 + strlen(value));
    char words[6][LINE_SIZE / 8];
    assert_int_equal(sscanf(rest, "%63s %63s %63s %63s %63s %63s", words[0], words[1], words[2],
                            words[3], words[4], words[5]),
                     6);
    snprintf(shown, sizeof shown, " %s %s %s %s %s %s", words[0], words[1], words[2], words[3],
             words[4], words[5]);
    play_knob(key, value);
    gather_figures(&figures);
    assert_string_equal(shown, storage);
}

static void test_the_knobs_are_real(void **state)
{
    (void)state;
    struct span table =
        between(COMMAND_PAGE, ".\\\" knobs: begin\n.Bd -literal\n", ".Ed\n.\\\" knobs: end");
    size_t lines = 0;
    for (const char *at = table.start; at < table.end; at += strcspn(at, "\n") + 1)
        if (lines++ > 0)
            check_knob(at, strcspn(at, "\n"));
    assert_int_equal(lines, 10);
}

/* --- example files ----------------------------------------------------------------------------------- */

static void write_file(const char *name, const char *bytes, size_t size)
{
    char path[LINE_SIZE];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

/* The files of an example are in the test's directory. */
static void write_example(struct span text)
{
    static const char place[] = "/etc/autoscaler";
    static char moved[TEXT_SIZE];
    size_t length = 0;
    while (text.start < text.end) {
        bool is_place = (size_t)(text.end - text.start) >= strlen(place) &&
                        strncmp(text.start, place, strlen(place)) == 0;
        size_t size = is_place ? strlen(directory) : 1;
        assert_true(length + size < sizeof moved);
        memcpy(moved + length, is_place ? directory : text.start, size);
        length += size;
        text.start += is_place ? strlen(place) : 1;
    }
    write_file("example.yaml", moved, length);
}

static void check_configuration(struct span text)
{
    char option[LINE_SIZE];
    const char *const arguments[] = { "--check-config", option, NULL };
    write_example(text);
    snprintf(option, sizeof option, "--config=%s/example.yaml", directory);
    start_program(arguments);
    if (program_finish(program) != 0)
        fail_msg("%s%.*s", complaint(), (int)(text.end - text.start), text.start);
}

/* Blocks that begin with one line and end before another. */
static size_t check_blocks(const char *path, const char *first, const char *last,
                           void (*check)(struct span text))
{
    size_t count = 0;
    const char *const ends[] = { last };
    for (const char *at = strstr(page(path), first); at; at = strstr(at, first)) {
        struct span text = span_until(at + strlen(first), ends, 1);
        check(text);
        at = text.end;
        count++;
    }
    return count;
}

#define YAML_BLOCK ".\\\" example: yaml\n.Bd -literal -offset indent\n"
#define JSON_BLOCK ".\\\" example: json\n.Bd -literal -offset indent\n"
#define BLOCK_END "\n.Ed\n"

static void test_every_configuration_is_accepted(void **state)
{
    (void)state;
    write_file("token", "secret\n", 7);
    write_file("ca.pem", "", 0);
    assert_int_equal(check_blocks(COMMAND_PAGE, YAML_BLOCK, BLOCK_END, check_configuration), 1);
    assert_int_equal(check_blocks(CONFIGURATION_PAGE, YAML_BLOCK, BLOCK_END, check_configuration),
                     1);
    assert_int_equal(check_blocks(README, "```yaml\n", "\n```\n", check_configuration), 1);
}

static void check_json(struct span text)
{
    struct wire *wire;
    struct arena arena;
    struct discovery discovery;
    struct status status;
    struct error err;
    char id[ID_SIZE_MAX + 1];
    int32_t delta;
    static char body[TEXT_SIZE];
    size_t size = (size_t)(text.end - text.start);
    memcpy(body, text.start, size);
    body[size] = '\0';
    arena_init(&arena, TEXT_SIZE);
    assert_int_equal(wire_create(&wire, &err), 0);
    bool is_discovery = wire_decode_discovery(wire, body, size, &arena, &discovery, &err) == 0;
    for (size_t i = 0; is_discovery && i < discovery.count; i++)
        assert_int_equal(discovery.definitions[i].fault, REASON_NONE);
    if (!is_discovery && wire_decode_status(wire, body, size, &status, &err) != 0 &&
        wire_decode_scale(wire, body, size, id, &delta, &err) != 0)
        fail_msg("not what the program reads or writes: %s", body);
    wire_destroy(wire);
    arena_fini(&arena);
}

static void test_every_document_is_accepted(void **state)
{
    (void)state;
    assert_int_equal(check_blocks(API_PAGE, JSON_BLOCK, BLOCK_END, check_json), 3);
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
        cmocka_unit_test(test_every_document_is_accepted),
        cmocka_unit_test(test_every_key_of_the_console_is_in_the_manual),
        cmocka_unit_test(test_every_state_is_in_the_manual),
        cmocka_unit_test(test_every_command_is_in_the_manual),
        cmocka_unit_test(test_every_command_of_the_palette_is_in_the_manual),
        cmocka_unit_test(test_every_column_is_in_the_manual),
        cmocka_unit_test(test_every_line_command_is_in_the_manual),
        cmocka_unit_test(test_every_theme_is_in_the_manual),
        cmocka_unit_test(test_the_options_know_the_views_and_columns),
        cmocka_unit_test(test_the_screens_are_those_of_the_console),
    };
    static const struct CMUnitTest run_tests[] = {
        cmocka_unit_test(test_every_configuration_is_accepted),
        cmocka_unit_test(test_the_screen_of_the_readme_is_real),
        cmocka_unit_test(test_the_worked_decision_is_real),
        cmocka_unit_test(test_the_backtests_shown_are_real),
        cmocka_unit_test(test_the_knobs_are_real),
        cmocka_unit_test(test_all_examples_are_found),
    };
    struct CMUnitTest example_tests[EXAMPLES_MAX] = { 0 };
    find_examples(section(COMMAND_PAGE, "EXAMPLES"), "", "");
    find_examples(whole_of(page(README)), "$ ", "--demo");
    for (size_t i = 0; i < example_count; i++)
        example_tests[i] = (struct CMUnitTest){ .name = examples[i].line,
                                                .test_func = check_example,
                                                .initial_state = &examples[i] };
    int failed = cmocka_run_group_tests_name("manual", word_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("manual_runs", run_tests, enter, leave);
    failed +=
        _cmocka_run_group_tests("manual_examples", example_tests, example_count, enter, leave);
    return failed;
}
