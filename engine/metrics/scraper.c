#include "engine/metrics/scraper.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/metrics/metric_values.h"

#include <errno.h>
#include <string.h>

#define STATUS_OK 200
#define LOOK_MS 1000
#define HANDLE_COUNT 3
/* Lines that wait for the client: those of one step, and of what a head adds. */
#define PENDING_SIZE (2 * EXPOSITION_LINES_SIZE)
#define TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define OPENMETRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* Where a scrape is: the metric, and the series of it that comes next. */
struct scrape {
    struct scraper *scraper;
    struct http_server_exchange *exchange;
    struct fleet_sample *sample;
    struct exposition exposition;
    struct text pending;
    size_t sent; /* of the pending bytes */
    int metric;
    size_t index;
    bool is_over;
    bool is_cut;
    struct mono began;
    struct scrape *next;
    char storage[PENDING_SIZE];
};

struct scraper {
    struct metrics_source source;
    struct fleet_sample *sample; /* the newest one; NULL: none */
    struct mono sampled;         /* when it was begun */
    struct scrape *first;
    size_t count;
    int work_left; /* of this turn */
    struct scraper_load load;
    uv_prepare_t turn;
    uv_idle_t busy; /* a sample is being taken: the loop does not wait */
    uv_timer_t timer;
    int handles_open;
    void (*closed)(void *context);
    void *closed_context;
};

/* --- lines ----------------------------------------------------------------------------------------------------- */

/* Adds the next lines to what is pending. */
static void make_next(struct scrape *scrape)
{
    enum metric metric = (enum metric)scrape->metric;
    if (scrape->metric == METRIC_COUNT) {
        exposition_add_end(&scrape->exposition);
        scrape->is_over = true;
        return;
    }
    size_t count = metric_values_count(scrape->sample, metric);
    if (scrape->index == 0 && count > 0)
        exposition_add_head(&scrape->exposition, metric);
    if (scrape->index < count)
        metric_values_add(&scrape->exposition, scrape->sample, metric, scrape->index++);
    if (scrape->index >= count) {
        scrape->metric++;
        scrape->index = 0;
    }
}

/* A step may add EXPOSITION_LINES_SIZE and a head. */
static void fill(struct scrape *scrape)
{
    text_reset(&scrape->pending);
    scrape->sent = 0;
    while (!scrape->is_over && scrape->scraper->work_left > 0 &&
           scrape->pending.length < EXPOSITION_LINES_SIZE / 2) {
        make_next(scrape);
        scrape->scraper->work_left--;
    }
}

static int64_t write_lines(void *context, char *bytes, size_t size)
{
    struct scrape *scrape = context;
    size_t written = 0;
    if (!scrape->sample)
        return -ENOMEM;
    if (!scrape->sample->is_complete)
        return HTTP_SERVER_LATER;
    while (written < size) {
        if (scrape->sent == scrape->pending.length)
            fill(scrape);
        size_t left = scrape->pending.length - scrape->sent;
        size_t part = left < size - written ? left : size - written;
        if (part == 0)
            break;
        memcpy(bytes + written, scrape->pending.data + scrape->sent, part);
        scrape->sent += part;
        written += part;
    }
    return written > 0 || scrape->is_over ? (int64_t)written : HTTP_SERVER_LATER;
}

/* --- turns of the loop ----------------------------------------------------------------------------------------- */

static void note_work(struct scraper *scraper)
{
    int work = SCRAPE_WORK - scraper->work_left;
    if (work > scraper->load.work_max)
        scraper->load.work_max = work;
    scraper->load.turns += work > 0;
}

/* Its scrapes are cut off. */
static void lose_sample(struct scraper *scraper)
{
    for (struct scrape *scrape = scraper->first; scrape; scrape = scrape->next) {
        if (scrape->sample != scraper->sample)
            continue;
        fleet_sample_release(scrape->sample);
        scrape->sample = NULL;
    }
    fleet_sample_release(scraper->sample);
    scraper->sample = NULL;
}

static void take_step(struct scraper *scraper)
{
    if (!scraper->sample || scraper->sample->is_complete)
        return;
    int looked = fleet_sample_step(scraper->sample, &scraper->source, scraper->work_left);
    if (looked < 0)
        lose_sample(scraper);
    else
        scraper->work_left -= looked;
    if (!scraper->sample || scraper->sample->is_complete)
        uv_idle_stop(&scraper->busy);
}

/* The loop is about to wait. */
static void on_turn(uv_prepare_t *handle)
{
    struct scraper *scraper = handle->data;
    note_work(scraper);
    scraper->work_left = SCRAPE_WORK;
    take_step(scraper);
    for (struct scrape *scrape = scraper->first; scrape; scrape = scrape->next)
        if (!scrape->sample || scrape->sample->is_complete)
            http_server_continue(scrape->exchange);
}

static void on_busy(uv_idle_t *handle)
{
    (void)handle;
}

static void cut(struct scrape *scrape)
{
    if (!scrape->is_cut)
        http_server_cut(scrape->exchange);
    scrape->is_cut = true;
}

static void on_timer(uv_timer_t *handle)
{
    struct scraper *scraper = handle->data;
    struct mono now = mono_now();
    for (struct scrape *scrape = scraper->first; scrape; scrape = scrape->next)
        if (now.ms - scrape->began.ms > SCRAPE_MS_MAX)
            cut(scrape);
}

static void start_handles(struct scraper *scraper)
{
    scraper->work_left = SCRAPE_WORK;
    uv_prepare_start(&scraper->turn, on_turn);
    uv_timer_start(&scraper->timer, on_timer, LOOK_MS, LOOK_MS);
}

