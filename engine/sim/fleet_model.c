#include "engine/sim/fleet_model.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/core/delta.h"
#include "engine/sim/agenda.h"
#include "engine/sim/demand.h"
#include "engine/sim/draw.h"

#include <errno.h>
#include <string.h>

/*
 * A host's life:
 *
 *     ordered --(boot time)--> active --(removed while empty)--> gone
 *        |                        |
 *        |                        +--(removed with sessions)--> draining --(at most DRAIN_MS_MAX)--> gone
 *        +--(removed)--> gone
 *
 * Hosts are counted, not kept: only boots and drains under way have moments of their own. Sessions on a draining host
 * stay until it leaves; everybody else plays on active hosts as far as those have room. What is asked never changes
 * what will be: boot and drain times are numbered by the hosts that had one, not drawn in the order of questions.
 */
#define MODEL_ID_SIZE_MAX ((size_t)40)
#define HOSTS_MAX 100000
#define HOSTS_AT_PEAK_MIN ((int64_t)3)
#define HOSTS_AT_PEAK_SPREAD ((int64_t)57)
#define START_HOUR_UTC 16
#define DRAIN_MS_MIN ((int64_t)15 * 1000)
#define DRAIN_MS_MAX ((int64_t)120 * 1000)

enum lane { LANE_KEY, LANE_CHARACTER, LANE_DEMAND, LANE_BOOT, LANE_DRAIN, LANE_DRAIN_SESSIONS };
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
    struct agenda boots;  /* hosts ordered and not active yet; no cargo */
    struct agenda drains; /* hosts that drain; cargo: their sessions */
    uint64_t key;
    int64_t now_ms;
    uint32_t order_number; /* of the next host to boot or drain */
    int32_t active_hosts;
    int32_t draining_sessions;
    int32_t servers_per_host;
    int32_t target_free_ppb;
    enum counts_when counts_when;
};

