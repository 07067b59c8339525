#include "engine/config/config.h"

#include "engine/base/text.h"
#include "engine/config/config_file.h"
#include "engine/config/endpoint.h"
#include "engine/config/notify_rows.h"
#include "engine/config/options.h"

#include <stdbool.h>
#include <string.h>

#define WIDTH 80
#define HELP_COLUMN 33
#define LINE_SIZE 1024         /* of a name with its argument, or of a value that is not a text */
#define ARGUMENT_LENGTH_MAX 24 /* of a flag; the words of longer ones are listed in the help text */

/* --- --check-config -------------------------------------------------------------------------------- */

/* A double-quoted YAML scalar. Texts of a configuration are valid UTF-8. */
static void print_quoted(const char *text, FILE *out)
{
    size_t length = strlen(text);
    fputc('"', out);
    while (length > 0) {
        uint32_t code_point = 0;
        size_t size = utf8_decode(text, length, &code_point);
        size += size == 0;
        if (code_point == '"' || code_point == '\\')
            fprintf(out, "\\%c", (char)code_point);
        else if (!code_point_is_printable(code_point))
            fprintf(out, "\\U%08x", code_point);
        else
            fwrite(text, 1, size, out);
        text += size;
        length -= size;
    }
    fputc('"', out);
}

/* ["ops", "sre"] of "ops, sre". */
static void print_groups(const char *text, FILE *out)
{
    const char *separator = "[";
    char name[LINE_SIZE];
    for (text += strspn(text, ", "); *text; text += strspn(text, ", ")) {
        size_t length = strcspn(text, ", ");
        struct text copy;
        text_init(&copy, name, sizeof name);
        text_add_bytes(&copy, text, length);
        fputs(separator, out);
        print_quoted(name, out);
        separator = ", ";
        text += length;
    }
    fputc(']', out);
}

/* "  name: value"; an unset value is a comment, because YAML's null is not accepted. */
static void print_option(const struct option_row *row, const void *member, int indent,
                         const char *name, FILE *out)
{
    if (option_is_text(row)) {
        const char *text;
        memcpy(&text, member, sizeof text);
        fprintf(out, "%*s%s%s: ", indent, "", text ? "" : "# ", name);
        if (text && row->type == TYPE_GROUPS)
            print_groups(text, out);
        else if (text)
            print_quoted(text, out);
        fprintf(out, "%s\n", text ? "" : "(none)");
        return;
    }
    char storage[LINE_SIZE];
    struct text value;
    text_init(&value, storage, sizeof storage);
    option_add(row, member, &value);
    fprintf(out, "%*s%s: %s\n", indent, "", name, storage);
}

static bool is_policies_key(const char *key)
{
    return strncmp(key, "policies.", 9) == 0;
}

static const char *leaf_of(const char *key)
{
    const char *dot = strrchr(key, '.');
    return dot ? dot + 1 : key;
}

static void print_policy(const struct policy_rule *rule, FILE *out)
{
    fputs("  - match: ", out);
    print_quoted(rule->match, out);
    fputc('\n', out);
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *row = option_at(i);
        if (row->key && option_is_policy(row))
            print_option(row, (const char *)&rule->policy + option_policy_offset(row), 4,
                         leaf_of(row->key), out);
    }
}

static void print_policies(const struct config *config, FILE *out)
{
    fputs(config->policy_count > 0 ? "policies:\n" : "policies: []\n", out);
    for (size_t i = 0; i < config->policy_count; i++)
        print_policy(&config->policies[i], out);
}

/* `keys` in `console`: each command with its list. */
static void print_console_keys(const struct key_list *list, FILE *out)
{
    fputs(list->count > 0 ? "  keys:" : "  keys: {}", out);
    for (size_t i = 0; i < list->count; i++) {
        const struct key_entry *entry = &list->entries[i];
        bool is_first = i == 0 || strcmp(entry->command, list->entries[i - 1].command) != 0;
        fputs(is_first && i > 0 ? "]" : "", out);
        fputs(is_first ? "\n    " : ", ", out);
        if (is_first) {
            print_quoted(entry->command, out);
            fputs(": [", out);
        }
        if (entry->key[0] != '\0')
            print_quoted(entry->key, out);
    }
    fputs(list->count > 0 ? "]\n" : "\n", out);
}

static void print_words(const char *key, const struct path_list *words, FILE *out)
{
    fprintf(out, "    %s: [", key);
    for (size_t i = 0; i < words->count; i++) {
        fputs(i > 0 ? ", " : "", out);
        print_quoted(words->paths[i], out);
    }
    fputs("]\n", out);
}

