/*
 * Both ends of a feed against their headers, step by step on one thread.
 */
#include "engine/view/feed_source.h"

#include "engine/base/panic.h"
#include "tests/support/feed_fixture.h"
#include "tests/support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- one thread ------------------------------------------------------------------------------------------------ */

#define STEPS_MAX 14
#define SNAPSHOTS 256

/* What the engine does, what the console does, and how each is refused. Counted where it makes sense. */
enum op {
    OP_END,
    OP_OFFER,
    OP_OFFER_REFUSED,
    OP_SPENT,
    OP_NO_SPENT,
    OP_TAKE,
    OP_NO_COMMAND,
    OP_CLOSE,
    OP_SETTLE,
    OP_NEXT,
    OP_NO_NEXT,
    OP_RELEASE,
    OP_SEND,
    OP_SEND_REFUSED,
    OP_IS_OVER,
    OP_GOES_ON,
};

/* A step, how often, then: is the descriptor readable, and how often was the engine woken by the step? */
struct step {
    enum op op;
    int count;
    bool is_readable;
    int wakes;
};

#define QUIET false
#define READABLE true

static const struct feed_row {
    const char *name;
    struct step steps[STEPS_MAX];
} feed_rows[] = {
    /* clang-format off */
    { "a new one has nothing, either way", {
        { OP_NO_NEXT,         1, QUIET,    0 },
        { OP_NO_SPENT,        1, QUIET,    0 },
        { OP_NO_COMMAND,      1, QUIET,    0 },
        { OP_GOES_ON,         1, QUIET,    0 } } },
    { "a snapshot goes over and comes back", {
        { OP_OFFER,           1, READABLE, 0 },
        { OP_SETTLE,          1, QUIET,    0 },
        { OP_NEXT,            1, QUIET,    0 },
        { OP_NO_NEXT,         1, QUIET,    0 },
        { OP_NO_SPENT,        1, QUIET,    0 },
        { OP_RELEASE,         1, QUIET,    0 },
        { OP_SPENT,           1, QUIET,    0 },
        { OP_NO_SPENT,        1, QUIET,    0 } } },
    { "readable until it is settled, not until it is taken", {
        { OP_OFFER,           1, READABLE, 0 },
        { OP_NEXT,            1, READABLE, 0 },
        { OP_NO_NEXT,         1, READABLE, 0 },
        { OP_SETTLE,          1, QUIET,    0 } } },
    { "settling takes nothing away", {
        { OP_OFFER,           2, READABLE, 0 },
        { OP_SETTLE,          1, QUIET,    0 },
        { OP_SETTLE,          1, QUIET,    0 },
        { OP_NEXT,            2, QUIET,    0 },
        { OP_NO_NEXT,         1, QUIET,    0 } } },
    { "settling with no news does not wait", {
        { OP_SETTLE,          3, QUIET,    0 } } },
    { "many offers are one piece of news", {
        { OP_OFFER,           5, READABLE, 0 },
        { OP_SETTLE,          1, QUIET,    0 },
        { OP_NEXT,            5, QUIET,    0 },
        { OP_NO_NEXT,         1, QUIET,    0 } } },
    { "what comes after settling wakes again", {
        { OP_OFFER,           1, READABLE, 0 },
        { OP_SETTLE,          1, QUIET,    0 },
        { OP_OFFER,           1, READABLE, 0 },
        { OP_NEXT,            2, READABLE, 0 },
        { OP_NO_NEXT,         1, READABLE, 0 },
        { OP_SETTLE,          1, QUIET,    0 },
        { OP_NO_NEXT,         1, QUIET,    0 } } },
    { "as many as may wait, and no more", {
        { OP_OFFER,           FEED_SNAPSHOTS_MAX, READABLE, 0 },
        { OP_OFFER_REFUSED,   2, READABLE, 0 },
        { OP_SETTLE,          1, QUIET,    0 },
        { OP_NEXT,            FEED_SNAPSHOTS_MAX, QUIET, 0 } } },
    { "an offer that is refused is no news", {
        { OP_OFFER,           FEED_SNAPSHOTS_MAX, READABLE, 0 },
        { OP_SETTLE,          1, QUIET,    0 },
        { OP_OFFER_REFUSED,   2, QUIET,    0 } } },
    { "emptied after it was full: the engine is woken, once", {
        { OP_OFFER,           FEED_SNAPSHOTS_MAX, READABLE, 0 },
        { OP_OFFER_REFUSED,   1, READABLE, 0 },
        { OP_SETTLE,          1, QUIET,    0 },
        { OP_NEXT,            FEED_SNAPSHOTS_MAX, QUIET, 0 },
        { OP_NO_NEXT,         1, QUIET,    1 },
        { OP_NO_NEXT,         1, QUIET,    0 },
        { OP_OFFER,           1, READABLE, 0 },
        { OP_NEXT,            1, READABLE, 0 },
        { OP_NO_NEXT,         1, READABLE, 0 } } },
    { "emptied in two goes after it was full", {
        { OP_OFFER,           FEED_SNAPSHOTS_MAX, READABLE, 0 },
        { OP_OFFER_REFUSED,   1, READABLE, 0 },
        { OP_NEXT,            3, READABLE, 0 },
        { OP_RELEASE,         3, READABLE, 0 },
        { OP_NEXT,            FEED_SNAPSHOTS_MAX - 3, READABLE, 0 },
        { OP_NO_NEXT,         1, READABLE, 1 } } },
    { "full in the middle of a look", {
        { OP_OFFER,           2, READABLE, 0 },
        { OP_NEXT,            2, READABLE, 0 },
        { OP_OFFER,           FEED_SNAPSHOTS_MAX, READABLE, 0 },
        { OP_OFFER_REFUSED,   1, READABLE, 0 },
        { OP_NEXT,            FEED_SNAPSHOTS_MAX, READABLE, 0 },
        { OP_NO_NEXT,         1, READABLE, 1 } } },
    { "never full: the engine sleeps on", {
        { OP_OFFER,           FEED_SNAPSHOTS_MAX - 1, READABLE, 0 },
        { OP_NEXT,            FEED_SNAPSHOTS_MAX - 1, READABLE, 0 },
        { OP_NO_NEXT,         1, READABLE, 0 },
        { OP_OFFER,           1, READABLE, 0 },
        { OP_NEXT,            1, READABLE, 0 },
        { OP_NO_NEXT,         1, READABLE, 0 },
        { OP_RELEASE,         FEED_SNAPSHOTS_MAX, READABLE, 0 } } },
    { "several may be held, and there is room for others", {
        { OP_OFFER,           FEED_SNAPSHOTS_MAX, READABLE, 0 },
        { OP_NEXT,            FEED_SNAPSHOTS_MAX, READABLE, 0 },
        { OP_OFFER,           FEED_SNAPSHOTS_MAX, READABLE, 0 },
        { OP_NO_SPENT,        1, READABLE, 0 },
        { OP_NEXT,            FEED_SNAPSHOTS_MAX, READABLE, 0 },
        { OP_RELEASE,         2 * FEED_SNAPSHOTS_MAX, READABLE, 0 },
        { OP_SPENT,           2 * FEED_SNAPSHOTS_MAX, READABLE, 0 },
        { OP_NO_SPENT,        1, READABLE, 0 } } },
    { "every command wakes the engine, and not the console", {
        { OP_SEND,            1, QUIET,    1 },
        { OP_SEND,            4, QUIET,    4 },
        { OP_TAKE,            5, QUIET,    0 },
        { OP_NO_COMMAND,      1, QUIET,    0 } } },
    { "as many commands as may wait, and no more", {
        { OP_SEND,            FEED_COMMANDS_MAX, QUIET, FEED_COMMANDS_MAX },
        { OP_SEND_REFUSED,    2, QUIET,    0 },
        { OP_TAKE,            1, QUIET,    0 },
        { OP_SEND,            1, QUIET,    1 },
        { OP_SEND_REFUSED,    1, QUIET,    0 },
        { OP_TAKE,            FEED_COMMANDS_MAX, QUIET, 0 },
        { OP_NO_COMMAND,      1, QUIET,    0 } } },
    { "commands pass while no snapshot does", {
        { OP_OFFER,           FEED_SNAPSHOTS_MAX, READABLE, 0 },
        { OP_OFFER_REFUSED,   1, READABLE, 0 },
        { OP_SEND,            2, READABLE, 2 },
        { OP_TAKE,            2, READABLE, 0 } } },
    { "the end is news", {
        { OP_GOES_ON,         1, QUIET,    0 },
        { OP_CLOSE,           1, READABLE, 0 },
        { OP_IS_OVER,         1, READABLE, 0 },
        { OP_SETTLE,          1, QUIET,    0 },
        { OP_NO_NEXT,         1, QUIET,    0 },
        { OP_IS_OVER,         1, QUIET,    0 } } },
    { "what the engine left can be taken first", {
        { OP_OFFER,           2, READABLE, 0 },
        { OP_CLOSE,           1, READABLE, 0 },
        { OP_SETTLE,          1, QUIET,    0 },
        { OP_GOES_ON,         1, QUIET,    0 },
        { OP_NEXT,            1, QUIET,    0 },
        { OP_GOES_ON,         1, QUIET,    0 },
        { OP_NEXT,            1, QUIET,    0 },
        { OP_IS_OVER,         1, QUIET,    0 },
        { OP_RELEASE,         2, QUIET,    0 },
        { OP_SPENT,           2, QUIET,    0 } } },
    { "closed while full", {
        { OP_OFFER,           FEED_SNAPSHOTS_MAX, READABLE, 0 },
        { OP_CLOSE,           1, READABLE, 0 },
        { OP_NEXT,            FEED_SNAPSHOTS_MAX, READABLE, 0 },
        { OP_IS_OVER,         1, READABLE, 0 } } },
    { "sending to an engine that has ended does no harm", {
        { OP_CLOSE,           1, READABLE, 0 },
        { OP_SEND,            3, READABLE, 3 } } },
    { "destroyed with everything full", {
        { OP_OFFER,           FEED_SNAPSHOTS_MAX, READABLE, 0 },
        { OP_NEXT,            FEED_SNAPSHOTS_MAX, READABLE, 0 },
        { OP_RELEASE,         FEED_SNAPSHOTS_MAX, READABLE, 0 },
        { OP_OFFER,           FEED_SNAPSHOTS_MAX, READABLE, 0 },
        { OP_SEND,            FEED_COMMANDS_MAX, READABLE, FEED_COMMANDS_MAX } } },
    { "destroyed with some commands taken", {
        { OP_SEND,            9, QUIET,    9 },
        { OP_TAKE,            4, QUIET,    0 } } },
    /* clang-format on */
};

