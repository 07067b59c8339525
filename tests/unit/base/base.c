#include "engine/base/arena.h"
#include "engine/base/arith.h"
#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/random.h"
#include "engine/base/text.h"
#include "tests/support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- error ----------------------------------------------------------------------------------------------------- */

static const struct error_row {
    const char *name;
    int code;
    bool is_transient;
} error_rows[] = {
    /* clang-format off */
    { "timeout",            -ETIMEDOUT,      true  },
    { "connection_refused", -ECONNREFUSED,   true  },
    { "connection_reset",   -ECONNRESET,     true  },
    { "out_of_memory",      -ENOMEM,         true  },
    { "not_found",          -ENOENT,         false },
    { "permission_denied",  -EACCES,         false },
    { "name_lookup",        ERR_NAME_LOOKUP, true  },
    { "tls",                ERR_TLS,         false },
    { "http_busy",          ERR_HTTP_BUSY,   true  },
    { "http_status",        ERR_HTTP_STATUS, false },
    { "bad_json",           ERR_BAD_JSON,    false },
    { "bad_value",          ERR_BAD_VALUE,   false },
    { "cancelled",          ERR_CANCELLED,   false },
    { "unknown errno",      -EXDEV,          false },
    { "unknown code",       ERR_BASE - 1,    false },
    { "success",            0,               false },
    /* clang-format on */
};

static void check_error(void **state)
{
    const struct error_row *row = *state;
    assert_int_equal(error_is_transient(row->code), row->is_transient);
}

#define ERROR_AS_CODE(id, is_transient) id,
static const int own_codes[] = { ERROR_CODES(ERROR_AS_CODE) };
#undef ERROR_AS_CODE

static void test_own_codes_differ_from_errno(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(own_codes); i++) {
        assert_true(own_codes[i] <= ERR_BASE);
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(own_codes[i], own_codes[j]);
    }
}

static void test_error_set_and_prefix(void **state)
{
    (void)state;
    struct error err;
    assert_int_equal(error_set(&err, -ENOENT, "no deployment '%s'", "eu-1"), -ENOENT);
    assert_int_equal(err.code, -ENOENT);
    assert_string_equal(err.msg, "no deployment 'eu-1'");
    assert_int_equal(error_prefix(&err, "status of %s", "eu-1"), -ENOENT);
    assert_int_equal(err.code, -ENOENT);
    assert_string_equal(err.msg, "status of eu-1: no deployment 'eu-1'");
    assert_int_equal(error_set(NULL, -EIO, "not used"), -EIO);
    assert_int_equal(error_no_memory(&err), -ENOMEM);
    assert_string_equal(err.msg, "out of memory");
}

static void test_long_errors_are_cut_between_characters(void **state)
{
    (void)state;
    for (size_t skew = 0; skew < 4; skew++) {
        char sentence[ERROR_MSG_SIZE * 2 + 1] = "";
        struct error err;
        while (strlen(sentence) < ERROR_MSG_SIZE + 8)
            strncat(sentence, "\xf0\x9f\x98\x80", 5);
        error_set(&err, -EIO, "%.*s%s", (int)skew, "abc", sentence);
        error_prefix(&err, "context");
        size_t length = strlen(err.msg);
        assert_in_range(length, ERROR_MSG_SIZE - 4, ERROR_MSG_SIZE - 1);
        for (size_t at = 0; at < length;) {
            uint32_t code_point;
            size_t size = utf8_decode(err.msg + at, length - at, &code_point);
            assert_true(size > 0);
            at += size;
        }
    }
}

/* --- arith ----------------------------------------------------------------------------------------------------- */

static void test_divisions_against_their_definition(void **state)
{
    (void)state;
    for (int64_t numerator = -300; numerator <= 300; numerator++) {
        for (int64_t denominator = 1; denominator <= 40; denominator++) {
            int64_t above = ceil_div(numerator, denominator);
            int64_t below = floor_div(numerator, denominator);
            assert_true(above * denominator >= numerator);
            assert_true((above - 1) * denominator < numerator);
            assert_true(below * denominator <= numerator);
            assert_true((below + 1) * denominator > numerator);
        }
    }
}

