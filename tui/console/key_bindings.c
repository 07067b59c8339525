#include "tui/console/key_bindings.h"

#include "engine/base/panic.h"
#include "engine/base/quote.h"
#include "engine/base/suggest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SENTENCE_SIZE 320

/* --- look-up --------------------------------------------------------------------------------------------------- */

static size_t count_of(const struct key_bindings *bindings, enum act act)
{
    size_t count = 0;
    while (bindings->keypresses[act][count] != KEYPRESS_NONE)
        count++;
    return count;
}

static bool has_keypress(const struct key_bindings *bindings, enum act act, uint32_t keypress)
{
    for (size_t i = 0; i < count_of(bindings, act); i++)
        if (bindings->keypresses[act][i] == keypress)
            return true;
    return false;
}

enum act key_bindings_act(const struct key_bindings *bindings, unsigned context, uint32_t keypress)
{
    for (int act = ACT_NONE + 1; act < ACT_COUNT; act++)
        if ((keys_row((enum act)act)->contexts & context) &&
            has_keypress(bindings, (enum act)act, keypress))
            return (enum act)act;
    return ACT_NONE;
}

uint32_t key_bindings_keypress(const struct key_bindings *bindings, enum act act, size_t index)
{
    return index < count_of(bindings, act) ? bindings->keypresses[act][index] : KEYPRESS_NONE;
}

void key_bindings_add(const struct key_bindings *bindings, enum act act, struct text *text)
{
    char name[KEYPRESS_NAME_SIZE];
    for (size_t i = 0; i < count_of(bindings, act); i++) {
        keypress_name(bindings->keypresses[act][i], name);
        text_addf(text, "%s%s", i > 0 ? " " : "", name);
    }
}

struct key_label key_bindings_label(const struct key_bindings *bindings, enum act act)
{
    struct key_label label;
    uint32_t keypress = key_bindings_keypress(bindings, act, 0);
    char name[KEYPRESS_NAME_SIZE];
    keypress_name(keypress, name);
    if (keypress != KEYPRESS_NONE)
        snprintf(label.text, sizeof label.text, "%s", name);
    else
        snprintf(label.text, sizeof label.text, ":%s", keys_word(act).text);
    return label;
}

/* --- changes --------------------------------------------------------------------------------------------------- */

static void add(struct key_bindings *bindings, enum act act, uint32_t keypress)
{
    bindings->keypresses[act][count_of(bindings, act)] = keypress;
}

static void drop(struct key_bindings *bindings, enum act act, uint32_t keypress)
{
    uint32_t *keypresses = bindings->keypresses[act];
    size_t kept = 0;
    size_t count = count_of(bindings, act);
    for (size_t i = 0; i < count; i++)
        if (keypresses[i] != keypress)
            keypresses[kept++] = keypresses[i];
    keypresses[kept] = KEYPRESS_NONE;
}

void key_bindings_init(struct key_bindings *bindings)
{
    *bindings = (struct key_bindings){ 0 };
    for (int act = ACT_NONE + 1; act < ACT_COUNT; act++) {
        const struct key_row *row = keys_row((enum act)act);
        for (size_t i = 0; i < KEY_BINDINGS_MAX; i++)
            bindings->keypresses[act][i] = keys_keypress(row, i);
    }
}

/* --- the configuration ----------------------------------------------------------------------------------------- */

struct reading {
    const struct key_given *given;
    const struct key_report *report;
    struct key_bindings *bindings;
    enum act acts[KEY_GIVEN_MAX]; /* of the entries; ACT_NONE: refused, or without a key */
    bool is_configured[ACT_COUNT];
    bool is_refused;
};

