/*
 * notice_command - hands notices to a program, one at a time: the document on its standard input.
 *
 * No shell. The program runs in a session and process group of its own, with an environment of a few harmless
 * variables. The group is killed at the deadline, and when the program writes more than NOTICE_OUTPUT_MAX bytes. Exit
 * status 0 is a delivery, everything else may succeed later; the beginning of the output is in the sentence then.
 *
 * Owns copies of the words. Engine thread. The process must ignore SIGPIPE.
 */
#ifndef ENGINE_NOTICES_NOTICE_COMMAND_H
#define ENGINE_NOTICES_NOTICE_COMMAND_H

#include "engine/notices/notice_answer.h"

#include <stddef.h>
#include <uv.h>

#define NOTICE_OUTPUT_MAX ((size_t)64 * 1024)

struct notice_command;

int notice_command_create(uv_loop_t *loop, notice_done *done, void *context,
                          struct notice_command **ret_command, struct error *err);

/* For the next attempts; at least one word. On failure nothing changes. */
int notice_command_configure(struct notice_command *command, const char *const *words, size_t count,
                             int64_t timeout_ms, struct error *err);

/* Not while one runs. `body` is borrowed until the attempt ends. */
int notice_command_send(struct notice_command *command, const char *body, struct error *err);

/* Ends an attempt: `done` is called before `closed`. NULL is accepted: `closed` is called at once. */
void notice_command_close(struct notice_command *command, void (*closed)(void *context),
                          void *context);

#endif
