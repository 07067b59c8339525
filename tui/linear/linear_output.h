/*
 * linear_output - where the lines of the linear console go.
 */
#ifndef TUI_LINEAR_LINEAR_OUTPUT_H
#define TUI_LINEAR_LINEAR_OUTPUT_H

#include <stdbool.h>

#define LINEAR_TEXT_SIZE 1024

/* Takes a line without its end: printable, in the encoding of the locale. */
struct linear_output {
    void (*say)(void *context, const char *line);
    void *context;
    bool is_ascii;
};

#endif
