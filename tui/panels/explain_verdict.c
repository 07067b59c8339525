#include "tui/panels/explain.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"
#include "tui/draw/format.h"
#include "tui/list/row_metric.h"

#include <string.h>

#define VERDICT_COLUMNS 5

/* What the sentences are made from. */
struct facts {
    const struct snapshot_engine *engine;
    const struct snapshot_row *row;
    const struct snapshot_detail *detail; /* NULL: not received yet */
    const struct explanation *step;       /* the rule that limits first; NULL: none, or not known */
    struct wall ends;                     /* of that rule; 0: not by time */
    bool is_old;                          /* the status */
    struct wall now;                      /* the snapshot's instant */
};

static bool is_limit(const struct explanation *step)
{
    enum rule_stage stage = rule_row(step->rule)->stage;
    return (step->verdict == VERDICT_CUT || step->verdict == VERDICT_HELD) &&
           (stage == STAGE_GUARD || stage == STAGE_SEND);
}

/* The step that set the row's reason; else, when a rule limits, the first one that does. */
static const struct explanation *limiting_step(const struct snapshot_row *row,
                                               const struct snapshot_detail *detail)
{
    const struct explanation *first = NULL;
    for (size_t i = 0; detail && i < detail->step_count; i++) {
        const struct explanation *step = &detail->steps[i];
        if (step->verdict != VERDICT_OK && step->reason == row->reason)
            return step;
        if (!first && is_limit(step))
            first = step;
    }
    return reason_row((enum reason)row->reason)->kind == REASON_RAIL ? first : NULL;
}

bool explain_is_old(const struct console *console, const struct snapshot_row *row)
{
    return row->state != STATE_GONE && console_is_old(console, row->read_at);
}

static struct facts facts_of(const struct console *console, const struct snapshot_row *row,
                             const struct snapshot_detail *detail)
{
    struct facts facts = {
        &console->shown->engine,    row,   detail,
        limiting_step(row, detail), { 0 }, explain_is_old(console, row),
        console->shown->at,
    };
    if (facts.step)
        facts.ends = detail->step_ends[facts.step - detail->steps];
    return facts;
}

/* --- conditions ------------------------------------------------------------------------------------------------ */

static bool is_always(const struct facts *facts)
{
    (void)facts;
    return true;
}

static bool is_refused(const struct facts *facts)
{
    return facts->row->reason == REASON_SCALE_REFUSED && facts->row->last_delta != 0;
}

static bool is_unverified(const struct facts *facts)
{
    return row_metric_is_unverified(facts->row);
}

static bool is_never_read(const struct facts *facts)
{
    return facts->row->read_at.ms == 0;
}

static bool is_bad_data(const struct facts *facts)
{
    return reason_row((enum reason)facts->row->reason)->kind == REASON_DATA;
}

static bool is_failure(const struct facts *facts)
{
    return row_metric_is_unread(facts->row) ||
           reason_row((enum reason)facts->row->reason)->kind == REASON_FAILURE;
}

static bool is_stopping(const struct facts *facts)
{
    return facts->engine->is_stopping;
}

static bool is_gone(const struct facts *facts)
{
    return facts->row->state == STATE_GONE;
}

static bool is_all_paused(const struct facts *facts)
{
    return facts->engine->is_paused;
}

static bool is_paused(const struct facts *facts)
{
    return facts->row->state == STATE_PAUSED || facts->row->is_paused;
}

static bool is_dry_run(const struct facts *facts)
{
    return facts->engine->is_dry_run || facts->row->action == ACTION_DRY_RUN;
}

static bool is_read_only(const struct facts *facts)
{
    return facts->engine->is_read_only;
}

static bool is_breaker(const struct facts *facts)
{
    return facts->engine->is_breaker_open;
}

static bool is_unconfirmed(const struct facts *facts)
{
    return facts->row->reason == REASON_UNCONFIRMED;
}

static bool is_ended_later(const struct facts *facts)
{
    return facts->ends.ms != 0 && facts->row->delta == 0 && facts->row->raw_delta != 0;
}

