#include "engine/remote/mirror.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/control/stream_codec.h"
#include "engine/control/stream_words.h"
#include "engine/remote/batch.h"
#include "engine/remote/slot_map.h"
#include "engine/view/publish.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Texts that snapshots point to stay until the end: an engine that restarts says the same again. */
#define TEXTS_MAX 64

/* The head of a batch. */
struct head {
    struct snapshot_engine engine;
    struct snapshot_pass pass;
    struct fleet_totals totals;
    bool has_detail;
    struct snapshot_detail detail;
};

struct mirror {
    struct publisher *publisher;
    struct snapshot_remote remote;
    struct mirror_hello hello;
    bool has_hello;
    bool is_whole; /* the stream has begun anew, and has not ended its first batch */
    char seq[MIRROR_WORD_SIZE];
    char *texts[TEXTS_MAX];
    size_t text_count;
    const char *version;
    const char *api;
    uint16_t policies[POLICY_NAMES_MAX]; /* by index of the engine */
    size_t policy_count;
    struct slot_map slots;
    size_t slot_count; /* those that are shown */
    struct batch batch;
    struct head next;
    struct head shown;
    struct wall at;
    bool has_picture;
    bool is_news;
};

static int refuse(struct error *err, const char *kind)
{
    return error_set(err, ERR_PROTOCOL,
                     "the engine sends a stream that this program does not know (%s): is it of "
                     "another version?",
                     kind);
}

/* --- texts -------------------------------------------------------------------------------------------------------- */

/* NULL: no memory, or too many. */
static const char *intern(struct mirror *mirror, const char *text)
{
    for (size_t i = 0; i < mirror->text_count; i++)
        if (strcmp(mirror->texts[i], text) == 0)
            return mirror->texts[i];
    if (mirror->text_count == TEXTS_MAX)
        return NULL;
    char *copy = heap_copy_text(text, strlen(text));
    if (copy)
        mirror->texts[mirror->text_count++] = copy;
    return copy;
}

static const char *string_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static bool is_true(const cJSON *object, const char *name)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* What is missing is 0. */
static bool integer_of(const cJSON *object, const char *name, int64_t max, int64_t *ret_value)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    *ret_value = 0;
    return !item || stream_read_integer(item, 0, max, ret_value);
}

static bool copy_word(const cJSON *object, const char *name, char ret_word[MIRROR_WORD_SIZE])
{
    const char *word = string_of(object, name);
    if (!word || strlen(word) >= MIRROR_WORD_SIZE)
        return false;
    memcpy(ret_word, word, strlen(word) + 1);
    return true;
}

/* --- the begin of a stream ---------------------------------------------------------------------------------------- */

void mirror_begin(struct mirror *mirror)
{
    mirror->has_hello = false;
    mirror->policy_count = 0;
    batch_reset(&mirror->batch);
    mirror->next = (struct head){ 0 };
}

static int take_hello(struct mirror *mirror, const cJSON *object, struct error *err)
{
    struct mirror_hello hello = { .may_act = is_true(object, "may_act") };
    const char *api = string_of(object, "api");
    int64_t schema;
    if (!integer_of(object, "schema", INT32_MAX, &schema) || schema != STREAM_SCHEMA ||
        !copy_word(object, "version", hello.version) || !copy_word(object, "stream", hello.stream))
        return refuse(err, "hello");
    mirror->version = intern(mirror, hello.version);
    mirror->api = api ? intern(mirror, api) : NULL;
    if (!mirror->version || !mirror->api)
        return error_no_memory(err);
    mirror->is_whole = is_true(object, "whole");
    mirror->hello = hello;
    mirror->has_hello = true;
    return 0;
}

/* --- messages ----------------------------------------------------------------------------------------------------- */

static int take_policy(struct mirror *mirror, const cJSON *object, struct error *err)
{
    int64_t index;
    const char *name = string_of(object, "name");
    if (!name || !integer_of(object, "index", POLICY_NAMES_MAX - 1, &index) ||
        index != (int64_t)mirror->policy_count)
        return refuse(err, "policy");
    if (publisher_mirror_policy(mirror->publisher, name, &mirror->policies[index]))
        return error_no_memory(err);
    mirror->policy_count++;
    return 0;
}

static uint16_t policy_of(const struct mirror *mirror, uint16_t index)
{
    return index < mirror->policy_count ? mirror->policies[index] : POLICY_UNNAMED;
}

