#include "engine/config/config_yaml.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/quote.h"
#include "engine/base/text.h"
#include "engine/config/options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#define GROUPS_SIZE 1024
#define GROUP_SEPARATORS ", "
#define KEY_SIZE 80 /* of a whole key; every valid key is much shorter */

struct reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the newest; the reader deletes it */
    struct config_builder *builder;
    const char *path;
    const char *bytes;
    size_t size;
    size_t event_count;
    bool is_broken; /* what follows cannot be read */
    /* Line at which a section began, by its first option; 0: not yet. */
    size_t section_lines[OPTION_COUNT];
    struct error *err;
};

/* The name of a mapping with a dot: "" is the document, "policies." an entry of that list. */
struct section {
    const char *prefix;
    const char *other_prefix;
};

static const struct section whole_document = { "", NULL };
static const struct section policy_entry = { "policies.", "defaults." };

/* --- errors -------------------------------------------------------------------------------------- */

/* Puts the position and, unless NULL, the key before the sentence that is already there. */
static int refuse_at(struct reader *reader, yaml_mark_t mark, const char *key)
{
    if (reader->err->code == -ENOMEM)
        return -ENOMEM;
    char storage[QUOTE_SIZE];
    struct text path;
    text_init(&path, storage, sizeof storage);
    quote_add_path(&path, reader->path);
    if (key)
        error_prefix(reader->err, "%s", key);
    error_prefix(reader->err, "%s:%zu:%zu", storage, mark.line + 1, mark.column + 1);
    reader->err->code = ERR_CONFIG;
    return ERR_CONFIG;
}

__attribute__((format(printf, 4, 5))) static int fail_at(struct reader *reader, yaml_mark_t mark,
                                                         const char *key, const char *format, ...)
{
    char storage[ERROR_MSG_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(storage, sizeof storage, format, args);
    va_end(args);
    error_set(reader->err, ERR_CONFIG, "%s", storage);
    return refuse_at(reader, mark, key);
}

static yaml_mark_t mark_of_offset(const struct reader *reader, size_t offset)
{
    yaml_mark_t mark = { .index = offset };
    for (size_t i = 0; i < offset && i < reader->size; i++) {
        bool is_end = reader->bytes[i] == '\n';
        mark.line += is_end;
        /* Continuation bytes do not count as columns. */
        bool is_start = ((unsigned char)reader->bytes[i] & 0xc0) != 0x80;
        mark.column = is_end ? 0 : mark.column + is_start;
    }
    return mark;
}

/* libyaml's sentences are constant texts: they contain no byte of the file. */
static int fail_parser(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    if (parser->error == YAML_MEMORY_ERROR)
        return error_no_memory(reader->err);
    yaml_mark_t mark = parser->error == YAML_READER_ERROR
                           ? mark_of_offset(reader, parser->problem_offset)
                           : parser->problem_mark;
    return fail_at(reader, mark, NULL, "not YAML: %s",
                   parser->problem ? parser->problem : "unreadable");
}

/* --- events -------------------------------------------------------------------------------------- */

static const char *anchor_of(const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL;
    if (event->type == YAML_SCALAR_EVENT)
        anchor = event->data.scalar.anchor;
    else if (event->type == YAML_SEQUENCE_START_EVENT)
        anchor = event->data.sequence_start.anchor;
    else if (event->type == YAML_MAPPING_START_EVENT)
        anchor = event->data.mapping_start.anchor;
    return (const char *)anchor;
}

static bool has_tag(const yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT)
        return event->data.scalar.tag;
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return event->data.sequence_start.tag;
    if (event->type == YAML_MAPPING_START_EVENT)
        return event->data.mapping_start.tag;
    return false;
}

