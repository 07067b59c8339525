#include "tui/term/terminal_restore.h"

#include "engine/base/panic.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define STACK_SIZE ((size_t)64 * 1024)

static const int deadly_signals[] = { SIGSEGV, SIGBUS,  SIGFPE, SIGILL,  SIGABRT,
                                      SIGQUIT, SIGTRAP, SIGSYS, SIGXCPU, SIGALRM };
#define DEADLY_COUNT (sizeof deadly_signals / sizeof deadly_signals[0])

/* Read by signal handlers on any thread; written only while `is_armed` is 0. */
static struct terminal_restore_plan armed_plan;
static volatile sig_atomic_t is_armed;
static volatile sig_atomic_t exit_code;
static struct sigaction before[DEADLY_COUNT];
static char handler_stack[STACK_SIZE];

/* Async-signal-safe. Works once; a second call does nothing. Never blocks on a terminal that takes no output. */
static void give_back(void)
{
    if (!is_armed)
        return;
    is_armed = 0;
    int flags = fcntl(armed_plan.terminal, F_GETFL);
    fcntl(armed_plan.terminal, F_SETFL, flags | O_NONBLOCK);
    ssize_t written = write(armed_plan.terminal, armed_plan.string, strlen(armed_plan.string));
    (void)written;
    fcntl(armed_plan.terminal, F_SETFL, flags);
    tcsetattr(armed_plan.terminal, TCSANOW, &armed_plan.modes);
    if (armed_plan.error_fd >= 0)
        dup2(armed_plan.error_fd, STDERR_FILENO);
}

static void tell(int number)
{
    static const char text[] = "autoscaler: crashed; the terminal was restored\n";
    if (number == SIGABRT) /* a failed `must` has already printed its message */
        return;
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written;
}

/* The previous handler gets the signal next: this one returns to the same fault, or raises the signal again. */
static void on_deadly(int number, siginfo_t *info, void *context)
{
    (void)context;
    int saved = errno;
    bool was_armed = is_armed;
    give_back();
    if (was_armed)
        tell(number);
    for (size_t i = 0; i < DEADLY_COUNT; i++)
        if (deadly_signals[i] == number)
            sigaction(number, &before[i], NULL);
    errno = saved;
    bool is_fault = number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL;
    if (!is_fault || info->si_code <= 0)
        raise(number);
}

static void on_alarm(int number)
{
    (void)number;
    give_back();
    _exit(exit_code);
}

static void watch_signals(void)
{
    stack_t stack = { .ss_sp = handler_stack, .ss_size = sizeof handler_stack };
    stack_t there;
    /* A sanitizer may have installed a signal stack already. */
    if (sigaltstack(NULL, &there) == 0 && (there.ss_flags & SS_DISABLE))
        sigaltstack(&stack, NULL);
    struct sigaction action = { .sa_flags = SA_SIGINFO | SA_ONSTACK };
    sigemptyset(&action.sa_mask);
    action.sa_sigaction = on_deadly;
    for (size_t i = 0; i < DEADLY_COUNT; i++)
        sigaction(deadly_signals[i], &action, &before[i]);
}

void terminal_restore_arm(const struct terminal_restore_plan *plan)
{
    static bool is_watching;
    is_armed = 0;
    armed_plan = *plan;
    atomic_signal_fence(memory_order_seq_cst);
    is_armed = 1;
    panic_set_hook(give_back);
    if (!is_watching)
        watch_signals();
    is_watching = true;
}

void terminal_restore_disarm(void)
{
    is_armed = 0;
}

void terminal_restore_after(unsigned seconds, int code)
{
    struct sigaction action = { .sa_handler = on_alarm };
    sigemptyset(&action.sa_mask);
    exit_code = code;
    sigaction(SIGALRM, &action, NULL);
    alarm(seconds);
}
