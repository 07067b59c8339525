#include "engine/notices/notifier.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/notices/notice_command.h"
#include "engine/notices/notice_post.h"

#include <stdio.h>
#include <string.h>

/* Losses of a storm are reported together. */
#define LOSS_DELAY_MS 1000

struct notifier {
    uv_loop_t *loop;
    struct notifier_context context;
    char name[NOTIFIER_NAME_SIZE];
    bool events[EVENT_COUNT];
    enum notice_format format;
    struct notice_queue *queue;
    struct notice_post *post;       /* NULL: there was no URL yet */
    struct notice_command *command; /* NULL: there was no command yet */
    bool is_posting;                /* by URL, not by command */
    uv_timer_t timer;
    enum event_id sending; /* of the attempt that runs */
    bool has_loss;
    bool is_abandoned;
    bool is_hurried;
    void (*idle)(void *context);
    void *idle_context;
    int parts; /* that are being closed */
    void (*closed)(void *context);
    void *closed_context;
    char body[NOTICE_BODY_SIZE];
};

/* --- what is reported ------------------------------------------------------------------------------------------ */

static void begin_event(struct notifier *notifier, struct event *event, enum event_id id)
{
    event_init(event, id);
    event_add_string(event, "notifier", notifier->name);
}

static void report_drop(struct notifier *notifier, const char *cause, int64_t notices,
                        int64_t events)
{
    struct event event;
    if (notices == 0)
        return;
    begin_event(notifier, &event, EVENT_NOTICES_DROPPED);
    event_add_string(&event, "cause", cause);
    event_add_integer(&event, "notices", notices);
    event_add_integer(&event, "events", events);
    event_emit(&event, &notifier->context.sink);
}

static void report_losses(struct notifier *notifier)
{
    static const char *const causes[NOTICE_LOSS_COUNT] = {
        [NOTICE_LOSS_FULL] = "full",
        [NOTICE_LOSS_EXPIRED] = "expired",
        [NOTICE_LOSS_MEMORY] = "memory",
    };
    notifier->has_loss = false;
    for (int i = 0; i < NOTICE_LOSS_COUNT; i++) {
        struct notice_losses losses =
            notice_queue_take_losses(notifier->queue, (enum notice_loss)i);
        report_drop(notifier, causes[i], losses.notices, losses.events);
    }
}

static void report_failure(struct notifier *notifier, const char *error, struct mono now)
{
    struct event event;
    struct mono due = notice_queue_due(notifier->queue);
    if (notice_queue_failures(notifier->queue) != 1)
        return;
    begin_event(notifier, &event, EVENT_NOTICE_FAILED);
    event_add_string(&event, "event", event_row(notifier->sending)->name);
    event_add_sentence(&event, "error", error);
    event_add_integer(&event, "queued", notice_queue_counts(notifier->queue).queued);
    event_add_integer(&event, "retry_ms",
                      due.ms == MONO_NEVER.ms ? 0 : max_i64(0, due.ms - now.ms));
    event_emit(&event, &notifier->context.sink);
}

static void report_refusal(struct notifier *notifier, const char *error)
{
    struct event event;
    begin_event(notifier, &event, EVENT_NOTICE_REFUSED);
    event_add_string(&event, "event", event_row(notifier->sending)->name);
    event_add_sentence(&event, "error", error);
    event_emit(&event, &notifier->context.sink);
}

static void report_recovery(struct notifier *notifier, int32_t failures)
{
    struct event event;
    if (failures == 0)
        return;
    begin_event(notifier, &event, EVENT_NOTICE_RECOVERED);
    event_add_integer(&event, "failures", failures);
    event_emit(&event, &notifier->context.sink);
}

/* --- attempts -------------------------------------------------------------------------------------------------- */

static void on_timer(uv_timer_t *timer);

