#include "engine/core/ledger.h"

#include "engine/base/arith.h"

static bool is_same_direction(int32_t a, int32_t b)
{
    return (a > 0) == (b > 0);
}

static int32_t lacking(const struct ledger_entry *entry)
{
    return entry->delta - entry->seen;
}

static struct ledger_entry *newest(struct ledger *ledger)
{
    must(ledger->count > 0);
    return &ledger->entries[ledger->count - 1];
}

static bool has_removals(const struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->count; i++)
        if (ledger->entries[i].delta < 0)
            return true;
    return false;
}

/* The drain ends with the last removal. */
static void remove_entry(struct ledger *ledger, size_t index)
{
    must(index < ledger->count);
    if (index + 1u == ledger->count)
        ledger->state = LEDGER_SETTLED;
    for (size_t i = index; i + 1 < ledger->count; i++)
        ledger->entries[i] = ledger->entries[i + 1];
    ledger->count--;
    if (!has_removals(ledger))
        ledger->drain = (struct drain){ 0 };
}

static int64_t timeout_ms(const struct ledger_entry *entry, const struct ledger_timeouts *timeouts)
{
    return entry->delta < 0 ? timeouts->drain_ms : timeouts->boot_ms;
}

static bool is_pair(const struct ledger_entry *a, const struct ledger_entry *b, int64_t part_ms)
{
    return is_same_direction(a->delta, b->delta) &&
           floor_div(a->sent.ms, part_ms) == floor_div(b->sent.ms, part_ms);
}

/* Merges the oldest pair into its later entry; false: there is no pair. */
static bool merge_pair(struct ledger *ledger, const struct ledger_timeouts *timeouts)
{
    struct ledger_entry *entries = ledger->entries;
    for (size_t from = 0; from < ledger->count; from++) {
        for (size_t into = from + 1; into < ledger->count; into++) {
            int64_t part_ms = timeout_ms(&entries[from], timeouts) / LEDGER_PARTS;
            if (!is_pair(&entries[from], &entries[into], max_i64(1, part_ms)))
                continue;
            entries[into].delta = saturate_i32((int64_t)entries[into].delta + entries[from].delta);
            entries[into].seen = saturate_i32((int64_t)entries[into].seen + entries[from].seen);
            entries[into].done = saturate_i32((int64_t)entries[into].done + entries[from].done);
            entries[into].is_unclear = true;
            entries[into].was_seen &= entries[from].was_seen;
            entries[into].has_served |= entries[from].has_served;
            entries[into].is_unfilled &= entries[from].is_unfilled;
            remove_entry(ledger, from);
            return true;
        }
    }
    return false;
}

/* A pair always exists, unless expired entries remain: then any two of one direction are merged. */
static void make_room(struct ledger *ledger, const struct ledger_timeouts *timeouts)
{
    static const struct ledger_timeouts unlimited = { INT64_MAX, INT64_MAX, INT64_MAX };
    if (merge_pair(ledger, timeouts))
        return;
    bool was_merged = merge_pair(ledger, &unlimited);
    must(was_merged);
}

enum ledger_state ledger_state(const struct ledger *ledger)
{
    if (!ledger)
        return LEDGER_SETTLED;
    return (enum ledger_state)ledger->state;
}

int32_t ledger_pending_hosts(const struct ledger *ledger)
{
    int64_t sum = 0;
    for (size_t i = 0; ledger && i < ledger->count; i++)
        sum += lacking(&ledger->entries[i]);
    return saturate_i32(sum);
}

int32_t ledger_coming_hosts(const struct ledger *ledger)
{
    int64_t sum = 0;
    for (size_t i = 0; ledger && i < ledger->count; i++)
        sum += max_i64(0, lacking(&ledger->entries[i]));
    return saturate_i32(sum);
}

int32_t ledger_leaving_hosts(const struct ledger *ledger)
{
    int64_t sum = 0;
    for (size_t i = 0; ledger && i < ledger->count; i++)
        sum += max_i64(0, -(int64_t)lacking(&ledger->entries[i]));
    return saturate_i32(sum);
}

