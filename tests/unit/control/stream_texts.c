#include "engine/control/stream_texts.h"

#include "engine/base/random.h"
#include "tests/support/test.h"

#include <stdbool.h>
#include <string.h>

#define CHANGES 6000
#define LENGTH_MAX 1200

/* The length and the bytes follow from the number. */
static size_t text_of(uint64_t seq, char text[LENGTH_MAX])
{
    size_t length = 1 + (size_t)(random_mix(seq) % LENGTH_MAX);
    for (size_t i = 0; i < length; i++)
        text[i] = (char)(seq + i);
    return length;
}

static void keep(struct stream_texts *texts, uint64_t seq)
{
    char text[LENGTH_MAX];
    stream_texts_keep(texts, seq, text, text_of(seq, text));
}

/* True: it is there, and is the text of this change. */
static bool check_text(const struct stream_texts *texts, uint64_t seq)
{
    char text[LENGTH_MAX];
    size_t length = 0;
    const char *found = stream_texts_find(texts, seq, &length);
    if (!found)
        return false;
    assert_int_equal(length, text_of(seq, text));
    assert_memory_equal(found, text, length);
    return true;
}

static void the_newest_texts_are_there(void **state)
{
    (void)state;
    struct stream_texts texts = { 0 };
    for (uint64_t seq = 1; seq <= CHANGES; seq++) {
        assert_false(check_text(&texts, seq));
        keep(&texts, seq);
        for (uint64_t age = 0; age < 100 && age < seq; age++)
            assert_true(check_text(&texts, seq - age));
    }
    assert_int_equal(texts.made, CHANGES);
    assert_false(check_text(&texts, 1));
    stream_texts_fini(&texts);
}

/* Readers are at different places: numbers come in any order. */
static void what_is_found_is_the_text_of_its_change(void **state)
{
    (void)state;
    struct stream_texts texts = { 0 };
    struct random random = { .state = 11 };
    size_t found = 0;
    for (int step = 0; step < CHANGES; step++) {
        uint64_t seq = 1 + (uint64_t)random_below(&random, 3 * (int64_t)STREAM_TEXTS_MAX);
        bool is_there = check_text(&texts, seq);
        found += is_there ? 1 : 0;
        if (!is_there)
            keep(&texts, seq);
        assert_true(check_text(&texts, seq));
    }
    assert_true(found > 0);
    stream_texts_fini(&texts);
}

static void a_text_may_be_as_large_as_all(void **state)
{
    (void)state;
    static char large[STREAM_TEXTS_SIZE + 1];
    struct stream_texts texts = { 0 };
    size_t length = 0;
    memset(large, 'x', sizeof large);
    keep(&texts, 1);
    stream_texts_keep(&texts, 2, large, STREAM_TEXTS_SIZE);
    assert_false(check_text(&texts, 1));
    assert_memory_equal(stream_texts_find(&texts, 2, &length), large, STREAM_TEXTS_SIZE);
    assert_int_equal(length, STREAM_TEXTS_SIZE);
    stream_texts_keep(&texts, 3, large, STREAM_TEXTS_SIZE + 1);
    assert_null(stream_texts_find(&texts, 3, &length));
    assert_non_null(stream_texts_find(&texts, 2, &length));
    stream_texts_fini(&texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_texts_are_there),
        cmocka_unit_test(what_is_found_is_the_text_of_its_change),
        cmocka_unit_test(a_text_may_be_as_large_as_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