static const struct division_row {
    const char *name;
    int64_t numerator;
    int64_t denominator;
    int64_t above;
    int64_t below;
} division_rows[] = {
    /* clang-format off */
    { "largest by one",      INT64_MAX, 1,         INT64_MAX,         INT64_MAX },
    { "smallest by one",     INT64_MIN, 1,         INT64_MIN,         INT64_MIN },
    { "largest by two",      INT64_MAX, 2,         INT64_MAX / 2 + 1, INT64_MAX / 2 },
    { "smallest by largest", INT64_MIN, INT64_MAX, -1,                -2 },
    { "largest by largest",  INT64_MAX, INT64_MAX, 1,                 1 },
    { "zero",                0,         INT64_MAX, 0,                 0 },
    /* clang-format on */
};

static void check_division(void **state)
{
    const struct division_row *row = *state;
    assert_true(ceil_div(row->numerator, row->denominator) == row->above);
    assert_true(floor_div(row->numerator, row->denominator) == row->below);
}

static const struct root_row {
    const char *name;
    int64_t value;
    int64_t root;
} root_rows[] = {
    /* clang-format off */
    { "root of zero",                0,                       0 },
    { "root of one",                 1,                       1 },
    { "root just below a square",    INT64_C(999999999999),   999999 },
    { "root of a square",            INT64_C(1000000000000),  1000000 },
    { "root just above a square",    INT64_C(1000000000001),  1000000 },
    { "root of a power of two",      INT64_C(1) << 62,        INT64_C(1) << 31 },
    { "root of the largest square",  INT64_C(9223372030926249001), INT64_C(3037000499) },
    { "root just below that square", INT64_C(9223372030926249000), INT64_C(3037000498) },
    { "root of the largest number",  INT64_MAX,               INT64_C(3037000499) },
    /* clang-format on */
};

static void check_root(void **state)
{
    const struct root_row *row = *state;
    assert_true(floor_sqrt(row->value) == row->root);
}

static void test_roots_against_their_definition(void **state)
{
    (void)state;
    for (int64_t value = 0; value <= 100000; value++) {
        int64_t root = floor_sqrt(value);
        assert_true(root * root <= value && value < (root + 1) * (root + 1));
    }
}

static const struct product_row {
    const char *name;
    int64_t a, b, denominator;
    int64_t result;
} product_rows[] = {
    /* clang-format off */
    { "product of zero",              0, INT64_MAX,   1,         0 },
    { "product in whole numbers",     6,         7,   3,        14 },
    { "product just below a half",    1,        49, 100,         0 },
    { "product at a half",            1,        50, 100,         1 },
    { "product above a half",         1,        51, 100,         1 },
    { "half of an odd denominator",   1,         1,   3,         0 },
    { "most of an odd denominator",   2,         1,   3,         1 },
    { "negative, just above a half", -1,        49, 100,         0 },
    { "negative, at a half",         -1,        50, 100,         0 },
    { "negative, beyond a half",     -1,        51, 100,        -1 },
    { "negative, one and a half",    -3,         1,   2,        -1 },
    { "both negative",               -3,        -5,  10,         2 },
    { "negative second",              7,        -5,  10,        -3 },
    { "largest by itself",      INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX },
    { "smallest by largest",    INT64_MIN, INT64_MAX, INT64_MAX, INT64_MIN },
    { "largest by one",         INT64_MAX,         1,         1, INT64_MAX },
    { "smallest by one",        INT64_MIN,         1,         1, INT64_MIN },
    { "largest, halved",        INT64_MAX,         1,         2, INT64_MAX / 2 + 1 },
    { "smallest, halved",       INT64_MIN,         1,         2, INT64_MIN / 2 },
    { "half of the denominator does not fit", INT64_MAX, 1, INT64_MAX, 1 },
    { "beyond 64 bits on the way", INT64_C(1) << 62, 12, 36, (INT64_C(1) << 62) / 3 },
    { "saturates",              INT64_MAX,         2,         1, INT64_MAX },
    { "saturates downwards",    INT64_MIN,         2,         1, INT64_MIN },
    { "saturates by two smallest", INT64_MIN, INT64_MIN,      1, INT64_MAX },
    { "the largest that does not", INT64_MAX,      3,         3, INT64_MAX },
    /* clang-format on */
};

static void check_product(void **state)
{
    const struct product_row *row = *state;
    assert_true(mul_div(row->a, row->b, row->denominator) == row->result);
    assert_true(mul_div(row->b, row->a, row->denominator) == row->result);
}

