#include "tui/panels/panel.h"

#include "engine/base/text.h"
#include "engine/serving.h"
#include "tui/draw/format.h"
#include "tui/draw/status_segments.h"

#include <inttypes.h>
#include <string.h>

/* Below this width, times have no seconds and words are short. */
#define NARROW_COLUMNS 40
#define WORDS_COLUMNS 60 /* from here on states have words */
#define WIDE_COLUMNS 100

/* From this width on the sums are shown beside a banner. */
#define BANNER_COLUMNS 120

#define WORD_SIZE 64
#define HOST_COLUMNS_MAX 24
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

/* --- words ----------------------------------------------------------------------------------------------------- */

struct word {
    char text[WORD_SIZE];
};

static struct word word_of_time(struct wall at)
{
    struct word word;
    struct text text;
    text_init(&text, word.text, sizeof word.text);
    format_time(&text, at);
    return word;
}

static struct word word_of_minute(struct wall at)
{
    struct word word;
    struct text text;
    text_init(&text, word.text, sizeof word.text);
    format_minute(&text, at);
    return word;
}

static struct word word_of_share(int64_t part, int64_t whole)
{
    struct word word;
    struct text text;
    text_init(&text, word.text, sizeof word.text);
    format_share(&text, part, whole);
    return word;
}

static struct word word_of_took(int64_t ms)
{
    struct word word;
    struct text text;
    text_init(&text, word.text, sizeof word.text);
    format_took(&text, ms);
    return word;
}

/* Thousandths: "20", "1.5". */
static struct word word_of_speed(int32_t millis)
{
    struct word word;
    struct text text;
    text_init(&text, word.text, sizeof word.text);
    text_add_percent(&text, INT64_C(10000) * millis);
    return word;
}

static struct word word_of_count(int64_t count)
{
    struct word word;
    struct text text;
    text_init(&text, word.text, sizeof word.text);
    format_thousands(&text, count);
    return word;
}

/* Without scheme and path, cut in the middle: "api.prod-eu". */
static struct word word_of_host(const char *url)
{
    struct word word;
    struct word host;
    struct text text;
    const char *scheme = strstr(url, "://");
    const char *start = scheme ? scheme + 3 : url;
    text_init(&text, host.text, sizeof host.text);
    text_add_bytes(&text, start, strcspn(start, "/"));
    text_init(&text, word.text, sizeof word.text);
    format_cut_middle(&text, host.text, HOST_COLUMNS_MAX);
    return word;
}

static const char *plural(int64_t count)
{
    return count == 1 ? "" : "s";
}

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

/* A stop is shown as soon as it was asked for. */
static bool is_stopping(const struct console *console)
{
    return console->is_stop_asked || console->shown->engine.is_stopping;
}

static void add_engine_modes(struct badges *badges, const struct console *console)
{
    const struct snapshot *snapshot = console->shown;
    const struct snapshot_engine *engine = &snapshot->engine;
    if (is_stopping(console))
        add_badge(badges, ROLE_BAR_CAREFUL, RANK_MODE, "STOPPING %" PRId32 " request%s",
                  engine->scales_in_flight, plural(engine->scales_in_flight));
    if (is_starting(snapshot))
        add_starting(badges, snapshot);
    if (engine->is_paused)
        add_badge(badges, ROLE_BAR_CAREFUL, RANK_MODE, "PAUSED since %s",
                  word_of_minute(engine->paused_at).text);
    if (engine->is_dry_run)
        add_badge(badges, ROLE_BAR_CAREFUL, RANK_MODE, "DRY-RUN");
    if (engine->is_read_only)
        add_badge(badges, ROLE_BAR_RUNNING, RANK_MODE, "RO");
}

static void add_engine_troubles(struct badges *badges, const struct snapshot_engine *engine)
{
    if (engine->unrecordable_at.ms != 0)
        add_badge(badges, ROLE_BAR_TROUBLE, RANK_MODE, "STATE failed since %s",
                  word_of_minute(engine->unrecordable_at).text);
    if (engine->is_breaker_open)
        add_badge(badges, ROLE_BAR_TROUBLE, RANK_BADGE, "BREAKER open");
    if (engine->discovery_failed_at.ms != 0)
        add_badge(badges, ROLE_BAR_TROUBLE, RANK_BADGE, "DISCOVERY failed since %s",
                  word_of_minute(engine->discovery_failed_at).text);
    if (engine->is_latched)
        add_badge(badges, ROLE_BAR_CAREFUL, RANK_BADGE, "LATCHED: nothing shrinks");
}