/* Everything is numbered in the order in which it goes; snapshots return in that order, too. */
struct walk {
    struct feed *feed;
    int wakes;
    struct snapshot snapshots[SNAPSHOTS];
    size_t offered;
    size_t taken;
    size_t released;
    size_t spent;
    uint32_t sent;
    uint32_t received;
};

static void count_wake(void *context)
{
    int *wakes = context;
    ++*wakes;
}

static bool is_readable(const struct feed *feed)
{
    struct pollfd pollfd = { .fd = feed_descriptor(feed), .events = POLLIN };
    assert_in_range(poll(&pollfd, 1, 0), 0, 1);
    assert_int_equal(pollfd.revents & ~POLLIN, 0);
    return pollfd.revents == POLLIN;
}

static void refuse_send(struct walk *walk)
{
    int64_t live_count = heap.live_count;
    assert_int_equal(send_and_spoil(walk->feed, walk->sent), -EAGAIN);
    assert_int_equal(heap.live_count, live_count);
}

static void take_command(struct walk *walk)
{
    struct command command;
    assert_true(feed_take_command(walk->feed, &command));
    assert_true(is_command(&command, walk->received++));
}

/* Without a command, *ret_command is unchanged. */
static void take_no_command(struct walk *walk)
{
    struct command command = command_of(4711);
    assert_false(feed_take_command(walk->feed, &command));
    assert_true(is_command(&command, 4711));
}

