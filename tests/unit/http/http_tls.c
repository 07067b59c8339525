/*
 * Which servers the client trusts. The openssl program makes authorities and certificates in a temporary directory;
 * without that program the tests are skipped.
 */
#include "engine/http/http.h"

#include "tests/support/certificates.h"
#include "tests/support/fake_api.h"
#include "tests/support/test.h"
#include "tests/support/tls_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENT_MS 20000
#define SHORT_MS 100
#define TOKEN "canary-7f3a"

static const struct http_config plain_config = {
    .user_agent = "autoscaler/test",
    .token = TOKEN,
    .connect_timeout_ms = PATIENT_MS,
    .calls_max = 2,
};

/* --- certificates ------------------------------------------------------------------------------------------------ */

/* The working directory of this process during the tests. A test gets its row as state, so this is static. */
static struct directory {
    char path[64];
    bool has_certificates;
} directory = { "/tmp/test_http_tls.XXXXXX", false };

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(directory.path) || chdir(directory.path) != 0)
        return -1;
    directory.has_certificates = certificates_make(".");
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", directory.path);
    return chdir("/") != 0 || system(command) != 0;
}

static void need_certificates(void)
{
    if (!directory.has_certificates || !tls_server_is_possible())
        skip();
}

static struct tls_server *start_server(const char *certificate, const char *priorities)
{
    return tls_server_start(&(struct tls_server_config){
        .directory = ".", .certificate = certificate, .priorities = priorities });
}

/* --- one POST ---------------------------------------------------------------------------------------------------- */

struct client {
    uv_loop_t loop;
    struct http *http;
    struct http_response response;
    int count;
};

static void take(void *context, const struct http_response *response)
{
    struct client *client = context;
    client->response = *response;
    client->count++;
}

static void start_client(struct client *client, const struct http_config *config)
{
    struct error err;
    *client = (struct client){ 0 };
    assert_int_equal(uv_loop_init(&client->loop), 0);
    assert_int_equal(http_create(&client->loop, config, &client->http, &err), 0);
}

static void send_request(struct client *client, const struct http_request *request)
{
    struct http_call *call;
    struct error err;
    int count = client->count;
    assert_int_equal(http_start(client->http, request, take, client, &call, &err), 0);
    while (client->count == count)
        uv_run(&client->loop, UV_RUN_ONCE);
}

static void send_post(struct client *client, const char *url)
{
    struct http_request request = { .url = url,
                                    .method = "POST",
                                    .body = "{\"delta\":1}",
                                    .content_type = "application/json",
                                    .fresh = true,
                                    .timeout_ms = PATIENT_MS,
                                    .body_size_max = 100 };
    send_request(client, &request);
}

static void ignore(void *context)
{
    (void)context;
}

static void end_client(struct client *client)
{
    http_close(client->http, ignore, NULL);
    uv_run(&client->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&client->loop), 0);
}

static void assert_refused(const struct http_response *response, const char *text)
{
    assert_int_equal(response->error, ERR_TLS);
    assert_false(response->was_sent);
    assert_int_equal(response->status, 0);
    assert_null(strstr(response->error_text, TOKEN));
    if (!strstr(response->error_text, text))
        fail_msg("'%s' does not say '%s'", response->error_text, text);
}

/* --- trust ------------------------------------------------------------------------------------------------------- */

static const struct trust_row {
    const char *name;
    const char *certificate; /* of the server */
    const char *priorities;
    const char *ca_file;
    bool insecure_tls;
    const char *refusal; /* NULL: trusted */
} trust_rows[] = {
    /* clang-format off */
    { "good",                      "good",     ANY_TLS, "ca.pem",    false, NULL },
    { "unknown authority",         "good",     ANY_TLS, "other.pem", false, "no secure connection to 127.0.0.1:" },
    { "the system's authorities",  "good",     ANY_TLS, NULL,        false, "no secure connection to 127.0.0.1:" },
    { "self-signed",               "self",     ANY_TLS, "ca.pem",    false, "no secure connection to 127.0.0.1:" },
    { "another name",              "stranger", ANY_TLS, "ca.pem",    false, "no secure connection to 127.0.0.1:" },
    { "expired",                   "expired",  ANY_TLS, "ca.pem",    false, "no secure connection to 127.0.0.1:" },
    { "old protocol",              "good",     OLD_TLS, "ca.pem",    false, "no secure connection to 127.0.0.1:" },
    { "no authorities there",      "good",     ANY_TLS, "none.pem",  false, "none.pem" },
    { "insecure, self-signed",     "self",     ANY_TLS, NULL,        true,  NULL },
    { "insecure, another name",    "stranger", ANY_TLS, "other.pem", true,  NULL },
    { "insecure, old protocol",    "good",     OLD_TLS, NULL,        true,  "no secure connection to 127.0.0.1:" },
    /* clang-format on */
};

