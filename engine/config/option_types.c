#include "engine/config/option_types.h"

#include "engine/base/arith.h"
#include "engine/base/duration.h"
#include "engine/config/endpoint.h"
#include "engine/config/pattern.h"
#include "engine/config/secret.h"

#include <string.h>

#define PERCENT_PLACES 7 /* of a percentage: down to one part per billion */
#define SPEED_PLACES 3

/* --- texts ------------------------------------------------------------------------------------ */

static bool is_clean_text(const char *text, size_t length)
{
    while (length > 0) {
        uint32_t code_point;
        size_t size = utf8_decode(text, length, &code_point);
        if (size == 0 || code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0))
            return false;
        text += size;
        length -= size;
    }
    return true;
}

static bool parse_text(const struct option_row *row, const char *text,
                       struct option_value *ret_value)
{
    size_t length = strlen(text);
    if ((int64_t)length < row->min || (int64_t)length > row->max || !is_clean_text(text, length))
        return false;
    *ret_value = (struct option_value){ .text = text, .length = length };
    return true;
}

static void expect_text(const struct option_row *row, struct text *text)
{
    text_addf(text, "%lld to %lld bytes of UTF-8 without control characters", (long long)row->min,
              (long long)row->max);
}

static void add_text(const struct option_row *row, const struct option_value *value,
                     struct text *text)
{
    (void)row;
    text_add_bytes(text, value->text, value->length);
}

static void expect_keys(const struct option_row *row, struct text *text)
{
    (void)row;
    text_add(text, "a mapping of commands to keys");
}

static void expect_notify(const struct option_row *row, struct text *text)
{
    (void)row;
    text_add(text, "a list of mappings with 'events'");
}

/* Requests append "/discover": slashes at the end of the base are removed, else they would double. */
static bool parse_url(const struct option_row *row, const char *text,
                      struct option_value *ret_value)
{
    if (!parse_text(row, text, ret_value))
        return false;
    while (text[ret_value->length - 1] == '/')
        ret_value->length--;
    return true;
}

static bool parse_listen(const struct option_row *row, const char *text,
                         struct option_value *ret_value)
{
    (void)row;
    *ret_value = (struct option_value){ .text = text, .length = strlen(text) };
    return endpoint_is_listen(text);
}

static void expect_listen(const struct option_row *row, struct text *text)
{
    (void)row;
    text_add(text, "a numeric ADDRESS:PORT such as 127.0.0.1:8000 or [::1]:8000");
}

/* --- booleans and numbers -------------------------------------------------------------------------- */

static bool parse_bool(const struct option_row *row, const char *text,
                       struct option_value *ret_value)
{
    (void)row;
    bool is_true = strcmp(text, "true") == 0;
    *ret_value = (struct option_value){ .number = is_true };
    return is_true || strcmp(text, "false") == 0;
}

static void expect_bool(const struct option_row *row, struct text *text)
{
    (void)row;
    text_add(text, "true or false");
}

static void add_bool(const struct option_row *row, const struct option_value *value,
                     struct text *text)
{
    (void)row;
    text_add(text, value->number ? "true" : "false");
}

static bool parse_whole(const struct option_row *row, const char *text,
                        struct option_value *ret_value)
{
    int64_t number;
    if (!integer_parse(text, strlen(text), &number) || number < row->min || number > row->max)
        return false;
    *ret_value = (struct option_value){ .number = number };
    return true;
}

static void expect_whole(const struct option_row *row, struct text *text)
{
    text_addf(text, "a whole number from %lld to %lld", (long long)row->min, (long long)row->max);
}

static void add_whole(const struct option_row *row, const struct option_value *value,
                      struct text *text)
{
    (void)row;
    text_addf(text, "%lld", (long long)value->number);
}

/* --- durations ---------------------------------------------------------------------------------- */

static bool parse_duration(const struct option_row *row, const char *text,
                           struct option_value *ret_value)
{
    int64_t ms;
    if (!duration_parse(text, &ms) || ms < row->min || ms > row->max)
        return false;
    *ret_value = (struct option_value){ .number = ms };
    return true;
}

static void expect_duration(const struct option_row *row, struct text *text)
{
    text_add(text, "a duration from ");
    text_add_duration(text, row->min);
    text_add(text, " to ");
    text_add_duration(text, row->max);
}

static void add_duration(const struct option_row *row, const struct option_value *value,
                         struct text *text)
{
    (void)row;
    text_add_duration(text, value->number);
}

/* --- sizes ------------------------------------------------------------------------------------------ */

