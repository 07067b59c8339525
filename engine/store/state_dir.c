#include "engine/store/state_dir.h"

#include "engine/base/text.h"
#include "engine/store/api_identity.h"
#include "engine/store/failpoint.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX_LENGTH_MAX 60

/* --- choice ---------------------------------------------------------------------------------------------------- */

struct state_dir_sources state_dir_sources_from_environment(const char *option)
{
    return (struct state_dir_sources){
        .option = option,
        .variable = getenv("AUTOSCALER_STATE_DIR"),
        .state_directory = getenv("STATE_DIRECTORY"),
        .xdg_state_home = getenv("XDG_STATE_HOME"),
        .home = getenv("HOME"),
        .is_root = geteuid() == 0,
    };
}

static bool is_set(const char *path)
{
    return path && path[0];
}

/* Variables of the XDG specification are ignored when they are relative. */
static bool is_absolute(const char *path)
{
    return path && path[0] == '/';
}

static bool choose(const struct state_dir_sources *sources, struct text *base)
{
    if (is_set(sources->option))
        text_add(base, sources->option);
    else if (is_set(sources->variable))
        text_add(base, sources->variable);
    else if (is_absolute(sources->state_directory))
        text_add_bytes(base, sources->state_directory, strcspn(sources->state_directory, ":"));
    else if (sources->is_root)
        text_add(base, "/var/lib/autoscaler");
    else if (is_absolute(sources->xdg_state_home))
        text_addf(base, "%s/autoscaler", sources->xdg_state_home);
    else if (is_absolute(sources->home))
        text_addf(base, "%s/.local/state/autoscaler", sources->home);
    else
        return false;
    return true;
}

int state_dir_choose(const struct state_dir_sources *sources, char ret_base[STATE_PATH_SIZE],
                     struct error *err)
{
    struct text base;
    text_init(&base, ret_base, STATE_PATH_SIZE);
    if (!choose(sources, &base))
        return error_set(err, ERR_CONFIG,
                         "no directory for the state: neither HOME nor XDG_STATE_HOME is set");
    if (base.was_cut)
        return error_set(err, -ENAMETOOLONG, "the path of the state directory is too long");
    return 0;
}

/* --- directories ----------------------------------------------------------------------------------------------- */

static bool is_plain(char c)
{
    return isalnum((unsigned char)c) || c == '.' || c == '_';
}

/* "rest https://h:1/a" gives "rest-h-1-a-HASH". */
static void add_directory_name(struct text *name, const char *identity)
{
    size_t start = name->length;
    size_t backend_length = strcspn(identity, " ");
    const char *mark = strstr(identity, "://");
    const char *rest = mark ? mark + 3 : identity + backend_length;
    text_add_bytes(name, identity, backend_length);
    text_add_char(name, '-');
    for (const char *c = rest; *c && name->length - start < PREFIX_LENGTH_MAX; c++)
        text_add_char(name, is_plain(*c) ? *c : '-');
    text_addf(name, "-%016" PRIx64, api_identity_hash(identity));
}

static int refuse(struct error *err, const char *path, const char *why)
{
    return error_set(err, ERR_CONFIG, "state directory %s is refused: %s", path, why);
}

static int fail(struct error *err, const char *path, int code)
{
    return error_set(err, -code, "cannot use the state directory %s: %s", path, strerror(code));
}

static int create_parents(const char *path, struct error *err)
{
    char part[STATE_PATH_SIZE];
    struct text text;
    text_init(&text, part, sizeof part);
    text_add(&text, path);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0755) && errno != EEXIST)
            return fail(err, part, errno);
        *slash = '/';
    }
    return 0;
}

static int check_owner(const char *path, const struct stat *st, struct error *err)
{
    if (!S_ISDIR(st->st_mode))
        return refuse(err, path, "it is not a directory");
    if (st->st_uid != geteuid())
        return error_set(
            err, ERR_CONFIG,
            "state directory %s is refused: it belongs to user %lu, the program runs as %lu", path,
            (unsigned long)st->st_uid, (unsigned long)geteuid());
    if (st->st_mode & (S_IWGRP | S_IWOTH))
        return error_set(err, ERR_CONFIG,
                         "state directory %s is refused: others may write it (mode %04o, not 0700)",
                         path, (unsigned)st->st_mode & 07777u);
    return 0;
}

static int check_link(const char *path, struct error *err)
{
    struct stat st;
    if (lstat(path, &st))
        return fail(err, path, errno);
    if (S_ISLNK(st.st_mode) && st.st_uid != 0 && st.st_uid != geteuid())
        return refuse(err, path, "it is a symbolic link of another user");
    return 0;
}

/* Of an existing base. */
static int find_base(const char *base, char ret_real[STATE_PATH_SIZE], struct error *err)
{
    int failed = check_link(base, err);
    if (failed)
        return failed;
    char *real = realpath(base, ret_real);
    struct stat st;
    if (!real || stat(real, &st))
        return fail(err, base, errno);
    return check_owner(base, &st, err);
}

static int open_base(const char *base, char ret_real[STATE_PATH_SIZE], struct error *err)
{
    int failed = create_parents(base, err);
    if (failed)
        return failed;
    if (mkdir(base, 0700) && errno != EEXIST)
        return fail(err, base, errno);
    return find_base(base, ret_real, err);
}

static int check_writable(const char *path, struct error *err)
{
    if (faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0)
        return 0;
    if (errno == EROFS)
        return refuse(err, path, "its file system is read-only");
    return errno == EACCES ? refuse(err, path, "the program may not write it")
                           : fail(err, path, errno);
}

static int find_own(const char *path, struct error *err)
{
    struct stat st;
    if (lstat(path, &st))
        return fail(err, path, errno);
    if (S_ISLNK(st.st_mode))
        return refuse(err, path, "it is a symbolic link");
    return check_owner(path, &st, err);
}

static int open_own(const char *path, struct error *err)
{
    if (mkdir(path, 0700) == 0)
        failpoint(FAILPOINT_DIRECTORY_CREATED);
    else if (errno != EEXIST)
        return fail(err, path, errno);
    int failed = find_own(path, err);
    return failed ? failed : check_writable(path, err);
}

static int add_path(const char *real, const char *identity, char ret_path[STATE_PATH_SIZE],
                    struct error *err)
{
    struct text path;
    text_init(&path, ret_path, STATE_PATH_SIZE);
    text_addf(&path, "%s/", real);
    add_directory_name(&path, identity);
    if (path.was_cut)
        return error_set(err, -ENAMETOOLONG, "the path of the state directory is too long");
    return 0;
}

int state_dir_open(const char *base, const char *identity, char ret_path[STATE_PATH_SIZE],
                   struct error *err)
{
    char real[STATE_PATH_SIZE];
    int failed = open_base(base, real, err);
    failed = failed ? failed : add_path(real, identity, ret_path, err);
    return failed ? failed : open_own(ret_path, err);
}

int state_dir_find(const char *base, const char *identity, char ret_path[STATE_PATH_SIZE],
                   struct error *err)
{
    char real[STATE_PATH_SIZE];
    int failed = find_base(base, real, err);
    failed = failed ? failed : add_path(real, identity, ret_path, err);
    return failed ? failed : find_own(ret_path, err);
}
