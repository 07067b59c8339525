#include "tui/term/clipboard.h"

#include "tests/support/test.h"

#include <string.h>

static const struct clipboard_row {
    const char *name;
    const char *text;
    const char *base64;
} clipboard_rows[] = {
    { "one byte", "f", "Zg==" },
    { "two bytes", "fo", "Zm8=" },
    { "three bytes", "foo", "Zm9v" },
    { "four bytes", "foob", "Zm9vYg==" },
    { "high bytes", "\xff\xfe\xfd", "//79" },
    { "an id", "eu-arena-1", "ZXUtYXJlbmEtMQ==" },
};

static void check_sequence(void **state)
{
    static char sequence[CLIPBOARD_SEQUENCE_SIZE];
    const struct clipboard_row *row = *state;
    size_t size = strlen(row->base64);
    assert_true(clipboard_sequence(row->text, sequence));
    assert_memory_equal(sequence, "\x1b]52;c;", 7);
    assert_memory_equal(sequence + 7, row->base64, size);
    assert_string_equal(sequence + 7 + size, "\x1b\\");
}

/* Whatever the text is, nothing but base64 is between the beginning and the end. */
static void every_byte_is_encoded(void **state)
{
    (void)state;
    static char text[CLIPBOARD_TEXT_MAX + 2];
    static char sequence[CLIPBOARD_SEQUENCE_SIZE];
    for (size_t i = 0; i < CLIPBOARD_TEXT_MAX; i++)
        text[i] = (char)(1 + (i * 7 + i / 255) % 255);
    for (size_t length = CLIPBOARD_TEXT_MAX - 3; length <= CLIPBOARD_TEXT_MAX; length++) {
        char kept = text[length];
        text[length] = '\0';
        assert_true(clipboard_sequence(text, sequence));
        size_t size = strlen(sequence);
        assert_true(size < CLIPBOARD_SEQUENCE_SIZE);
        for (size_t i = 7; i + 2 < size; i++)
            assert_true(sequence[i] > ' ' && (unsigned char)sequence[i] < 0x7f);
        text[length] = kept;
    }
    text[CLIPBOARD_TEXT_MAX] = 'x';
    assert_false(clipboard_sequence(text, sequence));
    assert_false(clipboard_sequence("", sequence));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_byte_is_encoded) };
    struct CMUnitTest rows[COUNT_OF(clipboard_rows)];
    TESTS_FROM_ROWS(rows, clipboard_rows, check_sequence);
    int failed = cmocka_run_group_tests_name("clipboard", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("clipboard: texts", rows, NULL, NULL);
}
