#include "tui/list/filter_number.h"

#include "engine/base/arith.h"
#include "engine/base/duration.h"
#include "engine/base/text.h"

#include <string.h>

#define WORD_SHOWN_SIZE 80
#define VALUE_SIZE 64
#define SHARE_PLACES 7 /* from percent to parts per billion */
#define HOURS_A_DAY 24
#define KILO 1000

enum unit { UNIT_NUMBER, UNIT_SHARE, UNIT_TIME };

static enum unit unit_of(const struct column_row *field)
{
    if (field->since)
        return UNIT_TIME;
    return field->places > 0 ? UNIT_SHARE : UNIT_NUMBER;
}

static struct filter_operand operand_of(const struct column_row *field)
{
    bool is_since = field->since != NULL;
    return (struct filter_operand){ .metric = is_since ? field->since : field->metric,
                                    .is_since = is_since };
}

/* --- values ---------------------------------------------------------------------------------------------------- */

/* The word without its last character when that is this one. False: it is not, or the rest has no room. */
static bool cut_suffix(const char *word, char suffix, char ret_rest[VALUE_SIZE])
{
    size_t length = strlen(word);
    if (length < 2 || length >= VALUE_SIZE || word[length - 1] != suffix)
        return false;
    memcpy(ret_rest, word, length - 1);
    ret_rest[length - 1] = '\0';
    return true;
}

static bool parse_count(const char *word, int64_t *ret_value)
{
    char rest[VALUE_SIZE];
    int64_t thousands;
    if (!cut_suffix(word, 'k', rest))
        return integer_parse(word, strlen(word), ret_value);
    return integer_parse(rest, strlen(rest), &thousands) &&
           !__builtin_mul_overflow(thousands, KILO, ret_value);
}

static bool parse_share(const char *word, unsigned places, int64_t *ret_ppb)
{
    char rest[VALUE_SIZE];
    bool is_negative = *word == '-';
    const char *digits = cut_suffix(word, '%', rest) ? rest : word;
    digits += is_negative || *word == '+';
    int64_t ppb;
    if (!decimal_parse(digits, strlen(digits), places, &ppb))
        return false;
    *ret_ppb = is_negative ? -ppb : ppb;
    return true;
}

static bool parse_time(const char *word, int64_t *ret_ms)
{
    char hours[VALUE_SIZE];
    int64_t ms;
    if (!cut_suffix(word, 'd', hours))
        return duration_parse(word, ret_ms);
    memcpy(hours + strlen(hours), "h", sizeof "h"); /* in the place of the suffix */
    if (!duration_parse(hours, &ms))
        return false;
    *ret_ms = ms * HOURS_A_DAY;
    return true;
}

static bool parse_value(const struct column_row *field, const char *word, int64_t *ret_value)
{
    switch (unit_of(field)) {
    case UNIT_NUMBER:
        return parse_count(word, ret_value);
    case UNIT_SHARE:
        return parse_share(word, field->places, ret_value);
    case UNIT_TIME:
        return parse_time(word, ret_value);
    }
    return false;
}

/* --- sentences ------------------------------------------------------------------------------------------------- */

static const char *name_of_unit(enum unit unit)
{
    switch (unit) {
    case UNIT_NUMBER:
        return "a whole number";
    case UNIT_SHARE:
        return "a share";
    case UNIT_TIME:
        return "a time";
    }
    return "";
}

static int refuse_value(const struct column_row *field, const char *sign, const char *word,
                        enum filter_fault_id *fault, struct error *err)
{
    static const char *const needed[] = { [UNIT_NUMBER] = "a whole number",
                                          [UNIT_SHARE] = "a number",
                                          [UNIT_TIME] = "a time such as 90s or 2m" };
    char storage[WORD_SHOWN_SIZE];
    struct text shown;
    text_init(&shown, storage, sizeof storage);
    text_add_escaped(&shown, word, strlen(word));
    *fault = field->since ? FILTER_FAULT_TIME : FILTER_FAULT_NUMBER;
    return error_set(err, ERR_BAD_VALUE, "'%s%s' needs %s behind it, not '%s'", field->filter, sign,
                     needed[unit_of(field)], storage);
}