static void add_permanent(struct badges *badges, const struct snapshot_engine *engine)
{
    if (engine->demo_speed_millis != 0)
        add_badge(badges, ROLE_BAR_RUNNING, RANK_MODE, "DEMO x%s",
                  word_of_speed(engine->demo_speed_millis).text);
    if (engine->is_stateless)
        add_badge(badges, ROLE_BAR_RUNNING, RANK_BADGE, "NO STATE");
    if (engine->is_insecure)
        add_badge(badges, ROLE_BAR_CAREFUL, RANK_BADGE, "INSECURE TLS");
}

static void collect_badges(const struct console *console, struct badges *ret_badges)
{
    const struct snapshot *snapshot = console->shown;
    *ret_badges = (struct badges){ 0 };
    if (!snapshot) {
        add_badge(ret_badges, ROLE_BAR_CAREFUL, RANK_MODE, "STARTING");
        return;
    }
    if (console->is_frozen)
        add_badge(ret_badges, ROLE_BAR_FROZEN, RANK_MODE, "FROZEN %s",
                  word_of_time(snapshot->at).text);
    if (console->is_silent || console->is_unread)
        add_badge(ret_badges, ROLE_BAR_CAREFUL, RANK_MODE, "STALE since %s",
                  word_of_time(console_stale_since(console)).text);
    add_engine_modes(ret_badges, console);
    add_engine_troubles(ret_badges, &snapshot->engine);
    if (ret_badges->count == 0)
        add_badge(ret_badges, ROLE_BAR_RUNNING, RANK_MODE, "RUNNING");
    add_permanent(ret_badges, &snapshot->engine);
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
    bool is_narrow = columns < NARROW_COLUMNS;
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

/* "held 3"; "=3" on a narrow terminal. */
static struct word word_of_state(const struct fleet_totals *totals, enum state state, int columns)
{
    struct word word;
    struct text text;
    int32_t count = totals->states[state];
    text_init(&text, word.text, sizeof word.text);
    if (count > 0 && columns < WORDS_COLUMNS)
        text_addf(&text, "%c%" PRId32, state_row(state)->glyph, count);
    else if (count > 0)
        text_addf(&text, "%s %s", state_row(state)->name, word_of_count(count).text);
    return word;
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
        status_segments_add(segments, rank, columns < WORDS_COLUMNS ? 1 : 2, bar, "%s",
                            word_of_state(&console->shown->totals, (enum state)i, columns).text);
    }
}

static void add_clock(struct status_segments *segments, const struct snapshot *snapshot,
                      int columns, enum role bar)
{
    if (columns < NARROW_COLUMNS)
        status_segments_add_right(segments, RANK_CLOCK, 1, bar, "%s",
                                  word_of_minute(snapshot->at).text);
    else
        status_segments_add_right(segments, RANK_CLOCK, 2, bar, "%sZ",
                                  word_of_time(snapshot->at).text);
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
    if (snapshot && area.columns >= WIDE_COLUMNS)
        status_segments_add(&segments, RANK_NAME, 1, bar, "autoscaler %s",
                            snapshot->engine.version);
    else
        status_segments_add(&segments, RANK_NAME, 1, bar, "autoscaler");
    add_badges(&segments, &badges, area.columns, bar);
    if (snapshot) {
        if (area.columns >= WIDE_COLUMNS)
            status_segments_add(&segments, RANK_URL, 2, bar, "%s", snapshot->engine.api_url);
        else
            status_segments_add(&segments, RANK_URL, area.columns < NARROW_COLUMNS ? 1 : 2, bar,
                                "%s", word_of_host(snapshot->engine.api_url).text);
        add_pass(&segments, snapshot, bar);
        add_states_to_bar(&segments, console, bar);
        add_clock(&segments, snapshot, area.columns, bar);
    }
    canvas_fill(canvas, area, bar, ' ');
    status_segments_draw(&segments, canvas, area, area.columns < NARROW_COLUMNS ? 0 : 1);
}

