/*
 * console_state - the state that the parts of the console share. console*.c change it, the renderer reads it.
 *
 * For console*.c and the renderer only; all other code uses console.h.
 *
 *     console.c            life, time, pictures
 *     console_snapshots.c  takes, freezes and releases snapshots
 *     console_keys.c       dispatch of keys and clicks; prompts
 *     console_acts.c       what the keys do; pages, help
 *     console_list.c       keys and clicks of the list; sorting, filter
 *     console_attention.c  what needs an operator, and the acknowledgements
 *     console_order.c      the order of the list, and the cursor in it
 *     console_find.c       the search in the list
 *     console_views.c      views on digits, saved ones
 *     console_columns.c    the menu of columns
 *     console_log.c        the log's cursor, search and level
 *     console_log_rows.c   the rows of the log on the screen
 *     console_log_times.c  jumps to a time in the log
 *     console_commands.c   dialogs, and the commands that they send
 *     console_palette.c    commands by their names
 *     console_copy.c       what y and Y copy
 *     console_freshness.c  the age of what is shown
 *     console_past.c       looking at the past
 *     console_state.c      current page, messages, requests
 */
#ifndef TUI_CONSOLE_CONSOLE_STATE_H
#define TUI_CONSOLE_CONSOLE_STATE_H

#include "tui/console/console_config.h"
#include "tui/console/dialog.h"
#include "tui/console/fleet_trend.h"
#include "tui/console/key_bindings.h"
#include "tui/console/keys.h"
#include "tui/console/logbook.h"
#include "tui/console/prompt.h"
#include "tui/console/saved_views.h"
#include "tui/console/typing.h"
#include "tui/draw/layout.h"
#include "tui/list/filter.h"
#include "tui/list/hits.h"

/* What y has copied last, in the list. */
enum copied { COPIED_NOTHING, COPIED_ID, COPIED_ROW };

#define COPY_SIZE 16384

enum page { PAGE_LIST, PAGE_EXPLAIN, PAGE_LOG };

/* What the prompt in the last line edits. */
enum prompt_use {
    PROMPT_NONE,
    PROMPT_FILTER,
    PROMPT_FIND,
    PROMPT_SEARCH,
    PROMPT_ONLY,
    PROMPT_TIME,
    PROMPT_SAVE,
    PROMPT_AT,
    PROMPT_COMMAND
};
#define PROMPT_USE_COUNT (PROMPT_COMMAND + 1)

/* What is wrong with the text in the prompt. The last valid text stays in force. */
struct prompt_fault {
    bool is_bad;
    bool is_refused; /* Enter was pressed all the same */
    struct filter_fault fault;
    struct error error;
};

/* The deployment under the cursor. It is found again by slot and id in every snapshot. */
struct cursor {
    uint32_t slot; /* SLOT_NONE: no row */
    char id[COMMAND_ID_SIZE];
    size_t position; /* in the order */
    /* Where it was when the engine had lost all deployments, such as at a restart; "": it waits for none. */
    char awaited[COMMAND_ID_SIZE];
    struct mono jumped; /* when another deployment came under it without a key; 0: never */
};

struct log_view {
    enum level level_min;
    bool is_following;
    uint64_t cursor;   /* number of the selected line, when not following */
    uint64_t seen_end; /* end of the log when following stopped */
    int sideways;      /* columns scrolled to the right */
    struct line_pattern *search;
    struct line_pattern *only;
    bool is_line_open;           /* the selected line is shown whole */
    char scope[COMMAND_ID_SIZE]; /* the page shows only lines of this deployment; "": of all */
};

/* A row of the log on the screen. */
struct log_row {
    uint64_t number;
    bool is_date; /* the date of this line, in front of it */
};

struct log_walk {
    uint64_t from;
    int64_t day; /* of the row before */
};

/* The menu of columns, over the list. */
struct chooser {
    bool is_open;
    int place; /* in the order of the choice */
    struct column_choice before;
};

/* What the engine explains, at the console's request. */
struct focus {
    uint32_t slot; /* SLOT_NONE: nothing */
    char id[COMMAND_ID_SIZE];
    int32_t delta; /* of a manual scale; 0: none */
};

/* What is kept of the snapshots of one source: a running engine, or a recording. */
struct side {
    struct logbook *logbook;
    struct attention *attention;
    struct fleet_trend trend;
    bool is_attention_lost;
};

