/*
 * Pages, names and snapshots have the same lifetime as the publisher's. A replaced page or name is freed when no
 * snapshot that could show it is outstanding, so that a sanitizer detects a later access.
 *
 * The showcase, in the order of its slots; every number follows from ceil(100 * busy / ((100 - target) * per host)):
 *
 *     failed, unconfirmed, unread, held (cooldown_up, max_hosts, free_above_total), paused,
 *     up (whole, and cut by max_step_up), down (cut by max_step_down), pending, on target twice, gone
 */
#include "tests/support/snapshots.h"

#include "engine/base/arith.h"
#include "engine/base/random.h"
#include "engine/base/text.h"
#include "engine/serving.h"
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_SIZE 1024 /* of an escaped id */
#define ACKS_MAX 64
#define SECOND_MS 1000
#define MINUTE_MS 60000
#define PASS_AGE_MS (18 * SECOND_MS)

/* Seen from version `born` on; when `died` is not 0, no more from that one on. */
struct span {
    uint64_t born;
    uint64_t died;
};

struct kept_page {
    struct kept_page *next; /* when retired */
    struct span span;
    struct snapshot_page page;
};

struct kept_name {
    struct kept_name *next; /* when retired */
    struct span span;
    struct snapshot_name name;
    char bytes[];
};

struct kept_line {
    struct kept_line *next;
    struct snapshot_line line;
    char bytes[];
};

struct taken {
    struct taken *next;
    struct snapshot snapshot;
    const struct snapshot_page **pages;
    struct snapshot_line *line_array;
    struct kept_line *lines;
    struct command_ack *acks;
    struct snapshot_detail detail;
    struct snapshot_past past;
    struct snapshot_remote remote;
};

struct snapshots {
    struct wall at;
    struct snapshot_engine engine;
    struct snapshot_pass pass;
    uint64_t version; /* of the next one */
    uint64_t names_version;
    size_t slot_count;
    size_t page_count;
    struct kept_page **pages;
    struct kept_page *retired_pages;
    struct kept_name **names;
    struct kept_name *retired_names;
    uint32_t *free_slots;
    size_t free_count;
    size_t drawn_count; /* random ids so far: each is another one */
    struct kept_line *lines;
    struct kept_line **last_line;
    size_t line_count;
    int64_t lines_lost;
    struct command_ack acks[ACKS_MAX];
    size_t ack_count;
    bool has_detail;
    struct snapshot_detail detail;
    bool has_past;
    struct snapshot_past past;
    bool has_remote;
    struct snapshot_remote remote;
    struct taken *out;
    size_t out_count;
};

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

static struct snapshot_row *open_row(struct snapshots *maker, uint32_t slot)
{
    assert_true(slot < maker->slot_count);
    return &open_page(maker, slot / SNAPSHOT_PAGE_ROWS)->rows[slot % SNAPSHOT_PAGE_ROWS];
}

static const struct snapshot_row *peek_row(const struct snapshots *maker, uint32_t slot)
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

static struct wall ago(int64_t ms)
{
    return (struct wall){ SNAPSHOTS_AT.ms - ms };
}

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
        .next_pass = ago(-11896),
        .next_discovery = ago(-41896),
        .last_read = ago(PASS_AGE_MS),
        .pass_interval_ms = 30 * SECOND_MS,
        .discovery_interval_ms = 60 * SECOND_MS,
    };
    maker->pass =
        (struct snapshot_pass){ .number = 4711, .started = ago(PASS_AGE_MS), .took_ms = 1900 };
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

static uint8_t level_of(const struct snapshot_row *row)
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
    struct snapshot_row *row = open_row(maker, slot);
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
    fill_trend(row, level_of(row));
    return slot;
}

void snapshots_remove(struct snapshots *maker, uint32_t slot)
{
    struct snapshot_row *row = open_row(maker, slot);
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
    struct snapshot_row *row = open_row(maker, slot);
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
        count_row(&taken->snapshot.totals, peek_row(maker, slot));
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
        peek_row(maker, slot)->name != maker->detail.name)
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

