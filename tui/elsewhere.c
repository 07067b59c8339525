#include "tui/elsewhere.h"

#include "engine/base/error.h"
#include "engine/control/control_socket.h"
#include "engine/remote/remote_feed.h"
#include "engine/run/past/past_feed.h"
#include "tui/app.h"
#include "tui/console_program.h"
#include "tui/key_config.h"
#include "tui/linear_app.h"
#include "tui/term/screen.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* --- feeds of another kind --------------------------------------------------------------------------------------- */

/* Where snapshots come from without an engine in this process. */
struct elsewhere {
    struct feed *feed;
    int (*start)(void *context, struct error *err);
    void (*close)(void *context);
    void *context;
};

static int complain(const struct elsewhere *elsewhere, struct app *app, enum exit_code code,
                    const struct error *err)
{
    screen_close();
    app_destroy(app);
    elsewhere->close(elsewhere->context);
    return console_program_complain(code, err);
}

static int show_elsewhere(const struct config *config, const struct app_config *base,
                          const struct elsewhere *elsewhere)
{
    struct error err;
    struct app *app = NULL;
    struct app_config settings = *base;
    struct screen_config screen = console_program_screen(config, -1);
    struct key_bindings bindings = key_config_bindings(config);
    settings.console.bindings = &bindings;
    if (app_create(&settings, elsewhere->feed, &app, &err))
        return complain(elsewhere, NULL, EXIT_USAGE, &err);
    if (elsewhere->start(elsewhere->context, &err))
        return complain(elsewhere, app, EXIT_TROUBLE, &err);
    if (screen_open(&screen, &err))
        return complain(elsewhere, app, EXIT_USAGE, &err);
    enum app_end end = app_run(app);
    screen_close();
    if (end == APP_GAVE_UP)
        return EXIT_TROUBLE;
    app_destroy(app);
    elsewhere->close(elsewhere->context);
    return EXIT_OK;
}

static int complain_of_lines(const struct elsewhere *elsewhere, struct linear_app *app,
                             enum exit_code code, const struct error *err)
{
    linear_app_destroy(app);
    elsewhere->close(elsewhere->context);
    return console_program_complain(code, err);
}

static int show_in_lines(const struct config *config, const struct app_config *settings,
                         const struct elsewhere *elsewhere)
{
    struct error err;
    struct linear_app *app = NULL;
    if (linear_app_create(&settings->console, config->console.ascii, elsewhere->feed, &app, &err))
        return complain_of_lines(elsewhere, NULL, EXIT_USAGE, &err);
    if (elsewhere->start(elsewhere->context, &err))
        return complain_of_lines(elsewhere, app, EXIT_TROUBLE, &err);
    if (linear_app_run(app) == APP_GAVE_UP)
        return EXIT_TROUBLE;
    linear_app_destroy(app);
    elsewhere->close(elsewhere->context);
    return EXIT_OK;
}

/* Signals are blocked before any thread starts; -1: refused, and *ret_code is the exit code. */
static int block_signals(const struct elsewhere *elsewhere, int *ret_code)
{
    struct error err;
    int signals = -1;
    if (screen_check(&err))
        *ret_code = complain(elsewhere, NULL, EXIT_USAGE, &err);
    else if (screen_block_signals(&signals, &err))
        *ret_code = complain(elsewhere, NULL, EXIT_TROUBLE, &err);
    return signals;
}

/* --- the replay -------------------------------------------------------------------------------------------------- */

struct replay {
    struct redaction *redaction; /* NULL: there is no token */
    struct past_feed *feed;
};

static int start_past(void *context, struct error *err)
{
    const struct replay *replay = context;
    return past_feed_start(replay->feed, err);
}

static void close_past(void *context)
{
    const struct replay *replay = context;
    past_feed_close(replay->feed);
    redaction_destroy(replay->redaction);
}

static struct app_config replay_settings(const struct config *config, int signals)
{
    struct app_config settings = console_program_settings(config, signals);
    settings.console.is_replay = true;
    settings.console.is_view_auto = false;
    return settings;
}

