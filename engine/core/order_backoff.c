#include "engine/core/order_backoff.h"

#include "engine/base/arith.h"

struct unfilled order_backoff_unfilled(const struct ledger *ledger)
{
    int64_t absent_hosts = 0;
    int64_t dark_hosts = 0;
    for (size_t i = 0; ledger && i < ledger->count; i++) {
        const struct ledger_entry *entry = &ledger->entries[i];
        if (!entry->is_unfilled)
            continue;
        absent_hosts += (int64_t)entry->delta - entry->seen;
        dark_hosts += entry->has_served ? 0 : entry->seen;
    }
    return (struct unfilled){ saturate_i32(absent_hosts), saturate_i32(dark_hosts) };
}

static bool has_refusals(const struct order_backoff *backoff)
{
    return backoff->refusals > 0 || backoff->limit > 0;
}

bool order_backoff_is_active(const struct ledger *ledger)
{
    return ledger && (ledger->backoff.lot > 0 || ledger->backoff.is_unproven ||
                      has_refusals(&ledger->backoff));
}

bool order_backoff_is_unproven(const struct ledger *ledger)
{
    return ledger && ledger->backoff.is_unproven;
}

bool order_backoff_is_proving(const struct ledger *ledger)
{
    return order_backoff_is_unproven(ledger) && ledger_expects_hosts(ledger);
}

int64_t order_backoff_retry_left_ms(const struct ledger *ledger, struct mono now)
{
    return ledger && ledger->backoff.lot > 0 ? max_i64(1, ledger->backoff.retry_at.ms - now.ms) : 0;
}

int64_t order_backoff_hold_left_ms(const struct ledger *ledger, struct mono now)
{
    return ledger && ledger->backoff.refusals > 0
               ? max_i64(0, ledger->backoff.hold_until.ms - now.ms)
               : 0;
}

int32_t order_backoff_probe(const struct ledger *ledger)
{
    return ledger ? ledger->backoff.probe : 0;
}

int32_t order_backoff_limit(const struct ledger *ledger)
{
    return ledger ? ledger->backoff.limit : 0;
}

void order_backoff_note_served(struct ledger *ledger, struct mono now, int64_t boot_timeout_ms)
{
    struct order_backoff *backoff = &ledger->backoff;
    backoff->is_unproven = false;
    if (backoff->lot == 0)
        return;
    backoff->fruitless = 0;
    backoff->probe = 0;
    backoff->lot = saturate_i32((int64_t)backoff->lot * BACKOFF_LOT_GROWTH);
    backoff->retry_at = mono_after(now, boot_timeout_ms);
}

/* The oldest unfilled entry; ledger->count: there is none. */
static size_t oldest_unfilled(const struct ledger *ledger)
{
    size_t i = 0;
    while (i < ledger->count && !ledger->entries[i].is_unfilled)
        i++;
    return i;
}

int64_t order_backoff_unchanged_ms(const struct ledger *ledger, struct mono now)
{
    size_t index = ledger ? oldest_unfilled(ledger) : 0;
    if (!ledger || index == ledger->count)
        return 0;
    struct mono sent = ledger->entries[index].sent;
    return ledger->changed_at.ms <= sent.ms ? now.ms - sent.ms : 0;
}

static void begin(struct ledger *ledger, size_t index, int64_t boot_timeout_ms)
{
    ledger->backoff.retry_at =
        mono_after(ledger->entries[index].sent, BACKOFF_TIMEOUTS_FIRST * boot_timeout_ms);
    ledger->backoff.fruitless = 0;
    ledger->backoff.lot = 1;
}

/* The next wait is twice as long. */
static void wait_longer(struct order_backoff *backoff, struct mono now, int64_t boot_timeout_ms)
{
    int64_t timeouts = BACKOFF_TIMEOUTS_FIRST;
    backoff->fruitless = (uint8_t)min_i64(backoff->fruitless + 1, UINT8_MAX);
    for (int i = 0; i < backoff->fruitless && timeouts < BACKOFF_TIMEOUTS_MAX; i++)
        timeouts *= 2;
    timeouts = min_i64(timeouts, BACKOFF_TIMEOUTS_MAX);
    backoff->retry_at = mono_after(now, timeouts * boot_timeout_ms);
}

