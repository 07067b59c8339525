#include "engine/core/read_slots.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"

int read_slots_reserve(struct read_slots *slots, size_t slot_count)
{
    return slot_ring_reserve(&slots->line, slot_count);
}

bool read_slots_has_room(const struct read_slots *slots, int32_t concurrency)
{
    return slots->in_flight - slots->slow < concurrency;
}

bool read_slots_has_failing_room(const struct read_slots *slots, int32_t concurrency)
{
    return slots->failing < read_slots_failing_max(concurrency);
}

/* A deployment that is read again stays where its last read was in the line: it gives up its slot later. */
static void join_line(struct read_slots *slots, struct deployment *deployment)
{
    if (deployment->is_in_line || slots->line.count == slots->line.size)
        return;
    deployment->is_in_line = true;
    slot_ring_put(&slots->line, deployment->slot);
}

void read_slots_start(struct read_slots *slots, struct deployment *deployment, struct mono now)
{
    must(!deployment->is_reading);
    deployment->is_reading = true;
    deployment->read_started = now;
    slots->newest = now;
    slots->in_flight++;
    slots->failing += deployment->is_failing;
    join_line(slots, deployment);
}

void read_slots_end(struct read_slots *slots, struct deployment *deployment)
{
    must(deployment->is_reading);
    slots->in_flight--;
    slots->slow -= deployment->is_read_slow;
    slots->failing -= deployment->is_failing;
    deployment->is_reading = false;
    deployment->is_read_slow = false;
}

void read_slots_note_time(struct read_slots *slots, int64_t took_ms, bool is_failed)
{
    if (is_failed)
        slots->failed_ms = took_ms;
    else if (slots->usual_ms == 0)
        slots->usual_ms = took_ms;
    else
        slots->usual_ms += floor_div(took_ms - slots->usual_ms, 8);
}

static int64_t slow_ms(const struct read_slots *slots)
{
    return max_i64(READ_SLOW_MS_MIN, READ_SLOW_FACTOR * slots->usual_ms);
}

static bool has_slot(const struct deployment *deployment)
{
    return deployment && deployment->is_reading && !deployment->is_read_slow;
}

/* The read at the front of the line, with those removed that have ended; NULL: the line is empty. */
static struct deployment *first_in_line(struct read_slots *slots, const struct fleet *fleet)
{
    while (slots->line.count > 0) {
        struct deployment *deployment = fleet_at(fleet, slot_ring_first(&slots->line));
        if (has_slot(deployment))
            return deployment;
        slot_ring_take(&slots->line);
        if (deployment)
            deployment->is_in_line = false;
    }
    return NULL;
}

void read_slots_take_back(struct read_slots *slots, const struct fleet *fleet, int32_t concurrency,
                          struct mono now)
{
    struct deployment *deployment;
    while ((deployment = first_in_line(slots, fleet)) &&
           slots->slow < reads_slow_max(concurrency) &&
           now.ms - deployment->read_started.ms >= slow_ms(slots)) {
        deployment->is_read_slow = true;
        slots->slow++;
    }
}

struct mono read_slots_due(const struct read_slots *slots, const struct fleet *fleet,
                           int32_t concurrency)
{
    if (slots->line.count == 0 || slots->slow >= reads_slow_max(concurrency))
        return MONO_NEVER;
    const struct deployment *deployment = fleet_at(fleet, slot_ring_first(&slots->line));
    return has_slot(deployment) ? mono_after(deployment->read_started, slow_ms(slots)) : MONO_NEVER;
}

struct mono read_slots_all_slow_at(const struct read_slots *slots)
{
    return slots->in_flight > slots->slow ? mono_after(slots->newest, slow_ms(slots))
                                          : (struct mono){ INT64_MIN };
}

void read_slots_fini(struct read_slots *slots)
{
    slot_ring_fini(&slots->line);
}