int32_t ledger_removed_hosts(const struct ledger *ledger)
{
    int64_t sum = 0;
    for (size_t i = 0; ledger && i < ledger->count; i++)
        sum += max_i64(0, -(int64_t)ledger->entries[i].seen);
    return saturate_i32(sum);
}

int32_t ledger_unconfirmed_hosts(const struct ledger *ledger)
{
    return ledger_state(ledger) == LEDGER_UNCONFIRMED ? lacking(&ledger->entries[ledger->count - 1])
                                                      : 0;
}

static bool is_open(const struct ledger *ledger, size_t index)
{
    return ledger->state != LEDGER_SETTLED && index + 1 == ledger->count;
}

int32_t ledger_undrained_hosts(const struct ledger *ledger, struct mono now, int64_t patience_ms)
{
    int64_t lacking_hosts = 0;
    int64_t leaving_hosts = 0;
    for (size_t i = 0; ledger && i < ledger->count; i++) {
        const struct ledger_entry *entry = &ledger->entries[i];
        if (is_open(ledger, i) || entry->delta > 0)
            continue;
        lacking_hosts -= lacking(entry);
        if (now.ms - entry->sent.ms <= patience_ms)
            leaving_hosts += max_i64(0, -(int64_t)entry->delta - entry->done);
    }
    return saturate_i32(max_i64(0, lacking_hosts - leaving_hosts));
}

int32_t ledger_booting_hosts(const struct ledger *ledger)
{
    int64_t sum = 0;
    for (size_t i = 0; ledger && i < ledger->count; i++)
        if (!ledger->entries[i].is_unfilled)
            sum += max_i64(0, ledger->entries[i].seen);
    return saturate_i32(sum);
}

/* All hosts have come, and servers with them. What is lost later is lost. */
static bool is_filled(const struct ledger_entry *entry)
{
    return entry->was_seen && entry->has_served;
}

bool ledger_expects_hosts(const struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->count; i++)
        if (ledger->entries[i].delta > 0 && !is_filled(&ledger->entries[i]))
            return true;
    return false;
}

bool ledger_is_idle(const struct ledger *ledger)
{
    const struct order_backoff *backoff = ledger ? &ledger->backoff : NULL;
    return !ledger || (ledger->count == 0 && backoff->lot == 0 && backoff->refusals == 0 &&
                       backoff->limit == 0);
}

static void blur(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->count; i++)
        ledger->entries[i].is_unclear = true;
}

void ledger_send(struct ledger *ledger, int32_t delta, struct mono now,
                 const struct ledger_timeouts *timeouts)
{
    must(delta != 0);
    must(ledger->state == LEDGER_SETTLED);
    if (ledger->count == LEDGER_ENTRIES_MAX)
        make_room(ledger, timeouts);
    if (delta < 0)
        blur(ledger);
    ledger->entries[ledger->count++] = (struct ledger_entry){ .delta = delta, .sent = now };
    ledger->state = LEDGER_IN_FLIGHT;
    ledger->has_shown = false;
    ledger->repeats = 0;
}

void ledger_repeat(struct ledger *ledger, struct mono now)
{
    must(ledger->state == LEDGER_UNCONFIRMED);
    struct ledger_entry *entry = newest(ledger);
    ledger->sent_before = entry->sent;
    entry->sent = now;
    entry->is_unclear = true; /* which of them brings the hosts is not known */
    ledger->state = LEDGER_IN_FLIGHT;
    ledger->repeats = (uint8_t)min_i64(ledger->repeats + 1, UINT8_MAX);
}

bool ledger_is_repeat(const struct ledger *ledger)
{
    return ledger->state == LEDGER_IN_FLIGHT && ledger->repeats > 0;
}

void ledger_unsend(struct ledger *ledger)
{
    must(ledger_is_repeat(ledger));
    ledger->repeats--;
    newest(ledger)->sent = ledger->sent_before;
    ledger_lose(ledger);
}

