#include "engine/sim/trace.h"
#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/random.h"
#include "engine/base/text.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MINUTE_MS ((int64_t)60000)

static struct trace parse(const char *text)
{
    struct trace trace;
    struct error err;
    if (trace_parse(text, strlen(text), &trace, &err) < 0)
        fail_msg("%s", err.msg);
    return trace;
}

static void assert_refused(const char *bytes, size_t size, const char *message)
{
    struct trace trace = { (struct trace_sample *)(uintptr_t)1, 77 };
    struct error err = { 0 };
    assert_int_equal(trace_parse(bytes, size, &trace, &err), ERR_CONFIG);
    assert_string_equal(err.msg, message);
    assert_int_equal(err.code, ERR_CONFIG);
    assert_int_equal(trace.count, 77);
    assert_int_equal(watched_heap.live_count, 0);
}

/* --- what is accepted ------------------------------------------------------------------------------------------ */

static const struct good_row {
    const char *name;
    const char *text;
    size_t count;
    struct trace_sample last;
} good_rows[] = {
    /* clang-format off */
    { "two samples",              "0,5\n60,7\n",                              2, {  60000,  7000 } },
    { "a header",                 "t_seconds,concurrent\n0,5\n60,7\n",        2, {  60000,  7000 } },
    { "comments everywhere",      "# a\n#\nt_seconds,concurrent\n#b\n0,5\n# c,d\n60,7\n#", 2, { 60000, 7000 } },
    { "blank lines",              "\n  \t\n0,5\n\n60,7\n\n\n",                2, {  60000,  7000 } },
    { "no newline at the end",    "0,5\n60,7",                                2, {  60000,  7000 } },
    { "CR LF",                    "t_seconds,concurrent\r\n0,5\r\n\r\n60,7\r\n", 2, { 60000, 7000 } },
    { "CR LF and no end",         "0,5\r\n60,7\r",                            2, {  60000,  7000 } },
    { "decimals",                 "0.5,5.25\n60.75,7.0625\n",                 2, {  60250,  7063 } },
    { "an epoch",                 "1700000000,1\n1700000060,2\n1700000120,3\n", 3, { 120000, 3000 } },
    { "the latest and the most",  "3999999940,2147483647\n4000000000,2147483647\n", 2, { 60000, 2147483647000 } },
    { "no player",                "0,0\n60,0\n",                              2, {  60000,     0 } },
    { "a step of four",           "0,1\n60,1\n120,1\n360,1\n",                4, { 360000,  1000 } },
    { "many zeros",               "000,0001\n00000000000000000000060,2\n",    2, {  60000,  2000 } },
    /* clang-format on */
};

static void is_accepted(void **state)
{
    const struct good_row *row = *state;
    struct trace trace = parse(row->text);
    assert_int_equal(trace.count, row->count);
    assert_int_equal(trace.samples[0].at_ms, 0);
    assert_int_equal(trace.samples[row->count - 1].at_ms, row->last.at_ms);
    assert_int_equal(trace.samples[row->count - 1].concurrent_milli, row->last.concurrent_milli);
    assert_int_equal(trace_length_ms(&trace), row->last.at_ms);
    trace_fini(&trace);
    assert_int_equal(watched_heap.live_count, 0);
}

/* --- what is refused, and how that is said ----------------------------------------------------------------------- */

#define BYTES(text) (text), sizeof(text) - 1
#define T_RANGE "a number from 0 to 4000000000 as t_seconds"
#define C_RANGE "a number from 0 to 2147483647 as concurrent"

