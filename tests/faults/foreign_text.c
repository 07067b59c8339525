/*
 * Ids and texts with special meaning: on a terminal, in a path, in another locale.
 */
#include "tests/faults/cases.h"
#include "tests/faults/documents.h"
#include "tests/faults/echoes.h"
#include "tests/faults/fault.h"

#include "tests/support/listing.h"
#include "tests/support/secret_search.h"
#include "tests/support/terminal.h"
#include "tests/support/test.h"
#include "tests/support/tui_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 5

/* 12 hosts are needed; there are 10. */
static const struct listed_numbers short_of_hosts = { 10, 200, 10, 100, 4 };

/* Waits for this number of further statuses of all deployments. */
static void wait_rounds(struct api_fixture *fixture, const struct listing *listing)
{
    for (int64_t i = 0; i < listing_count(listing); i++) {
        const char *path = listing_at(listing, i)->path;
        int64_t count = fake_api_count(fixture->program_fixture.api, "GET", path);
        program_fixture_wait(&fixture->program_fixture, "GET", path, count + ROUNDS);
    }
}

/* --- on the terminal --------------------------------------------------------------------------------------------- */

#define ACUTE_8 "\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301"

static const char *const hostile_ids[] = {
    "eu\u202egnp.exe",
    "eu\u2066isolated",
    "eu\u200b1",
    "eu\ufeff2",
    "eu\u00ad3",
    "eu\u2028line",
    "e" ACUTE_8 ACUTE_8 ACUTE_8 ACUTE_8 ACUTE_8 ACUTE_8 ACUTE_8,
    "eu deployment=x reason=y",
    "eu\"quoted\\",
};

#define HOSTILE_ERROR                                                                              \
    "\x1b]0;owned\a\x1b[2J\u202eno\n2026-01-01T00:00:00.000Z info scaled deployment=healthy"

/* Every byte, after what would begin a string for the terminal. */
static const char *body_of_every_byte(void)
{
    static char body[256];
    for (int i = 0; i < 255; i++)
        body[i] = (char)(255 - i);
    return body;
}

static struct listing *list_hostile(void)
{
    static const struct fake_answer error = { .status = 400, .body = HOSTILE_ERROR };
    static struct fake_answer every_byte = { .status = 400 };
    every_byte.body = body_of_every_byte();
    struct listing *listing = listing_create();
    listing_add_good(listing, "healthy", &short_of_hosts);
    for (size_t i = 0; i < COUNT_OF(hostile_ids); i++)
        listing_add_good(listing, hostile_ids[i], &short_of_hosts);
    listing_add(listing, "error",
                "{\"id\":\"error\",\"servers_per_host\":10,\"target_free_pct\":20}", &error);
    listing_add(listing, "bytes",
                "{\"id\":\"bytes\",\"servers_per_host\":10,\"target_free_pct\":20}", &every_byte);
    return listing;
}

/* No control byte reaches the log, and no line is forged. */
static void check_log(struct api_fixture *fixture, const struct listing *listing,
                      const char *format)
{
    size_t size;
    int64_t posts = fake_api_count(fixture->program_fixture.api, "POST", NULL);
    api_fixture_start(fixture, (const char *const[]){ format, "--no-state", NULL });
    program_fixture_wait(&fixture->program_fixture, "POST", "/scale",
                         posts + listing_count(listing) - 2);
    wait_rounds(fixture, listing);
    api_fixture_stop(fixture);
    const char *log = program_log(fixture->program_fixture.program, &size);
    assert_printable(log, size);
    assert_null(strstr(log, "\n2026-01-01T00:00:00"));
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "POST", NULL),
                     posts + listing_count(listing) - 2);
}

/* Only what the console itself draws with: no string for the terminal (OSC, DCS, APC), no C1, no bell. */
static void assert_plain_sequences(struct terminal *terminal)
{
    size_t size;
    const char *written = terminal_written(terminal, &size);
    for (size_t at = 0; at + 1 < size; at++) {
        unsigned char c = (unsigned char)written[at];
        unsigned char next = (unsigned char)written[at + 1];
        if (c == 0x1b && !strchr("[()=>78", next))
            fail_msg("the sequence ESC %c reached the terminal", next);
        if (c == '\a' || c == 5 || (c == 0xc2 && next >= 0x80 && next < 0xa0))
            fail_msg("a control character reached the terminal: %02x %02x", c, next);
    }
}

static void assert_never_written(struct terminal *terminal, const char *bytes)
{
    size_t size;
    const char *written = terminal_written(terminal, &size);
    for (size_t at = 0; at + strlen(bytes) <= size; at++)
        if (memcmp(written + at, bytes, strlen(bytes)) == 0)
            fail_msg("'%s' reached the terminal", bytes);
}

