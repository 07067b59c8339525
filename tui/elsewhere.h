/*
 * elsewhere - the console without an engine in this process: on a recording, and on an engine that runs already.
 *
 * Both return an exit code, after the console has been left; what went wrong is on standard error. Console thread.
 */
#ifndef TUI_ELSEWHERE_H
#define TUI_ELSEWHERE_H

#include "engine/config/config_data.h"

int elsewhere_replay(const struct config *config);
int elsewhere_attach(const struct config *config);

#endif
