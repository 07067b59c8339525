#include "engine/config/config_argv.h"

#include "engine/base/quote.h"
#include "engine/base/text.h"
#include "engine/config/options.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PLAIN_WORD 1 /* getopt's value of a word that belongs to no option */
#define LONG_BASE                                                                                  \
    256 /* getopt's value of a long option: this and its row's index; of a letter: the letter */
#define LETTERS_SIZE (2 + 2 * OPTION_COUNT + 1)

/* The state of the reading. */
struct reading {
    struct layer layer;
    struct path_list *traces;
};

struct quoted {
    char text[QUOTE_SIZE];
};

static struct quoted quote(const char *bytes, size_t length)
{
    struct quoted quoted;
    struct text text;
    text_init(&text, quoted.text, sizeof quoted.text);
    quote_add(&text, bytes, length);
    return quoted;
}

/* --- getopt from the table ------------------------------------------------------------------------- */

static int argument_kind(const struct option_row *row)
{
    if (row->type == TYPE_DEMO || (row->type == TYPE_MODE && row->words))
        return optional_argument;
    if (row->type == TYPE_SUBJECT && row->min == 0)
        return optional_argument;
    return option_has_argument(row) ? required_argument : no_argument;
}

static void fill_long_options(struct option long_options[OPTION_COUNT + 1])
{
    size_t count = 0;
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *row = option_at(i);
        if (row->flag)
            long_options[count++] =
                (struct option){ row->flag, argument_kind(row), NULL, LONG_BASE + (int)i };
    }
    long_options[count] = (struct option){ 0 };
}

/*
 * '-': words that belong to no option come in order. ':': separate codes for a missing value and an unknown option.
 */
static void fill_letters(struct text *letters)
{
    text_add(letters, "-:");
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *row = option_at(i);
        if (!row->letter)
            continue;
        text_add_char(letters, row->letter);
        if (argument_kind(row) == required_argument)
            text_add_char(letters, ':');
    }
}

static const struct option_row *row_of(int value)
{
    return value >= LONG_BASE ? option_at((size_t)(value - LONG_BASE)) : option_find_letter(value);
}

/* --- options that getopt refuses ------------------------------------------------------------------- */

static size_t count_with_prefix(const char *name, size_t length, struct text *list)
{
    size_t count = 0;
    for (size_t i = 0; i < option_count(); i++) {
        const char *flag = option_at(i)->flag;
        if (flag && strncmp(flag, name, length) == 0)
            text_addf(list, "%s--%s", count++ > 0 ? ", " : "", flag);
    }
    return count;
}

static int refuse_long(const char *argument, struct error *err)
{
    const char *name = argument + 2;
    size_t length = strcspn(name, "=");
    struct quoted shown = quote(argument, length + 2);
    char list_storage[128];
    struct text list;
    text_init(&list, list_storage, sizeof list_storage);
    if (count_with_prefix(name, length, &list) > 1)
        return error_set(err, ERR_USAGE, "option %s is ambiguous: %s", shown.text, list_storage);
    char name_storage[QUOTE_SIZE];
    struct text wanted;
    text_init(&wanted, name_storage, sizeof name_storage);
    text_add_bytes(&wanted, name, length);
    char hint_storage[QUOTE_SIZE];
    struct text hint;
    text_init(&hint, hint_storage, sizeof hint_storage);
    if (option_suggest_flag(name_storage, &hint))
        return error_set(err, ERR_USAGE, "unknown option %s; did you mean '--%s'?", shown.text,
                         hint_storage);
    return error_set(err, ERR_USAGE, "unknown option %s (see --help)", shown.text);
}

/* getopt's '?': optopt is 0 for an unknown or ambiguous long option, else the option's value. */
static int refuse_option(char *const argv[], struct error *err)
{
    if (optopt == 0)
        return refuse_long(argv[optind - 1], err);
    if (optopt >= LONG_BASE)
        return error_set(err, ERR_USAGE, "option '--%s' takes no value", row_of(optopt)->flag);
    char option[2] = { '-', (char)optopt };
    return error_set(err, ERR_USAGE, "unknown option %s (see --help)",
                     quote(option, sizeof option).text);
}

static int refuse_missing(struct error *err)
{
    const struct option_row *row = row_of(optopt);
    char storage[ERROR_MSG_SIZE];
    struct text argument;
    text_init(&argument, storage, sizeof storage);
    option_add_argument(row, &argument);
    return error_set(err, ERR_USAGE, "option '--%s' needs a value: --%s=%s", row->flag, row->flag,
                     storage);
}

