#include "engine/config/config_check.h"

#include "engine/base/quote.h"
#include "engine/base/redaction.h"
#include "engine/base/text.h"
#include "engine/config/config_doubts.h"
#include "engine/config/endpoint.h"
#include "engine/config/notify_check.h"
#include "engine/config/options.h"
#include "engine/config/secret.h"
#include "engine/promise.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Prefixes the sentence in `err` with the source of the option's value. */
static int refuse(const struct config_builder *builder, enum option_id id, struct error *err)
{
    return place_refuse(&builder->places[id], option_at(id), builder->config->config_file, err);
}

static bool is_from_command_line(const struct config_builder *builder, enum option_id id)
{
    enum source source = builder->places[id].source;
    return source == SOURCE_FLAG || source == SOURCE_SET;
}

static int check_demo(const struct config_builder *builder, struct error *err)
{
    if (!builder->config->is_demo)
        return 0;
    if (builder->config->mode == MODE_SIMULATE_API)
        return error_set(err, ERR_USAGE, "--demo and --simulate-api cannot be combined");
    if (builder->config->mode == MODE_BACKTEST)
        return error_set(err, ERR_USAGE, "--demo and --backtest cannot be combined");
    if (builder->config->mode == MODE_ATTACH)
        return error_set(err, ERR_USAGE, "--demo and --attach cannot be combined");
    if (builder->config->mode == MODE_REPLAY || builder->config->mode == MODE_REDECIDE ||
        builder->config->mode == MODE_HISTORY)
        return error_set(err, ERR_USAGE, "--demo has no state: nothing of it was recorded");
    if (is_from_command_line(builder, OPTION_API_URL))
        return error_set(err, ERR_USAGE, "--demo and --api cannot be combined");
    return 0;
}

/* The engine has its own: what would be ignored is refused. */
static int check_attach(const struct config_builder *builder, struct error *err)
{
    static const enum option_id engines[] = { OPTION_API_URL,      OPTION_DRY_RUN,
                                              OPTION_READ_ONLY,    OPTION_STATE_DIR,
                                              OPTION_NO_STATE,     OPTION_DISCOVERY_INTERVAL,
                                              OPTION_PASS_INTERVAL };
    if (builder->config->mode != MODE_ATTACH)
        return 0;
    for (size_t i = 0; i < sizeof engines / sizeof engines[0]; i++)
        if (builder->places[engines[i]].source == SOURCE_FLAG)
            return error_set(err, ERR_USAGE,
                             "--attach shows an engine that runs already: --%s cannot be combined "
                             "with it",
                             option_at(engines[i])->flag);
    return 0;
}

static int check_api_check(const struct config_builder *builder, struct error *err)
{
    const struct config *config = builder->config;
    if (config->check.scale && config->mode != MODE_CHECK_API)
        return error_set(err, ERR_USAGE, "--check-api-scale needs --check-api");
    if (config->mode == MODE_CHECK_API && config->is_demo)
        return error_set(err, ERR_USAGE, "--demo and --check-api cannot be combined");
    if (config->check.scale && (config->dry_run || config->read_only))
        return error_set(err, ERR_USAGE,
                         "--check-api-scale scales: it cannot be combined with "
                         "dry_run or read_only");
    return 0;
}

static int check_broken(const struct config_builder *builder, struct error *err)
{
    const char *name = builder->config->simulation.broken;
    char storage[QUOTE_SIZE];
    struct text quoted;
    if (!name || promise_find(name) != PROMISE_NONE)
        return 0;
    text_init(&quoted, storage, sizeof storage);
    quote_add(&quoted, name, strlen(name));
    error_set(err, ERR_CONFIG, "%s is no promise, see autoscaler-api(7)", storage);
    return refuse(builder, OPTION_SIMULATION_BREAK, err);
}

static int check_bare(const struct config_builder *builder, struct error *err)
{
    if (!builder->config->is_bare || builder->config->mode == MODE_ONCE)
        return 0;
    return error_set(err, ERR_USAGE, "--bare needs --once");
}

/* What was recorded is decided with what was in force then: a setting would be ignored. */
static int check_redecide(const struct config_builder *builder, struct error *err)
{
    for (int id = 0; id < OPTION_COUNT; id++)
        if (builder->places[id].source == SOURCE_SET)
            return error_set(err, ERR_USAGE,
                             "--redecide decides with the recorded settings: --set cannot be "
                             "combined with it");
    return 0;
}

static int check_past(const struct config_builder *builder, struct error *err)
{
    enum run_mode mode = builder->config->mode;
    if (is_from_command_line(builder, OPTION_SINCE) && mode != MODE_HISTORY)
        return error_set(err, ERR_USAGE, "--since needs --history");
    if (is_from_command_line(builder, OPTION_DEPLOYMENT) && mode != MODE_BACKTEST &&
        mode != MODE_REDECIDE)
        return error_set(err, ERR_USAGE, "--deployment needs --backtest or --redecide");
    return mode == MODE_REDECIDE ? check_redecide(builder, err) : 0;
}

