#include "engine/core/pass.h"

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
    pass->hosts_added += delta > 0 ? delta : 0;
    pass->hosts_removed -= delta < 0 ? delta : 0;
}
