#include "engine/config/options.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/quote.h"
#include "engine/base/suggest.h"
#include "engine/config/option_types.h"
#include "engine/config/secret.h"

#include <errno.h>
#include <string.h>

/* A row whose type does not match its member does not compile. Enums are unsigned here. */
#define C_TYPE_TEXT char *
#define C_TYPE_FILE char *
#define C_TYPE_PATTERN struct policy_rule *
#define C_TYPE_URL char *
#define C_TYPE_PROXY char *
#define C_TYPE_LISTEN char *
#define C_TYPE_ADDRESS char *
#define C_TYPE_GLOB char *
#define C_TYPE_GROUPS char *
#define C_TYPE_TRACES struct path_list
#define C_TYPE_KEYS struct key_list
#define C_TYPE_NOTIFY struct notify_list
#define C_TYPE_SUBJECT char *
#define C_TYPE_SECRET char *
#define C_TYPE_BOOL bool
#define C_TYPE_NUMBER int32_t
#define C_TYPE_SEED int64_t
#define C_TYPE_DURATION int64_t
#define C_TYPE_SIZE int64_t
#define C_TYPE_STEP struct step_limit
#define C_TYPE_PERCENT int32_t
#define C_TYPE_SHARE int32_t
#define C_TYPE_SPEED int32_t
#define C_TYPE_CHOICE unsigned
#define C_TYPE_WORD const char *
#define C_TYPE_MODE unsigned
#define C_TYPE_DEMO bool
#define C_TYPE_SET unsigned

#define OPTION(name, kind, field, ...)                                                             \
    _Static_assert(_Generic(&((struct config *)0)->field, C_TYPE_##kind * : 1, default : 0),       \
                   #name " does not fit " #field);
#include "engine/options.def"
#undef OPTION

/* WORDS({ "none", HOSTS_UNLIMITED }): words with their values. WORDS(WORD("all")): words without. */
/* clang-format off */
#define WORDS(...) (const struct option_word[]){ __VA_ARGS__, { 0 } }
#define WORD(word) { .text = (word) }
/* clang-format on */

static const struct option_row option_rows[] = {
#define OPTION(name, kind, field, ...)                                                             \
    { .id = OPTION_##name,                                                                         \
      .type = TYPE_##kind,                                                                         \
      .offset = offsetof(struct config, field),                                                    \
      __VA_ARGS__ },
#include "engine/options.def"
#undef OPTION
};

/* --- the table ----------------------------------------------------------------------------------- */

size_t option_count(void)
{
    return OPTION_COUNT;
}

const struct option_row *option_at(size_t index)
{
    must(index < OPTION_COUNT);
    return &option_rows[index];
}

const struct option_row *option_find_key(const char *key, size_t length)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const char *candidate = option_rows[i].key;
        if (candidate && strlen(candidate) == length && memcmp(candidate, key, length) == 0)
            return &option_rows[i];
    }
    return NULL;
}

const struct option_row *option_find_letter(int letter)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (option_rows[i].letter && option_rows[i].letter == letter)
            return &option_rows[i];
    return NULL;
}

bool option_is_text(const struct option_row *row)
{
    return type_row(row->type)->held == HELD_TEXT;
}

bool option_is_bare(const struct option_row *row)
{
    return type_row(row->type)->is_bare && !row->words;
}

bool option_has_argument(const struct option_row *row)
{
    return row->argument || row->words;
}

void option_add_words(const struct option_row *row, const char *separator, const char *last,
                      struct text *text)
{
    for (const struct option_word *word = row->words; word && word->text; word++) {
        if (word != row->words)
            text_add(text, word[1].text ? separator : last);
        text_add(text, word->text);
    }
}

void option_add_argument(const struct option_row *row, struct text *text)
{
    if (row->argument)
        text_add(text, row->argument);
    if (row->argument && row->words)
        text_add_char(text, '|');
    option_add_words(row, "|", "|", text);
}

bool option_is_policy(const struct option_row *row)
{
    return row->offset >= offsetof(struct config, defaults) &&
           row->offset < offsetof(struct config, defaults) + sizeof(struct policy);
}

size_t option_policy_offset(const struct option_row *row)
{
    must(option_is_policy(row));
    return row->offset - offsetof(struct config, defaults);
}

/* --- values -------------------------------------------------------------------------------------- */

static const struct option_word *word_of_text(const struct option_row *row, const char *text)
{
    for (const struct option_word *word = row->words; word && word->text; word++)
        if (strcmp(word->text, text) == 0)
            return word;
    return NULL;
}

/* Nothing for a word that is held as text. A step limit of 0 hosts is not the word for no limit. */
static const struct option_word *word_of_value(const struct option_row *row,
                                               const struct option_value *value)
{
    if (row->type == TYPE_WORD || value->step != STEP_UNLIMITED)
        return NULL;
    for (const struct option_word *word = row->words; word && word->text; word++)
        if (word->value == value->number)
            return word;
    return NULL;
}

/* "debug, info, warn or error", "a whole number from 0 to 10, or auto", "a duration from 1s to 1h, auto or off". */
static void add_expectation(const struct option_row *row, struct text *text)
{
    const struct type_row *type = type_row(row->type);
    if (type->expect)
        type->expect(row, text);
    if (type->expect && row->words)
        text_add(text, row->words[1].text ? ", " : ", or ");
    option_add_words(row, ", ", " or ", text);
}

