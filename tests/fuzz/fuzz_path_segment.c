/*
 * An id in a URL: one segment of unreserved characters and %XX that is read back as the same id, so that two ids never
 * become one. Any other well-formed segment decodes to bytes without a NUL, which are encoded and decoded as the same.
 */
#include "tests/fuzz/oracle.h"
#include "tests/fuzz/supply.h"
#include "tests/fuzz/target.h"

#include "engine/http/path_segment.h"

static void check_encoded(const char *id)
{
    size_t length = strlen(id);
    size_t size = 3 * length + 1;
    char *encoded = malloc(size);
    char *back = malloc(length + 1);
    struct text text;
    must(encoded && back);
    text_init(&text, encoded, size);
    path_segment_add(&text, id);
    must(!text.was_cut);
    must(strspn(encoded, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%") ==
         text.length);
    must(path_segment_read(encoded, back, length + 1));
    must(strcmp(back, id) == 0);
    free(encoded);
    free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct supply supply = { data, size };
    size_t room = (size_t)supply_byte(&supply) + 1;
    char *text = supply_text(&supply);
    char *bytes = malloc(room);
    must(bytes);
    check_encoded(text);
    if (path_segment_read(text, bytes, room)) {
        must(strlen(bytes) < room);
        must(strlen(bytes) <= strlen(text));
        check_encoded(bytes);
    }
    free(bytes);
    free(text);
    return 0;
}
