#include "engine/control/control_socket.h"

#include "engine/base/quote.h"
#include "engine/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define FILE_NAME "control.sock"
#define ROOT_DIRECTORY "/run/autoscaler"
#define OWN_DIRECTORY "autoscaler" /* in $XDG_RUNTIME_DIR */

static int fail(struct error *err, const char *path, int code, const char *problem)
{
    char storage[QUOTE_SIZE];
    struct text shown;
    text_init(&shown, storage, sizeof storage);
    quote_add_path(&shown, path);
    return error_set(err, code, "cannot listen on %s: %s", storage, problem);
}

static int fail_errno(struct error *err, const char *path)
{
    int code = -errno;
    return fail(err, path, code, strerror(-code));
}

/* --- the path -------------------------------------------------------------------------------------------------- */

static bool is_set(const char *text)
{
    return text && text[0] != '\0';
}

struct control_socket_sources control_socket_sources_from_environment(const char *option)
{
    return (struct control_socket_sources){
        .option = option,
        .runtime_directory = getenv("RUNTIME_DIRECTORY"),
        .xdg_runtime_dir = getenv("XDG_RUNTIME_DIR"),
        .is_of_system = geteuid() == 0,
    };
}

/* An engine of the user makes this directory and leaves it: afterwards, no command goes to another engine. */
static bool has_own_directory(const char *xdg_runtime_dir)
{
    char path[CONTROL_PATH_SIZE];
    struct text text;
    text_init(&text, path, sizeof path);
    text_addf(&text, "%s/" OWN_DIRECTORY, xdg_runtime_dir);
    return text.was_cut || access(path, F_OK) == 0;
}

struct control_socket_sources control_socket_sources_of_client(const char *option)
{
    struct control_socket_sources sources = control_socket_sources_from_environment(option);
    if (!is_set(sources.xdg_runtime_dir) || !has_own_directory(sources.xdg_runtime_dir))
        sources.is_of_system = true;
    return sources;
}

static void add_path(const struct control_socket_sources *sources, struct text *path)
{
    if (is_set(sources->option))
        text_add(path, sources->option);
    else if (is_set(sources->runtime_directory))
        text_addf(path, "%.*s/" FILE_NAME, (int)strcspn(sources->runtime_directory, ":"),
                  sources->runtime_directory);
    else if (sources->is_of_system)
        text_add(path, ROOT_DIRECTORY "/" FILE_NAME);
    else if (is_set(sources->xdg_runtime_dir))
        text_addf(path, "%s/" OWN_DIRECTORY "/" FILE_NAME, sources->xdg_runtime_dir);
}

int control_socket_choose(const struct control_socket_sources *sources,
                          char ret_path[CONTROL_PATH_SIZE], struct error *err)
{
    struct text path;
    text_init(&path, ret_path, CONTROL_PATH_SIZE);
    add_path(sources, &path);
    if (path.length == 0)
        return error_set(err, -ENOENT,
                         "there is no place for the control socket: neither RUNTIME_DIRECTORY nor "
                         "XDG_RUNTIME_DIR is set; control.socket names one");
    if (path.was_cut)
        return error_set(err, -ENAMETOOLONG,
                         "the path of the control socket is longer than %d bytes; control.socket "
                         "names another one",
                         CONTROL_PATH_SIZE - 1);
    return 0;
}

/* --- the directory ------------------------------------------------------------------------------------------------ */

static void directory_of(const char *path, char ret_directory[CONTROL_PATH_SIZE])
{
    const char *slash = strrchr(path, '/');
    struct text directory;
    text_init(&directory, ret_directory, CONTROL_PATH_SIZE);
    if (!slash)
        text_add_char(&directory, '.');
    else
        text_add_bytes(&directory, path, slash == path ? 1 : (size_t)(slash - path));
}

static bool is_trusted(const struct stat *st)
{
    bool is_ours = st->st_uid == 0 || st->st_uid == geteuid();
    bool is_writable = (st->st_mode & (S_IWGRP | S_IWOTH)) != 0;
    return is_ours && (!is_writable || (st->st_mode & S_ISVTX) != 0);
}

