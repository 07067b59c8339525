#include "tests/sim/lists.h"

#include "tests/sim/api.h"
#include "tests/sim/journal.h"
#include "tests/support/counting_heap.h"

#include <stdio.h>

#define DEFINITIONS_MAX (3 * PLAN_SITES_MAX)

#define LATCH_HOLD_MS ((int64_t)10 * 60 * 1000)

/*
 * Faults of an entry: duplicate, a twin in another case, a bad size or target, an additional entry without id, an entry
 * that is bad as a whole.
 */
enum oddity { ODD_NOT, ODD_TWICE, ODD_TWIN, ODD_SIZE, ODD_TARGET, ODD_NAMELESS, ODD_WHOLE };
#define ODDITIES 6

struct list {
    size_t count;
    struct definition items[DEFINITIONS_MAX];
    char twins[PLAN_SITES_MAX][8];
    int32_t name_count; /* of different ids */
    int32_t gone_count;
};

/* --- requests --------------------------------------------------------------------------------------- */

static enum call_result draw_result(struct sim_state *sim_state, uint64_t number, struct call *call)
{
    static const enum call_result results[] = { RESULT_ERROR, RESULT_TIMEOUT, RESULT_EMPTY,
                                                RESULT_FORBIDDEN };
    if (api_is_out(sim_state))
        return RESULT_ERROR;
    if (fault_plan_happens(&sim_state->fault_plan, SITE_NONE, FAMILY_RETRY_AFTER, number)) {
        call->wait_ms = api_wait_ms(sim_state, SITE_NONE, number);
        return RESULT_BUSY;
    }
    if (fault_plan_happens(&sim_state->fault_plan, SITE_NONE, FAMILY_LIST_FAIL, number))
        return results[fault_plan_below(&sim_state->fault_plan, SITE_NONE, FAMILY_LIST_FAIL, number,
                                        4)];
    return RESULT_OK;
}

void lists_start(struct sim_state *sim_state)
{
    struct call call = { .kind = EFFECT_DISCOVER, .site = SITE_NONE, .wait_ms = RETRY_AFTER_NONE };
    struct listing *listing = &sim_state->listing;
    int64_t now_ms = sim_state_now_ms(sim_state);
    uint64_t number = ++listing->number;
    trace_require(&sim_state->trace, !listing->is_under_way, LAW_IN_FLIGHT, SITE_NONE, 2, 1);
    trace_require(&sim_state->trace, now_ms >= listing->backoff_until_ms, LAW_RETRY_AFTER,
                  SITE_NONE, now_ms, listing->backoff_until_ms);
    listing->is_under_way = true;
    call.result = draw_result(sim_state, number, &call);
    int64_t delay_ms =
        api_delay_ms(sim_state, SITE_NONE, call.result, number, sim_state->plan->list_ms);
    in_flight_send(&sim_state->in_flight, &call, now_ms, delay_ms);
}

/* --- content ---------------------------------------------------------------------------------------- */

static void add_entry(struct list *list, const char *id, int32_t size, int32_t target,
                      enum reason fault)
{
    list->items[list->count++] = (struct definition){
        .id = id,
        .servers_per_host = size,
        .target_free_ppb = target,
        .fault = fault,
        .fault_text = fault == REASON_NONE ? NULL : "as planned",
    };
}

static void add_site(struct list *list, const struct site *site)
{
    add_entry(list, site->plan->id, site->listed_size, site->listed_target, REASON_NONE);
}

/* An entry with an id that differs in case only. */
static void add_twin(struct list *list, struct site *site)
{
    char *id = list->twins[site->index];
    snprintf(id, sizeof list->twins[0], "D%03u", (unsigned)site->index % 1000);
    add_entry(list, id, 10, 0, REASON_NONE);
    list->name_count++;
    site->has_twin = true;
}

static void add_nameless(struct list *list)
{
    add_entry(list, NULL, 0, 0, REASON_BAD_ID);
    list->name_count++;
}

static enum oddity draw_oddity(struct sim_state *sim_state, const struct site *site)
{
    uint64_t number = sim_state->listing.number;
    if (!fault_plan_happens(&sim_state->fault_plan, site->index, FAMILY_LIST_ODD, number))
        return ODD_NOT;
    int64_t kind =
        fault_plan_below(&sim_state->fault_plan, site->index, FAMILY_LIST_ODD, number, ODDITIES);
    return (enum oddity)(ODD_TWICE + kind);
}

static void name_well(struct list *list, struct site *site)
{
    add_site(list, site);
    model_define(&site->model, site->listed_size, site->listed_target);
}

static void name_without_size(struct list *list, struct site *site)
{
    add_entry(list, site->plan->id, 0, site->listed_target, REASON_BAD_SERVERS_PER_HOST);
    model_spoil(&site->model, false);
}

