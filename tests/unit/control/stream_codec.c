/*
 * Every field of a snapshot goes through the stream: an object that is written and read again is equal. A field that
 * is added to a struct and not to stream_fields.def fails here, byte by byte.
 */
#include "engine/control/stream_codec.h"

#include "engine/base/random.h"
#include "engine/control/stream_words.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#define TEXT_SIZE 65536
#define OBJECT_SIZE_MAX 32768
#define RANDOM_ROUNDS 300

/* One kind of object: written and read as bytes. */
struct kind {
    const char *name;
    size_t size;
    void (*write)(struct text *text, const void *object);
    bool (*read)(const cJSON *item, void *ret_object);
    /* Bytes that are not carried on purpose: pointers, gaps, other lines, and what is behind the end of a text. */
    struct {
        size_t from;
        size_t to;
    } left_out[16];
};

#define DEFINE(kind, type)                                                                         \
    static void write_##kind(struct text *text, const void *object)                                \
    {                                                                                              \
        stream_add_##kind(text, object);                                                           \
    }                                                                                              \
    static bool read_##kind(const cJSON *item, void *ret_object)                                   \
    {                                                                                              \
        return stream_read_##kind(item, ret_object);                                               \
    }
DEFINE(row, snapshot_row)
DEFINE(engine, snapshot_engine)
DEFINE(pass, snapshot_pass)
DEFINE(totals, fleet_totals)
DEFINE(step, explanation)
DEFINE(detail, snapshot_detail)

#define MEMBER(type, member)                                                                       \
    {                                                                                              \
        offsetof(struct type, member),                                                             \
            offsetof(struct type, member) + sizeof(((struct type *)0)->member)                     \
    }
/* Between two members. */
#define GAP(type, member, next)                                                                    \
    {                                                                                              \
        offsetof(struct type, member) + sizeof(((struct type *)0)->member),                        \
            offsetof(struct type, next)                                                            \
    }
#define GAP_AT_END(type, member)                                                                   \
    {                                                                                              \
        offsetof(struct type, member) + sizeof(((struct type *)0)->member), sizeof(struct type)    \
    }
/* Of a text or a list whose first element is 0, which ends it. */
#define BEHIND(type, member)                                                                       \
    {                                                                                              \
        offsetof(struct type, member) + 1,                                                         \
            offsetof(struct type, member) + sizeof(((struct type *)0)->member)                     \
    }

static const struct kind kinds[] = {
    { "row",
      sizeof(struct snapshot_row),
      write_row,
      read_row,
      { MEMBER(snapshot_row, name), BEHIND(snapshot_row, later_reasons),
        GAP_AT_END(snapshot_row, policy) } },
    { "engine",
      sizeof(struct snapshot_engine),
      write_engine,
      read_engine,
      { MEMBER(snapshot_engine, version), MEMBER(snapshot_engine, api_url),
        BEHIND(snapshot_engine, pause.author), BEHIND(snapshot_engine, pause.reason),
        BEHIND(snapshot_engine, failure), BEHIND(snapshot_engine, last_act.text),
        BEHIND(snapshot_engine, last_act.author),
        GAP(snapshot_engine, last_act.is_on_all, discovery_failed_at),
        GAP(snapshot_engine, demo_speed_millis, paused_at),
        GAP_AT_END(snapshot_engine, scales_in_flight) } },
    { "pass",
      sizeof(struct snapshot_pass),
      write_pass,
      read_pass,
      { GAP(snapshot_pass, is_running, started), GAP_AT_END(snapshot_pass, unconfirmed) } },
    { "totals",
      sizeof(struct fleet_totals),
      write_totals,
      read_totals,
      { GAP(fleet_totals, states, hosts), GAP(fleet_totals, wanted_down, wanted_up_hosts) } },
    { "step",
      sizeof(struct explanation),
      write_step,
      read_step,
      { GAP(explanation, rule, verdict),
        GAP(explanation, phrase, before),
        { offsetof(struct explanation, verdict) + 1, offsetof(struct explanation, reason) } } },
    { "detail",
      sizeof(struct snapshot_detail),
      write_detail,
      read_detail,
      { MEMBER(snapshot_detail, slot),
        MEMBER(snapshot_detail, name),
        GAP(snapshot_detail, slot, name),
        GAP(snapshot_detail, pass, step_count),
        MEMBER(snapshot_detail, step_count),
        MEMBER(snapshot_detail, steps),
        MEMBER(snapshot_detail, step_ends),
        BEHIND(snapshot_detail, failure),
        MEMBER(snapshot_detail, order_count),
        { offsetof(struct snapshot_detail, orders[0].is_in_flight) + 1,
          offsetof(struct snapshot_detail, unready_hosts) },
        BEHIND(snapshot_detail, pause.author),
        BEHIND(snapshot_detail, pause.reason),
        BEHIND(snapshot_detail, policy),
        GAP(snapshot_detail, is_target_own, min_hosts),
        BEHIND(snapshot_detail, manual_refusal),
        GAP(snapshot_detail, manual_refusal, objections) } },
};

