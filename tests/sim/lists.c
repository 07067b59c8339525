#include "tests/sim/lists.h"

#include "tests/sim/api.h"
#include "tests/support/counting_heap.h"

#include <stdio.h>

#define DEFINITIONS_MAX (3 * PLAN_SITES_MAX)

#define DOUBT_MS ((int64_t)10 * 60 * 1000)

/* What is wrong with an entry: it stands twice, has a twin or a bad figure, another one beside it has no name. */
enum oddity { ODD_NOT, ODD_TWICE, ODD_TWIN, ODD_SIZE, ODD_TARGET, ODD_NAMELESS };
#define ODDITIES 5

struct list {
    size_t count;
    struct definition items[DEFINITIONS_MAX];
    char twins[PLAN_SITES_MAX][8];
    int32_t name_count; /* different ones */
    int32_t gone_count;
};

/* --- asking ----------------------------------------------------------------------------------------- */

static enum answer draw_answer(struct realm *realm, uint64_t number, struct call *call)
{
    static const enum answer answers[] = { ANSWER_ERROR, ANSWER_TIMEOUT, ANSWER_EMPTY,
                                           ANSWER_FORBIDDEN };
    if (api_is_out(realm))
        return ANSWER_ERROR;
    if (luck_strikes(&realm->luck, NOBODY, FAMILY_RETRY_AFTER, number)) {
        call->wait_ms = api_wait_ms(realm, NOBODY, number);
        return ANSWER_BUSY;
    }
    if (luck_strikes(&realm->luck, NOBODY, FAMILY_LIST_FAIL, number))
        return answers[luck_below(&realm->luck, NOBODY, FAMILY_LIST_FAIL, number, 4)];
    return ANSWER_OK;
}

void lists_start(struct realm *realm)
{
    struct call call = { .kind = EFFECT_DISCOVER, .site = NOBODY, .wait_ms = RETRY_AFTER_NONE };
    struct listing *listing = &realm->listing;
    int64_t now_ms = realm_now_ms(realm);
    uint64_t number = ++listing->number;
    witness_demand(&realm->witness, !listing->is_under_way, LAW_IN_FLIGHT, NOBODY, 2, 1);
    witness_demand(&realm->witness, now_ms >= listing->quiet_ms, LAW_RETRY_AFTER, NOBODY, now_ms,
                   listing->quiet_ms);
    listing->is_under_way = true;
    call.answer = draw_answer(realm, number, &call);
    int64_t delay_ms = api_delay_ms(realm, NOBODY, call.answer, number, realm->plan->list_ms);
    mail_send(&realm->mail, &call, now_ms, delay_ms);
}

/* --- what it says ----------------------------------------------------------------------------------- */

static void add_entry(struct list *list, const char *id, int32_t size, int32_t target,
                      enum reason fault)
{
    list->items[list->count++] = (struct definition){
        .id = id,
        .servers_per_host = size,
        .target_free_ppb = target,
        .fault = fault,
        .fault_text = fault == REASON_NONE ? NULL : "as planned",
    };
}

static void add_site(struct list *list, const struct site *site)
{
    add_entry(list, site->plan->id, site->listed_size, site->listed_target, REASON_NONE);
}

/* The same id but for its case. */
static void add_twin(struct list *list, struct site *site)
{
    char *id = list->twins[site->index];
    snprintf(id, sizeof list->twins[0], "D%03u", (unsigned)site->index % 1000);
    add_entry(list, id, 10, 0, REASON_NONE);
    list->name_count++;
    site->has_twin = true;
}

static void add_nameless(struct list *list)
{
    add_entry(list, NULL, 0, 0, REASON_BAD_ID);
    list->name_count++;
}

static enum oddity draw_oddity(struct realm *realm, const struct site *site)
{
    uint64_t number = realm->listing.number;
    if (!luck_strikes(&realm->luck, site->index, FAMILY_LIST_ODD, number))
        return ODD_NOT;
    int64_t kind = luck_below(&realm->luck, site->index, FAMILY_LIST_ODD, number, ODDITIES);
    return (enum oddity)(ODD_TWICE + kind);
}

