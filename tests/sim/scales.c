#include "tests/sim/scales.h"

#include "tests/sim/api.h"

#include <stdlib.h>
#include <string.h>

/* --- sending ---------------------------------------------------------------------------------------- */

static enum answer draw_answer(struct realm *realm, const struct site *site, struct call *call)
{
    struct luck *luck = &realm->luck;
    uint64_t number = site->scale_number;
    if (api_is_out(realm))
        return number % 2 ? ANSWER_DROPPED : ANSWER_REFUSED;
    if (luck_strikes(luck, site->index, FAMILY_RETRY_AFTER, number | API_SCALE)) {
        call->wait_ms = api_wait_ms(realm, site->index, number);
        return ANSWER_BUSY;
    }
    if (luck_strikes(luck, site->index, FAMILY_LOST, number))
        return ANSWER_LOST;
    if (luck_strikes(luck, site->index, FAMILY_DROPPED, number))
        return ANSWER_DROPPED;
    return luck_strikes(luck, site->index, FAMILY_REFUSED, number) ? ANSWER_REFUSED : ANSWER_OK;
}

static void check_key(struct realm *realm, const struct site *site, const char *text)
{
    uint64_t key = strtoull(strchr(text, '-') + 1, NULL, 16);
    witness_demand(&realm->witness, key > realm->last_key, LAW_UNIQUE_KEY, site->index,
                   (int64_t)key, (int64_t)realm->last_key);
    realm->last_key = key;
}

/* Was it asked for by hand? Then it is what was asked for. */
static bool take_asked(struct realm *realm, struct site *site, int32_t delta)
{
    int32_t asked = site->asked_by_hand;
    site->asked_by_hand = 0;
    witness_demand(&realm->witness, asked == 0 || asked == delta, LAW_NO_SEND, site->index, delta,
                   asked);
    return asked != 0;
}

static void check_quiet(struct realm *realm, const struct site *site)
{
    int64_t now_ms = realm_now_ms(realm);
    witness_demand(&realm->witness, now_ms >= site->book.quiet_ms, LAW_RETRY_AFTER, site->index,
                   now_ms, site->book.quiet_ms);
}

/*
 * A reserve fades for a day. At a target of nothing a full fleet is right by the formula, demand may hide. An API that
 * gives back hosts that serve while others boot makes demand itself go up and down. In small steps a reserve takes
 * longer than anybody waits here.
 */
static void check_calm(struct realm *realm, const struct site *site, int32_t delta)
{
    const struct book *book = &site->book;
    if (realm->phase != PHASE_CALM || site->is_too_slow)
        return;
    bool is_fading = delta < 0;
    bool is_hiding = book->told.free_servers == 0 || site->plan->is_rude ||
                     book->policy->max_step_up.kind != STEP_UNLIMITED;
    witness_demand(&realm->witness, book_expects(book) && (is_fading || is_hiding), LAW_CALM,
                   site->index, delta, 0);
}

static void check_start(struct realm *realm, struct site *site, int32_t delta, bool is_manual)
{
    struct breach breach = book_send(&site->book, &realm->around, delta, is_manual);
    witness_check(&realm->witness, breach, site->index);
    if (is_manual)
        return;
    check_quiet(realm, site);
    check_calm(realm, site, delta);
}

static void count(struct realm *realm, struct site *site, int32_t delta, bool is_manual)
{
    realm->scales++;
    site->scale_number++;
    site->trace = random_mix(site->trace ^ (uint64_t)realm_now_ms(realm) ^ (uint64_t)delta << 48);
    witness_note(&realm->witness, site->index, RECORD_SCALE, delta, is_manual, 0);
}

void scales_start(struct realm *realm, struct site *site, const struct effect *effect)
{
    struct call call = { .kind = EFFECT_SCALE,
                         .site = site->index,
                         .slot = effect->slot,
                         .delta = effect->delta,
                         .wait_ms = RETRY_AFTER_NONE };
    check_key(realm, site, effect->key);
    bool is_manual = take_asked(realm, site, effect->delta);
    check_start(realm, site, effect->delta, is_manual);
    count(realm, site, effect->delta, is_manual);
    call.answer = draw_answer(realm, site, &call);
    int64_t delay_ms = api_delay_ms(realm, site->index, call.answer, site->scale_number | API_SCALE,
                                    realm->plan->scale_ms);
    mail_send(&realm->mail, &call, realm_now_ms(realm), delay_ms);
}

/* --- carrying out ----------------------------------------------------------------------------------- */

/* Only a part is done of what was asked. */
static int32_t shorten(struct realm *realm, struct site *site, int32_t hosts)
{
    uint64_t number = site->scale_number;
    if (!luck_strikes(&realm->luck, site->index, FAMILY_SHORT, number))
        return hosts;
    int32_t done =
        (int32_t)luck_below(&realm->luck, site->index, FAMILY_SHORT, number, (int64_t)hosts + 1);
    realm_shake(realm, site, (int64_t)hosts - done);
    return done;
}

/* What never comes is taken for what was given back meanwhile, when there is such: see cancel_out in ledger.c. */
static int32_t lose_some(struct realm *realm, struct site *site, int32_t hosts)
{
    uint64_t number = site->scale_number;
    if (!luck_strikes(&realm->luck, site->index, FAMILY_NEVER_COME, number))
        return hosts;
    int32_t never = (int32_t)luck_below(&realm->luck, site->index, FAMILY_NEVER_COME, number,
                                        (int64_t)hosts + 1);
    site->truth.never += never;
    realm_shake(realm, site, never);
    return hosts - never;
}

