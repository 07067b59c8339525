/*
 * ctl_arguments - the command line of autoscalerctl as a checked value.
 *
 * Options may stand before, between and behind the arguments; `--` ends them. Borrows from argv. Any thread. Errors:
 * ERR_USAGE with a sentence.
 */
#ifndef ENGINE_CTL_CTL_ARGUMENTS_H
#define ENGINE_CTL_CTL_ARGUMENTS_H

#include "engine/base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CTL(id, name, arguments, meaning) CTL_##id,
enum ctl_command {
#include "engine/ctl/ctl.def"
    CTL_HELP,
    CTL_VERSION,
};
#undef CTL
#define CTL_COUNT CTL_HELP

#define CTL_VALUES_MAX 32

struct ctl_arguments {
    enum ctl_command command;
    const char *socket;  /* NULL: the usual one */
    const char *subject; /* an id or a pattern; NULL: none */
    bool is_all;
    int32_t delta;
    int64_t number;                     /* of an override */
    const char *values[CTL_VALUES_MAX]; /* KEY=VALUE */
    size_t value_count;
    bool is_on;
    const char *state;  /* NULL: any */
    const char *reason; /* NULL: none */
    const char *length; /* --for, as it was given and checked; NULL: none */
    bool is_forced;
    const char *since; /* a duration; NULL: not given */
    bool is_following;
    const char *output; /* NULL: not given */
    bool is_json;
    bool is_yaml;
    bool is_confirmed; /* --yes: a change of many is not asked about */
    bool is_rehearsal; /* --dry-run: the request is shown and not sent */
};

int ctl_arguments_parse(int argc, char **argv, struct ctl_arguments *ret_arguments,
                        struct error *err);

void ctl_arguments_print_help(FILE *out);

/* Of a command that is not HELP or VERSION. */
const char *ctl_command_name(enum ctl_command command);
const char *ctl_command_arguments(enum ctl_command command);
const char *ctl_command_meaning(enum ctl_command command);

/*
 * The option at `index`; *ret_name NULL: not one of the command. *ret_argument: its value, such as "table|json|yaml";
 * NULL: it takes none. False: there are no more.
 */
bool ctl_option_at(size_t index, enum ctl_command command, const char **ret_name,
                   const char **ret_argument);

#endif
