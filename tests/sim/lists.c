#include "tests/sim/lists.h"

#include "tests/sim/api.h"
#include "tests/sim/journal.h"
#include "tests/sim/strangers.h"
#include "tests/sim/turns.h"
#include "tests/support/counting_heap.h"

#include <stdio.h>

#define DEFINITIONS_MAX (3 * PLAN_SITES_MAX)

#define LATCH_HOLD_MS ((int64_t)10 * 60 * 1000)

#define ODDITIES 6

struct list {
    size_t count;
    struct definition items[DEFINITIONS_MAX];
    char twins[PLAN_SITES_MAX][8];
    char strangers[STRANGERS_MAX][STRANGER_ID_SIZE];
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

/* Adds the entries of a site to the list. */
static void add_entries(struct list *list, struct site *site, enum oddity oddity)
{
    const char *id = site->plan->id;
    list->name_count++;
    switch (oddity) {
    case ODD_NOT:
        add_site(list, site);
        break;
    case ODD_TWICE:
        add_site(list, site);
        add_site(list, site);
        break;
    case ODD_TWIN:
        add_site(list, site);
        add_twin(list, site);
        break;
    case ODD_SIZE:
        add_entry(list, id, 0, site->listed_target, REASON_BAD_SERVERS_PER_HOST);
        break;
    case ODD_TARGET:
        add_entry(list, id, site->listed_size, -1, REASON_BAD_TARGET);
        break;
    case ODD_NAMELESS:
        add_site(list, site);
        add_nameless(list);
        break;
    case ODD_WHOLE:
        add_entry(list, id, 0, -1, REASON_BAD_ENTRY);
        break;
    }
}

/* Records these entries in its model. */
static void define_site(struct site *site)
{
    struct model *model = &site->model;
    bool is_target_needed = model->policy->target_free_ppb == TARGET_FROM_API;
    switch (site->oddity) {
    case ODD_NOT:
    case ODD_NAMELESS:
        model_define(model, site->listed_size, site->listed_target);
        break;
    case ODD_TWICE:
    case ODD_TWIN:
        model_define(model, site->listed_size, site->listed_target);
        model->is_defined = false;
        break;
    case ODD_TARGET:
        if (is_target_needed)
            model_spoil(model, true);
        else
            model_define(model, site->listed_size, -1);
        break;
    case ODD_SIZE:
    case ODD_WHOLE:
        model_spoil(model, false);
        break;
    }
}

static void name_site(struct sim_state *sim_state, struct list *list, struct site *site)
{
    site->oddity = draw_oddity(sim_state, site);
    add_entries(list, site, site->oddity);
    define_site(site);
    trace_note(&sim_state->trace, site->index, RECORD_LIST, site->listed_size, site->listed_target,
               (int64_t)site->oddity - 1);
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

static void lose_site(struct sim_state *sim_state, struct list *list, struct site *site)
{
    list->gone_count++;
    site->model.gone_ms = sim_state_now_ms(sim_state);
    trace_note(&sim_state->trace, site->index, RECORD_LIST, 0, 0, 0);
}

static void list_site(struct sim_state *sim_state, struct list *list, struct site *site)
{
    bool had_twin = site->has_twin;
    site->was_listed = site->model.is_listed;
    site->has_twin = false;
    if (fault_plan_happens(&sim_state->fault_plan, site->index, FAMILY_RESIZE,
                           sim_state->listing.number))
        resize(sim_state, site);
    site->model.is_listed = site->is_named;
    if (!site->was_listed || !site->model.is_defined)
        turns_list(sim_state, site);
    if (site->is_named)
        name_site(sim_state, list, site);
    else if (site->was_listed)
        lose_site(sim_state, list, site);
    if (!site->model.is_listed || !site->model.is_defined)
        site->model.unusable_ms = sim_state_now_ms(sim_state);
    list->gone_count += had_twin && !site->has_twin;
}

/* A site that leaves stays away for a few lists, or for more than an hour. */
static bool is_away(struct sim_state *sim_state, struct site *site)
{
    static const uint64_t lists[] = { 1, 1, 3, 10, 60 };
    struct fault_plan *fault_plan = &sim_state->fault_plan;
    uint64_t number = sim_state->listing.number;
    if (number >= site->back_at &&
        fault_plan_happens(fault_plan, site->index, FAMILY_CHURN, number))
        site->back_at =
            number + lists[fault_plan_below(fault_plan, site->index, FAMILY_CHURN, number, 5)];
    return number < site->back_at;
}

static bool would_name(struct sim_state *sim_state, struct site *site)
{
    uint64_t number = sim_state->listing.number;
    if (site->is_there && is_away(sim_state, site))
        return false;
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

/* Before this list. */
static bool is_long_gone(const struct sim_state *sim_state, const struct site *site)
{
    return !site->was_listed && sim_state_now_ms(sim_state) - site->model.gone_ms >= GONE_KEEP_MS;
}

/* An hour after the last list that had it; at the limit of ids, when no scale is pending and no list has it. */
static bool may_be_forgotten(const struct sim_state *sim_state, const struct site *site)
{
    const struct model *model = &site->model;
    int64_t now_ms = sim_state_now_ms(sim_state);
    bool is_in_use = model->is_paused || site->is_reading || model->is_in_flight;
    bool is_scaled = model->sent_count > 0 && now_ms - model->sent_ms < GONE_KEEP_MS;
    bool is_open = model->is_unconfirmed && now_ms - model->sent_ms < model->confirm_ms;
    bool is_expendable = !model->is_listed && !is_open && !is_scaled;
    return !is_in_use &&
           (is_long_gone(sim_state, site) || (sim_state->plan->known_max > 0 && is_expendable));
}

/* After a restart the last status is remembered until there is another one. */
static bool is_remembered(const struct deployment *deployment)
{
    return deployment && (deployment->has_status || deployment->status_at.ms != 0);
}

/* Before the first list after a restart, one that was never read has no record. */
static bool is_unrecorded(const struct sim_state *sim_state, const struct site *site)
{
    bool is_unlisted_since = site->model.gone_ms == sim_state->restarted_ms;
    return sim_state->plan->has_state && is_unlisted_since && !site->model.is_paused;
}

/* Without a status, one that is new cannot be told from one that no pass has visited. */
static bool is_made_again(const struct sim_state *sim_state, const struct site *site,
                          const struct deployment *deployment)
{
    if (!deployment)
        return site->model.servers_per_host > 0 && !is_unrecorded(sim_state, site);
    return deployment->last_pass == 0 && is_long_gone(sim_state, site);
}

/*
 * What it was is no reason for anything from now on. Orders that are still open then are older than any boot_timeout:
 * they are not known any more, as after a restart without state.
 */
static void forget(const struct sim_state *sim_state, struct site *site)
{
    const struct fleet_truth *truth = &site->truth;
    bool is_listed = site->model.is_listed;
    sim_state_disturb(sim_state, site,
                      (int64_t)truth->boots.hosts + truth->never + truth->drains.hosts);
    model_forget(&site->model);
    site->model.gone_ms = sim_state_now_ms(sim_state);
    site->model.is_listed = is_listed;
    site->manual_delta = 0;
    site->reads_in_pass = 0; /* it is read as a new one */
    journal_forget(site);
    if (is_listed)
        define_site(site);
    if (!is_listed || !site->model.is_defined)
        site->model.unusable_ms = sim_state_now_ms(sim_state);
}

static void check_forgotten(struct sim_state *sim_state)
{
    for (size_t i = 0; i < sim_state->site_count; i++) {
        struct site *site = &sim_state->sites[i];
        const struct deployment *deployment = sim_state_deployment(sim_state, site);
        bool is_unread = site->model.reported_count == 0;
        if (is_remembered(deployment) || (is_unread && !is_made_again(sim_state, site, deployment)))
            continue;
        trace_require(&sim_state->trace, may_be_forgotten(sim_state, site), LAW_KEPT, site->index,
                      sim_state_now_ms(sim_state) - site->model.gone_ms, GONE_KEEP_MS);
        forget(sim_state, site);
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
    size_t known_max = (size_t)sim_state->plan->known_max;
    size_t slots_max = known_max > 0 ? known_max : 2 * (size_t)DEFINITIONS_MAX;
    trace_require(&sim_state->trace, slots <= slots_max, LAW_MEMORY, SITE_NONE, (int64_t)slots,
                  (int64_t)slots_max);
}

/* --- responses -------------------------------------------------------------------------------------- */

static void list_strangers(struct sim_state *sim_state, struct list *list)
{
    list->gone_count += strangers_change(sim_state);
    for (int32_t i = 0; i < strangers_count(sim_state); i++)
        list->items[list->count++] = strangers_define(sim_state, i, list->strangers[i]);
    list->name_count += strangers_count(sim_state);
}

/* An empty list changes nothing. A stopping reconciler ignores the list. */
static void make_list(struct sim_state *sim_state, struct list *list)
{
    if (sim_state->around.is_stopping || !name_some(sim_state))
        return;
    for (size_t i = 0; i < sim_state->site_count; i++)
        list_site(sim_state, list, &sim_state->sites[i]);
    list_strangers(sim_state, list);
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
    sim_state->is_list_refused = false;
    reconciler_discovery_done(sim_state->reconciler, sim_state_now(sim_state), &result);
    for (size_t i = 0; i < sim_state->site_count; i++)
        journal_write(sim_state, &sim_state->sites[i]);
    if (list.count > 0) {
        trace_require(&sim_state->trace, !sim_state->is_list_refused, LAW_ROOM, SITE_NONE,
                      (int64_t)list.count, sim_state->plan->known_max);
        check_forgotten(sim_state);
        check_usable(sim_state);
    }
    check_memory(sim_state);
}
