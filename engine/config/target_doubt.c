#include "engine/config/target_doubt.h"

#include "engine/base/arith.h"
#include "engine/vocab.h"

#define TARGET_HIGH_PPB (50 * SHARE_PERCENT)
#define TARGET_HUGE_PPB (90 * SHARE_PERCENT)

enum target_doubt target_doubt_of(int32_t target_free_ppb, int32_t max_hosts)
{
    if (0 < target_free_ppb && target_free_ppb < SHARE_PERCENT)
        return TARGET_IS_TINY;
    if (target_free_ppb > TARGET_HUGE_PPB)
        return TARGET_IS_HUGE;
    return target_free_ppb > TARGET_HIGH_PPB && max_hosts == HOSTS_UNLIMITED ? TARGET_UNBOUNDED
                                                                             : TARGET_IS_PLAIN;
}

const char *target_doubt_text(enum target_doubt doubt)
{
    switch (doubt) {
    case TARGET_IS_PLAIN:
        break;
    case TARGET_IS_TINY:
        return "is below one percent; a half is 50, not 0.5";
    case TARGET_IS_HUGE:
        return "asks for more than ten times the busy servers";
    case TARGET_UNBOUNDED:
        return "is more than half of all servers, and there is no max_hosts";
    }
    return "";
}
