#include "engine/control/stream_codec.h"
#include "engine/control/stream_words.h"

#include <string.h>

#define EXACT_MAX ((int64_t)1 << 53)

bool stream_read_integer(const cJSON *item, int64_t min, int64_t max, int64_t *ret_value)
{
    int64_t value;
    if (cJSON_IsString(item)) {
        if (!integer_parse(item->valuestring, strlen(item->valuestring), &value))
            return false;
    } else {
        double number = cJSON_IsNumber(item) ? item->valuedouble : 0.5;
        if (!(number >= -(double)EXACT_MAX && number <= (double)EXACT_MAX))
            return false;
        value = (int64_t)number;
        if (number < (double)value || number > (double)value)
            return false;
    }
    if (value < min || value > max)
        return false;
    *ret_value = value;
    return true;
}

/* --- the kinds of the table ------------------------------------------------------------------------------------- */

static bool read_text(const cJSON *item, char *ret_text, size_t size)
{
    if (!cJSON_IsString(item) || strlen(item->valuestring) >= size)
        return false;
    memcpy(ret_text, item->valuestring, strlen(item->valuestring) + 1);
    return true;
}

static bool read_word(const cJSON *item, enum stream_word kind, unsigned *ret_value)
{
    return cJSON_IsString(item) && stream_word_find(kind, item->valuestring, ret_value);
}

static bool read_reasons(const cJSON *item, uint8_t *ret_reasons)
{
    size_t count = 0;
    unsigned reason;
    if (!cJSON_IsArray(item))
        return false;
    for (const cJSON *word = item->child; word; word = word->next) {
        if (count == SNAPSHOT_LATER_REASONS_MAX || !read_word(word, WORD_REASON, &reason))
            return false;
        ret_reasons[count++] = (uint8_t)reason;
    }
    return true;
}

static bool read_array(const cJSON *item, int64_t *ret_numbers, size_t room)
{
    size_t count = 0;
    if (!cJSON_IsArray(item))
        return false;
    for (const cJSON *number = item->child; number; number = number->next, count++)
        if (count == room ||
            !stream_read_integer(number, INT64_MIN, INT64_MAX, &ret_numbers[count]))
            return false;
    return true;
}

static bool read_digit(char digit, unsigned *value)
{
    unsigned number = 0;
    if ('0' <= digit && digit <= '9')
        number = (unsigned)(digit - '0');
    else if ('a' <= digit && digit <= 'f')
        number = (unsigned)(digit - 'a') + 10;
    else
        return false;
    *value = *value * 16 + number;
    return true;
}

static bool read_trend(const cJSON *item, uint8_t *ret_trend)
{
    if (!cJSON_IsString(item) || strlen(item->valuestring) != (size_t)2 * SNAPSHOT_TREND_LENGTH)
        return false;
    for (size_t i = 0; i < SNAPSHOT_TREND_LENGTH; i++) {
        unsigned value = 0;
        if (!read_digit(item->valuestring[2 * i], &value) ||
            !read_digit(item->valuestring[2 * i + 1], &value))
            return false;
        ret_trend[i] = (uint8_t)value;
    }
    return true;
}

static bool read_states(const cJSON *item, int32_t *ret_states)
{
    unsigned state;
    int64_t count;
    if (!cJSON_IsObject(item))
        return false;
    for (const cJSON *member = item->child; member; member = member->next) {
        if (!stream_word_find(WORD_STATE, member->string, &state) ||
            !stream_read_integer(member, 0, INT32_MAX, &count))
            return false;
        ret_states[state] = (int32_t)count;
    }
    return true;
}

/* Each returns from its function when the item has this name. */
#define TAKE(name, condition, assignment)                                                          \
    if (strcmp(item->string, name) == 0) {                                                         \
        if (!(condition))                                                                          \
            return false;                                                                          \
        assignment;                                                                                \
        return true;                                                                               \
    }
#define TAKE_NUMBER(name, min, max, assignment)                                                    \
    {                                                                                              \
        int64_t number;                                                                            \
        TAKE(name, stream_read_integer(item, min, max, &number), assignment)                       \
    }
#define TAKE_WORD(name, kind, assignment)                                                          \
    {                                                                                              \
        unsigned word;                                                                             \
        TAKE(name, read_word(item, kind, &word), assignment)                                       \
    }