static void test_products_against_their_definition(void **state)
{
    (void)state;
    for (int64_t a = -40; a <= 40; a++) {
        for (int64_t denominator = 1; denominator <= 30; denominator++) {
            int64_t nearest = mul_div(a, 7, denominator);
            assert_true(2 * nearest * denominator <= 2 * 7 * a + denominator);
            assert_true(2 * (nearest + 1) * denominator > 2 * 7 * a + denominator);
        }
    }
}

static void test_shares_are_rounded_down(void **state)
{
    (void)state;
    assert_true(share_floor(0, SHARE_WHOLE) == 0);
    assert_true(share_floor(9, SHARE_WHOLE / 10) == 0);
    assert_true(share_floor(10, SHARE_WHOLE / 10) == 1);
    assert_true(share_floor(10, SHARE_WHOLE / 10 - 1) == 0);
    assert_true(share_floor(2 * (int64_t)SHARE_WHOLE + 1, SHARE_WHOLE - 1) ==
                2 * ((int64_t)SHARE_WHOLE - 1));
    assert_true(share_floor(INT64_MAX, SHARE_WHOLE) == INT64_MAX);
}

static void test_bounds(void **state)
{
    (void)state;
    assert_int_equal(min_i64(-1, 2), -1);
    assert_int_equal(max_i64(-1, 2), 2);
    assert_int_equal(clamp_i64(5, 1, 3), 3);
    assert_int_equal(clamp_i64(-5, 1, 3), 1);
    assert_int_equal(clamp_i64(2, 1, 3), 2);
    assert_true(saturate_i32(INT64_MAX) == INT32_MAX);
    assert_true(saturate_i32(INT64_MIN) == INT32_MIN);
    assert_true(saturate_i32(-7) == -7);
}

static void test_sizes_saturate(void **state)
{
    (void)state;
    assert_true(size_mul(3, 4) == 12);
    assert_true(size_mul(SIZE_MAX, 0) == 0);
    assert_true(size_mul(SIZE_MAX / 2, 2) == SIZE_MAX - 1);
    assert_true(size_mul(SIZE_MAX / 2, 3) == SIZE_MAX);
    assert_true(size_add(3, 4) == 7);
    assert_true(size_add(SIZE_MAX, 0) == SIZE_MAX);
    assert_true(size_add(SIZE_MAX, 1) == SIZE_MAX);
}

/* --- heap ------------------------------------------------------------------------------------------------------ */

static void test_heap_zeroes_and_copies(void **state)
{
    (void)state;
    unsigned char *bytes = heap_alloc(100, 3);
    assert_non_null(bytes);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(bytes[i], 0);
    bytes[299] = 7;
    bytes = heap_resize(bytes, 1000, 3);
    assert_non_null(bytes);
    assert_int_equal(bytes[299], 7);
    heap_free(bytes);
    char *copy = heap_copy_text("eu-1 and more", 4);
    assert_string_equal(copy, "eu-1");
    heap_free(copy);
    copy = heap_copy_text("", 0);
    assert_string_equal(copy, "");
    heap_free(copy);
    heap_free(NULL);
}

static void test_heap_refuses_impossible_sizes(void **state)
{
    (void)state;
    assert_null(heap_alloc(SIZE_MAX, 1));
    assert_null(heap_alloc(SIZE_MAX, SIZE_MAX));
    assert_null(heap_alloc(SIZE_MAX / 2 + 1, 2));
    char *small = heap_alloc(1, 1);
    assert_null(heap_resize(small, SIZE_MAX / 2, 3));
    heap_free(small);
}

/* --- arena ----------------------------------------------------------------------------------------------------- */

static void test_arena_pieces_do_not_overlap_and_are_aligned(void **state)
{
    (void)state;
    struct arena arena;
    unsigned char *pieces[500];
    arena_init(&arena, (size_t)1 << 20);
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        pieces[i] = arena_alloc(&arena, i);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        memset(pieces[i], (int)(i & 0xff), i);
    }
    for (size_t i = 0; i < COUNT_OF(pieces); i++)
        for (size_t at = 0; at < i; at++)
            assert_int_equal(pieces[i][at], i & 0xff);
    arena_fini(&arena);
    assert_int_equal(arena.held_size, 0);
}

