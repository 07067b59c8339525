#include "tui/panels/panel.h"

#include "engine/base/text.h"
#include "tui/draw/format.h"
#include "tui/draw/status_segments.h"
#include "tui/panels/status_words.h"

#include <inttypes.h>
#include <string.h>

#define PASS_COLUMNS 18 /* "next pass 14:03:45": what stands behind it keeps its place in a pass */

/* Ranks of the bar's segments. The last rank is left out first. */
enum bar_rank {
    RANK_WORST, /* the badge that sets the colour of the bar */
    RANK_MODE,  /* badges that show whether anything is sent */
    RANK_TROUBLE,
    RANK_URL,
    RANK_CLOCK,
    RANK_BADGE,
    RANK_COUNTS, /* counts of the other states */
    RANK_PASS,
    RANK_DISCOVERY,
    RANK_NAME,
};

/* --- badges ---------------------------------------------------------------------------------------------------- */

#define BADGES_MAX 16

struct badge {
    enum role bar; /* the bar's role when this badge decides it */
    enum bar_rank rank;
    char text[WORD_SIZE];
};

struct badges {
    size_t count;
    struct badge list[BADGES_MAX];
};

static int severity_of(enum role bar)
{
    if (bar == ROLE_BAR_TROUBLE)
        return 3;
    if (bar == ROLE_BAR_FROZEN)
        return 2;
    return bar == ROLE_BAR_CAREFUL ? 1 : 0;
}

__attribute__((format(printf, 4, 5))) static void
add_badge(struct badges *badges, enum role bar, enum bar_rank rank, const char *format, ...)
{
    if (badges->count == BADGES_MAX)
        return;
    struct badge *badge = &badges->list[badges->count++];
    badge->bar = bar;
    badge->rank = rank;
    struct text text;
    text_init(&text, badge->text, sizeof badge->text);
    va_list args;
    va_start(args, format);
    text_addv(&text, format, args);
    va_end(args);
}

static bool is_starting(const struct snapshot *snapshot)
{
    const struct snapshot_pass *pass = &snapshot->pass;
    return pass->number == 0 || (pass->number == 1 && pass->is_running);
}

static void add_starting(struct badges *badges, const struct snapshot *snapshot)
{
    const struct snapshot_pass *pass = &snapshot->pass;
    if (pass->is_running && pass->deployments > 0)
        add_badge(badges, ROLE_BAR_CAREFUL, RANK_MODE, "STARTING %" PRId32 "/%" PRId32, pass->read,
                  pass->deployments);
    else
        add_badge(badges, ROLE_BAR_CAREFUL, RANK_MODE, "STARTING");
}

static void add_engine_modes(struct badges *badges, const struct console *console)
{
    const struct snapshot *snapshot = console->shown;
    const struct snapshot_engine *engine = &snapshot->engine;
    if (console_commands_is_stopping(console))
        add_badge(badges, ROLE_BAR_CAREFUL, RANK_MODE, "STOPPING %" PRId32 " request%s",
                  engine->scales_in_flight, word_plural(engine->scales_in_flight));
    if (is_starting(snapshot))
        add_starting(badges, snapshot);
    if (engine->is_paused && engine->pause.until.ms != 0)
        add_badge(badges, ROLE_BAR_CAREFUL, RANK_MODE, "PAUSED until %s",
                  word_of_end(engine->pause.until, snapshot->at).text);
    else if (engine->is_paused)
        add_badge(badges, ROLE_BAR_CAREFUL, RANK_MODE, "PAUSED since %s",
                  word_of_minute(engine->paused_at).text);
    if (engine->is_dry_run)
        add_badge(badges, ROLE_BAR_CAREFUL, RANK_MODE, "DRY-RUN");
    if (engine->is_read_only || snapshot_is_look_only(snapshot))
        add_badge(badges, ROLE_BAR_RUNNING, RANK_MODE, "RO");
}

static void add_engine_troubles(struct badges *badges, const struct snapshot_engine *engine)
{
    if (engine->unrecordable_at.ms != 0)
        add_badge(badges, ROLE_BAR_TROUBLE, RANK_MODE, "STATE failed since %s",
                  word_of_minute(engine->unrecordable_at).text);
    if (engine->lost_until.ms != 0)
        add_badge(badges, ROLE_BAR_CAREFUL, RANK_MODE, "STATE damaged: held until %s",
                  word_of_minute(engine->lost_until).text);
    if (engine->is_breaker_open)
        add_badge(badges, ROLE_BAR_TROUBLE, RANK_BADGE, "BREAKER open");
    if (engine->discovery_failed_at.ms != 0)
        add_badge(badges, ROLE_BAR_TROUBLE, RANK_BADGE, "DISCOVERY failed since %s",
                  word_of_minute(engine->discovery_failed_at).text);
    if (engine->is_latched)
        add_badge(badges, ROLE_BAR_CAREFUL, RANK_BADGE, "LATCHED: nothing shrinks");
}