void ledger_accept(struct ledger *ledger)
{
    must(ledger->state == LEDGER_IN_FLIGHT);
    ledger->state = LEDGER_SETTLED;
}

void ledger_refuse(struct ledger *ledger)
{
    must(ledger->state == LEDGER_IN_FLIGHT);
    /* A status has shown hosts of the request that this one repeats: that one was applied. */
    if (ledger->repeats > 0 && newest(ledger)->seen != 0)
        ledger->state = LEDGER_SETTLED;
    else
        remove_entry(ledger, ledger->count - 1u);
}

void ledger_lose(struct ledger *ledger)
{
    must(ledger->state == LEDGER_IN_FLIGHT);
    ledger->state = LEDGER_UNCONFIRMED;
    /* A status may have shown some of its hosts while the response was outstanding. */
    ledger->has_shown = newest(ledger)->seen != 0;
}

/* Books a move on entries of its direction, oldest first; returns the rest of the move. */
static int32_t book(struct ledger *ledger, int32_t move)
{
    for (size_t i = 0; i < ledger->count && move != 0; i++) {
        struct ledger_entry *entry = &ledger->entries[i];
        if (!is_same_direction(entry->delta, move))
            continue;
        int32_t part = move > 0 ? (int32_t)min_i64(move, lacking(entry))
                                : (int32_t)max_i64(move, lacking(entry));
        entry->seen += part;
        entry->has_served &= part <= 0;
        move -= part;
    }
    return move;
}

/* Hosts that went count on the newest removals first: the most that each of them may have removed. */
static void note_gone(struct ledger *ledger, int64_t hosts)
{
    for (size_t i = ledger->count; i-- > 0 && hosts > 0;) {
        struct ledger_entry *entry = &ledger->entries[i];
        int64_t part = clamp_i64(-(int64_t)entry->delta - entry->done, 0, hosts);
        entry->done += (int32_t)part;
        hosts -= part;
    }
}

/* Reverses bookings on entries of the other direction, newest first; returns the rest of the move. */
static int32_t take_back(struct ledger *ledger, int32_t move)
{
    for (size_t i = ledger->count; i-- > 0 && move != 0;) {
        struct ledger_entry *entry = &ledger->entries[i];
        if (is_same_direction(entry->delta, move))
            continue;
        int32_t part = move > 0 ? (int32_t)min_i64(move, -(int64_t)entry->seen)
                                : (int32_t)max_i64(move, -(int64_t)entry->seen);
        entry->seen += part;
        move -= part;
    }
    return move;
}

/* Settles an unconfirmed request that two statuses in a row have shown. */
static void confirm(struct ledger *ledger, struct mono now, struct ledger_movement *movement)
{
    const struct ledger_entry *entry = newest(ledger);
    bool had_shown = ledger->has_shown;
    ledger->has_shown = entry->seen != 0;
    if (!had_shown || !ledger->has_shown)
        return;
    ledger->state = LEDGER_SETTLED;
    movement->is_confirmed = true;
    movement->confirmed_delta = entry->delta;
    movement->confirmed_seen = entry->seen;
    movement->confirmed_age_ms = now.ms - entry->sent.ms;
}

void ledger_observe(struct ledger *ledger, int32_t before, int32_t after, struct mono now,
                    struct ledger_movement *ret_movement)
{
    *ret_movement = (struct ledger_movement){ 0 };
    if (!ledger || ledger->count == 0) {
        ret_movement->foreign_hosts = after - before;
        return;
    }
    note_gone(ledger, (int64_t)before - after);
    int32_t left = book(ledger, after - before);
    if (after < before && left != after - before)
        ledger->left_at = now;
    ret_movement->foreign_hosts = take_back(ledger, left);
    for (size_t i = 0; i < ledger->count; i++)
        ledger->entries[i].was_seen |= lacking(&ledger->entries[i]) == 0;
    if (ledger->state == LEDGER_UNCONFIRMED)
        confirm(ledger, now, ret_movement);
}

