#include "tests/sim/journal.h"

#include "engine/base/panic.h"
#include "engine/core/reconciler_restore.h"

#include <stdio.h>
#include <string.h>

#define RECORD_MS_MAX 40
#define REFUSED_ONE_IN 40

uint64_t journal_key(const char *text)
{
    struct order_key key = { 0 };
    must(order_key_parse(text, &key));
    return (key.epoch & INT32_MAX) << 32 | key.number;
}

void journal_start(struct sim_state *sim_state, struct site *site, const struct effect *effect)
{
    uint64_t key = journal_key(effect->key);
    int64_t draw = (int64_t)(random_mix(key ^ (uint64_t)sim_state_now_ms(sim_state)) % (1u << 20));
    struct call call = { .kind = EFFECT_RECORD,
                         .site = site->index,
                         .slot = effect->slot,
                         .delta = effect->delta,
                         .key = key,
                         .is_unsent = draw % REFUSED_ONE_IN == 0 };
    if (!effect->is_repeat) {
        trace_require(&sim_state->trace, key > sim_state->last_key, LAW_UNIQUE_KEY, site->index,
                      (int64_t)key, (int64_t)sim_state->last_key);
        sim_state->last_key = key;
    }
    site->journal.begun_delta = effect->delta;
    snprintf(site->journal.begun_key, sizeof site->journal.begun_key, "%s", effect->key);
    in_flight_send(&sim_state->in_flight, &call, sim_state_now_ms(sim_state),
                   1 + draw % RECORD_MS_MAX);
}

static void store(struct sim_state *sim_state, struct site *site, const struct call *call)
{
    struct site_journal *journal = &site->journal;
    bool is_repeat = strcmp(journal->key, journal->begun_key) == 0;
    memcpy(journal->key, journal->begun_key, sizeof journal->key);
    journal->delta = call->delta;
    journal->attempts = is_repeat ? journal->attempts + 1 : 1;
    journal->at_ms = sim_state_now_ms(sim_state);
    journal->outcome = RESTORED_UNKNOWN;
    journal->is_stored = true;
}

void journal_respond(struct sim_state *sim_state, const struct call *call)
{
    struct site *site = &sim_state->sites[call->site];
    if (!call->is_unsent)
        store(sim_state, site, call);
    reconciler_record_done(sim_state->reconciler, sim_state_now(sim_state), call->slot,
                           !call->is_unsent);
    if (!call->is_unsent)
        return;
    site->journal.begun_delta = 0;
    journal_write(sim_state, site);
}

void journal_check_sent(struct sim_state *sim_state, struct site *site, uint64_t key)
{
    struct site_journal *journal = &site->journal;
    bool is_stored = journal->is_stored && journal_key(journal->key) == key;
    trace_require(&sim_state->trace, !sim_state->config.is_recording || is_stored, LAW_RECORDED,
                  site->index, (int64_t)key, journal->is_stored);
    journal->is_stored = false;
    journal->begun_delta = 0;
}

void journal_drop(struct sim_state *sim_state, struct site *site, const struct effect *effect)
{
    struct site_journal *journal = &site->journal;
    /* Of a repeat, the request before it may have been applied. */
    journal->outcome = effect->is_repeat ? RESTORED_UNKNOWN : RESTORED_NOT_SENT;
    journal->is_stored = false;
    journal->begun_delta = 0;
    site->manual_delta = 0;
    journal_write(sim_state, site);
}

void journal_end(struct sim_state *sim_state, struct site *site, enum scale_outcome outcome)
{
    static const enum restored_outcome outcomes[] = {
        [SCALE_LOST] = RESTORED_UNKNOWN,
        [SCALE_ACCEPTED] = RESTORED_ACCEPTED,
        [SCALE_REFUSED] = RESTORED_REFUSED,
    };
    site->journal.outcome = outcomes[outcome];
    journal_write(sim_state, site);
}

void journal_write(struct sim_state *sim_state, struct site *site)
{
    struct site_journal *journal = &site->journal;
    const struct deployment *deployment = sim_state_deployment(sim_state, site);
    if (!sim_state->config.is_recording || !deployment)
        return;
    journal->size = deployment_export(deployment, sim_state_now(sim_state), journal->bytes,
                                      sizeof journal->bytes);
    journal->written_ms = sim_state_now_ms(sim_state);
    journal->has_start = deployment->start_statuses > 0 || deployment->is_start_restored;
    journal->status_ms = deployment->status_at.ms;
}

void journal_forget(struct site *site)
{
    site->journal = (struct site_journal){ 0 };
}

static void restore_overrides(struct sim_state *sim_state)
{
    struct reconciler *reconciler = sim_state->reconciler;
    struct mono now = sim_state_now(sim_state);
    int failed = 0;
    if (sim_state->around.is_paused)
        failed |= reconciler_restore_override(reconciler, now, RESTORED_PAUSE_ALL, "", 0, 0);
    if (sim_state->around.is_dry_run)
        failed |= reconciler_restore_override(reconciler, now, RESTORED_DRY_RUN, "", 0, 0);
    for (size_t i = 0; i < sim_state->site_count; i++)
        if (sim_state->sites[i].model.is_paused)
            failed |= reconciler_restore_override(reconciler, now, RESTORED_PAUSE,
                                                  sim_state->sites[i].plan->id, 0, 0);
    must(failed == 0);
}

static void restore_site(struct sim_state *sim_state, const struct site *site)
{
    const struct site_journal *journal = &site->journal;
    struct mono now = sim_state_now(sim_state);
    int failed = 0;
    if (journal->size > 0)
        failed = reconciler_restore_deployment(sim_state->reconciler, now, site->plan->id,
                                               DEPLOYMENT_RECORD_VERSION, journal->bytes,
                                               journal->size, now.ms - journal->written_ms, false);
    if (!failed && journal->delta != 0)
        failed = reconciler_restore_scale(sim_state->reconciler, now, site->plan->id, journal->key,
                                          journal->delta, journal->outcome, journal->attempts,
                                          now.ms - journal->at_ms);
    must(failed == 0);
}

void journal_restore(struct sim_state *sim_state)
{
    restore_overrides(sim_state);
    for (size_t i = 0; i < sim_state->site_count; i++)
        restore_site(sim_state, &sim_state->sites[i]);
}