static void test_arena_keeps_one_chunk(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, (size_t)1 << 20);
    for (int round = 0; round < 10; round++) {
        for (size_t i = 0; i < 300; i++)
            assert_non_null(arena_alloc(&arena, 1 + i));
        assert_non_null(arena_alloc(&arena, 100000));
        assert_true(arena.held_size > 100000);
        arena_trim(&arena);
        assert_int_equal(arena.held_size, 16 * 1024);
    }
    arena_fini(&arena);
}

static void test_arena_that_grows_a_little_keeps_no_unused_chunks(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, (size_t)1 << 20);
    for (size_t round = 0; round < 2000; round++) {
        assert_non_null(arena_alloc(&arena, 100000 + 32 * round));
        for (int i = 0; i < 100; i++)
            assert_non_null(arena_alloc(&arena, 16));
        assert_true(arena.held_size < 100000 + 32 * round + 40000);
        arena_trim(&arena);
    }
    arena_fini(&arena);
}

static void test_arena_random_use_holds_little_more_than_its_need(void **state)
{
    (void)state;
    struct random random = { 5 };
    struct arena arena;
    arena_init(&arena, (size_t)1 << 22);
    for (int round = 0; round < 3000; round++) {
        for (int64_t i = random_below(&random, 20); i >= 0; i--) {
            size_t size = (size_t)random_below(&random, 60000) >> random_below(&random, 16);
            unsigned char *piece = arena_alloc(&arena, size);
            assert_non_null(piece);
            memset(piece, 0xa5, size);
        }
        arena_trim(&arena);
    }
    arena_fini(&arena);
}

static void test_arena_never_exceeds_its_maximum(void **state)
{
    (void)state;
    static const size_t maxima[] = { 0, 1, 16, 100, 4096, 16384, 16400, 100000 };
    for (size_t i = 0; i < COUNT_OF(maxima); i++) {
        struct arena arena;
        size_t taken = 0;
        arena_init(&arena, maxima[i]);
        assert_null(arena_alloc(&arena, maxima[i] + 16));
        while (arena_alloc(&arena, 16))
            taken += 16;
        assert_true(arena.held_size <= maxima[i]);
        assert_true(taken <= maxima[i]);
        assert_true(taken + 16 > maxima[i] / 2);
        assert_null(arena_alloc(&arena, SIZE_MAX));
        assert_null(arena_alloc(&arena, SIZE_MAX - 15));
        arena_fini(&arena);
    }
}

static void check_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char expected[40];
        memset(expected, 'a' + (int)(i % 26), i % 37);
        expected[i % 37] = '\0';
        assert_string_equal(texts[i], expected);
    }
}

static void test_arena_texts_are_adjacent_and_pieces_aligned(void **state)
{
    (void)state;
    struct arena arena;
    char *texts[1000];
    unsigned char *pieces[COUNT_OF(texts)];
    char source[40];
    arena_init(&arena, (size_t)1 << 20);
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        memset(source, 'a' + (int)(i % 26), sizeof source);
        texts[i] = arena_copy_text(&arena, source, i % 37);
        assert_non_null(texts[i]);
        if (i % 3 != 0)
            continue;
        pieces[i] = arena_alloc(&arena, 1 + i % 50);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        memset(pieces[i], 0xa5, 1 + i % 50);
    }
    check_texts(texts, COUNT_OF(texts));
    for (size_t i = 0; i < COUNT_OF(texts); i += 3)
        for (size_t at = 0; at < 1 + i % 50; at++)
            assert_int_equal(pieces[i][at], 0xa5);
    for (size_t i = 1; i + 1 < COUNT_OF(texts); i += 3)
        if (texts[i + 1] > texts[i] && texts[i + 1] < texts[i] + 100)
            assert_ptr_equal(texts[i + 1], texts[i] + i % 37 + 1);
    arena_fini(&arena);
}

/* Bytes after the given length are not read. */
static void test_arena_copies_only_the_given_bytes(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 4096);
    assert_string_equal(arena_copy_text(&arena, "eu-1 and more", 4), "eu-1");
    assert_string_equal(arena_copy_text(&arena, "x", 0), "");
    char *copy = arena_copy_text(&arena, "a\0b", 3);
    assert_memory_equal(copy, "a\0b", 4);
    arena_fini(&arena);
}

