/*
 * The ring as its header describes it: step by step on one thread, then between two threads.
 */
#include "engine/base/ring.h"

#include "engine/base/panic.h"
#include "engine/base/random.h"
#include "tests/support/sanitizer.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEPS_MAX 12
#define ITEMS_MAX 64

/* --- one thread ------------------------------------------------------------------------------------------------ */

/* PUSH and POP take a count, and items are numbered as they are pushed; FULL and EMPTY are refusals. */
enum op { OP_END, OP_PUSH, OP_FULL, OP_POP, OP_EMPTY, OP_CLOSE, OP_OVER, OP_NOT_OVER };

struct step {
    enum op op;
    int count;
};

static const struct ring_row {
    const char *name;
    size_t size;
    int rounds; /* how often the steps are repeated on the same ring */
    struct step steps[STEPS_MAX];
} ring_rows[] = {
    /* clang-format off */
    { "a new ring is empty",  8, 1, {
        { OP_EMPTY, 0 }, { OP_NOT_OVER, 0 } } },
    { "in and out", 8, 1, {
        { OP_PUSH, 1 }, { OP_NOT_OVER, 0 }, { OP_POP, 1 }, { OP_EMPTY, 0 } } },
    { "order is kept", 8, 1, {
        { OP_PUSH, 5 }, { OP_POP, 5 }, { OP_EMPTY, 0 } } },
    { "holds its size and no more", 8, 1, {
        { OP_PUSH, 8 }, { OP_FULL, 0 }, { OP_FULL, 0 }, { OP_POP, 8 }, { OP_EMPTY, 0 } } },
    { "one pop makes room for one push", 8, 1, {
        { OP_PUSH, 8 }, { OP_FULL, 0 }, { OP_POP, 1 }, { OP_PUSH, 1 }, { OP_FULL, 0 }, { OP_POP, 8 },
        { OP_EMPTY, 0 } } },
    { "one push after an empty pop", 8, 1, {
        { OP_EMPTY, 0 }, { OP_PUSH, 1 }, { OP_POP, 1 }, { OP_EMPTY, 0 }, { OP_PUSH, 1 }, { OP_POP, 1 },
        { OP_EMPTY, 0 } } },
    { "size 1", 1, 5, {
        { OP_PUSH, 1 }, { OP_FULL, 0 }, { OP_POP, 1 }, { OP_EMPTY, 0 } } },
    { "size 2, never empty", 2, 1, {
        { OP_PUSH, 1 }, { OP_PUSH, 1 }, { OP_FULL, 0 }, { OP_POP, 1 }, { OP_PUSH, 1 }, { OP_POP, 1 },
        { OP_PUSH, 1 }, { OP_FULL, 0 }, { OP_POP, 2 }, { OP_EMPTY, 0 } } },
    { "wraps, filled each time",    4, 1000, {
        { OP_PUSH, 4 }, { OP_FULL, 0 }, { OP_POP, 4 }, { OP_EMPTY, 0 } } },
    { "wraps, full at each position", 4, 1000, {
        { OP_PUSH, 3 }, { OP_POP, 2 }, { OP_PUSH, 3 }, { OP_FULL, 0 }, { OP_POP, 4 }, { OP_EMPTY, 0 },
        { OP_PUSH, 1 }, { OP_POP, 1 } } },
    { "wraps, one at a time",      8, 1000, {
        { OP_PUSH, 1 }, { OP_POP, 1 } } },
    { "closed while empty", 8, 1, {
        { OP_CLOSE, 0 }, { OP_OVER, 0 }, { OP_EMPTY, 0 }, { OP_OVER, 0 } } },
    { "closed: the rest can be popped", 8, 1, {
        { OP_PUSH, 3 }, { OP_CLOSE, 0 }, { OP_NOT_OVER, 0 }, { OP_POP, 2 }, { OP_NOT_OVER, 0 },
        { OP_POP, 1 }, { OP_OVER, 0 }, { OP_EMPTY, 0 } } },
    { "closed while full", 4, 1, {
        { OP_PUSH, 4 }, { OP_FULL, 0 }, { OP_CLOSE, 0 }, { OP_NOT_OVER, 0 }, { OP_POP, 4 }, { OP_OVER, 0 } } },
    { "closed after it wrapped",    4, 1, {
        { OP_PUSH, 4 }, { OP_POP, 4 }, { OP_PUSH, 3 }, { OP_CLOSE, 0 }, { OP_NOT_OVER, 0 }, { OP_POP, 3 },
        { OP_OVER, 0 } } },
    { "closed twice", 4, 1, {
        { OP_PUSH, 1 }, { OP_CLOSE, 0 }, { OP_CLOSE, 0 }, { OP_POP, 1 }, { OP_OVER, 0 } } },
    /* clang-format on */
};

