#include "engine/config/pattern.h"

#include "engine/base/quote.h"
#include "engine/base/text.h"

#include <string.h>

#define SET_SIZE_MAX 256 /* bytes of a set that is compared */

enum symbol_kind { SYMBOL_CHARACTER, SYMBOL_ANY, SYMBOL_SET, SYMBOL_STAR };

/* One element of a pattern, borrowed from it. */
struct symbol {
    enum symbol_kind kind;
    const char *bytes; /* of a character without its backslash, of a set with its brackets */
    size_t size;
};

/* Bytes of the set that begins at `at`, with both brackets; 0: it is not closed. */
static size_t set_size(const char *at)
{
    const char *end = at + 1;
    if (*end == '!' || *end == '^')
        end++;
    if (*end == ']')
        end++;
    for (; *end && *end != ']'; end++) {
        bool is_class = *end == '[' && end[1] && strchr(":.=", end[1]);
        const char *rest = is_class ? end + 2 : NULL;
        while (rest && *rest && !(rest[0] == end[1] && rest[1] == ']'))
            rest++;
        if (rest && *rest)
            end = rest + 1;
        else if (*end == '\\' && end[1])
            end++;
    }
    return *end ? (size_t)(end + 1 - at) : 0;
}

static size_t character_size(const char *at)
{
    uint32_t code_point;
    size_t size = utf8_decode(at, strlen(at), &code_point);
    return size > 0 ? size : 1;
}

/* Returns the bytes that the symbol takes in the pattern. */
static size_t read_symbol(const char *at, struct symbol *ret_symbol)
{
    size_t size = *at == '[' ? set_size(at) : 0;
    if (size > 0) {
        *ret_symbol = (struct symbol){ SYMBOL_SET, at, size };
        return size;
    }
    if (*at == '*' || *at == '?') {
        *ret_symbol = (struct symbol){ *at == '*' ? SYMBOL_STAR : SYMBOL_ANY, at, 1 };
        return 1;
    }
    size_t skipped = *at == '\\' && at[1] ? 1 : 0;
    size = character_size(at + skipped);
    *ret_symbol = (struct symbol){ SYMBOL_CHARACTER, at + skipped, size };
    return skipped + size;
}

int pattern_check(const char *pattern, struct error *err)
{
    const char *problem = NULL;
    for (const char *at = pattern; *at && !problem;) {
        struct symbol symbol;
        if (*at == '[' && set_size(at) == 0)
            problem = "its '[' is not closed (\\[ is the character)";
        else if (at[0] == '\\' && !at[1])
            problem = "there is nothing behind its last backslash";
        else
            at += read_symbol(at, &symbol);
    }
    if (!problem)
        return 0;
    char storage[QUOTE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    quote_add(&text, pattern, strlen(pattern));
    return error_set(err, ERR_BAD_VALUE, "expected a pattern, found %s: %s", storage, problem);
}

static bool is_in_set(const struct symbol *set, const struct symbol *character)
{
    char pattern[SET_SIZE_MAX];
    char text[8];
    if (set->size >= sizeof pattern || character->size >= sizeof text)
        return false;
    memcpy(pattern, set->bytes, set->size);
    pattern[set->size] = '\0';
    memcpy(text, character->bytes, character->size);
    text[character->size] = '\0';
    return pattern_matches(pattern, text);
}

/* A star of the narrow pattern is covered by a star alone. */
static bool covers(const struct symbol *wide, const struct symbol *narrow)
{
    bool is_equal = wide->kind == narrow->kind && wide->size == narrow->size &&
                    memcmp(wide->bytes, narrow->bytes, wide->size) == 0;
    switch (wide->kind) {
    case SYMBOL_STAR:
        return true;
    case SYMBOL_ANY:
        return narrow->kind != SYMBOL_STAR;
    case SYMBOL_SET:
        return is_equal || (narrow->kind == SYMBOL_CHARACTER && is_in_set(wide, narrow));
    case SYMBOL_CHARACTER:
        return is_equal;
    }
    return false;
}

/* As a text is matched, but the text is a pattern: after a failure the last star takes one symbol more. */
bool pattern_covers(const char *wide, const char *narrow)
{
    const char *star = NULL; /* behind it in `wide` */
    const char *mark = narrow;
    while (*narrow) {
        struct symbol given = { SYMBOL_CHARACTER, narrow, 0 };
        struct symbol symbol = given;
        size_t step = read_symbol(narrow, &given);
        size_t size = *wide ? read_symbol(wide, &symbol) : 0;
        if (size > 0 && symbol.kind == SYMBOL_STAR) {
            wide += size;
            star = wide;
            mark = narrow;
        } else if (size > 0 && covers(&symbol, &given)) {
            wide += size;
            narrow += step;
        } else if (star) {
            mark += read_symbol(mark, &given);
            wide = star;
            narrow = mark;
        } else {
            return false;
        }
    }
    return wide[strspn(wide, "*")] == '\0';
}
