/*
 * yaml_reader - the events of a configuration file one by one, and errors with their positions.
 *
 * Over libyaml, without what a configuration must not have: aliases, anchors, tags, tabs as indentation. What an event
 * means is the caller's matter. A refused value is noted in the builder, and reading goes on behind it, so that one
 * attempt finds several errors.
 *
 * The caller owns the storage; the reader owns its parser and its event. Builder, path, text and error are borrowed
 * and live as long as the reader. One thread at a time.
 *
 * Errors: ERR_CONFIG "file:line:column: key: expected ..., found ...", -ENOMEM.
 */
#ifndef ENGINE_CONFIG_YAML_READER_H
#define ENGINE_CONFIG_YAML_READER_H

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "engine/config/config_builder.h"

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

struct yaml_reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the newest; the reader deletes it */
    struct config_builder *builder;
    const char *path;
    const char *bytes;
    size_t size;
    size_t event_count;
    bool is_broken; /* what follows cannot be read */
    struct error *err;
};

/* `path` is for errors. No event yet. After an error there is nothing to release. */
int yaml_reader_init(struct yaml_reader *reader, struct config_builder *builder, const char *path,
                     const char *bytes, size_t size, struct error *err);
void yaml_reader_fini(struct yaml_reader *reader);

/* The next event; refuses events that a configuration must not have. */
int yaml_reader_next(struct yaml_reader *reader);

/*
 * Goes on behind a value that was refused, or behind the key of one, when `event_count` is that of the key. An error:
 * nothing can be read any more.
 */
int yaml_reader_recover(struct yaml_reader *reader, size_t event_count);

/* Where the event begins. */
struct place yaml_reader_place(const struct yaml_reader *reader);

/* Of a scalar: its text, valid until the next event; is it without quotes; has it a NUL inside? */
const char *yaml_reader_text(const struct yaml_reader *reader);
bool yaml_reader_is_plain(const struct yaml_reader *reader);
bool yaml_reader_has_nul(const struct yaml_reader *reader);

/* "key:" without a value, or an explicit null. Of any event. */
bool yaml_reader_is_null(const struct yaml_reader *reader);

/* The kind of the event, as a phrase. */
void yaml_reader_add_found(const struct yaml_reader *reader, struct text *text);

/* Puts the position and, unless NULL, the key before the sentence that is already there. */
int yaml_reader_refuse(struct yaml_reader *reader, yaml_mark_t mark, const char *key);

/* The same with this sentence. */
int yaml_reader_fail(struct yaml_reader *reader, yaml_mark_t mark, const char *key,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The event is not what was expected. `key` may be NULL. */
int yaml_reader_refuse_found(struct yaml_reader *reader, const char *key, const char *expected);

#endif