/* Names the value from the stronger source, so that the sentence names a value that was set. */
static int check_defaults(const struct config_builder *builder, struct error *err)
{
    const struct policy *policy = &builder->config->defaults;
    if (policy->min_hosts <= policy->max_hosts)
        return 0;
    bool is_max = builder->places[OPTION_DEFAULTS_MAX_HOSTS].source >
                  builder->places[OPTION_DEFAULTS_MIN_HOSTS].source;
    if (is_max)
        error_set(err, ERR_CONFIG, "%d is below min_hosts, which is %d", policy->max_hosts,
                  policy->min_hosts);
    else
        error_set(err, ERR_CONFIG, "%d is above max_hosts, which is %d", policy->min_hosts,
                  policy->max_hosts);
    return refuse(builder, is_max ? OPTION_DEFAULTS_MAX_HOSTS : OPTION_DEFAULTS_MIN_HOSTS, err);
}

static int check_policies(const struct config_builder *builder, struct error *err)
{
    const struct config *config = builder->config;
    for (size_t i = 0; i < config->policy_count; i++) {
        const struct policy_rule *rule = &config->policies[i];
        if (rule->policy.min_hosts <= rule->policy.max_hosts)
            continue;
        char storage[QUOTE_SIZE];
        struct text match;
        text_init(&match, storage, sizeof storage);
        quote_add(&match, rule->match, strlen(rule->match));
        error_set(err, ERR_CONFIG, "%s: min_hosts %d is above max_hosts, which is %d", storage,
                  rule->policy.min_hosts, rule->policy.max_hosts);
        return place_refuse(&builder->rules[i].place, option_at(OPTION_POLICIES_MATCH),
                            config->config_file, err);
    }
    return 0;
}

