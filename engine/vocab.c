#include "engine/vocab.h"

#include <string.h>

static const struct reason_row reason_rows[] = {
#define REASON(id, name, short_name, kind, flags, meaning, advice)                                 \
    { name, short_name, kind, flags, meaning, advice },
#include "engine/reasons.def"
#undef REASON
};

static const struct rule_row rule_rows[] = {
#define RULE(id, name, stage, reason, apply, explain) { name, STAGE_##stage, REASON_##reason },
#include "engine/rules.def"
#undef RULE
};

static const struct event_row event_rows[] = {
#define EVENT(id, name, level, limited, fields, meaning) { name, level, limited, fields, meaning },
#include "engine/events.def"
#undef EVENT
};

static const struct state_row state_rows[] = {
#define STATE(id, name, glyph, meaning) { name, glyph, meaning },
#include "engine/states.def"
#undef STATE
};

static const struct command_row command_rows[] = {
#define COMMAND(id, name, steers, meaning) { name, steers, meaning },
#include "engine/commands.def"
#undef COMMAND
};

const char *action_name(enum action action)
{
    static const char *const names[ACTION_COUNT] = { "none", "scaled", "dry_run",
                                                     "held", "failed", "unconfirmed" };
    return names[action];
}

const struct reason_row *reason_row(enum reason reason)
{
    return &reason_rows[reason];
}

bool reason_has(enum reason reason, unsigned flags)
{
    return (reason_rows[reason].flags & flags) != 0;
}

const struct rule_row *rule_row(enum rule rule)
{
    return &rule_rows[rule];
}

const struct state_row *state_row(enum state state)
{
    return &state_rows[state];
}

const struct command_row *command_row(enum command_kind kind)
{
    return &command_rows[kind];
}

const struct event_row *event_row(enum event_id id)
{
    return &event_rows[id];
}

const char *level_name(enum level level)
{
    static const char *const names[LEVEL_COUNT] = { "debug", "info", "warn", "error" };
    return names[level];
}

bool event_has_field(enum event_id id, const char *key)
{
    size_t length = strlen(key);
    if (length == 0)
        return false;
    for (const char *at = event_rows[id].fields; (at = strstr(at, key)); at += length)
        if ((at == event_rows[id].fields || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
            return true;
    return false;
}
