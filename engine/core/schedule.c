#include "engine/core/schedule.h"

#include "engine/base/arith.h"

int64_t retry_wait_ms(struct random *random, unsigned attempt, int64_t retry_after_ms)
{
    must(attempt >= 2);
    int64_t ceiling_ms = attempt - 2 > 16 ? RETRY_CAP_MS : (int64_t)RETRY_BASE_MS << (attempt - 2);
    int64_t wait_ms = random_below(random, min_i64(ceiling_ms, RETRY_CAP_MS) + 1);
    return max_i64(wait_ms, retry_after_ms);
}

struct mono next_due(struct mono due, int64_t period_ms, struct mono now)
{
    int64_t begun = max_i64(0, floor_div(now.ms - due.ms, period_ms));
    return mono_after(due, (begun + 1) * period_ms);
}

static void swap(struct retry *a, struct retry *b)
{
    struct retry other = *a;
    *a = *b;
    *b = other;
}

bool retry_queue_put(struct retry_queue *queue, struct mono due, uint32_t slot)
{
    if (queue->count == RETRIES_WAITING_MAX)
        return false;
    size_t i = queue->count++;
    queue->heap[i] = (struct retry){ due, slot };
    for (; i > 0 && queue->heap[i].due.ms < queue->heap[(i - 1) / 2].due.ms; i = (i - 1) / 2)
        swap(&queue->heap[i], &queue->heap[(i - 1) / 2]);
    return true;
}

struct mono retry_queue_due(const struct retry_queue *queue)
{
    return queue->count > 0 ? queue->heap[0].due : MONO_NEVER;
}

uint32_t retry_queue_take(struct retry_queue *queue)
{
    must(queue->count > 0);
    uint32_t slot = queue->heap[0].slot;
    queue->heap[0] = queue->heap[--queue->count];
    for (size_t i = 0;;) {
        size_t child = 2 * i + 1;
        if (child + 1 < queue->count && queue->heap[child + 1].due.ms < queue->heap[child].due.ms)
            child++;
        if (child >= queue->count || queue->heap[i].due.ms <= queue->heap[child].due.ms)
            return slot;
        swap(&queue->heap[i], &queue->heap[child]);
        i = child;
    }
}

bool breaker_fail(struct breaker *breaker, int32_t deployment_count, struct mono now)
{
    breaker->failure_count++;
    if (breaker->is_open ||
        breaker->failure_count <
            clamp_i64(deployment_count, BREAKER_FAILURES_MIN, BREAKER_FAILURES_MAX))
        return false;
    breaker->is_open = true;
    breaker->opened = now;
    return true;
}

bool breaker_succeed(struct breaker *breaker)
{
    bool was_open = breaker->is_open;
    *breaker = (struct breaker){ 0 };
    return was_open;
}
