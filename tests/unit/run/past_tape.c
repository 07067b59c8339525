#include "engine/run/past/past_tape.h"

#include "engine/base/random.h"
#include "tests/support/counting_heap.h"
#include "tests/support/test.h"

#include <string.h>

#define BLOCKS 20
#define WORDS 30
#define PASSES 40

struct blocks {
    uint64_t words[BLOCKS][WORDS];
};

static void apply(void *context, uint32_t key, const struct past_change *change)
{
    struct blocks *blocks = context;
    past_tape_apply(change, blocks->words[key], sizeof blocks->words[key]);
}

/* Some blocks change in some words, and a block may change twice. */
static void run_pass(struct past_tape *tape, struct blocks *blocks, struct random *random)
{
    past_tape_begin(tape);
    for (int i = 0; i < BLOCKS; i++) {
        uint32_t key = (uint32_t)random_below(random, BLOCKS);
        uint64_t before[WORDS];
        memcpy(before, blocks->words[key], sizeof before);
        for (int changes = (int)random_below(random, 4); changes > 0; changes--)
            blocks->words[key][random_below(random, WORDS)] =
                random_next(random) >> random_below(random, 60);
        past_tape_note(tape, key, before, blocks->words[key], sizeof before);
    }
}

static void passes_are_taken_back_and_done_again(void **state)
{
    (void)state;
    static struct blocks history[PASSES + 1];
    struct blocks now = { 0 };
    struct random random = { 7 };
    struct past_tape *tape;
    assert_int_equal(past_tape_create((size_t)1 << 20, &tape), 0);
    for (int pass = 1; pass <= PASSES; pass++) {
        run_pass(tape, &now, &random);
        history[pass] = now;
    }
    int pass = PASSES;
    for (int i = 0; i < 500; i++) {
        bool is_back = pass == PASSES || (pass > 0 && random_below(&random, 2) == 0);
        assert_int_equal(past_tape_behind(tape), pass);
        assert_int_equal(past_tape_ahead(tape), PASSES - pass);
        if (is_back)
            past_tape_back(tape, apply, &now);
        else
            past_tape_again(tape, apply, &now);
        pass += is_back ? -1 : 1;
        assert_memory_equal(&now, &history[pass], sizeof now);
    }
    past_tape_destroy(tape);
    past_tape_destroy(NULL);
    assert_int_equal(heap_held_count(), 0);
}

static void a_new_pass_drops_those_that_were_taken_back(void **state)
{
    (void)state;
    struct blocks now = { 0 };
    struct blocks kept;
    struct random random = { 8 };
    struct past_tape *tape;
    assert_int_equal(past_tape_create((size_t)1 << 20, &tape), 0);
    for (int pass = 0; pass < 5; pass++)
        run_pass(tape, &now, &random);
    past_tape_back(tape, apply, &now);
    past_tape_back(tape, apply, &now);
    kept = now;
    run_pass(tape, &now, &random);
    assert_int_equal(past_tape_ahead(tape), 0);
    assert_int_equal(past_tape_behind(tape), 4);
    past_tape_back(tape, apply, &now);
    assert_memory_equal(&now, &kept, sizeof now);
    past_tape_clear(tape);
    assert_int_equal(past_tape_behind(tape) + past_tape_ahead(tape), 0);
    past_tape_destroy(tape);
}

static void the_oldest_passes_give_way(void **state)
{
    (void)state;
    struct blocks now = { 0 };
    struct blocks before[PASSES];
    struct random random = { 9 };
    struct past_tape *tape;
    assert_int_equal(past_tape_create((size_t)32 * 1024, &tape), 0);
    for (int pass = 0; pass < PASSES; pass++) {
        before[pass] = now;
        run_pass(tape, &now, &random);
    }
    size_t behind = past_tape_behind(tape);
    assert_in_range(behind, 3, PASSES - 1);
    for (size_t i = 0; i < behind; i++)
        past_tape_back(tape, apply, &now);
    assert_memory_equal(&now, &before[PASSES - behind], sizeof now);
    past_tape_destroy(tape);
}

static void without_memory_no_pass_is_kept(void **state)
{
    (void)state;
    struct blocks now = { 0 };
    struct random random = { 10 };
    struct past_tape *tape;
    heap_fail_after(0);
    assert_int_not_equal(past_tape_create(4096, &tape), 0);
    heap_fail_never();
    assert_int_equal(past_tape_create((size_t)1 << 20, &tape), 0);
    run_pass(tape, &now, &random);
    heap_fail_after(0);
    run_pass(tape, &now, &random);
    heap_fail_never();
    assert_int_equal(past_tape_behind(tape), 0);
    run_pass(tape, &now, &random);
    assert_int_equal(past_tape_behind(tape), 1);
    past_tape_destroy(tape);
    assert_int_equal(heap_held_count(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_are_taken_back_and_done_again),
        cmocka_unit_test(a_new_pass_drops_those_that_were_taken_back),
        cmocka_unit_test(the_oldest_passes_give_way),
        cmocka_unit_test(without_memory_no_pass_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
