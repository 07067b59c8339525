/*
 * bench_memory - the memory of a large fleet in the core, without and with hosts that were ordered.
 *
 *     bench_memory [DEPLOYMENTS]
 *
 * The orders are as many as a simulated day has shown: of the deployments with any, 43 of 100 have one, 36 two, 15
 * three, 4 four, and 2 six. Nothing is asserted.
 */
#include "engine/base/panic.h"
#include "engine/core/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DEPLOYMENTS 100000
#define MIB (1024.0 * 1024.0)
#define BOOT_MS 600000

static const struct ledger_timeouts timeouts = { BOOT_MS, BOOT_MS, 60000 };

static double resident_mib(void)
{
    unsigned long size = 0;
    unsigned long resident = 0;
    char line[128] = "";
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fgets(line, sizeof line, file)) {
        char *end = line;
        size = strtoul(line, &end, 10);
        resident = strtoul(end, NULL, 10);
    }
    if (file)
        fclose(file);
    (void)size;
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / MIB;
}

static struct fleet *make_fleet(size_t count)
{
    struct fleet *fleet;
    must(fleet_create(&fleet) == 0);
    for (size_t i = 0; i < count; i++) {
        char id[40];
        struct deployment *deployment;
        snprintf(id, sizeof id, "eu-west-arena-%06zu", i);
        must(fleet_add(fleet, id, false, &deployment) == 0);
        deployment->is_listed = true;
    }
    return fleet;
}

static int orders_of(size_t number)
{
    size_t part = number % 100;
    return part < 43 ? 1 : part < 79 ? 2 : part < 94 ? 3 : part < 98 ? 4 : 6;
}

/* Each of a share of the deployments: booked as the engine does it. */
static void order(struct fleet *fleet, size_t percent)
{
    for (uint32_t slot = 0; slot < fleet_slot_count(fleet); slot++) {
        struct deployment *deployment = fleet_at(fleet, slot);
        if (slot / 100 % 100 >= percent)
            continue;
        for (int i = 0; i < orders_of(slot); i++) {
            struct mono now = { (int64_t)(i + 1) * BOOT_MS / 2 };
            ledger_send(fleet_open_ledger(fleet, deployment), 2, now, &timeouts);
            ledger_accept(deployment->ledger);
            growth_add(fleet_open_growth(fleet, deployment), 2, now);
        }
        fleet_rest_ledger(fleet, deployment);
    }
}

int main(int argc, char **argv)
{
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : DEPLOYMENTS;
    double before = resident_mib();
    struct fleet *fleet = make_fleet(count);
    double alone = resident_mib() - before;
    printf("memory: %zu deployments in the core: %.1f MiB; orders and growth of", count, alone);
    static const size_t percents[] = { 60, 100 };
    for (size_t i = 0; i < sizeof percents / sizeof percents[0]; i++) {
        struct fleet *busy = make_fleet(count);
        double without = resident_mib();
        order(busy, percents[i]);
        printf(" %zu %%: %.1f MiB%s", percents[i], resident_mib() - without, i ? "\n" : ",");
        fflush(stdout);
        fleet_destroy(busy);
    }
    fleet_destroy(fleet);
    return 0;
}
