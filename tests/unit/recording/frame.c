/*
 * From deployments to rows, to the columns of a frame, and back: what is read is what was recorded.
 */
#include "engine/base/heap.h"
#include "engine/recording/frame_builder.h"
#include "engine/recording/recording_table.h"
#include "engine/recording/sampler.h"

#include "tests/support/recorded_fleet.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#define PAGES 8

struct frame_copy {
    struct frame_facts facts;
    unsigned char *bytes;
    size_t size;
};

struct world {
    struct recorded_fleet fleet;
    struct recording_page pages[PAGES];
    struct recording_page *free_pages[PAGES];
    size_t free_count;
    bool is_without_pages;
    struct sampler sampler;
    struct frame_builder *builder;
    struct recording_table *table;
    struct recording_format format;
    struct frame_copy frames[64];
    size_t frame_count;
    uint32_t pass;
    size_t untranslatable;
    size_t decided;
};

static struct world world;

static struct recording_page *take_page(void *context)
{
    struct world *w = context;
    if (w->free_count == 0 || w->is_without_pages)
        return NULL;
    struct recording_page *page = w->free_pages[--w->free_count];
    page->used = 0;
    return page;
}

static void keep_frame(struct world *w)
{
    struct frame_copy *frame = &w->frames[w->frame_count++];
    const unsigned char *bytes;
    assert_true(w->frame_count <= COUNT_OF(w->frames));
    frame_builder_make(w->builder, &frame->facts, &bytes, &frame->size);
    frame->bytes = heap_alloc(frame->size, 1);
    memcpy(frame->bytes, bytes, frame->size);
    frame_builder_reset(w->builder);
}

static void pass_page(void *context, struct recording_page *page)
{
    struct world *w = context;
    size_t from = 0;
    while (frame_builder_add(w->builder, page, &from))
        keep_frame(w);
    w->free_pages[w->free_count++] = page;
}

static void forget_frames(struct world *w)
{
    for (size_t i = 0; i < w->frame_count; i++)
        heap_free(w->frames[i].bytes);
    w->frame_count = 0;
}

static int set_up(void **state)
{
    static struct recording_names names;
    struct world *w = &world;
    *state = w;
    *w = (struct world){ 0 };
    recorded_fleet_init(&w->fleet);
    for (size_t i = 0; i < PAGES; i++)
        w->free_pages[w->free_count++] = &w->pages[i];
    struct sampler_pages pages = { take_page, pass_page, w };
    recording_names_own(&names);
    return !recording_format_read(&names, &w->format) || sampler_init(&w->sampler, &pages) ||
           frame_builder_create(&w->builder) || recording_table_create(&w->table);
}

static int tear_down(void **state)
{
    struct world *w = *state;
    forget_frames(w);
    sampler_fini(&w->sampler);
    frame_builder_destroy(w->builder);
    recording_table_destroy(w->table);
    recorded_fleet_fini(&w->fleet);
    return 0;
}

/* --- passes ----------------------------------------------------------------------------------------------------- */

static void read_one(struct world *w, struct deployment *deployment, size_t changes)
{
    sampler_before(&w->sampler, deployment);
    if (changes > 0)
        recorded_fleet_change(&w->fleet, deployment, changes);
    sampler_after(&w->sampler, deployment);
}

static void begin(struct world *w)
{
    w->pass++;
    sampler_begin_pass(&w->sampler, w->pass, (struct wall){ 1000 * (int64_t)w->pass });
}

static void end(struct world *w)
{
    sampler_end_pass(&w->sampler, w->fleet.fleet, (struct wall){ 1000 * (int64_t)w->pass + 500 });
}

static void read_all(struct world *w, size_t changes)
{
    begin(w);
    for (uint32_t slot = 0; slot < fleet_slot_count(w->fleet.fleet); slot++) {
        struct deployment *deployment = fleet_at(w->fleet.fleet, slot);
        if (deployment)
            read_one(w, deployment, changes);
    }
    end(w);
}

/* --- what is read ----------------------------------------------------------------------------------------------- */

static int visit(void *context, const struct recorded *recorded)
{
    struct world *w = context;
    w->untranslatable += !recorded->is_translatable;
    w->decided += recorded->is_decided;
    return 0;
}

static int apply_frame(struct world *w, const struct frame_copy *frame)
{
    struct error err;
    if (frame->facts.is_group_first)
        recording_table_clear(w->table);
    return recording_table_apply(w->table, &w->format, frame->bytes, frame->size, visit, w, &err);
}

static void apply_all(struct world *w)
{
    w->untranslatable = 0;
    w->decided = 0;
    for (size_t i = 0; i < w->frame_count; i++)
        assert_int_equal(apply_frame(w, &w->frames[i]), 0);
    assert_int_equal(w->untranslatable, 0);
    forget_frames(w);
}

