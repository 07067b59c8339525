#include "tui/console/palette.h"

#include "engine/base/random.h"
#include "engine/base/text.h"
#include "tests/support/test.h"

#include <string.h>

/* --- reading --------------------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct parse_row {
    const char *name; /* the text */
    struct palette_command command;
} parse_rows[] = {
    { "pause-row",       { .kind = PALETTE_KEY, .act = ACT_PAUSE_ROW } },
    { "  pause-row  ",   { .kind = PALETTE_KEY, .act = ACT_PAUSE_ROW } },
    { "pause 30m",       { .kind = PALETTE_PAUSE, .for_ms = 1800000 } },
    { "pause 1.5h",      { .kind = PALETTE_PAUSE, .for_ms = 5400000 } },
    { "pause-r",         { .kind = PALETTE_KEY, .act = ACT_PAUSE_ROW } },
    { "pass",            { .kind = PALETTE_KEY, .act = ACT_PASS } },
    { "log",             { .kind = PALETTE_KEY, .act = ACT_LOG } },
    { "view held",       { .kind = PALETTE_VIEW, .view = VIEW_HELD } },
    { "view h",          { .kind = PALETTE_VIEW, .view = VIEW_HELD } },
    { "vi   held",       { .kind = PALETTE_VIEW, .view = VIEW_HELD } },
    { "sort free",       { .kind = PALETTE_SORT, .column = COLUMN_FREE } },
    { "sort free_",      { .kind = PALETTE_SORT, .column = COLUMN_FREE_PCT } },
    { "sort",            { .kind = PALETTE_KEY, .act = ACT_SORT } },
    { "filter",          { .kind = PALETTE_KEY, .act = ACT_FILTER } },
    { "filter eu !test", { .kind = PALETTE_FILTER, .text = "eu !test" } },
    { "find /eu|us/",    { .kind = PALETTE_FIND, .text = "/eu|us/" } },
    { "find",            { .kind = PALETTE_KEY, .act = ACT_FIND } },
    { "only !pass",      { .kind = PALETTE_ONLY, .text = "!pass" } },
    { "time -5m",        { .kind = PALETTE_TIME, .text = "-5m" } },
    { "go arena",        { .kind = PALETTE_GO, .text = "arena" } },
    { "resume all",      { .kind = PALETTE_RESUME, .is_all = true } },
    { "resume row",      { .kind = PALETTE_RESUME } },
    { "res a",           { .kind = PALETTE_RESUME, .is_all = true } },
    { "scale +3",        { .kind = PALETTE_SCALE, .delta = 3 } },
    { "scale -12 ",      { .kind = PALETTE_SCALE, .delta = -12 } },
    { "scale 4",         { .kind = PALETTE_SCALE, .delta = 4 } },
    { "level warn",      { .kind = PALETTE_LEVEL, .level = LEVEL_WARN } },
    { "help free share", { .kind = PALETTE_HELP, .text = "free share" } },
};

static const struct refusal_row {
    const char *name; /* the text */
    const char *sentence;
} refusal_rows[] = {
    { "xyz",          "no command 'xyz': Tab shows what there is" },
    { "pau",          "'pau' can be: pause pause-row pause-all" },
    { "pause",        "pause needs an argument, as 30m; without an end: pause-row, pause-all" },
    { "pause 0",      "pause: '0' is not a duration, as 30m or 2h; pause-row has no end" },
    { "pause row",    "pause: 'row' is not a duration, as 30m or 2h; pause-row has no end" },
    { "pause 70d",    "pause: '70d' is not a duration, as 30m or 2h; pause-row has no end" },
    { "pause-row a",  "pause-row takes no argument" },
    { "go",           "go needs an argument" },
    { "scale",        "scale needs an argument" },
    { "scale x",      "scale: 'x' is not a number of hosts up to 1000000, as +3 or -2" },
    { "scale 0",      "scale: '0' is not a number of hosts up to 1000000, as +3 or -2" },
    { "scale 3x",     "scale: '3x' is not a number of hosts up to 1000000, as +3 or -2" },
    { "scale 3 4",    "scale: '3 4' is not a number of hosts up to 1000000, as +3 or -2" },
    { "scale 99999999999", "scale: '99999999999' is not a number of hosts up to 1000000, as +3 or -2" },
    { "view no",      "view: 'no' is none: Tab shows what there is" },
    { "view a",       "view: 'a' can be several: Tab shows what there is" },
    { "sort xx",      "sort: 'xx' is none: Tab shows what there is" },
};