static int refuse_argument(const char *argument, struct error *err)
{
    return error_set(err, ERR_USAGE, "unexpected argument %s (see --help)",
                     quote(argument, strlen(argument)).text);
}

/* --- values ------------------------------------------------------------------------------------------ */

/* An error names the option `given`. */
static int take_value_of(struct layer *layer, const struct option_row *row,
                         const struct option_row *given, enum source source, const char *text,
                         struct error *err)
{
    struct place place = { .source = source };
    struct setting *setting = &layer->settings[row->id];
    int failed = option_parse(row, text, &setting->value, err);
    if (failed)
        return place_refuse(&place, given, NULL, err);
    setting->place = place;
    return 0;
}

static int take_value(struct layer *layer, const struct option_row *row, enum source source,
                      const char *text, struct error *err)
{
    return take_value_of(layer, row, row, source, text, err);
}

static void take_flag(struct layer *layer, const struct option_row *row, int64_t number)
{
    layer->settings[row->id] = (struct setting){
        .place = { .source = SOURCE_FLAG },
        .value = { .number = number },
    };
}

static bool chooses_mode(const struct option_row *row)
{
    return row->type == TYPE_MODE || row->type == TYPE_LISTEN || row->type == TYPE_TRACES ||
           row->type == TYPE_SUBJECT;
}

/* One mode: repeating it is allowed, combining it with another is not. */
static int check_mode(const struct layer *layer, const struct option_row *row, struct error *err)
{
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *other = option_at(i);
        if (other != row && chooses_mode(other) &&
            layer->settings[i].place.source != SOURCE_DEFAULT)
            return error_set(err, ERR_USAGE, "--%s and --%s cannot be combined", other->flag,
                             row->flag);
    }
    return 0;
}

/* `text` is a word of the row; NULL: there is none. */
static int take_mode(struct layer *layer, const struct option_row *row, const char *text,
                     struct error *err)
{
    const struct place place = { .source = SOURCE_FLAG };
    struct option_value value = { .number = row->mode };
    int failed = check_mode(layer, row, err);
    if (failed)
        return failed;
    if (text && option_parse(row, text, &value, err) < 0)
        return place_refuse(&place, row, NULL, err);
    take_flag(layer, row, value.number);
    return 0;
}

/* The number of --demo is a value of simulation.deployments, but an error names --demo. */
static int take_demo(struct layer *layer, const struct option_row *row, const char *text,
                     struct error *err)
{
    const struct option_row *target = option_at(OPTION_SIMULATION_DEPLOYMENTS);
    struct setting *setting = &layer->settings[target->id];
    const struct place place = { .source = SOURCE_FLAG };
    take_flag(layer, row, true);
    if (!text)
        return 0;
    if (option_parse(target, text, &setting->value, err) < 0)
        return place_refuse(&place, row, NULL, err);
    setting->place = place;
    return 0;
}

static int refuse_key(const char *key, struct error *err)
{
    char storage[QUOTE_SIZE];
    struct text hint;
    text_init(&hint, storage, sizeof storage);
    struct quoted shown = quote(key, strlen(key));
    if (strncmp(key, "policies", 8) == 0 && (key[8] == '\0' || strchr(".[", key[8])))
        return error_set(err, ERR_USAGE, "--set: policies belong in the configuration file");
    if (strncmp(key, "console.keys", 12) == 0 && (key[12] == '\0' || strchr(".[", key[12])))
        return error_set(err, ERR_USAGE, "--set: console.keys belongs in the configuration file");
    if (strncmp(key, "notify", 6) == 0 && (key[6] == '\0' || strchr(".[", key[6])))
        return error_set(err, ERR_USAGE, "--set: notify belongs in the configuration file");
    if (option_suggest_key(key, &hint))
        return error_set(err, ERR_USAGE, "--set: unknown key %s; did you mean '%s'?", shown.text,
                         storage);
    return error_set(err, ERR_USAGE, "--set: unknown key %s", shown.text);
}

static int take_set(struct layer *layer, const char *text, struct error *err)
{
    size_t length = strcspn(text, "=");
    if (text[length] != '=')
        return error_set(err, ERR_USAGE, "--set: expected KEY=VALUE, found %s",
                         quote(text, length).text);
    const struct option_row *row = option_find_key(text, length);
    if (row && strncmp(row->key, "policies.", 9) != 0 && row->type != TYPE_KEYS &&
        row->type != TYPE_NOTIFY)
        return take_value(layer, row, SOURCE_SET, text + length + 1, err);
    char storage[QUOTE_SIZE];
    struct text key;
    text_init(&key, storage, sizeof storage);
    text_add_bytes(&key, text, length);
    return refuse_key(storage, err);
}

