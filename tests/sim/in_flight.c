#include "tests/sim/in_flight.h"

#include "engine/base/panic.h"

static bool is_before(const struct call *a, const struct call *b)
{
    return a->due_ms < b->due_ms;
}

static void swap(struct call *a, struct call *b)
{
    struct call other = *a;
    *a = *b;
    *b = other;
}

static void add_late(struct in_flight *in_flight, const struct call *call)
{
    must(in_flight->late_count < CALLS_MAX);
    struct call *late = in_flight->late;
    size_t i = in_flight->late_count++;
    late[i] = *call;
    for (; i > 0 && is_before(&late[i], &late[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&late[i], &late[(i - 1) / 2]);
}

static void take_late(struct in_flight *in_flight, struct call *ret_call)
{
    struct call *late = in_flight->late;
    *ret_call = late[0];
    late[0] = late[--in_flight->late_count];
    for (size_t i = 0;;) {
        size_t child = 2 * i + 1;
        if (child + 1 < in_flight->late_count && is_before(&late[child + 1], &late[child]))
            child++;
        if (child >= in_flight->late_count || !is_before(&late[child], &late[i]))
            return;
        swap(&late[i], &late[child]);
        i = child;
    }
}

void in_flight_init(struct in_flight *in_flight, int64_t prompt_ms)
{
    in_flight->prompt_ms = prompt_ms;
    in_flight->prompt_first = 0;
    in_flight->prompt_count = 0;
    in_flight->late_count = 0;
}

void in_flight_send(struct in_flight *in_flight, struct call *call, int64_t now_ms,
                    int64_t delay_ms)
{
    bool is_prompt = call->kind == EFFECT_READ && delay_ms == in_flight->prompt_ms;
    call->start_ms = now_ms;
    call->due_ms = now_ms + delay_ms;
    if (is_prompt && in_flight->prompt_count < CALLS_MAX)
        in_flight->prompt[(in_flight->prompt_first + in_flight->prompt_count++) % CALLS_MAX] =
            *call;
    else
        add_late(in_flight, call);
}

void in_flight_take(struct in_flight *in_flight, struct call *ret_call)
{
    const struct call *prompt = &in_flight->prompt[in_flight->prompt_first];
    if (in_flight->prompt_count == 0 ||
        (in_flight->late_count > 0 && in_flight->late[0].due_ms < prompt->due_ms)) {
        take_late(in_flight, ret_call);
        return;
    }
    *ret_call = *prompt;
    in_flight->prompt_first = (in_flight->prompt_first + 1) % CALLS_MAX;
    in_flight->prompt_count--;
}

static int32_t is_counted(const struct call *call, enum effect_kind kind, int64_t since_ms)
{
    return call->kind == kind && !call->is_echo && call->start_ms > since_ms;
}

int32_t in_flight_count(const struct in_flight *in_flight, enum effect_kind kind, int64_t since_ms)
{
    int32_t count = 0;
    for (size_t i = 0; i < in_flight->prompt_count; i++)
        count += is_counted(&in_flight->prompt[(in_flight->prompt_first + i) % CALLS_MAX], kind,
                            since_ms);
    for (size_t i = 0; i < in_flight->late_count; i++)
        count += is_counted(&in_flight->late[i], kind, since_ms);
    return count;
}
