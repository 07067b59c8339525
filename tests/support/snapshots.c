/*
 * Pages, names and snapshots have the same lifetime as the publisher's. A replaced page or name is freed when no
 * snapshot that could show it is outstanding, so that a sanitizer detects a later access.
 */
#include "tests/support/snapshots_state.h"

#include "engine/base/arith.h"
#include "engine/base/text.h"
#include "engine/serving.h"
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_SIZE 1024 /* of an escaped id */

/* Not of the heap that a test may watch or let fail. */
static void *take_memory(size_t count, size_t size)
{
    void *memory = calloc(count > 0 ? count : 1, size);
    assert_non_null(memory);
    return memory;
}

/* --- what is replaced ------------------------------------------------------------------------------------------ */

static bool is_seen(const struct snapshots *maker, const struct span *span)
{
    for (const struct taken *taken = maker->out; taken; taken = taken->next)
        if (span->born <= taken->snapshot.version && taken->snapshot.version < span->died)
            return true;
    return false;
}

static void sweep_pages(struct snapshots *maker)
{
    struct kept_page **place = &maker->retired_pages;
    while (*place) {
        struct kept_page *kept = *place;
        if (is_seen(maker, &kept->span)) {
            place = &kept->next;
            continue;
        }
        *place = kept->next;
        free(kept);
    }
}

static void sweep_names(struct snapshots *maker)
{
    struct kept_name **place = &maker->retired_names;
    while (*place) {
        struct kept_name *kept = *place;
        if (is_seen(maker, &kept->span)) {
            place = &kept->next;
            continue;
        }
        *place = kept->next;
        free(kept);
    }
}

static void sweep(struct snapshots *maker)
{
    sweep_pages(maker);
    sweep_names(maker);
}

/* A page that no snapshot shows yet: this one, or a copy in its place. */
static struct snapshot_page *open_page(struct snapshots *maker, size_t index)
{
    struct kept_page *old = maker->pages[index];
    if (old->span.born == maker->version)
        return &old->page;
    struct kept_page *kept = take_memory(1, sizeof *kept);
    kept->page = old->page;
    kept->span.born = maker->version;
    maker->pages[index] = kept;
    old->span.died = maker->version;
    old->next = maker->retired_pages;
    maker->retired_pages = old;
    return &kept->page;
}

struct snapshot_row *snapshots_open_row(struct snapshots *maker, uint32_t slot)
{
    assert_true(slot < maker->slot_count);
    return &open_page(maker, slot / SNAPSHOT_PAGE_ROWS)->rows[slot % SNAPSHOT_PAGE_ROWS];
}

const struct snapshot_row *snapshots_peek_row(const struct snapshots *maker, uint32_t slot)
{
    return &maker->pages[slot / SNAPSHOT_PAGE_ROWS]->page.rows[slot % SNAPSHOT_PAGE_ROWS];
}

static void fold(char *text)
{
    for (; *text != '\0'; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text - 'A' + 'a');
}

static const char *put_text(char **at, const char *text)
{
    size_t size = strlen(text) + 1;
    char *place = *at;
    memcpy(place, text, size);
    *at += size;
    return place;
}

/* Forms that are equal are one, as the publisher has it: it is these names that are measured. */
static struct kept_name *make_name(const struct snapshots *maker, const char *id)
{
    char shown[SHOWN_SIZE];
    char folded[SHOWN_SIZE];
    struct text text;
    text_init(&text, shown, sizeof shown);
    text_add_escaped(&text, id, strlen(id));
    assert_false(text.was_cut);
    memcpy(folded, shown, text.length + 1);
    fold(folded);
    bool is_plain = strcmp(shown, id) == 0;
    bool is_lower = strcmp(folded, shown) == 0;

    size_t size = strlen(id) + 1;
    size += (is_plain ? 0 : text.length + 1) + (is_lower ? 0 : text.length + 1);
    struct kept_name *kept = take_memory(1, sizeof *kept + size);
    char *at = kept->bytes;
    kept->name.id = put_text(&at, id);
    kept->name.shown = is_plain ? kept->name.id : put_text(&at, shown);
    kept->name.folded = is_lower ? kept->name.shown : put_text(&at, folded);
    kept->span.born = maker->version;
    return kept;
}