/* --- sums ------------------------------------------------------------------------------------------------------ */

enum totals_rank {
    RANK_BANNER,
    RANK_BANNER_MORE,
    RANK_FLEET,
    RANK_FAILURE,   /* one that concerns few deployments */
    RANK_BAD_STATE, /* one rank for each state; the worst state stays longest */
    RANK_HOSTS = RANK_BAD_STATE + STATE_COUNT,
    RANK_FREE,
    RANK_TIME, /* of the sums */
    RANK_GOOD_STATE,
    RANK_LAST_PASS = RANK_GOOD_STATE + STATE_COUNT,
    RANK_PENDING,
    RANK_SERVERS,
    RANK_DETAILS,
};

/* "43 hosts", "27 of 43 hosts serve"; "27/43 hosts" on a narrow terminal. */
static struct word words_of_hosts(const struct fleet_totals *totals, int columns)
{
    struct word word;
    struct text text;
    text_init(&text, word.text, sizeof word.text);
    if (totals->serving_hosts < totals->hosts && columns < WORDS_COLUMNS)
        text_addf(&text, "%s/%s hosts", word_of_count(totals->serving_hosts).text,
                  word_of_count(totals->hosts).text);
    else if (totals->serving_hosts < totals->hosts)
        serving_add(&text, totals->serving_hosts, totals->hosts);
    else
        text_addf(&text, "%s host%s", word_of_count(totals->hosts).text, plural(totals->hosts));
    return word;
}

static void add_sums(struct status_segments *segments, const struct fleet_totals *totals,
                     int columns)
{
    bool is_wide = columns >= WIDE_COLUMNS;
    status_segments_add(segments, RANK_FLEET, 3, ROLE_STRONG, "%s %s%s",
                        word_of_count(totals->deployments).text, is_wide ? "deployment" : "dep",
                        is_wide ? plural(totals->deployments) : "");
    /* Sums stay longer than states then, of which the worst are in the bar. */
    bool is_narrow = columns < WORDS_COLUMNS;
    status_segments_add(segments, is_narrow ? RANK_FLEET : RANK_HOSTS, is_wide ? 3 : 2, ROLE_NORMAL,
                        "%s", words_of_hosts(totals, columns).text);
    if (totals->pending_hosts != 0)
        status_segments_add(segments, RANK_PENDING, 1, ROLE_PENDING, "(%+" PRId64 "%s)",
                            totals->pending_hosts, is_wide ? " pending" : "");
    if (totals->servers == 0)
        return;
    status_segments_add(segments, RANK_SERVERS, is_wide ? 3 : 2, ROLE_NORMAL, "%s servers",
                        word_of_count(totals->servers).text);
    struct word share = word_of_share(totals->free_servers, totals->servers);
    if (is_wide)
        status_segments_add(segments, RANK_FREE, 3, ROLE_NORMAL, "free %s (%s %%)",
                            word_of_count(totals->free_servers).text, share.text);
    else
        status_segments_add(segments, is_narrow ? RANK_FLEET : RANK_FREE, 2, ROLE_NORMAL,
                            "free %s %%", share.text);
}

/* Those that have no place in the row of the states; without that row the worst ones are in the bar. */
static void add_states_to_sums(struct status_segments *segments, const struct console *console)
{
    const struct fleet_totals *totals = &console->shown->totals;
    int columns = console->layout.totals.columns;
    int first = STATE_UNCONFIRMED + 1;
    if (console->layout.states.rows > 0)
        first = (int)panel_states_first_hidden(totals->deployments, columns);
    for (int i = first; i < STATE_COUNT; i++) {
        int rank = (i <= STATE_PAUSED ? RANK_BAD_STATE : RANK_GOOD_STATE) + i;
        status_segments_add_right(segments, rank, columns < WORDS_COLUMNS ? 1 : 2,
                                  columns_state_role((enum state)i), "%s",
                                  word_of_state(totals, (enum state)i, columns).text);
    }
}

