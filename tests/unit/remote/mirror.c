/*
 * Snapshots that go through the stream and a mirror come out equal; those of an engine that was restarted are shown in
 * the places of before.
 */
#include "engine/remote/mirror.h"

#include "engine/base/random.h"
#include "engine/control/stream_codec.h"
#include "engine/remote/stream_parser.h"
#include "engine/view/feed_source.h"
#include "tests/support/snapshots.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#define DEPLOYMENTS 200
#define ROUNDS 60
#define TEXT_SIZE 16384
#define STREAM "0123456789abcdef"

/* The side of the engine, and the console that takes what comes. */
struct bench {
    struct snapshots *maker;
    const struct snapshot *sent; /* as of the last end; NULL: none */
    struct feed *feed;
    struct mirror *mirror;
    struct stream_parser *parser;
    const struct snapshot *shown;
    uint32_t turn; /* slots of the engine are those of the maker, turned by so many */
    uint64_t seq;
};

static void wake(void *context)
{
    (void)context;
}

static int enter(void **state)
{
    static struct bench bench;
    struct error err;
    bench = (struct bench){ .maker = snapshots_create() };
    assert_int_equal(feed_create(wake, NULL, &bench.feed, &err), 0);
    assert_int_equal(mirror_create(bench.feed, "/run/control.sock", &bench.mirror, &err), 0);
    bench.parser = stream_parser_create(mirror_take, bench.mirror);
    *state = &bench;
    return 0;
}

static int leave(void **state)
{
    struct bench *bench = *state;
    if (bench->sent)
        snapshots_give_back(bench->maker, bench->sent);
    if (bench->shown)
        feed_release(bench->feed, bench->shown);
    stream_parser_destroy(bench->parser);
    mirror_destroy(bench->mirror);
    feed_destroy(bench->feed);
    snapshots_destroy(bench->maker);
    return 0;
}

/* --- the engine's side ------------------------------------------------------------------------------------------- */

static void say(struct bench *bench, const char *line)
{
    struct error err = { 0 };
    if (stream_parser_take(bench->parser, line, strlen(line), &err))
        fail_msg("%s: %.300s", err.msg, line);
}

static void begin(struct text *text, char *storage, const char *kind)
{
    text_init(text, storage, TEXT_SIZE);
    text_addf(text, "{\"%s\":{", kind);
}

static void end(struct bench *bench, struct text *text)
{
    text_add(text, "}}\n");
    assert_false(text->was_cut);
    say(bench, text->data);
}

static void say_hello(struct bench *bench, bool is_whole, bool may_act)
{
    char line[512];
    mirror_begin(bench->mirror);
    stream_parser_reset(bench->parser);
    snprintf(line, sizeof line,
             "{\"hello\":{\"schema\":%d,\"version\":\"1.2\",\"api\":\"http://a\",\"stream\":\"%s\","
             "\"whole\":%s,\"may_act\":%s}}\n",
             STREAM_SCHEMA, STREAM, is_whole ? "true" : "false", may_act ? "true" : "false");
    say(bench, line);
}

static void say_row(struct bench *bench, const struct snapshot *snapshot, uint32_t slot)
{
    static char storage[TEXT_SIZE];
    struct text text;
    const struct snapshot_row *row = snapshot_row_at(snapshot, slot);
    begin(&text, storage, "row");
    stream_add_integer(&text, "slot",
                       (int64_t)((slot + bench->turn) % (uint32_t)snapshot->slot_count));
    if (row) {
        stream_add_string(&text, "id", row->name->id);
        stream_add_row(&text, row);
    }
    end(bench, &text);
}

static bool is_changed(const struct bench *bench, const struct snapshot *snapshot, uint32_t slot)
{
    size_t page = slot / SNAPSHOT_PAGE_ROWS;
    return !bench->sent || page >= bench->sent->page_count ||
           bench->sent->pages[page] != snapshot->pages[page];
}

