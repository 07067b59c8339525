/*
 * option_types - for each type of option: the accepted values, their description in errors, and their output as text.
 *
 * For options.c only; other modules call the option_* functions of options.h. Any thread; constant. A new type is a
 * row here, an entry of enum option_type and its C type in options.c.
 */
#ifndef ENGINE_CONFIG_OPTION_TYPES_H
#define ENGINE_CONFIG_OPTION_TYPES_H

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/config/option_row.h"

#include <stdbool.h>

/* The C type of the member. */
enum held { HELD_TEXT, HELD_WORD, HELD_BOOL, HELD_I32, HELD_I64, HELD_STEP, HELD_ELSEWHERE };

struct type_row {
    enum held held;
    bool is_bare; /* YAML requires it without quotes */
    /* False: not a value of this type. NULL: accepts the words of the row only. */
    bool (*parse)(const struct option_row *row, const char *text, struct option_value *ret_value);
    /* NULL, or a check with its own sentences, called before `parse`. */
    int (*check)(const char *text, struct error *err);
    /* Completes "expected ". NULL: the words of the row. */
    void (*expect)(const struct option_row *row, struct text *text);
    /* Adds a text that `parse` reads back. NULL: a word of the row, or never shown. */
    void (*add)(const struct option_row *row, const struct option_value *value, struct text *text);
};

const struct type_row *type_row(enum option_type type);

#endif