static const struct bad_row {
    const char *name;
    const char *bytes;
    size_t size;
    const char *message;
} bad_rows[] = {
    /* clang-format off */
    { "empty",                 BYTES(""),                       "line 1: the end; expected at least 2 samples, found 0" },
    { "comments only",         BYTES("# a\n# b\n"),             "line 2: the end; expected at least 2 samples, found 0" },
    { "a header only",         BYTES("t_seconds,concurrent\n"), "line 1: the end; expected at least 2 samples, found 0" },
    { "one sample",            BYTES("# a\n0,5\n"),             "line 2: the end; expected at least 2 samples, found 1" },
    { "one column",            BYTES("0,5\n60\n"),              "line 2: expected two numbers, t_seconds,concurrent, found '60'" },
    { "three columns",         BYTES("0,5\n60,7,9\n"),          "line 2: expected two numbers, t_seconds,concurrent, found '60,7,9'" },
    { "a comma at the end",    BYTES("0,5\n60,7,\n"),           "line 2: expected two numbers, t_seconds,concurrent, found '60,7,'" },
    { "other separators",      BYTES("0;5\n60;7\n"),            "line 1: expected two numbers, t_seconds,concurrent, found '0;5'" },
    { "another header",        BYTES("time,players\n0,5\n"),    "line 1: expected " T_RANGE ", found 'time'" },
    { "a second header",       BYTES("t_seconds,concurrent\n0,5\nt_seconds,concurrent\n60,7\n"),
                                                                "line 3: expected " T_RANGE ", found 't_seconds'" },
    { "a late header",         BYTES("0,5\nt_seconds,concurrent\n60,7\n"),
                                                                "line 2: expected " T_RANGE ", found 't_seconds'" },
    { "a word for a count",    BYTES("0,5\n\n# x\n60,many\n"),  "line 4: expected " C_RANGE ", found 'many'" },
    { "nothing for a time",    BYTES(",5\n"),                   "line 1: expected " T_RANGE ", found ''" },
    { "nothing for a count",   BYTES("0,\n"),                   "line 1: expected " C_RANGE ", found ''" },
    { "a point alone",         BYTES("0,.\n"),                  "line 1: expected " C_RANGE ", found '.'" },
    { "spaces",                BYTES("0, 5\n"),                 "line 1: expected " C_RANGE ", found ' 5'" },
    { "an exponent",           BYTES("0,1e3\n"),                "line 1: expected " C_RANGE ", found '1e3'" },
    { "a negative time",       BYTES("-60,5\n0,5\n"),           "line 1: expected " T_RANGE ", found '-60'" },
    { "a negative count",      BYTES("0,5\n60,-7\n"),           "line 2: expected " C_RANGE ", found '-7'" },
    { "too late",              BYTES("4000000000.001,5\n"),     "line 1: expected " T_RANGE ", found '4000000000.001'" },
    { "too many",              BYTES("0,2147483647.001\n"),     "line 1: expected " C_RANGE ", found '2147483647.001'" },
    { "far too many",          BYTES("0,99999999999999999999999999\n"),
                                                                "line 1: expected " C_RANGE ", found '99999999999999999999999999'" },
    { "back in time",          BYTES("0,5\n60,7\n59.999,7\n"),  "line 3: expected t_seconds above those of the sample before, found '59.999'" },
    { "the same time",         BYTES("# c\n0,5\n\n0,7\n"),      "line 4: expected t_seconds above those of the sample before, found '0'" },
    { "a gap",                 BYTES("# c\nt_seconds,concurrent\n0,1\n60,1\n\n120,1\n# d\n360.001,1\n420,1\n"),
                                                                "line 8: a gap, 240001ms from the sample before; usual are 1m" },
    { "a gap of hours",        BYTES("0,1\r\n300,1\r\n600,1\r\n7800,1\r\n"),
                                                                "line 4: a gap, 2h from the sample before; usual are 5m" },
    { "the first gap",         BYTES("0,1\n301,1\n361,1\n421,1\n481,1\n1000,1\n"),
                                                                "line 2: a gap, 301s from the sample before; usual are 1m" },
    { "a NUL",                 BYTES("0,5\0\n60,7\n"),          "line 1: expected " C_RANGE ", found '5\\x00'" },
    { "a NUL in front",        BYTES("\0000,5\n60,7\n"),        "line 1: expected " T_RANGE ", found '\\x000'" },
    { "NULs only",             BYTES("\0\0\0\0"),               "line 1: expected two numbers, t_seconds,concurrent, found '\\x00\\x00\\x00\\x00'" },
    { "an escape sequence",    BYTES("0,5\n\x1b[2J,7\n"),       "line 2: expected " T_RANGE ", found '\\x1b[2J'" },
    { "written backwards",     BYTES("0,\xe2\x80\xae""5\n"),    "line 1: expected " C_RANGE ", found '\\u{202e}5'" },
    { "no text at all",        BYTES("\xff\xfe\n"),             "line 1: expected two numbers, t_seconds,concurrent, found '\\xff\\xfe'" },
    { "a lone CR",             BYTES("0,5\r60,7\r"),            "line 1: expected two numbers, t_seconds,concurrent, found '0,5\\r60,7'" },
    { "a long line",           BYTES("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"),
                                                                "line 1: expected two numbers, t_seconds,concurrent, found 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'..." },
    /* clang-format on */
};

