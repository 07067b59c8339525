/*
 * Answers of the terminal, which are no keys: control strings and reports, whole, in pieces, and without an end.
 */
#include "tests/support/decoder_fixture.h"
#include "tests/support/test.h"

#include <string.h>

/* --- whole, and cut ------------------------------------------------------------------------------ */

static const struct key_row string_rows[] = {
    /* clang-format off */
    { "OSC 11, ST",     E "]11;rgb:1e1e/1e1e/1e1e" E "\\", "" },
    { "OSC 11, bell",   E "]11;rgb:dede/dede/dede" BELL, "" },
    { "OSC 52",         E "]52;c;cHJEcg==" E "\\",     "" },
    { "DCS, version",   E "P>|ghostty 1.2.0" E "\\",   "" },
    { "DCS, status",    E "P1$r0m" E "\\",             "" },
    { "APC, graphics",  E "_Gi=31;OK" E "\\",          "" },
    { "PM",             E "^p\rP\r" E "\\",            "" },
    { "SOS",            E "X+\t\r" E "\\",             "" },
    /* clang-format on */
};

/* In two parts, and byte for byte: no key but the Esc at the start, and the letter behind it is a key. */
static void check_string_cut_at(const struct key_row *row, size_t cut, int64_t gap_ms)
{
    struct decoder_fixture fixture;
    decoder_fixture_init(&fixture);
    decoder_fixture_feed(&fixture, row->bytes, cut);
    decoder_fixture_elapse(&fixture, gap_ms);
    decoder_fixture_feed(&fixture, row->bytes + cut, strlen(row->bytes) - cut);
    decoder_fixture_feed(&fixture, "j", 1);
    decoder_fixture_finish(&fixture);
    bool is_escaped = cut == 1 && gap_ms > DECODE_ESC_MS;
    if (strcmp(fixture.storage, is_escaped ? "Esc j" : "j") != 0)
        print_error("cut at %zu, %d ms\n", cut, (int)gap_ms);
    assert_string_equal(fixture.storage, is_escaped ? "Esc j" : "j");
}

static void check_string(void **state)
{
    static const int64_t string_gaps_ms[] = { 1, 49, 51, 200, 500, 1999 };
    const struct key_row *row = *state;
    int64_t late_ms = strchr("^X", row->bytes[1]) ? DECODE_LATE_MS : SILENCE_MS;
    for (size_t cut = 1; cut < strlen(row->bytes); cut++)
        for (size_t i = 0; i < COUNT_OF(string_gaps_ms); i++) {
            int64_t most_ms = cut == 1 ? late_ms : cut == 2 ? DECODE_SEQUENCE_MS : DECODE_STRING_MS;
            if (string_gaps_ms[i] <= most_ms)
                check_string_cut_at(row, cut, string_gaps_ms[i]);
        }
}

static void check_string_crumbs(void **state)
{
    static const int64_t crumb_gaps_ms[] = { 1, 49, 51, 150, 200 };
    const struct key_row *row = *state;
    for (size_t i = 0; i < COUNT_OF(crumb_gaps_ms); i++) {
        struct decoder_fixture fixture;
        decoder_fixture_init(&fixture);
        for (const char *at = row->bytes; *at; at++) {
            decoder_fixture_feed(&fixture, at, 1);
            decoder_fixture_elapse(&fixture, crumb_gaps_ms[i]);
        }
        decoder_fixture_finish(&fixture);
        assert_string_equal(fixture.storage, crumb_gaps_ms[i] < DECODE_ESC_MS ? "" : "Esc");
    }
}

/* --- reports ------------------------------------------------------------------------------------- */

static const struct key_row report_rows[] = {
    /* clang-format off */
    { "device attributes",        E "[?62;1;6c",            "" },
    { "secondary attributes",     E "[>41;380;0c",          "" },
    { "cursor position",          E "[24;80R",              "" },
    { "cursor position, origin",  E "[1;1R",                "" },
    { "extended position",        E "[?5;1R",               "" },
    { "status",                   E "[0n",                  "" },
    { "colour scheme",            E "[?997;1n",             "" },
    { "focus in",                 E "[I",                   "" },
    { "focus out",                E "[O",                   "" },
    { "size of the text area",    E "[8;24;80t",            "" },
    { "size in the band",         E "[48;24;80;480;640t",   "" },
    { "a mode",                   E "[?2026;2$y",           "" },
    { "a mode of ANSI",           E "[4;1$y",               "" },
    { "flags of the keyboard",    E "[?0u",                 "" },
    /* clang-format on */
};

static void check_report(void **state)
{
    static const int64_t report_gaps_ms[] = { 1, 51, 200, 499, 501, 3000 };
    const struct key_row *row = *state;
    for (size_t cut = 1; cut < strlen(row->bytes); cut++)
        for (size_t i = 0; i < COUNT_OF(report_gaps_ms); i++)
            if (cut > 1 || report_gaps_ms[i] <= DECODE_LATE_MS)
                check_string_cut_at(row, cut, report_gaps_ms[i]);
}

/* --- without an end ------------------------------------------------------------------------------ */