static int take_row(struct mirror *mirror, const cJSON *object, struct error *err)
{
    struct snapshot_row row;
    int64_t slot;
    const char *id = string_of(object, "id");
    if (!integer_of(object, "slot", MIRROR_SLOTS_MAX - 1, &slot) ||
        (id && strlen(id) >= COMMAND_ID_SIZE) || !stream_read_row(object, &row))
        return refuse(err, "row");
    row.policy = policy_of(mirror, row.policy);
    if (batch_add(&mirror->batch, (uint32_t)slot, id, is_true(object, "entry"), &row))
        return error_no_memory(err);
    return 0;
}

/* A later engine may have more events and levels: what is not known is left out. */
static int take_line(struct mirror *mirror, const cJSON *object, struct error *err)
{
    struct snapshot_line line = { .text = string_of(object, "text"),
                                  .id = string_of(object, "id") };
    const char *level = string_of(object, "level");
    const char *event = string_of(object, "event");
    unsigned level_number;
    unsigned event_number;
    if (!line.text || !level || !event || !integer_of(object, "at", INT64_MAX, &line.at.ms))
        return refuse(err, "line");
    if (!stream_word_find(WORD_LEVEL, level, &level_number) ||
        !stream_word_find(WORD_EVENT, event, &event_number))
        return 0;
    line.level = (enum level)level_number;
    line.event = (enum event_id)event_number;
    publisher_mirror_line(mirror->publisher, &line);
    return 0;
}

static int take_detail(struct mirror *mirror, const cJSON *object, struct error *err)
{
    int64_t slot;
    struct head *head = &mirror->next;
    if (!stream_read_detail(object, &head->detail) ||
        !integer_of(object, "slot", MIRROR_SLOTS_MAX - 1, &slot))
        return refuse(err, "detail");
    head->detail.slot = (uint32_t)slot;
    head->has_detail = true;
    return 0;
}

static int take_step(struct mirror *mirror, const cJSON *object, struct error *err)
{
    struct snapshot_detail *detail = &mirror->next.detail;
    int64_t ends;
    if (!mirror->next.has_detail || detail->step_count == RULE_COUNT ||
        !stream_read_step(object, &detail->steps[detail->step_count]) ||
        !integer_of(object, "ends", INT64_MAX, &ends))
        return refuse(err, "step");
    detail->step_ends[detail->step_count++].ms = ends;
    return 0;
}

static int take_objection(struct mirror *mirror, const cJSON *object, struct error *err)
{
    struct snapshot_detail *detail = &mirror->next.detail;
    if (!mirror->next.has_detail || detail->objection_count == RULE_COUNT ||
        !stream_read_step(object, &detail->objections[detail->objection_count]))
        return refuse(err, "objection");
    detail->objection_count++;
    return 0;
}

static int take_engine(struct mirror *mirror, const cJSON *object, struct error *err)
{
    if (!stream_read_engine(object, &mirror->next.engine))
        return refuse(err, "engine");
    mirror->next.engine.version = mirror->version;
    mirror->next.engine.api_url = mirror->api;
    return 0;
}

static int take_pass(struct mirror *mirror, const cJSON *object, struct error *err)
{
    return stream_read_pass(object, &mirror->next.pass) ? 0 : refuse(err, "pass");
}

static int take_totals(struct mirror *mirror, const cJSON *object, struct error *err)
{
    return stream_read_totals(object, &mirror->next.totals) ? 0 : refuse(err, "totals");
}

/* Nothing has changed until then: what is shown is as new as that. */
static int take_alive(struct mirror *mirror, const cJSON *object, struct error *err)
{
    struct wall at;
    if (!integer_of(object, "at", INT64_MAX, &at.ms))
        return refuse(err, "alive");
    if (!mirror->is_whole && mirror->batch.count == 0 && at.ms > mirror->at.ms)
        mirror->at = at;
    return 0;
}

/* --- the end of a batch ------------------------------------------------------------------------------------------- */

static const struct snapshot_name *name_at(const struct mirror *mirror, uint32_t slot)
{
    return slot < mirror->slot_count ? publisher_mirror_name(mirror->publisher, slot) : NULL;
}

/* Those that are shown, by id, so that a deployment of another engine finds its place. */
struct known {
    const char *id;
    uint32_t slot;
};

static int compare_known(const void *a, const void *b)
{
    return strcmp(((const struct known *)a)->id, ((const struct known *)b)->id);
}