int option_refuse(const struct option_row *row, const char *what, struct error *err)
{
    char storage[ERROR_MSG_SIZE];
    struct text expected;
    text_init(&expected, storage, sizeof storage);
    add_expectation(row, &expected);
    return error_set(err, ERR_BAD_VALUE, "expected %s, found %s", storage, what);
}

static int refuse_text(const struct option_row *row, const char *found, struct error *err)
{
    char storage[QUOTE_SIZE];
    struct text quoted;
    text_init(&quoted, storage, sizeof storage);
    quote_add(&quoted, found, strlen(found));
    return option_refuse(row, storage, err);
}

int option_parse(const struct option_row *row, const char *text, struct option_value *ret_value,
                 struct error *err)
{
    const struct type_row *type = type_row(row->type);
    const struct option_word *word = word_of_text(row, text);
    struct option_value value;
    int failed = type->check ? type->check(text, err) : 0;
    must(type->parse || row->words);
    if (failed)
        return failed;
    if (word)
        value = (struct option_value){ .number = word->value,
                                       .text = word->text,
                                       .length = strlen(word->text) };
    else if (!type->parse || !type->parse(row, text, &value))
        return refuse_text(row, text, err);
    *ret_value = value;
    return 0;
}

static int store_text(char **member, const struct option_value *value)
{
    char *copy = heap_copy_text(value->text, value->length);
    if (!copy)
        return -ENOMEM;
    secret_free(*member);
    *member = copy;
    return 0;
}

int option_store(const struct option_row *row, void *member, const struct option_value *value)
{
    int32_t narrow = saturate_i32(value->number);
    switch (type_row(row->type)->held) {
    case HELD_TEXT:
        return store_text(member, value);
    case HELD_WORD:
        memcpy(member, &value->text, sizeof value->text);
        break;
    case HELD_BOOL:
        *(bool *)member = value->number != 0;
        break;
    case HELD_I32:
        memcpy(member, &narrow, sizeof narrow);
        break;
    case HELD_I64:
        memcpy(member, &value->number, sizeof value->number);
        break;
    case HELD_STEP:
        *(struct step_limit *)member = (struct step_limit){ value->step, value->number };
        break;
    case HELD_ELSEWHERE:
        break;
    }
    return 0;
}

/* The reverse of option_store; texts are borrowed, an unset text is empty. */
static struct option_value load(const struct option_row *row, const void *member)
{
    struct option_value value = { .text = "" };
    const struct step_limit *step = member;
    int32_t narrow;
    switch (type_row(row->type)->held) {
    case HELD_TEXT:
    case HELD_WORD:
        memcpy(&value.text, member, sizeof value.text);
        value.text = value.text ? value.text : "";
        value.length = strlen(value.text);
        break;
    case HELD_BOOL:
        value.number = *(const bool *)member;
        break;
    case HELD_I32:
        memcpy(&narrow, member, sizeof narrow);
        value.number = narrow;
        break;
    case HELD_I64:
        memcpy(&value.number, member, sizeof value.number);
        break;
    case HELD_STEP:
        value.step = step->kind;
        value.number = step->amount;
        break;
    case HELD_ELSEWHERE:
        break;
    }
    return value;
}

void option_add(const struct option_row *row, const void *member, struct text *text)
{
    struct option_value value = load(row, member);
    const struct option_word *word = word_of_value(row, &value);
    must(word || type_row(row->type)->add);
    if (word)
        text_add(text, word->text);
    else
        type_row(row->type)->add(row, &value, text);
}

bool option_is_equal(const struct option_row *row, const void *member, const void *other)
{
    struct option_value a = load(row, member);
    struct option_value b = load(row, other);
    return a.number == b.number && a.step == b.step && a.length == b.length &&
           memcmp(a.text, b.text, a.length) == 0;
}

/* --- suggestions ------------------------------------------------------------ */

bool option_suggest_key(const char *name, struct text *text)
{
    struct suggest suggest;
    suggest_init(&suggest, name);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (option_rows[i].key && strncmp(option_rows[i].key, "policies.", 9) != 0)
            suggest_offer(&suggest, option_rows[i].key, strlen(option_rows[i].key));
    return suggest_add(&suggest, text);
}

bool option_suggest_flag(const char *name, struct text *text)
{
    struct suggest suggest;
    suggest_init(&suggest, name);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (option_rows[i].flag)
            suggest_offer(&suggest, option_rows[i].flag, strlen(option_rows[i].flag));
    return suggest_add(&suggest, text);
}

bool option_suggest_part(const char *prefix, const char *other_prefix, const char *name,
                         struct text *text)
{
    const char *const prefixes[] = { prefix, other_prefix };
    struct suggest suggest;
    suggest_init(&suggest, name);
    for (size_t p = 0; p < 2 && prefixes[p]; p++) {
        size_t length = strlen(prefixes[p]);
        for (size_t i = 0; i < OPTION_COUNT; i++) {
            const char *key = option_rows[i].key;
            if (key && strncmp(key, prefixes[p], length) == 0)
                suggest_offer(&suggest, key + length, strcspn(key + length, "."));
        }
    }
    return suggest_add(&suggest, text);
}
