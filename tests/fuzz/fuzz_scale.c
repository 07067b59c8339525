/*
 * A scale request as the simulated API reads it: the id equals the document byte for byte, the delta is whole; written
 * again as the engine does it, it is read as the same. An error is one printable line.
 */
#include "tests/fuzz/oracle.h"
#include "tests/fuzz/supply.h"
#include "tests/fuzz/target.h"

#include "engine/backend/wire.h"
#include "engine/core/api_result.h"

static void check_accepted(struct wire *wire, const char *body, size_t size, const char *id,
                           int32_t delta)
{
    struct json_span whole = { .end = size };
    struct json_span value;
    must(oracle_is_json(body, size));
    bool is_there = json_scan_find_member(body, whole, "deployment_id", &value);
    must(is_there);
    must(oracle_is_string(body, value, id));
    must(oracle_is_id(id));
    is_there = json_scan_find_member(body, whole, "delta", &value);
    must(is_there);
    double written = oracle_number(body, value);
    must(written >= delta && written <= delta);

    char storage[6 * ID_SIZE_MAX + 64];
    struct text text;
    char id_again[ID_SIZE_MAX + 1];
    int32_t delta_again;
    struct error err;
    text_init(&text, storage, sizeof storage);
    wire_encode_scale(&text, id, delta);
    int r = wire_decode_scale(wire, storage, text.length, id_again, &delta_again, &err);
    must(r == 0);
    must(strcmp(id, id_again) == 0);
    must(delta == delta_again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct supply supply = { data, size };
    char *body = supply_rest(&supply);
    struct wire *wire;
    char id[ID_SIZE_MAX + 1];
    int32_t delta;
    struct error err;
    int r = wire_create(&wire, &err);
    must(r == 0);
    r = wire_decode_scale(wire, body, size, id, &delta, &err);
    if (r < 0)
        oracle_check_error(&err, r);
    else
        check_accepted(wire, body, size, id, delta);
    wire_destroy(wire);
    free(body);
    return 0;
}
