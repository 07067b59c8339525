#include "tests/sim/reads.h"

#include "tests/sim/api.h"

#include <stdlib.h>

#define AGE_MS_MIN 10000

/* --- what happens to the hosts ---------------------------------------------------------------------- */

static void kill_hosts(struct realm *realm, struct site *site)
{
    const struct luck *luck = &realm->luck;
    uint64_t number = site->read_number;
    int32_t ready = site->truth.ready;
    int64_t deaths = 1 + luck_below(luck, site->index, FAMILY_DEATHS, number, ready / 4 + 1);
    int32_t hosts = (int32_t)min_i64(ready, deaths);
    site->truth.ready -= hosts;
    if (luck_below(luck, site->index, FAMILY_DEATHS, ~number, 2))
        site->truth.dark += hosts;
    realm_shake(realm, site, 2 * (int64_t)hosts);
}

static void move_hosts(struct realm *realm, struct site *site)
{
    int32_t hosts =
        (int32_t)luck_below(&realm->luck, site->index, FAMILY_FOREIGN, site->read_number, 7) - 3;
    hosts = (int32_t)max_i64(hosts, -(int64_t)site->truth.ready);
    site->truth.ready += hosts;
    realm_shake(realm, site, 2 * (int64_t)hosts);
}

/* --- asking ----------------------------------------------------------------------------------------- */

static enum answer draw_failure(const struct realm *realm, uint32_t site, uint64_t number)
{
    static const enum answer answers[] = { ANSWER_ERROR,   ANSWER_ERROR,     ANSWER_TIMEOUT,
                                           ANSWER_MISSING, ANSWER_FORBIDDEN, ANSWER_GARBAGE };
    return answers[luck_below(&realm->luck, site, FAMILY_READ_FAIL, number, 6)];
}

/* A lie that all is gone is told twice in a row at most, and not where we have asked for it. */
static bool may_lie_zeros(const struct realm *realm, const struct site *site)
{
    const struct book *book = &site->book;
    bool is_removing =
        book->is_unconfirmed || realm_now_ms(realm) - book->shrunk_ms < 4 * BOOT_TIMEOUT_MS;
    return !is_removing && book->zeros < 2 && book->told_count > 0 &&
           book->told.current_hosts > 0 && realm_status(realm, site).current_hosts > 0;
}

static enum answer draw_lie(struct realm *realm, const struct site *site)
{
    struct luck *luck = &realm->luck;
    uint64_t number = site->read_number;
    if (luck_strikes(luck, site->index, FAMILY_IMPLAUSIBLE, number))
        return ANSWER_IMPLAUSIBLE;
    if (luck_strikes(luck, site->index, FAMILY_ZEROS, number) && may_lie_zeros(realm, site))
        return ANSWER_ZEROS;
    if (luck_strikes(luck, site->index, FAMILY_SWAP, number))
        return ANSWER_SWAPPED;
    return luck_strikes(luck, site->index, FAMILY_STALE, number) ? ANSWER_STALE : ANSWER_OK;
}

static enum answer draw_answer(struct realm *realm, const struct site *site, struct call *call)
{
    struct luck *luck = &realm->luck;
    uint64_t number = site->read_number;
    if (api_is_out(realm))
        return number % 4 == 0 ? ANSWER_TIMEOUT : ANSWER_ERROR;
    if (luck_strikes(luck, site->index, FAMILY_RETRY_AFTER, number)) {
        call->wait_ms = api_wait_ms(realm, site->index, number);
        return ANSWER_BUSY;
    }
    if (luck_strikes(luck, site->index, FAMILY_READ_FAIL, number))
        return draw_failure(realm, site->index, number);
    return draw_lie(realm, site);
}

static void check_start(struct realm *realm, struct site *site)
{
    struct witness *witness = &realm->witness;
    int64_t reads_max = 1 + realm->config.retries;
    int64_t now_ms = realm_now_ms(realm);
    if (site->pass != realm->pass_number) {
        site->pass = realm->pass_number;
        site->reads_in_pass = 0;
    }
    site->reads_in_pass++;
    witness_demand(witness, site->reads_in_pass <= reads_max, LAW_RATE, site->index,
                   site->reads_in_pass, reads_max);
    witness_demand(witness, now_ms >= site->book.quiet_ms, LAW_RETRY_AFTER, site->index, now_ms,
                   site->book.quiet_ms);
    witness_demand(witness, !site->is_reading, LAW_RATE, site->index, 2, 1);
    witness_demand(witness, site->book.is_listed, LAW_ABSENT, site->index, 0, 1);
}

