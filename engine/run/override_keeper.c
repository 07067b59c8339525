#include "engine/run/override_keeper.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/run/last_act.h"

#include <stdlib.h>
#include <string.h>

/* A longer wait is cut in pieces: the clock of the timer and that of the driver may differ a little. */
#define WAIT_MS_MAX 60000

struct override_keeper {
    struct override_keeper_config config;
    struct override_book book;
    char operator[OPERATOR_NAME_SIZE]; /* the user of the program */
    struct last_act act;
    bool is_undoing;  /* what is carried out puts back what stood before */
    bool was_dry_run; /* before the next command, also by the configuration */
    uv_timer_t timer;
};

static struct mono now_of(const struct override_keeper *keeper)
{
    return driver_time(keeper->config.driver);
}

static bool is_dry_run_now(const struct override_keeper *keeper)
{
    return reconciler_is_dry_run(driver_reconciler(keeper->config.driver));
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

/* What a command changes; NULL: no override. */
static const char *kind_of(enum command_kind kind)
{
    switch (kind) {
    case COMMAND_PAUSE:
    case COMMAND_RESUME:
        return OVERRIDE_PAUSE;
    case COMMAND_PAUSE_ALL:
    case COMMAND_RESUME_ALL:
        return OVERRIDE_PAUSE_ALL;
    case COMMAND_DRY_RUN_ON:
    case COMMAND_DRY_RUN_OFF:
        return OVERRIDE_DRY_RUN;
    case COMMAND_PASS:
    case COMMAND_DISCOVERY:
    case COMMAND_SCALE:
    case COMMAND_UNDO:
    case COMMAND_FOCUS:
    case COMMAND_LOOK:
    case COMMAND_RELOAD:
    case COMMAND_STOP:
        break;
    }
    return NULL;
}

static const char *match_of(const char *kind, const char *id)
{
    return strcmp(kind, OVERRIDE_PAUSE) == 0 ? id : OVERRIDE_ALL;
}

static struct override_view view_of(const struct override_keeper *keeper, const char *kind,
                                    const char *match)
{
    const struct open_override *open = override_book_find(&keeper->book, kind, match);
    struct override_view view = { .is_in_force = open, .until = MONO_NEVER };
    if (!open)
        return view;
    view.number = open->number;
    view.until = open->until;
    memcpy(view.reason, open->reason, sizeof view.reason);
    return view;
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
    case COMMAND_UNDO:
    case COMMAND_FOCUS:
    case COMMAND_LOOK:
    case COMMAND_RELOAD:
    case COMMAND_STOP:
        break;
    }
}

/* A dry-run of the configuration is in no book. */
static void add_dry_run(const char *kind, bool is_dry_run, struct override_view *view)
{
    if (strcmp(kind, OVERRIDE_DRY_RUN) == 0)
        view->is_in_force = is_dry_run;
}

static void carry_over(struct override_keeper *keeper, const struct command *command)
{
    end_what_is_over(keeper);
    begin_or_end(keeper, command);
    keeper->was_dry_run = is_dry_run_now(keeper);
}

/* What has changed nothing, such as a pass, is no act that could be undone, nor hides the one before. */
static void note_act(struct override_keeper *keeper, const struct command *command)
{
    const char *kind = kind_of(command->kind);
    const char *match = kind ? match_of(kind, command->id) : NULL;
    if (keeper->is_undoing || (!kind && command->kind != COMMAND_SCALE)) {
        carry_over(keeper, command);
        return;
    }
    last_act_note(&keeper->act, command->author ? command->author : keeper->operator, command);
    if (!kind)
        return;
    struct override_view before = view_of(keeper, kind, match);
    add_dry_run(kind, keeper->was_dry_run, &before);
    carry_over(keeper, command);
    struct override_view after = view_of(keeper, kind, match);
    add_dry_run(kind, keeper->was_dry_run, &after);
    last_act_add(&keeper->act, kind, match, &before, &after);
}

