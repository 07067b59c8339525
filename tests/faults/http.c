/*
 * Responses that are too slow, too large, broken, or of the wrong kind.
 */
#include "tests/faults/cases.h"
#include "tests/faults/fault.h"

#include "tests/support/scales.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
#define NUMBERS "\"current_hosts\":10,\"total_servers\":100,\"free_servers\":4"
#define STATUS "{" NUMBERS "}"
#define TOKEN "canary-7f3a"

/* Far over every limit: a reader without a limit would take minutes. */
#define ENDLESS 100000000

/* --- slow -------------------------------------------------------------------------------------------------------- */

struct drip {
    struct api_fixture *fixture;
    int64_t connection;
    const char *event;
};

/* Sends one byte at each poll of the log: an endless response. */
static bool drip_until_logged(void *context)
{
    const struct drip *drip = context;
    fake_api_send(drip->fixture->program_fixture.api, drip->connection, "x", 1, FAKE_HANG);
    return program_count_lines(drip->fixture->program_fixture.program, drip->event) > 0;
}

static void drip_into(struct api_fixture *fixture, const char *path, const char *event)
{
    int64_t count = fake_api_count(fixture->program_fixture.api, "GET", path);
    program_fixture_wait(&fixture->program_fixture, "GET", path, count + 1);
    struct drip drip = {
        fixture, fake_api_find(fixture->program_fixture.api, "GET", path, count)->connection, event
    };
    program_wait_until(fixture->program_fixture.program, drip_until_logged, &drip, event);
}

static void check_dripping(struct api_fixture *fixture, const char *id, const char *beginning)
{
    char path[64], event[128];
    const struct fake_answer answer = { .raw = beginning, .ending = FAKE_HANG };
    add_short(fixture, id);
    hosts_api_script_status(fixture->hosts, id, &answer);
    snprintf(path, sizeof path, "/status/%s", id);
    snprintf(event, sizeof event, " status_failed deployment=%s reason=read_timeout ", id);
    drip_into(fixture, path, event);
    assert_scaled(fixture, id, 0);
    hosts_api_script_status(fixture->hosts, id, NULL);
    wait_event(fixture, "scaled", id, " delta=+2 ");
}

void fault_4(struct api_fixture *fixture)
{
    static const struct fake_answer list = { .raw = "HTTP/1.1 200 OK\r\n\r\n{",
                                             .ending = FAKE_HANG };
    add_short(fixture, "healthy");
    api_fixture_start(fixture, (const char *const[]){ SHORT_TIMEOUT, NO_RETRIES, NULL });
    api_fixture_wait_reads(fixture, "healthy", 1);
    check_dripping(fixture, "head", "HTTP/1.1 200 OK\r\nX: ");
    check_dripping(fixture, "body", "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n{");
    hosts_api_script_discovery(fixture->hosts, &list);
    drip_into(fixture, "/discover",
              "discovery_failed error=\"the response was not complete within");
    hosts_api_heal(fixture->hosts);
    api_fixture_wait(fixture, " discovery_failed ");
    api_fixture_wait(fixture, " discovery_done ");
    api_fixture_wait_reads(fixture, "body", 5);
    api_fixture_stop(fixture);
    assert_scaled(fixture, "healthy", 1);
    assert_scaled(fixture, "head", 1);
    assert_scaled(fixture, "body", 1);
}

/* --- large ------------------------------------------------------------------------------------------------------- */

void fault_5(struct api_fixture *fixture)
{
    static const struct fault_case cases[] = {
        /* clang-format off */
        { "header lines",    { .raw = "HTTP/1.1 200 OK\r\n", .tail = "X: y\r\n", .tail_count = ENDLESS },
          "the headers of the response are larger than 65536 bytes" },
        { "one line",        { .raw = "HTTP/1.1 200 OK\r\nX: ", .tail = "yyyyyyyyyyyyyyyy", .tail_count = ENDLESS },
          "the headers of the response are larger than 65536 bytes" },
        { "interim responses", { .tail = "HTTP/1.1 100 Continue\r\nX: y\r\n\r\n", .tail_count = ENDLESS },
          "the headers of the response are larger than 65536 bytes" },
        /* clang-format on */
    };
    check_statuses(fixture, cases, COUNT_OF(cases), no_retries);
    check_discoveries(fixture, cases, COUNT_OF(cases), no_retries);
    check_applied_scales(fixture, cases, COUNT_OF(cases), NULL);
}

#define TOO_LARGE "the response is larger than 65536 bytes"
#define ANNOUNCED(size)                                                                            \
    {                                                                                              \
        .raw = "HTTP/1.1 200 OK\r\nContent-Length: " size "\r\n\r\n{"                              \
    }
