#include "tests/support/decoder_fixture.h"

#include "tests/support/test.h"

#include <string.h>

void decoder_fixture_init(struct decoder_fixture *fixture)
{
    decoder_init(&fixture->decoder);
    fixture->now = (struct mono){ 1000000 };
    fixture->tick_ms = 0;
    text_init(&fixture->told, fixture->storage, sizeof fixture->storage);
}

/* "Up", "a", "'a" (pasted), "click 3,4". */
static void tell(struct text *told, const struct input *input)
{
    static const char *const pointers[] = {
        [INPUT_CLICK] = "click",
        [INPUT_DOUBLE_CLICK] = "double",
        [INPUT_WHEEL_UP] = "up",
        [INPUT_WHEEL_DOWN] = "down",
    };
    char name[KEYPRESS_NAME_SIZE];
    keypress_name(input->keypress, name);
    if (told->length > 0)
        text_add(told, " ");
    if (input->kind == INPUT_KEY)
        text_add(told, name);
    else if (input->kind == INPUT_PASTE)
        text_addf(told, "'%s", name);
    else
        text_addf(told, "%s %d,%d", pointers[input->kind], input->column, input->row);
}

void decoder_fixture_check_patience(const struct decoder_fixture *fixture)
{
    bool is_waiting = fixture->decoder.length > 0 || fixture->decoder.is_pasting;
    int patience_ms = decoder_patience_ms(&fixture->decoder, fixture->now);
    if (is_waiting)
        assert_in_range(patience_ms, 1, DECODE_PASTE_MS);
    else
        assert_int_equal(patience_ms, -1);
    assert_int_equal(decoder_patience_ms(&fixture->decoder, mono_after(fixture->now, SILENCE_MS)),
                     is_waiting ? 0 : -1);
}

void decoder_fixture_ask(struct decoder_fixture *fixture)
{
    struct input input;
    while (decoder_next(&fixture->decoder, fixture->now, &input))
        tell(&fixture->told, &input);
    decoder_fixture_check_patience(fixture);
}

void decoder_fixture_elapse(struct decoder_fixture *fixture, int64_t ms)
{
    struct mono end = mono_after(fixture->now, ms);
    for (;;) {
        int patience_ms = decoder_patience_ms(&fixture->decoder, fixture->now);
        struct mono wake = patience_ms < 0 ? MONO_NEVER : mono_after(fixture->now, patience_ms);
        if (fixture->tick_ms > 0)
            wake = mono_min(wake, mono_after(fixture->now, fixture->tick_ms));
        if (wake.ms >= end.ms)
            break;
        fixture->now = wake;
        decoder_fixture_ask(fixture);
    }
    fixture->now = end;
}

void decoder_fixture_feed(struct decoder_fixture *fixture, const char *bytes, size_t length)
{
    decoder_feed(&fixture->decoder, fixture->now, bytes, length);
    decoder_fixture_ask(fixture);
}

void decoder_fixture_finish(struct decoder_fixture *fixture)
{
    decoder_fixture_elapse(fixture, SILENCE_MS);
    decoder_fixture_ask(fixture);
    assert_int_equal(fixture->decoder.length, 0);
    assert_int_equal(decoder_patience_ms(&fixture->decoder, fixture->now), -1);
}

void decoder_fixture_check_script(void **state)
{
    const struct script_row *row = *state;
    struct decoder_fixture fixture;
    decoder_fixture_init(&fixture);
    for (const struct step *step = row->steps; step < row->steps + STEPS_MAX && step->bytes;
         step++) {
        decoder_fixture_elapse(&fixture, step->gap_ms);
        decoder_fixture_feed(&fixture, step->bytes, strlen(step->bytes));
    }
    decoder_fixture_finish(&fixture);
    assert_string_equal(fixture.storage, row->told);
}
