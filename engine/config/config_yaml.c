#include "engine/config/config_yaml.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/quote.h"
#include "engine/base/text.h"
#include "engine/config/notify_yaml.h"
#include "engine/config/options.h"
#include "engine/config/yaml_reader.h"
#include "engine/config/yaml_setting.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define GROUPS_SIZE 1024
#define GROUP_SEPARATORS ", "
#define KEY_SIZE 80 /* of a whole key; every valid key is much shorter */

struct document {
    struct yaml_reader reader;
    /* Line at which a section began, by its first option; 0: not yet. */
    size_t section_lines[OPTION_COUNT];
};

/* The name of a mapping with a dot: "" is the document, "policies." an entry of that list. */
struct section {
    const char *prefix;
    const char *other_prefix;
};

static const struct section whole_document = { "", NULL };
static const struct section policy_entry = { "policies.", "defaults." };

/* --- values -------------------------------------------------------------------------------------- */

/* The next event is one. `key` is the key as errors show it. */
static int read_setting(struct yaml_reader *reader, const struct option_row *row, const char *key,
                        struct setting *ret_setting)
{
    int failed = yaml_reader_next(reader);
    return failed ? failed : yaml_setting_take(reader, row, key, ret_setting);
}

/* One text for all names, as the command line has it. */
static int add_group(struct yaml_reader *reader, const struct option_row *row, struct text *names)
{
    bool is_name = reader->event.type == YAML_SCALAR_EVENT && !yaml_reader_is_null(reader) &&
                   !yaml_reader_has_nul(reader) && yaml_reader_text(reader)[0] != '\0' &&
                   !strpbrk(yaml_reader_text(reader), GROUP_SEPARATORS);
    if (!is_name)
        return yaml_reader_refuse_found(reader, row->key, "the name of a group");
    text_addf(names, "%s%s", names->length > 0 ? ", " : "", yaml_reader_text(reader));
    if (names->was_cut)
        return yaml_reader_fail(reader, reader->event.start_mark, row->key, "too many groups");
    return 0;
}

static int read_group_list(struct yaml_reader *reader, const struct option_row *row, char *storage,
                           struct setting *setting)
{
    struct text names;
    int failed;
    must(row->max < GROUPS_SIZE);
    text_init(&names, storage, (size_t)row->max + 1);
    setting->place = yaml_reader_place(reader);
    while (!(failed = yaml_reader_next(reader)) && reader->event.type != YAML_SEQUENCE_END_EVENT)
        if (add_group(reader, row, &names) && (failed = yaml_reader_recover(reader, 0)))
            return failed;
    if (failed || names.length == 0)
        return failed;
    failed = option_parse(row, storage, &setting->value, reader->err);
    return failed ? yaml_reader_refuse(reader, reader->event.start_mark, row->key) : 0;
}

/* Several names in one text were the only form once. */
static void warn_of_text(struct yaml_reader *reader, const struct option_row *row)
{
    yaml_mark_t mark = reader->event.start_mark;
    char storage[QUOTE_SIZE];
    struct text path;
    if (!strpbrk(yaml_reader_text(reader), GROUP_SEPARATORS))
        return;
    text_init(&path, storage, sizeof storage);
    quote_add_path(&path, reader->path);
    warnings_add(&reader->builder->config->warnings,
                 "%s:%zu:%zu: %s: several groups in one text are deprecated; write a list, "
                 "such as [ops, sre]",
                 storage, mark.line + 1, mark.column + 1, row->key);
}

static int read_groups(struct yaml_reader *reader, const struct option_row *row)
{
    char storage[GROUPS_SIZE];
    struct setting setting = { 0 };
    int failed = yaml_reader_next(reader);
    if (failed)
        return failed;
    if (reader->event.type == YAML_SEQUENCE_START_EVENT) {
        failed = read_group_list(reader, row, storage, &setting);
    } else {
        failed = yaml_setting_take(reader, row, row->key, &setting);
        if (!failed)
            warn_of_text(reader, row);
    }
    if (failed || setting.value.text)
        return failed ? failed : config_builder_set(reader->builder, row, &setting, reader->err);
    reader->builder->places[row->id] = setting.place;
    return 0;
}

static int read_option(struct yaml_reader *reader, const struct option_row *row)
{
    const struct place *before = &reader->builder->places[row->id];
    if (before->source == SOURCE_FILE)
        return yaml_setting_refuse_repeated(reader, row->key, before->line);
    if (row->type == TYPE_GROUPS)
        return read_groups(reader, row);
    if (row->type == TYPE_NOTIFY)
        return notify_yaml_read(reader, row);
    struct setting setting;
    int failed = read_setting(reader, row, row->key, &setting);
    return failed ? failed : config_builder_set(reader->builder, row, &setting, reader->err);
}

