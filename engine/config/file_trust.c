#include "engine/config/file_trust.h"

#include "engine/base/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#define NS_PER_S 1000000000

static int64_t nanoseconds(struct timespec time)
{
    return (int64_t)time.tv_sec * NS_PER_S + time.tv_nsec;
}

struct file_stamp file_stamp_of(const struct stat *st)
{
    return (struct file_stamp){
        .is_known = true,
        .device = st->st_dev,
        .node = st->st_ino,
        .size = st->st_size,
        .modified_ns = nanoseconds(st->st_mtim),
        .changed_ns = nanoseconds(st->st_ctim),
    };
}

bool file_stamp_is_equal(const struct file_stamp *stamp, const struct file_stamp *other)
{
    return stamp->is_known == other->is_known && stamp->device == other->device &&
           stamp->node == other->node && stamp->size == other->size &&
           stamp->modified_ns == other->modified_ns && stamp->changed_ns == other->changed_ns;
}

static bool is_foreign(const struct stat *st)
{
    return st->st_uid != 0 && st->st_uid != geteuid();
}

int file_trust_check_writers(const struct stat *st, struct error *err)
{
    if (is_foreign(st))
        return error_set(
            err, ERR_CONFIG,
            "refused, it belongs to user %lu, neither to root nor to the program's user",
            (unsigned long)st->st_uid);
    if (st->st_mode & (S_IWGRP | S_IWOTH))
        return error_set(err, ERR_CONFIG, "refused, others may write it (mode %04o, not 0600)",
                         (unsigned)st->st_mode & 07777u);
    return 0;
}

/* With a list, the permissions of the group are those that the list can give at most. */
static bool has_access_list(int fd)
{
    return fgetxattr(fd, "system.posix_acl_access", NULL, 0) > 0;
}

static bool is_credential(const char *path)
{
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    char real_path[PATH_MAX];
    char real_directory[PATH_MAX];
    if (!directory || directory[0] != '/' || !realpath(path, real_path) ||
        !realpath(directory, real_directory))
        return false;
    size_t length = strlen(real_directory);
    return strncmp(real_path, real_directory, length) == 0 && real_path[length] == '/';
}

static bool may_group_read(int fd, const char *path, const struct stat *st)
{
    return st->st_gid == 0 || has_access_list(fd) || is_credential(path);
}

int file_trust_check_secret(int fd, const char *path, const struct stat *st, struct error *err)
{
    int failed = file_trust_check_writers(st, err);
    if (failed)
        return failed;
    bool is_open = (st->st_mode & S_IRWXO) != 0 ||
                   ((st->st_mode & S_IRWXG) != 0 && !may_group_read(fd, path, st));
    if (!is_open)
        return 0;
    return error_set(err, ERR_CONFIG, "refused, others have access to it (mode %04o, not 0600)",
                     (unsigned)st->st_mode & 07777u);
}

const char *file_trust_directory_doubt(const char *path)
{
    char directory[PATH_MAX];
    struct text text;
    struct stat st;
    const char *slash = strrchr(path, '/');
    text_init(&text, directory, sizeof directory);
    if (slash)
        text_add_bytes(&text, path, (size_t)(slash - path) + 1);
    else
        text_add_char(&text, '.');
    if (text.was_cut || stat(directory, &st) < 0)
        return NULL;
    if (is_foreign(&st))
        return "the owner of its directory may put another file in its place (chown it)";
    bool is_open = (st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0;
    return is_open ? "every user may put another file in its place (chmod o-w its directory)"
                   : NULL;
}

const char *file_trust_doubt(const char *path, const struct stat *st)
{
    if (!S_ISREG(st->st_mode))
        return NULL;
    if (is_foreign(st))
        return "it belongs neither to root nor to the program's user";
    if (st->st_mode & S_IWGRP)
        return "its group may write it (chmod g-w it)";
    return file_trust_directory_doubt(path);
}
