#include "tui/state_file.h"

#include "engine/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "/autoscaler/console"
#define DIRECTORY_MODE 0700

/* A relative path would depend on the working directory: it counts as not set. */
static const char *absolute(const char *variable)
{
    const char *value = getenv(variable);
    return value && value[0] == '/' ? value : NULL;
}

bool state_file_path(char ret_path[STATE_PATH_SIZE])
{
    const char *state = absolute("XDG_STATE_HOME");
    const char *home = absolute("HOME");
    struct text text;
    text_init(&text, ret_path, STATE_PATH_SIZE);
    if (state)
        text_add(&text, state);
    else if (home)
        text_addf(&text, "%s/.local/state", home);
    else
        return false;
    text_add(&text, FILE_NAME);
    return !text.was_cut;
}

/* --- reading --------------------------------------------------------------------------------------------------- */

/* Anything but a file could block, or has no end. */
static bool is_file(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

/* False: it cannot be read, has a NUL, or is larger than any that is written. */
static bool read_text(int fd, char text[SAVED_VIEWS_TEXT_SIZE])
{
    size_t size = 0;
    ssize_t count;
    do {
        count = read(fd, text + size, SAVED_VIEWS_TEXT_SIZE - size);
        size += count > 0 ? (size_t)count : 0;
    } while ((count > 0 && size < SAVED_VIEWS_TEXT_SIZE) || (count < 0 && errno == EINTR));
    if (count < 0 || size == SAVED_VIEWS_TEXT_SIZE || memchr(text, '\0', size))
        return false;
    text[size] = '\0';
    return true;
}

enum state_file_end state_file_read(const char *path, struct saved_views *ret_views)
{
    char text[SAVED_VIEWS_TEXT_SIZE];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? STATE_FILE_MISSING : STATE_FILE_BAD;
    bool is_good = is_file(fd) && read_text(fd, text) && saved_views_parse(text, ret_views);
    close(fd);
    return is_good ? STATE_FILE_READ : STATE_FILE_BAD;
}

/* --- writing --------------------------------------------------------------------------------------------------- */

/* What cannot be made is noticed when the file is opened. */
static void make_directories(const char *path)
{
    char directory[STATE_PATH_SIZE];
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        memcpy(directory, path, (size_t)(slash - path));
        directory[slash - path] = '\0';
        mkdir(directory, DIRECTORY_MODE);
    }
}

static int write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t count = write(fd, bytes, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count < 0 ? -errno : -EIO;
        bytes += count;
        size -= (size_t)count;
    }
    return 0;
}

/* A file of its own for each writer, on the disk before it takes the place of the old one. */
static int write_file(char *path, const char *text)
{
    int fd = mkstemp(path);
    if (fd < 0)
        return -errno;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    int failed = write_all(fd, text, strlen(text));
    if (!failed && fsync(fd) < 0)
        failed = -errno;
    if (close(fd) < 0 && !failed)
        failed = -errno;
    if (failed)
        unlink(path);
    return failed;
}

static int replace_file(const char *path, const char *text)
{
    char temporary[PATH_MAX + 8];
    struct text name;
    text_init(&name, temporary, sizeof temporary);
    text_addf(&name, "%s.XXXXXX", path);
    int failed = write_file(temporary, text);
    if (failed || rename(temporary, path) == 0)
        return failed;
    failed = -errno;
    unlink(temporary);
    return failed;
}

int state_file_write(const char *path, const struct saved_views *views)
{
    char text[SAVED_VIEWS_TEXT_SIZE];
    char target[PATH_MAX];
    saved_views_format(views, text);
    make_directories(path);
    return replace_file(realpath(path, target) ? target : path, text);
}