static bool is_limited_later(const struct facts *facts)
{
    return is_ended_later(facts) && row_metric_later_reasons(facts->row) > 0;
}

static bool is_cut(const struct facts *facts)
{
    int64_t raw = facts->row->raw_delta;
    int64_t delta = facts->row->delta;
    return facts->step && facts->step->verdict == VERDICT_CUT && delta != 0 &&
           (raw > 0 ? raw > delta : raw < delta);
}

static bool is_growing(const struct facts *facts)
{
    return facts->row->pending_hosts > 0 && facts->row->servers_per_host > 0 &&
           facts->row->total_servers >= 0 && facts->row->free_servers >= 0 && facts->detail &&
           facts->detail->order_count > 0;
}

/* --- words ----------------------------------------------------------------------------------------------------- */

static void add_hosts(struct text *text, int64_t hosts)
{
    text_addf(text, "%+lld", (long long)hosts);
}

static void add_share(struct text *text, const struct facts *facts, int64_t free, int64_t total)
{
    text_add_char(text, '(');
    format_share(text, free, total);
    text_add_char(text, '%');
    if (facts->row->target_ppb >= 0) {
        text_add(text, ", target ");
        format_target(text, facts->row->target_ppb);
        text_add_char(text, '%');
    }
    text_add_char(text, ')');
}

static void add_free(struct text *text, const struct facts *facts, int64_t free, int64_t total)
{
    if (total <= 0 || free < 0 || free > total) {
        text_add(text, "no share of free servers is known");
        return;
    }
    format_thousands(text, free);
    text_add(text, " of ");
    format_thousands(text, total);
    text_add(text, " free ");
    add_share(text, facts, free, total);
}

static void word_free(struct text *text, const struct facts *facts)
{
    add_free(text, facts, facts->row->free_servers, facts->row->total_servers);
}

/* The free servers when the pending hosts serve and demand stays. */
static void word_projected(struct text *text, const struct facts *facts)
{
    int64_t servers = (int64_t)facts->row->pending_hosts * facts->row->servers_per_host;
    add_free(text, facts, facts->row->free_servers + servers, facts->row->total_servers + servers);
}

static bool is_low(const struct snapshot_sample *sample, int32_t target_ppb)
{
    int64_t total = (int64_t)sample->busy_servers + sample->free_servers;
    return total > 0 && floor_div((int64_t)sample->free_servers * SHARE_WHOLE, total) < target_ppb;
}

/* The oldest sample since which every status was below the target; SNAPSHOT_HISTORY_LENGTH: the newest was not. */
static size_t low_from(const struct facts *facts)
{
    size_t from = SNAPSHOT_HISTORY_LENGTH;
    for (size_t i = SNAPSHOT_HISTORY_LENGTH; facts->detail && i > 0; i--) {
        const struct snapshot_sample *sample = &facts->detail->history[i - 1];
        if (sample->is_read && !is_low(sample, facts->row->target_ppb))
            break;
        if (sample->is_read)
            from = i - 1;
    }
    return from;
}

/* " since 13:58": one sample is one pass. */
static void word_low_since(struct text *text, const struct facts *facts)
{
    size_t from = low_from(facts);
    if (from == SNAPSHOT_HISTORY_LENGTH || facts->row->read_at.ms == 0)
        return;
    int64_t passes = SNAPSHOT_HISTORY_LENGTH - 1 - (int64_t)from;
    struct wall since = { facts->row->read_at.ms - passes * facts->engine->pass_interval_ms };
    text_add(text, from == 0 ? " since before " : " since ");
    format_minute(text, since);
}

/* That of all first: it ends later, or matters as much. */
static const struct snapshot_pause *pause_of(const struct facts *facts)
{
    static const struct snapshot_pause unknown;
    if (facts->engine->is_paused)
        return &facts->engine->pause;
    return facts->detail ? &facts->detail->pause : &unknown;
}

static void add_time(struct text *text, const char *word, struct wall at)
{
    if (at.ms == 0)
        return;
    text_add(text, word);
    format_time(text, at);
}

static void add_end(struct text *text, const struct facts *facts, struct wall end)
{
    format_day_ahead(text, end, facts->now);
    format_time(text, end);
}