/* The buffer stays empty; a key by hand works again after an Esc, or after a silence. */
static void an_endless_string_is_swallowed(void **state)
{
    (void)state;
    static const char *const begins[] = { E "]", E "P", E "_", E "^", E "X", "\x9d", "\xc2\x90" };
    for (size_t i = 0; i < 2 * COUNT_OF(begins); i++) {
        struct decoder_fixture fixture;
        const char *begin = begins[i / 2];
        decoder_fixture_init(&fixture);
        decoder_fixture_feed(&fixture, begin, strlen(begin));
        for (int k = 0; k < 3 * DECODE_SIZE; k++) {
            decoder_fixture_elapse(&fixture, 1);
            decoder_fixture_feed(&fixture, "r", 1);
            assert_int_equal(fixture.decoder.length, 0);
        }
        decoder_fixture_elapse(&fixture, i % 2 ? DECODE_LATE_MS + 1 : DECODE_STRING_MS + 1);
        if (i % 2)
            decoder_fixture_feed(&fixture, E, 1);
        decoder_fixture_elapse(&fixture, DECODE_LATE_MS + 1);
        decoder_fixture_feed(&fixture, "j", 1);
        decoder_fixture_finish(&fixture);
        assert_string_equal(fixture.storage, "j");
    }
}

/* --- what comes when ----------------------------------------------------------------------------- */

static const struct script_row script_rows[] = {
    /* clang-format off */
    { "Alt-P",                  { { 0, E "P" }, { 501, "j" } }, "j" },
    { "Alt-P and letters",      { { 0, E "P" }, { 400, "r" }, { 501, "j" } }, "j" },
    { "a bracket behind an Esc", { { 0, E }, { 60, "]" }, { 1, "11;r" BELL "j" } }, "Esc j" },
    { "a P behind an Esc",      { { 0, E }, { 250, "P" }, { 501, "j" } }, "Esc" " j" },
    { "a P later",              { { 0, E }, { 251, "P" } }, "Esc P" },
    { "a string without end",   { { 0, E "]11;r" }, { 2000, "d" }, { 2001, "j" } }, "j" },
    { "a string, Esc at its end", { { 0, E "]11;r" E }, { 900, "\\" "j" } }, "j" },
    { "a string, Esc and a key", { { 0, E "]11;r" E }, { 900, "q\\" } }, "q \\" },
    { "a string, Esc by hand, a key", { { 0, E "]11;r" }, { 900, E }, { 201, "j" } }, "j" },
    { "a string, Esc by hand twice", { { 0, E "]11;r" }, { 900, E }, { 201, E } }, "Esc Esc" },
    { "a string, Esc by hand, Up", { { 0, E "]11;r" }, { 900, E }, { 201, E "[A" } }, "Esc Up" },
    { "a string, Esc, a late end", { { 0, E "]11;r" E }, { 499, "\\j" } }, "j" },
    { "Alt-P, Esc by hand",     { { 0, E "P" }, { 300, E }, { 201, "j" } }, "j" },
    { "OSC behind an old Esc",  { { 0, E }, { 5000, "]11;rgb:1e/1e" BELL "j" } }, "Esc j" },
    { "DCS behind an old Esc",  { { 0, E }, { 5000, "P>|q" E "\\j" } }, "Esc j" },
    { "a word behind an old Esc", { { 0, E }, { 5000, "Pq" } }, "Esc P q" },
    { "a letter behind an old Esc", { { 0, E }, { 5000, "]" }, { 300, "1" } }, "Esc ] 1" },
    { "a string and Up",        { { 0, E "]11;r" E "[A" } }, "Up" },
    { "a string and a string",  { { 0, E "]11;r" E "P>|q" E "\\j" } }, "j" },
    { "a string and Ctrl-c",    { { 0, E "]11;r\x03" "j" } }, "Ctrl-c j" },
    { "a string, cancelled",    { { 0, E "]11;r\x18" "j" }, { 0, E "Pq\x1a" "k" } }, "j k" },
    { "a bell in another string", { { 0, E "Pq" BELL "q" E "\\j" } }, "j" },
    { "a string as C1",         { { 0, "\x9d" "11;r\x9c" "j" } }, "j" },
    { "a string as C1 in UTF-8", { { 0, "\xc2\x9d" "11;r\xc2\x9c" "j" } }, "j" },
    { "a byte of a character",  { { 0, E "]l\xe6\x9c\x9cq" E "\\j" } }, "j" },
    { "a key as C1",            { { 0, "\x9b" "A" "\x8f" "P" "j" } }, "Up F1 j" },
    { "a string in a paste",    { { 0, PASTE(E "]q") "j" } }, "'q j" },
    /* clang-format on */
};

int main(void)
{
    struct CMUnitTest string_tests[COUNT_OF(string_rows)];
    struct CMUnitTest crumb_tests[COUNT_OF(string_rows)];
    struct CMUnitTest report_tests[COUNT_OF(report_rows)];
    struct CMUnitTest script_tests[COUNT_OF(script_rows)];
    static const struct CMUnitTest endless_tests[] = {
        cmocka_unit_test(an_endless_string_is_swallowed),
    };
    TESTS_FROM_ROWS(report_tests, report_rows, check_report);
    TESTS_FROM_ROWS(string_tests, string_rows, check_string);
    TESTS_FROM_ROWS(crumb_tests, string_rows, check_string_crumbs);
    TESTS_FROM_ROWS(script_tests, script_rows, decoder_fixture_check_script);
    int failed = cmocka_run_group_tests_name("strings", string_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("strings, byte for byte", crumb_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("reports", report_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("without an end", endless_tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("strings, scripts", script_tests, NULL, NULL);
}