/* --- the maker ------------------------------------------------------------------------------------------------- */

struct snapshots *snapshots_create(void)
{
    struct snapshots *maker = take_memory(1, sizeof *maker);
    size_t pages_max = SNAPSHOTS_ROWS_MAX / SNAPSHOT_PAGE_ROWS;
    maker->pages = take_memory(pages_max, sizeof(struct kept_page *));
    maker->names = take_memory(SNAPSHOTS_ROWS_MAX, sizeof(struct kept_name *));
    maker->free_slots = take_memory(SNAPSHOTS_ROWS_MAX, sizeof(uint32_t));
    maker->last_line = &maker->lines;
    maker->version = 1;
    maker->names_version = 1;
    maker->at = SNAPSHOTS_AT;
    maker->engine = (struct snapshot_engine){
        .version = "0.1.0",
        .api_url = "http://api.prod-eu",
        .next_pass = snapshots_ago(-11896),
        .next_discovery = snapshots_ago(-41896),
        .last_read = snapshots_ago(PASS_AGE_MS),
        .last_act = { .text = "the pause of eu-central-moba-01", .author = "ann", .count = 1 },
        .pass_interval_ms = 30 * SECOND_MS,
        .discovery_interval_ms = 60 * SECOND_MS,
    };
    maker->pass = (struct snapshot_pass){
        .number = 4711,
        .started = snapshots_ago(PASS_AGE_MS),
        .took_ms = 1900,
    };
    return maker;
}

static void free_lines(struct kept_line *line)
{
    while (line) {
        struct kept_line *next = line->next;
        free(line);
        line = next;
    }
}

static void free_taken(struct taken *taken)
{
    free_lines(taken->lines);
    free(taken->line_array);
    free(taken->acks);
    free(taken->pages);
    free(taken);
}

void snapshots_destroy(struct snapshots *maker)
{
    if (!maker)
        return;
    while (maker->out)
        snapshots_give_back(maker, &maker->out->snapshot);
    sweep(maker);
    for (size_t i = 0; i < maker->page_count; i++)
        free(maker->pages[i]);
    for (size_t slot = 0; slot < maker->slot_count; slot++)
        free(maker->names[slot]);
    free_lines(maker->lines);
    free(maker->pages);
    free(maker->names);
    free(maker->free_slots);
    free(maker);
}

struct snapshot_engine *snapshots_engine(struct snapshots *maker)
{
    return &maker->engine;
}

struct snapshot_pass *snapshots_pass(struct snapshots *maker)
{
    return &maker->pass;
}

struct wall *snapshots_at(struct snapshots *maker)
{
    return &maker->at;
}

/* --- rows ------------------------------------------------------------------------------------------------------ */

static uint32_t new_slot(struct snapshots *maker)
{
    if (maker->free_count > 0)
        return maker->free_slots[--maker->free_count];
    assert_true(maker->slot_count < SNAPSHOTS_ROWS_MAX);
    if (maker->slot_count == maker->page_count * SNAPSHOT_PAGE_ROWS) {
        struct kept_page *kept = take_memory(1, sizeof *kept);
        kept->span.born = maker->version;
        maker->pages[maker->page_count++] = kept;
    }
    return (uint32_t)maker->slot_count++;
}

static void fill_trend(struct snapshot_row *row, uint8_t level)
{
    memset(row->trend, level, sizeof row->trend);
}

uint8_t snapshots_level(const struct snapshot_row *row)
{
    if (row->total_servers <= 0 || row->free_servers < 0)
        return TREND_UNREAD;
    return (uint8_t)min_i64(200, INT64_C(200) * row->free_servers / row->total_servers);
}

/* The policies of every fleet; a new deployment has the first that matches. */
static const char *const policies[] = { "defaults", "eu-*", "*-Test" };

static uint16_t policy_of(const char *id)
{
    const char *dash = strrchr(id, '-');
    if (strncmp(id, "eu-", 3) == 0)
        return 1;
    return dash && strcmp(dash, "-test") == 0 ? 2 : 0;
}

