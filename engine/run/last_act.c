#include "engine/run/last_act.h"

#include "engine/base/heap.h"

#include <string.h>

#define CAPACITY_MIN 8
#define ID_SHOWN_SIZE 64

static void drop_items(struct last_act *act)
{
    for (size_t i = 0; i < act->count; i++)
        heap_free(act->items[i].match);
    act->count = 0;
}

void last_act_fini(struct last_act *act)
{
    drop_items(act);
    heap_free(act->items);
    *act = (struct last_act){ 0 };
}

/* --- what was done --------------------------------------------------------------------------------------------- */

static void copy(char *storage, size_t size, const char *source)
{
    struct text text;
    text_init(&text, storage, size);
    text_add(&text, source);
}

static void begin(struct last_act *act, const char *author, const char *id)
{
    drop_items(act);
    *act = (struct last_act){
        .is_known = true, .commands = 1, .items = act->items, .capacity = act->capacity
    };
    copy(act->author, sizeof act->author, author);
    copy(act->id, sizeof act->id, id);
}

void last_act_note(struct last_act *act, const char *author, const struct command *command)
{
    if (command->is_more && act->is_known) {
        act->commands++;
        return;
    }
    begin(act, author, command->id);
    act->kind = command->kind;
    act->delta = command->delta;
}

void last_act_note_extension(struct last_act *act, const char *author, const char *id)
{
    begin(act, author, id);
    act->is_extension = true;
}

bool override_view_is_same(const struct override_view *a, const struct override_view *b)
{
    return a->is_in_force == b->is_in_force && a->number == b->number && a->until.ms == b->until.ms;
}

static bool make_room(struct last_act *act)
{
    if (act->count == LAST_ACT_ITEMS_MAX)
        return false;
    if (act->count < act->capacity)
        return true;
    size_t capacity = act->capacity ? 2 * act->capacity : CAPACITY_MIN;
    struct last_act_item *grown = heap_resize(act->items, capacity, sizeof *grown);
    if (!grown)
        return false;
    act->items = grown;
    act->capacity = capacity;
    return true;
}

void last_act_add(struct last_act *act, const char *kind, const char *match,
                  const struct override_view *before, const struct override_view *after)
{
    if (override_view_is_same(before, after))
        return;
    char *own = make_room(act) ? heap_copy_text(match, strlen(match)) : NULL;
    if (!own) {
        act->is_incomplete = true;
        return;
    }
    act->items[act->count++] = (struct last_act_item){ kind, own, *before, *after };
}

/* --- what is said of it ---------------------------------------------------------------------------------------- */

bool last_act_is_on_all(const struct last_act *act)
{
    return act->count > 0 && strcmp(act->items[0].match, OVERRIDE_ALL) == 0;
}

static void add_subject(const struct last_act *act, struct text *text)
{
    char storage[ID_SHOWN_SIZE];
    struct text shown;
    if (act->commands > 1) {
        text_addf(text, "%zu deployments", act->commands);
        return;
    }
    if (act->id[0] == '\0') {
        text_add(text, "all deployments");
        return;
    }
    text_init(&shown, storage, sizeof storage);
    text_add_escaped(&shown, act->id, strlen(act->id));
    text_add(text, storage);
    text_add(text, shown.was_cut ? "..." : "");
}

static const char *verb_of(const struct last_act *act)
{
    if (act->is_extension)
        return "the new end of the pause of ";
    if (act->kind == COMMAND_SCALE)
        return "the scale of ";
    bool is_pause = act->kind == COMMAND_PAUSE || act->kind == COMMAND_PAUSE_ALL;
    return is_pause ? "the pause of " : "the resume of ";
}

void last_act_describe(const struct last_act *act, struct text *text)
{
    bool is_on = act->kind == COMMAND_DRY_RUN_ON;
    if (!act->is_extension && (is_on || act->kind == COMMAND_DRY_RUN_OFF)) {
        text_add(text, is_on ? "dry-run on" : "dry-run off");
        return;
    }
    text_add(text, verb_of(act));
    add_subject(act, text);
    if (!act->is_extension && act->kind == COMMAND_SCALE)
        text_addf(text, " by %+d", act->delta);
}

static bool refuse(const struct last_act *act, struct text *text, const char *sentence)
{
    text_add(text, "the last act, ");
    last_act_describe(act, text);
    text_add(text, sentence);
    return false;
}

static bool refuse_author(const struct last_act *act, struct text *text)
{
    refuse(act, text, ", is of ");
    text_add_escaped(text, act->author, strlen(act->author));
    text_add(text, ": only one's own last act can be undone");
    return false;
}

static bool refuse_scale(const struct last_act *act, struct text *text)
{
    last_act_describe(act, text);
    text_add(text, " cannot be undone: the opposite order would be another scale. "
                   "Pause the deployment to hold it, or override its hosts with min_hosts or "
                   "max_hosts in a policy");
    return false;
}

/* The same user on another terminal is the same author: "ann on pts/3" (operator_name.h). */
static bool is_same_user(const char *a, const char *b)
{
    size_t length = strcspn(a, " ");
    return strncmp(a, "uid ", 4) == 0 ? strcmp(a, b) == 0
                                      : length == strcspn(b, " ") && strncmp(a, b, length) == 0;
}

bool last_act_check(const struct last_act *act, const char *author, struct text *text)
{
    if (!act->is_known) {
        text_add(text, "no act is known that could be undone: the engine has seen none since it "
                       "was started");
        return false;
    }
    if (!is_same_user(act->author, author))
        return refuse_author(act, text);
    if (!act->is_extension && act->kind == COMMAND_SCALE)
        return refuse_scale(act, text);
    if (act->is_undone)
        return refuse(act, text, ", is undone already");
    if (act->is_incomplete)
        return refuse(act, text, ", cannot be undone: it was too large to be remembered");
    if (act->count == 0)
        return refuse(act, text, ", changed nothing: there is nothing to undo");
    return true;
}
