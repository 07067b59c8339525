#include "tests/support/fleet_truth.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"

#define AWAY_SLICES 4
#define AWAY_CHANCES_MAX 2048
#define CHANCE_WHOLE ((int64_t)1 << 16)

static void batches_add(struct batches *batches, int32_t hosts, int64_t at)
{
    struct batch *last = batches->count > 0 ? &batches->items[batches->count - 1] : NULL;
    batches->hosts += hosts;
    if (last && (batches->count == FLEET_TRUTH_BATCHES_MAX || last->at == at)) {
        last->hosts += hosts;
        last->at = max_i64(last->at, at);
        return;
    }
    batches->items[batches->count++] = (struct batch){ at, hosts };
}

/* Takes out the hosts that are due. */
static int32_t batches_take_due(struct batches *batches, int64_t now)
{
    int32_t hosts = 0;
    int32_t kept = 0;
    for (int32_t i = 0; i < batches->count; i++) {
        if (batches->items[i].at <= now)
            hosts += batches->items[i].hosts;
        else
            batches->items[kept++] = batches->items[i];
    }
    batches->count = kept;
    batches->hosts -= hosts;
    return hosts;
}

/* Cancels the newest hosts first; returns the number cancelled, at most `hosts`. */
static int32_t batches_cancel(struct batches *batches, int32_t hosts)
{
    int32_t cancelled = 0;
    while (cancelled < hosts && batches->count > 0) {
        struct batch *last = &batches->items[batches->count - 1];
        int32_t part = (int32_t)min_i64(hosts - cancelled, last->hosts);
        last->hosts -= part;
        cancelled += part;
        batches->count -= last->hosts == 0;
    }
    batches->hosts -= cancelled;
    return cancelled;
}

static int64_t batches_next(const struct batches *batches, int64_t next_at)
{
    for (int32_t i = 0; i < batches->count; i++)
        next_at = min_i64(next_at, batches->items[i].at);
    return next_at;
}

static void schedule(struct fleet_truth *truth)
{
    truth->next_at = batches_next(&truth->drains, batches_next(&truth->boots, INT64_MAX));
}

void fleet_truth_advance(struct fleet_truth *truth, int64_t now)
{
    if (now < truth->next_at)
        return;
    truth->ready += batches_take_due(&truth->boots, now);
    batches_take_due(&truth->drains, now);
    schedule(truth);
}

/* How many of `count` sessions end; each draw of 64 bits is four chances. */
static int64_t draw_ends(struct random *random, int64_t count, int64_t chance)
{
    int64_t ends = 0;
    for (int64_t i = 0; i < count; i += 4) {
        uint64_t bits = random_next(random);
        for (int64_t k = i; k < count && k < i + 4; k++, bits >>= 16)
            ends += (int64_t)(bits & 0xffff) < chance;
    }
    return ends;
}

/* A restart takes AWAY_SLICES slices of time. In each of them the same share of the sessions is likely to end. */
void fleet_truth_turn_over(struct fleet_truth *truth, int64_t demand, int64_t now)
{
    const struct turnover *turnover = &truth->turnover;
    if (turnover->session_ms == 0)
        return;
    int64_t slice_ms = max_i64(1, turnover->restart_ms / AWAY_SLICES);
    int64_t chance = min_i64(CHANCE_WHOLE, CHANCE_WHOLE * slice_ms / turnover->session_ms);
    int64_t busy = min_i64(demand, (int64_t)truth->ready * truth->servers_per_host);
    int64_t group = 1 + busy / AWAY_CHANCES_MAX;
    int64_t ends = 0;
    for (int64_t i = 0; i < AWAY_SLICES; i++) {
        struct random random = { random_mix(turnover->key ^ (uint64_t)(now / slice_ms - i)) };
        ends += group * draw_ends(&random, busy / group, chance);
    }
    truth->away_servers = saturate_i32(ends);
}

int64_t fleet_truth_away_mean(const struct fleet_truth *truth, int64_t demand)
{
    const struct turnover *turnover = &truth->turnover;
    return turnover->session_ms == 0
               ? 0
               : ceil_div(demand * turnover->restart_ms, turnover->session_ms);
}

/* Of ready hosts: those that can be used. */
static int64_t ready_servers(const struct fleet_truth *truth)
{
    return max_i64(0, (int64_t)truth->ready * truth->servers_per_host - truth->away_servers);
}

int32_t fleet_truth_owned(const struct fleet_truth *truth)
{
    return truth->ready + truth->boots.hosts;
}

static int64_t draining_servers(const struct fleet_truth *truth)
{
    return (int64_t)truth->drains.hosts * truth->servers_per_host;
}

static int64_t draining_sessions(const struct fleet_truth *truth, int64_t demand)
{
    return min_i64(demand, draining_servers(truth) * truth->drain_busy_percent / 100);
}