/* The next event; refuses events that a configuration must not have. */
static int next(struct reader *reader)
{
    yaml_event_delete(&reader->event);
    reader->event_count++;
    reader->is_broken = true;
    if (!yaml_parser_parse(&reader->parser, &reader->event))
        return fail_parser(reader);
    yaml_mark_t mark = reader->event.start_mark;
    if (reader->event.type == YAML_ALIAS_EVENT)
        return fail_at(reader, mark, NULL, "aliases (*name) are not accepted");
    if (anchor_of(&reader->event))
        return fail_at(reader, mark, NULL, "anchors (&name) are not accepted");
    if (has_tag(&reader->event))
        return fail_at(reader, mark, NULL, "tags (!name) are not accepted");
    reader->is_broken = false;
    return 0;
}

static bool is_start(const yaml_event_t *event)
{
    return event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT;
}

static bool is_end(const yaml_event_t *event)
{
    return event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT;
}

/* From the first event of a value to its last. */
static int skip_rest(struct reader *reader)
{
    int failed = 0;
    for (size_t depth = is_start(&reader->event); !failed && depth > 0;) {
        failed = next(reader);
        depth += failed ? 0 : is_start(&reader->event);
        depth -= failed ? 0 : is_end(&reader->event);
    }
    return failed;
}

/*
 * Goes on behind a value that was refused, or behind the key of one, when `event_count` is that of the key.
 */
static int recover(struct reader *reader, size_t event_count)
{
    if (reader->is_broken)
        return reader->err->code;
    int failed = config_builder_note(reader->builder, reader->err);
    if (!failed && reader->event_count == event_count)
        failed = next(reader);
    return failed ? failed : skip_rest(reader);
}

static const char *scalar_text(const struct reader *reader)
{
    return (const char *)reader->event.data.scalar.value;
}