static void add_permanent(struct badges *badges, const struct snapshot *snapshot)
{
    const struct snapshot_engine *engine = &snapshot->engine;
    if (snapshot->remote)
        add_badge(badges, ROLE_BAR_RUNNING, RANK_BADGE, "ATTACHED");
    if (engine->demo_speed_millis != 0)
        add_badge(badges, ROLE_BAR_RUNNING, RANK_MODE, "DEMO x%s",
                  word_of_speed(engine->demo_speed_millis).text);
    if (engine->is_stateless)
        add_badge(badges, ROLE_BAR_RUNNING, RANK_BADGE, "NO STATE");
    if (engine->is_insecure)
        add_badge(badges, ROLE_BAR_CAREFUL, RANK_BADGE, "INSECURE TLS");
}

/* "REPLAY 2026-01-02 03:12:30 x60" */
static void add_past(struct badges *badges, const struct console *console)
{
    const struct snapshot *snapshot = console->shown;
    const char *name = console->config.is_replay ? "REPLAY" : "PAST";
    char time[WALL_TEXT_SIZE];
    wall_format(snapshot->at, time);
    if (snapshot->past->speed_millis > 0)
        add_badge(badges, ROLE_BAR_FROZEN, RANK_MODE, "%s %.10s %.8s x%s", name, time, time + 11,
                  word_of_speed(snapshot->past->speed_millis).text);
    else
        add_badge(badges, ROLE_BAR_FROZEN, RANK_MODE, "%s %.10s %.8s", name, time, time + 11);
    if (console->past.mark.ms != 0)
        add_badge(badges, ROLE_BAR_RUNNING, RANK_BADGE, "MARK %s",
                  word_of_time(console->past.mark).text);
}

/* "LOST since 14:03:33, reconnecting": what is shown was true until then. */
static void add_connection(struct badges *badges, const struct console *console)
{
    const struct snapshot *newest = console_newest(console);
    if (snapshot_is_lost(newest))
        add_badge(badges, ROLE_BAR_TROUBLE, RANK_MODE, "LOST since %s, reconnecting",
                  word_of_time(newest->at).text);
    else if (console->is_silent || console->is_unread)
        add_badge(badges, ROLE_BAR_CAREFUL, RANK_MODE, "STALE since %s",
                  word_of_time(console_stale_since(console)).text);
}

static void collect_badges(const struct console *console, struct badges *ret_badges)
{
    const struct snapshot *snapshot = console->shown;
    *ret_badges = (struct badges){ 0 };
    if (!snapshot) {
        add_badge(ret_badges, ROLE_BAR_CAREFUL, RANK_MODE, "STARTING");
        return;
    }
    if (snapshot->past)
        add_past(ret_badges, console);
    if (console->is_frozen)
        add_badge(ret_badges, ROLE_BAR_FROZEN, RANK_MODE, "FROZEN %s",
                  word_of_time(snapshot->at).text);
    add_connection(ret_badges, console);
    add_engine_modes(ret_badges, console);
    add_engine_troubles(ret_badges, &snapshot->engine);
    if (ret_badges->count == 0)
        add_badge(ret_badges, ROLE_BAR_RUNNING, RANK_MODE, "RUNNING");
    add_permanent(ret_badges, snapshot);
}

static size_t worst_badge(const struct badges *badges)
{
    size_t worst = 0;
    for (size_t i = 1; i < badges->count; i++) {
        if (severity_of(badges->list[i].bar) > severity_of(badges->list[worst].bar))
            worst = i;
    }
    return worst;
}

/* --- the bar --------------------------------------------------------------------------------------------------- */

static void add_badges(struct status_segments *segments, const struct badges *badges, int columns,
                       enum role bar)
{
    bool is_narrow = columns < STATUS_NARROW_COLUMNS;
    size_t worst = worst_badge(badges);
    for (size_t i = 0; i < badges->count; i++) {
        enum bar_rank rank = i == worst ? RANK_WORST : badges->list[i].rank;
        status_segments_add(segments, (int)rank, 1, bar, is_narrow ? "%s" : "[%s]",
                            badges->list[i].text);
    }
}

