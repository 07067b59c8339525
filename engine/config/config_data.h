/*
 * config_data - the configuration as a plain value, for every part of the program.
 *
 * Everything is resolved: command line over environment over file over default. The caller of config_load (config.h)
 * owns it. One thread at a time.
 */
#ifndef ENGINE_CONFIG_CONFIG_DATA_H
#define ENGINE_CONFIG_CONFIG_DATA_H

#include "engine/config/file_trust.h"
#include "engine/config/key_list.h"
#include "engine/config/notify_list.h"
#include "engine/config/path_list.h"
#include "engine/config/warnings.h"
#include "engine/core/drain.h"
#include "engine/core/policy.h"
#include "engine/log/log.h"
#include "engine/log/log_rotation.h"
#include "engine/sim/host_pool.h"
#include "engine/sim/trace.h"
#include "engine/vocab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum run_mode {
    MODE_CONSOLE,
    MODE_HEADLESS,     /* --no-ui */
    MODE_ONCE,         /* --once */
    MODE_SIMULATE_API, /* --simulate-api */
    MODE_BACKTEST,     /* --backtest */
    MODE_REPLAY,       /* --replay */
    MODE_REDECIDE,     /* --redecide */
    MODE_HISTORY,      /* --history */
    MODE_ATTACH,       /* --attach */
    MODE_CHECK_API,    /* --check-api */
    MODE_CHECK_CONFIG,
    MODE_CHECK_SYNTAX, /* --check-config=syntax */
    MODE_HELP,
    MODE_VERSION,
};

/* When a record counts as stored (journal_config.h, which this layer does not use). */
enum state_sync { STATE_SYNC_ALWAYS, STATE_SYNC_BATCH };

enum output_format { OUTPUT_TABLE, OUTPUT_JSON };

struct policy_rule {
    char *match; /* shell pattern on the id */
    struct policy policy;
};

struct config {
    enum run_mode mode;
    bool is_demo;
    bool is_bare;      /* --bare: the policies are those of policy_make_bare */
    char *config_file; /* the file that was read; NULL: none */
    struct warnings warnings;

    struct {
        char *url;   /* without a trailing slash */
        char *token; /* the secret itself, from the file or AUTOSCALER_TOKEN; NULL: none */
        char *token_file;
        struct file_stamp token_stamp; /* of the file that the token was read from */
        char *ca_file;
        char *client_cert;
        char *client_key;
        char *proxy;
        bool insecure_tls;
        bool removes_pending;
        int64_t connect_timeout_ms;
        int64_t timeout_ms;
        int32_t concurrency;
        int32_t retries;
        enum draining draining;
    } api;

    int64_t discovery_interval_ms;
    int64_t pass_interval_ms;
    bool dry_run;
    bool read_only;

    struct {
        char *dir; /* NULL: the usual one (state_dir.h) */
        bool is_off;
        enum state_sync sync;
    } state;

    struct {
        char *socket;    /* path; "off"; NULL: the usual one (control_socket.h) */
        char *group;     /* whose members may read */
        char *operators; /* groups whose members may act, with commas between them; NULL: none */
    } control;

    struct {
        char *listen;      /* ADDRESS:PORT; NULL: none */
        char *deployments; /* a shell pattern on the id; "all", "none" */
        int32_t series_max;
    } metrics;

    struct notify_list notify;

    struct {
        int64_t keep_ms; /* 0: nothing is recorded */
        int64_t size_max;
    } recording;

    struct {
        char *file; /* "-": standard error */
        enum level level;
        enum log_format format;
        int64_t size_max; /* 0: none */
        int32_t keep;
    } log;

    /* The console interprets the words. They are those of the rows in options.def, which own them. */
    struct {
        const char *view;
        const char *sort;
        char *filter;
        const char *color;
        const char *theme;
        bool ascii;
        bool a11y;
        bool clipboard;
        bool mouse;
        int64_t refresh_ms;
        int32_t confirm_above_ppb;
        struct key_list keys;
    } console;

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
        char *broken; /* a promise (promises.def); NULL: none */
    } simulation;

    struct {
        struct path_list traces; /* what --backtest names, "-" is standard input */
        int32_t servers_per_host;
        int32_t target_free_ppb;
        int64_t boot_ms;
        int32_t peak_servers;
        int64_t session_ms;
        enum placement placement;
        bool drain;
        int64_t min_charge_ms;
        int64_t seed;
    } backtest;

    /* Modes that read what was recorded. */
    struct {
        char *path;       /* of a recording: --redecide */
        char *id;         /* of a deployment; "": all */
        char *replay;     /* of a recording: --replay */
        char *deployment; /* a shell pattern; NULL: all */
        int64_t since_ms; /* before now */
    } past;

    struct {
        char *url;   /* of --check-api; "": api.url, which is the same otherwise */
        char *scale; /* the deployment that may be scaled; NULL: none */
    } check;

    char *attach; /* the socket of --attach; "": the usual one */

    enum output_format output;
};

/*
 * Checks a part that only the caller understands; NULL: there is none. False: it is wrong, and each mistake was added
 * to `mistakes`.
 */
typedef bool config_examine(const struct config *config, struct warnings *warnings,
                            struct warnings *mistakes);

#endif
