#include "engine/core/drain.h"

#include "engine/base/arith.h"

static int64_t busy_servers(const struct status *status)
{
    return (int64_t)status->total_servers - status->free_servers;
}

/* More than two standard deviations of a Poisson load. */
static bool is_significant(const struct drain_context *context, int64_t change)
{
    int64_t busy = max_i64(busy_servers(context->before), busy_servers(context->now));
    return change > floor_sqrt(4 * busy);
}

/* Servers that the hosts can run now. */
static int64_t capacity_of(const struct drain_context *context, int64_t hosts)
{
    return max_i64(0, hosts - context->booting_hosts) * context->servers_per_host;
}

static int64_t staying_capacity(const struct drain_context *context)
{
    return capacity_of(context, (int64_t)context->now->current_hosts - context->leaving_hosts);
}

void drain_begin(struct drain *drain, const struct drain_context *context, int32_t hosts,
                 int32_t demand)
{
    int64_t missing = staying_capacity(context) - context->now->total_servers;
    int64_t known = drain->is_open ? drain->servers_missing : 0;
    drain->busy_before = demand;
    drain->usual_fall = drain->is_open ? drain->usual_fall : context->usual_fall;
    drain->servers_missing = saturate_i32(max_i64(known, missing));
    drain->servers = (int32_t)min_i64(drain->servers + (int64_t)hosts * context->servers_per_host,
                                      context->now->total_servers);
    drain->statuses = 0;
    drain->departures = (struct drain_departures){ 0 };
    drain->is_open = true;
}

/* The idle servers of the leaving hosts: at least their share of all servers. */
static int64_t idle_least(const struct drain *drain, const struct status *before)
{
    return before->total_servers == 0
               ? 0
               : mul_div(drain->servers, before->free_servers, before->total_servers);
}

static void look_for_idle_busy(struct drain *drain, const struct drain_context *context)
{
    int64_t risen = busy_servers(context->now) - busy_servers(context->before);
    bool is_too_much = is_significant(context, risen - drain->servers);
    if (drain->servers == 0 || risen <= 0 || is_too_much ||
        2 * risen < idle_least(drain, context->before))
        return;
    drain->is_idle_busy = true;
}

/* Enough not to be a chance: demand varies. How many are on the hosts that leave is not known: it may be few. */
static bool is_hiding(const struct drain *drain, const struct drain_context *context,
                      int64_t fallen)
{
    bool is_counted = context->leaving_hosts > 0 && drain->servers == 0;
    return is_counted || is_significant(context, fallen);
}

/* The servers that went with the removal were busy, as far as the busy servers fell. */
static void look_for_hidden(struct drain *drain, const struct drain_context *context)
{
    int64_t fallen = busy_servers(context->before) - busy_servers(context->now) - drain->usual_fall;
    int64_t gone = (int64_t)context->before->total_servers - context->now->total_servers;
    if (fallen > 0 && gone > 0 && is_hiding(drain, context, fallen))
        drain->hidden_servers = saturate_i32(drain->hidden_servers + min_i64(fallen, gone));
}

/* Demand may have risen meanwhile. The hosts with the fewest sessions leave: theirs are at most the share of all. */
static void add_hidden(struct drain *drain, const struct drain_context *context)
{
    const struct status *before = context->before;
    int64_t gone = (int64_t)before->total_servers - context->now->total_servers;
    if (gone > 0)
        drain->hidden_servers = saturate_i32(
            drain->hidden_servers + mul_div(gone, busy_servers(before), before->total_servers) + 1);
}

static void note_still(struct drain_departures *departures, int64_t freed)
{
    if (departures->still_statuses == DRAIN_STILL_STATUSES) {
        departures->still_statuses /= 2;
        departures->still_freed /= 2;
    }
    departures->still_statuses++;
    departures->still_freed = saturate_i32(departures->still_freed + freed);
}

static void note_departure(struct drain_departures *departures, int64_t gone, int64_t freed)
{
    departures->gone = saturate_i32(departures->gone + gone);
    departures->freed = saturate_i32(departures->freed + freed);
    departures->statuses = (uint8_t)min_i64(departures->statuses + 1, UINT8_MAX);
}

/* Free servers that went with hosts: beyond those that sessions take in as many statuses without departures. */
static int64_t freed_by_departures(const struct drain_departures *departures)
{
    return departures->freed -
           mul_div(departures->still_freed, departures->statuses, departures->still_statuses);
}

/*
 * Nearer to all servers that went than to their busy share, and more than two standard deviations of as many changes
 * of a Poisson load.
 */
static bool were_idle_servers_free(const struct drain *drain, const struct drain_context *context)
{
    const struct drain_departures *departures = &drain->departures;
    if (departures->still_statuses == 0 ||
        DRAIN_LOST_PARTS * (int64_t)departures->gone < (int64_t)departures->gone + drain->servers)
        return false;
    int64_t total = max_i64(1, context->now->total_servers);
    int64_t busy_share = mul_div(departures->gone, min_i64(drain->busy_before, total), total);
    int64_t freed = freed_by_departures(departures);
    return 2 * freed >= departures->gone + busy_share &&
           freed > floor_sqrt(4 * busy_servers(context->now) * departures->statuses);
}