static void is_refused(void **state)
{
    const struct bad_row *row = *state;
    assert_refused(row->bytes, row->size, row->message);
}

static void more_samples_than_there_may_be_are_refused(void **state)
{
    (void)state;
    const size_t line_size = 11;
    const size_t count = TRACE_SAMPLES_MAX + (size_t)1;
    char *bytes = heap_alloc(count * line_size + 1, 1);
    assert_non_null(bytes);
    for (size_t i = 0; i < count; i++)
        snprintf(bytes + i * line_size, line_size + 1, "%08zu,1\n", i);
    struct trace trace;
    struct error err;
    assert_int_equal(trace_parse(bytes, count * line_size, &trace, &err), ERR_CONFIG);
    assert_string_equal(err.msg, "line 10000001: more than 10000000 samples");
    assert_int_equal(trace_parse(bytes, (count - 1) * line_size, &trace, &err), 0);
    assert_int_equal(trace.count, TRACE_SAMPLES_MAX);
    trace_fini(&trace);
    heap_free(bytes);
}

/* Every beginning of a file is a trace or a mistake, and so is whatever a few bytes make of it. */
static void damaged_files_do_no_harm(void **state)
{
    (void)state;
    static const char whole[] = "# c\r\nt_seconds,concurrent\n0,10\n60,12.5\n\n120,8\n180,9\n240,7";
    static const char spice[] = "\0\r\n,.#-0\xff 9";
    struct random random = { 5 };
    for (int i = 0; i < 20000; i++) {
        char bytes[sizeof whole];
        memcpy(bytes, whole, sizeof bytes);
        for (int64_t n = random_below(&random, 4); n > 0; n--)
            bytes[random_below(&random, sizeof bytes - 1)] =
                spice[random_below(&random, sizeof spice - 1)];
        size_t size = (size_t)random_below(&random, sizeof bytes);
        struct trace trace = { 0 };
        struct error err = { 0 };
        if (trace_parse(bytes, size, &trace, &err) < 0)
            assert_memory_equal(err.msg, "line ", 5);
        trace_fini(&trace);
    }
    assert_int_equal(watched_heap.live_count, 0);
}

/* --- demand ---------------------------------------------------------------------------------------------------- */

struct series {
    int32_t *servers;
    size_t count;
};

static struct series demand_of(const char *text, struct trace_scaling scaling)
{
    struct trace trace = parse(text);
    struct series series;
    struct error err;
    if (trace_demand(&trace, &scaling, &series.servers, &series.count, &err) < 0)
        fail_msg("%s", err.msg);
    trace_fini(&trace);
    return series;
}