static const struct complete_row {
    const char *name; /* the text */
    const char *completed;
    const char *candidates; /* of the text before */
} complete_rows[] = {
    { "pau",       "pause",       "pause pause-row pause-all" },
    { "pause ",    "pause ",      "DURATION, as 30m or 2h" },
    { "pause-r",   "pause-row ",  "pause-row" },
    { "xyz",       "xyz",         "" },
    { "view ",     "view ",       "all attention scaling held failed unread paused" },
    { "view a",    "view a",      "all attention" },
    { "view at",   "view attention", "attention" },
    { "vi h",      "vi held",     "held" },
    { "scale ",    "scale ",      "HOSTS, as +3 or -2" },
    { "scale +",   "scale +",     "" },
    { "go ",       "go ",         "TEXT" },
    { "go TE",     "go TE",       "" },
    { "level w",   "level warn",  "warn" },
    { "pause-row ", "pause-row ", "" },
    { "pa x",      "pa x",        "" },
};
/* clang-format on */

static void text_is_a_command(void **state)
{
    const struct parse_row *row = *state;
    struct palette_command command;
    struct error err = { 0 };
    if (palette_parse(row->name, &command, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(command.kind, row->command.kind);
    assert_int_equal(command.act, row->command.act);
    assert_int_equal(command.view, row->command.view);
    assert_int_equal(command.column, row->command.column);
    assert_int_equal(command.level, row->command.level);
    assert_int_equal(command.delta, row->command.delta);
    assert_int_equal(command.is_all, row->command.is_all);
    assert_int_equal(command.for_ms, row->command.for_ms);
    assert_string_equal(command.text, row->command.text);
}

static void text_is_refused(void **state)
{
    const struct refusal_row *row = *state;
    struct palette_command command = { .delta = 77 };
    struct error err = { 0 };
    assert_int_equal(palette_parse(row->name, &command, &err), ERR_BAD_VALUE);
    assert_string_equal(err.msg, row->sentence);
    assert_int_equal(command.delta, 77);
}

static void text_is_completed(void **state)
{
    const struct complete_row *row = *state;
    char candidates[PALETTE_SIZE];
    char completed[PROMPT_SIZE];
    palette_candidates(row->name, candidates);
    palette_complete(row->name, completed);
    assert_string_equal(candidates, row->candidates);
    assert_string_equal(completed, row->completed);
}

/* --- laws ------------------------------------------------------------------------------------------------------ */

static void every_key_is_a_command(void **state)
{
    (void)state;
    for (int act = ACT_NONE + 1; act < ACT_COUNT; act++) {
        struct key_word word = keys_word((enum act)act);
        struct palette_command command = { 0 };
        struct error err = { 0 };
        if (act == ACT_VIEW || act == ACT_HELP)
            continue;
        if (palette_parse(word.text, &command, &err))
            fail_msg("%s", err.msg);
        assert_int_equal(command.kind, PALETTE_KEY);
        assert_int_equal(command.act, act);
    }
}

/* What is completed is the beginning of something, and completing again adds nothing. */
static void completing_is_stable(void **state)
{
    (void)state;
    static const char letters[] = "abcdefghiklmnoprstuvw- +_3";
    struct random random = { 3 };
    for (int turn = 0; turn < 20000; turn++) {
        char text[12] = "";
        char once[PROMPT_SIZE];
        char twice[PROMPT_SIZE];
        size_t length = (size_t)random_below(&random, sizeof text - 1);
        for (size_t i = 0; i < length; i++)
            text[i] = letters[random_below(&random, sizeof letters - 1)];
        palette_complete(text, once);
        palette_complete(once, twice);
        assert_memory_equal(once, text, strlen(text));
        bool has_ended = once[0] != '\0' && once[strlen(once) - 1] == ' ';
        if (!has_ended)
            assert_string_equal(once, twice);
    }
}

static void long_text_is_refused_or_taken(void **state)
{
    (void)state;
    char text[PROMPT_SIZE];
    char words[PALETTE_SIZE];
    struct palette_command command;
    struct error err;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(palette_parse(text, &command, &err), ERR_BAD_VALUE);
    memcpy(text, "filter ", 7);
    assert_int_equal(palette_parse(text, &command, &err), 0);
    assert_int_equal(strlen(command.text), sizeof text - 1 - 7);
    palette_candidates(text, words);
    assert_string_equal(words, "");
}

int main(void)
{
    struct CMUnitTest parses[COUNT_OF(parse_rows)];
    struct CMUnitTest refusals[COUNT_OF(refusal_rows)];
    struct CMUnitTest completions[COUNT_OF(complete_rows)];
    TESTS_FROM_ROWS(parses, parse_rows, text_is_a_command);
    TESTS_FROM_ROWS(refusals, refusal_rows, text_is_refused);
    TESTS_FROM_ROWS(completions, complete_rows, text_is_completed);
    const struct CMUnitTest laws[] = {
        cmocka_unit_test(every_key_is_a_command),
        cmocka_unit_test(completing_is_stable),
        cmocka_unit_test(long_text_is_refused_or_taken),
    };
    int failed = cmocka_run_group_tests_name("palette: commands", parses, NULL, NULL);
    failed += cmocka_run_group_tests_name("palette: refusals", refusals, NULL, NULL);
    failed += cmocka_run_group_tests_name("palette: completions", completions, NULL, NULL);
    failed += cmocka_run_group_tests_name("palette: laws", laws, NULL, NULL);
    return failed;
}
