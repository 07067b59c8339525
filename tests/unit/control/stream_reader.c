/*
 * Readers of one stream, without a server: each has every change, and a row is written once for all of them.
 */
#include "engine/control/stream_reader.h"

#include "engine/base/random.h"
#include "engine/core/reconciler_state.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPLOYMENTS 400
#define READERS 8
#define LINE_SIZE 2048
#define PIECE_SIZE 8192

/* What a reader has got: the last line of each row, and how many rows. */
struct got {
    struct stream_reader *reader;
    char rows[DEPLOYMENTS][LINE_SIZE];
    int64_t row_count;
    char line[LINE_SIZE * 8];
    size_t line_size;
};

struct bench {
    struct stream_source source;
    struct reconciler *reconciler;
    struct fleet *fleet;
    struct random random;
    struct got *got[READERS];
};

static struct got gots[READERS];
static struct got fresh;

static const struct policy *policy_of(const void *context, const char *id)
{
    (void)context;
    (void)id;
    return &policy_default;
}

static void ignore_event(void *context, const struct event *event)
{
    (void)context;
    (void)event;
}

/* --- the hub's part ---------------------------------------------------------------------------------------------- */

static void refresh(struct bench *bench)
{
    bench->source.summary = reconciler_summary(bench->reconciler);
    assert_non_null(bench->source.summary);
}

static void touch(struct bench *bench, uint32_t slot)
{
    struct deployment *deployment = fleet_at(bench->fleet, slot);
    deployment->has_status = true;
    deployment->status = (struct status){ 10, 100, (int32_t)random_below(&bench->random, 100) };
    fleet_mark(bench->fleet, slot);
    for (size_t i = 0; i < READERS; i++)
        if (bench->got[i])
            stream_reader_before_touch(bench->got[i]->reader, slot);
    change_order_touch(&bench->source.order, slot);
    for (size_t i = 0; i < READERS; i++)
        if (bench->got[i])
            stream_reader_touched(bench->got[i]->reader, slot);
    bench->source.version++;
    refresh(bench);
}

static void touch_all(struct bench *bench)
{
    for (uint32_t slot = 0; slot < DEPLOYMENTS; slot++)
        touch(bench, slot);
}

static int enter(void **state)
{
    static struct bench bench;
    struct reconciler_config config = {
        .discovery_interval_ms = 60000,
        .pass_interval_ms = 30000,
        .concurrency = 32,
        .policy_of = policy_of,
    };
    bench = (struct bench){ .random = { .state = 3 } };
    assert_int_equal(reconciler_create(&config, 1, (struct event_sink){ ignore_event, NULL },
                                       (struct mono){ 1000 }, &bench.reconciler),
                     0);
    bench.fleet = bench.reconciler->fleet;
    for (int i = 0; i < DEPLOYMENTS; i++) {
        char id[32];
        struct deployment *deployment;
        snprintf(id, sizeof id, "eu-arena-%03d", i);
        assert_int_equal(fleet_add(bench.fleet, id, false, &deployment), 0);
        deployment->policy = &policy_default;
        deployment->is_listed = true;
    }
    bench.source.engine.reconciler = bench.reconciler;
    bench.source.context = (struct publish_context){
        .now = { 1000 },
        .wall = { 1767362613104 },
        .speed_millis = 1000,
        .version = "0",
        .api_url = "http://a",
    };
    change_order_init(&bench.source.order);
    assert_int_equal(change_order_reserve(&bench.source.order, DEPLOYMENTS), 0);
    touch_all(&bench);
    *state = &bench;
    return 0;
}

static int leave(void **state)
{
    struct bench *bench = *state;
    for (size_t i = 0; i < READERS; i++)
        if (bench->got[i])
            stream_reader_destroy(bench->got[i]->reader);
    stream_texts_fini(&bench->source.texts);
    policy_names_fini(&bench->source.policies);
    change_order_fini(&bench->source.order);
    reconciler_destroy(bench->reconciler);
    return 0;
}

/* --- readers ----------------------------------------------------------------------------------------------------- */

static struct stream_reader *open_reader(struct bench *bench)
{
    struct stream_reader *reader =
        stream_reader_create(&bench->source, &(struct peer){ .right = RIGHT_READ }, NULL);
    assert_non_null(reader);
    return reader;
}

static void attach_all(struct bench *bench)
{
    memset(gots, 0, sizeof gots);
    for (size_t i = 0; i < READERS; i++) {
        bench->got[i] = &gots[i];
        bench->got[i]->reader = open_reader(bench);
    }
}

static void take_line(struct got *got, const char *line)
{
    static const char begin[] = "{\"row\":{\"slot\":";
    if (strncmp(line, begin, sizeof begin - 1) != 0)
        return;
    long slot = strtol(line + sizeof begin - 1, NULL, 10);
    assert_in_range(slot, 0, DEPLOYMENTS - 1);
    assert_true(strlen(line) < LINE_SIZE);
    memcpy(got->rows[slot], line, strlen(line) + 1);
    got->row_count++;
}

