#include "engine/core/fleet.h"

#include "engine/base/arith.h"
#include "engine/base/case_fold.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/core/record_pool.h"

#include <errno.h>
#include <string.h>

#define SLAB_COUNT_MAX (DEPLOYMENT_COUNT_MAX / FLEET_SLAB + 1)
#define SLAB_SIZE_MAX ((size_t)1024 * 1024)
#define HEAP_HEADER_SIZE 32
#define INDEX_EMPTY SLOT_NONE
#define INDEX_SIZE_MIN 64
#define CACHE_LINE 64

_Static_assert(FLEET_SLAB * sizeof(struct deployment) + HEAP_HEADER_SIZE <= SLAB_SIZE_MAX,
               "see FLEET_SLAB");

/* Entries of ledgers at rest, by size_class. */
static const size_t ledger_entries[] = { LEDGER_ENTRIES_MAX, 1, 2, 4 };
#define LEDGER_SIZES (sizeof ledger_entries / sizeof ledger_entries[0])

struct status_version {
    char text[STATUS_VERSION_SIZE];
};

/* FLEET_SLAB slots. An unused slot that was used before is in the free list. */
struct slab {
    struct deployment *deployments;  /* NULL: no memory */
    struct status_version *versions; /* of the same slots; NULL: all are "" */
    uint32_t used_count;
    uint32_t touched_count; /* the slots from here on were never used */
    uint32_t free_slot;     /* the first of the free list; SLOT_NONE: empty */
};

struct fleet {
    struct slab slabs[SLAB_COUNT_MAX];
    size_t roomy_slab; /* all before this one are full */
    size_t slot_count;
    size_t count;
    uint32_t *index; /* open addressing by the hash of the folded id, linear probing */
    size_t index_size;
    struct record_pool ledgers[LEDGER_SIZES]; /* by their size_class */
    struct record_pool growths;
    struct fleet_changes changes;
    uint64_t names_version;
};

/* FNV-1a over the folded id: ids that differ only in letter case have the same hash. */
static size_t hash_folded(const char *id)
{
    char folded[CASE_FOLD_GROWTH * ID_SIZE_MAX];
    size_t size = case_fold(id, strlen(id), folded);
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)folded[i]) * 1099511628211u;
    return (size_t)(hash ^ hash >> 32);
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* The folded text is made only when other letters than those of ASCII decide. */
static bool is_equal_folded(const char *a, const char *b)
{
    size_t same = 0;
    while (a[same] && lower(a[same]) == lower(b[same]))
        same++;
    if (lower(a[same]) < 0x80 && lower(b[same]) < 0x80)
        return lower(a[same]) == lower(b[same]);
    char folded[2][CASE_FOLD_GROWTH * ID_SIZE_MAX];
    size_t size = case_fold(a, strlen(a), folded[0]);
    return case_fold(b, strlen(b), folded[1]) == size && memcmp(folded[0], folded[1], size) == 0;
}

int fleet_create(struct fleet **ret_fleet)
{
    struct fleet *fleet = heap_alloc(1, sizeof *fleet);
    if (!fleet)
        return -ENOMEM;
    record_pool_init(&fleet->ledgers[0], sizeof(struct ledger));
    for (size_t i = 1; i < LEDGER_SIZES; i++)
        record_pool_init(&fleet->ledgers[i], ledger_size_of(ledger_entries[i]));
    record_pool_init(&fleet->growths, sizeof(struct growth));
    *ret_fleet = fleet;
    return 0;
}

static void free_slab(struct slab *slab)
{
    heap_free(slab->deployments);
    heap_free(slab->versions);
    *slab = (struct slab){ 0 };
}

/* The last one that may have memory. */
static size_t last_slab(const struct fleet *fleet)
{
    return fleet->slot_count / FLEET_SLAB;
}

void fleet_destroy(struct fleet *fleet)
{
    if (!fleet)
        return;
    for (uint32_t slot = 0; slot < fleet->slot_count; slot++) {
        struct deployment *deployment = fleet_at(fleet, slot);
        if (!deployment)
            continue;
        heap_free(deployment->id);
        heap_free(deployment->detail);
    }
    for (size_t i = 0; i <= last_slab(fleet); i++)
        free_slab(&fleet->slabs[i]);
    for (size_t i = 0; i < LEDGER_SIZES; i++)
        record_pool_fini(&fleet->ledgers[i]);
    record_pool_fini(&fleet->growths);
    fleet_changes_fini(&fleet->changes);
    heap_free(fleet->index);
    heap_free(fleet);
}

size_t fleet_slot_count(const struct fleet *fleet)
{
    return fleet->slot_count;
}

