/*
 * The bytes of a terminal, split at any byte. The input is the length of a list of splits, the splits, and the bytes.
 *
 * With pauses too short for a lone Esc, splits do not change the decoded inputs. With any pauses, characters keep their
 * order and position. Pasted bytes never become a key, and a key after the paste is decoded as a key. A long pause
 * empties the decoder.
 */
#include "tests/fuzz/supply.h"
#include "tests/fuzz/target.h"

#include "tests/fuzz/oracle.h"

#include "tui/draw/utf8.h"
#include "tui/term/decoder.h"

#define BYTES_MAX 1024
#define INPUTS_MAX (BYTES_MAX + 64)
#define SILENCE_MS 10000
#define PASTE_BEGIN "\x1b[200~"
#define PASTE_END "\x1b[201~"

struct cuts {
    const uint8_t *at;
    size_t count;
    const int64_t *pauses_ms; /* PAUSE_COUNT of them */
};

#define PAUSE_COUNT 8
static const int64_t short_ms[PAUSE_COUNT] = { 0, 0, 1, 2, 7, 20, 40, DECODE_ESC_MS - 1 };
static const int64_t paste_ms[PAUSE_COUNT] = { 0, 1, 49, 51, 150, 300, 600, DECODE_PASTE_MS - 1 };
static const int64_t any_ms[PAUSE_COUNT] = { 0, 1, 49, 51, 150, 300, 600, 3000 };

struct seen {
    size_t count;
    struct input inputs[INPUTS_MAX];
};

static void ask(struct decoder *decoder, struct mono now, struct seen *seen)
{
    struct input input;
    while (decoder_next(decoder, now, &input)) {
        must(seen->count < INPUTS_MAX);
        must(input.kind != INPUT_KEY || input.keypress != KEYPRESS_NONE);
        seen->inputs[seen->count++] = input;
    }
    int patience_ms = decoder_patience_ms(decoder, now);
    bool is_waiting = decoder->length > 0 || decoder->is_pasting;
    must(is_waiting ? patience_ms > 0 && patience_ms <= DECODE_PASTE_MS : patience_ms == -1);
}

/* Calls the decoder at each of its deadlines, as the console does. */
static struct mono elapse(struct decoder *decoder, struct mono now, int64_t ms, struct seen *seen)
{
    struct mono end = mono_after(now, ms);
    for (;;) {
        int patience_ms = decoder_patience_ms(decoder, now);
        if (patience_ms < 0 || now.ms + patience_ms >= end.ms)
            return end;
        now = mono_after(now, patience_ms);
        ask(decoder, now, seen);
    }
}

/* A split is a number of bytes and a pause after them. */
static void play(const char *bytes, size_t length, const struct cuts *cuts, struct seen *ret_seen)
{
    struct decoder decoder;
    struct mono now = { 1000000 };
    size_t at = 0;
    ret_seen->count = 0;
    decoder_init(&decoder);
    for (size_t i = 0; i < cuts->count && at < length; i++) {
        size_t size = (size_t)(cuts->at[i] >> 3) + 1;
        size = size < length - at ? size : length - at;
        decoder_feed(&decoder, now, bytes + at, size);
        at += size;
        ask(&decoder, now, ret_seen);
        now = elapse(&decoder, now, cuts->pauses_ms[cuts->at[i] % PAUSE_COUNT], ret_seen);
    }
    decoder_feed(&decoder, now, bytes + at, length - at);
    ask(&decoder, now, ret_seen);
    now = elapse(&decoder, now, SILENCE_MS, ret_seen);
    ask(&decoder, now, ret_seen);
    must(decoder.length == 0);
    must(!decoder.is_pasting);
}

static bool is_same(const struct input *one, const struct input *other)
{
    enum input_kind a = one->kind == INPUT_DOUBLE_CLICK ? INPUT_CLICK : one->kind;
    enum input_kind b = other->kind == INPUT_DOUBLE_CLICK ? INPUT_CLICK : other->kind;
    return a == b && one->keypress == other->keypress && one->column == other->column &&
           one->row == other->row;
}

static void check_same(const struct seen *one, const struct seen *other)
{
    must(one->count == other->count);
    for (size_t i = 0; i < one->count; i++)
        must(is_same(&one->inputs[i], &other->inputs[i]));
}

static bool is_character(const struct input *input)
{
    bool is_typed = input->kind == INPUT_KEY || input->kind == INPUT_PASTE;
    return is_typed && input->keypress >= 0x20 && input->keypress < KEYPRESS_ENTER;
}

static void check_order(const char *bytes, size_t length, const struct seen *seen)
{
    size_t at = 0;
    for (size_t i = 0; i < seen->count; i++) {
        char character[UTF8_SIZE_MAX];
        if (!is_character(&seen->inputs[i]))
            continue;
        size_t size = utf8_encode(seen->inputs[i].keypress, character);
        while (at + size <= length && memcmp(bytes + at, character, size) != 0)
            at++;
        must(at + size <= length);
        at += size;
    }
}

/* The bytes as a paste, without those that could end it, and a key after it. */
static void check_paste(const char *bytes, size_t length, const struct cuts *cuts,
                        struct seen *seen)
{
    char *pasted = malloc(length + sizeof PASTE_BEGIN + sizeof PASTE_END);
    must(pasted);
    size_t size = strlen(PASTE_BEGIN);
    memcpy(pasted, PASTE_BEGIN, size);
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != '~')
            pasted[size++] = bytes[i];
    memcpy(pasted + size, PASTE_END "j", strlen(PASTE_END "j"));
    size += strlen(PASTE_END "j");
    /* The start of the paste is not split: after a pause, its Esc would be a key. */
    struct cuts behind = *cuts;
    uint8_t *bracket_first = malloc(cuts->count + 1);
    must(bracket_first);
    bracket_first[0] = (uint8_t)((strlen(PASTE_BEGIN) - 1) << 3);
    if (cuts->count > 0)
        memcpy(bracket_first + 1, cuts->at, cuts->count);
    behind.at = bracket_first;
    behind.count++;
    play(pasted, size, &behind, seen);
    must(seen->count > 0);
    const struct input *last = &seen->inputs[seen->count - 1];
    must(last->kind == INPUT_KEY && last->keypress == 'j');
    for (size_t i = 0; i + 1 < seen->count; i++)
        must(seen->inputs[i].kind == INPUT_PASTE);
    free(bracket_first);
    free(pasted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct supply supply = { data, size };
    size_t wanted = supply_byte(&supply);
    struct cuts cuts = { supply.at, wanted < supply.left ? wanted : supply.left, short_ms };
    const struct cuts none = { supply.at, 0, short_ms };
    supply.at += cuts.count;
    supply.left -= cuts.count;
    supply.left = supply.left < BYTES_MAX ? supply.left : BYTES_MAX;
    char *bytes = supply_rest(&supply);
    struct seen *whole = malloc(sizeof *whole);
    struct seen *cut = malloc(sizeof *cut);
    must(whole && cut);
    play(bytes, supply.left, &none, whole);
    check_order(bytes, supply.left, whole);
    play(bytes, supply.left, &cuts, cut);
    check_same(whole, cut);
    cuts.pauses_ms = any_ms;
    play(bytes, supply.left, &cuts, cut);
    check_order(bytes, supply.left, cut);
    cuts.pauses_ms = paste_ms;
    check_paste(bytes, supply.left, &cuts, cut);
    free(cut);
    free(whole);
    free(bytes);
    return 0;
}
