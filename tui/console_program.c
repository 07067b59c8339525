#include "tui/console_program.h"

#include "engine/base/panic.h"
#include "engine/log/journal_stream.h"
#include "tui/list/order.h"
#include "tui/state_file.h"
#include "tui/term/terminal_restore.h"

#include <signal.h>
#include <stdio.h>

int console_program_complain(enum exit_code code, const struct error *err)
{
    fprintf(stderr, "%sautoscaler: %s\n", journal_mark(LEVEL_ERROR), err->msg);
    return (int)code;
}

/*
 * What asks a running engine for something must not end a starting one: systemd takes that for a clean end. The
 * engine admits them when it can handle them, and the other modes when the configuration is read.
 */
void console_program_mask_requests(int how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigprocmask(how, &set, NULL);
}

/* This thread may wait for a terminal that takes nothing; the engine handles signals on its own thread. */
void console_program_mask_ends(int how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(how, &set, NULL);
}

/*
 * The engine has ended and the console has not: a terminal that takes nothing may hold it in a write. What was asked
 * to stop must stop.
 */
#define CONSOLE_PATIENCE_S 3

void console_program_over(void)
{
    terminal_restore_after(CONSOLE_PATIENCE_S, EXIT_OK);
}

/* A word that its table does not know is a mistake in options.def. */
struct screen_config console_program_screen(const struct config *config, int error_fd)
{
    enum screen_colors colors = SCREEN_COLORS_AUTO;
    enum theme theme = THEME_AUTO;
    must(screen_colors_parse(config->console.color, &colors));
    must(theme_parse(config->console.theme, &theme));
    return (struct screen_config){
        .colors = colors,
        .theme = theme,
        .is_ascii = config->console.ascii,
        .has_mouse = config->console.mouse,
        .error_fd = error_fd,
    };
}

/* A demo keeps nothing: its views are not for the operator's own fleet. NULL: there is no place for the file. */
static const char *state_file(const struct config *config)
{
    static char path[STATE_PATH_SIZE];
    return !config->is_demo && state_file_path(path) ? path : NULL;
}

static const char *views_lost(const struct config *config)
{
    if (config->is_demo)
        return "a demo keeps no views";
    return state_file(config) ? NULL : "there is no place for the file";
}

struct app_config console_program_settings(const struct config *config, int signals)
{
    enum view view = VIEW_ALL;
    enum column sort = COLUMN_STATE;
    bool is_auto = !view_parse(config->console.view, &view);
    must(columns_parse(config->console.sort, &sort));
    return (struct app_config){
        .console = {
            .view = view,
            .is_view_auto = is_auto,
            .sort = sort,
            .filter = config->console.filter,
            .has_clipboard = config->console.clipboard,
            .confirm_above_ppb = config->console.confirm_above_ppb,
            .views_lost = views_lost(config),
        },
        .refresh_ms = config->console.refresh_ms,
        .signals = signals,
        .note = screen_note(),
        .state_file = state_file(config),
        .has_view_choice = !is_auto || sort != COLUMN_STATE,
    };
}
