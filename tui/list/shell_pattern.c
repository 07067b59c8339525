#include "tui/list/shell_pattern.h"

#include "engine/base/text.h"

#include <string.h>

#define SOURCE_SIZE 1024

/* The bracket that closes the one at `opening`; NULL: none does, or only the C library can tell. */
static const char *closing_bracket(const char *opening)
{
    const char *first = opening + 1;
    first += *first == '!' || *first == '^';
    const char *closing = *first == '\0' ? NULL : strchr(first + 1, ']');
    for (const char *at = first; closing && at < closing; at++)
        if (*at == '\\' || *at == '[')
            return NULL;
    return closing;
}

static void add_set(struct text *source, const char *opening, const char *closing)
{
    const char *first = opening + 1;
    bool is_negated = *first == '!' || *first == '^';
    text_add(source, is_negated ? "[^" : "[");
    first += is_negated;
    text_add_bytes(source, first, (size_t)(closing - first) + 1);
}

static void add_literal(struct text *source, char c)
{
    if (strchr("^$.[]{}()*+?|\\", c))
        text_add_char(source, '\\');
    text_add_char(source, c);
}

/* False: only the C library can tell what it means. */
static bool translate(const char *pattern, struct text *source)
{
    text_add_char(source, '^');
    for (const char *at = pattern; *at != '\0'; at++) {
        const char *closing = *at == '[' ? closing_bracket(at) : NULL;
        if (*at == '\\' || (*at == '[' && !closing))
            return false;
        if (*at == '*') {
            text_add(source, ".*");
        } else if (*at == '?') {
            text_add_char(source, '.');
        } else if (closing) {
            add_set(source, at, closing);
            at = closing;
        } else {
            add_literal(source, *at);
        }
    }
    text_add_char(source, '$');
    return !source->was_cut;
}

bool shell_pattern_compile(const char *pattern, struct expression **ret_expression)
{
    char storage[SOURCE_SIZE];
    struct text source;
    text_init(&source, storage, sizeof storage);
    return translate(pattern, &source) && expression_create(storage, ret_expression, NULL) == 0;
}
