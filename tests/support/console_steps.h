/*
 * console_steps - a screen of the console as an operator gets to it, for comparison with a reviewed one.
 *
 * A screen is played on a fixture with the fleet of the manual and drawn in one size. The steps below are those
 * of several screens. One thread. Errors fail the test.
 */
#ifndef TESTS_SUPPORT_CONSOLE_STEPS_H
#define TESTS_SUPPORT_CONSOLE_STEPS_H

#include "tests/support/console_fixture.h"

#include <stdbool.h>
#include <stddef.h>

#define SECOND_MS 1000
#define MINUTE_MS 60000

/* The slots of the fleet that are looked at. */
enum {
    FAILED,
    UNCONFIRMED,
    UNREAD,
    COOLED,
    BOUNDED,
    BROKEN,
    PAUSED,
    ROOMY,
    CHESS,
    CASUAL,
    GONE = 13
};

struct screen_row {
    const char *name; /* of the golden file */
    int columns, rows;
    bool is_utf8;
    void (*play)(struct console_fixture *fixture);
};

/* Each screen as a test of its own, and each once in many sizes. The number of failures. */
int screens_run(const char *name, const struct screen_row *rows, size_t count);

/* The same with roles in place of characters: letters stand for roles. */
int screens_run_roles(const char *name, const struct screen_row *rows, size_t count);

void steps_init(struct console_fixture *fixture, int columns, int rows, bool is_ascii);

/* The fleet of the manual; the same, taken by the console. */
void steps_fill(struct console_fixture *fixture);
void steps_show(struct console_fixture *fixture);

/* Down to the deployment of this slot. */
void steps_go_to(struct console_fixture *fixture, uint32_t slot);

/* So long before the instant of the screens. */
struct wall steps_ago(int64_t ms);

void steps_sentence(char sentence[SNAPSHOT_TEXT_SIZE], const char *text);

/* The example without what a screen has to add itself. */
struct snapshot_detail steps_detail(struct console_fixture *fixture, uint32_t slot);

/* Opens the explanation of this deployment, which the engine answers with `detail`. */
void steps_explain(struct console_fixture *fixture, uint32_t slot,
                   const struct snapshot_detail *detail);

/* The explanation of a growth that is cut, with a history of events. */
void steps_explain_cut(struct console_fixture *fixture);

#endif
