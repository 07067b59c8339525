#include "tests/support/tls_server.h"

#include "tests/support/certificates.h"
#include "tests/support/test.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define BODY_SIZE 4096

struct tls_server {
    struct MHD_Daemon *daemon;
    fake_api_answer *answer;
    void *context;
    int port;
    char url[64];

    pthread_mutex_t lock; /* protects the fields below */
    int64_t requests;
    int64_t scales;
    int64_t connections;
    uint64_t client;
};

/* One request in flight. */
struct incoming {
    char body[BODY_SIZE];
    size_t size;
};

/* FNV-1a hash of the certificate. */
static uint64_t number_of(const unsigned char *bytes, size_t size)
{
    uint64_t number = 14695981039346656037u;
    for (size_t i = 0; i < size; i++)
        number = (number ^ bytes[i]) * 1099511628211u;
    return number;
}

static uint64_t client_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    unsigned count = 0;
    const gnutls_datum_t *chain =
        info ? gnutls_certificate_get_peers(info->tls_session, &count) : NULL;
    return chain && count > 0 ? number_of(chain[0].data, chain[0].size) : 0;
}

static enum MHD_Result begin(struct tls_server *server, struct MHD_Connection *connection,
                             const char *method, void **ret_incoming)
{
    struct incoming *incoming = heap_alloc(1, sizeof *incoming);
    must(incoming);
    *ret_incoming = incoming;
    must(pthread_mutex_lock(&server->lock) == 0);
    server->requests++;
    server->scales += strcmp(method, "POST") == 0;
    server->client = client_of(connection);
    must(pthread_mutex_unlock(&server->lock) == 0);
    return MHD_YES;
}

static enum MHD_Result reply(struct MHD_Connection *connection, const struct fake_answer *answer)
{
    const char *body = answer->body ? answer->body : "";
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(body), (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result = MHD_queue_response(connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result serve(void *context, struct MHD_Connection *connection, const char *url,
                             const char *method, const char *version, const char *upload,
                             size_t *upload_size, void **request_context)
{
    (void)version;
    struct tls_server *server = context;
    struct incoming *incoming = *request_context;
    if (!incoming)
        return begin(server, connection, method, request_context);
    if (*upload_size > 0) {
        must(*upload_size < BODY_SIZE - incoming->size);
        memcpy(incoming->body + incoming->size, upload, *upload_size);
        incoming->size += *upload_size;
        *upload_size = 0;
        return MHD_YES;
    }
    struct fake_answer answer = { .status = 200, .body = "{}" };
    const struct fake_request request = { .method = method,
                                          .path = url,
                                          .headers = "",
                                          .body = incoming->body,
                                          .body_size = incoming->size };
    if (server->answer)
        server->answer(server->context, &request, &answer);
    return reply(connection, &answer);
}

static void forget(void *context, struct MHD_Connection *connection, void **request_context,
                   enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)connection;
    (void)code;
    heap_free(*request_context);
}

static void count_connection(void *context, struct MHD_Connection *connection,
                             void **connection_context, enum MHD_ConnectionNotificationCode code)
{
    (void)connection;
    (void)connection_context;
    struct tls_server *server = context;
    must(pthread_mutex_lock(&server->lock) == 0);
    server->connections += code == MHD_CONNECTION_NOTIFY_STARTED;
    must(pthread_mutex_unlock(&server->lock) == 0);
}

bool tls_server_is_possible(void)
{
    return MHD_is_feature_supported(MHD_FEATURE_TLS) == MHD_YES;
}

static void start_daemon(struct tls_server *server, const struct tls_server_config *config)
{
    char key[PEM_SIZE_MAX], chain[PEM_SIZE_MAX], authority[PEM_SIZE_MAX];
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)config->port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    certificates_read(config->directory, config->certificate, "key", key);
    certificates_read(config->directory, config->certificate, "pem", chain);
    certificates_read(config->directory, "ca", "pem", authority);
    struct MHD_OptionItem clients[] = {
        { config->asks_for_clients ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0, authority },
        { MHD_OPTION_END, 0, NULL },
    };
    server->daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0, NULL, NULL, serve, server,
        MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_NOTIFY_COMPLETED, forget, NULL,
        MHD_OPTION_NOTIFY_CONNECTION, count_connection, server, MHD_OPTION_HTTPS_MEM_KEY, key,
        MHD_OPTION_HTTPS_MEM_CERT, chain, MHD_OPTION_HTTPS_PRIORITIES,
        config->priorities ? config->priorities : ANY_TLS, MHD_OPTION_ARRAY, clients,
        MHD_OPTION_END);
    assert_non_null(server->daemon);
}

struct tls_server *tls_server_start(const struct tls_server_config *config)
{
    struct tls_server *server = heap_alloc(1, sizeof *server);
    must(server);
    must(pthread_mutex_init(&server->lock, NULL) == 0);
    server->answer = config->answer;
    server->context = config->context;
    start_daemon(server, config);
    server->port = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    snprintf(server->url, sizeof server->url, "https://127.0.0.1:%d", server->port);
    return server;
}

void tls_server_stop(struct tls_server *server)
{
    if (!server)
        return;
    MHD_stop_daemon(server->daemon);
    pthread_mutex_destroy(&server->lock);
    heap_free(server);
}

const char *tls_server_url(const struct tls_server *server)
{
    return server->url;
}

int tls_server_port(const struct tls_server *server)
{
    return server->port;
}

int64_t tls_server_requests(struct tls_server *server)
{
    must(pthread_mutex_lock(&server->lock) == 0);
    int64_t count = server->requests;
    must(pthread_mutex_unlock(&server->lock) == 0);
    return count;
}

int64_t tls_server_scales(struct tls_server *server)
{
    must(pthread_mutex_lock(&server->lock) == 0);
    int64_t count = server->scales;
    must(pthread_mutex_unlock(&server->lock) == 0);
    return count;
}

int64_t tls_server_connections(struct tls_server *server)
{
    must(pthread_mutex_lock(&server->lock) == 0);
    int64_t count = server->connections;
    must(pthread_mutex_unlock(&server->lock) == 0);
    return count;
}

uint64_t tls_server_client(struct tls_server *server)
{
    must(pthread_mutex_lock(&server->lock) == 0);
    uint64_t client = server->client;
    must(pthread_mutex_unlock(&server->lock) == 0);
    return client;
}