#define GIBIBYTE "1073741824"
#define TWO_TO_THE_63 "9223372036854775808"

/* The limit of a list is 512 MiB. The test only announces more in Content-Length. */
void fault_6(struct api_fixture *fixture)
{
    static const struct fault_case cases[] = {
        /* clang-format off */
        { "chunks",           { .raw = CHUNKED, .tail = "10\r\n{\"y\":\"0123456789\r\n", .tail_count = ENDLESS },
          TOO_LARGE },
        { "until the connection closes", { .raw = "HTTP/1.1 200 OK\r\n\r\n", .tail = "                ", .tail_count = ENDLESS },
          TOO_LARGE },
        { "a gibibyte",       ANNOUNCED(GIBIBYTE),      TOO_LARGE         },
        { "2^63",             ANNOUNCED(TWO_TO_THE_63), "is larger than " },
        /* clang-format on */
    };
    static const struct fault_case lists[] = {
        { "a gibibyte", ANNOUNCED(GIBIBYTE), "the response is larger than 536870912 bytes" },
        { "2^63", ANNOUNCED(TWO_TO_THE_63), "is larger than " },
    };
    check_statuses(fixture, cases, COUNT_OF(cases), no_retries);
    check_discoveries(fixture, lists, COUNT_OF(lists), no_retries);
    check_applied_scales(fixture, cases, COUNT_OF(cases), NULL);
}

/* --- broken ------------------------------------------------------------------------------------------------------ */

/* A second response follows a complete one. If it were used, the next deployment would be scaled. */
static void check_smuggled(struct api_fixture *fixture)
{
    static const struct fake_answer two = {
        .status = 200,
        .body = "{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":20}",
        .raw = "HTTP/1.1 200 OK\r\nContent-Length: 57\r\n\r\n" STATUS,
    };
    add_sufficient(fixture, "a");
    add_sufficient(fixture, "b");
    hosts_api_script_status(fixture->hosts, "a", &two);
    int64_t posts = fake_api_count(fixture->program_fixture.api, "POST", NULL);
    api_fixture_start(fixture, (const char *const[]){ "--concurrency=1", NULL });
    api_fixture_wait_reads(fixture, "b", 10);
    api_fixture_stop(fixture);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "POST", NULL), posts);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " status_failed "), 0);
}

