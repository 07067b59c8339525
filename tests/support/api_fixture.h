/*
 * api_fixture - the headless program against a hosts_api, for tests with many passes.
 *
 * api_fixture_enter and api_fixture_leave are setup and teardown: they set *state to the fixture and keep its old
 * value, a row, in program_fixture.row. Intervals are short. Tests do not wait for a time, only for lines of the log
 * and for requests.
 */
#ifndef TESTS_SUPPORT_API_FIXTURE_H
#define TESTS_SUPPORT_API_FIXTURE_H

#include "tests/support/hosts_api.h"
#include "tests/support/program_fixture.h"

struct api_fixture {
    struct program_fixture program_fixture;
    struct hosts_api *hosts;
    void (*clear)(void *what); /* called first by api_fixture_leave; may be NULL */
    void *what;
};

int api_fixture_enter(void **state);
int api_fixture_leave(void **state);

/* The same without cmocka's signature. */
void api_fixture_init(struct api_fixture *fixture);
void api_fixture_fini(struct api_fixture *fixture);

/* Resets the fixture: ends the program and replaces the API by a new one without requests. */
void api_fixture_renew(struct api_fixture *fixture);

/* Starts with --no-ui, a pass every 10 ms, a discovery every 100 ms, and these arguments; NULL: none. */
void api_fixture_start(struct api_fixture *fixture, const char *const *arguments);

/* The same with this configuration file. */
void api_fixture_start_with(struct api_fixture *fixture, const char *yaml,
                            const char *const *arguments);

/* Replaces the file, sends SIGHUP and waits for the line. */
void api_fixture_reload(struct api_fixture *fixture, const char *yaml, const char *told);

/* Sends SIGTERM and checks for exit code 0. */
void api_fixture_stop(struct api_fixture *fixture);

/* Waits for this number of further successful status requests of a deployment. */
void api_fixture_wait_reads(struct api_fixture *fixture, const char *id, int64_t more);

/* Requests so many passes, one after the other, and waits for each to be done. After the first: it takes signals then. */
void api_fixture_run_passes(struct api_fixture *fixture, int count);

/* Only requested passes: a read that fails is retried, where the next of many passes would replace the retry. */
#define PASSES_ON_REQUEST "--pass-interval=1h"

/* Waits for a line of the log after the line that was found last. */
const char *api_fixture_wait(struct api_fixture *fixture, const char *text);

/* Waits until this number of lines in the whole log contain the text. */
void api_fixture_wait_lines(struct api_fixture *fixture, const char *text, int64_t count);

/* Scale requests that the server received for this deployment. */
int64_t api_fixture_scales(struct api_fixture *fixture, const char *id);

/* Fails unless exactly this number of scales were sent for the deployment, each with this delta. */
void assert_scales(struct api_fixture *fixture, const char *id, int64_t count, int64_t delta);

/* The file that api_fixture_start_with and api_fixture_reload write. */
#define API_FIXTURE_CONFIG "autoscaler.yaml"

/* The integer after "name=" in a line of the log; fails when there is none. */
int64_t line_number(const char *line, const char *name);

/* Fails unless the line begins with time and level. */
void assert_log_line(const char *line);

/* The time of a line, in milliseconds of the day. */
int64_t line_time_ms(const char *line);

#endif