static void arm(struct notifier *notifier)
{
    struct mono now = mono_now();
    struct mono due = notice_queue_due(notifier->queue);
    if (notifier->is_abandoned)
        return;
    if (notifier->has_loss)
        due = mono_min(due, mono_after(now, LOSS_DELAY_MS));
    if (due.ms == MONO_NEVER.ms)
        uv_timer_stop(&notifier->timer);
    else
        uv_timer_start(&notifier->timer, on_timer, (uint64_t)max_i64(0, due.ms - now.ms), 0);
}

/* Nothing runs, and nothing is due now. */
static void tell_idle(struct notifier *notifier)
{
    void (*idle)(void *context) = notifier->idle;
    if (!idle || notice_queue_is_sending(notifier->queue) ||
        notice_queue_due(notifier->queue).ms <= mono_now().ms)
        return;
    notifier->idle = NULL;
    idle(notifier->idle_context);
}

static void end_attempt(struct notifier *notifier, const struct notice_answer *answer)
{
    struct mono now = mono_now();
    int32_t failures = notice_queue_failures(notifier->queue);
    notice_queue_end(notifier->queue, now, answer->result, answer->retry_after_ms);
    if (notifier->is_abandoned)
        return;
    if (answer->result == NOTICE_FAILED)
        report_failure(notifier, answer->text, now);
    else
        report_recovery(notifier, failures);
    if (answer->result == NOTICE_REFUSED)
        report_refusal(notifier, answer->text);
    arm(notifier);
    tell_idle(notifier);
}

static void on_done(void *context, const struct notice_answer *answer)
{
    struct notifier *notifier = context;
    struct notice_answer clean = *answer;
    struct text text = { clean.text, sizeof clean.text, strlen(clean.text), false };
    redaction_clean(notifier->context.redaction, &text);
    end_attempt(notifier, &clean);
}

static int send_body(struct notifier *notifier, const char *key, struct error *err)
{
    return notifier->is_posting ? notice_post_send(notifier->post, notifier->body, key, err)
                                : notice_command_send(notifier->command, notifier->body, err);
}

static void send_notice(struct notifier *notifier, const struct notice *notice)
{
    const struct notice_origin origin = {
        .notifier = notifier->name,
        .host = notifier->context.host,
        .api = notifier->context.api,
        .run = notifier->context.run,
    };
    char key[NOTICE_KEY_SIZE];
    struct text body;
    struct error err;
    text_init(&body, notifier->body, sizeof notifier->body);
    notice_payload_key(notice, &origin, key);
    notice_payload_write(notice, &origin, notifier->format, &body);
    redaction_clean(notifier->context.redaction, &body);
    notifier->sending = notice->event;
    if (!send_body(notifier, key, &err))
        return;
    struct notice_answer answer = { .result = NOTICE_FAILED,
                                    .retry_after_ms = NOTICE_RETRY_AFTER_NONE };
    snprintf(answer.text, sizeof answer.text, "%s", err.msg);
    end_attempt(notifier, &answer);
}

static void on_timer(uv_timer_t *timer)
{
    struct notifier *notifier = timer->data;
    const struct notice *notice = notice_queue_begin(notifier->queue, mono_now());
    report_losses(notifier);
    if (notice)
        send_notice(notifier, notice);
    else
        arm(notifier);
    tell_idle(notifier);
}

void notifier_take(struct notifier *notifier, const struct event *event, struct wall at)
{
    if (!notifier->events[event->id] || notifier->is_abandoned)
        return;
    switch (notice_queue_take(notifier->queue, event, at, mono_now())) {
    case NOTICE_FOLDED:
        return;
    case NOTICE_LOST:
        notifier->has_loss = true;
        break;
    case NOTICE_ADDED:
        break;
    }
    arm(notifier);
}

/* --- life ------------------------------------------------------------------------------------------------------ */

