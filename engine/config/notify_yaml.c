#include "engine/config/notify_yaml.h"

#include "engine/base/heap.h"
#include "engine/base/quote.h"
#include "engine/base/suggest.h"
#include "engine/base/text.h"
#include "engine/config/endpoint.h"
#include "engine/config/notify_rows.h"
#include "engine/config/pattern.h"
#include "engine/config/secret.h"
#include "engine/config/yaml_setting.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define KEY_SIZE 40
#define WORD_SIZE 1024 /* of a command or of an event, with the NUL */
#define BLANKS " \t"

/* An entry while it is read. */
struct draft {
    struct notify_entry *entry;
    size_t lines[NOTIFY_ROW_COUNT]; /* of each key; 0: not yet */
};

/* --- words ----------------------------------------------------------------------------------------------------- */

static bool is_word(const struct yaml_reader *reader)
{
    return reader->event.type == YAML_SCALAR_EVENT && !yaml_reader_is_null(reader) &&
           !yaml_reader_has_nul(reader) && yaml_reader_text(reader)[0] != '\0' &&
           strlen(yaml_reader_text(reader)) < WORD_SIZE;
}

static void add_hint(const char *word, struct text *text)
{
    struct suggest suggest;
    suggest_init(&suggest, word);
    for (int i = 0; i < EVENT_COUNT; i++) {
        const char *name = event_row((enum event_id)i)->name;
        suggest_offer(&suggest, name, strlen(name));
    }
    if (!suggest.found)
        return;
    text_add(text, "; did you mean '");
    suggest_add(&suggest, text);
    text_add(text, "'?");
}

