/*
 * stream_codec - the parts of a snapshot as JSON objects, and back: what GET /v1/stream is made of.
 *
 * The names are those of stream_fields.def. An object that is read has every field of the one that was written. What
 * it does not name is 0, false or empty; members that the table does not have are ignored, so that a later engine may
 * add some. A word that is not known, a number out of range and a wrong type are refused: nothing is guessed.
 *
 * Names of deployments are not part of a row: the caller adds and reads the id. Whole numbers that a double does not
 * hold exactly are strings of digits. Writing cannot fail. Owns nothing. One thread at a time (cJSON).
 */
#ifndef ENGINE_CONTROL_STREAM_CODEC_H
#define ENGINE_CONTROL_STREAM_CODEC_H

#include "engine/base/text.h"
#include "engine/snapshot.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

/* Changes when a reader of the schema before would understand something wrongly. */
#define STREAM_SCHEMA 1

/* Members of an object that has begun: with a comma, unless the text ends with its brace. */
void stream_add_integer(struct text *text, const char *name, int64_t value);
void stream_add_bool(struct text *text, const char *name, bool value);
void stream_add_string(struct text *text, const char *name, const char *string);

void stream_add_row(struct text *text, const struct snapshot_row *row);
void stream_add_engine(struct text *text, const struct snapshot_engine *engine);
void stream_add_pass(struct text *text, const struct snapshot_pass *pass);
void stream_add_totals(struct text *text, const struct fleet_totals *totals);
void stream_add_step(struct text *text, const struct explanation *step);

/* With its orders and its history, without its steps and objections. */
void stream_add_detail(struct text *text, const struct snapshot_detail *detail);

/* False: not an object of this kind; *ret_... is undefined then. What is not read is 0. */
bool stream_read_row(const cJSON *object, struct snapshot_row *ret_row);
bool stream_read_engine(const cJSON *object, struct snapshot_engine *ret_engine);
bool stream_read_pass(const cJSON *object, struct snapshot_pass *ret_pass);
bool stream_read_totals(const cJSON *object, struct fleet_totals *ret_totals);
bool stream_read_step(const cJSON *object, struct explanation *ret_step);
bool stream_read_detail(const cJSON *object, struct snapshot_detail *ret_detail);

/* A whole number from `min` to `max`; false: not one. */
bool stream_read_integer(const cJSON *item, int64_t min, int64_t max, int64_t *ret_value);

#endif
