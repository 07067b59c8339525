/*
 * A status. An accepted one equals the document, whole and in range; written again it is read as the same; truncated it
 * is refused. An error is one printable line and does not change the caller's status.
 */
#include "tests/fuzz/oracle.h"
#include "tests/fuzz/supply.h"
#include "tests/fuzz/target.h"

#include "engine/backend/wire.h"

static void check_number(const char *body, size_t size, const char *name, int32_t value)
{
    struct json_span number;
    bool is_there = json_scan_find_member(body, (struct json_span){ .end = size }, name, &number);
    must(is_there);
    must(value >= 0);
    must(body[number.start] != '-');
    double written = oracle_number(body, number);
    must(written >= value && written <= value);
}

static void check_accepted(struct wire *wire, const char *body, size_t size,
                           const struct status *status)
{
    must(oracle_is_json(body, size));
    check_number(body, size, "current_hosts", status->current_hosts);
    check_number(body, size, "total_servers", status->total_servers);
    check_number(body, size, "free_servers", status->free_servers);
    char storage[128];
    struct text text;
    struct status again = { -1, -1, -1 };
    struct error err;
    text_init(&text, storage, sizeof storage);
    text_addf(&text, "{\"free_servers\":%d,\"current_hosts\":%d,\"total_servers\":%d}",
              status->free_servers, status->current_hosts, status->total_servers);
    int r = wire_decode_status(wire, storage, text.length, &again, &err);
    must(r == 0);
    must(memcmp(&again, status, sizeof again) == 0);
    while (body[size - 1] != '}')
        size--;
    r = wire_decode_status(wire, body, size - 1, &again, &err);
    oracle_check_error(&err, r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct supply supply = { data, size };
    char *body = supply_rest(&supply);
    struct wire *wire;
    struct status status = { -1, -2, -3 };
    struct error err;
    int r = wire_create(&wire, &err);
    must(r == 0);
    r = wire_decode_status(wire, body, size, &status, &err);
    if (r < 0) {
        oracle_check_error(&err, r);
        must(status.current_hosts == -1 && status.total_servers == -2 && status.free_servers == -3);
    } else {
        check_accepted(wire, body, size, &status);
    }
    wire_destroy(wire);
    free(body);
    return 0;
}
