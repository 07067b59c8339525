#include "engine/notices/notice_queue.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/random.h"
#include "engine/base/text.h"
#include "engine/log/log.h"

#include <errno.h>
#include <string.h>

#define MINUTE_MS ((int64_t)60000)
#define NONE (-1)

struct slot {
    struct notice notice; /* number 0: the slot is free */
    bool is_last;         /* tried at the stop: not again */
};

struct notice_queue {
    struct notice_limits limits;
    struct random random;
    struct slot slots[NOTICE_QUEUE_MAX];
    int open[EVENT_COUNT]; /* 1 + slot of the notice that takes further events; 0: none */
    int sending;           /* slot of the attempt that runs, or NONE */
    int64_t last_number;
    int32_t failures;
    struct mono not_before;  /* back-off */
    struct mono asked_until; /* what the receiver asked for */
    struct mono rate_from;   /* each attempt moves it on by the mean distance of two */
    bool is_hurried;
    struct notice_counts counts;
    struct notice_losses losses[NOTICE_LOSS_COUNT];
};

int notice_queue_create(const struct notice_limits *limits, uint64_t seed,
                        struct notice_queue **ret_queue)
{
    struct notice_queue *queue = heap_alloc(1, sizeof *queue);
    if (!queue)
        return -ENOMEM;
    queue->limits = *limits;
    queue->random.state = seed;
    queue->sending = NONE;
    queue->not_before.ms = INT64_MIN;
    queue->asked_until.ms = INT64_MIN;
    queue->rate_from.ms = INT64_MIN;
    *ret_queue = queue;
    return 0;
}

static void clear(struct notice_queue *queue, int index)
{
    struct slot *slot = &queue->slots[index];
    if (queue->open[slot->notice.event] == index + 1)
        queue->open[slot->notice.event] = 0;
    heap_free(slot->notice.message);
    heap_free(slot->notice.fields);
    *slot = (struct slot){ 0 };
    queue->counts.queued--;
}

void notice_queue_destroy(struct notice_queue *queue)
{
    if (!queue)
        return;
    for (int i = 0; i < NOTICE_QUEUE_MAX; i++)
        if (queue->slots[i].notice.number > 0)
            clear(queue, i);
    heap_free(queue);
}

void notice_queue_configure(struct notice_queue *queue, const struct notice_limits *limits)
{
    queue->limits = *limits;
}

/* --- what comes ------------------------------------------------------------------------------------------------ */

static void lose(struct notice_queue *queue, enum notice_loss cause, int64_t events)
{
    queue->losses[cause].notices++;
    queue->losses[cause].events += events;
    if (cause == NOTICE_LOSS_EXPIRED)
        queue->counts.expired++;
    else
        queue->counts.dropped++;
}

/* The id of the deployment that the event is about; NULL: of none. */
static const struct event_field *find_id(const struct event *event)
{
    for (size_t i = 0; i < event->field_count; i++)
        if (strcmp(event->fields[i].key, "deployment") == 0 &&
            event->fields[i].type == EVENT_FIELD_STRING)
            return &event->fields[i];
    return NULL;
}

static void add_id(struct notice *notice, const struct event *event)
{
    const struct event_field *id = find_id(event);
    if (!id || notice->id_count == NOTICE_IDS_MAX || id->string_size > ID_SIZE_MAX)
        return;
    for (size_t i = 0; i < notice->id_count; i++)
        if (strlen(notice->ids[i]) == id->string_size &&
            memcmp(notice->ids[i], id->string, id->string_size) == 0)
            return;
    memcpy(notice->ids[notice->id_count], id->string, id->string_size);
    notice->ids[notice->id_count++][id->string_size] = '\0';
}

