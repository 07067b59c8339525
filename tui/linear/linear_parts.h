/*
 * linear_parts - the state of the linear console, for the files that make it up, and what it says.
 */
#ifndef TUI_LINEAR_LINEAR_PARTS_H
#define TUI_LINEAR_LINEAR_PARTS_H

#include "tui/console/console_state.h"
#include "tui/linear/linear_output.h"

/* What the open dialog said when it was read out. */
struct read_out {
    bool must_type;
    char wanted[sizeof((struct dialog_text *)0)->wanted];
    uint64_t objections;
    struct dialog_figures figures;
};

struct linear {
    struct console *console;
    struct linear_output output;
    uint64_t log_end;   /* lines of the log before it were said, or are too old */
    bool is_introduced; /* the first state of the fleet was said */
    bool is_explaining; /* waits for the engine's explanation */
    bool is_asking;     /* the open dialog was read out: */
    struct read_out read_out;
    bool is_leaving;
    bool is_lost;                    /* it was said that the connection to the engine is lost */
    struct wall said_at;             /* the moment of a replay that was said last */
    char message[COMMAND_TEXT_SIZE]; /* as said last */
};

/* One line. Escapes what is not printable, as the canvas does. */
void linear_say_bytes(const struct linear *linear, const char *bytes, size_t length);
void linear_say(const struct linear *linear, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
