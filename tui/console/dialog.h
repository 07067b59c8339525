/*
 * dialog - the confirmation before a change: what it will do, and the key that does it.
 *
 * For safe actions (pause, dry-run on, quit, suspend) the focus begins on the action, so its key and Enter confirm
 * it. For actions that move hosts (resume, dry-run off, a large pass, a manual scale) the focus begins on Cancel.
 * When a pass would move much, or a guard rail objects, the number or word must be typed before the action can be
 * pressed. The text is made from the newest snapshot each time it is drawn. Esc always cancels.
 *
 * Plain value; the console owns it. Cannot fail.
 */
#ifndef TUI_CONSOLE_DIALOG_H
#define TUI_CONSOLE_DIALOG_H

#include "engine/snapshot.h"
#include "tui/console/prompt.h"
#include "tui/term/keypress.h"

enum dialog_kind {
    DIALOG_NONE,
    DIALOG_PAUSE_ALL,
    DIALOG_RESUME_ALL,
    DIALOG_PAUSE_ROW,
    DIALOG_RESUME_ROW,
    DIALOG_DRY_RUN_ON,
    DIALOG_DRY_RUN_OFF,
    DIALOG_PASS, /* a pass that would move much */
    DIALOG_SCALE,
    DIALOG_SORT, /* a menu of columns */
    DIALOG_SUSPEND,
    DIALOG_QUIT,
};

enum dialog_focus { FOCUS_CANCEL, FOCUS_ACTION };

struct dialog {
    enum dialog_kind kind;
    enum dialog_focus focus;
    uint32_t slot; /* for PAUSE_ROW, RESUME_ROW, SCALE */
    char id[COMMAND_ID_SIZE];
    int32_t delta;       /* for SCALE */
    bool is_delta_typed; /* the next digit is appended */
    uint64_t objections; /* the rules whose objections were shown last, a bit each */
    char asked[16];      /* the answer that was required, as shown last */
    int choice;          /* for SORT: enum column */
    struct prompt typed; /* the typed answer */
};

/* Largest number of hosts in one manual scale. */
#define DIALOG_DELTA_MAX 1000000

/*
 * The word that must be typed to scale against an objection. It has no digits, because digits edit the number of
 * hosts.
 */
#define DIALOG_YES "yes"

#define DIALOG_LINES_MAX (8 + RULE_COUNT) /* every rule may object */
#define DIALOG_LINE_SIZE 320

struct dialog_text {
    char title[DIALOG_LINE_SIZE];
    char note[DIALOG_LINE_SIZE]; /* in the lower side of the frame */
    char action[32];             /* label of the button */
    size_t line_count;
    char lines[DIALOG_LINES_MAX][DIALOG_LINE_SIZE];
    bool must_type;
    char wanted[16];        /* the answer that must be typed */
    bool is_refused;        /* there is no action; the dialog can only be cancelled */
    size_t objection_count; /* guard rails that object to a SCALE */
    uint64_t objections;    /* their rules, a bit each */
};

struct dialog_limits {
    int32_t confirm_above_ppb; /* share of all hosts that a pass may move without confirmation */
};
#define CONFIRM_DEPLOYMENTS_MAX 50 /* limit on deployments without confirmation */

/* Would a pass move so much now that it needs a confirmation? */
bool dialog_is_large(const struct snapshot *snapshot, const struct dialog_limits *limits);

/*
 * Opens the dialog with the focus of its kind. `row` may be NULL when the kind concerns no deployment. A SCALE begins
 * with +1.
 */
void dialog_open(struct dialog *dialog, enum dialog_kind kind, uint32_t slot,
                 const struct snapshot_row *row);

void dialog_describe(const struct dialog *dialog, const struct snapshot *snapshot,
                     const struct dialog_limits *limits, struct dialog_text *ret_text);

/* Does the kind concern one deployment? */
bool dialog_is_about_row(enum dialog_kind kind);

/*
 * Must be called when the text has changed: an answer to an older text does not count. A new objection clears the
 * typed answer. The focus goes to Cancel when there is no action, or when another answer is required.
 */
void dialog_follow(struct dialog *dialog, const struct dialog_text *text);

/*
 * Keys: Tab and the arrows choose the button, Enter presses it; Esc, Ctrl-c and q cancel. Typing the required number
 * moves the focus to the action. In SCALE, + - Up Down and digits change the delta, and a word must be typed when a
 * rule objects. In SORT, the movement keys choose. DECIDED: the action was pressed with the required answer. An Enter
 * in one burst with the input before it is ignored: it was pasted, or typed before the dialog was drawn.
 */
enum dialog_answer { DIALOG_OPEN, DIALOG_CHANGED, DIALOG_CANCELLED, DIALOG_DECIDED };

enum dialog_answer dialog_input(struct dialog *dialog, const struct input *input,
                                const struct dialog_text *text);

#endif
