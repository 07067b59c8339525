#include "engine/service/health.h"

#define OK "ok"

const char *health_alive(const struct health_facts *facts, bool *ret_is_alive)
{
    *ret_is_alive = false;
    if (facts->late_ms > HEALTH_LOOP_MS)
        return "the loop is stuck: work has been due for more than 30 seconds";
    if (facts->unrecordable_ms > HEALTH_STATE_MS)
        return "the state directory is stuck: no scale request could be recorded for more than a "
               "minute";
    *ret_is_alive = true;
    return OK;
}

const char *health_ready(const struct health_facts *facts, bool *ret_is_ready)
{
    *ret_is_ready = facts->passes > 0 && !facts->is_stopping;
    if (facts->is_stopping)
        return "the engine is stopping";
    return *ret_is_ready ? OK : "the first pass is not over";
}
