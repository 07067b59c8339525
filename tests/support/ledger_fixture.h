/*
 * ledger_fixture - a ledger whose clock is the second of a test: orders, statuses and expiries.
 *
 * Include it in one .c file of a test: the functions belong to that file. One thread.
 */
#ifndef TESTS_SUPPORT_LEDGER_FIXTURE_H
#define TESTS_SUPPORT_LEDGER_FIXTURE_H

#include "engine/base/arith.h"
#include "engine/core/ledger.h"

#include <stdint.h>

#define BOOT_S 600
#define CONFIRM_S 90
#define STEPS_MAX 16
#define PASS_S 30

/* Removals are kept as long as additions, except where a test is about drains. */
static const struct ledger_timeouts timeouts = { BOOT_S * 1000, BOOT_S * 1000, CONFIRM_S * 1000 };

static inline struct mono at_s(int64_t seconds)
{
    return (struct mono){ seconds * 1000 };
}

static inline int32_t expire_all(struct ledger *ledger, struct mono now)
{
    int32_t count = 0;
    struct ledger_expiry expiry;
    while (ledger_expire(ledger, now, &timeouts, &expiry))
        count++;
    return count;
}

/* Hosts that come serve at once. */
static inline void see_servers(struct ledger *ledger, int32_t hosts_before, int32_t hosts,
                               int64_t now_s)
{
    int64_t before = 10 * (int64_t)hosts_before;
    int64_t after = 10 * (int64_t)hosts;
    ledger_observe_servers(ledger, saturate_i32(before), saturate_i32(after), false, at_s(now_s));
}

static inline void order(struct ledger *ledger, int32_t delta, int64_t now_s)
{
    ledger_send(ledger, delta, at_s(now_s), &timeouts);
    ledger_accept(ledger);
}

static inline struct ledger_movement see(struct ledger *ledger, int32_t *hosts, int32_t now_hosts,
                                         int64_t now_s)
{
    struct ledger_movement movement;
    ledger_observe(ledger, *hosts, now_hosts, at_s(now_s), &movement);
    see_servers(ledger, *hosts, now_hosts, now_s);
    *hosts = now_hosts;
    return movement;
}

#endif
