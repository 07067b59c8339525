/*
 * fake_manager - the socket of a service manager, which a program notifies of its state.
 *
 * Keeps what it received: the messages in order, each followed by an empty line. It takes what comes only while a
 * function here reads. One thread: the test's. Errors fail the test.
 */
#ifndef TESTS_SUPPORT_FAKE_MANAGER_H
#define TESTS_SUPPORT_FAKE_MANAGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_MANAGER_TEXT_SIZE ((size_t)1 << 20)
#define FAKE_MANAGER_ADDRESS_SIZE 108

struct fake_manager {
    int fd;
    char address[FAKE_MANAGER_ADDRESS_SIZE + 1]; /* for NOTIFY_SOCKET */
    char *text;
    size_t size;
};

/* A path, which is removed at the end, or "@NAME". */
void fake_manager_open(struct fake_manager *manager, const char *address);
void fake_manager_close(struct fake_manager *manager);

/* Receives what is there, and returns all of the text. */
const char *fake_manager_read(struct fake_manager *manager);

/* How often the text is in what has come until now. */
int64_t fake_manager_count(struct fake_manager *manager, const char *text);

/* Puts messages of another sender into the buffer until it is full. They are not part of the text. */
void fake_manager_fill(struct fake_manager *manager);

#endif
