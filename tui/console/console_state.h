/*
 * console_state - what the console's rooms share: console*.c change it, the panels draw from it.
 *
 * For console*.c and panel_*.c only; everybody else sees console.h.
 *
 *     console.c        snapshots, time, pictures
 *     console_keys.c   which room a key or a click goes to; pages, help, prompts
 *     console_list.c   cursor, order, view, sorting, filter
 *     console_log.c    the log's cursor, search and level
 *     console_steer.c  dialogs, and the commands that they decide
 */
#ifndef TUI_CONSOLE_CONSOLE_STATE_H
#define TUI_CONSOLE_CONSOLE_STATE_H

#include "tui/console/console.h"
#include "tui/console/dialog.h"
#include "tui/console/keys.h"
#include "tui/console/logbook.h"
#include "tui/console/prompt.h"
#include "tui/draw/layout.h"
#include "tui/list/filter.h"

enum page { PAGE_LIST, PAGE_EXPLAIN, PAGE_LOG };

/* What is typed into the last line. */
enum prompt_use { PROMPT_NONE, PROMPT_FILTER, PROMPT_SEARCH, PROMPT_ONLY };

/* The deployment under the cursor: found again by slot and id in every snapshot. */
struct cursor {
    uint32_t slot; /* SLOT_NONE: there is no row */
    char id[COMMAND_ID_SIZE];
    size_t position; /* in the order */
    bool is_moved;   /* by the operator; until then it stays on the first row, whoever that is */
};

struct log_view {
    enum level level_min;
    bool is_following;
    uint64_t cursor;   /* number of the selected line, when not following */
    uint64_t seen_end; /* where the log ended when following stopped */
    int sideways;      /* columns scrolled to the right */
    char search[PROMPT_SIZE];
    char only[PROMPT_SIZE];
};

/* What the engine is asked to explain. */
struct focus {
    uint32_t slot; /* SLOT_NONE: nothing */
    char id[COMMAND_ID_SIZE];
    int32_t delta; /* of a scale by hand; 0: none */
};

struct console {
    struct console_config config;
    struct console_port port;
    struct mono now;
    bool is_dirty;
    enum console_wish wish;

    /* What came. */
    const struct snapshot *shown;  /* NULL: none yet */
    const struct snapshot *behind; /* newest one while frozen; NULL otherwise */
    bool is_frozen;
    bool is_engine_over;
    bool is_stale;       /* the engine has said nothing for two intervals */
    struct mono arrived; /* when the newest snapshot came */

    /* Where one is. */
    enum page page;
    bool is_log_focused; /* in the list: keys go to the log below it */
    bool is_help_open;
    int help_top;
    int explain_top;
    enum page log_from; /* the page that `l` goes back to */
    enum page
        explain_from; /* LIST or LOG; never LOG while log_from is EXPLAIN: there is no circle */

    /* The list. */
    enum view view;
    enum column sort;
    bool is_descending;
    struct filter *filter;
    struct order *order;
    bool is_order_due; /* its input changed */
    struct mono hold_until;
    struct cursor cursor;
    struct cursor cursor_before; /* when the filter prompt was opened */
    size_t list_top;             /* position of the first row shown */
    int list_rows;               /* as drawn last; for pages */
    int columns_skipped;         /* sideways: columns left out behind DEPLOYMENT */

    /* The log. */
    struct logbook *logbook;
    struct log_view log;
    int log_rows;       /* as drawn last */
    bool was_following; /* when the display was frozen */

    /* The last line. */
    enum prompt_use prompt_use;
    struct prompt prompts[PROMPT_ONLY + 1];
    char text_before[PROMPT_SIZE]; /* what the prompt would change */
    bool is_filter_bad;            /* what is typed is none (yet) */
    struct error filter_error;
    struct dialog dialog;
    char message[COMMAND_TEXT_SIZE];
    enum role message_role;
    struct mono message_until;

    uint32_t serial; /* of the last command */
    bool is_stop_asked;
    struct focus focus; /* as the engine was told last */
    int screen_columns; /* as drawn last */
    int screen_rows;
    struct layout layout; /* as drawn last; for the mouse */
    struct column_layout columns;
};

/* Which KEY_CONTEXT_* keys are looked up in. */
unsigned console_place(const struct console *console);

/* The same of what the help is about: the place below it. */
unsigned console_help_place(const struct console *console);

/* The row under the cursor; NULL: none. */
const struct snapshot_row *console_cursor_row(const struct console *console);