uint32_t snapshots_add(struct snapshots *maker, const char *id)
{
    uint32_t slot = new_slot(maker);
    struct snapshot_row *row = snapshots_open_row(maker, slot);
    maker->names[slot] = make_name(maker, id);
    maker->names_version++;
    maker->pass.deployments++;
    maker->pass.read++;
    *row = (struct snapshot_row){
        .name = &maker->names[slot]->name,
        .policy = policy_of(id),
        .read_at = { maker->at.ms - PASS_AGE_MS },
        .servers_per_host = 10,
        .target_ppb = 15 * SHARE_PERCENT,
        .hosts = 10,
        .total_servers = 100,
        .free_servers = 15,
        .desired_hosts = 10,
        .state = STATE_ON_TARGET,
        .action = ACTION_NONE,
        .reason = REASON_ON_TARGET,
        .is_listed = true,
    };
    fill_trend(row, snapshots_level(row));
    return slot;
}

void snapshots_remove(struct snapshots *maker, uint32_t slot)
{
    struct snapshot_row *row = snapshots_open_row(maker, slot);
    struct kept_name *kept = maker->names[slot];
    assert_non_null(row->name);
    *row = (struct snapshot_row){ 0 };
    kept->span.died = maker->version;
    kept->next = maker->retired_names;
    maker->retired_names = kept;
    maker->names[slot] = NULL;
    maker->names_version++;
    maker->free_slots[maker->free_count++] = slot;
    sweep(maker);
}

struct snapshot_row *snapshots_row(struct snapshots *maker, uint32_t slot)
{
    struct snapshot_row *row = snapshots_open_row(maker, slot);
    assert_non_null(row->name);
    return row;
}

/* --- what comes once ------------------------------------------------------------------------------------------- */

void snapshots_line(struct snapshots *maker, enum level level, enum event_id event, const char *id,
                    const char *text)
{
    size_t id_size = id ? strlen(id) + 1 : 0;
    size_t text_size = strlen(text) + 1;
    struct kept_line *kept = take_memory(1, sizeof *kept + id_size + text_size);
    if (id)
        memcpy(kept->bytes, id, id_size);
    memcpy(kept->bytes + id_size, text, text_size);
    kept->line = (struct snapshot_line){
        .at = maker->at,
        .level = level,
        .event = event,
        .id = id ? kept->bytes : NULL,
        .text = kept->bytes + id_size,
    };
    *maker->last_line = kept;
    maker->last_line = &kept->next;
    maker->line_count++;
}

void snapshots_lose_lines(struct snapshots *maker, int64_t count)
{
    maker->lines_lost += count;
}

void snapshots_acknowledge(struct snapshots *maker, const struct command_ack *ack)
{
    assert_true(maker->ack_count < ACKS_MAX);
    maker->acks[maker->ack_count++] = *ack;
}

void snapshots_set_past(struct snapshots *maker, const struct snapshot_past *past)
{
    maker->has_past = past != NULL;
    if (past)
        maker->past = *past;
}

void snapshots_set_detail(struct snapshots *maker, const struct snapshot_detail *detail)
{
    maker->has_detail = detail != NULL;
    if (detail)
        maker->detail = *detail;
}

/* --- snapshots ------------------------------------------------------------------------------------------------- */

static int64_t known(int32_t count)
{
    return count > 0 ? count : 0;
}

static int32_t serving_hosts_of(const struct snapshot_row *row)
{
    return row->total_servers < 0 || row->servers_per_host < 1
               ? row->hosts
               : serving_hosts(row->hosts, row->total_servers, row->servers_per_host);
}

/* As publish_row has it: what is gone counts as a state and in no sum. */
static void count_row(struct fleet_totals *totals, const struct snapshot_row *row)
{
    if (!row->name)
        return;
    totals->states[row->state]++;
    if (!row->is_listed)
        return;
    totals->deployments++;
    totals->hosts += known(row->hosts);
    totals->serving_hosts += known(serving_hosts_of(row));
    totals->pending_hosts += row->pending_hosts;
    totals->servers += known(row->total_servers);
    totals->free_servers += known(row->free_servers);
    totals->paused += row->is_paused;
    if (row->is_paused)
        return;
    totals->wanted_up += row->wanted_delta > 0;
    totals->wanted_down += row->wanted_delta < 0;
    totals->wanted_up_hosts += row->wanted_delta > 0 ? row->wanted_delta : 0;
    totals->wanted_down_hosts -= row->wanted_delta < 0 ? row->wanted_delta : 0;
}

