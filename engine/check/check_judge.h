/*
 * check_judge - one response against the promises about it.
 *
 * What the engine would accept is decided by the engine's own modules: response_meaning, wire, status_fault. The
 * sentences are theirs, too. Each fault breaks one promise, the first that explains it. Owns its memory. Engine thread
 * only (wire). A lack of memory is an error; everything else is a judgement.
 */
#ifndef ENGINE_CHECK_CHECK_JUDGE_H
#define ENGINE_CHECK_CHECK_JUDGE_H

#include "engine/backend/wire.h"
#include "engine/check/check_list.h"
#include "engine/check/check_verdicts.h"

struct check_judge {
    struct check_verdicts verdicts;
    struct wire *wire;
    struct arena arena; /* of the discovery that is judged */
};

/* `judge` is zeroed. */
int check_judge_init(struct check_judge *judge, struct error *err);
void check_judge_fini(struct check_judge *judge);

/* What holds for every response: for one that will be repeated, too. */
void check_judge_any(struct check_judge *judge, const struct check_exchange *exchange);

/* Fills the zeroed list with the usable entries. False: there is no list, and the promise is broken; or -> err. */
bool check_judge_discovery(struct check_judge *judge, const struct check_exchange *exchange,
                           struct check_list *list, struct error *err);

/* The second list against the first. */
void check_judge_again(struct check_judge *judge, const struct check_exchange *exchange,
                       const struct check_list *list, const struct check_list *before);

/* False: there is no status that the engine would use. */
bool check_judge_status(struct check_judge *judge, const struct check_exchange *exchange,
                        struct check_entry *entry, struct status *ret_status);

void check_judge_unknown(struct check_judge *judge, const struct check_exchange *exchange);

/* Accepted? */
bool check_judge_scale(struct check_judge *judge, const struct check_exchange *exchange,
                       enum promise promise);

/* A request that must be refused. */
void check_judge_refusal(struct check_judge *judge, const struct check_exchange *exchange);

#endif
