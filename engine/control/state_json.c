#include "engine/control/state_json.h"

#include "engine/snapshot.h"
#include "engine/view/deployment_json.h"
#include "engine/view/publish_head.h"

#include <string.h>
#include <unistd.h>

static void add_number(struct text *text, const char *key, int64_t number)
{
    text_addf(text, ",\"%s\":%lld", key, (long long)number);
}

static void add_bool(struct text *text, const char *key, bool value)
{
    text_addf(text, ",\"%s\":%s", key, value ? "true" : "false");
}

static void add_string(struct text *text, const char *key, const char *string)
{
    text_addf(text, ",\"%s\":", key);
    text_add_json(text, string, strlen(string));
}

static void add_instant(struct text *text, const char *key, struct wall at)
{
    char shown[WALL_TEXT_SIZE];
    if (at.ms == 0) {
        text_addf(text, ",\"%s\":null", key);
        return;
    }
    wall_format(at, shown);
    add_string(text, key, shown);
}

static void add_engine(struct text *text, const struct snapshot_engine *engine)
{
    add_string(text, "version", engine->version);
    add_string(text, "api", engine->api_url);
    add_number(text, "pid", getpid());
    add_bool(text, "paused", engine->is_paused);
    add_instant(text, "paused_at", engine->paused_at);
    pause_json_add(text, "pause", &engine->pause);
    add_bool(text, "dry_run", engine->is_dry_run);
    add_bool(text, "read_only", engine->is_read_only);
    add_bool(text, "stopping", engine->is_stopping);
    add_bool(text, "breaker_open", engine->is_breaker_open);
    add_bool(text, "shrinking_held", engine->is_latched);
    add_instant(text, "discovery_failed_at", engine->discovery_failed_at);
    add_instant(text, "state_failed_at", engine->unrecordable_at);
    add_instant(text, "failing_since", engine->failing_since);
    add_string(text, "failure", engine->failure);
    add_instant(text, "last_read", engine->last_read);
    add_instant(text, "next_pass", engine->next_pass);
    add_instant(text, "next_discovery", engine->next_discovery);
    add_number(text, "pass_interval_ms", engine->pass_interval_ms);
    add_number(text, "discovery_interval_ms", engine->discovery_interval_ms);
    add_number(text, "scales_in_flight", engine->scales_in_flight);
}

static void add_pass(struct text *text, const struct snapshot_pass *pass)
{
    text_addf(text, ",\"pass\":{\"number\":%u", pass->number);
    add_bool(text, "running", pass->is_running);
    add_instant(text, "started", pass->started);
    add_number(text, "took_ms", pass->took_ms);
    add_number(text, "deployments", pass->deployments);
    add_number(text, "read", pass->read);
    add_number(text, "scaled", pass->scaled);
    add_number(text, "would_scale", pass->would_scale);
    add_number(text, "hosts_added", pass->hosts_added);
    add_number(text, "hosts_removed", pass->hosts_removed);
    add_number(text, "held", pass->held);
    add_number(text, "failed", pass->failed);
    add_number(text, "unconfirmed", pass->unconfirmed);
    text_add_char(text, '}');
}

static void add_totals(struct text *text, const struct fleet_totals *totals)
{
    text_addf(text, ",\"fleet\":{\"deployments\":%d", totals->deployments);
    add_number(text, "hosts", totals->hosts);
    add_number(text, "serving_hosts", totals->serving_hosts);
    add_number(text, "pending_hosts", totals->pending_hosts);
    add_number(text, "total_servers", totals->servers);
    add_number(text, "free_servers", totals->free_servers);
    add_number(text, "wanted_up", totals->wanted_up);
    add_number(text, "wanted_up_hosts", totals->wanted_up_hosts);
    add_number(text, "wanted_down", totals->wanted_down);
    add_number(text, "wanted_down_hosts", totals->wanted_down_hosts);
    text_add(text, ",\"states\":{");
    for (int state = 0; state < STATE_COUNT; state++)
        text_addf(text, "%s\"%s\":%d", state == 0 ? "" : ",", state_row((enum state)state)->name,
                  totals->states[state]);
    text_add(text, "}}");
}

void state_json_add(struct text *text, const struct reconciler *reconciler,
                    const struct publish_context *context)
{
    struct snapshot_engine engine;
    struct snapshot_pass pass;
    char at[WALL_TEXT_SIZE];
    publish_head_make(reconciler, context, &engine, &pass);
    const struct fleet_summary *summary = reconciler_summary(reconciler);
    wall_format(context->wall, at);
    text_addf(text, "{\"at\":\"%s\"", at);
    add_engine(text, &engine);
    add_pass(text, &pass);
    if (summary)
        add_totals(text, &summary->totals);
    text_add_char(text, '}');
}
