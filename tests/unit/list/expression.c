#include "tui/list/expression.h"

#include "engine/base/text.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include <errno.h>
#include <locale.h>
#include <regex.h>
#include <string.h>

#define UMLAUT "\xc3\xa4"
#define HAN "\xe4\xb8\xad"

/* clang-format off */
static const struct match_row {
    const char *name;
    const char *source;
    const char *matching; /* texts between spaces; "" is written as _ */
    const char *others;
} match_rows[] = {
    { "nothing",             "",              "_ a",                "" },
    { "letters",             "ab",            "ab xaby AB aab",     "_ a ba a-b" },
    { "letters in capitals", "AB",            "ab AB",              "ba" },
    { "any character",       "^a.c$",         "abc a-c a" UMLAUT "c a" HAN "c", "ac abbc" },
    { "beginning",           "^ab",           "ab abc",             "xab _" },
    { "end",                 "ab$",           "ab xab",             "abx" },
    { "beginning and end",   "^$",            "_",                  "a" },
    { "beginning in the middle", "a^b",       "",                   "ab a" },
    { "end in the middle",   "a$b",           "",                   "ab a" },
    { "or",                  "^(a|bc|)$",     "a bc _",             "b c abc" },
    { "or without a group",  "^a|c$",         "ab bc a c",          "ba b" },
    { "star",                "^ab*c$",        "ac abc abbbc",       "adc bc" },
    { "plus",                "^ab+c$",        "abc abbc",           "ac" },
    { "question mark",       "^ab?c$",        "ac abc",             "abbc" },
    { "a group, repeated",   "^(ab)+$",       "ab abab",            "aba _" },
    { "an empty group",      "^()*a(|)+$",    "a",                  "b _" },
    { "a star on a star",    "^(a*)*$",       "_ a aaa",            "b" },
    { "exactly",             "^a{3}$",        "aaa",                "aa aaaa" },
    { "at least",            "^a{2,}$",       "aa aaaaa",           "a" },
    { "at most",             "^a{0,2}$",      "_ a aa",             "aaa" },
    { "between",             "^a{2,4}$",      "aa aaa aaaa",        "a aaaaa" },
    { "none at all",         "^a{0}b$",       "b",                  "ab" },
    { "bounds on bounds",    "^(a{2}b?){2}$", "aaaa aabaab aaaab",  "aab aaabaa" },
    { "a bound, repeated",   "^(a{2})*$",       "_ aa aaaa",          "a aaa" },
    { "a set",               "^[abx-z]$",     "a b x y z A",        "c w" },
    { "not in a set",        "^[^a-c]$",      "d - " UMLAUT,        "a b _ dd" },
    { "a bracket in a set",  "^[]a]$",        "] a",                "b" },
    { "a dash in a set",     "^[a-]$",        "a -",                "b" },
    { "a class in a set",    "^[[:digit:]x]$", "0 9 x",             "a" },
    { "a letter class",      "^[[:alpha:]]+$", "abZ",               "a1" },
    { "digits",              "^\\d+$",        "0 123",              "a 1a" },
    { "no digit",            "^\\D$",         "a " HAN,             "1 _" },
    { "word characters",     "^\\w+$",        "a_1",                "a-1" },
    { "a class with an escape", "^[\\d.]+$",  "1.2",                "1a" },
    { "no space",            "^\\S+$",        "ab",                 "_" },
    { "an escaped point",    "^a\\.b$",       "a.b",                "axb" },
    { "an escaped bracket",  "\\[1\\]",       "[1]",                "1" },
    { "a backslash",         "a\\\\b",        "a\\b",               "ab" },
    { "a brace alone",       "{a$",           "{a",                 "a" },
    { "a wide character",    "^" HAN "+$",    HAN " " HAN HAN,      UMLAUT " _" },
    { "far into the text",   "x.*y$",         "aaxbby",             "aaybbx" },
    { "a wide letter, either case", "^" UMLAUT "$", UMLAUT " \xc3\x84", "a" },
    { "a wide letter in a set", "^[" UMLAUT "-" HAN "]$", UMLAUT " " HAN, "a z" },
    { "a line end",          "^a.b$",         "a\nb",               "ab a\nb\n" },
    { "a look-ahead",        "^eu-(?!west)",  "eu-east eu-",        "eu-west us-east" },
    { "a word",              "\\beu\\b",      "eu eu-west",         "europe neu" },
    { "a back reference",    "^(a|b)\\1$",    "aa bb",              "ab ba" },
    { "alternatives, many",  "^(aa|ab|ba)+$", "aaabba",             "aaabb" },
    { "a text that is not UTF-8", "a",        "a",                  "a\xff a\xc3 \xe4\xb8" },
};

