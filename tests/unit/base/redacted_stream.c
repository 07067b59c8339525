/*
 * A stream without secrets: a line is checked as a whole, in whatever parts it is printed.
 */
#include "engine/base/redacted_stream.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN "S3cr3t/Canary+Token=="

struct output {
    char *bytes;
    size_t size;
    FILE *to;
    FILE *stream;
    struct redaction *redaction;
};

static int begin(void **state)
{
    static struct output output;
    *state = &output;
    output.to = open_memstream(&output.bytes, &output.size);
    if (!output.to || redaction_create_for(TOKEN, &output.redaction))
        return -1;
    output.stream = redacted_stream_open(output.redaction, output.to);
    return output.stream ? 0 : -1;
}

static int end(void **state)
{
    struct output *output = *state;
    fclose(output->to);
    free(output->bytes);
    redaction_destroy(output->redaction);
    return 0;
}

/* What is written when the stream is closed. */
static const char *written(struct output *output)
{
    assert_int_equal(fclose(output->stream), 0);
    assert_int_equal(fflush(output->to), 0);
    return output->bytes;
}

static void lines_are_passed_on(void **state)
{
    fputs("one\n\ntwo\nno line end", ((struct output *)*state)->stream);
    assert_string_equal(written(*state), "one\n\ntwo\nno line end");
}

static void a_secret_in_parts_is_removed(void **state)
{
    struct output *output = *state;
    for (const char *at = "id " TOKEN " of\n" TOKEN; *at; at++) {
        fputc(*at, output->stream);
        fflush(output->stream);
    }
    assert_string_equal(written(output), "id (token) of\n(token)");
}

static void a_long_output_stays_whole(void **state)
{
    struct output *output = *state;
    for (int i = 0; i < 5000; i++)
        fprintf(output->stream, "%d %s\n", i, TOKEN);
    const char *at = written(output);
    for (int i = 0; i < 5000; i++) {
        char line[64];
        int length = snprintf(line, sizeof line, "%d (token)\n", i);
        assert_int_equal(strncmp(at, line, (size_t)length), 0);
        at += length;
    }
    assert_string_equal(at, "");
}

static void a_long_line_is_cut_alone(void **state)
{
    struct output *output = *state;
    for (int i = 0; i < 2 * REDACTION_TEXT_MAX; i++)
        fputc('-', output->stream);
    fputs("\nafter it\n", output->stream);
    assert_string_equal(written(output) + REDACTION_TEXT_MAX, "\nafter it\n");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_are_passed_on),
        TEST(a_secret_in_parts_is_removed),
        TEST(a_long_output_stays_whole),
        TEST(a_long_line_is_cut_alone),
    };
    return cmocka_run_group_tests_name("redacted_stream", tests, NULL, NULL);
}
