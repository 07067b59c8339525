/*
 * mirror - the fleet of another engine, made of the messages of its stream, and offered as snapshots.
 *
 * A batch is kept apart until its end, and taken over as a whole: what is shown was true at one moment. After a lost
 * connection the last picture stays, marked as lost; it is never mixed with a later one. Slots are those of slot_map.h.
 *
 * Owns the publisher. One thread. Refused messages are ERR_PROTOCOL with a sentence, or -ENOMEM; then the stream is to
 * be given up, and the next one begins with the whole fleet.
 */
#ifndef ENGINE_REMOTE_MIRROR_H
#define ENGINE_REMOTE_MIRROR_H

#include "engine/base/error.h"
#include "engine/feed.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

#define MIRROR_SLOTS_MAX ((int64_t)4 * 1024 * 1024)
#define MIRROR_WORD_SIZE 64

struct mirror;

/* What a stream says of itself. */
struct mirror_hello {
    char version[MIRROR_WORD_SIZE];
    char stream[MIRROR_WORD_SIZE]; /* its name for POST /v1/focus */
    bool may_act;
};

/* `socket` is printable and lives as long as the mirror. */
int mirror_create(struct feed *feed, const char *socket, struct mirror **ret_mirror,
                  struct error *err);

/* No snapshot of it is read any more. Accepts NULL. */
void mirror_destroy(struct mirror *mirror);

/* Another stream begins. */
void mirror_begin(struct mirror *mirror);

/* One message of it: a stream_message; `context` is the mirror. */
int mirror_take(void *context, const char *kind, const cJSON *object, struct error *err);

/* NULL: it has not said hello yet. */
const struct mirror_hello *mirror_hello(const struct mirror *mirror);

/* To go on from with the next stream; "": it has to begin anew. */
const char *mirror_seq(const struct mirror *mirror);

/* The stream is lost: what was shown was true until then. */
void mirror_lose(struct mirror *mirror, struct wall at);

void mirror_acknowledge(struct mirror *mirror, const struct command_ack *ack);

/* Hosts of a deployment, and deployments that are listed, as they are shown; -1: not known. */
int32_t mirror_hosts(const struct mirror *mirror, const char *id, uint32_t slot);
int32_t mirror_deployments(const struct mirror *mirror);

/* Is there something to show? */
bool mirror_has_news(const struct mirror *mirror);

/* False: the console has not taken it, or no memory. */
bool mirror_publish(struct mirror *mirror);

#endif
