/*
 * Checks the manual and the README against the program: every example works, and what is shown is what comes. Run from
 * the root of the repository; the program is the one that the environment variable AUTOSCALER names.
 */
#include "tests/support/manual_text.h"
#include "tests/support/program.h"
#include "tests/support/test.h"

#include "engine/backend/wire.h"
#include "engine/base/arena.h"
#include "engine/base/text.h"
#include "engine/core/api_result.h"
#include "engine/notices/notice_payload.h"
#include "engine/notices/notice_queue.h"

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define EXAMPLES_MAX 32

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
    assert_int_equal(example_count, 7 + 2);
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

/* The strings of an array of JSON, one a line. */
static void gather_strings(const char *at, struct text *lines)
{
    for (at = strchr(at, '"'); at; at = at[1] == ',' ? strchr(at + 1, '"') : NULL) {
        size_t length = strcspn(++at, "\"");
        text_addf(lines, "%.*s\n", (int)length, at);
        at += length;
    }
}

/* What is shown has every line that comes, in its order. */
static void test_the_worked_decision_is_real(void **state)
{
    static const char *const pages[] = { COMMAND_PAGE, README };
    char storage[4096];
    struct text lines;
    (void)state;
    run_line("autoscaler --once --demo --output=json " STILL
             " --set=defaults.max_hosts=20 --set=defaults.max_step_up=10%");
    const char *row = strstr(output(), "\"ap-southeast-deathmatch-01\"");
    assert_non_null(row);
    const char *explanation = strstr(row, "\"explanation\":[");
    assert_non_null(explanation);
    text_init(&lines, storage, sizeof storage);
    gather_strings(strchr(explanation, '['), &lines);
    assert_false(lines.was_cut);
    for (size_t i = 0; i < COUNT_OF(pages); i++)
        if (strncmp(worked_decision(pages[i]), storage, lines.length) != 0)
            fail_msg("%s does not show what comes:\n%s", pages[i], storage);
}

static struct span between(const char *path, const char *begin, const char *end)
{
    const char *start = strstr(page(path), begin);
    if (!start)
        fail_msg("%s does not have: %s", path, begin);
    return span_until(start + strlen(begin), &end, 1);
}

/* The port of the simulated API that has just been started. */
static struct program *start_simulation(const char *broken, char ret_url[LINE_SIZE])
{
    const char *const arguments[] = { "--simulate-api=127.0.0.1:0", STILL, broken, NULL };
    static const char *const environment[] = { "AUTOSCALER_CONFIG=/dev/null", NULL };
    const struct program_config config = { .arguments = arguments,
                                           .environment = environment,
                                           .home = directory };
    struct program *simulation = program_start(&config);
    const char *url = strstr(program_wait_output(simulation, "http://"), "http://");
    snprintf(ret_url, LINE_SIZE, "%.*s", (int)strcspn(url, "\n"), url);
    return simulation;
}

/* The page has a fixed port. */
static void take_line(struct span line, const char *url, char ret_line[LINE_SIZE])
{
    static const char fixed[] = "http://127.0.0.1:8125";
    struct text text;
    text_init(&text, ret_line, LINE_SIZE);
    const char *at = find_in(line, fixed);
    if (at) {
        text_add_bytes(&text, line.start, (size_t)(at - line.start));
        text_add(&text, url);
        line.start = at + strlen(fixed);
    }
    text_add_bytes(&text, line.start, (size_t)(line.end - line.start));
    assert_false(text.was_cut);
}

static void test_the_check_of_an_api_is_real(void **state)
{
    char url[LINE_SIZE];
    char option[LINE_SIZE + 16];
    size_t count = 0;
    (void)state;
    struct program *simulation = start_simulation("--set=simulation.break=free_servers", url);
    snprintf(option, sizeof option, "--check-api=%s", url);
    start_program((const char *const[]){ option, NULL });
    assert_int_equal(program_finish(program), 1);
    program_destroy(simulation);
    struct span shown = between(API_PAGE, ".\\\" check: begin\n.Bd -literal -offset indent\n",
                                ".Ed\n.\\\" check: end");
    for (const char *at = shown.start; at < shown.end; at += strcspn(at, "\n") + 1) {
        char line[LINE_SIZE];
        take_line((struct span){ at, at + strcspn(at, "\n") }, url, line);
        if (line[0] == '$' || strcmp(line, "[...]") == 0)
            continue;
        count++;
        if (!strstr(output(), line))
            fail_msg("this is shown and does not come: %s", line);
    }
    assert_true(count > 10);
}

/* --- backtests ---------------------------------------------------------------------------------------- */

#define TRACES                                                                                     \
    "tests/data/traces/csgo_week.csv", "tests/data/traces/elb_bursts.csv",                         \
        "tests/data/traces/hypixel_ddos.csv", "tests/data/traces/hypixel_lockdown.csv",            \
        "tests/data/traces/nasa_web.csv", "tests/data/traces/nms_launch.csv",                      \
        "tests/data/traces/pubg_relaunch.csv", "tests/data/traces/quake_small.csv"

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
    if (program_finish(program) != 0 || strstr(complaint(), "is no event"))
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
    write_file("webhook", "https://chat.example.net/hooks/x\n", 33);
    write_file("ca.pem", "", 0);
    assert_int_equal(check_blocks(COMMAND_PAGE, YAML_BLOCK, BLOCK_END, check_configuration), 3);
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

/* The members of the document are those of a notice, in the same order. */
static void check_notice(struct span text)
{
    static const struct notice_limits limits = { 1, 1000, 1, 1 };
    static const struct notice_origin origin = { "", "", "", 0 };
    struct notice_queue *queue = NULL;
    struct event event;
    char storage[NOTICE_BODY_SIZE];
    struct text body;
    assert_int_equal(notice_queue_create(&limits, 0, &queue), 0);
    event_init(&event, EVENT_STARVED);
    event_add_string(&event, "deployment", "eu-1");
    notice_queue_take(queue, &event, (struct wall){ 0 }, (struct mono){ 0 });
    text_init(&body, storage, sizeof storage);
    notice_payload_write(notice_queue_begin(queue, (struct mono){ 1 }), &origin, NOTICE_JSON,
                         &body);
    notice_queue_destroy(queue);
    const char *at = storage;
    for (const char *line = text.start; line < text.end; line += strcspn(line, "\n") + 1) {
        char member[LINE_SIZE];
        snprintf(member, sizeof member, "%.*s:", (int)strcspn(line + 1, ":"), line + 1);
        at = strstr(at, member);
        if (!at)
            fail_msg("%s does not follow in %s", member, storage);
        at += strlen(member);
    }
    assert_null(strstr(at, "\":"));
}

static void test_the_notice_is_real(void **state)
{
    (void)state;
    assert_int_equal(check_blocks(COMMAND_PAGE,
                                  ".\\\" example: notice\n.Bd -literal -offset indent\n", BLOCK_END,
                                  check_notice),
                     1);
}

int main(void)
{
    static const struct CMUnitTest run_tests[] = {
        cmocka_unit_test(test_every_configuration_is_accepted),
        cmocka_unit_test(test_every_document_is_accepted),
        cmocka_unit_test(test_the_notice_is_real),
        cmocka_unit_test(test_the_screen_of_the_readme_is_real),
        cmocka_unit_test(test_the_worked_decision_is_real),
        cmocka_unit_test(test_the_check_of_an_api_is_real),
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
    int failed = cmocka_run_group_tests_name("manual_runs", run_tests, enter, leave);
    failed +=
        _cmocka_run_group_tests("manual_examples", example_tests, example_count, enter, leave);
    return failed;
}
