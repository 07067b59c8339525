/*
 * typing - separates keys that a person presses from text that is pasted without brackets, by the times they came.
 *
 * A serial line, a KVM, mosh and the Windows console send pasted text one character after the other, like keys. Keys
 * that follow each other within TYPING_RUN_MS are a run, and a run is a paste, however its bytes were cut. Exempt are
 * keys that a held-down key repeats. A key that acts is held until nothing followed it for TYPING_RUN_MS, so that the
 * first key of a paste is known as such; an input of the mouse does not follow a key and is to be ignored meanwhile.
 * Until TYPING_QUIET_MS after the last refused key only keys that move are taken: a slow line pauses within a paste.
 *
 * Plain value; time is an argument. Cannot fail.
 */
#ifndef TUI_CONSOLE_TYPING_H
#define TUI_CONSOLE_TYPING_H

#include "tui/term/keypress.h"

/* Two keys by hand are seldom nearer than this; the characters of a paste seldom farther apart. */
#define TYPING_RUN_MS 40
#define TYPING_QUIET_MS 300

/* What the key does where it was pressed, and what it may follow at any speed. */
enum typing_use {
    TYPING_MOVE,   /* moves or scrolls; follows another movement */
    TYPING_STEP,   /* changes a dialog; follows itself */
    TYPING_TEXT,   /* is typed into a dialog, or means nothing; follows nothing */
    TYPING_PROMPT, /* is typed into a prompt, where pasted text is welcome; follows anything */
    TYPING_LOOK,   /* opens an explanation; is held; follows a movement */
    TYPING_ENTER,  /* ends a prompt; is held; follows the text of the prompt */
    TYPING_ACT,    /* acts, or confirms; is held; follows nothing */
};

struct typing {
    bool is_holding;
    struct input held; /* waits for what follows */
    struct mono came;  /* the last key */
    uint32_t keypress;
    enum typing_use use;
    struct mono quiet_until; /* after a run */
};

/* NOW: do it. HELD: typing_release returns it later. PASTED: it belongs to a run; a held key was dropped with it. */
enum typing_answer { TYPING_NOW, TYPING_HELD, TYPING_PASTED };

void typing_init(struct typing *typing);

/* A key, at its time `came`. */
enum typing_answer typing_take(struct typing *typing, const struct input *input,
                               enum typing_use use);

/* A bracketed paste counts as a run: a held key is dropped. */
void typing_paste(struct typing *typing, struct mono came);

/* The held key, when nothing followed it. Must be called after all inputs that have come were taken. */
bool typing_release(struct typing *typing, struct mono now, struct input *ret_input);

/* When typing_release returns the held key; MONO_NEVER: there is none. */
struct mono typing_deadline(const struct typing *typing);

#endif