size_t fleet_count(const struct fleet *fleet)
{
    return fleet->count;
}

static struct deployment *slot_storage(const struct fleet *fleet, uint32_t slot)
{
    return &fleet->slabs[slot / FLEET_SLAB].deployments[slot % FLEET_SLAB];
}

/* NULL: there is no memory for versions in this slab. */
static char *status_version(const struct fleet *fleet, uint32_t slot)
{
    struct status_version *versions = fleet->slabs[slot / FLEET_SLAB].versions;
    return versions ? versions[slot % FLEET_SLAB].text : NULL;
}

struct deployment *fleet_at(const struct fleet *fleet, uint32_t slot)
{
    if (slot >= fleet->slot_count || !fleet->slabs[slot / FLEET_SLAB].deployments)
        return NULL;
    struct deployment *deployment = slot_storage(fleet, slot);
    return deployment->is_used ? deployment : NULL;
}

static void prefetch(const void *memory, size_t size)
{
    const char *bytes = memory;
    for (size_t at = 0; at < size; at += CACHE_LINE)
        __builtin_prefetch(bytes + at);
}

void fleet_prefetch(const struct fleet *fleet, uint32_t slot)
{
    if (slot < fleet->slot_count && fleet->slabs[slot / FLEET_SLAB].deployments)
        prefetch(slot_storage(fleet, slot), offsetof(struct deployment, history) + CACHE_LINE);
}

/* Its head and its first entries: most have no more. */
void deployment_prefetch_ledger(const struct deployment *deployment)
{
    if (deployment->ledger)
        prefetch(deployment->ledger, offsetof(struct ledger, entries) + CACHE_LINE);
}

/* The deployment at a place of the index; NULL: the chain ends here. */
static struct deployment *chain_at(const struct fleet *fleet, size_t place)
{
    uint32_t slot = fleet->index[place & (fleet->index_size - 1)];
    return slot == INDEX_EMPTY ? NULL : slot_storage(fleet, slot);
}

struct deployment *fleet_find(const struct fleet *fleet, const char *id, bool is_entry)
{
    struct deployment *deployment;
    if (fleet->index_size == 0)
        return NULL;
    for (size_t place = hash_folded(id); (deployment = chain_at(fleet, place)); place++)
        if (deployment->is_entry == is_entry && strcmp(deployment->id, id) == 0)
            return deployment;
    return NULL;
}

struct deployment *fleet_find_twin(const struct fleet *fleet, const struct deployment *of,
                                   const struct deployment *after)
{
    bool is_after = after == NULL;
    struct deployment *deployment;
    for (size_t place = hash_folded(of->id); (deployment = chain_at(fleet, place)); place++) {
        if (is_after && deployment != of && !deployment->is_entry &&
            is_equal_folded(deployment->id, of->id))
            return deployment;
        is_after = is_after || deployment == after;
    }
    return NULL;
}

static void index_put(struct fleet *fleet, const struct deployment *deployment)
{
    size_t place = hash_folded(deployment->id);
    while (chain_at(fleet, place))
        place++;
    fleet->index[place & (fleet->index_size - 1)] = deployment->slot;
}

static int resize_index(struct fleet *fleet, size_t size)
{
    uint32_t *index = heap_alloc(size, sizeof *index);
    if (!index)
        return -ENOMEM;
    memset(index, 0xff, size * sizeof *index);
    heap_free(fleet->index);
    fleet->index = index;
    fleet->index_size = size;
    for (uint32_t slot = 0; slot < fleet->slot_count; slot++) {
        const struct deployment *deployment = fleet_at(fleet, slot);
        if (deployment)
            index_put(fleet, deployment);
    }
    return 0;
}

/* At most half full, so that chains are short and always end. */
static int reserve_index(struct fleet *fleet)
{
    if ((fleet->count + 1) * 2 <= fleet->index_size)
        return 0;
    return resize_index(fleet, fleet->index_size ? fleet->index_size * 2 : INDEX_SIZE_MIN);
}

/* Without memory for a smaller one, it stays. */
static void trim_index(struct fleet *fleet)
{
    size_t size = fleet->index_size;
    while (size > INDEX_SIZE_MIN && (fleet->count + 1) * 8 <= size)
        size /= 2;
    if (size < fleet->index_size)
        resize_index(fleet, size);
}

