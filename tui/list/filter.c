#include "tui/list/filter.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "tui/list/columns.h"
#include "tui/list/expression.h"
#include "tui/list/filter_number.h"
#include "tui/list/shell_pattern.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define TERMS_MAX (FILTER_SIZE / 2) /* one character and a space each */
#define WORD_SHOWN_SIZE 80
#define NEAR_LETTERS_MIN 2

enum term_kind {
    TERM_WORD,
    TERM_PATTERN, /* with a bracket or a backslash; one that is no expression */
    TERM_SIMPLE,  /* a pattern without */
    TERM_REGEX,   /* an expression, or a pattern that is one */
    TERM_NUMBER,
    TERM_NAME, /* of a value: state, reason, last */
    TERM_POLICY,
};

struct term {
    enum term_kind kind;
    bool is_negated;
    bool is_whole;               /* POLICY: not a part of it */
    const char *word;            /* WORD, PATTERN, SIMPLE, POLICY: in lower case */
    struct filter_number number; /* NUMBER */
    uint64_t (*named)(const struct snapshot_row *row); /* NAME */
    uint64_t accepted;                                 /* NAME: a bit for each value that matches */
    struct expression *expression;                     /* REGEX */
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
    struct filter_fault fault; /* of the last refused text */
};

/* clang-format off */
/* The longer ones first: `<=` is not `<` and a number that begins with `=`. */
static const struct sign_row {
    const char *sign;
    enum comparison comparison;
} sign_rows[] = {
    { "<=", COMPARE_AT_MOST }, { ">=", COMPARE_AT_LEAST }, { "!=", COMPARE_UNEQUAL },
    { "<",  COMPARE_LESS },    { ">",  COMPARE_MORE },     { "=",  COMPARE_EQUAL },   { ":", COMPARE_BEGINS },
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

static int refuse_field(const char *name, enum filter_fault_id *fault, struct error *err)
{
    const char *near = near_field(name);
    *fault = FILTER_FAULT_FIELD;
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

/* A column has a title that begins as an expression does. */
static size_t slashed_title_length(const char *word)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        const char *title = columns_row((enum column)i)->title;
        size_t length = strlen(title);
        if (*title == '/' && strncasecmp(word, title, length) == 0)
            return length;
    }
    return 0;
}

/*
 * Letters and a sign are a comparison, known field or not: a mistyped one shall not match nothing in silence.
 */
static const struct sign_row *find_sign(const char *word, size_t *ret_length)
{
    size_t length = slashed_title_length(word);
    if (length == 0)
        length = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_%");
    const struct sign_row *sign = length > 0 ? sign_at(word + length) : NULL;
    if (sign)
        *ret_length = length;
    return sign;
}

/* "/host>5"; an expression can have a colon there. */
static bool is_slashed_field(const char *word)
{
    size_t length = slashed_title_length(word);
    const struct sign_row *sign = length > 0 ? sign_at(word + length) : NULL;
    return sign && sign->comparison != COMPARE_BEGINS;
}

static bool begins_with(const char *name, const char *word, size_t length)
{
    return strncmp(name, word, length) == 0;
}

/* The values that begin with the first `length` characters; 0: none does. */
static uint64_t values_of(const struct column_words *words, const char *name, size_t length)
{
    uint64_t accepted = 0;
    must(words->count <= COLUMN_WORDS_MAX);
    for (size_t value = 0; value < words->count && length > 0; value++)
        if (begins_with(words->name(value), name, length))
            accepted |= UINT64_C(1) << value;
    return accepted;
}

/* "held" or "held,failed" */
static int compile_names(const struct column_row *field, const char *names, struct term *term,
                         struct error *err)
{
    for (;;) {
        size_t length = strcspn(names, ",");
        uint64_t values = values_of(field->words, names, length);
        char name[FILTER_SIZE];
        memcpy(name, names, length);
        name[length] = '\0';
        if (values == 0)
            return error_set(err, ERR_BAD_VALUE, "no %s begins with '%s'", field->filter,
                             show(name).data);
        term->accepted |= values;
        if (names[length] == '\0')
            return 0;
        names += length + 1;
    }
}

