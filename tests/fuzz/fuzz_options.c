/*
 * The text of an option; the first byte selects the option. An accepted value is in range, and written again it is read
 * as the same. An error is one printable line without any secret, and without a URL that may contain one.
 */
#include "tests/fuzz/oracle.h"
#include "tests/fuzz/supply.h"
#include "tests/fuzz/target.h"

#include "engine/base/arith.h"
#include "engine/config/endpoint.h"
#include "engine/config/options.h"
#include "engine/config/secret.h"

#define WRITTEN_SIZE 16384

/* The member of any type. */
union member {
    char *text;
    const char *word;
    bool is_on;
    int32_t narrow;
    int64_t wide;
    struct step_limit step;
};

static bool is_parsed(const struct option_row *row)
{
    return row->type != TYPE_MODE && row->type != TYPE_DEMO && row->type != TYPE_SET;
}

static void check_text(const struct option_row *row, const struct option_value *value)
{
    must(value->length > 0);
    must(oracle_is_utf8(value->text, value->length));
    must(row->type == TYPE_LISTEN || row->type == TYPE_ADDRESS ||
         (int64_t)value->length <= row->max);
    if (row->type == TYPE_URL || row->type == TYPE_PROXY)
        must(value->text[value->length - 1] != '/');
}

static bool is_word(const struct option_row *row, const struct option_value *value)
{
    for (const struct option_word *word = row->words; word && word->text; word++)
        if (value->text == word->text && value->number == word->value)
            return true;
    return false;
}

static void check_number(const struct option_row *row, const struct option_value *value)
{
    if (row->type == TYPE_BOOL)
        must(value->number == 0 || value->number == 1);
    else if (value->step == STEP_SHARE)
        must(value->number >= 0 &&
             value->number <= (row->share_max ? row->share_max : SHARE_WHOLE));
    else
        must(value->number >= row->min && value->number <= row->max);
}

static void check_url(const struct option_value *value)
{
    struct endpoint endpoint;
    struct error err;
    char url[4096];
    must(value->length < sizeof url);
    memcpy(url, value->text, value->length);
    url[value->length] = '\0';
    int r = endpoint_examine(url, &endpoint, &err);
    must(r == 0);
    must(!strpbrk(url, "@?# "));
}

static void check_written_again(const struct option_row *row, const struct option_value *value)
{
    char *storage = malloc(WRITTEN_SIZE);
    struct text text;
    struct option_value read;
    struct error err;
    union member member = { 0 };
    union member again = { 0 };
    must(storage);
    text_init(&text, storage, WRITTEN_SIZE);
    int r = option_store(row, &member, value);
    must(r == 0);
    option_add(row, &member, &text);
    must(!text.was_cut);
    r = option_parse(row, storage, &read, &err);
    must(r == 0);
    r = option_store(row, &again, &read);
    must(r == 0);
    must(option_is_equal(row, &member, &again));
    if (option_is_text(row)) {
        secret_free(member.text);
        secret_free(again.text);
    }
    free(storage);
}

static void check_accepted(const struct option_row *row, const struct option_value *value)
{
    bool is_kept_here = row->type != TYPE_SECRET && row->type != TYPE_PATTERN &&
                        row->type != TYPE_TRACES && row->type != TYPE_KEYS &&
                        row->type != TYPE_NOTIFY;
    bool is_without_type = row->type == TYPE_CHOICE || row->type == TYPE_WORD;
    if (is_word(row, value))
        must(value->length == strlen(value->text));
    else if (value->text)
        check_text(row, value);
    else
        check_number(row, value);
    must(!is_without_type || is_word(row, value));
    if (row->type == TYPE_URL)
        check_url(value);
    if (is_kept_here)
        check_written_again(row, value);
}

static void check_refused(const struct option_row *row, const char *text, const struct error *err)
{
    bool is_secret = row->type == TYPE_SECRET ||
                     ((row->type == TYPE_URL || row->type == TYPE_PROXY) && strchr(text, '@'));
    must(!is_secret || !strstr(err->msg, "found"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct supply supply = { data, size };
    const struct option_row *row =
        option_at((size_t)supply_below(&supply, (int32_t)option_count()));
    if (!is_parsed(row))
        return -1;
    char *text = supply_text(&supply);
    struct option_value value = { 0 };
    struct error err;
    int r = option_parse(row, text, &value, &err);
    if (r < 0) {
        oracle_check_error(&err, r);
        check_refused(row, text, &err);
    } else {
        check_accepted(row, &value);
    }
    free(text);
    return 0;
}
