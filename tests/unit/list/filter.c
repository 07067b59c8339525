#include "tui/list/filter.h"

#include "tests/support/snapshots.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include "engine/base/arith.h"
#include "engine/base/text.h"

#include <errno.h>
#include <string.h>

#define FLEET_COUNT 7

static void add_moving(struct snapshots *maker)
{
    struct snapshot_row *row;
    /* 0: 10 hosts of 10, 15 of 100 free, target 15 % */
    snapshots_add(maker, "eu-arena-01");
    /* 1: grows */
    row = snapshots_row(maker, snapshots_add(maker, "EU-Chess-02"));
    row->servers_per_host = 8;
    row->target_ppb = 20 * SHARE_PERCENT;
    row->hosts = 12;
    row->total_servers = 96;
    row->free_servers = 3;
    row->pending_hosts = 2;
    row->desired_hosts = 15;
    row->raw_delta = 3;
    row->delta = row->last_delta = 2;
    row->acted_at = (struct wall){ SNAPSHOTS_AT.ms - 90000 };
    row->state = STATE_UP;
    row->action = row->last_action = ACTION_SCALED;
    row->reason = REASON_MAX_STEP_UP;
    row->later_reasons[0] = REASON_ORDER_BACKOFF;
    /* 2: shrinks; its answer is awaited */
    row = snapshots_row(maker, snapshots_add(maker, "us-arena-test"));
    row->hosts = 160;
    row->total_servers = 1280;
    row->free_servers = 470;
    row->pending_hosts = row->delta = row->last_delta = -16;
    row->desired_hosts = 127;
    row->raw_delta = -33;
    row->acted_at = (struct wall){ SNAPSHOTS_AT.ms - 180000 };
    row->state = STATE_DOWN;
    row->action = ACTION_SCALED;
    row->reason = REASON_MAX_STEP_DOWN;
}

static void add_standing(struct snapshots *maker)
{
    struct snapshot_row *row;
    /* 3: cannot be read; what was seen last is known */
    row = snapshots_row(maker, snapshots_add(maker, "us-lobby"));
    row->desired_hosts = -1;
    row->last_delta = 1;
    row->state = STATE_FAILED;
    row->action = row->last_action = ACTION_FAILED;
    row->reason = REASON_READ_TIMEOUT;
    /* 4: nothing is known */
    row = snapshots_row(maker, snapshots_add(maker, "ap-new"));
    row->servers_per_host = row->target_ppb = row->hosts = -1;
    row->total_servers = row->free_servers = row->desired_hosts = -1;
    row->state = STATE_UNREAD;
    row->reason = REASON_NONE;
    /* 5: would grow, were it not paused */
    row = snapshots_row(maker, snapshots_add(maker, "eu-moba"));
    row->target_ppb = SHARE_PERCENT * 25 / 2;
    row->free_servers = 12;
    row->raw_delta = row->wanted_delta = 4;
    row->desired_hosts = 14;
    row->state = STATE_PAUSED;
    row->action = ACTION_HELD;
    row->reason = REASON_PAUSED;
    /* 6: bad data, no servers, an id that needs escapes */
    row = snapshots_row(maker, snapshots_add(maker, "x[1] \xff Y:Z"));
    row->hosts = row->total_servers = row->free_servers = 0;
    row->desired_hosts = -1;
    row->state = STATE_HELD;
    row->action = ACTION_HELD;
    row->reason = REASON_FREE_ABOVE_TOTAL;
}

/* A deployment of each kind; a row of a table names those that it expects by their numbers here. */
static struct snapshots *make_fleet(void)
{
    struct snapshots *maker = snapshots_create();
    add_moving(maker);
    add_standing(maker);
    return maker;
}

