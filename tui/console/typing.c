#include "tui/console/typing.h"

#include "engine/base/clock.h"

void typing_init(struct typing *typing)
{
    *typing = (struct typing){ .came = { INT64_MIN / 2 }, .quiet_until = { INT64_MIN / 2 } };
}

/* May the key follow the last one faster than a person types? */
static bool may_follow(const struct typing *typing, uint32_t keypress, enum typing_use use)
{
    switch (use) {
    case TYPING_MOVE:
    case TYPING_LOOK:
        return typing->use == TYPING_MOVE;
    case TYPING_STEP:
        return typing->use == TYPING_STEP && typing->keypress == keypress;
    case TYPING_ENTER:
        return typing->use == TYPING_PROMPT;
    case TYPING_PROMPT:
        return true;
    case TYPING_TEXT:
    case TYPING_ACT:
        break;
    }
    return false;
}

/* Is the key taken while a paste may still go on? */
static bool is_taken_in_quiet(enum typing_use use)
{
    return use == TYPING_MOVE || use == TYPING_PROMPT || use == TYPING_ENTER;
}

static bool is_held(enum typing_use use)
{
    return use == TYPING_LOOK || use == TYPING_ENTER || use == TYPING_ACT;
}

static void note(struct typing *typing, const struct input *input, enum typing_use use)
{
    typing->is_holding = false;
    typing->came = input->came;
    typing->keypress = input->keypress;
    typing->use = use;
}

static enum typing_answer hold(struct typing *typing, const struct input *input)
{
    typing->is_holding = true;
    typing->held = *input;
    return TYPING_HELD;
}

/* A movement that is near to a refused key belongs to the paste, so the key counts as text. */
static enum typing_answer refuse(struct typing *typing)
{
    typing->use = TYPING_TEXT;
    typing->quiet_until = mono_after(typing->came, TYPING_QUIET_MS);
    return TYPING_PASTED;
}

/* Esc cancels whatever came before it. What comes before a held key was done is fast. */
enum typing_answer typing_take(struct typing *typing, const struct input *input,
                               enum typing_use use)
{
    bool was_holding = typing->is_holding;
    bool is_fast = was_holding || input->came.ms - typing->came.ms < TYPING_RUN_MS;
    bool can_follow = !was_holding && may_follow(typing, input->keypress, use);
    bool is_quiet = input->came.ms < typing->quiet_until.ms;
    if (input->keypress == KEYPRESS_ESC) {
        note(typing, input, TYPING_MOVE);
        return TYPING_NOW;
    }
    note(typing, input, use);
    if (use == TYPING_PROMPT)
        return TYPING_NOW;
    if ((is_fast && !can_follow) || (is_quiet && !is_taken_in_quiet(use)))
        return refuse(typing);
    /* The text of the prompt may have been pasted; more of it may follow. */
    if (is_fast && use == TYPING_ENTER)
        typing->quiet_until = mono_after(input->came, TYPING_QUIET_MS);
    return is_held(use) ? hold(typing, input) : TYPING_NOW;
}

void typing_paste(struct typing *typing, struct mono came)
{
    typing->is_holding = false;
    typing->came = came;
    refuse(typing);
}

bool typing_release(struct typing *typing, struct mono now, struct input *ret_input)
{
    if (!typing->is_holding || now.ms < typing_deadline(typing).ms)
        return false;
    typing->is_holding = false;
    *ret_input = typing->held;
    return true;
}

struct mono typing_deadline(const struct typing *typing)
{
    return typing->is_holding ? mono_after(typing->held.came, TYPING_RUN_MS) : MONO_NEVER;
}
