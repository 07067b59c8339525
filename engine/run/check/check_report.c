#include "engine/run/check/check_report.h"

#include "engine/base/text.h"

#include <string.h>

#define LINE_SIZE 16384

static const char *const words[] = {
    [JUDGEMENT_NONE] = "not checked",
    [JUDGEMENT_KEPT] = "ok",
    [JUDGEMENT_BROKEN] = "BROKEN",
};

/* --- lines ------------------------------------------------------------------------------------------------------ */

static void print_line(const struct promise_row *row, const struct check_verdict *verdict,
                       FILE *out)
{
    fprintf(out, "%-11s  %-23s  %s\n", words[verdict->judgement], row->name,
            verdict->judgement == JUDGEMENT_KEPT ? row->promise : verdict->fault);
}

/* The lines of an evidence, below each other. */
static void print_block(const char *title, const char *lines, FILE *out)
{
    while (*lines) {
        int length = (int)strcspn(lines, "\n");
        fprintf(out, "  %-8s  %.*s\n", title, length, lines);
        lines += length + (lines[length] == '\n');
        title = "";
    }
}

static void print_evidence(const struct promise_row *row, const struct check_verdict *verdict,
                           FILE *out)
{
    fprintf(out, "\nBROKEN %s\n", row->name);
    fprintf(out, "  promised  %s (autoscaler-api(7), %s)\n", row->promise, row->section);
    fprintf(out, "  fault     %s\n", verdict->fault);
    print_block("sent", verdict->sent, out);
    print_block("came", verdict->came, out);
    if (verdict->broken_count > 1)
        fprintf(out, "  times     %lld\n", (long long)verdict->broken_count);
}

static void print_lines(const struct check_summary *summary, FILE *out)
{
    const struct check_verdicts *verdicts = summary->verdicts;
    for (int i = 1; i <= PROMISE_COUNT; i++)
        print_line(promise_row((enum promise)i), &verdicts->rows[i], out);
    for (int i = 1; i <= PROMISE_COUNT; i++)
        if (verdicts->rows[i].judgement == JUDGEMENT_BROKEN)
            print_evidence(promise_row((enum promise)i), &verdicts->rows[i], out);
    fprintf(out, "\n%zu deployments: %d ok, %d broken, %d not checked\n", summary->listed,
            check_count(verdicts, JUDGEMENT_KEPT), check_count(verdicts, JUDGEMENT_BROKEN),
            check_count(verdicts, JUDGEMENT_NONE));
}

/* --- JSON ------------------------------------------------------------------------------------------------------- */

static void add_member(struct text *text, const char *key, const char *value)
{
    text_addf(text, ",\"%s\":", key);
    text_add_json(text, value, strlen(value));
}

static void print_json_row(const struct promise_row *row, const struct check_verdict *verdict,
                           bool is_first, FILE *out)
{
    static const char *const names[] = { "not_checked", "ok", "broken" };
    char storage[LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_addf(&text, "%s\n{\"promise\":\"%s\"", is_first ? "" : ",", row->name);
    add_member(&text, "result", names[verdict->judgement]);
    add_member(&text, "section", row->section);
    add_member(&text, "promised", row->promise);
    if (verdict->judgement != JUDGEMENT_KEPT)
        add_member(&text, verdict->judgement == JUDGEMENT_NONE ? "why" : "fault", verdict->fault);
    if (verdict->judgement == JUDGEMENT_BROKEN) {
        add_member(&text, "sent", verdict->sent);
        add_member(&text, "came", verdict->came);
        text_addf(&text, ",\"times\":%lld", (long long)verdict->broken_count);
    }
    fprintf(out, "%s}", storage);
}

static void print_json(const struct check_summary *summary, FILE *out)
{
    const struct check_verdicts *verdicts = summary->verdicts;
    char storage[LINE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_addf(&text, "{\"reached\":%s", summary->unreached ? "false" : "true");
    add_member(&text, "api", summary->url);
    if (summary->unreached)
        add_member(&text, "error", summary->unreached);
    text_addf(&text, ",\"deployments\":%zu,\"ok\":%d,\"broken\":%d,\"not_checked\":%d",
              summary->listed, check_count(verdicts, JUDGEMENT_KEPT),
              check_count(verdicts, JUDGEMENT_BROKEN), check_count(verdicts, JUDGEMENT_NONE));
    fprintf(out, "%s,\"promises\":[", storage);
    for (int i = 1; i <= PROMISE_COUNT; i++)
        print_json_row(promise_row((enum promise)i), &verdicts->rows[i], i == 1, out);
    fputs("]}\n", out);
}

void check_report_print(const struct check_summary *summary, enum output_format format, FILE *out)
{
    if (format == OUTPUT_JSON)
        print_json(summary, out);
    else if (!summary->unreached)
        print_lines(summary, out);
}
