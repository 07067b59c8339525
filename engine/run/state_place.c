#include "engine/run/state_place.h"

#include "engine/base/text.h"
#include "engine/store/journal_config.h"

#include <errno.h>

#define BACKEND_NAME "rest"

enum state_use state_use_of(const struct config *config)
{
    if (config->is_demo || config->state.is_off)
        return STATE_UNUSED;
    bool is_look = config->mode == MODE_HISTORY || (config->mode == MODE_ONCE && config->dry_run);
    return config->read_only || is_look ? STATE_IS_READ : STATE_IS_OWN;
}

static int open_own(struct state_place *place, const char *base, struct error *err)
{
    int failed = state_dir_open(base, place->identity, place->directory, err);
    return failed ? failed : state_lock_acquire(place->directory, wall_now(), &place->lock, err);
}

static int open_other(struct state_place *place, const char *base, struct error *err)
{
    int failed = state_dir_find(base, place->identity, place->directory, err);
    place->is_found = !failed;
    return failed == -ENOENT ? 0 : failed;
}

int state_place_open(const struct config *config, struct state_place *ret_place, struct error *err)
{
    *ret_place = (struct state_place){ .use = state_use_of(config) };
    if (ret_place->use == STATE_UNUSED)
        return 0;
    struct state_dir_sources sources = state_dir_sources_from_environment(config->state.dir);
    char base[STATE_PATH_SIZE];
    api_identity(BACKEND_NAME, config->api.url, ret_place->identity);
    int failed = state_dir_choose(&sources, base, err);
    if (failed)
        return failed;
    return ret_place->use == STATE_IS_OWN ? open_own(ret_place, base, err)
                                          : open_other(ret_place, base, err);
}

void state_place_close(struct state_place *place)
{
    state_lock_release(place->lock);
    place->lock = NULL;
}

int state_place_journal(const struct state_place *place, char ret_path[STATE_PATH_SIZE],
                        struct error *err)
{
    struct text path;
    text_init(&path, ret_path, STATE_PATH_SIZE);
    text_addf(&path, "%s/%s", place->directory, JOURNAL_FILE_NAME);
    return path.was_cut ? error_set(err, -ENAMETOOLONG, "the path of the journal is too long") : 0;
}