static void name_well(struct list *list, struct site *site)
{
    add_site(list, site);
    book_define(&site->book, site->listed_size, site->listed_target);
}

static void name_without_size(struct list *list, struct site *site)
{
    add_entry(list, site->plan->id, 0, site->listed_target, REASON_BAD_SERVERS_PER_HOST);
    site->book.is_defined = false;
}

static void name_without_target(struct list *list, struct site *site)
{
    add_entry(list, site->plan->id, site->listed_size, -1, REASON_BAD_TARGET);
    site->book.is_defined = false;
    if (site->book.policy->target_free_ppb != TARGET_FROM_API)
        book_define(&site->book, site->listed_size, -1);
}

/* What the list says of it, and what the book makes of that. */
static void name_site(struct realm *realm, struct list *list, struct site *site)
{
    enum oddity oddity = draw_oddity(realm, site);
    list->name_count++;
    switch (oddity) {
    case ODD_NOT:
        name_well(list, site);
        break;
    case ODD_TWICE:
        name_well(list, site);
        add_site(list, site);
        site->book.is_defined = false;
        break;
    case ODD_TWIN:
        name_well(list, site);
        add_twin(list, site);
        site->book.is_defined = false;
        break;
    case ODD_SIZE:
        name_without_size(list, site);
        break;
    case ODD_TARGET:
        name_without_target(list, site);
        break;
    case ODD_NAMELESS:
        name_well(list, site);
        add_nameless(list);
        break;
    }
    witness_note(&realm->witness, site->index, RECORD_LIST, site->listed_size, site->listed_target,
                 (int64_t)oddity - 1);
}

/* Before this list the hosts have become others, or the target, or both. */
static void resize(struct realm *realm, struct site *site)
{
    static const int32_t sizes[] = { 1, 2, 5, 10, 20, 100 };
    static const int32_t targets[] = { 0, 50000000, 200000000, 750000000 };
    const struct luck *luck = &realm->luck;
    uint64_t number = realm->listing.number;
    int64_t kind = luck_below(luck, site->index, FAMILY_RESIZE, number, 3);
    truth_advance(&site->truth, realm_now_ms(realm));
    if (kind != 1)
        site->listed_target = targets[luck_below(luck, site->index, FAMILY_RESIZE, ~number, 4)];
    if (kind != 0 && site->truth.ready < 100000) {
        site->listed_size = sizes[luck_below(luck, site->index, FAMILY_RESIZE, ~number, 6)];
        site->truth.servers_per_host = site->listed_size;
        realm_shake(realm, site, truth_owned(&site->truth) + (int64_t)site->truth.dark);
    }
    realm_shake(realm, site, 0);
}

/* It has been away for so long that nothing of it need be remembered. */
static void forget_site(const struct realm *realm, struct site *site)
{
    struct book *book = &site->book;
    int64_t now_ms = realm_now_ms(realm);
    bool is_kept = book->is_listed || site->is_reading || book->is_in_flight || book->is_paused;
    if (!is_kept && now_ms - book->gone_ms >= GONE_KEEP_MS && book->told_count > 0) {
        book_forget(book);
        book->gone_ms = now_ms;
    }
}

static void lose_site(struct realm *realm, struct list *list, struct site *site)
{
    list->gone_count++;
    site->book.gone_ms = realm_now_ms(realm);
    witness_note(&realm->witness, site->index, RECORD_LIST, 0, 0, 0);
}

static void list_site(struct realm *realm, struct list *list, struct site *site)
{
    bool had_twin = site->has_twin;
    bool was_listed = site->book.is_listed;
    site->has_twin = false;
    if (luck_strikes(&realm->luck, site->index, FAMILY_RESIZE, realm->listing.number))
        resize(realm, site);
    forget_site(realm, site);
    site->book.is_listed = site->is_named;
    if (site->is_named)
        name_site(realm, list, site);
    else if (was_listed)
        lose_site(realm, list, site);
    list->gone_count += had_twin && !site->has_twin;
}

