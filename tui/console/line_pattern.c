#include "tui/console/line_pattern.h"

#include "engine/base/heap.h"
#include "engine/base/text.h"
#include "tui/list/expression.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define WORD_SHOWN_SIZE 80

struct line_pattern {
    enum line_pattern_use use;
    char text[LINE_PATTERN_SIZE];
    const char *word; /* in the text; NULL: there is an expression */
    bool is_negated;
    struct expression *expression;
    uint32_t serial;
};

int line_pattern_create(enum line_pattern_use use, struct line_pattern **ret_pattern)
{
    struct line_pattern *pattern = heap_alloc(1, sizeof *pattern);
    if (!pattern)
        return -ENOMEM;
    pattern->word = pattern->text;
    pattern->use = use;
    pattern->serial = 1;
    *ret_pattern = pattern;
    return 0;
}

void line_pattern_destroy(struct line_pattern *pattern)
{
    if (!pattern)
        return;
    expression_destroy(pattern->expression);
    heap_free(pattern);
}

static int refuse(int failed, const char *source, struct filter_fault *ret_fault, struct error *err)
{
    char storage[WORD_SHOWN_SIZE];
    struct text shown;
    text_init(&shown, storage, sizeof storage);
    text_add_escaped(&shown, source, strlen(source));
    ret_fault->id = failed == -ENOMEM ? FILTER_FAULT_MEMORY : FILTER_FAULT_EXPRESSION;
    ret_fault->word = 0;
    return error_prefix(err, "'/%s/'", storage);
}

/* The source of an expression between slashes. False: it is plain text. */
static bool find_source(const char *text, char ret_source[LINE_PATTERN_SIZE])
{
    size_t length = strlen(text);
    if (length < 3 || text[0] != '/' || text[length - 1] != '/')
        return false;
    memcpy(ret_source, text + 1, length - 2);
    ret_source[length - 2] = '\0';
    return true;
}

int line_pattern_set(struct line_pattern *pattern, const char *text, struct filter_fault *ret_fault,
                     struct error *err)
{
    char source[LINE_PATTERN_SIZE];
    size_t length = strlen(text);
    struct expression *expression = NULL;
    bool is_negated = text[0] == '!' && text[1] != '\0';
    *ret_fault = (struct filter_fault){ FILTER_FAULT_LENGTH, 0 };
    if (length >= LINE_PATTERN_SIZE)
        return error_set(err, ERR_BAD_VALUE, "at most %d characters", LINE_PATTERN_SIZE - 1);
    bool is_expression = find_source(text + is_negated, source);
    int failed = is_expression ? expression_create(source, &expression, err) : 0;
    if (failed)
        return refuse(failed, source, ret_fault, err);
    expression_destroy(pattern->expression);
    memmove(pattern->text, text, length + 1);
    pattern->is_negated = is_negated;
    pattern->expression = expression;
    pattern->word = is_expression ? NULL : pattern->text + is_negated;
    pattern->serial = pattern->serial == UINT32_MAX ? 1 : pattern->serial + 1;
    return 0;
}

const char *line_pattern_text(const struct line_pattern *pattern)
{
    return pattern->text;
}

bool line_pattern_is_empty(const struct line_pattern *pattern)
{
    return pattern->text[0] == '\0';
}

const char *line_pattern_word(const struct line_pattern *pattern)
{
    return pattern->is_negated ? NULL : pattern->word;
}

enum line_pattern_use line_pattern_use(const struct line_pattern *pattern)
{
    return pattern->use;
}

uint32_t line_pattern_serial(const struct line_pattern *pattern)
{
    return pattern->serial;
}

static bool contains(const char *line, const char *word)
{
    size_t length = strlen(word);
    for (; *line != '\0'; line++)
        if (strncasecmp(line, word, length) == 0)
            return true;
    return length == 0;
}

bool line_pattern_is_given_up(const struct line_pattern *pattern)
{
    return pattern->expression && expression_is_given_up(pattern->expression);
}

bool line_pattern_matches(const struct line_pattern *pattern, const char *line)
{
    bool is_match = pattern->expression ? expression_matches(pattern->expression, line)
                                        : contains(line, pattern->word);
    return is_match != pattern->is_negated;
}