/* --- the showcase ---------------------------------------------------------------------------------------------- */

#define NEVER INT64_C(-1)
#define AT_PASS PASS_AGE_MS

/* clang-format off */
static const struct show_row {
    const char *id;
    int32_t per_host, target_pct, hosts, total, free, pending, unconfirmed, desired;
    int32_t raw, delta, wanted, last_delta;
    enum state state;
    enum action action;
    enum reason reason;
    enum action last_action;
    int64_t read_ago_ms, acted_ago_ms;
    int trend_step; /* half percents a pass, backwards from now; 0: as it is */
} show_rows[] = {
    /* id                    /host tgt hosts total free  pend unc want   raw delta wanted last */
    { "us-east-pvp-legacy",     8, 20,  31,  248,   24,   0, 0,   35,    4,    2,    2,    2,
      STATE_STARVED,     ACTION_FAILED,      REASON_SCALE_REFUSED,    ACTION_FAILED,      AT_PASS, 17084, 0 },
    { "eu-west-queue-02",      10, 15,  20,  200,   15,   2, 2,   22,    0,    0,    0,    2,
      STATE_UNCONFIRMED, ACTION_UNCONFIRMED, REASON_UNCONFIRMED,      ACTION_UNCONFIRMED, AT_PASS, 48104, -2 },
    { "ap-south-beta-qa",       4, 20,   3,   12,    3,   0, 0,    3,    0,    0,    0,    0,
      STATE_UNREAD,      ACTION_NONE,        REASON_ON_TARGET,        ACTION_NONE,        121104, NEVER, 0 },
    { "eu-west-tournament-a",   8, 20,  64,  512,   61,   0, 0,   71,    7,    0,    0,    2,
      STATE_HELD,        ACTION_HELD,        REASON_COOLDOWN_UP,      ACTION_SCALED,      AT_PASS, 40104, -1 },
    { "eu-west-event-spring",  16, 20,  40,  640,  118,   0, 0,   41,    1,    0,    0,    0,
      STATE_HELD,        ACTION_HELD,        REASON_MAX_HOSTS,        ACTION_NONE,        AT_PASS, NEVER, 0 },
    { "us-west-broken-feed",    8, 20,  -1,   -1,   -1,   0, 0,   -1,    0,    0,    0,    0,
      STATE_HELD,        ACTION_HELD,        REASON_FREE_ABOVE_TOTAL, ACTION_NONE,        NEVER,   NEVER, 0 },
    { "eu-central-moba-01",     6, 20,  30,  180,   20,   0, 0,   34,    4,    0,    4,   -1,
      STATE_PAUSED,      ACTION_HELD,        REASON_PAUSED,           ACTION_SCALED,      AT_PASS, 2883104, -1 },
    { "eu-west-arena-ranked",   8, 20, 210, 1680,  180,  25, 0,  235,   25,   25,    0,   25,
      STATE_UP,          ACTION_SCALED,      REASON_BELOW_TARGET,     ACTION_SCALED,      AT_PASS, 17855, -3 },
    { "eu-west-chess-ranked",   8, 20,  12,   96,   10,   2, 0,   16,    4,    2,    1,    2,
      STATE_UP,          ACTION_SCALED,      REASON_MAX_STEP_UP,      ACTION_SCALED,      AT_PASS, 17767, -2 },
    { "us-east-arena-casual",   8, 20, 160, 1280,  470, -16, 0,  127,  -33,  -16,  -16,  -16,
      STATE_DOWN,        ACTION_SCALED,      REASON_MAX_STEP_DOWN,    ACTION_SCALED,      AT_PASS, 16920, 2 },
    { "eu-north-coop-hard",     4, 20,  36,  144,   15,   5, 0,   41,    0,    0,    0,    5,
      STATE_PENDING,     ACTION_NONE,        REASON_PENDING_HOSTS,    ACTION_SCALED,      AT_PASS, 47936, -1 },
    { "eu-west-battle-royale", 12, 20, 118, 1416,  286,   0, 0,  118,    0,    0,    0,   20,
      STATE_ON_TARGET,   ACTION_NONE,        REASON_ON_TARGET,        ACTION_SCALED,      AT_PASS, 318104, 1 },
    { "ap-south-lobby-01",      6, 25,  44,  264,   68,   0, 0,   44,    0,    0,    0,    0,
      STATE_ON_TARGET,   ACTION_NONE,        REASON_ON_TARGET,        ACTION_NONE,        AT_PASS, NEVER, 0 },
    { "eu-west-winter-cup",     8, 20,   6,   48,   24,   0, 0,    4,   -2,    0,    0,   -2,
      STATE_GONE,        ACTION_HELD,        REASON_GONE,             ACTION_SCALED,      198104, 498104, 2 },
};