/* An incomplete response to a scale leaves it unconfirmed. */
void fault_7(struct api_fixture *fixture)
{
    static const struct fault_case cases[] = {
        /* clang-format off */
        { "shorter than announced", { .status = 200, .body = STATUS, .missing_size = 5, .ending = FAKE_CLOSE },
          "closed the connection in the middle of the response" },
        { "headers without end",    { .raw = "HTTP/1.1 200 OK\r\nContent-Length: 2", .ending = FAKE_CLOSE },
          "closed the connection in the middle of the response" },
        { "chunks without end",     { .raw = CHUNKED "3\r\n{}\n\r\n", .ending = FAKE_CLOSE },
          "closed the connection in the middle of the response" },
        { "a chunk cut off",        { .raw = CHUNKED "40\r\n" STATUS, .ending = FAKE_CLOSE },
          "closed the connection in the middle of the response" },
        { "no chunk size",          { .raw = CHUNKED "xyz\r\n" STATUS "\r\n0\r\n\r\n", .ending = FAKE_CLOSE },
          "not valid HTTP" },
        { "a huge chunk size",      { .raw = CHUNKED "fffffffffffffffffff\r\n" STATUS, .ending = FAKE_CLOSE },
          "not valid HTTP" },
        { "a negative size",        { .raw = "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" STATUS, .ending = FAKE_CLOSE },
          "not valid HTTP" },
        /* clang-format on */
    };
    static const struct fault_case cut[] = {
        { "more than announced of it",
          { .raw = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" STATUS },
          "bad_status" },
    };
    check_statuses(fixture, cases, COUNT_OF(cases), no_retries);
    check_statuses(fixture, cut, COUNT_OF(cut), no_retries);
    check_discoveries(fixture, cases, COUNT_OF(cases), no_retries);
    check_applied_scales(fixture, cases, COUNT_OF(cases), NULL);
    check_smuggled(fixture);
}

#define GARBAGE(bytes)                                                                             \
    {                                                                                              \
        .raw = (bytes), .ending = FAKE_CLOSE                                                       \
    }

void fault_28(struct api_fixture *fixture)
{
    static const struct fault_case cases[] = {
        { "garbage", GARBAGE("\x1b[31m!\r\n\r\n"), "not valid HTTP" },
        { "HTTP/0.9", GARBAGE(STATUS), "not valid HTTP" },
        { "another protocol", GARBAGE("SSH-2.0-OpenSSH_9.2\r\n"), "not valid HTTP" },
        { "another version", GARBAGE("HTTP/7.3 200 OK\r\n\r\n" STATUS), "not valid HTTP" },
        { "no status", GARBAGE("HTTP/1.1\r\n\r\n" STATUS), "not valid HTTP" },
        { "status 0", GARBAGE("HTTP/1.1 000 No\r\n\r\n" STATUS), "not valid HTTP" },
        { "status 20x", GARBAGE("HTTP/1.1 20x OK\r\n\r\n" STATUS), "not valid HTTP" },
        { "only interim", GARBAGE("HTTP/1.1 101 Switch\r\nUpgrade: x\r\n\r\n"), "127.0.0.1" },
    };
    check_statuses(fixture, cases, COUNT_OF(cases), no_retries);
    check_discoveries(fixture, cases, COUNT_OF(cases), no_retries);
    check_applied_scales(fixture, cases, COUNT_OF(cases), NULL);
    check_lost_scales(fixture, cases, COUNT_OF(cases), short_confirmation);
}

/* --- redirects, proxies ------------------------------------------------------------------------------------------ */

#define LOCATIONS 5
#define LOCATION_SIZE 128
static const int redirects[] = { 301, 302, 303, 307, 308 };

/* Another host, with and without a scheme; a file; another protocol; the same URL. */
static void write_locations(const struct fake_api *trap, char ret_lines[LOCATIONS][LOCATION_SIZE])
{
    const char *address = fake_api_url(trap) + strlen("http:");
    snprintf(ret_lines[0], LOCATION_SIZE, "Location: %s/steal\r\n", fake_api_url(trap));
    snprintf(ret_lines[1], LOCATION_SIZE, "Location: %s/steal\r\n", address);
    snprintf(ret_lines[2], LOCATION_SIZE, "Location: file:///etc/passwd\r\n");
    snprintf(ret_lines[3], LOCATION_SIZE, "Location: gopher:%s/steal\r\n", address);
    snprintf(ret_lines[4], LOCATION_SIZE, "Location: /status/a\r\n");
}

static void check_redirects(struct api_fixture *fixture, const struct fake_api *trap)
{
    char lines[LOCATIONS][LOCATION_SIZE];
    struct fault_case cases[COUNT_OF(redirects) * LOCATIONS];
    write_locations(trap, lines);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        cases[i] = (struct fault_case){ .answer = { .status = redirects[i % COUNT_OF(redirects)],
                                                    .headers = lines[i / COUNT_OF(redirects)],
                                                    .body = STATUS },
                                        .logged = "redirects are not followed" };
    check_statuses(fixture, cases, COUNT_OF(cases), no_retries);
    check_discoveries(fixture, cases, COUNT_OF(redirects), no_retries);
    check_applied_scales(fixture, cases, COUNT_OF(cases), NULL);
    check_lost_scales(fixture, cases, COUNT_OF(redirects), short_confirmation);
}

void fault_20(struct api_fixture *fixture)
{
    struct fake_api *trap = fake_api_create(NULL, NULL);
    fixture->program_fixture.environment = (const char *const[]){ "AUTOSCALER_TOKEN=" TOKEN, NULL };
    check_redirects(fixture, trap);
    assert_int_equal(fake_api_connections(trap), 0);
    fake_api_destroy(trap);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, TOKEN), 0);
}

/* All proxy variables in every spelling; only the configuration is used. */
void fault_21(struct api_fixture *fixture)
{
    static const char *const names[] = { "http_proxy", "HTTP_PROXY",  "https_proxy",
                                         "all_proxy",  "HTTPS_PROXY", "ALL_PROXY" };
    struct fake_api *trap = fake_api_create(NULL, NULL);
    char variables[COUNT_OF(names)][96];
    const char *environment[COUNT_OF(names) + 2] = { "no_proxy=" };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        snprintf(variables[i], sizeof variables[i], "%s=%s", names[i], fake_api_url(trap));
        environment[i + 1] = variables[i];
    }
    fixture->program_fixture.environment = environment;
    add_short(fixture, "a");
    api_fixture_start(fixture, NULL);
    wait_event(fixture, "scaled", "a", " delta=+2 ");
    api_fixture_wait_reads(fixture, "a", 5);
    api_fixture_stop(fixture);
    assert_scaled(fixture, "a", 1);
    assert_int_equal(fake_api_connections(trap), 0);
    fake_api_destroy(trap);
}

/* --- refusals ---------------------------------------------------------------------------------------------------- */

