/*
 * options - the table of all settings, and the conversion between their texts and values.
 *
 * The rows come from engine/options.def; command line, environment, YAML schema, --help, --check-config and manual
 * are made from them. A text is parsed into a `struct option_value`, which is stored into the row's member of struct
 * config. A member is converted back to a text that parses to the same value.
 *
 * Any thread; the rows are constant. Errors: ERR_BAD_VALUE "expected ..., found '...'" without the source, which only
 * the caller knows; -ENOMEM. Foreign bytes are escaped and shortened.
 */
#ifndef ENGINE_CONFIG_OPTIONS_H
#define ENGINE_CONFIG_OPTIONS_H

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/config/option_row.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

size_t option_count(void);
const struct option_row *option_at(size_t index); /* index < option_count(); the index is the id */

/* NULL: no such key (policies.* included) or no such letter. */
const struct option_row *option_find_key(const char *key, size_t length);
const struct option_row *option_find_letter(int letter);

/* Is the member a char * that its configuration owns? */
bool option_is_text(const struct option_row *row);

/* Does YAML require it without quotes: a number or a boolean, and no word? */
bool option_is_bare(const struct option_row *row);

/* Is it given with a value? Then what that may be: "N", "text|json". */
bool option_has_argument(const struct option_row *row);
void option_add_argument(const struct option_row *row, struct text *text);

/* Adds the words of a row: `separator` between two, `last` before the last one. */
void option_add_words(const struct option_row *row, const char *separator, const char *last,
                      struct text *text);

/* Is it valid in an entry of `policies`? Then the member's offset in struct policy. */
bool option_is_policy(const struct option_row *row);
size_t option_policy_offset(const struct option_row *row);

/* `ret_value` borrows from `text`. Not for TYPE_MODE, TYPE_DEMO, TYPE_SET. */
int option_parse(const struct option_row *row, const char *text, struct option_value *ret_value,
                 struct error *err);

/* "expected ..., found <what>": `what` is a phrase such as "a list". */
int option_refuse(const struct option_row *row, const char *what, struct error *err);

/* Stores into the member at `member`; frees a text that was there. -ENOMEM: nothing changed. */
int option_store(const struct option_row *row, void *member, const struct option_value *value);

/* Adds the value at `member` as option_parse reads it; an unset text adds nothing. Not for a TYPE_SECRET. */
void option_add(const struct option_row *row, const void *member, struct text *text);

bool option_is_equal(const struct option_row *row, const void *member, const void *other);

/*
 * Suggests a name for a mistyped `name`: at most two changes away; false when there is none. Among all keys, all
 * flags, or the names that the file accepts directly after `prefix` ("" or "api."; `other_prefix` too unless NULL).
 */
bool option_suggest_key(const char *name, struct text *text);
bool option_suggest_flag(const char *name, struct text *text);
bool option_suggest_part(const char *prefix, const char *other_prefix, const char *name,
                         struct text *text);

#endif
