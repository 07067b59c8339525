#include "tui/console/palette.h"

#include "engine/base/duration.h"
#include "engine/base/text.h"
#include "engine/vocab.h"
#include "tui/console/dialog.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum argument {
    ARGUMENT_VIEW,
    ARGUMENT_COLUMN,
    ARGUMENT_LEVEL,
    ARGUMENT_SCOPE,
    ARGUMENT_NUMBER,
    ARGUMENT_DURATION,
    ARGUMENT_SPEED,
    ARGUMENT_TEXT
};

static const struct palette_row {
    enum palette_kind kind;
    const char *name;
    enum argument argument;
    const char *help;
} palette_rows[] = {
#define PALETTE(id, name, argument, help) { PALETTE_##id, name, ARGUMENT_##argument, help },
#include "tui/console/palette.def"
#undef PALETTE
};

#define PALETTE_COUNT (sizeof palette_rows / sizeof palette_rows[0])
#define COMMAND_COUNT (PALETTE_COUNT + ACT_COUNT - 1)

/* --- words ----------------------------------------------------------------------------------------------------- */

/* The command at an index: a row of the palette, or NULL and an act. */
static const struct palette_row *command_at(size_t index, enum act *ret_act)
{
    *ret_act = index < PALETTE_COUNT ? ACT_NONE : (enum act)(index - PALETTE_COUNT + 1);
    return index < PALETTE_COUNT ? &palette_rows[index] : NULL;
}

static struct key_word name_of(size_t index)
{
    enum act act;
    struct key_word word = { "" };
    const struct palette_row *row = command_at(index, &act);
    if (!row)
        return keys_word(act);
    struct text text;
    text_init(&text, word.text, sizeof word.text);
    text_add(&text, row->name);
    return word;
}

/* A key with the name of a command with an argument is found through that one. */
static bool is_repeated(size_t index)
{
    struct key_word name = name_of(index);
    for (size_t i = 0; i < PALETTE_COUNT && i < index; i++)
        if (strcmp(palette_rows[i].name, name.text) == 0)
            return true;
    return false;
}

static const char *level_at(size_t index)
{
    return index < LEVEL_COUNT ? level_name((enum level)index) : NULL;
}

static const char *scope_at(size_t index)
{
    static const char *const scopes[] = { "row", "all" };
    return index < sizeof scopes / sizeof scopes[0] ? scopes[index] : NULL;
}

/* The words that an argument can be; NULL: no more. */
static const char *argument_at(enum argument argument, size_t index)
{
    switch (argument) {
    case ARGUMENT_VIEW:
        return index < VIEW_COUNT ? view_name((enum view)index) : NULL;
    case ARGUMENT_COLUMN:
        return index < COLUMN_COUNT ? columns_row((enum column)index)->word : NULL;
    case ARGUMENT_LEVEL:
        return level_at(index);
    case ARGUMENT_SCOPE:
        return scope_at(index);
    case ARGUMENT_NUMBER:
    case ARGUMENT_DURATION:
    case ARGUMENT_SPEED:
    case ARGUMENT_TEXT:
        return NULL;
    }
    return NULL;
}

static const char *argument_name(enum argument argument)
{
    return argument == ARGUMENT_NUMBER     ? "HOSTS, as +3 or -2"
           : argument == ARGUMENT_DURATION ? "DURATION, as 30m or 2h"
           : argument == ARGUMENT_SPEED    ? "SPEED, as 60 or 0.5"
           : argument == ARGUMENT_TEXT     ? "TEXT"
                                           : "";
}

/* A word of a text that is not its own string. */
struct word {
    const char *text;
    size_t length;
};

static bool begins(const char *name, struct word word)
{
    return strncmp(name, word.text, word.length) == 0;
}

static bool equals(const char *name, struct word word)
{
    return begins(name, word) && name[word.length] == '\0';
}

/* --- reading --------------------------------------------------------------------------------------------------- */

struct parts {
    struct word name;
    const char *argument; /* "": none yet; without spaces before it */
    bool has_argument;    /* a space ends the name */
};

static struct parts split(const char *text)
{
    text += strspn(text, " ");
    size_t length = strcspn(text, " ");
    const char *rest = text + length;
    return (struct parts){ { text, length }, rest + strspn(rest, " "), *rest != '\0' };
}

static void add_matches(struct text *text, struct word word)
{
    const char *between = "";
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        struct key_word name = name_of(i);
        if (is_repeated(i) || !begins(name.text, word))
            continue;
        text_addf(text, "%s%s", between, name.text);
        between = " ";
    }
}

