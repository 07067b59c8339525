#include "engine/run/backtest/trace_file.h"

#include "engine/base/heap.h"
#include "engine/base/quote.h"
#include "engine/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FIRST_CAPACITY ((size_t)64 * 1024)

struct content {
    char *bytes;
    size_t size;
    size_t capacity;
};

static int make_room(struct content *content, struct error *err)
{
    if (content->size < content->capacity)
        return 0;
    size_t wanted = content->capacity > 0 ? 2 * content->capacity : FIRST_CAPACITY;
    char *bytes = heap_resize(content->bytes, wanted, 1);
    if (!bytes)
        return error_no_memory(err);
    content->bytes = bytes;
    content->capacity = wanted;
    return 0;
}

/* The size of a pipe is known only after reading. */
static int read_all(int fd, struct content *content, struct error *err)
{
    for (;;) {
        int r = make_room(content, err);
        if (r < 0)
            return r;
        ssize_t n = read(fd, content->bytes + content->size, content->capacity - content->size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(err, ERR_CONFIG, "%s", strerror(errno));
        if (n == 0)
            return 0;
        content->size += (size_t)n;
        if (content->size > TRACE_FILE_SIZE_MAX)
            return error_set(err, ERR_CONFIG, "larger than %zu MiB", TRACE_FILE_SIZE_MAX >> 20);
    }
}

static int read_path(const char *path, struct content *content, struct error *err)
{
    if (strcmp(path, TRACE_FILE_STDIN) == 0)
        return read_all(STDIN_FILENO, content, err);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return error_set(err, ERR_CONFIG, "%s", strerror(errno));
    int r = read_all(fd, content, err);
    close(fd);
    return r;
}

int trace_file_read(const char *path, struct trace *ret_trace, struct error *err)
{
    struct content content = { 0 };
    int r = read_path(path, &content, err);
    if (r == 0)
        r = trace_parse(content.bytes, content.size, ret_trace, err);
    heap_free(content.bytes);
    return r < 0 ? trace_file_refuse(path, err) : 0;
}

int trace_file_refuse(const char *path, struct error *err)
{
    if (err->code == -ENOMEM)
        return -ENOMEM;
    char storage[QUOTE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    if (strcmp(path, TRACE_FILE_STDIN) == 0)
        text_add(&text, "standard input");
    else
        quote_add_path(&text, path);
    return error_prefix(err, "%s", storage);
}
