#define _GNU_SOURCE /* fopencookie */
#include "engine/base/redacted_stream.h"

#include "engine/base/heap.h"

#include <string.h>
#include <sys/types.h>

struct redacted_stream {
    struct redaction *redaction;
    FILE *to;
    size_t length; /* of the line so far, without what is behind its maximum */
    char line[REDACTION_TEXT_MAX + 1];
};

static void pass_on(struct redacted_stream *stream)
{
    size_t length = redaction_apply(stream->redaction, stream->line, stream->length);
    fwrite(stream->line, 1, length, stream->to);
    stream->length = 0;
}

static void take(struct redacted_stream *stream, const char *bytes, size_t size)
{
    size_t room = REDACTION_TEXT_MAX - stream->length;
    size_t kept = size < room ? size : room;
    memcpy(stream->line + stream->length, bytes, kept);
    stream->length += kept;
}

static ssize_t write_lines(void *cookie, const char *bytes, size_t size)
{
    struct redacted_stream *stream = cookie;
    for (size_t at = 0; at < size;) {
        const char *end = memchr(bytes + at, '\n', size - at);
        size_t length = end ? (size_t)(end - bytes) - at : size - at;
        take(stream, bytes + at, length);
        at += length;
        if (!end)
            break;
        pass_on(stream);
        fputc('\n', stream->to);
        at++;
    }
    return (ssize_t)size;
}

static int close_stream(void *cookie)
{
    struct redacted_stream *stream = cookie;
    pass_on(stream);
    heap_free(stream);
    return 0;
}

FILE *redacted_stream_open(struct redaction *redaction, FILE *to)
{
    struct redacted_stream *stream = heap_alloc(1, sizeof *stream);
    if (!stream)
        return NULL;
    stream->redaction = redaction;
    stream->to = to;
    FILE *file = fopencookie(
        stream, "w", (cookie_io_functions_t){ .write = write_lines, .close = close_stream });
    if (!file)
        heap_free(stream);
    return file;
}
