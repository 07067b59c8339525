#include "engine/base/thread_owner.h"

#include <stddef.h>

void thread_owner_take(struct thread_owner *owner)
{
    owner->thread = pthread_self();
}

bool thread_owner_is_current(const struct thread_owner *owner)
{
    return owner == NULL || pthread_equal(owner->thread, pthread_self());
}
