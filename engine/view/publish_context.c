#include "engine/view/publish_context.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"

struct wall publish_context_wall(const struct publish_context *context, struct mono at)
{
    if (at.ms == MONO_NEVER.ms)
        return (struct wall){ 0 };
    must(context->speed_millis > 0);
    int64_t age_ms = context->now.ms - at.ms;
    if (context->speed_millis != 1000)
        age_ms = floor_div(age_ms * 1000, context->speed_millis);
    return (struct wall){ context->wall.ms - age_ms };
}
