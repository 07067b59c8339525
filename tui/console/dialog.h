/*
 * dialog - the confirmation before a change: what it will do, and the key that does it.
 *
 * The focus begins on Cancel in every dialog: no key and Enter alone ever acts, Tab and Enter always do. When a pass
 * would move much, or a guard rail objects, the number or word must be typed before the action can be pressed. The
 * figures of an action that moves hosts stay those that were shown first, so that the number to type stays; when they
 * have changed, those of now stand beside them, and the next Enter is refused: from then on the new ones are asked for.
 * The rest of the text is made from the newest snapshot each time it is drawn. Esc always cancels.
 *
 * Plain value; the console owns it. Cannot fail.
 */
#ifndef TUI_CONSOLE_DIALOG_H
#define TUI_CONSOLE_DIALOG_H

#include "engine/snapshot.h"
#include "tui/console/prompt.h"
#include "tui/console/typing.h"
#include "tui/term/keypress.h"

enum dialog_kind {
    DIALOG_NONE,
#define DIALOG(id, ...) DIALOG_##id,
#include "tui/console/dialogs.def"
#undef DIALOG
};

enum dialog_focus { FOCUS_CANCEL, FOCUS_ACTION };

enum dialog_subject { DIALOG_ABOUT_CONSOLE, DIALOG_ABOUT_ENGINE, DIALOG_ABOUT_ROW };

enum dialog_effect { DIALOG_LESS, DIALOG_MORE };

struct dialog_row {
    enum dialog_effect effect;
    enum dialog_subject subject;
    enum command_kind command; /* of the action; FOCUS: none */
    const char *phrase;        /* for messages */
};

/* Hosts and deployments that the action would move; 0 where they do not matter. */
#define DIALOG_FIGURES 4
struct dialog_figures {
    int64_t values[DIALOG_FIGURES];
};

struct dialog {
    enum dialog_kind kind;
    enum dialog_focus focus;
    uint32_t slot; /* for PAUSE_ROW, RESUME_ROW, SCALE */
    char id[COMMAND_ID_SIZE];
    int32_t delta;                /* for SCALE */
    bool is_delta_typed;          /* the next digit is appended */
    int64_t for_ms;               /* for PAUSE_ROW, PAUSE_ALL: its length; 0: until it is resumed */
    bool is_answering;            /* digits are the typed answer, no longer the delta */
    uint64_t objections;          /* the rules whose objections were shown last, a bit each */
    char asked[16];               /* the answer that was required, as shown last */
    bool has_agreed;              /* the figures below are known */
    struct dialog_figures agreed; /* as shown first, or when the last Enter was refused */
    struct wall agreed_at;        /* of the snapshot that had them */
    bool is_moved_off;            /* a change moved the focus from the action to Cancel */
    bool
        is_focus_given; /* the typed answer moved the focus to the action; the next Tab keeps it there */
    int choice;         /* for SORT: enum column */
    struct prompt typed; /* the typed answer */
};

/* Largest number of hosts in one manual scale. */
#define DIALOG_DELTA_MAX 1000000

#define DIALOG_PAUSE_MINUTES_MAX 99999

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
    bool must_leave;        /* Tab leaves the number first, then the answer can be typed */
    char wanted[16];        /* the answer that must be typed */
    bool is_refused;        /* there is no action; the dialog can only be cancelled */
    size_t objection_count; /* guard rails that object to a SCALE */
    uint64_t objections;    /* their rules, a bit each */
    bool is_forced;         /* some of them are the engine's, so that the command must say so */
    struct dialog_figures figures; /* of the newest snapshot */
    struct wall figures_at;        /* of that snapshot */
};

struct dialog_limits {
    int32_t confirm_above_ppb; /* share of all hosts that a pass may move without confirmation */
    struct wall now;           /* ages are counted to it */
    int64_t old_after_ms;      /* figures of an older status are old; 0: no age matters */
};
#define CONFIRM_DEPLOYMENTS_MAX 50 /* limit on deployments without confirmation */

/* Would a pass move so much now that it needs a confirmation? */
bool dialog_is_large(const struct snapshot *snapshot, const struct dialog_limits *limits);

/*
 * Opens the dialog with the focus on Cancel. `row` may be NULL when the kind concerns no deployment. A SCALE begins
 * with +1.
 */
void dialog_open(struct dialog *dialog, enum dialog_kind kind, uint32_t slot,
                 const struct snapshot_row *row);

void dialog_describe(const struct dialog *dialog, const struct snapshot *snapshot,
                     const struct dialog_limits *limits, struct dialog_text *ret_text);

/* Not for NONE. */
const struct dialog_row *dialog_row(enum dialog_kind kind);

/* Does the kind concern one deployment? */
bool dialog_is_about_row(enum dialog_kind kind);

/*
 * Must be called when the text has changed: an answer to an older text does not count. A new objection clears the
 * typed answer. The focus goes to Cancel when there is no action, or when another answer is required.
 */
void dialog_follow(struct dialog *dialog, const struct dialog_text *text);

/*
 * Keys: Tab and the arrows choose the button, Enter presses it; Esc, Ctrl-c and q cancel. Typing the required number
 * moves the focus to the action, and a Tab behind it leaves it there. In SCALE, + - Up Down and digits change the
 * delta; when it is large, digits are the answer from the first Tab until + - Up Down or Backspace change the delta
 * again; a word must be typed when only a rule objects. In a pause, digits and Backspace change its length in minutes.
 * In SORT, the movement keys choose. DECIDED: the action was pressed with the required answer. OUTDATED: Enter was
 * pressed, and the dialog has changed; the next one counts. Pasted text is ignored: an answer is typed.
 */
enum dialog_answer {
    DIALOG_OPEN,
    DIALOG_CHANGED,
    DIALOG_CANCELLED,
    DIALOG_OUTDATED,
    DIALOG_DECIDED,
};

enum dialog_answer dialog_input(struct dialog *dialog, const struct input *input,
                                const struct dialog_text *text);

/* How fast this key may follow another one here. */
enum typing_use dialog_use(const struct dialog *dialog, uint32_t keypress);

/* After text that was not typed: the focus goes to Cancel and the answer must be typed again. */
void dialog_distrust(struct dialog *dialog);

#endif