/* Largest first: add_size takes the first that divides the value. */
static const struct size_unit {
    const char *name;
    int64_t bytes;
} size_units[] = {
    { "TiB", (int64_t)1 << 40 },
    { "GiB", (int64_t)1 << 30 },
    { "MiB", (int64_t)1 << 20 },
    { "KiB", (int64_t)1 << 10 },
};
#define SIZE_UNIT_COUNT (sizeof size_units / sizeof size_units[0])

static bool parse_size(const struct option_row *row, const char *text,
                       struct option_value *ret_value)
{
    size_t digits = strspn(text, "0123456789");
    int64_t number = 0;
    int64_t bytes = -1;
    for (size_t i = 0; i < SIZE_UNIT_COUNT; i++)
        if (strcmp(text + digits, size_units[i].name) == 0 &&
            integer_parse(text, digits, &number) &&
            __builtin_mul_overflow(number, size_units[i].bytes, &bytes))
            bytes = -1;
    *ret_value = (struct option_value){ .number = bytes };
    return bytes >= row->min && bytes <= row->max;
}

static void add_bytes(struct text *text, int64_t bytes)
{
    size_t i = 0;
    while (i + 1 < SIZE_UNIT_COUNT && bytes % size_units[i].bytes != 0)
        i++;
    text_addf(text, "%lld%s", (long long)(bytes / size_units[i].bytes), size_units[i].name);
}

static void expect_size(const struct option_row *row, struct text *text)
{
    text_add(text, "a size from ");
    add_bytes(text, row->min);
    text_add(text, " to ");
    add_bytes(text, row->max);
}

static void add_size(const struct option_row *row, const struct option_value *value,
                     struct text *text)
{
    (void)row;
    add_bytes(text, value->number);
}

/* --- decimals and shares ------------------------------------------------------------------------ */

/* decimal_parse rounds; here a value that cannot be stored exactly is refused. */
static bool parse_exact(const char *text, size_t length, unsigned places, int64_t *ret_value)
{
    const char *point = memchr(text, '.', length);
    if (point && (size_t)(text + length - point) > (size_t)places + 1)
        return false;
    return decimal_parse(text, length, places, ret_value);
}

static bool parse_percent(const struct option_row *row, const char *text, size_t length,
                          struct option_value *ret_value)
{
    int64_t ppb;
    if (!parse_exact(text, length, PERCENT_PLACES, &ppb) || ppb < row->min || ppb > row->max)
        return false;
    *ret_value = (struct option_value){ .number = ppb };
    return true;
}

static bool parse_share(const struct option_row *row, const char *text,
                        struct option_value *ret_value)
{
    size_t length = strlen(text);
    return length > 0 && text[length - 1] == '%' && parse_percent(row, text, length - 1, ret_value);
}

static void expect_share(const struct option_row *row, struct text *text)
{
    text_add(text, "a percentage from ");
    text_add_percent(text, row->min);
    text_add(text, "% to ");
    text_add_percent(text, row->max);
    text_add(text, "%");
}

static void add_share(const struct option_row *row, const struct option_value *value,
                      struct text *text)
{
    (void)row;
    text_add_percent(text, value->number);
    text_add_char(text, '%');
}

static bool parse_pct(const struct option_row *row, const char *text,
                      struct option_value *ret_value)
{
    return parse_percent(row, text, strlen(text), ret_value);
}

static void expect_pct(const struct option_row *row, struct text *text)
{
    (void)row;
    text_add(text, "a number of percent from 0 to less than 100");
}

static void add_pct(const struct option_row *row, const struct option_value *value,
                    struct text *text)
{
    (void)row;
    text_add_percent(text, value->number);
}

static int64_t share_max(const struct option_row *row)
{
    return row->share_max > 0 ? row->share_max : SHARE_WHOLE;
}

static bool parse_step(const struct option_row *row, const char *text,
                       struct option_value *ret_value)
{
    size_t length = strlen(text);
    int64_t ppb;
    if (length == 0 || text[length - 1] != '%') {
        bool is_good = parse_whole(row, text, ret_value);
        ret_value->step = STEP_HOSTS;
        return is_good;
    }
    if (!parse_exact(text, length - 1, PERCENT_PLACES, &ppb) || ppb > share_max(row))
        return false;
    *ret_value = (struct option_value){ .number = ppb, .step = STEP_SHARE };
    return true;
}

static void expect_step(const struct option_row *row, struct text *text)
{
    text_addf(text, "%lld to %lld hosts, a percentage up to ", (long long)row->min,
              (long long)row->max);
    text_add_percent(text, share_max(row));
    text_add_char(text, '%');
}

static void add_step(const struct option_row *row, const struct option_value *value,
                     struct text *text)
{
    if (value->step == STEP_SHARE)
        add_share(row, value, text);
    else
        add_whole(row, value, text);
}