/* --- tests ------------------------------------------------------------------------------------------------------ */

static void a_pass_is_read_as_it_was(void **state)
{
    struct world *w = *state;
    recorded_fleet_add(&w->fleet, 40);
    read_all(w, 30);
    assert_int_equal(w->frame_count, 1);
    assert_true(w->frames[0].facts.is_group_first);
    assert_true(w->frames[0].facts.is_pass_end);
    assert_int_equal(w->frames[0].facts.begun.ms, 1000);
    assert_int_equal(w->frames[0].facts.ended.ms, 1500);
    apply_all(w);
    assert_int_equal(w->decided, 40);
    recorded_fleet_assert(&w->fleet, w->table);
}

static void passes_of_random_changes_are_read_as_they_were(void **state)
{
    struct world *w = *state;
    recorded_fleet_add(&w->fleet, 60);
    for (int i = 0; i < 3 * GROUP_PASSES; i++) {
        begin(w);
        for (uint32_t slot = 0; slot < fleet_slot_count(w->fleet.fleet); slot++) {
            struct deployment *deployment = fleet_at(w->fleet.fleet, slot);
            if (!deployment)
                continue;
            uint64_t what = recorded_fleet_draw(&w->fleet, 40);
            if (what == 0)
                fleet_remove(w->fleet.fleet, deployment);
            else if (what == 1)
                deployment->is_listed = false;
            else if (what == 2)
                recorded_fleet_change(&w->fleet, deployment,
                                      3); /* beside a read, such as a scale that was dropped */
            else if (what > 5 && deployment->is_listed)
                read_one(w, deployment, recorded_fleet_draw(&w->fleet, 4));
        }
        recorded_fleet_add(&w->fleet, recorded_fleet_draw(&w->fleet, 4));
        end(w);
        apply_all(w);
        recorded_fleet_assert(&w->fleet, w->table);
    }
}

static void a_deployment_is_read_twice_in_a_pass(void **state)
{
    struct world *w = *state;
    recorded_fleet_add(&w->fleet, 2);
    begin(w);
    for (int i = 0; i < 3; i++)
        for (uint32_t slot = 0; slot < 2; slot++)
            read_one(w, fleet_at(w->fleet.fleet, slot), 5);
    end(w);
    apply_all(w);
    assert_int_equal(w->decided, 6);
    recorded_fleet_assert(&w->fleet, w->table);
}

static void a_large_pass_has_several_frames(void **state)
{
    struct world *w = *state;
    recorded_fleet_add(&w->fleet, FRAME_ROWS_MAX + 100);
    read_all(w, 2);
    assert_true(w->frame_count > 1);
    assert_true(w->frames[0].facts.is_group_first);
    assert_false(w->frames[0].facts.is_pass_end);
    assert_false(w->frames[1].facts.is_group_first);
    apply_all(w);
    recorded_fleet_assert(&w->fleet, w->table);
    read_all(w, 0);
    apply_all(w);
    assert_int_equal(w->decided, FRAME_ROWS_MAX + 100);
}

static void an_unchanged_pass_is_small(void **state)
{
    struct world *w = *state;
    recorded_fleet_add(&w->fleet, 1000);
    read_all(w, 3);
    forget_frames(w);
    read_all(w, 0);
    assert_int_equal(w->frame_count, 1);
    assert_true(w->frames[0].size < 1000 * 2 + 200);
    assert_int_equal(w->frames[0].facts.row_count, 1000);
}

static void new_policies_begin_a_group_within_a_pass(void **state)
{
    struct world *w = *state;
    recorded_fleet_add(&w->fleet, 4);
    read_all(w, 3);
    begin(w);
    read_one(w, fleet_at(w->fleet.fleet, 0), 2);
    w->fleet.policies[0].max_hosts = 99;
    sampler_restart(&w->sampler);
    for (uint32_t slot = 1; slot < 4; slot++)
        read_one(w, fleet_at(w->fleet.fleet, slot), 2);
    end(w);
    assert_int_equal(w->frame_count, 3);
    assert_false(w->frames[1].facts.is_pass_end);
    assert_true(w->frames[2].facts.is_group_first);
    assert_int_equal(w->frames[2].facts.pass, w->frames[1].facts.pass);
    apply_all(w);
    recorded_fleet_assert(&w->fleet, w->table);
}

/* The rows that are left out are missing until the next group, which the next pass begins. */
static void without_pages_the_next_pass_begins_a_group(void **state)
{
    struct world *w = *state;
    recorded_fleet_add(&w->fleet, 2000);
    read_all(w, 3);
    forget_frames(w);
    begin(w);
    w->is_without_pages = true;
    for (uint32_t slot = 0; slot < 2000; slot++)
        read_one(w, fleet_at(w->fleet.fleet, slot), 30);
    assert_true(w->sampler.has_gap);
    w->is_without_pages = false;
    end(w);
    forget_frames(w);
    frame_builder_reset(w->builder);
    read_all(w, 3);
    assert_true(w->frames[0].facts.is_group_first);
    apply_all(w);
    recorded_fleet_assert(&w->fleet, w->table);
}