/* At most so many bytes; false: there are none. */
static bool take(struct got *got, size_t size)
{
    char bytes[PIECE_SIZE];
    size_t written = stream_reader_write(got->reader, bytes, size);
    for (size_t i = 0; i < written; i++) {
        assert_true(got->line_size + 1 < sizeof got->line);
        got->line[got->line_size++] = bytes[i];
        if (bytes[i] != '\n')
            continue;
        got->line[got->line_size] = '\0';
        take_line(got, got->line);
        got->line_size = 0;
    }
    return written > 0;
}

static void take_all(struct got *got)
{
    while (take(got, PIECE_SIZE))
        continue;
}

/* A piece for each in turn. */
static void take_in_turn(struct bench *bench)
{
    bool is_any = true;
    while (is_any) {
        is_any = false;
        for (size_t i = 0; i < READERS; i++)
            is_any |= take(bench->got[i], PIECE_SIZE);
    }
}

/* The rows as they are now, by a reader that shares nothing. */
static void check_rows(struct bench *bench, const struct got *got)
{
    struct stream_texts kept = bench->source.texts;
    bench->source.texts = (struct stream_texts){ 0 };
    memset(&fresh, 0, sizeof fresh);
    fresh.reader = open_reader(bench);
    take_all(&fresh);
    stream_reader_destroy(fresh.reader);
    stream_texts_fini(&bench->source.texts);
    bench->source.texts = kept;
    assert_int_equal(fresh.row_count, DEPLOYMENTS);
    for (uint32_t slot = 0; slot < DEPLOYMENTS; slot++)
        assert_string_equal(got->rows[slot], fresh.rows[slot]);
}

/* --- tests ------------------------------------------------------------------------------------------------------- */

static void a_row_is_written_once_for_all_readers(void **state)
{
    struct bench *bench = *state;
    attach_all(bench);
    take_in_turn(bench);
    assert_int_equal(bench->source.texts.made, DEPLOYMENTS);
    for (uint32_t slot = 0; slot < DEPLOYMENTS; slot += 40)
        touch(bench, slot);
    take_in_turn(bench);
    assert_int_equal(bench->source.texts.made, DEPLOYMENTS + DEPLOYMENTS / 40);
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(bench->got[i]->row_count, DEPLOYMENTS + DEPLOYMENTS / 40);
        check_rows(bench, bench->got[i]);
    }
}

/* More texts than are kept. */
static void a_reader_that_is_behind_gets_each_row_once_as_it_is_now(void **state)
{
    struct bench *bench = *state;
    attach_all(bench);
    take_in_turn(bench);
    for (size_t round = 0; round * DEPLOYMENTS < 2 * STREAM_TEXTS_MAX; round++) {
        touch_all(bench);
        take_all(bench->got[0]);
    }
    take_all(bench->got[1]);
    assert_int_equal(bench->got[1]->row_count, 2 * DEPLOYMENTS);
    check_rows(bench, bench->got[0]);
    check_rows(bench, bench->got[1]);
}

static void readers_at_any_place_have_the_same_rows(void **state)
{
    struct bench *bench = *state;
    attach_all(bench);
    for (int step = 0; step < 4000; step++) {
        int64_t touched = random_below(&bench->random, 4);
        for (int64_t i = 0; i < touched; i++)
            touch(bench, (uint32_t)random_below(&bench->random, DEPLOYMENTS));
        struct got *got = bench->got[random_below(&bench->random, READERS)];
        take(got, 1 + (size_t)random_below(&bench->random, PIECE_SIZE));
    }
    for (size_t i = 0; i < READERS; i++) {
        take_all(bench->got[i]);
        check_rows(bench, bench->got[i]);
    }
}

/* Its name goes before the row, also to a reader that copies the text of another one. */
static void a_reader_knows_the_policy_of_a_text_that_it_copies(void **state)
{
    struct bench *bench = *state;
    struct policy other = policy_default;
    other.match = "eu-*";
    attach_all(bench);
    take_in_turn(bench);
    fleet_at(bench->fleet, 7)->policy = &other;
    touch(bench, 7);
    take_all(bench->got[0]);
    assert_int_equal(bench->got[0]->reader->policies, 2);
    assert_int_equal(bench->got[1]->reader->policies, 1);
    take(bench->got[1], 1);
    assert_int_equal(bench->got[1]->reader->policies, 2);
    assert_non_null(strstr(bench->got[1]->reader->pending.data, "{\"policy\":{\"index\":1,"));
    take_all(bench->got[1]);
    check_rows(bench, bench->got[1]);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_row_is_written_once_for_all_readers),
        TEST(a_reader_that_is_behind_gets_each_row_once_as_it_is_now),
        TEST(readers_at_any_place_have_the_same_rows),
        TEST(a_reader_knows_the_policy_of_a_text_that_it_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
