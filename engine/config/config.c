#include "engine/config/config.h"

#include "engine/base/quote.h"
#include "engine/base/text.h"
#include "engine/config/config_argv.h"
#include "engine/config/config_builder.h"
#include "engine/config/config_check.h"
#include "engine/config/config_file.h"
#include "engine/config/config_yaml.h"
#include "engine/config/options.h"

/* The environment is the weakest source that can name a file. */
static const char *named_file(const struct layer *environment, const struct layer *command_line)
{
    const struct setting *weak = &environment->settings[OPTION_CONFIG];
    const struct setting *strong = &command_line->settings[OPTION_CONFIG];
    if (strong->place.source != SOURCE_DEFAULT)
        return strong->value.text;
    return weak->place.source != SOURCE_DEFAULT ? weak->value.text : NULL;
}

static void warn_of_file(struct config_builder *builder, const struct config_file *file)
{
    char storage[QUOTE_SIZE];
    struct text path;
    text_init(&path, storage, sizeof storage);
    quote_add_path(&path, file->path);
    warnings_add(&builder->config->warnings, "%s: %s", storage, file->doubt);
}

static int read_file(struct config_builder *builder, const char *named, struct error *err)
{
    struct config_file file;
    int failed = config_file_init(&file, named, err);
    if (failed)
        return failed;
    if (file.path) {
        if (file.doubt)
            warn_of_file(builder, &file);
        failed = config_yaml_read(builder, file.path, file.bytes, file.size, err);
        builder->config->config_file = file.path;
        file.path = NULL;
    }
    config_file_fini(&file);
    return failed;
}

static void make_bare(struct config *config)
{
    policy_make_bare(&config->defaults);
    for (size_t i = 0; i < config->policy_count; i++)
        policy_make_bare(&config->policies[i].policy);
}

/* Values that contradict each other are looked for only when all could be read: one of them may be missing. */
static int refuse_file(struct config_builder *builder, int failed, struct error *err)
{
    if (config_builder_failed(builder, err) == 0)
        return failed;
    failed = config_check_examine(builder, err);
    return failed ? failed : config_builder_failed(builder, err);
}

/* From the weakest source to the strongest. */
static int fill(struct config_builder *builder, const struct layer *command_line, struct error *err)
{
    struct layer environment;
    int failed;
    if ((failed = config_environment_read(&environment, err)))
        return failed;
    if ((failed = read_file(builder, named_file(&environment, command_line), err)))
        return refuse_file(builder, failed, err);
    /* The configuration names the file that was read, not the requested one. */
    environment.settings[OPTION_CONFIG] = (struct setting){ 0 };
    struct layer rest = *command_line;
    rest.settings[OPTION_CONFIG] = (struct setting){ 0 };
    if ((failed = config_builder_apply(builder, &environment, err)) ||
        (failed = config_builder_apply(builder, &rest, err)))
        return failed;
    /* With `once`, the report is the output: the log shows warnings and errors only, unless its level is set. */
    if (builder->config->mode == MODE_ONCE &&
        builder->places[OPTION_LOG_LEVEL].source == SOURCE_DEFAULT)
        builder->config->log.level = LEVEL_WARN;
    config_builder_inherit(builder);
    if ((failed = config_check(builder, err)))
        return failed;
    if (builder->config->is_bare)
        make_bare(builder->config);
    return 0;
}

static bool wants_text_only(const struct layer *command_line)
{
    return command_line->settings[OPTION_HELP].place.source != SOURCE_DEFAULT ||
           command_line->settings[OPTION_VERSION].place.source != SOURCE_DEFAULT;
}

static int load(struct config_builder *builder, int argc, char *const argv[], struct error *err)
{
    struct layer command_line;
    int failed =
        config_argv_read(argc, argv, &command_line, &builder->config->backtest.traces, err);
    if (failed)
        return failed;
    return wants_text_only(&command_line) ? config_builder_apply(builder, &command_line, err)
                                          : fill(builder, &command_line, err);
}

int config_load_or_list(int argc, char *const argv[], config_examine *examine,
                        struct config **ret_config, struct warnings *ret_more, struct error *err)
{
    *ret_more = (struct warnings){ 0 };
    struct config_builder builder;
    int failed = config_builder_init(&builder, err);
    if (failed)
        return failed;
    builder.examine = examine;
    failed = load(&builder, argc, argv, err);
    if (failed) {
        *ret_more = builder.more;
        builder.more = (struct warnings){ 0 };
        config_builder_fini(&builder);
        return failed;
    }
    *ret_config = config_builder_finish(&builder);
    return 0;
}

int config_load(int argc, char *const argv[], struct config **ret_config, struct error *err)
{
    struct warnings more;
    int failed = config_load_or_list(argc, argv, NULL, ret_config, &more, err);
    if (failed && more.count > 0) {
        struct error first = *err;
        error_set(err, failed, "%s (and %zu more: --check-config)", first.msg, more.count);
    }
    warnings_fini(&more);
    return failed;
}
