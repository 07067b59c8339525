#include "engine/log/log_target.h"

#include "engine/base/quote.h"
#include "engine/base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DIRECTORY_MODE 0700

static void add_state_home(struct text *path)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    if (state && state[0] == '/') {
        text_add(path, state);
    } else if (home && home[0] == '/') {
        text_add(path, home);
        text_add(path, "/.local/state");
    }
}

/* Creates every directory on the path, from the root down. `path` is unchanged afterwards. */
static int make_directories(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int failed = mkdir(path, DIRECTORY_MODE) < 0 && errno != EEXIST ? -errno : 0;
        *slash = '/';
        if (failed)
            return failed;
    }
    return 0;
}

int log_target_make(char *ret_path, size_t size, struct error *err)
{
    struct text path;
    text_init(&path, ret_path, size);
    add_state_home(&path);
    if (path.length == 0)
        return error_set(
            err, -ENOENT,
            "no directory for the log: neither XDG_STATE_HOME nor HOME is an absolute path");
    text_add(&path, "/autoscaler/autoscaler.log");
    if (path.was_cut)
        return error_set(err, -ENAMETOOLONG, "the path of the log is too long");
    int failed = make_directories(ret_path);
    return failed ? error_set(err, failed, "cannot create the directory of the log: %s",
                              strerror(-failed))
                  : 0;
}