/* Of the servers of draining hosts: those in total_servers, and those in free_servers. */
static struct status drain_status(const struct fleet_truth *truth, int64_t busy)
{
    int64_t all = draining_servers(truth);
    int64_t total = 0;
    switch (truth->drain_report) {
    case DRAIN_REPORT_SERVING:
    case DRAIN_REPORT_NONE:
        break;
    case DRAIN_REPORT_FREE:
    case DRAIN_REPORT_IDLE_BUSY:
        total = all;
        break;
    case DRAIN_REPORT_BUSY_ONLY:
        total = busy;
        break;
    }
    return (struct status){
        .current_hosts = truth->is_drain_uncounted ? 0 : truth->drains.hosts,
        .total_servers = (int32_t)total,
        .free_servers = truth->drain_report == DRAIN_REPORT_FREE ? (int32_t)(all - busy) : 0,
    };
}

static int32_t counted_hosts(const struct fleet_truth *truth)
{
    int32_t hosts = truth->ready + truth->unready;
    return truth->is_counted_when_ordered ? hosts + truth->boots.hosts + truth->never : hosts;
}

/* Sessions on draining hosts stay there; the others are on ready ones. */
static struct status draining_status(const struct fleet_truth *truth, int64_t demand)
{
    int64_t draining = draining_sessions(truth, demand);
    int64_t servers = ready_servers(truth);
    struct status status = drain_status(truth, draining);
    status.current_hosts += counted_hosts(truth);
    status.free_servers =
        saturate_i32(status.free_servers + servers - min_i64(demand - draining, servers));
    status.total_servers = saturate_i32(status.total_servers + servers);
    return status;
}

struct status fleet_truth_status(const struct fleet_truth *truth, int64_t demand)
{
    if (truth->drain_report != DRAIN_REPORT_SERVING)
        return draining_status(truth, demand);
    int32_t servers = saturate_i32(ready_servers(truth) + draining_servers(truth));
    return (struct status){
        .current_hosts = counted_hosts(truth) + truth->drains.hosts,
        .total_servers = servers,
        .free_servers = servers - (int32_t)min_i64(demand, servers),
    };
}

int64_t fleet_truth_hidden(const struct fleet_truth *truth, int64_t demand)
{
    if (truth->drains.hosts == 0)
        return 0;
    int64_t draining = draining_sessions(truth, demand);
    if (truth->drain_report == DRAIN_REPORT_NONE)
        return draining;
    return truth->drain_report == DRAIN_REPORT_IDLE_BUSY ? draining - draining_servers(truth) : 0;
}

void fleet_truth_order(struct fleet_truth *truth, int32_t hosts, int64_t ready_at)
{
    if (hosts <= 0)
        return;
    batches_add(&truth->boots, hosts, ready_at);
    schedule(truth);
}

static int32_t remove_ready(struct fleet_truth *truth, int32_t hosts, int64_t now, int64_t gone_at)
{
    int32_t part = (int32_t)min_i64(hosts, truth->ready);
    truth->ready -= part;
    if (part > 0 && gone_at > now)
        batches_add(&truth->drains, part, gone_at);
    return part;
}

static int32_t remove_from(int32_t *count, int32_t hosts)
{
    int32_t part = (int32_t)min_i64(hosts, *count);
    *count -= part;
    return part;
}

void fleet_truth_remove(struct fleet_truth *truth, int32_t hosts, int64_t now, int64_t gone_at)
{
    if (truth->is_ready_removed_first)
        hosts -= remove_ready(truth, hosts, now, gone_at);
    hosts -= remove_from(&truth->never, hosts);
    hosts -= batches_cancel(&truth->boots, hosts);
    hosts -= remove_ready(truth, hosts, now, gone_at);
    remove_from(&truth->unready, hosts);
    schedule(truth);
}

void fleet_truth_order_never(struct fleet_truth *truth, int32_t hosts)
{
    truth->never += hosts;
}

void fleet_truth_die(struct fleet_truth *truth, int32_t hosts, bool is_still_counted)
{
    int32_t died = remove_from(&truth->ready, hosts);
    if (is_still_counted)
        truth->unready += died;
}

int32_t fleet_truth_move(struct fleet_truth *truth, int32_t hosts)
{
    int32_t moved = (int32_t)max_i64(hosts, -(int64_t)truth->ready);
    truth->ready += moved;
    return moved;
}

void fleet_truth_clean(struct fleet_truth *truth, bool is_unready_removed)
{
    truth->unready = is_unready_removed ? 0 : truth->unready;
    truth->never = 0;
    truth->drains = (struct batches){ 0 };
    truth->ready += truth->boots.hosts;
    truth->boots = (struct batches){ 0 };
    schedule(truth);
}