/* Hosts leave later than they were removed, and free servers with them: their idle servers have counted as free. */
static void look_for_free_servers(struct drain *drain, const struct drain_context *context,
                                  int32_t servers_before)
{
    int64_t gone = (int64_t)servers_before - drain->servers;
    int64_t freed = (int64_t)context->before->free_servers - context->now->free_servers;
    if (gone >= context->servers_per_host)
        note_departure(&drain->departures, gone, freed);
    else if (gone == 0)
        note_still(&drain->departures, freed);
    if (drain->is_idle_busy && were_idle_servers_free(drain, context))
        drain->is_idle_busy = false;
}

static void classify(struct drain *drain, const struct drain_context *context)
{
    switch (context->draining) {
    case DRAINING_EXACT:
        break;
    case DRAINING_IDLE_BUSY:
        drain->is_idle_busy = true;
        break;
    case DRAINING_HIDDEN:
        add_hidden(drain, context);
        break;
    case DRAINING_AUTO:
        look_for_idle_busy(drain, context);
        look_for_hidden(drain, context);
        break;
    }
}

/* Servers beyond those that the staying hosts can run. */
static int32_t servers_on_leaving(const struct drain *drain, const struct drain_context *context)
{
    int64_t missing = context->leaving_hosts > 0 ? drain->servers_missing : 0;
    int64_t staying = staying_capacity(context) - missing;
    return saturate_i32(max_i64(0, context->now->total_servers - max_i64(0, staying)));
}

/* Hosts that are removed at once go with all their servers; those of hosts that drain go first, when they are idle. */
static bool lose_servers_first(const struct drain_context *context, int32_t servers_on_leaving)
{
    const struct status *before = context->before;
    int64_t hosts = (int64_t)before->current_hosts - context->now->current_hosts;
    int64_t servers = (int64_t)before->total_servers - context->now->total_servers;
    int64_t lost = servers - max_i64(0, hosts) * context->servers_per_host;
    return context->leaving_hosts > 0 && !context->are_servers_restarting && lost > 0 &&
           DRAIN_LOST_PARTS * lost >= servers_on_leaving;
}

/* Hosts that leave are not counted any more; a removal that expires is only forgotten. */
static void look_for_late_hosts(struct drain *drain, const struct drain_context *context)
{
    bool is_fewer = context->now->current_hosts < context->before->current_hosts;
    if (is_fewer && context->leaving_hosts < drain->leaving_hosts &&
        drain->late_statuses < DRAIN_LATE)
        drain->late_statuses++;
}

static int64_t demand_of(const struct drain *drain, int64_t busy)
{
    if (drain->is_idle_busy)
        return clamp_i64(drain->busy_before, busy - drain->servers, busy);
    return max_i64(busy, min_i64(busy + drain->hidden_servers, drain->busy_before));
}

static void look(struct drain *drain, const struct drain_context *context)
{
    int32_t servers_before = drain->servers;
    drain->servers = servers_on_leaving(drain, context);
    drain->is_uncounted =
        context->now->total_servers > capacity_of(context, context->now->current_hosts);
    if (drain->statuses == DRAIN_STATUSES) {
        look_for_late_hosts(drain, context);
        look_for_free_servers(drain, context, servers_before);
    } else {
        classify(drain, context);
        drain->is_seen = drain->is_seen || lose_servers_first(context, servers_before);
    }
    drain->is_seen = drain->is_seen || drain->late_statuses == DRAIN_LATE;
    drain->statuses = (uint8_t)min_i64(drain->statuses + 1, DRAIN_STATUSES);
    if (context->leaving_hosts == 0 || drain->leaving_hosts == 0)
        drain->leaving_since = context->at;
    drain->leaving_hosts = context->leaving_hosts;
}

int32_t drain_observe(struct drain *drain, const struct drain_context *context)
{
    int64_t busy = busy_servers(context->now);
    if (!drain->is_open)
        return (int32_t)busy;
    look(drain, context);
    /* The hidden sessions are back, or it was a chance. Where they are known, others may have begun. */
    if (busy >= drain->busy_before && context->draining != DRAINING_HIDDEN)
        drain->hidden_servers = 0;
    if (context->leaving_hosts == 0 && !drain_is_going_on(drain))
        *drain = (struct drain){ 0 };
    return saturate_i32(demand_of(drain, busy));
}

bool drain_is_dropped(const struct drain *drain, struct mono now)
{
    return drain->is_open && drain->leaving_hosts > 0 && !drain->is_seen &&
           now.ms - drain->leaving_since.ms >= DRAIN_DROPPED_MS;
}