static void stop_handles(struct scraper *scraper)
{
    note_work(scraper);
    uv_prepare_stop(&scraper->turn);
    uv_idle_stop(&scraper->busy);
    uv_timer_stop(&scraper->timer);
}

/* --- scrapes --------------------------------------------------------------------------------------------------- */

static void end_scrape(void *context)
{
    struct scrape *scrape = context;
    struct scraper *scraper = scrape->scraper;
    struct scrape **link = &scraper->first;
    while (*link != scrape)
        link = &(*link)->next;
    *link = scrape->next;
    fleet_sample_release(scrape->sample);
    heap_free(scrape);
    if (--scraper->count > 0)
        return;
    stop_handles(scraper);
    /* No scrape waits for it, and the next one comes after a while. */
    if (scraper->sample && !scraper->sample->is_complete) {
        fleet_sample_release(scraper->sample);
        scraper->sample = NULL;
    }
}

static bool is_shared(const struct scrape *first, const struct scrape *scrape)
{
    while (first != scrape && (first->is_cut || first->sample != scrape->sample))
        first = first->next;
    return first != scrape;
}

/* Scrapes are in the order of their samples, the newest first. */
static void make_room(struct scraper *scraper)
{
    const struct scrape *oldest = NULL;
    int samples = 0;
    for (const struct scrape *scrape = scraper->first; scrape; scrape = scrape->next) {
        if (scrape->is_cut)
            continue;
        samples += !is_shared(scraper->first, scrape);
        oldest = scrape;
    }
    for (struct scrape *scrape = scraper->first; scrape && samples >= SCRAPE_SAMPLES_MAX;
         scrape = scrape->next)
        if (scrape->sample == oldest->sample)
            cut(scrape);
}

/* A sample that is not too old, or a new one. NULL: no memory. */
static struct fleet_sample *sample_of_now(struct scraper *scraper, struct mono now)
{
    struct fleet_sample *sample = scraper->sample;
    if (sample && (!sample->is_complete || now.ms - scraper->sampled.ms < SCRAPE_SHARED_MS))
        return sample;
    make_room(scraper);
    sample = fleet_sample_create(&scraper->source);
    if (!sample)
        return NULL;
    fleet_sample_release(scraper->sample);
    scraper->sample = sample;
    scraper->sampled = now;
    uv_idle_start(&scraper->busy, on_busy);
    return sample;
}

static struct scrape *create_scrape(struct scraper *scraper, struct http_server_exchange *exchange,
                                    bool is_openmetrics)
{
    struct mono now = mono_now();
    struct scrape *scrape = heap_alloc(1, sizeof *scrape);
    struct fleet_sample *sample = scrape ? sample_of_now(scraper, now) : NULL;
    if (!sample) {
        heap_free(scrape);
        return NULL;
    }
    sample->references++;
    scrape->scraper = scraper;
    scrape->exchange = exchange;
    scrape->sample = sample;
    scrape->began = now;
    text_init(&scrape->pending, scrape->storage, sizeof scrape->storage);
    scrape->exposition =
        (struct exposition){ &scrape->pending, is_openmetrics, sample->facts.started };
    return scrape;
}

bool scraper_answer(struct scraper *scraper, struct http_server_exchange *exchange,
                    bool is_openmetrics)
{
    const struct http_server_response head = {
        .status = STATUS_OK,
        .headers = { { "Content-Type", is_openmetrics ? OPENMETRICS_TYPE : TEXT_TYPE },
                     { "Cache-Control", "no-store" } },
    };
    if (scraper->count == SCRAPES_MAX)
        return false;
    struct scrape *scrape = create_scrape(scraper, exchange, is_openmetrics);
    if (!scrape) {
        http_server_drop(exchange);
        return true;
    }
    scrape->next = scraper->first;
    scraper->first = scrape;
    if (scraper->count++ == 0)
        start_handles(scraper);
    http_server_respond_pieces(exchange, &head,
                               &(struct http_server_pieces){ write_lines, end_scrape, scrape });
    return true;
}

size_t scraper_scrapes(const struct scraper *scraper)
{
    return scraper->count;
}

struct scraper_load scraper_load(const struct scraper *scraper)
{
    return scraper->load;
}

/* --- life cycle ------------------------------------------------------------------------------------------------ */

struct scraper *scraper_create(uv_loop_t *loop, const struct metrics_source *source)
{
    struct scraper *scraper = heap_alloc(1, sizeof *scraper);
    if (!scraper)
        return NULL;
    scraper->source = *source;
    uv_prepare_init(loop, &scraper->turn);
    uv_idle_init(loop, &scraper->busy);
    uv_timer_init(loop, &scraper->timer);
    scraper->turn.data = scraper;
    scraper->busy.data = scraper;
    scraper->timer.data = scraper;
    scraper->handles_open = HANDLE_COUNT;
    return scraper;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct scraper *scraper = handle->data;
    if (--scraper->handles_open > 0)
        return;
    void (*closed)(void *context) = scraper->closed;
    void *context = scraper->closed_context;
    fleet_sample_release(scraper->sample);
    heap_free(scraper);
    closed(context);
}

void scraper_close(struct scraper *scraper, void (*closed)(void *context), void *context)
{
    if (!scraper) {
        closed(context);
        return;
    }
    must(!scraper->first);
    scraper->closed = closed;
    scraper->closed_context = context;
    uv_close((uv_handle_t *)&scraper->turn, on_handle_closed);
    uv_close((uv_handle_t *)&scraper->busy, on_handle_closed);
    uv_close((uv_handle_t *)&scraper->timer, on_handle_closed);
}
