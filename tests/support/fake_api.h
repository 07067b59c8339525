/*
 * fake_api - a real HTTP server on 127.0.0.1 that misbehaves as a test tells it, and keeps a ledger of what it was
 * asked.
 *
 * A free port, a thread of its own, raw sockets, HTTP/1.1 with keep-alive. Each whole request is first written into the
 * ledger, then shown to the `answer` function, which says what to send and what to do with the connection afterwards.
 * `answer` runs on the server's thread: it must not use cmocka, and its context belongs to it until it was replaced or
 * the server is gone. Everything else is called from the test's thread; what has to happen on the server's thread has
 * happened when the call returns. No function sleeps; those that wait fail the test after FAKE_API_PATIENCE_MS.
 *
 *     static void answer(void *context, const struct fake_request *request, struct fake_answer *ret_answer)
 *     {
 *         if (strcmp(request->method, "POST") == 0)
 *             *ret_answer = (struct fake_answer){ .ending = FAKE_CLOSE };      // read, and never answered
 *         else
 *             ret_answer->body = "{\"deployments\":[]}";
 *     }
 *
 *     struct fake_api *api = fake_api_create(answer, NULL);
 *     ... let something talk to fake_api_url(api) ...
 *     fake_api_wait(api, "POST", "/scale", 2);
 *     assert_string_equal(fake_api_find(api, "POST", "/scale", 1)->body, "...");
 *     fake_api_destroy(api);
 */
#ifndef TESTS_SUPPORT_FAKE_API_H
#define TESTS_SUPPORT_FAKE_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_API_PATIENCE_MS 30000

/* An entry of the ledger; lives as long as the server. */
struct fake_request {
    int64_t index;      /* how many the server got before */
    int64_t connection; /* on the how manieth connection it came, from 0 */
    const char *method;
    const char *path;    /* with its query */
    const char *headers; /* their lines as they came */
    const char *body;    /* body_size bytes and a NUL */
    size_t body_size;
    const char *key; /* the Idempotency-Key, NULL when there was none */
};

/* The value of a header, ret_length bytes without blanks around it; NULL when the request does not have it. */
const char *fake_request_header(const struct fake_request *request, const char *name,
                                size_t *ret_length);

/* What becomes of a connection. */
enum fake_ending {
    FAKE_KEEP,  /* the next request is read from it */
    FAKE_CLOSE, /* closed in order */
    FAKE_RESET, /* torn down, as by a crash */
    FAKE_HANG,  /* stays open, and nothing more comes (but see fake_api_send) */
    FAKE_CUT    /* of a new one: torn down when the beginning of a request has been taken from it */
};

/*
 * Pre-set: status 200 and the body "{}". All zero: nothing is sent. First the answer that `status` and its companions
 * describe, then `raw`, then `tail` again and again; then the ending. Copied before anything else happens.
 */
struct fake_answer {
    int status;          /* 0: no status line, headers or body */
    const char *headers; /* further lines, each with its "\r\n"; NULL for none */
    const char *body;    /* NULL for none */
    size_t body_size;    /* 0: up to its NUL */
    size_t missing_size; /* so many bytes more than there are does Content-Length promise */
    const char *raw;     /* NULL for none */
    size_t raw_size;     /* 0: up to its NUL */
    const char *tail;    /* up to its NUL */
    int64_t tail_count;  /* how often it is sent */
    enum fake_ending ending;
};

typedef void fake_api_answer(void *context, const struct fake_request *request,
                             struct fake_answer *ret_answer);

/* What becomes of the how manieth new connection before anything is read from it. */
typedef enum fake_ending fake_api_accept(void *context, int64_t connection);

struct fake_api;

/* NULL for `answer`: the pre-set one, always. Panics when the system has no socket left. */
struct fake_api *fake_api_create(fake_api_answer *answer, void *context);

/* Another server on the same port of another address of this reconciler, 127.0.0.2. */
struct fake_api *fake_api_create_beside(const struct fake_api *api);

/* Ends every connection and the thread. NULL is accepted. */
void fake_api_destroy(struct fake_api *api);

/* "http://127.0.0.1:41234"; lives as long as the server. */
const char *fake_api_url(const struct fake_api *api);
int fake_api_port(const struct fake_api *api);

/* No request is kept any longer than its answer takes: for who plays a day. Before the first request. */
void fake_api_keep_no_ledger(struct fake_api *api);

/* For the requests that are not in the ledger yet. */
void fake_api_set_answer(struct fake_api *api, fake_api_answer *answer, void *context);

/* An `answer` function whose context is a const struct fake_answer, given every time. */
void fake_api_always(void *context, const struct fake_request *request,
                     struct fake_answer *ret_answer);

/* From the next connection on; NULL: all are kept. */
void fake_api_set_accept(struct fake_api *api, fake_api_accept *accept, void *context);

/* false: connections are refused from now on; those that there are stay. true: the same port again. */
void fake_api_set_listening(struct fake_api *api, bool is_listening);

/*
 * false: nobody is accepted from now on and the queue is full, so that connecting hangs; connections that there are
 * stay. true: as ever. Those that filled the queue count as connections that were accepted.
 */
void fake_api_set_accepting(struct fake_api *api, bool is_accepting);

/* Ends every open connection: FAKE_CLOSE or FAKE_RESET. */
void fake_api_drop_connections(struct fake_api *api, enum fake_ending ending);

/* Bytes for a connection that hangs, at the pace of the test; false when it is gone. */
bool fake_api_send(struct fake_api *api, int64_t connection, const char *bytes, size_t size,
                   enum fake_ending ending);

/* --- the ledger: NULL for `method` or `path` means any --- */

int64_t fake_api_count(struct fake_api *api, const char *method, const char *path);

/* The how manieth of these, from 0; NULL when there are not so many. */
const struct fake_request *fake_api_find(struct fake_api *api, const char *method, const char *path,
                                         int64_t index);

/* Waits until there are at least so many of these. */
void fake_api_wait(struct fake_api *api, const char *method, const char *path, int64_t count);

/* Connections accepted so far; those open now. */
int64_t fake_api_connections(struct fake_api *api);
int64_t fake_api_open_connections(struct fake_api *api);

#endif
