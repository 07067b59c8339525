#include "engine/remote/stream_parser.h"

#include "engine/backend/json_scan.h"
#include "engine/base/heap.h"

#include <string.h>

struct stream_parser {
    stream_message *take;
    void *context;
    size_t length;
    char line[STREAM_LINE_MAX];
};

struct stream_parser *stream_parser_create(stream_message *take, void *context)
{
    struct stream_parser *parser = heap_alloc(1, sizeof *parser);
    if (!parser)
        return NULL;
    parser->take = take;
    parser->context = context;
    return parser;
}

void stream_parser_destroy(struct stream_parser *parser)
{
    heap_free(parser);
}

void stream_parser_reset(struct stream_parser *parser)
{
    parser->length = 0;
}

static int refuse(struct error *err, const char *problem)
{
    return error_set(err, ERR_PROTOCOL, "the engine sends what is no stream: %s", problem);
}

static int take_message(struct stream_parser *parser, const cJSON *root, struct error *err)
{
    const cJSON *member = cJSON_IsObject(root) ? root->child : NULL;
    if (!member || member->next || !cJSON_IsObject(member))
        return refuse(err, "a line without one object");
    return parser->take(parser->context, member->string, member, err);
}

static int take_line(struct stream_parser *parser, const char *line, size_t length,
                     struct error *err)
{
    struct json_fault fault;
    if (!json_scan_check(line, (struct json_span){ .end = length }, &fault))
        return refuse(err, fault.text);
    cJSON *root = cJSON_ParseWithLengthOpts(line, length, NULL, false);
    if (!root)
        return error_no_memory(err);
    int failed = take_message(parser, root, err);
    cJSON_Delete(root);
    return failed;
}

static int keep(struct stream_parser *parser, const char *bytes, size_t size, struct error *err)
{
    if (size > sizeof parser->line - parser->length)
        return refuse(err, "a line that does not end");
    memcpy(parser->line + parser->length, bytes, size);
    parser->length += size;
    return 0;
}

/* A line that came as a whole is not copied. */
static int end_line(struct stream_parser *parser, const char *bytes, size_t size, struct error *err)
{
    if (parser->length == 0)
        return take_line(parser, bytes, size, err);
    int failed = keep(parser, bytes, size, err);
    size_t length = parser->length;
    parser->length = 0;
    return failed ? failed : take_line(parser, parser->line, length, err);
}

int stream_parser_take(struct stream_parser *parser, const char *bytes, size_t size,
                       struct error *err)
{
    while (size > 0) {
        const char *end = memchr(bytes, '\n', size);
        if (!end)
            return keep(parser, bytes, size, err);
        size_t length = (size_t)(end - bytes);
        int failed = end_line(parser, bytes, length, err);
        if (failed)
            return failed;
        bytes += length + 1;
        size -= length + 1;
    }
    return 0;
}
