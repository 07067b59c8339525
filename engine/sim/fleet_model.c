#include "engine/sim/fleet_model.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/core/delta.h"
#include "engine/sim/demand.h"
#include "engine/sim/draw.h"
#include "engine/sim/host_pool.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define MODEL_ID_SIZE_MAX ((size_t)40)
#define HOSTS_MAX 100000
#define HOSTS_AT_PEAK_MIN ((int64_t)3)
#define HOSTS_AT_PEAK_SPREAD ((int64_t)57)
#define START_HOUR_UTC 16
#define SESSION_MS ((int64_t)10 * 60 * 1000)
#define DRAIN_MS_MAX ((int64_t)120 * 1000)

enum lane { LANE_KEY, LANE_CHARACTER, LANE_DEMAND, LANE_POOL };
enum character {
    CHARACTER_SERVERS_PER_HOST,
    CHARACTER_TARGET,
    CHARACTER_COUNTS_WHEN,
    CHARACTER_SIZE,
    CHARACTER_START,
};

struct deployment {
    const char *id; /* in the model's id_bytes */
    struct demand demand;
    struct host_pool pool;
    int32_t target_free_ppb;
    enum counts_when counts_when;
};

struct fleet_model {
    struct deployment *deployments;
    size_t count;
    char *id_bytes;
    uint32_t *slots; /* open addressing: a deployment's index + 1, or 0 */
    size_t slot_count;
};

struct region {
    const char *name;
    int32_t hours_ahead; /* of UTC */
};

static const struct region regions[] = {
    { "eu-west", 0 },  { "us-east", 19 }, { "ap-southeast", 8 }, { "eu-central", 1 },
    { "us-west", 16 }, { "sa-east", 21 }, { "ap-northeast", 9 }, { "us-central", 18 },
    { "ap-south", 5 }, { "eu-north", 1 }, { "oc-south", 10 },    { "me-central", 4 },
};
static const char *const modes[] = {
    "arena", "ranked", "survival", "duel",   "horde",      "racing",
    "siege", "coop",   "capture",  "battle", "deathmatch", "lobby",
};
#define REGION_COUNT (sizeof regions / sizeof regions[0])
#define MODE_COUNT (sizeof modes / sizeof modes[0])
#define NAME_COUNT (REGION_COUNT * MODE_COUNT)

static const int32_t servers_per_host_choices[] = { 1, 2, 4, 5, 6, 8, 10, 10, 10, 12, 15, 16, 20 };
static const int32_t target_free_ppb_choices[] = {
    5 * SHARE_PERCENT,  15 * SHARE_PERCENT / 2, 8 * SHARE_PERCENT,  10 * SHARE_PERCENT,
    10 * SHARE_PERCENT, 25 * SHARE_PERCENT / 2, 15 * SHARE_PERCENT, 15 * SHARE_PERCENT,
    20 * SHARE_PERCENT, 20 * SHARE_PERCENT,     25 * SHARE_PERCENT, 30 * SHARE_PERCENT,
};

/* Hosts at time 0 as a percentage of the wanted ones: the first pass has something to do. */
static const int32_t start_pct_choices[] = { 60, 80, 90, 100, 100, 100, 115, 130, 150 };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define CHOOSE(key, character, choices)                                                            \
    (choices)[draw_below((key), LANE_CHARACTER, (character), COUNT_OF(choices))]

/*
 * Neighbours differ in region and mode. 61 and NAME_COUNT have no common divisor, so a block of names has no
 * duplicate.
 */
static size_t name_index(size_t index)
{
    return index * 61 % NAME_COUNT;
}

static const struct region *region_of(size_t index)
{
    return &regions[name_index(index) % REGION_COUNT];
}

/* "eu-west-arena-01" */
static void write_id(size_t index, struct text *text)
{
    text_reset(text);
    text_addf(text, "%s-%s-%02zu", region_of(index)->name, modes[name_index(index) / REGION_COUNT],
              index / NAME_COUNT + 1);
    must(!text->was_cut);
}

/* ---- the index of ids ---- */

/* FNV-1a, mixed once more because its low bits are weak. */
static uint64_t hash_id(const char *id)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *id; id++)
        hash = (hash ^ (unsigned char)*id) * 0x100000001b3u;
    return random_mix(hash);
}

/* The slot of the id, or the empty slot for it. */
static uint32_t *find_slot(const struct fleet_model *model, const char *id)
{
    size_t slot = hash_id(id) & (model->slot_count - 1);
    while (model->slots[slot] && strcmp(model->deployments[model->slots[slot] - 1].id, id) != 0)
        slot = (slot + 1) & (model->slot_count - 1);
    return &model->slots[slot];
}