struct fleet_model {
    struct deployment *deployments;
    size_t count;
    int64_t boot_ms;
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

/* Hosts at time 0 as a percentage of those wanted: a first pass finds something to do. */
static const int32_t start_pct_choices[] = { 60, 80, 90, 100, 100, 100, 115, 130, 150 };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define CHOOSE(key, character, choices)                                                            \
    (choices)[draw_below((key), LANE_CHARACTER, (character), COUNT_OF(choices))]

/* Neighbours differ in region and mode: 61 and NAME_COUNT have no common divisor, so a block of names repeats none. */
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

/* The slot that holds the id, or the empty one where it belongs. */
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

/* Sessions at the top of the day that fill the hosts drawn for it up to the target. */
static int32_t draw_peak(const struct deployment *deployment)
{
    int64_t draw_mil = draw_below(deployment->key, LANE_CHARACTER, CHARACTER_SIZE, 1001);
    int64_t hosts_mil =
        HOSTS_AT_PEAK_MIN * 1000 + HOSTS_AT_PEAK_SPREAD * draw_mil * draw_mil / 1000;
    int64_t servers = ceil_div(hosts_mil * deployment->servers_per_host, 1000);
    return (int32_t)floor_div(servers * (SHARE_WHOLE - deployment->target_free_ppb), SHARE_WHOLE);
}

static int32_t draw_start_hosts(const struct deployment *deployment)
{
    int32_t sessions = demand_at(&deployment->demand, 0);
    int64_t wanted = delta_desired_hosts(&(struct delta_input){
        .servers_per_host = deployment->servers_per_host,
        .total_servers = sessions,
        .target_free_ppb = deployment->target_free_ppb,
    });
    int64_t pct = CHOOSE(deployment->key, CHARACTER_START, start_pct_choices);
    int64_t hosts = pct < 100 ? floor_div(wanted * pct, 100) : ceil_div(wanted * pct, 100);
    return (int32_t)max_i64(hosts, 1);
}

static void deployment_init(struct deployment *deployment, size_t index,
                            const struct fleet_model_config *config)
{
    uint64_t key = draw_bits(config->seed, LANE_KEY, index);
    deployment->key = key;
    deployment->servers_per_host =
        CHOOSE(key, CHARACTER_SERVERS_PER_HOST, servers_per_host_choices);
    deployment->target_free_ppb = CHOOSE(key, CHARACTER_TARGET, target_free_ppb_choices);
    deployment->counts_when =
        draw_below(key, LANE_CHARACTER, CHARACTER_COUNTS_WHEN, 2) ? COUNTS_BOOTED : COUNTS_ORDERED;

    int32_t start_hour = (START_HOUR_UTC + region_of(index)->hours_ahead) % DEMAND_HOURS;
    demand_init(&deployment->demand, draw_bits(key, LANE_DEMAND, 0), config->day_ms, start_hour,
                draw_peak(deployment));
    deployment->active_hosts = draw_start_hosts(deployment);
}

static void advance(struct deployment *deployment, int64_t now_ms)
{
    must(now_ms >= deployment->now_ms);
    deployment->now_ms = now_ms;

    uint8_t cargo;
    while (agenda_take_due(&deployment->boots, now_ms, &cargo))
        deployment->active_hosts++;
    while (agenda_take_due(&deployment->drains, now_ms, &cargo))
        deployment->draining_sessions -= cargo;
}

static int64_t active_servers(const struct deployment *deployment)
{
    return (int64_t)deployment->active_hosts * deployment->servers_per_host;
}

/* Sessions on active hosts: players beyond their room are turned away. */
static int64_t active_sessions(const struct deployment *deployment)
{
    int64_t wanted =
        (int64_t)demand_at(&deployment->demand, deployment->now_ms) - deployment->draining_sessions;
    return clamp_i64(wanted, 0, active_servers(deployment));
}

/* ---- growing ---- */

/*
 * The log-normal distribution with median 1000 and sigma 0.25 at every 32nd of its mass, clipped at half and double: a
 * table, because exp() differs from one machine's library to the next.
 */
static const int32_t boot_quantiles_mil[] = {
    500,  628,  681,  719,  750,  777,  801,  824,  845,  865,  885,
    904,  923,  942,  961,  981,  1000, 1020, 1040, 1061, 1083, 1106,
    1130, 1156, 1184, 1214, 1248, 1287, 1333, 1390, 1467, 1593, 2000,
};

static int64_t draw_boot_ms(const struct deployment *deployment, int64_t median_ms)
{
    int64_t draw_mil = draw_below(deployment->key, LANE_BOOT, deployment->order_number,
                                  (int64_t)(COUNT_OF(boot_quantiles_mil) - 1) * 1000);
    int64_t quantile = floor_div(draw_mil, 1000);
    int64_t from = boot_quantiles_mil[quantile];
    int64_t to = boot_quantiles_mil[quantile + 1];
    return floor_div(median_ms * (from + floor_div((to - from) * (draw_mil % 1000), 1000)), 1000);
}

static int order_hosts(struct deployment *deployment, int32_t hosts, int64_t boot_ms)
{
    if (agenda_reserve(&deployment->boots, (size_t)hosts) < 0)
        return -ENOMEM;
    for (int32_t i = 0; i < hosts; i++) {
        int64_t due_ms = deployment->now_ms + draw_boot_ms(deployment, boot_ms);
        agenda_add(&deployment->boots, due_ms, 0);
        deployment->order_number++;
    }
    return 0;
}

/* ---- shrinking ---- */

/*
 * How the sessions lie on the active hosts. Sessions end at random, so the fleet is never packed tight: of the hosts
 * that tight packing would leave empty, every other one holds a few sessions.
 */
struct occupancy {
    int64_t sessions;
    int64_t empty_hosts;
    int64_t light_hosts; /* with a few sessions; all others are taken as full */
};

static void read_occupancy(const struct deployment *deployment, struct occupancy *ret_occupancy)
{
    int64_t sessions = active_sessions(deployment);
    int64_t packed = ceil_div(sessions, deployment->servers_per_host);
    int64_t light = min_i64((deployment->active_hosts - packed) / 2, sessions - packed);
    *ret_occupancy = (struct occupancy){
        .sessions = sessions,
        .empty_hosts = deployment->active_hosts - packed - light,
        .light_hosts = light,
    };
}

static void drain_host(struct deployment *deployment, int64_t sessions)
{
    int64_t drain_ms =
        DRAIN_MS_MIN + draw_below(deployment->key, LANE_DRAIN, deployment->order_number,
                                  DRAIN_MS_MAX - DRAIN_MS_MIN + 1);
    agenda_add(&deployment->drains, deployment->now_ms + drain_ms, (uint8_t)sessions);
    deployment->draining_sessions += (int32_t)sessions;
}

/* The lightest go first. A host for which no session is left over is gone at once. */
static void drain_hosts(struct deployment *deployment, int64_t hosts,
                        const struct occupancy *occupancy)
{
    int64_t sessions_left = occupancy->sessions;
    int64_t few = deployment->servers_per_host / 4 + 1;
    for (int64_t i = 0; i < hosts; i++) {
        int64_t sessions = deployment->servers_per_host;
        if (i < occupancy->light_hosts)
            sessions =
                1 + draw_below(deployment->key, LANE_DRAIN_SESSIONS, deployment->order_number, few);
        sessions = min_i64(sessions, min_i64(sessions_left, deployment->servers_per_host));
        if (sessions > 0)
            drain_host(deployment, sessions);
        sessions_left -= sessions;
        deployment->active_hosts--;
        deployment->order_number++;
    }
}

/* Empty hosts first, then those that are still booting, then those where somebody plays. */
static int remove_hosts(struct deployment *deployment, int64_t hosts)
{
    struct occupancy occupancy;
    read_occupancy(deployment, &occupancy);
    int64_t empty = min_i64(hosts, occupancy.empty_hosts);
    int64_t booting = min_i64(hosts - empty, deployment->boots.count);
    int64_t draining = hosts - empty - booting;
    if (agenda_reserve(&deployment->drains, (size_t)draining) < 0)
        return -ENOMEM;

    deployment->active_hosts -= (int32_t)empty;
    agenda_forget_latest(&deployment->boots, (size_t)booting);
    drain_hosts(deployment, draining, &occupancy);
    must(deployment->active_hosts >= 0);
    return 0;
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
    model->boot_ms = config->boot_ms;
    model->deployments = heap_alloc(model->count, sizeof *model->deployments);
    if (!model->deployments || create_ids(model) < 0 || create_index(model) < 0)
        goto fail;
    for (size_t i = 0; i < model->count; i++)
        deployment_init(&model->deployments[i], i, config);
    *ret_model = model;
    return 0;

fail:
    fleet_model_destroy(model);
    return error_set(err, -ENOMEM, "no memory for a simulated fleet of %zu deployments",
                     config->deployment_count);
}

void fleet_model_destroy(struct fleet_model *model)
{
    if (!model)
        return;
    for (size_t i = 0; model->deployments && i < model->count; i++) {
        agenda_fini(&model->deployments[i].boots);
        agenda_fini(&model->deployments[i].drains);
    }
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
        .servers_per_host = deployment->servers_per_host,
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

    int64_t other_hosts = deployment->counts_when == COUNTS_ORDERED ? deployment->boots.count
                                                                    : deployment->drains.count;
    int64_t servers = active_servers(deployment);
    *ret_status = (struct status){
        .current_hosts = (int32_t)(deployment->active_hosts + other_hosts),
        .total_servers = (int32_t)(servers + deployment->draining_sessions),
        .free_servers = (int32_t)(servers - active_sessions(deployment)),
    };
}

int fleet_model_scale(struct fleet_model *model, size_t index, int64_t now_ms, int32_t delta,
                      struct error *err)
{
    must(index < model->count);
    struct deployment *deployment = &model->deployments[index];
    advance(deployment, now_ms);

    int64_t hosts = (int64_t)deployment->active_hosts + deployment->boots.count;
    if (delta == 0)
        return error_set(err, -EINVAL, "a delta of 0 asks for nothing");
    if (hosts + delta < 0)
        return error_set(err, -EINVAL, "%s has %lld hosts and cannot lose %lld", deployment->id,
                         (long long)hosts, -(long long)delta);
    if (hosts + delta > HOSTS_MAX)
        return error_set(err, -EINVAL, "%s has %lld hosts and cannot get beyond %d", deployment->id,
                         (long long)hosts, HOSTS_MAX);

    int result = delta > 0 ? order_hosts(deployment, delta, model->boot_ms)
                           : remove_hosts(deployment, -(int64_t)delta);
    return result < 0 ? error_set(err, result, "no memory for the hosts of %s", deployment->id) : 0;
}
