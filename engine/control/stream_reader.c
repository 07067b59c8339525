#include "engine/control/stream_reader.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/control/stream_codec.h"
#include "engine/view/publish_detail.h"
#include "engine/view/publish_row.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- sequence numbers -------------------------------------------------------------------------------------------- */

/* "9f86d081884c7d65-1234-56": the engine, the last change of a row, the last line of the log. */
static void add_token(struct text *text, const struct stream_reader *reader)
{
    char token[STREAM_TOKEN_SIZE];
    snprintf(token, sizeof token, "%016" PRIx64 "-%" PRIu64 "-%" PRIu64, reader->source->epoch,
             reader->seq, reader->line_number);
    stream_add_string(text, "seq", token);
}

/* Reads a number and what ends it. */
static bool read_part(const char **token, int base, char end, uint64_t *ret_number)
{
    char *rest;
    if (!isxdigit((unsigned char)**token))
        return false;
    errno = 0;
    *ret_number = strtoull(*token, &rest, base);
    if (errno || *rest != end)
        return false;
    *token = rest + (end != '\0');
    return true;
}

/* False: not a number of this engine. */
static bool read_token(const struct stream_source *source, const char *token, uint64_t *ret_seq,
                       uint64_t *ret_line)
{
    uint64_t epoch;
    if (!token || !read_part(&token, 16, '-', &epoch) || !read_part(&token, 10, '-', ret_seq) ||
        !read_part(&token, 10, '\0', ret_line))
        return false;
    return epoch == source->epoch && *ret_seq > 0 && *ret_seq <= source->order.seq &&
           *ret_line <= source->lines.number;
}

/* --- life cycle -------------------------------------------------------------------------------------------------- */

/* A new reader gets the lines that are kept, and lacks none. */
static void begin_at(struct stream_reader *reader, uint64_t seq, uint64_t line_number)
{
    const struct stream_source *source = reader->source;
    reader->seq = seq;
    reader->line_number = line_number;
    reader->slot = change_order_after(&source->order, seq);
    reader->line = stream_lines_after(&source->lines, line_number);
    if (!reader->is_resumed)
        reader->line_number = reader->line ? reader->line->number - 1 : source->lines.number;
}

struct stream_reader *stream_reader_create(struct stream_source *source, const struct peer *peer,
                                           const char *token)
{
    uint64_t seq = 0;
    uint64_t line_number = 0;
    struct stream_reader *reader = heap_alloc(1, sizeof *reader);
    if (!reader)
        return NULL;
    reader->source = source;
    reader->peer = *peer;
    reader->is_resumed = read_token(source, token, &seq, &line_number);
    reader->is_whole = !reader->is_resumed;
    reader->took = mono_now();
    text_init(&reader->pending, reader->storage, sizeof reader->storage);
    begin_at(reader, reader->is_resumed ? seq : 0, reader->is_resumed ? line_number : 0);
    return reader;
}

void stream_reader_destroy(struct stream_reader *reader)
{
    heap_free(reader);
}

/* --- cursors ------------------------------------------------------------------------------------------------------ */

void stream_reader_before_touch(struct stream_reader *reader, uint32_t slot)
{
    if (reader->slot == slot)
        reader->slot = change_order_newer(&reader->source->order, slot);
}

void stream_reader_touched(struct stream_reader *reader, uint32_t slot)
{
    if (reader->slot == SLOT_NONE)
        reader->slot = slot;
    reader->waiting_size += STREAM_ROW_SIZE;
}

void stream_reader_line_added(struct stream_reader *reader, const struct stream_line *line)
{
    if (!reader->line)
        reader->line = line;
    reader->waiting_size += (int64_t)line->length;
}

void stream_reader_line_dropped(struct stream_reader *reader, const struct stream_line *line)
{
    if (reader->line == line)
        reader->line = line->next;
}

/* --- lines -------------------------------------------------------------------------------------------------------- */

static void begin_line(struct stream_reader *reader, const char *kind)
{
    text_addf(&reader->pending, "{\"%s\":{", kind);
}

static void end_line(struct stream_reader *reader)
{
    text_add(&reader->pending, "}}\n");
    must(!reader->pending.was_cut);
    redaction_clean(reader->source->engine.redaction, &reader->pending);
}

static void add_hello(struct stream_reader *reader)
{
    struct text *text = &reader->pending;
    char number[24];
    begin_line(reader, "hello");
    snprintf(number, sizeof number, "%016" PRIx64, reader->number);
    stream_add_integer(text, "schema", STREAM_SCHEMA);
    stream_add_string(text, "version", reader->source->context.version);
    stream_add_string(text, "api", reader->source->context.api_url);
    stream_add_string(text, "stream", number);
    add_token(text, reader);
    stream_add_bool(text, "whole", reader->is_whole);
    stream_add_bool(text, "may_act", reader->peer.right == RIGHT_ACT);
    end_line(reader);
}