static int compile_name(const struct column_row *field, const struct sign_row *sign,
                        const char *name, struct term *term, enum filter_fault_id *fault,
                        struct error *err)
{
    bool is_unequal = sign->comparison == COMPARE_UNEQUAL;
    *fault = FILTER_FAULT_ORDER_OF_WORDS;
    if (!is_unequal && sign->comparison != COMPARE_EQUAL && sign->comparison != COMPARE_BEGINS)
        return error_set(err, ERR_BAD_VALUE, "'%s' is a word: write %s:%s", field->filter,
                         field->filter, field->words->name(0));
    *fault = FILTER_FAULT_NO_WORD;
    if (*name == '\0')
        return error_set(err, ERR_BAD_VALUE, "'%s%s' needs a word behind it", field->filter,
                         sign->sign);
    *fault = FILTER_FAULT_WORD;
    term->kind = TERM_NAME;
    term->named = field->words->values;
    term->is_negated ^= is_unequal;
    return compile_names(field, name, term, err);
}

/* --- words ----------------------------------------------------------------------------------------------------- */

static void fold(char *word)
{
    for (; *word != '\0'; word++)
        if (*word >= 'A' && *word <= 'Z')
            *word = (char)(*word - 'A' + 'a');
}

/* A pattern, or a word that an id contains; a whole id is a pattern without a star. */
static void compile_text(const char *word, bool is_whole, struct term *term)
{
    bool is_pattern = is_whole || strpbrk(word, "*?[") != NULL;
    bool is_simple = !strpbrk(word, "[\\");
    term->kind = !is_pattern ? TERM_WORD : is_simple ? TERM_SIMPLE : TERM_PATTERN;
    term->word = word;
    if (term->kind == TERM_PATTERN && shell_pattern_compile(word, &term->expression))
        term->kind = TERM_REGEX;
}

static int compile_id(const struct column_row *field, const struct sign_row *sign, char *word,
                      struct term *term, enum filter_fault_id *fault, struct error *err)
{
    bool is_unequal = sign->comparison == COMPARE_UNEQUAL;
    bool is_whole = is_unequal || sign->comparison == COMPARE_EQUAL;
    *fault = FILTER_FAULT_ORDER_OF_WORDS;
    if (!is_whole && sign->comparison != COMPARE_BEGINS)
        return error_set(err, ERR_BAD_VALUE, "'%s' is a text: write %s:eu", field->filter,
                         field->filter);
    *fault = FILTER_FAULT_NO_WORD;
    if (*word == '\0')
        return error_set(err, ERR_BAD_VALUE, "'%s%s' needs a word behind it", field->filter,
                         sign->sign);
    compile_text(word, is_whole, term);
    term->is_negated ^= is_unequal;
    return 0;
}

/* A policy's name is a pattern itself: what is typed is taken as it is. */
static int compile_policy(const struct column_row *field, const struct sign_row *sign, char *word,
                          struct term *term, enum filter_fault_id *fault, struct error *err)
{
    int failed = compile_id(field, sign, word, term, fault, err);
    term->kind = TERM_POLICY;
    term->is_whole = sign->comparison != COMPARE_BEGINS;
    expression_destroy(term->expression);
    term->expression = NULL;
    return failed;
}

static int compile_comparison(char *word, size_t length, const struct sign_row *sign,
                              struct term *term, enum filter_fault_id *fault, struct error *err)
{
    char name[FILTER_SIZE];
    memcpy(name, word, length);
    name[length] = '\0';
    char *value = word + length + strlen(sign->sign);
    const struct column_row *field = columns_find_filter(name);
    if (!field)
        return refuse_field(name, fault, err);
    if (field->words)
        return compile_name(field, sign, value, term, fault, err);
    if (field->sort == COLUMN_BY_POLICY)
        return compile_policy(field, sign, value, term, fault, err);
    if (field->sort == COLUMN_BY_ID)
        return compile_id(field, sign, value, term, fault, err);
    term->kind = TERM_NUMBER;
    return filter_number_compile(field, sign->comparison, sign->sign, value, &term->number, fault,
                                 err);
}

static int compile_word(char *word, struct term *term, enum filter_fault_id *fault,
                        struct error *err)
{
    size_t length = 0;
    fold(word);
    const struct sign_row *sign = find_sign(word, &length);
    if (sign)
        return compile_comparison(word, length, sign, term, fault, err);
    *fault = FILTER_FAULT_NO_WORD;
    if (*word == '\0')
        return error_set(err, ERR_BAD_VALUE, "'!' needs a word behind it");
    compile_text(word, false, term);
    return 0;
}

