/*
 * host_bill - the cost of hosts beyond their lives, when each has a minimum charge: the newest is the first to stop.
 *
 * Hosts from the beginning are below all others and count as paid. The owner calls host_bill_fini, which accepts a
 * zeroed one. One thread at a time. -ENOMEM.
 */
#ifndef ENGINE_SIM_HOST_BILL_H
#define ENGINE_SIM_HOST_BILL_H

#include <stddef.h>
#include <stdint.h>

struct host_bill_order {
    int64_t at_ms;
    int64_t hosts;
};

struct host_bill {
    /* Orders with hosts that have not stopped: a stack, the newest last. */
    struct host_bill_order *orders;
    size_t count;
    size_t capacity;
    int64_t min_charge_ms;
    int64_t unused_ms; /* paid for and not used */
};

void host_bill_init(struct host_bill *bill, int64_t min_charge_ms);
void host_bill_fini(struct host_bill *bill);

/* Times never decrease from call to call. */
int host_bill_start(struct host_bill *bill, int64_t now_ms, int64_t hosts);
void host_bill_stop(struct host_bill *bill, int64_t now_ms, int64_t hosts);

#endif