static void check_trust(void **state)
{
    const struct trust_row *row = *state;
    struct http_config config = plain_config;
    struct client client;
    need_certificates();
    config.ca_file = row->ca_file;
    config.insecure_tls = row->insecure_tls;
    struct tls_server *server = start_server(row->certificate, row->priorities);
    start_client(&client, &config);
    send_post(&client, tls_server_url(server));
    if (row->refusal) {
        assert_refused(&client.response, row->refusal);
    } else {
        assert_string_equal(client.response.error_text, "");
        assert_int_equal(client.response.status, 200);
        assert_true(client.response.was_sent);
    }
    end_client(&client);
    assert_int_equal(tls_server_requests(server), row->refusal ? 0 : 1);
    tls_server_stop(server);
}

static const struct keep_row {
    const char *name;
    const char *priorities;
} keep_rows[] = {
    { "TLS 1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.2" },
    { "TLS 1.3 and its tickets", "NORMAL:-VERS-ALL:+VERS-TLS1.3" },
};

/* What the server sends beside responses is not taken for bytes that no request asked for. */
static void keeps_connections(void **state)
{
    const struct keep_row *row = *state;
    struct http_config config = plain_config;
    struct client client;
    need_certificates();
    config.ca_file = "ca.pem";
    struct tls_server *server = start_server("good", row->priorities);
    start_client(&client, &config);
    struct http_request request = { .url = tls_server_url(server),
                                    .timeout_ms = PATIENT_MS,
                                    .body_size_max = 100 };
    for (int i = 0; i < 10; i++) {
        send_request(&client, &request);
        assert_string_equal(client.response.error_text, "");
        assert_int_equal(client.response.status, 200);
    }
    assert_int_equal(tls_server_connections(server), 1);
    end_client(&client);
    tls_server_stop(server);
}

static void copy_file(const char *from, const char *to)
{
    char command[128];
    snprintf(command, sizeof command, "cp %s %s", from, to);
    assert_int_equal(system(command), 0);
}

/* The file is replaced under its name, without http_configure. */
static void reads_authorities_again(void **state)
{
    (void)state;
    struct http_config config = plain_config;
    struct client client;
    need_certificates();
    copy_file("other.pem", "rotated.pem");
    config.ca_file = "rotated.pem";
    struct tls_server *server = start_server("good", ANY_TLS);
    start_client(&client, &config);
    send_post(&client, tls_server_url(server));
    assert_refused(&client.response, "no secure connection");
    copy_file("ca.pem", "rotated.pem");
    send_post(&client, tls_server_url(server));
    assert_string_equal(client.response.error_text, "");
    copy_file("other.pem", "rotated.pem");
    send_post(&client, tls_server_url(server));
    assert_refused(&client.response, "no secure connection");
    end_client(&client);
    assert_int_equal(tls_server_requests(server), 1);
    tls_server_stop(server);
}

static void verifies_after_a_new_configuration(void **state)
{
    (void)state;
    struct http_config config = plain_config;
    struct client client;
    struct error err;
    need_certificates();
    config.insecure_tls = true;
    struct tls_server *server = start_server("self", ANY_TLS);
    start_client(&client, &config);
    send_post(&client, tls_server_url(server));
    assert_string_equal(client.response.error_text, "");
    config.insecure_tls = false;
    assert_int_equal(http_configure(client.http, &config, &err), 0);
    send_post(&client, tls_server_url(server));
    assert_refused(&client.response, "no secure connection to 127.0.0.1:");
    end_client(&client);
    assert_int_equal(tls_server_requests(server), 1);
    tls_server_stop(server);
}

