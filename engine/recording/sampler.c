#include "engine/recording/sampler.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"

#include <errno.h>
#include <string.h>

#define SLOTS_MIN 1024
#define WORD_BITS 64
#define MULTIPLIER 0x9e3779b97f4a7c15u

_Static_assert(sizeof(struct sample) % sizeof(uint64_t) == 0, "whole words");

/* --- checksums ------------------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * MULTIPLIER;
    return sum ^ (sum >> 29);
}

static uint64_t mix_id(const char *id)
{
    uint64_t sum = MULTIPLIER;
    uint64_t word = 0;
    for (; *id; id++) {
        word = word << 8 | (unsigned char)*id;
        if (word >> 56) {
            sum = mix(sum, word);
            word = 0;
        }
    }
    return mix(sum, word);
}

static uint64_t word_of(const struct sample *sample, size_t index)
{
    uint64_t word;
    memcpy(&word, (const unsigned char *)sample + index * sizeof word, sizeof word);
    return word;
}

/* Padding counts: what differs only there has no field that differs, and is recorded as the same. */
static bool is_same(const struct sample *a, const struct sample *b)
{
    uint64_t differences = 0;
    for (size_t i = 0; i < sizeof *a / sizeof differences; i++)
        differences |= word_of(a, i) ^ word_of(b, i);
    return differences == 0;
}

/* Of the deployment and its sample. Two chains, so that one does not wait for the other. Never 0. */
static uint32_t sum_of(const char *id, const struct sample *sample)
{
    uint64_t chains[2] = { mix_id(id), ~MULTIPLIER };
    for (size_t i = 0; i < sizeof *sample / sizeof(uint64_t); i++)
        chains[i % 2] = mix(chains[i % 2], word_of(sample, i));
    uint32_t sum = (uint32_t)((chains[0] * 31 + chains[1]) >> 32);
    return sum ? sum : 1;
}

/* --- pages ----------------------------------------------------------------------------------------------------- */

void sampler_flush(struct sampler *sampler)
{
    struct recording_page *page = sampler->page;
    sampler->page = NULL;
    if (page)
        sampler->pages.pass_page(sampler->pages.context, page);
}

/* NULL: a row is left out, and with it the rest of the group. */
static struct recording_page *make_room(struct sampler *sampler)
{
    if (sampler->page && recording_page_has_room(sampler->page))
        return sampler->page;
    sampler_flush(sampler);
    sampler->page = sampler->pages.take_page(sampler->pages.context);
    if (sampler->page)
        return sampler->page;
    sampler->has_gap = true;
    sampler->is_open = false;
    return NULL;
}

/* --- policies -------------------------------------------------------------------------------------------------- */

static struct policy_slot *find_policy(struct sampler *sampler, const struct policy *policy)
{
    size_t at = (size_t)(((uintptr_t)policy >> 4) * MULTIPLIER >> 40);
    for (;; at++) {
        struct policy_slot *slot = &sampler->policies[at % POLICY_SLOTS];
        if (!slot->policy || slot->policy == policy)
            return slot;
    }
}

static int32_t number_of(struct sampler *sampler, const struct policy *policy)
{
    if (!policy)
        return 0;
    struct policy_slot *slot = find_policy(sampler, policy);
    if (slot->policy)
        return slot->number;
    struct recording_page *page = make_room(sampler);
    if (!page || sampler->policy_count >= POLICY_SLOTS / 2)
        return 0;
    *slot = (struct policy_slot){ policy, ++sampler->policy_count };
    recording_page_put_policy(page, slot->number, policy);
    return slot->number;
}

/* --- slots ----------------------------------------------------------------------------------------------------- */

static int reserve(struct sampler *sampler, size_t slot_count)
{
    size_t count = sampler->slot_count ? sampler->slot_count : SLOTS_MIN;
    while (count < slot_count)
        count *= 2;
    uint32_t *sums = heap_resize(sampler->sums, count, sizeof *sums);
    if (!sums)
        return -ENOMEM;
    sampler->sums = sums;
    uint64_t *visited = heap_resize(sampler->visited, count / WORD_BITS, sizeof *visited);
    if (!visited)
        return -ENOMEM;
    sampler->visited = visited;
    size_t added = count - sampler->slot_count;
    memset(sums + sampler->slot_count, 0, added * sizeof *sums);
    memset(visited + sampler->slot_count / WORD_BITS, 0, added / WORD_BITS * sizeof *visited);
    sampler->slot_count = count;
    return 0;
}

static bool is_visited(const struct sampler *sampler, uint32_t slot)
{
    return sampler->visited[slot / WORD_BITS] >> slot % WORD_BITS & 1;
}

static void mark_visited(struct sampler *sampler, uint32_t slot)
{
    sampler->visited[slot / WORD_BITS] |= (uint64_t)1 << slot % WORD_BITS;
}

static void forget_visits(struct sampler *sampler)
{
    memset(sampler->visited, 0, sampler->slot_count / WORD_BITS * sizeof *sampler->visited);
}

int sampler_init(struct sampler *sampler, const struct sampler_pages *pages)
{
    *sampler = (struct sampler){ .pages = *pages };
    return reserve(sampler, SLOTS_MIN);
}

void sampler_fini(struct sampler *sampler)
{
    heap_free(sampler->sums);
    heap_free(sampler->visited);
    sampler->sums = NULL;
    sampler->visited = NULL;
}

/* --- groups and passes ----------------------------------------------------------------------------------------- */