/* Its descriptor, which is locked: two engines that start do not remove each other's socket. */
static int open_directory(const char *path, int *ret_fd, struct error *err)
{
    char directory[CONTROL_PATH_SIZE];
    struct stat st;
    directory_of(path, directory);
    if (mkdir(directory, geteuid() == 0 ? 0755 : 0700) < 0 && errno != EEXIST)
        return fail_errno(err, path);
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(err, path);
    if (fstat(fd, &st) < 0 || flock(fd, LOCK_EX) < 0) {
        int failed = fail_errno(err, path);
        close(fd);
        return failed;
    }
    if (!is_trusted(&st)) {
        close(fd);
        return fail(err, path, ERR_CONFIG,
                    "its directory belongs to another user, or others may write it");
    }
    *ret_fd = fd;
    return 0;
}

/* --- the socket ------------------------------------------------------------------------------------------------ */

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    memcpy(address.sun_path, path, strlen(path) + 1);
    return address;
}

static bool is_in_use(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return true; /* not known: nothing is removed */
    bool is_refused =
        connect(fd, (const struct sockaddr *)address, sizeof *address) < 0 && errno == ECONNREFUSED;
    close(fd);
    return !is_refused;
}

static int remove_stale(const char *path, const struct sockaddr_un *address, struct error *err)
{
    struct stat st;
    if (lstat(path, &st) < 0)
        return errno == ENOENT ? 0 : fail_errno(err, path);
    if (!S_ISSOCK(st.st_mode))
        return fail(err, path, -EEXIST, "the file exists and is no socket");
    if (is_in_use(address))
        return fail(err, path, -EADDRINUSE, "another program listens on it");
    return unlink(path) < 0 && errno != ENOENT ? fail_errno(err, path) : 0;
}

/* Nothing is changed when it has the group already: a unit that may change no owner is not stopped by this. */
static int give_group(const char *path, gid_t group)
{
    struct stat st;
    if (lstat(path, &st) < 0)
        return -1;
    if (st.st_gid != group && chown(path, (uid_t)-1, group) < 0)
        return -1;
    return chmod(path, 0660);
}

/* The mode that the descriptor has before bind(2) is that of the file: no moment with a wider one. */
static int bind_socket(int fd, const char *path, const struct sockaddr_un *address, gid_t group,
                       struct error *err)
{
    if (fchmod(fd, 0600) < 0 || bind(fd, (const struct sockaddr *)address, sizeof *address) < 0)
        return fail_errno(err, path);
    bool has_group = group != (gid_t)-1;
    if (has_group && give_group(path, group) < 0)
        return fail_errno(err, path);
    return listen(fd, SOMAXCONN) < 0 ? fail_errno(err, path) : 0;
}

static int open_socket(const char *path, gid_t group, struct control_socket *ret_socket,
                       struct error *err)
{
    struct sockaddr_un address = address_of(path);
    struct stat st;
    int failed = remove_stale(path, &address, err);
    if (failed)
        return failed;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fail_errno(err, path);
    failed = bind_socket(fd, path, &address, group, err);
    if (!failed && lstat(path, &st) < 0)
        failed = fail_errno(err, path);
    if (failed) {
        close(fd);
        return failed;
    }
    *ret_socket = (struct control_socket){
        .fd = fd, .device = st.st_dev, .inode = st.st_ino, .changed = st.st_ctim
    };
    memcpy(ret_socket->path, path, strlen(path) + 1);
    return 0;
}

int control_socket_open(const char *path, gid_t group, struct control_socket *ret_socket,
                        struct error *err)
{
    int directory = -1;
    *ret_socket = (struct control_socket){ .fd = -1 };
    if (strlen(path) >= CONTROL_PATH_SIZE)
        return fail(err, path, -ENAMETOOLONG, "the path is too long for a socket");
    int failed = open_directory(path, &directory, err);
    if (failed)
        return failed;
    failed = open_socket(path, group, ret_socket, err);
    close(directory);
    return failed;
}

int control_socket_take(struct control_socket *control_socket)
{
    int fd = control_socket->fd;
    control_socket->fd = -1;
    return fd;
}

static bool is_own_file(const struct control_socket *control_socket)
{
    struct stat st;
    return lstat(control_socket->path, &st) == 0 && st.st_dev == control_socket->device &&
           st.st_ino == control_socket->inode &&
           st.st_ctim.tv_sec == control_socket->changed.tv_sec &&
           st.st_ctim.tv_nsec == control_socket->changed.tv_nsec;
}

void control_socket_close(struct control_socket *control_socket)
{
    if (control_socket->path[0] == '\0')
        return;
    if (is_own_file(control_socket))
        unlink(control_socket->path);
    if (control_socket->fd >= 0)
        close(control_socket->fd);
    control_socket->path[0] = '\0';
}
