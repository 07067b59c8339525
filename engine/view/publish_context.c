#include "engine/view/publish_context.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <string.h>

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

static void add_escaped(char *storage, size_t size, const char *source)
{
    struct text text;
    text_init(&text, storage, size);
    text_add_escaped(&text, source, strlen(source));
}

void publish_context_pause(const struct publish_context *context, const char *id,
                           struct snapshot_pause *ret_pause)
{
    struct shown_pause pause;
    *ret_pause = (struct snapshot_pause){ 0 };
    if (!context->pauses.find || !context->pauses.find(context->pauses.context, id, &pause))
        return;
    ret_pause->since = publish_context_wall(context, pause.since);
    ret_pause->until = publish_context_wall(context, pause.until);
    add_escaped(ret_pause->author, sizeof ret_pause->author, pause.author);
    add_escaped(ret_pause->reason, sizeof ret_pause->reason, pause.reason);
}

void publish_context_act(const struct publish_context *context, struct snapshot_act *ret_act)
{
    struct shown_act act;
    *ret_act = (struct snapshot_act){ 0 };
    if (!context->pauses.last_act || !context->pauses.last_act(context->pauses.context, &act))
        return;
    add_escaped(ret_act->author, sizeof ret_act->author, act.author);
    add_escaped(ret_act->text, sizeof ret_act->text, act.text);
    ret_act->count = act.is_on_all ? 0 : saturate_i32((int64_t)act.count);
    ret_act->is_on_all = act.is_on_all;
}
