#include "engine/run/past/past_tape.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/recording/bytes.h"

#include <errno.h>
#include <string.h>

#define PASSES_MAX 256
#define ROOM_MIN 4096
#define NUMBER_SIZE_MAX 10
#define WORD sizeof(uint64_t)

/* Changes: the key, how many words differ, and of each the words since the one before it, and its difference. */
struct tape_pass {
    unsigned char *bytes;
    size_t size;
    size_t room;
};

struct past_change {
    uint64_t words; /* that differ */
    struct byte_reader *reader;
};

struct past_tape {
    size_t size_max;
    size_t size; /* of the memory of all passes */
    size_t count;
    size_t place;                        /* so many of them were not taken back */
    struct tape_pass passes[PASSES_MAX]; /* oldest first */
    bool is_open;                        /* the last one gets changes */
};

int past_tape_create(size_t size_max, struct past_tape **ret_tape)
{
    struct past_tape *tape = heap_alloc(1, sizeof *tape);
    if (!tape)
        return -ENOMEM;
    tape->size_max = size_max;
    *ret_tape = tape;
    return 0;
}

static void drop(struct past_tape *tape, size_t from, size_t count)
{
    for (size_t i = from; i < from + count; i++) {
        tape->size -= tape->passes[i].room;
        heap_free(tape->passes[i].bytes);
    }
    memmove(&tape->passes[from], &tape->passes[from + count],
            (tape->count - from - count) * sizeof tape->passes[0]);
    tape->count -= count;
}

void past_tape_clear(struct past_tape *tape)
{
    drop(tape, 0, tape->count);
    tape->place = 0;
    tape->is_open = false;
}

void past_tape_destroy(struct past_tape *tape)
{
    if (!tape)
        return;
    past_tape_clear(tape);
    heap_free(tape);
}

static void drop_oldest(struct past_tape *tape)
{
    drop(tape, 0, 1);
    tape->place--;
}

void past_tape_begin(struct past_tape *tape)
{
    drop(tape, tape->place, tape->count - tape->place);
    if (tape->count == PASSES_MAX)
        drop_oldest(tape);
    tape->passes[tape->count++] = (struct tape_pass){ 0 };
    tape->place = tape->count;
    tape->is_open = true;
}

static struct tape_pass *last_pass(struct past_tape *tape)
{
    return &tape->passes[tape->count - 1];
}

/* False: there is no room, and no pass any more. */
static bool reserve(struct past_tape *tape, size_t size)
{
    struct tape_pass *pass = last_pass(tape);
    if (pass->size + size <= pass->room)
        return true;
    size_t room = pass->room < ROOM_MIN ? ROOM_MIN : pass->room;
    while (room < pass->size + size)
        room += room / 2;
    size_t added = room - pass->room;
    while (tape->count > 1 && tape->size + added > tape->size_max)
        drop_oldest(tape);
    pass = last_pass(tape);
    unsigned char *bytes =
        tape->size + added > tape->size_max ? NULL : heap_resize(pass->bytes, room, 1);
    if (!bytes) {
        past_tape_clear(tape);
        return false;
    }
    pass->bytes = bytes;
    pass->room = room;
    tape->size += added;
    return true;
}

static uint64_t difference_at(const unsigned char *a, const unsigned char *b, size_t word)
{
    uint64_t words[2];
    memcpy(&words[0], a + word * WORD, WORD);
    memcpy(&words[1], b + word * WORD, WORD);
    return words[0] ^ words[1];
}

/* The runs of words that differ. Returns how many. */
static uint64_t put_runs(unsigned char **to, const unsigned char *a, const unsigned char *b,
                         size_t words)
{
    uint64_t runs = 0;
    size_t from = 0;
    for (size_t at = 0; at < words; at++) {
        uint64_t difference = difference_at(a, b, at);
        if (difference == 0)
            continue;
        *to = bytes_put(*to, at - from);
        *to = bytes_put(*to, difference);
        from = at + 1;
        runs++;
    }
    return runs;
}

static size_t count_runs(const unsigned char *a, const unsigned char *b, size_t words)
{
    size_t count = 0;
    for (size_t at = 0; at < words; at++)
        count += difference_at(a, b, at) != 0;
    return count;
}

void past_tape_note(struct past_tape *tape, uint32_t key, const void *before, const void *after,
                    size_t size)
{
    must(size % WORD == 0);
    size_t runs = tape->is_open ? count_runs(before, after, size / WORD) : 0;
    if (runs == 0 || !reserve(tape, (2 + 2 * runs) * NUMBER_SIZE_MAX))
        return;
    struct tape_pass *pass = last_pass(tape);
    unsigned char *to = pass->bytes + pass->size;
    to = bytes_put(bytes_put(to, key), runs);
    put_runs(&to, before, after, size / WORD);
    pass->size = (size_t)(to - pass->bytes);
}

size_t past_tape_behind(const struct past_tape *tape)
{
    return tape->place;
}

size_t past_tape_ahead(const struct past_tape *tape)
{
    return tape->count - tape->place;
}

void past_tape_apply(const struct past_change *change, void *block, size_t size)
{
    unsigned char *bytes = block;
    size_t at = 0;
    for (uint64_t i = 0; i < change->words; i++) {
        uint64_t word;
        at += (size_t)byte_reader_number(change->reader);
        must((at + 1) * WORD <= size);
        memcpy(&word, bytes + at * WORD, WORD);
        word ^= byte_reader_number(change->reader);
        memcpy(bytes + at * WORD, &word, WORD);
        at++;
    }
}

static void visit_all(const struct tape_pass *pass, past_tape_visit *visit, void *context)
{
    struct byte_reader reader = byte_reader_of(pass->bytes, pass->size);
    while (byte_reader_left(&reader) > 0) {
        uint32_t key = (uint32_t)byte_reader_number(&reader);
        struct past_change change = { byte_reader_number(&reader), &reader };
        visit(context, key, &change);
        must(!reader.has_failed);
    }
}

void past_tape_back(struct past_tape *tape, past_tape_visit *visit, void *context)
{
    must(tape->place > 0);
    tape->is_open = false;
    visit_all(&tape->passes[--tape->place], visit, context);
}

void past_tape_again(struct past_tape *tape, past_tape_visit *visit, void *context)
{
    must(tape->place < tape->count);
    visit_all(&tape->passes[tape->place++], visit, context);
}
