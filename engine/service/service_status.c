#include "engine/service/service_status.h"

#include <inttypes.h>

/* A sentence of an error leaves room for the rest. */
#define SENTENCE_SIZE 100
/* "14:03:33Z" of "2026-01-02T14:03:33.678Z". */
#define CLOCK_START 11
#define CLOCK_LENGTH 8

static void separate(struct text *text)
{
    text_add(text, text->length > 0 ? "; " : "");
}

static void add_part(struct text *text, const char *part)
{
    separate(text);
    text_add(text, part);
}

static void add_error(struct text *text, const char *what, const char *error)
{
    char storage[SENTENCE_SIZE];
    struct text sentence;
    text_init(&sentence, storage, sizeof storage);
    text_add(&sentence, error ? error : "");
    add_part(text, what);
    if (sentence.length > 0)
        text_addf(text, ": %s%s", storage, sentence.was_cut ? "..." : "");
}

static void add_modes(struct text *text, const struct service_facts *facts)
{
    if (facts->is_paused)
        add_part(text, "paused");
    if (facts->is_dry_run)
        add_part(text, "dry-run");
    if (facts->is_read_only)
        add_part(text, "read-only");
}

static void add_troubles(struct text *text, const struct service_facts *facts)
{
    if (facts->stuck)
        add_part(text, facts->stuck);
    if (facts->config_error)
        add_error(text, "the new configuration is refused", facts->config_error);
    if (facts->discovery_error)
        add_error(text, "discovery failed", facts->discovery_error);
    if (facts->is_breaker_open)
        add_error(text, "the breaker is open", facts->read_error);
}

/* Counts that are mostly 0 are left out when they are. */
static void add_count(struct text *text, int32_t count, const char *what)
{
    if (count > 0)
        text_addf(text, ", %" PRId32 " %s", count, what);
}

static void add_pass(struct text *text, const struct service_facts *facts)
{
    char at[WALL_TEXT_SIZE];
    wall_format(facts->pass_ended, at);
    separate(text);
    text_addf(text, "%" PRId32 " deployment%s", facts->deployments,
              facts->deployments == 1 ? "" : "s");
    add_count(text, facts->starved, "starved");
    text_addf(text, "; pass %" PRIu32 " at %.*sZ: %" PRId32 " read, %" PRId32 " %s", facts->pass,
              CLOCK_LENGTH, at + CLOCK_START, facts->read, facts->scaled,
              facts->is_dry_run ? "would be scaled" : "scaled");
    if (!facts->is_dry_run)
        text_addf(text, " (+%" PRId32 " -%" PRId32 " hosts)", facts->hosts_added,
                  facts->hosts_removed);
    add_count(text, facts->held, "held");
    add_count(text, facts->failed, "failed");
    add_count(text, facts->unconfirmed, "unconfirmed");
}

void service_status_write(const struct service_facts *facts, struct text *text)
{
    text_reset(text);
    if (facts->is_stopping) {
        text_addf(text, "stopping: %" PRId32 " scale request%s in flight", facts->scales_in_flight,
                  facts->scales_in_flight == 1 ? "" : "s");
        return;
    }
    add_modes(text, facts);
    add_troubles(text, facts);
    if (facts->pass > 0)
        add_pass(text, facts);
    else if (!facts->discovery_error)
        add_part(text, facts->is_discovered ? "the first pass runs" : "discovers the deployments");
}
