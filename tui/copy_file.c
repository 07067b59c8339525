#include "tui/copy_file.h"

#include "engine/base/text.h"
#include "engine/log/log_target.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* ".../copy-2026-01-02T14:03:33.104Z.txt" */
static void name_file(char path[COPY_FILE_PATH_SIZE], struct wall now)
{
    char stamp[WALL_TEXT_SIZE];
    struct text name;
    char *slash = strrchr(path, '/');
    size_t kept = slash ? (size_t)(slash + 1 - path) : 0;
    wall_format(now, stamp);
    text_init(&name, path + kept, COPY_FILE_PATH_SIZE - kept);
    text_addf(&name, "copy-%s.txt", stamp);
}

/* 0, or a negative errno. */
static int write_all(int fd, const char *content)
{
    size_t left = strlen(content);
    while (left > 0) {
        ssize_t written = write(fd, content, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? -errno : -EIO;
        content += written;
        left -= (size_t)written;
    }
    return 0;
}

static int write_file(const char *path, const char *content)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0)
        return -errno;
    int failed = write_all(fd, content);
    if (close(fd) < 0 && !failed)
        failed = -errno;
    if (failed)
        unlink(path);
    return failed;
}

int copy_file_write(const char *content, struct wall now, char ret_path[COPY_FILE_PATH_SIZE],
                    struct error *err)
{
    int failed = log_target_make(ret_path, COPY_FILE_PATH_SIZE, err);
    if (failed)
        return failed;
    name_file(ret_path, now);
    failed = write_file(ret_path, content);
    return failed ? error_set(err, failed, "cannot write %s: %s", ret_path, strerror(-failed)) : 0;
}