/* Its path is a secret. What is printed is the same when it is read and printed again. */
static void print_url(const char *url, FILE *out)
{
    fprintf(out, "    url: \"%.*s\" # without its path\n", (int)endpoint_origin_size(url), url);
}

static void print_notify_key(const struct notify_entry *entry, enum notify_row id, FILE *out)
{
    const struct option_row *row = notify_row(id);
    if (id == NOTIFY_ROW_EVENTS || (id == NOTIFY_ROW_COMMAND && entry->command.count > 0))
        print_words(row->key, id == NOTIFY_ROW_EVENTS ? &entry->event_words : &entry->command, out);
    else if (id == NOTIFY_ROW_URL && entry->url && !entry->url_file)
        print_url(entry->url, out);
    else if (id != NOTIFY_ROW_URL && id != NOTIFY_ROW_COMMAND)
        print_option(row, (const char *)entry + row->offset, 4, row->key, out);
}

static void print_notify(const struct notify_list *list, FILE *out)
{
    fputs(list->count > 0 ? "notify:\n" : "notify: []\n", out);
    for (size_t i = 0; i < list->count; i++) {
        fputs("  - name: ", out);
        print_quoted(list->entries[i].name, out);
        fputc('\n', out);
        for (int id = NOTIFY_ROW_NAME + 1; id < NOTIFY_ROW_COUNT; id++)
            print_notify_key(&list->entries[i], (enum notify_row)id, out);
    }
}

/* Begins a new section when the key is not in the section of `before`. */
static void print_section(const char *key, const char *before, FILE *out)
{
    size_t length = strcspn(key, ".");
    if (key[length] == '.' && (!before || strncmp(key, before, length + 1) != 0))
        fprintf(out, "%.*s:\n", (int)length, key);
}

static void print_header(const struct config *config, FILE *out)
{
    fprintf(out, "# autoscaler %s, read from ", AUTOSCALER_VERSION);
    if (config->config_file)
        print_quoted(config->config_file, out);
    else
        fputs("no file", out);
    fprintf(out, "\n# token: %s\n", config->api.token ? "(set)" : "(none)");
}

void config_print(const struct config *config, FILE *out)
{
    const char *before = NULL;
    print_header(config, out);
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *row = option_at(i);
        if (!row->key)
            continue;
        if (row->type == TYPE_PATTERN)
            print_policies(config, out);
        if (is_policies_key(row->key))
            continue;
        if (row->type == TYPE_NOTIFY) {
            print_notify(&config->notify, out);
            continue;
        }
        print_section(row->key, before, out);
        before = row->key;
        if (row->type == TYPE_KEYS) {
            print_console_keys(&config->console.keys, out);
            continue;
        }
        print_option(row, (const char *)config + row->offset, strchr(row->key, '.') ? 2 : 0,
                     leaf_of(row->key), out);
    }
}

/* --- --help ------------------------------------------------------------------------------------------ */

/* Words from HELP_COLUMN on, as many per line as fit; `column` is the current column. */
static void print_wrapped(const char *words, size_t column, FILE *out)
{
    while (*words) {
        size_t length = strcspn(words, " ");
        if (column + 1 + length > WIDTH || column < HELP_COLUMN) {
            bool is_first = column < HELP_COLUMN;
            fprintf(out, "%s%*s", is_first ? "" : "\n",
                    (int)(is_first ? HELP_COLUMN - column : HELP_COLUMN), "");
            column = HELP_COLUMN;
        } else {
            fputc(' ', out);
            column++;
        }
        fwrite(words, 1, length, out);
        column += length;
        words += length;
        words += strspn(words, " ");
    }
    fputc('\n', out);
}

/* A name on the left, words on the right; on the next line when the name is too long. */
static void print_entry(const char *name, const char *words, FILE *out)
{
    size_t length = strlen(name);
    fputs(name, out);
    if (length + 2 > HELP_COLUMN) {
        fputc('\n', out);
        length = 0;
    }
    print_wrapped(words, length, out);
}

static bool has_long_argument(const struct option_row *row)
{
    char storage[LINE_SIZE];
    struct text argument;
    text_init(&argument, storage, sizeof storage);
    option_add_argument(row, &argument);
    return strlen(storage) > ARGUMENT_LENGTH_MAX;
}

