#include "tests/sim/recovery.h"

#include "tests/sim/operator.h"

#include <stdlib.h>

#define REST_MS_MAX ((int64_t)2 * 60 * 60 * 1000)

/* --- healing ---------------------------------------------------------------------------------------- */

/* Here and there the dead stay in the list: the core has to find out. */
static bool is_buried(const struct site *site)
{
    return site->index % 2 == 0 || book_expects(&site->book) ||
           site->book.policy->max_hosts != HOSTS_UNLIMITED;
}

static void heal_site(struct realm *realm, struct site *site)
{
    struct truth *truth = &site->truth;
    if (site->book.is_paused)
        operator_ask(realm, COMMAND_RESUME, site->index);
    truth_advance(truth, realm_now_ms(realm));
    if (truth->dark + truth->never + truth->drains.hosts > 0)
        realm_shake(realm, site, truth->dark + truth->never);
    truth_clean(truth, is_buried(site));
    site->demand = demand_at(site->plan, realm_age_ms(realm));
}

void rest_heal(struct realm *realm)
{
    realm->phase = PHASE_REST;
    witness_note(&realm->witness, NOBODY, RECORD_PHASE, realm->phase, 0, 0);
    luck_turn(&realm->luck);
    realm->outage_until_ms = INT64_MIN;
    operator_ask(realm, COMMAND_RESUME_ALL, 0);
    operator_ask(realm, COMMAND_DRY_RUN_OFF, 0);
    for (size_t i = 0; i < realm->site_count; i++)
        if (realm->sites[i].is_there)
            heal_site(realm, &realm->sites[i]);
}

/* --- how long --------------------------------------------------------------------------------------- */

/*
 * What nobody could see has misled the account: what it waits for in vain is given up after a boot_timeout. What is
 * asked for then makes a part of the rest look new, for a move is booked on the oldest request: at most the half of it,
 * so that there are as many rounds as halves. And each dead host that is replaced lets another one pass for one that
 * boots, until it has been missing for a whole period.
 */
static int64_t misled_rounds(const struct site *site)
{
    int64_t hosts = truth_owned(&site->truth);
    int64_t rounds = 3 + 2 * (int64_t)site->truth.dark;
    for (int64_t left = llabs(book_rest(&site->book, hosts, site->demand) - hosts); left > 1;
         left /= 2)
        rounds++;
    return rounds;
}

static int64_t settle_ms(const struct realm *realm, const struct site *site)
{
    const struct policy *policy = site->book.policy;
    int64_t misled_ms = site->book.room > 0 ? misled_rounds(site) * policy->boot_timeout_ms : 0;
    return misled_ms + 2 * policy->boot_timeout_ms + policy->scale_down_window_ms +
           policy->outage_hold_ms + LATCH_MS + 4 * realm->plan->discovery_interval_ms;
}

/* Hosts after one scale towards the goal. */
static int64_t step_towards(const struct policy *policy, int64_t hosts, int64_t goal)
{
    bool is_up = goal > hosts;
    const struct step_limit *limit = is_up ? &policy->max_step_up : &policy->max_step_down;
    int64_t most = max_i64(1, step_limit_hosts(limit, policy, hosts));
    int64_t step = min_i64(llabs(goal - hosts), most);
    return is_up ? hosts + step : hosts - step;
}

/* Every round of growth waits for its hosts, shrinking for rails. */
static int64_t time_of_site_ms(const struct realm *realm, const struct site *site)
{
    const struct policy *policy = site->book.policy;
    int64_t up_ms = site->plan->boot_ms_high + policy->cooldown_up_ms;
    int64_t time_ms = settle_ms(realm, site);
    int64_t hosts = truth_owned(&site->truth);
    for (int64_t goal; (goal = book_rest(&site->book, hosts, site->demand)) != hosts;) {
        time_ms += 3 * realm->plan->pass_interval_ms;
        time_ms += goal > hosts ? up_ms : policy->cooldown_down_ms;
        hosts = step_towards(policy, hosts, goal);
        if (time_ms > REST_MS_MAX)
            break;
    }
    return time_ms;
}

/* The last lists said of it what is so. */
static bool is_known(const struct site *site)
{
    const struct book *book = &site->book;
    return book->servers_per_host == site->listed_size && book_target(book) >= 0 &&
           (book->policy->target_free_ppb != TARGET_FROM_API ||
            book->target_free_ppb == site->listed_target);
}

/*
 * An API that gives back hosts that serve while others boot turns demand away, and who expects takes that for a trend:
 * where such a deployment comes to rest, nobody can say.
 */
static bool is_misled(const struct site *site)
{
    return site->plan->is_rude && book_expects(&site->book);
}

int64_t rest_time_ms(struct realm *realm)
{
    int64_t longest_ms = 0;
    for (size_t i = 0; i < realm->site_count; i++) {
        struct site *site = &realm->sites[i];
        int64_t time_ms = site->book.servers_per_host > 0 ? time_of_site_ms(realm, site) : 0;
        site->is_too_slow =
            !site->is_there || is_misled(site) || time_ms > REST_MS_MAX || !is_known(site);
        if (!site->is_too_slow)
            longest_ms = max_i64(longest_ms, time_ms);
    }
    return longest_ms;
}

/* --- where they are --------------------------------------------------------------------------------- */

/* Who expects something may keep what it wished for. */
static int64_t owned_max(const struct book *book, int64_t least)
{
    if (!book_expects(book))
        return least;
    int64_t wish = max_i64(book->wanted, book_wish_max(book));
    return max_i64(least, min_i64(wish + book->policy->min_hosts, book->policy->max_hosts));
}

static void check_owned(struct realm *realm, const struct site *site)
{
    int64_t owned = truth_owned(&site->truth);
    int64_t least = book_rest(&site->book, owned, site->demand);
    int64_t most = owned_max(&site->book, least);
    witness_demand(&realm->witness, owned >= least, LAW_REST, site->index, owned, least);
    witness_demand(&realm->witness, owned <= most, LAW_REST, site->index, owned, most);
}

static void check_account(struct realm *realm, const struct site *site)
{
    struct witness *witness = &realm->witness;
    const struct deployment *deployment = realm_deployment(realm, site);
    bool is_open = !deployment || ledger_state(deployment->ledger) == LEDGER_UNCONFIRMED;
    witness_demand(witness, !is_open, LAW_EXPIRE, site->index, 1, 0);
    if (!deployment || book_expects(&site->book))
        return;
    int64_t pending = ledger_pending_hosts(deployment->ledger);
    witness_demand(witness, pending == 0, LAW_EXPIRE, site->index, pending, 0);
}

void rest_check(struct realm *realm)
{
    for (size_t i = 0; i < realm->site_count; i++) {
        struct site *site = &realm->sites[i];
        truth_advance(&site->truth, realm_now_ms(realm));
        if (site->is_too_slow || site->book.policy->is_paused || realm->around.is_read_only)
            continue;
        check_owned(realm, site);
        check_account(realm, site);
    }
}
