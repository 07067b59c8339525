/*
 * Servers with wrong certificates or stalled handshakes; keys and tokens that change.
 */
#include "tests/faults/cases.h"
#include "tests/faults/fault.h"

#include "tests/support/certificates.h"
#include "tests/support/scales.h"
#include "tests/support/test.h"
#include "tests/support/tls_server.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define OPTION_SIZE 192
#define OLD_TOKEN "canary-7f3a"
#define NEW_TOKEN "canary-9c51"

struct options {
    char api[OPTION_SIZE];
    char authority[OPTION_SIZE];
};

static void need_certificates(struct api_fixture *fixture)
{
    if (!tls_server_is_possible())
        fault_skip("libmicrohttpd without TLS");
    if (!certificates_make(fixture->program_fixture.directory))
        fault_skip("no openssl to create certificates");
}

static struct tls_server *start_server(struct api_fixture *fixture, const char *certificate,
                                       const char *priorities, int port)
{
    return tls_server_start(
        &(struct tls_server_config){ .directory = fixture->program_fixture.directory,
                                     .certificate = certificate,
                                     .priorities = priorities,
                                     .asks_for_clients = true,
                                     .port = port,
                                     .answer = hosts_api_answer,
                                     .context = fixture->hosts });
}

static void fill_options(const struct api_fixture *fixture, int port, struct options *ret_options)
{
    snprintf(ret_options->api, OPTION_SIZE, "--api=https://127.0.0.1:%d", port);
    snprintf(ret_options->authority, OPTION_SIZE, "--set=api.ca_file=%s/ca.pem",
             fixture->program_fixture.directory);
}

/* The correct server, on the same port as the wrong ones. */
static void recover(struct api_fixture *fixture, int port)
{
    struct tls_server *server = start_server(fixture, "good", NULL, port);
    wait_event(fixture, "scaled", "a", " delta=+2 ");
    api_fixture_wait_reads(fixture, "a", 5);
    api_fixture_stop(fixture);
    assert_int_equal(tls_server_scales(server), 1);
    assert_int_equal(hosts_api_hosts(fixture->hosts, "a"), 12);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, OLD_TOKEN), 0);
    tls_server_stop(server);
}

static const struct untrusted_row {
    const char *certificate;
    const char *priorities;
} untrusted_rows[] = {
    { "expired", NULL }, { "stranger", NULL }, { "self", NULL },
    { "forged", NULL },  { "good", OLD_TLS },
};

/* An untrusted server gets no request. The servers use the same port in sequence, while the program runs. */
static void check_untrusted_servers(struct api_fixture *fixture, int port)
{
    for (size_t i = 0; i < COUNT_OF(untrusted_rows); i++) {
        const struct untrusted_row *row = &untrusted_rows[i];
        struct tls_server *server = start_server(fixture, row->certificate, row->priorities, port);
        api_fixture_wait(fixture, "no secure connection to ");
        wait_logged(fixture, (const char *const[]){ " discovery_failed ",
                                                    "no secure connection to 127.0.0.1:", NULL });
        assert_int_equal(tls_server_requests(server), 0);
        tls_server_stop(server);
        api_fixture_wait(fixture, "connection refused by ");
    }
}

static void check_plain_text(struct api_fixture *fixture)
{
    struct options options;
    fill_options(fixture, fake_api_port(fixture->program_fixture.api), &options);
    api_fixture_start(fixture, (const char *const[]){ options.api, options.authority, NULL });
    wait_logged(fixture,
                (const char *const[]){ " discovery_failed ", "no secure connection", NULL });
    api_fixture_stop(fixture);
    assert_true(fake_api_connections(fixture->program_fixture.api) > 0);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, NULL, NULL), 0);
}

void fault_17(struct api_fixture *fixture)
{
    struct options options;
    need_certificates(fixture);
    add_short(fixture, "a");
    fixture->program_fixture.environment =
        (const char *const[]){ "AUTOSCALER_TOKEN=" OLD_TOKEN, NULL };
    check_plain_text(fixture);
    struct tls_server *first = start_server(fixture, "self", NULL, 0);
    int port = tls_server_port(first);
    tls_server_stop(first);
    fill_options(fixture, port, &options);
    api_fixture_start(fixture,
                      (const char *const[]){ options.api, options.authority, NO_RETRIES, NULL });
    check_untrusted_servers(fixture, port);
    recover(fixture, port);
}

static enum fake_ending hang(void *context, int64_t connection)
{
    (void)context;
    (void)connection;
    return FAKE_HANG;
}