static int refuse_units(const struct column_row *field, const struct column_row *other,
                        enum filter_fault_id *fault, struct error *err)
{
    *fault = FILTER_FAULT_UNITS;
    if (other->words || !other->metric)
        return error_set(err, ERR_BAD_VALUE, "'%s' is %s, '%s' is a word", field->filter,
                         name_of_unit(unit_of(field)), other->filter);
    return error_set(err, ERR_BAD_VALUE, "'%s' is %s, '%s' is %s", field->filter,
                     name_of_unit(unit_of(field)), other->filter, name_of_unit(unit_of(other)));
}

/* --- compiling ------------------------------------------------------------------------------------------------- */

/* A number that has a share becomes it beside a share. */
static int compile_fields(const struct column_row *field, const struct column_row *other,
                          struct filter_number *number, enum filter_fault_id *fault,
                          struct error *err)
{
    bool is_other_number = other->metric && !other->words;
    enum unit unit = unit_of(field);
    if (is_other_number && unit == UNIT_NUMBER && unit_of(other) == UNIT_SHARE && field->share)
        number->left.metric = field->share;
    else if (is_other_number && unit == UNIT_SHARE && other->share)
        number->right.metric = other->share;
    else if (!is_other_number || unit != unit_of(other))
        return refuse_units(field, other, fault, err);
    return 0;
}

static bool compile_percentage(const struct column_row *field, const char *word,
                               struct filter_number *number)
{
    if (!field->share || !strchr(word, '%') ||
        !parse_share(word, SHARE_PLACES, &number->right.value))
        return false;
    number->left.metric = field->share;
    return true;
}

int filter_number_compile(const struct column_row *field, enum comparison comparison,
                          const char *sign, const char *word, struct filter_number *ret_number,
                          enum filter_fault_id *ret_fault, struct error *err)
{
    *ret_fault = FILTER_FAULT_SIGN;
    if (comparison == COMPARE_BEGINS)
        return error_set(err, ERR_BAD_VALUE, "'%s' is a number: compare it with < <= = != >= >",
                         field->filter);
    const struct column_row *other = columns_find_filter(word);
    *ret_number = (struct filter_number){ .left = operand_of(field), .comparison = comparison };
    if (other) {
        ret_number->right = operand_of(other);
        return compile_fields(field, other, ret_number, ret_fault, err);
    }
    if (compile_percentage(field, word, ret_number) ||
        parse_value(field, word, &ret_number->right.value))
        return 0;
    return refuse_value(field, sign, word, ret_fault, err);
}

/* --- matching -------------------------------------------------------------------------------------------------- */

static bool value_of(const struct filter_operand *operand, const struct snapshot_row *row,
                     struct wall now, int64_t *ret_value)
{
    int64_t value = operand->value;
    if (operand->metric && !operand->metric(row, &value))
        return false;
    *ret_value = operand->is_since ? now.ms - value : value;
    return true;
}

bool filter_number_matches(const struct filter_number *number, const struct snapshot_row *row,
                           struct wall now)
{
    int64_t left;
    int64_t right;
    if (!value_of(&number->left, row, now, &left) || !value_of(&number->right, row, now, &right))
        return false;
    switch (number->comparison) {
    case COMPARE_LESS:
        return left < right;
    case COMPARE_AT_MOST:
        return left <= right;
    case COMPARE_EQUAL:
        return left == right;
    case COMPARE_UNEQUAL:
        return left != right;
    case COMPARE_AT_LEAST:
        return left >= right;
    case COMPARE_MORE:
        return left > right;
    case COMPARE_BEGINS:
        break;
    }
    return false;
}