static int refuse_name(struct word word, size_t count, struct error *err)
{
    char storage[PALETTE_SIZE];
    struct text text;
    if (count == 0)
        return error_set(err, ERR_BAD_VALUE, "no command '%.*s': Tab shows what there is",
                         (int)word.length, word.text);
    text_init(&text, storage, sizeof storage);
    add_matches(&text, word);
    return error_set(err, ERR_BAD_VALUE, "'%.*s' can be: %s", (int)word.length, word.text, storage);
}

/* The whole name comes before the beginning of others. */
static int find_command(struct word word, size_t *ret_index, struct error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        struct key_word name = name_of(i);
        if (is_repeated(i) || !begins(name.text, word))
            continue;
        *ret_index = i;
        if (equals(name.text, word))
            return 0;
        count++;
    }
    return count == 1 ? 0 : refuse_name(word, count, err);
}

/* As with names: the whole word, or the beginning of one alone. */
static int find_argument(const struct palette_row *row, const char *text, size_t *ret_index,
                         struct error *err)
{
    struct word word = { text, strcspn(text, " ") };
    size_t count = 0;
    const char *name;
    for (size_t i = 0; (name = argument_at(row->argument, i)); i++) {
        if (!begins(name, word))
            continue;
        *ret_index = i;
        if (equals(name, word))
            return 0;
        count++;
    }
    if (count == 1)
        return 0;
    return error_set(err, ERR_BAD_VALUE, "%s: '%.*s' %s: Tab shows what there is", row->name,
                     (int)word.length, word.text, count == 0 ? "is none" : "can be several");
}

static int read_delta(const char *text, int32_t *ret_delta, struct error *err)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    end += strspn(end, " ");
    bool is_number = end != text && *end == '\0' && !isspace((unsigned char)text[0]);
    if (!is_number || errno || value == 0 || value < -DIALOG_DELTA_MAX || value > DIALOG_DELTA_MAX)
        return error_set(err, ERR_BAD_VALUE,
                         "scale: '%s' is not a number of hosts up to %d, as +3 or -2", text,
                         DIALOG_DELTA_MAX);
    *ret_delta = (int32_t)value;
    return 0;
}

static int read_pause(const char *text, int64_t *ret_ms, struct error *err)
{
    int64_t ms;
    if (!duration_parse(text, &ms) || ms <= 0 || ms > DIALOG_PAUSE_MINUTES_MAX * INT64_C(60000))
        return error_set(err, ERR_BAD_VALUE,
                         "pause: '%s' is not a duration, as 30m or 2h; pause-row has no end", text);
    *ret_ms = ms;
    return 0;
}

/* Thousandths, digit by digit: no locale and no double. */
static int read_speed(const char *text, int32_t *ret_millis, struct error *err)
{
    int64_t millis = 0;
    int decimals = -1;
    const char *at = text;
    for (; (isdigit((unsigned char)*at) || (*at == '.' && decimals < 0)) && decimals < 3; at++) {
        if (*at == '.') {
            decimals = 0;
            continue;
        }
        millis = millis > INT32_MAX ? millis : millis * 10 + (*at - '0');
        decimals += decimals >= 0;
    }
    for (int i = decimals < 0 ? 0 : decimals; i < 3; i++)
        millis *= 10;
    at += strspn(at, " ");
    if (*at != '\0' || millis < 1 || millis > PALETTE_SPEED_MILLIS_MAX)
        return error_set(err, ERR_BAD_VALUE, "speed: '%s' is not a speed up to %d, as 60 or 0.5",
                         text, PALETTE_SPEED_MILLIS_MAX / 1000);
    *ret_millis = (int32_t)millis;
    return 0;
}

static int read_argument(const struct palette_row *row, const char *argument,
                         struct palette_command *command, struct error *err)
{
    size_t index = 0;
    int failed = 0;
    command->kind = row->kind;
    if (row->argument == ARGUMENT_TEXT) {
        size_t length = strnlen(argument, sizeof command->text - 1);
        memcpy(command->text, argument, length);
        command->text[length] = '\0';
    } else if (row->argument == ARGUMENT_NUMBER) {
        return read_delta(argument, &command->delta, err);
    } else if (row->argument == ARGUMENT_DURATION) {
        return read_pause(argument, &command->for_ms, err);
    } else if (row->argument == ARGUMENT_SPEED) {
        return read_speed(argument, &command->speed_millis, err);
    } else {
        failed = find_argument(row, argument, &index, err);
    }
    command->is_all = row->argument == ARGUMENT_SCOPE && index > 0;
    command->view = row->argument == ARGUMENT_VIEW ? (enum view)index : VIEW_ALL;
    command->column = row->argument == ARGUMENT_COLUMN ? (enum column)index : COLUMN_STATE;
    command->level = row->argument == ARGUMENT_LEVEL ? (enum level)index : LEVEL_DEBUG;
    return failed;
}

