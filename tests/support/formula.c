#include "tests/support/formula.h"

#include "engine/base/arith.h"

int64_t formula_hosts(int64_t busy_servers, int32_t servers_per_host, int32_t target_free_ppb)
{
    __extension__ unsigned __int128 need = (unsigned __int128)(uint64_t)busy_servers * SHARE_WHOLE;
    uint64_t carried = (uint64_t)(SHARE_WHOLE - target_free_ppb) * (uint64_t)servers_per_host;
    return (int64_t)((need + carried - 1) / carried);
}
