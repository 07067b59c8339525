/*
 * linear - the console as lines, for screen readers, braille displays and terminals without a cursor.
 *
 * Lines of an operator, snapshots and time go in; lines of text and commands to the engine come out. Nothing is drawn
 * and nothing already said changes: a warning or an error of the log is one line, an answer has a labelled field or a
 * sentence a line. It is the same console inside (console.h): the same order, filters, dialogs and refusals. A dialog
 * is read out, and the next line answers it: the word or number that it requires, or yes; any other line cancels it.
 *
 * Owns its console. It never waits and uses no descriptors. Console thread.
 */
#ifndef TUI_LINEAR_LINEAR_H
#define TUI_LINEAR_LINEAR_H

#include "tui/console/console.h"
#include "tui/linear/linear_output.h"

enum line_command {
#define LINE(id, ...) LINE_##id,
#include "tui/linear/linear.def"
#undef LINE
};
#define LINE(...) +1
enum {
    LINE_COUNT = 0
#include "tui/linear/linear.def"
};
#undef LINE

struct line_row {
    const char *word;
    const char *argument; /* "": none */
    const char *meaning;
};

const struct line_row *line_row(enum line_command command);

struct linear;

/* As console_create, without a renderer. */
int linear_create(const struct console_config *config, const struct console_port *port,
                  const struct linear_output *output, struct linear **ret_linear,
                  struct error *err);
void linear_destroy(struct linear *linear);

/* The console holds the snapshot until it releases it. */
void linear_snapshot(struct linear *linear, struct mono now, const struct snapshot *snapshot);

/* A line of the operator, without its end. */
void linear_line(struct linear *linear, struct mono now, const char *line);

/* When linear_tick must be called; MONO_NEVER: not needed. */
struct mono linear_deadline(const struct linear *linear);
void linear_tick(struct linear *linear, struct mono now);

/* It reads a recording, not an engine. */
bool linear_is_replay(const struct linear *linear);

/* The engine is another program. */
bool linear_is_attached(const struct linear *linear);

/* The console is to end: quit was asked for again while the engine stops, or where nothing stops with it. */
bool linear_is_leaving(const struct linear *linear);

#endif