static const struct show_line {
    int64_t ago_ms;
    enum level level;
    enum event_id event;
    const char *id;
    const char *text;
} show_lines[] = {
    { 198000, LEVEL_WARN,  EVENT_DEPLOYMENT_GONE, "eu-west-winter-cup",
      "deployment_gone deployment=eu-west-winter-cup pending_hosts=0" },
    { 48000,  LEVEL_ERROR, EVENT_SCALE_UNCONFIRMED, "eu-west-queue-02",
      "scale_unconfirmed deployment=eu-west-queue-02 delta=+2 key=8d0c41f2-4710-2 "
      "error=\"no response within 5s\" confirm_ms=90000 took_ms=5000" },
    { 18104,  LEVEL_DEBUG, EVENT_PASS_STARTED, NULL,
      "pass_started pass=4711 deployments=13 cause=interval" },
    { 17902,  LEVEL_WARN,  EVENT_HELD_BAD_DATA, "us-west-broken-feed",
      "held_bad_data deployment=us-west-broken-feed reason=free_above_total "
      "current_hosts=10 total_servers=80 free_servers=96" },
    { 17841,  LEVEL_INFO,  EVENT_HELD, "eu-west-event-spring",
      "held deployment=eu-west-event-spring delta=+0 raw_delta=+1 "
      "current_hosts=40 desired_hosts=41 reason=max_hosts" },
    { 17767,  LEVEL_INFO,  EVENT_SCALED, "eu-west-chess-ranked",
      "scaled deployment=eu-west-chess-ranked delta=+2 key=8d0c41f2-4711-8 took_ms=88" },
    { 17084,  LEVEL_ERROR, EVENT_SCALE_FAILED, "us-east-pvp-legacy",
      "scale_failed deployment=us-east-pvp-legacy delta=+2 key=8d0c41f2-4711-0 "
      "error=\"HTTP 409: quota exceeded\" applied=no took_ms=61" },
    { 16204,  LEVEL_INFO,  EVENT_PASS_DONE, NULL,
      "pass_done pass=4711 deployments=13 read=11 scaled=3 hosts_added=27 hosts_removed=16 "
      "held=4 starved=1 failed=1 unconfirmed=1 took_ms=1900" },
};
/* clang-format on */

static struct wall ago_or_never(int64_t ms)
{
    return ms == NEVER ? (struct wall){ 0 } : ago(ms);
}

/* From the level of now backwards, a little uneven, so that a trend looks like one. */
static void show_trend(const struct show_row *show, struct snapshot_row *row)
{
    static const int waves[SNAPSHOT_TREND_LENGTH] = { 0, 2, 1, -1, 0, 3, 1, 0, -2, 1, 2, 0, -1 };
    int level = level_of(row);
    for (int age = 0; age < SNAPSHOT_TREND_LENGTH; age++) {
        int64_t then = level - show->trend_step * age + waves[age];
        row->trend[SNAPSHOT_TREND_LENGTH - 1 - age] =
            level == TREND_UNREAD ? TREND_UNREAD : (uint8_t)clamp_i64(then, 0, 200);
    }
    for (int age = 0; show->state == STATE_UNREAD && age < 4; age++)
        row->trend[SNAPSHOT_TREND_LENGTH - 1 - age] = TREND_UNREAD;
}

