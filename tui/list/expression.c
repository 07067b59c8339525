#include "tui/list/expression.h"

#include "engine/base/heap.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define SENTENCE_SIZE 120
#define OPTIONS                                                                                    \
    (PCRE2_CASELESS | PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C)

struct expression {
    pcre2_general_context *memory;
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *limits;
    pcre2_jit_stack *stack;
    unsigned text_count; /* in the window */
    int64_t window_us;   /* what its texts took, as far as they were measured */
    int slow_count;      /* of them, those that took too long */
    bool is_given_up;
};

static void *allocate(size_t size, void *unused)
{
    (void)unused;
    return heap_alloc(1, size);
}

static void release(void *memory, void *unused)
{
    (void)unused;
    heap_free(memory);
}

static int refuse(int code, size_t offset, struct error *err)
{
    unsigned char sentence[SENTENCE_SIZE];
    if (code == PCRE2_ERROR_HEAP_FAILED)
        return error_no_memory(err);
    (void)pcre2_get_error_message(code, sentence, sizeof sentence);
    return error_set(err, ERR_BAD_VALUE, "%s, at offset %zu", (const char *)sentence, offset);
}

static int compile(struct expression *expression, const char *source, struct error *err)
{
    int code = 0;
    size_t offset = 0;
    size_t size = 0;
    pcre2_compile_context *context = pcre2_compile_context_create(expression->memory);
    if (!context)
        return error_no_memory(err);
    expression->code = pcre2_compile((const unsigned char *)source, PCRE2_ZERO_TERMINATED, OPTIONS,
                                     &code, &offset, context);
    pcre2_compile_context_free(context);
    if (!expression->code)
        return refuse(code, offset, err);
    (void)pcre2_pattern_info(expression->code, PCRE2_INFO_SIZE, &size);
    return size > EXPRESSION_SIZE_MAX ? error_set(err, ERR_BAD_VALUE, "too many repetitions") : 0;
}

/* Without machine code PCRE2 interprets the expression. */
static int prepare(struct expression *expression, struct error *err)
{
    size_t stack_size = (size_t)EXPRESSION_HEAP_KIB * 1024;
    (void)pcre2_jit_compile(expression->code, PCRE2_JIT_COMPLETE);
    expression->data = pcre2_match_data_create(1, expression->memory);
    expression->limits = pcre2_match_context_create(expression->memory);
    expression->stack = pcre2_jit_stack_create(stack_size, stack_size, expression->memory);
    if (!expression->data || !expression->limits)
        return error_no_memory(err);
    pcre2_jit_stack_assign(expression->limits, NULL, expression->stack);
    return pcre2_set_heap_limit(expression->limits, EXPRESSION_HEAP_KIB);
}

int expression_create(const char *source, struct expression **ret_expression, struct error *err)
{
    struct expression *expression = heap_alloc(1, sizeof *expression);
    if (!expression)
        return error_no_memory(err);
    expression->memory = pcre2_general_context_create(allocate, release, NULL);
    int failed = expression->memory ? compile(expression, source, err) : error_no_memory(err);
    if (!failed)
        failed = prepare(expression, err);
    if (failed)
        expression_destroy(expression);
    else
        *ret_expression = expression;
    return failed;
}

void expression_destroy(struct expression *expression)
{
    if (!expression)
        return;
    pcre2_jit_stack_free(expression->stack);
    pcre2_match_context_free(expression->limits);
    pcre2_match_data_free(expression->data);
    pcre2_code_free(expression->code);
    pcre2_general_context_free(expression->memory);
    heap_free(expression);
}

static int64_t clock_us(clockid_t clock)
{
    struct timespec time;
    if (clock_gettime(clock, &time) != 0)
        return 0;
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static bool match(struct expression *expression, const char *text, size_t length)
{
    return pcre2_match(expression->code, (const unsigned char *)text, length, 0, 0,
                       expression->data, expression->limits) >= 0;
}

static int64_t measure(struct expression *expression, const char *text, size_t length,
                       clockid_t clock, bool *ret_is_match)
{
    int64_t begin = clock_us(clock);
    *ret_is_match = match(expression, text, length);
    return clock_us(clock) - begin;
}

/*
 * Waiting for a processor does not count. But the thread's time is a system call, which takes longer than most texts:
 * it is asked for only when the clock says that a text was slow, and the text is matched again for it.
 */
static bool match_measured(struct expression *expression, const char *text, size_t length)
{
    const int64_t slow_us = EXPRESSION_WINDOW_US / EXPRESSION_WINDOW;
    bool is_match;
    int64_t took_us = measure(expression, text, length, CLOCK_MONOTONIC, &is_match);
    if (took_us > slow_us)
        took_us = measure(expression, text, length, CLOCK_THREAD_CPUTIME_ID, &is_match);
    expression->window_us += EXPRESSION_SAMPLE * took_us;
    expression->slow_count += took_us > slow_us;
    expression->is_given_up = expression->window_us > EXPRESSION_WINDOW_US &&
                              expression->slow_count >= EXPRESSION_SLOW_MIN;
    return is_match;
}

bool expression_is_given_up(const struct expression *expression)
{
    return expression->is_given_up;
}

bool expression_matches(struct expression *expression, const char *text)
{
    size_t length = strlen(text);
    uint32_t steps = EXPRESSION_STEPS + EXPRESSION_BYTE_STEPS * (uint32_t)length;
    if (expression->is_given_up)
        return false;
    if (expression->text_count++ % EXPRESSION_WINDOW == 0)
        expression->window_us = expression->slow_count = 0;
    (void)pcre2_set_match_limit(expression->limits, steps);
    return expression->text_count % EXPRESSION_SAMPLE == 1
               ? match_measured(expression, text, length)
               : match(expression, text, length);
}
