#include "engine/core/delta.h"

#include "engine/base/arith.h"

static void check(const struct delta_input *in)
{
    must(in->servers_per_host >= 1);
    must(0 <= in->free_servers);
    must(in->free_servers <= in->total_servers);
    must(0 <= in->target_free_ppb);
    must(in->target_free_ppb < SHARE_WHOLE);
}

int64_t delta_needed_servers(const struct delta_input *in)
{
    check(in);
    int64_t busy_servers = (int64_t)in->total_servers - in->free_servers;
    return ceil_div(busy_servers * SHARE_WHOLE, SHARE_WHOLE - in->target_free_ppb);
}

int64_t delta_desired_hosts(const struct delta_input *in)
{
    check(in);
    /* Whole numbers: in doubles, 21 busy at 30 % free gives 31 servers, not 30. */
    int64_t busy_servers = (int64_t)in->total_servers - in->free_servers;
    int64_t busy_share_per_host =
        ((int64_t)SHARE_WHOLE - in->target_free_ppb) * in->servers_per_host;
    return ceil_div(busy_servers * SHARE_WHOLE, busy_share_per_host);
}