static void show_deployment(struct snapshots *maker, const struct show_row *show)
{
    struct snapshot_row *row = snapshots_row(maker, snapshots_add(maker, show->id));
    *row = (struct snapshot_row){
        .name = row->name,
        .read_at = ago_or_never(show->read_ago_ms),
        .acted_at = ago_or_never(show->acted_ago_ms),
        .servers_per_host = show->per_host,
        .target_ppb = show->target_pct * SHARE_PERCENT,
        .hosts = show->hosts,
        .total_servers = show->total,
        .free_servers = show->free,
        .pending_hosts = show->pending,
        .unconfirmed_hosts = show->unconfirmed,
        .desired_hosts = show->desired,
        .raw_delta = show->raw,
        .delta = show->delta,
        .wanted_delta = show->wanted,
        .last_delta = show->last_delta,
        .state = (uint8_t)show->state,
        .base_state = (uint8_t)(show->state == STATE_STARVED ? STATE_FAILED : show->state),
        .action = (uint8_t)show->action,
        .reason = (uint8_t)show->reason,
        .last_action = (uint8_t)show->last_action,
        .is_paused = show->state == STATE_PAUSED,
        .is_listed = show->state != STATE_GONE,
    };
    show_trend(show, row);
}

void snapshots_fill_showcase(struct snapshots *maker)
{
    for (size_t i = 0; i < COUNT_OF(show_rows); i++)
        show_deployment(maker, &show_rows[i]);
    struct wall at = maker->at;
    for (size_t i = 0; i < COUNT_OF(show_lines); i++) {
        const struct show_line *show = &show_lines[i];
        maker->at = ago(show->ago_ms);
        snapshots_line(maker, show->level, show->event, show->id, show->text);
    }
    maker->at = at;
    maker->pass = (struct snapshot_pass){
        .number = 4711,
        .started = ago(PASS_AGE_MS),
        .took_ms = 1900,
        .deployments = 13,
        .read = 11,
        .scaled = 3,
        .hosts_added = 27,
        .hosts_removed = 16,
        .held = 4,
        .failed = 1,
        .unconfirmed = 1,
    };
}

/* --- random fleets --------------------------------------------------------------------------------------------- */

static enum reason draw_reason(struct random *random, enum state state)
{
    static const enum reason held[] = { REASON_MAX_HOSTS, REASON_COOLDOWN_UP,
                                        REASON_FREE_ABOVE_TOTAL, REASON_COLLAPSED };
    static const enum reason waiting[] = { REASON_SCALE_DOWN_WINDOW, REASON_OUTAGE_HOLD,
                                           REASON_COOLDOWN_DOWN };
    static const enum reason failed[] = { REASON_READ_FAILED, REASON_READ_TIMEOUT, REASON_MISSING,
                                          REASON_UNAUTHORIZED, REASON_SCALE_REFUSED };
    switch (state) {
    case STATE_STARVED:
        return REASON_MAX_HOSTS;
    case STATE_FAILED:
        return failed[random_below(random, COUNT_OF(failed))];
    case STATE_UNCONFIRMED:
        return REASON_UNCONFIRMED;
    case STATE_UNREAD:
        return REASON_NONE;
    case STATE_HELD:
        return held[random_below(random, COUNT_OF(held))];
    case STATE_PAUSED:
        return REASON_PAUSED;
    case STATE_UP:
        return random_below(random, 3) == 0 ? REASON_MAX_STEP_UP : REASON_BELOW_TARGET;
    case STATE_DOWN:
        return random_below(random, 3) == 0 ? REASON_MAX_STEP_DOWN : REASON_ABOVE_TARGET;
    case STATE_PENDING:
        return REASON_PENDING_HOSTS;
    case STATE_WAITING:
        return waiting[random_below(random, COUNT_OF(waiting))];
    case STATE_ON_TARGET:
        return REASON_ON_TARGET;
    case STATE_GONE:
        return REASON_GONE;
    }
    return REASON_NONE;
}

