/*
 * dialog - the question before anything changes: what it will do, and the key that does it.
 *
 * Towards safety (pause, dry-run on, quit, suspend) the focus begins on the action, so that its key and Enter do
 * it; towards action (resume, dry-run off, a large pass, a scale by hand) it begins on Cancel. When much would
 * move, or a guard rail objects, the number must be typed before the action can be pressed. The text is made from
 * the newest snapshot each time it is drawn. Esc cancels, always.
 *
 * Plain value; the console owns it. Cannot fail.
 */
#ifndef TUI_CONSOLE_DIALOG_H
#define TUI_CONSOLE_DIALOG_H

#include "engine/snapshot.h"
#include "tui/console/prompt.h"
#include "tui/term/key.h"

enum dialog_kind {
    DIALOG_NONE,
    DIALOG_PAUSE_ALL,
    DIALOG_RESUME_ALL,
    DIALOG_PAUSE_ROW,
    DIALOG_RESUME_ROW,
    DIALOG_DRY_RUN_ON,
    DIALOG_DRY_RUN_OFF,
    DIALOG_PASS, /* one that would move much */
    DIALOG_SCALE,
    DIALOG_SORT, /* a menu of columns */
    DIALOG_SUSPEND,
    DIALOG_QUIT,
};

enum dialog_focus { FOCUS_CANCEL, FOCUS_ACTION };

struct dialog {
    enum dialog_kind kind;
    enum dialog_focus focus;
    uint32_t slot; /* of PAUSE_ROW, RESUME_ROW, SCALE */
    char id[COMMAND_ID_SIZE];
    int32_t delta;       /* of SCALE */
    bool is_delta_typed; /* the next digit goes behind it */
    uint64_t objections; /* which ones stood against it, as shown last */
    char asked[16];      /* what had to be typed, as shown last */
    int choice;          /* of SORT: enum column */
    struct prompt typed; /* the number, where one must be typed */
};

/* More hosts cannot be asked for by hand at once. */
#define DIALOG_DELTA_MAX 1000000

/* What must be typed to scale against an objection: digits are the number of hosts, always. */
#define DIALOG_YES "yes"

#define DIALOG_LINES_MAX 8
#define DIALOG_LINE_SIZE 320

struct dialog_text {
    char title[DIALOG_LINE_SIZE];
    char note[DIALOG_LINE_SIZE]; /* in the lower edge */
    char action[32];             /* the button */
    size_t line_count;
    char lines[DIALOG_LINES_MAX][DIALOG_LINE_SIZE];
    bool must_type;
    char wanted[16];        /* what must be typed */
    bool is_refused;        /* there is no action: it can only be cancelled */
    size_t objection_count; /* guard rails that stand against a SCALE */
    uint64_t objections;    /* which they are */
};

struct dialog_limits {
    int32_t confirm_above_ppb; /* share of all hosts that may move without typing */
};
#define CONFIRM_DEPLOYMENTS_MAX 50 /* and so many deployments */

/* Would a pass now move so much that it is asked about? `unpaused`: nothing holds it back. */
bool dialog_is_large(const struct snapshot *snapshot, const struct dialog_limits *limits);

/* Opens it; the focus is where the kind wants it. `row` may be NULL where the kind concerns none. A SCALE is of +1. */
void dialog_open(struct dialog *dialog, enum dialog_kind kind, uint32_t slot,
                 const struct snapshot_row *row);

void dialog_describe(const struct dialog *dialog, const struct snapshot *snapshot,
                     const struct dialog_limits *limits, struct dialog_text *ret_text);

/* Is it about one deployment? */
bool dialog_is_about_row(enum dialog_kind kind);

/*
 * Another text is shown: what was agreed to under an older one is taken back. Objections that were not there before
 * empty what was typed; where there is no button to press, or another number to type, the focus goes to Cancel.
 */
void dialog_follow(struct dialog *dialog, const struct dialog_text *text);

/*
 * What a key does: Tab and the arrows choose the button, Enter presses it; Esc, Ctrl-c and q cancel. Typing the number
 * that is asked for moves the focus to the action. In SCALE + - Up Down and digits change the delta, and a word has to
 * be typed where a rule objects. In SORT the movement keys choose. DECIDED: the action was pressed, and what must be
 * typed is. An Enter that came in one burst with what was before it is nobody's answer: it was pasted, or its own
 * dialog was not seen yet.
 */
enum dialog_answer { DIALOG_OPEN, DIALOG_CHANGED, DIALOG_CANCELLED, DIALOG_DECIDED };

enum dialog_answer dialog_input(struct dialog *dialog, const struct input *input,
                                const struct dialog_text *text);

#endif