/* The next one that it does not know; false: it knows them all. */
static bool add_policy(struct stream_reader *reader)
{
    const struct policy_names *policies = &reader->source->policies;
    if (reader->policies == policies->count)
        return false;
    begin_line(reader, "policy");
    stream_add_integer(&reader->pending, "index", (int64_t)reader->policies);
    stream_add_string(&reader->pending, "name", policies->names[reader->policies]);
    end_line(reader);
    reader->policies++;
    return true;
}

/* Of a deployment that is there. */
static void add_deployment(struct stream_reader *reader, const struct deployment *deployment,
                           uint16_t policy)
{
    const struct stream_source *source = reader->source;
    struct snapshot_row row = { .policy = policy };
    publish_row_make(deployment, NULL, &source->summary->figures[deployment->slot],
                     &source->context, 0, &row);
    stream_add_string(&reader->pending, "id", deployment->id);
    if (deployment->is_entry)
        stream_add_bool(&reader->pending, "entry", true);
    stream_add_row(&reader->pending, &row);
}

static void advance(struct stream_reader *reader)
{
    const struct change_order *order = &reader->source->order;
    reader->seq = order->places[reader->slot].seq;
    reader->slot = change_order_newer(order, reader->slot);
}

/* Of the deployment in this slot, if any; a new policy is named. */
static uint16_t policy_of(struct stream_source *source, uint32_t slot)
{
    uint16_t policy = POLICY_UNNAMED;
    const struct deployment *deployment =
        fleet_at(reconciler_fleet(source->engine.reconciler), slot);
    if (deployment && policy_names_index(&source->policies, deployment->policy, &policy))
        policy = POLICY_UNNAMED;
    return policy;
}

static void make_row(struct stream_reader *reader, uint16_t policy)
{
    const struct fleet *fleet = reconciler_fleet(reader->source->engine.reconciler);
    const struct deployment *deployment = fleet_at(fleet, reader->slot);
    begin_line(reader, "row");
    stream_add_integer(&reader->pending, "slot", reader->slot);
    if (deployment)
        add_deployment(reader, deployment, policy);
    end_line(reader);
}

/*
 * The first reader that comes to a change makes its text, the others copy it. A policy that a reader does not know goes
 * before the first row that has it.
 */
static void add_row(struct stream_reader *reader)
{
    struct stream_source *source = reader->source;
    uint64_t seq = source->order.places[reader->slot].seq;
    size_t length = 0;
    const char *kept = stream_texts_find(&source->texts, seq, &length);
    uint16_t policy = kept ? POLICY_UNNAMED : policy_of(source, reader->slot);
    if (add_policy(reader))
        return;
    if (kept) {
        text_add_bytes(&reader->pending, kept, length);
    } else {
        make_row(reader, policy);
        stream_texts_keep(&source->texts, seq, reader->pending.data, reader->pending.length);
    }
    advance(reader);
}

static void add_log_line(struct stream_reader *reader)
{
    const struct stream_line *line = reader->line;
    must(line->length < sizeof reader->storage);
    reader->lines_lost += (int64_t)(line->number - reader->line_number - 1);
    reader->line_number = line->number;
    reader->line = line->next;
    text_add_bytes(&reader->pending, line->text, line->length);
}

/* --- the head ----------------------------------------------------------------------------------------------------- */

static void take_detail(struct stream_reader *reader)
{
    const struct reconciler *reconciler = reader->source->engine.reconciler;
    const struct fleet *fleet = reconciler_fleet(reconciler);
    reader->has_detail = false;
    if (reader->focus.id[0] == '\0')
        return;
    const struct deployment *deployment = fleet_find(fleet, reader->focus.id, false);
    if (!deployment)
        return;
    publish_detail_make(reconciler, deployment, NULL, reader->focus.delta, &reader->source->context,
                        &reader->detail);
    reader->has_detail = true;
}

/* All of it at once: it is sent in several lines, and the engine goes on meanwhile. */
static void take_head(struct stream_reader *reader)
{
    const struct stream_source *source = reader->source;
    reader->batch_version = source->version;
    reader->batch_at = source->at;
    reader->batch_slots = source->slot_count;
    reader->head = source->head;
    reader->pass = source->pass;
    reader->totals = source->totals;
    take_detail(reader);
    reader->step = 0;
}

static void add_detail(struct stream_reader *reader)
{
    begin_line(reader, "detail");
    stream_add_integer(&reader->pending, "slot", reader->detail.slot);
    stream_add_detail(&reader->pending, &reader->detail);
    end_line(reader);
}

