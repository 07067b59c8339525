/*
 * option_row - a row of the options' table (options.def), and a value, as plain data.
 */
#ifndef ENGINE_CONFIG_OPTION_ROW_H
#define ENGINE_CONFIG_OPTION_ROW_H

#include "engine/config/config_data.h"

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
    TYPE_TEXT,    /* UTF-8 without control characters */
    TYPE_FILE,    /* the path of a file that must be readable */
    TYPE_PATTERN, /* a policy's match; stored in the policy_rule */
    TYPE_URL,     /* of an API */
    TYPE_PROXY,   /* URL of a proxy */
    TYPE_LISTEN,  /* address and port; chooses MODE_SIMULATE_API */
    TYPE_ADDRESS, /* address and port to listen on */
    TYPE_GLOB,    /* a shell pattern on ids */
    TYPE_TRACES,  /* paths, one at a time; stored in a struct path_list; chooses MODE_BACKTEST */
    TYPE_KEYS,    /* a mapping of commands to keys, in the file only; stored in a struct key_list */
    TYPE_NOTIFY,  /* a list of mappings (notify.def), in the file only; a struct notify_list */
    TYPE_GROUPS,  /* a text with commas between names; in the file, a list of them */
    TYPE_SUBJECT, /* a flag that chooses a mode, with a text; `min` 0: the text may be left out */
    TYPE_SECRET,  /* never shown */
    TYPE_BOOL,    /* true, false; as a flag without argument: true */
    TYPE_NUMBER,  /* int32_t */
    TYPE_SEED,    /* int64_t */
    TYPE_DURATION, /* int64_t milliseconds */
    TYPE_SIZE,     /* int64_t bytes */
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
#define TYPE_COUNT 28

enum option_group {
    GROUP_MODES,
    GROUP_CONFIGURATION,
    GROUP_API,
    GROUP_ENGINE,
    GROUP_STATE,
    GROUP_LOG,
    GROUP_CONSOLE,
    GROUP_POLICY,
    GROUP_SIMULATION,
    GROUP_BACKTEST,
};
#define GROUP_COUNT 10

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
    int64_t share_max;  /* of a TYPE_STEP: the largest percentage; 0: SHARE_WHOLE */
    enum run_mode mode; /* of a TYPE_MODE and a TYPE_SUBJECT: what the flag chooses */
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

#endif