/* Such as one that only a later version has. */
static void warn_of_event(struct yaml_reader *reader, const char *word)
{
    yaml_mark_t mark = reader->event.start_mark;
    char storage[ERROR_MSG_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    quote_add_path(&text, reader->path);
    text_addf(&text, ":%zu:%zu: notify.events: ", mark.line + 1, mark.column + 1);
    quote_add(&text, word, strlen(word));
    text_add(&text, " is no event that can be sent");
    add_hint(word, &text);
    warnings_add(&reader->builder->config->warnings, "%s", storage);
}

static int add_event(struct yaml_reader *reader, struct notify_entry *entry)
{
    yaml_mark_t mark = reader->event.start_mark;
    if (!is_word(reader))
        return yaml_reader_refuse_found(reader, "notify.events",
                                        "the name of an event, a pattern or a severity");
    if (entry->event_words.count == NOTIFY_EVENTS_MAX)
        return yaml_reader_fail(reader, mark, "notify.events", "more than %d words",
                                NOTIFY_EVENTS_MAX);
    const char *word = yaml_reader_text(reader);
    if (pattern_check(word, reader->err))
        return yaml_reader_refuse(reader, mark, "notify.events");
    if (notify_choose(word, entry->events) == 0)
        warn_of_event(reader, word);
    return path_list_add(&entry->event_words, word, reader->err);
}

static int add_argument(struct yaml_reader *reader, struct notify_entry *entry, const char *word)
{
    if (entry->command.count == NOTIFY_COMMAND_MAX)
        return yaml_reader_fail(reader, reader->event.start_mark, "notify.command",
                                "more than %d words", NOTIFY_COMMAND_MAX);
    return path_list_add(&entry->command, word, reader->err);
}

/* An argument may be empty. */
static int add_word(struct yaml_reader *reader, struct notify_entry *entry)
{
    bool is_empty = reader->event.type == YAML_SCALAR_EVENT && !yaml_reader_is_plain(reader) &&
                    reader->event.data.scalar.length == 0 && entry->command.count > 0;
    if (!is_word(reader) && !is_empty)
        return yaml_reader_refuse_found(reader, "notify.command", "a program and its arguments");
    return add_argument(reader, entry, yaml_reader_text(reader));
}

typedef int add_item(struct yaml_reader *reader, struct notify_entry *entry);

/* The event is the beginning of the list. */
static int read_items(struct yaml_reader *reader, struct notify_entry *entry, add_item *add)
{
    int failed;
    while (!(failed = yaml_reader_next(reader)) && reader->event.type != YAML_SEQUENCE_END_EVENT)
        if (add(reader, entry) && (failed = yaml_reader_recover(reader, 0)))
            return failed;
    return failed;
}

static int read_events(struct yaml_reader *reader, struct notify_entry *entry)
{
    yaml_mark_t mark = reader->event.start_mark;
    if (reader->event.type != YAML_SEQUENCE_START_EVENT)
        return yaml_reader_refuse_found(reader, "notify.events", "a list of events");
    size_t errors = reader->builder->more.count + (reader->builder->first.code != 0);
    int failed = read_items(reader, entry, add_event);
    bool is_empty = entry->event_words.count == 0 &&
                    errors == reader->builder->more.count + (reader->builder->first.code != 0);
    if (!failed && is_empty)
        return yaml_reader_fail(reader, mark, "notify.events",
                                "expected a list of events, found an empty list");
    return failed;
}

/* A text is split at blanks; no shell reads it. */
static int split_command(struct yaml_reader *reader, struct notify_entry *entry)
{
    const char *text = yaml_reader_text(reader);
    for (text += strspn(text, BLANKS); *text; text += strspn(text, BLANKS)) {
        char word[WORD_SIZE];
        size_t length = strcspn(text, BLANKS);
        snprintf(word, sizeof word, "%.*s", (int)length, text);
        int failed = add_argument(reader, entry, word);
        if (failed)
            return failed;
        text += length;
    }
    return 0;
}

static int read_command(struct yaml_reader *reader, struct notify_entry *entry)
{
    yaml_mark_t mark = reader->event.start_mark;
    size_t errors = reader->builder->more.count + (reader->builder->first.code != 0);
    int failed;
    if (reader->event.type == YAML_SEQUENCE_START_EVENT)
        failed = read_items(reader, entry, add_word);
    else if (is_word(reader))
        failed = split_command(reader, entry);
    else
        return yaml_reader_refuse_found(reader, "notify.command",
                                        "a program with its arguments, as a list or a text");
    bool is_empty = entry->command.count == 0 &&
                    errors == reader->builder->more.count + (reader->builder->first.code != 0);
    if (!failed && is_empty)
        return yaml_reader_fail(reader, mark, "notify.command", "expected a program, found none");
    return failed;
}

/* What was found is not repeated. */
static int read_url(struct yaml_reader *reader, struct notify_entry *entry)
{
    yaml_mark_t mark = reader->event.start_mark;
    const struct option_row *row = notify_row(NOTIFY_ROW_URL);
    bool is_text = reader->event.type == YAML_SCALAR_EVENT && !yaml_reader_is_null(reader) &&
                   !yaml_reader_has_nul(reader) &&
                   (int64_t)strlen(yaml_reader_text(reader)) <= row->max;
    if (!is_text)
        return yaml_reader_fail(reader, mark, "notify.url", "expected a URL of at most %lld bytes",
                                (long long)row->max);
    const char *url = yaml_reader_text(reader);
    if (endpoint_check_webhook(url, reader->err))
        return yaml_reader_refuse(reader, mark, "notify.url");
    entry->url = heap_copy_text(url, strlen(url));
    return entry->url ? 0 : error_no_memory(reader->err);
}

/* --- an entry -------------------------------------------------------------------------------------------------- */

static const char name_characters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

static int check_name(struct yaml_reader *reader, const struct notify_entry *entry)
{
    const struct notify_list *list = &reader->builder->config->notify;
    const char *name = yaml_reader_text(reader);
    if (name[strspn(name, name_characters)] != '\0')
        return yaml_reader_refuse_found(reader, "notify.name", "letters, digits, '-' and '_'");
    for (size_t i = 0; i < list->count; i++)
        if (&list->entries[i] != entry && list->entries[i].name &&
            strcmp(list->entries[i].name, name) == 0)
            return yaml_reader_fail(reader, reader->event.start_mark, "notify.name",
                                    "repeated; the entry in line %zu has it",
                                    list->entries[i].line);
    return 0;
}

static int read_value(struct yaml_reader *reader, struct notify_entry *entry, enum notify_row id)
{
    const struct option_row *row = notify_row(id);
    char key[KEY_SIZE];
    struct setting setting;
    snprintf(key, sizeof key, "notify.%s", row->key);
    int failed = yaml_setting_take(reader, row, key, &setting);
    if (!failed && id == NOTIFY_ROW_NAME)
        failed = check_name(reader, entry);
    if (failed)
        return failed;
    return option_store(row, (char *)entry + row->offset, &setting.value)
               ? error_no_memory(reader->err)
               : 0;
}

static int read_by_key(struct yaml_reader *reader, struct notify_entry *entry, enum notify_row id)
{
    if (id == NOTIFY_ROW_EVENTS)
        return read_events(reader, entry);
    if (id == NOTIFY_ROW_COMMAND)
        return read_command(reader, entry);
    if (id == NOTIFY_ROW_URL)
        return read_url(reader, entry);
    return read_value(reader, entry, id);
}

static int refuse_key(struct yaml_reader *reader)
{
    const char *key = yaml_reader_text(reader);
    char name_storage[QUOTE_SIZE];
    char hint_storage[QUOTE_SIZE];
    struct text name, hint;
    struct suggest suggest;
    text_init(&name, name_storage, sizeof name_storage);
    text_init(&hint, hint_storage, sizeof hint_storage);
    quote_add(&name, key, reader->event.data.scalar.length);
    suggest_init(&suggest, key);
    for (int id = 0; id < NOTIFY_ROW_COUNT; id++)
        suggest_offer(&suggest, notify_row((enum notify_row)id)->key,
                      strlen(notify_row((enum notify_row)id)->key));
    if (suggest.found) {
        text_add(&hint, "; did you mean '");
        suggest_add(&suggest, &hint);
        text_add(&hint, "'?");
    }
    return yaml_reader_fail(reader, reader->event.start_mark, NULL, "notify: unknown key %s%s",
                            name_storage, hint_storage);
}

/* The event is a key. */
static int read_pair(struct yaml_reader *reader, struct draft *draft)
{
    if (reader->event.type != YAML_SCALAR_EVENT) {
        reader->is_broken = true;
        return yaml_reader_refuse_found(reader, "notify", "a key");
    }
    int id = notify_row_find(yaml_reader_text(reader));
    if (yaml_reader_has_nul(reader) || id == NOTIFY_ROW_COUNT)
        return refuse_key(reader);
    if (draft->lines[id] > 0) {
        char key[KEY_SIZE];
        snprintf(key, sizeof key, "notify.%s", notify_row((enum notify_row)id)->key);
        return yaml_setting_refuse_repeated(reader, key, draft->lines[id]);
    }
    draft->lines[id] = reader->event.start_mark.line + 1;
    int failed = yaml_reader_next(reader);
    return failed ? failed : read_by_key(reader, draft->entry, (enum notify_row)id);
}

static int set_defaults(struct notify_entry *entry, size_t number, struct error *err)
{
    for (int id = 0; id < NOTIFY_ROW_COUNT; id++) {
        const struct option_row *row = notify_row((enum notify_row)id);
        struct option_value value;
        if (!row->initial)
            continue;
        int failed = option_parse(row, row->initial, &value, err);
        if (failed || option_store(row, (char *)entry + row->offset, &value))
            return error_no_memory(err);
    }
    char name[KEY_SIZE];
    int length = snprintf(name, sizeof name, "notify-%zu", number);
    entry->name = heap_copy_text(name, (size_t)length);
    return entry->name ? 0 : error_no_memory(err);
}

/* The contradictions of an entry; those of its values do not hide them. */
static int check_entry(struct yaml_reader *reader, const struct draft *draft, yaml_mark_t mark)
{
    const struct notify_entry *entry = draft->entry;
    int ways = (draft->lines[NOTIFY_ROW_URL] > 0) + (draft->lines[NOTIFY_ROW_URL_FILE] > 0) +
               (draft->lines[NOTIFY_ROW_COMMAND] > 0);
    if (ways != 1)
        return yaml_reader_fail(reader, mark, "notify",
                                "expected one of 'url', 'url_file' and 'command' in this entry, "
                                "found %s",
                                ways == 0 ? "none" : "several");
    if (draft->lines[NOTIFY_ROW_EVENTS] == 0)
        return yaml_reader_fail(reader, mark, "notify", "expected a key 'events' in this entry");
    if (draft->lines[NOTIFY_ROW_CA_FILE] > 0 && draft->lines[NOTIFY_ROW_COMMAND] > 0)
        return yaml_reader_fail(reader, mark, "notify", "a command has no 'ca_file'");
    if (entry->max_age_ms <= entry->fold_ms)
        return yaml_reader_fail(reader, mark, "notify",
                                "'max_age' must be longer than 'fold' in this entry");
    return 0;
}

static int read_entry(struct yaml_reader *reader)
{
    struct notify_list *list = &reader->builder->config->notify;
    yaml_mark_t mark = reader->event.start_mark;
    struct draft draft = { 0 };
    int failed;
    if (reader->event.type != YAML_MAPPING_START_EVENT)
        return yaml_reader_refuse_found(reader, "notify", "a mapping with 'events'");
    if (list->count == NOTIFY_LIST_MAX)
        return yaml_reader_fail(reader, mark, "notify", "more than %d entries", NOTIFY_LIST_MAX);
    if ((failed = notify_list_add(list, &draft.entry, reader->err)) ||
        (failed = set_defaults(draft.entry, list->count, reader->err)))
        return failed;
    draft.entry->line = mark.line + 1;
    draft.entry->column = mark.column + 1;
    while (!(failed = yaml_reader_next(reader)) && reader->event.type != YAML_MAPPING_END_EVENT) {
        size_t event_count = reader->event_count;
        if (read_pair(reader, &draft) && (failed = yaml_reader_recover(reader, event_count)))
            return failed;
    }
    return failed ? failed : check_entry(reader, &draft, mark);
}

int notify_yaml_read(struct yaml_reader *reader, const struct option_row *row)
{
    int failed = yaml_reader_next(reader);
    if (failed)
        return failed;
    reader->builder->places[row->id] = yaml_reader_place(reader);
    if (reader->event.type != YAML_SEQUENCE_START_EVENT)
        return yaml_reader_refuse_found(reader, row->key, "a list of mappings with 'events'");
    while (!(failed = yaml_reader_next(reader)) && reader->event.type != YAML_SEQUENCE_END_EVENT)
        if (read_entry(reader) && (failed = yaml_reader_recover(reader, 0)))
            return failed;
    return failed;
}
