#include "tests/sim/moves.h"

#include <stdlib.h>

/* A status that is possible for the host size, and has nothing to do with the hosts of the site. */
static struct status foreign_status(const struct sim_state *sim_state, const struct site *site)
{
    uint64_t number = site->read_number;
    int32_t size = site->truth.servers_per_host;
    int32_t hosts = 1 + (int32_t)fault_plan_below(&sim_state->fault_plan, site->index, FAMILY_MOVED,
                                                  number, 40);
    int32_t total = hosts * size;
    int64_t busy = fault_plan_below(&sim_state->fault_plan, site->index, FAMILY_MOVED, ~number,
                                    (int64_t)total + 1);
    return (struct status){ hosts, total, total - (int32_t)busy };
}

/* As long as its statuses are believed, hosts are ordered or removed for them. */
static void disturb_by(const struct sim_state *sim_state, struct site *site,
                       const struct status *status)
{
    struct status own = sim_state_status(sim_state, site);
    sim_state_disturb(sim_state, site,
                      2 * llabs((int64_t)status->current_hosts - own.current_hosts) +
                          2 * llabs((int64_t)status->total_servers - own.total_servers) /
                              site->truth.servers_per_host);
}

void moves_begin(struct sim_state *sim_state, int64_t duration_ms, enum old_server old_server)
{
    sim_state->old_server = old_server;
    sim_state->old_server_until_ms = sim_state_now_ms(sim_state) + duration_ms;
    for (size_t i = 0; i < sim_state->site_count; i++) {
        struct site *site = &sim_state->sites[i];
        fleet_truth_advance(&site->truth, sim_state_now_ms(sim_state));
        site->old_status = old_server == OLD_STRANGER ? foreign_status(sim_state, site)
                                                      : sim_state_status(sim_state, site);
        if (old_server == OLD_STRANGER)
            disturb_by(sim_state, site, &site->old_status);
    }
}

bool moves_respond(struct sim_state *sim_state, const struct site *site, struct call *call)
{
    bool is_old = sim_state_now_ms(sim_state) < sim_state->old_server_until_ms;
    bool is_mixed = sim_state->old_server == OLD_COPY_MIXED;
    if (!is_old || call->result != RESULT_OK ||
        (is_mixed && fault_plan_below(&sim_state->fault_plan, site->index, FAMILY_MOVED,
                                      site->read_number, 2) == 0))
        return false;
    call->is_early = true;
    call->status = site->old_status;
    return true;
}
