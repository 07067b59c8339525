/*
 * A filter of the console. An accepted one is kept as typed and matches the same again; two together match what both
 * match; with `!` before a single word the others match. A refused one gives one printable line and changes nothing. A
 * line end separates the two.
 */
#include "tests/fuzz/oracle.h"
#include "tests/fuzz/supply.h"
#include "tests/fuzz/target.h"

#include "engine/base/arith.h"
#include "engine/base/text.h"
#include "tui/list/filter.h"

static const struct snapshot_name names[] = {
    { "eu-arena-01", "eu-arena-01", "eu-arena-01" },
    { "EU-Chess-02", "EU-Chess-02", "eu-chess-02" },
    { "x[1] \xff Y:Z", "x[1] \\xff Y:Z", "x[1] \\xff y:z" },
    { "\xc3\xa4rger/*", "\xc3\xa4rger/*", "\xc3\xa4rger/*" },
};

/* clang-format off */
static const struct snapshot_row rows[] = {
    { .name = &names[0], .servers_per_host = 10, .target_ppb = 15 * SHARE_PERCENT, .hosts = 10, .total_servers = 100,
      .free_servers = 15, .desired_hosts = 10, .state = STATE_ON_TARGET },
    { .name = &names[1], .servers_per_host = 8, .target_ppb = 20 * SHARE_PERCENT, .hosts = 12, .total_servers = 96,
      .free_servers = 3, .pending_hosts = 2, .desired_hosts = 15, .raw_delta = 3, .delta = 2, .last_delta = 2, .acted_at = { 1767362513104 },
      .state = STATE_UP, .action = ACTION_SCALED, .last_action = ACTION_SCALED, .reason = REASON_MAX_STEP_UP },
    { .name = &names[2], .servers_per_host = -1, .target_ppb = -1, .hosts = -1, .total_servers = -1,
      .free_servers = -1, .desired_hosts = -1, .state = STATE_UNREAD },
    { .name = &names[3], .servers_per_host = 1, .hosts = INT32_MAX, .total_servers = INT32_MAX,
      .free_servers = INT32_MAX, .desired_hosts = INT32_MAX, .pending_hosts = -5, .raw_delta = -33, .delta = -16,
      .last_delta = -16, .policy = 1, .state = STATE_DOWN, .action = ACTION_SCALED, .reason = REASON_MAX_STEP_DOWN },
};
/* clang-format on */

#define BRIEF_COLUMNS 20
#define ROW_COUNT (sizeof rows / sizeof rows[0])

static const char *const policies[] = { "defaults", "eu-*", "*" };
static const struct snapshot now = { .at = { 1767362613104 },
                                     .policies = policies,
                                     .policy_count = 3 };

static unsigned matches(const struct filter *filter)
{
    unsigned matching = 0;
    for (size_t i = 0; i < ROW_COUNT; i++)
        matching |= (unsigned)filter_matches(filter, &rows[i], &now) << i;
    return matching;
}

/* In every width there are words for it, and they fit where there is room for the briefest. */
static void check_fault(const struct filter *filter, const struct error *err)
{
    char storage[ERROR_MSG_SIZE];
    struct text words;
    text_init(&words, storage, sizeof storage);
    for (int columns = 1; columns < 120; columns += 7) {
        filter_fault_describe(filter_fault(filter), err->msg, columns, &words);
        must(words.length > 0 && !words.was_cut);
        must(columns < BRIEF_COLUMNS || words.length <= (size_t)columns);
    }
}

/* False: it was refused and has changed nothing. */
static bool set(struct filter *filter, const char *text)
{
    struct error err = { 0 };
    char before[FILTER_SIZE];
    memcpy(before, filter_text(filter), strlen(filter_text(filter)) + 1);
    unsigned matched_before = matches(filter);
    int r = filter_set(filter, text, &err);
    if (r == 0) {
        must(strcmp(filter_text(filter), text) == 0);
        must(filter_is_empty(filter) == (text[strspn(text, " ")] == '\0'));
        return true;
    }
    oracle_check_error(&err, r);
    check_fault(filter, &err);
    must(strcmp(filter_text(filter), before) == 0);
    must(matches(filter) == matched_before);
    return false;
}

/* *ret_matching is what it matches. */
static bool try(struct filter *filter, const char *text, unsigned *ret_matching)
{
    if (!set(filter, text))
        return false;
    *ret_matching = matches(filter);
    if (filter_is_empty(filter))
        must(*ret_matching == (1u << ROW_COUNT) - 1);
    return true;
}

static void check_negated(struct filter *filter, const char *text, unsigned matching)
{
    char negated[FILTER_SIZE] = "!";
    unsigned others;
    if (strchr(text, ' ') || *text == '!' || *text == '\0' || strlen(text) > FILTER_SIZE - 2)
        return;
    memcpy(negated + 1, text, strlen(text) + 1);
    bool is_set = try(filter, negated, &others);
    must(is_set);
    must((others ^ matching) == (1u << ROW_COUNT) - 1);
}

static void check_both(struct filter *filter, const char *one, const char *other, unsigned expected)
{
    char both[2 * FILTER_SIZE];
    unsigned matching;
    struct text text;
    text_init(&text, both, sizeof both);
    text_addf(&text, "%s %s", one, other);
    if (text.length >= FILTER_SIZE)
        return;
    bool is_set = try(filter, both, &matching);
    must(is_set);
    must(matching == expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct supply supply = { data, size };
    struct filter *filter;
    char *text = supply_text(&supply);
    char *other = strchr(text, '\n');
    unsigned matching = 0;
    unsigned other_matching = 0;
    int r = filter_create(&filter);
    must(r == 0);
    if (other)
        *other++ = '\0';
    bool is_set = try(filter, text, &matching);
    if (is_set)
        check_negated(filter, text, matching);
    if (other && is_set && try(filter, other, &other_matching))
        check_both(filter, text, other, matching & other_matching);
    filter_destroy(filter);
    free(text);
    return 0;
}
