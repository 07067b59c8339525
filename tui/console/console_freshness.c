#include "tui/console/console_state.h"

#include "engine/base/arith.h"

/* What is older than this many pass intervals is old. */
#define OLD_INTERVALS 2
/* Lower limit for short intervals: a short silence makes nothing old. */
#define OLD_MS_MIN 5000

int64_t console_old_after_ms(const struct console *console)
{
    const struct snapshot *newest =
        console_is_past(console) ? console->shown : console_newest(console);
    return max_i64(OLD_MS_MIN, OLD_INTERVALS * newest->engine.pass_interval_ms);
}

/* A frozen display has the time of its snapshot. The newest snapshot ages since it came. */
struct wall console_clock(const struct console *console)
{
    const struct snapshot *shown = console->shown;
    if (console->is_frozen || console_is_past(console))
        return shown->at;
    return (struct wall){ shown->at.ms + max_i64(0, console->now.ms - console->arrived.ms) };
}

/* Without a connection to its engine the newest snapshot says how it was. */
static bool is_lost(const struct console *console)
{
    const struct snapshot *newest = console_newest(console);
    return newest && snapshot_is_lost(newest);
}

bool console_is_old(const struct console *console, struct wall read_at)
{
    if (read_at.ms == 0)
        return false;
    return is_lost(console) ||
           console_clock(console).ms - read_at.ms > console_old_after_ms(console);
}

/* When the engine has been silent for too long if no snapshot comes. */
static struct mono silent_at(const struct console *console)
{
    const struct snapshot *newest = console_newest(console);
    if (!newest || newest->past || newest->engine.pass_interval_ms <= 0)
        return MONO_NEVER;
    int64_t patience_ms = console_old_after_ms(console);
    int64_t until_pass_ms = clamp_i64(newest->engine.next_pass.ms - newest->at.ms, 0, patience_ms);
    return mono_after(console->arrived, until_pass_ms + patience_ms);
}

/* When the newest status is too old if no other is read. */
static struct mono unread_at(const struct console *console)
{
    const struct snapshot *newest = console_newest(console);
    if (!newest || newest->past || newest->engine.last_read.ms == 0 ||
        newest->engine.pass_interval_ms <= 0)
        return MONO_NEVER;
    int64_t age_ms = max_i64(0, newest->at.ms - newest->engine.last_read.ms);
    /* One more: at the limit itself nothing is old. */
    return mono_after(console->arrived, console_old_after_ms(console) + 1 - age_ms);
}

struct mono console_freshness_deadline(const struct console *console)
{
    struct mono deadline = console->is_silent ? MONO_NEVER : silent_at(console);
    if (is_lost(console))
        return MONO_NEVER;
    return console->is_unread ? deadline : mono_min(deadline, unread_at(console));
}

bool console_freshness_follow(struct console *console)
{
    bool is_silent = is_lost(console) || console->now.ms >= silent_at(console).ms;
    bool is_unread = console->now.ms >= unread_at(console).ms;
    bool is_news = is_silent != console->is_silent || is_unread != console->is_unread;
    console->is_silent = is_silent;
    console->is_unread = is_unread;
    return is_news;
}

struct wall console_stale_since(const struct console *console)
{
    const struct snapshot *newest = console_newest(console);
    if (console->is_unread)
        return newest->engine.last_read;
    return console->is_silent ? newest->at : (struct wall){ 0 };
}
