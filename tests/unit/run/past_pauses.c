#include "engine/run/past/past_pauses.h"

#include "engine/store/journal_file.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IDENTITY "rest http://a"

struct place {
    char directory[64];
    char recording[128];
    char journal[128];
};

static void close_place(struct place *place)
{
    static const char *const suffixes[] = { "", "-wal", "-shm", "-commits" };
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        char path[160];
        snprintf(path, sizeof path, "%s%s", place->journal, suffixes[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(place->directory), 0);
}

static void open_place(struct place *place)
{
    snprintf(place->directory, sizeof place->directory, "/tmp/autoscaler-past-XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    snprintf(place->recording, sizeof place->recording, "%s/recording.db", place->directory);
    snprintf(place->journal, sizeof place->journal, "%s/journal.db", place->directory);
}

/* Pauses of eu-1: at 1000 for one second, at 5000 until 6000; of all: at 7000, without an end. */
static void write_journal(const struct place *place)
{
    static const char rows[] =
        "INSERT INTO overrides (number, kind, match, value, author, reason, run, wall_ms, boot_ms,"
        " for_ms, ended_ms, ended_by, sum) VALUES"
        " (1, 'pause', 'eu-1', '', 'ann', 'a drill', 1, 1000, 0, 1000, NULL, NULL, 0),"
        " (2, 'pause', 'eu-1', '', 'bob', '', 1, 5000, 0, 0, 6000, 'ann', 0),"
        " (3, 'pause_all', '*', '', 'eve', 'an outage', 1, 7000, 0, 0, NULL, NULL, 0),"
        " (4, 'dry_run', '*', '', 'eve', '', 1, 3000, 0, 0, NULL, NULL, 0);";
    struct database *database;
    struct journal_opening opening;
    struct error err;
    assert_int_equal(
        journal_file_open(place->journal, IDENTITY, (struct wall){ 1 }, &database, &opening, &err),
        0);
    assert_int_equal(database_run(database, rows, &err), 0);
    database_close(database, true);
}

static const struct pause_row {
    const char *name;
    int64_t at_ms;
    const char *id;     /* NULL: all */
    const char *author; /* NULL: there is no pause */
    const char *reason;
    int64_t since_ms;
    int64_t until_ms; /* 0: never */
} pause_rows[] = {
    { "before it", 999, "eu-1", NULL, NULL, 0, 0 },
    { "from its beginning on", 1000, "eu-1", "ann", "a drill", 1000, 2000 },
    { "to its end", 1999, "eu-1", "ann", "a drill", 1000, 2000 },
    { "after its end", 2000, "eu-1", NULL, NULL, 0, 0 },
    { "until it was ended", 5999, "eu-1", "bob", "", 5000, 0 },
    { "after it was ended", 6000, "eu-1", NULL, NULL, 0, 0 },
    { "of another deployment", 1500, "eu-2", NULL, NULL, 0, 0 },
    { "of all", 9000, NULL, "eve", "an outage", 7000, 0 },
    { "of all, before it; a dry-run is none", 4000, NULL, NULL, NULL, 0, 0 },
    { "of all is not that of one", 9000, "eu-1", NULL, NULL, 0, 0 },
};

static void row_is_found(void **state)
{
    const struct pause_row *row = *state;
    struct place place;
    struct shown_pause pause;
    open_place(&place);
    write_journal(&place);
    struct past_pauses *pauses = past_pauses_open(place.recording, IDENTITY);
    assert_non_null(pauses);
    past_pauses_look_at(pauses, (struct wall){ row->at_ms });
    struct pause_source source = past_pauses_source(pauses);
    assert_int_equal(source.find(source.context, row->id, &pause), row->author != NULL);
    if (row->author) {
        assert_string_equal(pause.author, row->author);
        assert_string_equal(pause.reason, row->reason);
        assert_int_equal(pause.since.ms, row->since_ms);
        assert_int_equal(pause.until.ms, row->until_ms ? row->until_ms : MONO_NEVER.ms);
    }
    past_pauses_close(pauses);
    close_place(&place);
}

static void without_a_journal_nothing_is_known(void **state)
{
    (void)state;
    struct place place;
    open_place(&place);
    assert_null(past_pauses_open(place.recording, IDENTITY));
    write_journal(&place);
    assert_null(past_pauses_open(place.recording, "rest http://b"));
    assert_null(past_pauses_source(NULL).find);
    past_pauses_look_at(NULL, (struct wall){ 1 });
    past_pauses_close(NULL);
    close_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_journal_nothing_is_known),
    };
    struct CMUnitTest rows[COUNT_OF(pause_rows)];
    TESTS_FROM_ROWS(rows, pause_rows, row_is_found);
    int failed = cmocka_run_group_tests_name("rows", rows, NULL, NULL);
    return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