/* What the last pass moved, when the pass has no row of its own. */
static void add_last_pass(struct status_segments *segments, const struct snapshot_pass *pass)
{
    if (pass->number == 0 || pass->is_running)
        return;
    if (pass->hosts_added == 0 && pass->hosts_removed == 0)
        status_segments_add(segments, RANK_LAST_PASS, 3, ROLE_NORMAL, "last pass: nothing sent");
    else
        status_segments_add(segments, RANK_LAST_PASS, 3, ROLE_NORMAL,
                            "last pass +%" PRId32 " -%" PRId32 " hosts", pass->hosts_added,
                            pass->hosts_removed);
    status_segments_add(segments, RANK_DETAILS, 1, ROLE_NORMAL,
                        "(read %" PRId32 "/%" PRId32 " in %s)", pass->read, pass->deployments,
                        word_of_took(pass->took_ms).text);
}

/* "+21 hosts to 3, -4 to 1": to so many deployments. */
static struct word wish_of_pass(const struct fleet_totals *totals)
{
    struct word word;
    struct text text;
    text_init(&text, word.text, sizeof word.text);
    if (totals->wanted_up > 0)
        text_addf(&text, "%+" PRId64 " host%s to %" PRId32, totals->wanted_up_hosts,
                  plural(totals->wanted_up_hosts), totals->wanted_up);
    if (totals->wanted_up > 0 && totals->wanted_down > 0)
        text_addf(&text, ", -%" PRId64 " to %" PRId32, totals->wanted_down_hosts,
                  totals->wanted_down);
    else if (totals->wanted_down > 0)
        text_addf(&text, "-%" PRId64 " host%s to %" PRId32, totals->wanted_down_hosts,
                  plural(totals->wanted_down_hosts), totals->wanted_down);
    if (text.length == 0)
        text_add(&text, "nothing: all are on target, held or not read");
    return word;
}

/* Adds a sentence about an unusual state. Returns the role of the row; ROLE_NORMAL: no such state. */
static enum role add_banner(struct status_segments *segments, const struct console *console)
{
    const struct snapshot *snapshot = console->shown;
    const struct snapshot_engine *engine = &snapshot->engine;
    enum role role = ROLE_BAR_CAREFUL;
    if (is_stopping(console)) {
        status_segments_add(segments, RANK_BANNER, 1, role,
                            "STOPPING: nothing new is sent; %" PRId32 " in flight.",
                            engine->scales_in_flight);
        status_segments_add(segments, RANK_BANNER_MORE, 1, role, "q leaves at once.");
    } else if (engine->is_paused) {
        status_segments_add(segments, RANK_BANNER, 1, role, "PAUSED since %s: nothing is sent.",
                            word_of_minute(engine->paused_at).text);
        status_segments_add(segments, RANK_BANNER_MORE, 1, role, "A pass would send %s",
                            wish_of_pass(&snapshot->totals).text);
    } else if (engine->is_dry_run) {
        status_segments_add(segments, RANK_BANNER, 1, role, "DRY-RUN: nothing is sent.");
        status_segments_add(segments, RANK_BANNER_MORE, 1, role, "A pass would send %s",
                            wish_of_pass(&snapshot->totals).text);
    } else {
        return ROLE_NORMAL;
    }
    return role;
}

/* Gives all segments the same role. */
static void set_roles(struct status_segments *segments, enum role role)
{
    for (size_t i = 0; i < segments->count; i++)
        segments->list[i].role = role;
}

/* Until when the sums are known: the newest status. Old ones are dim. */
static void add_time_of_sums(struct status_segments *segments, const struct console *console)
{
    struct wall last_read = console->shown->engine.last_read;
    bool is_old = console_is_old(console, last_read);
    if (last_read.ms == 0)
        return;
    status_segments_add(segments, is_old ? RANK_BANNER_MORE : RANK_TIME, 2, ROLE_NORMAL, "as of %s",
                        word_of_time(last_read).text);
    for (size_t i = 0; i < segments->count && is_old; i++)
        if (segments->list[i].role != ROLE_ERROR)
            segments->list[i].role = ROLE_UNREAD;
}

