#include "tui/panels/panel.h"

#include "engine/base/text.h"
#include "engine/serving.h"
#include "tui/draw/format.h"
#include "tui/draw/status_segments.h"
#include "tui/panels/status_words.h"

#include <inttypes.h>
#include <string.h>

/* From this width on the sums are shown beside a banner. */
#define BANNER_COLUMNS 120

/* --- sums ------------------------------------------------------------------------------------------------------ */

enum totals_rank {
    RANK_BANNER,
    RANK_BANNER_MORE,
    RANK_FLEET,
    RANK_FAILURE,   /* one that concerns few deployments */
    RANK_BAD_STATE, /* one rank for each state; the worst state stays longest */
    RANK_FREE = RANK_BAD_STATE + STATE_COUNT,
    RANK_HOSTS,
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
    if (totals->serving_hosts < totals->hosts && columns < STATUS_WORDS_COLUMNS)
        text_addf(&text, "%s/%s hosts", word_of_count(totals->serving_hosts).text,
                  word_of_count(totals->hosts).text);
    else if (totals->serving_hosts < totals->hosts)
        serving_add(&text, totals->serving_hosts, totals->hosts);
    else
        text_addf(&text, "%s host%s", word_of_count(totals->hosts).text,
                  word_plural(totals->hosts));
    return word;
}

static void add_sums(struct status_segments *segments, const struct fleet_totals *totals,
                     int columns)
{
    bool is_wide = columns >= STATUS_WIDE_COLUMNS;
    status_segments_add(segments, RANK_FLEET, 3, ROLE_STRONG, "%s %s%s",
                        word_of_count(totals->deployments).text, is_wide ? "deployment" : "dep",
                        is_wide ? word_plural(totals->deployments) : "");
    /* Sums stay longer than states then, of which the worst are in the bar. */
    bool is_narrow = columns < STATUS_WORDS_COLUMNS;
    status_segments_add(segments, is_narrow ? RANK_FLEET : RANK_HOSTS, is_wide ? 3 : 2, ROLE_NORMAL,
                        "%s", words_of_hosts(totals, columns).text);
    if (totals->pending_hosts != 0)
        status_segments_add(segments, RANK_PENDING, 1, ROLE_PENDING, "(%+" PRId64 " pending)",
                            totals->pending_hosts);
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
        status_segments_add_right(segments, rank, columns < STATUS_WORDS_COLUMNS ? 1 : 2,
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
                  word_plural(totals->wanted_up_hosts), totals->wanted_up);
    if (totals->wanted_up > 0 && totals->wanted_down > 0)
        text_addf(&text, ", -%" PRId64 " to %" PRId32, totals->wanted_down_hosts,
                  totals->wanted_down);
    else if (totals->wanted_down > 0)
        text_addf(&text, "-%" PRId64 " host%s to %" PRId32, totals->wanted_down_hosts,
                  word_plural(totals->wanted_down_hosts), totals->wanted_down);
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
    if (console_commands_is_stopping(console)) {
        status_segments_add(segments, RANK_BANNER, 1, role,
                            "STOPPING: nothing new is sent; %" PRId32 " in flight.",
                            engine->scales_in_flight);
        status_segments_add(segments, RANK_BANNER_MORE, 1, role, "%s leaves at once.",
                            console_key(console, ACT_QUIT).text);
    } else if (engine->is_paused) {
        bool has_end = engine->pause.until.ms != 0;
        struct word time = has_end ? word_of_end(engine->pause.until, snapshot->at)
                                   : word_of_minute(engine->paused_at);
        status_segments_add(segments, RANK_BANNER, 1, role, "PAUSED %s %s: nothing is sent.",
                            has_end ? "until" : "since", time.text);
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
    if (console->layout.totals.columns < STATUS_WORDS_COLUMNS)
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

void panel_totals_draw(const struct console *console, struct canvas *canvas)
{
    draw_totals(console, canvas);
    draw_pass(console, canvas);
}