static int create_ids(struct fleet_model *model)
{
    char storage[MODEL_ID_SIZE_MAX + 1];
    struct text text;
    text_init(&text, storage, sizeof storage);

    size_t size = 0;
    for (size_t i = 0; i < model->count; i++) {
        write_id(i, &text);
        size += text.length + 1;
    }
    model->id_bytes = heap_alloc(size, 1);
    if (!model->id_bytes)
        return -ENOMEM;

    char *id = model->id_bytes;
    for (size_t i = 0; i < model->count; i++) {
        write_id(i, &text);
        memcpy(id, storage, text.length + 1);
        model->deployments[i].id = id;
        id += text.length + 1;
    }
    return 0;
}

static int create_index(struct fleet_model *model)
{
    model->slot_count = 2;
    while (model->slot_count < 2 * model->count)
        model->slot_count *= 2;
    model->slots = heap_alloc(model->slot_count, sizeof *model->slots);
    if (!model->slots)
        return -ENOMEM;
    for (size_t i = 0; i < model->count; i++) {
        uint32_t *slot = find_slot(model, model->deployments[i].id);
        must(*slot == 0);
        *slot = (uint32_t)(i + 1);
    }
    return 0;
}

/* ---- one deployment ---- */

/* The properties of a deployment that are drawn first. */
struct nature {
    uint64_t key;
    int32_t servers_per_host;
    int32_t target_free_ppb;
};

static struct nature draw_nature(uint64_t seed, size_t index)
{
    uint64_t key = draw_bits(seed, LANE_KEY, index);
    return (struct nature){
        .key = key,
        .servers_per_host = CHOOSE(key, CHARACTER_SERVERS_PER_HOST, servers_per_host_choices),
        .target_free_ppb = CHOOSE(key, CHARACTER_TARGET, target_free_ppb_choices),
    };
}

static enum counts_when draw_counts_when(uint64_t key)
{
    return draw_below(key, LANE_CHARACTER, CHARACTER_COUNTS_WHEN, 2) ? COUNTS_BOOTED
                                                                     : COUNTS_ORDERED;
}

/* Peak sessions that fill the drawn hosts up to the target. */
static int32_t draw_peak(const struct nature *nature)
{
    int64_t draw_mil = draw_below(nature->key, LANE_CHARACTER, CHARACTER_SIZE, 1001);
    int64_t hosts_mil =
        HOSTS_AT_PEAK_MIN * 1000 + HOSTS_AT_PEAK_SPREAD * draw_mil * draw_mil / 1000;
    int64_t servers = ceil_div(hosts_mil * nature->servers_per_host, 1000);
    return (int32_t)floor_div(servers * (SHARE_WHOLE - nature->target_free_ppb), SHARE_WHOLE);
}

static int32_t draw_start_hosts(const struct nature *nature, int32_t sessions)
{
    int64_t wanted = delta_desired_hosts(&(struct delta_input){
        .servers_per_host = nature->servers_per_host,
        .total_servers = sessions,
        .target_free_ppb = nature->target_free_ppb,
    });
    int64_t pct = CHOOSE(nature->key, CHARACTER_START, start_pct_choices);
    int64_t hosts = pct < 100 ? floor_div(wanted * pct, 100) : ceil_div(wanted * pct, 100);
    return (int32_t)max_i64(hosts, 1);
}

static int init_pool(struct host_pool *pool, const struct nature *nature, int64_t boot_ms,
                     int32_t sessions)
{
    const struct host_pool_config config = {
        .key = draw_bits(nature->key, LANE_POOL, 0),
        .servers_per_host = nature->servers_per_host,
        .hosts = draw_start_hosts(nature, sessions),
        .boot_ms = boot_ms,
        .session_ms = SESSION_MS,
        .drain_ms_max = DRAIN_MS_MAX,
        .placement = PLACEMENT_PACK,
        .is_draining = true,
        .is_cancelling = true,
    };
    if (host_pool_init(pool, &config) < 0)
        return -ENOMEM;
    host_pool_step(pool, 0, sessions, POOL_SERVERS_UNLIMITED);
    return 0;
}

static int deployment_init(struct deployment *deployment, size_t index,
                           const struct fleet_model_config *config)
{
    struct nature nature = draw_nature(config->seed, index);
    deployment->target_free_ppb = nature.target_free_ppb;
    deployment->counts_when = draw_counts_when(nature.key);

    int32_t start_hour = (START_HOUR_UTC + region_of(index)->hours_ahead) % DEMAND_HOURS;
    demand_init(&deployment->demand, draw_bits(nature.key, LANE_DEMAND, 0), config->day_ms,
                start_hour, draw_peak(&nature));
    return init_pool(&deployment->pool, &nature, config->boot_ms,
                     demand_at(&deployment->demand, 0));
}

