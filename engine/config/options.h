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
#include "engine/config/config_data.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTION(id, ...) OPTION_##id,
enum option_id {
#include "engine/options.def"
};
#undef OPTION
#define OPTION(id, ...) +1
enum {
    OPTION_COUNT = 0
#include "engine/options.def"
};
#undef OPTION

enum option_type {
    TYPE_TEXT,     /* UTF-8 without control characters */
    TYPE_FILE,     /* the path of a file that must be readable */
    TYPE_PATTERN,  /* a policy's match; stored in the policy_rule */
    TYPE_URL,      /* of an API */
    TYPE_PROXY,    /* URL of a proxy */
    TYPE_LISTEN,   /* address and port; chooses MODE_SIMULATE_API */
    TYPE_TRACES,   /* paths, one at a time; stored in a struct path_list; chooses MODE_BACKTEST */
    TYPE_SECRET,   /* never shown */
    TYPE_BOOL,     /* true, false; as a flag without argument: true */
    TYPE_NUMBER,   /* int32_t */
    TYPE_SEED,     /* int64_t */
    TYPE_DURATION, /* int64_t milliseconds */
    TYPE_STEP,     /* struct step_limit */
    TYPE_PERCENT,  /* percentage below 100 without its sign as int32_t parts per billion */
    TYPE_SHARE,    /* percentage with its sign as int32_t parts per billion */
    TYPE_SPEED,    /* decimal number as int32_t thousandths */
    TYPE_CHOICE,   /* an enum: the value of a word of the row */
    TYPE_WORD,     /* a word of the row, for an enum of a layer above; the table owns the text */
    TYPE_MODE,     /* a flag that chooses a mode */
    TYPE_DEMO,     /* the flag with the optional number of deployments */
    TYPE_SET,      /* the flag that names a key */
};
#define TYPE_COUNT 21

enum option_group {
    GROUP_MODES,
    GROUP_CONFIGURATION,
    GROUP_API,
    GROUP_ENGINE,
    GROUP_LOG,
    GROUP_CONSOLE,
    GROUP_POLICY,
    GROUP_SIMULATION,
    GROUP_BACKTEST,
};
#define GROUP_COUNT 9

/* A reload that changes a fixed option is refused. */
enum option_reload { RELOAD_LIVE, RELOAD_FIXED };

/* A word that is accepted, and the value that it stands for: 0 for a TYPE_STEP and a TYPE_WORD. */
struct option_word {
    const char *text; /* NULL: the end of a list */
    int64_t value;
};

struct option_row {
    enum option_id id;
    enum option_type type;
    size_t offset;                   /* of the member in struct config */
    const char *key;                 /* NULL: not in the file, not for --set */
    const char *flag;                /* without the dashes; NULL: none */
    char letter;                     /* 0: none */
    const char *variable;            /* of the environment; NULL: none */
    const char *argument;            /* its name in the help; NULL: none, or words only */
    const struct option_word *words; /* accepted beside the values of the type; NULL: none */
    const char *initial;             /* the default as text; NULL: none, zero */
    int64_t min;                     /* of texts, numbers, durations and percentages */
    int64_t max;
    enum run_mode mode; /* of a TYPE_MODE: what the flag chooses */
    enum option_group group;
    enum option_reload reload;
    const char *help; /* a phrase */
};

struct option_value {
    int64_t number;
    enum step_limit_kind step; /* of a TYPE_STEP; `number` is its amount */
    const char *text;          /* of a type held as text, or a word: borrowed */
    size_t length;
};

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
