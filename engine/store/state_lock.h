/*
 * state_lock - one engine for each state directory.
 *
 * A lock of the kernel on the file `lock` (an open file description lock). It ends with the process, however it ends; a
 * child that runs another program does not keep it, and closing another descriptor of the file does not lose it. On
 * NFS it holds between hosts. The file stays; its content says which process holds it, for messages only.
 *
 * Any thread. Errors have a sentence that names the path: ERR_STATE_HELD names the other process, and how to look at
 * it; else -errno.
 */
#ifndef ENGINE_STORE_STATE_LOCK_H
#define ENGINE_STORE_STATE_LOCK_H

#include "engine/base/clock.h"
#include "engine/base/error.h"

#include <stdbool.h>
#include <stdint.h>

#define LOCK_HOST_SIZE 65

struct state_lock;

/* The process that holds a lock, as it has written. */
struct lock_holder {
    int64_t pid; /* 0: not known */
    struct wall since;
    char host[LOCK_HOST_SIZE]; /* "": not known */
};

/* `directory` is that of state_dir_open. */
int state_lock_acquire(const char *directory, struct wall now, struct state_lock **ret_lock,
                       struct error *err);

/* False: the file was removed or replaced, so that another engine could lock the new one. */
bool state_lock_is_in_place(const struct state_lock *lock);

/* Accepts NULL. */
void state_lock_release(struct state_lock *lock);

/* Does another process hold the lock? Takes nothing; a directory without a lock is not held. */
int state_lock_query(const char *directory, bool *ret_is_held, struct lock_holder *ret_holder,
                     struct error *err);

#endif
