/*
 * option_types - what each type of option accepts, how that is said, and how it is written again.
 *
 * For options.c only; everybody else calls the option_* functions of options.h. Any thread; constant. A new type is a
 * row here, an entry of enum option_type and its C type in options.c.
 */
#ifndef ENGINE_CONFIG_OPTION_TYPES_H
#define ENGINE_CONFIG_OPTION_TYPES_H

#include "engine/config/options.h"

/* What the member is in C. */
enum held { HELD_TEXT, HELD_BOOL, HELD_I32, HELD_I64, HELD_STEP, HELD_ELSEWHERE };

struct type_row {
    enum held held;
    bool is_bare; /* YAML must write it without quotes */
    /* False: not such a value. NULL: never parsed from a text. */
    bool (*parse)(const struct option_row *row, const char *text, struct option_value *ret_value);
    /* NULL, or a judge with sentences of its own, asked before `parse`. */
    int (*check)(const char *text, struct error *err);
    /* Completes "expected ". */
    void (*expect)(const struct option_row *row, struct text *text);
    /* Adds what `parse` reads. NULL: never shown. */
    void (*add)(const struct option_row *row, const struct option_value *value, struct text *text);
};

const struct type_row *type_row(enum option_type type);

#endif