/* Items are addresses in an array; only the addresses are compared. */
struct walk {
    struct ring *ring;
    size_t pushed;
    size_t popped;
    char items[ITEMS_MAX];
};

static void push_many(struct walk *walk, int count)
{
    for (int i = 0; i < count; i++)
        assert_true(ring_push(walk->ring, &walk->items[walk->pushed++ % ITEMS_MAX]));
}

static void pop_many(struct walk *walk, int count)
{
    for (int i = 0; i < count; i++)
        assert_ptr_equal(ring_pop(walk->ring), &walk->items[walk->popped++ % ITEMS_MAX]);
}

static void take_step(struct walk *walk, const struct step *step)
{
    switch (step->op) {
    case OP_END:
        break;
    case OP_PUSH:
        push_many(walk, step->count);
        break;
    case OP_FULL:
        assert_false(ring_push(walk->ring, &walk->items[walk->pushed % ITEMS_MAX]));
        break;
    case OP_POP:
        pop_many(walk, step->count);
        break;
    case OP_EMPTY:
        assert_null(ring_pop(walk->ring));
        break;
    case OP_CLOSE:
        ring_close(walk->ring);
        break;
    case OP_OVER:
        assert_true(ring_is_over(walk->ring));
        break;
    case OP_NOT_OVER:
        assert_false(ring_is_over(walk->ring));
        break;
    }
}

static void row_behaves_as_expected(void **state)
{
    const struct ring_row *row = *state;
    struct walk walk = { 0 };
    assert_int_equal(ring_create(row->size, &walk.ring), 0);
    for (int round = 0; round < row->rounds; round++)
        for (const struct step *step = row->steps; step->op != OP_END; step++)
            take_step(&walk, step);
    ring_destroy(walk.ring);
    assert_int_equal(watched_heap.live_count, 0);
}

/* --- memory ---------------------------------------------------------------------------------------------------- */

static void without_memory_there_is_no_ring(void **state)
{
    (void)state;
    struct ring *const untouched = (struct ring *)&watched_heap;
    struct ring *ring = untouched;
    int failures = 0;
    for (int64_t successes = 0;; successes++) {
        watched_heap.succeed_count = successes;
        int failed = ring_create(8, &ring);
        watched_heap.succeed_count = -1;
        if (!failed)
            break;
        failures++;
        assert_int_equal(failed, -ENOMEM);
        assert_ptr_equal(ring, untouched);
        assert_int_equal(watched_heap.live_count, 0);
    }
    assert_true(failures > 0);
    ring_destroy(ring);
    assert_int_equal(watched_heap.live_count, 0);
}

static void a_size_beyond_all_memory_is_refused(void **state)
{
    (void)state;
    struct ring *ring = NULL;
    assert_int_equal(ring_create(SIZE_MAX / 2 + 1, &ring), -ENOMEM);
    assert_null(ring);
    assert_int_equal(watched_heap.live_count, 0);
}

static void destroy_accepts_null(void **state)
{
    (void)state;
    ring_destroy(NULL);
    assert_int_equal(watched_heap.live_count, 0);
}

static void remaining_items_are_not_owned(void **state)
{
    (void)state;
    struct ring *ring;
    char item = 'x';
    assert_int_equal(ring_create(2, &ring), 0);
    assert_true(ring_push(ring, &item));
    ring_destroy(ring);
    assert_int_equal(watched_heap.live_count, 0);
    assert_int_equal(item, 'x');
}

/* Every allocation would fail. */
static void push_and_pop_allocate_nothing(void **state)
{
    (void)state;
    struct walk walk = { 0 };
    assert_int_equal(ring_create(8, &walk.ring), 0);
    size_t live_count = watched_heap.live_count;
    watched_heap.succeed_count = 0;
    for (int i = 0; i < 100; i++) {
        push_many(&walk, 8);
        pop_many(&walk, 8);
    }
    ring_close(walk.ring);
    watched_heap.succeed_count = -1;
    assert_int_equal(watched_heap.live_count, live_count);
    ring_destroy(walk.ring);
}

/* --- failed checks --------------------------------------------------------------------------------------------- */

static void create_with_size_zero(void)
{
    struct ring *ring;
    ring_create(0, &ring);
}

static void create_with_an_odd_size(void)
{
    struct ring *ring;
    ring_create(3, &ring);
}

static void push_null(void)
{
    struct ring *ring;
    if (ring_create(2, &ring) == 0)
        ring_push(ring, NULL);
}

static const struct bug_row {
    const char *name;
    void (*commit)(void);
} bug_rows[] = {
    { "a size of 0", create_with_size_zero },
    { "a size that is not a power of two", create_with_an_odd_size },
    { "a push of NULL, which means empty", push_null },
};

