/*
 * tls_server - an HTTPS server on 127.0.0.1 with a certificate of the test, with responses like a fake API.
 *
 * Uses libmicrohttpd with its own thread, on which `answer` runs; only the status and body of its response are used.
 * Without `answer`, every response is 200 and "{}". A request is counted when its head is decrypted.
 * Certificates come from tests/support/certificates.h. Fails the test when it cannot be started.
 */
#ifndef TESTS_SUPPORT_TLS_SERVER_H
#define TESTS_SUPPORT_TLS_SERVER_H

#include "tests/support/fake_api.h"

#include <stdbool.h>
#include <stdint.h>

#define ANY_TLS "NORMAL"
#define OLD_TLS "NORMAL:-VERS-ALL:+VERS-TLS1.1:%COMPAT"

struct tls_server_config {
    const char *directory;   /* of the certificates */
    const char *certificate; /* its name there */
    const char *priorities;  /* as GnuTLS writes them; NULL: ANY_TLS */
    bool asks_for_clients;   /* requests client certificates, without verifying them */
    int port;                /* 0: any that is free */
    fake_api_answer *answer;
    void *context;
};

struct tls_server;

/* False: this libmicrohttpd has no TLS. */
bool tls_server_is_possible(void);

struct tls_server *tls_server_start(const struct tls_server_config *config);

/* NULL is accepted. */
void tls_server_stop(struct tls_server *server);

/* "https://127.0.0.1:41234"; valid as long as the server. */
const char *tls_server_url(const struct tls_server *server);
int tls_server_port(const struct tls_server *server);

/* Number of requests, and of scales among them. */
int64_t tls_server_requests(struct tls_server *server);
int64_t tls_server_scales(struct tls_server *server);

/* Connections accepted so far. */
int64_t tls_server_connections(struct tls_server *server);

/* A hash of the client certificate of the last request; 0: none. */
uint64_t tls_server_client(struct tls_server *server);

#endif
