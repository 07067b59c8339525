#include "engine/core/losses.h"

#include "engine/base/arith.h"

#include <stdlib.h>

/* Samples from before a fall that a replica may still show. */
struct lag_view {
    const struct loss_context *context;
    uint32_t newest;
    uint32_t oldest;
    int64_t swing; /* the largest step of the busy servers from one of them to the next */
};

/* A request with an open outcome keeps its delta: a repeat has to be equal to it. */
static size_t settled_count(const struct ledger *ledger)
{
    return ledger->count - (ledger->state == LEDGER_SETTLED ? 0u : 1u);
}

static int64_t gone_of(const struct ledger_entry *entry)
{
    return max_i64(0, entry->shown - max_i64(0, entry->seen));
}

static int64_t gone_hosts(const struct ledger *ledger)
{
    int64_t hosts = 0;
    for (size_t i = 0; i < settled_count(ledger); i++)
        hosts += gone_of(&ledger->entries[i]);
    return hosts;
}

/* Half an interval of tolerance, for jitter. */
static bool is_within(const struct loss_context *in, uint32_t pass, int64_t passes)
{
    struct mono began = pass_time(in->times, pass);
    int64_t lag_ms = passes * in->pass_interval_ms + in->pass_interval_ms / 2;
    return began.ms != MONO_NEVER.ms && in->now.ms - began.ms <= lag_ms;
}

static bool is_recent(const struct loss_context *in, uint32_t pass)
{
    return is_within(in, pass, LOSS_LAG_PASSES);
}

/* The sample of this pass, else of the pass before it and so on, not beyond `oldest`. */
static bool sample_until(const struct lag_view *view, uint32_t *pass, struct history_sample *ret)
{
    for (; *pass >= view->oldest; --*pass)
        if (history_get(view->context->history, *pass, ret))
            return true;
    return false;
}

static int64_t largest_swing(const struct lag_view *view)
{
    struct history_sample newer, older;
    uint32_t pass = view->newest;
    int64_t swing = 0;
    if (!sample_until(view, &pass, &newer))
        return 0;
    for (pass--; sample_until(view, &pass, &older); pass--, newer = older)
        swing = max_i64(swing, llabs((long long)newer.busy_servers - older.busy_servers));
    return swing;
}

static bool is_between(int64_t value, int64_t a, int64_t b, int64_t tolerance)
{
    return value >= min_i64(a, b) - tolerance && value <= max_i64(a, b) + tolerance;
}

/* Samples have a precision of eight bits. */
static bool explains(const struct lag_view *view, const struct history_sample *a,
                     const struct history_sample *b)
{
    const struct loss_context *in = view->context;
    return is_between(in->hosts, a->hosts, b->hosts, in->hosts / 256) &&
           is_between(in->busy_servers, a->busy_servers, b->busy_servers, view->swing);
}

/* Could the status be an earlier one, from before the pass in which the hosts were gone first? */
static bool is_explained(const struct lag_view *view)
{
    struct history_sample newer, older;
    uint32_t pass = view->newest;
    if (!sample_until(view, &pass, &newer))
        return false;
    bool is_explained = explains(view, &newer, &newer);
    for (pass--; !is_explained && sample_until(view, &pass, &older); pass--, newer = older)
        is_explained = explains(view, &newer, &older);
    return is_explained;
}

/* From the last status on, demand has moved as it usually does, and lost hosts have lost their sessions. */
static bool is_continuous(const struct lag_view *view, int64_t gone)
{
    const struct loss_context *in = view->context;
    struct history_sample before;
    int64_t lost_servers = gone * in->servers_per_host;
    if (!history_get(in->history, in->history->last_pass, &before))
        return false;
    return is_between(in->busy_servers, before.busy_servers, before.busy_servers - lost_servers,
                      view->swing);
}

/* Without a sample from about the longest lag ago, a replica may show what was between two: the one before counts. */
static void reach_back(struct lag_view *view)
{
    const struct loss_context *in = view->context;
    struct history_sample sample;
    bool is_near = !is_within(in, view->oldest, LOSS_LAG_PASSES - 1);
    if (is_near && history_get(in->history, view->oldest, &sample))
        return;
    for (uint32_t pass = view->oldest; pass > 1; pass--) {
        if (pass_time(in->times, pass - 1).ms == MONO_NEVER.ms)
            return;
        if (!history_get(in->history, pass - 1, &sample))
            continue;
        view->oldest = pass - 1;
        return;
    }
}

/* A restart lies within the lag of a replica: the statuses from before it are not known. */
static bool is_history_short(const struct ledger *ledger, const struct loss_context *in)
{
    return is_recent(in, 1) && ledger->entries[0].sent.ms < pass_time(in->times, 1).ms;
}

/* After the longest lag of a replica from the pass `first_pass` on, in which the hosts were gone first: always. */
static bool is_certain(const struct ledger *ledger, const struct loss_context *in,
                       uint32_t first_pass, int64_t gone)
{
    struct lag_view view = { .context = in, .newest = first_pass - 1, .oldest = first_pass };
    if (!is_recent(in, first_pass))
        return true;
    if (is_history_short(ledger, in))
        return false;
    while (view.oldest > 1 && is_recent(in, view.oldest - 1))
        view.oldest--;
    reach_back(&view);
    view.swing = largest_swing(&view);
    return is_continuous(&view, gone) && !is_explained(&view);
}