static void take_engine_step(struct walk *walk, enum op op)
{
    if (op == OP_OFFER)
        assert_true(feed_offer(walk->feed, &walk->snapshots[walk->offered++]));
    else if (op == OP_OFFER_REFUSED)
        assert_false(feed_offer(walk->feed, &walk->snapshots[walk->offered]));
    else if (op == OP_SPENT)
        assert_ptr_equal(feed_take_spent(walk->feed), &walk->snapshots[walk->spent++]);
    else if (op == OP_NO_SPENT)
        assert_null(feed_take_spent(walk->feed));
    else if (op == OP_TAKE)
        take_command(walk);
    else if (op == OP_NO_COMMAND)
        take_no_command(walk);
    else
        feed_close(walk->feed);
}

static void take_console_step(struct walk *walk, enum op op)
{
    if (op == OP_SETTLE)
        feed_settle(walk->feed);
    else if (op == OP_NEXT)
        assert_ptr_equal(feed_next(walk->feed), &walk->snapshots[walk->taken++]);
    else if (op == OP_NO_NEXT)
        assert_null(feed_next(walk->feed));
    else if (op == OP_RELEASE)
        feed_release(walk->feed, &walk->snapshots[walk->released++]);
    else if (op == OP_SEND)
        assert_int_equal(send_and_spoil(walk->feed, walk->sent++), 0);
    else if (op == OP_SEND_REFUSED)
        refuse_send(walk);
    else
        assert_int_equal(feed_is_over(walk->feed), op == OP_IS_OVER);
}

