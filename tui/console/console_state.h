/*
 * console_state - the state that the parts of the console share. console*.c change it, the renderer reads it.
 *
 * For console*.c and the renderer only; all other code uses console.h.
 *
 *     console.c            life, time, pictures
 *     console_snapshots.c  takes, freezes and releases snapshots
 *     console_keys.c       dispatch of keys and clicks; pages, help, prompts
 *     console_list.c       cursor, order, view, sorting, filter
 *     console_log.c        the log's cursor, search and level
 *     console_commands.c   dialogs, and the commands that they send
 *     console_state.c      current page, messages, requests
 */
#ifndef TUI_CONSOLE_CONSOLE_STATE_H
#define TUI_CONSOLE_CONSOLE_STATE_H

#include "tui/console/console_config.h"
#include "tui/console/dialog.h"
#include "tui/console/keys.h"
#include "tui/console/logbook.h"
#include "tui/console/prompt.h"
#include "tui/draw/layout.h"
#include "tui/list/filter.h"

enum page { PAGE_LIST, PAGE_EXPLAIN, PAGE_LOG };

/* What the prompt in the last line edits. */
enum prompt_use { PROMPT_NONE, PROMPT_FILTER, PROMPT_SEARCH, PROMPT_ONLY };

/* The deployment under the cursor. It is found again by slot and id in every snapshot. */
struct cursor {
    uint32_t slot; /* SLOT_NONE: no row */
    char id[COMMAND_ID_SIZE];
    size_t position; /* in the order */
    bool is_moved;   /* by the operator; until then the cursor stays on the first row */
};

struct log_view {
    enum level level_min;
    bool is_following;
    uint64_t cursor;   /* number of the selected line, when not following */
    uint64_t seen_end; /* end of the log when following stopped */
    int sideways;      /* columns scrolled to the right */
    char search[PROMPT_SIZE];
    char only[PROMPT_SIZE];
};

/* What the engine explains, at the console's request. */
struct focus {
    uint32_t slot; /* SLOT_NONE: nothing */
    char id[COMMAND_ID_SIZE];
    int32_t delta; /* of a manual scale; 0: none */
};

struct console {
    struct console_config config;
    struct console_port port;
    const struct console_renderer *renderer;
    struct mono now;
    bool is_dirty;
    enum console_wish wish;

    /* Snapshots and the engine's state. */
    const struct snapshot *shown;  /* NULL: none yet */
    const struct snapshot *behind; /* newest snapshot while frozen; NULL otherwise */
    bool is_frozen;
    bool is_stale;       /* no snapshot came for two intervals after the next pass was due */
    struct mono arrived; /* when the newest snapshot came */

    /* The current page. */
    enum page page;
    bool is_log_focused; /* on the list page: keys act on the log pane */
    bool is_help_open;
    int help_top;
    int explain_top;
    enum page log_from; /* the page that `l` goes back to */
    enum page
        explain_from; /* LIST or LOG; never LOG while log_from is EXPLAIN, so pages form no circle */

    /* The list. */
    enum view view;
    enum column sort;
    bool is_descending;
    struct filter *filter;
    struct order *order;
    bool is_order_due; /* its input changed */
    struct mono hold_until;
    struct cursor cursor;
    struct cursor cursor_before; /* cursor when the filter prompt was opened */
    size_t list_top;             /* position of the first row shown */
    int list_rows;               /* as drawn last; the size of a page */
    int columns_skipped;         /* columns skipped to the right of DEPLOYMENT */

    /* The log. */
    struct logbook *logbook;
    struct log_view log;
    int log_rows;       /* as drawn last */
    bool was_following; /* was it following when the display was frozen? */

    /* The last line. */
    enum prompt_use prompt_use;
    struct prompt prompts[PROMPT_ONLY + 1];
    char text_before[PROMPT_SIZE]; /* the text before the prompt was opened */
    bool is_filter_bad;            /* the typed text is not a valid filter (yet) */
    struct error filter_error;
    struct dialog dialog;
    char message[COMMAND_TEXT_SIZE];
    enum role message_role;
    struct mono message_until;

