#include "engine/view/publish_head.h"

#include "engine/base/arith.h"
#include "engine/base/text.h"

static int64_t real_ms(const struct publish_context *context, int64_t reconciler_ms)
{
    return floor_div(reconciler_ms * 1000, context->speed_millis);
}

static struct snapshot_pass shown_pass(const struct pass_summary *pass,
                                       const struct publish_context *context)
{
    return (struct snapshot_pass){
        .number = pass->number,
        .is_running = pass->is_running,
        .started =
            pass->number > 0 ? publish_context_wall(context, pass->started) : (struct wall){ 0 },
        .took_ms = real_ms(context, pass->took_ms),
        .deployments = pass->deployments,
        .read = pass->read,
        .scaled = pass->scaled,
        .would_scale = pass->would_scale,
        .hosts_added = pass->hosts_added,
        .hosts_removed = pass->hosts_removed,
        .held = pass->held,
        .failed = pass->failed,
        .unconfirmed = pass->unconfirmed,
    };
}

void publish_head_make(const struct reconciler *reconciler, const struct publish_context *context,
                       struct snapshot_engine *ret_engine, struct snapshot_pass *ret_pass)
{
    bool is_paused = reconciler_is_paused(reconciler);
    struct reconciler_outlook outlook;
    reconciler_outlook(reconciler, context->now, &outlook);
    *ret_pass = shown_pass(reconciler_pass(reconciler), context);
    *ret_engine = (struct snapshot_engine){
        .version = context->version,
        .api_url = context->api_url,
        .is_paused = is_paused,
        .is_dry_run = reconciler_is_dry_run(reconciler),
        .is_read_only = reconciler_is_read_only(reconciler),
        .is_stopping = outlook.is_stopping,
        .is_insecure = context->is_insecure,
        .is_stateless = context->is_stateless,
        .is_breaker_open = outlook.is_breaker_open,
        .is_latched = outlook.is_latched,
        .demo_speed_millis = context->is_demo ? context->speed_millis : 0,
        .discovery_failed_at = publish_context_wall(context, outlook.discovery_failed_at),
        .lost_until = publish_context_wall(context, outlook.lost_until),
        .unrecordable_at = publish_context_wall(context, outlook.unrecordable_at),
        .next_discovery = publish_context_wall(context, outlook.next_discovery),
        .pass_interval_ms = real_ms(context, outlook.pass_interval_ms),
        .discovery_interval_ms = real_ms(context, outlook.discovery_interval_ms),
        .scales_in_flight = reconciler_scales_in_flight(reconciler),
    };
    ret_engine->last_read = publish_context_wall(context, outlook.last_read);
    ret_engine->failing_since = publish_context_wall(context, outlook.trouble->since);
    struct text failure;
    text_init(&failure, ret_engine->failure, sizeof ret_engine->failure);
    text_add(&failure, outlook.trouble->text);
    publish_context_act(context, &ret_engine->last_act);
    if (is_paused)
        publish_context_pause(context, NULL, &ret_engine->pause);
    if (is_paused)
        ret_engine->paused_at = publish_context_wall(context, reconciler_paused_at(reconciler));
    if (!ret_pass->is_running)
        ret_engine->next_pass = publish_context_wall(context, outlook.next_pass);
}
