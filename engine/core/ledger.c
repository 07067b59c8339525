#include "engine/core/ledger.h"

#include "engine/base/arith.h"
#include "engine/core/ledger_ops.h"

#include <string.h>

size_t ledger_size_of(size_t entries)
{
    must(entries <= LEDGER_ENTRIES_MAX);
    return offsetof(struct ledger, entries) + entries * sizeof(struct ledger_entry);
}

size_t ledger_size(const struct ledger *ledger)
{
    bool is_whole = ledger->size_class == 0 && ledger->fall.count > 0;
    return is_whole ? sizeof *ledger : ledger_size_of(ledger->count);
}

void ledger_copy(struct ledger *to, const struct ledger *from)
{
    *to = (struct ledger){ 0 };
    memcpy(to, from, ledger_size(from));
    to->size_class = 0;
}

bool ledger_is_same_direction(int32_t a, int32_t b)
{
    return (a > 0) == (b > 0);
}

int32_t entry_lacking(const struct ledger_entry *entry)
{
    return entry->delta - entry->seen;
}

struct ledger_entry *ledger_newest(struct ledger *ledger)
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

void ledger_remove_entry(struct ledger *ledger, size_t index)
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

/* Growth that is owed stays apart from growth that may still come in time. */
static bool is_pair(const struct ledger_entry *a, const struct ledger_entry *b, int64_t part_ms)
{
    return ledger_is_same_direction(a->delta, b->delta) && a->is_unfilled == b->is_unfilled &&
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
            ledger_remove_entry(ledger, from);
            return true;
        }
    }
    return false;
}

/* A pair always exists, unless expired or owed entries remain: then any two of one kind are merged. */
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
        sum += entry_lacking(&ledger->entries[i]);
    return saturate_i32(sum);
}

int32_t ledger_coming_hosts(const struct ledger *ledger)
{
    int64_t sum = 0;
    for (size_t i = 0; ledger && i < ledger->count; i++)
        sum += max_i64(0, entry_lacking(&ledger->entries[i]));
    return saturate_i32(sum);
}

int32_t ledger_leaving_hosts(const struct ledger *ledger)
{
    int64_t sum = 0;
    for (size_t i = 0; ledger && i < ledger->count; i++)
        sum += max_i64(0, -(int64_t)entry_lacking(&ledger->entries[i]));
    return saturate_i32(sum);
}

int32_t ledger_doubtful_hosts(const struct ledger *ledger)
{
    int64_t sum = 0;
    for (size_t i = 0; ledger && i < ledger->count; i++)
        sum += max_i64(0, (int64_t)ledger->entries[i].seen - ledger->entries[i].shown);
    return saturate_i32(sum);
}

int32_t ledger_removed_hosts(const struct ledger *ledger)
{
    int64_t sum = 0;
    for (size_t i = 0; ledger && i < ledger->count; i++)
        sum += max_i64(0, -(int64_t)ledger->entries[i].seen);
    return saturate_i32(sum);
}

int32_t ledger_open_hosts(const struct ledger *ledger)
{
    return ledger_state(ledger) == LEDGER_SETTLED
               ? 0
               : entry_lacking(&ledger->entries[ledger->count - 1]);
}

int32_t ledger_unconfirmed_hosts(const struct ledger *ledger)
{
    return ledger_state(ledger) == LEDGER_UNCONFIRMED ? ledger_open_hosts(ledger) : 0;
}

bool ledger_is_open(const struct ledger *ledger, size_t index)
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
        if (ledger_is_open(ledger, i) || entry->delta > 0)
            continue;
        lacking_hosts -= entry_lacking(entry);
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

bool entry_is_filled(const struct ledger_entry *entry)
{
    return entry->was_seen && entry->has_served;
}

bool ledger_expects_hosts(const struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->count; i++)
        if (ledger->entries[i].delta > 0 && !entry_is_filled(&ledger->entries[i]))
            return true;
    return false;
}

bool ledger_is_idle(const struct ledger *ledger)
{
    const struct order_backoff *backoff = ledger ? &ledger->backoff : NULL;
    return !ledger || (ledger->count == 0 && backoff->lot == 0 && backoff->refusals == 0 &&
                       backoff->limit == 0 && !backoff->is_unproven);
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
    must(ledger->size_class == 0);
    ledger->hidden_hosts = ledger_hidden_hosts(ledger);
    if (ledger->count == LEDGER_ENTRIES_MAX)
        make_room(ledger, timeouts);
    if (delta < 0)
        blur(ledger);
    else
        ledger->backoff.probe = 0;
    ledger->entries[ledger->count++] = (struct ledger_entry){ .delta = delta, .sent = now };
    ledger->state = LEDGER_IN_FLIGHT;
    ledger->has_shown = false;
    ledger->repeats = 0;
}

