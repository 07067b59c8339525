#include "tests/support/crash_shim.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static struct crash_shim *shared;

__attribute__((constructor)) static void open_shared(void)
{
    const char *path = getenv("CRASH_SHIM");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *memory = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return;
    shared = memory;
    fault_vfs_install();
    fault_vfs_obey(&shared->disk, fd);
    if (shared->is_power_lost)
        fault_vfs_record((uint64_t)shared->power_seed);
}

static void end_here(void)
{
    if (shared->is_power_lost)
        fault_vfs_lose_power();
    raise(SIGKILL);
}

void __wrap_failpoint(enum failpoint_id id);

/* Any thread. */
void __wrap_failpoint(enum failpoint_id id)
{
    if (!shared)
        return;
    int hit = 1 + atomic_fetch_add_explicit(&shared->hits[id], 1, memory_order_relaxed);
    if (shared->failpoint == (int)id && hit == shared->hit)
        end_here();
}