static void needs_its_own_certificate_file(void **state)
{
    (void)state;
    struct http_config config = plain_config;
    struct client client;
    need_certificates();
    config.ca_file = "ca.pem";
    config.client_cert = "none.pem";
    config.client_key = "none.key";
    struct tls_server *server = start_server("good", ANY_TLS);
    start_client(&client, &config);
    send_post(&client, tls_server_url(server));
    assert_refused(&client.response, "none.pem");
    end_client(&client);
    tls_server_stop(server);
}

/* --- servers that do not speak TLS ------------------------------------------------------------------------------- */

static const char *secure_url(const struct fake_api *api, char ret_url[64])
{
    snprintf(ret_url, 64, "https://127.0.0.1:%d/", fake_api_port(api));
    return ret_url;
}

static void does_not_fall_back_to_plain_text(void **state)
{
    (void)state;
    struct fake_api *api = fake_api_create(NULL, NULL);
    struct client client;
    char url[64];
    start_client(&client, &plain_config);
    send_post(&client, secure_url(api, url));
    assert_refused(&client.response, "no secure connection");
    assert_int_equal(fake_api_connections(api), 1);
    assert_int_equal(fake_api_count(api, NULL, NULL), 0);
    end_client(&client);
    fake_api_destroy(api);
}

static enum fake_ending hang(void *context, int64_t connection)
{
    (void)context;
    (void)connection;
    return FAKE_HANG;
}

static void does_not_wait_for_a_handshake_for_ever(void **state)
{
    (void)state;
    struct fake_api *api = fake_api_create(NULL, NULL);
    struct http_config config = plain_config;
    struct client client;
    char url[64], text[64];
    fake_api_set_accept(api, hang, NULL);
    config.connect_timeout_ms = SHORT_MS;
    start_client(&client, &config);
    send_post(&client, secure_url(api, url));
    snprintf(text, sizeof text, "no connection to 127.0.0.1:%d within 100ms", fake_api_port(api));
    assert_string_equal(client.response.error_text, text);
    assert_int_equal(client.response.error, -ETIMEDOUT);
    assert_false(client.response.was_sent);
    end_client(&client);
    fake_api_destroy(api);
}

static void shows_a_proxy_nothing(void **state)
{
    (void)state;
    static const struct fake_answer refusal = { .status = 403 };
    struct fake_api *proxy = fake_api_create(fake_api_always, (void *)(uintptr_t)&refusal);
    struct http_config config = plain_config;
    struct client client;
    char text[64];
    size_t length;
    config.proxy = fake_api_url(proxy);
    start_client(&client, &config);
    send_post(&client, "https://api.test/scale");
    const struct fake_request *request = fake_api_find(proxy, "CONNECT", "api.test:443", 0);
    assert_non_null(request);
    assert_null(fake_request_header(request, "Authorization", &length));
    assert_int_equal(fake_api_count(proxy, NULL, NULL), 1);
    snprintf(text, sizeof text, "connection refused by 127.0.0.1:%d with status 403",
             fake_api_port(proxy));
    assert_string_equal(client.response.error_text, text);
    assert_int_equal(client.response.error, -ECONNREFUSED);
    assert_int_equal(client.response.status, 0);
    assert_false(client.response.was_sent);
    end_client(&client);
    fake_api_destroy(proxy);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(reads_authorities_again),
        cmocka_unit_test(verifies_after_a_new_configuration),
        cmocka_unit_test(needs_its_own_certificate_file),
        cmocka_unit_test(does_not_fall_back_to_plain_text),
        cmocka_unit_test(does_not_wait_for_a_handshake_for_ever),
        cmocka_unit_test(shows_a_proxy_nothing),
    };
    struct CMUnitTest tests[COUNT_OF(trust_rows) + COUNT_OF(others) + COUNT_OF(keep_rows)];
    TESTS_FROM_ROWS(tests, trust_rows, check_trust);
    struct CMUnitTest kept[COUNT_OF(keep_rows)];
    TESTS_FROM_ROWS(kept, keep_rows, keeps_connections);
    memcpy(tests + COUNT_OF(trust_rows), others, sizeof others);
    memcpy(tests + COUNT_OF(trust_rows) + COUNT_OF(others), kept, sizeof kept);
    return cmocka_run_group_tests_name("http_tls", tests, make_folder, remove_folder);
}