static int64_t draw_boot_ms(struct realm *realm, struct site *site, int32_t hosts)
{
    const struct plan_site *plan = site->plan;
    struct luck *luck = &realm->luck;
    uint64_t number = site->scale_number;
    if (!luck_strikes(luck, site->index, FAMILY_SLOW_BOOT, number))
        return plan->boot_ms_low + luck_below(luck, site->index, FAMILY_SLOW_BOOT, number,
                                              plan->boot_ms_high - plan->boot_ms_low + 1);
    int64_t boot_ms = BOOT_TIMEOUT_MS +
                      luck_below(luck, site->index, FAMILY_SLOW_BOOT, ~number, 2 * BOOT_TIMEOUT_MS);
    book_shake(&site->book, realm_now_ms(realm) + boot_ms, hosts);
    return boot_ms;
}

static void grow(struct realm *realm, struct site *site, int32_t hosts)
{
    hosts = shorten(realm, site, hosts);
    hosts = lose_some(realm, site, hosts);
    int64_t boot_ms = draw_boot_ms(realm, site, hosts);
    truth_order(&site->truth, hosts, realm_now_ms(realm) + boot_ms);
}

static void shrink(struct realm *realm, struct site *site, int32_t hosts)
{
    int64_t now_ms = realm_now_ms(realm);
    hosts = shorten(realm, site, hosts);
    bool is_draining = luck_strikes(&realm->luck, site->index, FAMILY_DRAINS, site->scale_number);
    int32_t boots = site->truth.boots.hosts;
    truth_remove(&site->truth, hosts, now_ms, now_ms + (is_draining ? site->plan->drain_ms : 0));
    /* Nobody is told that orders were cancelled: later arrivals stand for them, and one falls back too late for that. */
    if (luck_has(&realm->luck, FAMILY_STALE))
        realm_shake(realm, site, (int64_t)boots - site->truth.boots.hosts);
}

/* What has not shown itself when a learned time is over is asked for again: a replica that lags can hide it. */
static bool may_be_given_up(const struct realm *realm, const struct site *site)
{
    return site->book.policy->confirm_timeout_ms == CONFIRM_AUTO &&
           (luck_has(&realm->luck, FAMILY_STALE) || luck_has(&realm->luck, FAMILY_SWAP));
}

/*
 * When a replica that lags told of more hosts and more are ordered, or of less and some are given back, the next status
 * shows both moves in one, and neither.
 */
static void hide_moves(struct realm *realm, struct site *site, int32_t delta)
{
    int64_t off = (int64_t)site->book.told.current_hosts - realm_status(realm, site).current_hosts;
    if (luck_has(&realm->luck, FAMILY_STALE) && (off > 0) == (delta > 0))
        realm_shake(realm, site, min_i64(llabs(off), llabs(delta)));
}

static void carry_out(struct realm *realm, struct site *site, const struct call *call)
{
    hide_moves(realm, site, call->delta);
    if (call->delta > 0)
        grow(realm, site, call->delta);
    else
        shrink(realm, site, -call->delta);
    if (call->answer == ANSWER_LOST && may_be_given_up(realm, site))
        realm_shake(realm, site, call->delta);
    int32_t owned = truth_owned(&site->truth);
    witness_note(&realm->witness, site->index, RECORD_APPLIED, owned, site->truth.ready,
                 site->book.wanted);
    witness_check(&realm->witness, book_apply(&site->book, owned), site->index);
}

/* --- answering -------------------------------------------------------------------------------------- */

static enum scale_outcome outcome_of(enum answer answer)
{
    if (answer == ANSWER_OK)
        return SCALE_ACCEPTED;
    return answer == ANSWER_REFUSED || answer == ANSWER_BUSY ? SCALE_REFUSED : SCALE_LOST;
}

/* A replica that lags, or a host that dies, moves the number as the scale would have: one status confirms it. */
static bool is_number_shaky(const struct luck *luck)
{
    return luck_has(luck, FAMILY_STALE) || luck_has(luck, FAMILY_SWAP) ||
           luck_has(luck, FAMILY_FOREIGN) || luck_has(luck, FAMILY_DEATHS);
}

void scales_answer(struct realm *realm, const struct call *call)
{
    struct site *site = &realm->sites[call->site];
    struct scale_result result = {
        .outcome = outcome_of(call->answer),
        .retry_after_ms = call->wait_ms,
        .text = "as planned",
    };
    truth_advance(&site->truth, realm_now_ms(realm));
    if (call->answer == ANSWER_DROPPED && is_number_shaky(&realm->luck))
        realm_shake(realm, site, call->delta);
    if (call->answer == ANSWER_OK || call->answer == ANSWER_LOST)
        carry_out(realm, site, call);
    api_hush(realm, site, call);
    book_end(&site->book, realm_now_ms(realm), result.outcome);
    witness_note(&realm->witness, site->index, RECORD_ANSWERED, result.outcome, call->answer, 0);
    machine_scale_done(realm->machine, realm_now(realm), call->slot, &result);
}