/* clang-format off */
static const struct match_row {
    const char *name;
    const char *text;
    const char *slots;
} match_rows[] = {
    { "empty",                              "",                      "0123456" },
    { "spaces only",                        "   ",                   "0123456" },
    { "a word",                             "arena",                 "02" },
    { "words, all of them",                 "eu arena",              "0" },
    { "words in any order, spaces around",  "  arena   eu ",         "0" },
    { "whatever the case of the word",      "CHESS",                 "1" },
    { "whatever the case of the id",        "eu",                    "015" },
    { "not a word",                         "!arena",                "13456" },
    { "a word and not another",             "arena !test",           "0" },
    { "no row",                             "zzz",                   "" },
    { "an escape can be found",             "\\xff",                 "6" },
    { "a pattern is about the whole id",    "eu-*-0?",               "01" },
    { "a pattern without its end",          "eu-?",                  "" },
    { "a pattern in capitals",              "EU-*",                  "015" },
    { "a star tries again further on",      "*-c*s-*",               "1" },
    { "stars side by side",                 "eu**1",                 "0" },
    { "a pattern that is longer than ids",  "??????????????????????????????", "" },
    { "a pattern with a set",               "*-[bl]*",               "3" },
    { "not a pattern",                      "!*-*",                  "6" },
    { "an expression",                      "/^eu-(arena|chess)/",   "01" },
    { "an expression with a space",         "/\\] .*y/",             "6" },
    { "an expression with a slash",         "/a/b/",                 "" },
    { "an expression and a word",           "/^eu/ 01",              "0" },
    { "a word and an expression",           "01 /^eu/",              "0" },
    { "an expression in capitals",          "/^EU/",                 "015" },
    { "an empty expression",                "//",                    "0123456" },
    { "not an expression",                  "!/a$/ !/[0-9]$/",       "2346" },
    { "free below",                         "free<15",               "156" },
    { "free at most",                       "free<=15",              "01356" },
    { "free is",                            "free=15",               "03" },
    { "free is not",                        "free!=15",              "1256" },
    { "free at least",                      "free>=15",              "023" },
    { "free above",                         "free>15",               "2" },
    { "free below zero: unknown is not",    "free<0",                "" },
    { "not free below: unknown too",        "!free<15",              "0234" },
    { "free share, with a point",           "free_pct<12.5",         "15" },
    { "free share is",                      "free_pct=12",           "5" },
    { "free share: none without servers",   "free_pct>=0",           "01235" },
    { "free share above all",               "free_pct>100",          "" },
    { "target with a point",                "target=12.5",           "5" },
    { "target unknown",                     "target>=0",             "012356" },
    { "hosts",                              "hosts>=100",            "2" },
    { "per_host",                           "per_host=8",            "1" },
    { "total",                              "total>1000",            "2" },
    { "busy",                               "busy=85",               "03" },
    { "want",                               "want>14",               "12" },
    { "pending above",                      "pending>0",             "1" },
    { "pending below",                      "pending<0",             "2" },
    { "raw below",                          "raw<-5",                "2" },
    { "raw unknown where nothing was decided", "raw=0",              "0" },
    { "delta below, signed",                "delta<-5",              "2" },
    { "delta with a plus",                  "delta=+2",              "1" },
    { "delta counts what is kept back",     "delta!=0",              "125" },
    { "delta zero on bad data, not unread", "delta=0",               "06" },
    { "a range",                            "hosts>10 hosts<100",    "1" },
    { "a field in capitals",                "HOSTS=12",              "1" },
    { "the largest number",                 "hosts<9223372036854775807", "012356" },
    { "state",                              "state:held",            "6" },
    { "state by its beginning",             "state:u",               "14" },
    { "state with another sign",            "state=paused",          "5" },
    { "state is not",                       "state!=on_target",      "123456" },
    { "not not a state",                    "!state!=on_target",     "0" },
    { "not a state",                        "!state:on",             "123456" },
    { "reason",                             "reason:max_step_up",    "1" },
    { "reason, behind the first one",       "reason:order_backoff",  "1" },
    { "reason by its beginning",            "reason:max_",           "12" },
    { "reason in capitals",                 "reason:READ",           "3" },
    { "last failed",                        "last:failed",           "3" },
    { "last scaled",                        "last:scaled",           "1" },
    { "last, awaited",                      "last:sent",             "2" },
    { "last, none yet",                     "last:none",             "0456" },
    { "pluses around each other",           "/(((((((((a+)+)+)+)+)+)+)+)+)+/", "0245" },
    { "a set with a star behind it",        "[e]*[!0-8]",            "5" },
    { "an expression with repetitions",     "/^(eu|us)-(.*a+r?e{1,2})+n{1}a-[0-9]{2}$/", "0" },
    { "a column by its title",              "FREE%<12.5",            "15" },
    { "a column by its title, in small letters", "tgt%=12.5",        "5" },
    { "a title cut short",                  "pend>0",                "1" },
    { "a title with a slash",               "/HOST=8",               "1" },
    { "not a title with a slash",           "!/host=8",              "023456" },
    { "a word of the sort menu",            "severity:held",         "6" },
    { "the id has a part",                  "id:chess",              "1" },
    { "a policy by its whole pattern",      "policy=eu-*",           "05" },
    { "... is no pattern for the pattern",  "policy=e*",             "" },
    { "... in any case",                    "POLICY=*-TEST",         "2" },
    { "a policy by a part",                 "policy:test",           "2" },
    { "the defaults",                       "policy:defa",           "1346" },
    { "another policy",                     "policy!=defaults",      "025" },
    { "not a policy",                       "!policy:eu eu",         "1" },
    { "the id, whole",                      "id=us-lobby",           "3" },
    { "the id is not whole",                "id=lobby",              "" },
    { "the id by its title, a pattern",     "Deployment=EU-*-0?",    "01" },
    { "another id",                         "id!=us-lobby eu",       "015" },
    { "a percent sign makes it a share",    "free<15%",              "15" },
    { "busy has a share too",               "busy>88%",              "1" },
    { "a percent sign behind a share",      "free%<12.5%",           "15" },
    { "a thousand",                         "total>1k",              "2" },
    { "below the target",                   "free<target",           "15" },
    { "below the target, the other way",    "target>free",           "15" },
    { "below the target, both shares",      "free%<tgt%",            "15" },
    { "not below the target, where known",  "free>=target",          "023" },
    { "margin below zero",                  "margin<0",              "15" },
    { "margin below something",             "margin<-0.5%",          "1" },
    { "margin above",                       "margin>+20",            "2" },
    { "two numbers",                        "hosts<want",            "15" },
    { "two numbers that differ",            "raw!=delta",            "12" },
    { "a field and itself",                 "free=free",             "012356" },
    { "age above",                          "age>2m",                "2" },
    { "age at most",                        "age<=90s",              "1" },
    { "age in hours, with a point",         "age>0.5h",              "" },
    { "age in days",                        "age<1d",                "12" },
    { "age without a unit is in seconds",   "age>120",               "2" },
    { "read longer ago",                    "read>15s",              "0123456" },
    { "words, one of them",                 "state:held,paused",     "56" },
    { "words, none of them",                "state!=held,paused,u",  "023" },
    { "everything at once",                 "eu /0[0-9]$/ hosts<12 state:on !x* free_pct>=15", "0" },
};