/* No control byte reaches the terminal, and each id has one row of the correct width. */
static void check_console(struct api_fixture *fixture)
{
    static const char *const never[] = { "\x1b]0;owned", "\x1b[2J\u202e", "\u202e", "\u2066",
                                         "\u200b",       "\ufeff",        "\u2028" };
    char log[PROGRAM_FIXTURE_PATH_SIZE];
    struct terminal *terminal = terminal_start(&(struct terminal_config){
        .arguments =
            (const char *const[]){
                "--api", fake_api_url(fixture->program_fixture.api), "--log-file",
                program_fixture_path(&fixture->program_fixture, "log", log), "--read-only", NULL },
        .home = fixture->program_fixture.directory,
        .columns = 100,
        .rows = 30 });
    terminal_wait(terminal, "eu\\u{202e}gnp.exe");
    terminal_wait(terminal, "eu\\u{200b}1");
    terminal_wait(terminal, "read_failed");
    terminal_signal(terminal, SIGTERM);
    assert_int_equal(terminal_finish(terminal), 0);
    for (size_t i = 0; i < COUNT_OF(never); i++)
        assert_never_written(terminal, never[i]);
    assert_plain_sequences(terminal);
    terminal_destroy(terminal);
}

void fault_40(struct api_fixture *fixture)
{
    check_bad_entries(fixture, 40);
    struct listing *listing = list_hostile();
    fake_api_set_answer(fixture->program_fixture.api, listing_answer, listing);
    check_log(fixture, listing, "--log-format=text");
    check_log(fixture, listing, "--log-format=json");
    check_console(fixture);
    fake_api_set_answer(fixture->program_fixture.api, NULL, NULL);
    listing_destroy(listing);
}

/* --- with the token ------------------------------------------------------------------------------------------- */

#define SECRET ECHOES_TOKEN

static const char *const with_token[] = { "AUTOSCALER_TOKEN=" SECRET, NULL };

/* What the API answers. */
static const char *const repeated[] = {
    "{\"error\":\"not " SECRET "\"}",
    "{\"error\":\"not S3cr3t\\/Canary\\u002bToken==\"}",
    "{\"error\":\"{\\\"auth\\\":\\\"S3cr3t\\\\/Canary+Token\\\"}\"}",
    "not S3cr3t%2FCanary%2BToken%3D%3D",
    "<p>not S3cr3t&#47;Canary&plus;Token==</p>",
    "not QmVhcmVyIFMzY3IzdC9DYW5hcnkrVG9rZW49PQ==",
};

static struct listing *list_repeated(struct fake_answer *answers)
{
    struct listing *listing = listing_create();
    listing_add_good(listing, "healthy", &short_of_hosts);
    listing_add_good(listing, "site " SECRET, &short_of_hosts);
    for (size_t i = 0; i < COUNT_OF(repeated); i++) {
        char id[16], entry[80];
        answers[i] = (struct fake_answer){ .status = 400, .body = repeated[i] };
        snprintf(id, sizeof id, "says%zu", i);
        snprintf(entry, sizeof entry,
                 "{\"id\":\"%s\",\"servers_per_host\":10,\"target_free_pct\":20}", id);
        listing_add(listing, id, entry, &answers[i]);
    }
    return listing;
}

static void check_redacted_log(struct api_fixture *fixture, const struct listing *listing,
                               const char *format)
{
    size_t size;
    api_fixture_start(fixture,
                      (const char *const[]){ format, "--no-state", "--log-level=debug", NULL });
    wait_rounds(fixture, listing);
    api_fixture_stop(fixture);
    const char *log = program_log(fixture->program_fixture.program, &size);
    assert_non_null(strstr(log, "says0"));
    assert_non_null(strstr(log, "(token)"));
    assert_false(secret_is_in(log, size, ECHOES_PART));
}

/* The rows, the log, and the reason of one deployment. */
static void check_redacted_console(struct api_fixture *fixture)
{
    struct tui_fixture *tui_fixture = tui_fixture_on(fixture);
    tui_fixture->config.environment = with_token;
    tui_fixture->config.columns = 160;
    tui_fixture->config.rows = 50;
    tui_fixture_open_to(tui_fixture,
                        (const char *const[]){ "--sort=deployment", "--read-only", NULL },
                        "site (token)");
    terminal_wait(tui_fixture->terminal, "not (token)");
    tui_fixture_press(tui_fixture, "j\r", "HTTP 400");
    terminal_signal(tui_fixture->terminal, SIGTERM);
    assert_int_equal(terminal_finish(tui_fixture->terminal), 0);
    size_t size;
    const char *written = terminal_written(tui_fixture->terminal, &size);
    assert_false(secret_is_in(written, size, ECHOES_PART));
}