/* Shortly after hosts have left, a replica that lags may count them once more, as if added hosts had come. */
static int64_t doubtful_hosts(const struct ledger *ledger, const struct loss_context *in)
{
    int64_t left_ms = in->now.ms - ledger->left_at.ms;
    bool is_recent_exit =
        ledger->left_at.ms > 0 && left_ms <= LOSS_LAG_PASSES * in->pass_interval_ms;
    return is_recent_exit ? ledger_removed_hosts(ledger) : 0;
}

static int64_t fresh_hosts(const struct ledger_entry *entry)
{
    return max_i64(0, (int64_t)entry->seen - entry->shown);
}

/* Of the hosts that have come, the doubtful ones are the last. */
static void note_shown(struct ledger *ledger, const struct loss_context *in)
{
    int64_t hosts = -doubtful_hosts(ledger, in);
    for (size_t i = 0; i < ledger->count; i++)
        hosts += fresh_hosts(&ledger->entries[i]);
    for (size_t i = 0; i < ledger->count && hosts > 0; i++) {
        struct ledger_entry *entry = &ledger->entries[i];
        int64_t part = min_i64(fresh_hosts(entry), hosts);
        entry->shown += (int32_t)part;
        hosts -= part;
    }
}

/* The newest first, as the ledger has booked the fall. */
static void write_off(struct ledger *ledger, int64_t hosts)
{
    for (size_t i = settled_count(ledger); i-- > 0 && hosts > 0;) {
        int32_t part = (int32_t)min_i64(gone_of(&ledger->entries[i]), hosts);
        if (part > 0)
            ledger_forget_gone(ledger, i, part);
        hosts -= part;
    }
}

/* Each level lacks more hosts than the one before it. */
static void keep_levels(struct ledger_fall *fall)
{
    int32_t known = 0;
    uint8_t count = 0;
    for (size_t i = 0; i < fall->count; i++) {
        if (fall->levels[i].hosts <= known)
            continue;
        known = fall->levels[i].hosts;
        fall->levels[count++] = fall->levels[i];
    }
    fall->count = count;
}

/* The hosts that this status lacks beyond all levels are a new one; without room, the last one begins again. */
static void add_level(struct ledger_fall *fall, int32_t gone, uint32_t pass)
{
    if (fall->count > 0 && fall->levels[fall->count - 1].hosts >= gone)
        return;
    size_t index = (size_t)min_i64(fall->count, FALL_LEVELS_MAX - 1);
    fall->levels[index] = (struct ledger_fall_level){ gone, pass, 1 };
    fall->count = (uint8_t)(index + 1);
}

static void observe_fall(struct ledger *ledger, int64_t gone, const struct loss_context *in)
{
    struct ledger_fall *fall = &ledger->fall;
    for (size_t i = 0; i < fall->count; i++) {
        struct ledger_fall_level *level = &fall->levels[i];
        level->hosts = saturate_i32(min_i64(gone, level->hosts));
        level->statuses = (uint8_t)min_i64(level->statuses + 1, LOSS_STATUSES);
    }
    keep_levels(fall);
    add_level(fall, saturate_i32(gone), in->pass);
    fall->is_certain = is_certain(ledger, in, fall->levels[0].first_pass, gone);
}

/* Hosts that statuses agree on and no replica may show. What holds for a level holds for those below it. */
static int32_t lost_hosts(const struct ledger *ledger, int64_t gone, const struct loss_context *in)
{
    const struct ledger_fall *fall = &ledger->fall;
    for (size_t i = fall->count; i-- > 0;) {
        const struct ledger_fall_level *level = &fall->levels[i];
        if (level->statuses >= LOSS_STATUSES && is_certain(ledger, in, level->first_pass, gone))
            return level->hosts;
    }
    return 0;
}

/* Those that are left are gone since the same status as before. */
static void lower(struct ledger *ledger, int32_t hosts, const struct loss_context *in)
{
    struct ledger_fall *fall = &ledger->fall;
    for (size_t i = 0; i < fall->count; i++)
        fall->levels[i].hosts -= hosts;
    keep_levels(fall);
    fall->is_certain = fall->count > 0 && fall->is_certain &&
                       is_certain(ledger, in, fall->levels[0].first_pass, fall->levels[0].hosts);
}

int32_t losses_observe(struct ledger *ledger, const struct loss_context *context)
{
    if (!ledger)
        return 0;
    must(ledger->size_class == 0);
    note_shown(ledger, context);
    struct ledger_fall *fall = &ledger->fall;
    int64_t gone = gone_hosts(ledger);
    if (gone == 0) {
        *fall = (struct ledger_fall){ 0 };
        return 0;
    }
    observe_fall(ledger, gone, context);
    int32_t lost = lost_hosts(ledger, gone, context);
    if (lost == 0)
        return 0;
    write_off(ledger, lost);
    lower(ledger, lost, context);
    return lost;
}