/* The lowest slab with room, with memory. */
static int reserve_slot(struct fleet *fleet)
{
    while (fleet->slabs[fleet->roomy_slab].used_count == FLEET_SLAB)
        fleet->roomy_slab++;
    must(fleet->roomy_slab < SLAB_COUNT_MAX);
    struct slab *slab = &fleet->slabs[fleet->roomy_slab];
    if (slab->deployments)
        return 0;
    size_t end = (fleet->roomy_slab + 1) * FLEET_SLAB;
    if (fleet_changes_reserve(&fleet->changes, end > fleet->slot_count ? end : fleet->slot_count))
        return -ENOMEM;
    slab->deployments = heap_alloc(FLEET_SLAB, sizeof *slab->deployments);
    slab->free_slot = SLOT_NONE;
    return slab->deployments ? 0 : -ENOMEM;
}

/* A free slot has the next one in `last_pass`. */
static uint32_t take_slot(struct fleet *fleet)
{
    struct slab *slab = &fleet->slabs[fleet->roomy_slab];
    uint32_t slot = slab->free_slot;
    slab->used_count++;
    if (slot != SLOT_NONE) {
        slab->free_slot = slot_storage(fleet, slot)->last_pass;
        return slot;
    }
    slot = (uint32_t)(fleet->roomy_slab * FLEET_SLAB) + slab->touched_count++;
    if (slot >= fleet->slot_count)
        fleet->slot_count = slot + 1;
    return slot;
}

static void release_slot(struct fleet *fleet, struct deployment *deployment)
{
    size_t index = deployment->slot / FLEET_SLAB;
    struct slab *slab = &fleet->slabs[index];
    deployment->last_pass = slab->free_slot;
    slab->free_slot = deployment->slot;
    slab->used_count--;
    if (index < fleet->roomy_slab)
        fleet->roomy_slab = index;
}

void fleet_trim(struct fleet *fleet)
{
    bool is_any_freed = false;
    for (size_t i = 0; i <= last_slab(fleet); i++) {
        struct slab *slab = &fleet->slabs[i];
        if (slab->used_count > 0 || !slab->deployments)
            continue;
        free_slab(slab);
        is_any_freed = true;
    }
    trim_index(fleet);
    if (is_any_freed)
        heap_trim();
}

int fleet_add(struct fleet *fleet, const char *id, bool is_entry,
              struct deployment **ret_deployment)
{
    must_slow(!fleet_find(fleet, id, is_entry));
    if (fleet->count >= DEPLOYMENT_COUNT_MAX)
        return -E2BIG;
    int failed = reserve_index(fleet);
    failed = failed ? failed : reserve_slot(fleet);
    if (failed)
        return failed;
    char *copy = heap_copy_text(id, strlen(id));
    if (!copy)
        return -ENOMEM;

    uint32_t slot = take_slot(fleet);
    char *version = status_version(fleet, slot);
    if (version)
        version[0] = '\0';
    struct deployment *deployment = slot_storage(fleet, slot);
    *deployment = (struct deployment){
        .id = copy,
        .slot = slot,
        .is_used = true,
        .is_entry = is_entry,
        .scaled_up_at = MONO_NEVER,
        .scaled_at = MONO_NEVER,
        .desired_hosts = -1,
    };
    fleet->count++;
    fleet->names_version++;
    index_put(fleet, deployment);
    fleet_mark(fleet, slot);
    *ret_deployment = deployment;
    return 0;
}

/* Removes an entry without a tombstone: later entries of the chain move into the hole. */
static void index_remove(struct fleet *fleet, const struct deployment *deployment)
{
    size_t mask = fleet->index_size - 1;
    size_t hole = hash_folded(deployment->id);
    while (fleet->index[hole & mask] != deployment->slot)
        hole++;
    hole &= mask;
    fleet->index[hole] = INDEX_EMPTY;
    for (size_t place = (hole + 1) & mask; fleet->index[place] != INDEX_EMPTY;
         place = (place + 1) & mask) {
        uint32_t slot = fleet->index[place];
        size_t home = hash_folded(slot_storage(fleet, slot)->id) & mask;
        if (((place - home) & mask) < ((place - hole) & mask))
            continue;
        fleet->index[hole] = slot;
        fleet->index[place] = INDEX_EMPTY;
        hole = place;
    }
}

void fleet_remove(struct fleet *fleet, struct deployment *deployment)
{
    must(deployment->is_used);
    must(!deployment->is_reading);
    must(!deployment->is_scale_queued);
    must(ledger_state(deployment->ledger) != LEDGER_IN_FLIGHT);
    index_remove(fleet, deployment);
    fleet_close_ledger(fleet, deployment);
    fleet_close_growth(fleet, deployment);
    heap_free(deployment->id);
    heap_free(deployment->detail);
    deployment->is_used = false;
    deployment->id = NULL;
    deployment->detail = NULL;
    release_slot(fleet, deployment);
    fleet->count--;
    fleet->names_version++;
    fleet_mark(fleet, deployment->slot);
}