void fault_22(struct api_fixture *fixture)
{
    static const struct fault_case statuses[] = {
        { "401", { .status = 401, .body = STATUS }, " reason=unauthorized " },
        { "403", { .status = 403, .body = STATUS }, " reason=unauthorized " },
    };
    static const struct fault_case others[] = {
        { "401", { .status = 401, .body = "{\"error\":\"unknown caller\"}" }, "HTTP 401" },
        { "403", { .status = 403 }, "HTTP 403" },
    };
    check_statuses(fixture, statuses, COUNT_OF(statuses), no_retries);
    check_discoveries(fixture, others, COUNT_OF(others), no_retries);
    check_refused_scales(fixture, others, COUNT_OF(others), NULL);
}

#define LATER_THAN_ALL "Retry-After: Tue, 31 Dec 9999 23:59:59 GMT\r\n"

/* Values without a wait, or with a short one. */
static const struct fault_case short_waits[] = {
    { "negative", { .status = 503, .headers = "Retry-After: -1\r\n" }, "HTTP 503" },
    { "junk", { .status = 503, .headers = "Retry-After: soon\r\n" }, "HTTP 503" },
    { "empty", { .status = 429, .headers = "Retry-After:\r\n" }, "HTTP 429" },
    { "half a timestamp",
      { .status = 429, .headers = "Retry-After: Tue, 31 Dec\r\n" },
      "HTTP 429" },
    { "none", { .status = 503 }, "HTTP 503" },
    { "zero", { .status = 503, .headers = "Retry-After: 0\r\n" }, "HTTP 503" },
    { "a second", { .status = 429, .headers = "Retry-After: 1\r\n" }, "HTTP 429" },
    { "a past timestamp",
      { .status = 503, .headers = "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n" },
      "HTTP 503" },
};

static const struct fault_case long_waits[] = {
    { "10^12", { .status = 429, .headers = "Retry-After: 1000000000000\r\n" }, "HTTP 429" },
    { "a distant timestamp", { .status = 429, .headers = LATER_THAN_ALL }, "HTTP 429" },
    { "a quarter of an hour", { .status = 429, .headers = "Retry-After: 900\r\n" }, "HTTP 429" },
};

/* A long Retry-After is kept: no further request for it, while other deployments are read. */
static void check_long_waits(struct api_fixture *fixture)
{
    static const char *const ids[] = { "wait0", "wait1", "wait2", "refuse0", "refuse1", "refuse2" };
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        const struct fake_answer *answer = &long_waits[i % COUNT_OF(long_waits)].answer;
        add_short(fixture, ids[i]);
        hosts_api_script_scale(fixture->hosts, ids[i], answer, false, 1);
        if (i < COUNT_OF(long_waits))
            hosts_api_script_status(fixture->hosts, ids[i], answer);
    }
    for (size_t i = 0; i < COUNT_OF(ids); i++)
        wait_event(fixture, i < COUNT_OF(long_waits) ? "status_failed" : "scale_failed", ids[i],
                   long_waits[i % COUNT_OF(long_waits)].logged);
    hosts_api_heal(fixture->hosts);
    api_fixture_wait_reads(fixture, "healthy", 10);
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        char path[64];
        snprintf(path, sizeof path, "/status/%s", ids[i]);
        assert_int_equal(fake_api_count(fixture->program_fixture.api, "GET", path), 1);
        assert_scaled(fixture, ids[i], i < COUNT_OF(long_waits) ? 0 : 1);
    }
}

/* The last list stays in use while no new one is requested. */
static void check_long_wait_for_a_list(struct api_fixture *fixture)
{
    hosts_api_script_discovery(fixture->hosts, &long_waits[1].answer);
    api_fixture_wait(fixture, " discovery_failed ");
    int64_t before = fake_api_count(fixture->program_fixture.api, "GET", "/discover");
    hosts_api_heal(fixture->hosts);
    api_fixture_wait_reads(fixture, "healthy", 40);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "GET", "/discover"), before);
}

void fault_23(struct api_fixture *fixture)
{
    check_statuses(fixture, short_waits, COUNT_OF(short_waits), no_retries);
    check_refused_scales(fixture, short_waits + 2, 2, NULL);
    add_short(fixture, "healthy");
    api_fixture_start(fixture, no_retries);
    check_long_waits(fixture);
    check_long_wait_for_a_list(fixture);
    api_fixture_stop(fixture);
    assert_scaled(fixture, "healthy", 1);
}

