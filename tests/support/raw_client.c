#include "tests/support/raw_client.h"

#include "engine/base/heap.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void raw_clients_init(struct raw_clients *clients, uv_loop_t *loop)
{
    *clients = (struct raw_clients){ .loop = loop };
}

void raw_clients_fini(struct raw_clients *clients)
{
    assert_int_equal(clients->open_count, 0);
    for (size_t i = 0; i < clients->count; i++) {
        heap_free(clients->list[i]->request);
        heap_free(clients->list[i]->reply);
        heap_free(clients->list[i]);
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct raw_client *client = handle->data;
    client->is_done = true;
    client->clients->open_count--;
}

void raw_client_close(struct raw_client *client)
{
    if (!uv_is_closing((uv_handle_t *)&client->tcp))
        uv_close((uv_handle_t *)&client->tcp, on_closed);
}

static void on_alloc(uv_handle_t *handle, size_t suggested_size, uv_buf_t *ret_buffer)
{
    struct raw_client *client = handle->data;
    char *reply = heap_resize(client->reply, client->reply_size + suggested_size + 1, 1);
    assert_non_null(reply);
    client->reply = reply;
    *ret_buffer = uv_buf_init(reply + client->reply_size, (unsigned)suggested_size);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    (void)buffer;
    struct raw_client *client = stream->data;
    if (size < 0) {
        raw_client_close(client);
        return;
    }
    client->reply_size += (size_t)size;
    client->reply[client->reply_size] = '\0';
}

/* A server that does not want the rest of a request closes. Reading goes on: the response may have come before. */
static void on_written(uv_write_t *write, int status)
{
    (void)write;
    (void)status;
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct raw_client *client = connect->handle->data;
    if (status < 0) {
        raw_client_close(client);
        return;
    }
    uv_buf_t buffer = uv_buf_init(client->request, (unsigned)client->request_size);
    uv_read_start((uv_stream_t *)&client->tcp, on_alloc, on_read);
    uv_write(&client->write, (uv_stream_t *)&client->tcp, &buffer, 1, on_written);
}

static void connect_to(struct raw_client *client, const char *url)
{
    struct sockaddr_storage address;
    int port = (int)strtol(strrchr(url, ':') + 1, NULL, 10);
    if (strchr(url, '['))
        uv_ip6_addr("::1", port, (struct sockaddr_in6 *)&address);
    else
        uv_ip4_addr("127.0.0.1", port, (struct sockaddr_in *)&address);
    uv_tcp_init(client->clients->loop, &client->tcp);
    client->tcp.data = client;
    assert_int_equal(
        uv_tcp_connect(&client->connect, &client->tcp, (struct sockaddr *)&address, on_connected),
        0);
}

struct raw_client *raw_client_start(struct raw_clients *clients, const char *url,
                                    const char *request, size_t size)
{
    assert_in_range(clients->count, 0, RAW_CLIENTS_MAX - 1);
    struct raw_client *client = heap_alloc(1, sizeof *client);
    assert_non_null(client);
    client->clients = clients;
    client->request = heap_copy_text(request, size);
    client->request_size = size;
    client->reply = heap_alloc(1, 1);
    clients->list[clients->count++] = client;
    clients->open_count++;
    connect_to(client, url);
    return client;
}

void raw_client_wait(const struct raw_client *client)
{
    while (!client->is_done)
        uv_run(client->clients->loop, UV_RUN_ONCE);
}

struct raw_client *raw_client_exchange(struct raw_clients *clients, const char *url,
                                       const char *request, size_t size)
{
    struct raw_client *client = raw_client_start(clients, url, request, size);
    raw_client_wait(client);
    return client;
}

int raw_client_status(const struct raw_client *client)
{
    int status = 0;
    return sscanf(client->reply, "HTTP/1.1 %d ", &status) == 1 ? status : 0;
}

const char *raw_client_body(const struct raw_client *client)
{
    const char *end = strstr(client->reply, "\r\n\r\n");
    return end ? end + 4 : "";
}

bool raw_client_has_header(const struct raw_client *client, const char *text)
{
    const char *found = strstr(client->reply, text);
    return found && found < raw_client_body(client);
}
