/*
 * An API that repeats the token, in every place of its answers: no output of --once holds it.
 *
 * The outputs are decoded, not compared with known forms: what becomes the token after a few decodings is a leak.
 */
#include "tests/faults/echoes.h"
#include "tests/faults/cases.h"
#include "tests/faults/fault.h"

#include "engine/base/panic.h"
#include "tests/support/listing.h"
#include "tests/support/secret_search.h"
#include "tests/support/test.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the answers ------------------------------------------------------------------------------------------------- */

static const char *const forms[] = {
    "S3cr3t/Canary+Token==",
    "S3cr3t\\/Canary\\u002bToken\\u003D\\u003d",
    "{\\\"auth\\\":\\\"Bearer S3cr3t\\\\/Canary+Token==\\\"}",
    "S3cr3t%2FCanary%2BToken%3D%3D",
    "S3cr3t%252FCanary%252BToken%253D%253D",
    "S3cr3t&#47;Canary&plus;Token==",
    "QmVhcmVyIFMzY3IzdC9DYW5hcnkrVG9rZW49PQ==",
    "S3cr3t/Canary+Tok...",
};

static const struct place {
    const char *path; /* a part of it */
    int status;
    const char *body; /* with %s for the form; NULL: `raw` */
    const char *raw;
} places[] = {
    { "/discover", 400, "{\"error\":\"not %s\"}", NULL },
    { "/discover", 200,
      "{\"deployments\":[{\"id\":\"%s\",\"servers_per_host\":10,\"target_free_pct\":20}]}", NULL },
    { "/discover", 200,
      "{\"deployments\":[{\"id\":\"d\",\"servers_per_host\":\"%s\",\"target_free_pct\":20}]}",
      NULL },
    { "/discover", 200, "{\"deployments\":%s}", NULL },
    { "/status", 400, "{\"error\":\"not %s\"}", NULL },
    { "/status", 503, "<p>%s</p>", NULL },
    { "/status", 200, "{\"current_hosts\":\"%s\",\"total_servers\":1,\"free_servers\":1}", NULL },
    { "/status", 200, "{\"%s\":1,\"%s\":2}", NULL },
    { "/status", 0, NULL, "HTTP/1.1 500 %s\r\nContent-Length: 0\r\n\r\n" },
    { "/status", 0, NULL, "HTTP/1.1 302 X\r\nLocation: http://h/%s\r\nContent-Length: 0\r\n\r\n" },
    { "/status", 0, NULL, "%s HTTP\r\n\r\n" },
    { "/status", 0, NULL, "HTTP/1.1 200 OK\r\nTransfer-Encoding: %s\r\n\r\nx" },
    { "/status", 0, NULL, "HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\nx" },
    { "/scale", 409, "{\"message\":\"not %s\"}", NULL },
    { "/scale", 500, "%s", NULL },
    { "/scale", 200, "{\"note\":\"%s\"}", NULL },
};

/* Written before the server's thread gets it, and not changed after that. */
struct echo {
    const struct place *place;
    char text[512];
    struct listing *others;
    atomic_int answer_count;
};

static struct echo echoes[COUNT_OF(places) * COUNT_OF(forms)];

/* Both conversions of a format are the form. */
static void fill(char *text, size_t size, const char *format, const char *form)
{
    size_t length = 0;
    for (const char *at = format; *at && length + 1 < size; at++) {
        bool is_form = at[0] == '%' && at[1] == 's';
        length += (size_t)snprintf(text + length, size - length, is_form ? "%s" : "%.1s",
                                   is_form ? form : at);
        at += is_form;
    }
    must(length < size);
}

static void answer_echo(void *context, const struct fake_request *request,
                        struct fake_answer *ret_answer)
{
    struct echo *echo = context;
    if (!strstr(request->path, echo->place->path)) {
        listing_answer(echo->others, request, ret_answer);
        return;
    }
    atomic_fetch_add(&echo->answer_count, 1);
    if (echo->place->body)
        *ret_answer = (struct fake_answer){ .status = echo->place->status, .body = echo->text };
    else
        *ret_answer = (struct fake_answer){ .raw = echo->text, .ending = FAKE_CLOSE };
}

static void check_output(const char *output, size_t size, const struct echo *echo, const char *what)
{
    if (secret_is_in(output, size, ECHOES_PART) || secret_is_in(output, size, "Canary+Tok"))
        fail_msg("%s of '%s' for %s holds the token: %s", what, echo->text, echo->place->path,
                 output);
}

static void run_once(struct api_fixture *fixture, const struct echo *echo, const char *output)
{
    size_t size;
    struct program_fixture *program_fixture = &fixture->program_fixture;
    program_fixture_run(program_fixture, (const char *const[]){
                                             "--once", "--no-state", output, "--set=api.retries=0",
                                             "--timeout=2s", "--log-level=debug", NULL });
    const char *printed = program_output(program_fixture->program, &size);
    check_output(printed, size, echo, output);
    const char *log = program_log(program_fixture->program, &size);
    check_output(log, size, echo, "the log");
}

/* The oracle finds what it must find: a check that cannot fail proves nothing. */
static void check_oracle(void)
{
    for (size_t i = 0; i < COUNT_OF(forms); i++)
        if (!secret_is_in(forms[i], strlen(forms[i]), "Canary+Tok"))
            fail_msg("the token is not found in %s", forms[i]);
    assert_false(secret_is_in("(token)", 7, "Canary+Tok"));
}

void echoes_check_once(struct api_fixture *fixture)
{
    static const struct listed_numbers short_of_hosts = { 10, 200, 10, 100, 4 };
    struct listing *others = listing_create();
    listing_add_good(others, "d", &short_of_hosts);
    check_oracle();
    for (size_t i = 0; i < COUNT_OF(echoes); i++) {
        struct echo *echo = &echoes[i];
        echo->place = &places[i / COUNT_OF(forms)];
        echo->others = others;
        const char *format = echo->place->body ? echo->place->body : echo->place->raw;
        fill(echo->text, sizeof echo->text, format, forms[i % COUNT_OF(forms)]);
        fake_api_set_answer(fixture->program_fixture.api, answer_echo, echo);
        run_once(fixture, echo, i % 2 ? "--output=json" : "--output=table");
        run_once(fixture, echo, i % 2 ? "--output=table" : "--output=json");
        if (atomic_load(&echo->answer_count) == 0)
            fail_msg("nothing was answered with '%s' for %s", echo->text, echo->place->path);
    }
    fake_api_set_answer(fixture->program_fixture.api, NULL, NULL);
    listing_destroy(others);
}
