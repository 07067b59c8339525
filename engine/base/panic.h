/*
 * panic - what happens when the program finds a bug in itself.
 *
 * `must(x)` asserts an invariant; it is cheap and on in every build. `must_slow(x)` walks whole structures and is on
 * in debug and test builds only (-DMUST_SLOW). Neither checks input from a network, a file, a key or an operator: bad
 * input is an error (error.h).
 *
 * A failed `must` calls the hook once, on the thread that failed, prints one line to standard error and aborts. The
 * hook restores the terminal; it may use async-signal-safe calls only. Any thread; the hook is set before threads
 * start.
 */
#ifndef ENGINE_BASE_PANIC_H
#define ENGINE_BASE_PANIC_H

#define must(x) ((x) ? (void)0 : panic_failed(#x, __FILE__, __LINE__))

#ifdef MUST_SLOW
#define must_slow(x) must(x)
#else
#define must_slow(x) ((void)0)
#endif

typedef void panic_hook(void);

/* Replaces the hook; NULL removes it. */
void panic_set_hook(panic_hook *hook);

_Noreturn void panic_failed(const char *expression, const char *file, int line);

#endif