static void name_without_target(struct list *list, struct site *site)
{
    add_entry(list, site->plan->id, site->listed_size, -1, REASON_BAD_TARGET);
    if (site->model.policy->target_free_ppb == TARGET_FROM_API)
        model_spoil(&site->model, true);
    else
        model_define(&site->model, site->listed_size, -1);
}

static void name_alone(struct list *list, struct site *site)
{
    add_entry(list, site->plan->id, 0, -1, REASON_BAD_ENTRY);
    model_spoil(&site->model, false);
}

/* Adds the entries of a site to the list, and records them in its model. */
static void name_site(struct sim_state *sim_state, struct list *list, struct site *site)
{
    enum oddity oddity = draw_oddity(sim_state, site);
    list->name_count++;
    switch (oddity) {
    case ODD_NOT:
        name_well(list, site);
        break;
    case ODD_TWICE:
        name_well(list, site);
        add_site(list, site);
        site->model.is_defined = false;
        break;
    case ODD_TWIN:
        name_well(list, site);
        add_twin(list, site);
        site->model.is_defined = false;
        break;
    case ODD_SIZE:
        name_without_size(list, site);
        break;
    case ODD_TARGET:
        name_without_target(list, site);
        break;
    case ODD_NAMELESS:
        name_well(list, site);
        add_nameless(list);
        break;
    case ODD_WHOLE:
        name_alone(list, site);
        break;
    }
    trace_note(&sim_state->trace, site->index, RECORD_LIST, site->listed_size, site->listed_target,
               (int64_t)oddity - 1);
}

/* Changes the size of the hosts, the target, or both. */
static void resize(struct sim_state *sim_state, struct site *site)
{
    static const int32_t sizes[] = { 1, 2, 5, 10, 20, 100 };
    static const int32_t targets[] = { 0, 50000000, 200000000, 750000000 };
    const struct fault_plan *fault_plan = &sim_state->fault_plan;
    uint64_t number = sim_state->listing.number;
    int64_t kind = fault_plan_below(fault_plan, site->index, FAMILY_RESIZE, number, 3);
    fleet_truth_advance(&site->truth, sim_state_now_ms(sim_state));
    if (kind != 1)
        site->listed_target =
            targets[fault_plan_below(fault_plan, site->index, FAMILY_RESIZE, ~number, 4)];
    if (kind != 0 && site->truth.ready < 100000) {
        site->listed_size =
            sizes[fault_plan_below(fault_plan, site->index, FAMILY_RESIZE, ~number, 6)];
        site->truth.servers_per_host = site->listed_size;
        sim_state_disturb(sim_state, site,
                          fleet_truth_owned(&site->truth) + (int64_t)site->truth.unready);
    }
    sim_state_disturb(sim_state, site, 0);
}

/* A site that was not listed for GONE_KEEP_MS may be removed by the core. */
static void reset_site(const struct sim_state *sim_state, struct site *site)
{
    struct model *model = &site->model;
    int64_t now_ms = sim_state_now_ms(sim_state);
    bool is_kept = model->is_listed || site->is_reading || model->is_in_flight || model->is_paused;
    if (!is_kept && now_ms - model->gone_ms >= GONE_KEEP_MS && model->reported_count > 0) {
        model_forget(model);
        model->gone_ms = now_ms;
    }
}

static void lose_site(struct sim_state *sim_state, struct list *list, struct site *site)
{
    list->gone_count++;
    site->model.gone_ms = sim_state_now_ms(sim_state);
    trace_note(&sim_state->trace, site->index, RECORD_LIST, 0, 0, 0);
}

static void list_site(struct sim_state *sim_state, struct list *list, struct site *site)
{
    bool had_twin = site->has_twin;
    bool was_listed = site->model.is_listed;
    site->has_twin = false;
    if (fault_plan_happens(&sim_state->fault_plan, site->index, FAMILY_RESIZE,
                           sim_state->listing.number))
        resize(sim_state, site);
    reset_site(sim_state, site);
    site->model.is_listed = site->is_named;
    if (site->is_named)
        name_site(sim_state, list, site);
    else if (was_listed)
        lose_site(sim_state, list, site);
    if (!site->model.is_listed || !site->model.is_defined)
        site->model.unusable_ms = sim_state_now_ms(sim_state);
    list->gone_count += had_twin && !site->has_twin;
}

static bool would_name(struct sim_state *sim_state, const struct site *site)
{
    uint64_t number = sim_state->listing.number;
    if (!site->is_there ||
        fault_plan_happens(&sim_state->fault_plan, site->index, FAMILY_LIST_FLAP, number))
        return false;
    return !fault_plan_has(&sim_state->fault_plan, FAMILY_LIST_LOSS) ||
           site->index % 10 == number % 10 ||
           !fault_plan_happens(&sim_state->fault_plan, SITE_NONE, FAMILY_LIST_LOSS, number);
}

