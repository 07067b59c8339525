/*
 * fixture - the headless program against an API with a memory: what the tests of its long life share.
 *
 * api_fixture_enter and api_fixture_leave are setup and teardown: *state is the fixture, what it was before (a row)
 * is program_fixture.row. Intervals are short, so that passes follow each other; no test waits for time, only for
 * what the program says or asks.
 */
#ifndef TESTS_SUPPORT_API_FIXTURE_H
#define TESTS_SUPPORT_API_FIXTURE_H

#include "tests/support/hosts_api.h"
#include "tests/support/program_fixture.h"

struct api_fixture {
    struct program_fixture program_fixture;
    struct hosts_api *hosts;
    void (*clear)(void *what); /* what stands on the fixture goes first; NULL: nothing does */
    void *what;
};

int api_fixture_enter(void **state);
int api_fixture_leave(void **state);

/* The same place anew: the program is gone, the API is another one, and was asked nothing. */
void api_fixture_renew(struct api_fixture *fixture);

/* --no-ui, passes every 10 ms, discoveries every 100 ms, and these arguments behind that; NULL: none. */
void api_fixture_start(struct api_fixture *fixture, const char *const *arguments);

/* The same with this configuration file. */
void api_fixture_start_with(struct api_fixture *fixture, const char *yaml,
                            const char *const *arguments);

/* Writes the file anew, sends SIGHUP and waits for the line. */
void api_fixture_reload(struct api_fixture *fixture, const char *yaml, const char *told);

/* SIGTERM, and everything ends well. */
void api_fixture_stop(struct api_fixture *fixture);

/* Waits for so many more good statuses of a deployment. */
void api_fixture_wait_reads(struct api_fixture *fixture, const char *id, int64_t more);

/* Waits for a line of the log, behind the last one that was waited for. */
const char *api_fixture_wait(struct api_fixture *fixture, const char *text);

/* Waits until so many lines of the log in all hold the text, wherever they stand. */
void api_fixture_wait_lines(struct api_fixture *fixture, const char *text, int64_t count);

/* Scale requests that the server got for this deployment. */
int64_t api_fixture_scales(struct api_fixture *fixture, const char *id);

/* As many scales as these, and no more, were sent for the deployment; each with this delta. */
void assert_scales(struct api_fixture *fixture, const char *id, int64_t count, int64_t delta);

/* The file that api_fixture_start_with and api_fixture_reload write. */
#define API_FIXTURE_CONFIG "autoscaler.yaml"

/* The whole number behind "name=" in a line of the log; fails when there is none. */
int64_t line_number(const char *line, const char *name);

/* Fails unless it begins as every line of text does: time, level. */
void assert_log_line(const char *line);

/* Milliseconds of the day at which a line was written. */
int64_t line_time_ms(const char *line);

#endif