/* " by ann since 13:58 until 14:30 (new image)": what is known of it. */
static void word_paused(struct text *text, const struct facts *facts)
{
    const struct snapshot_pause *pause = pause_of(facts);
    bool is_known = pause->since.ms != 0;
    if (is_known)
        text_addf(text, " by %s", pause->author);
    add_time(text, " since ", is_known ? pause->since : facts->engine->paused_at);
    text_add(text, pause->until.ms != 0 ? " until " : "");
    if (pause->until.ms != 0)
        add_end(text, facts, pause->until);
    if (pause->reason[0] != '\0')
        text_addf(text, " (%s)", pause->reason);
}

static void word_resumed(struct text *text, const struct facts *facts)
{
    const struct snapshot_pause *pause = pause_of(facts);
    if (pause->until.ms != 0)
        add_end(text, facts, pause->until);
    else
        text_add(text,
                 facts->engine->is_paused ? "scaling is resumed" : "this deployment is resumed");
}

static void word_need(struct text *text, const struct facts *facts)
{
    int64_t raw = facts->row->raw_delta;
    if (raw > 0)
        text_addf(text, "%+lld host%s needed", (long long)raw, raw == 1 ? "" : "s");
    else if (raw < 0)
        text_addf(text, "%lld host%s too many", (long long)-raw, raw == -1 ? "" : "s");
    else
        text_add(text, "no change is needed");
}

static void word_last(struct text *text, const struct facts *facts)
{
    add_hosts(text, facts->row->last_delta);
}

static void word_delta(struct text *text, const struct facts *facts)
{
    add_hosts(text, facts->row->delta);
}

static void word_raw(struct text *text, const struct facts *facts)
{
    add_hosts(text, facts->row->raw_delta);
}

static void word_rest(struct text *text, const struct facts *facts)
{
    add_hosts(text, (int64_t)facts->row->raw_delta - facts->row->delta);
}

static void word_wanted(struct text *text, const struct facts *facts)
{
    add_hosts(text, facts->row->wanted_delta);
}

static void word_pending(struct text *text, const struct facts *facts)
{
    add_hosts(text, facts->row->pending_hosts);
}

static void word_acted(struct text *text, const struct facts *facts)
{
    format_time(text, facts->row->acted_at);
}

static void word_read(struct text *text, const struct facts *facts)
{
    format_time(text, facts->row->read_at);
}

/* When the oldest order was sent; without the engine's explanation, the last one. */
static void word_ordered(struct text *text, const struct facts *facts)
{
    bool is_known = facts->detail && facts->detail->order_count > 0;
    format_time(text, is_known ? facts->detail->orders[0].sent : facts->row->acted_at);
}

/* When the last of the orders expires. */
static void word_expires(struct text *text, const struct facts *facts)
{
    struct wall last = { 0 };
    for (size_t i = 0; facts->detail && i < facts->detail->order_count; i++)
        last.ms = max_i64(last.ms, facts->detail->orders[i].until.ms);
    if (last.ms == 0)
        text_add(text, "with the next status");
    else
        format_time(text, last);
}

static void add_pass(struct text *text, struct wall at)
{
    text_add(text, "the pass of ");
    format_time(text, at);
}

static void word_pass(struct text *text, const struct facts *facts)
{
    if (facts->engine->next_pass.ms == 0)
        text_add(text, "the next pass");
    else
        add_pass(text, facts->engine->next_pass);
}

/* The first pass after the end of the rule. */
static void word_pass_then(struct text *text, const struct facts *facts)
{
    struct wall pass = facts->engine->next_pass;
    int64_t interval_ms = facts->engine->pass_interval_ms;
    if (pass.ms == 0 || interval_ms <= 0) {
        text_add(text, "the pass after it");
        return;
    }
    if (pass.ms < facts->ends.ms)
        pass.ms += ceil_div(facts->ends.ms - pass.ms, interval_ms) * interval_ms;
    add_pass(text, pass);
}