    uint32_t serial; /* of the last command */
    bool is_stop_asked;
    struct focus focus; /* as last sent to the engine */
    int screen_columns; /* as drawn last */
    int screen_rows;
    struct layout layout; /* as drawn last; for the mouse */
    struct column_layout columns;
};

/* The KEY_CONTEXT_* in which keys are looked up. */
unsigned console_key_context(const struct console *console);

/* The same for the help's content: the page below the help. */
unsigned console_help_context(const struct console *console);

/* The row under the cursor; NULL: none. */
const struct snapshot_row *console_cursor_row(const struct console *console);

/* The query for the lines that are shown: level and "only" text; on an explanation, its deployment. */
struct logbook_query console_log_query(const struct console *console);

/* Is a deployment explained, on its page or behind the log? Then the cursor stays on it, even when it disappears. */
bool console_is_explaining(const struct console *console);

/* Shows a message in the last line for MESSAGE_MS. */
void console_message(struct console *console, enum role role, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A request to the console's caller. After WISH_LEAVE no other request replaces it. */
void console_wish(struct console *console, enum console_wish wish);

/* The newest snapshot, shown or not; NULL: none yet. */
const struct snapshot *console_newest(const struct console *console);

/* Returns a snapshot to the engine. NULL: does nothing. */
void console_snapshots_release(const struct console *console, const struct snapshot *snapshot);
void console_snapshots_freeze(struct console *console);
void console_snapshots_thaw(struct console *console);

/* press: a key outside of prompts and dialogs. point: a mouse input. clamp: limits the scroll positions. */
void console_keys_press(struct console *console, uint32_t keypress);
void console_keys_point(struct console *console, const struct input *input);
void console_keys_type(struct console *console, const struct input *input);
void console_keys_clamp(struct console *console);

/* The list. refresh: sorts when that is due and the order is not held. renew: sorts always. */
void console_list_refresh(struct console *console);
void console_list_renew(struct console *console);
/* Must be called when another snapshot is shown. */
void console_list_follow(struct console *console);
/* Scrolls so that the cursor is visible. */
void console_list_scroll(struct console *console, int rows);
void console_list_act(struct console *console, enum act act, uint32_t keypress);
/* Moves the cursor by `by` rows, over rows that have left. False: no such row. */
bool console_list_move(struct console *console, int64_t by);
void console_list_click(struct console *console, int row);
void console_list_click_heading(struct console *console, int column);
void console_list_wheel(struct console *console, int rows);
void console_list_sort(struct console *console, enum column column);
/* Moves the cursor to this deployment, visible or not. */
void console_list_select(struct console *console, uint32_t slot, const struct snapshot_row *row);
/* Opens the explanation of the row under the cursor; false: there is no row. */
bool console_list_explain(struct console *console);
/* Goes back one page. On the list: does nothing. */
void console_list_back(struct console *console);
/* Uses the text as filter if it is a valid one. */
void console_list_filter(struct console *console, const char *text);

/* The log. first: number of the first line that is shown in `rows` rows. */
uint64_t console_log_first(const struct console *console, int rows);
void console_log_act(struct console *console, enum act act);
void console_log_follow(struct console *console);
void console_log_stop(struct console *console);
void console_log_click(struct console *console, int row);
void console_log_wheel(struct console *console, int rows);
void console_log_explain(struct console *console);
/* After another level or text: moves the cursor to a visible line. */
void console_log_settle(struct console *console);
void console_log_search(struct console *console);

/* Commands and dialogs. */
void console_commands_act(struct console *console, enum act act);
void console_commands_sort(struct console *console);
void console_commands_suspend(struct console *console);
void console_commands_quit(struct console *console);
/* Was the engine asked to stop? */
bool console_commands_is_stopping(const struct console *console);
/* The text of the open dialog on this screen. An action whose objections do not fit is refused. */
void console_commands_describe(const struct console *console, struct dialog_text *ret_text);
/* An input while a dialog is open. */
void console_commands_answer(struct console *console, const struct input *input);
/* Updates the dialog to the current snapshot, or closes it when it no longer applies. */
void console_commands_follow(struct console *console);
/* Sends the explained deployment to the engine if it has changed. */
void console_commands_focus(struct console *console);

#endif
