/*
 * scene - the headless program against an API with a memory: what the tests of its long life share.
 *
 * scene_enter and scene_leave are setup and teardown: *state is the scene, what it was before (a row) is stage.row.
 * Intervals are short, so that passes follow each other; no test waits for time, only for what the program says or asks.
 */
#ifndef TESTS_SUPPORT_API_FIXTURE_H
#define TESTS_SUPPORT_API_FIXTURE_H

#include "tests/support/hosts_api.h"
#include "tests/support/program_fixture.h"

struct scene {
    struct stage stage;
    struct hosts_api *hosts;
    void (*clear)(void *what); /* what stands on the scene goes first; NULL: nothing does */
    void *what;
};

int scene_enter(void **state);
int scene_leave(void **state);

/* The same place anew: the program is gone, the API is another one, and was asked nothing. */
void scene_renew(struct scene *scene);

/* --no-ui, passes every 10 ms, discoveries every 100 ms, and these arguments behind that; NULL: none. */
void scene_start(struct scene *scene, const char *const *arguments);

/* The same with this configuration file. */
void scene_start_with(struct scene *scene, const char *yaml, const char *const *arguments);

/* Writes the file anew, sends SIGHUP and waits for the line. */
void scene_reload(struct scene *scene, const char *yaml, const char *told);

/* SIGTERM, and everything ends well. */
void scene_stop(struct scene *scene);

/* Waits for so many more good statuses of a deployment. */
void scene_wait_reads(struct scene *scene, const char *id, int64_t more);

/* Waits for a line of the log, behind the last one that was waited for. */
const char *scene_wait(struct scene *scene, const char *text);

/* Waits until so many lines of the log in all hold the text, wherever they stand. */
void scene_wait_lines(struct scene *scene, const char *text, int64_t count);

/* Scale requests that the server got for this deployment. */
int64_t scene_scales(struct scene *scene, const char *id);

/* As many scales as these, and no more, were sent for the deployment; each with this delta. */
void assert_scales(struct scene *scene, const char *id, int64_t count, int64_t delta);

/* The file that scene_start_with and scene_reload write. */
#define SCENE_CONFIG "autoscaler.yaml"

/* The whole number behind "name=" in a line of the log; fails when there is none. */
int64_t line_number(const char *line, const char *name);

/* Fails unless it begins as every line of text does: time, level. */
void assert_log_line(const char *line);

/* Milliseconds of the day at which a line was written. */
int64_t line_time_ms(const char *line);

#endif