static struct word word_of_progress(const struct snapshot_pass *pass)
{
    struct word word;
    struct text text;
    text_init(&text, word.text, sizeof word.text);
    text_addf(&text, "pass %" PRId32 "/%" PRId32, pass->read, pass->deployments);
    return word;
}

static void add_pass(struct status_segments *segments, const struct snapshot *snapshot,
                     enum role bar)
{
    const struct snapshot_pass *pass = &snapshot->pass;
    if (snapshot_is_lost(snapshot))
        return; /* what would come next was said by an engine that is gone */
    if (pass->is_running && !is_starting(snapshot))
        status_segments_add(segments, RANK_PASS, 2, bar, "%-*s", PASS_COLUMNS,
                            word_of_progress(pass).text);
    else if (snapshot->engine.next_pass.ms != 0)
        status_segments_add(segments, RANK_PASS, 2, bar, "next pass %s",
                            word_of_time(snapshot->engine.next_pass).text);
    if (snapshot->engine.next_discovery.ms != 0)
        status_segments_add(segments, RANK_DISCOVERY, 2, bar, "discovery %s",
                            word_of_time(snapshot->engine.next_discovery).text);
}

/* When the states have no row: starved ones and failures first, the others where there is room. */
static void add_states_to_bar(struct status_segments *segments, const struct console *console,
                              enum role bar)
{
    if (console->layout.states.rows > 0)
        return;
    int columns = console->layout.status.columns;
    int end = console->layout.totals.rows > 0 ? STATE_UNCONFIRMED + 1 : STATE_ON_TARGET;
    for (int i = 0; i < end; i++) {
        int rank = i <= STATE_UNCONFIRMED ? RANK_TROUBLE : RANK_COUNTS;
        status_segments_add(segments, rank, columns < STATUS_WORDS_COLUMNS ? 1 : 2, bar, "%s",
                            word_of_state(&console->shown->totals, (enum state)i, columns).text);
    }
}

static void add_clock(struct status_segments *segments, const struct snapshot *snapshot,
                      int columns, enum role bar)
{
    if (columns < STATUS_NARROW_COLUMNS)
        status_segments_add_right(segments, RANK_CLOCK, 1, bar, "%s",
                                  word_of_minute(snapshot->at).text);
    else
        status_segments_add_right(segments, RANK_CLOCK, columns < STATUS_WORDS_COLUMNS ? 1 : 2, bar,
                                  "%sZ", word_of_time(snapshot->at).text);
}

static void draw_bar(const struct console *console, struct canvas *canvas)
{
    struct area area = console->layout.status;
    const struct snapshot *snapshot = console->shown;
    struct badges badges;
    collect_badges(console, &badges);
    enum role bar = badges.list[worst_badge(&badges)].bar;
    struct status_segments segments;
    status_segments_init(&segments);
    segments.is_filled = true;
    if (snapshot && area.columns >= STATUS_WIDE_COLUMNS)
        status_segments_add(&segments, RANK_NAME, 1, bar, "autoscaler %s",
                            snapshot->engine.version);
    else
        status_segments_add(&segments, RANK_NAME, 1, bar, "autoscaler");
    add_badges(&segments, &badges, area.columns, bar);
    if (snapshot) {
        if (area.columns >= STATUS_WIDE_COLUMNS)
            status_segments_add(&segments, RANK_URL, 2, bar, "%s", snapshot->engine.api_url);
        else
            status_segments_add(&segments, RANK_URL, area.columns < STATUS_NARROW_COLUMNS ? 1 : 2,
                                bar, "%s", word_of_host(snapshot->engine.api_url).text);
        add_pass(&segments, snapshot, bar);
        add_states_to_bar(&segments, console, bar);
        add_clock(&segments, snapshot, area.columns, bar);
    }
    canvas_fill(canvas, area, bar, ' ');
    status_segments_draw(&segments, canvas, area, area.columns < STATUS_NARROW_COLUMNS ? 0 : 1);
}

void panel_status_draw(const struct console *console, struct canvas *canvas)
{
    draw_bar(console, canvas);
    if (!console->shown)
        return;
    panel_totals_draw(console, canvas);
    panel_states_draw(console, canvas);
    panel_strip_draw(console, canvas);
    panel_view_draw(console, canvas);
}
