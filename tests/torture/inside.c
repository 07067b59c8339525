#define _GNU_SOURCE /* fopencookie; standard streams that can be assigned */
#include "tests/torture/inside.h"

#include "engine/base/clock.h"
#include "engine/base/panic.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#define PRINTED_SIZE 16384

struct printed {
    char bytes[PRINTED_SIZE];
    size_t size;
    const char *stop_at;
};

static struct printed output;
static struct printed errors;

/* The program's main, renamed by objcopy: see tests.mk. */
int autoscaler_main(int argc, char **argv);

static ssize_t take_printed(void *context, const char *bytes, size_t size)
{
    struct printed *printed = context;
    must(size < PRINTED_SIZE - printed->size);
    memcpy(printed->bytes + printed->size, bytes, size);
    printed->size += size;
    printed->bytes[printed->size] = '\0';
    if (printed->stop_at && strstr(printed->bytes, printed->stop_at)) {
        printed->stop_at = NULL;
        raise(SIGTERM);
    }
    return (ssize_t)size;
}

static FILE *open_stream(struct printed *printed, const char *stop_at)
{
    *printed = (struct printed){ .stop_at = stop_at };
    FILE *stream = fopencookie(printed, "w", (cookie_io_functions_t){ .write = take_printed });
    must(stream);
    return stream;
}

int inside_run(const char *const *arguments, const char *stop_at)
{
    char *argv[INSIDE_ARGUMENTS_MAX + 2] = { (char *)(uintptr_t) "autoscaler" };
    int argc = 1;
    for (; arguments[argc - 1]; argc++) {
        must(argc <= INSIDE_ARGUMENTS_MAX);
        argv[argc] = (char *)(uintptr_t)arguments[argc - 1];
    }
    FILE *own_output = stdout;
    FILE *own_errors = stderr;
    stdout = open_stream(&output, stop_at);
    stderr = open_stream(&errors, NULL);
    int code = autoscaler_main(argc, argv);
    fclose(stdout);
    fclose(stderr);
    stdout = own_output;
    stderr = own_errors;
    return code;
}

const char *inside_output(void)
{
    return output.bytes;
}

const char *inside_errors(void)
{
    return errors.bytes;
}

/* --- time: the linker redirects the program's calls ------------------------------------------------------------ */

struct mono __real_mono_now(void);
struct mono __wrap_mono_now(void);
int __real_uv_timer_start(uv_timer_t *timer, uv_timer_cb fired, uint64_t wait_ms, uint64_t repeat);
int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb fired, uint64_t wait_ms, uint64_t repeat);

struct mono __wrap_mono_now(void)
{
    return (struct mono){ __real_mono_now().ms * INSIDE_SPEED };
}

int __wrap_uv_timer_start(uv_timer_t *timer, uv_timer_cb fired, uint64_t wait_ms, uint64_t repeat)
{
    return __real_uv_timer_start(timer, fired, (wait_ms + INSIDE_SPEED - 1) / INSIDE_SPEED, repeat);
}