static enum action action_of(enum state state)
{
    static const enum action actions[STATE_COUNT] = {
        [STATE_STARVED] = ACTION_HELD,
        [STATE_FAILED] = ACTION_FAILED,
        [STATE_UNCONFIRMED] = ACTION_UNCONFIRMED,
        [STATE_UNREAD] = ACTION_NONE,
        [STATE_HELD] = ACTION_HELD,
        [STATE_PAUSED] = ACTION_HELD,
        [STATE_UP] = ACTION_SCALED,
        [STATE_DOWN] = ACTION_SCALED,
        [STATE_PENDING] = ACTION_NONE,
        [STATE_WAITING] = ACTION_HELD,
        [STATE_ON_TARGET] = ACTION_NONE,
        [STATE_GONE] = ACTION_HELD,
    };
    return actions[state];
}

/* Three of four are on target; the others are of any state. */
static enum state draw_state(struct random *random)
{
    return random_below(random, 4) > 0 ? STATE_ON_TARGET
                                       : (enum state)random_below(random, STATE_COUNT);
}

static bool is_unknown(const struct snapshot_row *row)
{
    enum reason_kind kind = reason_row((enum reason)row->reason)->kind;
    return row->reason == REASON_NONE || kind == REASON_DATA ||
           (kind == REASON_FAILURE && row->reason != REASON_SCALE_REFUSED);
}

static void draw_counts(struct random *random, struct snapshot_row *row)
{
    row->servers_per_host = (int32_t)(1 + random_below(random, 20));
    row->target_ppb = (int32_t)(5 * random_below(random, 9)) * SHARE_PERCENT;
    row->hosts = (int32_t)(1 + random_below(random, random_below(random, 20) == 0 ? 2000 : 200));
    row->total_servers = row->hosts * row->servers_per_host;
    row->free_servers = (int32_t)random_below(random, row->total_servers + 1);
    if (random_below(random, 3) > 0)
        row->free_servers = (int32_t)((int64_t)row->free_servers * 2 / 5);
    int64_t busy = row->total_servers - row->free_servers;
    row->desired_hosts = (int32_t)ceil_div(
        busy * SHARE_WHOLE, (int64_t)(SHARE_WHOLE - row->target_ppb) * row->servers_per_host);
}

static int32_t signed_like(enum state state, int32_t size)
{
    return state == STATE_DOWN || state == STATE_WAITING ? -size : size;
}

static void draw_deltas(struct random *random, struct snapshot_row *row)
{
    enum state state = (enum state)row->state;
    int32_t size = (int32_t)(1 + random_below(random, 30));
    bool is_moving = state == STATE_UP || state == STATE_DOWN || state == STATE_FAILED;
    row->raw_delta = state == STATE_ON_TARGET || state == STATE_PENDING
                         ? 0
                         : signed_like(state, size + (int32_t)random_below(random, 9));
    row->delta = is_moving ? signed_like(state, size) : 0;
    row->wanted_delta = state == STATE_PAUSED ? row->raw_delta : 0;
    row->pending_hosts = state == STATE_PENDING || state == STATE_UNCONFIRMED ? size : row->delta;
    row->unconfirmed_hosts = state == STATE_UNCONFIRMED ? size : 0;
    bool has_acted = is_moving || row->pending_hosts != 0 || random_below(random, 2) == 0;
    row->last_delta = has_acted ? signed_like(state, size) : 0;
    row->last_action = has_acted ? (uint8_t)ACTION_SCALED : (uint8_t)ACTION_NONE;
    if (has_acted && (state == STATE_FAILED || state == STATE_UNCONFIRMED))
        row->last_action = (uint8_t)action_of(state);
}

/* Half of those of which nothing is known were never read; of the others, what was read last. */
static void forget(struct random *random, struct snapshot_row *row)
{
    row->desired_hosts = -1;
    row->raw_delta = row->delta = row->wanted_delta = 0;
    if (random_below(random, 2) == 0)
        return;
    row->hosts = row->total_servers = row->free_servers = -1;
    row->read_at = (struct wall){ 0 };
    if (reason_row((enum reason)row->reason)->kind == REASON_DATA)
        row->servers_per_host = row->target_ppb = -1;
}

