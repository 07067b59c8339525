#include "engine/base/error.h"

#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

struct error_row {
    int code;
    bool is_transient;
};

/* A code without a row is not transient. */
#define ERROR_AS_ROW(id, is_transient) { id, is_transient },
static const struct error_row error_rows[] = {
    /* clang-format off */
    { -ETIMEDOUT,    true },
    { -ECONNREFUSED, true },
    { -ECONNRESET,   true },
    { -EHOSTUNREACH, true },
    { -ENETUNREACH,  true },
    { -EMFILE,       true },
    { -ENOMEM,       true },
    /* clang-format on */
    ERROR_CODES(ERROR_AS_ROW)
};
#undef ERROR_AS_ROW

int error_set(struct error *err, int code, const char *format, ...)
{
    must(code < 0);
    if (!err)
        return code;
    struct text msg;
    text_init(&msg, err->msg, sizeof err->msg);
    va_list args;
    va_start(args, format);
    text_addv(&msg, format, args);
    va_end(args);
    err->code = code;
    return code;
}

int error_prefix(struct error *err, const char *format, ...)
{
    must(err);
    char storage[ERROR_MSG_SIZE];
    struct text msg;
    text_init(&msg, storage, sizeof storage);
    va_list args;
    va_start(args, format);
    text_addv(&msg, format, args);
    va_end(args);
    text_add(&msg, ": ");
    text_add(&msg, err->msg);
    memcpy(err->msg, storage, sizeof storage);
    return err->code;
}

int error_no_memory(struct error *err)
{
    return error_set(err, -ENOMEM, "out of memory");
}

bool error_is_transient(int code)
{
    for (size_t i = 0; i < sizeof error_rows / sizeof error_rows[0]; i++)
        if (error_rows[i].code == code)
            return error_rows[i].is_transient;
    return false;
}