/* --- keys ---------------------------------------------------------------------------------------- */

static int refuse_key(struct yaml_reader *reader, const struct section *section)
{
    char name_storage[QUOTE_SIZE];
    struct text name;
    text_init(&name, name_storage, sizeof name_storage);
    quote_add(&name, yaml_reader_text(reader), reader->event.data.scalar.length);
    char hint_storage[QUOTE_SIZE];
    struct text hint;
    text_init(&hint, hint_storage, sizeof hint_storage);
    text_add(&hint, "; did you mean '");
    bool has_hint = option_suggest_part(section->prefix, section->other_prefix,
                                        yaml_reader_text(reader), &hint);
    text_add(&hint, "'?");
    size_t length = strlen(section->prefix);
    return yaml_reader_fail(reader, reader->event.start_mark, NULL, "%.*s%sunknown key %s%s",
                            length > 0 ? (int)(length - 1) : 0, section->prefix,
                            length > 0 ? ": " : "", name_storage, has_hint ? hint_storage : "");
}

/*
 * The event must be a key; its text with the section before it is stored in `key`. Nothing is read behind one that
 * cannot be a key.
 */
static int read_key(struct yaml_reader *reader, const struct section *section, struct text *key)
{
    reader->is_broken = true;
    if (reader->event.type != YAML_SCALAR_EVENT)
        return yaml_reader_refuse_found(reader, NULL, "a key");
    text_reset(key);
    text_add(key, section->prefix);
    text_add(key, yaml_reader_text(reader));
    if (key->was_cut || yaml_reader_has_nul(reader))
        return refuse_key(reader, section);
    reader->is_broken = false;
    return 0;
}

/* --- policies ------------------------------------------------------------------------------------ */

static int read_match(struct yaml_reader *reader, const struct option_row *row,
                      struct policy_rule *rule)
{
    struct setting setting;
    int failed = read_setting(reader, row, row->key, &setting);
    if (failed)
        return failed;
    rule->match = heap_copy_text(setting.value.text, setting.value.length);
    return rule->match ? 0 : error_no_memory(reader->err);
}

/* `policies.x` for settings that only a policy has, else the key in `defaults`. */
static const struct option_row *find_in_policy(const char *name)
{
    const char *const prefixes[] = { policy_entry.prefix, policy_entry.other_prefix };
    for (size_t i = 0; i < 2; i++) {
        char storage[KEY_SIZE];
        struct text key;
        text_init(&key, storage, sizeof storage);
        text_add(&key, prefixes[i]);
        text_add(&key, name);
        const struct option_row *row = option_find_key(storage, key.length);
        if (row)
            return row;
    }
    return NULL;
}

static int read_policy_key(struct yaml_reader *reader, const char *key)
{
    struct config *config = reader->builder->config;
    size_t index = config->policy_count - 1;
    struct setting *settings = reader->builder->rules[index].layer.settings;
    const struct option_row *row = find_in_policy(yaml_reader_text(reader));
    if (!row)
        return refuse_key(reader, &policy_entry);
    if (settings[row->id].place.line > 0)
        return yaml_setting_refuse_repeated(reader, key, settings[row->id].place.line);
    if (row->type != TYPE_PATTERN)
        return read_setting(reader, row, key, &settings[row->id]);
    settings[row->id].place = yaml_reader_place(reader);
    return read_match(reader, row, &config->policies[index]);
}

static int read_policy(struct yaml_reader *reader)
{
    yaml_mark_t mark = reader->event.start_mark;
    struct place place = yaml_reader_place(reader);
    char storage[KEY_SIZE];
    struct text key;
    text_init(&key, storage, sizeof storage);
    if (reader->event.type != YAML_MAPPING_START_EVENT)
        return yaml_reader_refuse_found(reader, "policies", "a mapping with 'match'");
    int failed = config_builder_add_rule(reader->builder, &place, reader->err);
    if (failed)
        return yaml_reader_refuse(reader, mark, "policies");
    while (!(failed = yaml_reader_next(reader)) && reader->event.type != YAML_MAPPING_END_EVENT) {
        if ((failed = read_key(reader, &policy_entry, &key)))
            return failed;
        size_t event_count = reader->event_count;
        if (read_policy_key(reader, storage) && (failed = yaml_reader_recover(reader, event_count)))
            return failed;
    }
    const struct rule_draft *rule =
        &reader->builder->rules[reader->builder->config->policy_count - 1];
    if (!failed && rule->layer.settings[OPTION_POLICIES_MATCH].place.line == 0)
        return yaml_reader_fail(reader, mark, "policies", "expected a key 'match' in this entry");
    return failed;
}

