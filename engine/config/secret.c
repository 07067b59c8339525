#include "engine/config/secret.h"

#include "engine/base/heap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The token, a newline of up to two bytes, and one more byte to detect a token that is too long. */
#define FILE_SIZE_MAX ((size_t)SECRET_SIZE_MAX + 3)

/* Through volatile: the compiler must not remove writes to memory that is not read again. */
static void wipe(char *bytes, size_t length)
{
    volatile char *at = bytes;
    while (length-- > 0)
        *at++ = '\0';
}

static int refuse_bytes(struct error *err)
{
    return error_set(err, ERR_BAD_VALUE, "the token has spaces, control or non-ASCII characters");
}

int secret_check(const char *secret, struct error *err)
{
    size_t length = strlen(secret);
    if (length == 0)
        return error_set(err, ERR_BAD_VALUE, "the token is empty");
    if (length > SECRET_SIZE_MAX)
        return error_set(err, ERR_BAD_VALUE, "the token is longer than %d bytes", SECRET_SIZE_MAX);
    for (const char *at = secret; *at; at++)
        if (*at <= ' ' || *at > '~')
            return refuse_bytes(err);
    return 0;
}

static int check_file(int fd, const char *path, struct file_stamp *ret_stamp, struct error *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return error_set(err, ERR_CONFIG, "%s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERR_CONFIG, "not a regular file");
    *ret_stamp = file_stamp_of(&st);
    return file_trust_check_secret(fd, path, &st, err);
}

/* Reads until the end of the file or of the buffer. */
static ssize_t read_whole(int fd, char *buffer, size_t size)
{
    size_t length = 0;
    while (length < size) {
        ssize_t n = read(fd, buffer + length, size - length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        length += (size_t)n;
    }
    return (ssize_t)length;
}

static size_t without_newline(const char *secret, size_t length)
{
    if (length > 0 && secret[length - 1] == '\n')
        length--;
    if (length > 0 && secret[length - 1] == '\r')
        length--;
    return length;
}

/* `secret` has space for FILE_SIZE_MAX bytes and a NUL. */
static int read_open(int fd, const char *path, char *secret, struct file_stamp *ret_stamp,
                     struct error *err)
{
    int failed = check_file(fd, path, ret_stamp, err);
    if (failed)
        return failed;
    ssize_t length = read_whole(fd, secret, FILE_SIZE_MAX);
    if (length < 0)
        return error_set(err, ERR_CONFIG, "%s", strerror(errno));
    size_t kept = without_newline(secret, (size_t)length);
    secret[kept] = '\0';
    return strlen(secret) == kept ? secret_check(secret, err) : refuse_bytes(err);
}

int secret_read(const char *path, char **ret_secret, struct file_stamp *ret_stamp,
                struct error *err)
{
    *ret_stamp = (struct file_stamp){ 0 };
    /* Non-blocking: a pipe must not block the start; it is refused. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return error_set(err, ERR_CONFIG, "%s", strerror(errno));
    char *secret = heap_alloc(FILE_SIZE_MAX + 1, 1);
    int failed = secret ? read_open(fd, path, secret, ret_stamp, err) : error_no_memory(err);
    close(fd);
    if (!failed) {
        *ret_secret = secret;
        return 0;
    }
    if (secret)
        wipe(secret, FILE_SIZE_MAX);
    heap_free(secret);
    return failed;
}

/*
 * Memory is left out of a dump, whatever takes it: curl and the TLS library have copies too. A limit of its size does
 * not bind a program that takes dumps. Without /proc there are none at all.
 */
void secret_keep_from_core_dumps(void)
{
    int fd = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
    bool is_set = fd >= 0 && write(fd, "0", 1) == 1;
    if (fd >= 0)
        close(fd);
    if (!is_set)
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void secret_free(char *secret)
{
    if (secret)
        wipe(secret, strlen(secret));
    heap_free(secret);
}
