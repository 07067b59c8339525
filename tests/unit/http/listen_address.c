#include "engine/http/listen_address.h"

#include "tests/support/test.h"

#include <arpa/inet.h>
#include <string.h>

static const struct row {
    const char *name;
    const char *text;
    const char *host; /* NULL: refused */
    int port;
} rows[] = {
    /* clang-format off */
    { "IPv4",                            "127.0.0.1:8000",   "127.0.0.1", 8000 },
    { "IPv4, all interfaces",            "0.0.0.0:80",       "0.0.0.0",   80 },
    { "IPv4, any free port",             "127.0.0.1:0",      "127.0.0.1", 0 },
    { "IPv4, the last port",             "127.0.0.1:65535",  "127.0.0.1", 65535 },
    { "IPv6",                            "[::1]:8000",       "::1",       8000 },
    { "IPv6, all interfaces",            "[::]:0",           "::",        0 },
    { "localhost is IPv4",               "localhost:1",      "127.0.0.1", 1 },
    { "nothing",                         "",                 NULL, 0 },
    { "without a port",                  "127.0.0.1",        NULL, 0 },
    { "an empty port",                   "127.0.0.1:",       NULL, 0 },
    { "without an address",              ":8000",            NULL, 0 },
    { "beyond the last port",            "127.0.0.1:65536",  NULL, 0 },
    { "below the first port",            "127.0.0.1:-1",     NULL, 0 },
    { "a word for a port",               "127.0.0.1:http",   NULL, 0 },
    { "a name",                          "example.org:8000", NULL, 0 },
    { "IPv6 without brackets",           "::1:8000",         NULL, 0 },
    { "IPv6 with one bracket",           "[::1:8000",        NULL, 0 },
    { "one bracket alone",               "[:8000",           NULL, 0 },
    { "empty brackets",                  "[]:8000",          NULL, 0 },
    { "IPv4 in brackets",                "[127.0.0.1]:8000", NULL, 0 },
    { "localhost in brackets",           "[localhost]:8000", NULL, 0 },
    { "longer than an address",
      "[1111111111111111111111111111111111111111111111111111111111111111]:1", NULL, 0 },
    /* clang-format on */
};

static int port_of(const union listen_address *address)
{
    return ntohs(address->any.sa_family == AF_INET6 ? address->v6.sin6_port : address->v4.sin_port);
}

static void an_address_is_parsed(void **state)
{
    const struct row *row = *state;
    union listen_address address, untouched;
    memset(&address, 0x55, sizeof address);
    untouched = address;
    assert_int_equal(listen_address_parse(row->text, &address), row->host != NULL);
    if (!row->host) {
        assert_memory_equal(&address, &untouched, sizeof address);
        return;
    }
    char host[INET6_ADDRSTRLEN] = "";
    bool is_v6 = address.any.sa_family == AF_INET6;
    inet_ntop(address.any.sa_family,
              is_v6 ? (void *)&address.v6.sin6_addr : (void *)&address.v4.sin_addr, host,
              sizeof host);
    assert_string_equal(host, row->host);
    assert_int_equal(port_of(&address), row->port);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows)];
    TESTS_FROM_ROWS(tests, rows, an_address_is_parsed);
    return cmocka_run_group_tests_name("listen_address", tests, NULL, NULL);
}
