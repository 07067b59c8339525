/*
 * vocab - every word that an operator can read: actions, reasons, rules, events and their fields.
 *
 * The tables are the .def files beside this header; log, reports, console and manual are made from them. Names are
 * interface: added, never renamed. Depends on nothing, so that any layer may use it. Any thread. Cannot fail.
 */
#ifndef ENGINE_VOCAB_H
#define ENGINE_VOCAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One byte each: a million deployments store several of these. */
#define SMALL_ENUM __attribute__((packed))

/* As a number of hosts: no bound. */
#define HOSTS_UNLIMITED INT32_MAX

/* Outcome of a deployment in a pass. */
enum SMALL_ENUM action {
    ACTION_NONE, /* nothing to do, or not read yet */
    ACTION_SCALED,
    ACTION_DRY_RUN,
    ACTION_HELD,
    ACTION_FAILED,
    ACTION_UNCONFIRMED,
};
#define ACTION_COUNT 6

enum reason_kind {
    REASON_PLAIN,   /* the decision's ordinary outcome */
    REASON_RAIL,    /* a guard rail changed or stopped the action */
    REASON_DATA,    /* bad data: no decision is based on it */
    REASON_FAILURE, /* a request failed */
};

/* Sets of reasons that several modules use. A reason without a number has the kind DATA or FAILURE. */

/* A delta of 0 with it is the wanted state, not a hold. */
#define REASON_IS_SETTLED (1u << 0)
/* Time alone ends it, and nothing is missing until then. */
#define REASON_DELAYS_SHRINK (1u << 1)
/* An operator or the configuration keeps the delta from being sent. */
#define REASON_IS_OPERATORS (1u << 2)
/* Nothing has been decided since the deployment was listed. */
#define REASON_HAS_NO_VERDICT (1u << 3)
/* It ends by itself within minutes: logged as debug, not as a hold. */
#define REASON_IS_TRANSIENT (1u << 4)

#define REASON(id, name, short_name, kind, flags, meaning, advice) REASON_##id,
enum SMALL_ENUM reason {
#include "engine/reasons.def"
};
#undef REASON
#define REASON_COUNTED(id, name, short_name, kind, flags, meaning, advice) +1
enum {
    REASON_COUNT = 0
#define REASON REASON_COUNTED
#include "engine/reasons.def"
#undef REASON
};

#define REASON_SHORT_COLUMNS 13

struct reason_row {
    const char *name;
    const char *short_name; /* at most REASON_SHORT_COLUMNS; for where the name does not fit */
    enum reason_kind kind;
    unsigned flags;
    const char *meaning; /* one sentence: what it means */
    const char *advice;  /* one sentence: what the operator should do */
};

/* When a rule is applied. */
enum rule_stage {
    STAGE_INPUT,   /* what is known; changes no number */
    STAGE_DESIRED, /* raises the desired hosts */
    STAGE_GUARD,   /* limits the delta */
    STAGE_SEND,    /* decides whether the delta is sent */
};

#define RULE(id, name, stage, reason, apply, explain) RULE_##id,
enum SMALL_ENUM rule {
#include "engine/rules.def"
};
#undef RULE
#define RULE(id, name, stage, reason, apply, explain) +1
enum {
    RULE_COUNT = 0
#include "engine/rules.def"
};
#undef RULE

struct rule_row {
    const char *name;
    enum rule_stage stage;
    enum reason reason; /* of a changed decision; NONE: the rule sets one itself */
};

/* What a rule did to its value. */
enum verdict {
    VERDICT_OK,     /* nothing changed */
    VERDICT_RAISED, /* more hosts are wanted */
    VERDICT_CUT,    /* a guard rail changed the delta */
    VERDICT_HELD,   /* the delta became 0, or must not be sent */
};

enum level { LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR };
#define LEVEL_COUNT 4

#define EVENT(id, name, level, limited, fields, meaning) EVENT_##id,
enum event_id {
#include "engine/events.def"
};
#undef EVENT
#define EVENT_COUNTED(id, name, level, limited, fields, meaning) +1
enum {
    EVENT_COUNT = 0
#define EVENT EVENT_COUNTED
#include "engine/events.def"
#undef EVENT
};

struct event_row {
    const char *name;
    enum level level;
    bool is_limited;    /* above a rate, lines are dropped and counted */
    const char *fields; /* the keys it may carry, separated by spaces */
    const char *meaning;
};

/* State of a deployment, worst first. */
#define STATE(id, name, glyph, meaning) STATE_##id,
enum state {
#include "engine/states.def"
};
#undef STATE
#define STATE(id, name, glyph, meaning) +1
enum {
    STATE_COUNT = 0
#include "engine/states.def"
};
#undef STATE

struct state_row {
    const char *name;
    char glyph;
    const char *meaning; /* a phrase */
};

/* Commands of the operator. */
#define COMMAND(id, name, steers, meaning) COMMAND_##id,
enum command_kind {
#include "engine/commands.def"
};
#undef COMMAND
#define COMMAND(id, name, steers, meaning) +1
enum {
    COMMAND_COUNT = 0
#include "engine/commands.def"
};
#undef COMMAND

struct command_row {
    const char *name;
    bool is_steering; /* refused when read-only */
    const char *meaning;
};

const char *action_name(enum action action);
const struct state_row *state_row(enum state state);
const struct command_row *command_row(enum command_kind kind);
const struct reason_row *reason_row(enum reason reason);
const struct rule_row *rule_row(enum rule rule);

/* Does the reason have one of these flags (REASON_IS_SETTLED ...)? */
bool reason_has(enum reason reason, unsigned flags);

const struct event_row *event_row(enum event_id id);
const char *level_name(enum level level);

/* Is `key` a documented field of the event? */
bool event_has_field(enum event_id id, const char *key);

#endif
