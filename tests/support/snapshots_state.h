/*
 * snapshots_state - the state of a maker of snapshots, and what its parts share.
 *
 *     snapshots.c           rows, names, lines; takes and releases snapshots; writes all but:
 *     snapshots_random.c    fleets and changes that are drawn from a seed; drawn_count
 *     snapshots_showcase.c  the fleet of the screens in the manual, and a detail; at and pass
 *
 * For these files alone. One thread. Errors fail the test.
 */
#ifndef TESTS_SUPPORT_SNAPSHOTS_STATE_H
#define TESTS_SUPPORT_SNAPSHOTS_STATE_H

#include "tests/support/snapshots.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* So long before the instant of the screens. */
static inline struct wall snapshots_ago(int64_t ms)
{
    return (struct wall){ SNAPSHOTS_AT.ms - ms };
}

/* The row of a slot to change, in a page that no snapshot shows yet. An empty slot has one, too. */
struct snapshot_row *snapshots_open_row(struct snapshots *maker, uint32_t slot);

/* The same to read. */
const struct snapshot_row *snapshots_peek_row(const struct snapshots *maker, uint32_t slot);

/* The free share of a row as a trend has it. */
uint8_t snapshots_level(const struct snapshot_row *row);

#endif