static void draw_trend(struct random *random, struct snapshot_row *row)
{
    int64_t level = level_of(row);
    for (size_t i = SNAPSHOT_TREND_LENGTH; i-- > 0;) {
        bool is_read = level != TREND_UNREAD && random_below(random, 20) > 0;
        row->trend[i] = is_read ? (uint8_t)level : TREND_UNREAD;
        if (level != TREND_UNREAD)
            level = clamp_i64(level + random_below(random, 11) - 5, 0, 200);
    }
}

static void draw_row(const struct snapshots *maker, struct random *random, struct snapshot_row *row)
{
    enum state state = draw_state(random);
    *row = (struct snapshot_row){
        .name = row->name,
        .state = (uint8_t)state,
        .action = (uint8_t)action_of(state),
        .reason = (uint8_t)draw_reason(random, state),
        .is_paused = state == STATE_PAUSED,
        .is_listed = state != STATE_GONE,
    };
    draw_counts(random, row);
    if (state == STATE_STARVED) {
        row->base_state = STATE_HELD;
        row->free_servers = 0;
    }
    draw_deltas(random, row);
    row->read_at.ms = maker->at.ms - PASS_AGE_MS + random_below(random, 2000);
    if (row->last_delta != 0)
        row->acted_at.ms = maker->at.ms - PASS_AGE_MS - random_below(random, 60 * MINUTE_MS);
    if (is_unknown(row))
        forget(random, row);
    draw_trend(random, row);
}

static void draw_id(struct random *random, size_t number, struct text *text)
{
    static const char *const regions[] = { "eu-west", "eu-north", "us-east", "us-west",
                                           "ap-south" };
    static const char *const games[] = {
        "arena", "battle-royale", "chess", "coop", "lobby", "moba"
    };
    text_reset(text);
    text_addf(text, "%s-%s-%05zu", regions[random_below(random, COUNT_OF(regions))],
              games[random_below(random, COUNT_OF(games))], number);
}

void snapshots_fill_random(struct snapshots *maker, size_t count, uint64_t seed)
{
    struct random random = { seed };
    char storage[64];
    struct text id;
    text_init(&id, storage, sizeof storage);
    for (size_t i = 0; i < count; i++) {
        draw_id(&random, maker->drawn_count++, &id);
        draw_row(maker, &random, snapshots_row(maker, snapshots_add(maker, id.data)));
    }
}

void snapshots_stir(struct snapshots *maker, size_t count, uint64_t seed)
{
    struct random random = { seed };
    for (size_t i = 0; i < count && maker->slot_count > 0; i++) {
        uint32_t slot = (uint32_t)random_below(&random, (int64_t)maker->slot_count);
        if (peek_row(maker, slot)->name)
            draw_row(maker, &random, open_row(maker, slot));
    }
}

/* --- a detail -------------------------------------------------------------------------------------------------- */

