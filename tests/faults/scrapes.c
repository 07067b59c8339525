/*
 * Scrapers that misbehave: slow, many, hostile, gone. Hostile ids: unit/metrics/fleet_sample.
 */
#include "tests/faults/cases.h"
#include "tests/faults/fault.h"
#include "tests/faults/neighbour.h"

#include "tests/support/control_fixture.h"
#include "tests/support/exposition_check.h"
#include "tests/support/sanitizer.h"
#include "tests/support/test.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SCRAPE "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
#define DEPLOYMENTS 100
#define UNREAD_CLIENTS 24
#define UNREAD_REQUESTS 100 /* together more than the buffers of a socket take */
#define QUICK_SCRAPES 500

static int connect_to(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void send_bytes(int fd, const char *bytes)
{
    (void)!send(fd, bytes, strlen(bytes), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* More than a request may have. */
static void send_huge_header(int port)
{
    static char header[1024 * 1024];
    int fd = connect_to(port);
    memset(header, 'a', sizeof header - 1);
    send_bytes(fd, "GET /metrics HTTP/1.1\r\nHost: x\r\nX: ");
    (void)!send(fd, header, sizeof header - 1, MSG_NOSIGNAL);
    close(fd);
}

static void scrape_and_leave(int port)
{
    for (int i = 0; i < QUICK_SCRAPES; i++) {
        int fd = connect_to(port);
        send_bytes(fd, SCRAPE);
        close(fd);
    }
}

static void open_unread(int port, int clients[UNREAD_CLIENTS])
{
    for (size_t i = 0; i < UNREAD_CLIENTS; i++) {
        clients[i] = connect_to(port);
        for (int more = 0; more < UNREAD_REQUESTS; more++)
            send_bytes(clients[i], SCRAPE);
    }
}

/* By the control socket: as many scrapes as may be can be those of the slow clients. */
static void check_served(struct api_fixture *fixture)
{
    struct control_reply reply;
    do
        reply = ask(fixture, "GET", "/metrics", NULL);
    while (reply.status == 503);
    assert_int_equal(reply.status, 200);
    exposition_check(reply.body, false);
    assert_series(reply.body, "autoscaler_deployment_hosts{deployment=\"d7\"}", "10");
}

void fault_93(struct api_fixture *fixture)
{
    int clients[UNREAD_CLIENTS];
    for (int i = 0; i < DEPLOYMENTS; i++) {
        char id[16];
        snprintf(id, sizeof id, "d%d", i);
        hosts_api_add(fixture->hosts, id, 10, 80);
    }
    neighbour_add(fixture);
    api_fixture_start(fixture, (const char *const[]){ "--set=metrics.listen=127.0.0.1:0", NULL });
    int port = atoi(strrchr(api_fixture_wait(fixture, "metrics_ready url=http://"), ':') + 1);
    api_fixture_wait_reads(fixture, NEIGHBOUR, 2);
    int64_t before_kib = program_memory_kib(fixture->program_fixture.program);
    scrape_and_leave(port);
    send_huge_header(port);
    open_unread(port, clients);
    api_fixture_wait_reads(fixture, NEIGHBOUR, 3);
    int64_t after_kib = program_memory_kib(fixture->program_fixture.program);
    if (HAS_SANITIZER)
        fault_leave_out("memory, which a sanitizer keeps");
    else
        assert_true(after_kib < before_kib + UNREAD_CLIENTS * 512);
    assert_int_equal(ask(fixture, "GET", "/healthz", NULL).status, 200);
    neighbour_grow(fixture);
    for (size_t i = 0; i < UNREAD_CLIENTS; i++)
        close(clients[i]);
    check_served(fixture);
    neighbour_stop(fixture);
}
