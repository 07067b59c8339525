#include "engine/mock/sim_faults.h"

#include "engine/base/arith.h"

#include <stddef.h>

enum sim_fault sim_faults_draw(struct sim_faults *faults)
{
    if (random_below(&faults->random, SHARE_WHOLE) >= faults->share_ppb)
        return SIM_FAULT_NONE;
    return (enum sim_fault)(1 + random_below(&faults->random, SIM_FAULT_COUNT));
}

const char *sim_faults_draw_garbage(struct sim_faults *faults)
{
    static const char *const bodies[] = {
        "",
        "null",
        "<html><body>It works!</body></html>",
        "{\"current_hosts\":10,\"total_serv",
        "{\"current_hosts\":\"ten\",\"total_servers\":100,\"free_servers\":10}",
        "{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":1000}",
        "{\"current_hosts\":-1,\"total_servers\":1e999,\"free_servers\":0.5}",
        "{\"deployments\":{}}",
        "\xff\xfe\x01\x02",
    };
    size_t count = sizeof bodies / sizeof bodies[0];
    return bodies[random_below(&faults->random, (int64_t)count)];
}
