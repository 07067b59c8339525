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

static void add_late(struct in_flight *mail, const struct call *call)
{
    must(mail->late_count < CALLS_MAX);
    struct call *late = mail->late;
    size_t i = mail->late_count++;
    late[i] = *call;
    for (; i > 0 && is_before(&late[i], &late[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&late[i], &late[(i - 1) / 2]);
}

static void take_late(struct in_flight *mail, struct call *ret_call)
{
    struct call *late = mail->late;
    *ret_call = late[0];
    late[0] = late[--mail->late_count];
    for (size_t i = 0;;) {
        size_t child = 2 * i + 1;
        if (child + 1 < mail->late_count && is_before(&late[child + 1], &late[child]))
            child++;
        if (child >= mail->late_count || !is_before(&late[child], &late[i]))
            return;
        swap(&late[i], &late[child]);
        i = child;
    }
}

void in_flight_init(struct in_flight *mail, int64_t prompt_ms)
{
    mail->prompt_ms = prompt_ms;
    mail->prompt_first = 0;
    mail->prompt_count = 0;
    mail->late_count = 0;
}

void in_flight_send(struct in_flight *mail, struct call *call, int64_t now_ms, int64_t delay_ms)
{
    bool is_prompt = call->kind == EFFECT_READ && delay_ms == mail->prompt_ms;
    call->start_ms = now_ms;
    call->due_ms = now_ms + delay_ms;
    if (is_prompt && mail->prompt_count < CALLS_MAX)
        mail->prompt[(mail->prompt_first + mail->prompt_count++) % CALLS_MAX] = *call;
    else
        add_late(mail, call);
}

void in_flight_take(struct in_flight *mail, struct call *ret_call)
{
    const struct call *prompt = &mail->prompt[mail->prompt_first];
    if (mail->prompt_count == 0 ||
        (mail->late_count > 0 && mail->late[0].due_ms < prompt->due_ms)) {
        take_late(mail, ret_call);
        return;
    }
    *ret_call = *prompt;
    mail->prompt_first = (mail->prompt_first + 1) % CALLS_MAX;
    mail->prompt_count--;
}
