#include "engine/store/stamp.h"

#include "engine/base/arith.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct stamp stamp_now(void)
{
    return (struct stamp){ .wall = wall_now(), .boot = mono_now() };
}

void boot_id_read(char ret_id[BOOT_ID_SIZE])
{
    ret_id[0] = '\0';
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t size = read(fd, ret_id, BOOT_ID_SIZE - 1);
    close(fd);
    ret_id[size > 0 ? size : 0] = '\0';
    ret_id[strcspn(ret_id, "\n")] = '\0';
}

int64_t stamp_age_ms(const struct stamp *then, const struct stamp_origin *origin,
                     const struct stamp *now)
{
    if (origin->is_same_boot)
        return max_i64(0, now->boot.ms - then->boot.ms);
    /* The rest of that boot, as far as it is known, and this boot. */
    return max_i64(0, origin->boot_last.ms - then->boot.ms) + max_i64(0, now->boot.ms);
}
