/*
 * explanation - one step of a decision as plain values, and the text of it.
 *
 * Part of the public interface: the core makes the steps (core/explain.h), and snapshots and other readers carry them
 * unchanged. Each reader makes its own text from them; no reader parses a sentence. The sentences are the rows of
 * phrases.def.
 *
 * Plain values; owns nothing. Hosts, servers, milliseconds, parts per billion. Any thread. Cannot fail.
 */
#ifndef ENGINE_EXPLANATION_H
#define ENGINE_EXPLANATION_H

#include "engine/base/text.h"
#include "engine/vocab.h"

#include <stdint.h>

#define EXPLANATION_NUMBERS_MAX 8
#define EXPLANATION_TEXT_SIZE 200 /* holds every explanation, whatever its numbers */

#define PHRASE(id, text) PHRASE_##id,
enum SMALL_ENUM phrase {
#include "engine/phrases.def"
};
#undef PHRASE

struct explanation {
    enum rule rule;
    enum verdict verdict;
    enum reason reason; /* of the change; NONE: the rule changed nothing */
    enum phrase phrase;
    int64_t before; /* the delta before and after the rule */
    int64_t after;
    int64_t numbers[EXPLANATION_NUMBERS_MAX]; /* of the phrase, in its order; the others are 0 */
};

/* Sets the phrase and its numbers. */
#define explanation_set(explanation, phrase, ...)                                                  \
    explanation_set_numbers((explanation), (phrase),                                               \
                            (const int64_t[EXPLANATION_NUMBERS_MAX]){ __VA_ARGS__ })
void explanation_set_numbers(struct explanation *explanation, enum phrase phrase,
                             const int64_t numbers[EXPLANATION_NUMBERS_MAX]);

/* The longest {time_left} of the phrase: how long the rule acts by time alone, from the decision on; 0: it has none. */
int64_t explanation_time_left_ms(const struct explanation *explanation);

/* "max_step_up 10% = 2: +4 -> +2", "min_hosts 1: ok", "desired: busy 96 - 3 = 93; ceil(...) = 15 hosts" */
void explanation_add(struct text *text, const struct explanation *explanation);

/* The same without the name of a STAGE_INPUT rule and without ": ok"; clauses are separated by `separator`. */
void explanation_add_body(struct text *text, const struct explanation *explanation,
                          const char *separator);

#endif
