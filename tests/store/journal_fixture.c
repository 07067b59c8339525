#include "tests/store/journal_fixture.h"

#include "engine/base/panic.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEADLINE_MS 60000
#define SMALL_TEXT_SIZE 32

/* --- the directory --------------------------------------------------------------------------------------------- */

static const char *parent_directory(void)
{
    static const char *const memory = "/dev/shm";
    const char *parent = getenv("TMPDIR");
    if (parent && parent[0])
        return parent;
    return access(memory, W_OK) == 0 ? memory : "/tmp";
}

void journal_fixture_make_directory(struct journal_fixture *fixture)
{
    struct error err;
    must(state_dir_open(fixture->base, IDENTITY, fixture->directory, &err) == 0);
}

void journal_fixture_init(struct journal_fixture *fixture)
{
    *fixture = (struct journal_fixture){ .wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
    must(fixture->wake >= 0);
    snprintf(fixture->base, sizeof fixture->base, "%s/journal-XXXXXX", parent_directory());
    must(mkdtemp(fixture->base));
    journal_fixture_make_directory(fixture);
    snprintf(fixture->path, sizeof fixture->path, "%s/" JOURNAL_FILE_NAME, fixture->directory);
    must(rmdir(fixture->directory) == 0);
    fixture->config = (struct journal_config){
        .path = fixture->path,
        .identity = IDENTITY,
        .limits = { JOURNAL_KEEP_MS, JOURNAL_SIZE_MAX },
        .retry_ms = 1,
    };
    text_init(&fixture->text, fixture->restored, sizeof fixture->restored);
}

static void remove_files(const char *directory)
{
    DIR *entries = opendir(directory);
    struct dirent *entry;
    if (!entries)
        return;
    while ((entry = readdir(entries)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(entries), entry->d_name, 0);
    closedir(entries);
}

void journal_fixture_fini(struct journal_fixture *fixture)
{
    if (fixture->journal)
        journal_fixture_close(fixture);
    remove_files(fixture->directory);
    rmdir(fixture->directory);
    rmdir(fixture->base);
    close(fixture->wake);
}

/* --- restored -------------------------------------------------------------------------------------------------- */

static int add_override(void *context, const struct restored_act *override)
{
    struct journal_fixture *fixture = context;
    text_addf(&fixture->text, "override %" PRId64 " %s %s %s\n", override->override.number,
              override->override.kind, override->override.match, override->override.author);
    return 0;
}

static int add_deployment(void *context, const struct restored_deployment *deployment)
{
    struct journal_fixture *fixture = context;
    text_addf(&fixture->text, "%s state %.*s%s\n", deployment->state.deployment,
              (int)deployment->state.blob_size,
              deployment->state.blob ? (const char *)deployment->state.blob : "",
              deployment->is_gone ? " gone" : "");
    return 0;
}

static int add_scale(void *context, const struct restored_scale *scale)
{
    struct journal_fixture *fixture = context;
    text_addf(&fixture->text, "%s scale %s %+d %s %d\n", scale->intent.deployment,
              scale->intent.key, (int)scale->intent.delta, record_outcome_name(scale->outcome),
              (int)scale->attempts);
    return 0;
}

struct restore_sink journal_fixture_sink(struct journal_fixture *fixture)
{
    text_reset(&fixture->text);
    return (struct restore_sink){ add_override, add_deployment, add_scale, fixture };
}

/* --- the journal ----------------------------------------------------------------------------------------------- */

static void wake(void *context)
{
    struct journal_fixture *fixture = context;
    uint64_t one = 1;
    fixture->is_waking = true;
    ssize_t written = write(fixture->wake, &one, sizeof one);
    must(written == (ssize_t)sizeof one || errno == EAGAIN);
    for (int i = 0; i < fixture->wake_yields; i++)
        sched_yield();
    fixture->is_waking = false;
}

int journal_fixture_open(struct journal_fixture *fixture, struct error *err)
{
    struct restore_sink sink = journal_fixture_sink(fixture);
    journal_fixture_make_directory(fixture);
    fixture->config.wake = wake;
    fixture->config.context = fixture;
    return journal_create(&fixture->config, &sink, &fixture->start, &fixture->journal, err);
}

static void take_receipt(struct journal_fixture *fixture, const struct receipt *receipt)
{
    if (receipt->kind == RECEIPT_STORED) {
        fixture->stored = receipt->last_ticket;
    } else {
        fixture->refused = receipt->last_ticket;
        fixture->refused_count++;
    }
    if (fixture->receive)
        fixture->receive(fixture->context, receipt);
}

void journal_fixture_look(struct journal_fixture *fixture)
{
    struct receipt receipt;
    while (journal_next(fixture->journal, &receipt))
        take_receipt(fixture, &receipt);
}

static void wait_for_wake(struct journal_fixture *fixture)
{
    struct pollfd place = { .fd = fixture->wake, .events = POLLIN };
    uint64_t count;
    must(poll(&place, 1, DEADLINE_MS) == 1);
    must(read(fixture->wake, &count, sizeof count) == (ssize_t)sizeof count);
    journal_fixture_look(fixture);
}

void journal_fixture_await(struct journal_fixture *fixture, uint64_t ticket)
{
    journal_fixture_look(fixture);
    while (fixture->stored < ticket) {
        journal_fixture_flush(fixture); /* pages that are back may let the open one go */
        wait_for_wake(fixture);
    }
}

void journal_fixture_await_refusal(struct journal_fixture *fixture, uint64_t ticket)
{
    journal_fixture_look(fixture);
    while (fixture->refused < ticket)
        wait_for_wake(fixture);
}

void journal_fixture_await_available(struct journal_fixture *fixture, bool is_available)
{
    struct journal_status status;
    journal_fixture_look(fixture);
    for (;;) {
        journal_get_status(fixture->journal, (struct mono){ 0 }, &status);
        if (status.is_available == is_available)
            return;
        wait_for_wake(fixture);
    }
}

void journal_fixture_close(struct journal_fixture *fixture)
{
    journal_stop(fixture->journal, mono_now());
    journal_fixture_look(fixture);
    while (!journal_is_stopped(fixture->journal))
        wait_for_wake(fixture);
    must(!fixture->is_waking);
    journal_destroy(fixture->journal);
    fixture->journal = NULL;
}

/* --- records --------------------------------------------------------------------------------------------------- */

/* The texts of a record until the next one is made. */
static const char *text_of(int slot, const char *format, int number)
{
    static char texts[2][SMALL_TEXT_SIZE];
    struct text text;
    text_init(&text, texts[slot], sizeof texts[slot]);
    text_addf(&text, "%s%d", format, number);
    return texts[slot];
}

static const char *deployment_of(int number)
{
    return text_of(0, "eu-", number % DEPLOYMENTS);
}

static struct record record_of(enum record_kind kind)
{
    return (struct record){ .kind = kind, .at = stamp_now() };
}

struct record record_intent(int number)
{
    struct record record = record_of(RECORD_INTENT);
    record.intent = (struct intent_record){
        .deployment = deployment_of(number),
        .key = text_of(1, "key-", number),
        .delta = number % 2 ? number : -number - 1,
        .status = { .hosts = 10, .servers = 100, .free_servers = 5, .pending_hosts = 1 },
        .reason = "below_target",
        .actor = "engine",
    };
    return record;
}

struct record record_outcome_of(int number, enum record_outcome outcome)
{
    struct record record = record_of(RECORD_OUTCOME);
    record.outcome =
        (struct outcome_record){ .key = text_of(1, "key-", number), .outcome = outcome };
    return record;
}

struct record record_override(int number)
{
    struct record record = record_of(RECORD_OVERRIDE);
    record.override = (struct override_record){
        .number = number,
        .kind = "pause",
        .match = "eu-*",
        .author = "ann",
        .reason = "maintenance",
        .for_ms = 60000,
    };
    return record;
}

struct record record_override_end(int number)
{
    struct record record = record_of(RECORD_OVERRIDE_END);
    record.override = (struct override_record){ .number = number, .author = "bob" };
    return record;
}

struct record record_state(int number)
{
    struct record record = record_of(RECORD_STATE);
    const char *blob = text_of(1, "", number);
    record.state = (struct state_record){
        .deployment = deployment_of(number),
        .version = 1,
        .blob = blob,
        .blob_size = strlen(blob),
    };
    return record;
}

struct record record_gone(int number)
{
    struct record record = record_of(RECORD_GONE);
    record.gone = deployment_of(number);
    return record;
}

struct record record_decision(int number)
{
    struct record record = record_of(RECORD_DECISION);
    record.decision = (struct decision_record){
        .deployment = deployment_of(number),
        .status = { .hosts = 10, .servers = 100, .free_servers = 5 },
        .desired_hosts = 12,
        .raw_delta = 2,
        .delta = 2,
        .action = "scaled",
        .reason = "below_target",
    };
    return record;
}

uint64_t journal_fixture_put(struct journal_fixture *fixture, struct record record)
{
    uint64_t ticket = 0;
    must(journal_put(fixture->journal, &record, &ticket) == 0);
    return ticket;
}

void journal_fixture_flush(struct journal_fixture *fixture)
{
    journal_flush(fixture->journal, mono_now());
}

/* --- files ----------------------------------------------------------------------------------------------------- */

void *read_whole_file(const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "rb");
    struct stat st;
    must(file);
    must(fstat(fileno(file), &st) == 0);
    *ret_size = (size_t)st.st_size;
    void *bytes = malloc(*ret_size + 1);
    must(bytes);
    must(fread(bytes, 1, *ret_size, file) == *ret_size);
    fclose(file);
    return bytes;
}

void write_whole_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    must(file);
    must(fwrite(bytes, 1, size, file) == size);
    must(fclose(file) == 0);
}