static void list_pages(const struct snapshots *maker, struct taken *taken)
{
    taken->pages = take_memory(maker->page_count, sizeof(struct snapshot_page *));
    for (size_t i = 0; i < maker->page_count; i++)
        taken->pages[i] = &maker->pages[i]->page;
    taken->snapshot.pages = taken->pages;
    taken->snapshot.page_count = maker->page_count;
    taken->snapshot.slot_count = maker->slot_count;
    for (uint32_t slot = 0; slot < maker->slot_count; slot++)
        count_row(&taken->snapshot.totals, snapshots_peek_row(maker, slot));
}

static void hand_over_lines(struct snapshots *maker, struct taken *taken)
{
    size_t index = 0;
    taken->line_array = take_memory(maker->line_count, sizeof *taken->line_array);
    for (const struct kept_line *kept = maker->lines; kept; kept = kept->next)
        taken->line_array[index++] = kept->line;
    taken->lines = maker->lines;
    taken->snapshot.lines = taken->line_array;
    taken->snapshot.line_count = index;
    taken->snapshot.lines_lost = maker->lines_lost;
    maker->lines = NULL;
    maker->last_line = &maker->lines;
    maker->line_count = 0;
    maker->lines_lost = 0;
}

static void hand_over_acks(struct snapshots *maker, struct taken *taken)
{
    taken->acks = take_memory(maker->ack_count, sizeof *taken->acks);
    memcpy(taken->acks, maker->acks, maker->ack_count * sizeof *taken->acks);
    taken->snapshot.acks = taken->acks;
    taken->snapshot.ack_count = maker->ack_count;
    maker->ack_count = 0;
}

/* A retired deployment has no detail, because its name is no longer valid. */
static void copy_detail(const struct snapshots *maker, struct taken *taken)
{
    uint32_t slot = maker->detail.slot;
    if (!maker->has_detail || slot >= maker->slot_count ||
        snapshots_peek_row(maker, slot)->name != maker->detail.name)
        return;
    taken->detail = maker->detail;
    taken->snapshot.detail = &taken->detail;
}

void snapshots_set_remote(struct snapshots *maker, const struct snapshot_remote *remote)
{
    maker->has_remote = remote != NULL;
    if (remote)
        maker->remote = *remote;
}

const struct snapshot *snapshots_take(struct snapshots *maker)
{
    struct taken *taken = take_memory(1, sizeof *taken);
    taken->snapshot.version = maker->version++;
    taken->snapshot.names_version = maker->names_version;
    taken->snapshot.policies = policies;
    taken->snapshot.policy_count = COUNT_OF(policies);
    taken->snapshot.at = maker->at;
    taken->snapshot.engine = maker->engine;
    taken->snapshot.pass = maker->pass;
    list_pages(maker, taken);
    hand_over_lines(maker, taken);
    hand_over_acks(maker, taken);
    copy_detail(maker, taken);
    taken->past = maker->past;
    if (maker->has_past)
        taken->snapshot.past = &taken->past;
    taken->remote = maker->remote;
    if (maker->has_remote)
        taken->snapshot.remote = &taken->remote;
    taken->next = maker->out;
    maker->out = taken;
    maker->out_count++;
    return &taken->snapshot;
}

void snapshots_give_back(struct snapshots *maker, const struct snapshot *snapshot)
{
    struct taken **place = &maker->out;
    while (*place && &(*place)->snapshot != snapshot)
        place = &(*place)->next;
    assert_non_null(*place);
    struct taken *taken = *place;
    *place = taken->next;
    maker->out_count--;
    free_taken(taken);
    sweep(maker);
}

size_t snapshots_out(const struct snapshots *maker)
{
    return maker->out_count;
}
