/*
 * bench_store - the journal beside a bare loop of SQLite with the same commits; the time to restore a large fleet.
 *
 * Both write the same rows with the same number of intents in each transaction, durably, on the same disk, in turns,
 * with the same settings of SQLite. The bare loop has one thread, computes no checksums and gives no receipts. Directories: $TMPDIR, else /tmp.
 */
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/store/journal.h"

#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 5
#define COMMITS 100
#define GROUP_MAX 256
#define DEPLOYMENTS 100000
#define BLOB_SIZE 320
#define IDENTITY "rest http://127.0.0.1:8000"

static double now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* Of all threads: what other processes do changes it little. */
static double processor_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void name_file(char *path, size_t size, const char *directory, const char *name)
{
    must(snprintf(path, size, "%s/%s", directory, name) < (int)size);
}

/* --- the bare loop --------------------------------------------------------------------------------------------- */

static const char bare_schema[] =
    "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    "PRAGMA cache_size = -512; PRAGMA journal_size_limit = 4194304;"
    "CREATE TABLE scales (seq INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,"
    " last_seq INTEGER NOT NULL, attempts INTEGER NOT NULL, deployment TEXT NOT NULL,"
    " delta INTEGER NOT NULL, hosts INTEGER NOT NULL, servers INTEGER NOT NULL,"
    " free_servers INTEGER NOT NULL, pending INTEGER NOT NULL, reason TEXT NOT NULL,"
    " actor TEXT NOT NULL, run INTEGER NOT NULL, wall_ms INTEGER NOT NULL,"
    " boot_ms INTEGER NOT NULL, outcome TEXT, detail TEXT, ended_ms INTEGER,"
    " is_live INTEGER NOT NULL, sum INTEGER NOT NULL, desired INTEGER, first_ms INTEGER);"
    "CREATE INDEX scales_live ON scales (deployment, seq) WHERE is_live = 1;";

static const char bare_insert[] =
    "INSERT INTO scales VALUES (?1, ?2, ?1, 1, ?3, 6, 10, 100, 5, 1, 'below_target', 'engine', 1,"
    " ?4, ?5, NULL, NULL, NULL, 1, ?6, 0, ?4)";

/* As many bytes as a checksum has. */
#define SOME_SUM INT64_C(0x123456789abcdef0)

struct bare {
    char path[256];
    sqlite3 *handle;
    sqlite3_stmt *insert;
    int64_t seq;
};

static void bare_open(struct bare *bare, const char *directory)
{
    bare->seq = 0;
    name_file(bare->path, sizeof bare->path, directory, "bare.db");
    must(sqlite3_open(bare->path, &bare->handle) == SQLITE_OK);
    must(sqlite3_exec(bare->handle, bare_schema, NULL, NULL, NULL) == SQLITE_OK);
    must(sqlite3_prepare_v2(bare->handle, bare_insert, -1, &bare->insert, NULL) == SQLITE_OK);
}

