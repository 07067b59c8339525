/*
 * Servers that are not who they should be, or do not get so far; keys and tokens that change.
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

static void need_certificates(struct scene *scene)
{
    if (!tls_server_is_possible())
        fault_skip("libmicrohttpd without TLS");
    if (!certificates_make(scene->stage.folder))
        fault_skip("no openssl to make certificates with");
}

static struct tls_server *start_server(struct scene *scene, const char *certificate,
                                       const char *priorities, int port)
{
    return tls_server_start(&(struct tls_server_config){ .folder = scene->stage.folder,
                                                         .certificate = certificate,
                                                         .priorities = priorities,
                                                         .asks_for_clients = true,
                                                         .port = port,
                                                         .answer = hosts_api_answer,
                                                         .context = scene->hosts });
}

static void fill_options(const struct scene *scene, int port, struct options *ret_options)
{
    snprintf(ret_options->api, OPTION_SIZE, "--api=https://127.0.0.1:%d", port);
    snprintf(ret_options->authority, OPTION_SIZE, "--set=api.ca_file=%s/ca.pem",
             scene->stage.folder);
}

/* The right server at last, on the port where all the others were. */
static void recover(struct scene *scene, int port)
{
    struct tls_server *server = start_server(scene, "good", NULL, port);
    wait_event(scene, "scaled", "a", " delta=+2 ");
    scene_wait_reads(scene, "a", 5);
    scene_stop(scene);
    assert_int_equal(tls_server_scales(server), 1);
    assert_int_equal(hosts_api_hosts(scene->hosts, "a"), 12);
    assert_int_equal(program_count_lines(scene->stage.program, OLD_TOKEN), 0);
    tls_server_stop(server);
}

static const struct stranger_row {
    const char *certificate;
    const char *priorities;
    const char *told;
} stranger_rows[] = {
    { "expired", NULL, "expired" },
    { "stranger", NULL, "127.0.0.1" },
    { "self", NULL, "self-signed certificate" },
    { "forged", NULL, "no secure connection to 127.0.0.1:" },
    { "good", OLD_TLS, "no secure connection to 127.0.0.1:" },
};

/* Who is not trusted gets no request. One after the other on the same port, while the program runs. */
static void meet_strangers(struct scene *scene, int port)
{
    for (size_t i = 0; i < COUNT_OF(stranger_rows); i++) {
        const struct stranger_row *row = &stranger_rows[i];
        struct tls_server *server = start_server(scene, row->certificate, row->priorities, port);
        scene_wait(scene, "no secure connection to ");
        wait_told(scene, (const char *const[]){ " discovery_failed ", row->told, NULL });
        assert_int_equal(tls_server_requests(server), 0);
        tls_server_stop(server);
        scene_wait(scene, "connection refused by ");
    }
}

static void check_plain_text(struct scene *scene)
{
    struct options options;
    fill_options(scene, fake_api_port(scene->stage.api), &options);
    scene_start(scene, (const char *const[]){ options.api, options.authority, NULL });
    wait_told(scene, (const char *const[]){ " discovery_failed ", "no secure connection", NULL });
    scene_stop(scene);
    assert_true(fake_api_connections(scene->stage.api) > 0);
    assert_int_equal(fake_api_count(scene->stage.api, NULL, NULL), 0);
}

void fault_17(struct scene *scene)
{
    struct options options;
    need_certificates(scene);
    add_needy(scene, "a");
    scene->stage.environment = (const char *const[]){ "AUTOSCALER_TOKEN=" OLD_TOKEN, NULL };
    check_plain_text(scene);
    struct tls_server *first = start_server(scene, "self", NULL, 0);
    int port = tls_server_port(first);
    tls_server_stop(first);
    fill_options(scene, port, &options);
    scene_start(scene, (const char *const[]){ options.api, options.authority, NO_RETRIES, NULL });
    meet_strangers(scene, port);
    recover(scene, port);
}

static enum fake_ending hang(void *context, int64_t connection)
{
    (void)context;
    (void)connection;
    return FAKE_HANG;
}

