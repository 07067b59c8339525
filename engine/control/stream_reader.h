/*
 * stream_reader - one reader of GET /v1/stream: its cursors, and the line that it gets next.
 *
 * What all readers share is in struct stream_source; the hub changes it and then moves the cursors (stream_reader_touch
 * and the like). A batch ends when the reader has every changed row and every line; then it gets the head as it was
 * when the batch was complete, and end.
 *
 * For stream_hub.c alone. Engine thread only.
 */
#ifndef ENGINE_CONTROL_STREAM_READER_H
#define ENGINE_CONTROL_STREAM_READER_H

#include "engine/control/change_order.h"
#include "engine/control/control_data.h"
#include "engine/control/stream_lines.h"
#include "engine/control/stream_texts.h"
#include "engine/http/http_server.h"
#include "engine/snapshot.h"
#include "engine/view/publish_policies.h"

#define STREAM_TOKEN_SIZE 64
/* A line at most; more would not be redacted. */
#define STREAM_TEXT_SIZE REDACTION_TEXT_MAX
/* About the bytes of a row. */
#define STREAM_ROW_SIZE 256

struct stream_source {
    struct control_engine engine;
    uint64_t epoch; /* of another engine: another number */
    struct change_order order;
    struct stream_lines lines;
    struct stream_texts texts; /* of rows */
    struct policy_names policies;
    /* Up to date while a reader writes. */
    const struct fleet_summary *summary;
    struct publish_context context;
    /* The head, as of `version`. */
    uint64_t version; /* counts up when there is news */
    struct wall at;
    size_t slot_count;
    struct snapshot_engine head;
    struct snapshot_pass pass;
    struct fleet_totals totals;
};

enum stream_part {
    STREAM_HELLO,
    STREAM_CHANGES,
    STREAM_ENGINE,
    STREAM_PASS,
    STREAM_TOTALS,
    STREAM_DETAIL,
    STREAM_STEPS,
    STREAM_OBJECTIONS,
    STREAM_END,
};

struct stream_focus {
    char id[COMMAND_ID_SIZE]; /* "": none */
    int32_t delta;
};

struct stream_reader {
    struct stream_source *source;
    struct stream_reader *next;
    void *hub;
    struct http_server_exchange *exchange;
    struct peer peer;
    uint64_t number; /* its name for POST /v1/focus */
    enum stream_part part;
    bool is_whole;     /* has not had its first end */
    bool is_resumed;   /* it came with a sequence number of this engine */
    bool is_alive_due; /* something is to be said */
    bool is_hungry;    /* it could take more in this turn of the loop */
    bool is_cut;       /* it was cut off */
    bool has_end;      /* nothing has changed since its last end */
    uint32_t slot;     /* the row that is next; SLOT_NONE: it has all */
    const struct stream_line *line;
    int64_t lines_lost;
    uint64_t seq; /* of the last row, and of the last line, that it has */
    uint64_t line_number;
    size_t policies;  /* those that it knows */
    uint64_t version; /* of its last end */
    struct stream_focus focus;
    /* The end of the batch. */
    uint64_t batch_version;
    struct wall batch_at;
    size_t batch_slots;
    struct snapshot_engine head;
    struct snapshot_pass pass;
    struct fleet_totals totals;
    bool has_detail;
    struct snapshot_detail detail;
    size_t step;
    /* What waits for it since it took something last: bytes, about; and when that was. */
    int64_t waiting_size;
    struct mono took;
    struct text pending;
    size_t sent; /* of the pending bytes */
    char storage[STREAM_TEXT_SIZE];
};

/* NULL: no memory. `token`: its sequence number, or NULL. */
struct stream_reader *stream_reader_create(struct stream_source *source, const struct peer *peer,
                                           const char *token);
void stream_reader_destroy(struct stream_reader *reader);

/* Is there anything to write? */
bool stream_reader_has_news(const struct stream_reader *reader);

/* The next bytes; 0: there are none now. What the source says of now is up to date. */
size_t stream_reader_write(struct stream_reader *reader, char *bytes, size_t size);

/* The hub is about to touch the slot in the order of changes, and has done so. */
void stream_reader_before_touch(struct stream_reader *reader, uint32_t slot);
void stream_reader_touched(struct stream_reader *reader, uint32_t slot);

/* A line was added, and is about to be dropped. */
void stream_reader_line_added(struct stream_reader *reader, const struct stream_line *line);
void stream_reader_line_dropped(struct stream_reader *reader, const struct stream_line *line);

#endif
