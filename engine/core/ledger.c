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
            entries[into].shown = saturate_i32((int64_t)entries[into].shown + entries[from].shown);
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

int32_t ledger_hidden_hosts(const struct ledger *ledger)
{
    return ledger ? (int32_t)min_i64(ledger->hidden_hosts, ledger_leaving_hosts(ledger)) : 0;
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

int32_t ledger_unserved_hosts(const struct ledger *ledger)
{
    int64_t sum = 0;
    for (size_t i = 0; ledger && i < ledger->count; i++)
        if (ledger->entries[i].delta > 0 && !ledger->entries[i].is_unfilled)
            sum += max_i64(0, (int64_t)ledger->entries[i].seen - ledger->entries[i].done);
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
    ledger->hidden_hosts = ledger_hidden_hosts(ledger);
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

/* Books new hosts on those that have never been seen, oldest first; returns the rest. */
static int32_t book_new(struct ledger *ledger, int32_t hosts)
{
    for (size_t i = 0; i < ledger->count && hosts > 0; i++) {
        struct ledger_entry *entry = &ledger->entries[i];
        int64_t gone = max_i64(0, (int64_t)entry->shown - max_i64(0, entry->seen));
        int32_t part = (int32_t)clamp_i64(lacking(entry) - gone, 0, hosts);
        if (part == 0)
            continue;
        entry->seen += part;
        entry->shown += gone > 0 ? part : 0;
        entry->has_served = false;
        hosts -= part;
    }
    return hosts;
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
    int32_t move = after - before;
    if (move > 0 && ledger->fall.is_certain)
        move = book_new(ledger, move);
    int32_t left = book(ledger, move);
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

static void net(struct ledger_entry *entry, struct ledger_entry *gone)
{
    int32_t part = gone->delta > 0 ? (int32_t)min_i64(lacking(gone), -(int64_t)lacking(entry))
                                   : (int32_t)max_i64(lacking(gone), -(int64_t)lacking(entry));
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

/* Nets an entry that is gone against outstanding entries of the other direction: their hosts never appear. */
static void cancel_out(struct ledger *ledger, struct ledger_entry *gone, int64_t boot_timeout_ms)
{
    for (size_t i = 0; i < ledger->count && lacking(gone) != 0;) {
        struct ledger_entry *entry = &ledger->entries[i];
        bool is_other = !is_open(ledger, i) && !is_same_direction(entry->delta, gone->delta);
        const struct ledger_entry *removal = gone->delta < 0 ? gone : entry;
        const struct ledger_entry *growth = gone->delta < 0 ? entry : gone;
        if (is_other && may_cancel(removal, growth, gone, boot_timeout_ms))
            net(entry, gone);
        if (entry->delta == 0)
            remove_entry(ledger, i);
        else
            i++;
    }
}

/* Growth does not end the drain of an earlier removal: its hosts may have come while others left, unseen. */
static void hide(struct ledger *ledger, struct ledger_entry *growth)
{
    int64_t leaving = 0;
    for (size_t i = 0; i < ledger->count; i++)
        if (ledger->entries[i].delta < 0 && !is_open(ledger, i))
            leaving -= lacking(&ledger->entries[i]);
    int64_t staying = leaving - ledger_hidden_hosts(ledger);
    int32_t part = (int32_t)clamp_i64(staying, 0, lacking(growth));
    growth->delta -= part;
    ledger->hidden_hosts = ledger_hidden_hosts(ledger) + part;
}

/* Hosts of the removal that may have left unseen are not missing. */
static void forgive(struct ledger *ledger, struct ledger_entry *removal)
{
    int32_t part = (int32_t)min_i64(ledger->hidden_hosts, -(int64_t)lacking(removal));
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

static bool is_past(const struct ledger *ledger, size_t index, struct mono now,
                    const struct ledger_timeouts *timeouts)
{
    const struct ledger_entry *entry = &ledger->entries[index];
    return now.ms - kept_since(ledger, entry).ms >= accepted_ms(ledger, entry, timeouts);
}

bool ledger_is_hidden(const struct ledger *ledger, struct mono now,
                      const struct ledger_timeouts *timeouts)
{
    for (size_t i = 0; ledger && i < ledger->count; i++)
        if (is_past(ledger, i, now, timeouts) && is_entangled(ledger, i))
            return true;
    return false;
}

void ledger_give_up(struct ledger *ledger, struct mono now, const struct ledger_timeouts *timeouts,
                    struct ledger_expiry *ret_expiry)
{
    must(ledger->state == LEDGER_UNCONFIRMED);
    struct ledger_entry gone = *newest(ledger);
    *ret_expiry = expiry_of(&gone, now);
    remove_entry(ledger, ledger->count - 1u);
    for (size_t i = 0; i < ledger->count && lacking(&gone) != 0;) {
        struct ledger_entry *entry = &ledger->entries[i];
        if (is_past(ledger, i, now, timeouts) && !is_same_direction(entry->delta, gone.delta))
            net(entry, &gone);
        if (entry->delta == 0)
            remove_entry(ledger, i);
        else
            i++;
    }
    if (gone.delta > 0 && ledger->left_at.ms >= gone.sent.ms)
        hide(ledger, &gone);
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
    bool is_coming = is_partial(entry) && now.ms - ledger->served_at.ms < timeouts->boot_ms;
    return !is_open(ledger, index) && is_past(ledger, index, now, timeouts) && !is_coming &&
           !is_entangled(ledger, index);
}

/* Once: removals that its hosts may have cancelled are netted. Then it stays, unless nothing of it is left. */
static bool keep_owed(struct ledger *ledger, size_t index, int64_t boot_timeout_ms)
{
    struct ledger_entry entry = ledger->entries[index];
    if (entry.is_unfilled)
        return true;
    remove_entry(ledger, index);
    settle_gone(ledger, &entry, boot_timeout_ms);
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
            i = keep_owed(ledger, i, timeouts->boot_ms) ? i + 1 : 0;
            continue;
        }
        *ret_expiry = expiry_of(&entry, now);
        remove_entry(ledger, i);
        settle_gone(ledger, &entry, timeouts->boot_ms);
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
    int32_t dark = entry->has_served ? 0 : (int32_t)min_i64(hosts - absent, entry->seen);
    entry->was_seen |= lacking(entry) == absent;
    entry->is_unfilled = lacking(entry) > absent || !entry->has_served;
    entry->delta -= absent + dark;
    entry->seen -= dark;
    entry->shown = (int32_t)clamp_i64(entry->delta, 0, entry->shown);
    if (entry->delta == 0)
        remove_entry(ledger, index);
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
        remove_entry(ledger, index);
}
