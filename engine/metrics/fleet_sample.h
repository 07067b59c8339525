/*
 * fleet_sample - all that a scrape shows, as it was at one time.
 *
 * It is taken in steps, so that the loop goes on between them: first the counters and facts of the engine, then the
 * deployments by slot. The values of one deployment belong together. A complete sample does not change any more, and
 * depends on nothing: any number of scrapes read it, for as long as each of them takes.
 *
 * The number of deployments with series is bounded by series_max / series of a deployment; the first ones by slot have
 * them, so that they stay the same from scrape to scrape. The others are counted (left_out).
 *
 * Owns its memory. Engine thread only.
 */
#ifndef ENGINE_METRICS_FLEET_SAMPLE_H
#define ENGINE_METRICS_FLEET_SAMPLE_H

#include "engine/metrics/metrics_source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAMPLE_MATCH_SIZE 1025
#define SAMPLE_VERSION_SIZE 64
#define SAMPLE_ALL "all"
#define SAMPLE_NONE "none"

struct sample_row {
    const char *label; /* the id, escaped */
    int64_t below_ms;
    int32_t hosts;
    int32_t servers;
    int32_t free_servers;
    int32_t target_ppb; /* below 0: not known */
    int32_t pending_hosts;
    int32_t desired_hosts; /* below 0: not known */
    uint8_t state;         /* enum state */
    bool is_current;       /* hosts and servers are those of a status that is not too old */
};

/* Bytes of labels. */
struct sample_names {
    struct sample_names *next;
    size_t used;
    char bytes[65536 - 2 * sizeof(size_t)];
};

struct fleet_sample {
    struct counters counters;
    struct metrics_facts facts; /* without its texts */
    char version[SAMPLE_VERSION_SIZE];
    char match[SAMPLE_MATCH_SIZE];
    bool is_paused;
    bool is_dry_run;
    bool is_state_ok;
    bool is_breaker_open;
    int64_t processor_ms; /* of the process; negative: not known */
    int64_t memory_size;
    int32_t states[STATE_COUNT];
    int32_t left_out;
    struct sample_row *rows; /* count of them, room for count_max */
    size_t count;
    size_t count_max;
    struct sample_names *names;
    uint32_t next_slot;
    bool is_complete;
    int references;
};

/* Series that a deployment has. */
size_t fleet_sample_series(void);

/* Begins one with one reference: the facts of now, and no deployment yet. NULL: no memory. */
struct fleet_sample *fleet_sample_create(const struct metrics_source *source);

/* Looks at `slots` more slots at most; returns at how many. -ENOMEM: it cannot be completed. */
int fleet_sample_step(struct fleet_sample *sample, const struct metrics_source *source, int slots);

/* Frees it with the last reference. Accepts NULL. */
void fleet_sample_release(struct fleet_sample *sample);

#endif