static void say_head(struct bench *bench, const struct snapshot *snapshot)
{
    static char storage[TEXT_SIZE];
    struct text text;
    begin(&text, storage, "engine");
    stream_add_engine(&text, &snapshot->engine);
    end(bench, &text);
    begin(&text, storage, "pass");
    stream_add_pass(&text, &snapshot->pass);
    end(bench, &text);
    begin(&text, storage, "totals");
    stream_add_totals(&text, &snapshot->totals);
    end(bench, &text);
}

static void say_end(struct bench *bench, const struct snapshot *snapshot)
{
    char line[256];
    snprintf(line, sizeof line, "{\"end\":{\"seq\":\"%s-%llu-0\",\"at\":%lld,\"slots\":%zu}}\n",
             STREAM, (unsigned long long)++bench->seq, (long long)snapshot->at.ms,
             snapshot->slot_count);
    say(bench, line);
}

/* Takes the next snapshot, and says what has changed since the last one. */
static void send_changes(struct bench *bench)
{
    const struct snapshot *snapshot = snapshots_take(bench->maker);
    for (uint32_t slot = 0; slot < snapshot->slot_count; slot++)
        if (is_changed(bench, snapshot, slot))
            say_row(bench, snapshot, slot);
    say_head(bench, snapshot);
    say_end(bench, snapshot);
    if (bench->sent)
        snapshots_give_back(bench->maker, bench->sent);
    bench->sent = snapshot;
}

static void forget(struct bench *bench)
{
    snapshots_give_back(bench->maker, bench->sent);
    bench->sent = NULL;
}

/* --- the console's side ------------------------------------------------------------------------------------------ */

static const struct snapshot *take(struct bench *bench)
{
    const struct snapshot *next;
    assert_true(mirror_has_news(bench->mirror));
    assert_true(mirror_publish(bench->mirror));
    assert_false(mirror_has_news(bench->mirror));
    next = feed_next(bench->feed);
    assert_non_null(next);
    if (bench->shown)
        feed_release(bench->feed, bench->shown);
    bench->shown = next;
    return next;
}

static const struct snapshot_row *row_at(const struct snapshot *snapshot, uint32_t slot)
{
    assert_true(slot < snapshot->slot_count);
    return &snapshot->pages[slot / SNAPSHOT_PAGE_ROWS]->rows[slot % SNAPSHOT_PAGE_ROWS];
}

static const struct snapshot_row *find(const struct snapshot *snapshot, const char *id,
                                       uint32_t *ret_slot)
{
    for (uint32_t slot = 0; slot < snapshot->slot_count; slot++) {
        const struct snapshot_row *row = snapshot_row_at(snapshot, slot);
        *ret_slot = slot;
        if (row && strcmp(row->name->id, id) == 0)
            return row;
    }
    return NULL;
}

static size_t count_rows(const struct snapshot *snapshot)
{
    size_t count = 0;
    for (uint32_t slot = 0; slot < snapshot->slot_count; slot++)
        count += snapshot_row_at(snapshot, slot) != NULL;
    return count;
}

static void assert_same_row(const struct snapshot_row *a, const struct snapshot_row *b)
{
    struct snapshot_row left = *a, right = *b;
    assert_string_equal(a->name->id, b->name->id);
    left.name = right.name = NULL;
    left.policy = right.policy = 0; /* the policies of the maker have no names here */
    assert_memory_equal(&left, &right, offsetof(struct snapshot_row, policy));
}

static void assert_same(const struct bench *bench, const struct snapshot *shown)
{
    const struct snapshot *sent = bench->sent;
    assert_int_equal(shown->at.ms, sent->at.ms);
    assert_memory_equal(&shown->totals, &sent->totals, sizeof sent->totals);
    assert_int_equal(shown->pass.number, sent->pass.number);
    assert_int_equal(shown->engine.pass_interval_ms, sent->engine.pass_interval_ms);
    assert_string_equal(shown->engine.version, "1.2");
    assert_int_equal(count_rows(shown), count_rows(sent));
    for (uint32_t slot = 0; slot < sent->slot_count; slot++) {
        const struct snapshot_row *row = snapshot_row_at(sent, slot);
        const struct snapshot_row *own = snapshot_row_at(shown, slot);
        if (row && own)
            assert_same_row(own, row);
        assert_true(!row == !own);
    }
}