/*
 * Of a deployment that would grow when it was last decided, and has not been read since: the list shows "?",
 * "unread".
 */
static const struct unread_row {
    const char *name;
    const char *text;
    bool is_match;
} unread_rows[] = {
    { "unread: no delta above zero",        "delta>0",               false },
    { "unread: no delta at all",            "delta>=-9",             false },
    { "unread: not without its delta",      "!delta>0",              true },
    { "unread: no raw above zero",          "raw>0",                 false },
    { "unread: the old reason is no news",  "reason:below_target",   false },
    { "unread: not the old reason",         "reason!=below_target",  true },
    { "unread: no reason",                  "reason:none",           true },
    { "unread: its state",                  "state:unread",          true },
    { "unread: what was seen last is known", "hosts=10 free=14",     true },
};

static const struct refusal_row {
    const char *name;
    const char *text;
    const char *sentence;
} refusal_rows[] = {
    { "unknown field, near another",   "eu fre<15",      "unknown field 'fre', did you mean 'free'?" },
    { "unknown field, near a longer",  "reasons:max",    "unknown field 'reasons', did you mean 'reason'?" },
    { "unknown field, near none",      "zoo>1",          "unknown field 'zoo', there are: age busy delta free free_pct "
                                       "hosts id last margin pending per_host policy raw read reason state target total "
                                       "trend want" },
    { "no number yet",                 "free<",          "'free<' needs a whole number behind it, not ''" },
    { "not a number",                  "free<x",         "'free<' needs a whole number behind it, not 'x'" },
    { "a half free server",            "free<1.5",       "'free<' needs a whole number behind it, not '1.5'" },
    { "a share with two signs",        "margin<--1",     "'margin<' needs a number behind it, not '--1'" },
    { "a share as a time",             "margin<1m",      "'margin<' needs a number behind it, not '1m'" },
    { "only a percent sign",           "target=%",       "'target=' needs a number behind it, not '%'" },
    { "hosts have no share",           "hosts>5%",       "'hosts>' needs a whole number behind it, not '5%'" },
    { "a thousand too many",           "hosts>99999999999999999k",
      "'hosts>' needs a whole number behind it, not '99999999999999999k'" },
    { "no time yet",                   "age>",           "'age>' needs a time such as 90s or 2m behind it, not ''" },
    { "not a time",                    "age>2x",         "'age>' needs a time such as 90s or 2m behind it, not '2x'" },
    { "a time of day",                 "read>14:03",     "'read>' needs a time such as 90s or 2m behind it, not '14:03'" },
    { "a number and a share",          "hosts<target",   "'hosts' is a whole number, 'target' is a share" },
    { "a share and a number",          "margin>hosts",   "'margin' is a share, 'hosts' is a whole number" },
    { "a time and a share",            "age<free%",      "'age' is a time, 'free_pct' is a share" },
    { "a number and a word",           "free>state",     "'free' is a whole number, 'state' is a word" },
    { "a number and the id",           "free>id",        "'free' is a whole number, 'id' is a word" },
    { "an id is not sorted",           "id<eu",          "'id' is a text: write id:eu" },
    { "no id yet",                     "id=",            "'id=' needs a word behind it" },
    { "one of the words is none",      "state:held,xx",  "no state begins with 'xx'" },
    { "no word behind the comma",      "state:held,",    "no state begins with ''" },
    { "a number that is too large",    "hosts>9223372036854775808",
      "'hosts>' needs a whole number behind it, not '9223372036854775808'" },
    { "an expression like a title",    "/host=8/",       "'per_host=' needs a whole number behind it, not '8/'" },
    { "a number with a colon",         "free:15",        "'free' is a number: compare it with < <= = != >= >" },
    { "a word that is compared",       "state<held",     "'state' is a word: write state:starved" },
    { "no word yet",                   "state:",         "'state:' needs a word behind it" },
    { "no such state",                 "state:hold",     "no state begins with 'hold'" },
    { "no such reason",                "reason:x",       "no reason begins with 'x'" },
    { "no such outcome",               "last:lost",      "no last begins with 'lost'" },
    { "nothing to negate",             "eu !",           "'!' needs a word behind it" },
    { "an expression that is open",    "eu /^a b",       "'/^a b' has no closing slash" },
    { "only a slash",                  "/",              "'/' has no closing slash" },
    { "bounds around bounds",          "/((a{30}){1,30}){1,30}/", "'/((a{30}){1,30}){1,30}/': too many repetitions" },
    { "a group that is open",          "/a|(b/",         "'/a|(b/': missing closing parenthesis, at offset 4" },
    { "a byte instead of a character", "/\\C/",          "'/\\\\C/': using \\C is disabled by the application, at offset 2" },
    { "control characters are escaped", "fre\x1b<1 state:\x1b", "no state begins with '\\x1b'" },
};
/* clang-format on */

