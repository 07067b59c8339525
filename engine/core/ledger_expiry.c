/*
 * The end of entries: confirmed, given up, or expired, and what of them is netted with entries of the other direction.
 */
#include "engine/core/ledger.h"

#include "engine/base/arith.h"
#include "engine/core/ledger_ops.h"

int64_t ledger_confirm_wait_ms(const struct ledger *ledger, const struct ledger_timeouts *timeouts)
{
    must(ledger->count > 0);
    const struct ledger_entry *entry = &ledger->entries[ledger->count - 1];
    int64_t first_ms =
        entry->delta < 0 ? max_i64(timeouts->boot_ms, timeouts->confirm_ms) : timeouts->confirm_ms;
    return first_ms << min_i64(ledger->repeats, LEDGER_WAIT_DOUBLINGS);
}

/* A removal is over when its hosts are neither counted nor have sessions. */
static int64_t accepted_ms(const struct ledger *ledger, const struct ledger_entry *entry,
                           const struct ledger_timeouts *timeouts)
{
    bool is_leaving =
        entry_lacking(entry) < 0 || (entry->delta < 0 && drain_is_going_on(&ledger->drain));
    return is_leaving ? timeouts->drain_ms : timeouts->boot_ms;
}

/* Hosts that have left may be counted once more, by a replica that lags: not only shortly after they were removed. */
static struct mono kept_since(const struct ledger *ledger, const struct ledger_entry *entry)
{
    bool has_left = entry->delta < 0 && entry_lacking(entry) == 0;
    return (struct mono){ has_left ? max_i64(entry->sent.ms, ledger->left_at.ms) : entry->sent.ms };
}

struct mono ledger_deadline(const struct ledger *ledger, size_t index,
                            const struct ledger_timeouts *timeouts)
{
    const struct ledger_entry *entry = &ledger->entries[index];
    if (entry->is_unfilled)
        return ledger->backoff.retry_at;
    if (!ledger_is_open(ledger, index))
        return mono_after(kept_since(ledger, entry), accepted_ms(ledger, entry, timeouts));
    if (ledger->state == LEDGER_IN_FLIGHT || ledger->has_shown)
        return MONO_NEVER;
    return mono_after(entry->sent, ledger_confirm_wait_ms(ledger, timeouts));
}

int32_t ledger_overdue_delta(const struct ledger *ledger, struct mono now,
                             const struct ledger_timeouts *timeouts)
{
    if (ledger_state(ledger) != LEDGER_UNCONFIRMED)
        return 0;
    size_t index = ledger->count - 1u;
    struct mono due = ledger_deadline(ledger, index, timeouts);
    return now.ms < due.ms ? 0 : ledger->entries[index].delta;
}

static void net(struct ledger_entry *entry, struct ledger_entry *gone)
{
    int32_t part = gone->delta > 0
                       ? (int32_t)min_i64(entry_lacking(gone), -(int64_t)entry_lacking(entry))
                       : (int32_t)max_i64(entry_lacking(gone), -(int64_t)entry_lacking(entry));
    gone->delta -= part;
    entry->delta += part;
    entry->shown = (int32_t)clamp_i64(entry->delta, 0, entry->shown);
    entry->is_unclear = true;
}

/*
 * May the outstanding hosts of the removal be those of the growth? It may have taken hosts that were ordered before it.
 * Hosts of growth that followed within boot_timeout may have been booked on these.
 */
static bool may_cancel(const struct ledger_entry *removal, const struct ledger_entry *growth,
                       const struct ledger_entry *gone, int64_t boot_timeout_ms)
{
    int64_t later_ms = growth->sent.ms - removal->sent.ms;
    return later_ms <= 0 || (gone == removal && later_ms < boot_timeout_ms);
}

/* Returns the index of the entry after the one at `index`, which is removed when nothing of it is left. */
static size_t drop_if_empty(struct ledger *ledger, size_t index)
{
    if (ledger->entries[index].delta != 0)
        return index + 1;
    ledger_remove_entry(ledger, index);
    return index;
}

/* Nets an entry that is gone against outstanding entries of the other direction: their hosts never appear. */
static void cancel_out(struct ledger *ledger, struct ledger_entry *gone, int64_t boot_timeout_ms)
{
    for (size_t i = 0; i < ledger->count && entry_lacking(gone) != 0;) {
        struct ledger_entry *entry = &ledger->entries[i];
        bool is_other =
            !ledger_is_open(ledger, i) && !ledger_is_same_direction(entry->delta, gone->delta);
        const struct ledger_entry *removal = gone->delta < 0 ? gone : entry;
        const struct ledger_entry *growth = gone->delta < 0 ? entry : gone;
        if (is_other && may_cancel(removal, growth, gone, boot_timeout_ms))
            net(entry, gone);
        i = drop_if_empty(ledger, i);
    }
}