static void write_off(struct ledger *ledger, int32_t most, struct mono now,
                      struct ledger_expiry *ret_expiry)
{
    int32_t left = most;
    *ret_expiry = (struct ledger_expiry){ 0 };
    for (size_t i; left > 0 && (i = oldest_unfilled(ledger)) < ledger->count;) {
        int64_t age_ms = now.ms - ledger->entries[i].sent.ms;
        int32_t hosts = ledger_write_off(ledger, i, left);
        ret_expiry->age_ms = max_i64(ret_expiry->age_ms, age_ms);
        ret_expiry->delta += hosts;
        left -= hosts;
    }
}

bool order_backoff_expire(struct ledger *ledger, int64_t excess_hosts, struct mono now,
                          int64_t boot_timeout_ms, struct ledger_expiry *ret_expiry)
{
    if (!ledger)
        return false;
    size_t index = oldest_unfilled(ledger);
    if (ledger->backoff.lot > 0 && !ledger_expects_hosts(ledger))
        ledger->backoff.lot = ledger->backoff.probe = 0;
    if (ledger->backoff.lot == 0 && index < ledger->count)
        begin(ledger, index, boot_timeout_ms);
    if (index == ledger->count || now.ms < ledger->backoff.retry_at.ms)
        return false;
    bool has_served = ledger->backoff.lot > 1 && ledger->backoff.fruitless == 0;
    if (ledger->backoff.fruitless > 0)
        ledger->backoff.lot = 1; /* the last lot brought nothing */
    ledger->backoff.probe = ledger->backoff.lot;
    write_off(ledger, saturate_i32(excess_hosts + ledger->backoff.lot), now, ret_expiry);
    if (!has_served && excess_hosts > 0 && oldest_unfilled(ledger) == ledger->count)
        ledger->backoff.is_unproven = true;
    wait_longer(&ledger->backoff, now, boot_timeout_ms);
    return true;
}

/* Half a pass less than whole passes, so that the pass that is due then is not missed. */
static int64_t hold_ms(const struct order_backoff *backoff, int64_t pass_interval_ms,
                       int64_t boot_timeout_ms)
{
    int64_t wait_ms = pass_interval_ms;
    for (int i = 1; i < backoff->refusals && wait_ms < boot_timeout_ms; i++)
        wait_ms *= 2;
    return min_i64(wait_ms, max_i64(boot_timeout_ms, pass_interval_ms)) - pass_interval_ms / 2;
}

void order_backoff_note_refused(struct ledger *ledger, int32_t hosts, enum refusal refusal,
                                struct mono now, int64_t pass_interval_ms, int64_t boot_timeout_ms)
{
    struct order_backoff *backoff = &ledger->backoff;
    if (refusal == REFUSAL_UNSENT || refusal == REFUSAL_BUSY)
        return;
    backoff->refusals = (uint8_t)min_i64(backoff->refusals + 1, UINT8_MAX);
    backoff->hold_until = mono_after(now, hold_ms(backoff, pass_interval_ms, boot_timeout_ms));
    if (refusal == REFUSAL_SIZE)
        backoff->limit = (int32_t)max_i64(1, hosts / 2);
}

void order_backoff_note_accepted(struct ledger *ledger, int32_t hosts)
{
    struct order_backoff *backoff = &ledger->backoff;
    backoff->refusals = 0;
    backoff->limit = hosts < backoff->limit ? 0 : saturate_i32(2 * (int64_t)backoff->limit);
}

void order_backoff_forget_refusals(struct ledger *ledger)
{
    ledger->backoff.refusals = 0;
    ledger->backoff.limit = 0;
}

void order_backoff_emit_started(const char *id, const char *cause, int64_t hosts, int64_t wait_ms,
                                const struct event_sink *sink)
{
    struct event event;
    event_init(&event, EVENT_ORDER_BACKOFF_STARTED);
    event_add_string(&event, "deployment", id);
    event_add_string(&event, "cause", cause);
    event_add_integer(&event, "hosts", hosts);
    event_add_integer(&event, "wait_ms", wait_ms);
    event_emit(&event, sink);
}

void order_backoff_emit_ended(const char *id, const struct event_sink *sink)
{
    struct event event;
    event_init(&event, EVENT_ORDER_BACKOFF_ENDED);
    event_add_string(&event, "deployment", id);
    event_emit(&event, sink);
}