__attribute__((format(printf, 3, 4))) static void refuse(struct reading *reading, size_t index,
                                                         const char *format, ...)
{
    char sentence[SENTENCE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    reading->report->refuse(reading->report->context, index, sentence);
    reading->is_refused = true;
}

static void refuse_command(struct reading *reading, size_t index)
{
    char storage[QUOTE_SIZE];
    struct text hint;
    struct suggest suggest;
    struct key_word words[ACT_COUNT];
    text_init(&hint, storage, sizeof storage);
    text_add(&hint, "; did you mean '");
    suggest_init(&suggest, reading->given[index].command);
    for (int act = ACT_NONE + 1; act < ACT_COUNT; act++) {
        words[act] = keys_word((enum act)act);
        suggest_offer(&suggest, words[act].text, strlen(words[act].text));
    }
    bool has_hint = suggest_add(&suggest, &hint);
    text_add(&hint, "'?");
    refuse(reading, index, "no such command%s",
           has_hint ? storage : "; autoscaler-console(7) lists them");
}

static enum act find_act(const char *command)
{
    for (int act = ACT_NONE + 1; act < ACT_COUNT; act++)
        if (strcmp(keys_word((enum act)act).text, command) == 0)
            return (enum act)act;
    return ACT_NONE;
}

static bool is_fixed_act(enum act act)
{
    return act == ACT_BACK || act == ACT_VIEW || act == ACT_LAST_VIEW;
}

static bool is_fixed_key(uint32_t keypress)
{
    return keypress == KEYPRESS_ESC || keypress == KEYPRESS_CTRL_C ||
           ('0' <= keypress && keypress <= '9');
}

static bool is_needed(enum act act)
{
    return act == ACT_HELP || act == ACT_COMMAND;
}

/* The entry before this one that gives the same key to a command of the same page. NULL: none. */
static const struct key_given *find_same(const struct reading *reading, size_t index, enum act act)
{
    for (size_t i = 0; i < index; i++) {
        const struct key_given *entry = &reading->given[i];
        enum act other = reading->acts[i];
        if (other != ACT_NONE && strcmp(entry->key, reading->given[index].key) == 0 &&
            (keys_row(other)->contexts & keys_row(act)->contexts))
            return entry;
    }
    return NULL;
}

/* Is this key one that the act may have? */
static bool check_key(struct reading *reading, size_t index, enum act act, uint32_t keypress)
{
    const struct key_given *entry = &reading->given[index];
    const struct key_given *same = find_same(reading, index, act);
    char storage[QUOTE_SIZE];
    struct text key;
    text_init(&key, storage, sizeof storage);
    quote_add(&key, entry->key, strlen(entry->key));
    if (keypress == KEYPRESS_NONE)
        refuse(reading, index,
               "no such key %s; a character, Ctrl-a, F1, Space, Tab, S-Tab, Enter, Backspace, "
               "Delete, Up, Down, Left, Right, Home, End, PgUp, PgDn",
               storage);
    else if (is_fixed_key(keypress))
        refuse(reading, index, "the key %s is fixed", storage);
    else if (same)
        refuse(reading, index, "the key %s is already given to '%s' in line %zu", storage,
               same->command, same->line);
    else if (keys_row(act)->group == KEYS_ACT && (keypress <= ' ' || keypress >= 0x7f))
        refuse(reading, index,
               "the key %s is for commands that only show; expected a letter or sign", storage);
    else if (count_of(reading->bindings, act) == KEY_BINDINGS_MAX)
        refuse(reading, index, "more than %d keys", KEY_BINDINGS_MAX);
    else
        return true;
    return false;
}

static void read_entry(struct reading *reading, size_t index)
{
    const struct key_given *entry = &reading->given[index];
    enum act act = find_act(entry->command);
    uint32_t keypress = keypress_parse(entry->key, strlen(entry->key));
    if (act == ACT_NONE) {
        if (index == 0 || strcmp(entry->command, entry[-1].command) != 0)
            refuse_command(reading, index);
        return;
    }
    if (is_fixed_act(act)) {
        refuse(reading, index, "%s is fixed",
               act == ACT_BACK ? "Esc" : "the meaning of the digits");
        return;
    }
    if (!reading->is_configured[act])
        memset(reading->bindings->keypresses[act], 0, sizeof reading->bindings->keypresses[act]);
    reading->is_configured[act] = true;
    if (entry->key[0] == '\0' && is_needed(act))
        refuse(reading, index, "expected at least one key");
    if (entry->key[0] == '\0' || !check_key(reading, index, act, keypress))
        return;
    reading->acts[index] = act;
    add(reading->bindings, act, keypress);
}

/* A key that is given away is taken from the commands that have it by default. */
static void yield_to(struct reading *reading, size_t index)
{
    enum act given = reading->acts[index];
    const struct key_given *entry = &reading->given[index];
    uint32_t keypress = keypress_parse(entry->key, strlen(entry->key));
    for (int i = ACT_NONE + 1; i < ACT_COUNT; i++) {
        enum act act = (enum act)i;
        if (reading->is_configured[act] || !(keys_row(act)->contexts & keys_row(given)->contexts) ||
            !has_keypress(reading->bindings, act, keypress))
            continue;
        drop(reading->bindings, act, keypress);
        if (count_of(reading->bindings, act) == 0 && is_needed(act))
            refuse(reading, index, "takes the last key of '%s'", keys_word(act).text);
    }
}

static void warn_of_lost(const struct reading *reading)
{
    char sentence[SENTENCE_SIZE];
    for (int i = ACT_NONE + 1; i < ACT_COUNT; i++) {
        struct key_word word = keys_word((enum act)i);
        if (reading->is_configured[i] || reading->bindings->keypresses[i][0] != KEYPRESS_NONE)
            continue;
        snprintf(sentence, sizeof sentence, "'%s' has no key any more, only the command :%s",
                 word.text, word.text);
        reading->report->warn(reading->report->context, sentence);
    }
}

bool key_bindings_read(const struct key_given *given, size_t count, const struct key_report *report,
                       struct key_bindings *ret_bindings)
{
    struct key_bindings bindings;
    struct reading reading = { .given = given, .report = report, .bindings = &bindings };
    must(count <= KEY_GIVEN_MAX);
    key_bindings_init(&bindings);
    for (size_t i = 0; i < count; i++)
        read_entry(&reading, i);
    for (size_t i = 0; i < count; i++)
        if (reading.acts[i] != ACT_NONE)
            yield_to(&reading, i);
    /* Whatever else leaves the console, an interrupt does. */
    if (reading.is_configured[ACT_QUIT])
        add(&bindings, ACT_QUIT, KEYPRESS_CTRL_C);
    if (reading.is_refused)
        return false;
    warn_of_lost(&reading);
    *ret_bindings = bindings;
    return true;
}