/* A percentage has seven decimals, a speed has three. */
static void add_millis(struct text *text, int64_t millis)
{
    text_add_percent(text, millis * (SHARE_PERCENT / 1000));
}

static bool parse_speed(const struct option_row *row, const char *text,
                        struct option_value *ret_value)
{
    int64_t millis;
    if (!parse_exact(text, strlen(text), SPEED_PLACES, &millis) || millis < row->min ||
        millis > row->max)
        return false;
    *ret_value = (struct option_value){ .number = millis };
    return true;
}

static void expect_speed(const struct option_row *row, struct text *text)
{
    text_add(text, "a number from ");
    add_millis(text, row->min);
    text_add(text, " to ");
    add_millis(text, row->max);
    text_addf(text, " with at most %d decimals", SPEED_PLACES);
}

static void add_speed(const struct option_row *row, const struct option_value *value,
                      struct text *text)
{
    (void)row;
    add_millis(text, value->number);
}

/* clang-format off */
static const struct type_row type_rows[TYPE_COUNT] = {
    /*                 held            bare   parse           check                 expect           add */
    [TYPE_TEXT]     = { HELD_TEXT,      false, parse_text,     NULL,                 expect_text,     add_text },
    [TYPE_FILE]     = { HELD_TEXT,      false, parse_text,     NULL,                 expect_text,     add_text },
    [TYPE_PATTERN]  = { HELD_ELSEWHERE, false, parse_text,     pattern_check,             expect_text,     add_text },
    [TYPE_URL]      = { HELD_TEXT,      false, parse_url,      endpoint_check_url,   expect_text,     add_text },
    [TYPE_PROXY]    = { HELD_TEXT,      false, parse_url,      endpoint_check_proxy, expect_text,     add_text },
    [TYPE_LISTEN]   = { HELD_TEXT,      false, parse_listen,   NULL,                 expect_listen,   add_text },
    [TYPE_ADDRESS]  = { HELD_TEXT,      false, parse_listen,   NULL,                 expect_listen,   add_text },
    [TYPE_GLOB]     = { HELD_TEXT,      false, parse_text,     pattern_check,        expect_text,     add_text },
    [TYPE_TRACES]   = { HELD_ELSEWHERE, false, parse_text,     NULL,                 expect_text,     NULL },
    [TYPE_KEYS]     = { HELD_ELSEWHERE, false, parse_text,     NULL,                 expect_keys,     NULL },
    [TYPE_NOTIFY]   = { HELD_ELSEWHERE, false, parse_text,     NULL,                 expect_notify,   NULL },
    [TYPE_GROUPS]   = { HELD_TEXT,      false, parse_text,     NULL,                 expect_text,     add_text },
    [TYPE_SUBJECT]  = { HELD_TEXT,      false, parse_text,     NULL,                 expect_text,     add_text },
    [TYPE_SECRET]   = { HELD_TEXT,      false, parse_text,     secret_check,         expect_text,     NULL },
    [TYPE_BOOL]     = { HELD_BOOL,      true,  parse_bool,     NULL,                 expect_bool,     add_bool },
    [TYPE_NUMBER]   = { HELD_I32,       true,  parse_whole,    NULL,                 expect_whole,    add_whole },
    [TYPE_SEED]     = { HELD_I64,       true,  parse_whole,    NULL,                 expect_whole,    add_whole },
    [TYPE_DURATION] = { HELD_I64,       false, parse_duration, NULL,                 expect_duration, add_duration },
    [TYPE_SIZE]     = { HELD_I64,       false, parse_size,     NULL,                 expect_size,     add_size },
    [TYPE_STEP]     = { HELD_STEP,      false, parse_step,     NULL,                 expect_step,     add_step },
    [TYPE_PERCENT]  = { HELD_I32,       true,  parse_pct,      NULL,                 expect_pct,      add_pct },
    [TYPE_SHARE]    = { HELD_I32,       false, parse_share,    NULL,                 expect_share,    add_share },
    [TYPE_SPEED]    = { HELD_I32,       false, parse_speed,    NULL,                 expect_speed,    add_speed },
    [TYPE_CHOICE]   = { HELD_I32,       false, NULL,           NULL,                 NULL,            NULL },
    [TYPE_WORD]     = { HELD_WORD,      false, NULL,           NULL,                 NULL,            add_text },
    [TYPE_MODE]     = { HELD_I32,       false, NULL,           NULL,                 NULL,            add_whole },
    [TYPE_DEMO]     = { HELD_BOOL,      false, NULL,           NULL,                 NULL,            add_bool },
    [TYPE_SET]      = { HELD_ELSEWHERE, false, NULL,           NULL,                 NULL,            NULL },
};
/* clang-format on */

const struct type_row *type_row(enum option_type type)
{
    return &type_rows[type];
}