static bool is_plain(const struct reader *reader)
{
    return reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* "key:" without a value, or an explicit null. */
static bool is_null(const struct reader *reader)
{
    if (reader->event.type != YAML_SCALAR_EVENT || !is_plain(reader))
        return false;
    const char *text = scalar_text(reader);
    return *text == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0;
}

static bool has_nul(const struct reader *reader)
{
    return strlen(scalar_text(reader)) != reader->event.data.scalar.length;
}

/* The kind of the event, as a phrase. */
static void add_found(const struct reader *reader, struct text *text)
{
    if (reader->event.type == YAML_SEQUENCE_START_EVENT) {
        text_add(text, "a list");
    } else if (reader->event.type == YAML_MAPPING_START_EVENT) {
        text_add(text, "a mapping");
    } else if (is_null(reader)) {
        text_add(text, "nothing");
    } else {
        text_add(text, is_plain(reader) ? "" : "the text ");
        quote_add(text, scalar_text(reader), reader->event.data.scalar.length);
    }
}

static int refuse_found(struct reader *reader, const char *key, const char *expected)
{
    char storage[QUOTE_SIZE + 16];
    struct text found;
    text_init(&found, storage, sizeof storage);
    add_found(reader, &found);
    return fail_at(reader, reader->event.start_mark, key, "expected %s, found %s", expected,
                   storage);
}

/* --- values -------------------------------------------------------------------------------------- */

static struct place place_here(const struct reader *reader)
{
    yaml_mark_t mark = reader->event.start_mark;
    return (struct place){ SOURCE_FILE, mark.line + 1, mark.column + 1 };
}

/* 010 is eight in YAML 1.1 and ten elsewhere: which was meant is not known. */
static bool looks_octal(const struct reader *reader, const struct option_row *row)
{
    const char *text = scalar_text(reader);
    text += *text == '-' || *text == '+';
    size_t length = strlen(text);
    return is_plain(reader) && !option_is_text(row) && row->type != TYPE_PATTERN && length > 1 &&
           text[0] == '0' && strspn(text, "0123456789") == length;
}

/* The event is a scalar that the option accepts, which is borrowed from it. */
static int take_setting(struct reader *reader, const struct option_row *row, const char *key,
                        struct setting *ret_setting)
{
    ret_setting->place = place_here(reader);
    bool is_wrong = reader->event.type != YAML_SCALAR_EVENT || is_null(reader) || has_nul(reader) ||
                    (option_is_bare(row) && !is_plain(reader));
    if (is_wrong) {
        char storage[QUOTE_SIZE + 16];
        struct text found;
        text_init(&found, storage, sizeof storage);
        add_found(reader, &found);
        option_refuse(row, storage, reader->err);
        return refuse_at(reader, reader->event.start_mark, key);
    }
    if (looks_octal(reader, row))
        return refuse_found(reader, key,
                            "a number without a leading zero (YAML reads it as octal)");
    int failed = option_parse(row, scalar_text(reader), &ret_setting->value, reader->err);
    return failed ? refuse_at(reader, reader->event.start_mark, key) : 0;
}

/* The next event is one. `key` is the key as errors show it. */
static int read_setting(struct reader *reader, const struct option_row *row, const char *key,
                        struct setting *ret_setting)
{
    int failed = next(reader);
    return failed ? failed : take_setting(reader, row, key, ret_setting);
}

static int refuse_repeated(struct reader *reader, const char *key, size_t line)
{
    return fail_at(reader, reader->event.start_mark, key, "repeated; already set in line %zu",
                   line);
}

/* One text for all names, as the command line has it. */
static int add_group(struct reader *reader, const struct option_row *row, struct text *names)
{
    bool is_name = reader->event.type == YAML_SCALAR_EVENT && !is_null(reader) &&
                   !has_nul(reader) && scalar_text(reader)[0] != '\0' &&
                   !strpbrk(scalar_text(reader), GROUP_SEPARATORS);
    if (!is_name)
        return refuse_found(reader, row->key, "the name of a group");
    text_addf(names, "%s%s", names->length > 0 ? ", " : "", scalar_text(reader));
    if (names->was_cut)
        return fail_at(reader, reader->event.start_mark, row->key, "too many groups");
    return 0;
}

static int read_group_list(struct reader *reader, const struct option_row *row, char *storage,
                           struct setting *setting)
{
    struct text names;
    int failed;
    must(row->max < GROUPS_SIZE);
    text_init(&names, storage, (size_t)row->max + 1);
    setting->place = place_here(reader);
    while (!(failed = next(reader)) && reader->event.type != YAML_SEQUENCE_END_EVENT)
        if (add_group(reader, row, &names) && (failed = recover(reader, 0)))
            return failed;
    if (failed || names.length == 0)
        return failed;
    failed = option_parse(row, storage, &setting->value, reader->err);
    return failed ? refuse_at(reader, reader->event.start_mark, row->key) : 0;
}

/* Several names in one text were the only form once. */
static void warn_of_text(struct reader *reader, const struct option_row *row)
{
    yaml_mark_t mark = reader->event.start_mark;
    char storage[QUOTE_SIZE];
    struct text path;
    if (!strpbrk(scalar_text(reader), GROUP_SEPARATORS))
        return;
    text_init(&path, storage, sizeof storage);
    quote_add_path(&path, reader->path);
    warnings_add(&reader->builder->config->warnings,
                 "%s:%zu:%zu: %s: several groups in one text are deprecated; write a list, "
                 "such as [ops, sre]",
                 storage, mark.line + 1, mark.column + 1, row->key);
}

static int read_groups(struct reader *reader, const struct option_row *row)
{
    char storage[GROUPS_SIZE];
    struct setting setting = { 0 };
    int failed = next(reader);
    if (failed)
        return failed;
    if (reader->event.type == YAML_SEQUENCE_START_EVENT) {
        failed = read_group_list(reader, row, storage, &setting);
    } else {
        failed = take_setting(reader, row, row->key, &setting);
        if (!failed)
            warn_of_text(reader, row);
    }
    if (failed || setting.value.text)
        return failed ? failed : config_builder_set(reader->builder, row, &setting, reader->err);
    reader->builder->places[row->id] = setting.place;
    return 0;
}

static int read_option(struct reader *reader, const struct option_row *row)
{
    const struct place *before = &reader->builder->places[row->id];
    if (before->source == SOURCE_FILE)
        return refuse_repeated(reader, row->key, before->line);
    if (row->type == TYPE_GROUPS)
        return read_groups(reader, row);
    struct setting setting;
    int failed = read_setting(reader, row, row->key, &setting);
    return failed ? failed : config_builder_set(reader->builder, row, &setting, reader->err);
}

/* --- keys ---------------------------------------------------------------------------------------- */

static int refuse_key(struct reader *reader, const struct section *section)
{
    char name_storage[QUOTE_SIZE];
    struct text name;
    text_init(&name, name_storage, sizeof name_storage);
    quote_add(&name, scalar_text(reader), reader->event.data.scalar.length);
    char hint_storage[QUOTE_SIZE];
    struct text hint;
    text_init(&hint, hint_storage, sizeof hint_storage);
    text_add(&hint, "; did you mean '");
    bool has_hint =
        option_suggest_part(section->prefix, section->other_prefix, scalar_text(reader), &hint);
    text_add(&hint, "'?");
    size_t length = strlen(section->prefix);
    return fail_at(reader, reader->event.start_mark, NULL, "%.*s%sunknown key %s%s",
                   length > 0 ? (int)(length - 1) : 0, section->prefix, length > 0 ? ": " : "",
                   name_storage, has_hint ? hint_storage : "");
}

/*
 * The event must be a key; its text with the section before it is stored in `key`. Nothing is read behind one that
 * cannot be a key.
 */
static int read_key(struct reader *reader, const struct section *section, struct text *key)
{
    reader->is_broken = true;
    if (reader->event.type != YAML_SCALAR_EVENT)
        return refuse_found(reader, NULL, "a key");
    text_reset(key);
    text_add(key, section->prefix);
    text_add(key, scalar_text(reader));
    if (key->was_cut || has_nul(reader))
        return refuse_key(reader, section);
    reader->is_broken = false;
    return 0;
}

/* --- policies ------------------------------------------------------------------------------------ */

static int read_match(struct reader *reader, const struct option_row *row, struct policy_rule *rule)
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

static int read_policy_key(struct reader *reader, const char *key)
{
    struct config *config = reader->builder->config;
    size_t index = config->policy_count - 1;
    struct setting *settings = reader->builder->rules[index].layer.settings;
    const struct option_row *row = find_in_policy(scalar_text(reader));
    if (!row)
        return refuse_key(reader, &policy_entry);
    if (settings[row->id].place.line > 0)
        return refuse_repeated(reader, key, settings[row->id].place.line);
    if (row->type != TYPE_PATTERN)
        return read_setting(reader, row, key, &settings[row->id]);
    settings[row->id].place = place_here(reader);
    return read_match(reader, row, &config->policies[index]);
}

static int read_policy(struct reader *reader)
{
    yaml_mark_t mark = reader->event.start_mark;
    struct place place = place_here(reader);
    char storage[KEY_SIZE];
    struct text key;
    text_init(&key, storage, sizeof storage);
    if (reader->event.type != YAML_MAPPING_START_EVENT)
        return refuse_found(reader, "policies", "a mapping with 'match'");
    int failed = config_builder_add_rule(reader->builder, &place, reader->err);
    if (failed)
        return refuse_at(reader, mark, "policies");
    while (!(failed = next(reader)) && reader->event.type != YAML_MAPPING_END_EVENT) {
        if ((failed = read_key(reader, &policy_entry, &key)))
            return failed;
        size_t event_count = reader->event_count;
        if (read_policy_key(reader, storage) && (failed = recover(reader, event_count)))
            return failed;
    }
    const struct rule_draft *rule =
        &reader->builder->rules[reader->builder->config->policy_count - 1];
    if (!failed && rule->layer.settings[OPTION_POLICIES_MATCH].place.line == 0)
        return fail_at(reader, mark, "policies", "expected a key 'match' in this entry");
    return failed;
}

static int read_policies(struct reader *reader)
{
    int failed = next(reader);
    if (failed)
        return failed;
    if (reader->event.type != YAML_SEQUENCE_START_EVENT)
        return refuse_found(reader, "policies", "a list");
    while (!(failed = next(reader)) && reader->event.type != YAML_SEQUENCE_END_EVENT)
        if (read_policy(reader) && (failed = recover(reader, 0)))
            return failed;
    return failed;
}

/* --- keys of the console ------------------------------------------------------------------------- */

/* A scalar of at most a word's length into `ret_word`. */
static int read_word(struct reader *reader, const char *key, const char *expected,
                     char ret_word[KEY_LIST_WORD_SIZE])
{
    bool is_word = reader->event.type == YAML_SCALAR_EVENT && !has_nul(reader) &&
                   scalar_text(reader)[0] != '\0' &&
                   strlen(scalar_text(reader)) < KEY_LIST_WORD_SIZE;
    if (!is_word)
        return refuse_found(reader, key, expected);
    memcpy(ret_word, scalar_text(reader), strlen(scalar_text(reader)) + 1);
    return 0;
}

static int add_key(struct reader *reader, const char *key, struct key_entry *entry)
{
    struct place place = place_here(reader);
    entry->line = place.line;
    entry->column = place.column;
    int failed = key_list_add(&reader->builder->config->console.keys, entry);
    if (failed == -ENOMEM)
        return error_no_memory(reader->err);
    if (failed)
        return fail_at(reader, reader->event.start_mark, key, "more than %d keys", KEY_LIST_MAX);
    return 0;
}

static int read_one_key(struct reader *reader, const char *key, struct key_entry *entry)
{
    int failed = read_word(reader, key, "a key or a list of keys", entry->key);
    return failed ? failed : add_key(reader, key, entry);
}

/* The event behind a command: a key, or a list of them. */
static int read_keys_of(struct reader *reader, const char *key, struct key_entry *entry)
{
    int failed = next(reader);
    if (failed)
        return failed;
    if (reader->event.type != YAML_SEQUENCE_START_EVENT)
        return read_one_key(reader, key, entry);
    size_t count = 0;
    for (; !(failed = next(reader)) && reader->event.type != YAML_SEQUENCE_END_EVENT; count++)
        if (read_one_key(reader, key, entry) && (failed = recover(reader, 0)))
            return failed;
    entry->key[0] = '\0';
    return failed || count > 0 ? failed : add_key(reader, key, entry);
}

static const struct key_entry *find_command(const struct reader *reader, const char *command)
{
    const struct key_list *list = &reader->builder->config->console.keys;
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->entries[i].command, command) == 0)
            return &list->entries[i];
    return NULL;
}

