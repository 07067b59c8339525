#include "tests/sim/incidents.h"

#include "tests/sim/operator.h"

/*
 * Another wish is another law: what was wanted by the old policy is not held against the new one, and nobody knows by
 * which of them an open scale will be given up.
 */
static void change_policy(struct realm *realm, struct site *site)
{
    struct book *book = &site->book;
    book->policy = realm_policy(realm, site->index);
    realm_shake(realm, site, 0);
    book->wishes.count = 0;
    book->is_whole = false;
    if (book->is_in_flight || book->is_unconfirmed)
        book->confirm_ms = 0;
}

static void reload(struct realm *realm)
{
    realm->generation++;
    for (size_t i = 0; i < realm->site_count; i++)
        change_policy(realm, &realm->sites[i]);
    realm->around.is_dry_run = realm->config.is_dry_run;
    machine_configure(realm->machine, &realm->config, realm_now(realm));
}

static bool may_happen(const struct realm *realm, size_t number)
{
    static const enum family families[] = {
        [INCIDENT_COMMAND] = FAMILY_OPERATOR,
        [INCIDENT_RELOAD] = FAMILY_RELOAD,
        [INCIDENT_STALL] = FAMILY_STALL,
        [INCIDENT_OUTAGE] = FAMILY_OUTAGE,
    };
    const bool *is_cancelled = realm->options->is_cancelled;
    return luck_has(&realm->luck, families[realm->plan->incidents[number].kind]) &&
           !(is_cancelled && is_cancelled[number]);
}

int64_t incidents_due_ms(struct realm *realm)
{
    const struct plan *plan = realm->plan;
    while (realm->next_incident < plan->incident_count && !may_happen(realm, realm->next_incident))
        realm->next_incident++;
    return realm->next_incident < plan->incident_count
               ? plan->begin_ms + plan->incidents[realm->next_incident].at_ms
               : INT64_MAX;
}

void incidents_happen(struct realm *realm)
{
    const struct incident *incident = &realm->plan->incidents[realm->next_incident++];
    if (incident->kind != INCIDENT_COMMAND)
        witness_note(&realm->witness, NOBODY, RECORD_INCIDENT, incident->kind, incident->amount, 0);
    realm->passes_allowed++;
    switch (incident->kind) {
    case INCIDENT_COMMAND:
        operator_send(realm, incident);
        break;
    case INCIDENT_RELOAD:
        reload(realm);
        break;
    case INCIDENT_STALL:
        realm_pass_time(realm, realm_now_ms(realm) + incident->amount);
        break;
    case INCIDENT_OUTAGE:
        realm->outage_until_ms = realm_now_ms(realm) + incident->amount;
        break;
    }
}