/* `word` is from one slash to the other, without them. */
static int compile_regex(const char *word, struct term *term, enum filter_fault_id *fault,
                         struct error *err)
{
    int failed = expression_create(word, &term->expression, err);
    if (!failed) {
        term->kind = TERM_REGEX;
        return 0;
    }
    *fault = failed == -ENOMEM ? FILTER_FAULT_MEMORY : FILTER_FAULT_EXPRESSION;
    return error_prefix(err, "'/%s/'", show(word).data);
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
static int compile_term(char *at, char **ret_next, struct term *term, enum filter_fault_id *fault,
                        struct error *err)
{
    *term = (struct term){ .is_negated = *at == '!' };
    at += term->is_negated;
    bool is_regex = *at == '/' && !is_slashed_field(at);
    char *end = is_regex ? closing_slash(at) : at + strcspn(at, " ");
    *fault = FILTER_FAULT_SLASH;
    if (!end)
        return error_set(err, ERR_BAD_VALUE, "'%s' has no closing slash", show(at).data);
    *ret_next = *end == '\0' ? end : end + 1;
    *end = '\0';
    return is_regex ? compile_regex(at + 1, term, fault, err) : compile_word(at, term, fault, err);
}

static void release(struct compiled *compiled)
{
    for (size_t i = 0; i < compiled->count; i++)
        expression_destroy(compiled->terms[i].expression);
    compiled->count = 0;
}

static int compile(struct compiled *compiled, struct filter_fault *fault, struct error *err)
{
    enum filter_fault_id id;
    char *at = compiled->words + strspn(compiled->words, " ");
    while (*at != '\0') {
        must(compiled->count < TERMS_MAX);
        int failed = compile_term(at, &at, &compiled->terms[compiled->count], &id, err);
        if (failed) {
            *fault = (struct filter_fault){ id, compiled->count + 1 };
            return failed;
        }
        compiled->count++;
        at += strspn(at, " ");
    }
    return 0;
}

/* --- matching -------------------------------------------------------------------------------------------------- */

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

static bool is_part(const char *name, const char *word)
{
    size_t length = strlen(word);
    for (; *name != '\0'; name++)
        if (strncasecmp(name, word, length) == 0)
            return true;
    return false;
}

static bool policy_matches(const struct term *term, const char *policy)
{
    if (!policy)
        return term->is_negated; /* what is not known matches nothing */
    return term->is_whole ? strcasecmp(policy, term->word) == 0 : is_part(policy, term->word);
}

static bool term_matches(const struct term *term, const struct snapshot_row *row,
                         const struct snapshot *snapshot)
{
    switch (term->kind) {
    case TERM_WORD:
        return strstr(row->name->folded, term->word) != NULL;
    case TERM_PATTERN:
        return pattern_matches(term->word, row->name->folded);
    case TERM_SIMPLE:
        return simple_matches(term->word, row->name->folded);
    case TERM_REGEX:
        return expression_matches(term->expression, row->name->folded);
    case TERM_NUMBER:
        return filter_number_matches(&term->number, row, snapshot->at);
    case TERM_NAME:
        return (term->accepted & term->named(row)) != 0;
    case TERM_POLICY:
        return policy_matches(term, snapshot_policy(snapshot, row));
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
    filter->fault = (struct filter_fault){ FILTER_FAULT_LENGTH, 0 };
    if (length >= FILTER_SIZE)
        return error_set(err, ERR_BAD_VALUE, "a filter has at most %d characters", FILTER_SIZE - 1);
    memcpy(new->text, text, length + 1);
    memcpy(new->words, text, length + 1);
    new->count = 0;
    int failed = compile(new, &filter->fault, err);
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

struct filter_fault filter_fault(const struct filter *filter)
{
    return filter->fault;
}

bool filter_is_given_up(const struct filter *filter)
{
    const struct compiled *compiled = &filter->sides[filter->side];
    for (size_t i = 0; i < compiled->count; i++)
        if (compiled->terms[i].expression && expression_is_given_up(compiled->terms[i].expression))
            return true;
    return false;
}

bool filter_matches(const struct filter *filter, const struct snapshot_row *row,
                    const struct snapshot *snapshot)
{
    const struct compiled *compiled = &filter->sides[filter->side];
    for (size_t i = 0; i < compiled->count; i++)
        if (term_matches(&compiled->terms[i], row, snapshot) == compiled->terms[i].is_negated)
            return false;
    return true;
}
