#include "engine/config/yaml_reader.h"

#include "engine/base/quote.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- errors -------------------------------------------------------------------------------------- */

int yaml_reader_refuse(struct yaml_reader *reader, yaml_mark_t mark, const char *key)
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

int yaml_reader_fail(struct yaml_reader *reader, yaml_mark_t mark, const char *key,
                     const char *format, ...)
{
    char storage[ERROR_MSG_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(storage, sizeof storage, format, args);
    va_end(args);
    error_set(reader->err, ERR_CONFIG, "%s", storage);
    return yaml_reader_refuse(reader, mark, key);
}

static yaml_mark_t mark_of_offset(const struct yaml_reader *reader, size_t offset)
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
static int fail_parser(struct yaml_reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    if (parser->error == YAML_MEMORY_ERROR)
        return error_no_memory(reader->err);
    yaml_mark_t mark = parser->error == YAML_READER_ERROR
                           ? mark_of_offset(reader, parser->problem_offset)
                           : parser->problem_mark;
    return yaml_reader_fail(reader, mark, NULL, "not YAML: %s",
                            parser->problem ? parser->problem : "unreadable");
}

/* libyaml's own sentences about tabs do not help. */
static int refuse_tabs(struct yaml_reader *reader)
{
    bool is_indentation = true;
    for (size_t i = 0; i < reader->size; i++) {
        char c = reader->bytes[i];
        if (c == '\t' && is_indentation)
            return yaml_reader_fail(reader, mark_of_offset(reader, i), NULL,
                                    "expected spaces before the text of a line, found a tab");
        is_indentation = c == '\n' || c == '\r' || (c == ' ' && is_indentation);
    }
    return 0;
}

int yaml_reader_init(struct yaml_reader *reader, struct config_builder *builder, const char *path,
                     const char *bytes, size_t size, struct error *err)
{
    *reader = (struct yaml_reader){
        .builder = builder, .path = path, .bytes = bytes, .size = size, .err = err
    };
    int failed = refuse_tabs(reader);
    if (failed)
        return failed;
    if (!yaml_parser_initialize(&reader->parser))
        return error_no_memory(err);
    yaml_parser_set_input_string(&reader->parser, (const unsigned char *)bytes, size);
    yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
    return 0;
}

void yaml_reader_fini(struct yaml_reader *reader)
{
    yaml_event_delete(&reader->event);
    yaml_parser_delete(&reader->parser);
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

int yaml_reader_next(struct yaml_reader *reader)
{
    yaml_event_delete(&reader->event);
    reader->event_count++;
    reader->is_broken = true;
    if (!yaml_parser_parse(&reader->parser, &reader->event))
        return fail_parser(reader);
    yaml_mark_t mark = reader->event.start_mark;
    if (reader->event.type == YAML_ALIAS_EVENT)
        return yaml_reader_fail(reader, mark, NULL, "aliases (*name) are not accepted");
    if (anchor_of(&reader->event))
        return yaml_reader_fail(reader, mark, NULL, "anchors (&name) are not accepted");
    if (has_tag(&reader->event))
        return yaml_reader_fail(reader, mark, NULL, "tags (!name) are not accepted");
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
static int skip_rest(struct yaml_reader *reader)
{
    int failed = 0;
    for (size_t depth = is_start(&reader->event); !failed && depth > 0;) {
        failed = yaml_reader_next(reader);
        depth += failed ? 0 : is_start(&reader->event);
        depth -= failed ? 0 : is_end(&reader->event);
    }
    return failed;
}

int yaml_reader_recover(struct yaml_reader *reader, size_t event_count)
{
    if (reader->is_broken)
        return reader->err->code;
    int failed = config_builder_note(reader->builder, reader->err);
    if (!failed && reader->event_count == event_count)
        failed = yaml_reader_next(reader);
    return failed ? failed : skip_rest(reader);
}

const char *yaml_reader_text(const struct yaml_reader *reader)
{
    return (const char *)reader->event.data.scalar.value;
}

bool yaml_reader_is_plain(const struct yaml_reader *reader)
{
    return reader->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

bool yaml_reader_is_null(const struct yaml_reader *reader)
{
    if (reader->event.type != YAML_SCALAR_EVENT || !yaml_reader_is_plain(reader))
        return false;
    const char *text = yaml_reader_text(reader);
    return *text == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0;
}

bool yaml_reader_has_nul(const struct yaml_reader *reader)
{
    return strlen(yaml_reader_text(reader)) != reader->event.data.scalar.length;
}

void yaml_reader_add_found(const struct yaml_reader *reader, struct text *text)
{
    if (reader->event.type == YAML_SEQUENCE_START_EVENT) {
        text_add(text, "a list");
    } else if (reader->event.type == YAML_MAPPING_START_EVENT) {
        text_add(text, "a mapping");
    } else if (yaml_reader_is_null(reader)) {
        text_add(text, "nothing");
    } else {
        text_add(text, yaml_reader_is_plain(reader) ? "" : "the text ");
        quote_add(text, yaml_reader_text(reader), reader->event.data.scalar.length);
    }
}

int yaml_reader_refuse_found(struct yaml_reader *reader, const char *key, const char *expected)
{
    char storage[QUOTE_SIZE + 16];
    struct text found;
    text_init(&found, storage, sizeof storage);
    yaml_reader_add_found(reader, &found);
    return yaml_reader_fail(reader, reader->event.start_mark, key, "expected %s, found %s",
                            expected, storage);
}

struct place yaml_reader_place(const struct yaml_reader *reader)
{
    yaml_mark_t mark = reader->event.start_mark;
    return (struct place){ SOURCE_FILE, mark.line + 1, mark.column + 1 };
}