static bool would_name(struct realm *realm, const struct site *site)
{
    uint64_t number = realm->listing.number;
    if (!site->is_there || luck_strikes(&realm->luck, site->index, FAMILY_LIST_FLAP, number))
        return false;
    return !luck_has(&realm->luck, FAMILY_LIST_LOSS) || site->index % 10 == number % 10 ||
           !luck_strikes(&realm->luck, NOBODY, FAMILY_LIST_LOSS, number);
}

static bool name_some(struct realm *realm)
{
    bool is_any = false;
    for (size_t i = 0; i < realm->site_count; i++) {
        struct site *site = &realm->sites[i];
        site->is_named = would_name(realm, site);
        is_any = is_any || site->is_named;
    }
    return is_any;
}

/* --- what comes of it ------------------------------------------------------------------------------- */

/* A list that loses more than three of ten, and three at least, is not believed for ten minutes. */
static void judge_loss(struct realm *realm, const struct list *list)
{
    struct listing *listing = &realm->listing;
    int64_t *latched_until_ms = &realm->around.latched_until_ms;
    if (realm_now_ms(realm) >= *latched_until_ms || list->name_count >= listing->latched_listed) {
        *latched_until_ms = INT64_MIN;
        listing->latched_listed = 0;
    }
    if (list->gone_count >= 3 && list->gone_count * 10 > listing->listed * 3) {
        *latched_until_ms = realm_now_ms(realm) + DOUBT_MS;
        listing->latched_listed = (int32_t)max_i64(listing->latched_listed, listing->listed);
    }
    listing->listed = list->name_count;
}

static void check_remembered(struct realm *realm)
{
    for (size_t i = 0; i < realm->site_count; i++) {
        const struct site *site = &realm->sites[i];
        if (site->book.told_count == 0)
            continue;
        const struct deployment *deployment = realm_deployment(realm, site);
        witness_demand(&realm->witness, deployment && deployment->has_status, LAW_FORGOTTEN,
                       site->index, realm_now_ms(realm) - site->book.gone_ms, GONE_KEEP_MS);
    }
}

static void check_memory(struct realm *realm)
{
    /* Id, detail and ledger of each, the slabs; twins and entries beside those that are planned. */
    size_t most = 3 * DEFINITIONS_MAX + 64;
    size_t held = heap_held_count() - realm->held_before;
    witness_demand(&realm->witness, held <= most, LAW_MEMORY, NOBODY, (int64_t)held, (int64_t)most);
    size_t slots = fleet_slot_count(machine_fleet(realm->machine));
    witness_demand(&realm->witness, slots <= 2 * DEFINITIONS_MAX, LAW_MEMORY, NOBODY,
                   (int64_t)slots, DEFINITIONS_MAX);
}

/* --- answering -------------------------------------------------------------------------------------- */

/* A list that is empty, or that nobody reads any more, changes nothing. */
static void make_list(struct realm *realm, struct list *list)
{
    if (realm->around.is_stopping || !name_some(realm))
        return;
    for (size_t i = 0; i < realm->site_count; i++)
        list_site(realm, list, &realm->sites[i]);
    if (list->count > 0)
        judge_loss(realm, list);
}

/* Who asked for a list by hand did not want to wait, and is answered. */
static void hush(struct realm *realm, const struct call *call)
{
    if (call->wait_ms != RETRY_AFTER_NONE)
        realm->listing.quiet_ms = realm_now_ms(realm) + call->wait_ms;
    else if (call->answer == ANSWER_OK)
        realm->listing.quiet_ms = INT64_MIN;
}

void lists_answer(struct realm *realm, const struct call *call)
{
    struct list list;
    list.count = 0;
    list.name_count = 0;
    list.gone_count = 0;
    realm->listing.is_under_way = false;
    if (call->answer == ANSWER_OK)
        make_list(realm, &list);
    hush(realm, call);
    struct discovery_result result = {
        .discovery = { list.items, list.count },
        .is_ok = call->answer == ANSWER_OK || call->answer == ANSWER_EMPTY,
        .is_transient = api_is_transient(call->answer),
        .retry_after_ms = call->wait_ms,
        .text = "as planned",
    };
    machine_discovery_done(realm->machine, realm_now(realm), &result);
    if (list.count > 0)
        check_remembered(realm);
    check_memory(realm);
}