/* The views of the operator are used, and what is saved is kept for the engine's console too. */
static int show_replay(const struct config *config, struct replay *replay)
{
    int code = EXIT_OK;
    const struct elsewhere elsewhere = { past_feed_feed(replay->feed), start_past, close_past,
                                         replay };
    int signals = block_signals(&elsewhere, &code);
    if (signals < 0)
        return code;
    struct app_config settings = replay_settings(config, signals);
    return show_elsewhere(config, &settings, &elsewhere);
}

static int show_replay_in_lines(const struct config *config, struct replay *replay)
{
    const struct elsewhere elsewhere = { past_feed_feed(replay->feed), start_past, close_past,
                                         replay };
    struct app_config settings = replay_settings(config, -1);
    return show_in_lines(config, &settings, &elsewhere);
}

static int open_recording(const struct config *config, struct replay *ret_replay, struct error *err)
{
    struct replay replay = { 0 };
    if (redaction_create_for(config->api.token, &replay.redaction))
        return error_no_memory(err);
    struct past_feed_config past = { .path = config->past.replay,
                                     .version = AUTOSCALER_VERSION,
                                     .redaction = replay.redaction,
                                     .takes_signals = true,
                                     .over = console_program_over };
    int failed = past_feed_open(&past, &replay.feed, err);
    if (failed)
        redaction_destroy(replay.redaction);
    else
        *ret_replay = replay;
    return failed;
}

int elsewhere_replay(const struct config *config)
{
    struct error err;
    struct replay replay = { 0 };
    console_program_mask_requests(SIG_BLOCK);
    console_program_mask_ends(SIG_BLOCK);
    if (open_recording(config, &replay, &err))
        return console_program_complain(EXIT_USAGE, &err);
    return config->console.a11y ? show_replay_in_lines(config, &replay)
                                : show_replay(config, &replay);
}

/* --- an engine that runs already --------------------------------------------------------------------------------- */

static int start_remote(void *context, struct error *err)
{
    return remote_feed_start(context, err);
}

static void close_remote(void *context)
{
    remote_feed_close(context);
}

static int show_remote(const struct config *config, struct remote_feed *remote)
{
    int code = EXIT_OK;
    const struct elsewhere elsewhere = { remote_feed_feed(remote), start_remote, close_remote,
                                         remote };
    int signals = config->console.a11y ? -1 : block_signals(&elsewhere, &code);
    if (code != EXIT_OK)
        return code;
    struct app_config settings = console_program_settings(config, signals);
    settings.console.is_attached = true;
    return config->console.a11y ? show_in_lines(config, &settings, &elsewhere)
                                : show_elsewhere(config, &settings, &elsewhere);
}

/* The socket of the command line, of the configuration, or the usual one. */
static int choose_socket(const struct config *config, char ret_path[CONTROL_PATH_SIZE],
                         struct error *err)
{
    const char *configured = config->control.socket;
    bool is_off = configured && strcmp(configured, "off") == 0;
    const char *option = config->attach[0] != '\0' ? config->attach : is_off ? NULL : configured;
    struct control_socket_sources sources = control_socket_sources_of_client(option);
    return control_socket_choose(&sources, ret_path, err);
}

int elsewhere_attach(const struct config *config)
{
    char path[CONTROL_PATH_SIZE];
    struct error err;
    struct remote_feed *remote = NULL;
    struct remote_feed_config settings = { .socket = path,
                                           .takes_signals = true,
                                           .over = console_program_over };
    if (choose_socket(config, path, &err))
        return console_program_complain(EXIT_USAGE, &err);
    console_program_mask_requests(SIG_BLOCK);
    console_program_mask_ends(SIG_BLOCK);
    if (remote_feed_open(&settings, &remote, &err)) {
        fprintf(stderr,
                "autoscaler: %s; start one with autoscaler --no-ui, or name its socket "
                "with --attach=SOCKET\n",
                err.msg);
        return EXIT_NO_ENGINE;
    }
    return show_remote(config, remote);
}
