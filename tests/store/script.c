#include "tests/store/script.h"

#include "engine/base/panic.h"
#include "engine/store/state_lock.h"
#include "tests/store/fault_vfs.h"

struct run {
    struct journal_fixture *fixture;
    struct book *book;
};

static struct record make(const struct act *act)
{
    switch (act->kind) {
    case ACT_INTENT:
        return record_intent(act->number);
    case ACT_OUTCOME:
        return record_outcome_of(act->number, act->outcome);
    case ACT_STATE:
        return record_state(act->number);
    case ACT_GONE:
        return record_gone(act->number);
    case ACT_OVERRIDE:
        return record_override(act->number);
    case ACT_OVERRIDE_END:
        return record_override_end(act->number);
    }
    must(false);
    return record_decision(0);
}

static struct act *put(const struct run *run, enum act_kind kind, int number,
                       enum record_outcome outcome)
{
    struct act *act = book_add(run->book, kind, number);
    act->outcome = outcome;
    act->ticket = journal_fixture_put(run->fixture, make(act));
    return act;
}

static void await(const struct run *run, const struct act *act)
{
    journal_fixture_flush(run->fixture);
    journal_fixture_await(run->fixture, act->ticket);
}

static void receive(void *context, const struct receipt *receipt)
{
    book_receive(context, receipt);
}

/* An intent is marked before, because the process may end before its refusal arrives. */
static void put_refused(const struct run *run, int number)
{
    journal_fixture_flush(run->fixture);
    fault_vfs_set(FAULT_SYNC, 1, -1);
    struct act *act = book_add(run->book, ACT_INTENT, number);
    act->is_refused = true;
    act->ticket = journal_fixture_put(run->fixture, make(act));
    journal_fixture_flush(run->fixture);
    journal_fixture_await_refusal(run->fixture, act->ticket);
    fault_vfs_set(FAULT_NONE, 0, 0);
    journal_fixture_await(run->fixture, act->ticket);
    journal_fixture_await_available(run->fixture, true);
}

static void put_all(const struct run *run, int first, bool is_disk_failing)
{
    await(run, put(run, ACT_OVERRIDE, first, OUTCOME_OPEN));
    put(run, ACT_INTENT, first, OUTCOME_OPEN);
    await(run, put(run, ACT_INTENT, first + 1, OUTCOME_OPEN));
    put(run, ACT_OUTCOME, first, OUTCOME_ACCEPTED);
    put(run, ACT_STATE, first, OUTCOME_OPEN);
    journal_fixture_flush(run->fixture);
    put(run, ACT_OUTCOME, first + 1, OUTCOME_UNKNOWN);
    await(run, put(run, ACT_INTENT, first + 2, OUTCOME_OPEN));
    if (is_disk_failing)
        put_refused(run, first + 7);
    await(run, put(run, ACT_INTENT, first + 1, OUTCOME_OPEN));
    put(run, ACT_OUTCOME, first + 1, OUTCOME_REFUSED);
    put(run, ACT_STATE, first + 1, OUTCOME_OPEN);
    await(run, put(run, ACT_GONE, first, OUTCOME_OPEN));
    journal_fixture_put(run->fixture, record_decision(first));
    put(run, ACT_OVERRIDE, first + 1, OUTCOME_OPEN);
    await(run, put(run, ACT_OVERRIDE_END, first, OUTCOME_OPEN));
    put(run, ACT_INTENT, first + 3, OUTCOME_OPEN);
    put(run, ACT_STATE, first + 3, OUTCOME_OPEN);
    journal_fixture_flush(run->fixture);
}

void script_run(struct journal_fixture *fixture, struct book *book, int first, bool is_disk_failing)
{
    struct run run = { fixture, book };
    struct state_lock *lock;
    struct error err;
    journal_fixture_make_directory(fixture);
    must(state_lock_acquire(fixture->directory, wall_now(), &lock, &err) == 0);
    book_begin_run(book);
    fixture->receive = receive;
    fixture->context = book;
    must(journal_fixture_open(fixture, &err) == 0);
    put_all(&run, first, is_disk_failing);
    journal_fixture_close(fixture);
    state_lock_release(lock);
}
