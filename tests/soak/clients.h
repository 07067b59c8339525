/*
 * clients - what people and scripts do with an engine while it runs: two consoles, a script and a scraper.
 *
 *     consoles   autoscaler --attach, each on a terminal of its own, with a key now and then
 *     script     autoscalerctl, one command after the other: pause, plan, resume, with a reason that begins with
 *                CLIENTS_REASON
 *     scraper    GET /v1/deployments once a second
 *
 * They begin when the socket is there. All processes end with the soak process. Nothing waits for them: the owner calls
 * clients_look often. One thread.
 */
#ifndef TESTS_SOAK_CLIENTS_H
#define TESTS_SOAK_CLIENTS_H

#include <stdbool.h>
#include <stdint.h>

#define CLIENTS_CONSOLES 2
#define CLIENTS_REASON "soak"

struct clients_config {
    const char *program;
    const char *ctl;
    const char *socket;
};

struct clients_counts {
    int64_t pauses;        /* carried out */
    int64_t resumes;       /* carried out */
    int64_t plans;         /* printed */
    int64_t refused;       /* commands with another exit code than 0 */
    int64_t scrapes;       /* whole responses */
    int64_t broken;        /* responses that are not whole, or not of a deployment list */
    int64_t drawn_bytes;   /* of the consoles */
    int64_t console_exits; /* by themselves */
};

struct clients;

/* Starts nothing yet. `config` is copied, its texts are borrowed. */
struct clients *clients_create(const struct clients_config *config);

void clients_look(struct clients *clients);

/* The process of the first console; 0: it has not begun. */
int clients_console_pid(const struct clients *clients);

struct clients_counts clients_counts(const struct clients *clients);

/* Ends the script after its command, and the consoles. False: a console did not end with 0. */
bool clients_finish(struct clients *clients);

void clients_destroy(struct clients *clients);

#endif
