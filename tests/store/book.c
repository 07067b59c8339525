#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "tests/store/book.h"

#include "engine/base/panic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define NUMBERS_MAX 128

struct book *book_create(void)
{
    struct book *book =
        mmap(NULL, sizeof *book, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(book != MAP_FAILED);
    return book;
}

void book_destroy(struct book *book)
{
    munmap(book, sizeof *book);
}

struct act *book_add(struct book *book, enum act_kind kind, int number)
{
    must(book->count < BOOK_ACTS_MAX);
    must(number < NUMBERS_MAX);
    struct act *act = &book->acts[book->count];
    *act = (struct act){ .kind = kind, .number = number };
    book->count++;
    return act;
}

void book_begin_run(struct book *book)
{
    book->first = book->count;
}

void book_receive(struct book *book, const struct receipt *receipt)
{
    if (receipt->kind != RECEIPT_STORED)
        return;
    for (size_t i = book->first; i < book->count; i++)
        if (book->acts[i].ticket && book->acts[i].ticket <= receipt->last_ticket)
            book->acts[i].is_stored = true;
}

/* --- the model ------------------------------------------------------------------------------------------------- */

struct model_scale {
    bool is_live;
    enum record_outcome outcome;
    int attempts;
};

struct model {
    bool is_override[NUMBERS_MAX];
    struct model_scale scales[NUMBERS_MAX];
    int states[DEPLOYMENTS]; /* -1: none */
    bool is_gone[DEPLOYMENTS];
};

static bool is_final(enum record_outcome outcome)
{
    return outcome != OUTCOME_OPEN && outcome != OUTCOME_UNKNOWN;
}

static void put_state(struct model *model, int number)
{
    int deployment = number % DEPLOYMENTS;
    model->states[deployment] = number;
    model->is_gone[deployment] = false;
    for (int i = deployment; i < NUMBERS_MAX; i += DEPLOYMENTS)
        if (is_final(model->scales[i].outcome))
            model->scales[i].is_live = false;
}

static void apply(struct model *model, const struct act *act)
{
    struct model_scale *scale = &model->scales[act->number];
    switch (act->kind) {
    case ACT_INTENT:
        if (!act->is_refused)
            *scale = (struct model_scale){ true, OUTCOME_OPEN, scale->attempts + 1 };
        break;
    case ACT_OUTCOME:
        scale->outcome = act->outcome;
        break;
    case ACT_STATE:
        put_state(model, act->number);
        break;
    case ACT_GONE:
        model->is_gone[act->number % DEPLOYMENTS] = model->states[act->number % DEPLOYMENTS] >= 0;
        break;
    case ACT_OVERRIDE:
        model->is_override[act->number] = true;
        break;
    case ACT_OVERRIDE_END:
        model->is_override[act->number] = false;
        break;
    }
}

static void add_scales(const struct model *model, int deployment, struct text *text)
{
    for (int i = deployment; i < NUMBERS_MAX; i += DEPLOYMENTS)
        if (model->scales[i].is_live)
            text_addf(text, "eu-%d scale key-%d %+d %s %d\n", deployment, i, i % 2 ? i : -i - 1,
                      record_outcome_name(model->scales[i].outcome), model->scales[i].attempts);
}

static void describe(const struct model *model, struct text *text)
{
    text_reset(text);
    for (int i = 0; i < NUMBERS_MAX; i++)
        if (model->is_override[i])
            text_addf(text, "override %d pause eu-* ann\n", i);
    for (int i = 0; i < DEPLOYMENTS; i++) {
        if (model->states[i] >= 0)
            text_addf(text, "eu-%d state %d%s\n", i, model->states[i],
                      model->is_gone[i] ? " gone" : "");
        add_scales(model, i, text);
    }
}

/* --- comparison ------------------------------------------------------------------------------------------------ */

static bool is_left_out(const struct book *book, const char *line, size_t length)
{
    char key[32];
    if (length > 7 && strncmp(line + length - 7, " state ", 7) == 0)
        return true; /* of a deployment that has no state */
    for (size_t i = 0; i < book->count; i++) {
        snprintf(key, sizeof key, " key-%d ", book->acts[i].number);
        const char *found = book->acts[i].is_refused ? strstr(line, key) : NULL;
        if (found && found < line + length)
            return true;
    }
    return false;
}

static void keep_comparable(const struct book *book, const char *restored, struct text *text)
{
    text_reset(text);
    while (*restored) {
        size_t length = strcspn(restored, "\n");
        if (!is_left_out(book, restored, length))
            text_add_bytes(text, restored, length + 1);
        restored += length + 1;
    }
}

static bool is_durable(const struct act *act)
{
    return act->kind == ACT_INTENT || act->kind == ACT_OVERRIDE || act->kind == ACT_OVERRIDE_END;
}

/* The number of acts that must be there. */
static size_t floor_of(const struct book *book, bool was_power_lost)
{
    size_t count = 0;
    for (size_t i = 0; i < book->count; i++) {
        const struct act *act = &book->acts[i];
        if (act->is_stored && (!was_power_lost || is_durable(act)))
            count = i + 1;
    }
    return count;
}

bool book_allows(const struct book *book, const char *restored, bool was_power_lost)
{
    static char found[RESTORED_SIZE];
    static char expected[RESTORED_SIZE];
    struct text found_text;
    struct text expected_text;
    text_init(&found_text, found, sizeof found);
    text_init(&expected_text, expected, sizeof expected);
    keep_comparable(book, restored, &found_text);
    size_t floor = floor_of(book, was_power_lost);
    struct model model = { .states = { -1, -1, -1 } };
    for (size_t count = 0;; count++) {
        if (count >= floor) {
            describe(&model, &expected_text);
            if (strcmp(found, expected) == 0)
                return true;
        }
        if (count == book->count)
            break;
        apply(&model, &book->acts[count]);
    }
    printf("restored:\n%sexpected, of %zu to %zu records, the last:\n%s", found, floor, book->count,
           expected);
    return false;
}
