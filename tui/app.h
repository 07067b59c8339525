/*
 * app - the loop between a terminal and an engine: keys and snapshots in, pictures and commands out.
 *
 * Sleeps in poll(2) on the terminal, the feed and the signals, until input comes or the console has a deadline; it
 * does not poll for news by timer. Keys are answered at once; changes by the engine are shown at most every
 * refresh_ms. Console thread.
 */
#ifndef TUI_APP_H
#define TUI_APP_H

#include "engine/feed.h"
#include "tui/console/console.h"
#include "tui/key_post.h"

/*
 * Where the past comes from, beside the engine: a feed of the recording. It is opened when the operator looks at it
 * first, and closed when now is shown again. A replay has none: its only feed is the past.
 */
struct app_past {
    int (*open)(void *context, struct feed **ret_feed, struct error *err); /* NULL: there is none */
    void (*close)(void *context);
    void *context;
};

struct app_config {
    struct console_config console;
    int64_t refresh_ms;
    int signals;            /* the descriptor of screen_block_signals */
    struct key_post *keys;  /* of later configurations; borrowed; NULL: there are none */
    const char *note;       /* shown first; borrowed; NULL: nothing */
    const char *state_file; /* of what is kept between runs, borrowed; NULL: nothing is */
    bool has_view_choice;   /* the view or the sorting is configured: the last one is not shown */
    struct app_past past;
};

enum app_end {
    APP_OVER,    /* the engine has ended */
    APP_GAVE_UP, /* the engine has not ended after repeated requests to leave */
};

struct app;

/* Call it before the screen is opened and the engine runs. -ENOMEM, or ERR_BAD_VALUE for an invalid filter. */
int app_create(const struct app_config *config, struct feed *feed, struct app **ret_app,
               struct error *err);

/* Runs until the engine has ended. The screen must be open. */
enum app_end app_run(struct app *app);

/* Gives its snapshots back to the feed. Accepts NULL. */
void app_destroy(struct app *app);

#endif