static const char command_characters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";

static int read_command(struct reader *reader, const struct option_row *row)
{
    struct key_entry entry = { 0 };
    char storage[KEY_SIZE];
    struct text key;
    reader->is_broken = reader->event.type != YAML_SCALAR_EVENT;
    int failed = read_word(reader, row->key, "the name of a command", entry.command);
    if (!failed && entry.command[strspn(entry.command, command_characters)] != '\0')
        failed = refuse_found(reader, row->key, "the name of a command");
    if (failed)
        return failed;
    const struct key_entry *before = find_command(reader, entry.command);
    text_init(&key, storage, sizeof storage);
    text_add(&key, row->key);
    text_add_char(&key, '.');
    text_add(&key, entry.command);
    return before ? refuse_repeated(reader, storage, before->line)
                  : read_keys_of(reader, storage, &entry);
}

static int read_keys(struct reader *reader, const struct option_row *row)
{
    struct place *place = &reader->builder->places[row->id];
    if (place->source == SOURCE_FILE)
        return refuse_repeated(reader, row->key, place->line);
    int failed = next(reader);
    if (failed)
        return failed;
    *place = place_here(reader);
    if (reader->event.type != YAML_MAPPING_START_EVENT)
        return refuse_found(reader, row->key, "a mapping of commands to keys");
    while (!(failed = next(reader)) && reader->event.type != YAML_MAPPING_END_EVENT) {
        size_t event_count = reader->event_count;
        if (read_command(reader, row) && (failed = recover(reader, event_count)))
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

static int read_section_options(struct reader *reader, const char *name)
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
    int failed = next(reader);
    if (failed)
        return failed;
    if (reader->event.type != YAML_MAPPING_START_EVENT)
        return refuse_found(reader, name, "a mapping");
    while (!(failed = next(reader)) && reader->event.type != YAML_MAPPING_END_EVENT) {
        if ((failed = read_key(reader, &section, &key)))
            return failed;
        size_t event_count = reader->event_count;
        const struct option_row *row = option_find_key(storage, key.length);
        if (!row)
            failed = refuse_key(reader, &section);
        else
            failed = row->type == TYPE_KEYS ? read_keys(reader, row) : read_option(reader, row);
        if (failed && (failed = recover(reader, event_count)))
            return failed;
    }
    return failed;
}

static int read_section(struct reader *reader, const struct option_row *first, const char *name)
{
    size_t *line = &reader->section_lines[first->id];
    if (*line > 0)
        return refuse_repeated(reader, name, *line);
    *line = reader->event.start_mark.line + 1;
    return first->type == TYPE_PATTERN ? read_policies(reader) : read_section_options(reader, name);
}

static int read_entry(struct reader *reader, const char *name, size_t length)
{
    const struct option_row *row = option_find_key(name, length);
    const struct option_row *first = find_section(name, length);
    /* A dot separates a section and its keys; a key in the file has none. */
    if (memchr(name, '.', length) || (!row && !first))
        return refuse_key(reader, &whole_document);
    return row ? read_option(reader, row) : read_section(reader, first, name);
}

static int read_sections(struct reader *reader)
{
    char storage[KEY_SIZE];
    struct text key;
    text_init(&key, storage, sizeof storage);
    int failed;
    while (!(failed = next(reader)) && reader->event.type != YAML_MAPPING_END_EVENT) {
        if ((failed = read_key(reader, &whole_document, &key)))
            return failed;
        size_t event_count = reader->event_count;
        if (read_entry(reader, storage, key.length) && (failed = recover(reader, event_count)))
            return failed;
    }
    return failed;
}

/* A file with comments only has no document; nothing is set then. */
static int read_document(struct reader *reader)
{
    int failed = next(reader);
    if (!failed)
        failed = next(reader);
    if (failed || reader->event.type == YAML_STREAM_END_EVENT)
        return failed;
    if ((failed = next(reader)))
        return failed;
    if (reader->event.type == YAML_MAPPING_START_EVENT)
        failed = read_sections(reader);
    else if (!is_null(reader))
        return refuse_found(reader, NULL, "a mapping");
    if (!failed)
        failed = next(reader);
    if (!failed)
        failed = next(reader);
    if (!failed && reader->event.type != YAML_STREAM_END_EVENT)
        return fail_at(reader, reader->event.start_mark, NULL, "a second document is not accepted");
    return failed;
}

/* libyaml's own sentences about tabs do not help. */
static int refuse_tabs(struct reader *reader)
{
    bool is_indentation = true;
    for (size_t i = 0; i < reader->size; i++) {
        char c = reader->bytes[i];
        if (c == '\t' && is_indentation)
            return fail_at(reader, mark_of_offset(reader, i), NULL,
                           "expected spaces before the text of a line, found a tab");
        is_indentation = c == '\n' || c == '\r' || (c == ' ' && is_indentation);
    }
    return 0;
}

int config_yaml_read(struct config_builder *builder, const char *path, const char *bytes,
                     size_t size, struct error *err)
{
    struct reader reader = {
        .builder = builder, .path = path, .bytes = bytes, .size = size, .err = err
    };
    int failed = refuse_tabs(&reader);
    if (failed)
        return failed;
    if (!yaml_parser_initialize(&reader.parser))
        return error_no_memory(err);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)bytes, size);
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    failed = read_document(&reader);
    if (failed && !config_builder_note(builder, err))
        failed = 0;
    failed = failed ? failed : config_builder_failed(builder, err);
    yaml_event_delete(&reader.event);
    yaml_parser_delete(&reader.parser);
    return failed;
}
