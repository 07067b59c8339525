/*
 * The body of a failed response becomes one printable line that is never empty and never overflows. The first byte is
 * the size of the caller's text.
 */
#include "tests/fuzz/oracle.h"
#include "tests/fuzz/supply.h"
#include "tests/fuzz/target.h"

#include "engine/backend/wire.h"

/* Returns the length. */
static size_t describe(struct wire *wire, const char *body, size_t size, size_t text_size)
{
    char *storage = malloc(text_size);
    struct text text;
    must(storage);
    text_init(&text, storage, text_size);
    wire_describe_error(wire, body, size, &text);
    must(text.length < text_size);
    must(storage[text.length] == '\0');
    must(oracle_is_printable(storage, text.length));
    size_t length = text.length;
    free(storage);
    return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct supply supply = { data, size };
    size_t text_size = (size_t)supply_byte(&supply) + 1;
    char *body = supply_rest(&supply);
    struct wire *wire;
    struct error err;
    int r = wire_create(&wire, &err);
    must(r == 0);
    size_t length = describe(wire, body, supply.left, text_size);
    size_t whole = describe(wire, body, supply.left, ERROR_MSG_SIZE);
    must(whole > 0);
    must(length <= whole || text_size > ERROR_MSG_SIZE);
    wire_destroy(wire);
    free(body);
    return 0;
}
