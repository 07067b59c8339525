#include "engine/config/config.h"

#include "engine/config/config_argv.h"
#include "engine/config/config_builder.h"
#include "engine/config/config_check.h"
#include "engine/config/config_file.h"
#include "engine/config/config_yaml.h"
#include "engine/config/options.h"

/* The weakest source that can name a file is the environment. */
static const char *named_file(const struct layer *environment, const struct layer *command_line)
{
    const struct setting *weak = &environment->settings[OPTION_CONFIG];
    const struct setting *strong = &command_line->settings[OPTION_CONFIG];
    if (strong->place.source != SOURCE_DEFAULT)
        return strong->value.text;
    return weak->place.source != SOURCE_DEFAULT ? weak->value.text : NULL;
}

static int read_file(struct draft *draft, const char *named, struct error *err)
{
    struct config_file file;
    int r = config_file_init(&file, named, err);
    if (r < 0)
        return r;
    if (file.path) {
        r = config_yaml_read(draft, file.path, file.bytes, file.size, err);
        draft->config->config_file = file.path;
        file.path = NULL;
    }
    config_file_fini(&file);
    return r;
}

/* From the weakest source to the strongest. */
static int fill(struct draft *draft, const struct layer *command_line, struct error *err)
{
    struct layer environment;
    int r;
    if ((r = config_environment_read(&environment, err)) < 0 ||
        (r = read_file(draft, named_file(&environment, command_line), err)) < 0)
        return r;
    /* It is known by what was read, not by what was asked for. */
    environment.settings[OPTION_CONFIG] = (struct setting){ 0 };
    struct layer rest = *command_line;
    rest.settings[OPTION_CONFIG] = (struct setting){ 0 };
    if ((r = draft_apply(draft, &environment, err)) < 0 || (r = draft_apply(draft, &rest, err)) < 0)
        return r;
    /* A report is what `once` is for: its log keeps to what went wrong, unless it is told otherwise. */
    if (draft->config->mode == MODE_ONCE &&
        draft->places[OPTION_LOG_LEVEL].source == SOURCE_DEFAULT)
        draft->config->log.level = LEVEL_WARN;
    draft_inherit(draft);
    return config_check(draft, err);
}

static bool wants_text_only(const struct layer *command_line)
{
    return command_line->settings[OPTION_HELP].place.source != SOURCE_DEFAULT ||
           command_line->settings[OPTION_VERSION].place.source != SOURCE_DEFAULT;
}

static int load(struct draft *draft, int argc, char *const argv[], struct error *err)
{
    struct layer command_line;
    int r = config_argv_read(argc, argv, &command_line, &draft->config->backtest.traces, err);
    if (r < 0)
        return r;
    return wants_text_only(&command_line) ? draft_apply(draft, &command_line, err)
                                          : fill(draft, &command_line, err);
}

int config_load(int argc, char *const argv[], struct config **ret_config, struct error *err)
{
    struct draft draft;
    int r = draft_init(&draft, err);
    if (r < 0)
        return r;
    r = load(&draft, argc, argv, err);
    if (r < 0) {
        draft_fini(&draft);
        return r;
    }
    *ret_config = draft_finish(&draft);
    return 0;
}
