/* The manual, the alert rules and the dashboard against the table of metrics. */
#include "engine/metrics/collector.h"
#include "engine/metrics/fleet_sample.h"
#include "engine/metrics/metric.h"
#include "tests/support/manual_text.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#define METRICS_PAGE "man/autoscaler-metrics.7"
#define RULES "engine/service/autoscaler.rules.yml"
#define DASHBOARD "engine/service/autoscaler-dashboard.json"

/* --- the manual ------------------------------------------------------------------------------------------------- */

/* What the page has of a metric is made of its row. */
static void add_paragraph(struct text *text, const struct metric_row *row)
{
    static const char *const types[] = { "A gauge", "A counter", "A histogram", "An info" };
    text_addf(text, "\n.It Ic %s\n%s of %s.\n", row->name, types[row->type],
              row->scope == SCOPE_DEPLOYMENT ? "each deployment" : "the engine");
    if (row->labels[0] != '\0') {
        text_add(text, "Labels:\n.Li ");
        for (const char *at = row->labels; *at != '\0'; at++) {
            if (*at == ' ')
                text_add(text, " ,");
            text_add_char(text, *at);
        }
        text_add(text, " .\n");
    }
    text_addf(text, "%s\n", row->meaning);
}

static void every_metric_is_in_the_manual_in_order(void **state)
{
    (void)state;
    char storage[LINE_SIZE * 2];
    struct span list = section(METRICS_PAGE, "METRICS");
    const char *at = list.start;
    for (int metric = 0; metric < METRIC_COUNT; metric++) {
        struct text text;
        text_init(&text, storage, sizeof storage);
        add_paragraph(&text, metric_row((enum metric)metric));
        at = strstr(at, text.data);
        if (!at)
            fail_msg("%s does not have, in this order:%s", METRICS_PAGE, text.data);
    }
    assert_int_equal(count_in(list, "\n.It Ic "), METRIC_COUNT);
    snprintf(storage, sizeof storage, "\na deployment has %zu of them.\n", fleet_sample_series());
    assert_int_equal(count_in(list, storage), 1);
    snprintf(storage, sizeof storage, "\nA deployment has %zu of them.\n", fleet_sample_series());
    assert_int_equal(count_in(whole_of(page(CONFIGURATION_PAGE)), storage), 1);
}

static void every_word_of_a_label_is_in_the_manual(void **state)
{
    (void)state;
    struct span list = section(METRICS_PAGE, "METRICS");
    for (int kind = 0; kind < API_KIND_COUNT; kind++)
        assert_true(has_word(list, api_kind_name((enum api_kind)kind)));
    for (int operation = 0; operation < OPERATION_COUNT; operation++)
        assert_true(has_word(list, api_operation_name((enum backend_operation)operation)));
    for (int direction = 0; direction < DIRECTION_COUNT; direction++)
        assert_true(has_word(list, direction_name((enum direction)direction)));
    for (int outcome = 0; outcome < COUNTED_OUTCOME_COUNT; outcome++)
        assert_true(has_word(list, outcome_name((enum counted_outcome)outcome)));
}

/* --- what is shipped -------------------------------------------------------------------------------------------- */

static bool has_length(const char *word, size_t length, const char *text)
{
    return strlen(word) == length && strncmp(word, text, length) == 0;
}

/* A line of a histogram has the name with a suffix, and `le`. */
static bool is_line_of(const struct metric_row *row, const char *name, size_t length)
{
    static const char *const suffixes[] = { "_bucket", "_sum", "_count" };
    char line[LINE_SIZE];
    if (row->type != METRIC_HISTOGRAM)
        return has_length(row->name, length, name);
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        snprintf(line, sizeof line, "%s%s", row->name, suffixes[i]);
        if (has_length(line, length, name))
            return true;
    }
    return false;
}

static const struct metric_row *find_metric(const char *name, size_t length)
{
    for (int metric = 0; metric < METRIC_COUNT; metric++)
        if (is_line_of(metric_row((enum metric)metric), name, length))
            return metric_row((enum metric)metric);
    return NULL;
}

