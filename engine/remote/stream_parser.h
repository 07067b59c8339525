/*
 * stream_parser - the bytes of GET /v1/stream, in any pieces, as messages.
 *
 * A line is one JSON object with one member, whose name says what it is and whose value is an object. It has at most
 * STREAM_LINE_MAX bytes. Strict JSON (json_scan.h). A kind that is not known is passed over: a later engine may have
 * more.
 *
 * Owns one line. One thread (cJSON). ERR_PROTOCOL with a sentence: the parser takes nothing more then.
 */
#ifndef ENGINE_REMOTE_STREAM_PARSER_H
#define ENGINE_REMOTE_STREAM_PARSER_H

#include "engine/base/error.h"

#include <cjson/cJSON.h>
#include <stddef.h>

#define STREAM_LINE_MAX ((size_t)64 * 1024)

struct stream_parser;

/* `object` is borrowed until it returns. Non-zero, with *err: the message is refused. */
typedef int stream_message(void *context, const char *kind, const cJSON *object, struct error *err);

/* NULL: no memory. */
struct stream_parser *stream_parser_create(stream_message *take, void *context);
void stream_parser_destroy(struct stream_parser *parser);

/* Another stream begins. */
void stream_parser_reset(struct stream_parser *parser);

int stream_parser_take(struct stream_parser *parser, const char *bytes, size_t size,
                       struct error *err);

#endif
