/*
 * control_client - one request to a control socket, as curl --unix-socket sends it, and its whole response.
 *
 * Blocks until the server closes the connection. A failing assertion ends the test. Any thread.
 */
#ifndef TESTS_SUPPORT_CONTROL_CLIENT_H
#define TESTS_SUPPORT_CONTROL_CLIENT_H

#include <stddef.h>

#define CONTROL_CLIENT_SIZE ((size_t)1024 * 1024)

struct control_reply {
    int status; /* 0: closed without a response */
    const char
        *body; /* chunks are put together; in the storage of the client, until the next request */
    const char *all; /* with its head, as received */
};

/* `body` NULL: none. `headers`: lines with their line breaks, or NULL. */
struct control_reply control_client_ask(const char *path, const char *method, const char *target,
                                        const char *headers, const char *body);

/* Connects, sends these bytes, and returns the descriptor, which the caller closes. */
int control_client_connect(const char *path, const char *bytes, size_t size);

#endif
