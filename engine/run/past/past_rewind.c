#include "engine/run/past/past_fleet_state.h"

#include "engine/base/panic.h"

static struct site *site_of(const struct past_fleet *past, const struct deployment *deployment)
{
    return &past->sites[past->places[deployment->slot].site];
}

void past_take_image(const struct past_fleet *past, const struct deployment *deployment,
                     struct past_image *ret_image)
{
    past_image_take(deployment, &past->places[deployment->slot], site_of(past, deployment)->outcome,
                    ret_image);
}

void past_note_change(struct past_fleet *past, const struct deployment *deployment,
                      const struct past_image *before)
{
    struct past_image after;
    past_take_image(past, deployment, &after);
    past_tape_note(past->tape, deployment->slot + 1, before, &after, sizeof after);
}

static void change(void *context, uint32_t key, const struct past_change *change)
{
    struct past_fleet *past = context;
    struct past_image image;
    if (key == PAST_KEY_MOMENT) {
        past_tape_apply(change, &past->moment, sizeof past->moment);
        return;
    }
    struct deployment *deployment = fleet_at(past->fleet, key - 1);
    must(deployment);
    past_take_image(past, deployment, &image);
    past_tape_apply(change, &image, sizeof image);
    past_image_put(&image, past->fleet, deployment, &past->places[deployment->slot]);
    site_of(past, deployment)->outcome = image.outcome;
    fleet_mark(past->fleet, deployment->slot);
}

void past_leave_moment(struct past_fleet *past)
{
    if (past->arrival.is_there &&
        !past_arrival_undo(&past->arrival, past->fleet, past->moment.turn))
        past_tape_clear(past->tape);
}

void past_forget_passes(struct past_fleet *past)
{
    past_tape_clear(past->tape);
    past_arrival_forget(&past->arrival);
    past->is_torn = false;
}

bool past_fleet_go(struct past_fleet *past, int64_t seq)
{
    if (past->is_pass_open)
        return false;
    if (past->moment.seq == seq)
        return true;
    past_leave_moment(past);
    while (past->moment.seq > seq && past_tape_behind(past->tape) > 0)
        past_tape_back(past->tape, change, past);
    while (past->moment.seq < seq && past_tape_ahead(past->tape) > 0)
        past_tape_again(past->tape, change, past);
    return past->moment.seq == seq;
}

int64_t past_fleet_seq(const struct past_fleet *past)
{
    return past->moment.seq;
}

void past_fleet_arrive(struct past_fleet *past)
{
    uint32_t turn = past->moment.turn;
    if (past->arrival.is_there)
        return;
    past->arrival.is_there = true;
    for (uint32_t slot = 0; slot < fleet_slot_count(past->fleet); slot++) {
        struct deployment *deployment = fleet_at(past->fleet, slot);
        if (!deployment || deployment->last_pass == turn)
            continue;
        past_arrival_keep(&past->arrival, deployment, turn, past_missed(deployment, turn));
        past_catch_up(past, deployment, turn);
        fleet_mark(past->fleet, slot);
    }
}