/* An answer that is late may be of now, or of when it comes. */
static void look_early(struct realm *realm, struct site *site, struct call *call)
{
    truth_advance(&site->truth, realm_now_ms(realm));
    call->is_early = luck_below(&realm->luck, site->index, FAMILY_SLOW, ~site->read_number, 2) == 0;
    call->status = realm_status(realm, site);
}

void reads_start(struct realm *realm, struct site *site, const struct effect *effect)
{
    struct call call = {
        .kind = EFFECT_READ, .site = site->index, .slot = effect->slot, .wait_ms = RETRY_AFTER_NONE
    };
    check_start(realm, site);
    site->is_reading = true;
    site->read_number++;
    realm->reads++;
    if (luck_strikes(&realm->luck, site->index, FAMILY_DEATHS, site->read_number))
        kill_hosts(realm, site);
    if (luck_strikes(&realm->luck, site->index, FAMILY_FOREIGN, site->read_number))
        move_hosts(realm, site);
    call.answer = draw_answer(realm, site, &call);
    int64_t usual_ms = realm->plan->read_ms;
    int64_t delay_ms = api_delay_ms(realm, site->index, call.answer, site->read_number, usual_ms);
    if (delay_ms > usual_ms && call.answer == ANSWER_OK)
        look_early(realm, site, &call);
    mail_send(&realm->mail, &call, realm_now_ms(realm), delay_ms);
}

/* --- what is told ----------------------------------------------------------------------------------- */

static enum reason reason_of(enum answer answer)
{
    switch (answer) {
    case ANSWER_OK:
    case ANSWER_IMPLAUSIBLE:
    case ANSWER_ZEROS:
    case ANSWER_STALE:
    case ANSWER_SWAPPED:
    case ANSWER_LOST:
    case ANSWER_DROPPED:
    case ANSWER_REFUSED:
    case ANSWER_EMPTY:
        return REASON_NONE;
    case ANSWER_ERROR:
    case ANSWER_BUSY:
        return REASON_READ_FAILED;
    case ANSWER_TIMEOUT:
        return REASON_READ_TIMEOUT;
    case ANSWER_MISSING:
        return REASON_MISSING;
    case ANSWER_FORBIDDEN:
        return REASON_UNAUTHORIZED;
    case ANSWER_GARBAGE:
        return REASON_BAD_STATUS;
    }
    return REASON_NONE;
}

/* What is said of more servers than hosts carry must not be explained by hosts that were there lately. */
static void spoil(struct status *status, const struct book *book, int64_t kind)
{
    bool is_too_much = book->told_hosts_high * book->servers_per_host < INT32_MAX / 4;
    if (kind == 0 && status->current_hosts > 0)
        *status = (struct status){ .total_servers = 10, .free_servers = 5 };
    else if (kind == 1 && is_too_much)
        *status = (struct status){ status->current_hosts, INT32_MAX, INT32_MAX / 2 };
    else if (status->total_servers < INT32_MAX)
        status->free_servers = status->total_servers + 1;
    else
        *status = (struct status){ status->current_hosts, INT32_MAX - 1, INT32_MAX };
}

static struct status swapped_status(struct realm *realm, struct site *site)
{
    struct site *other = &realm->sites[luck_below(&realm->luck, site->index, FAMILY_SWAP,
                                                  site->read_number, (int64_t)realm->site_count)];
    truth_advance(&other->truth, realm_now_ms(realm));
    struct status status = realm_status(realm, other);
    struct status own = realm_status(realm, site);
    realm_shake(realm, site,
                2 * llabs((int64_t)status.current_hosts - own.current_hosts) +
                    2 * llabs((int64_t)status.total_servers - own.total_servers) /
                        site->truth.servers_per_host);
    return status;
}

static struct status stale_status(const struct realm *realm, struct site *site,
                                  const struct status *status)
{
    if (site->book.told_count == 0)
        realm_shake(realm, site, (int64_t)status->current_hosts - site->replica.current_hosts);
    return site->replica;
}

static void refresh_replica(const struct realm *realm, struct site *site,
                            const struct status *status)
{
    if (realm_now_ms(realm) - site->replica_ms <= realm->plan->lag_ms)
        return;
    site->replica = *status;
    site->replica_ms = realm_now_ms(realm);
}

static struct status told_status(struct realm *realm, struct site *site, const struct call *call)
{
    struct status status = realm_status(realm, site);
    refresh_replica(realm, site, &status);
    if (call->answer == ANSWER_STALE)
        return stale_status(realm, site, &status);
    if (call->answer == ANSWER_SWAPPED)
        return swapped_status(realm, site);
    if (call->answer == ANSWER_IMPLAUSIBLE)
        spoil(&status, &site->book,
              luck_below(&realm->luck, site->index, FAMILY_IMPLAUSIBLE, site->read_number, 3));
    if (call->answer == ANSWER_ZEROS)
        status = (struct status){ 0 };
    return call->is_early ? call->status : status;
}

