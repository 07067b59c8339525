#include "engine/remote/stream_parser.h"

#include "engine/base/heap.h"
#include "tests/support/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define KINDS_SIZE 256

struct taken {
    char kinds[KINDS_SIZE]; /* "hello 1, row 2, " */
    int refuse_at;          /* the message that is refused; 0: none */
    int count;
};

static int take(void *context, const char *kind, const cJSON *object, struct error *err)
{
    struct taken *taken = context;
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, "n");
    size_t length = strlen(taken->kinds);
    snprintf(taken->kinds + length, sizeof taken->kinds - length, "%s %d, ", kind,
             number ? number->valueint : 0);
    return ++taken->count == taken->refuse_at ? error_set(err, ERR_PROTOCOL, "refused") : 0;
}

static const char stream[] = "{\"hello\":{\"n\":1}}\n"
                             "{\"row\":{\"n\":2,\"id\":\"a\\nb\"}}\n"
                             "{\"later\":{\"n\":3,\"deep\":[[{}]]}}\n"
                             "{\"end\":{\"n\":4}}\n";
#define STREAM_LENGTH (sizeof stream - 1)
#define STREAM_KINDS "hello 1, row 2, later 3, end 4, "

/* Each piece in memory of its own, so that nothing is read behind it. */
static void feed(struct stream_parser *parser, size_t from, size_t to)
{
    struct error err;
    char *piece = heap_alloc(to - from + 1, 1);
    assert_non_null(piece);
    memcpy(piece, stream + from, to - from);
    assert_int_equal(stream_parser_take(parser, piece, to - from, &err), 0);
    heap_free(piece);
}

static void every_cut_gives_the_same_messages(void **state)
{
    (void)state;
    for (size_t first = 0; first <= STREAM_LENGTH; first++)
        for (size_t second = first; second <= STREAM_LENGTH; second++) {
            struct taken taken = { 0 };
            struct stream_parser *parser = stream_parser_create(take, &taken);
            feed(parser, 0, first);
            feed(parser, first, second);
            feed(parser, second, STREAM_LENGTH);
            assert_string_equal(taken.kinds, STREAM_KINDS);
            stream_parser_destroy(parser);
        }
}

static void byte_by_byte_gives_the_same_messages(void **state)
{
    (void)state;
    struct taken taken = { 0 };
    struct stream_parser *parser = stream_parser_create(take, &taken);
    for (size_t i = 0; i < STREAM_LENGTH; i++)
        feed(parser, i, i + 1);
    assert_string_equal(taken.kinds, STREAM_KINDS);
    stream_parser_destroy(parser);
}

static const struct bad_row {
    const char *name;
    const char *text;
} bad_rows[] = {
    { "no JSON", "hello\n" },
    { "an empty line", "\n" },
    { "a number", "7\n" },
    { "a list", "[{\"row\":{}}]\n" },
    { "no member", "{}\n" },
    { "two members", "{\"row\":{},\"end\":{}}\n" },
    { "a member that is no object", "{\"row\":1}\n" },
    { "two objects", "{\"row\":{}}{\"row\":{}}\n" },
    { "a member twice", "{\"row\":{\"n\":1,\"n\":2}}\n" },
    { "bad UTF-8", "{\"row\":{\"id\":\"\xff\"}}\n" },
    { "an open string", "{\"row\":{\"id\":\"a\n" },
    { "too deep", "{\"row\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
                  "]]]]]]]]]}\n" },
};

static void line_is_refused(void **state)
{
    const struct bad_row *row = *state;
    struct taken taken = { 0 };
    struct error err;
    struct stream_parser *parser = stream_parser_create(take, &taken);
    assert_int_equal(stream_parser_take(parser, row->text, strlen(row->text), &err), ERR_PROTOCOL);
    assert_int_equal(taken.count, 0);
    stream_parser_destroy(parser);
}

/* A NUL inside a line is no end of it. */
static void a_line_with_a_nul_is_refused(void **state)
{
    (void)state;
    static const char line[] = "{\"row\":{}}\0{\"row\":{}}\n";
    struct taken taken = { 0 };
    struct error err;
    struct stream_parser *parser = stream_parser_create(take, &taken);
    assert_int_equal(stream_parser_take(parser, line, sizeof line - 1, &err), ERR_PROTOCOL);
    stream_parser_destroy(parser);
}

static void a_line_without_an_end_is_refused_at_the_limit(void **state)
{
    (void)state;
    static char piece[1000];
    struct taken taken = { 0 };
    struct error err;
    size_t taken_size = 0;
    struct stream_parser *parser = stream_parser_create(take, &taken);
    memset(piece, ' ', sizeof piece);
    while (stream_parser_take(parser, piece, sizeof piece, &err) == 0)
        taken_size += sizeof piece;
    assert_int_equal(err.code, ERR_PROTOCOL);
    assert_in_range(taken_size, STREAM_LINE_MAX - sizeof piece, STREAM_LINE_MAX);
    stream_parser_destroy(parser);
}

static void what_the_reader_refuses_ends_the_stream(void **state)
{
    (void)state;
    struct taken taken = { .refuse_at = 2 };
    struct error err;
    struct stream_parser *parser = stream_parser_create(take, &taken);
    assert_int_equal(stream_parser_take(parser, stream, STREAM_LENGTH, &err), ERR_PROTOCOL);
    assert_string_equal(err.msg, "refused");
    assert_int_equal(taken.count, 2);
    stream_parser_destroy(parser);
}

static void another_stream_begins_with_a_line(void **state)
{
    (void)state;
    struct taken taken = { 0 };
    struct stream_parser *parser = stream_parser_create(take, &taken);
    feed(parser, 0, 25);
    stream_parser_reset(parser);
    feed(parser, 0, STREAM_LENGTH);
    assert_string_equal(taken.kinds, "hello 1, " STREAM_KINDS);
    stream_parser_destroy(parser);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_gives_the_same_messages),
        cmocka_unit_test(byte_by_byte_gives_the_same_messages),
        cmocka_unit_test(a_line_with_a_nul_is_refused),
        cmocka_unit_test(a_line_without_an_end_is_refused_at_the_limit),
        cmocka_unit_test(what_the_reader_refuses_ends_the_stream),
        cmocka_unit_test(another_stream_begins_with_a_line),
    };
    struct CMUnitTest bad[COUNT_OF(bad_rows)];
    TESTS_FROM_ROWS(bad, bad_rows, line_is_refused);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed + cmocka_run_group_tests(bad, NULL, NULL);
}
