/*
 * stamp - an instant by two clocks, so that its age survives a jump of one and a reboot.
 *
 * `wall` is for people. `boot` is the clock of mono_now: it never jumps, and it starts again with each boot of the
 * machine. The boot id tells boots apart. The age of a stamp is a lower bound: a deadline that is checked with it never
 * ends early. Time in which the machine was off does not count.
 *
 * Plain values. Any thread. Cannot fail.
 */
#ifndef ENGINE_STORE_STAMP_H
#define ENGINE_STORE_STAMP_H

#include "engine/base/clock.h"

#include <stdbool.h>

#define BOOT_ID_SIZE 40

struct stamp {
    struct wall wall;
    struct mono boot;
};

struct stamp stamp_now(void);

/*
 * The boot id of the kernel; "" when it cannot be read, for example where only the processes of /proc are seen. Then a
 * stamp may be of this boot.
 */
void boot_id_read(char ret_id[BOOT_ID_SIZE]);

/* When a stored stamp was taken. */
struct stamp_origin {
    bool is_same_boot;     /* since the last boot of the machine */
    struct mono boot_last; /* of another boot: its last known instant */
};

/* Milliseconds from `then` to `now` at least; never negative. */
int64_t stamp_age_ms(const struct stamp *then, const struct stamp_origin *origin,
                     const struct stamp *now);

#endif
