#include "engine/run/report.h"

#include "engine/core/deployment_state.h"
#include "engine/core/shown_reasons.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"
#include "engine/serving.h"
#include "engine/view/deployment_json.h"

#include <string.h>

#define ROW_SIZE DEPLOYMENT_JSON_SIZE
#define ID_WIDTH_MIN 10
#define ID_WIDTH_MAX 40
#define OTHER_COLUMNS 68 /* what a row has beside the id */
#define CELL_SIZE 16

static int32_t serving_hosts_of(const struct decision_input *in)
{
    return serving_hosts(in->status.current_hosts, in->status.total_servers, in->servers_per_host);
}

static enum state state_of(const struct report_source *source, const struct deployment *deployment)
{
    return deployment_state(deployment, reconciler_is_paused(source->reconciler),
                            deployment_wanted_delta(deployment));
}

/* Finished text: the token may be in it, whatever the API made of it. */
static void print(const struct report_source *source, struct text *text, FILE *out)
{
    redaction_clean(source->redaction, text);
    fputs(text->data, out);
}

/* --- JSON ---------------------------------------------------------------------------------------------------- */

static void add_string(struct text *text, const char *key, const char *string)
{
    text_addf(text, ",\"%s\":", key);
    text_add_json(text, string, strlen(string));
}

/* NULL: not listed by the discovery that this report is about. */
static const struct deployment *listed_at(const struct fleet *fleet, uint32_t slot)
{
    const struct deployment *deployment = fleet_at(fleet, slot);
    return deployment && deployment->is_listed ? deployment : NULL;
}

static int count_starved(const struct report_source *source)
{
    const struct fleet *fleet = reconciler_fleet(source->reconciler);
    int count = 0;
    for (uint32_t slot = 0; slot < fleet_slot_count(fleet); slot++) {
        const struct deployment *deployment = listed_at(fleet, slot);
        count += deployment && state_of(source, deployment) == STATE_STARVED;
    }
    return count;
}

static void print_json(const struct report_source *source, FILE *out)
{
    char storage[ROW_SIZE];
    struct text text;
    char at[WALL_TEXT_SIZE];
    wall_format(source->at, at);
    text_init(&text, storage, sizeof storage);
    text_addf(&text, "{\"at\":\"%s\"", at);
    add_string(&text, "api", source->api_url);
    text_addf(&text, ",\"dry_run\":%s,\"deployments\":[", source->is_dry_run ? "true" : "false");
    print(source, &text, out);

    const struct fleet *fleet = reconciler_fleet(source->reconciler);
    bool is_first = true;
    for (uint32_t slot = 0; slot < fleet_slot_count(fleet); slot++) {
        const struct deployment *deployment = listed_at(fleet, slot);
        if (!deployment)
            continue;
        text_reset(&text);
        text_add(&text, is_first ? "\n" : ",\n");
        deployment_json_add(&text, deployment, state_of(source, deployment), NULL);
        must(!text.was_cut);
        print(source, &text, out);
        is_first = false;
    }
    const struct pass_summary *pass = reconciler_pass(source->reconciler);
    fprintf(out,
            "],\n\"summary\":{\"discovered\":%d,\"read\":%d,\"scaled\":%d,\"would_scale\":%d,"
            "\"held\":%d,\"starved\":%d,"
            "\"failed\":%d,\"unconfirmed\":%d,\"duration_ms\":%lld}}\n",
            pass->deployments, pass->read, pass->scaled, pass->would_scale, pass->held,
            count_starved(source), pass->failed, pass->unconfirmed, (long long)pass->took_ms);
}

/* --- table --------------------------------------------------------------------------------------------------- */

static void escaped_id(const struct deployment *deployment, struct text *text)
{
    text_reset(text);
    text_add_escaped(text, deployment->id, strlen(deployment->id));
}

/* As wide as the longest id; on a terminal no wider than what the other columns leave. */
static size_t id_width(const struct fleet *fleet, size_t columns)
{
    char storage[ID_WIDTH_MAX + 1];
    struct text id;
    text_init(&id, storage, sizeof storage);
    size_t width = ID_WIDTH_MIN;
    for (uint32_t slot = 0; slot < fleet_slot_count(fleet); slot++) {
        const struct deployment *deployment = listed_at(fleet, slot);
        if (!deployment)
            continue;
        escaped_id(deployment, &id);
        width = id.length > width ? id.length : width;
    }
    size_t room = columns > OTHER_COLUMNS + ID_WIDTH_MIN ? columns - OTHER_COLUMNS : ID_WIDTH_MIN;
    return columns > 0 && width > room ? room : width;
}

/* On a terminal, the middle of a long id gives way: region and number say which one it is. */
static void add_id(const struct deployment *deployment, size_t width, bool is_cut,
                   struct text *text)
{
    char storage[4 * ID_SIZE_MAX + 1];
    struct text id;
    text_init(&id, storage, sizeof storage);
    escaped_id(deployment, &id);
    if (!is_cut || id.length <= width) {
        text_addf(text, "%-*s", (int)width, id.data);
        return;
    }
    size_t tail = (width - 1) / 2;
    size_t head = width - 1 - tail;
    while (head > 0 && ((unsigned char)id.data[head] & 0xc0) == 0x80)
        head--;
    while (tail > 0 && ((unsigned char)id.data[id.length - tail] & 0xc0) == 0x80)
        tail--;
    text_addf(text, "%.*s~%s", (int)head, id.data, id.data + id.length - tail);
}