/* The first error in its own words: it scrolls out of the log, and later errors are often consequences. */
static void add_failure(struct status_segments *segments, const struct console *console, int rank)
{
    const struct snapshot_engine *engine = &console->shown->engine;
    if (engine->failing_since.ms == 0)
        return;
    if (console->layout.totals.columns < WORDS_COLUMNS)
        status_segments_add(segments, rank, 2, ROLE_ERROR, "fails %s: %s",
                            word_of_minute(engine->failing_since).text, engine->failure);
    else
        status_segments_add(segments, rank, 2, ROLE_ERROR, "API fails since %s: %s",
                            word_of_time(engine->failing_since).text, engine->failure);
}

/*
 * Does it concern at least half of the fleet, apart from the starved ones, whose state does not say it? Then the error
 * comes before the sums.
 */
static bool fails_widely(const struct fleet_totals *totals)
{
    int64_t bad = (int64_t)totals->states[STATE_FAILED] + totals->states[STATE_UNREAD];
    return 2 * bad >= totals->deployments - totals->states[STATE_STARVED];
}

static void draw_totals(const struct console *console, struct canvas *canvas)
{
    struct area area = console->layout.totals;
    struct status_segments segments;
    status_segments_init(&segments);
    segments.is_filled = console->shown->engine.failing_since.ms != 0;
    bool is_wide = console->is_unread || fails_widely(&console->shown->totals);
    if (is_wide)
        add_failure(&segments, console, RANK_BANNER);
    enum role banner = add_banner(&segments, console);
    if (banner == ROLE_NORMAL || area.columns >= BANNER_COLUMNS)
        add_sums(&segments, &console->shown->totals, area.columns);
    if (console->layout.pass.rows == 0 && banner == ROLE_NORMAL)
        add_last_pass(&segments, &console->shown->pass);
    add_states_to_sums(&segments, console);
    add_time_of_sums(&segments, console);
    if (!is_wide)
        add_failure(&segments, console, RANK_FAILURE);
    if (banner != ROLE_NORMAL) {
        set_roles(&segments, banner);
        canvas_fill(canvas, area, banner, ' ');
    }
    status_segments_draw(&segments, canvas, area, 1);
}

/* --- the pass -------------------------------------------------------------------------------------------------- */

/* In display order; a lower rank stays longer. */
static void add_outcome(struct status_segments *segments, const struct snapshot_pass *pass)
{
    if (pass->scaled == 0 && pass->would_scale == 0)
        status_segments_add(segments, 1, 2, ROLE_DIM, "nothing sent");
    if (pass->scaled > 0)
        status_segments_add(segments, 1, 2, ROLE_NORMAL,
                            "%+" PRId32 " -%" PRId32 " hosts on %" PRId32, pass->hosts_added,
                            pass->hosts_removed, pass->scaled);
    if (pass->would_scale > 0)
        status_segments_add(segments, 1, 2, ROLE_NORMAL, "would scale %" PRId32, pass->would_scale);
    if (pass->held > 0)
        status_segments_add(segments, 3, 2, ROLE_HELD, "held %" PRId32, pass->held);
    if (pass->failed > 0)
        status_segments_add(segments, 2, 2, ROLE_FAILED, "failed %" PRId32, pass->failed);
    if (pass->unconfirmed > 0)
        status_segments_add(segments, 2, 2, ROLE_UNCONFIRMED, "unconfirmed %" PRId32,
                            pass->unconfirmed);
}

static void draw_pass(const struct console *console, struct canvas *canvas)
{
    const struct snapshot_pass *pass = &console->shown->pass;
    struct status_segments segments;
    status_segments_init(&segments);
    if (pass->number == 0) {
        status_segments_add(&segments, 0, 1, ROLE_DIM, "no pass yet");
    } else if (pass->is_running) {
        status_segments_add(&segments, 0, 1, ROLE_NORMAL,
                            "pass %" PRIu32 " since %s:", pass->number,
                            word_of_time(pass->started).text);
        status_segments_add(&segments, 0, 1, ROLE_NORMAL, "read %" PRId32 "/%" PRId32, pass->read,
                            pass->deployments);
    } else {
        status_segments_add(&segments, 0, 1, ROLE_NORMAL, "pass %" PRIu32 " at %s:", pass->number,
                            word_of_time(pass->started).text);
        status_segments_add(&segments, 0, 1, ROLE_NORMAL, "read %" PRId32 "/%" PRId32 " in %s",
                            pass->read, pass->deployments, word_of_took(pass->took_ms).text);
    }
    if (pass->number > 0)
        add_outcome(&segments, pass);
    status_segments_draw(&segments, canvas, console->layout.pass, 1);
}

