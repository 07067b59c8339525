#define _GNU_SOURCE /* F_OFD_SETLK, POSIX since 2024 */
#include "engine/store/state_lock.h"

#include "engine/base/heap.h"
#include "engine/base/text.h"
#include "engine/store/failpoint.h"
#include "engine/store/state_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define LINE_SIZE 256

/* An operator may remove the file between its opening and the lock: then it is opened again. */
#define ATTEMPTS_MAX 8

struct state_lock {
    int fd;
    char path[STATE_PATH_SIZE];
};

static int name_file(const char *directory, char ret_path[STATE_PATH_SIZE], struct error *err)
{
    struct text path;
    text_init(&path, ret_path, STATE_PATH_SIZE);
    text_addf(&path, "%s/lock", directory);
    return path.was_cut ? error_set(err, -ENAMETOOLONG, "the path of the lock is too long") : 0;
}

static int fail(struct error *err, const char *path, int code)
{
    return error_set(err, -code, "cannot lock %s: %s", path, strerror(code));
}

/* --- the holder ------------------------------------------------------------------------------------------------ */

static bool read_field(const char *line, const char *name, char *ret_value, size_t size)
{
    const char *at = strstr(line, name);
    if (!at)
        return false;
    at += strlen(name);
    size_t length = strcspn(at, " \n");
    if (length == 0 || length >= size)
        return false;
    memcpy(ret_value, at, length);
    ret_value[length] = '\0';
    return true;
}

static void parse_holder(const char *line, struct lock_holder *ret_holder)
{
    char value[LOCK_HOST_SIZE];
    *ret_holder = (struct lock_holder){ 0 };
    if (read_field(line, "pid=", value, sizeof value))
        integer_parse(value, strlen(value), &ret_holder->pid);
    if (read_field(line, "since_ms=", value, sizeof value))
        integer_parse(value, strlen(value), &ret_holder->since.ms);
    read_field(line, "host=", ret_holder->host, sizeof ret_holder->host);
}

static void read_holder(int fd, struct lock_holder *ret_holder)
{
    char line[LINE_SIZE];
    ssize_t size = pread(fd, line, sizeof line - 1, 0);
    line[size > 0 ? size : 0] = '\0';
    parse_holder(line, ret_holder);
}

/* Without space on the disk the file stays empty: the lock does not depend on it. */
static void write_holder(int fd, struct wall now)
{
    char storage[LINE_SIZE];
    struct text line;
    struct utsname names;
    text_init(&line, storage, sizeof storage);
    text_addf(&line, "pid=%ld since_ms=%" PRId64, (long)getpid(), now.ms);
    if (uname(&names) == 0)
        text_addf(&line, " host=%.*s", LOCK_HOST_SIZE - 1, names.nodename);
    text_add_char(&line, '\n');
    if (ftruncate(fd, 0) == 0) {
        ssize_t written = pwrite(fd, storage, line.length, 0);
        (void)written;
    }
}

static bool is_this_host(const struct lock_holder *holder)
{
    struct utsname names;
    return uname(&names) == 0 && strncmp(names.nodename, holder->host, LOCK_HOST_SIZE - 1) == 0;
}

static int report_holder(const char *directory, const struct lock_holder *holder, struct error *err)
{
    char since[WALL_TEXT_SIZE];
    if (holder->pid <= 0)
        return error_set(err, ERR_STATE_HELD,
                         "another engine runs for this API (lsof %s/lock shows it)", directory);
    wall_format(holder->since, since);
    char host[4 * LOCK_HOST_SIZE];
    struct text text;
    text_init(&text, host, sizeof host);
    text_add_escaped(&text, holder->host, strlen(holder->host));
    if (is_this_host(holder))
        return error_set(err, ERR_STATE_HELD,
                         "another engine runs for this API: process %" PRId64 " since %s "
                         "(ps -fp %" PRId64
                         " shows it; its state is in %s; autoscalerctl status and "
                         "autoscaler --attach look at it)",
                         holder->pid, since, holder->pid, directory);
    return error_set(err, ERR_STATE_HELD,
                     "another engine runs for this API: process %" PRId64 " on %s since %s "
                     "(its state is in %s)",
                     holder->pid, host, since, directory);
}

/* --- the lock -------------------------------------------------------------------------------------------------- */

static struct flock whole_file(short type)
{
    return (struct flock){ .l_type = type, .l_whence = SEEK_SET };
}

static int open_file(const char *path, struct error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
    if (fd < 0 && errno == ELOOP)
        return error_set(err, ERR_CONFIG, "%s is refused: it is a symbolic link", path);
    return fd < 0 ? fail(err, path, errno) : fd;
}

/* Is the file still the one with this name? A lock on a removed file locks nothing. */
static bool is_in_place(int fd, const char *path)
{
    struct stat opened;
    struct stat named;
    return fstat(fd, &opened) == 0 && lstat(path, &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}

static int lock_file(int fd, const char *directory, const char *path, struct error *err)
{
    struct flock lock = whole_file(F_WRLCK);
    struct lock_holder holder;
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return 0;
    if (errno != EAGAIN && errno != EACCES)
        return fail(err, path, errno);
    read_holder(fd, &holder);
    return report_holder(directory, &holder, err);
}

/* A descriptor with the lock, or an error. */
static int acquire(const char *directory, char ret_path[STATE_PATH_SIZE], struct error *err)
{
    char *path = ret_path;
    int failed = name_file(directory, path, err);
    for (int attempt = 0; !failed && attempt < ATTEMPTS_MAX; attempt++) {
        int fd = open_file(path, err);
        if (fd < 0)
            return fd;
        failed = lock_file(fd, directory, path, err);
        if (!failed && is_in_place(fd, path))
            return fd;
        close(fd);
    }
    return failed ? failed : error_set(err, -EAGAIN, "%s is removed again and again", path);
}

int state_lock_acquire(const char *directory, struct wall now, struct state_lock **ret_lock,
                       struct error *err)
{
    struct state_lock *lock = heap_alloc(1, sizeof *lock);
    if (!lock)
        return error_no_memory(err);
    lock->fd = acquire(directory, lock->path, err);
    if (lock->fd < 0) {
        int failed = lock->fd;
        heap_free(lock);
        return failed;
    }
    failpoint(FAILPOINT_LOCK_TAKEN);
    write_holder(lock->fd, now);
    failpoint(FAILPOINT_LOCK_WRITTEN);
    *ret_lock = lock;
    return 0;
}

bool state_lock_is_in_place(const struct state_lock *lock)
{
    return is_in_place(lock->fd, lock->path);
}

void state_lock_release(struct state_lock *lock)
{
    if (!lock)
        return;
    close(lock->fd);
    heap_free(lock);
}

int state_lock_query(const char *directory, bool *ret_is_held, struct lock_holder *ret_holder,
                     struct error *err)
{
    char path[STATE_PATH_SIZE];
    int failed = name_file(directory, path, err);
    if (failed)
        return failed;
    *ret_is_held = false;
    *ret_holder = (struct lock_holder){ 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
    if (fd < 0)
        return errno == ENOENT ? 0 : fail(err, path, errno);
    struct flock lock = whole_file(F_RDLCK);
    if (fcntl(fd, F_OFD_GETLK, &lock))
        failed = fail(err, path, errno);
    else
        *ret_is_held = lock.l_type != F_UNLCK;
    if (*ret_is_held)
        read_holder(fd, ret_holder);
    close(fd);
    return failed;
}
