#include "engine/serving.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"

#include <inttypes.h>

int32_t serving_hosts(int32_t hosts, int32_t servers, int32_t servers_per_host)
{
    must(servers_per_host >= 1);
    return (int32_t)min_i64(hosts, ceil_div(servers, servers_per_host));
}

void serving_add(struct text *text, int64_t serving, int64_t hosts)
{
    text_addf(text, "%" PRId64 " of %" PRId64 " hosts serve", serving, hosts);
}
