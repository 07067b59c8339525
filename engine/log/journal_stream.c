#include "engine/log/journal_stream.h"

#include "engine/base/panic.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Two numbers of 64 bits, a colon and a NUL. */
#define STREAM_SIZE 42

bool journal_stream_is(int fd)
{
    char own[STREAM_SIZE];
    struct stat st;
    const char *stream = getenv("JOURNAL_STREAM");
    if (!stream || fstat(fd, &st) < 0)
        return false;
    snprintf(own, sizeof own, "%" PRIuMAX ":%" PRIuMAX, (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    return strcmp(stream, own) == 0;
}

const char *journal_priority(enum level level)
{
    switch (level) {
    case LEVEL_DEBUG:
        return "<7>";
    case LEVEL_INFO:
        return "<6>";
    case LEVEL_WARN:
        return "<4>";
    case LEVEL_ERROR:
        return "<3>";
    }
    must(false);
    return "";
}

const char *journal_mark(enum level level)
{
    return journal_stream_is(STDERR_FILENO) ? journal_priority(level) : "";
}
