/*
 * main - from argv to an exit code. The only place that exits, and the only one that writes usage errors.
 *
 *     0  asked to stop and stopped cleanly; --once: every deployment was read and decided
 *     1  --once: a deployment failed or was held for bad data; --redecide: a decision is another one;
 *        --check-api: a promise is broken; otherwise a run-time failure
 *     2  usage or configuration error; --backtest, --replay, --redecide, --history: what cannot be
 *        read
 *     3  --once: discovery failed, nothing was done; --check-api: the API was not reached; --attach: no
 *        engine, or none that this user may look at
 *     4  another engine holds the state of this API
 */
#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/config/config.h"
#include "engine/config/config_values.h"
#include "engine/log/journal_stream.h"
#include "engine/run/backtest/backtests.h"
#include "engine/run/check/check_run.h"
#include "engine/run/engine.h"
#include "engine/run/past/history.h"
#include "engine/run/past/past_feed.h"
#include "engine/run/past/past_output.h"
#include "engine/run/past/redecide.h"
#include "engine/run/report.h"
#include "engine/run/simulate.h"
#include "tui/app.h"
#include "tui/console_program.h"
#include "tui/elsewhere.h"
#include "tui/key_config.h"
#include "tui/linear_app.h"
#include "tui/term/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/*
 * Pieces from this size on are the kernel's, and go back to it at once. Left alone, glibc raises the limit to the
 * size of the first long list that is freed, and keeps the holes that the next lists leave: a tenth of the memory of
 * a large fleet.
 */
#define LARGE_PIECE_SIZE (128 * 1024)

struct arguments {
    int count;
    char **values;
    struct key_post keys; /* from a reload to a console */
};

/*
 * A standard stream that is closed would be the number of the next thing that is opened, and the log would be written
 * there. What stands in for it cannot be written, so that output that goes nowhere is still noticed.
 */
