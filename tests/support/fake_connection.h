/*
 * fake_connection - one connection of the fake API: parses requests and sends scripted responses.
 *
 * Used by fake_api.c only, on the server's thread. Owns its socket. Panics when memory is exhausted.
 */
#ifndef TESTS_SUPPORT_FAKE_CONNECTION_H
#define TESTS_SUPPORT_FAKE_CONNECTION_H

#include "tests/support/fake_api.h"

struct fake_connection;

/* Applies FAKE_HANG and FAKE_CUT from the start; otherwise reads requests. */
struct fake_connection *fake_connection_create(int fd, int64_t number, enum fake_ending ending);

void fake_connection_destroy(struct fake_connection *connection, enum fake_ending ending);

int64_t fake_connection_number(const struct fake_connection *connection);

/* For poll(2). */
int fake_connection_fd(const struct fake_connection *connection);
short fake_connection_events(const struct fake_connection *connection);

/* Reads available bytes. False: the peer has closed, or the request is invalid. */
bool fake_connection_read(struct fake_connection *connection);

/* The next complete request, which the caller frees; NULL: none yet, or a response is being sent. */
struct fake_request *fake_connection_next(struct fake_connection *connection, int64_t index);

void fake_connection_answer(struct fake_connection *connection, const struct fake_answer *answer);

/* In FAKE_HANG, or no byte of a request has come. */
bool fake_connection_may_send(const struct fake_connection *connection);

/* Sends as much as possible. False: all was sent and the connection must end by *ret_ending. */
bool fake_connection_write(struct fake_connection *connection, enum fake_ending *ret_ending);

#endif