static bool has_label(const struct metric_row *row, const char *label, size_t length)
{
    static const char *const always[] = { "instance", "job" };
    for (size_t i = 0; i < COUNT_OF(always); i++)
        if (has_length(always[i], length, label))
            return true;
    for (const char *at = row->labels; *at != '\0';) {
        size_t size = strcspn(at, " ");
        if (size == length && strncmp(at, label, length) == 0)
            return true;
        at += size;
        at += *at == ' ';
    }
    return false;
}

/* `{state="starved", instance=~"..."}`; quotes of JSON are escaped. */
static void check_labels(const char *path, const struct metric_row *row, const char *at)
{
    while (*at != '}') {
        size_t length = 0;
        at++;
        at += strspn(at, " ");
        while (is_word_character(at[length]))
            length++;
        if (!has_label(row, at, length))
            fail_msg("%s: %s has no label %.*s", path, row->name, (int)length, at);
        at += strcspn(at, "\"") + 1;
        at += strcspn(at, "\"") + 1;
    }
}

static bool is_metric_name(const char *at)
{
    return strncmp(at, "autoscaler_", 11) == 0 || strncmp(at, "process_", 8) == 0;
}

/* Every name of a metric is in the table, with its labels. Marks each. */
static void check_names(const char *path, bool is_used[METRIC_COUNT])
{
    const char *text = page(path);
    for (const char *at = text; *at != '\0'; at++) {
        size_t length = 0;
        if ((at != text && is_word_character(at[-1])) || !is_metric_name(at))
            continue;
        while (is_word_character(at[length]))
            length++;
        const struct metric_row *row = find_metric(at, length);
        if (!row)
            fail_msg("%s: %.*s is no metric", path, (int)length, at);
        if (at[length] == '{')
            check_labels(path, row, at + length);
        is_used[row - metric_row((enum metric)0)] = true;
    }
}

static void the_rules_and_the_dashboard_use_metrics_of_the_table(void **state)
{
    (void)state;
    bool in_rules[METRIC_COUNT] = { false };
    bool in_dashboard[METRIC_COUNT] = { false };
    check_names(RULES, in_rules);
    check_names(DASHBOARD, in_dashboard);
    assert_true(in_rules[METRIC_OF_LAST_PASS]);
    for (int metric = METRIC_OF_DEPLOYMENTS; metric < METRIC_COUNT; metric++)
        if (!in_rules[metric] && !in_dashboard[metric])
            fail_msg("%s is neither in the rules nor in the dashboard",
                     metric_row((enum metric)metric)->name);
}

/* The value of "key: value" in the rule that begins at `at`. */
static void copy_value(const char *at, const char *key, char ret_value[LINE_SIZE])
{
    const char *value = strstr(at, key);
    assert_non_null(value);
    value += strlen(key);
    snprintf(ret_value, LINE_SIZE, "%.*s", (int)strcspn(value, "\n }"), value);
    if (strcmp(key, "summary: ") == 0)
        snprintf(ret_value, LINE_SIZE, "%.*s", (int)strcspn(value, "\n"), value);
}

static void every_alert_is_in_the_manual(void **state)
{
    (void)state;
    static char rules[TEXT_SIZE];
    size_t count = 0;
    struct span list = section(METRICS_PAGE, "ALERTS AND DASHBOARD");
    read_page(RULES, rules);
    for (const char *at = strstr(rules, "- alert: "); at; at = strstr(at + 1, "- alert: ")) {
        char name[LINE_SIZE], severity[LINE_SIZE], summary[LINE_SIZE], line[4 * LINE_SIZE];
        copy_value(at, "- alert: ", name);
        copy_value(at, "severity: ", severity);
        copy_value(at, "summary: ", summary);
        snprintf(line, sizeof line, "\n.It Li %s Pq %s\n%s\n", name, severity, summary);
        if (count_in(list, line) != 1)
            fail_msg("%s does not have:%s", METRICS_PAGE, line);
        count++;
    }
    assert_true(count > 0);
    assert_int_equal(count_in(list, "\n.It Li "), count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_metric_is_in_the_manual_in_order),
        cmocka_unit_test(every_word_of_a_label_is_in_the_manual),
        cmocka_unit_test(the_rules_and_the_dashboard_use_metrics_of_the_table),
        cmocka_unit_test(every_alert_is_in_the_manual),
    };
    return cmocka_run_group_tests_name("shipped", tests, NULL, NULL);
}