static bool name_some(struct sim_state *sim_state)
{
    bool is_any = false;
    for (size_t i = 0; i < sim_state->site_count; i++) {
        struct site *site = &sim_state->sites[i];
        site->is_named = would_name(sim_state, site);
        is_any = is_any || site->is_named;
    }
    return is_any;
}

/* --- checks ----------------------------------------------------------------------------------------- */

/* A list that loses at least three deployments and over 30 percent blocks removals for ten minutes. */
static void update_latch(struct sim_state *sim_state, const struct list *list)
{
    struct listing *listing = &sim_state->listing;
    int64_t *latched_until_ms = &sim_state->around.latched_until_ms;
    if (sim_state_now_ms(sim_state) >= *latched_until_ms ||
        list->name_count >= listing->latched_listed) {
        *latched_until_ms = INT64_MIN;
        listing->latched_listed = 0;
    }
    if (list->gone_count >= 3 && list->gone_count * 10 > listing->listed * 3) {
        *latched_until_ms = sim_state_now_ms(sim_state) + LATCH_HOLD_MS;
        listing->latched_listed = (int32_t)max_i64(listing->latched_listed, listing->listed);
    }
    listing->listed = list->name_count;
}

static void check_remembered(struct sim_state *sim_state)
{
    for (size_t i = 0; i < sim_state->site_count; i++) {
        const struct site *site = &sim_state->sites[i];
        if (site->model.reported_count == 0)
            continue;
        const struct deployment *deployment = sim_state_deployment(sim_state, site);
        /* After a restart the last status is remembered until there is another one. */
        bool is_kept = deployment && (deployment->has_status || deployment->status_at.ms != 0);
        trace_require(&sim_state->trace, is_kept, LAW_KEPT, site->index,
                      sim_state_now_ms(sim_state) - site->model.gone_ms, GONE_KEEP_MS);
    }
}

/* Held is what was never listed well, and what waits for a second list. */
static void check_usable(struct sim_state *sim_state)
{
    for (size_t i = 0; i < sim_state->site_count; i++) {
        const struct site *site = &sim_state->sites[i];
        if (!site->model.is_listed || !site->model.is_defined)
            continue;
        const struct deployment *deployment = sim_state_deployment(sim_state, site);
        trace_require(&sim_state->trace, deployment->definition_fault == REASON_NONE, LAW_GROWS,
                      site->index, deployment->definition_fault, REASON_NONE);
    }
}

static void check_memory(struct sim_state *sim_state)
{
    /* Id, detail and ledger of each deployment, twin and additional entry; the slabs. */
    size_t most = 3 * DEFINITIONS_MAX + 64;
    size_t held = heap_held_count() - sim_state->held_before;
    trace_require(&sim_state->trace, held <= most, LAW_MEMORY, SITE_NONE, (int64_t)held,
                  (int64_t)most);
    size_t slots = fleet_slot_count(reconciler_fleet(sim_state->reconciler));
    trace_require(&sim_state->trace, slots <= 2 * DEFINITIONS_MAX, LAW_MEMORY, SITE_NONE,
                  (int64_t)slots, DEFINITIONS_MAX);
}

/* --- responses -------------------------------------------------------------------------------------- */

/* An empty list changes nothing. A stopping reconciler ignores the list. */
static void make_list(struct sim_state *sim_state, struct list *list)
{
    if (sim_state->around.is_stopping || !name_some(sim_state))
        return;
    for (size_t i = 0; i < sim_state->site_count; i++)
        list_site(sim_state, list, &sim_state->sites[i]);
    if (list->count > 0)
        update_latch(sim_state, list);
}

/* A list that an operator requests may arrive before the wait is over, and ends it. */
static void note_wait(struct sim_state *sim_state, const struct call *call)
{
    if (call->wait_ms != RETRY_AFTER_NONE)
        sim_state->listing.backoff_until_ms = sim_state_now_ms(sim_state) + call->wait_ms;
    else if (call->result == RESULT_OK)
        sim_state->listing.backoff_until_ms = INT64_MIN;
}

void lists_respond(struct sim_state *sim_state, const struct call *call)
{
    struct list list;
    list.count = 0;
    list.name_count = 0;
    list.gone_count = 0;
    sim_state->listing.is_under_way = false;
    if (call->result == RESULT_OK)
        make_list(sim_state, &list);
    note_wait(sim_state, call);
    struct discovery_result result = {
        .discovery = { list.items, list.count },
        .is_ok = call->result == RESULT_OK || call->result == RESULT_EMPTY,
        .is_transient = api_is_transient(call->result),
        .retry_after_ms = call->wait_ms,
        .text = "as planned",
    };
    reconciler_discovery_done(sim_state->reconciler, sim_state_now(sim_state), &result);
    for (size_t i = 0; i < sim_state->site_count; i++)
        journal_write(sim_state, &sim_state->sites[i]);
    if (list.count > 0) {
        check_remembered(sim_state);
        check_usable(sim_state);
    }
    check_memory(sim_state);
}