void fault_24(struct api_fixture *fixture)
{
    static const struct fault_case cases[] = {
        { "500", { .status = 500 }, "HTTP 500" }, { "501", { .status = 501 }, "HTTP 501" },
        { "502", { .status = 502 }, "HTTP 502" }, { "503", { .status = 503 }, "HTTP 503" },
        { "504", { .status = 504 }, "HTTP 504" }, { "507", { .status = 507 }, "HTTP 507" },
        { "599", { .status = 599 }, "HTTP 599" }, { "408", { .status = 408 }, "HTTP 408" },
        { "425", { .status = 425 }, "HTTP 425" }, { "418", { .status = 418 }, "HTTP 418" },
    };
    check_applied_scales(fixture, cases, COUNT_OF(cases), NULL);
    check_lost_scales(fixture, cases, COUNT_OF(cases), short_confirmation);
}

/* Each pass decides again and sends at most one scale. */
static void check_conflict(struct api_fixture *fixture)
{
    static const struct fake_answer conflict = { .status = 409, .body = "{\"message\":\"busy\"}" };
    add_short(fixture, "healthy");
    add_short(fixture, "a");
    hosts_api_script_scale(fixture->hosts, "a", &conflict, false, FOR_EVER);
    api_fixture_start(fixture, NULL);
    api_fixture_wait_reads(fixture, "a", 3);
    wait_logged(fixture, (const char *const[]){ " scale_failed deployment=a delta=+2 ", "HTTP 409",
                                                " applied=no ", NULL });
    hosts_api_set_busy(fixture->hosts, "a", 70);
    api_fixture_wait(fixture, " deployments=2 read=2 scaled=0 ");
    api_fixture_wait_reads(fixture, "a", 3);
    hosts_api_heal(fixture->hosts);
    api_fixture_wait_reads(fixture, "a", 5);
    api_fixture_stop(fixture);
    assert_int_equal(hosts_api_hosts(fixture->hosts, "a"), 10);
    assert_true(api_fixture_scales(fixture, "a") <= hosts_api_reads(fixture->hosts, "a"));
    assert_scaled(fixture, "healthy", 1);
}

void fault_25(struct api_fixture *fixture)
{
    static const struct fault_case cases[] = {
        { "409", { .status = 409 }, "HTTP 409" }, { "400", { .status = 400 }, "HTTP 400" },
        { "404", { .status = 404 }, "HTTP 404" }, { "405", { .status = 405 }, "HTTP 405" },
        { "413", { .status = 413 }, "HTTP 413" }, { "415", { .status = 415 }, "HTTP 415" },
        { "422", { .status = 422 }, "HTTP 422" }, { "429", { .status = 429 }, "HTTP 429" },
    };
    check_conflict(fixture);
    check_refused_scales(fixture, cases, COUNT_OF(cases), NULL);
}

void fault_26(struct api_fixture *fixture)
{
    static const struct fault_case cases[] = {
        { "404", { .status = 404, .body = STATUS }, " reason=missing " },
        { "410", { .status = 410 }, " reason=missing " },
    };
    check_statuses(fixture, cases, COUNT_OF(cases), NULL);
}

#define PAGE "<!doctype html><title>Log in to the network</title>"

void fault_27(struct api_fixture *fixture)
{
    static const struct fault_case reads[] = {
        { "a page", { .status = 200, .headers = "Content-Type: text/html\r\n", .body = PAGE }, "" },
        { "an empty body", { .status = 200 }, "" },
        { "words", { .status = 200, .headers = "Content-Type: text/plain\r\n", .body = "ok" }, "" },
        { "204", { .status = 204 }, "" },
        { "206", { .status = 206, .body = STATUS }, "" },
        { "201", { .status = 201, .body = STATUS }, "" },
        { "304", { .status = 304 }, "HTTP 304" },
    };
    /* Any 2xx accepts the scale, whatever the body. */
    static const struct fault_case scales[] = {
        { "a page", { .status = 200, .headers = "Content-Type: text/html\r\n", .body = PAGE }, "" },
        { "an empty body", { .status = 200 }, "" },
        { "201", { .status = 201, .body = "{" }, "" },
        { "202", { .status = 202 }, "" },
        { "204", { .status = 204 }, "" },
        { "206", { .status = 206, .body = "half" }, "" },
    };
    static const struct fault_case unknown[] = {
        { "304", { .status = 304 }, "HTTP 304" },
        { "300", { .status = 300 }, "HTTP 300" },
    };
    check_statuses(fixture, reads, COUNT_OF(reads), no_retries);
    check_discoveries(fixture, reads, COUNT_OF(reads), no_retries);
    check_accepted_scales(fixture, scales, COUNT_OF(scales), NULL);
    check_applied_scales(fixture, unknown, COUNT_OF(unknown), NULL);
}
