#include "tests/support/clocks.h"

#include "engine/base/panic.h"

#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The library is built into a directory beside the program. */
static bool find_library(struct clocks *clocks)
{
    char path[CLOCKS_VARIABLE_SIZE / 2];
    const char *binary = getenv("AUTOSCALER");
    snprintf(path, sizeof path, "%s", binary && *binary ? binary : "build/release/autoscaler");
    snprintf(clocks->preload, sizeof clocks->preload, "LD_PRELOAD=%s/tests/support/clock_shim.so",
             dirname(path));
    return access(strchr(clocks->preload, '=') + 1, R_OK) == 0;
}

bool clocks_open(struct clocks *clocks, const char *path)
{
    *clocks = (struct clocks){ 0 };
    if (!find_library(clocks))
        return false;
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must(fd >= 0);
    must(ftruncate(fd, sizeof *clocks->shared) == 0);
    clocks->shared = mmap(NULL, sizeof *clocks->shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    must(clocks->shared != MAP_FAILED);
    close(fd);
    snprintf(clocks->file, sizeof clocks->file, "CLOCK_SHIM=%s", path);
    clocks->environment[0] = clocks->preload;
    clocks->environment[1] = clocks->file;
    clocks->environment[2] = "ASAN_OPTIONS=verify_asan_link_order=0";
    return true;
}

void clocks_close(struct clocks *clocks)
{
    if (clocks->shared)
        munmap(clocks->shared, sizeof *clocks->shared);
    clocks->shared = NULL;
}

void clocks_pass(struct clocks *clocks, long long ms)
{
    atomic_fetch_add(&clocks->shared->wall_ms, ms);
    atomic_fetch_add(&clocks->shared->mono_ms, ms);
    atomic_fetch_add(&clocks->shared->boot_ms, ms);
}
