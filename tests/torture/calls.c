/* The linker's --wrap sets the names: the program calls __wrap_NAME; __real_NAME is the function of the library. */
#define CURL_DISABLE_TYPECHECK
#include "tests/torture/calls.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#define NO_OPTION (-1)
#define NAME_SIZE 64
#define OPTION_CLASS_SIZE 10000 /* libcurl numbers its options by the type of their argument */

static struct {
    int64_t first;
    int64_t last;
    void (*failed)(int64_t count);
    _Atomic bool is_counting;
    _Atomic int64_t made_count;
    _Atomic int64_t failed_count;
    char first_failed[NAME_SIZE];
} calls = { .first_failed = "nothing" };

void calls_fail(int64_t first, int64_t last, void (*failed)(int64_t count))
{
    calls.first = first;
    calls.last = last;
    calls.failed = failed;
    snprintf(calls.first_failed, NAME_SIZE, "nothing");
    atomic_store(&calls.made_count, 0);
    atomic_store(&calls.failed_count, 0);
    atomic_store(&calls.is_counting, true);
}

int64_t calls_end(void)
{
    atomic_store(&calls.is_counting, false);
    return atomic_load(&calls.failed_count);
}

const char *calls_first_failed(void)
{
    return calls.first_failed;
}

static bool is_spared(const char *name, int64_t option)
{
    static const struct {
        const char *name;
        int64_t option;
    } spared[] = {
#define CALL(name, type, parameters, arguments, failure)
#define OPTION_CALL(name, type, handle, option, failure)
#define SPARED(name, why)
#define SPARED_OPTION(name, option, why) { #name, option },
#include "tests/torture/calls.def"
#undef CALL
#undef OPTION_CALL
#undef SPARED
#undef SPARED_OPTION
    };
    for (size_t i = 0; i < sizeof spared / sizeof spared[0]; i++)
        if (spared[i].option == option && strcmp(spared[i].name, name) == 0)
            return true;
    return false;
}

static void record(const char *name, int64_t option)
{
    if (option == NO_OPTION)
        snprintf(calls.first_failed, NAME_SIZE, "%s", name);
    else
        snprintf(calls.first_failed, NAME_SIZE, "%s(%lld)", name, (long long)option);
}

/* Counts a call. True: this call must fail. */
static bool fails(const char *name, int64_t option)
{
    if (!atomic_load(&calls.is_counting) || is_spared(name, option))
        return false;
    int64_t number = atomic_fetch_add(&calls.made_count, 1) + 1;
    if (number < calls.first || number > calls.last)
        return false;
    int64_t failed_count = atomic_fetch_add(&calls.failed_count, 1) + 1;
    if (failed_count == 1)
        record(name, option);
    if (calls.failed)
        calls.failed(failed_count);
    return true;
}

static bool is_of_class(int64_t option, int64_t class)
{
    return option / OPTION_CLASS_SIZE == class / OPTION_CLASS_SIZE;
}

/* clang-format off */
#define CALL(name, type, parameters, arguments, failure)                                           \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return fails(#name, NO_OPTION) ? (failure) : __real_##name arguments;                      \
    }
#define OPTION_CALL(name, type, handle_type, option_type, failure)                                 \
    type __real_##name(handle_type handle, option_type option, ...);                               \
    type __wrap_##name(handle_type handle, option_type option, ...);                               \
    type __wrap_##name(handle_type handle, option_type option, ...)                                \
    {                                                                                              \
        type result = (failure);                                                                   \
        va_list argument;                                                                          \
        va_start(argument, option);                                                                \
        if (fails(#name, (int64_t)option))                                                         \
            result = (failure);                                                                    \
        else if (is_of_class((int64_t)option, CURLOPTTYPE_LONG))                                   \
            result = __real_##name(handle, option, va_arg(argument, long));                        \
        else if (is_of_class((int64_t)option, CURLOPTTYPE_OFF_T))                                  \
            result = __real_##name(handle, option, va_arg(argument, curl_off_t));                  \
        else                                                                                       \
            result = __real_##name(handle, option, va_arg(argument, void *));                      \
        va_end(argument);                                                                          \
        return result;                                                                             \
    }
/* clang-format on */
#define SPARED(name, why)
#define SPARED_OPTION(name, option, why)
#include "tests/torture/calls.def"
