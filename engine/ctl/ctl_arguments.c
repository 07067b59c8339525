#include "engine/ctl/ctl_arguments.h"

#include "engine/base/duration.h"
#include "engine/base/quote.h"
#include "engine/base/text.h"

#include <stddef.h>
#include <string.h>

#define POSITIONS_MAX (2 + CTL_VALUES_MAX)

struct command_row {
    const char *name;
    const char *arguments;
    const char *meaning;
};

static const struct command_row commands[] = {
#define CTL(id, name, arguments, meaning) [CTL_##id] = { name, arguments, meaning },
#include "engine/ctl/ctl.def"
#undef CTL
};

/* `argument` NULL: a flag. `commands` is a set of bits: those that have the option; 0: all. */
static const struct option_row {
    const char *name;
    const char *argument;
    size_t offset;
    unsigned commands;
    const char *help;
} options[] = {
#define MEMBER(name) offsetof(struct ctl_arguments, name)
#define ACTS                                                                                       \
    (1u << CTL_PAUSE | 1u << CTL_RESUME | 1u << CTL_SCALE | 1u << CTL_DRY_RUN | 1u << CTL_PASS |   \
     1u << CTL_DISCOVER | 1u << CTL_RELOAD | 1u << CTL_EXTEND | 1u << CTL_END | 1u << CTL_UNDO)
    { "--socket", "PATH", MEMBER(socket), 0, "socket of the engine" },
    { "--output", "table|json|yaml", MEMBER(output), 0, "json, yaml: what the engine sends" },
    { "--all", NULL, MEMBER(is_all), 1u << CTL_PAUSE | 1u << CTL_RESUME, "all deployments" },
    { "--state", "WORD", MEMBER(state), 1u << CTL_LIST, "only those in this state" },
    { "--since", "TIME", MEMBER(since), 1u << CTL_HISTORY,
      "what is not older, such as 1h; else 24h" },
    { "--follow", NULL, MEMBER(is_following), 1u << CTL_LOG,
      "go on with the lines that come; also -f" },
    { "--for", "TIME", MEMBER(length), 1u << CTL_PAUSE | 1u << CTL_EXTEND,
      "it ends by itself, such as 30m or 2h" },
    { "--reason", "TEXT", MEMBER(reason), ACTS, "why, for the log of the engine" },
    { "--force", NULL, MEMBER(is_forced), 1u << CTL_SCALE, "although rules object" },
    { "--yes", NULL, MEMBER(is_confirmed), ACTS, "change many, or much, without a question" },
    { "--dry-run", NULL, MEMBER(is_rehearsal), ACTS, "print the request, send nothing" },
};
#define OPTION_COUNT (sizeof options / sizeof options[0])

static int complain(struct error *err, const char *before, const char *word, const char *after)
{
    char storage[QUOTE_SIZE];
    struct text shown;
    text_init(&shown, storage, sizeof storage);
    quote_add(&shown, word, strlen(word));
    return error_set(err, ERR_USAGE, "%s%s%s; autoscalerctl --help", before, storage, after);
}

/* --- options --------------------------------------------------------------------------------------------------- */

static const struct option_row *find_option(const char *word, size_t length)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (strlen(options[i].name) == length && strncmp(options[i].name, word, length) == 0)
            return &options[i];
    return NULL;
}

static int store_option(const struct option_row *row, const char *value,
                        struct ctl_arguments *arguments, struct error *err)
{
    void *member = (char *)arguments + row->offset;
    if (!row->argument) {
        if (value)
            return error_set(err, ERR_USAGE, "%s takes no value", row->name);
        *(bool *)member = true;
        return 0;
    }
    if (!value || value[0] == '\0')
        return error_set(err, ERR_USAGE, "%s needs a value: %s=...", row->name, row->name);
    *(const char **)member = value;
    return 0;
}

/* A number of hosts such as -3 is no option. */
static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0' && !(word[1] >= '0' && word[1] <= '9');
}

/* `next` is the word behind it, or NULL. *ret_has_taken: it is the value. */
static int take_option(const char *word, const char *next, unsigned *ret_seen, bool *ret_has_taken,
                       struct ctl_arguments *arguments, struct error *err)
{
    *ret_has_taken = false;
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        arguments->command = CTL_HELP;
        return 0;
    }
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        arguments->command = CTL_VERSION;
        return 0;
    }
    if (strcmp(word, "-f") == 0)
        word = "--follow";
    size_t length = strcspn(word, "=");
    const struct option_row *row = find_option(word, length);
    if (!row)
        return complain(err, "unknown option ", word, "");
    *ret_seen |= 1u << (row - options);
    if (word[length] == '=')
        return store_option(row, word + length + 1, arguments, err);
    *ret_has_taken = row->argument && next && !is_option(next);
    return store_option(row, *ret_has_taken ? next : NULL, arguments, err);
}

