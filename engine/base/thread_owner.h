/*
 * thread_owner - the thread that may use an object, for assertions.
 *
 * The engine stores one in the `data` of its loop. Everything on that loop asserts its thread at its entries:
 * must(thread_owner_is_current(loop->data)). A loop without an owner is not checked. uv_loop_init keeps
 * `data`: zero the memory of a loop before. Owns nothing. Cannot fail.
 */
#ifndef ENGINE_BASE_THREAD_OWNER_H
#define ENGINE_BASE_THREAD_OWNER_H

#include <pthread.h>
#include <stdbool.h>

struct thread_owner {
    pthread_t thread;
};

/* The calling thread is the owner from now on; the previous one must have stopped using the object. */
void thread_owner_take(struct thread_owner *owner);

/* True for NULL: there is no owner. */
bool thread_owner_is_current(const struct thread_owner *owner);

#endif
