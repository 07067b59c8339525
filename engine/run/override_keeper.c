#include "engine/run/override_keeper.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"

#include <stdlib.h>
#include <string.h>

/* A longer wait is cut in pieces: the clock of the timer and that of the driver may differ a little. */
#define WAIT_MS_MAX 60000

struct override_keeper {
    struct override_keeper_config config;
    struct override_book book;
    char operator[OPERATOR_NAME_SIZE]; /* the user of the program */
    uv_timer_t timer;
};

static struct mono now_of(const struct override_keeper *keeper)
{
    return driver_time(keeper->config.driver);
}

static bool is_pause_of_all(const struct open_override *override)
{
    return strcmp(override->kind, OVERRIDE_PAUSE_ALL) == 0;
}

/* --- what is due ------------------------------------------------------------------------------------------------ */

static void tell(const struct override_keeper *keeper, enum event_id id,
                 const struct open_override *override)
{
    struct event event;
    event_init(&event, id);
    event_add_integer(&event, "number", override->number);
    event_add_string(&event, "override", override->kind);
    if (strcmp(override->kind, OVERRIDE_PAUSE) == 0)
        event_add_string(&event, "deployment", override->match);
    event_add_string(&event, "author", override->author);
    if (override->reason[0] != '\0')
        event_add_string(&event, "reason", override->reason);
    if (id == EVENT_OVERRIDE_LASTS)
        event_add_integer(&event, "age_s", (now_of(keeper).ms - override->since.ms) / 1000);
    event_emit(&event, &keeper->config.events);
}

static void handle_due(struct override_keeper *keeper, const struct open_override *override)
{
    if (!override->is_over) {
        tell(keeper, EVENT_OVERRIDE_LASTS, override);
        return;
    }
    tell(keeper, EVENT_OVERRIDE_EXPIRED, override);
    driver_end_pause(keeper->config.driver, is_pause_of_all(override) ? NULL : override->match);
}

static void arm(struct override_keeper *keeper);

/* What has ended is recorded with the rest; without a journal it is forgotten here. */
static void on_timer(uv_timer_t *timer)
{
    struct override_keeper *keeper = timer->data;
    const struct open_override *due;
    size_t cursor = 0;
    while ((due = override_book_take_due(&keeper->book, now_of(keeper), &cursor)))
        handle_due(keeper, due);
    if (!keeper->book.is_recorded)
        override_book_flush(&keeper->book, NULL);
    arm(keeper);
}

static void arm(struct override_keeper *keeper)
{
    struct mono due = override_book_due(&keeper->book);
    uv_timer_stop(&keeper->timer);
    if (due.ms == MONO_NEVER.ms)
        return;
    int64_t left_ms = max_i64(0, due.ms - now_of(keeper).ms);
    int64_t wait_ms = min_i64(left_ms, WAIT_MS_MAX) * 1000 / keeper->config.speed_millis;
    uv_timer_start(&keeper->timer, on_timer, (uint64_t)wait_ms + (left_ms > 0), 0);
}

/* --- commands --------------------------------------------------------------------------------------------------- */

/*
 * What commands and new configurations have come to. A dry-run of the configuration is in the configuration: only an
 * operator's is remembered.
 */
static void end_what_is_over(struct override_keeper *keeper)
{
    const struct reconciler *reconciler = driver_reconciler(keeper->config.driver);
    if (!reconciler_is_paused(reconciler))
        override_book_end(&keeper->book, OVERRIDE_PAUSE_ALL, OVERRIDE_ALL);
    if (!reconciler_is_dry_run(reconciler))
        override_book_end(&keeper->book, OVERRIDE_DRY_RUN, OVERRIDE_ALL);
}

static void begin_or_end(struct override_keeper *keeper, const struct command *command)
{
    struct override_book *book = &keeper->book;
    struct mono now = now_of(keeper);
    switch (command->kind) {
    case COMMAND_PAUSE:
        override_book_begin(book, OVERRIDE_PAUSE, command->id, now, command->for_ms);
        break;
    case COMMAND_RESUME:
        override_book_end(book, OVERRIDE_PAUSE, command->id);
        break;
    case COMMAND_PAUSE_ALL:
        override_book_begin(book, OVERRIDE_PAUSE_ALL, OVERRIDE_ALL, now, command->for_ms);
        break;
    case COMMAND_DRY_RUN_ON:
        override_book_begin(book, OVERRIDE_DRY_RUN, OVERRIDE_ALL, now, 0);
        break;
    case COMMAND_PASS:
    case COMMAND_DISCOVERY:
    case COMMAND_RESUME_ALL:
    case COMMAND_DRY_RUN_OFF:
    case COMMAND_SCALE:
    case COMMAND_FOCUS:
    case COMMAND_LOOK:
    case COMMAND_RELOAD:
    case COMMAND_STOP:
        break;
    }
}

