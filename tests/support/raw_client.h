/*
 * raw_client - HTTP clients that send given bytes and collect what comes back, on the loop of the test.
 *
 * A client is one connection. It ends when the server closes it or when raw_client_close is called. Clients belong to
 * their struct raw_clients until raw_clients_fini, which frees them; by then, all have ended. A failing assertion ends
 * the test. Loop thread only.
 */
#ifndef TESTS_SUPPORT_RAW_CLIENT_H
#define TESTS_SUPPORT_RAW_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#define RAW_CLIENTS_MAX 700
#define RAW_CLIENT_ALLOCATIONS 3 /* itself, its request, its reply */

struct raw_clients {
    uv_loop_t *loop;
    struct raw_client *list[RAW_CLIENTS_MAX];
    size_t count;
    size_t open_count;
};

struct raw_client {
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    struct raw_clients *clients;
    char *request;
    size_t request_size;
    char *reply; /* NUL-terminated */
    size_t reply_size;
    bool is_done;
};

void raw_clients_init(struct raw_clients *clients, uv_loop_t *loop);
void raw_clients_fini(struct raw_clients *clients);

/* Connects to http://127.0.0.1:PORT or http://[::1]:PORT and sends the bytes, which are copied. */
struct raw_client *raw_client_start(struct raw_clients *clients, const char *url,
                                    const char *request, size_t size);

/* The same, and runs the loop until the client has ended. */
struct raw_client *raw_client_exchange(struct raw_clients *clients, const char *url,
                                       const char *request, size_t size);

void raw_client_wait(const struct raw_client *client);
void raw_client_close(struct raw_client *client);

/* Of the first response; 0: there is none. */
int raw_client_status(const struct raw_client *client);

/* All that follows the headers of the first response; empty when there is none. */
const char *raw_client_body(const struct raw_client *client);

/* Do the headers of the first response contain this text? */
bool raw_client_has_header(const struct raw_client *client, const char *text);

#endif