static const struct refusal_row {
    const char *name;
    const char *source;
    const char *sentence;
} refusal_rows[] = {
    { "an open group",       "a(b",           "missing closing parenthesis" },
    { "a closed group",      "ab)c",          "unmatched closing parenthesis" },
    { "an open set",         "[ab",           "missing terminating ]" },
    { "an empty set",        "[]",            "missing terminating ]" },
    { "a set out of order",  "[b-a]",         "range out of order" },
    { "an unknown class",    "[[:none:]]",    "unknown POSIX class name" },
    { "bounds out of order", "a{3,2}",        "numbers out of order in {} quantifier" },
    { "a star at first",     "*a",            "quantifier does not follow a repeatable item" },
    { "a plus in a group",   "(+a)",          "quantifier does not follow a repeatable item" },
    { "a backslash at last", "a\\",           "\\ at end of" },
    { "a single byte",       "\\C",           "using \\C is disabled by the application" },
    { "a bound too large",   "a{65536}",      "number too big in {} quantifier" },
    { "too large",           "((a{30}){30}){60}", "too many repetitions" },
    { "much too large",      "((((((){99}){99}){99}){99}){99}){99}", "regular expression is too large" },
};

/* Texts of a's and a last byte that does not match: each way to cut the a's into parts is tried, until the limit. */
static const char *const exponential_sources[] = {
    "(a+)+$", "(a|a)*$", "(a|aa)+$", "(?=(a+)+$)", "(*NO_JIT)(a+)+$", "(a*)*\\1[bc]", "(a|(?1)(?1))[bc]",
    "(a?){40}[bc]", "(a*[bc]?)*d", "(*LIMIT_MATCH=999999999)(a+)+$",
};
/* clang-format on */

static void assert_texts(struct expression *expression, const char *texts, bool is_match)
{
    char copy[128];
    strcpy(copy, texts);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        if (expression_matches(expression, strcmp(word, "_") == 0 ? "" : word) != is_match)
            fail_msg("'%s' %s", word, is_match ? "does not match" : "matches");
}

static struct expression *create(const char *source)
{
    struct expression *expression = NULL;
    struct error err = { 0 };
    if (expression_create(source, &expression, &err) != 0)
        fail_msg("'%s': %s", source, err.msg);
    return expression;
}

static void row_matches(void **state)
{
    const struct match_row *row = *state;
    struct expression *expression = create(row->source);
    for (int turn = 0; turn < 2; turn++) {
        assert_texts(expression, row->matching, true);
        assert_texts(expression, row->others, false);
    }
    expression_destroy(expression);
}

/* The sentence begins so; the offset behind it is not the same in each release of the library. */
static void row_is_refused(void **state)
{
    const struct refusal_row *row = *state;
    struct expression *expression = NULL;
    struct error err = { 0 };
    assert_int_equal(expression_create(row->source, &expression, &err), ERR_BAD_VALUE);
    assert_null(expression);
    if (strncmp(err.msg, row->sentence, strlen(row->sentence)) != 0)
        fail_msg("'%s' instead of '%s'", err.msg, row->sentence);
}

static void a_refusal_has_the_offset(void **state)
{
    (void)state;
    struct expression *expression = NULL;
    struct error err = { 0 };
    assert_int_equal(expression_create("a|(b", &expression, &err), ERR_BAD_VALUE);
    assert_string_equal(err.msg, "missing closing parenthesis, at offset 4");
}

/* --- laws ------------------------------------------------------------------------------------------------------ */

struct random {
    uint64_t state;
};

static uint64_t random_below(struct random *random, uint64_t limit)
{
    random->state = random->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (random->state >> 33) % limit;
}

static void random_text(struct random *random, const char *alphabet, size_t length_max, char *text)
{
    size_t length = random_below(random, length_max);
    for (size_t i = 0; i < length; i++)
        text[i] = alphabet[random_below(random, strlen(alphabet))];
    text[length] = '\0';
}

/* The C library finds the longest match, allows repeated repetitions, and takes `$^` in an empty text for no match. */
static bool is_for_both(const char *source)
{
    static const char *const others[] = { "**", "*+", "*?", "++", "+*", "+?", "?*", "?+",
                                          "??", "}*", "}+", "}?", "{",  "(?", "(*", "[[" };
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (strstr(source, others[i]))
            return false;
    const char *end = strchr(source, '$');
    return !end || !strchr(end, '^');
}

static void assert_agreement(struct random *random, const char *source,
                             struct expression *expression, const regex_t *regex)
{
    for (int i = 0; i < 12; i++) {
        char text[8];
        random_text(random, "aab-", sizeof text, text);
        bool expected = regexec(regex, text, 0, NULL, 0) == 0;
        if (expression_matches(expression, text) != expected)
            fail_msg("'%s' and '%s'", source, text);
    }
}

/* A source that both accept and that has the same meaning in both syntaxes. */
static void it_agrees_with_the_c_library(void **state)
{
    (void)state;
    struct random random = { 7 };
    int compared = 0;
    for (int turn = 0; turn < 10000; turn++) {
        char source[16];
        struct expression *expression = NULL;
        regex_t regex;
        random_text(&random, "aabb.|()*+?[]^$a-b", sizeof source, source);
        if (!is_for_both(source) || expression_create(source, &expression, NULL) != 0)
            continue;
        if (regcomp(&regex, source, REG_EXTENDED | REG_NOSUB) == 0) {
            assert_agreement(&random, source, expression, &regex);
            regfree(&regex);
            compared++;
        }
        expression_destroy(expression);
    }
    assert_true(compared > 1000);
}