static void bare_put(struct bare *bare)
{
    char key[48];
    char id[32];
    struct stamp at = stamp_now();
    bare->seq++;
    snprintf(key, sizeof key, "%016llx-%lld", 0x1234567890abcdefull, (long long)bare->seq);
    snprintf(id, sizeof id, "eu-%lld", (long long)(bare->seq % 1000));
    sqlite3_bind_int64(bare->insert, 1, bare->seq);
    sqlite3_bind_text(bare->insert, 2, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(bare->insert, 3, id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(bare->insert, 4, at.wall.ms);
    sqlite3_bind_int64(bare->insert, 5, at.boot.ms);
    sqlite3_bind_int64(bare->insert, 6, SOME_SUM);
    must(sqlite3_step(bare->insert) == SQLITE_DONE);
    sqlite3_reset(bare->insert);
}

/* Intents a second. */
static double bare_measure(struct bare *bare, int group)
{
    double started = now_ns();
    for (int commit = 0; commit < COMMITS; commit++) {
        must(sqlite3_exec(bare->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK);
        for (int i = 0; i < group; i++)
            bare_put(bare);
        must(sqlite3_exec(bare->handle, "COMMIT", NULL, NULL, NULL) == SQLITE_OK);
    }
    return COMMITS * (double)group * 1e9 / (now_ns() - started);
}

static void bare_close(struct bare *bare)
{
    sqlite3_finalize(bare->insert);
    must(sqlite3_close(bare->handle) == SQLITE_OK);
    unlink(bare->path);
}

/* --- the journal ----------------------------------------------------------------------------------------------- */

struct store {
    char path[256];
    int wake;
    struct journal *journal;
    struct journal_start start;
    int64_t restored;
    int64_t seq;
    uint64_t stored;
};

static void wake(void *context)
{
    const struct store *store = context;
    uint64_t one = 1;
    must(write(store->wake, &one, sizeof one) == (ssize_t)sizeof one);
}

static int count_override(void *context, const struct restored_act *override)
{
    (void) override;
    ((struct store *)context)->restored++;
    return 0;
}

static int count_deployment(void *context, const struct restored_deployment *deployment)
{
    ((struct store *)context)->restored += deployment->state.blob_size > 0;
    return 0;
}

static int count_scale(void *context, const struct restored_scale *scale)
{
    (void)scale;
    ((struct store *)context)->restored++;
    return 0;
}

static void store_open(struct store *store, const char *directory)
{
    struct error err;
    struct restore_sink sink = { count_override, count_deployment, count_scale, store };
    name_file(store->path, sizeof store->path, directory, JOURNAL_FILE_NAME);
    struct journal_config config = {
        .path = store->path,
        .identity = IDENTITY,
        .limits = { JOURNAL_KEEP_MS, JOURNAL_SIZE_MAX },
        .retry_ms = JOURNAL_RETRY_MS,
        .wake = wake,
        .context = store,
    };
    store->restored = 0;
    must(journal_create(&config, &sink, &store->start, &store->journal, &err) == 0);
}

static void remove_store(const struct store *store)
{
    char commits[300];
    must(snprintf(commits, sizeof commits, "%s-commits", store->path) < (int)sizeof commits);
    unlink(store->path);
    unlink(commits);
}

static void store_wait(struct store *store)
{
    struct pollfd place = { .fd = store->wake, .events = POLLIN };
    uint64_t count;
    must(poll(&place, 1, -1) == 1);
    must(read(store->wake, &count, sizeof count) == (ssize_t)sizeof count);
}

static void store_look(struct store *store)
{
    struct receipt receipt;
    while (journal_next(store->journal, &receipt)) {
        must(receipt.kind == RECEIPT_STORED);
        store->stored = receipt.last_ticket;
    }
}

static void store_await(struct store *store, uint64_t ticket)
{
    store_look(store);
    while (store->stored < ticket) {
        store_wait(store);
        store_look(store);
    }
}

static uint64_t store_put(struct store *store)
{
    char key[48];
    char id[32];
    uint64_t ticket = 0;
    store->seq++;
    snprintf(key, sizeof key, "%016llx-%lld", 0x1234567890abcdefull, (long long)store->seq);
    snprintf(id, sizeof id, "eu-%lld", (long long)(store->seq % 1000));
    struct record record = {
        .kind = RECORD_INTENT,
        .at = stamp_now(),
        .intent = {
            .deployment = id,
            .key = key,
            .delta = 6,
            .status = { 10, 100, 5, 1 },
            .reason = "below_target",
            .actor = "engine",
        },
    };
    must(journal_put(store->journal, &record, &ticket) == 0);
    return ticket;
}

static double store_measure(struct store *store, int group)
{
    double started = now_ns();
    for (int commit = 0; commit < COMMITS; commit++) {
        uint64_t ticket = 0;
        for (int i = 0; i < group; i++)
            ticket = store_put(store);
        journal_flush(store->journal, mono_now());
        store_await(store, ticket);
    }
    return COMMITS * (double)group * 1e9 / (now_ns() - started);
}

static void store_close(struct store *store)
{
    journal_stop(store->journal, mono_now());
    store_look(store);
    while (!journal_is_stopped(store->journal)) {
        store_wait(store);
        store_look(store);
    }
    journal_destroy(store->journal);
}

/* --- figures --------------------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

static double median_of(double *samples)
{
    qsort(samples, ROUNDS, sizeof *samples, compare);
    return samples[ROUNDS / 2];
}

static void compare_both(const char *directory, int group)
{
    struct bare bare;
    struct store store = { .wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
    double bare_rates[ROUNDS];
    double store_rates[ROUNDS];
    double ratios[ROUNDS];
    double bare_cpu = 0;
    double store_cpu = 0;
    bare_open(&bare, directory);
    store_open(&store, directory);
    for (int i = 0; i < ROUNDS; i++) {
        double started = processor_ns();
        bare_rates[i] = bare_measure(&bare, group);
        double between = processor_ns();
        store_rates[i] = store_measure(&store, group);
        store_cpu += processor_ns() - between;
        bare_cpu += between - started;
        ratios[i] = store_rates[i] / bare_rates[i];
    }
    store_close(&store);
    bare_close(&bare);
    close(store.wake);
    remove_store(&store);
    double ratio = median_of(ratios);
    double count = (double)ROUNDS * COMMITS * group;
    printf("  %3d in a commit: journal %.0f, bare %.0f intents a second; %.2f times (%.2f..%.2f);"
           " processor %.1f and %.1f us each, %.2f times   (budget: >= 0.8)\n",
           group, median_of(store_rates), median_of(bare_rates), ratio, ratios[0],
           ratios[ROUNDS - 1], store_cpu / count / 1e3, bare_cpu / count / 1e3,
           bare_cpu / store_cpu);
    fflush(stdout);
}

static void put_state(struct store *store, int number, const unsigned char *blob)
{
    char id[32];
    snprintf(id, sizeof id, "eu-west-game-%06d", number);
    struct record record = {
        .kind = RECORD_STATE,
        .at = stamp_now(),
        .state = { .deployment = id, .version = 1, .blob = blob, .blob_size = BLOB_SIZE },
    };
    while (journal_put(store->journal, &record, NULL)) {
        store_wait(store);
        store_look(store);
    }
}

static long resident_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void restore_fleet(const char *directory)
{
    struct store store = { .wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
    unsigned char blob[BLOB_SIZE];
    store_open(&store, directory);
    double started = now_ns();
    for (int i = 0; i < DEPLOYMENTS; i++) {
        memset(blob, i, sizeof blob);
        put_state(&store, i, blob);
    }
    store_close(&store);
    double written = now_ns();
    store_open(&store, directory);
    double restored = now_ns();
    must(store.restored == DEPLOYMENTS);
    store_close(&store);
    close(store.wake);
    remove_store(&store);
    printf("  %d states of %d bytes: written in %.2f s, opened, checked and restored in %.2f s;"
           " at most %ld KiB resident\n",
           DEPLOYMENTS, BLOB_SIZE, (written - started) / 1e9, (restored - written) / 1e9,
           resident_kib());
}

int main(void)
{
    const char *parent = getenv("TMPDIR");
    char directory[256];
    name_file(directory, sizeof directory, parent && parent[0] ? parent : "/tmp", "bench-XXXXXX");
    must(mkdtemp(directory));
    printf("journal beside a bare loop with the same commits, %d rounds of %d commits:\n", ROUNDS,
           COMMITS);
    compare_both(directory, 1);
    compare_both(directory, 32);
    compare_both(directory, GROUP_MAX);
    restore_fleet(directory);
    must(rmdir(directory) == 0);
    return 0;
}