static const char *cell(char *storage, size_t size, bool is_known, int64_t number, bool is_signed)
{
    struct text text;
    text_init(&text, storage, size);
    if (!is_known)
        text_add(&text, "-");
    else if (is_signed)
        text_add_signed(&text, number);
    else
        text_addf(&text, "%lld", (long long)number);
    return storage;
}

static void add_shares(const struct decision_input *in, bool is_known, struct text *text)
{
    const struct status *status = &in->status;
    char free_pct[16] = "-";
    if (is_known && status->total_servers > 0)
        snprintf(free_pct, sizeof free_pct, "%.1f",
                 100.0 * status->free_servers / status->total_servers);
    char storage[24];
    struct text target;
    text_init(&target, storage, sizeof storage);
    if (is_known)
        text_add_percent(&target, in->target_free_ppb);
    else
        text_add(&target, "-");
    text_addf(text, " %5s %4s", free_pct, target.data);
}

static const char *add_remark(struct text *text, const char *before, const char *remark)
{
    text_addf(text, "%s%s", before, remark);
    return "; ";
}

/* " (starved; 27 of 43 hosts serve; HTTP 503)": what the numbers and the reason do not say. */
static void add_remarks(const struct deployment *deployment, enum state state, struct text *text)
{
    const struct decision_input *in = &deployment->input;
    const char *before = " (";
    if (state == STATE_STARVED)
        before = add_remark(text, before, state_row(state)->name);
    if (deployment_has_decision(deployment) && serving_hosts_of(in) < in->status.current_hosts) {
        before = add_remark(text, before, "");
        serving_add(text, serving_hosts_of(in), in->status.current_hosts);
    }
    if (deployment->detail)
        before = add_remark(text, before, deployment->detail);
    text_add(text, before[0] == ';' ? ")" : "");
}

static void add_reason_names(const struct deployment *deployment, struct text *text)
{
    struct shown_reasons reasons;
    shown_reasons_make(deployment, &reasons);
    for (size_t i = 0; i < reasons.count; i++) {
        text_add(text, i == 0 ? "" : ", ");
        text_add(text, reason_row(reasons.list[i])->name);
    }
}

/* " [eu-*]", " [eu-*, its target]"; nothing for the defaults, which have no target. */
static void add_policy(const struct policy *policy, struct text *text)
{
    if (!policy->match)
        return;
    text_add(text, " [");
    text_add_escaped(text, policy->match, strlen(policy->match));
    text_add(text, policy->target_free_ppb == TARGET_FROM_API ? "]" : ", its target]");
}

static void add_row(const struct deployment *deployment, enum state state, struct text *text)
{
    const struct decision_input *in = &deployment->input;
    const struct status *status = &in->status;
    bool has_status = deployment_has_status(deployment);
    bool has_decision = deployment_has_decision(deployment);
    char cells[5][CELL_SIZE];
    text_addf(text, " %5s %6s %5s",
              cell(cells[0], CELL_SIZE, has_status, status->current_hosts, false),
              cell(cells[1], CELL_SIZE, has_status, status->total_servers, false),
              cell(cells[2], CELL_SIZE, has_status, status->free_servers, false));
    add_shares(in, has_decision, text);
    text_addf(text, " %5s %5s  %-11s ",
              cell(cells[3], CELL_SIZE, has_decision, deployment->desired_hosts, false),
              cell(cells[4], CELL_SIZE, has_decision, deployment->delta, true),
              action_name(deployment->action));
    add_reason_names(deployment, text);
    add_policy(deployment->policy, text);
    add_remarks(deployment, state, text);
    text_add_char(text, '\n');
}

static void print_table(const struct report_source *source, FILE *out)
{
    const struct fleet *fleet = reconciler_fleet(source->reconciler);
    char storage[ROW_SIZE];
    struct text row;
    text_init(&row, storage, sizeof storage);
    size_t width = id_width(fleet, source->columns);
    fprintf(out, "%-*s %5s %6s %5s %5s %4s %5s %5s  %-11s %s\n", (int)width, "DEPLOYMENT", "HOSTS",
            "TOTAL", "FREE", "FREE%", "TGT%", "WANT", "DELTA", "ACTION", "REASON");
    for (uint32_t slot = 0; slot < fleet_slot_count(fleet); slot++) {
        const struct deployment *deployment = listed_at(fleet, slot);
        if (!deployment)
            continue;
        text_reset(&row);
        add_id(deployment, width, source->columns > 0, &row);
        add_row(deployment, state_of(source, deployment), &row);
        print(source, &row, out);
    }
    const struct pass_summary *pass = reconciler_pass(source->reconciler);
    fprintf(out, "%d deployments, %d read, %d starved, %d scaled (+%d -%d hosts)",
            pass->deployments, pass->read, count_starved(source), pass->scaled, pass->hosts_added,
            pass->hosts_removed);
    if (source->is_dry_run)
        fprintf(out, ", %d would scale (dry-run)", pass->would_scale);
    fprintf(out, ", %d held, %d failed, %d unconfirmed, in %lld ms\n", pass->held, pass->failed,
            pass->unconfirmed, (long long)pass->took_ms);
}

void report_print(const struct report_source *source, enum output_format format, FILE *out)
{
    switch (format) {
    case OUTPUT_TABLE:
        print_table(source, out);
        break;
    case OUTPUT_JSON:
        print_json(source, out);
        break;
    }
}