static int set_url(struct notifier *notifier, const struct notifier_config *config,
                   struct error *err)
{
    const struct notice_post_config post = { .url = config->url,
                                             .ca_file = config->ca_file,
                                             .timeout_ms = config->timeout_ms };
    return notifier->post
               ? notice_post_configure(notifier->post, &post, err)
               : notice_post_create(notifier->loop, &post, on_done, notifier, &notifier->post, err);
}

static int set_command(struct notifier *notifier, const struct notifier_config *config,
                       struct error *err)
{
    int failed = notifier->command ? 0
                                   : notice_command_create(notifier->loop, on_done, notifier,
                                                           &notifier->command, err);
    return failed ? failed
                  : notice_command_configure(notifier->command, config->words, config->word_count,
                                             config->timeout_ms, err);
}

int notifier_configure(struct notifier *notifier, const struct notifier_config *config,
                       struct error *err)
{
    int failed = config->url ? set_url(notifier, config, err) : set_command(notifier, config, err);
    if (failed)
        return failed;
    notice_queue_configure(notifier->queue, &config->limits);
    memcpy(notifier->events, config->events, sizeof notifier->events);
    notifier->format = config->format;
    notifier->is_posting = config->url;
    arm(notifier);
    return 0;
}

static void on_nothing(void *context)
{
    (void)context;
}

int notifier_create(uv_loop_t *loop, const struct notifier_config *config,
                    const struct notifier_context *context, struct notifier **ret_notifier,
                    struct error *err)
{
    struct notifier *notifier = heap_alloc(1, sizeof *notifier);
    if (!notifier)
        return error_no_memory(err);
    notifier->loop = loop;
    notifier->context = *context;
    must(strlen(config->name) < sizeof notifier->name);
    memcpy(notifier->name, config->name, strlen(config->name) + 1);
    if (notice_queue_create(&config->limits, context->run, &notifier->queue)) {
        heap_free(notifier);
        return error_no_memory(err);
    }
    uv_timer_init(loop, &notifier->timer);
    notifier->timer.data = notifier;
    int failed = notifier_configure(notifier, config, err);
    if (failed) {
        notifier_close(notifier, on_nothing, NULL);
        return failed;
    }
    *ret_notifier = notifier;
    return 0;
}

const char *notifier_name(const struct notifier *notifier)
{
    return notifier->name;
}

struct notice_counts notifier_counts(const struct notifier *notifier)
{
    return notice_queue_counts(notifier->queue);
}

void notifier_hurry(struct notifier *notifier, void (*idle)(void *context), void *context)
{
    must(!notifier->is_hurried);
    notifier->is_hurried = true;
    notifier->idle = idle;
    notifier->idle_context = context;
    notice_queue_hurry(notifier->queue);
    uv_timer_start(&notifier->timer, on_timer, 0, 0);
}

void notifier_abandon(struct notifier *notifier, const char *cause)
{
    if (notifier->is_abandoned)
        return;
    report_losses(notifier);
    report_drop(notifier, cause, notice_queue_counts(notifier->queue).queued,
                notice_queue_events(notifier->queue));
    notifier->is_abandoned = true;
    notifier->idle = NULL;
    uv_timer_stop(&notifier->timer);
}

static void on_part_closed(void *context)
{
    struct notifier *notifier = context;
    if (--notifier->parts > 0)
        return;
    void (*closed)(void *context) = notifier->closed;
    void *closed_context = notifier->closed_context;
    notice_queue_destroy(notifier->queue);
    heap_free(notifier);
    closed(closed_context);
}

static void on_timer_closed(uv_handle_t *handle)
{
    on_part_closed(handle->data);
}

void notifier_close(struct notifier *notifier, void (*closed)(void *context), void *context)
{
    notifier->is_abandoned = true;
    notifier->idle = NULL;
    notifier->closed = closed;
    notifier->closed_context = context;
    notifier->parts = 3;
    uv_close((uv_handle_t *)&notifier->timer, on_timer_closed);
    notice_post_close(notifier->post, on_part_closed, notifier);
    notice_command_close(notifier->command, on_part_closed, notifier);
}
