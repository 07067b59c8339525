#include "engine/control/deployment_list.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/text.h"
#include "engine/control/pieces.h"
#include "engine/core/deployment_state.h"
#include "engine/view/deployment_json.h"

#include <string.h>

/* Slots that one step looks at: about a millisecond when none of them matches. */
#define SLOTS_PER_STEP 4096

enum list_part { PART_HEAD, PART_ROWS, PART_TAIL };

struct deployment_list {
    struct deployment_list_config config;
    char *match;
    enum list_part part;
    uint32_t slot;
    int64_t count;
    char last[ID_SIZE_MAX + 1];
    bool is_limited; /* the limit has ended it */
    struct pieces pieces;
    char storage[DEPLOYMENT_JSON_SIZE];
};

static enum state state_of(const struct deployment_list *list, const struct deployment *deployment)
{
    return deployment_state(deployment, reconciler_is_paused(list->config.engine->reconciler),
                            deployment_wanted_delta(deployment));
}

static bool is_wanted(const struct deployment_list *list, const struct deployment *deployment)
{
    return deployment && deployment->is_listed &&
           (!list->match || pattern_matches(list->match, deployment->id)) &&
           (list->config.state < 0 || (int)state_of(list, deployment) == list->config.state);
}

static void add_row(struct deployment_list *list, const struct deployment *deployment,
                    struct text *piece)
{
    struct snapshot_pause pause;
    control_engine_pause(list->config.engine, deployment, &pause);
    text_add(piece, list->count == 0 ? "\n" : ",\n");
    deployment_json_add(piece, deployment, state_of(list, deployment), &pause);
    list->count++;
    struct text last;
    text_init(&last, list->last, sizeof list->last);
    text_add(&last, deployment->id);
}

/* Line breaks say that the list is still being made when no row was found. */
static void step_rows(struct deployment_list *list, struct text *piece)
{
    const struct fleet *fleet = reconciler_fleet(list->config.engine->reconciler);
    size_t end = fleet_slot_count(fleet);
    for (int looked = 0; list->slot < end; looked++) {
        if (list->config.limit > 0 && list->count == list->config.limit) {
            list->is_limited = true;
            break;
        }
        if (looked == SLOTS_PER_STEP) {
            text_add_char(piece, '\n');
            return;
        }
        const struct deployment *deployment = fleet_at(fleet, list->slot++);
        if (is_wanted(list, deployment)) {
            add_row(list, deployment, piece);
            return;
        }
    }
    list->part = PART_TAIL;
}

static void add_tail(const struct deployment_list *list, struct text *piece)
{
    text_add(piece, "],\n\"next\":");
    if (list->is_limited)
        text_add_json(piece, list->last, strlen(list->last));
    else
        text_add(piece, "null");
    text_add(piece, "}\n");
}

static bool step(void *context, struct text *piece)
{
    struct deployment_list *list = context;
    switch (list->part) {
    case PART_HEAD:
        text_add(piece, "{\"deployments\":[");
        list->part = PART_ROWS;
        return true;
    case PART_ROWS:
        step_rows(list, piece);
        return true;
    case PART_TAIL:
        break;
    }
    add_tail(list, piece);
    return false;
}

struct deployment_list *deployment_list_create(const struct deployment_list_config *config)
{
    struct deployment_list *list = heap_alloc(1, sizeof *list);
    if (!list)
        return NULL;
    list->config = *config;
    list->slot = config->from;
    pieces_init(&list->pieces, step, list, config->engine->redaction, list->storage,
                sizeof list->storage);
    if (!config->match)
        return list;
    list->match = heap_copy_text(config->match, strlen(config->match));
    if (!list->match) {
        heap_free(list);
        return NULL;
    }
    return list;
}

int64_t deployment_list_write(void *context, char *bytes, size_t size)
{
    struct deployment_list *list = context;
    return pieces_write(&list->pieces, bytes, size);
}

void deployment_list_end(void *context)
{
    struct deployment_list *list = context;
    heap_free(list->match);
    heap_free(list);
}