static void word_later(struct text *text, const struct facts *facts)
{
    for (size_t i = 0; i < row_metric_later_reasons(facts->row); i++)
        text_addf(text, "%s%s", i == 0 ? "" : ", ",
                  reason_row((enum reason)facts->row->later_reasons[i])->name);
}

static const struct word {
    const char *name;
    void (*add)(struct text *text, const struct facts *facts);
} words[] = {
    { "{free}", word_free },
    { "{projected}", word_projected },
    { "{low_since}", word_low_since },
    { "{paused}", word_paused },
    { "{resumed}", word_resumed },
    { "{need}", word_need },
    { "{last}", word_last },
    { "{delta}", word_delta },
    { "{raw}", word_raw },
    { "{rest}", word_rest },
    { "{wanted}", word_wanted },
    { "{pending}", word_pending },
    { "{acted}", word_acted },
    { "{read}", word_read },
    { "{ordered}", word_ordered },
    { "{expires}", word_expires },
    { "{later}", word_later },
    { "{pass}", word_pass },
    { "{pass_then}", word_pass_then },
};

static const struct word *word_at(const char *at)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strncmp(at, words[i].name, strlen(words[i].name)) == 0)
            return &words[i];
    return NULL;
}

/* "+1 host", "+2 hosts": adds the noun behind a number, and returns what follows it in the sentence. */
static const char *add_noun(struct text *text, const char *number, const char *at)
{
    static const char *const nouns[] = { " hosts", " pending hosts" };
    bool is_one = strcmp(number, "+1") == 0 || strcmp(number, "-1") == 0;
    for (size_t i = 0; i < sizeof nouns / sizeof nouns[0] && is_one; i++) {
        size_t length = strlen(nouns[i]);
        if (strncmp(at, nouns[i], length) != 0)
            continue;
        text_add_bytes(text, nouns[i], length - 1);
        return at + length;
    }
    return at;
}

/* A sentence begins with a capital letter, also when a word is at its beginning. */
static void add_sentence(struct text *text, const char *sentence, const struct facts *facts)
{
    for (const char *at = sentence; *at != '\0';) {
        size_t plain = strcspn(at, "{");
        text_add_bytes(text, at, plain);
        at += plain;
        if (*at == '\0')
            break;
        const struct word *word = word_at(at);
        must(word);
        size_t begin = text->length;
        word->add(text, facts);
        at = add_noun(text, &text->data[begin], at + strlen(word->name));
    }
    if ('a' <= text->data[0] && text->data[0] <= 'z')
        text->data[0] = (char)(text->data[0] - 'a' + 'A');
}

/* --- tables ---------------------------------------------------------------------------------------------------- */

typedef bool condition_function(const struct facts *facts);

static const struct verdict_row {
    enum state state;
    condition_function *is_met;
    const char *sentence;
} verdict_rows[] = {
#define VERDICT(state, condition, sentence) { STATE_##state, is_##condition, sentence },
#include "tui/panels/verdicts.def"
#undef VERDICT
};

static const struct coming_row {
    condition_function *is_met;
    const char *sentence;
} coming_rows[] = {
#define COMING(condition, sentence) { is_##condition, sentence },
#include "tui/panels/verdicts.def"
#undef COMING
};

static const char *verdict_sentence(const struct facts *facts)
{
    for (size_t i = 0; i < sizeof verdict_rows / sizeof verdict_rows[0]; i++)
        if (verdict_rows[i].state == (enum state)facts->row->state && verdict_rows[i].is_met(facts))
            return verdict_rows[i].sentence;
    return "";
}

static const char *coming_sentence(const struct facts *facts)
{
    size_t i = 0;
    while (!coming_rows[i].is_met(facts))
        i++;
    return coming_rows[i].sentence;
}

/* --- lines ----------------------------------------------------------------------------------------------------- */