static void test_arena_texts_never_exceed_its_maximum(void **state)
{
    (void)state;
    static const size_t maxima[] = { 0, 1, 3, 4, 15, 16, 17, 100, 16385 };
    static char source[20000];
    for (size_t i = 0; i < COUNT_OF(maxima); i++) {
        struct arena arena;
        size_t taken = 0;
        arena_init(&arena, maxima[i]);
        assert_null(arena_copy_text(&arena, source, maxima[i]));
        assert_null(arena_copy_text(&arena, source, SIZE_MAX));
        assert_null(arena_copy_text(&arena, source, SIZE_MAX - 1));
        while (arena_copy_text(&arena, "abc", 3))
            taken += 4;
        assert_int_equal(taken, maxima[i] / 4 * 4);
        assert_null(arena_alloc(&arena, 1));
        assert_true(arena.held_size <= maxima[i]);
        arena_trim(&arena);
        if (maxima[i] > 0)
            assert_non_null(arena_copy_text(&arena, source, maxima[i] - 1));
        arena_fini(&arena);
    }
}

static void test_arena_fini_accepts_an_unused_arena(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 100);
    arena_trim(&arena);
    arena_fini(&arena);
    arena_fini(&arena);
    arena_fini(NULL);
}

/* --- clock ----------------------------------------------------------------------------------------------------- */

static const struct wall_row {
    const char *name;
    int64_t ms;
    const char *text;
} wall_rows[] = {
    /* clang-format off */
    { "the epoch",            0,                "1970-01-01T00:00:00.000Z" },
    { "a millisecond after",  1,                "1970-01-01T00:00:00.001Z" },
    { "a leap day",           1709210096789,    "2024-02-29T12:34:56.789Z" },
    { "the last of a year",   1767225599999,    "2025-12-31T23:59:59.999Z" },
    { "beyond 32 bits",       4294967296000,    "2106-02-07T06:28:16.000Z" },
    { "the last that fits",   253402300799999,  "9999-12-31T23:59:59.999Z" },
    { "beyond what fits",     INT64_MAX,        "9999-12-31T23:59:59.999Z" },
    { "before the epoch",     -1,               "1970-01-01T00:00:00.000Z" },
    { "the smallest",         INT64_MIN,        "1970-01-01T00:00:00.000Z" },
    /* clang-format on */
};

static void check_wall(void **state)
{
    const struct wall_row *row = *state;
    char text[WALL_TEXT_SIZE];
    wall_format((struct wall){ row->ms }, text);
    assert_string_equal(text, row->text);
}

static void test_mono_saturates(void **state)
{
    (void)state;
    struct mono late = { INT64_MAX - 5 };
    struct mono early = { INT64_MIN + 5 };
    assert_int_equal(mono_after((struct mono){ 7 }, 3).ms, 10);
    assert_int_equal(mono_after((struct mono){ 7 }, -30).ms, -23);
    assert_true(mono_after(late, 5).ms == INT64_MAX);
    assert_true(mono_after(late, 6).ms == MONO_NEVER.ms);
    assert_true(mono_after(MONO_NEVER, INT64_MAX).ms == MONO_NEVER.ms);
    assert_true(mono_after(early, -6).ms == INT64_MIN);
    assert_true(mono_min(late, early).ms == early.ms);
    assert_true(mono_min(early, late).ms == early.ms);
}

static void test_clocks_do_not_go_back(void **state)
{
    (void)state;
    struct mono before = mono_now();
    for (int i = 0; i < 1000; i++) {
        struct mono now = mono_now();
        assert_true(now.ms >= before.ms);
        before = now;
    }
    assert_true(wall_now().ms > 1700000000000);
}

/* --- random ---------------------------------------------------------------------------------------------------- */

/* The first numbers of SplitMix64 from seed 1234567, from the code of its authors. */
static void test_random_equals_the_reference(void **state)
{
    (void)state;
    static const uint64_t expected[] = { 6457827717110365317u, 3203168211198807973u,
                                         9817491932198370423u, 4593380528125082431u,
                                         16408922859458223821u };
    struct random random = { 1234567 };
    for (size_t i = 0; i < COUNT_OF(expected); i++)
        assert_true(random_next(&random) == expected[i]);
}