/* NULL: none, or no memory: then the deployments are shown elsewhere. */
static struct known *list_known(const struct mirror *mirror, size_t *ret_count)
{
    struct known *list =
        mirror->slot_count > 0 ? heap_alloc(mirror->slot_count, sizeof *list) : NULL;
    size_t count = 0;
    for (uint32_t slot = 0; list && slot < mirror->slot_count; slot++) {
        const struct snapshot_name *name = name_at(mirror, slot);
        if (name)
            list[count++] = (struct known){ name->id, slot };
    }
    if (list)
        qsort(list, count, sizeof *list, compare_known);
    *ret_count = count;
    return list;
}

/* The deployments that are shown keep their slots; the others get theirs afterwards. */
static void place_known(struct mirror *mirror)
{
    size_t count;
    struct known *list = list_known(mirror, &count);
    for (size_t i = 0; list && i < mirror->batch.count; i++) {
        const struct batch_row *row = &mirror->batch.rows[i];
        const struct known key = { row->id, 0 };
        const struct known *found = row->id && !row->is_entry
                                        ? bsearch(&key, list, count, sizeof *list, compare_known)
                                        : NULL;
        if (found && slot_map_get(&mirror->slots, row->slot) == SLOT_NONE &&
            slot_map_is_free(&mirror->slots, found->slot))
            slot_map_give(&mirror->slots, row->slot, found->slot);
    }
    heap_free(list);
}

static uint32_t place_of(struct mirror *mirror, uint32_t slot)
{
    uint32_t shown = slot_map_get(&mirror->slots, slot);
    return shown != SLOT_NONE ? shown : slot_map_give(&mirror->slots, slot, slot);
}

static int put_rows(struct mirror *mirror)
{
    for (size_t i = 0; i < mirror->batch.count; i++) {
        const struct batch_row *row = &mirror->batch.rows[i];
        const struct shown_row given = { row->id, row->is_entry, &row->row };
        int failed = publisher_mirror_row(mirror->publisher, place_of(mirror, row->slot),
                                          row->id ? &given : NULL);
        if (failed)
            return failed;
    }
    return 0;
}

/* A whole snapshot has no other rows than its own. */
static int clear_others(struct mirror *mirror, size_t slot_count)
{
    for (uint32_t slot = 0; slot < slot_count; slot++) {
        if (!slot_map_is_free(&mirror->slots, slot) || !name_at(mirror, slot))
            continue;
        int failed = publisher_mirror_row(mirror->publisher, slot, NULL);
        if (failed)
            return failed;
    }
    return 0;
}

static size_t highest_slot(const struct mirror *mirror)
{
    size_t highest = 0;
    for (size_t i = 0; i < mirror->batch.count; i++)
        if (mirror->batch.rows[i].slot >= highest)
            highest = (size_t)mirror->batch.rows[i].slot + 1;
    return highest;
}

static int take_over(struct mirror *mirror, size_t slots)
{
    size_t known = mirror->slot_count;
    size_t highest = highest_slot(mirror);
    size_t room = highest > slots ? highest : slots;
    int failed = slot_map_reserve(&mirror->slots, room > known ? room : known);
    if (failed)
        return failed;
    if (mirror->is_whole) {
        slot_map_clear(&mirror->slots);
        place_known(mirror);
    }
    failed = publisher_mirror_reserve(mirror->publisher, mirror->slots.count);
    failed = failed ? failed : put_rows(mirror);
    if (!failed && mirror->is_whole)
        failed = clear_others(mirror, known);
    if (mirror->slots.taken_count > mirror->slot_count)
        mirror->slot_count = mirror->slots.taken_count;
    return failed;
}

static void show(struct mirror *mirror, struct wall at)
{
    struct head *shown = &mirror->shown;
    *shown = mirror->next;
    if (shown->has_detail && shown->detail.slot < mirror->slots.count)
        shown->detail.slot = slot_map_get(&mirror->slots, shown->detail.slot);
    mirror->at = at;
    mirror->remote.lost_at = (struct wall){ 0 };
    mirror->remote.may_act = mirror->hello.may_act;
    mirror->is_whole = false;
    mirror->has_picture = true;
    mirror->is_news = true;
    mirror->next.has_detail = false;
}

