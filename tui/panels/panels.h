/*
 * panels - all panels together: the renderer of the console.
 *
 * Constant. Console thread.
 */
#ifndef TUI_PANELS_PANELS_H
#define TUI_PANELS_PANELS_H

#include "tui/console/console_config.h"

extern const struct console_renderer panels_renderer;

#endif