static void begin_group(struct sampler *sampler)
{
    struct recording_page *page = make_room(sampler);
    if (!page)
        return;
    recording_page_put(page, ROW_GROUP, 0);
    memset(sampler->sums, 0, sampler->slot_count * sizeof *sampler->sums);
    forget_visits(sampler);
    memset(sampler->policies, 0, sizeof sampler->policies);
    sampler->policy_count = 0;
    sampler->is_open = true;
    sampler->passes_left = GROUP_PASSES;
}

void sampler_begin_pass(struct sampler *sampler, uint32_t pass, struct wall now)
{
    sampler->pass = pass;
    sampler->begun = now;
    forget_visits(sampler);
    if (!sampler->is_open || sampler->passes_left == 0)
        begin_group(sampler);
    struct recording_page *page = sampler->is_open ? make_room(sampler) : NULL;
    if (!page)
        return;
    sampler->passes_left--;
    recording_page_put_pass(page, ROW_BEGIN, pass, now);
}

void sampler_restart(struct sampler *sampler)
{
    if (!sampler->is_open)
        return;
    begin_group(sampler);
    struct recording_page *page = sampler->is_open ? make_room(sampler) : NULL;
    if (page)
        recording_page_put_pass(page, ROW_BEGIN, sampler->pass, sampler->begun);
}

/* --- deployments ----------------------------------------------------------------------------------------------- */

void sampler_before(struct sampler *sampler, const struct deployment *deployment)
{
    if (!sampler->is_open)
        return;
    sample_of(deployment, &sampler->before);
    sampler->before.policy = 0;
    sampler->before_sum = sum_of(deployment->id, &sampler->before);
}

static void put_full(struct sampler *sampler, enum row_kind kind,
                     const struct deployment *deployment)
{
    sampler->after.policy = number_of(sampler, deployment->input.policy);
    struct recording_page *page = make_room(sampler);
    if (page)
        recording_page_put_full(page, kind, deployment->slot, deployment->id, &sampler->after);
}

static void put_change(struct sampler *sampler, const struct deployment *deployment)
{
    struct sample *before = &sampler->before;
    before->policy = number_of(sampler, before->input.policy);
    sampler->after.policy = number_of(sampler, sampler->after.input.policy);
    struct recording_page *page = make_room(sampler);
    if (page)
        recording_page_put_diff(page, deployment->slot, before, &sampler->after);
}

static void put_same(struct sampler *sampler, uint32_t slot)
{
    struct recording_page *page = make_room(sampler);
    if (page)
        recording_page_put(page, ROW_SAME, slot);
}

/* The checksum is that of the sample without the number of its policy, which is the group's. */
static void remember(struct sampler *sampler, const struct deployment *deployment)
{
    sampler->after.policy = 0;
    sampler->sums[deployment->slot] = sum_of(deployment->id, &sampler->after);
}

void sampler_after(struct sampler *sampler, const struct deployment *deployment)
{
    uint32_t slot = deployment->slot;
    if (!sampler->is_open || (slot >= sampler->slot_count && reserve(sampler, (size_t)slot + 1)))
        return;
    sample_of(deployment, &sampler->after);
    sampler->after.policy = 0;
    mark_visited(sampler, slot);
    if (sampler->sums[slot] != sampler->before_sum) {
        put_full(sampler, ROW_FULL, deployment);
        remember(sampler, deployment);
    } else if (is_same(&sampler->before, &sampler->after)) {
        put_same(sampler, slot);
    } else {
        put_change(sampler, deployment);
        remember(sampler, deployment);
    }
}

/* --- the rest of a pass ---------------------------------------------------------------------------------------- */

static bool is_shown(const struct deployment *deployment)
{
    return deployment && deployment->is_listed && !deployment->is_entry;
}

static void put_gone(struct sampler *sampler, uint32_t slot)
{
    struct recording_page *page = make_room(sampler);
    if (page)
        recording_page_put(page, ROW_GONE, slot);
    sampler->sums[slot] = 0;
}

static void put_shown(struct sampler *sampler, const struct deployment *deployment)
{
    sample_of(deployment, &sampler->after);
    sampler->after.policy = 0;
    if (sampler->sums[deployment->slot] == sum_of(deployment->id, &sampler->after))
        return;
    put_full(sampler, ROW_SHOWN, deployment);
    remember(sampler, deployment);
}

/* What this pass did not read: it is gone, or it is recorded when it has changed in another way. */
static void sweep_slot(struct sampler *sampler, const struct fleet *fleet, uint32_t slot)
{
    const struct deployment *deployment =
        slot < fleet_slot_count(fleet) ? fleet_at(fleet, slot) : NULL;
    if (is_shown(deployment))
        put_shown(sampler, deployment);
    else if (sampler->sums[slot] != 0)
        put_gone(sampler, slot);
}

static void sweep(struct sampler *sampler, const struct fleet *fleet)
{
    size_t count = fleet_slot_count(fleet);
    if (count > sampler->slot_count && reserve(sampler, count))
        return;
    for (uint32_t slot = 0; slot < sampler->slot_count && sampler->is_open; slot++)
        if (!is_visited(sampler, slot))
            sweep_slot(sampler, fleet, slot);
}

void sampler_end_pass(struct sampler *sampler, const struct fleet *fleet, struct wall now)
{
    if (sampler->is_open)
        sweep(sampler, fleet);
    struct recording_page *page = sampler->is_open ? make_room(sampler) : NULL;
    if (page)
        recording_page_put_pass(page, ROW_END, sampler->pass, now);
    sampler_flush(sampler);
}