/* The limit of steps, not time, ends them; the text does not match, and the next one is not concerned. */
/* Each text stays below the limit of steps and takes a thousand times as long as an ordinary one. */
static void one_that_is_slow_on_every_text_is_given_up(void **state)
{
    (void)state;
    static char text[4000];
    memset(text, 'a', sizeof text - 1);
    struct expression *expression = create("(*NO_JIT)[a-y]*[b-y]?!");
    text[sizeof text - 2] = '!';
    text[sizeof text - 3] = 'z';
    assert_false(expression_is_given_up(expression));
    for (int i = 0; i <= EXPRESSION_SAMPLE * EXPRESSION_SLOW_MIN; i++)
        (void)expression_matches(expression, text);
    assert_true(expression_is_given_up(expression));
    assert_false(expression_matches(expression, "a!"));
    expression_destroy(expression);
}

static void no_expression_takes_exponential_time(void **state)
{
    (void)state;
    char text[201];
    memset(text, 'a', sizeof text - 2);
    text[sizeof text - 2] = '!';
    text[sizeof text - 1] = '\0';
    for (size_t i = 0; i < COUNT_OF(exponential_sources); i++) {
        struct expression *expression = create(exponential_sources[i]);
        for (int turn = 0; turn < 1000; turn++)
            assert_false(expression_matches(expression, text));
        expression_destroy(expression);
    }
    struct expression *expression = create("(a+)+$");
    assert_false(expression_matches(expression, text));
    assert_true(expression_matches(expression, "aaaa"));
    expression_destroy(expression);
}

/* A match that is within the limits is found in a long text too. */
static void long_texts_match(void **state)
{
    (void)state;
    char text[8193];
    memset(text, 'a', sizeof text - 2);
    text[sizeof text - 2] = 'z';
    text[sizeof text - 1] = '\0';
    struct expression *expression = create("(a|b)*z$");
    assert_true(expression_matches(expression, text));
    text[sizeof text - 2] = 'y';
    assert_false(expression_matches(expression, text));
    expression_destroy(expression);
}

static void matching_allocates_nothing(void **state)
{
    (void)state;
    struct expression *expression = create("(a|b)*c.[^x]{3}");
    watched_heap.succeed_count = 0;
    bool is_match = expression_matches(expression, "babacabacadabra");
    watched_heap.succeed_count = -1;
    assert_true(is_match);
    expression_destroy(expression);
}

/* The interpreter needs memory for each group that is open; while it grows there are two pieces. */
static void interpreted_memory_is_bounded(void **state)
{
    (void)state;
    static char text[1 << 16];
    memset(text, 'a', sizeof text - 1);
    size_t size = watched_heap.live_size;
    struct expression *expression = create("(*NO_JIT)(a|b)*$");
    watched_heap.live_size_max = 0;
    assert_false(expression_matches(expression, text));
    assert_true(watched_heap.live_size_max < size + (2 * EXPRESSION_HEAP_KIB + 64) * 1024);
    assert_true(expression_matches(expression, "abab"));
    expression_destroy(expression);
    assert_int_equal(watched_heap.live_size, size);
}

/* Whichever allocation fails, nothing is left. */
static void without_memory_there_is_none(void **state)
{
    (void)state;
    struct expression *expression = NULL;
    int failed = -ENOMEM;
    int64_t count = 0;
    for (; failed; count++) {
        struct error err = { 0 };
        size_t live_count = watched_heap.live_count;
        watched_heap.succeed_count = count;
        failed = expression_create("(a|b){2,9}[[:alpha:]]x", &expression, &err);
        watched_heap.succeed_count = -1;
        assert_true(failed == 0 || failed == -ENOMEM);
        if (failed) {
            assert_null(expression);
            assert_string_equal(err.msg, "out of memory");
            assert_int_equal(watched_heap.live_count, live_count);
        }
    }
    assert_true(count >= 5);
    expression_destroy(expression);
    expression_destroy(NULL);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    struct CMUnitTest matches[COUNT_OF(match_rows)];
    struct CMUnitTest refusals[COUNT_OF(refusal_rows)];
    TESTS_FROM_ROWS(matches, match_rows, row_matches);
    TESTS_FROM_ROWS(refusals, refusal_rows, row_is_refused);
    const struct CMUnitTest laws[] = {
        cmocka_unit_test(it_agrees_with_the_c_library),
        cmocka_unit_test(a_refusal_has_the_offset),
        cmocka_unit_test(no_expression_takes_exponential_time),
        cmocka_unit_test(one_that_is_slow_on_every_text_is_given_up),
        cmocka_unit_test(long_texts_match),
        cmocka_unit_test(matching_allocates_nothing),
        cmocka_unit_test(interpreted_memory_is_bounded),
        cmocka_unit_test(without_memory_there_is_none),
    };
    int failed = cmocka_run_group_tests_name("expression: what matches", matches, NULL, NULL);
    failed += cmocka_run_group_tests_name("expression: what is refused", refusals, NULL, NULL);
    failed += cmocka_run_group_tests_name("expression: laws", laws, NULL, NULL);
    return failed;
}