/* --- the view -------------------------------------------------------------------------------------------------- */

static void add_filter(struct status_segments *segments, const struct console *console)
{
    if (!filter_is_empty(console->filter))
        status_segments_add(segments, 1, 2, ROLE_STRONG, "filter: %s",
                            filter_text(console->filter));
}

/* "find eu: 3 of 17" */
static void add_search(struct status_segments *segments, const struct console *console)
{
    const char *text = filter_text(console->search);
    size_t count = hits_count(console->hits);
    size_t at = console->cursor.position;
    if (filter_is_empty(console->search))
        return;
    if (count == 0)
        status_segments_add(segments, 1, 2, ROLE_WARN, "find %s: none", text);
    else if (hits_has(console->hits, at))
        status_segments_add(segments, 1, 2, ROLE_STRONG, "find %s: %zu of %zu", text,
                            hits_before(console->hits, at) + 1, count);
    else
        status_segments_add(segments, 1, 2, ROLE_STRONG, "find %s: %zu", text, count);
}

static void add_position(struct status_segments *segments, const struct console *console,
                         size_t count)
{
    size_t first = console->list_top + 1;
    size_t rows = (size_t)console->layout.list.rows;
    size_t last = count - console->list_top > rows ? console->list_top + rows : count;
    if (count > 0 && first <= count)
        status_segments_add_right(segments, 3, 2, ROLE_NORMAL, "%zu-%zu/%zu", first, last, count);
}

/* In every view: what is to be acknowledged. */
static void add_unacknowledged(struct status_segments *segments, const struct console *console)
{
    size_t count = attention_counts(console->attention).unacknowledged;
    if (count == 0)
        return;
    if (console->view == VIEW_ATTENTION)
        status_segments_add(segments, 2, 2, ROLE_WARN, "%zu to acknowledge", count);
    else
        status_segments_add(segments, 2, 2, ROLE_WARN, "%zu in 2:attention", count);
}

static void draw_view(const struct console *console, struct canvas *canvas)
{
    struct status_segments segments;
    status_segments_init(&segments);
    size_t count = order_count(console->order);
    status_segments_add(&segments, 0, 1, ROLE_STRONG, "%d:%s", console_view_digit(console),
                        console_view_name(console));
    /* Rows that have left are shown but not counted. */
    size_t fleet = (size_t)console->shown->totals.deployments;
    if (count < fleet)
        status_segments_add(&segments, 2, 1, ROLE_NORMAL, "%zu of %zu", count, fleet);
    add_unacknowledged(&segments, console);
    add_filter(&segments, console);
    add_search(&segments, console);
    if (console->columns_skipped > 0 && console->columns.count > COLUMN_DEPLOYMENT + 1)
        status_segments_add_right(
            &segments, 6, 2, ROLE_DIM, "columns from %s",
            columns_row(console->columns.places[COLUMN_DEPLOYMENT + 1].column)->title);
    if (console->now.ms < console->hold_until.ms)
        status_segments_add_right(&segments, 5, 2, ROLE_DIM, "order held");
    status_segments_add_right(&segments, 4, 2, ROLE_NORMAL, "sort %s %s",
                              columns_row(console->sort)->word,
                              console->is_descending ? "down" : "up");
    add_position(&segments, console, count);
    status_segments_draw(&segments, canvas, console->layout.view, 1);
}

void panel_status_draw(const struct console *console, struct canvas *canvas)
{
    draw_bar(console, canvas);
    if (!console->shown)
        return;
    draw_totals(console, canvas);
    panel_states_draw(console, canvas);
    draw_pass(console, canvas);
    panel_strip_draw(console, canvas);
    draw_view(console, canvas);
}