static void take_step(struct walk *walk, const struct step *step)
{
    walk->wakes = 0;
    for (int i = 0; i < step->count; i++) {
        if (step->op < OP_SETTLE)
            take_engine_step(walk, step->op);
        else
            take_console_step(walk, step->op);
    }
    assert_int_equal(is_readable(walk->feed), step->is_readable);
    assert_int_equal(walk->wakes, step->wakes);
}

static void row_is_kept(void **state)
{
    const struct feed_row *row = *state;
    struct walk walk = { 0 };
    assert_int_equal(feed_create(count_wake, &walk.wakes, &walk.feed, NULL), 0);
    for (const struct step *step = row->steps; step->op != OP_END; step++)
        take_step(&walk, step);
    feed_destroy(walk.feed);
    assert_int_equal(heap.live_count, 0);
}

/* --- laws ------------------------------------------------------------------------------------------------------ */

static void snapshots_come_back_in_any_order(void **state)
{
    (void)state;
    static const size_t order[] = { 3, 0, 2, 1 };
    struct walk walk = { 0 };
    assert_int_equal(feed_create(count_wake, &walk.wakes, &walk.feed, NULL), 0);
    take_step(&walk, &(struct step){ OP_OFFER, COUNT_OF(order), READABLE, 0 });
    take_step(&walk, &(struct step){ OP_NEXT, COUNT_OF(order), READABLE, 0 });
    for (size_t i = 0; i < COUNT_OF(order); i++)
        feed_release(walk.feed, &walk.snapshots[order[i]]);
    for (size_t i = 0; i < COUNT_OF(order); i++)
        assert_ptr_equal(feed_take_spent(walk.feed), &walk.snapshots[order[i]]);
    feed_destroy(walk.feed);
}

/* All snapshots in circulation return before the engine reads once; a release never waits. */
static void offer_and_return_all(struct walk *walk)
{
    while (walk->released < FEED_OUT_MAX) {
        take_step(walk, &(struct step){ OP_OFFER, FEED_SNAPSHOTS_MAX, READABLE, 0 });
        take_step(walk, &(struct step){ OP_NEXT, FEED_SNAPSHOTS_MAX, READABLE, 0 });
        take_step(walk, &(struct step){ OP_RELEASE, FEED_SNAPSHOTS_MAX, READABLE, 0 });
    }
}

static void there_is_room_for_all_that_come_back(void **state)
{
    (void)state;
    struct walk walk = { 0 };
    assert_int_equal(feed_create(count_wake, &walk.wakes, &walk.feed, NULL), 0);
    offer_and_return_all(&walk);
    take_step(&walk, &(struct step){ OP_SPENT, FEED_OUT_MAX, READABLE, 0 });
    take_step(&walk, &(struct step){ OP_NO_SPENT, 1, READABLE, 0 });
    offer_and_return_all(&walk);
    feed_destroy(walk.feed);
}

static void one_more_in_circulation_is_a_bug(void **state)
{
    (void)state;
    struct walk walk = { 0 };
    assert_int_equal(feed_create(count_wake, &walk.wakes, &walk.feed, NULL), 0);
    offer_and_return_all(&walk);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        close(STDERR_FILENO);
        open("/dev/null", O_WRONLY);
        feed_release(walk.feed, &walk.snapshots[FEED_OUT_MAX]);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    feed_destroy(walk.feed);
}