void fault_99(struct api_fixture *fixture)
{
    struct fake_answer answers[COUNT_OF(repeated)];
    struct listing *listing = list_repeated(answers);
    fixture->program_fixture.environment = with_token;
    fake_api_set_answer(fixture->program_fixture.api, listing_answer, listing);
    check_redacted_log(fixture, listing, "--log-format=text");
    check_redacted_log(fixture, listing, "--log-format=json");
    assert_scaled(fixture, "healthy", 2);
    check_redacted_console(fixture);
    echoes_check_once(fixture);
    fake_api_set_answer(fixture->program_fixture.api, NULL, NULL);
    listing_destroy(listing);
}

/* --- in a path --------------------------------------------------------------------------------------------------- */

/* Two of these are the longest id. */
#define LETTERS_64 "abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"

static const char *const odd_ids[] = {
    "a/b",
    "../../etc/passwd",
    "a?x=1",
    "a#x",
    "%2f",
    "%00",
    "%",
    "a b",
    "...",
    "a&b=c;d",
    "a+b",
    "a\"b",
    "a\\b",
    "http://elsewhere/",
    "\u00e9\u65e5\U0001f3ae",
    LETTERS_64 LETTERS_64,
};

/* Each id is one path segment. No other path is requested, and each id is scaled under its own name. */
void fault_41(struct api_fixture *fixture)
{
    check_bad_entries(fixture, 41);
    struct listing *listing = listing_create();
    for (size_t i = 0; i < COUNT_OF(odd_ids); i++)
        listing_add_good(listing, odd_ids[i], &short_of_hosts);
    fake_api_set_answer(fixture->program_fixture.api, listing_answer, listing);
    int64_t posts = fake_api_count(fixture->program_fixture.api, "POST", NULL);
    api_fixture_start(fixture, NULL);
    program_fixture_wait(&fixture->program_fixture, "POST", "/scale",
                         posts + (int64_t)COUNT_OF(odd_ids));
    wait_rounds(fixture, listing);
    api_fixture_stop(fixture);
    for (size_t i = 0; i < COUNT_OF(odd_ids); i++)
        assert_scaled(fixture, odd_ids[i], 1);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " status_failed "), 0);
    fake_api_set_answer(fixture->program_fixture.api, NULL, NULL);
    listing_destroy(listing);
}

/* --- in another locale ------------------------------------------------------------------------------------------- */

#define LOCALE "de_DE.UTF-8"

/* Compiles the locale in the test's directory, and checks that it works. */
static void need_locale(struct api_fixture *fixture)
{
    char command[512];
    const char *directory = fixture->program_fixture.directory;
    snprintf(command, sizeof command,
             "cd %s && localedef -i de_DE -f UTF-8 ./" LOCALE " >localedef.log 2>&1;"
             "test \"$(LOCPATH=%s LC_ALL=" LOCALE " locale decimal_point)\" = ,",
             directory, directory);
    if (system(command) != 0)
        fault_skip("no localedef, or no sources of locales (Debian: locales)");
}

/* 12.5 percent of 100 servers are 13 free ones; 12 or 13 percent give other numbers. */
static const struct listed_numbers fractional = { 10, 125, 10, 100, 4 };

static void check_once(struct api_fixture *fixture, const char *output, const char *shown)
{
    size_t size;
    int code =
        program_fixture_run(&fixture->program_fixture,
                            (const char *const[]){ "--once", "--dry-run", output, "--timeout=1.5s",
                                                   "--set=defaults.max_step_up=33.5%", NULL });
    const char *printed = program_output(fixture->program_fixture.program, &size);
    if (code != 0 || !strstr(printed, shown))
        fail_msg("ended with %d, no '%s' in:\n%s%s", code, shown, printed,
                 program_log(fixture->program_fixture.program, &size));
}

void fault_43(struct api_fixture *fixture)
{
    char locpath[PROGRAM_FIXTURE_PATH_SIZE + 16];
    need_locale(fixture);
    snprintf(locpath, sizeof locpath, "LOCPATH=%s", fixture->program_fixture.directory);
    /* glibc keeps the parts of LOCPATH: this is not a leak of the program. */
    fixture->program_fixture.environment =
        (const char *const[]){ locpath, "LC_ALL=" LOCALE, "ASAN_OPTIONS=detect_leaks=0", NULL };
    struct listing *listing = listing_create();
    listing_add_good(listing, "a", &fractional);
    fake_api_set_answer(fixture->program_fixture.api, listing_answer, listing);
    check_once(fixture, "--output=json", "\"target_free_pct\":12.5,");
    check_once(fixture, "--output=table", " 12.5 ");
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, " info scaled deployment=a delta=+1 ");
    wait_rounds(fixture, listing);
    api_fixture_stop(fixture);
    assert_int_equal(api_fixture_scales(fixture, "a"), 1);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, ","), 0);
    fake_api_set_answer(fixture->program_fixture.api, NULL, NULL);
    listing_destroy(listing);
}