/* --- what the machine makes of it ------------------------------------------------------------------- */

static bool is_lie(const struct call *call)
{
    return call->answer == ANSWER_IMPLAUSIBLE || call->answer == ANSWER_ZEROS;
}

/* Who is not listed any more, or not defined, is none of the machine's business. */
static bool is_current(const struct site *site)
{
    return site->book.is_listed && site->book.is_defined;
}

static void judge_failure(struct realm *realm, const struct site *site, const struct call *call,
                          const struct deployment *deployment)
{
    witness_note(&realm->witness, site->index, RECORD_FAILED, call->answer, call->wait_ms,
                 deployment->is_retry_waiting);
    bool is_told = deployment->action == ACTION_FAILED || deployment->action == ACTION_HELD;
    if (is_current(site) && !deployment->is_retry_waiting && !realm->around.is_stopping)
        witness_demand(&realm->witness, is_told && deployment->delta == 0, LAW_REASON, site->index,
                       deployment->action, deployment->reason);
}

static void judge_lie(struct realm *realm, const struct site *site,
                      const struct deployment *deployment)
{
    bool is_held = deployment->action == ACTION_HELD && deployment->delta == 0 &&
                   reason_row(deployment->reason)->kind == REASON_DATA;
    witness_demand(&realm->witness, is_held, LAW_BAD_HELD, site->index, deployment->action,
                   deployment->reason);
}

static void judge_age(struct realm *realm, const struct site *site, const struct call *call,
                      const struct deployment *deployment)
{
    int64_t age_ms = realm_now_ms(realm) - call->start_ms;
    int64_t age_ms_max = max_i64(2 * realm->plan->pass_interval_ms, AGE_MS_MIN);
    bool is_held = deployment->action == ACTION_HELD && deployment->reason == REASON_STALE_STATUS;
    witness_demand(&realm->witness, is_held || age_ms <= age_ms_max, LAW_FRESH, site->index, age_ms,
                   age_ms_max);
}

static void take_in(struct realm *realm, struct site *site, const struct call *call,
                    const struct status *status, const struct deployment *deployment)
{
    /* Which hosts are dark is a guess that is made anew with every status. */
    if (site->truth.dark + site->truth.never > 0)
        realm_shake(realm, site, 0);
    struct breach breach =
        book_take(&site->book, &realm->around, status, call->start_ms, deployment);
    witness_check(&realm->witness, breach, site->index);
    if (status->current_hosts > 0)
        site->book.zeros = 0;
}

static void judge_status(struct realm *realm, struct site *site, const struct call *call,
                         const struct status *status, const struct deployment *deployment)
{
    struct witness *witness = &realm->witness;
    witness_note(witness, site->index, RECORD_TOLD, status->current_hosts, status->total_servers,
                 status->free_servers);
    witness_note(witness, site->index, RECORD_DECIDED, deployment->action, deployment->reason,
                 deployment->delta);
    site->trace =
        random_mix(site->trace ^ (uint64_t)realm_now_ms(realm) ^ (uint64_t)deployment->delta << 32 ^
                   (uint64_t)deployment->reason << 56);
    if (is_current(site) && is_lie(call))
        judge_lie(realm, site, deployment);
    if (is_current(site))
        judge_age(realm, site, call, deployment);
    bool is_taken =
        is_current(site) && deployment->has_status && deployment->status_at.ms == call->start_ms;
    site->book.is_answer_good = is_taken && !is_lie(call);
    if (is_taken)
        take_in(realm, site, call, status, deployment);
}

void reads_answer(struct realm *realm, const struct call *call)
{
    struct site *site = &realm->sites[call->site];
    site->is_reading = false;
    truth_advance(&site->truth, realm_now_ms(realm));
    struct read_result result = {
        .status = told_status(realm, site, call),
        .reason = reason_of(call->answer),
        .is_transient = api_is_transient(call->answer),
        .retry_after_ms = call->wait_ms,
        .text = "as planned",
    };
    bool is_failed = result.reason != REASON_NONE;
    if (!is_failed && result.status.current_hosts == 0)
        site->book.zeros++;
    if (is_failed)
        site->book.is_answer_good = false;
    api_hush(realm, site, call);
    machine_read_done(realm->machine, realm_now(realm), call->slot, &result);
    const struct deployment *deployment = fleet_at(machine_fleet(realm->machine), call->slot);
    if (is_failed)
        judge_failure(realm, site, call, deployment);
    else
        judge_status(realm, site, call, &result.status, deployment);
}
