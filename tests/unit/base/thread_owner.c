#include "engine/base/thread_owner.h"

#include "tests/support/test.h"

#include <pthread.h>

struct other_thread {
    struct thread_owner *owner;
    bool was_owner;
    bool is_owner;
};

static void *take_over(void *context)
{
    struct other_thread *other = context;
    other->was_owner = thread_owner_is_current(other->owner);
    thread_owner_take(other->owner);
    other->is_owner = thread_owner_is_current(other->owner);
    return NULL;
}

static void one_thread_owns_at_a_time(void **state)
{
    (void)state;
    struct thread_owner owner;
    struct other_thread other = { .owner = &owner };
    pthread_t thread;
    assert_true(thread_owner_is_current(NULL));
    thread_owner_take(&owner);
    assert_true(thread_owner_is_current(&owner));
    assert_int_equal(pthread_create(&thread, NULL, take_over, &other), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_false(other.was_owner);
    assert_true(other.is_owner);
    assert_false(thread_owner_is_current(&owner));
    thread_owner_take(&owner);
    assert_true(thread_owner_is_current(&owner));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_owns_at_a_time),
    };
    return cmocka_run_group_tests_name("thread_owner", tests, NULL, NULL);
}