void fault_18(struct scene *scene)
{
    struct options options;
    need_certificates(scene);
    add_needy(scene, "a");
    fake_api_set_accept(scene->stage.api, hang, NULL);
    fill_options(scene, fake_api_port(scene->stage.api), &options);
    scene_start(scene, (const char *const[]){ options.api, options.authority, NO_RETRIES,
                                              "--set=api.connect_timeout=100ms", NULL });
    wait_told(scene, (const char *const[]){ " discovery_failed ",
                                            "no connection to 127.0.0.1:", " within 100ms", NULL });
    fake_api_set_listening(scene->stage.api, false);
    fake_api_drop_connections(scene->stage.api, FAKE_RESET);
    recover(scene, fake_api_port(scene->stage.api));
}

/* --- what is rotated ------------------------------------------------------------------------------------------------------ */

/* A token that is replaced on disk; every connection that carried the old one is left. */
static void check_rotated_token(struct scene *scene)
{
    char option[OPTION_SIZE], path[STAGE_PATH_SIZE];
    struct fake_api *api = scene->stage.api;
    stage_write(&scene->stage, "token", OLD_TOKEN "\n", 0600);
    snprintf(option, sizeof option, "--set=api.token_file=%s",
             stage_path(&scene->stage, "token", path));
    add_content(scene, "a");
    scene_start(scene, (const char *const[]){ option, NULL });
    scene_wait_reads(scene, "a", 3);
    int64_t old_connections = fake_api_connections(api);
    stage_write(&scene->stage, "token", NEW_TOKEN "\n", 0600);
    program_signal(scene->stage.program, SIGHUP);
    scene_wait(scene, " config_reloaded ");
    int64_t first = fake_api_count(api, NULL, NULL) + 4; /* behind those that may be under way */
    hosts_api_set_busy(scene->hosts, "a", 96);
    wait_event(scene, "scaled", "a", " delta=+2 ");
    scene_wait_reads(scene, "a", 10);
    scene_stop(scene);
    assert_scaled(scene, "a", 1);
    assert_header(fake_api_find(api, NULL, NULL, 0), "Authorization", "Bearer " OLD_TOKEN);
    assert_header(fake_api_find(api, "POST", "/scale", 0), "Authorization", "Bearer " NEW_TOKEN);
    for (int64_t i = first; i < fake_api_count(api, NULL, NULL); i++) {
        assert_header(fake_api_find(api, NULL, NULL, i), "Authorization", "Bearer " NEW_TOKEN);
        assert_true(fake_api_find(api, NULL, NULL, i)->connection >= old_connections);
    }
    assert_int_equal(program_count_lines(scene->stage.program, "canary"), 0);
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

/* The server sees the new certificate, on a connection that was not there before. */
static void check_rotated_certificate(struct scene *scene)
{
    struct options options;
    char certificate[OPTION_SIZE], key[OPTION_SIZE];
    struct tls_server *server = start_server(scene, "good", NULL, 0);
    fill_options(scene, tls_server_port(server), &options);
    certificates_copy(scene->stage.folder, "client", "mine");
    snprintf(certificate, OPTION_SIZE, "--set=api.client_cert=%s/mine.pem", scene->stage.folder);
    snprintf(key, OPTION_SIZE, "--set=api.client_key=%s/mine.key", scene->stage.folder);
    scene_start(scene,
                (const char *const[]){ options.api, options.authority, certificate, key, NULL });
    scene_wait_reads(scene, "a", 3);
    struct change change = { server, tls_server_client(server) };
    assert_true(change.from != 0);
    certificates_copy(scene->stage.folder, "fresh", "mine");
    program_signal(scene->stage.program, SIGHUP);
    program_wait_until(scene->stage.program, is_another_client, &change, "another certificate");
    uint64_t client = tls_server_client(server);
    scene_wait_reads(scene, "a", 10);
    assert_int_equal(tls_server_client(server), client);
    scene_stop(scene);
    assert_int_equal(tls_server_scales(server), 0);
    tls_server_stop(server);
}

void fault_19(struct scene *scene)
{
    need_certificates(scene);
    check_rotated_token(scene);
    check_rotated_certificate(scene);
}
