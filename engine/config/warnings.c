#include "engine/config/warnings.h"

#include "engine/base/error.h"
#include "engine/base/heap.h"
#include "engine/base/text.h"

#include <stdarg.h>

void warnings_add(struct warnings *warnings, const char *format, ...)
{
    if (warnings->count == WARNINGS_MAX)
        return;
    if (!warnings->texts)
        warnings->texts = heap_alloc(WARNINGS_MAX, sizeof *warnings->texts);
    if (!warnings->texts)
        return;
    char storage[ERROR_MSG_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    va_list args;
    va_start(args, format);
    text_addv(&text, format, args);
    va_end(args);
    if (warnings->count == WARNINGS_MAX - 1) {
        text_reset(&text);
        text_add(&text, "and more like these");
    }
    char *copy = heap_copy_text(text.data, text.length);
    if (copy)
        warnings->texts[warnings->count++] = copy;
}

void warnings_fini(struct warnings *warnings)
{
    for (size_t i = 0; i < warnings->count; i++)
        heap_free(warnings->texts[i]);
    heap_free(warnings->texts);
    *warnings = (struct warnings){ 0 };
}
