#include "tests/sim/exchange.h"

#include "engine/base/panic.h"
#include "tests/sim/lists.h"
#include "tests/sim/reads.h"
#include "tests/sim/scales.h"

void exchange_hear(void *context, const struct event *event)
{
    struct realm *realm = context;
    witness_mix(&realm->witness, (uint64_t)event->id << 32 ^ (uint64_t)realm_now_ms(realm));
    for (size_t i = 0; i < event->field_count; i++)
        witness_mix(&realm->witness, (uint64_t)event->fields[i].number);
    if (event->id == EVENT_PASS_STARTED)
        realm->pass_number++;
    if (event->id == EVENT_SCALE_DROPPED) {
        uint32_t index = site_index(event->fields[0].string);
        if (index != NOBODY)
            realm->sites[index].asked_by_hand = 0;
    }
}

/* Whom a request is about. */
static struct site *site_of(struct realm *realm, const struct effect *effect)
{
    uint32_t index = site_index(effect->id);
    if (index < realm->site_count)
        return &realm->sites[index];
    witness_check(&realm->witness, (struct breach){ LAW_ABSENT, effect->kind, effect->slot },
                  NOBODY);
    panic_failed("a request for nobody", __FILE__, __LINE__);
}

static void carry_out(struct realm *realm, const struct effect *effect)
{
    struct witness *witness = &realm->witness;
    witness_mix(witness, (uint64_t)effect->kind << 60 ^ (uint64_t)effect->slot << 32 ^
                             (uint64_t)realm_now_ms(realm));
    witness_mix(witness, (uint64_t)effect->delta);
    witness_demand(witness, !realm->around.is_stopping, LAW_SETTLED, NOBODY, effect->kind, 0);
    if (effect->kind == EFFECT_DISCOVER) {
        lists_start(realm);
        return;
    }
    struct site *site = site_of(realm, effect);
    realm->in_flight++;
    witness_demand(witness, realm->in_flight <= realm->config.concurrency, LAW_IN_FLIGHT,
                   site->index, realm->in_flight, realm->config.concurrency);
    if (effect->kind == EFFECT_READ)
        reads_start(realm, site, effect);
    else
        scales_start(realm, site, effect);
}

void exchange_pump(struct realm *realm)
{
    struct effect effect;
    while (machine_next(realm->machine, realm_now(realm), &effect))
        carry_out(realm, &effect);
}

void exchange_answer(struct realm *realm)
{
    struct call call;
    mail_take(&realm->mail, &call);
    realm->in_flight -= call.kind != EFFECT_DISCOVER;
    switch (call.kind) {
    case EFFECT_DISCOVER:
        lists_answer(realm, &call);
        break;
    case EFFECT_READ:
        reads_answer(realm, &call);
        break;
    case EFFECT_SCALE:
        scales_answer(realm, &call);
        break;
    }
}