static void hold_standard_streams(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDONLY);
    while (0 <= fd && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

/* An engine that cannot be made. A state directory that is refused is a matter of the configuration. */
static int complain_of_start(const struct error *err)
{
    if (err->code == ERR_STATE_HELD)
        return console_program_complain(EXIT_STATE_HELD, err);
    bool is_refused = err->code == ERR_CONFIG || err->code == ERR_TOO_NEW;
    return console_program_complain(is_refused ? EXIT_USAGE : EXIT_TROUBLE, err);
}

/* What was printed must have arrived: a full disk behind a pipe is no success. */
static int finish_output(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fprintf(stderr, "%sautoscaler: cannot write to standard output\n", journal_mark(LEVEL_ERROR));
    return code == EXIT_OK ? EXIT_TROUBLE : code;
}

static int complain_of_all(int failed, const struct error *err, struct warnings *more)
{
    console_program_complain(EXIT_USAGE, err);
    for (size_t i = 0; i < more->count; i++)
        fprintf(stderr, "%sautoscaler: %s\n", journal_mark(LEVEL_ERROR), more->texts[i]);
    warnings_fini(more);
    return failed == -ENOMEM ? EXIT_TROUBLE : EXIT_USAGE;
}

/* The configuration does not know the console's commands: what is wrong with their keys is found here. */
static int load(const struct arguments *arguments, struct config **ret_config,
                struct warnings *more, struct error *err)
{
    return config_load_or_list(arguments->count, arguments->values, key_config_check, ret_config,
                               more, err);
}

static int load_again(void *context, struct config **ret_config, struct warnings *more,
                      struct error *err)
{
    return load(context, ret_config, more, err);
}

static void on_reloaded(void *context, const struct config *config)
{
    struct arguments *arguments = context;
    struct key_bindings bindings = key_config_bindings(config);
    key_post_put(&arguments->keys, &bindings);
}

/* 0: standard output is no terminal, or does not know its size. */
static size_t terminal_columns(void)
{
    struct winsize size;
    return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static int report_once(const struct engine *engine)
{
    const struct reconciler *reconciler = engine_reconciler(engine);
    const struct config *config = engine_config(engine);
    if (!reconciler_is_discovery_ok(reconciler)) {
        fprintf(stderr, "%sautoscaler: discovery failed, nothing was done: %s\n",
                journal_mark(LEVEL_ERROR), engine_discovery_error(engine));
        return EXIT_NO_DISCOVERY;
    }
    struct report_source source = {
        .reconciler = reconciler,
        .api_url = engine_api_url(engine),
        .redaction = engine_redaction(engine),
        .is_dry_run = config->dry_run,
        .columns = terminal_columns(),
        .at = wall_now(),
    };
    report_print(&source, config->output, stdout);
    const struct pass_summary *pass = reconciler_pass(reconciler);
    bool is_trouble = pass->failed > 0 || pass->held_data > 0 || pass->unconfirmed > 0;
    return finish_output(is_trouble ? EXIT_TROUBLE : EXIT_OK);
}

/* What was sent before the signal came has been done: it is reported like a whole pass, and is none. */
static int report_interrupted(const struct engine *engine)
{
    bool has_pass = reconciler_pass(engine_reconciler(engine))->number > 0;
    fprintf(stderr, "%sautoscaler: interrupted, %s\n", journal_mark(LEVEL_WARN),
            has_pass ? "the report holds what was done until then" : "nothing was done");
    if (has_pass)
        report_once(engine);
    return EXIT_TROUBLE;
}

static int run_engine(struct config *config, struct arguments *arguments)
{
    bool is_once = config->mode == MODE_ONCE;
    if (!is_once)
        signal(SIGTTOU, SIG_IGN); /* in the background of a terminal the log would stop it */
    struct engine *engine = NULL;
    struct error err;
    if (engine_create(config, load_again, arguments, &engine, &err))
        return complain_of_start(&err);
    int code = EXIT_OK;
    enum engine_end end = engine_run(engine);
    console_program_mask_requests(SIG_BLOCK); /* nor an ending one */
    switch (end) {
    case ENGINE_DONE:
        code = report_once(engine);
        break;
    case ENGINE_STOPPED:
        code = is_once ? report_interrupted(engine) : EXIT_OK;
        break;
    case ENGINE_ABORTED:
        /* The second signal: nothing more is waited for, memory neither. */
        return EXIT_TROUBLE;
    }
    engine_destroy(engine);
    return code;
}

/* --- the console ------------------------------------------------------------------------------------------------ */

/* What others write to standard error while it is the screen. */
static int open_error_file(const struct engine *engine)
{
    const char *file = engine_log_file(engine);
    return file ? open(file, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY) : -1;
}

/* The recording of the engine, while the operator looks at it. */
struct live_past {
    const struct engine *engine;
    struct past_feed *feed;
};

static int open_live_past(void *context, struct feed **ret_feed, struct error *err)
{
    struct live_past *past = context;
    struct past_feed_config config = { .path = engine_state_directory(past->engine),
                                       .version = AUTOSCALER_VERSION,
                                       .redaction = engine_redaction(past->engine) };
    int failed = past_feed_open(&config, &past->feed, err);
    if (!failed && past_feed_start(past->feed, err)) {
        past_feed_close(past->feed);
        failed = err->code;
    }
    if (!failed)
        *ret_feed = past_feed_feed(past->feed);
    return failed;
}

static void close_live_past(void *context)
{
    struct live_past *past = context;
    past_feed_close(past->feed);
    past->feed = NULL;
}

/* With the engine running on its own thread. */
static int attend(struct engine *engine, struct app *app, struct key_post *keys)
{
    console_program_mask_ends(SIG_BLOCK);
    enum app_end end = app_run(app);
    console_program_mask_ends(SIG_UNBLOCK);
    screen_close();
    /* What is left to the end of the process may still be looked at by the engine. */
    if (end == APP_GAVE_UP || engine_join(engine) == ENGINE_ABORTED)
        return EXIT_TROUBLE;
    app_destroy(app);
    engine_destroy(engine);
    key_post_fini(keys);
    return EXIT_OK;
}

static int give_up(struct engine *engine, struct app *app, struct key_post *keys,
                   enum exit_code code, const struct error *err)
{
    screen_close();
    app_destroy(app);
    engine_destroy(engine);
    key_post_fini(keys);
    return console_program_complain(code, err);
}

static int open_console(struct engine *engine, struct arguments *arguments, int signals)
{
    struct error err;
    struct app *app = NULL;
    struct key_post *keys = &arguments->keys;
    struct app_config config = console_program_settings(engine_config(engine), signals);
    struct key_bindings bindings = key_config_bindings(engine_config(engine));
    config.console.bindings = &bindings;
    config.console.log_target = engine_log_file(engine);
    config.keys = keys;
    engine_on_reloaded(engine, on_reloaded);
    struct screen_config screen =
        console_program_screen(engine_config(engine), open_error_file(engine));
    struct live_past past = { .engine = engine };
    if (engine_state_directory(engine))
        config.past = (struct app_past){ open_live_past, close_live_past, &past };
    if (key_post_init(keys)) {
        error_no_memory(&err);
        return give_up(engine, NULL, keys, EXIT_TROUBLE, &err);
    }
    if (app_create(&config, engine_feed(engine), &app, &err))
        return give_up(engine, NULL, keys, EXIT_USAGE, &err);
    if (engine_start(engine, console_program_over, &err))
        return give_up(engine, app, keys, EXIT_TROUBLE, &err);
    /* Behind the engine, which knows what to do about signals: a terminal may take its time. */
    if (screen_open(&screen, &err)) {
        raise(SIGTERM);
        engine_join(engine);
        return give_up(engine, app, keys, EXIT_USAGE, &err);
    }
    return attend(engine, app, keys);
}

/* --- the linear console ----------------------------------------------------------------------------------------- */

static int attend_linear(struct engine *engine, struct linear_app *app)
{
    struct error err;
    if (engine_start(engine, console_program_over, &err)) {
        linear_app_destroy(app);
        engine_destroy(engine);
        return console_program_complain(EXIT_TROUBLE, &err);
    }
    console_program_mask_ends(SIG_BLOCK);
    enum app_end end = linear_app_run(app);
    console_program_mask_ends(SIG_UNBLOCK);
    if (end == APP_GAVE_UP || engine_join(engine) == ENGINE_ABORTED)
        return EXIT_TROUBLE;
    linear_app_destroy(app);
    engine_destroy(engine);
    return EXIT_OK;
}

static int run_linear(struct config *config, struct arguments *arguments)
{
    struct engine *engine = NULL;
    struct linear_app *app = NULL;
    struct error err;
    if (engine_create(config, load_again, arguments, &engine, &err))
        return complain_of_start(&err);
    struct app_config settings = console_program_settings(engine_config(engine), -1);
    settings.console.log_target = engine_log_file(engine);
    if (linear_app_create(&settings.console, engine_config(engine)->console.ascii,
                          engine_feed(engine), &app, &err)) {
        engine_destroy(engine);
        return console_program_complain(EXIT_USAGE, &err);
    }
    return attend_linear(engine, app);
}

static int run_console(struct config *config, struct arguments *arguments)
{
    struct engine *engine = NULL;
    struct error err;
    int signals = -1;
    if (config->console.a11y)
        return run_linear(config, arguments);
    if (screen_check(&err)) {
        config_destroy(config);
        return console_program_complain(EXIT_USAGE, &err);
    }
    if (screen_note())
        fprintf(stderr, "autoscaler: warning: %s\n", screen_note());
    if (screen_block_signals(&signals, &err)) {
        config_destroy(config);
        return console_program_complain(EXIT_TROUBLE, &err);
    }
    if (engine_create(config, load_again, arguments, &engine, &err))
        return complain_of_start(&err);
    return open_console(engine, arguments, signals);
}

static int run_simulation(const struct config *config)
{
    struct error err;
    return simulate_run(config, &err) ? console_program_complain(EXIT_TROUBLE, &err) : EXIT_OK;
}

/* A file that cannot be read is an error of the command line. */
static int run_backtests(const struct config *config, FILE *out, struct error *err)
{
    int failed = backtests_run(config, out, err);
    return !failed ? EXIT_OK : failed == -ENOMEM ? EXIT_TROUBLE : EXIT_USAGE;
}

static int run_redecide(const struct config *config, FILE *out, struct error *err)
{
    struct redecide_result result;
    if (redecide_run(config->past.path, config->past.deployment, out, &result, err))
        return EXIT_USAGE;
    return result.different > 0 ? EXIT_TROUBLE : EXIT_OK;
}

static int run_history(const struct config *config, FILE *out, struct error *err)
{
    int failed = history_run(config, wall_now(), out, err);
    return !failed ? EXIT_OK : failed == -ENXIO ? EXIT_TROUBLE : EXIT_USAGE;
}

static int run_check_api(const struct config *config, FILE *out, struct error *err)
{
    struct check_result result;
    if (check_run(config, out, &result, err))
        return EXIT_TROUBLE;
    return !result.is_reached ? EXIT_NO_DISCOVERY : result.broken > 0 ? EXIT_TROUBLE : EXIT_OK;
}

/* `run` prints what was recorded or found, or says in `err` why it cannot. */
static int run_past(const struct config *config,
                    int (*run)(const struct config *config, FILE *out, struct error *err))
{
    struct error err = { 0 };
    struct past_output output;
    if (past_output_open(config, stdout, &output, &err))
        return console_program_complain(EXIT_TROUBLE, &err);
    int code = run(config, output.stream, &err);
    past_output_close(&output, &err);
    return err.msg[0] != '\0' ? console_program_complain((enum exit_code)code, &err) : code;
}

static void print_warnings(const struct config *config)
{
    for (size_t i = 0; i < config->warnings.count; i++)
        fprintf(stderr, "%sautoscaler: warning: %s\n", journal_mark(LEVEL_WARN),
                config->warnings.texts[i]);
}

static bool has_engine(const struct config *config)
{
    return config->mode == MODE_CONSOLE || config->mode == MODE_HEADLESS ||
           config->mode == MODE_ONCE;
}

static int run_mode(struct config *config, struct arguments *arguments)
{
    int code = EXIT_OK;
    if (!has_engine(config))
        console_program_mask_requests(SIG_UNBLOCK);
    switch (config->mode) {
    case MODE_CONSOLE:
        return run_console(config, arguments);
    case MODE_HEADLESS:
    case MODE_ONCE:
        return run_engine(config, arguments);
    case MODE_SIMULATE_API:
        code = run_simulation(config);
        break;
    case MODE_BACKTEST:
        code = run_past(config, run_backtests);
        break;
    case MODE_REPLAY:
        code = elsewhere_replay(config);
        break;
    case MODE_ATTACH:
        code = elsewhere_attach(config);
        break;
    case MODE_REDECIDE:
        code = run_past(config, run_redecide);
        break;
    case MODE_HISTORY:
        code = run_past(config, run_history);
        break;
    case MODE_CHECK_API:
        code = run_past(config, run_check_api);
        break;
    case MODE_CHECK_CONFIG:
    case MODE_CHECK_SYNTAX:
        print_warnings(config);
        config_print(config, stdout);
        break;
    case MODE_HELP:
        config_print_help(stdout);
        break;
    case MODE_VERSION:
        printf("autoscaler %s\n", AUTOSCALER_VERSION);
        break;
    }
    config_destroy(config);
    return finish_output(code);
}

int main(int argc, char **argv)
{
    console_program_mask_requests(SIG_BLOCK);
    hold_standard_streams();
    /* Character types only: a decimal comma must reach neither JSON nor the log. */
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of the write */
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, LARGE_PIECE_SIZE);
#endif
    struct arguments arguments = { .count = argc, .values = argv };
    struct config *config = NULL;
    struct error err;
    struct warnings more = { 0 };
    int failed = load(&arguments, &config, &more, &err);
    if (failed)
        return complain_of_all(failed, &err, &more);
    return run_mode(config, &arguments);
}