#define READ_I32(name, member) TAKE_NUMBER(name, INT32_MIN, INT32_MAX, (member) = (int32_t)number)
#define READ_I64(name, member) TAKE_NUMBER(name, INT64_MIN, INT64_MAX, (member) = number)
#define READ_U32(name, member) TAKE_NUMBER(name, 0, UINT32_MAX, (member) = (uint32_t)number)
#define READ_U16(name, member) TAKE_NUMBER(name, 0, UINT16_MAX, (member) = (uint16_t)number)
#define READ_WALL(name, member) TAKE_NUMBER(name, INT64_MIN, INT64_MAX, (member).ms = number)
#define READ_BOOL(name, member) TAKE(name, cJSON_IsBool(item), (member) = cJSON_IsTrue(item))
#define READ_STATE(name, member) TAKE_WORD(name, WORD_STATE, (member) = (uint8_t)word)
#define READ_ACTION(name, member) TAKE_WORD(name, WORD_ACTION, (member) = (uint8_t)word)
#define READ_REASON(name, member) TAKE_WORD(name, WORD_REASON, (member) = (uint8_t)word)
#define READ_RULE(name, member) TAKE_WORD(name, WORD_RULE, (member) = (enum rule)word)
#define READ_VERDICT(name, member) TAKE_WORD(name, WORD_VERDICT, (member) = (enum verdict)word)
#define READ_PHRASE(name, member) TAKE_WORD(name, WORD_PHRASE, (member) = (enum phrase)word)
#define READ_TEXT(name, member) TAKE(name, read_text(item, member, sizeof(member)), (void)0)
#define READ_REASONS(name, member) TAKE(name, read_reasons(item, member), (void)0)
#define READ_TREND(name, member) TAKE(name, read_trend(item, member), (void)0)
#define READ_STATES(name, member) TAKE(name, read_states(item, member), (void)0)
#define READ_NUMBERS(name, member)                                                                 \
    TAKE(name, read_array(item, member, EXPLANATION_NUMBERS_MAX), (void)0)

/* --- the objects ------------------------------------------------------------------------------------------------ */

/* For each, whether an item that its table names is one of it: static bool take_row(item, value), and so on. */
#define OBJECT(kind, type)                                                                         \
    static bool take_##kind(const cJSON *item, struct type *value)                                 \
    {
#define FIELD(kind, name, member) READ_##kind(name, value->member)
#define OBJECT_END                                                                                 \
    return true;                                                                                   \
    }
#include "engine/control/stream_fields.def"

/* Takes every member of the object. */
#define TAKE_MEMBERS(take, object, ret_value)                                                      \
    for (const cJSON *member = (object)->child; member; member = member->next)                     \
        if (!take(member, ret_value))                                                              \
            return false;

#define DEFINE_READ(kind, type)                                                                    \
    bool stream_read_##kind(const cJSON *object, struct type *ret_##kind)                          \
    {                                                                                              \
        *ret_##kind = (struct type){ 0 };                                                          \
        if (!cJSON_IsObject(object))                                                               \
            return false;                                                                          \
        TAKE_MEMBERS(take_##kind, object, ret_##kind)                                              \
        return true;                                                                               \
    }

DEFINE_READ(row, snapshot_row)
DEFINE_READ(engine, snapshot_engine)
DEFINE_READ(pass, snapshot_pass)
DEFINE_READ(totals, fleet_totals)
DEFINE_READ(step, explanation)

static bool read_orders(const cJSON *array, struct snapshot_detail *detail)
{
    if (!cJSON_IsArray(array))
        return false;
    for (const cJSON *object = array->child; object; object = object->next) {
        if (!cJSON_IsObject(object) || detail->order_count == SNAPSHOT_ORDERS_MAX)
            return false;
        TAKE_MEMBERS(take_order, object, &detail->orders[detail->order_count])
        detail->order_count++;
    }
    return true;
}

static bool read_history(const cJSON *array, struct snapshot_detail *detail)
{
    size_t count = 0;
    if (!cJSON_IsArray(array))
        return false;
    for (const cJSON *object = array->child; object; object = object->next) {
        if (!cJSON_IsObject(object) || count == SNAPSHOT_HISTORY_LENGTH)
            return false;
        TAKE_MEMBERS(take_sample, object, &detail->history[count])
        count++;
    }
    return count == SNAPSHOT_HISTORY_LENGTH;
}

static bool take_detail(const cJSON *item, struct snapshot_detail *detail)
{
    if (strcmp(item->string, "orders") == 0)
        return read_orders(item, detail);
    if (strcmp(item->string, "history") == 0)
        return read_history(item, detail);
    return take_detail_fields(item, detail);
}

DEFINE_READ(detail, snapshot_detail)