void fault_18(struct api_fixture *fixture)
{
    struct options options;
    need_certificates(fixture);
    add_short(fixture, "a");
    fake_api_set_accept(fixture->program_fixture.api, hang, NULL);
    fill_options(fixture, fake_api_port(fixture->program_fixture.api), &options);
    api_fixture_start(fixture, (const char *const[]){ options.api, options.authority, NO_RETRIES,
                                                      "--set=api.connect_timeout=100ms", NULL });
    wait_logged(fixture, (const char *const[]){ " discovery_failed ", "no connection to 127.0.0.1:",
                                                " within 100ms", NULL });
    fake_api_set_listening(fixture->program_fixture.api, false);
    fake_api_drop_connections(fixture->program_fixture.api, FAKE_RESET);
    recover(fixture, fake_api_port(fixture->program_fixture.api));
}

/* --- rotation ---------------------------------------------------------------------------------------------------- */

/*
 * The token file is replaced, and a reload is asked for or not; connections that used the old token are closed.
 */
static void check_rotated_token(struct api_fixture *fixture, bool is_reloaded)
{
    char option[OPTION_SIZE], path[PROGRAM_FIXTURE_PATH_SIZE];
    struct fake_api *api = fixture->program_fixture.api;
    program_fixture_write(&fixture->program_fixture, "token", OLD_TOKEN "\n", 0600);
    snprintf(option, sizeof option, "--set=api.token_file=%s",
             program_fixture_path(&fixture->program_fixture, "token", path));
    add_sufficient(fixture, "a");
    api_fixture_start(fixture, (const char *const[]){ option, NULL });
    api_fixture_wait_reads(fixture, "a", 3);
    int64_t old_connections = fake_api_connections(api);
    program_fixture_write(&fixture->program_fixture, "token", NEW_TOKEN "\n", 0600);
    if (is_reloaded)
        program_signal(fixture->program_fixture.program, SIGHUP);
    api_fixture_wait(fixture, is_reloaded ? " info config_reloaded " : " info token_reloaded ");
    int64_t first = fake_api_count(api, NULL, NULL) + 4; /* after requests that may be in flight */
    hosts_api_set_busy(fixture->hosts, "a", 96);
    wait_event(fixture, "scaled", "a", " delta=+2 ");
    api_fixture_wait_reads(fixture, "a", 10);
    api_fixture_stop(fixture);
    assert_scaled(fixture, "a", 1);
    assert_header(fake_api_find(api, NULL, NULL, 0), "Authorization", "Bearer " OLD_TOKEN);
    assert_header(fake_api_find(api, "POST", "/scale", 0), "Authorization", "Bearer " NEW_TOKEN);
    for (int64_t i = first; i < fake_api_count(api, NULL, NULL); i++) {
        assert_header(fake_api_find(api, NULL, NULL, i), "Authorization", "Bearer " NEW_TOKEN);
        assert_true(fake_api_find(api, NULL, NULL, i)->connection >= old_connections);
    }
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "canary"), 0);
}

struct change {
    struct tls_server *server;
    uint64_t from;
};

static bool is_another_client(void *context)
{
    const struct change *change = context;
    uint64_t client = tls_server_client(change->server);
    return client != 0 && client != change->from;
}

/* The server gets the new certificate on a new connection. */
static void check_rotated_certificate(struct api_fixture *fixture)
{
    struct options options;
    char certificate[OPTION_SIZE], key[OPTION_SIZE];
    struct tls_server *server = start_server(fixture, "good", NULL, 0);
    fill_options(fixture, tls_server_port(server), &options);
    certificates_copy(fixture->program_fixture.directory, "client", "mine");
    snprintf(certificate, OPTION_SIZE, "--set=api.client_cert=%s/mine.pem",
             fixture->program_fixture.directory);
    snprintf(key, OPTION_SIZE, "--set=api.client_key=%s/mine.key",
             fixture->program_fixture.directory);
    api_fixture_start(
        fixture, (const char *const[]){ options.api, options.authority, certificate, key, NULL });
    api_fixture_wait_reads(fixture, "a", 3);
    struct change change = { server, tls_server_client(server) };
    assert_true(change.from != 0);
    certificates_copy(fixture->program_fixture.directory, "fresh", "mine");
    program_signal(fixture->program_fixture.program, SIGHUP);
    program_wait_until(fixture->program_fixture.program, is_another_client, &change,
                       "another certificate");
    uint64_t client = tls_server_client(server);
    api_fixture_wait_reads(fixture, "a", 10);
    assert_int_equal(tls_server_client(server), client);
    api_fixture_stop(fixture);
    assert_int_equal(tls_server_scales(server), 0);
    tls_server_stop(server);
}

void fault_19(struct api_fixture *fixture)
{
    check_rotated_token(fixture, true);
    api_fixture_renew(fixture);
    check_rotated_token(fixture, false);
    need_certificates(fixture);
    check_rotated_certificate(fixture);
}