static char *make_message(const struct event *event)
{
    char storage[NOTICE_MESSAGE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    log_format_fields(event, &text);
    return heap_copy_text(storage, text.length);
}

/* A field that does not fit is left out as a whole. */
static char *make_fields(const struct event *event)
{
    char storage[NOTICE_FIELDS_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    for (size_t i = 0; i < event->field_count; i++) {
        struct text whole = text;
        text_add(&text, text.length > 0 ? "," : "");
        log_add_json_field(&text, &event->fields[i]);
        if (!text.was_cut)
            continue;
        text = whole;
        storage[text.length] = '\0';
    }
    return heap_copy_text(storage, text.length);
}

/* The oldest of the lowest severity, which is not above that of the event; NONE: all are above it. */
static int find_victim(const struct notice_queue *queue, enum event_id event)
{
    int victim = NONE;
    enum level lowest = event_row(event)->level;
    for (int i = 0; i < NOTICE_QUEUE_MAX; i++) {
        const struct notice *notice = &queue->slots[i].notice;
        enum level level = event_row(notice->event)->level;
        if (i == queue->sending || level > lowest)
            continue;
        if (victim == NONE || level < lowest || notice->number < queue->slots[victim].notice.number)
            victim = i;
        lowest = level;
    }
    return victim;
}

static int find_slot(struct notice_queue *queue, enum event_id event)
{
    for (int i = 0; queue->counts.queued < NOTICE_QUEUE_MAX && i < NOTICE_QUEUE_MAX; i++)
        if (queue->slots[i].notice.number == 0)
            return i;
    int victim = find_victim(queue, event);
    lose(queue, NOTICE_LOSS_FULL, victim == NONE ? 1 : queue->slots[victim].notice.count);
    if (victim != NONE)
        clear(queue, victim);
    return victim;
}

static bool add_notice(struct notice_queue *queue, const struct event *event, struct wall at,
                       struct mono now)
{
    int index = find_slot(queue, event->id);
    if (index == NONE)
        return false;
    char *message = make_message(event);
    char *fields = message ? make_fields(event) : NULL;
    if (!fields) {
        heap_free(message);
        lose(queue, NOTICE_LOSS_MEMORY, 1);
        return false;
    }
    struct notice *notice = &queue->slots[index].notice;
    notice->event = event->id;
    notice->number = ++queue->last_number;
    notice->count = 1;
    notice->began = now;
    notice->first_at = at;
    notice->last_at = at;
    notice->message = message;
    notice->fields = fields;
    add_id(notice, event);
    queue->counts.queued++;
    if (queue->limits.fold_ms > 0)
        queue->open[event->id] = index + 1;
    return true;
}

enum notice_taken notice_queue_take(struct notice_queue *queue, const struct event *event,
                                    struct wall at, struct mono now)
{
    int64_t dropped = queue->counts.dropped;
    int open = queue->open[event->id];
    if (open == 0) {
        bool is_added = add_notice(queue, event, at, now);
        return is_added && dropped == queue->counts.dropped ? NOTICE_ADDED : NOTICE_LOST;
    }
    struct notice *notice = &queue->slots[open - 1].notice;
    notice->count++;
    notice->last_at = at;
    add_id(notice, event);
    return NOTICE_FOLDED;
}

/* --- what goes ------------------------------------------------------------------------------------------------- */

static int64_t spacing_ms(const struct notice_queue *queue)
{
    return floor_div(MINUTE_MS, queue->limits.per_minute);
}

/* The earliest time of an attempt, whatever is sent. */
static struct mono attempts_from(const struct notice_queue *queue)
{
    if (queue->is_hurried)
        return queue->asked_until;
    int64_t burst_ms = (queue->limits.burst - 1) * spacing_ms(queue);
    int64_t from = max_i64(queue->not_before.ms, queue->asked_until.ms);
    return (struct mono){ max_i64(from, mono_after(queue->rate_from, -burst_ms).ms) };
}

static struct mono ready_at(const struct notice_queue *queue, const struct slot *slot)
{
    if (slot->notice.number == 0 || slot->is_last)
        return MONO_NEVER;
    bool is_folding = slot->notice.attempts == 0 && !queue->is_hurried;
    return mono_after(slot->notice.began, is_folding ? queue->limits.fold_ms : 0);
}

static struct mono expires_at(const struct notice_queue *queue, const struct slot *slot)
{
    return slot->notice.number == 0 ? MONO_NEVER
                                    : mono_after(slot->notice.began, queue->limits.max_age_ms);
}

struct mono notice_queue_due(const struct notice_queue *queue)
{
    struct mono ready = MONO_NEVER;
    struct mono expires = MONO_NEVER;
    if (queue->sending != NONE || queue->counts.queued == 0)
        return MONO_NEVER;
    for (int i = 0; i < NOTICE_QUEUE_MAX; i++) {
        ready = mono_min(ready, ready_at(queue, &queue->slots[i]));
        expires = mono_min(expires, expires_at(queue, &queue->slots[i]));
    }
    if (ready.ms != MONO_NEVER.ms)
        ready.ms = max_i64(ready.ms, attempts_from(queue).ms);
    return mono_min(ready, expires);
}

static void expire(struct notice_queue *queue, struct mono now)
{
    for (int i = 0; i < NOTICE_QUEUE_MAX; i++) {
        if (expires_at(queue, &queue->slots[i]).ms > now.ms)
            continue;
        lose(queue, NOTICE_LOSS_EXPIRED, queue->slots[i].notice.count);
        clear(queue, i);
    }
}

static bool is_before(const struct notice *notice, const struct notice *other)
{
    if (notice->attempts != other->attempts)
        return notice->attempts < other->attempts;
    return notice->number < other->number;
}

static int find_ready(const struct notice_queue *queue, struct mono now)
{
    int found = NONE;
    for (int i = 0; i < NOTICE_QUEUE_MAX; i++) {
        if (ready_at(queue, &queue->slots[i]).ms > now.ms)
            continue;
        if (found == NONE || is_before(&queue->slots[i].notice, &queue->slots[found].notice))
            found = i;
    }
    return found;
}

const struct notice *notice_queue_begin(struct notice_queue *queue, struct mono now)
{
    if (queue->sending != NONE)
        return NULL;
    expire(queue, now);
    int found = attempts_from(queue).ms <= now.ms ? find_ready(queue, now) : NONE;
    if (found == NONE)
        return NULL;
    struct notice *notice = &queue->slots[found].notice;
    if (queue->open[notice->event] == found + 1)
        queue->open[notice->event] = 0;
    notice->attempts++;
    queue->slots[found].is_last = queue->is_hurried;
    queue->sending = found;
    int64_t from = max_i64(queue->rate_from.ms, now.ms);
    queue->rate_from.ms = from + spacing_ms(queue);
    return notice;
}

/* Between half of the back-off and the whole: receivers that come back are not asked by all at once. */
static int64_t draw_backoff_ms(struct notice_queue *queue)
{
    int64_t whole = NOTICE_BACKOFF_MS_MIN;
    for (int32_t i = 1; i < queue->failures && whole < NOTICE_BACKOFF_MS_MAX; i++)
        whole *= 2;
    whole = min_i64(whole, NOTICE_BACKOFF_MS_MAX);
    int64_t half = floor_div(whole, 2);
    return half + random_below(&queue->random, half + 1);
}

static void back_off(struct notice_queue *queue, struct mono now, int64_t retry_after_ms)
{
    queue->failures += queue->failures < INT32_MAX;
    queue->not_before = mono_after(now, draw_backoff_ms(queue));
    if (retry_after_ms != NOTICE_RETRY_AFTER_NONE)
        queue->asked_until = mono_after(now, retry_after_ms);
}

void notice_queue_end(struct notice_queue *queue, struct mono now, enum notice_result result,
                      int64_t retry_after_ms)
{
    int sent = queue->sending;
    must(sent != NONE);
    queue->sending = NONE;
    switch (result) {
    case NOTICE_FAILED:
        back_off(queue, now, retry_after_ms);
        return;
    case NOTICE_DELIVERED:
        queue->counts.delivered++;
        break;
    case NOTICE_REFUSED:
        queue->counts.refused++;
        break;
    }
    queue->failures = 0;
    queue->not_before.ms = INT64_MIN;
    clear(queue, sent);
}

void notice_queue_hurry(struct notice_queue *queue)
{
    queue->is_hurried = true;
}

/* --- what is reported -------------------------------------------------------------------------------------------- */

bool notice_queue_is_sending(const struct notice_queue *queue)
{
    return queue->sending != NONE;
}

int32_t notice_queue_failures(const struct notice_queue *queue)
{
    return queue->failures;
}

struct notice_counts notice_queue_counts(const struct notice_queue *queue)
{
    return queue->counts;
}

int64_t notice_queue_events(const struct notice_queue *queue)
{
    int64_t events = 0;
    for (int i = 0; i < NOTICE_QUEUE_MAX; i++)
        events += queue->slots[i].notice.count;
    return events;
}

struct notice_losses notice_queue_take_losses(struct notice_queue *queue, enum notice_loss cause)
{
    struct notice_losses losses = queue->losses[cause];
    queue->losses[cause] = (struct notice_losses){ 0 };
    return losses;
}