/* --- arguments ------------------------------------------------------------------------------------------------- */

static int read_delta(const char *word, struct ctl_arguments *arguments, struct error *err)
{
    int64_t delta;
    if (!integer_parse(word, strlen(word), &delta) || delta == 0 || delta > INT32_MAX ||
        delta < -INT32_MAX)
        return complain(err, "", word, " is no number of hosts, such as +2 or -1");
    arguments->delta = (int32_t)delta;
    return 0;
}

static int read_number(const char *word, struct ctl_arguments *arguments, struct error *err)
{
    bool is_number = integer_parse(word, strlen(word), &arguments->number) && arguments->number > 0;
    return is_number ? 0 : complain(err, "", word, " is no number of an override: see overrides");
}

static int read_values(const char *const *words, size_t count, struct ctl_arguments *arguments,
                       struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        const char *end = strchr(words[i], '=');
        if (!end || end == words[i])
            return complain(err, "", words[i], " is no KEY=VALUE of a policy");
        arguments->values[arguments->value_count++] = words[i];
    }
    return 0;
}

static int read_switch(const char *word, struct ctl_arguments *arguments, struct error *err)
{
    arguments->is_on = strcmp(word, "on") == 0;
    return arguments->is_on || strcmp(word, "off") == 0
               ? 0
               : complain(err, "", word, " is neither on nor off");
}

static int check_count(enum ctl_command command, size_t count, size_t min, size_t max,
                       struct error *err)
{
    if (count >= min && count <= max)
        return 0;
    const char *arguments = commands[command].arguments;
    return error_set(err, ERR_USAGE, "usage: autoscalerctl %s%s%s", commands[command].name,
                     arguments[0] ? " " : "", arguments);
}

static int read_positions(struct ctl_arguments *arguments, const char *const *words, size_t count,
                          struct error *err)
{
    enum ctl_command command = arguments->command;
    const char *first = count > 0 ? words[0] : "";
    const char *second = count > 1 ? words[1] : "";
    int failed = 0;
    switch (command) {
    case CTL_LIST:
        failed = check_count(command, count, 0, 1, err);
        arguments->subject = count > 0 ? first : NULL;
        return failed;
    case CTL_EXPLAIN:
    case CTL_COMPLETION:
    case CTL_HISTORY:
        failed = check_count(command, count, 1, 1, err);
        arguments->subject = first;
        return failed;
    case CTL_PAUSE:
    case CTL_RESUME:
        failed = check_count(command, count + arguments->is_all, 1, 1, err);
        arguments->subject = count > 0 ? first : NULL;
        return failed;
    case CTL_WHAT_IF:
        failed = check_count(command, count, 2, 1 + CTL_VALUES_MAX, err);
        arguments->subject = first;
        return failed ? failed : read_values(words + 1, count - 1, arguments, err);
    case CTL_SCALE:
        failed = check_count(command, count, 2, 2, err);
        arguments->subject = first;
        return failed ? failed : read_delta(second, arguments, err);
    case CTL_DRY_RUN:
        failed = check_count(command, count, 1, 1, err);
        return failed ? failed : read_switch(first, arguments, err);
    case CTL_EXTEND:
        failed = check_count(command, arguments->length ? count : 0, 1, 1, err);
        return failed ? failed : read_number(first, arguments, err);
    case CTL_END:
        failed = check_count(command, count, 1, 1, err);
        return failed ? failed : read_number(first, arguments, err);
    case CTL_STATUS:
    case CTL_WATCH:
    case CTL_OVERRIDES:
    case CTL_LOG:
    case CTL_PLAN:
    case CTL_UNDO:
    case CTL_PASS:
    case CTL_DISCOVER:
    case CTL_RELOAD:
        return check_count(command, count, 0, 0, err);
    case CTL_HELP:
    case CTL_VERSION:
        break;
    }
    return 0;
}

