/*
 * book - what a process has given to the journal, in memory that its parent shares, and what must be restored.
 *
 * Records are journalled in their order, so what is restored must be the effect of some first part of them: at least of
 * all that had a receipt. After a loss of power, of all up to the last durable record that had one. An intent that was
 * refused may be there or not; it is left out of the comparison.
 *
 * The writer and the reader are two processes, one after the other. Cannot fail, but for a must().
 */
#ifndef TESTS_STORE_BOOK_H
#define TESTS_STORE_BOOK_H

#include "tests/store/journal_fixture.h"

#include <stdbool.h>
#include <stddef.h>

#define BOOK_ACTS_MAX 256

enum act_kind { ACT_INTENT, ACT_OUTCOME, ACT_STATE, ACT_GONE, ACT_OVERRIDE, ACT_OVERRIDE_END };

struct act {
    enum act_kind kind;
    int number;
    enum record_outcome outcome;
    uint64_t ticket; /* 0: not given to the journal yet */
    bool is_stored;  /* it has its receipt */
    bool is_refused;
};

struct book {
    size_t count;
    size_t first; /* of this run; tickets are of a run */
    struct act acts[BOOK_ACTS_MAX];
};

/* In memory that children share. */
struct book *book_create(void);
void book_destroy(struct book *book);

/* Before the record is given to the journal. */
struct act *book_add(struct book *book, enum act_kind kind, int number);

/* A process begins, and the receipts that it gets. */
void book_begin_run(struct book *book);
void book_receive(struct book *book, const struct receipt *receipt);

/* True: `restored` is what the acts allow. False: it was printed, with what was expected at least. */
bool book_allows(const struct book *book, const char *restored, bool was_power_lost);

#endif