/* Looking at the past. */
struct past_view {
    bool is_asked;                   /* snapshots of the past are wanted */
    int32_t speed_millis;            /* chosen last; 0: none */
    struct wall mark;                /* the moment to compare with; 0: none */
    const struct snapshot *compared; /* its difference is shown, over the page; NULL: none is */
    int top;                         /* of that */
};

/* Lines above the changes of a difference. */
#define DIFFERENCE_ROWS 2

/* What keys that go to the past say while attached. */
#define CONSOLE_PAST_ATTACHED                                                                      \
    "no past in an attached console: see autoscalerctl history, autoscaler --replay"

struct console {
    struct console_config config;
    struct console_port port;
    const struct console_renderer *renderer;
    struct mono now;
    bool is_dirty;
    enum console_wish wish;
    bool is_touched;       /* an input has come */
    bool is_given_up_told; /* that an expression takes too long */
    struct key_bindings bindings;
    char frozen[96];       /* why nothing is sent while the display is frozen */
    char past_refusal[96]; /* the same while the past is shown */
    struct typing typing;
    enum dialog_kind held_in; /* the dialog that a held key was pressed in */

    /* Snapshots and the engine's state. */
    const struct snapshot *shown;  /* NULL: none yet */
    const struct snapshot *behind; /* newest snapshot while frozen; NULL otherwise */
    bool is_frozen;
    bool is_silent;      /* no snapshot came for two intervals after the next pass was due */
    bool is_unread;      /* no status was read for two intervals */
    struct mono arrived; /* when the newest snapshot came */
    struct past_view past;
    struct side aside; /* of the source that is not shown */

    /* The current page. */
    enum page page;
    bool is_log_focused; /* on the list page: keys act on the log pane */
    bool is_help_open;
    int help_top;
    char help_wanted[PROMPT_SIZE]; /* the lines of the help that have this text; "": all */
    int explain_top;
    enum page log_from; /* the page that `l` goes back to */
    enum page
        explain_from; /* LIST or LOG; never LOG while log_from is EXPLAIN, so pages form no circle */

    /* What needs an operator, as of the newest snapshot. */
    struct attention *attention;
    bool is_attention_lost; /* there was no memory: it begins anew with the next snapshot */
    bool is_view_due;       /* the view that the console begins with is to be chosen */

    /* The list. */
    enum view view;
    enum view home; /* the view that the console began with */
    enum column sort;
    bool is_descending;
    struct filter *filter;
    struct filter *search; /* empty: nothing is searched for */
    struct hits *hits;     /* of the search */
    struct order *order;
    bool is_order_due;   /* its input changed */
    bool is_order_asked; /* by the operator, so that the cursor may go to another deployment */
    struct mono hold_until;
    struct cursor cursor;
    struct cursor cursor_before; /* cursor when the prompt was opened */
    size_t list_top;             /* position of the first row shown */
    int list_rows;               /* as drawn last; the size of a page */
    struct fleet_trend trend;
    bool is_strip_folded;
    struct column_choice choice;
    struct chooser chooser;
    struct saved_views saved;
    bool is_saving_due;       /* they changed */
    int digit;                /* of the saved view that is shown; 0: none */
    struct saved_view before; /* the view before the last digit, for 0 */
    int digit_before;
    int columns_skipped; /* columns skipped to the right of DEPLOYMENT */

    /* The log. */
    struct logbook *logbook;
    struct log_view log;
    int log_rows;       /* as drawn last */
    bool was_following; /* was it following when the display was frozen? */

    /* The last line. */
    enum prompt_use prompt_use;
    struct prompt prompts[PROMPT_USE_COUNT];
    char text_before[PROMPT_SIZE]; /* the text before the prompt was opened */
    struct prompt_fault prompt_fault;
    struct dialog dialog;
    struct mono dialog_opened;
    struct mono dialog_changed;  /* by a key, the last time */
    struct dialog dialog_before; /* before the first of the keys that came as fast as a paste */
    char message[COMMAND_TEXT_SIZE];
    enum role message_role;
    struct mono message_until;