static void add_flag(const struct option_row *row, struct text *text)
{
    if (row->letter)
        text_addf(text, "  -%c, --%s", row->letter, row->flag);
    else
        text_addf(text, "      --%s", row->flag);
    if (row->type == TYPE_DEMO || (row->type == TYPE_SUBJECT && row->min == 0))
        text_addf(text, "[=%s]", row->argument);
    else if (row->type == TYPE_MODE && row->words)
        text_addf(text, "[=%s]", row->words[0].text);
    else if (has_long_argument(row))
        text_add(text, "=WORD");
    else if (option_has_argument(row)) {
        text_add_char(text, '=');
        option_add_argument(row, text);
    }
}

static void print_flag(const struct option_row *row, FILE *out)
{
    char name_storage[LINE_SIZE];
    char words_storage[LINE_SIZE];
    struct text name;
    struct text words;
    text_init(&name, name_storage, sizeof name_storage);
    text_init(&words, words_storage, sizeof words_storage);
    add_flag(row, &name);
    text_add(&words, row->help);
    if (has_long_argument(row)) {
        text_add(&words, ": ");
        option_add_words(row, " ", " ", &words);
    }
    if (row->initial && option_has_argument(row))
        text_addf(&words, " (%s)", row->initial);
    print_entry(name_storage, words_storage, out);
}

static void print_key(const struct option_row *row, FILE *out)
{
    char storage[LINE_SIZE];
    struct text name;
    text_init(&name, storage, sizeof storage);
    text_addf(&name, "  %s", row->key);
    if (row->initial)
        text_addf(&name, "=%s", row->initial);
    print_entry(storage, row->help, out);
}

static void print_flags(enum option_group group, const char *title, FILE *out)
{
    bool is_first = true;
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *row = option_at(i);
        if (row->group != group || !row->flag)
            continue;
        if (is_first)
            fprintf(out, "\n%s:\n", title);
        is_first = false;
        print_flag(row, out);
    }
}

enum keys { KEYS_PLAIN, KEYS_OF_POLICIES, KEYS_OF_BACKTEST };

static enum keys keys_of(const struct option_row *row)
{
    if (is_policies_key(row->key))
        return KEYS_OF_POLICIES;
    return row->group == GROUP_BACKTEST ? KEYS_OF_BACKTEST : KEYS_PLAIN;
}

static void print_keys(enum keys keys, const char *title, FILE *out)
{
    fprintf(out, "\n%s:\n", title);
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *row = option_at(i);
        if (row->key && !row->flag && keys_of(row) == keys)
            print_key(row, out);
    }
}

static void print_variables(FILE *out)
{
    fputs("\nEnvironment, stronger than the file, weaker than the command line:\n", out);
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *row = option_at(i);
        char storage[LINE_SIZE];
        struct text name;
        text_init(&name, storage, sizeof storage);
        if (!row->variable)
            continue;
        text_addf(&name, "  %s", row->variable);
        print_entry(storage, row->help, out);
    }
}

void config_print_help(FILE *out)
{
    static const char *const titles[GROUP_COUNT] = {
        [GROUP_MODES] = "How to run (without one of these: engine and console)",
        [GROUP_CONFIGURATION] = "Configuration",
        [GROUP_API] = "The deployments API",
        [GROUP_ENGINE] = "Passes",
        [GROUP_STATE] = "State",
        [GROUP_LOG] = "Log and output",
        [GROUP_CONSOLE] = "The console",
        [GROUP_POLICY] = "Policies",
        [GROUP_SIMULATION] = "Simulation",
        [GROUP_BACKTEST] = "Backtest",
    };
    fputs("Usage: autoscaler [OPTIONS]\n"
          "Keeps a share of every deployment's servers free by adding and removing hosts.\n",
          out);
    for (int group = 0; group < GROUP_COUNT; group++)
        print_flags((enum option_group)group, titles[group], out);
    print_keys(KEYS_PLAIN, "Keys without an option of their own, for --set and the file", out);
    print_keys(KEYS_OF_POLICIES,
               "Keys of an entry of the list `policies`, beside those of `defaults`", out);
    print_keys(KEYS_OF_BACKTEST, "Keys of what --backtest supposes", out);
    print_variables(out);
    fputs("\nThe file is searched as $XDG_CONFIG_HOME/autoscaler/autoscaler.yaml, "
          "else\n" CONFIG_FILE_SYSTEM "; none is fine. The command line wins over it.\n"
          "D is a duration: 250ms, 30s, 1.5m, 2h; a bare number is seconds.\n"
          "An option can be abbreviated as long as it is unambiguous.\n",
          out);
}
