/*
 * control_fixture - the control socket of the program in an api_fixture.
 *
 * Owns nothing; a reply is valid until the next request, as in control_client. One thread. Errors fail the test.
 */
#ifndef TESTS_SUPPORT_CONTROL_FIXTURE_H
#define TESTS_SUPPORT_CONTROL_FIXTURE_H

#include "tests/support/api_fixture.h"
#include "tests/support/control_client.h"

/* Its path, valid until the next call. */
const char *socket_path(const struct api_fixture *fixture);

/* One request and its response. `body` NULL: none. */
struct control_reply ask(const struct api_fixture *fixture, const char *method, const char *target,
                         const char *body);

/* Fails unless the text is in the body. */
void assert_has(const struct control_reply *reply, const char *text);

/*
 * Starts the program with these arguments, NULL: none, and waits for two passes. It has three deployments for which
 * nothing has to be done: eu-arena-1, eu-duel-2, us-siege-3 with 10, 20, 30 hosts.
 */
void control_fixture_start(struct api_fixture *fixture, const char *const *arguments);

/* Runs autoscalerctl on it; returns its exit code. Its output is that of the fixture's partner. */
int ctl(struct api_fixture *fixture, const char *const *arguments);

#endif