static void put_first(struct scroll_text *scroll, const struct facts *facts)
{
    char storage[EXPLAIN_LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    const char *sentence = verdict_sentence(facts);
    add_sentence(&text, sentence, facts);
    if (facts->is_old && !strstr(sentence, "{read}"))
        add_sentence(&text, " The numbers are of {read}.", facts);
    enum role role = columns_state_role((enum state)facts->row->state);
    scroll_text_put_wrapped(scroll, EXPLAIN_LABEL_COLUMN, role == ROLE_NORMAL ? ROLE_STRONG : role,
                            storage);
    scroll_text_next(scroll, 1);
}

static void put_error(struct scroll_text *scroll, const struct facts *facts)
{
    const char *meaning = reason_row((enum reason)facts->row->reason)->meaning;
    if (!facts->detail || !facts->detail->failure[0] ||
        strcmp(facts->detail->failure, meaning) == 0)
        return;
    explain_put_label(scroll, "ERROR");
    explain_put_line(scroll, ROLE_FAILED, facts->detail->failure);
}

/* Without a rule that limits, the reason and its meaning. */
static void put_rule(struct scroll_text *scroll, const struct facts *facts)
{
    const struct reason_row *reason = reason_row((enum reason)facts->row->reason);
    char storage[EXPLAIN_LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    explain_put_label(scroll, "RULE");
    if (!facts->step) {
        text_addf(&text, "%s: %s", reason->name, reason->meaning);
        explain_put_line(scroll, ROLE_NORMAL, storage);
        return;
    }
    enum role role = facts->is_old ? ROLE_UNREAD : explain_verdict_role(facts->step->verdict);
    explanation_add_body(&text, facts->step, "; ");
    if (facts->ends.ms != 0) {
        text_add(&text, ", until ");
        format_time(&text, facts->ends);
    }
    if (row_metric_later_reasons(facts->row) > 0)
        text_add(&text, "; then ");
    word_later(&text, facts);
    scroll_text_put(scroll, EXPLAIN_TEXT_COLUMN, role, explain_verdict_word(facts->step->verdict));
    scroll_text_put_wrapped(scroll, EXPLAIN_TEXT_COLUMN + VERDICT_COLUMNS, role, storage);
    scroll_text_next(scroll, 1);
}

static void put_coming(struct scroll_text *scroll, const struct facts *facts)
{
    char storage[EXPLAIN_LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    add_sentence(&text, coming_sentence(facts), facts);
    explain_put_label(scroll, "NEXT");
    explain_put_line(scroll, ROLE_NORMAL, storage);
}

/* Advice that asks for nothing, or for patience, is none for a deployment that is starved. */
static bool is_idle(const char *advice)
{
    return strncmp(advice, "Nothing to do", strlen("Nothing to do")) == 0 ||
           strncmp(advice, "Wait", strlen("Wait")) == 0;
}

static const char *starved_advice(const struct snapshot_row *row)
{
    int64_t serving;
    if (row_metric_serving(row, &serving) && serving < row->hosts)
        return "Find out why counted hosts do not serve; + adds hosts by hand.";
    if (row->pending_hosts > 0 || row->delta > 0)
        return "Hosts are ordered; if they do not come in time, + adds more by hand.";
    return "+ adds hosts by hand.";
}

/*
 * What to do about a starved deployment comes before what to do about the reason, but for a request that has failed:
 * while the API does not respond, nothing else can be done.
 */
static void put_advice(struct scroll_text *scroll, const struct snapshot_row *row)
{
    const struct reason_row *reason = reason_row((enum reason)row->reason);
    bool is_starved = row->state == STATE_STARVED;
    bool is_failed = reason->kind == REASON_FAILURE;
    explain_put_label(scroll, "DO");
    if (is_starved && !is_failed)
        explain_put_line(scroll, ROLE_NORMAL, starved_advice(row));
    if (!is_starved || !is_idle(reason->advice))
        explain_put_line(scroll, ROLE_NORMAL, reason->advice);
    if (is_starved && is_failed)
        explain_put_line(scroll, ROLE_NORMAL, starved_advice(row));
}

void explain_put_verdict(const struct console *console, struct scroll_text *scroll,
                         const struct snapshot_row *row, const struct snapshot_detail *detail)
{
    struct facts facts = facts_of(console, row, detail);
    put_first(scroll, &facts);
    put_error(scroll, &facts);
    put_rule(scroll, &facts);
    put_coming(scroll, &facts);
    put_advice(scroll, row);
}
