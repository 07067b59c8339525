#include "engine/config/config_file.h"

#include "engine/base/heap.h"
#include "engine/base/quote.h"
#include "engine/base/text.h"
#include "engine/config/file_trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STEP_SIZE ((size_t)16 * 1024)

static int fail(const char *path, const char *what, struct error *err)
{
    char storage[QUOTE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    quote_add_path(&text, path);
    return error_set(err, ERR_CONFIG, "%s: %s", storage, what);
}

/* Pipes are allowed (--config=<(...)), so the size is known only after reading. */
static int read_all(int fd, struct config_file *file, struct error *err)
{
    for (;;) {
        if (file->size > CONFIG_FILE_SIZE_MAX)
            return fail(file->path, "larger than 1 MiB", err);
        char *bytes = heap_resize(file->bytes, file->size + STEP_SIZE, 1);
        if (!bytes)
            return error_no_memory(err);
        file->bytes = bytes;
        ssize_t n = read(fd, bytes + file->size, STEP_SIZE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(file->path, strerror(errno), err);
        if (n == 0)
            return 0;
        file->size += (size_t)n;
    }
}

/* Such a file is refused: its writer decides where the token is sent. */
static bool is_world_writable(const struct stat *st)
{
    return S_ISREG(st->st_mode) && (st->st_mode & S_IWOTH) != 0;
}

static int read_path(struct config_file *file, bool may_be_missing, struct error *err)
{
    int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 && may_be_missing && (errno == ENOENT || errno == ENOTDIR)) {
        config_file_fini(file);
        return 0;
    }
    if (fd < 0)
        return fail(file->path, strerror(errno), err);
    struct stat st;
    if (fstat(fd, &st) < 0)
        st.st_mode = 0;
    else
        file->doubt = file_trust_doubt(file->path, &st);
    int failed = is_world_writable(&st)
                     ? fail(file->path, "refused, every user may write it (chmod o-w it)", err)
                     : read_all(fd, file, err);
    close(fd);
    return failed;
}

/* Takes `directory` + `rest` if it is a valid path. */
static int search(struct config_file *file, const char *directory, const char *rest,
                  struct error *err)
{
    char storage[PATH_MAX];
    struct text path;
    text_init(&path, storage, sizeof storage);
    text_add(&path, directory);
    text_add(&path, rest);
    if (storage[0] != '/' || path.was_cut)
        return 0;
    file->path = heap_copy_text(storage, path.length);
    return file->path ? read_path(file, true, err) : error_no_memory(err);
}

static int search_all(struct config_file *file, struct error *err)
{
    const char *config_home = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    int failed = 0;
    /* The XDG specification: an empty or relative path counts as not set. */
    if (config_home && config_home[0] == '/')
        failed = search(file, config_home, "/autoscaler/autoscaler.yaml", err);
    else if (home)
        failed = search(file, home, "/.config/autoscaler/autoscaler.yaml", err);
    if (!failed && !file->path)
        failed = search(file, CONFIG_FILE_SYSTEM, "", err);
    return failed;
}

int config_file_init(struct config_file *file, const char *named, struct error *err)
{
    *file = (struct config_file){ 0 };
    int failed;
    if (!named)
        failed = search_all(file, err);
    else if ((file->path = heap_copy_text(named, strlen(named))))
        failed = read_path(file, false, err);
    else
        failed = error_no_memory(err);
    if (failed)
        config_file_fini(file);
    return failed;
}

void config_file_fini(struct config_file *file)
{
    heap_free(file->path);
    heap_free(file->bytes);
    *file = (struct config_file){ 0 };
}