static int cannot_read(const char *path, const char *why, struct error *err)
{
    char storage[QUOTE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    quote_add_path(&text, path);
    return error_set(err, ERR_CONFIG, "cannot read %s: %s", storage, why);
}

/* A pipe would block the engine with each connection: the TLS library opens the file, and waits for a writer. */
static int check_readable(const char *path, struct stat *ret_stat, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return cannot_read(path, strerror(errno), err);
    int error = fstat(fd, ret_stat) < 0 ? errno : S_ISDIR(ret_stat->st_mode) ? EISDIR : 0;
    close(fd);
    if (error)
        return cannot_read(path, strerror(error), err);
    return S_ISREG(ret_stat->st_mode) ? 0 : cannot_read(path, "not a regular file", err);
}

/* The file with the private key. */
static bool is_key_file(const struct config *config, enum option_id id)
{
    return id == OPTION_API_CLIENT_KEY || (id == OPTION_API_CLIENT_CERT && !config->api.client_key);
}

static int check_key(const char *path, const struct stat *st, struct warnings *warnings,
                     struct error *err)
{
    char storage[QUOTE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    quote_add_path(&text, path);
    int failed = file_trust_check_writers(st, err);
    if (failed)
        return error_prefix(err, "%s", storage);
    if (st->st_mode & S_IROTH)
        warnings_add(warnings, "%s: every user may read the private key (chmod o-r it)", storage);
    return 0;
}

static int check_file(struct config_builder *builder, const struct option_row *row,
                      const char *path, struct error *err)
{
    struct config *config = builder->config;
    struct stat st = { 0 };
    int failed = check_readable(path, &st, err);
    if (!failed && is_key_file(config, row->id))
        failed = check_key(path, &st, &config->warnings, err);
    return failed ? refuse(builder, row->id, err) : 0;
}

static int check_files(struct config_builder *builder, struct error *err)
{
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *row = option_at(i);
        if (row->type != TYPE_FILE)
            continue;
        char *path;
        memcpy(&path, (const char *)builder->config + row->offset, sizeof path);
        if (path && check_file(builder, row, path, err) && config_builder_note(builder, err))
            return -ENOMEM;
    }
    if (builder->config->api.client_key && !builder->config->api.client_cert) {
        error_set(err, ERR_CONFIG, "needs api.client_cert too");
        return refuse(builder, OPTION_API_CLIENT_KEY, err);
    }
    return 0;
}

/* AUTOSCALER_TOKEN overrides a token file named in the configuration file, but not one from the command line. */
static void doubt_token_file(struct config *config)
{
    const char *doubt = file_trust_directory_doubt(config->api.token_file);
    char storage[QUOTE_SIZE];
    struct text path;
    text_init(&path, storage, sizeof storage);
    quote_add_path(&path, config->api.token_file);
    if (doubt)
        warnings_add(&config->warnings, "%s: %s", storage, doubt);
}

static int read_token(struct config_builder *builder, struct error *err)
{
    struct config *config = builder->config;
    bool has_file = config->api.token_file;
    if (!has_file || (config->api.token && !is_from_command_line(builder, OPTION_API_TOKEN_FILE)))
        return 0;
    char *token;
    if (secret_read(config->api.token_file, &token, &config->api.token_stamp, err) == 0) {
        secret_free(config->api.token);
        config->api.token = token;
        builder->places[OPTION_API_TOKEN] = builder->places[OPTION_API_TOKEN_FILE];
        doubt_token_file(config);
        return 0;
    }
    if (err->code == -ENOMEM)
        return -ENOMEM;
    char storage[QUOTE_SIZE];
    struct text path;
    text_init(&path, storage, sizeof storage);
    quote_add_path(&path, config->api.token_file);
    error_prefix(err, "%s", storage);
    return refuse(builder, OPTION_API_TOKEN_FILE, err);
}

static void warn_of_token(struct config *config)
{
    size_t length = config->api.token ? strlen(config->api.token) : 0;
    if (0 < length && length < REDACTION_PART_MIN)
        warnings_add(&config->warnings,
                     "the token has fewer than %d characters: it is shown when the API repeats it",
                     REDACTION_PART_MIN);
}

/* A token is sent over https or to this machine only. Without https, a proxy could read it. */
static int check_token(const struct config_builder *builder, struct error *err)
{
    const struct config *config = builder->config;
    struct endpoint endpoint;
    if (!config->api.token)
        return 0;
    int failed = endpoint_examine(config->api.url, &endpoint, err);
    if (failed)
        return failed;
    if (!endpoint.is_https && !endpoint.is_loopback)
        error_set(err, ERR_CONFIG, "a token is sent over https or to this machine only");
    else if (!endpoint.is_https && config->api.proxy)
        error_set(err, ERR_CONFIG, "a token is sent through a proxy over https only");
    else
        return 0;
    return refuse(builder, OPTION_API_URL, err);
}

static bool shows_past(const struct config *config)
{
    return config->mode == MODE_BACKTEST || config->mode == MODE_REPLAY ||
           config->mode == MODE_REDECIDE || config->mode == MODE_HISTORY;
}

static bool contacts_api(const struct config *config)
{
    return !config->is_demo && config->mode != MODE_SIMULATE_API && !shows_past(config) &&
           config->mode != MODE_ATTACH;
}

static bool needs_files(const struct config *config)
{
    return config->mode != MODE_CHECK_SYNTAX && contacts_api(config);
}

/* What is wrong with one value does not hide what is wrong with another one. */
static int check_values(struct config_builder *builder, struct error *err)
{
    int (*const checks[])(const struct config_builder *,
                          struct error *) = { check_demo,     check_attach,  check_api_check,
                                              check_broken,   check_bare,    check_past,
                                              check_defaults, check_policies };
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (checks[i](builder, err) && config_builder_note(builder, err))
            return -ENOMEM;
    return notify_check_urls(builder, err);
}

static int check_secrets(struct config_builder *builder, struct error *err)
{
    if (check_files(builder, err) && config_builder_note(builder, err))
        return -ENOMEM;
    if (read_token(builder, err) && config_builder_note(builder, err))
        return -ENOMEM;
    if (builder->config->mode != MODE_ONCE && notify_check_files(builder, err))
        return -ENOMEM;
    warn_of_token(builder->config);
    if (builder->config->api.token || builder->config->api.client_cert)
        secret_keep_from_core_dumps();
    return check_token(builder, err) ? config_builder_note(builder, err) : 0;
}

int config_check_examine(struct config_builder *builder, struct error *err)
{
    struct config *config = builder->config;
    struct warnings mistakes = { 0 };
    if (!builder->examine || builder->examine(config, &config->warnings, &mistakes))
        return 0;
    int failed = mistakes.count > 0 ? 0 : error_no_memory(err);
    for (size_t i = 0; i < mistakes.count; i++) {
        error_set(err, ERR_CONFIG, "%s", mistakes.texts[i]);
        config_builder_note(builder, err);
    }
    warnings_fini(&mistakes);
    return failed;
}

/*
 * An API that has repeated the token in an id is recorded as it was. What shows a recording contacts nothing, and looks
 * for the token; without it, there is nothing to look for.
 */
static int check_past_token(struct config_builder *builder, struct error *err)
{
    if (read_token(builder, err) == -ENOMEM)
        return -ENOMEM;
    if (builder->config->api.token)
        secret_keep_from_core_dumps();
    return 0;
}

int config_check(struct config_builder *builder, struct error *err)
{
    int failed = check_values(builder, err);
    if (failed || (failed = config_check_examine(builder, err)))
        return failed;
    config_doubt(builder);
    if (needs_files(builder->config)) {
        failed = check_secrets(builder, err);
    } else if (shows_past(builder->config)) {
        failed = check_past_token(builder, err);
    } else {
        secret_free(builder->config->api.token);
        builder->config->api.token = NULL;
    }
    return failed ? failed : config_builder_failed(builder, err);
}