/* Between the members of a sample. */
static bool is_in_sample_gap(size_t byte)
{
    size_t from = offsetof(struct snapshot_detail, history);
    if (byte < from || byte >= from + SNAPSHOT_HISTORY_LENGTH * sizeof(struct snapshot_sample))
        return false;
    size_t within = (byte - from) % sizeof(struct snapshot_sample);
    return 0 < within && within < offsetof(struct snapshot_sample, busy_servers);
}

static bool is_left_out(const struct kind *kind, size_t byte)
{
    if (kind->write == write_detail &&
        (is_in_sample_gap(byte) || byte >= offsetof(struct snapshot_detail, objections)))
        return true;
    for (size_t i = 0; i < COUNT_OF(kind->left_out); i++)
        if (kind->left_out[i].from <= byte && byte < kind->left_out[i].to)
            return true;
    return false;
}

static cJSON *parse(const struct text *text)
{
    cJSON *item = cJSON_ParseWithLengthOpts(text->data, text->length, NULL, false);
    if (!item)
        fail_msg("no JSON: %.400s", text->data);
    return item;
}

static void pass_through(const struct kind *kind, const void *object, void *ret_object)
{
    static char storage[TEXT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_add_char(&text, '{');
    kind->write(&text, object);
    text_add_char(&text, '}');
    assert_false(text.was_cut);
    cJSON *item = parse(&text);
    if (!kind->read(item, ret_object))
        fail_msg("%s is not read: %.400s", kind->name, storage);
    cJSON_Delete(item);
}

/* With one byte of it set, every object comes back equal. */
static void every_byte_is_carried(void **state)
{
    static _Alignas(16) unsigned char object[OBJECT_SIZE_MAX], back[OBJECT_SIZE_MAX];
    const struct kind *kind = *state;
    assert_true(kind->size <= OBJECT_SIZE_MAX);
    for (size_t byte = 0; byte < kind->size; byte++) {
        if (is_left_out(kind, byte))
            continue;
        memset(object, 0, kind->size);
        if (kind->write == write_detail)
            ((struct snapshot_detail *)(void *)object)->order_count = 1;
        object[byte] = 1;
        pass_through(kind, object, back);
        if (memcmp(object, back, kind->size) != 0)
            fail_msg("byte %zu of struct %s is not carried: is a field missing in "
                     "stream_fields.def?",
                     byte, kind->name);
    }
}

/* --- random objects ---------------------------------------------------------------------------------------------- */

static struct random random_source;

static int64_t any_i64(void)
{
    uint64_t bits = random_next(&random_source);
    return (int64_t)(bits >> random_below(&random_source, 64)) * (bits & 1 ? 1 : -1);
}

static unsigned any_word(enum stream_word kind)
{
    unsigned value;
    do
        value = (unsigned)random_below(&random_source, 128);
    while (value >= stream_word_count(kind));
    return value;
}

static void any_text(char *text, size_t size)
{
    static const char letters[] = "abc \"\\/{}\n\x7f\xc3\xa4";
    size_t length = (size_t)random_below(&random_source, (int64_t)size);
    for (size_t i = 0; i < length; i++)
        text[i] = letters[random_below(&random_source, 11)]; /* only whole characters */
    text[length] = '\0';
}

static void any_numbers(int64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        numbers[i] = random_below(&random_source, 3) ? any_i64() : 0;
}

static void any_reasons(uint8_t *reasons)
{
    size_t count = (size_t)random_below(&random_source, SNAPSHOT_LATER_REASONS_MAX + 1);
    for (size_t i = 0; i < count; i++)
        reasons[i] = (uint8_t)(1 + random_below(&random_source, REASON_COUNT - 1));
}

#define ANY_I32(member) (member) = (int32_t)any_i64();
#define ANY_I64(member) (member) = any_i64();
#define ANY_U32(member) (member) = (uint32_t)any_i64();
#define ANY_U16(member) (member) = (uint16_t)any_i64();
#define ANY_BOOL(member) (member) = random_below(&random_source, 2) != 0;
#define ANY_WALL(member) (member).ms = any_i64();
#define ANY_TEXT(member) any_text(member, sizeof(member));
#define ANY_STATE(member) (member) = (uint8_t)any_word(WORD_STATE);
#define ANY_ACTION(member) (member) = (uint8_t)any_word(WORD_ACTION);
#define ANY_REASON(member) (member) = (uint8_t)any_word(WORD_REASON);
#define ANY_RULE(member) (member) = (enum rule)any_word(WORD_RULE);
#define ANY_VERDICT(member) (member) = (enum verdict)any_word(WORD_VERDICT);
#define ANY_PHRASE(member) (member) = (enum phrase)any_word(WORD_PHRASE);
#define ANY_REASONS(member) any_reasons(member);
#define ANY_NUMBERS(member) any_numbers(member, EXPLANATION_NUMBERS_MAX);
#define ANY_TREND(member)                                                                          \
    for (size_t i = 0; i < SNAPSHOT_TREND_LENGTH; i++)                                             \
        (member)[i] = (uint8_t)any_i64();
#define ANY_STATES(member)                                                                         \
    for (size_t i = 0; i < STATE_COUNT; i++)                                                       \
        (member)[i] = (int32_t)random_below(&random_source, INT32_MAX);

/* For each: static void any_row(value), and so on. */
#define OBJECT(kind, type)                                                                         \
    static void any_##kind(struct type *value)                                                     \
    {
#define FIELD(kind, name, member) ANY_##kind(value->member)
#define OBJECT_END }
#include "engine/control/stream_fields.def"

static void any_detail(struct snapshot_detail *detail)
{
    any_detail_fields(detail);
    detail->order_count = (size_t)random_below(&random_source, SNAPSHOT_ORDERS_MAX + 1);
    for (size_t i = 0; i < detail->order_count; i++)
        any_order(&detail->orders[i]);
    for (size_t i = 0; i < SNAPSHOT_HISTORY_LENGTH; i++)
        any_sample(&detail->history[i]);
}

/* Texts are compared as texts: zeroed memory has nothing behind them. */
#define ROUND_TRIP(kind, type)                                                                     \
    static void any_##kind##_comes_back_equal(void **state)                                        \
    {                                                                                              \
        (void)state;                                                                               \
        random_source = (struct random){ .state = 11 };                                            \
        for (int round = 0; round < RANDOM_ROUNDS; round++) {                                      \
            struct type object, back;                                                              \
            memset(&object, 0, sizeof object);                                                     \
            any_##kind(&object);                                                                   \
            memset(&back, 0, sizeof back);                                                         \
            pass_through(find_kind(#kind), &object, &back);                                        \
            assert_memory_equal(&object, &back, sizeof object);                                    \
        }                                                                                          \
    }

static const struct kind *find_kind(const char *name)
{
    size_t i = 0;
    while (strcmp(kinds[i].name, name) != 0)
        assert_true(++i < COUNT_OF(kinds));
    return &kinds[i];
}

ROUND_TRIP(row, snapshot_row)
ROUND_TRIP(engine, snapshot_engine)
ROUND_TRIP(pass, snapshot_pass)
ROUND_TRIP(totals, fleet_totals)
ROUND_TRIP(step, explanation)
ROUND_TRIP(detail, snapshot_detail)

/* --- what is refused --------------------------------------------------------------------------------------------- */

static const struct refused_row {
    const char *name;
    const char *kind;
    const char *text;
} refused_rows[] = {
    { "a row that is a list", "row", "[]" },
    { "a number that is a word", "row", "{\"hosts\":\"many\"}" },
    { "a fraction", "row", "{\"hosts\":1.5}" },
    { "more hosts than there can be", "row", "{\"hosts\":2147483648}" },
    { "a number beyond all", "row", "{\"read_at\":1e300}" },
    { "digits beyond all", "row", "{\"read_at\":\"99999999999999999999\"}" },
    { "an unknown state", "row", "{\"state\":\"fine\"}" },
    { "a state that is a number", "row", "{\"state\":1}" },
    { "an unknown reason", "row", "{\"reason\":\"mood\"}" },
    { "too many reasons", "row", "{\"later_reasons\":[\"paused\",\"paused\",\"paused\"]}" },
    { "a short trend", "row", "{\"trend\":\"ff\"}" },
    { "a trend of other digits", "row", "{\"trend\":\"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\"}" },
    { "a flag that is a number", "row", "{\"paused\":1}" },
    { "a negative policy", "row", "{\"policy\":-1}" },
    { "an unknown phrase", "step", "{\"phrase\":\"HUM\"}" },
    { "too many numbers", "step", "{\"numbers\":[1,2,3,4,5,6,7,8,9]}" },
    { "an unknown state in the totals", "totals", "{\"states\":{\"fine\":1}}" },
    { "a short history", "detail", "{\"history\":[{}]}" },
    { "orders that are no list", "detail", "{\"orders\":{}}" },
    { "too many orders", "detail", "{\"orders\":[{},{},{},{},{},{},{},{},{}]}" },
    { "an order that is no object", "detail", "{\"orders\":[1]}" },
};

static void object_is_refused(void **state)
{
    static unsigned char back[OBJECT_SIZE_MAX];
    const struct refused_row *row = *state;
    cJSON *item = cJSON_Parse(row->text);
    assert_non_null(item);
    assert_false(find_kind(row->kind)->read(item, back));
    cJSON_Delete(item);
}

static void what_is_too_long_for_its_field_is_refused(void **state)
{
    (void)state;
    struct snapshot_engine engine;
    char text[SNAPSHOT_TEXT_SIZE + 64];
    snprintf(text, sizeof text, "{\"failure\":\"%0*d\"}", SNAPSHOT_TEXT_SIZE, 0);
    cJSON *item = cJSON_Parse(text);
    assert_false(stream_read_engine(item, &engine));
    cJSON_Delete(item);
}

static void a_later_engine_may_have_more_members(void **state)
{
    (void)state;
    struct snapshot_row row;
    cJSON *item = cJSON_Parse("{\"hosts\":3,\"mood\":{\"good\":true}}");
    assert_true(stream_read_row(item, &row));
    assert_int_equal(row.hosts, 3);
    assert_int_equal(row.free_servers, 0);
    cJSON_Delete(item);
}

static void every_word_has_its_value(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < STREAM_WORD_KINDS; kind++)
        for (unsigned value = 0; value < stream_word_count((enum stream_word)kind); value++) {
            unsigned found = UINT32_MAX;
            const char *word = stream_word((enum stream_word)kind, value);
            assert_true(stream_word_find((enum stream_word)kind, word, &found));
            assert_int_equal(found, value);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_row_comes_back_equal),
        cmocka_unit_test(any_engine_comes_back_equal),
        cmocka_unit_test(any_pass_comes_back_equal),
        cmocka_unit_test(any_totals_comes_back_equal),
        cmocka_unit_test(any_step_comes_back_equal),
        cmocka_unit_test(any_detail_comes_back_equal),
        cmocka_unit_test(what_is_too_long_for_its_field_is_refused),
        cmocka_unit_test(a_later_engine_may_have_more_members),
        cmocka_unit_test(every_word_has_its_value),
    };
    struct CMUnitTest bytes[COUNT_OF(kinds)];
    struct CMUnitTest refused[COUNT_OF(refused_rows)];
    TESTS_FROM_ROWS(bytes, kinds, every_byte_is_carried);
    TESTS_FROM_ROWS(refused, refused_rows, object_is_refused);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    failed += cmocka_run_group_tests(bytes, NULL, NULL);
    return failed + cmocka_run_group_tests(refused, NULL, NULL);
}