/* The timer finds the time of the next end anew, once for all commands of this turn of the loop. */
static void note_command(void *context, const struct command *command)
{
    struct override_keeper *keeper = context;
    override_book_act(&keeper->book, command->author ? command->author : keeper->operator,
                      command->reason);
    note_act(keeper, command);
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

static bool find_last_act(void *context, struct shown_act *ret_act)
{
    const struct override_keeper *keeper = context;
    const struct last_act *act = &keeper->act;
    struct text text;
    if (!act->is_known || act->is_undone)
        return false;
    *ret_act = (struct shown_act){ .author = act->author,
                                   .count = act->count,
                                   .is_on_all = last_act_is_on_all(act) };
    text_init(&text, ret_act->text, sizeof ret_act->text);
    last_act_describe(act, &text);
    return true;
}

struct pause_source override_keeper_pauses(struct override_keeper *keeper)
{
    return (struct pause_source){ find_pause, find_last_act, keeper };
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

bool override_keeper_extend(struct override_keeper *keeper, int64_t number, int64_t for_ms,
                            const char *author)
{
    const struct open_override *override = override_book_find_number(&keeper->book, number);
    if (!override)
        return false;
    struct override_view before = view_of(keeper, override->kind, override->match);
    override_book_extend(&keeper->book, number, now_of(keeper), for_ms);
    struct override_view after = view_of(keeper, override->kind, override->match);
    last_act_note_extension(&keeper->act, author, is_pause_of_all(override) ? "" : override->match);
    last_act_add(&keeper->act, override->kind, override->match, &before, &after);
    driver_touch(keeper->config.driver, is_pause_of_all(override) ? NULL : override->match);
    arm(keeper);
    return true;
}

/* --- undo -------------------------------------------------------------------------------------------------------- */

static bool is_in_force(const struct override_keeper *keeper, const struct override_view *view)
{
    return view->is_in_force && view->until.ms > now_of(keeper).ms;
}

/* The deployment of an item; NULL: it is on all, or does not exist any more. */
static const struct deployment *deployment_of(const struct override_keeper *keeper,
                                              const struct last_act_item *item)
{
    const struct fleet *fleet = reconciler_fleet(driver_reconciler(keeper->config.driver));
    return strcmp(item->kind, OVERRIDE_PAUSE) == 0 ? fleet_find(fleet, item->match, false) : NULL;
}

static bool is_unchanged(struct override_keeper *keeper, const struct last_act_item *item)
{
    struct override_view now = view_of(keeper, item->kind, item->match);
    add_dry_run(item->kind, is_dry_run_now(keeper), &now);
    bool is_there = strcmp(item->kind, OVERRIDE_PAUSE) != 0 || deployment_of(keeper, item);
    return is_there && override_view_is_same(&now, &item->after);
}

/* NULL: nothing has changed since. */
static const char *changed_match(struct override_keeper *keeper)
{
    for (size_t i = 0; i < keeper->act.count; i++)
        if (!is_unchanged(keeper, &keeper->act.items[i]))
            return keeper->act.items[i].match;
    return NULL;
}

bool override_keeper_may_undo(struct override_keeper *keeper, const char *author,
                              char ret_sentence[COMMAND_TEXT_SIZE])
{
    struct text text;
    text_init(&text, ret_sentence, COMMAND_TEXT_SIZE);
    if (!last_act_check(&keeper->act, author, &text))
        return false;
    const char *changed = changed_match(keeper);
    if (!changed)
        return true;
    bool is_on_all = last_act_is_on_all(&keeper->act);
    text_add(&text, is_on_all ? "what " : "the pause of ");
    if (!is_on_all)
        text_add_escaped(&text, changed, strnlen(changed, COMMAND_ID_SIZE));
    text_add(&text, is_on_all ? "it did has changed or ended since: nothing was undone"
                              : " has changed or ended since: nothing was undone");
    return false;
}

static enum command_kind command_of(const struct last_act_item *item, bool is_begin)
{
    if (strcmp(item->kind, OVERRIDE_PAUSE) == 0)
        return is_begin ? COMMAND_PAUSE : COMMAND_RESUME;
    if (strcmp(item->kind, OVERRIDE_PAUSE_ALL) == 0)
        return is_begin ? COMMAND_PAUSE_ALL : COMMAND_RESUME_ALL;
    return is_begin ? COMMAND_DRY_RUN_ON : COMMAND_DRY_RUN_OFF;
}

/* As the command that an operator would give: it is reported and recorded as one. */
static bool put_back(struct override_keeper *keeper, const struct last_act_item *item,
                     const char *author, struct command_ack *ret_ack)
{
    bool is_begin = is_in_force(keeper, &item->before);
    const struct deployment *deployment = deployment_of(keeper, item);
    struct command command = { .kind = command_of(item, is_begin),
                               .slot = deployment ? deployment->slot : SLOT_NONE,
                               .author = author,
                               .reason = item->before.reason[0] ? item->before.reason : NULL };
    if (is_begin && item->before.until.ms != MONO_NEVER.ms)
        command.for_ms = item->before.until.ms - now_of(keeper).ms;
    if (deployment) {
        struct text id;
        text_init(&id, command.id, sizeof command.id);
        text_add(&id, item->match);
    }
    driver_command(keeper->config.driver, &command, ret_ack);
    return ret_ack->is_accepted;
}

static bool is_as_shown(const struct override_keeper *keeper, const struct command *command)
{
    return command->delta <= 0 || (size_t)command->delta == keeper->act.count;
}

static void undo(struct override_keeper *keeper, const char *author, struct command_ack *ret_ack)
{
    struct last_act *act = &keeper->act;
    struct command_ack ack = { .is_accepted = true };
    keeper->is_undoing = true;
    for (size_t i = 0; i < act->count && ack.is_accepted; i++)
        put_back(keeper, &act->items[i], author, &ack);
    keeper->is_undoing = false;
    act->is_undone = ack.is_accepted;
    ret_ack->is_accepted = ack.is_accepted;
    if (ack.is_accepted && act->count == 1) {
        struct text text;
        text_init(&text, ret_ack->text, sizeof ret_ack->text);
        text_add(&text, "undone: ");
        text_add(&text, ack.text);
    } else if (ack.is_accepted) {
        struct text text;
        text_init(&text, ret_ack->text, sizeof ret_ack->text);
        text_add(&text, "undone: ");
        last_act_describe(act, &text);
    } else {
        memcpy(ret_ack->text, ack.text, sizeof ret_ack->text);
    }
}

void override_keeper_undo(struct override_keeper *keeper, const struct command *command,
                          struct command_ack *ret_ack)
{
    const char *author = command->author ? command->author : keeper->operator;
    *ret_ack = (struct command_ack){ .kind = command->kind, .serial = command->serial };
    if (!override_keeper_may_undo(keeper, author, ret_ack->text))
        return;
    if (is_as_shown(keeper, command)) {
        undo(keeper, author, ret_ack);
        return;
    }
    struct text text;
    text_init(&text, ret_ack->text, sizeof ret_ack->text);
    text_addf(&text, "the last act was on %zu deployments: nothing was undone", keeper->act.count);
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
    keeper->was_dry_run = is_dry_run_now(keeper);
    on_timer(&keeper->timer);
}

void override_keeper_look(struct override_keeper *keeper)
{
    end_what_is_over(keeper);
    keeper->was_dry_run = is_dry_run_now(keeper);
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
    last_act_fini(&keeper->act);
    heap_free(keeper);
}