static void add_step(struct stream_reader *reader)
{
    const struct snapshot_detail *detail = &reader->detail;
    begin_line(reader, "step");
    if (detail->step_ends[reader->step].ms != 0)
        stream_add_integer(&reader->pending, "ends", detail->step_ends[reader->step].ms);
    stream_add_step(&reader->pending, &detail->steps[reader->step]);
    end_line(reader);
}

static void add_objection(struct stream_reader *reader)
{
    begin_line(reader, "objection");
    stream_add_step(&reader->pending, &reader->detail.objections[reader->step]);
    end_line(reader);
}

static void add_end(struct stream_reader *reader)
{
    struct text *text = &reader->pending;
    begin_line(reader, "end");
    add_token(text, reader);
    stream_add_integer(text, "at", reader->batch_at.ms);
    stream_add_integer(text, "slots", (int64_t)reader->batch_slots);
    stream_add_bool(text, "whole", reader->is_whole);
    if (reader->lines_lost > 0)
        stream_add_integer(text, "lines_lost", reader->lines_lost);
    end_line(reader);
    reader->lines_lost = 0;
    reader->is_whole = false;
    reader->has_end = true;
    reader->is_alive_due = false;
    reader->version = reader->batch_version;
}

static void add_alive(struct stream_reader *reader)
{
    begin_line(reader, "alive");
    stream_add_integer(&reader->pending, "at", wall_now().ms);
    end_line(reader);
    reader->is_alive_due = false;
}

/* --- what is next ------------------------------------------------------------------------------------------------- */

static bool has_head_news(const struct stream_reader *reader)
{
    return !reader->has_end || reader->version != reader->source->version;
}

bool stream_reader_has_news(const struct stream_reader *reader)
{
    return reader->sent < reader->pending.length || reader->part != STREAM_CHANGES ||
           reader->slot != SLOT_NONE || reader->line || reader->is_alive_due ||
           has_head_news(reader);
}

static void add_change(struct stream_reader *reader)
{
    if (reader->slot != SLOT_NONE) {
        add_row(reader);
    } else if (reader->line) {
        add_log_line(reader);
    } else if (has_head_news(reader)) {
        take_head(reader);
        reader->part = STREAM_ENGINE;
    } else if (reader->is_alive_due) {
        add_alive(reader);
    }
}

/* One of the steps or objections, or the next part. */
static void add_one_of(struct stream_reader *reader, size_t count,
                       void (*add)(struct stream_reader *reader), enum stream_part next)
{
    if (reader->has_detail && reader->step < count) {
        add(reader);
        reader->step++;
        return;
    }
    reader->step = 0;
    reader->part = next;
}

static void step(struct stream_reader *reader)
{
    struct text *text = &reader->pending;
    switch (reader->part) {
    case STREAM_HELLO:
        add_hello(reader);
        reader->part = STREAM_CHANGES;
        return;
    case STREAM_CHANGES:
        add_change(reader);
        return;
    case STREAM_ENGINE:
        begin_line(reader, "engine");
        stream_add_engine(text, &reader->head);
        end_line(reader);
        reader->part = STREAM_PASS;
        return;
    case STREAM_PASS:
        begin_line(reader, "pass");
        stream_add_pass(text, &reader->pass);
        end_line(reader);
        reader->part = STREAM_TOTALS;
        return;
    case STREAM_TOTALS:
        begin_line(reader, "totals");
        stream_add_totals(text, &reader->totals);
        end_line(reader);
        reader->part = STREAM_DETAIL;
        return;
    case STREAM_DETAIL:
        if (reader->has_detail)
            add_detail(reader);
        reader->part = STREAM_STEPS;
        return;
    case STREAM_STEPS:
        add_one_of(reader, reader->detail.step_count, add_step, STREAM_OBJECTIONS);
        return;
    case STREAM_OBJECTIONS:
        add_one_of(reader, reader->detail.objection_count, add_objection, STREAM_END);
        return;
    case STREAM_END:
        add_end(reader);
        reader->part = STREAM_CHANGES;
        return;
    }
}

static void fill(struct stream_reader *reader)
{
    text_reset(&reader->pending);
    reader->sent = 0;
    while (reader->pending.length == 0 && stream_reader_has_news(reader))
        step(reader);
}

size_t stream_reader_write(struct stream_reader *reader, char *bytes, size_t size)
{
    size_t written = 0;
    while (written < size) {
        if (reader->sent == reader->pending.length)
            fill(reader);
        size_t left = reader->pending.length - reader->sent;
        if (left == 0)
            break;
        size_t count = left < size - written ? left : size - written;
        memcpy(bytes + written, reader->pending.data + reader->sent, count);
        reader->sent += count;
        written += count;
    }
    reader->waiting_size = 0;
    reader->took = mono_now();
    return written;
}