static enum act act_of_name(const char *name)
{
    for (int act = ACT_NONE + 1; act < ACT_COUNT; act++)
        if (strcmp(keys_word((enum act)act).text, name) == 0)
            return (enum act)act;
    return ACT_NONE;
}

static int read_key(enum act act, const struct parts *parts, struct palette_command *command,
                    struct error *err)
{
    if (parts->argument[0] != '\0')
        return error_set(err, ERR_BAD_VALUE, "%s takes no argument", keys_word(act).text);
    command->kind = PALETTE_KEY;
    command->act = act;
    return 0;
}

/* The key with the same name asks for the argument itself. */
static int read_without_argument(const struct palette_row *row, const struct parts *parts,
                                 struct palette_command *command, struct error *err)
{
    enum act act = act_of_name(row->name);
    if (act == ACT_NONE || row->kind == PALETTE_VIEW)
        return error_set(
            err, ERR_BAD_VALUE, "%s needs an argument%s", row->name,
            row->kind == PALETTE_PAUSE ? ", as 30m; without an end: pause-row, pause-all" : "");
    return read_key(act, parts, command, err);
}

int palette_parse(const char *text, struct palette_command *ret_command, struct error *err)
{
    struct parts parts = split(text);
    struct palette_command command = { 0 };
    size_t index = 0;
    enum act act;
    int failed = find_command(parts.name, &index, err);
    if (failed)
        return failed;
    const struct palette_row *row = command_at(index, &act);
    if (!row)
        failed = read_key(act, &parts, &command, err);
    else if (parts.argument[0] != '\0')
        failed = read_argument(row, parts.argument, &command, err);
    else
        failed = read_without_argument(row, &parts, &command, err);
    if (!failed)
        *ret_command = command;
    return failed;
}

/* --- completing ------------------------------------------------------------------------------------------------ */

static void add_arguments(struct text *text, const struct parts *parts)
{
    size_t index = 0;
    enum act act;
    struct error err;
    if (find_command(parts->name, &index, &err))
        return;
    const struct palette_row *row = command_at(index, &act);
    if (!row)
        return;
    struct word word = { parts->argument, strlen(parts->argument) };
    const char *name;
    for (size_t i = 0; (name = argument_at(row->argument, i)); i++)
        if (begins(name, word))
            text_addf(text, "%s%s", text->length > 0 ? " " : "", name);
    if (parts->argument[0] == '\0')
        text_add(text, argument_name(row->argument));
}

void palette_candidates(const char *text, char ret_words[PALETTE_SIZE])
{
    struct parts parts = split(text);
    struct text words;
    text_init(&words, ret_words, PALETTE_SIZE);
    if (parts.has_argument)
        add_arguments(&words, &parts);
    else
        add_matches(&words, parts.name);
}

/* How many characters the words of a list have in common; *ret_count: how many words there are. */
static size_t common_length(const char *words, size_t *ret_count)
{
    size_t common = strcspn(words, " ");
    *ret_count = 0;
    for (const char *word = words; *word != '\0'; word += strspn(word, " ")) {
        size_t length = strcspn(word, " ");
        size_t same = 0;
        while (same < length && same < common && word[same] == words[same])
            same++;
        common = same;
        word += length;
        (*ret_count)++;
    }
    return common;
}

static bool has_words(const char *text)
{
    struct parts parts = split(text);
    size_t index = 0;
    enum act act;
    struct error err;
    if (!parts.has_argument)
        return true;
    if (find_command(parts.name, &index, &err))
        return false;
    const struct palette_row *row = command_at(index, &act);
    return row && argument_at(row->argument, 0);
}

void palette_complete(const char *text, char ret_text[PROMPT_SIZE])
{
    char words[PALETTE_SIZE];
    struct text completed;
    struct parts parts = split(text);
    size_t count;
    palette_candidates(text, words);
    size_t common = common_length(words, &count);
    const char *last = parts.has_argument ? parts.argument : parts.name.text;
    text_init(&completed, ret_text, PROMPT_SIZE);
    text_add_bytes(&completed, text, (size_t)(last - text));
    if (count == 0 || common < strlen(last) || !has_words(text)) {
        text_add(&completed, last);
        return;
    }
    text_add_bytes(&completed, words, common);
    if (count == 1 && !parts.has_argument)
        text_add_char(&completed, ' ');
}

bool palette_describe(size_t index, const char **ret_name, const char **ret_help)
{
    if (index >= PALETTE_COUNT)
        return false;
    *ret_name = palette_rows[index].name;
    *ret_help = palette_rows[index].help;
    return true;
}
