#include "engine/run/past/redecide.h"

#include "engine/base/arith.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"
#include "engine/core/decision.h"
#include "engine/recording/recording_reader.h"
#include "engine/run/past/recording_place.h"

#include <string.h>

#define LINE_SIZE 1024

struct redeciding {
    const char *pattern;
    FILE *out;
    struct frame_facts facts; /* of the frame that is read */
    struct wall first;
    struct wall last;
    struct redecide_result result;
};

/* --- comparing ------------------------------------------------------------------------------------------------- */

static struct sample outcome_of(const struct decision *decision)
{
    return (struct sample){
        .desired_hosts = saturate_i32(decision->desired_hosts),
        .raw_delta = saturate_i32(decision->raw_delta),
        .delta = decision->delta,
        .action = decision->action,
        .reason = decision->reason,
    };
}

static bool has_same_outcome(const struct sample *a, const struct sample *b)
{
    return a->action == b->action && a->reason == b->reason && a->delta == b->delta &&
           a->raw_delta == b->raw_delta && a->desired_hosts == b->desired_hosts;
}

static void add_outcome(struct text *text, const struct sample *sample)
{
    text_addf(text, "%s %s delta ", action_name(sample->action), reason_row(sample->reason)->name);
    text_add_signed(text, sample->delta);
    text_add(text, " of ");
    text_add_signed(text, sample->raw_delta);
    text_addf(text, ", desired %d", sample->desired_hosts);
}

static void print_difference(const struct redeciding *redeciding, const struct recorded *recorded,
                             const struct sample *again)
{
    char storage[LINE_SIZE];
    char time[WALL_TEXT_SIZE];
    struct text text;
    wall_format(redeciding->facts.begun, time);
    text_init(&text, storage, sizeof storage);
    text_addf(&text, "%s ", time);
    text_add_value(&text, recorded->id, strlen(recorded->id));
    text_add(&text, ": was ");
    add_outcome(&text, &recorded->sample);
    text_add(&text, "; is now ");
    add_outcome(&text, again);
    fprintf(redeciding->out, "%s\n", storage);
}

/* What decide() may suppose (decision.h); a recording can have any values. */
static bool is_decidable(const struct decision_input *input)
{
    const struct status *status = &input->status;
    if (input->fault != REASON_NONE)
        return true;
    return input->servers_per_host >= 1 && input->target_free_ppb >= 0 &&
           input->target_free_ppb < SHARE_WHOLE && status->current_hosts >= 0 &&
           status->free_servers >= 0 && status->free_servers <= status->total_servers;
}

static void decide_again(struct redeciding *redeciding, const struct recorded *recorded)
{
    struct decision decision;
    struct redecide_result *result = &redeciding->result;
    result->decisions++;
    decide(&recorded->sample.input, &decision);
    struct sample again = outcome_of(&decision);
    if (has_same_outcome(&recorded->sample, &again))
        return;
    if (result->different < REDECIDE_SHOWN_MAX)
        print_difference(redeciding, recorded, &again);
    result->different++;
}

static int visit(void *context, const struct recorded *recorded)
{
    struct redeciding *redeciding = context;
    const struct sample *sample = &recorded->sample;
    bool is_meant = !redeciding->pattern || pattern_matches(redeciding->pattern, recorded->id);
    if (!recorded->is_decided || !is_meant)
        return 0;
    if (!recorded->is_translatable)
        redeciding->result.foreign++;
    else if (!sample_is_decision(sample))
        redeciding->result.unread++;
    else if (!is_decidable(&sample->input))
        redeciding->result.damaged++;
    else
        decide_again(redeciding, recorded);
    return 0;
}

/* --- the whole recording --------------------------------------------------------------------------------------- */

static void print_result(const struct redeciding *redeciding)
{
    const struct redecide_result *result = &redeciding->result;
    char first[WALL_TEXT_SIZE];
    char last[WALL_TEXT_SIZE];
    wall_format(redeciding->first, first);
    wall_format(redeciding->last, last);
    FILE *out = redeciding->out;
    if (result->passes > 0)
        fprintf(out, "passes from %s to %s\n", first, last);
    fprintf(out, "%lld passes, %lld decisions, %lld different, %lld unread",
            (long long)result->passes, (long long)result->decisions, (long long)result->different,
            (long long)result->unread);
    if (result->foreign > 0)
        fprintf(out, ", %lld of another version", (long long)result->foreign);
    if (result->damaged > 0)
        fprintf(out, ", %lld damaged parts left out", (long long)result->damaged);
    fputc('\n', out);
}

static int read_all(struct redeciding *redeciding, struct recording_reader *reader,
                    struct error *err)
{
    int found;
    while ((found = recording_reader_next(reader, visit, redeciding, &redeciding->facts, err)) >
           0) {
        if (redeciding->result.passes == 0)
            redeciding->first = redeciding->facts.begun;
        redeciding->last = redeciding->facts.begun;
        redeciding->result.passes += redeciding->facts.is_pass_end;
    }
    redeciding->result.damaged += recording_reader_damaged(reader);
    return found;
}

int redecide_run(const char *path, const char *pattern, FILE *out,
                 struct redecide_result *ret_result, struct error *err)
{
    char file[STATE_PATH_SIZE];
    struct recording_reader *reader = NULL;
    struct redeciding redeciding = { .pattern = pattern, .out = out };
    int failed = recording_place_find(path, file, err);
    failed = failed ? failed : recording_reader_open(file, &reader, err);
    if (failed)
        return failed;
    failed = read_all(&redeciding, reader, err);
    recording_reader_close(reader);
    if (failed)
        return failed;
    print_result(&redeciding);
    *ret_result = redeciding.result;
    return 0;
}