static void test_random_stays_in_its_bounds(void **state)
{
    (void)state;
    struct random random = { 3 };
    int counts[10] = { 0 };
    for (int i = 0; i < 100000; i++) {
        int64_t below = random_below(&random, COUNT_OF(counts));
        assert_in_range(below, 0, COUNT_OF(counts) - 1);
        assert_int_equal(random_below(&random, 1), 0);
        assert_true(random_below(&random, INT64_MAX) >= 0);
        counts[below]++;
    }
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        assert_in_range(counts[i], 9500, 10500);
}

/* --- panic ----------------------------------------------------------------------------------------------------- */

static int hook_pipe[2];

static void write_to_pipe(void)
{
    ssize_t written = write(hook_pipe[1], "h", 1);
    (void)written;
    must(written == 77); /* it fails too: the hook must not be called again */
}

static void test_a_failed_must_calls_the_hook_once_and_aborts(void **state)
{
    (void)state;
    assert_int_equal(pipe(hook_pipe), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        close(STDERR_FILENO);
        open("/dev/null", O_WRONLY);
        panic_set_hook(write_to_pipe);
        must(child != 0);
        _exit(0);
    }
    int status;
    char output[8];
    assert_int_equal(waitpid(child, &status, 0), child);
    close(hook_pipe[1]);
    assert_int_equal(read(hook_pipe[0], output, sizeof output), 1);
    close(hook_pipe[0]);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void test_a_true_must_does_nothing(void **state)
{
    (void)state;
    int evaluated = 0;
    must(++evaluated == 1);
    assert_int_equal(evaluated, 1);
}

int main(void)
{
    static const struct CMUnitTest whole_tests[] = {
        cmocka_unit_test(test_own_codes_differ_from_errno),
        cmocka_unit_test(test_error_set_and_prefix),
        cmocka_unit_test(test_long_errors_are_cut_between_characters),
        cmocka_unit_test(test_divisions_against_their_definition),
        cmocka_unit_test(test_roots_against_their_definition),
        cmocka_unit_test(test_products_against_their_definition),
        cmocka_unit_test(test_shares_are_rounded_down),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_sizes_saturate),
        cmocka_unit_test(test_heap_zeroes_and_copies),
        cmocka_unit_test(test_heap_refuses_impossible_sizes),
        cmocka_unit_test(test_arena_pieces_do_not_overlap_and_are_aligned),
        cmocka_unit_test(test_arena_keeps_one_chunk),
        cmocka_unit_test(test_arena_that_grows_a_little_keeps_no_unused_chunks),
        cmocka_unit_test(test_arena_random_use_holds_little_more_than_its_need),
        cmocka_unit_test(test_arena_never_exceeds_its_maximum),
        cmocka_unit_test(test_arena_texts_are_adjacent_and_pieces_aligned),
        cmocka_unit_test(test_arena_copies_only_the_given_bytes),
        cmocka_unit_test(test_arena_texts_never_exceed_its_maximum),
        cmocka_unit_test(test_arena_fini_accepts_an_unused_arena),
        cmocka_unit_test(test_mono_saturates),
        cmocka_unit_test(test_clocks_do_not_go_back),
        cmocka_unit_test(test_random_equals_the_reference),
        cmocka_unit_test(test_random_stays_in_its_bounds),
        cmocka_unit_test(test_a_failed_must_calls_the_hook_once_and_aborts),
        cmocka_unit_test(test_a_true_must_does_nothing),
    };
    struct CMUnitTest error_tests[COUNT_OF(error_rows)];
    struct CMUnitTest division_tests[COUNT_OF(division_rows)];
    struct CMUnitTest root_tests[COUNT_OF(root_rows)];
    struct CMUnitTest product_tests[COUNT_OF(product_rows)];
    struct CMUnitTest wall_tests[COUNT_OF(wall_rows)];
    TESTS_FROM_ROWS(error_tests, error_rows, check_error);
    TESTS_FROM_ROWS(division_tests, division_rows, check_division);
    TESTS_FROM_ROWS(root_tests, root_rows, check_root);
    TESTS_FROM_ROWS(product_tests, product_rows, check_product);
    TESTS_FROM_ROWS(wall_tests, wall_rows, check_wall);
    int failed = cmocka_run_group_tests_name("error", error_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("divisions", division_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("roots", root_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("products", product_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("wall_format", wall_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("base", whole_tests, NULL, NULL);
    return failed;
}
