/*
 * formula - the hosts that the formula asks for, computed apart from engine/core/delta, as an oracle for the tests.
 *
 * The simulation, the world and the soak compare the program with it, so it shares no code with the program. It
 * computes in 128 bits and cannot overflow. Any thread. Cannot fail.
 */
#ifndef TESTS_SUPPORT_FORMULA_H
#define TESTS_SUPPORT_FORMULA_H

#include <stdint.h>

/*
 * The least hosts of which the target stays free. `busy_servers` not negative, `servers_per_host` at least 1,
 * `target_free_ppb` below SHARE_WHOLE.
 */
int64_t formula_hosts(int64_t busy_servers, int32_t servers_per_host, int32_t target_free_ppb);

#endif
