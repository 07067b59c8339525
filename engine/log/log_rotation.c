#include "engine/log/log_rotation.h"

#include "engine/base/panic.h"
#include "engine/base/quote.h"
#include "engine/base/text.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE (PATH_MAX + 16)

/* Number 0 is the file itself. */
static void name_file(char ret_name[NAME_SIZE], const char *file, int32_t number)
{
    if (number == 0)
        snprintf(ret_name, NAME_SIZE, "%s", file);
    else
        snprintf(ret_name, NAME_SIZE, "%s.%d", file, (int)number);
}

static int fail(const char *file, int code, struct error *err)
{
    char storage[QUOTE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    quote_add_path(&text, file);
    return error_set(err, code, "cannot rename log file %s: %s", storage, strerror(-code));
}

/* A number that is not there is a gap, which is closed. */
static int rename_to_next(const char *file, int32_t number)
{
    char from[NAME_SIZE];
    char to[NAME_SIZE];
    name_file(from, file, number);
    name_file(to, file, number + 1);
    return rename(from, to) < 0 && (number == 0 || errno != ENOENT) ? -errno : 0;
}

int log_rotation_rename(const char *file, int32_t keep, struct error *err)
{
    must(1 <= keep && keep <= LOG_KEEP_MAX);
    char real[PATH_MAX];
    if (!realpath(file, real))
        return fail(file, -errno, err);
    for (int32_t number = keep - 1; number >= 0; number--) {
        int failed = rename_to_next(real, number);
        if (failed)
            return fail(file, failed, err);
    }
    return 0;
}

void log_rotation_undo(const char *file)
{
    char first[NAME_SIZE];
    name_file(first, file, 1);
    rename(first, file);
}