/* A flag that chooses a mode and has a value. */
static int take_mode_value(struct layer *layer, const struct option_row *row, const char *text,
                           struct error *err)
{
    int failed = check_mode(layer, row, err);
    return failed ? failed : take_value(layer, row, SOURCE_FLAG, text, err);
}

/* The URL of --check-api is that of the API. */
static int take_subject(struct layer *layer, const struct option_row *row, const char *text,
                        struct error *err)
{
    int failed = take_mode_value(layer, row, text, err);
    if (failed || row->id != OPTION_CHECK_API || !*text)
        return failed;
    return take_value_of(layer, option_at(OPTION_API_URL), row, SOURCE_FLAG, text, err);
}

static int take_trace(struct reading *reading, const char *text, struct error *err)
{
    const struct option_row *row = option_at(OPTION_BACKTEST);
    int failed;
    if ((failed = check_mode(&reading->layer, row, err)) ||
        (failed = take_value(&reading->layer, row, SOURCE_FLAG, text, err)))
        return failed;
    if (reading->traces->count == PATH_LIST_MAX)
        return error_set(err, ERR_USAGE, "--%s: more than %d files", row->flag, PATH_LIST_MAX);
    return path_list_add(reading->traces, text, err);
}

static int take_word(struct reading *reading, const char *text, struct error *err)
{
    if (reading->layer.settings[OPTION_BACKTEST].place.source == SOURCE_DEFAULT)
        return refuse_argument(text, err);
    return take_trace(reading, text, err);
}

static int take(struct reading *reading, const struct option_row *row, const char *text,
                struct error *err)
{
    struct layer *layer = &reading->layer;
    if (row->type == TYPE_MODE)
        return take_mode(layer, row, text, err);
    if (row->type == TYPE_DEMO)
        return take_demo(layer, row, text, err);
    if (row->type == TYPE_SET)
        return take_set(layer, text, err);
    if (row->type == TYPE_LISTEN)
        return take_mode_value(layer, row, text, err);
    if (row->type == TYPE_TRACES)
        return take_trace(reading, text, err);
    if (row->type == TYPE_SUBJECT)
        return take_subject(layer, row, text ? text : "", err);
    return take_value(layer, row, SOURCE_FLAG, row->type == TYPE_BOOL ? "true" : text, err);
}

static int take_next(struct reading *reading, int value, char *const argv[], struct error *err)
{
    if (value == '?')
        return refuse_option(argv, err);
    if (value == ':')
        return refuse_missing(err);
    if (value == PLAIN_WORD)
        return take_word(reading, optarg, err);
    return take(reading, row_of(value), optarg, err);
}

static bool ends_reading(int value)
{
    const struct option_row *row = value == PLAIN_WORD ? NULL : row_of(value);
    return row && (row->id == OPTION_HELP || row->id == OPTION_VERSION);
}

int config_argv_read(int argc, char *const argv[], struct layer *ret_layer,
                     struct path_list *traces, struct error *err)
{
    struct option long_options[OPTION_COUNT + 1];
    char letters_storage[LETTERS_SIZE];
    struct text letters;
    text_init(&letters, letters_storage, sizeof letters_storage);
    fill_long_options(long_options);
    fill_letters(&letters);
    struct reading reading = { .traces = traces };
    int value;
    int failed = 0;
    optind = 0;
    opterr = 0;
    while ((value = getopt_long(argc, argv, letters_storage, long_options, NULL)) != -1) {
        if (ends_reading(value)) {
            *ret_layer = (struct layer){ 0 };
            take_flag(ret_layer, row_of(value), row_of(value)->mode);
            return 0;
        }
        failed = take_next(&reading, value, argv, err);
        if (failed)
            return failed;
    }
    /* After "--". */
    for (; !failed && optind < argc; optind++)
        failed = take_word(&reading, argv[optind], err);
    if (!failed)
        *ret_layer = reading.layer;
    return failed;
}

int config_environment_read(struct layer *ret_layer, struct error *err)
{
    struct layer layer = { 0 };
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *row = option_at(i);
        const char *text = row->variable ? getenv(row->variable) : NULL;
        int failed = text ? take_value(&layer, row, SOURCE_ENVIRONMENT, text, err) : 0;
        if (failed)
            return failed;
    }
    *ret_layer = layer;
    return 0;
}