/* The query of the log as it is shown: level and only; in an explanation, of its deployment. */
struct logbook_query console_log_query(const struct console *console);

/* Is one deployment explained, on its page or behind the log? Then the cursor stays on it, whatever becomes of it. */
bool console_is_explaining(const struct console *console);

/* A sentence in the last line, for MESSAGE_MS. */
void console_say(struct console *console, enum role role, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The newest snapshot, shown or behind; NULL: none yet. */
const struct snapshot *console_newest(const struct console *console);

/* A wish for whoever runs the console. To leave is the last one. */
void console_wish(struct console *console, enum console_wish wish);

/* NULL: nothing is given back. */
void console_give_back(const struct console *console, const struct snapshot *snapshot);

void console_freeze(struct console *console);
void console_thaw(struct console *console);

/* A key outside of prompts and dialogs; a mouse. The scroll positions are brought back to what there is. */
void console_keys_press(struct console *console, uint32_t chord);
void console_keys_point(struct console *console, const struct input *input);
void console_keys_type(struct console *console, const struct input *input);
void console_keys_clamp(struct console *console);

/* The list: the order is made if it is due and not held; or in any case. */
void console_list_refresh(struct console *console);
void console_list_renew(struct console *console);
/* The shown snapshot is another one. */
void console_list_follow(struct console *console);
/* So that the cursor is on the screen. */
void console_list_scroll(struct console *console, int rows);
void console_list_act(struct console *console, enum act act, uint32_t chord);
/* `by` rows further, over those that left. False: there is none. */
bool console_list_move(struct console *console, int64_t by);
void console_list_click(struct console *console, int row);
void console_list_click_heading(struct console *console, int column);
void console_list_wheel(struct console *console, int rows);
void console_list_sort(struct console *console, enum column column);
/* On this deployment, shown or not. */
void console_list_select(struct console *console, uint32_t slot, const struct snapshot_row *row);
/* Explanation of what is under the cursor; false: nothing is. */
bool console_list_explain(struct console *console);
/* One page back; from the list: nothing. */
void console_list_back(struct console *console);
/* What is typed into the prompt is the filter, if it is one. */
void console_list_filter(struct console *console, const char *text);

/* The log. */
void console_log_act(struct console *console, enum act act);
void console_log_follow(struct console *console);
void console_log_stop(struct console *console);
void console_log_click(struct console *console, int row);
void console_log_wheel(struct console *console, int rows);
void console_log_explain(struct console *console);
/* Another level or text: the cursor goes to a line that is shown. */
void console_log_settle(struct console *console);
void console_log_search(struct console *console);

/* Steering. */
void console_steer_act(struct console *console, enum act act);
void console_steer_sort(struct console *console);
void console_steer_suspend(struct console *console);
void console_steer_quit(struct console *console);
/* Has it been asked to stop? */
bool console_steer_is_stopping(const struct console *console);
/* What is pressed while a dialog is open. */
void console_steer_answer(struct console *console, const struct input *input);
/* What the dialog is about may have changed: it is brought up to date, or closed. */
void console_steer_follow(struct console *console);
/* Tells the engine what is explained, if that is news. */
void console_steer_focus(struct console *console);

/* What the dialog says, on this screen: what cannot be read cannot be agreed to. */
void panel_dialog_describe(const struct console *console, struct dialog_text *ret_text);

/* The panels. Each draws its areas of console->layout from what is there; nothing is changed. */
void panel_status_draw(const struct console *console,
                       struct canvas *canvas); /* status, totals, pass, view */
void panel_fleet_draw(const struct console *console, struct canvas *canvas); /* heading, list */
void panel_log_draw(const struct console *console,
                    struct canvas *canvas); /* log_title, log; or list on its page */
void panel_explain_draw(const struct console *console,
                        struct canvas *canvas); /* list, on its page */
void panel_hints_draw(const struct console *console,
                      struct canvas *canvas); /* hints: keys, prompt or message */
void panel_help_draw(const struct console *console, struct canvas *canvas);   /* over everything */
void panel_dialog_draw(const struct console *console, struct canvas *canvas); /* over everything */

/* Lines of the help for this place, so that scrolling knows its end; the same for an explanation. */
int panel_help_lines(const struct console *console, int columns);
int panel_explain_lines(const struct console *console, int columns);

/* The first line number and how many rows are shown of the log in so many rows. */
uint64_t panel_log_first(const struct console *console, int rows);

#endif
