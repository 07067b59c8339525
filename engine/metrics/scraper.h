/*
 * scraper - sends the metrics to any number of clients, without holding the loop.
 *
 *     request --> a sample is taken, in steps of the loop --> its lines are sent, as fast as the client reads
 *
 * All scrapes of a turn of the loop together do SCRAPE_WORK units of work at most: looking at a deployment and writing
 * a series are one each. Scrapes that come within SCRAPE_SHARED_MS share a sample. At most SCRAPES_MAX are answered at
 * a time. One that takes longer than SCRAPE_MS_MAX is cut off, and the oldest ones are when SCRAPE_SAMPLES_MAX samples
 * are in use and a new one is needed: slow readers neither fill the memory nor keep others out.
 *
 * Owns three handles on the loop, which rest while there is no scrape, and the samples. Engine thread only.
 */
#ifndef ENGINE_METRICS_SCRAPER_H
#define ENGINE_METRICS_SCRAPER_H

#include "engine/http/http_server.h"
#include "engine/metrics/metrics_source.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define SCRAPE_WORK 1000
#define SCRAPES_MAX 16
#define SCRAPE_SAMPLES_MAX 4
#define SCRAPE_SHARED_MS 1000
#define SCRAPE_MS_MAX ((int64_t)60 * 1000)

struct scraper;

/* Copies the source. NULL: no memory. */
struct scraper *scraper_create(uv_loop_t *loop, const struct metrics_source *source);

/* Responds to the request. False: as many as may be are answered; nothing was done. */
bool scraper_answer(struct scraper *scraper, struct http_server_exchange *exchange,
                    bool is_openmetrics);

/* That are being answered. */
size_t scraper_scrapes(const struct scraper *scraper);

/* The most work that was done in a turn of the loop, and how many turns had work. */
struct scraper_load {
    int work_max;
    int64_t turns;
};
struct scraper_load scraper_load(const struct scraper *scraper);

/* The servers that it responds to have been closed. `closed` comes from the last close callback. NULL: at once. */
void scraper_close(struct scraper *scraper, void (*closed)(void *context), void *context);

#endif
