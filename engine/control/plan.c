#include "engine/control/plan.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/text.h"
#include "engine/control/pieces.h"
#include "engine/core/what_if.h"

#include <stdlib.h>
#include <string.h>

/* Each is decided twice: about a millisecond. */
#define SLOTS_PER_STEP 256
#define PIECE_SIZE 4096

enum plan_part { PART_LOOK, PART_HEAD, PART_ROWS };

struct plan_row {
    char id[ID_SIZE_MAX + 1];
    int32_t hosts;
    int32_t delta;
    int32_t wanted;
    enum action action;
    enum reason reason;
};

struct plan {
    const struct control_engine *engine;
    enum plan_part part;
    uint32_t slot;
    int64_t deployments, up, up_hosts, down, down_hosts, held;
    size_t count; /* of rows: a heap, the smallest change first, until all were looked at */
    size_t shown;
    struct pieces pieces;
    char storage[PIECE_SIZE];
    struct plan_row rows[PLAN_ROWS_MAX];
};

/* --- the largest rows ------------------------------------------------------------------------------------------ */

static int64_t size_of(const struct plan_row *row)
{
    return max_i64(row->wanted, -(int64_t)row->wanted);
}

/* The larger change first; equal ones by id. */
static int by_size(const void *a, const void *b)
{
    const struct plan_row *left = a;
    const struct plan_row *right = b;
    if (size_of(left) != size_of(right))
        return size_of(left) < size_of(right) ? 1 : -1;
    return strcmp(left->id, right->id);
}

static void swap(struct plan_row *a, struct plan_row *b)
{
    struct plan_row kept = *a;
    *a = *b;
    *b = kept;
}

static void sift_up(struct plan *plan, size_t at)
{
    while (at > 0 && by_size(&plan->rows[at], &plan->rows[(at - 1) / 2]) > 0) {
        swap(&plan->rows[at], &plan->rows[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void sift_down(struct plan *plan)
{
    for (size_t at = 0, child = 1; child < plan->count; at = child, child = 2 * at + 1) {
        if (child + 1 < plan->count && by_size(&plan->rows[child + 1], &plan->rows[child]) > 0)
            child++;
        if (by_size(&plan->rows[child], &plan->rows[at]) <= 0)
            return;
        swap(&plan->rows[child], &plan->rows[at]);
    }
}

static void keep(struct plan *plan, const struct plan_row *row)
{
    if (plan->count < PLAN_ROWS_MAX) {
        plan->rows[plan->count++] = *row;
        sift_up(plan, plan->count - 1);
    } else if (by_size(row, &plan->rows[0]) < 0) {
        plan->rows[0] = *row;
        sift_down(plan);
    }
}

/* --- one deployment -------------------------------------------------------------------------------------------- */

static void count_row(struct plan *plan, const struct plan_row *row)
{
    plan->up += row->delta > 0;
    plan->up_hosts += max_i64(0, row->delta);
    plan->down += row->delta < 0;
    plan->down_hosts += max_i64(0, -(int64_t)row->delta);
    plan->held += row->delta == 0;
}

static void look_at(struct plan *plan, const struct deployment *deployment, struct mono now)
{
    struct decision_input input;
    struct decision decision;
    struct plan_row row;
    struct text id;
    plan->deployments++;
    if (!what_if_input(plan->engine->reconciler, deployment, NULL, now, &input))
        return;
    decide(&input, &decision);
    row.hosts = input.status.current_hosts;
    row.delta = decision.action == ACTION_SCALED ? decision.delta : 0;
    row.action = decision.action;
    row.reason = decision.reason;
    input.gate = REASON_NONE;
    decide(&input, &decision);
    row.wanted = decision.delta;
    if (row.wanted == 0 && row.delta == 0)
        return;
    text_init(&id, row.id, sizeof row.id);
    text_add(&id, deployment->id);
    count_row(plan, &row);
    keep(plan, &row);
}

/* --- the body -------------------------------------------------------------------------------------------------- */

static void step_look(struct plan *plan, struct text *piece)
{
    const struct fleet *fleet = reconciler_fleet(plan->engine->reconciler);
    struct publish_context context;
    plan->engine->describe(plan->engine->context, &context);
    for (int looked = 0; looked < SLOTS_PER_STEP && plan->slot < fleet_slot_count(fleet);
         looked++) {
        const struct deployment *deployment = fleet_at(fleet, plan->slot++);
        if (deployment && deployment->is_listed && !deployment->is_entry)
            look_at(plan, deployment, context.now);
    }
    text_add_char(piece, '\n');
    if (plan->slot < fleet_slot_count(fleet))
        return;
    qsort(plan->rows, plan->count, sizeof plan->rows[0], by_size);
    plan->part = PART_HEAD;
}

static void add_head(struct plan *plan, struct text *piece)
{
    text_addf(piece,
              "{\"deployments\":%lld,\"up\":%lld,\"up_hosts\":%lld,\"down\":%lld,"
              "\"down_hosts\":%lld,\"held\":%lld,\"plan\":[",
              (long long)plan->deployments, (long long)plan->up, (long long)plan->up_hosts,
              (long long)plan->down, (long long)plan->down_hosts, (long long)plan->held);
    plan->part = PART_ROWS;
}

static void add_row(struct plan *plan, struct text *piece)
{
    const struct plan_row *row = &plan->rows[plan->shown];
    text_add(piece, plan->shown == 0 ? "\n{\"id\":" : ",\n{\"id\":");
    text_add_json(piece, row->id, strlen(row->id));
    text_addf(piece,
              ",\"hosts\":%d,\"delta\":%d,\"wanted\":%d,\"action\":\"%s\",\"reason\":\"%s\"}",
              row->hosts, row->delta, row->wanted, action_name(row->action),
              reason_row(row->reason)->name);
    plan->shown++;
}

static bool step(void *context, struct text *piece)
{
    struct plan *plan = context;
    switch (plan->part) {
    case PART_LOOK:
        step_look(plan, piece);
        return true;
    case PART_HEAD:
        add_head(plan, piece);
        return true;
    case PART_ROWS:
        break;
    }
    if (plan->shown < plan->count) {
        add_row(plan, piece);
        return true;
    }
    text_add(piece, "]}\n");
    return false;
}

struct plan *plan_create(const struct control_engine *engine)
{
    struct plan *plan = heap_alloc(1, sizeof *plan);
    if (!plan)
        return NULL;
    plan->engine = engine;
    pieces_init(&plan->pieces, step, plan, engine->redaction, plan->storage, sizeof plan->storage);
    return plan;
}

int64_t plan_write(void *context, char *bytes, size_t size)
{
    struct plan *plan = context;
    return pieces_write(&plan->pieces, bytes, size);
}

void plan_end(void *context)
{
    heap_free(context);
}
