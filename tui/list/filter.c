#include "tui/list/filter.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "tui/list/columns.h"
#include "tui/list/regex_cost.h"

#include <errno.h>
#include <regex.h>
#include <string.h>

#define TERMS_MAX (FILTER_SIZE / 2) /* one character and a space each */
#define WORD_SHOWN_SIZE 80
#define NEAR_LETTERS_MIN 2

enum term_kind {
    TERM_WORD,
    TERM_PATTERN, /* with a bracket or a backslash */
    TERM_SIMPLE,  /* a pattern without */
    TERM_REGEX,
    TERM_NUMBER,
    TERM_NAME, /* of a value: state, reason, last */
};

enum comparison { LESS, AT_MOST, EQUAL, UNEQUAL, AT_LEAST, MORE, BEGINS };

struct term {
    enum term_kind kind;
    bool is_negated;
    const char *word; /* WORD, PATTERN, SIMPLE: in lower case */
    bool (*metric)(const struct snapshot_row *row, int64_t *ret_value); /* NUMBER */
    enum comparison comparison;
    int64_t value;
    size_t (*named)(const struct snapshot_row *row); /* NAME */
    uint64_t accepted;                               /* NAME: a bit for each value that matches */
    regex_t regex;                                   /* REGEX */
};

struct compiled {
    char text[FILTER_SIZE];
    char words[FILTER_SIZE]; /* the text, cut into words */
    size_t count;
    struct term terms[TERMS_MAX];
};

/* A new text is compiled beside the old one, so that a bad one changes nothing. */
struct filter {
    struct compiled sides[2];
    size_t side;
};

/* clang-format off */
/* The longer ones first: `<=` is not `<` and a number that begins with `=`. */
static const struct sign_row {
    const char *sign;
    enum comparison comparison;
} sign_rows[] = {
    { "<=", AT_MOST }, { ">=", AT_LEAST }, { "!=", UNEQUAL },
    { "<",  LESS },    { ">",  MORE },     { "=",  EQUAL },   { ":", BEGINS },
};
#define SIGN_COUNT (sizeof sign_rows / sizeof sign_rows[0])
/* clang-format on */

/* --- sentences ------------------------------------------------------------------------------------------------- */

/* What was typed, printable and not too long for a sentence. */
struct shown {
    char data[WORD_SHOWN_SIZE];
};

static struct shown show(const char *word)
{
    struct shown shown;
    struct text text;
    text_init(&text, shown.data, sizeof shown.data);
    text_add_escaped(&text, word, strlen(word));
    return shown;
}

static size_t common_length(const char *a, const char *b)
{
    size_t length = 0;
    while (a[length] != '\0' && a[length] == b[length])
        length++;
    return length;
}

/* The field that begins most like it; NULL: none does. */
static const char *near_field(const char *name)
{
    const char *near = NULL;
    size_t best = NEAR_LETTERS_MIN - 1;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        const char *field = columns_row((enum column)i)->filter;
        size_t length = field ? common_length(name, field) : 0;
        if (length > best) {
            best = length;
            near = field;
        }
    }
    return near;
}

/* The first field behind `name` in the alphabet; NULL: none is. */
static const char *next_field(const char *name)
{
    const char *next = NULL;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        const char *field = columns_row((enum column)i)->filter;
        if (field && strcmp(field, name) > 0 && (!next || strcmp(field, next) < 0))
            next = field;
    }
    return next;
}

static int refuse_field(const char *name, struct error *err)
{
    const char *near = near_field(name);
    if (near)
        return error_set(err, ERR_BAD_VALUE, "unknown field '%s', did you mean '%s'?",
                         show(name).data, near);
    char storage[ERROR_MSG_SIZE];
    struct text names;
    text_init(&names, storage, sizeof storage);
    for (const char *field = next_field(""); field; field = next_field(field))
        text_addf(&names, "%s%s", names.length > 0 ? " " : "", field);
    return error_set(err, ERR_BAD_VALUE, "unknown field '%s', there are: %s", show(name).data,
                     storage);
}

/* --- fields ---------------------------------------------------------------------------------------------------- */

static const struct sign_row *sign_at(const char *at)
{
    for (size_t i = 0; i < SIGN_COUNT; i++)
        if (strncmp(at, sign_rows[i].sign, strlen(sign_rows[i].sign)) == 0)
            return &sign_rows[i];
    return NULL;
}

/* Letters and a sign are a comparison, known field or not: a mistyped one shall not match nothing in silence. */
static const struct sign_row *find_sign(const char *word, size_t *ret_length)
{
    size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyz_");
    const struct sign_row *sign = length > 0 ? sign_at(word + length) : NULL;
    if (sign)
        *ret_length = length;
    return sign;
}