    char copy[COPY_SIZE];
    enum copied copied;
    char copied_id[COMMAND_ID_SIZE];

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

/* The engine's explanation of the deployment under the cursor; NULL: not received yet. */
const struct snapshot_detail *console_detail(const struct console *console);

/* The query for the lines that are shown: level and "only" text; on an explanation, its deployment. */
struct logbook_query console_log_query(const struct console *console);

/* Is a deployment explained, on its page or behind the log? Then the cursor stays on it, even when it disappears. */
bool console_is_explaining(const struct console *console);

/* Shows a message in the last line for MESSAGE_MS. */
void console_message(struct console *console, enum role role, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The key of an act as a sentence names it. */
struct key_label console_key(const struct console *console, enum act act);

/* A request to the console's caller. After WISH_LEAVE no other request replaces it. */
void console_wish(struct console *console, enum console_wish wish);

/* The newest snapshot, shown or not; NULL: none yet. */
const struct snapshot *console_newest(const struct console *console);
/* Returns a snapshot to the engine. NULL: does nothing. */
void console_release_snapshot(const struct console *console, const struct snapshot *snapshot);
/* Is a moment of a recording shown? */
bool console_is_past(const struct console *console);

/* The time of day that ages are counted to. Needs a snapshot, as all of these. */
struct wall console_clock(const struct console *console);
/* What was read before so many milliseconds is old: two intervals. */
int64_t console_old_after_ms(const struct console *console);
/* Is a status of this time old? Never: no. */
bool console_is_old(const struct console *console, struct wall read_at);
/* Since when nothing new is known: the newest status, or the newest snapshot; 0: something new is known. */
struct wall console_stale_since(const struct console *console);
/* When the next of these changes without a snapshot; MONO_NEVER: it does not. */
struct mono console_freshness_deadline(const struct console *console);
/* Updates is_silent and is_unread. True: one of them has changed. */
bool console_freshness_follow(struct console *console);

void console_snapshots_freeze(struct console *console);
void console_snapshots_thaw(struct console *console);

/* swap: what is kept of the two sources. turn: the other source is shown now. begin: the next snapshot of it. */
void console_past_swap(struct console *console);
void console_past_turn(struct console *console);
void console_past_begin(struct console *console, const struct snapshot_past *past);
void console_past_act(struct console *console, enum act act);
void console_past_speed(struct console *console, int32_t speed_millis);
void console_past_enter_time(struct console *console, const char *text);
/* Holds the snapshot until it is closed. */
void console_past_show_difference(struct console *console, const struct snapshot *snapshot);
void console_past_close_difference(struct console *console);

/* take: an input, at the speed at which it came. release: a held key that nothing followed. */
void console_keys_take(struct console *console, const struct input *input);
void console_keys_release(struct console *console);
/* press: a key outside of prompts and dialogs. point: a mouse input. */
void console_keys_press(struct console *console, uint32_t keypress);
void console_keys_point(struct console *console, const struct input *input);
void console_keys_type(struct console *console, const struct input *input);

/* Acts. press: what a key has asked for in this context. clamp: limits the scroll positions. */
void console_acts_press(struct console *console, unsigned context, enum act act, uint32_t keypress);
/* Does what the key of this act does; false: nothing on this page. */
bool console_acts_run(struct console *console, enum act act);
/* The help; its lines with this text (NULL: all). */
void console_acts_help(struct console *console, const char *wanted);
void console_acts_clamp(struct console *console);

/* Attention. take: a new snapshot, while the previous one of its source, `before`, is still valid; NULL: none. */
void console_attention_take(struct console *console, const struct snapshot *before,
                            const struct snapshot *snapshot);
/* Once, after the first pass: begins with the attention view when something is in it. */
void console_attention_begin(struct console *console);
/* The row under the cursor; every row of the queue. */
void console_attention_acknowledge(struct console *console);
void console_attention_acknowledge_all(struct console *console);

/* The order of the list. refresh: sorts when that is due and the order is not held. renew: sorts always. */
void console_order_refresh(struct console *console);
void console_order_renew(struct console *console);
/* hold: keeps the cursor on its deployment, and the order unchanged for HOLD_MS. unhold: ends that, and sorts. */
void console_order_hold(struct console *console);
void console_order_unhold(struct console *console);
/* Finds the rows that match the search; after every change of the order or of the search. */
void console_order_search(struct console *console);
/* Shows another view. */
void console_order_view(struct console *console, enum view view);
/* Must be called when another snapshot is shown. */
void console_order_follow(struct console *console);
/* Scrolls so that the cursor is visible. */
void console_order_scroll(struct console *console, int rows);
/* The row at this position; NULL: its deployment has left. */
const struct snapshot_row *console_order_row(const struct console *console, size_t position);
/* Moves the cursor by `by` rows, over rows that have left. False: no such row. */
bool console_order_move(struct console *console, int64_t by);
/* Sorts, and moves the cursor to the row that is the first one then. */
void console_order_first(struct console *console);
/* Puts the cursor on the row at this position of the order, when there is one. */
void console_order_put(struct console *console, size_t position);
/* Moves the cursor to this deployment, visible or not. */
void console_order_select(struct console *console, uint32_t slot, const struct snapshot_row *row);

/* The list. */
void console_list_act(struct console *console, enum act act, uint32_t keypress);
void console_list_click(struct console *console, int row);
void console_list_click_heading(struct console *console, int column);
void console_list_wheel(struct console *console, int rows);
void console_list_sort(struct console *console, enum column column);
/* Moves the cursor to the next row with this text in its id, whatever the case. */
void console_list_go(struct console *console, const char *text);
/* Opens the explanation of the row under the cursor; false: there is no row. */
bool console_list_explain(struct console *console);
/* Goes back one page. On the list: does nothing. */
void console_list_back(struct console *console);
/* Uses the text as filter if it is a valid one. */
void console_list_filter(struct console *console, const char *text);

/* The views of the list. go: a digit. open, enter: the prompt that saves one. */
void console_views_go(struct console *console, uint32_t keypress);
void console_views_open(struct console *console);
void console_views_enter(struct console *console, const char *text);
/* Its saved name, or that of its states. */
const char *console_view_name(const struct console *console);
/* The digit that goes to what is shown. */
int console_view_digit(const struct console *console);

/* The menu of columns. answer: an input while it is open. */
void console_columns_open(struct console *console);
void console_columns_answer(struct console *console, const struct input *input);
enum typing_use console_columns_use(uint32_t keypress);

/* The search in the list. next: opens the prompt when there is no search. */
void console_find_open(struct console *console);
void console_find_type(struct console *console, const char *text);
void console_find_enter(struct console *console);
/* The cursor goes back to where it was when the prompt was opened. */
void console_find_leave(struct console *console);
void console_find_next(struct console *console, bool is_forward);
/* False: there is no search. */
bool console_find_clear(struct console *console);

/* The log. first: number of the first line that is shown in `rows` rows; walk and next: the rows from a line on. */
uint64_t console_log_first(const struct console *console, int rows);
struct log_walk console_log_walk(const struct console *console, uint64_t from);
bool console_log_next(const struct console *console, struct log_walk *walk,
                      struct log_row *ret_row);
/* The selected line; the last one shown when following. False: there is none. */
bool console_log_selected(const struct console *console, uint64_t *ret_number);
/* Where its lines are, and whether the row above them is the histogram. */
struct area console_log_area(const struct console *console);
bool console_log_has_histogram(const struct console *console);
/* Opens its page, with the lines of the explained deployment only, or closes it. */
void console_log_toggle(struct console *console);
/* The text of its prompts: while it is typed, and in the end. */
void console_log_type(struct console *console, const char *text);
void console_log_only(struct console *console, const char *text);
void console_log_open_time(struct console *console);
void console_log_enter_time(struct console *console, const char *text);
void console_log_act(struct console *console, enum act act);
void console_log_level(struct console *console, enum level level);
void console_log_follow(struct console *console);
void console_log_stop(struct console *console);
/* Puts the cursor on a line that is kept. */
void console_log_select(struct console *console, uint64_t number);
void console_log_click(struct console *console, int row);
void console_log_wheel(struct console *console, int rows);
void console_log_explain(struct console *console);
/* After another level or text: moves the cursor to a visible line. */
void console_log_settle(struct console *console);
void console_log_search(struct console *console);

/* The palette. complete: the text of its prompt; run: the command. */
void console_palette_complete(struct console *console);
void console_palette_run(struct console *console, const char *text);

/* Copies the deployment under the cursor, or its explanation. */
void console_copy(struct console *console, bool is_to_file);

/* Commands and dialogs. scale: opens the dialog for the row under the cursor. */
void console_commands_scale(struct console *console, int32_t delta);
/* False: the display is frozen, and a message was shown. */
bool console_commands_may_act(struct console *console);
/* The row that a key acts on. NULL: there is none, or it has just come under the cursor; a message was shown. */
const struct snapshot_row *console_commands_row(struct console *console);
/* Asks to pause the selected deployment for so long. */
void console_commands_pause(struct console *console, int64_t for_ms);
/* Asks to end the pause of all, or of the selected deployment. */
void console_commands_resume(struct console *console, bool is_all);
void console_commands_act(struct console *console, enum act act);
void console_commands_sort(struct console *console);
void console_commands_suspend(struct console *console);
void console_commands_quit(struct console *console);
/* Closes the dialog without an answer. */
void console_commands_close(struct console *console);
/* The program was stopped while it was open: closes it with a message. */
void console_commands_interrupt(struct console *console);
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