static struct filter *create(void)
{
    struct filter *filter = NULL;
    assert_int_equal(filter_create(&filter), 0);
    return filter;
}

static void assert_matches(const struct filter *filter, const char *slots)
{
    struct snapshots *maker = make_fleet();
    const struct snapshot *snapshot = snapshots_take(maker);
    char found[FLEET_COUNT + 1] = "";
    size_t count = 0;
    assert_int_equal(snapshot->slot_count, FLEET_COUNT);
    for (uint32_t slot = 0; slot < FLEET_COUNT; slot++)
        if (filter_matches(filter, snapshot_row_at(snapshot, slot), snapshot))
            found[count++] = (char)('0' + slot);
    assert_string_equal(found, slots);
    snapshots_destroy(maker);
}

static void row_matches(void **state)
{
    const struct match_row *row = *state;
    struct filter *filter = create();
    struct error err = { 0 };
    assert_int_equal(filter_set(filter, row->text, &err), 0);
    assert_string_equal(filter_text(filter), row->text);
    assert_matches(filter, row->slots);
    filter_destroy(filter);
}

static const struct snapshot now = { .at = { 1767362613104 } };

static void unread_row_matches(void **state)
{
    const struct unread_row *wanted = *state;
    struct filter *filter = create();
    struct error err = { 0 };
    const struct snapshot_name name = { "a", "a", "a" };
    const struct snapshot_row row = { .name = &name,
                                      .hosts = 10,
                                      .total_servers = 100,
                                      .free_servers = 14,
                                      .raw_delta = 3,
                                      .delta = 3,
                                      .wanted_delta = 3,
                                      .state = STATE_UNREAD,
                                      .reason = REASON_BELOW_TARGET };
    assert_int_equal(filter_set(filter, wanted->text, &err), 0);
    assert_int_equal(filter_matches(filter, &row, &now), wanted->is_match);
    filter_destroy(filter);
}

