#include "engine/run/scale_outcomes.h"

#include "engine/base/heap.h"
#include "engine/base/text.h"
#include "engine/store/failpoint.h"

#include <string.h>

#define CAPACITY_MIN 16

/* --- the line -------------------------------------------------------------------------------------------------- */

void outcome_line_fini(struct outcome_line *line)
{
    heap_free(line->ended);
    *line = (struct outcome_line){ 0 };
}

static bool make_room(struct outcome_line *line)
{
    if (line->first + line->count < line->capacity)
        return true;
    if (line->first > 0) {
        memmove(line->ended, line->ended + line->first, line->count * sizeof *line->ended);
        line->first = 0;
        return true;
    }
    size_t capacity = line->capacity ? 2 * line->capacity : CAPACITY_MIN;
    struct ended *grown = heap_resize(line->ended, capacity, sizeof *grown);
    if (!grown)
        return false;
    line->ended = grown;
    line->capacity = capacity;
    return true;
}

static void copy(char *storage, size_t size, const char *bytes, size_t length)
{
    struct text text;
    text_init(&text, storage, size);
    text_add_bytes(&text, bytes, length);
}

static void keep_detail(const struct outcome_line *line, const char *detail, size_t length,
                        struct ended *ended)
{
    char storage[ERROR_MSG_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_add_bytes(&text, detail, length);
    redaction_clean(line->redaction, &text);
    copy(ended->detail, sizeof ended->detail, storage, text.length);
}

static void add(struct outcome_line *line, const char *name, size_t length,
                enum record_outcome outcome, const char *detail, size_t detail_length)
{
    if (!make_room(line))
        return;
    struct ended *ended = &line->ended[line->first + line->count++];
    ended->at = stamp_now();
    ended->outcome = outcome;
    copy(ended->text, sizeof ended->text, name, length);
    keep_detail(line, detail, detail_length, ended);
}

void outcome_line_add(struct outcome_line *line, const char *key, enum record_outcome outcome,
                      const char *detail)
{
    add(line, key, strlen(key), outcome, detail, strlen(detail));
}

static struct record record_of(const struct ended *ended)
{
    struct record record = { .at = ended->at };
    if (ended->outcome == OUTCOME_OPEN) {
        record.kind = RECORD_GONE;
        record.gone = ended->text;
        return record;
    }
    record.kind = RECORD_OUTCOME;
    record.outcome = (struct outcome_record){
        .key = ended->text,
        .outcome = ended->outcome,
        .detail = ended->detail[0] ? ended->detail : NULL,
    };
    return record;
}

bool outcome_line_flush(struct outcome_line *line, struct journal *journal)
{
    while (line->count > 0) {
        struct record record = record_of(&line->ended[line->first]);
        if (journal_put(journal, &record, NULL))
            return false;
        line->first++;
        line->count--;
        failpoint(FAILPOINT_OUTCOME_GIVEN);
    }
    line->first = 0;
    return true;
}

/* --- events ---------------------------------------------------------------------------------------------------- */

static const struct event_field *find_field(const struct event *event, const char *key)
{
    for (size_t i = 0; i < event->field_count; i++)
        if (strcmp(event->fields[i].key, key) == 0)
            return &event->fields[i];
    return NULL;
}

/* OPEN: the event does not end a scale. */
static enum record_outcome outcome_of(enum event_id id)
{
    if (id == EVENT_SCALED || id == EVENT_SCALE_CONFIRMED || id == EVENT_SCALE_ASSUMED)
        return OUTCOME_ACCEPTED;
    if (id == EVENT_SCALE_FAILED || id == EVENT_SCALE_NOT_APPLIED)
        return OUTCOME_REFUSED;
    return id == EVENT_SCALE_UNCONFIRMED ? OUTCOME_UNKNOWN : OUTCOME_OPEN;
}

static const struct deployment *find_deployment(const struct event *event,
                                                const struct fleet *fleet)
{
    char id[COMMAND_ID_SIZE];
    const struct event_field *field = find_field(event, "deployment");
    if (!field || field->string_size >= sizeof id)
        return NULL;
    copy(id, sizeof id, field->string, field->string_size);
    return fleet_find(fleet, id, false);
}

static void take_outcome(const struct event *event, enum record_outcome outcome,
                         const struct fleet *fleet, struct outcome_line *line,
                         struct state_sweep *sweep)
{
    const struct event_field *key = find_field(event, "key");
    const struct event_field *error = find_field(event, "error");
    const struct deployment *deployment = find_deployment(event, fleet);
    if (!key)
        return;
    /* The refusal of a repeat says nothing about the request before it. */
    if (event->id == EVENT_SCALE_FAILED && deployment && deployment->ledger &&
        ledger_is_repeat(deployment->ledger))
        outcome = OUTCOME_UNKNOWN;
    failpoint(FAILPOINT_SCALE_ANSWERED);
    add(line, key->string, key->string_size, outcome, error ? error->string : "",
        error ? error->string_size : 0);
    if (deployment)
        state_sweep_hurry(sweep, deployment->slot);
}

void scale_outcomes_take(const struct event *event, const struct fleet *fleet,
                         struct outcome_line *line, struct state_sweep *sweep)
{
    enum record_outcome outcome = outcome_of(event->id);
    if (outcome != OUTCOME_OPEN) {
        take_outcome(event, outcome, fleet, line, sweep);
        return;
    }
    const struct event_field *id = find_field(event, "deployment");
    if (event->id == EVENT_DEPLOYMENT_GONE && id)
        add(line, id->string, id->string_size, OUTCOME_OPEN, "", 0);
}

/* --- decisions ------------------------------------------------------------------------------------------------- */

static enum action action_of(enum event_id id)
{
    if (id == EVENT_SCALE_REQUESTED)
        return ACTION_SCALED;
    if (id == EVENT_DRY_RUN)
        return ACTION_DRY_RUN;
    return id == EVENT_HELD || id == EVENT_HELD_BAD_DATA ? ACTION_HELD : ACTION_NONE;
}

void scale_outcomes_decision(const struct event *event, const struct fleet *fleet,
                             struct journal *journal)
{
    enum action action = action_of(event->id);
    if (action == ACTION_NONE)
        return;
    char reason[64];
    const struct event_field *field = find_field(event, "reason");
    const struct event_field *delta = find_field(event, "delta");
    const struct deployment *deployment = find_deployment(event, fleet);
    if (!deployment || !field)
        return;
    copy(reason, sizeof reason, field->string, field->string_size);
    struct record record = {
        .kind = RECORD_DECISION,
        .at = stamp_now(),
        .decision = {
            .deployment = deployment->id,
            .status = { deployment->status.current_hosts, deployment->status.total_servers,
                        deployment->status.free_servers, ledger_pending_hosts(deployment->ledger) },
            .desired_hosts = deployment->desired_hosts,
            .raw_delta = deployment->raw_delta,
            .delta = delta ? (int32_t)delta->number : 0,
            .action = action_name(action),
            .reason = reason,
        },
    };
    journal_put(journal, &record, NULL);
}