static const struct explanation example_steps[] = {
    /* clang-format off */
    STEP(PLAUSIBLE,         OK,     2, 2, PLAUSIBLE, 10, 96, 12, 8),
    STEP(DESIRED,           OK,     2, 2, DESIRED, 96, 10, 0, 86, 86, 8, 20 * SHARE_PERCENT, 14),
    STEP(BASE,              OK,     2, 2, BASE, 12, 0, 0, 0, 12, 14, 12, 2),
    STEP(LOOKAHEAD,         RAISED, 2, 4, LOOKAHEAD, 150000, 86, 12, 2, 100, 16),
    STEP(SURGE_RESERVE,     OK,     4, 4, SURGE, 80 * SHARE_PERCENT, 12, 10, 98, 14),
    STEP(SATURATION_STEP,   OK,     4, 4, SATURATION_NONE, 20 * SHARE_PERCENT),
    STEP(MIN_FREE_SERVERS,  OK,     4, 4, MIN_FREE_NONE, 0),
    STEP(SCALE_DOWN_WINDOW, OK,     4, 4, WINDOW, 15 * MINUTE_MS, 16),
    STEP(OUTAGE_HOLD,       OK,     4, 4, OUTAGE_NONE, 30 * MINUTE_MS),
    STEP(PENDING,           OK,     4, 4, PENDING_NONE, 0),
    STEP(SHRINK_DOUBT,      OK,     4, 4, TRUSTED, 0),
    STEP(MIN_HOSTS,         OK,     4, 4, MIN_HOSTS, 1),
    STEP(MAX_HOSTS,         OK,     4, 4, MAX_HOSTS, 40),
    STEP(START_HOLD,        OK,     4, 4, START_HOLD_NONE, 0),
    STEP(SURPLUS,           OK,     4, 4, SURPLUS_NONE, 0),
    STEP(MAX_GROWTH,        OK,     4, 4, GROWTH, 125),
    STEP(MAX_STEP,          CUT,    4, 2, STEP_UP_SHARE, 10 * SHARE_PERCENT, 2),
    STEP(COOLDOWN,          OK,     2, 2, COOLDOWN_UP_OVER, 0),
    STEP(GATE,              OK,     2, 2, GATE_FREE, 0),
    /* clang-format on */
};

/* To removing 4 of 12 hosts while 2 are pending and 16 were desired. */
static const struct explanation example_objections[] = {
    STEP(SCALE_DOWN_WINDOW, HELD, -4, 0, WINDOW, 15 * MINUTE_MS, 16),
    STEP(PENDING, CUT, -4, -2, PENDING_ADDED, 2),
    STEP(SURPLUS, HELD, -4, 0, SURPLUS, 96, 0, 108, -12, 0),
};

static void put_sentence(char *storage, size_t size, const char *sentence)
{
    struct text text;
    text_init(&text, storage, size);
    text_add(&text, sentence);
}

static void put_history(const struct snapshot_row *row, struct snapshot_detail *detail)
{
    int32_t total = row->total_servers > 0 ? row->total_servers : 100;
    for (int32_t i = 0; i < SNAPSHOT_HISTORY_LENGTH; i++) {
        int32_t free_servers = (int32_t)((int64_t)total * (3 + (i * 7) % 31) / 100);
        detail->history[i] = (struct snapshot_sample){
            .is_read = i != 20 && i != 21,
            .busy_servers = total - free_servers,
            .free_servers = free_servers,
            .hosts = (row->hosts > 0 ? row->hosts : 10) - (SNAPSHOT_HISTORY_LENGTH - 1 - i) / 20,
        };
    }
}

void snapshots_example_detail(struct snapshots *maker, uint32_t slot,
                              struct snapshot_detail *ret_detail)
{
    const struct snapshot_row *row = peek_row(maker, slot);
    assert_non_null(row->name);
    *ret_detail = (struct snapshot_detail){
        .slot = slot,
        .name = row->name,
        .pass = maker->pass.number,
        .step_count = COUNT_OF(example_steps),
        .order_count = 2,
        .orders = { { .delta = 1, .sent = ago(101104), .until = ago(101104 - 10 * MINUTE_MS) },
                    { .delta = 2,
                      .seen = 1,
                      .sent = ago(17855),
                      .until = ago(17855 - 10 * MINUTE_MS),
                      .is_unconfirmed = true } },
        .unready_hosts = 1,
        .policy = "eu-*",
        .is_target_own = true,
        .min_hosts = 1,
        .max_hosts = 40,
        .manual_delta = -4,
        .manual_hosts = (row->hosts > 0 ? row->hosts : 0) + row->pending_hosts - 4,
        .objection_count = COUNT_OF(example_objections),
    };
    memcpy(ret_detail->steps, example_steps, sizeof example_steps);
    put_sentence(ret_detail->failure, sizeof ret_detail->failure, "HTTP 409: quota exceeded");
    put_sentence(ret_detail->manual_refusal, sizeof ret_detail->manual_refusal,
                 "A scale request of this deployment is in flight.");
    memcpy(ret_detail->objections, example_objections, sizeof example_objections);
    put_history(row, ret_detail);
}