static bool parse_number(const struct column_row *field, const char *digits, int64_t *ret_value)
{
    size_t length = strlen(digits);
    if (field->places == 0)
        return integer_parse(digits, length, ret_value);
    return decimal_parse(digits, length, field->places, ret_value);
}

static int compile_number(const struct column_row *field, const struct sign_row *sign,
                          const char *digits, struct term *term, struct error *err)
{
    if (sign->comparison == BEGINS)
        return error_set(err, ERR_BAD_VALUE, "'%s' is a number: compare it with < <= = != >= >",
                         field->filter);
    if (!parse_number(field, digits, &term->value))
        return error_set(err, ERR_BAD_VALUE, "'%s%s' wants a %s behind it, not '%s'", field->filter,
                         sign->sign, field->places > 0 ? "number" : "whole number",
                         show(digits).data);
    term->kind = TERM_NUMBER;
    term->metric = field->metric;
    term->comparison = sign->comparison;
    return 0;
}

static bool begins_with(const char *name, const char *word)
{
    return strncmp(name, word, strlen(word)) == 0;
}

static int compile_name(const struct column_row *field, const struct sign_row *sign,
                        const char *name, struct term *term, struct error *err)
{
    bool is_unequal = sign->comparison == UNEQUAL;
    if (!is_unequal && sign->comparison != EQUAL && sign->comparison != BEGINS)
        return error_set(err, ERR_BAD_VALUE, "'%s' is a word: write %s:%s", field->filter,
                         field->filter, field->words->name(0));
    if (*name == '\0')
        return error_set(err, ERR_BAD_VALUE, "'%s%s' wants a word behind it", field->filter,
                         sign->sign);
    must(field->words->count <= COLUMN_WORDS_MAX);
    term->kind = TERM_NAME;
    term->named = field->words->value;
    term->accepted = 0;
    for (size_t value = 0; value < field->words->count; value++)
        if (begins_with(field->words->name(value), name))
            term->accepted |= UINT64_C(1) << value;
    if (term->accepted == 0)
        return error_set(err, ERR_BAD_VALUE, "no %s begins with '%s'", field->filter,
                         show(name).data);
    term->is_negated ^= is_unequal;
    return 0;
}

/* --- words ----------------------------------------------------------------------------------------------------- */

static int compile_comparison(char *word, size_t length, const struct sign_row *sign,
                              struct term *term, struct error *err)
{
    char name[FILTER_SIZE];
    memcpy(name, word, length);
    name[length] = '\0';
    const char *value = word + length + strlen(sign->sign);
    const struct column_row *field = columns_find_filter(name);
    if (!field)
        return refuse_field(name, err);
    if (field->words)
        return compile_name(field, sign, value, term, err);
    return compile_number(field, sign, value, term, err);
}

static void fold(char *word)
{
    for (; *word != '\0'; word++)
        if (*word >= 'A' && *word <= 'Z')
            *word = (char)(*word - 'A' + 'a');
}

static int compile_word(char *word, struct term *term, struct error *err)
{
    size_t length = 0;
    fold(word);
    const struct sign_row *sign = find_sign(word, &length);
    if (sign)
        return compile_comparison(word, length, sign, term, err);
    if (*word == '\0')
        return error_set(err, ERR_BAD_VALUE, "'!' wants a word behind it");
    bool is_pattern = strpbrk(word, "*?[") != NULL;
    term->kind = !is_pattern ? TERM_WORD : strpbrk(word, "[\\") ? TERM_PATTERN : TERM_SIMPLE;
    term->word = word;
    return 0;
}

/* `word` is from one slash to the other, without them. */
static int compile_regex(const char *word, struct term *term, struct error *err)
{
    char reason[WORD_SHOWN_SIZE];
    if (regex_cost_is_high(word))
        return error_set(err, ERR_BAD_VALUE, "'/%s/': too many repetitions", show(word).data);
    int failed = regcomp(&term->regex, word, REG_EXTENDED | REG_NOSUB | REG_ICASE);
    if (failed == 0) {
        term->kind = TERM_REGEX;
        return 0;
    }
    if (failed == REG_ESPACE)
        return error_set(err, -ENOMEM, "out of memory: '/%s/'", show(word).data);
    regerror(failed, &term->regex, reason, sizeof reason);
    return error_set(err, ERR_BAD_VALUE, "'/%s/': %s", show(word).data, reason);
}

/* The slash that closes an expression is one before a space or the end; NULL: there is none. */
static char *closing_slash(char *opening)
{
    for (char *at = opening + 1; *at != '\0'; at++)
        if (*at == '/' && (at[1] == '\0' || at[1] == ' '))
            return at;
    return NULL;
}

