/*
 * fake_api - a real HTTP server on 127.0.0.1 with scripted faults, which keeps a ledger of all requests.
 *
 * It has a free port, its own thread, raw sockets, and HTTP/1.1 with keep-alive. Each complete request is added to the
 * ledger and then passed to the `answer` function, which sets the response and what happens to the connection after
 * it. `answer` runs on the server's thread: it must not use cmocka, and the test must not use its context until the
 * function is replaced or the server is destroyed. All other functions run on the test's thread. When they return,
 * their effect on the server's thread is complete. No function sleeps; waits fail the test after FAKE_API_PATIENCE_MS.
 *
 *     static void answer(void *context, const struct fake_request *request, struct fake_answer *ret_answer)
 *     {
 *         if (strcmp(request->method, "POST") == 0)
 *             *ret_answer = (struct fake_answer){ .ending = FAKE_CLOSE };      // read, but not answered
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
    int64_t index;      /* from 0 */
    int64_t connection; /* index of the connection, from 0 */
    int peer_port;      /* of the client's socket */
    const char *method;
    const char *path;    /* with its query */
    const char *headers; /* the lines as received */
    const char *body;    /* body_size bytes and a NUL */
    size_t body_size;
    const char *key; /* the Idempotency-Key, NULL when there was none */
};

/* The value of a header, ret_length bytes without blanks around it; NULL when the request does not have it. */
const char *fake_request_header(const struct fake_request *request, const char *name,
                                size_t *ret_length);

/* What happens to a connection. */
enum fake_ending {
    FAKE_KEEP,  /* the next request is read from it */
    FAKE_CLOSE, /* closed normally */
    FAKE_RESET, /* reset, as by a crash */
    FAKE_HANG,  /* stays open without further bytes; see fake_api_send */
    FAKE_CUT    /* new connections only: reset after the first bytes of a request */
};

/*
 * Default: status 200 and the body "{}". All zero: nothing is sent. The order is: status, headers and body; `raw`;
 * `tail` `tail_count` times; the ending. The server copies the struct first.
 */
struct fake_answer {
    int status;          /* 0: no status line, headers or body */
    const char *headers; /* more lines, each with its "\r\n"; NULL for none */
    const char *body;    /* NULL for none */
    size_t body_size;    /* 0: up to its NUL */
    size_t missing_size; /* added to the size in Content-Length */
    const char *raw;     /* NULL for none */
    size_t raw_size;     /* 0: up to its NUL */
    const char *tail;    /* up to its NUL */
    int64_t tail_count;  /* number of times it is sent */
    enum fake_ending ending;
};

typedef void fake_api_answer(void *context, const struct fake_request *request,
                             struct fake_answer *ret_answer);

/* Decides what happens to a new connection, by its index, before a byte is read from it. */
typedef enum fake_ending fake_api_accept(void *context, int64_t connection);

struct fake_api;

/* `answer` NULL: always the default. Panics if the system has no free socket. */
struct fake_api *fake_api_create(fake_api_answer *answer, void *context);

/* A second server on the same port of another local address, 127.0.0.2. */
struct fake_api *fake_api_create_beside(const struct fake_api *api);

/* Ends every connection and the thread. NULL is accepted. */
void fake_api_destroy(struct fake_api *api);

/* "http://127.0.0.1:41234"; lives as long as the server. */
const char *fake_api_url(const struct fake_api *api);
int fake_api_port(const struct fake_api *api);

/* Keeps no request after its response, for long tests. Call before the first request. */
void fake_api_keep_no_ledger(struct fake_api *api);

/* Applies to requests that are not in the ledger yet. */
void fake_api_set_answer(struct fake_api *api, fake_api_answer *answer, void *context);

/* An `answer` function that always sends its context, a const struct fake_answer. */
void fake_api_always(void *context, const struct fake_request *request,
                     struct fake_answer *ret_answer);

/* Applies to new connections. NULL: accept all. */
void fake_api_set_accept(struct fake_api *api, fake_api_accept *accept, void *context);

/* false: new connections are refused; open ones stay. true: listens on the same port again. */
void fake_api_set_listening(struct fake_api *api, bool is_listening);

/*
 * false: no connection is accepted and the queue is full, so that connecting hangs; open connections stay. true:
 * accepts again. The connections that filled the queue count as accepted.
 */
void fake_api_set_accepting(struct fake_api *api, bool is_accepting);

/* Ends every open connection: FAKE_CLOSE or FAKE_RESET. */
void fake_api_drop_connections(struct fake_api *api, enum fake_ending ending);

/* Sends bytes on a connection in FAKE_HANG, or that waits for a request. False: the connection has ended. */
bool fake_api_send(struct fake_api *api, int64_t connection, const char *bytes, size_t size,
                   enum fake_ending ending);

/* --- the ledger: NULL for `method` or `path` means any --- */

int64_t fake_api_count(struct fake_api *api, const char *method, const char *path);

/* The request with this index among the matching ones, from 0; NULL: there are fewer. */
const struct fake_request *fake_api_find(struct fake_api *api, const char *method, const char *path,
                                         int64_t index);

/* Waits until at least `count` requests match. */
void fake_api_wait(struct fake_api *api, const char *method, const char *path, int64_t count);

/* Connections accepted so far; those open now. */
int64_t fake_api_connections(struct fake_api *api);
int64_t fake_api_open_connections(struct fake_api *api);

#endif