/* Moves the ledger; false: no memory. What is behind the first bytes of one at rest is zero. */
static bool move_ledger(struct fleet *fleet, struct deployment *deployment, size_t size_class)
{
    struct ledger *ledger = record_pool_take(&fleet->ledgers[size_class]);
    if (!ledger)
        return false;
    memcpy(ledger, deployment->ledger, ledger_size(deployment->ledger));
    ledger->size_class = (uint8_t)size_class;
    fleet_close_ledger(fleet, deployment);
    deployment->ledger = ledger;
    return true;
}

struct ledger *fleet_open_ledger(struct fleet *fleet, struct deployment *deployment)
{
    if (!deployment->ledger)
        deployment->ledger = record_pool_take(&fleet->ledgers[0]);
    else if (deployment->ledger->size_class != 0 && !move_ledger(fleet, deployment, 0))
        return NULL;
    return deployment->ledger;
}

void fleet_rest_ledger(struct fleet *fleet, struct deployment *deployment)
{
    size_t size_class = 1;
    if (!deployment->ledger)
        return;
    size_t size = ledger_size(deployment->ledger);
    while (size_class < LEDGER_SIZES && size > fleet->ledgers[size_class].size)
        size_class++;
    size_class %= LEDGER_SIZES;
    if (size_class != deployment->ledger->size_class)
        move_ledger(fleet, deployment, size_class);
}

void fleet_close_ledger(struct fleet *fleet, struct deployment *deployment)
{
    if (deployment->ledger)
        record_pool_release(&fleet->ledgers[deployment->ledger->size_class], deployment->ledger);
    deployment->ledger = NULL;
}

struct growth *fleet_open_growth(struct fleet *fleet, struct deployment *deployment)
{
    if (!deployment->growth)
        deployment->growth = record_pool_take(&fleet->growths);
    return deployment->growth;
}

void fleet_close_growth(struct fleet *fleet, struct deployment *deployment)
{
    if (deployment->growth)
        record_pool_release(&fleet->growths, deployment->growth);
    deployment->growth = NULL;
}

bool fleet_reserve_status_version(struct fleet *fleet, const struct deployment *deployment)
{
    struct status_version **versions = &fleet->slabs[deployment->slot / FLEET_SLAB].versions;
    if (!*versions)
        *versions = heap_alloc(FLEET_SLAB, sizeof **versions);
    return *versions != NULL;
}

void fleet_set_status_version(struct fleet *fleet, const struct deployment *deployment,
                              const char *version)
{
    char *kept = status_version(fleet, deployment->slot);
    size_t length = strlen(version);
    must(length < STATUS_VERSION_SIZE);
    must(kept || length == 0);
    if (kept)
        memcpy(kept, version, length + 1);
}

const char *fleet_status_version(const struct fleet *fleet, const struct deployment *deployment)
{
    const char *version = status_version(fleet, deployment->slot);
    return version ? version : "";
}

/* --- changes ------------------------------------------------------------------------------------- */

int fleet_attach_reader(struct fleet *fleet, struct fleet_reader *reader)
{
    int failed = fleet_changes_attach(&fleet->changes, reader);
    if (failed)
        return failed;
    for (uint32_t slot = 0; slot < fleet->slot_count; slot++)
        fleet_reader_mark(reader, slot);
    return 0;
}

void fleet_mark(struct fleet *fleet, uint32_t slot)
{
    must(slot < fleet->slot_count);
    fleet_changes_mark(&fleet->changes, slot);
}

void fleet_mark_all(struct fleet *fleet)
{
    for (uint32_t slot = 0; slot < fleet->slot_count; slot++)
        fleet_mark(fleet, slot);
}

uint64_t fleet_names_version(const struct fleet *fleet)
{
    return fleet->names_version;
}

/* A policy with its own target does not need the target of the API. */
enum reason deployment_entry_fault(const struct deployment *deployment)
{
    bool has_own_target = deployment->policy->target_free_ppb != TARGET_FROM_API;
    return deployment->entry_fault == REASON_BAD_TARGET && has_own_target ? REASON_NONE
                                                                          : deployment->entry_fault;
}

void deployment_set_detail(struct deployment *deployment, const char *detail)
{
    if (!detail[0]) {
        heap_free(deployment->detail);
        deployment->detail = NULL;
        return;
    }
    if (!deployment->detail)
        deployment->detail = heap_alloc(DETAIL_SIZE, 1);
    if (!deployment->detail)
        return;
    size_t length = strlen(detail);
    length = length < DETAIL_SIZE - 1 ? length : DETAIL_SIZE - 1;
    memcpy(deployment->detail, detail, length);
    deployment->detail[length] = '\0';
}