static int read_output(struct ctl_arguments *arguments, struct error *err)
{
    arguments->is_json = arguments->output && strcmp(arguments->output, "json") == 0;
    arguments->is_yaml = arguments->output && strcmp(arguments->output, "yaml") == 0;
    return !arguments->output || arguments->is_json || arguments->is_yaml ||
                   strcmp(arguments->output, "table") == 0
               ? 0
               : complain(err, "--output is ", arguments->output, ", expected table, json or yaml");
}

static int check_length(const char *option, const char *value, struct error *err)
{
    int64_t length_ms;
    bool is_length = !value || (duration_parse(value, &length_ms) && length_ms > 0);
    return is_length ? 0 : complain(err, option, value, ", expected a duration such as 30m or 2h");
}

static int find_command(const char *word, enum ctl_command *ret_command, struct error *err)
{
    for (enum ctl_command command = 0; command < CTL_COUNT; command++)
        if (strcmp(commands[command].name, word) == 0) {
            *ret_command = command;
            return 0;
        }
    return complain(err, "unknown command ", word, "");
}

static int check_options(enum ctl_command command, unsigned seen, struct error *err)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if ((seen & 1u << i) && options[i].commands && !(options[i].commands & 1u << command))
            return error_set(err, ERR_USAGE, "%s has no option %s", commands[command].name,
                             options[i].name);
    return 0;
}

static int finish(struct ctl_arguments *arguments, const char *const *words, size_t count,
                  unsigned seen, struct error *err)
{
    if (arguments->command == CTL_HELP || arguments->command == CTL_VERSION)
        return 0;
    if (count == 0)
        return error_set(err, ERR_USAGE, "a command is missing; autoscalerctl --help");
    int failed = find_command(words[0], &arguments->command, err);
    failed = failed ? failed : check_options(arguments->command, seen, err);
    failed = failed ? failed : read_output(arguments, err);
    failed = failed ? failed : check_length("--for is ", arguments->length, err);
    failed = failed ? failed : check_length("--since is ", arguments->since, err);
    return failed ? failed : read_positions(arguments, words + 1, count - 1, err);
}

int ctl_arguments_parse(int argc, char **argv, struct ctl_arguments *ret_arguments,
                        struct error *err)
{
    const char *words[POSITIONS_MAX + 1] = { NULL };
    size_t count = 0;
    unsigned seen = 0;
    bool is_over = false;
    *ret_arguments = (struct ctl_arguments){ .command = CTL_STATUS };
    for (int i = 1; i < argc; i++) {
        if (!is_over && strcmp(argv[i], "--") == 0) {
            is_over = true;
        } else if (!is_over && is_option(argv[i])) {
            bool has_taken;
            int failed = take_option(argv[i], argv[i + 1], &seen, &has_taken, ret_arguments, err);
            if (failed)
                return failed;
            i += has_taken;
        } else if (count == POSITIONS_MAX) {
            return complain(err, "unexpected argument ", argv[i], "");
        } else {
            words[count++] = argv[i];
        }
    }
    return finish(ret_arguments, words, count, seen, err);
}

const char *ctl_command_name(enum ctl_command command)
{
    return commands[command].name;
}

const char *ctl_command_arguments(enum ctl_command command)
{
    return commands[command].arguments;
}

const char *ctl_command_meaning(enum ctl_command command)
{
    return commands[command].meaning;
}

bool ctl_option_at(size_t index, enum ctl_command command, const char **ret_name,
                   const char **ret_argument)
{
    if (index >= OPTION_COUNT)
        return false;
    const struct option_row *row = &options[index];
    *ret_name = row->commands == 0 || (row->commands & 1u << command) ? row->name : NULL;
    *ret_argument = row->argument;
    return true;
}

void ctl_arguments_print_help(FILE *out)
{
    fputs("autoscalerctl [OPTION...] COMMAND [ARGUMENT...]\n"
          "See and steer a running autoscaler.\n\nCommands:\n",
          out);
    for (enum ctl_command command = 0; command < CTL_COUNT; command++)
        fprintf(out, "  %-10s %-44s %s\n", commands[command].name, commands[command].arguments,
                commands[command].meaning);
    fputs("\nOptions:\n", out);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s%s%s", options[i].name, options[i].argument ? "=" : "",
                 options[i].argument ? options[i].argument : "");
        fprintf(out, "  %-24s %s\n", name, options[i].help);
    }
    fputs("  --help, --version\n\n"
          "Exit status: 0 done, 1 refused or failed, 2 usage, 3 no engine.\n",
          out);
}