static int read_policies(struct yaml_reader *reader)
{
    int failed = yaml_reader_next(reader);
    if (failed)
        return failed;
    if (reader->event.type != YAML_SEQUENCE_START_EVENT)
        return yaml_reader_refuse_found(reader, "policies", "a list");
    while (!(failed = yaml_reader_next(reader)) && reader->event.type != YAML_SEQUENCE_END_EVENT)
        if (read_policy(reader) && (failed = yaml_reader_recover(reader, 0)))
            return failed;
    return failed;
}

/* --- keys of the console ------------------------------------------------------------------------- */

/* A scalar of at most a word's length into `ret_word`. */
static int read_word(struct yaml_reader *reader, const char *key, const char *expected,
                     char ret_word[KEY_LIST_WORD_SIZE])
{
    bool is_word = reader->event.type == YAML_SCALAR_EVENT && !yaml_reader_has_nul(reader) &&
                   yaml_reader_text(reader)[0] != '\0' &&
                   strlen(yaml_reader_text(reader)) < KEY_LIST_WORD_SIZE;
    if (!is_word)
        return yaml_reader_refuse_found(reader, key, expected);
    memcpy(ret_word, yaml_reader_text(reader), strlen(yaml_reader_text(reader)) + 1);
    return 0;
}

static int add_key(struct yaml_reader *reader, const char *key, struct key_entry *entry)
{
    struct place place = yaml_reader_place(reader);
    entry->line = place.line;
    entry->column = place.column;
    int failed = key_list_add(&reader->builder->config->console.keys, entry);
    if (failed == -ENOMEM)
        return error_no_memory(reader->err);
    if (failed)
        return yaml_reader_fail(reader, reader->event.start_mark, key, "more than %d keys",
                                KEY_LIST_MAX);
    return 0;
}

static int read_one_key(struct yaml_reader *reader, const char *key, struct key_entry *entry)
{
    int failed = read_word(reader, key, "a key or a list of keys", entry->key);
    return failed ? failed : add_key(reader, key, entry);
}

/* The event behind a command: a key, or a list of them. */
static int read_keys_of(struct yaml_reader *reader, const char *key, struct key_entry *entry)
{
    int failed = yaml_reader_next(reader);
    if (failed)
        return failed;
    if (reader->event.type != YAML_SEQUENCE_START_EVENT)
        return read_one_key(reader, key, entry);
    size_t count = 0;
    for (; !(failed = yaml_reader_next(reader)) && reader->event.type != YAML_SEQUENCE_END_EVENT;
         count++)
        if (read_one_key(reader, key, entry) && (failed = yaml_reader_recover(reader, 0)))
            return failed;
    entry->key[0] = '\0';
    return failed || count > 0 ? failed : add_key(reader, key, entry);
}

static const struct key_entry *find_command(const struct yaml_reader *reader, const char *command)
{
    const struct key_list *list = &reader->builder->config->console.keys;
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->entries[i].command, command) == 0)
            return &list->entries[i];
    return NULL;
}

static const char command_characters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";

static int read_command(struct yaml_reader *reader, const struct option_row *row)
{
    struct key_entry entry = { 0 };
    char storage[KEY_SIZE];
    struct text key;
    reader->is_broken = reader->event.type != YAML_SCALAR_EVENT;
    int failed = read_word(reader, row->key, "the name of a command", entry.command);
    if (!failed && entry.command[strspn(entry.command, command_characters)] != '\0')
        failed = yaml_reader_refuse_found(reader, row->key, "the name of a command");
    if (failed)
        return failed;
    const struct key_entry *before = find_command(reader, entry.command);
    text_init(&key, storage, sizeof storage);
    text_add(&key, row->key);
    text_add_char(&key, '.');
    text_add(&key, entry.command);
    return before ? yaml_setting_refuse_repeated(reader, storage, before->line)
                  : read_keys_of(reader, storage, &entry);
}

static int read_keys(struct yaml_reader *reader, const struct option_row *row)
{
    struct place *place = &reader->builder->places[row->id];
    if (place->source == SOURCE_FILE)
        return yaml_setting_refuse_repeated(reader, row->key, place->line);
    int failed = yaml_reader_next(reader);
    if (failed)
        return failed;
    *place = yaml_reader_place(reader);
    if (reader->event.type != YAML_MAPPING_START_EVENT)
        return yaml_reader_refuse_found(reader, row->key, "a mapping of commands to keys");
    while (!(failed = yaml_reader_next(reader)) && reader->event.type != YAML_MAPPING_END_EVENT) {
        size_t event_count = reader->event_count;
        if (read_command(reader, row) && (failed = yaml_reader_recover(reader, event_count)))
            return failed;
    }
    return failed;
}

