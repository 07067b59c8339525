#include "engine/base/error.h"

#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

struct error_row {
    int code;
    const char *name;
    bool transient;
};

#define ERROR_AS_ROW(id, name, transient) { id, name, transient },
static const struct error_row error_rows[] = {
    /* clang-format off */
    { -ETIMEDOUT,    "timeout",              true  },
    { -ECONNREFUSED, "connection_refused",   true  },
    { -ECONNRESET,   "connection_reset",     true  },
    { -EHOSTUNREACH, "host_unreachable",     true  },
    { -ENETUNREACH,  "network_unreachable",  true  },
    { -EMFILE,       "too_many_open_files",  true  },
    { -ENOMEM,       "out_of_memory",        true  },
    { -ENOENT,       "not_found",            false },
    { -EACCES,       "permission_denied",    false },
    { -EINVAL,       "invalid",              false },
    { -EIO,          "input_output",         false },
    /* clang-format on */
    ERROR_CODES(ERROR_AS_ROW)
};
#undef ERROR_AS_ROW

static const struct error_row *find_row(int code)
{
    for (size_t i = 0; i < sizeof error_rows / sizeof error_rows[0]; i++)
        if (error_rows[i].code == code)
            return &error_rows[i];
    return NULL;
}

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
    const struct error_row *row = find_row(code);
    return row && row->transient;
}

const char *error_name(int code)
{
    const struct error_row *row = find_row(code);
    return row ? row->name : "error";
}
