#include "engine/core/pass.h"

#include "engine/base/arith.h"

void pass_count(struct pass_summary *pass, enum action action, enum reason reason)
{
    switch (action) {
    case ACTION_NONE:
    case ACTION_SCALED:
        break;
    case ACTION_DRY_RUN:
        pass->would_scale++;
        break;
    case ACTION_HELD:
        pass->held++;
        pass->held_data += reason_row(reason)->kind == REASON_DATA;
        break;
    case ACTION_FAILED:
        pass->failed++;
        break;
    case ACTION_UNCONFIRMED:
        pass->unconfirmed++;
        break;
    }
}

void pass_count_scaled(struct pass_summary *pass, int32_t delta)
{
    pass->scaled++;
    int64_t added = max_i64(0, delta);
    int64_t removed = max_i64(0, -(int64_t)delta);
    pass->hosts_added = saturate_i32(pass->hosts_added + added);
    pass->hosts_removed = saturate_i32(pass->hosts_removed + removed);
}