/* True once: when half of the hosts serve and no other move makes the time unclear. */
static bool is_boot(struct ledger_entry *entry)
{
    if (entry->is_measured || 2 * (int64_t)entry->done < entry->delta)
        return false;
    entry->is_measured = true;
    return !entry->is_unclear;
}

bool ledger_observe_usable(struct ledger *ledger, int32_t usable_before, int32_t usable_after,
                           struct mono now, int64_t *ret_boot_ms)
{
    int64_t risen = (int64_t)usable_after - usable_before;
    bool is_measured = false;
    if (!ledger)
        return false;
    if (risen < 0)
        blur(ledger);
    for (size_t i = 0; i < ledger->count && risen > 0; i++) {
        struct ledger_entry *entry = &ledger->entries[i];
        if (entry->delta < 0)
            continue;
        int64_t part = clamp_i64((int64_t)entry->delta - entry->done, 0, risen);
        entry->done += (int32_t)part;
        risen -= part;
        if (!is_boot(entry))
            continue;
        *ret_boot_ms = now.ms - entry->sent.ms;
        is_measured = true;
    }
    return is_measured;
}

bool ledger_observe_servers(struct ledger *ledger, int32_t servers_before, int32_t servers_after,
                            int64_t missing_hosts, struct mono now)
{
    bool have_come = servers_after > servers_before;
    bool is_news = false;
    for (size_t i = 0; ledger && i < ledger->count; i++) {
        struct ledger_entry *entry = &ledger->entries[i];
        /* When no host lacks its servers, those of the entry have them; a removal may have hidden their rise. */
        bool serves = have_come || (entry->was_seen && missing_hosts <= 0);
        if (entry->seen <= 0 || !serves)
            continue;
        is_news |= !entry->has_served;
        entry->has_served = true;
        entry->is_unfilled &= !is_filled(entry);
        ledger->served_at = now;
    }
    return is_news;
}

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
    bool is_leaving = lacking(entry) < 0 || (entry->delta < 0 && drain_is_going_on(&ledger->drain));
    return is_leaving ? timeouts->drain_ms : timeouts->boot_ms;
}

/* Hosts that have left may be counted once more, by a replica that lags: not only shortly after they were removed. */
static struct mono kept_since(const struct ledger *ledger, const struct ledger_entry *entry)
{
    bool has_left = entry->delta < 0 && lacking(entry) == 0;
    return (struct mono){ has_left ? max_i64(entry->sent.ms, ledger->left_at.ms) : entry->sent.ms };
}