static void without_memory_nothing_is_sent(void **state)
{
    (void)state;
    struct walk walk = { 0 };
    assert_int_equal(feed_create(count_wake, &walk.wakes, &walk.feed, NULL), 0);
    heap_fail_after(0);
    assert_int_equal(send_and_spoil(walk.feed, 0), -ENOMEM);
    heap_work();
    assert_int_equal(walk.wakes, 0);
    take_step(&walk, &(struct step){ OP_NO_COMMAND, 1, QUIET, 0 });
    take_step(&walk, &(struct step){ OP_SEND, 1, QUIET, 1 });
    take_step(&walk, &(struct step){ OP_TAKE, 1, QUIET, 0 });
    feed_destroy(walk.feed);
    assert_int_equal(heap.live_count, 0);
}

/* Only sending allocates memory: the path from the engine to the console cannot fail without it. */
static void snapshots_pass_without_memory(void **state)
{
    (void)state;
    struct walk walk = { 0 };
    assert_int_equal(feed_create(count_wake, &walk.wakes, &walk.feed, NULL), 0);
    heap_fail_after(0);
    take_step(&walk, &(struct step){ OP_OFFER, 3, READABLE, 0 });
    take_step(&walk, &(struct step){ OP_NEXT, 3, READABLE, 0 });
    take_step(&walk, &(struct step){ OP_RELEASE, 3, READABLE, 0 });
    take_step(&walk, &(struct step){ OP_SPENT, 3, READABLE, 0 });
    heap_work();
    feed_destroy(walk.feed);
}

static int lowest_free_descriptor(void)
{
    int descriptor = dup(STDOUT_FILENO);
    assert_true(descriptor >= 0);
    close(descriptor);
    return descriptor;
}

static void without_memory_there_is_no_feed(void **state)
{
    (void)state;
    int free_before = lowest_free_descriptor();
    struct feed *feed = NULL;
    int failed = -1;
    int64_t successes = 0;
    for (; failed; successes++) {
        struct error err = { 0 };
        heap_fail_after(successes);
        failed = feed_create(count_wake, NULL, &feed, &err);
        heap_work();
        if (!failed)
            break;
        assert_int_equal(failed, -ENOMEM);
        assert_int_equal(err.code, -ENOMEM);
        assert_true(strlen(err.msg) > 0);
        assert_null(feed);
        assert_int_equal(heap.live_count, 0);
        assert_int_equal(lowest_free_descriptor(), free_before);
    }
    assert_true(successes > 1);
    feed_destroy(feed);
    assert_int_equal(heap.live_count, 0);
    assert_int_equal(lowest_free_descriptor(), free_before);
}

static void without_a_descriptor_there_is_no_feed(void **state)
{
    (void)state;
    struct rlimit limit;
    struct error err = { 0 };
    struct feed *feed = NULL;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 0, limit.rlim_max }), 0);
    int failed = feed_create(count_wake, NULL, &feed, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(failed, -EMFILE);
    assert_int_equal(err.code, -EMFILE);
    assert_non_null(strstr(err.msg, strerror(EMFILE)));
    assert_null(feed);
    assert_int_equal(heap.live_count, 0);
}

/* A child that is started must not hold the console's end, and no read may block. */
static void the_descriptor_is_nobody_elses(void **state)
{
    (void)state;
    struct feed *feed;
    int wakes = 0;
    assert_int_equal(feed_create(count_wake, &wakes, &feed, NULL), 0);
    assert_true(fcntl(feed_descriptor(feed), F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(feed_descriptor(feed), F_GETFL) & O_NONBLOCK);
    feed_destroy(feed);
}

static void destroying_nothing_does_nothing(void **state)
{
    (void)state;
    feed_destroy(NULL);
    assert_int_equal(heap.live_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snapshots_come_back_in_any_order),
        cmocka_unit_test(there_is_room_for_all_that_come_back),
        cmocka_unit_test(one_more_in_circulation_is_a_bug),
        cmocka_unit_test(without_memory_nothing_is_sent),
        cmocka_unit_test(snapshots_pass_without_memory),
        cmocka_unit_test(without_memory_there_is_no_feed),
        cmocka_unit_test(without_a_descriptor_there_is_no_feed),
        cmocka_unit_test(the_descriptor_is_nobody_elses),
        cmocka_unit_test(destroying_nothing_does_nothing),
    };
    struct CMUnitTest rows[COUNT_OF(feed_rows)];
    TESTS_FROM_ROWS(rows, feed_rows, row_is_kept);
    int failed = cmocka_run_group_tests_name("feed", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("feed: rows", rows, NULL, NULL);
}