/* The timer finds the time of the next end anew, once for all commands of this turn of the loop. */
static void note_command(void *context, const struct command *command)
{
    struct override_keeper *keeper = context;
    override_book_act(&keeper->book, command->author ? command->author : keeper->operator,
                      command->reason);
    end_what_is_over(keeper);
    begin_or_end(keeper, command);
    uv_timer_start(&keeper->timer, on_timer, 0, 0);
}

/* --- what is known ---------------------------------------------------------------------------------------------- */

static bool find_pause(void *context, const char *id, struct shown_pause *ret_pause)
{
    struct override_keeper *keeper = context;
    const struct open_override *override =
        id ? override_book_find(&keeper->book, OVERRIDE_PAUSE, id)
           : override_book_find(&keeper->book, OVERRIDE_PAUSE_ALL, OVERRIDE_ALL);
    if (!override)
        return false;
    *ret_pause = (struct shown_pause){ override->author, override->reason, override->since,
                                       override->until };
    return true;
}

struct pause_source override_keeper_pauses(struct override_keeper *keeper)
{
    return (struct pause_source){ find_pause, keeper };
}

struct candidate {
    int64_t number;
    const struct open_override *override;
};

static int by_number(const void *a, const void *b)
{
    const struct candidate *left = a;
    const struct candidate *right = b;
    return (left->number > right->number) - (left->number < right->number);
}

/* The book is in no order: the candidates are sorted. Without memory, none. */
size_t override_keeper_list(struct override_keeper *keeper, int64_t after,
                            const struct open_override **ret_overrides, size_t max)
{
    const struct override_book *book = &keeper->book;
    struct candidate *found = heap_alloc(book->count + 1, sizeof *found);
    size_t count = 0;
    for (size_t i = 0; found && i < book->count; i++)
        if (!book->overrides[i].is_over && book->overrides[i].number > after)
            found[count++] = (struct candidate){ book->overrides[i].number, &book->overrides[i] };
    if (count > 1)
        qsort(found, count, sizeof *found, by_number);
    count = count < max ? count : max;
    for (size_t i = 0; i < count; i++)
        ret_overrides[i] = found[i].override;
    heap_free(found);
    return count;
}

bool override_keeper_extend(struct override_keeper *keeper, int64_t number, int64_t for_ms)
{
    if (!override_book_extend(&keeper->book, number, now_of(keeper), for_ms))
        return false;
    const struct open_override *override = override_book_find_number(&keeper->book, number);
    driver_touch(keeper->config.driver, is_pause_of_all(override) ? NULL : override->match);
    arm(keeper);
    return true;
}

/* --- life cycle ------------------------------------------------------------------------------------------------- */

int override_keeper_create(uv_loop_t *loop, const struct override_keeper_config *config,
                           struct override_keeper **ret_keeper, struct error *err)
{
    struct override_keeper *keeper = heap_alloc(1, sizeof *keeper);
    if (!keeper)
        return error_no_memory(err);
    keeper->config = *config;
    operator_name(keeper->operator);
    override_book_act(&keeper->book, keeper->operator, NULL);
    uv_timer_init(loop, &keeper->timer);
    keeper->timer.data = keeper;
    uv_unref((uv_handle_t *)&keeper->timer);
    driver_on_command(config->driver, note_command, keeper);
    *ret_keeper = keeper;
    return 0;
}

struct override_book *override_keeper_book(struct override_keeper *keeper)
{
    return &keeper->book;
}

void override_keeper_begin(struct override_keeper *keeper)
{
    on_timer(&keeper->timer);
}

void override_keeper_look(struct override_keeper *keeper)
{
    end_what_is_over(keeper);
}

void override_keeper_close(struct override_keeper *keeper)
{
    if (keeper)
        uv_close((uv_handle_t *)&keeper->timer, NULL);
}

void override_keeper_destroy(struct override_keeper *keeper)
{
    if (!keeper)
        return;
    override_book_fini(&keeper->book);
    heap_free(keeper);
}
