#include "engine/http/listen_socket.h"

#include "tests/support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static union listen_address parse(const char *text)
{
    union listen_address address;
    assert_true(listen_address_parse(text, &address));
    return address;
}

static union listen_address address_of(int fd)
{
    union listen_address address;
    socklen_t size = sizeof address;
    assert_int_equal(getsockname(fd, &address.any, &size), 0);
    return address;
}

static int open_free_port(const char *text)
{
    union listen_address address = parse(text);
    int fd = -1;
    assert_int_equal(listen_socket_open(&address, &fd), 0);
    return fd;
}

static void a_socket_listens(void **state)
{
    (void)state;
    int fd = open_free_port("127.0.0.1:0");
    union listen_address address = address_of(fd);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, &address.any, sizeof address.v4), 0);
    int server = accept(fd, NULL, NULL);
    assert_true(server >= 0);
    close(server);
    close(client);
    close(fd);
}

static void a_socket_does_not_block_and_is_not_inherited(void **state)
{
    (void)state;
    int fd = open_free_port("127.0.0.1:0");
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    close(fd);
}

static void a_port_in_use_is_refused(void **state)
{
    (void)state;
    int fd = open_free_port("127.0.0.1:0");
    union listen_address address = address_of(fd);
    int other = -7;
    assert_int_equal(listen_socket_open(&address, &other), -EADDRINUSE);
    assert_int_equal(other, -7);
    close(fd);
}

/* The server has ended the connection, so its side waits for late packets. */
static void a_port_that_was_in_use_is_free(void **state)
{
    (void)state;
    int fd = open_free_port("127.0.0.1:0");
    union listen_address address = address_of(fd);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(client, &address.any, sizeof address.v4), 0);
    close(accept(fd, NULL, NULL));
    close(client);
    close(fd);
    assert_int_equal(listen_socket_open(&address, &fd), 0);
    close(fd);
}

static void an_address_of_another_machine_is_refused(void **state)
{
    (void)state;
    union listen_address address = parse("192.0.2.1:0");
    int fd = -7;
    assert_int_equal(listen_socket_open(&address, &fd), -EADDRNOTAVAIL);
    assert_int_equal(fd, -7);
}

static void an_ipv6_address_takes_no_ipv4_port(void **state)
{
    (void)state;
    union listen_address address = parse("[::]:0");
    int fd;
    if (listen_socket_open(&address, &fd) < 0)
        skip(); /* a machine without IPv6 */
    int is_v6_only = 0;
    socklen_t size = sizeof is_v6_only;
    assert_int_equal(getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &is_v6_only, &size), 0);
    assert_true(is_v6_only);
    close(fd);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_socket_listens),
        cmocka_unit_test(a_socket_does_not_block_and_is_not_inherited),
        cmocka_unit_test(a_port_in_use_is_refused),
        cmocka_unit_test(a_port_that_was_in_use_is_free),
        cmocka_unit_test(an_address_of_another_machine_is_refused),
        cmocka_unit_test(an_ipv6_address_takes_no_ipv4_port),
    };
    return cmocka_run_group_tests_name("listen_socket", tests, NULL, NULL);
}
