/*
 * config - options.def made into command line, environment and YAML: one table, one meaning.
 *
 * A `struct config` is a plain value with everything resolved: command line over environment over file over default.
 * Loading touches files and the environment and nothing else; it happens before anything is contacted. A load either
 * gives a whole configuration or an error and nothing. One thread at a time.
 *
 * Errors: ERR_USAGE for the command line ("unknown option '--foo' (see --help)"), ERR_CONFIG for the rest, the sentence
 * says what and where: "autoscaler.yaml:12:5: defaults.max_hosts: expected ..., found ...". One line each, escaped.
 */
#ifndef ENGINE_RUN_CONFIG_H
#define ENGINE_RUN_CONFIG_H

#include "engine/base/error.h"
#include "engine/core/policy.h"
#include "engine/io/log.h"
#include "engine/vocab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum run_mode {
    MODE_CONSOLE,
    MODE_HEADLESS,     /* --no-ui */
    MODE_ONCE,         /* --once */
    MODE_SIMULATE_API, /* --simulate-api */
    MODE_CHECK_CONFIG,
    MODE_HELP,
    MODE_VERSION,
};

enum output_format { OUTPUT_TABLE, OUTPUT_JSON };

struct policy_rule {
    char *match; /* shell pattern on the id */
    struct policy policy;
};

struct config {
    enum run_mode mode;
    bool is_demo;
    char *config_file; /* the one that was read; NULL: none */

    struct {
        char *url;   /* without a trailing slash */
        char *token; /* the secret itself, from the file or AUTOSCALER_TOKEN; NULL: none */
        char *token_file;
        char *ca_file;
        char *client_cert;
        char *client_key;
        char *proxy;
        bool insecure_tls;
        int64_t connect_timeout_ms;
        int64_t timeout_ms;
        int32_t concurrency;
        int32_t retries;
    } api;

    int64_t discovery_interval_ms;
    int64_t pass_interval_ms;
    bool dry_run;
    bool read_only;

    struct {
        char *file; /* "-": standard error */
        enum level level;
        enum log_format format;
    } log;

    struct policy defaults;
    struct policy_rule *policies; /* first match wins */
    size_t policy_count;

    struct {
        int32_t deployments;
        int64_t seed;
        int64_t boot_ms;
        int32_t speed_millis; /* --demo-speed in thousandths: 20 is 20000 */
        int32_t fault_ppb;
        char *listen; /* --simulate-api ADDR:PORT */
    } simulation;

    enum output_format output;
};

/*
 * Reads argv, the environment and the configuration file. A --help or --version anywhere wins over later mistakes.
 * *ret_config is the caller's to destroy with config_destroy.
 */
int config_load(int argc, char *const argv[], struct config **ret_config, struct error *err);

/* Accepts NULL. Wipes the token before the memory is given back. */
void config_destroy(struct config *config);

/* The policy of a deployment: the first rule that matches, else the defaults. Lives as long as the configuration. */
const struct policy *config_policy(const struct config *config, const char *id);

/*
 * May a running engine go on with `new`? Not when api.url, the mode or simulation.* changed: ERR_CONFIG
 * "api.url: cannot change while running; restart".
 */
int config_can_replace(const struct config *old, const struct config *new, struct error *err);

/* The whole configuration as YAML that config_load reads back; secrets are shown as "(set)" in a comment only. */
void config_print(const struct config *config, FILE *out);

void config_print_help(FILE *out);

#endif