/* Growth does not end the drain of an earlier removal: its hosts may have come while others left, unseen. */
static void hide(struct ledger *ledger, struct ledger_entry *growth)
{
    int64_t leaving = 0;
    for (size_t i = 0; i < ledger->count; i++)
        if (ledger->entries[i].delta < 0 && !ledger_is_open(ledger, i))
            leaving -= entry_lacking(&ledger->entries[i]);
    int64_t staying = leaving - ledger_hidden_hosts(ledger);
    int32_t part = (int32_t)clamp_i64(staying, 0, entry_lacking(growth));
    growth->delta -= part;
    ledger->hidden_hosts = ledger_hidden_hosts(ledger) + part;
}

/* Hosts of the removal that may have left unseen are not missing. */
static void forgive(struct ledger *ledger, struct ledger_entry *removal)
{
    int32_t part = (int32_t)min_i64(ledger->hidden_hosts, -(int64_t)entry_lacking(removal));
    removal->delta += part;
    ledger->hidden_hosts -= part;
}

/* An entry that is gone: what remains of it is undelivered. */
static void settle_gone(struct ledger *ledger, struct ledger_entry *gone, int64_t boot_timeout_ms)
{
    if (gone->delta < 0)
        forgive(ledger, gone);
    cancel_out(ledger, gone, boot_timeout_ms);
    if (gone->delta > 0)
        hide(ledger, gone);
}

/*
 * The outstanding hosts of an entry may cancel those of the open request of the other direction. The entry does not
 * expire before the outcome of that request is known.
 */
static bool is_entangled(const struct ledger *ledger, size_t index)
{
    if (ledger->state == LEDGER_SETTLED || ledger_is_open(ledger, index))
        return false;
    const struct ledger_entry *open = &ledger->entries[ledger->count - 1];
    const struct ledger_entry *entry = &ledger->entries[index];
    return entry_lacking(entry) != 0 && entry_lacking(open) != 0 &&
           !ledger_is_same_direction(entry->delta, open->delta);
}

static struct ledger_expiry expiry_of(const struct ledger_entry *entry, struct mono now)
{
    return (struct ledger_expiry){ entry->delta, entry->seen, entry->is_assumed,
                                   now.ms - entry->sent.ms };
}

static bool is_past(const struct ledger *ledger, size_t index, struct mono now,
                    const struct ledger_timeouts *timeouts)
{
    const struct ledger_entry *entry = &ledger->entries[index];
    return now.ms - kept_since(ledger, entry).ms >= accepted_ms(ledger, entry, timeouts);
}

bool ledger_may_drain(const struct ledger *ledger, struct mono now,
                      const struct ledger_timeouts *timeouts)
{
    if (!ledger || !ledger->drain.is_open)
        return false;
    for (size_t i = 0; i < ledger->count; i++)
        if (ledger->entries[i].delta < 0 &&
            now.ms - ledger->entries[i].sent.ms < timeouts->drain_ms)
            return true;
    return false;
}

/* Hosts have left since the growth of unknown outcome was sent, fewer than were removed: its hosts may have come. */
static bool may_have_come_unseen(const struct ledger *ledger)
{
    if (ledger_state(ledger) != LEDGER_UNCONFIRMED)
        return false;
    const struct ledger_entry *open = &ledger->entries[ledger->count - 1];
    int64_t sent_ms =
        ledger->repeats > 0 ? min_i64(ledger->sent_before.ms, open->sent.ms) : open->sent.ms;
    return entry_lacking(open) > 0 && ledger->left_at.ms >= sent_ms &&
           ledger_leaving_hosts(ledger) > ledger_hidden_hosts(ledger);
}

bool ledger_is_hidden(const struct ledger *ledger, struct mono now,
                      const struct ledger_timeouts *timeouts)
{
    if (may_have_come_unseen(ledger))
        return true;
    for (size_t i = 0; ledger && i < ledger->count; i++)
        if (is_past(ledger, i, now, timeouts) && is_entangled(ledger, i))
            return true;
    return false;
}

void ledger_give_up(struct ledger *ledger, struct mono now, const struct ledger_timeouts *timeouts,
                    struct ledger_expiry *ret_expiry)
{
    must(ledger->state == LEDGER_UNCONFIRMED);
    struct ledger_entry gone = *ledger_newest(ledger);
    *ret_expiry = expiry_of(&gone, now);
    ledger_remove_entry(ledger, ledger->count - 1u);
    for (size_t i = 0; i < ledger->count && entry_lacking(&gone) != 0;) {
        struct ledger_entry *entry = &ledger->entries[i];
        if (is_past(ledger, i, now, timeouts) &&
            !ledger_is_same_direction(entry->delta, gone.delta))
            net(entry, &gone);
        i = drop_if_empty(ledger, i);
    }
    if (gone.delta > 0 && ledger->left_at.ms >= gone.sent.ms)
        hide(ledger, &gone);
}

void ledger_assume(struct ledger *ledger, struct mono now, struct ledger_expiry *ret_expiry)
{
    must(ledger->state == LEDGER_UNCONFIRMED);
    ledger_newest(ledger)->is_assumed = true;
    *ret_expiry = expiry_of(ledger_newest(ledger), now);
    ledger->state = LEDGER_SETTLED;
}