static void assert_series(const char *text, struct trace_scaling scaling, const int32_t *expected,
                          size_t count)
{
    struct series series = demand_of(text, scaling);
    assert_int_equal(series.count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(series.servers[i], expected[i]);
    heap_free(series.servers);
}

static const struct trace_scaling usual = { 30000, 1000, 30 * MINUTE_MS, 1 };

static void demand_is_on_straight_lines(void **state)
{
    (void)state;
    assert_series("0,0\n60,100\n120,100\n180,20\n", usual,
                  (int32_t[]){ 0, 50, 100, 100, 100, 60, 20 }, 7);
    /* Half up, between samples that are far apart and such that passes meet none of. */
    assert_series("7,0\n107,10\n", usual, (int32_t[]){ 0, 3, 6, 9 }, 4);
    assert_series("0,1.5\n10,2.5\n20,0\n", (struct trace_scaling){ 5000, 3, 1, 1 },
                  (int32_t[]){ 2, 2, 3, 1, 0 }, 5);
}

static void several_samples_between_passes_are_passed_over(void **state)
{
    (void)state;
    struct trace_scaling scaling = usual;
    scaling.pass_interval_ms = 25000;
    assert_series("0,0\n10,10\n20,0\n30,10\n40,0\n50,10\n", scaling, (int32_t[]){ 0, 5, 10 }, 3);
}

static void a_trace_shorter_than_a_pass_is_one_value(void **state)
{
    (void)state;
    assert_series("0,7\n29.999,9\n", usual, (int32_t[]){ 7 }, 1);
    assert_series("0,7\n30,9\n", usual, (int32_t[]){ 7, 9 }, 2);
}

static void what_fits_is_not_scaled(void **state)
{
    (void)state;
    struct trace_scaling scaling = usual;
    scaling.peak_servers = 100;
    assert_series("0,100\n30,50\n60,100\n", scaling, (int32_t[]){ 100, 50, 100 }, 3);
    /* Largest values, and a trace without players. */
    assert_series("0,0\n30,0\n", scaling, (int32_t[]){ 0, 0 }, 2);
    scaling.peak_servers = TRACE_PEAK_SERVERS_MAX;
    assert_series("0,1000000\n30,0\n", scaling, (int32_t[]){ 1000000, 0 }, 2);
}

static double mean_of(const struct series *series)
{
    double sum = 0;
    for (size_t i = 0; i < series->count; i++)
        sum += series->servers[i];
    return sum / (double)series->count;
}

/* Of the values that are `lag` passes apart. */
static double covariance_of(const struct series *series, size_t lag)
{
    double mean = mean_of(series);
    double sum = 0;
    for (size_t i = 0; i + lag < series->count; i++)
        sum += (series->servers[i] - mean) * (series->servers[i + lag] - mean);
    return sum / (double)(series->count - lag);
}

/* Two hundred days of nothing but churn around 400 of at most 1000 servers. */
static void what_is_scaled_gets_its_churn_back(void **state)
{
    (void)state;
    char text[4096];
    size_t length = 0;
    for (int day = 0; day < 200; day++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%d,40000\n", day * 86400);
    snprintf(text + length, sizeof text - length, "%d,100000\n", 200 * 86400);
    struct series series = demand_of(text, usual);
    assert_int_equal(series.count, 200 * 2880 + 1);
    series.count = 199 * 2880; /* the last day rises */
    assert_true(fabs(mean_of(&series) - 400) < 1);
    double variance = covariance_of(&series, 0);
    assert_true(fabs(variance / 400 - 1) < 0.05);
    assert_true(fabs(covariance_of(&series, 60) / variance - exp(-1)) < 0.04);
    assert_true(fabs(covariance_of(&series, 120) / variance - exp(-2)) < 0.04);
    heap_free(series.servers);
}

static void churn_is_of_the_seed(void **state)
{
    (void)state;
    static const char text[] = "0,50000\n1800,100000\n3600,100\n";
    struct trace_scaling other = usual;
    other.seed = 2;
    struct series first = demand_of(text, usual);
    struct series again = demand_of(text, usual);
    struct series second = demand_of(text, other);
    assert_int_equal(first.count, 121);
    assert_memory_equal(first.servers, again.servers, first.count * sizeof *first.servers);
    assert_true(memcmp(first.servers, second.servers, first.count * sizeof *first.servers) != 0);
    for (size_t i = 0; i < first.count; i++)
        assert_true(first.servers[i] >= 0);
    heap_free(first.servers);
    heap_free(again.servers);
    heap_free(second.servers);
}

/* Around one server the churn would often be below nothing. */
static void demand_is_never_negative(void **state)
{
    (void)state;
    struct series series = demand_of("0,100\n86400,100\n172800,100000\n", usual);
    bool was_zero = false;
    for (size_t i = 0; i < series.count; i++) {
        assert_true(series.servers[i] >= 0);
        was_zero |= series.servers[i] == 0;
    }
    assert_true(was_zero);
    heap_free(series.servers);
}

/* The largest numbers that there may be, scaled to the least and to the most servers. */
static void extremes_do_not_overflow(void **state)
{
    (void)state;
    static const char text[] = "0,2147483647\n4000000000,1\n";
    const struct trace_scaling least = { 86400000, 1, 1, UINT64_MAX };
    const struct trace_scaling most = { 86400000, TRACE_PEAK_SERVERS_MAX, 1, 0 };
    struct series series = demand_of(text, least);
    assert_int_equal(series.count, 46297);
    heap_free(series.servers);
    series = demand_of(text, most);
    assert_in_range(series.servers[0], 990000, 1010000);
    heap_free(series.servers);
}

static void too_many_passes_are_refused(void **state)
{
    (void)state;
    struct trace trace = parse("0,1\n99999.99,1\n");
    struct trace_scaling scaling = { 10, 1, 1, 1 };
    int32_t *servers = NULL;
    size_t count;
    struct error err;
    assert_int_equal(trace_demand(&trace, &scaling, &servers, &count, &err), 0);
    assert_int_equal(count, TRACE_PASSES_MAX);
    heap_free(servers);
    trace.samples[1].at_ms += 10;
    assert_int_equal(trace_demand(&trace, &scaling, &servers, &count, &err), ERR_CONFIG);
    assert_string_equal(err.msg, "10000001 passes are more than 10000000");
    trace_fini(&trace);
}

/* --- hard times -------------------------------------------------------------------------------------------------- */

static int make_series(const char *text, struct error *err)
{
    struct trace trace = { 0 };
    struct series series = { 0 };
    int r = trace_parse(text, strlen(text), &trace, err);
    if (r == 0)
        r = trace_demand(&trace, &usual, &series.servers, &series.count, err);
    heap_free(series.servers);
    trace_fini(&trace);
    return r;
}

static void memory_ends_anywhere(void **state)
{
    (void)state;
    char *text = heap_alloc(40000, 1);
    assert_non_null(text);
    size_t length = 0;
    for (int i = 0; i < 3000; i++)
        length += (size_t)snprintf(text + length, 40000 - length, "%d,%d\n", 60 * i, i);
    int r = -ENOMEM;
    for (int64_t n = 0; r != 0; n++) {
        struct error err = { 0 };
        watched_heap.succeed_count = n;
        r = make_series(text, &err);
        watched_heap.succeed_count = -1;
        assert_int_equal(watched_heap.live_count, 1);
        if (r == 0) {
            assert_int_equal(n, 4);
            break;
        }
        assert_int_equal(r, -ENOMEM);
        assert_string_equal(err.msg, "out of memory");
    }
    heap_free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_samples_than_there_may_be_are_refused),
        cmocka_unit_test(damaged_files_do_no_harm),
        cmocka_unit_test(demand_is_on_straight_lines),
        cmocka_unit_test(several_samples_between_passes_are_passed_over),
        cmocka_unit_test(a_trace_shorter_than_a_pass_is_one_value),
        cmocka_unit_test(what_fits_is_not_scaled),
        cmocka_unit_test(what_is_scaled_gets_its_churn_back),
        cmocka_unit_test(churn_is_of_the_seed),
        cmocka_unit_test(demand_is_never_negative),
        cmocka_unit_test(extremes_do_not_overflow),
        cmocka_unit_test(too_many_passes_are_refused),
        cmocka_unit_test(memory_ends_anywhere),
    };
    struct CMUnitTest all[COUNT_OF(tests) + COUNT_OF(good_rows) + COUNT_OF(bad_rows)];
    memcpy(all, tests, sizeof tests);
    TESTS_FROM_ROWS(all + COUNT_OF(tests), good_rows, is_accepted);
    TESTS_FROM_ROWS(all + COUNT_OF(tests) + COUNT_OF(good_rows), bad_rows, is_refused);
    return cmocka_run_group_tests_name("trace", all, NULL, NULL);
}