/* Compiles the word that begins here; *ret_next is behind it and its NUL, or at the end. */
static int compile_term(char *at, char **ret_next, struct term *term, struct error *err)
{
    *term = (struct term){ .is_negated = *at == '!' };
    at += term->is_negated;
    bool is_regex = *at == '/';
    char *end = is_regex ? closing_slash(at) : at + strcspn(at, " ");
    if (!end)
        return error_set(err, ERR_BAD_VALUE, "'%s' has no closing slash", show(at).data);
    *ret_next = *end == '\0' ? end : end + 1;
    *end = '\0';
    return is_regex ? compile_regex(at + 1, term, err) : compile_word(at, term, err);
}

static void release(struct compiled *compiled)
{
    for (size_t i = 0; i < compiled->count; i++)
        if (compiled->terms[i].kind == TERM_REGEX)
            regfree(&compiled->terms[i].regex);
    compiled->count = 0;
}

static int compile(struct compiled *compiled, struct error *err)
{
    char *at = compiled->words + strspn(compiled->words, " ");
    while (*at != '\0') {
        must(compiled->count < TERMS_MAX);
        int failed = compile_term(at, &at, &compiled->terms[compiled->count], err);
        if (failed)
            return failed;
        compiled->count++;
        at += strspn(at, " ");
    }
    return 0;
}

/* --- matching -------------------------------------------------------------------------------------------------- */

static bool number_matches(const struct term *term, const struct snapshot_row *row)
{
    int64_t value;
    if (!term->metric(row, &value))
        return false;
    switch (term->comparison) {
    case LESS:
        return value < term->value;
    case AT_MOST:
        return value <= term->value;
    case EQUAL:
        return value == term->value;
    case UNEQUAL:
        return value != term->value;
    case AT_LEAST:
        return value >= term->value;
    case MORE:
        return value > term->value;
    case BEGINS:
        break;
    }
    return false;
}

static const char *next_character(const char *at)
{
    do
        at++;
    while (((unsigned char)*at & 0xc0) == 0x80);
    return at;
}

/*
 * As pattern_matches has it, of patterns with * and ? only. fnmatch makes wide characters of every id first, which is
 * too slow for all of them between two keys.
 */
static bool simple_matches(const char *pattern, const char *id)
{
    const char *after_star = NULL;
    const char *retry = NULL;
    while (*id != '\0') {
        if (*pattern == '*') {
            after_star = ++pattern;
            retry = id;
        } else if (*pattern == '?') {
            pattern++;
            id = next_character(id);
        } else if (*pattern == *id) {
            pattern++;
            id++;
        } else if (after_star) {
            pattern = after_star;
            id = retry = next_character(retry);
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

static bool is_accepted(const struct term *term, size_t value)
{
    return (term->accepted >> value & 1) != 0;
}

static bool term_matches(const struct term *term, const struct snapshot_row *row)
{
    switch (term->kind) {
    case TERM_WORD:
        return strstr(row->name->folded, term->word) != NULL;
    case TERM_PATTERN:
        return pattern_matches(term->word, row->name->folded);
    case TERM_SIMPLE:
        return simple_matches(term->word, row->name->folded);
    case TERM_REGEX:
        return regexec(&term->regex, row->name->folded, 0, NULL, 0) == 0;
    case TERM_NUMBER:
        return number_matches(term, row);
    case TERM_NAME:
        return is_accepted(term, term->named(row));
    }
    return false;
}

/* --- the filter ------------------------------------------------------------------------------------------------ */

int filter_create(struct filter **ret_filter)
{
    struct filter *filter = heap_alloc(1, sizeof *filter);
    if (!filter)
        return -ENOMEM;
    *ret_filter = filter;
    return 0;
}

void filter_destroy(struct filter *filter)
{
    if (!filter)
        return;
    release(&filter->sides[filter->side]);
    heap_free(filter);
}

int filter_set(struct filter *filter, const char *text, struct error *err)
{
    size_t length = strlen(text);
    struct compiled *old = &filter->sides[filter->side];
    struct compiled *new = &filter->sides[1 - filter->side];
    if (length >= FILTER_SIZE)
        return error_set(err, ERR_BAD_VALUE, "a filter has at most %d characters", FILTER_SIZE - 1);
    memcpy(new->text, text, length + 1);
    memcpy(new->words, text, length + 1);
    new->count = 0;
    int failed = compile(new, err);
    if (failed) {
        release(new);
        return failed;
    }
    release(old);
    filter->side = 1 - filter->side;
    return 0;
}

const char *filter_text(const struct filter *filter)
{
    return filter->sides[filter->side].text;
}

bool filter_is_empty(const struct filter *filter)
{
    return filter->sides[filter->side].count == 0;
}

bool filter_matches(const struct filter *filter, const struct snapshot_row *row)
{
    const struct compiled *compiled = &filter->sides[filter->side];
    for (size_t i = 0; i < compiled->count; i++)
        if (term_matches(&compiled->terms[i], row) == compiled->terms[i].is_negated)
            return false;
    return true;
}
