#include "engine/sim/host_bill.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"

#include <errno.h>

#define FIRST_CAPACITY 64

void host_bill_init(struct host_bill *bill, int64_t min_charge_ms)
{
    *bill = (struct host_bill){ .min_charge_ms = min_charge_ms };
}

void host_bill_fini(struct host_bill *bill)
{
    heap_free(bill->orders);
    *bill = (struct host_bill){ 0 };
}

int host_bill_start(struct host_bill *bill, int64_t now_ms, int64_t hosts)
{
    if (bill->count == bill->capacity) {
        size_t wanted = bill->capacity > 0 ? 2 * bill->capacity : FIRST_CAPACITY;
        struct host_bill_order *orders = heap_resize(bill->orders, wanted, sizeof *orders);
        if (!orders)
            return -ENOMEM;
        bill->orders = orders;
        bill->capacity = wanted;
    }
    bill->orders[bill->count++] = (struct host_bill_order){ now_ms, hosts };
    return 0;
}

void host_bill_stop(struct host_bill *bill, int64_t now_ms, int64_t hosts)
{
    while (hosts > 0 && bill->count > 0) {
        struct host_bill_order *newest = &bill->orders[bill->count - 1];
        int64_t stopped = min_i64(hosts, newest->hosts);
        bill->unused_ms += stopped * max_i64(0, bill->min_charge_ms - (now_ms - newest->at_ms));
        newest->hosts -= stopped;
        hosts -= stopped;
        bill->count -= newest->hosts == 0;
    }
}