void ledger_repeat(struct ledger *ledger, struct mono now)
{
    must(ledger->state == LEDGER_UNCONFIRMED);
    struct ledger_entry *entry = ledger_newest(ledger);
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
    ledger_newest(ledger)->sent = ledger->sent_before;
    ledger_lose(ledger);
}

void ledger_leave(struct ledger *ledger, struct mono now)
{
    must(ledger->state == LEDGER_IN_FLIGHT);
    must(ledger->is_recording);
    ledger->is_recording = false;
    ledger_newest(ledger)->sent = now;
}

void ledger_drop(struct ledger *ledger)
{
    must(ledger->state == LEDGER_IN_FLIGHT);
    must(ledger->is_recording);
    ledger->is_recording = false;
    ledger->is_apart = false;
    if (ledger->repeats > 0) {
        ledger_unsend(ledger);
        return;
    }
    ledger_remove_entry(ledger, ledger->count - 1u);
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
    if (ledger->repeats > 0 && ledger_newest(ledger)->seen != 0)
        ledger->state = LEDGER_SETTLED;
    else
        ledger_remove_entry(ledger, ledger->count - 1u);
}

void ledger_lose(struct ledger *ledger)
{
    must(ledger->state == LEDGER_IN_FLIGHT);
    ledger->state = LEDGER_UNCONFIRMED;
    ledger->is_recording = false;
    /* A status may have shown some of its hosts while the response was outstanding. */
    ledger->has_shown = ledger_newest(ledger)->seen != 0;
}

/*
 * Books new hosts on those that have never been seen, oldest first; returns the rest. A fall that may be the lag of a
 * replica confirms no request.
 */
static int32_t book_new(struct ledger *ledger, int32_t hosts)
{
    for (size_t i = 0; i < ledger->count && hosts > 0; i++) {
        struct ledger_entry *entry = &ledger->entries[i];
        if (!ledger->fall.is_certain && ledger_is_open(ledger, i))
            continue;
        int64_t gone = max_i64(0, (int64_t)entry->shown - max_i64(0, entry->seen));
        int32_t part = (int32_t)clamp_i64(entry_lacking(entry) - gone, 0, hosts);
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
        if (!ledger_is_same_direction(entry->delta, move))
            continue;
        int32_t part = move > 0 ? (int32_t)min_i64(move, entry_lacking(entry))
                                : (int32_t)max_i64(move, entry_lacking(entry));
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
        if (ledger_is_same_direction(entry->delta, move))
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
    const struct ledger_entry *entry = ledger_newest(ledger);
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

/*
 * Hosts that come during a fall: not the ones that are gone? A replica that lags shows all of those at once; how many
 * these are is not known when hosts were removed, too.
 */
static bool are_new(const struct ledger *ledger, int32_t hosts)
{
    const struct ledger_fall *fall = &ledger->fall;
    bool is_partial = fall->count > 0 && hosts < fall->from_hosts && !has_removals(ledger);
    return fall->is_certain || is_partial;
}

void ledger_observe(struct ledger *ledger, int32_t before, int32_t after, struct mono now,
                    struct ledger_movement *ret_movement)
{
    *ret_movement = (struct ledger_movement){ 0 };
    if (!ledger || ledger->count == 0) {
        ret_movement->foreign_hosts = after - before;
        return;
    }
    must(ledger->size_class == 0);
    note_gone(ledger, (int64_t)before - after);
    int32_t move = after - before;
    if (move > 0 && are_new(ledger, after))
        move = book_new(ledger, move);
    if (move < 0 && ledger->fall.count == 0)
        ledger->fall.from_hosts = before;
    int32_t left = book(ledger, move);
    if (after < before && left != after - before)
        ledger->left_at = now;
    ret_movement->foreign_hosts = take_back(ledger, left);
    for (size_t i = 0; i < ledger->count; i++)
        ledger->entries[i].was_seen |= entry_lacking(&ledger->entries[i]) == 0;
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
                            bool are_all_serving, struct mono now)
{
    bool have_come = servers_after > servers_before;
    bool is_news = false;
    for (size_t i = 0; ledger && i < ledger->count; i++) {
        struct ledger_entry *entry = &ledger->entries[i];
        /* When no host lacks its servers, those of the entry have them; a removal may have hidden their rise. */
        bool serves = have_come || (entry->was_seen && are_all_serving);
        if (entry->seen <= 0 || !serves)
            continue;
        is_news |= !entry->has_served;
        entry->has_served = true;
        entry->is_unfilled &= !entry_is_filled(entry);
        ledger->served_at = now;
    }
    return is_news;
}