/* --- tests ------------------------------------------------------------------------------------------------------- */

static void change_fleet(struct bench *bench, int round)
{
    char id[32];
    uint32_t slot;
    snapshots_stir(bench->maker, 7, (uint64_t)round);
    if (round % 5 == 1) {
        snprintf(id, sizeof id, "new-%d", round);
        snapshots_add(bench->maker, id);
    }
    if (round % 7 == 3 && bench->sent && find(bench->sent, "new-1", &slot))
        snapshots_remove(bench->maker, slot);
    snapshots_at(bench->maker)->ms += 100;
}

static void any_snapshot_comes_out_equal(void **state)
{
    struct bench *bench = *state;
    snapshots_fill_random(bench->maker, DEPLOYMENTS, 3);
    say_hello(bench, true, true);
    for (int round = 0; round < ROUNDS; round++) {
        change_fleet(bench, round);
        send_changes(bench);
        assert_same(bench, take(bench));
    }
    assert_string_equal(mirror_hello(bench->mirror)->stream, STREAM);
    assert_true(mirror_seq(bench->mirror)[0] != '\0');
}

static void pages_that_have_not_changed_are_shared(void **state)
{
    struct bench *bench = *state;
    snapshots_fill_random(bench->maker, DEPLOYMENTS, 3);
    say_hello(bench, true, true);
    send_changes(bench);
    const struct snapshot *first = take(bench);
    const struct snapshot_page *pages[2] = { first->pages[0], first->pages[5] };
    snapshots_row(bench->maker, 5 * SNAPSHOT_PAGE_ROWS)->hosts++;
    send_changes(bench);
    const struct snapshot *second = take(bench);
    assert_ptr_equal(second->pages[0], pages[0]);
    assert_ptr_not_equal(second->pages[5], pages[1]);
}

/* Nothing of a batch is shown before its end, and nothing of one that is lost. */
static void a_batch_is_shown_as_a_whole(void **state)
{
    struct bench *bench = *state;
    uint32_t slot;
    snapshots_fill_random(bench->maker, DEPLOYMENTS, 3);
    say_hello(bench, true, true);
    send_changes(bench);
    const struct snapshot_row before = *row_at(take(bench), 0);
    snapshots_row(bench->maker, 0)->hosts = 4711;
    const struct snapshot *next = snapshots_take(bench->maker);
    say_row(bench, next, 0);
    say_head(bench, next);
    assert_false(mirror_has_news(bench->mirror));
    mirror_lose(bench->mirror, (struct wall){ 5000 });
    const struct snapshot *lost = take(bench);
    assert_int_equal(lost->remote->lost_at.ms, 5000);
    assert_int_equal(lost->at.ms, bench->sent->at.ms);
    assert_int_equal(row_at(lost, 0)->hosts, before.hosts);
    assert_int_equal(mirror_deployments(bench->mirror), bench->sent->totals.deployments);
    assert_non_null(find(lost, before.name->id, &slot));
    say_hello(bench, false, true);
    assert_false(mirror_has_news(bench->mirror));
    say_row(bench, next, 0);
    say_head(bench, next);
    say_end(bench, next);
    const struct snapshot *again = take(bench);
    assert_int_equal(again->remote->lost_at.ms, 0);
    assert_int_equal(row_at(again, 0)->hosts, 4711);
    snapshots_give_back(bench->maker, next);
}

static void deployments_keep_their_places_over_a_restart(void **state)
{
    struct bench *bench = *state;
    uint32_t slot;
    snapshots_fill_random(bench->maker, DEPLOYMENTS, 3);
    say_hello(bench, true, true);
    send_changes(bench);
    const struct snapshot *shown = take(bench);
    const struct snapshot_name *names[DEPLOYMENTS];
    for (uint32_t i = 0; i < DEPLOYMENTS; i++)
        names[i] = row_at(shown, i)->name;
    mirror_lose(bench->mirror, (struct wall){ 5000 });
    take(bench);
    snapshots_remove(bench->maker, 3);
    snapshots_add(bench->maker, "after-the-restart");
    forget(bench);
    bench->turn = 77;
    say_hello(bench, true, true);
    send_changes(bench);
    shown = take(bench);
    assert_int_equal(count_rows(shown), DEPLOYMENTS);
    for (uint32_t i = 0; i < DEPLOYMENTS; i++)
        if (i != 3)
            assert_ptr_equal(row_at(shown, i)->name, names[i]);
    assert_non_null(find(shown, "after-the-restart", &slot));
    snapshots_row(bench->maker, 9)->hosts = 4711;
    send_changes(bench);
    assert_int_equal(row_at(take(bench), 9)->hosts, 4711);
}

