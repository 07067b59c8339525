/*
 * journal_fixture - a journal in a directory of its own, records with numbers, and what is restored as text.
 *
 * Intent n has the key "key-n" and belongs to the deployment "eu-(n % DEPLOYMENTS)". What is restored is written as one
 * line for each override, deployment and scale, so that a test compares texts. Waiting has a deadline that only a
 * failing test reaches. One thread.
 */
#ifndef TESTS_STORE_JOURNAL_FIXTURE_H
#define TESTS_STORE_JOURNAL_FIXTURE_H

#include "engine/base/text.h"
#include "engine/store/journal.h"

#define IDENTITY "rest http://127.0.0.1:8000"
#define DEPLOYMENTS 3
#define RESTORED_SIZE 16384

struct journal_fixture {
    char base[128];
    char directory[STATE_PATH_SIZE]; /* below it */
    char path[STATE_PATH_SIZE + 32];
    int wake;
    int wake_yields;        /* how long a wake-up takes */
    _Atomic bool is_waking; /* the journal's thread is in it */
    struct journal *journal;
    struct journal_config config;
    struct journal_start start;
    char restored[RESTORED_SIZE]; /* by the last open */
    struct text text;
    uint64_t stored;  /* the last ticket of the receipts so far */
    uint64_t refused; /* the last ticket of a refusal */
    size_t refused_count;
    void (*receive)(void *context, const struct receipt *receipt); /* NULL: not asked for */
    void *context;
};

/* An empty base: below $TMPDIR, else in memory if the machine has such a place, else in /tmp. */
void journal_fixture_init(struct journal_fixture *fixture);

/* The directory of the API, if it is missing; journal_fixture_open does it too. */
void journal_fixture_make_directory(struct journal_fixture *fixture);

/* Closes what is open; removes the directory. */
void journal_fixture_fini(struct journal_fixture *fixture);

int journal_fixture_open(struct journal_fixture *fixture, struct error *err);

/* Stops the journal and waits for its end. Nothing wakes any more then. */
void journal_fixture_close(struct journal_fixture *fixture);

/* Takes in all receipts that are there. */
void journal_fixture_look(struct journal_fixture *fixture);

/* Until the receipt for this ticket is there. */
void journal_fixture_await(struct journal_fixture *fixture, uint64_t ticket);
void journal_fixture_await_refusal(struct journal_fixture *fixture, uint64_t ticket);
void journal_fixture_await_available(struct journal_fixture *fixture, bool is_available);

/* Records by number. A record that is not taken fails the test. */
struct record record_intent(int number);
struct record record_outcome_of(int number, enum record_outcome outcome);
struct record record_override(int number);
struct record record_override_end(int number);
struct record
record_state(int number); /* of the deployment of intent `number`; the blob is the number */
struct record record_gone(int number); /* the same deployment */
struct record record_decision(int number);

uint64_t journal_fixture_put(struct journal_fixture *fixture, struct record record);
void journal_fixture_flush(struct journal_fixture *fixture);

/* The sink that writes lines; for reads without a journal. */
struct restore_sink journal_fixture_sink(struct journal_fixture *fixture);

void *read_whole_file(const char *path, size_t *ret_size);
void write_whole_file(const char *path, const void *bytes, size_t size);

#endif