struct mono ledger_deadline(const struct ledger *ledger, size_t index,
                            const struct ledger_timeouts *timeouts)
{
    const struct ledger_entry *entry = &ledger->entries[index];
    if (entry->is_unfilled)
        return ledger->backoff.retry_at;
    if (!is_open(ledger, index))
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

/*
 * Nets an entry that is gone against outstanding entries of the other direction that were sent until then: their hosts
 * never appear.
 */
static void cancel_out(struct ledger *ledger, struct ledger_entry *gone, struct mono until)
{
    for (size_t i = 0; i < ledger->count && lacking(gone) != 0;) {
        struct ledger_entry *entry = &ledger->entries[i];
        if (is_open(ledger, i) || is_same_direction(entry->delta, gone->delta) ||
            entry->sent.ms > until.ms) {
            i++;
            continue;
        }
        int32_t part = gone->delta > 0 ? (int32_t)min_i64(lacking(gone), -(int64_t)lacking(entry))
                                       : (int32_t)max_i64(lacking(gone), -(int64_t)lacking(entry));
        gone->delta -= part;
        entry->delta += part;
        entry->is_unclear = true;
        if (entry->delta == 0)
            remove_entry(ledger, i);
        else
            i++;
    }
}

/*
 * The outstanding hosts of an entry may cancel those of the open request of the other direction. The entry does not
 * expire before the outcome of that request is known.
 */
static bool is_entangled(const struct ledger *ledger, size_t index)
{
    if (ledger->state == LEDGER_SETTLED || is_open(ledger, index))
        return false;
    const struct ledger_entry *open = &ledger->entries[ledger->count - 1];
    const struct ledger_entry *entry = &ledger->entries[index];
    return lacking(entry) != 0 && lacking(open) != 0 &&
           !is_same_direction(entry->delta, open->delta);
}

static struct ledger_expiry expiry_of(const struct ledger_entry *entry, struct mono now)
{
    return (struct ledger_expiry){ entry->delta, entry->seen, entry->is_assumed,
                                   now.ms - entry->sent.ms };
}

bool ledger_is_hidden(const struct ledger *ledger, struct mono now, int64_t boot_timeout_ms)
{
    for (size_t i = 0; ledger && i < ledger->count; i++)
        if (now.ms - ledger->entries[i].sent.ms >= boot_timeout_ms && is_entangled(ledger, i))
            return true;
    return false;
}

void ledger_give_up(struct ledger *ledger, struct mono now, int64_t boot_timeout_ms,
                    struct ledger_expiry *ret_expiry)
{
    must(ledger->state == LEDGER_UNCONFIRMED);
    struct ledger_entry entry = *newest(ledger);
    *ret_expiry = expiry_of(&entry, now);
    remove_entry(ledger, ledger->count - 1u);
    cancel_out(ledger, &entry, mono_after(now, -boot_timeout_ms));
}

void ledger_assume(struct ledger *ledger, struct mono now, struct ledger_expiry *ret_expiry)
{
    must(ledger->state == LEDGER_UNCONFIRMED);
    newest(ledger)->is_assumed = true;
    *ret_expiry = expiry_of(newest(ledger), now);
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
    if (entry->delta < 0 || is_filled(entry) ||
        now.ms - entry->sent.ms >= OWED_TIMEOUTS_MAX * boot_timeout_ms)
        return false;
    return ledger->backoff.lot > 0 || !is_partial(entry);
}

/* Not before its timeout; growth that comes in parts, not before another one after the last part. */
static bool is_over(const struct ledger *ledger, size_t index, struct mono now,
                    const struct ledger_timeouts *timeouts)
{
    const struct ledger_entry *entry = &ledger->entries[index];
    struct mono since = kept_since(ledger, entry);
    if (is_partial(entry))
        since.ms = max_i64(since.ms, ledger->served_at.ms);
    return !is_open(ledger, index) && now.ms - since.ms >= accepted_ms(ledger, entry, timeouts) &&
           !is_entangled(ledger, index);
}

/* Once: removals that its hosts may have cancelled are netted. Then it stays, unless nothing of it is left. */
static bool keep_owed(struct ledger *ledger, size_t index)
{
    struct ledger_entry entry = ledger->entries[index];
    if (entry.is_unfilled)
        return true;
    remove_entry(ledger, index);
    cancel_out(ledger, &entry, MONO_NEVER);
    entry.is_unfilled = true;
    if (entry.delta > 0)
        insert_entry(ledger, &entry);
    return false;
}

bool ledger_expire(struct ledger *ledger, struct mono now, const struct ledger_timeouts *timeouts,
                   struct ledger_expiry *ret_expiry)
{
    for (size_t i = 0; ledger && i < ledger->count;) {
        struct ledger_entry entry = ledger->entries[i];
        if (!is_over(ledger, i, now, timeouts)) {
            i++;
            continue;
        }
        if (is_owed(ledger, &entry, now, timeouts->boot_ms)) {
            i = keep_owed(ledger, i) ? i + 1 : 0;
            continue;
        }
        *ret_expiry = expiry_of(&entry, now);
        remove_entry(ledger, i);
        cancel_out(ledger, &entry, MONO_NEVER);
        ret_expiry->delta = entry.delta;
        if (lacking(&entry) != 0)
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
    int32_t absent = (int32_t)min_i64(hosts, lacking(entry));
    int32_t dark = (int32_t)min_i64(hosts - absent, entry->seen);
    entry->delta -= absent + dark;
    entry->seen -= dark;
    if (entry->delta == 0)
        remove_entry(ledger, index);
    return absent + dark;
}