static void what_the_user_may_do_is_in_every_snapshot(void **state)
{
    struct bench *bench = *state;
    snapshots_fill_random(bench->maker, 2, 3);
    say_hello(bench, true, false);
    send_changes(bench);
    assert_true(snapshot_is_look_only(take(bench)));
    mirror_lose(bench->mirror, (struct wall){ 5000 });
    assert_true(snapshot_is_lost(take(bench)));
    forget(bench);
    say_hello(bench, true, true);
    send_changes(bench);
    assert_false(snapshot_is_look_only(take(bench)));
}

static const struct bad_row {
    const char *name;
    const char *lines[3]; /* all but the last are right */
} bad_rows[] = {
#define HELLO                                                                                      \
    "{\"hello\":{\"schema\":1,\"version\":\"1\",\"api\":\"a\",\"stream\":\"s\",\"whole\":true}}\n"
    { "another schema",
      { "{\"hello\":{\"schema\":2,\"version\":\"1\",\"api\":\"a\",\"stream\":\"s\"}}\n" } },
    { "no schema", { "{\"hello\":{\"version\":\"1\",\"api\":\"a\",\"stream\":\"s\"}}\n" } },
    { "no stream", { "{\"hello\":{\"schema\":1,\"version\":\"1\",\"api\":\"a\"}}\n" } },
    { "no hello", { "{\"row\":{\"slot\":0}}\n" } },
    { "two hellos", { HELLO, HELLO } },
    { "an end without a head", { HELLO, "{\"end\":{\"seq\":\"1\",\"at\":1,\"slots\":1}}\n" } },
    { "a slot beyond all", { HELLO, "{\"row\":{\"slot\":99999999}}\n" } },
    { "a negative slot", { HELLO, "{\"row\":{\"slot\":-1}}\n" } },
    { "a policy out of order", { HELLO, "{\"policy\":{\"index\":1,\"name\":\"a\"}}\n" } },
    { "a step without a detail", { HELLO, "{\"step\":{}}\n" } },
    { "an unknown state", { HELLO, "{\"row\":{\"slot\":0,\"id\":\"a\",\"state\":\"fine\"}}\n" } },
    { "an end without a number",
      { HELLO, "{\"engine\":{}}\n", "{\"end\":{\"at\":1,\"slots\":1}}\n" } },
    { "more slots than there may be",
      { HELLO, "{\"engine\":{}}\n", "{\"end\":{\"seq\":\"1\",\"at\":1,\"slots\":99999999}}\n" } },
};

static void message_is_refused(void **state)
{
    const struct bad_row *row = *state;
    void *fixture;
    struct error err = { 0 };
    int failed = 0;
    enter(&fixture);
    struct bench *bench = fixture;
    mirror_begin(bench->mirror);
    for (size_t i = 0; i < COUNT_OF(row->lines) && row->lines[i]; i++) {
        assert_int_equal(failed, 0);
        failed = stream_parser_take(bench->parser, row->lines[i], strlen(row->lines[i]), &err);
    }
    assert_int_equal(failed, ERR_PROTOCOL);
    leave(&fixture);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(any_snapshot_comes_out_equal),
        TEST(pages_that_have_not_changed_are_shared),
        TEST(a_batch_is_shown_as_a_whole),
        TEST(deployments_keep_their_places_over_a_restart),
        TEST(what_the_user_may_do_is_in_every_snapshot),
    };
    struct CMUnitTest bad[COUNT_OF(bad_rows)];
    TESTS_FROM_ROWS(bad, bad_rows, message_is_refused);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed + cmocka_run_group_tests(bad, NULL, NULL);
}