static void row_is_refused(void **state)
{
    const struct refusal_row *row = *state;
    struct filter *filter = create();
    struct error err = { 0 };
    assert_int_equal(filter_set(filter, "/^eu/ chess", &err), 0);
    assert_int_equal(filter_set(filter, row->text, &err), ERR_BAD_VALUE);
    assert_string_equal(err.msg, row->sentence);
    assert_string_equal(filter_text(filter), "/^eu/ chess");
    assert_matches(filter, "1");
    filter_destroy(filter);
}

/* clang-format off */
static const struct brief_row {
    const char *name;
    const char *text;
    int columns;
    const char *words;
} brief_rows[] = {
    { "room for the sentence",     "eu fre<15",    49, "unknown field 'fre', did you mean 'free'?" },
    { "one column less",           "eu fre<15",    40, "word 2: no such field" },
    { "room for a few words",      "eu fre<15",    21, "word 2: no such field" },
    { "room for fewer",            "eu fre<15",    20, "2: no such field" },
    { "no room",                   "eu fre<15",     5, "no such field" },
    { "no number",                 "free<",        30, "word 1: needs a number" },
    { "no time",                   "age>x",        30, "word 1: needs a time" },
    { "a colon",                   "free:1",       30, "word 1: a number needs < = >" },
    { "units",                     "a hosts<margin", 30, "word 2: not comparable" },
    { "a compared word",           "state<held",   25, "word 1: words need : or =" },
    { "a missing word",            "state:",       25, "word 1: a word is missing" },
    { "an unknown word",           "state:zz",     20, "word 1: no such word" },
    { "an open expression",        "/ab",          24, "word 1: no closing slash" },
    { "a bad expression",          "a b /(/",      22, "word 3: bad expression" },
    { "a long expression",         "/((a{30}){1,30}){1,30}/", 30, "word 1: bad expression" },
};
/* clang-format on */

static void fault_is_described(void **state)
{
    const struct brief_row *row = *state;
    struct filter *filter = create();
    struct error err = { 0 };
    char storage[ERROR_MSG_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    assert_int_equal(filter_set(filter, row->text, &err), ERR_BAD_VALUE);
    filter_fault_describe(filter_fault(filter), err.msg, row->columns, &text);
    assert_string_equal(storage, row->words);
    filter_destroy(filter);
}

static void a_broken_expression_is_refused(void **state)
{
    (void)state;
    struct filter *filter = create();
    struct error err = { 0 };
    assert_int_equal(filter_set(filter, "eu /a/ /(b/", &err), ERR_BAD_VALUE);
    assert_string_equal(err.msg, "'/(b/': missing closing parenthesis, at offset 2");
    assert_true(filter_is_empty(filter));
    filter_destroy(filter);
}

static void only_one_without_words_is_empty(void **state)
{
    (void)state;
    struct filter *filter = create();
    struct error err = { 0 };
    assert_true(filter_is_empty(filter));
    assert_string_equal(filter_text(filter), "");
    assert_int_equal(filter_set(filter, "  ", &err), 0);
    assert_true(filter_is_empty(filter));
    assert_int_equal(filter_set(filter, "a", &err), 0);
    assert_false(filter_is_empty(filter));
    assert_int_equal(filter_set(filter, "", &err), 0);
    assert_true(filter_is_empty(filter));
    filter_destroy(filter);
    filter_destroy(NULL);
}

static void the_longest_text_has_the_most_words(void **state)
{
    (void)state;
    char text[FILTER_SIZE + 1];
    struct filter *filter = create();
    struct error err = { 0 };
    for (size_t i = 0; i < FILTER_SIZE; i++)
        text[i] = i % 2 == 0 ? 'a' : ' ';
    text[FILTER_SIZE] = '\0';
    assert_int_equal(filter_set(filter, text, &err), ERR_BAD_VALUE);
    assert_string_equal(err.msg, "a filter has at most 255 characters");
    text[FILTER_SIZE - 1] = '\0';
    assert_int_equal(filter_set(filter, text, &err), 0);
    assert_matches(filter, "0245");
    assert_int_equal(filter_set(filter, filter_text(filter), &err), 0);
    assert_matches(filter, "0245");
    filter_destroy(filter);
}

/* Its parts are as many as its characters: nothing is repeated. */
static void the_longest_expression_fits(void **state)
{
    (void)state;
    struct filter *filter = create();
    struct error err = { 0 };
    char text[FILTER_SIZE];
    memset(text, 'x', sizeof text);
    text[0] = text[FILTER_SIZE - 2] = '/';
    text[FILTER_SIZE - 1] = '\0';
    assert_int_equal(filter_set(filter, text, &err), 0);
    text[FILTER_SIZE - 3] = '+';
    assert_int_equal(filter_set(filter, text, &err), 0);
    assert_matches(filter, "");
    filter_destroy(filter);
}

/* A row from an engine that names no policies, or one that has no name. */
static void an_unknown_policy_matches_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = { "policy:a", "policy=a", "policy!=a", "!policy:a" };
    const struct snapshot_name name = { "a", "a", "a" };
    const struct snapshot_row rows[] = { { .name = &name, .policy = 0 },
                                         { .name = &name, .policy = POLICY_UNNAMED } };
    struct filter *filter = create();
    struct error err = { 0 };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_int_equal(filter_set(filter, texts[i], &err), 0);
        for (size_t j = 0; j < COUNT_OF(rows); j++)
            assert_false(filter_matches(filter, &rows[j], &now));
    }
    filter_destroy(filter);
}