static int take_end(struct mirror *mirror, const cJSON *object, struct error *err)
{
    struct wall at;
    int64_t slots;
    int64_t lost;
    char seq[MIRROR_WORD_SIZE];
    if (!integer_of(object, "slots", MIRROR_SLOTS_MAX, &slots) || !copy_word(object, "seq", seq) ||
        !integer_of(object, "at", INT64_MAX, &at.ms) ||
        !integer_of(object, "lines_lost", INT64_MAX, &lost) || !mirror->next.engine.version)
        return refuse(err, "end");
    mirror->seq[0] = '\0'; /* a batch that is taken over in part is not gone on from */
    if (take_over(mirror, (size_t)slots))
        return error_no_memory(err);
    memcpy(mirror->seq, seq, sizeof seq);
    publisher_mirror_lost(mirror->publisher, lost);
    batch_reset(&mirror->batch);
    show(mirror, at);
    return 0;
}

static const struct kind_row {
    const char *name;
    int (*take)(struct mirror *mirror, const cJSON *object, struct error *err);
} kinds[] = {
    { "hello", take_hello },         { "policy", take_policy }, { "row", take_row },
    { "line", take_line },           { "engine", take_engine }, { "pass", take_pass },
    { "totals", take_totals },       { "detail", take_detail }, { "step", take_step },
    { "objection", take_objection }, { "end", take_end },       { "alive", take_alive },
};
#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

int mirror_take(void *context, const char *kind, const cJSON *object, struct error *err)
{
    struct mirror *mirror = context;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (strcmp(kinds[i].name, kind) != 0)
            continue;
        if (mirror->has_hello == (kinds[i].take == take_hello))
            return refuse(err, kind);
        return kinds[i].take(mirror, object, err);
    }
    return 0;
}

/* --- the picture -------------------------------------------------------------------------------------------------- */

const struct mirror_hello *mirror_hello(const struct mirror *mirror)
{
    return mirror->has_hello ? &mirror->hello : NULL;
}

const char *mirror_seq(const struct mirror *mirror)
{
    return mirror->seq;
}

void mirror_lose(struct mirror *mirror, struct wall at)
{
    mirror->has_hello = false;
    if (mirror->remote.lost_at.ms == 0)
        mirror->remote.lost_at = at;
    if (!mirror->has_picture)
        mirror->at = at;
    mirror->shown.has_detail = false;
    mirror->is_news = true;
}

void mirror_acknowledge(struct mirror *mirror, const struct command_ack *ack)
{
    publisher_acknowledge(mirror->publisher, ack);
    mirror->is_news = true;
}

int32_t mirror_hosts(const struct mirror *mirror, const char *id, uint32_t slot)
{
    const struct snapshot_row *row =
        name_at(mirror, slot) ? publisher_mirror_row_at(mirror->publisher, slot) : NULL;
    return row && strcmp(row->name->id, id) == 0 ? row->hosts : -1;
}

int32_t mirror_deployments(const struct mirror *mirror)
{
    return mirror->has_picture ? mirror->shown.totals.deployments : -1;
}

bool mirror_has_news(const struct mirror *mirror)
{
    return mirror->is_news;
}

bool mirror_publish(struct mirror *mirror)
{
    const struct head *shown = &mirror->shown;
    struct snapshot_engine engine = shown->engine;
    if (!engine.version) {
        engine.version = mirror->version ? mirror->version : "";
        engine.api_url = mirror->api ? mirror->api : "";
    }
    const struct publish_mirror given = {
        .at = mirror->at,
        .slot_count = mirror->slot_count,
        .engine = &engine,
        .pass = &shown->pass,
        .totals = &shown->totals,
        .remote = &mirror->remote,
        .detail = shown->has_detail ? &shown->detail : NULL,
    };
    if (!publisher_publish_mirror(mirror->publisher, &given))
        return false;
    mirror->is_news = false;
    return true;
}

/* --- life cycle --------------------------------------------------------------------------------------------------- */

int mirror_create(struct feed *feed, const char *socket, struct mirror **ret_mirror,
                  struct error *err)
{
    struct mirror *mirror = heap_alloc(1, sizeof *mirror);
    if (!mirror)
        return error_no_memory(err);
    mirror->remote.socket = socket;
    int failed = publisher_create_mirror(feed, &mirror->publisher, err);
    if (failed) {
        heap_free(mirror);
        return failed;
    }
    *ret_mirror = mirror;
    return 0;
}

void mirror_destroy(struct mirror *mirror)
{
    if (!mirror)
        return;
    publisher_destroy(mirror->publisher);
    batch_fini(&mirror->batch);
    slot_map_fini(&mirror->slots);
    for (size_t i = 0; i < mirror->text_count; i++)
        heap_free(mirror->texts[i]);
    heap_free(mirror);
}
