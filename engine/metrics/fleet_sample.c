#include "engine/metrics/fleet_sample.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/core/deployment_state.h"
#include "engine/metrics/exposition.h"
#include "engine/metrics/process_facts.h"

#include <errno.h>
#include <string.h>

_Static_assert(EXPOSITION_VALUE_MAX >= ID_SIZE_MAX, "every id is a label");

size_t fleet_sample_series(void)
{
    size_t count = 0;
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        count += metric_row((enum metric)metric)->scope == SCOPE_DEPLOYMENT;
    return count;
}

static void take_facts(struct fleet_sample *sample, const struct metrics_source *source)
{
    const struct reconciler *reconciler = source->reconciler;
    struct reconciler_outlook outlook;
    struct text version, match;
    source->describe(source->context, &sample->facts);
    reconciler_outlook(reconciler, sample->facts.now, &outlook);
    text_init(&version, sample->version, sizeof sample->version);
    exposition_escape(&version, sample->facts.version, strlen(sample->facts.version));
    text_init(&match, sample->match, sizeof sample->match);
    text_add(&match, sample->facts.match);
    sample->facts.version = sample->version;
    sample->facts.match = sample->match;
    sample->is_paused = reconciler_is_paused(reconciler);
    sample->is_dry_run = reconciler_is_dry_run(reconciler);
    sample->is_state_ok =
        !sample->facts.is_stateless && outlook.unrecordable_at.ms == MONO_NEVER.ms;
    sample->is_breaker_open = outlook.is_breaker_open;
    source->collector->is_watched = true;
    sample->counters = source->collector->counters;
    process_facts_read(&sample->processor_ms, &sample->memory_size);
}

struct fleet_sample *fleet_sample_create(const struct metrics_source *source)
{
    struct fleet_sample *sample = heap_alloc(1, sizeof *sample);
    if (!sample)
        return NULL;
    take_facts(sample, source);
    size_t known = fleet_count(reconciler_fleet(source->reconciler));
    int64_t bound = sample->facts.series_max / (int64_t)fleet_sample_series();
    bool is_none = strcmp(sample->match, SAMPLE_NONE) == 0;
    sample->count_max = is_none ? 0 : (size_t)min_i64((int64_t)known, bound);
    if (sample->count_max > 0)
        sample->rows = heap_alloc(sample->count_max, sizeof *sample->rows);
    if (sample->count_max > 0 && !sample->rows) {
        heap_free(sample);
        return NULL;
    }
    sample->references = 1;
    return sample;
}

/* --- deployments ----------------------------------------------------------------------------------------------- */

static bool is_selected(const struct fleet_sample *sample, const struct deployment *deployment)
{
    if (strcmp(sample->match, SAMPLE_ALL) == 0)
        return true;
    return strcmp(sample->match, SAMPLE_NONE) != 0 &&
           pattern_matches(sample->match, deployment->id);
}

static bool reserve_names(struct fleet_sample *sample, size_t size)
{
    if (sample->names && sample->names->used + size <= sizeof sample->names->bytes)
        return true;
    struct sample_names *names = heap_alloc(1, sizeof *names);
    if (!names)
        return false;
    names->next = sample->names;
    sample->names = names;
    return true;
}

/* False: it has a secret. */
static bool make_label(const struct metrics_source *source, const char *id, struct text *label)
{
    size_t length = strlen(id);
    exposition_escape(label, id, length);
    must(!label->was_cut);
    if (!redaction_is_needed(source->redaction))
        return true;
    char storage[ID_SIZE_MAX + 1];
    struct text whole;
    text_init(&whole, storage, sizeof storage);
    text_add_bytes(&whole, id, length);
    redaction_clean(source->redaction, &whole);
    return whole.length == length && memcmp(storage, id, length) == 0;
}

static void fill_row(const struct fleet_sample *sample, const struct metrics_source *source,
                     const struct deployment *deployment, const struct state_facts *facts,
                     struct sample_row *row)
{
    const struct status *status = &deployment->status;
    bool is_defined =
        deployment->servers_per_host > 0 || deployment->policy->target_free_ppb != TARGET_FROM_API;
    (void)sample;
    row->is_current = deployment->has_status && facts->is_current;
    row->hosts = status->current_hosts;
    row->servers = status->total_servers;
    row->free_servers = status->free_servers;
    row->target_ppb = is_defined ? deployment_target_ppb(deployment) : -1;
    row->pending_hosts = ledger_pending_hosts(deployment->ledger);
    row->desired_hosts = deployment->desired_hosts;
    row->state = (uint8_t)state_of_facts(facts);
    row->below_ms = below_target_ms(&source->collector->below_target, deployment);
}

static int add_row(struct fleet_sample *sample, const struct metrics_source *source,
                   const struct deployment *deployment, const struct state_facts *facts)
{
    char storage[2 * ID_SIZE_MAX + 1];
    struct text label;
    text_init(&label, storage, sizeof storage);
    bool is_whole = !deployment->is_entry && make_label(source, deployment->id, &label);
    if (!is_whole || sample->count == sample->count_max) {
        sample->left_out++;
        return 0;
    }
    if (!reserve_names(sample, label.length + 1))
        return -ENOMEM;
    struct sample_row *row = &sample->rows[sample->count++];
    char *copy = sample->names->bytes + sample->names->used;
    memcpy(copy, storage, label.length + 1);
    sample->names->used += label.length + 1;
    row->label = copy;
    fill_row(sample, source, deployment, facts, row);
    return 0;
}

static int take_deployment(struct fleet_sample *sample, const struct metrics_source *source,
                           const struct deployment *deployment)
{
    struct state_facts facts;
    deployment_state_facts(deployment, sample->is_paused, deployment_wanted_delta(deployment),
                           &facts);
    sample->states[state_of_facts(&facts)]++;
    if (!deployment->is_listed || !is_selected(sample, deployment))
        return 0;
    return add_row(sample, source, deployment, &facts);
}

int fleet_sample_step(struct fleet_sample *sample, const struct metrics_source *source, int slots)
{
    const struct fleet *fleet = reconciler_fleet(source->reconciler);
    size_t end = fleet_slot_count(fleet);
    int looked = 0;
    for (; looked < slots && sample->next_slot < end; looked++) {
        const struct deployment *deployment = fleet_at(fleet, sample->next_slot++);
        int failed = deployment ? take_deployment(sample, source, deployment) : 0;
        if (failed)
            return failed;
    }
    sample->is_complete = sample->next_slot >= end;
    return looked;
}

void fleet_sample_release(struct fleet_sample *sample)
{
    if (!sample || --sample->references > 0)
        return;
    while (sample->names) {
        struct sample_names *next = sample->names->next;
        heap_free(sample->names);
        sample->names = next;
    }
    heap_free(sample->rows);
    heap_free(sample);
}
