/*
 * notice - what is sent about one event, or about the same event of several deployments: plain data.
 *
 * The texts are those of the first event, made when it came: events borrow their strings. The queue (notice_queue.h)
 * owns them. Engine thread.
 */
#ifndef ENGINE_NOTICES_NOTICE_H
#define ENGINE_NOTICES_NOTICE_H

#include "engine/base/clock.h"
#include "engine/core/api_result.h"
#include "engine/vocab.h"

#include <stddef.h>
#include <stdint.h>

#define NOTICE_IDS_MAX 10        /* deployments that are named */
#define NOTICE_FIELDS_SIZE 4096  /* bytes of the fields as members of a JSON object, with the NUL */
#define NOTICE_MESSAGE_SIZE 2048 /* bytes of the message, with the NUL */
#define NOTICE_RETRY_AFTER_NONE (-1)

struct notice {
    enum event_id event;
    int64_t number; /* from 1, in the order of their beginning */
    int64_t count;  /* events in it */
    int attempts;
    struct mono began;
    struct wall first_at;
    struct wall last_at;
    char *message; /* name and fields, as a line of the log has them */
    char *fields;  /* "key":value,"key":value */
    size_t id_count;
    char ids[NOTICE_IDS_MAX][ID_SIZE_MAX + 1]; /* each once; any bytes but NUL */
};

/* How an attempt to deliver ended. */
enum notice_result {
    NOTICE_FAILED, /* it may succeed later */
    NOTICE_DELIVERED,
    NOTICE_REFUSED, /* it never will */
};

#endif
