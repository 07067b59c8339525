#include "engine/control/pieces.h"

#include "tests/support/test.h"

#include <string.h>

#define SECRET "canary-7f3a91d2"

/* A body whose pieces are these, the last one before NULL. */
struct body {
    const char *const *texts;
    size_t made;
    struct pieces pieces;
    char storage[32];
};

static bool add_piece(void *context, struct text *piece)
{
    struct body *body = context;
    text_add(piece, body->texts[body->made++]);
    return body->texts[body->made] != NULL;
}

static void begin(struct body *body, const char *const *texts, struct redaction *redaction)
{
    *body = (struct body){ .texts = texts };
    pieces_init(&body->pieces, add_piece, body, redaction, body->storage, sizeof body->storage);
}

static const struct body_row {
    const char *name;
    const char *texts[5];
    size_t size;
    const char *written;
} body_rows[] = {
    { "one piece", { "{}" }, 32, "{}" },
    { "one after the other", { "[", "1", ",2", "]" }, 32, "[1,2]" },
    { "an empty piece is no end", { "[", "", "", "]" }, 32, "[]" },
    { "an empty piece is the first", { "", "[]" }, 32, "[]" },
    { "an empty piece is the last", { "[]", "" }, 32, "[]" },
    { "an empty body", { "" }, 32, "" },
    { "byte by byte", { "[1,", "22,", "333", "]" }, 1, "[1,22,333]" },
    { "two bytes at a time", { "[1,", "22,", "333", "]" }, 2, "[1,22,333]" },
};

static void row_is_written(void **state)
{
    const struct body_row *row = *state;
    struct body body;
    char written[64] = "";
    size_t length = 0;
    int64_t count;
    begin(&body, row->texts, NULL);
    while ((count = pieces_write(&body.pieces, written + length, row->size)) > 0)
        length += (size_t)count;
    assert_int_equal(count, 0);
    assert_string_equal(written, row->written);
    assert_int_equal(pieces_write(&body.pieces, written, row->size), 0);
}

static void a_piece_is_made_when_the_one_before_was_taken(void **state)
{
    static const char *const texts[] = { "ab", "c", NULL };
    struct body body;
    char bytes[8];
    (void)state;
    begin(&body, texts, NULL);
    assert_int_equal(body.made, 0);
    assert_int_equal(pieces_write(&body.pieces, bytes, 1), 1);
    assert_int_equal(pieces_write(&body.pieces, bytes, 8), 1);
    assert_int_equal(body.made, 1);
    assert_int_equal(pieces_write(&body.pieces, bytes, 8), 1);
    assert_int_equal(body.made, 2);
}

static void secrets_are_removed_from_each_piece(void **state)
{
    static const char *const texts[] = { "[\"" SECRET "\"", ",\"" SECRET "\"]", NULL };
    struct redaction *redaction;
    struct body body;
    char bytes[64] = "";
    (void)state;
    assert_int_equal(redaction_create(&redaction), 0);
    assert_int_equal(redaction_set(redaction, SECRET), 0);
    begin(&body, texts, redaction);
    int64_t length = pieces_write(&body.pieces, bytes, sizeof bytes);
    pieces_write(&body.pieces, bytes + length, sizeof bytes - (size_t)length - 1);
    assert_string_equal(bytes, "[\"(token)\",\"(token)\"]");
    redaction_destroy(redaction);
}

int main(void)
{
    struct CMUnitTest rows[COUNT_OF(body_rows)];
    TESTS_FROM_ROWS(rows, body_rows, row_is_written);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_piece_is_made_when_the_one_before_was_taken),
        cmocka_unit_test(secrets_are_removed_from_each_piece),
    };
    int failed = cmocka_run_group_tests_name("pieces: bodies", rows, NULL, NULL);
    return failed + cmocka_run_group_tests_name("pieces: steps", tests, NULL, NULL);
}