/* --- the document -------------------------------------------------------------------------------- */

/* The first option whose key begins with `key` and a dot; NULL: no such section. */
static const struct option_row *find_section(const char *key, size_t length)
{
    for (size_t i = 0; i < option_count(); i++) {
        const char *candidate = option_at(i)->key;
        if (candidate && strncmp(candidate, key, length) == 0 && candidate[length] == '.')
            return option_at(i);
    }
    return NULL;
}

static int read_section_options(struct yaml_reader *reader, const char *name)
{
    char prefix_storage[KEY_SIZE + 1];
    struct text prefix;
    text_init(&prefix, prefix_storage, sizeof prefix_storage);
    text_add(&prefix, name);
    text_add_char(&prefix, '.');
    const struct section section = { prefix_storage, NULL };
    char storage[KEY_SIZE];
    struct text key;
    text_init(&key, storage, sizeof storage);
    int failed = yaml_reader_next(reader);
    if (failed)
        return failed;
    if (reader->event.type != YAML_MAPPING_START_EVENT)
        return yaml_reader_refuse_found(reader, name, "a mapping");
    while (!(failed = yaml_reader_next(reader)) && reader->event.type != YAML_MAPPING_END_EVENT) {
        if ((failed = read_key(reader, &section, &key)))
            return failed;
        size_t event_count = reader->event_count;
        const struct option_row *row = option_find_key(storage, key.length);
        if (!row)
            failed = refuse_key(reader, &section);
        else
            failed = row->type == TYPE_KEYS ? read_keys(reader, row) : read_option(reader, row);
        if (failed && (failed = yaml_reader_recover(reader, event_count)))
            return failed;
    }
    return failed;
}

static int read_section(struct document *document, const struct option_row *first, const char *name)
{
    struct yaml_reader *reader = &document->reader;
    size_t *line = &document->section_lines[first->id];
    if (*line > 0)
        return yaml_setting_refuse_repeated(reader, name, *line);
    *line = reader->event.start_mark.line + 1;
    return first->type == TYPE_PATTERN ? read_policies(reader) : read_section_options(reader, name);
}

static int read_entry(struct document *document, const char *name, size_t length)
{
    struct yaml_reader *reader = &document->reader;
    const struct option_row *row = option_find_key(name, length);
    const struct option_row *first = find_section(name, length);
    /* A dot separates a section and its keys; a key in the file has none. */
    if (memchr(name, '.', length) || (!row && !first))
        return refuse_key(reader, &whole_document);
    return row ? read_option(reader, row) : read_section(document, first, name);
}

static int read_sections(struct document *document)
{
    struct yaml_reader *reader = &document->reader;
    char storage[KEY_SIZE];
    struct text key;
    text_init(&key, storage, sizeof storage);
    int failed;
    while (!(failed = yaml_reader_next(reader)) && reader->event.type != YAML_MAPPING_END_EVENT) {
        if ((failed = read_key(reader, &whole_document, &key)))
            return failed;
        size_t event_count = reader->event_count;
        if (read_entry(document, storage, key.length) &&
            (failed = yaml_reader_recover(reader, event_count)))
            return failed;
    }
    return failed;
}

/* A file with comments only has no document; nothing is set then. */
static int read_document(struct document *document)
{
    struct yaml_reader *reader = &document->reader;
    int failed = yaml_reader_next(reader);
    if (!failed)
        failed = yaml_reader_next(reader);
    if (failed || reader->event.type == YAML_STREAM_END_EVENT)
        return failed;
    if ((failed = yaml_reader_next(reader)))
        return failed;
    if (reader->event.type == YAML_MAPPING_START_EVENT)
        failed = read_sections(document);
    else if (!yaml_reader_is_null(reader))
        return yaml_reader_refuse_found(reader, NULL, "a mapping");
    if (!failed)
        failed = yaml_reader_next(reader);
    if (!failed)
        failed = yaml_reader_next(reader);
    if (!failed && reader->event.type != YAML_STREAM_END_EVENT)
        return yaml_reader_fail(reader, reader->event.start_mark, NULL,
                                "a second document is not accepted");
    return failed;
}

int config_yaml_read(struct config_builder *builder, const char *path, const char *bytes,
                     size_t size, struct error *err)
{
    struct document document = { 0 };
    int failed = yaml_reader_init(&document.reader, builder, path, bytes, size, err);
    if (failed)
        return failed;
    failed = read_document(&document);
    if (failed && !config_builder_note(builder, err))
        failed = 0;
    failed = failed ? failed : config_builder_failed(builder, err);
    yaml_reader_fini(&document.reader);
    return failed;
}