/* All steps up to now, or only the last one after a long gap; then boots and drains advance to exactly now. */
static void advance(struct deployment *deployment, int64_t now_ms)
{
    struct host_pool *pool = &deployment->pool;
    int64_t last_ms = now_ms - now_ms % FLEET_STEP_MS;
    bool is_forgotten = last_ms - pool->stepped_ms > FLEET_FORGET_MS;
    int64_t step_ms = is_forgotten ? last_ms : pool->stepped_ms + FLEET_STEP_MS;
    for (; step_ms <= last_ms; step_ms += FLEET_STEP_MS)
        host_pool_step(pool, step_ms, demand_at(&deployment->demand, step_ms),
                       POOL_SERVERS_UNLIMITED);
    host_pool_advance(pool, now_ms);
}

static int scale_pool(struct host_pool *pool, int32_t delta)
{
    if (delta > 0)
        return host_pool_order(pool, delta);
    int32_t removed = 0;
    int result = host_pool_remove(pool, -delta, &removed);
    must(result < 0 || removed == -delta);
    return result;
}

/* ---- the model ---- */

int fleet_model_create(const struct fleet_model_config *config, struct fleet_model **ret_model,
                       struct error *err)
{
    must(1 <= config->deployment_count && config->deployment_count <= DEPLOYMENT_COUNT_MAX);
    must(0 <= config->boot_ms && config->boot_ms <= INT32_MAX);

    struct fleet_model *model = heap_alloc(1, sizeof *model);
    if (!model)
        goto fail;
    model->count = config->deployment_count;
    model->deployments = heap_alloc(model->count, sizeof *model->deployments);
    if (!model->deployments || create_ids(model) < 0 || create_index(model) < 0)
        goto fail;
    for (size_t i = 0; i < model->count; i++)
        if (deployment_init(&model->deployments[i], i, config) < 0)
            goto fail;
    *ret_model = model;
    return 0;

fail:
    fleet_model_destroy(model);
    return error_set(err, -ENOMEM, "out of memory: a simulated fleet of %zu deployments",
                     config->deployment_count);
}

void fleet_model_destroy(struct fleet_model *model)
{
    if (!model)
        return;
    for (size_t i = 0; model->deployments && i < model->count; i++)
        host_pool_fini(&model->deployments[i].pool);
    heap_free(model->deployments);
    heap_free(model->id_bytes);
    heap_free(model->slots);
    heap_free(model);
}

size_t fleet_model_count(const struct fleet_model *model)
{
    return model->count;
}

void fleet_model_definition(const struct fleet_model *model, size_t index,
                            struct definition *ret_definition)
{
    must(index < model->count);
    const struct deployment *deployment = &model->deployments[index];
    *ret_definition = (struct definition){
        .id = deployment->id,
        .servers_per_host = deployment->pool.config.servers_per_host,
        .target_free_ppb = deployment->target_free_ppb,
        .fault = REASON_NONE,
    };
}

ptrdiff_t fleet_model_find(const struct fleet_model *model, const char *id)
{
    return (ptrdiff_t)*find_slot(model, id) - 1;
}

void fleet_model_status(struct fleet_model *model, size_t index, int64_t now_ms,
                        struct status *ret_status)
{
    must(index < model->count);
    struct deployment *deployment = &model->deployments[index];
    advance(deployment, now_ms);

    const struct host_pool *pool = &deployment->pool;
    int32_t other_hosts = deployment->counts_when == COUNTS_ORDERED ? host_pool_booting_hosts(pool)
                                                                    : pool->draining_hosts;
    int64_t servers = host_pool_servers(pool);
    *ret_status = (struct status){
        .current_hosts = pool->active_hosts + other_hosts,
        .total_servers = (int32_t)(servers + pool->draining_sessions),
        .free_servers = (int32_t)(servers - pool->active_sessions),
    };
}

int fleet_model_scale(struct fleet_model *model, size_t index, int64_t now_ms, int32_t delta,
                      struct error *err)
{
    must(index < model->count);
    struct deployment *deployment = &model->deployments[index];
    advance(deployment, now_ms);

    const struct host_pool *pool = &deployment->pool;
    int64_t hosts = (int64_t)pool->active_hosts + host_pool_booting_hosts(pool);
    if (delta == 0)
        return error_set(err, -EINVAL, "a delta of 0 asks for nothing");
    if (hosts + delta < 0)
        return error_set(err, -EINVAL, "%s has %lld hosts and cannot lose %lld", deployment->id,
                         (long long)hosts, -(long long)delta);
    if (hosts + delta > HOSTS_MAX)
        return error_set(err, -EINVAL, "%s has %lld hosts and cannot get beyond %d", deployment->id,
                         (long long)hosts, HOSTS_MAX);

    int result = scale_pool(&deployment->pool, delta);
    if (result < 0)
        return error_set(err, result, "out of memory: the hosts of %s", deployment->id);
    return 0;
}