static void every_truncated_frame_is_refused(void **state)
{
    struct world *w = *state;
    recorded_fleet_add(&w->fleet, 12);
    read_all(w, 20);
    struct frame_copy frame = w->frames[0];
    for (size_t size = 0; size < frame.size; size++) {
        struct frame_copy cut = { frame.facts, heap_alloc(size + 1, 1), size };
        memcpy(cut.bytes, frame.bytes, size);
        assert_int_not_equal(apply_frame(w, &cut), 0);
        heap_free(cut.bytes);
    }
    assert_int_equal(apply_frame(w, &frame), 0);
}

/* The file has checksums; without them a flipped bit may be another value, and nothing worse. */
static void a_flipped_bit_is_refused_or_another_value(void **state)
{
    struct world *w = *state;
    recorded_fleet_add(&w->fleet, 12);
    read_all(w, 20);
    struct frame_copy *frame = &w->frames[0];
    size_t refused = 0;
    for (size_t bit = 0; bit < 8 * frame->size; bit++) {
        unsigned char flip = (unsigned char)(1u << bit % 8);
        frame->bytes[bit / 8] ^= flip;
        refused += apply_frame(w, frame) != 0;
        frame->bytes[bit / 8] ^= flip;
    }
    assert_true(refused > frame->size);
}

static void bytes_that_are_no_frame_are_refused_or_harmless(void **state)
{
    struct world *w = *state;
    unsigned char bytes[256];
    for (int i = 0; i < 20000; i++) {
        struct error err;
        size_t size = recorded_fleet_draw(&w->fleet, sizeof bytes);
        for (size_t k = 0; k < size; k++)
            bytes[k] = recorded_fleet_draw(&w->fleet, 3)
                           ? (unsigned char)recorded_fleet_draw(&w->fleet, 8)
                           : (unsigned char)recorded_fleet_draw(&w->fleet, 256);
        recording_table_apply(w->table, &w->format, bytes, size, NULL, NULL, &err);
    }
}

static void a_frame_needs_the_one_before(void **state)
{
    struct world *w = *state;
    recorded_fleet_add(&w->fleet, 3);
    read_all(w, 3);
    forget_frames(w);
    read_all(w, 3);
    assert_int_not_equal(apply_frame(w, &w->frames[0]), 0);
}

/* --- other versions --------------------------------------------------------------------------------------------- */

static void a_format_is_read_by_its_names(void **state)
{
    struct world *w = *state;
    static struct recording_names names;
    struct recording_format format;
    recording_names_own(&names);
    assert_true(recording_format_read(&names, &format));
    assert_true(format.is_own);
    snprintf(names.fields, sizeof names.fields, "later delta current_hosts");
    snprintf(names.reasons, sizeof names.reasons, "later gone");
    assert_true(recording_format_read(&names, &format));
    assert_false(format.is_own);
    assert_int_equal(format.field_count, 3);
    assert_int_equal(format.fields[0], FORMAT_NONE);
    assert_string_equal(sample_field((size_t)format.fields[1])->name, "delta");
    assert_string_equal(sample_field((size_t)format.fields[2])->name, "current_hosts");
    assert_int_equal(format.reasons[1], REASON_GONE);
    assert_int_equal(format.reasons[0], FORMAT_NONE);
    (void)w;
}

static void too_many_names_are_refused(void **state)
{
    static struct recording_names names;
    struct recording_format format;
    (void)state;
    recording_names_own(&names);
    for (size_t i = 0; i < 2 * FORMAT_WORDS_MAX; i++)
        memcpy(names.actions + 2 * i, "a ", 3);
    assert_false(recording_format_read(&names, &format));
}

#define WORLD_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_pass_is_read_as_it_was),
        WORLD_TEST(passes_of_random_changes_are_read_as_they_were),
        WORLD_TEST(a_deployment_is_read_twice_in_a_pass),
        WORLD_TEST(a_large_pass_has_several_frames),
        WORLD_TEST(an_unchanged_pass_is_small),
        WORLD_TEST(new_policies_begin_a_group_within_a_pass),
        WORLD_TEST(without_pages_the_next_pass_begins_a_group),
        WORLD_TEST(every_truncated_frame_is_refused),
        WORLD_TEST(a_flipped_bit_is_refused_or_another_value),
        WORLD_TEST(bytes_that_are_no_frame_are_refused_or_harmless),
        WORLD_TEST(a_frame_needs_the_one_before),
        WORLD_TEST(a_format_is_read_by_its_names),
        WORLD_TEST(too_many_names_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