/* Entries stay in the order in which they were sent. */
static void insert_entry(struct ledger *ledger, const struct ledger_entry *entry)
{
    size_t index = ledger->count++;
    must(index < LEDGER_ENTRIES_MAX);
    for (; index > 0 && ledger->entries[index - 1].sent.ms >= entry->sent.ms; index--)
        ledger->entries[index] = ledger->entries[index - 1];
    ledger->entries[index] = *entry;
}

/* Growth of which some hosts serve and others have not come. */
static bool is_partial(const struct ledger_entry *entry)
{
    return entry->delta > 0 && !entry->was_seen && entry->seen > 0 && entry->has_served;
}

/* Growth that brought no host that serves; during a back-off also the rest of growth that did. */
static bool is_owed(const struct ledger *ledger, const struct ledger_entry *entry, struct mono now,
                    int64_t boot_timeout_ms)
{
    if (entry->delta < 0 || entry_is_filled(entry) ||
        now.ms - entry->sent.ms >= OWED_TIMEOUTS_MAX * boot_timeout_ms)
        return false;
    return ledger->backoff.lot > 0 || !is_partial(entry);
}

/*
 * Hosts of it are gone, and the statuses do not agree yet. A part that was ordered again now would come in the place of
 * the others, and would be waited for in vain.
 */
static bool is_falling(const struct ledger *ledger, const struct ledger_entry *entry)
{
    return ledger->fall.count > 0 && entry->shown > max_i64(0, entry->seen);
}

/* Not before its timeout; growth that comes in parts, not before another one after the last part. */
static bool is_over(const struct ledger *ledger, size_t index, struct mono now,
                    const struct ledger_timeouts *timeouts)
{
    const struct ledger_entry *entry = &ledger->entries[index];
    bool is_coming = is_partial(entry) && now.ms - ledger->served_at.ms < timeouts->boot_ms;
    return !ledger_is_open(ledger, index) && is_past(ledger, index, now, timeouts) && !is_coming &&
           !is_falling(ledger, entry) && !is_entangled(ledger, index);
}

/* Once: removals that its hosts may have cancelled are netted. Then it stays, unless nothing of it is left. */
static bool keep_owed(struct ledger *ledger, size_t index, int64_t boot_timeout_ms)
{
    struct ledger_entry entry = ledger->entries[index];
    if (entry.is_unfilled)
        return true;
    ledger_remove_entry(ledger, index);
    settle_gone(ledger, &entry, boot_timeout_ms);
    entry.is_unfilled = true;
    if (entry.delta > 0)
        insert_entry(ledger, &entry);
    return false;
}

bool ledger_expire(struct ledger *ledger, struct mono now, const struct ledger_timeouts *timeouts,
                   struct ledger_expiry *ret_expiry)
{
    must(!ledger || ledger->size_class == 0);
    for (size_t i = 0; ledger && i < ledger->count;) {
        struct ledger_entry entry = ledger->entries[i];
        if (!is_over(ledger, i, now, timeouts)) {
            i++;
            continue;
        }
        if (is_owed(ledger, &entry, now, timeouts->boot_ms)) {
            i = keep_owed(ledger, i, timeouts->boot_ms) ? i + 1 : 0;
            continue;
        }
        *ret_expiry = expiry_of(&entry, now);
        ledger_remove_entry(ledger, i);
        settle_gone(ledger, &entry, timeouts->boot_ms);
        ret_expiry->delta = entry.delta;
        if (entry_lacking(&entry) != 0)
            return true;
        i = 0;
    }
    return false;
}

int32_t ledger_write_off(struct ledger *ledger, size_t index, int32_t hosts)
{
    must(index < ledger->count);
    struct ledger_entry *entry = &ledger->entries[index];
    must(entry->is_unfilled);
    /* First those that have not come. */
    int32_t absent = (int32_t)min_i64(hosts, entry_lacking(entry));
    int32_t dark = entry->has_served ? 0 : (int32_t)min_i64(hosts - absent, entry->seen);
    entry->was_seen |= entry_lacking(entry) == absent;
    entry->is_unfilled = entry_lacking(entry) > absent || !entry->has_served;
    entry->delta -= absent + dark;
    entry->seen -= dark;
    entry->shown = (int32_t)clamp_i64(entry->delta, 0, entry->shown);
    if (entry->delta == 0)
        ledger_remove_entry(ledger, index);
    return absent + dark;
}

void ledger_forget_gone(struct ledger *ledger, size_t index, int32_t hosts)
{
    must(index < ledger->count);
    struct ledger_entry *entry = &ledger->entries[index];
    must(hosts <= entry->shown - entry->seen);
    entry->delta -= hosts;
    entry->shown -= hosts;
    entry->done = (int32_t)min_i64(entry->done, entry->delta);
    entry->is_unclear = true;
    if (entry->delta == 0)
        ledger_remove_entry(ledger, index);
}