static void bug_is_caught(void **state)
{
    const struct bug_row *row = *state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        close(STDERR_FILENO);
        open("/dev/null", O_WRONLY);
        row->commit();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* --- two threads ----------------------------------------------------------------------------------------------- */

#define WORDS 6

/*
 * A message is written before its push, and overwritten after its pop. There are two more messages than slots, so the
 * producer reuses a message only after the consumer has released it, which only the ring synchronizes. Missing
 * synchronization in either direction gives wrong words, or a report of the thread sanitizer.
 */
struct message {
    uint64_t number;
    uint64_t words[WORDS];
};

enum pace { PACE_EVEN, PACE_SLOW_PRODUCER, PACE_SLOW_CONSUMER };

static const struct stress_row {
    const char *name;
    size_t size;
    uint64_t count;
    enum pace pace;
} stress_rows[] = {
    /* clang-format off */
    { "two threads, size 1",                       1,  200000, PACE_EVEN },
    { "two threads, size 2",                       2,  500000, PACE_EVEN },
    { "two threads, size 2, mostly full",          2,  200000, PACE_SLOW_CONSUMER },
    { "two threads, size 2, mostly empty",         2,  200000, PACE_SLOW_PRODUCER },
    { "two threads, size 8",                       8, 1000000, PACE_EVEN },
    { "two threads, size 8, mostly full",          8,  500000, PACE_SLOW_CONSUMER },
    { "two threads, size 8, mostly empty",         8,  500000, PACE_SLOW_PRODUCER },
    { "two threads, size 1024",                 1024, 3000000, PACE_EVEN },
    { "two threads, size 1024, mostly full",    1024, 1000000, PACE_SLOW_CONSUMER },
    { "two threads, size 1024, mostly empty",   1024, 1000000, PACE_SLOW_PRODUCER },
    /* clang-format on */
};

struct stress {
    struct ring *ring;
    struct message *pool;
    size_t pool_count;
    uint64_t count;
    enum pace pace;
};

static void write_message(struct message *message, uint64_t number)
{
    message->number = number;
    for (uint64_t i = 0; i < WORDS; i++)
        message->words[i] = random_mix(number * WORDS + i);
}

static bool is_complete(const struct message *message, uint64_t number)
{
    if (message->number != number)
        return false;
    for (uint64_t i = 0; i < WORDS; i++)
        if (message->words[i] != random_mix(number * WORDS + i))
            return false;
    return true;
}

static void overwrite(struct message *message)
{
    memset(message, 0xee, sizeof *message);
}

/* The slow side yields now and then, so that the ring has every fill level. */
static void yield_sometimes(uint64_t number)
{
    if (random_mix(number) % 64 == 0)
        sched_yield();
}

static void *produce(void *context)
{
    struct stress *stress = context;
    for (uint64_t number = 0; number < stress->count; number++) {
        struct message *message = &stress->pool[number % stress->pool_count];
        write_message(message, number);
        while (!ring_push(stress->ring, message))
            sched_yield();
        if (stress->pace == PACE_SLOW_PRODUCER)
            yield_sometimes(number);
    }
    ring_close(stress->ring);
    return NULL;
}

struct tally {
    uint64_t taken;
    uint64_t wrong; /* lost, repeated, out of order or not complete */
};

static struct tally consume(struct stress *stress)
{
    struct tally tally = { 0 };
    while (!ring_is_over(stress->ring)) {
        struct message *message = ring_pop(stress->ring);
        if (!message) {
            sched_yield();
            continue;
        }
        tally.wrong += !is_complete(message, tally.taken);
        tally.taken++;
        overwrite(message);
        if (stress->pace == PACE_SLOW_CONSUMER)
            yield_sometimes(tally.taken);
    }
    return tally;
}

static void every_message_arrives_once_complete_and_in_order(void **state)
{
    const struct stress_row *row = *state;
    struct stress stress = {
        .pool_count = row->size + 2,
        .count = row->count / SLOWER,
        .pace = row->pace,
    };
    pthread_t producer;
    stress.pool = heap_alloc(stress.pool_count, sizeof *stress.pool);
    assert_non_null(stress.pool);
    assert_int_equal(ring_create(row->size, &stress.ring), 0);
    assert_int_equal(pthread_create(&producer, NULL, produce, &stress), 0);
    struct tally tally = consume(&stress);
    assert_int_equal(pthread_join(producer, NULL), 0);
    assert_int_equal(tally.wrong, 0);
    assert_int_equal(tally.taken, stress.count);
    assert_null(ring_pop(stress.ring));
    ring_destroy(stress.ring);
    heap_free(stress.pool);
    assert_int_equal(watched_heap.live_count, 0);
}

/* --- the end --------------------------------------------------------------------------------------------------- */

#define ENDINGS (20000 / SLOWER)
#define ENDING_SIZE 4
#define POLLS 200

/* A ring that is closed while the consumer polls it. */
struct ending {
    struct ring *ring;
    size_t written; /* written after the last push, before the end */
};

struct endings {
    struct ring *requests; /* from the consumer: it polls the next ring now */
    struct ending each[ENDINGS];
};

static size_t ending_length(size_t i)
{
    return i % (ENDING_SIZE + 1);
}

static void *end_each(void *context)
{
    struct endings *endings = context;
    for (size_t i = 0; i < ENDINGS; i++) {
        struct ending *ending = &endings->each[i];
        while (!ring_pop(endings->requests))
            sched_yield();
        for (size_t pushed = 0; pushed < ending_length(i); pushed++)
            ring_push(ending->ring, ending);
        ending->written = i;
        ring_close(ending->ring);
    }
    return NULL;
}

/* ring_is_over is true only after the last item was popped, however often it is called. */
static size_t take_until_over(struct ring *ring)
{
    size_t count = 0;
    for (size_t polls = 1; !ring_is_over(ring); polls++) {
        count += ring_pop(ring) != NULL;
        if (polls % POLLS == 0)
            sched_yield();
    }
    return count;
}

static size_t pop_each(struct endings *endings)
{
    size_t wrong = 0;
    for (size_t i = 0; i < ENDINGS; i++) {
        while (!ring_push(endings->requests, endings))
            sched_yield();
        wrong += take_until_over(endings->each[i].ring) != ending_length(i);
        wrong += endings->each[i].written != i;
    }
    return wrong;
}

static void the_end_does_not_overtake_items(void **state)
{
    (void)state;
    struct endings *endings = heap_alloc(1, sizeof *endings);
    pthread_t producer;
    assert_non_null(endings);
    assert_int_equal(ring_create(1, &endings->requests), 0);
    for (size_t i = 0; i < ENDINGS; i++)
        assert_int_equal(ring_create(ENDING_SIZE, &endings->each[i].ring), 0);
    assert_int_equal(pthread_create(&producer, NULL, end_each, endings), 0);
    size_t wrong = pop_each(endings);
    assert_int_equal(pthread_join(producer, NULL), 0);
    assert_int_equal(wrong, 0);
    for (size_t i = 0; i < ENDINGS; i++)
        ring_destroy(endings->each[i].ring);
    ring_destroy(endings->requests);
    heap_free(endings);
    assert_int_equal(watched_heap.live_count, 0);
}

/* Each side may move to another thread that is synchronized with the previous one. */
static void *pop_two(void *context)
{
    struct ring *ring = context;
    ring_pop(ring);
    return ring_pop(ring);
}

static void a_side_can_move_to_another_thread(void **state)
{
    (void)state;
    struct walk walk = { 0 };
    assert_int_equal(ring_create(4, &walk.ring), 0);
    for (int round = 0; round < 10; round++) {
        pthread_t consumer;
        void *second;
        push_many(&walk, 4);
        pop_many(&walk, 1);
        assert_int_equal(pthread_create(&consumer, NULL, pop_two, walk.ring), 0);
        assert_int_equal(pthread_join(consumer, &second), 0);
        assert_ptr_equal(second, &walk.items[(walk.popped + 1) % ITEMS_MAX]);
        walk.popped += 2;
        pop_many(&walk, 1);
        assert_null(ring_pop(walk.ring));
    }
    ring_destroy(walk.ring);
}

int main(void)
{
    struct CMUnitTest rows[COUNT_OF(ring_rows)];
    struct CMUnitTest bugs[COUNT_OF(bug_rows)];
    struct CMUnitTest stresses[COUNT_OF(stress_rows)];
    TESTS_FROM_ROWS(rows, ring_rows, row_behaves_as_expected);
    TESTS_FROM_ROWS(bugs, bug_rows, bug_is_caught);
    TESTS_FROM_ROWS(stresses, stress_rows, every_message_arrives_once_complete_and_in_order);
    const struct CMUnitTest memory[] = {
        cmocka_unit_test(without_memory_there_is_no_ring),
        cmocka_unit_test(a_size_beyond_all_memory_is_refused),
        cmocka_unit_test(destroy_accepts_null),
        cmocka_unit_test(remaining_items_are_not_owned),
        cmocka_unit_test(push_and_pop_allocate_nothing),
    };
    const struct CMUnitTest ends[] = {
        cmocka_unit_test(the_end_does_not_overtake_items),
        cmocka_unit_test(a_side_can_move_to_another_thread),
    };
    int failed = cmocka_run_group_tests_name("ring: rows", rows, NULL, NULL);
    failed += cmocka_run_group_tests_name("ring: memory", memory, NULL, NULL);
    failed += cmocka_run_group_tests_name("ring: bugs", bugs, NULL, NULL);
    failed += cmocka_run_group_tests_name("ring: two threads", stresses, NULL, NULL);
    failed += cmocka_run_group_tests_name("ring: ends", ends, NULL, NULL);
    return failed;
}