static void every_word_of_the_vocabulary_is_one(void **state)
{
    (void)state;
    struct filter *filter = create();
    struct snapshot_name name = { "a", "a", "a" };
    for (int reason = 0; reason < REASON_COUNT; reason++) {
        char storage[64];
        struct text text;
        struct error err = { 0 };
        const struct snapshot_row row = { .name = &name, .reason = (uint8_t)reason };
        const struct snapshot_row other = { .name = &name,
                                            .reason = reason == 0 ? REASON_COUNT - 1 : 0 };
        text_init(&text, storage, sizeof storage);
        text_addf(&text, "reason:%s", reason_row((enum reason)reason)->name);
        assert_int_equal(filter_set(filter, storage, &err), 0);
        assert_true(filter_matches(filter, &row, &now));
        assert_false(filter_matches(filter, &other, &now));
    }
    filter_destroy(filter);
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    struct filter *filter = NULL;
    watched_heap.succeed_count = 0;
    int failed = filter_create(&filter);
    watched_heap.succeed_count = -1;
    assert_int_equal(failed, -ENOMEM);
    assert_null(filter);
    assert_int_equal(watched_heap.live_count, 0);
}

int main(void)
{
    struct CMUnitTest matches[COUNT_OF(match_rows)];
    struct CMUnitTest unread[COUNT_OF(unread_rows)];
    struct CMUnitTest refusals[COUNT_OF(refusal_rows)];
    TESTS_FROM_ROWS(matches, match_rows, row_matches);
    TESTS_FROM_ROWS(unread, unread_rows, unread_row_matches);
    TESTS_FROM_ROWS(refusals, refusal_rows, row_is_refused);
    struct CMUnitTest briefs[COUNT_OF(brief_rows)];
    TESTS_FROM_ROWS(briefs, brief_rows, fault_is_described);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broken_expression_is_refused),
        cmocka_unit_test(only_one_without_words_is_empty),
        cmocka_unit_test(the_longest_text_has_the_most_words),
        cmocka_unit_test(the_longest_expression_fits),
        cmocka_unit_test(every_word_of_the_vocabulary_is_one),
        cmocka_unit_test(an_unknown_policy_matches_nothing),
        cmocka_unit_test(without_memory_there_is_none),
    };
    int failed = cmocka_run_group_tests_name("filter: what matches", matches, NULL, NULL);
    failed += cmocka_run_group_tests_name("filter: what matches unread", unread, NULL, NULL);
    failed += cmocka_run_group_tests_name("filter: what is refused", refusals, NULL, NULL);
    failed += cmocka_run_group_tests_name("filter: faults", briefs, NULL, NULL);
    failed += cmocka_run_group_tests_name("filter: laws", tests, NULL, NULL);
    return failed;
}
