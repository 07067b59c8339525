/*
 * Datagrams to a service manager: kinds of addresses, the environment, a manager that takes nothing or is not there.
 */
#include "engine/service/notify_socket.h"
#include "tests/support/fake_manager.h"
#include "tests/support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIRECTORY_SIZE 64

struct place {
    char directory[DIRECTORY_SIZE];
    char address[FAKE_MANAGER_ADDRESS_SIZE + 1];
    struct fake_manager manager;
    struct notify_socket socket;
};

static void set(const char *name, const char *value)
{
    assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

static void assert_removed(void)
{
    assert_null(getenv("NOTIFY_SOCKET"));
    assert_null(getenv("WATCHDOG_USEC"));
    assert_null(getenv("WATCHDOG_PID"));
}

static int enter(void **state)
{
    static struct place place;
    place = (struct place){ .directory = "/tmp/notify_XXXXXX" };
    if (!mkdtemp(place.directory))
        return -1;
    snprintf(place.address, sizeof place.address, "%s/notify", place.directory);
    set("WATCHDOG_USEC", NULL);
    set("WATCHDOG_PID", NULL);
    *state = &place;
    return 0;
}

static int leave(void **state)
{
    struct place *place = *state;
    notify_socket_close(&place->socket);
    return rmdir(place->directory);
}

static void open_at(struct place *place, const char *address)
{
    struct error err;
    fake_manager_open(&place->manager, address);
    set("NOTIFY_SOCKET", address);
    assert_int_equal(notify_socket_open(&place->socket, &err), 0);
    assert_true(place->socket.is_open);
    assert_removed();
}

static int say(const struct place *place, const char *message)
{
    return notify_socket_send(&place->socket, message, strlen(message));
}

/* --- addresses -------------------------------------------------------------------------------------------------- */

static void assert_arrives(struct place *place, const char *address)
{
    open_at(place, address);
    assert_int_equal(say(place, "READY=1\n"), 0);
    assert_int_equal(say(place, "STATUS=x\nWATCHDOG=1\n"), 0);
    assert_string_equal(fake_manager_read(&place->manager), "READY=1\n\nSTATUS=x\nWATCHDOG=1\n\n");
    notify_socket_close(&place->socket);
    fake_manager_close(&place->manager);
}

static void messages_arrive_at_a_path(void **state)
{
    struct place *place = *state;
    assert_arrives(place, place->address);
}

/* With its NUL, a path has one byte less than an abstract name. */
static void messages_arrive_at_the_longest_path(void **state)
{
    struct place *place = *state;
    size_t length = strlen(place->address);
    memset(place->address + length, 'p', FAKE_MANAGER_ADDRESS_SIZE - 1 - length);
    assert_arrives(place, place->address);
}

static void messages_arrive_at_an_abstract_name(void **state)
{
    struct place *place = *state;
    snprintf(place->address, sizeof place->address, "@autoscaler-test-%d", getpid());
    assert_arrives(place, place->address);
}

static void messages_arrive_at_the_longest_abstract_name(void **state)
{
    struct place *place = *state;
    int length = snprintf(place->address, sizeof place->address, "@autoscaler-%d-", getpid());
    memset(place->address + length, 'a', (size_t)(FAKE_MANAGER_ADDRESS_SIZE - length));
    assert_arrives(place, place->address);
}

#define TEN "/123456789"
#define TOO_LONG_PATH TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "/1234567"

static const struct refusal_row {
    const char *name;
    const char *address;
    const char *period;
    const char *pid;
    const char *sentence;
} refusal_rows[] = {
    /* clang-format off */
    { "an empty address",   "",             NULL, NULL, "NOTIFY_SOCKET: '' is neither an absolute path nor an abstract name (@NAME)" },
    { "an empty name",      "@",            NULL, NULL, "NOTIFY_SOCKET: '@' is neither an absolute path nor an abstract name (@NAME)" },
    { "a relative path",    "run/n\n",      NULL, NULL, "NOTIFY_SOCKET: 'run/n\\n' is neither an absolute path nor an abstract name (@NAME)" },
    { "another family",     "vsock:2:1",    NULL, NULL, "NOTIFY_SOCKET: 'vsock:2:1' is neither an absolute path nor an abstract name (@NAME)" },
    { "a path too long",    TOO_LONG_PATH,  NULL, NULL, "NOTIFY_SOCKET: '" TOO_LONG_PATH "' is too long for the address of a socket" },
    { "a name too long",    "@" TOO_LONG_PATH, NULL, NULL, "NOTIFY_SOCKET: '@" TOO_LONG_PATH "' is too long for the address of a socket" },
    { "no number",          "/n", "often",  NULL,       "WATCHDOG_USEC: 'often' is not a positive number" },
    { "a period of 0",      "/n", "0",      NULL,       "WATCHDOG_USEC: '0' is not a positive number" },
    { "a period below 0",   "/n", "-1",     NULL,       "WATCHDOG_USEC: '-1' is not a positive number" },
    { "a period too long",  "/n", "99999999999999999999", NULL, "WATCHDOG_USEC: '99999999999999999999' is not a positive number" },
    { "an empty period",    "/n", "",       NULL,       "WATCHDOG_USEC: '' is not a positive number" },
    { "no process",         "/n", "1000",   "me",       "WATCHDOG_PID: 'me' is not a positive number" },
    { "a process 0",        "/n", "1000",   "0",        "WATCHDOG_PID: '0' is not a positive number" },
    /* clang-format on */
};

static void a_wrong_variable_is_named(void **state)
{
    const struct refusal_row *row = *state;
    struct notify_socket socket = { 0 };
    struct error err = { 0 };
    set("NOTIFY_SOCKET", row->address);
    set("WATCHDOG_USEC", row->period);
    set("WATCHDOG_PID", row->pid);
    assert_int_equal(notify_socket_open(&socket, &err), ERR_CONFIG);
    assert_string_equal(err.msg, row->sentence);
    assert_false(socket.is_open);
    assert_removed();
}

static void without_a_manager_nothing_is_sent(void **state)
{
    struct place *place = *state;
    struct error err;
    set("NOTIFY_SOCKET", NULL);
    set("WATCHDOG_USEC", "often");
    set("WATCHDOG_PID", "1");
    assert_int_equal(notify_socket_open(&place->socket, &err), 0);
    assert_false(place->socket.is_open);
    assert_removed();
    assert_int_equal(place->socket.watchdog_us, 0);
    assert_int_equal(say(place, "READY=1\n"), 0);
}

/* --- the watchdog ----------------------------------------------------------------------------------------------- */

static int64_t period_of(struct place *place, const char *period, const char *pid)
{
    struct error err;
    set("NOTIFY_SOCKET", place->address);
    set("WATCHDOG_USEC", period);
    set("WATCHDOG_PID", pid);
    assert_int_equal(notify_socket_open(&place->socket, &err), 0);
    assert_removed();
    int64_t period_us = place->socket.watchdog_us;
    notify_socket_close(&place->socket);
    return period_us;
}

static void the_watchdog_is_that_of_this_process(void **state)
{
    struct place *place = *state;
    char own[16];
    char other[16];
    snprintf(own, sizeof own, "%d", getpid());
    snprintf(other, sizeof other, "%d", getpid() + 1);
    assert_int_equal(period_of(place, NULL, NULL), 0);
    assert_int_equal(period_of(place, "30000000", NULL), 30000000);
    assert_int_equal(period_of(place, "30000000", own), 30000000);
    assert_int_equal(period_of(place, "30000000", other), 0);
    assert_int_equal(period_of(place, NULL, own), 0);
}

/* --- the socket ------------------------------------------------------------------------------------------------- */

static void programs_that_are_started_do_not_get_it(void **state)
{
    struct place *place = *state;
    open_at(place, place->address);
    assert_true(fcntl(place->socket.fd, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(place->socket.fd, F_GETFL) & O_NONBLOCK);
    fake_manager_close(&place->manager);
}

static void a_full_manager_is_not_awaited(void **state)
{
    struct place *place = *state;
    open_at(place, place->address);
    fake_manager_fill(&place->manager);
    assert_int_equal(say(place, "READY=1\n"), -EAGAIN);
    assert_string_equal(fake_manager_read(&place->manager), "");
    assert_int_equal(say(place, "READY=1\n"), 0);
    assert_string_equal(fake_manager_read(&place->manager), "READY=1\n\n");
    fake_manager_close(&place->manager);
}

static void a_manager_that_is_gone_may_come_back(void **state)
{
    struct place *place = *state;
    open_at(place, place->address);
    fake_manager_close(&place->manager);
    assert_int_equal(say(place, "READY=1\n"), -ENOENT);
    fake_manager_open(&place->manager, place->address);
    assert_int_equal(say(place, "READY=1\n"), 0);
    assert_string_equal(fake_manager_read(&place->manager), "READY=1\n\n");
    fake_manager_close(&place->manager);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, enter, leave)

int main(void)
{
    const struct CMUnitTest others[] = {
        TEST(messages_arrive_at_a_path),
        TEST(messages_arrive_at_the_longest_path),
        TEST(messages_arrive_at_an_abstract_name),
        TEST(messages_arrive_at_the_longest_abstract_name),
        TEST(without_a_manager_nothing_is_sent),
        TEST(the_watchdog_is_that_of_this_process),
        TEST(programs_that_are_started_do_not_get_it),
        TEST(a_full_manager_is_not_awaited),
        TEST(a_manager_that_is_gone_may_come_back),
    };
    struct CMUnitTest refusals[COUNT_OF(refusal_rows)];
    TESTS_FROM_ROWS(refusals, refusal_rows, a_wrong_variable_is_named);
    int failed = cmocka_run_group_tests_name("notify_socket", others, NULL, NULL);
    return failed + cmocka_run_group_tests_name("notify_socket refusals", refusals, NULL, NULL);
}
