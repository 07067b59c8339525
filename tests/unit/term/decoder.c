#include "tui/term/decoder.h"

#include "engine/base/random.h"
#include "tests/support/decoder_fixture.h"
#include "tests/support/test.h"
#include "tui/draw/utf8.h"

#include <stdlib.h>
#include <string.h>

#define TICK_MS 7
#define RANDOM_SIZE ((size_t)1 << 20)

/* --- keys in every form -------------------------------------------------------------------------- */

static const struct key_row key_rows[] = {
    /* clang-format off */
    { "Up, CSI",            E "[A",     "Up" },
    { "Down, CSI",          E "[B",     "Down" },
    { "Right, CSI",         E "[C",     "Right" },
    { "Left, CSI",          E "[D",     "Left" },
    { "End, CSI",           E "[F",     "End" },
    { "Home, CSI",          E "[H",     "Home" },
    { "F1, CSI",            E "[P",     "F1" },
    { "F2, CSI",            E "[Q",     "F2" },
    { "F3, CSI",            E "[R",     "F3" },
    { "F4, CSI",            E "[S",     "F4" },
    { "BackTab, CSI",       E "[Z",     "S-Tab" },
    { "Up, CSI 1",          E "[1A",    "Up" },
    { "Up, CSI 1;1",        E "[1;1A",  "Up" },
    { "Up, SS3",            E "OA",     "Up" },
    { "Down, SS3",          E "OB",     "Down" },
    { "Right, SS3",         E "OC",     "Right" },
    { "Left, SS3",          E "OD",     "Left" },
    { "End, SS3",           E "OF",     "End" },
    { "Home, SS3",          E "OH",     "Home" },
    { "Enter, SS3",         E "OM",     "Enter" },
    { "F1, SS3",            E "OP",     "F1" },
    { "F2, SS3",            E "OQ",     "F2" },
    { "F3, SS3",            E "OR",     "F3" },
    { "F4, SS3",            E "OS",     "F4" },
    { "Home, 1~",           E "[1~",    "Home" },
    { "Delete, 3~",         E "[3~",    "Delete" },
    { "End, 4~",            E "[4~",    "End" },
    { "Page Up, 5~",        E "[5~",    "PgUp" },
    { "Page Down, 6~",      E "[6~",    "PgDn" },
    { "Home, rxvt",         E "[7~",    "Home" },
    { "End, rxvt",          E "[8~",    "End" },
    { "F1, 11~",            E "[11~",   "F1" },
    { "F2, 12~",            E "[12~",   "F2" },
    { "F3, 13~",            E "[13~",   "F3" },
    { "F4, 14~",            E "[14~",   "F4" },
    { "F5, 15~",            E "[15~",   "F5" },
    { "F6, 17~",            E "[17~",   "F6" },
    { "F7, 18~",            E "[18~",   "F7" },
    { "F8, 19~",            E "[19~",   "F8" },
    { "F9, 20~",            E "[20~",   "F9" },
    { "F10, 21~",           E "[21~",   "F10" },
    { "F11, 23~",           E "[23~",   "F11" },
    { "F12, 24~",           E "[24~",   "F12" },
    { "Delete, 3;1~",       E "[3;1~",  "Delete" },
    { "F1, Linux",          E "[[A",    "F1" },
    { "F2, Linux",          E "[[B",    "F2" },
    { "F3, Linux",          E "[[C",    "F3" },
    { "F4, Linux",          E "[[D",    "F4" },
    { "F5, Linux",          E "[[E",    "F5" },
    { "click",              E "[<0;4;3M",     "click 3,2" },
    { "click, far",         E "[<0;400;123M", "click 399,122" },
    { "wheel up",           E "[<64;4;3M",    "up 3,2" },
    { "wheel down",         E "[<65;4;3M",    "down 3,2" },
    { "release",            E "[<0;4;3m",     "" },
    { "drag",               E "[<32;4;3M",    "" },
    { "button 2",           E "[<1;4;3M",     "" },
    { "click with Shift",   E "[<4;4;3M",     "" },
    { "click nowhere",      E "[<0;0;0M",     "" },
    { "click, short",       E "[<0;4M",       "" },
    { "click, with a colon", E "[<0;4:3;3M",  "" },
    { "click, long",        E "[<0;4;3;2M",   "" },
    { "Up with Shift",      E "[1;2A",  "" },
    { "Up with Ctrl",       E "[1;5A",  "" },
    { "F1 with Shift",      E "[1;2P",  "" },
    { "F5 with Ctrl",       E "[15;5~", "" },
    { "Delete with Alt",    E "[3;3~",  "" },
    { "Insert",             E "[2~",    "" },
    { "unknown number",     E "[99~",   "" },
    { "huge number",        E "[99999999999999999999~", "" },
    { "unknown letter",     E "[1;1y",  "" },
    { "cursor report",      E "[24;1R", "" },
    { "device attributes",  E "[?1;2c", "" },
    { "private, >",         E "[>0;10;1c",    "" },
    { "private, =",         E "[=1A",   "" },
    { "colon",              E "[1:1A",  "" },
    { "with a space",       E "[1 A",   "" },
    { "mode report",        E "[?2004;1$y",   "" },
    { "mode report, ANSI",  E "[4;1$y",       "" },
    { "cursor report, home", E "[1;1R",       "" },
    { "device status",      E "[0n",    "" },
    { "size in cells",      E "[8;24;80t",    "" },
    { "size, in band",      E "[48;24;80;480;640t", "" },
    { "Delete, rxvt Shift", E "[3$",    "" },
    { "Delete, rxvt Ctrl",  E "[3^",    "" },
    { "Delete, rxvt both",  E "[3@",    "" },
    { "many parameters",    E "[1;1;1;1;1;1;1;1A", "" },
    { "two bytes",          "\xc3\xa4",         "\xc3\xa4" },
    { "three bytes",        "\xe2\x82\xac",     "\xe2\x82\xac" },
    { "four bytes",         "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
    /* clang-format on */
};

/* Keys by code and modifiers. */
static const struct key_row extended_rows[] = {
    /* clang-format off */
    { "CSI u, a letter",    E "[113u",        "q" },
    { "CSI u, modifiers 1", E "[113;1u",      "q" },
    { "CSI u, Shift",       E "[112;2u",      "P" },
    { "CSI u, Shift, capital", E "[80;2u",    "P" },
    { "CSI u, Shift, both", E "[47:63;2u",    "?" },
    { "CSI u, both, base",  E "[1103:1071:122;2u", "\xd0\xaf" },
    { "CSI u, Shift and text", E "[47;2;63u", "?" },
    { "CSI u, Shift, unknown", E "[45;2u",    "" },
    { "CSI u, Shift, a sign", E "[63;2u",     "?" },
    { "CSI u, Ctrl",        E "[99;5u",       "Ctrl-c" },
    { "CSI u, Ctrl-i",      E "[105;5u",      "Tab" },
    { "CSI u, Ctrl-[",      E "[91;5u",       "Esc" },
    { "CSI u, Ctrl and 1",  E "[49;5u",       "" },
    { "CSI u, Ctrl-Shift",  E "[99;6u",       "" },
    { "CSI u, Alt",         E "[112;3u",      "" },
    { "CSI u, Super",       E "[112;9u",      "" },
    { "CSI u, Num Lock",    E "[112;129u",    "p" },
    { "CSI u, Caps Lock",   E "[112;65u",     "P" },
    { "CSI u, Caps, Shift", E "[112;66u",     "p" },
    { "CSI u, Esc",         E "[27u",         "Esc" },
    { "CSI u, Enter",       E "[13u",         "Enter" },
    { "CSI u, Shift-Enter", E "[13;2u",       "Enter" },
    { "CSI u, Ctrl-Enter",  E "[13;5u",       "" },
    { "CSI u, Tab",         E "[9u",          "Tab" },
    { "CSI u, S-Tab",       E "[9;2u",        "S-Tab" },
    { "CSI u, Backspace",   E "[127u",        "Backspace" },
    { "CSI u, Space",       E "[32;2u",       "Space" },
    { "CSI u, keypad",      E "[57403u",      "4" },
    { "CSI u, keypad Enter", E "[57414u",     "Enter" },
    { "CSI u, keypad Up",   E "[57419u",      "Up" },
    { "CSI u, Shift alone", E "[57441;2u",    "" },
    { "CSI u, press",       E "[113;1:1u",    "q" },
    { "CSI u, repeat",      E "[106;1:2u",    "j" },
    { "CSI u, release",     E "[113;1:3u",    "" },
    { "CSI u, a control",   E "[1u",          "" },
    { "CSI u, a surrogate", E "[55296u",      "" },
    { "CSI u, too large",   E "[1114112u",    "" },
    { "CSI u, larger",      E "[99999999999u", "" },
    { "CSI u, empty",       E "[;5u",         "" },
    { "CSI u, its report",  E "[?1u",         "" },
    { "27~, Ctrl",          E "[27;5;99~",    "Ctrl-c" },
    { "27~, Shift",         E "[27;2;80~",    "P" },
    { "27~, Shift-7",       E "[27;2;47~",    "/" },
    { "27~, Shift-Enter",   E "[27;2;13~",    "Enter" },
    { "27~, Shift-Tab",     E "[27;2;9~",     "S-Tab" },
    { "27~, Alt",           E "[27;3;112~",   "" },
    { "27~, Ctrl-Shift",    E "[27;6;67~",    "" },
    { "27~, no code",       E "[27;5~",       "" },
    { "27~, a colon",       E "[27;5;99:1~",  "" },
    { "Up, press",          E "[1;1:1A",      "Up" },
    { "Up, release",        E "[1;1:3A",      "" },
    { "Up, Num Lock",       E "[1;129A",      "Up" },
    { "Page Up, release",   E "[5;1:3~",      "" },
    { "a bracket, colon",   E "[200:1~",      "" },
    /* clang-format on */
};

/* One byte is one key. */
static const struct key_row plain_rows[] = {
    /* clang-format off */
    { "letter",             "q",        "q" },
    { "capital O",          "O",        "O" },
    { "bracket",            "[",        "[" },
    { "bracket and letter", "[A",       "[ A" },
    { "space",              " ",        "Space" },
    { "Enter",              "\r",       "Enter" },
    { "newline",            "\n",       "Enter" },
    { "Tab",                "\t",       "Tab" },
    { "Backspace, ^H",      "\b",       "Backspace" },
    { "Backspace, ^?",      "\x7f",     "Backspace" },
    { "Ctrl-a",             "\x01",     "Ctrl-a" },
    { "Ctrl-c",             "\x03",     "Ctrl-c" },
    { "Ctrl-l",             "\x0c",     "Ctrl-l" },
    { "Ctrl-z",             "\x1a",     "Ctrl-z" },
    /* clang-format on */
};

static const struct key_row odd_rows[] = {
    /* clang-format off */
    { "continuation alone",     "\x80" "q",             "q" },
    { "overlong, two",          "\xc0\xaf" "q",         "q" },
    { "overlong, three",        "\xe0\x80\xaf" "q",     "q" },
    { "overlong, four",         "\xf0\x80\x80\xaf" "q", "q" },
    { "surrogate",              "\xed\xa0\x80" "q",     "q" },
    { "beyond Unicode",         "\xf4\x90\x80\x80" "q", "q" },
    { "never UTF-8",            "\xfe\xff" "q",         "q" },
    { "two bytes, truncated",   "\xc3" "qqqq",          "q q q q" },
    { "three bytes, truncated", "\xe2\x82" "qqq",       "q q q" },
    { "four bytes, truncated",  "\xf0\x9f\x98" "q",     "q" },
    { "Alt-letter",             E "q" "j",              "j" },
    { "Alt-digit",              E "1" "j",              "j" },
    { "Alt-Enter",              E "\r" "j",             "j" },
    { "Alt-umlaut",             E "\xc3\xa4" "j",       "j" },
    { "Alt-Shift-O and Esc",    E "O" E "q",            "" },
    { "Shift-Up, rxvt",         E "[a" "j",             "j" },
    { "Ctrl-Up, rxvt",          E "Oa" "j",             "j" },
    { "keypad, SS3",            E "Oj" E "Ok" "j",      "j" },
    { "SS3 with a modifier",    E "O2P" "j",            "j" },
    { "SS3 with two numbers",   E "O1;2P" "j",          "j" },
    { "focus in and out",       E "[I" E "[O" "j",      "j" },
    { "unknown, Linux",         E "[[Z" "j",            "j" },
    { "old mouse report",       E "[M !!" "j",          "j" },
    { "old mouse, of letters",  E "[Mqqq" "j",          "j" },
    { "old mouse, broken off",  E "[Mq" E "[A",         "Up" },
    { "CSI broken off",         E "[" E "[A",           "Up" },
    { "CSI with numbers, too",  E "[1;5" E "[A",        "Up" },
    { "SS3 broken off",         E "O" E "[A",           "Up" },
    { "Linux key broken off",   E "[[" E "[A",          "Up" },
    { "CSI and Enter",          E "[1" "\r",            "Enter" },
    { "two keys at once",       E "[A" E "OB" "j",      "Up Down j" },
    { "a key between letters",  "a" E "[5~" "b",        "a PgUp b" },
    { "Esc before Up",          E E "[A",               "Esc Up" },
    /* clang-format on */
};

static void check_whole(void **state)
{
    const struct key_row *row = *state;
    struct decoder_fixture fixture;
    decoder_fixture_init(&fixture);
    decoder_fixture_feed(&fixture, row->bytes, strlen(row->bytes));
    decoder_fixture_finish(&fixture);
    assert_string_equal(fixture.storage, row->told);
}

/* --- cut ----------------------------------------------------------------------------------------- */

static const int64_t gaps_ms[] = { 1, 49, 51, 150, 300, SILENCE_MS };

/* The valid results for a sequence in two parts: the key itself, the Esc at its start, or nothing. Never a letter. */
static const char *cut_told(const struct key_row *row, size_t cut, int64_t gap_ms)
{
    bool is_sequence = row->bytes[0] == '\x1b';
    if (gap_ms < DECODE_ESC_MS)
        return row->told;
    if (is_sequence && cut == 1)
        return "Esc";
    return is_sequence && gap_ms < DECODE_SEQUENCE_MS ? row->told : "";
}

/* The letter behind it is one again. */
static void check_cut_at(const struct key_row *row, size_t cut, int64_t gap_ms, int64_t tick_ms)
{
    struct decoder_fixture fixture;
    char told[64];
    struct text expected;
    text_init(&expected, told, sizeof told);
    text_addf(&expected, "%s", cut_told(row, cut, gap_ms));
    decoder_fixture_init(&fixture);
    fixture.tick_ms = tick_ms;
    decoder_fixture_feed(&fixture, row->bytes, cut);
    decoder_fixture_elapse(&fixture, gap_ms);
    decoder_fixture_feed(&fixture, row->bytes + cut, strlen(row->bytes) - cut);
    decoder_fixture_elapse(&fixture, 1000);
    if (strcmp(fixture.storage, told) != 0)
        print_error("cut at %zu, %d ms\n", cut, (int)gap_ms);
    assert_string_equal(fixture.storage, told);
    decoder_fixture_feed(&fixture, "j", 1);
    decoder_fixture_finish(&fixture);
    text_add(&expected, expected.length > 0 ? " j" : "j");
    assert_string_equal(fixture.storage, told);
}

static void check_cut(void **state)
{
    const struct key_row *row = *state;
    for (size_t cut = 1; cut < strlen(row->bytes); cut++)
        for (size_t i = 0; i < COUNT_OF(gaps_ms); i++) {
            check_cut_at(row, cut, gaps_ms[i], 0);
            check_cut_at(row, cut, gaps_ms[i], TICK_MS);
        }
}

static void check_crumbs_at(const struct key_row *row, int64_t gap_ms)
{
    bool is_sequence = row->bytes[0] == '\x1b';
    struct decoder_fixture fixture;
    decoder_fixture_init(&fixture);
    for (const char *at = row->bytes; *at; at++) {
        decoder_fixture_feed(&fixture, at, 1);
        decoder_fixture_elapse(&fixture, gap_ms);
    }
    decoder_fixture_finish(&fixture);
    assert_string_equal(fixture.storage, gap_ms < DECODE_ESC_MS ? row->told
                                         : is_sequence          ? "Esc"
                                                                : "");
}

/* Byte for byte. Slower than DECODE_LATE_MS, an Esc and a bracket are keys: they cannot be told apart from typed ones. */
static void check_crumbs(void **state)
{
    check_crumbs_at(*state, 1);
    check_crumbs_at(*state, 49);
    check_crumbs_at(*state, 51);
    check_crumbs_at(*state, 150);
    check_crumbs_at(*state, 200);
}

/* A busy console calls once: bytes that came together are decoded together. */
static void check_unasked(void **state)
{
    const struct key_row *row = *state;
    size_t length = strlen(row->bytes);
    for (size_t cut = 1; cut < length; cut++) {
        struct decoder_fixture fixture;
        decoder_fixture_init(&fixture);
        decoder_feed(&fixture.decoder, fixture.now, row->bytes, cut);
        fixture.now = mono_after(fixture.now, SILENCE_MS);
        decoder_fixture_feed(&fixture, row->bytes + cut, length - cut);
        decoder_fixture_finish(&fixture);
        assert_string_equal(fixture.storage, row->told);
    }
}

/* --- what comes when ----------------------------------------------------------------------------- */

#define CLICK E "[<0;4;3M" E "[<0;4;3m"
#define ELSEWHERE E "[<0;5;3M" E "[<0;5;3m"

static const struct script_row script_rows[] = {
    /* clang-format off */
    { "Esc is not given out before its time", { { 0, E }, { 49, "" }, { 0, "q" } }, "" },
    { "Esc alone",                   { { 0, E } }, "Esc" },
    { "Esc, then a letter",          { { 0, E }, { 51, "q" } }, "Esc q" },
    { "Esc, Esc at once",            { { 0, E E } }, "Esc Esc" },
    { "Esc, Esc soon",               { { 0, E }, { 20, E } }, "Esc Esc" },
    { "Esc, Esc later",              { { 0, E }, { 300, E } }, "Esc Esc" },
    { "Esc thrice",                  { { 0, E E E } }, "Esc Esc Esc" },
    { "Esc, and a bracket in time",  { { 0, E }, { 250, "[" }, { 600, "j" } }, "Esc" },
    { "Esc, and a bracket later",    { { 0, E }, { 251, "[" }, { 600, "j" } }, "Esc [ j" },
    { "Esc, and an O later",         { { 0, E }, { 251, "O" }, { 600, "j" } }, "Esc O j" },
    { "Esc, and brackets later",     { { 0, E }, { 900, "[[[[" } }, "Esc [ [ [ [" },
    { "Esc, bracket, letter later",  { { 0, E }, { 900, "[j" } }, "Esc [ j" },
    { "Esc, Enter later at once",    { { 0, E }, { 900, "[12\r" } }, "Esc [ 1 2 Enter" },
    { "Esc, a key later at once",    { { 0, E }, { 900, "[A" "[A" } }, "Esc [ A" },
    { "Esc, a letter, a bracket",    { { 0, E }, { 60, "j" }, { 20, "[" }, { 20, "A" } }, "Esc j [ A" },
    { "Esc, late rest, a bracket",   { { 0, E }, { 60, "[A" }, { 20, "[" } }, "Esc [" },
    { "Esc, late rest, Up",          { { 0, E }, { 60, "[A" E "[A" } }, "Esc Up" },
    { "late rest, late again",       { { 0, E }, { 150, "[" }, { 900, "1" }, { 900, "5~j" } }, "Esc j" },
    { "a dropped one swallows on",   { { 0, E "[1" }, { 900, "5" }, { 9000, "~" }, { 1, "j" } }, "j" },
    { "a dropped one, broken off",   { { 0, E "[1" }, { 900, E "[A" } }, "Up" },
    { "a dropped one, and Enter",    { { 0, E "[1" }, { 900, "\r" } }, "Enter" },
    { "a dropped one, and an Esc",   { { 0, E "[1" }, { 900, E } }, "Esc" },
    { "a dropped click is no first", { { 0, E "[<0;4" }, { 900, ";3M" }, { 9, CLICK } }, "click 3,2" },
    { "click, click",       { { 0, CLICK }, { 400, CLICK } }, "click 3,2 double 3,2" },
    { "too late",           { { 0, CLICK }, { 401, CLICK } }, "click 3,2 click 3,2" },
    { "too late, then not", { { 0, CLICK }, { 401, CLICK }, { 100, CLICK } },
      "click 3,2 click 3,2 double 3,2" },
    { "other place",        { { 0, CLICK }, { 100, ELSEWHERE } }, "click 3,2 click 4,2" },
    { "and back",           { { 0, CLICK }, { 9, ELSEWHERE }, { 9, CLICK } },
      "click 3,2 click 4,2 click 3,2" },
    { "triple click",       { { 0, CLICK }, { 100, CLICK }, { 100, CLICK } },
      "click 3,2 double 3,2 click 3,2" },
    { "two double clicks",  { { 0, CLICK }, { 9, CLICK }, { 9, CLICK }, { 9, CLICK } },
      "click 3,2 double 3,2 click 3,2 double 3,2" },
    { "wheel between",      { { 0, CLICK }, { 9, E "[<64;4;3M" }, { 9, CLICK } },
      "click 3,2 up 3,2 double 3,2" },
    { "paste without end",  { { 0, E "[200~qp" }, { 1999, "q" }, { 1999, "p" }, { 2001, "j" } },
      "'q 'p 'q 'p j" },
    { "paste of nothing, without end", { { 0, E "[200~" }, { 2001, "j" } }, "j" },
    { "paste ends in an Esc",          { { 0, E "[200~q" E }, { 2001, "j" } }, "'q j" },
    { "paste ends in a late end",      { { 0, E "[200~q" E }, { 9000, "[201~j" } }, "'q j" },
    { "paste ends in half an end",     { { 0, E "[200~q" E "[20" }, { 9000, "1~j" } }, "'q j" },
    { "paste that begins late",        { { 0, E }, { 9000, "[200~qp" E "[201~j" } }, "Esc 'q 'p j" },
    { "paste that begins in halves",   { { 0, E "[20" }, { 9000, "0~qp" E "[201~j" } }, "'q 'p j" },
    { "paste that ends twice",         { { 0, PASTE("q") E "[201~j" } }, "'q j" },
    { "paste that begins twice",       { { 0, E "[200~" PASTE("q") "j" } }, "'q j" },
    { "end with no paste",             { { 0, E "[201~j" } }, "j" },
    /* clang-format on */
};

/* --- pastes -------------------------------------------------------------------------------------- */

static const struct key_row paste_rows[] = {
    /* clang-format off */
    { "commands",       PASTE("qpP"),                   "'q 'p 'P" },
    { "nothing",        PASTE(""),                      "" },
    { "lines",          PASTE("q\rp\n"),                "'q 'Enter 'p 'Enter" },
    { "brackets",       PASTE("[A[200~"),               "'[ 'A '[ '2 '0 '0 '~" },
    { "Up",             PASTE("q" E "[Ap"),             "'q 'p" },
    { "F1",             PASTE("q" E "OPp"),             "'q 'p" },
    { "unknown",        PASTE("q" E "[1;5Ap"),          "'q 'p" },
    { "click",          PASTE("q" E "[<0;4;3Mp"),       "'q 'p" },
    { "Esc at the end", PASTE("q" E),                   "'q" },
    { "CSI at the end", PASTE("q" E "["),               "'q" },
    { "CSI 20, too",    PASTE("q" E "[20"),             "'q" },
    { "SS3 at the end", PASTE("q" E "O"),               "'q" },
    { "old mouse, too", PASTE("q" E "[M"),              "'q" },
    { "Esc Esc",        PASTE("q" E E "[Ap"),           "'q 'p" },
    /* clang-format on */
};

/* In two parts: the same characters, none of them a key; and the letter behind it is a key. */
static void check_paste_cut_at(const struct key_row *row, size_t cut, int64_t gap_ms,
                               int64_t tick_ms)
{
    bool is_escaped = cut == 1 && gap_ms > DECODE_ESC_MS;
    struct decoder_fixture fixture;
    char told[128];
    struct text expected;
    text_init(&expected, told, sizeof told);
    text_addf(&expected, "%s%s%sj", is_escaped ? "Esc " : "", row->told, *row->told ? " " : "");
    decoder_fixture_init(&fixture);
    fixture.tick_ms = tick_ms;
    decoder_fixture_feed(&fixture, row->bytes, cut);
    decoder_fixture_elapse(&fixture, gap_ms);
    decoder_fixture_feed(&fixture, row->bytes + cut, strlen(row->bytes) - cut);
    decoder_fixture_feed(&fixture, "j", 1);
    assert_false(fixture.decoder.is_pasting);
    decoder_fixture_finish(&fixture);
    if (strcmp(fixture.storage, told) != 0)
        print_error("cut at %zu, %d ms\n", cut, (int)gap_ms);
    assert_string_equal(fixture.storage, told);
}

static void check_paste_cut(void **state)
{
    static const int64_t paste_gaps_ms[] = { 1, 49, 51, 150, 300, 1999 };
    const struct key_row *row = *state;
    size_t bracket_size = strlen(E "[200~");
    size_t length = strlen(row->bytes);
    for (size_t cut = 1; cut < length; cut++) {
        for (size_t i = 0; i < COUNT_OF(paste_gaps_ms); i++) {
            check_paste_cut_at(row, cut, paste_gaps_ms[i], 0);
            check_paste_cut_at(row, cut, paste_gaps_ms[i], TICK_MS);
        }
        if (cut < bracket_size || cut > length - bracket_size)
            check_paste_cut_at(row, cut, SILENCE_MS, 0);
    }
}

/* A busy console reads the bytes late. They still count as pasted. */
static void test_what_was_left_lying_stays_a_paste(void **state)
{
    (void)state;
    struct decoder_fixture fixture;
    decoder_fixture_init(&fixture);
    decoder_feed(&fixture.decoder, fixture.now, E "[200~q", 7);
    fixture.now = mono_after(fixture.now, SILENCE_MS);
    decoder_feed(&fixture.decoder, fixture.now, "p" E "[201~", 7);
    fixture.now = mono_after(fixture.now, SILENCE_MS);
    decoder_fixture_ask(&fixture);
    assert_string_equal(fixture.storage, "'q 'p");
}

/* --- too much ------------------------------------------------------------------------------------ */

static void test_what_does_not_fit_is_dropped(void **state)
{
    (void)state;
    static const char letter = 'q';
    struct decoder decoder;
    struct input input;
    struct mono now = { 0 };
    size_t count = 0;
    decoder_init(&decoder);
    for (size_t i = 0; i < DECODE_SIZE + 100; i++)
        decoder_feed(&decoder, now, &letter, 1);
    assert_int_equal(decoder.length, DECODE_SIZE);
    for (; decoder_next(&decoder, now, &input); count++)
        assert_int_equal(input.keypress, 'q');
    assert_int_equal(count, DECODE_SIZE);
}

/* No input, and never so much in the buffer that none can be read. */
static void test_an_endless_sequence_is_swallowed(void **state)
{
    (void)state;
    struct decoder_fixture fixture;
    decoder_fixture_init(&fixture);
    decoder_fixture_feed(&fixture, E "[", 2);
    for (int i = 0; i < 3 * DECODE_SIZE; i++) {
        decoder_fixture_feed(&fixture, "1", 1);
        assert_true(fixture.decoder.length < DECODE_SIZE);
    }
    decoder_fixture_feed(&fixture, "Aj", 2);
    decoder_fixture_finish(&fixture);
    assert_string_equal(fixture.storage, "j");
}

/* --- anything ------------------------------------------------------------------------------------ */

static void fill_random(struct random *random, char *bytes, size_t size)
{
    static const char likely[] = E E E E "[[[OO<?;;0123456789~~ABMmPq\xc3\xa4\xf0\x9f";
    for (size_t i = 0; i < size; i++)
        bytes[i] = random_below(random, 2) ? (char)random_below(random, 256)
                                           : likely[random_below(random, sizeof likely - 1)];
}

/* The place behind the next such character; it must be there. */
static const char *find_character(const char *at, const char *end, uint32_t keypress)
{
    char character[UTF8_SIZE_MAX];
    size_t size = utf8_encode(keypress, character);
    while ((size_t)(end - at) >= size && memcmp(at, character, size) != 0)
        at++;
    assert_true((size_t)(end - at) >= size);
    return at + size;
}

static bool is_character(const struct input *input)
{
    bool is_typed = input->kind == INPUT_KEY || input->kind == INPUT_PASTE;
    return is_typed && input->keypress >= 0x20 && input->keypress < KEYPRESS_ENTER;
}

/* Every character came in, in this order; the buffer never overflows; silence empties it. */
static void test_random_bytes(void **state)
{
    (void)state;
    static const int64_t pauses_ms[] = { 0, 0, 0, 1, 49, 51, 150, 300, 600, 3000 };
    struct random random = { 1 };
    struct decoder_fixture fixture;
    struct input input;
    char *bytes = malloc(RANDOM_SIZE);
    assert_non_null(bytes);
    fill_random(&random, bytes, RANDOM_SIZE);
    decoder_fixture_init(&fixture);
    const char *seen = bytes;
    for (size_t at = 0, size; at < RANDOM_SIZE; at += size) {
        int64_t most = random_below(&random, 20) ? 40 : DECODE_SIZE + 999;
        size = 1 + (size_t)random_below(&random, most);
        size = size < RANDOM_SIZE - at ? size : RANDOM_SIZE - at;
        decoder_feed(&fixture.decoder, fixture.now, bytes + at, size);
        assert_true(fixture.decoder.length <= DECODE_SIZE);
        fixture.now =
            mono_after(fixture.now, pauses_ms[random_below(&random, COUNT_OF(pauses_ms))]);
        if (random_below(&random, 10) == 0)
            continue; /* busy */
        while (decoder_next(&fixture.decoder, fixture.now, &input))
            seen = is_character(&input) ? find_character(seen, bytes + at + size, input.keypress)
                                        : seen;
        decoder_fixture_check_patience(&fixture);
    }
    fixture.now = mono_after(fixture.now, SILENCE_MS);
    while (decoder_next(&fixture.decoder, fixture.now, &input))
        seen =
            is_character(&input) ? find_character(seen, bytes + RANDOM_SIZE, input.keypress) : seen;
    assert_false(decoder_next(&fixture.decoder, mono_after(fixture.now, SILENCE_MS), &input));
    assert_int_equal(fixture.decoder.length, 0);
    free(bytes);
}

/* A few segments, one gap at random somewhere in each. Only letters outside of sequences are x. */
static void play_random_pieces(struct random *random, struct decoder_fixture *fixture,
                               struct text *ret_keys)
{
    for (int i = 0; i < 40; i++) {
        bool is_letter = random_below(random, 3) == 0;
        const char *bytes = key_rows[random_below(random, COUNT_OF(key_rows))].bytes;
        bytes = is_letter ? "x" : bytes;
        size_t length = strlen(bytes);
        size_t cut = (size_t)random_below(random, (int64_t)length);
        decoder_fixture_feed(fixture, bytes, cut);
        decoder_fixture_elapse(fixture, gaps_ms[random_below(random, COUNT_OF(gaps_ms))]);
        decoder_fixture_feed(fixture, bytes + cut, length - cut);
        if (is_letter)
            text_add(ret_keys, "x");
    }
    decoder_fixture_finish(fixture);
}

/* For every cut of the sequences: exactly the letters between them are returned. */
static void test_random_pieces(void **state)
{
    (void)state;
    struct random random = { 2 };
    for (int round = 0; round < 2000; round++) {
        struct decoder_fixture fixture;
        char storage[64];
        struct text keys;
        size_t count = 0;
        text_init(&keys, storage, sizeof storage);
        decoder_fixture_init(&fixture);
        play_random_pieces(&random, &fixture, &keys);
        for (char *save, *word = strtok_r(fixture.storage, " ", &save); word;
             word = strtok_r(NULL, " ", &save)) {
            count += strcmp(word, "x") == 0;
            bool is_letter = strlen(word) == 1 && strchr("[O<;~0123456789ABCDEFHMPQRSZ", *word);
            assert_false(is_letter);
        }
        assert_int_equal(count, keys.length);
    }
}

int main(void)
{
    static const struct CMUnitTest whole_tests[] = {
        cmocka_unit_test(test_what_was_left_lying_stays_a_paste),
        cmocka_unit_test(test_what_does_not_fit_is_dropped),
        cmocka_unit_test(test_an_endless_sequence_is_swallowed),
        cmocka_unit_test(test_random_bytes),
        cmocka_unit_test(test_random_pieces),
    };
    struct CMUnitTest key_tests[COUNT_OF(key_rows)];
    struct CMUnitTest plain_tests[COUNT_OF(plain_rows)];
    struct CMUnitTest odd_tests[COUNT_OF(odd_rows)];
    struct CMUnitTest cut_tests[COUNT_OF(key_rows)];
    struct CMUnitTest crumb_tests[COUNT_OF(key_rows)];
    struct CMUnitTest unasked_tests[COUNT_OF(key_rows)];
    struct CMUnitTest code_tests[COUNT_OF(extended_rows)];
    struct CMUnitTest code_cut_tests[COUNT_OF(extended_rows)];
    struct CMUnitTest code_crumb_tests[COUNT_OF(extended_rows)];
    struct CMUnitTest code_unasked_tests[COUNT_OF(extended_rows)];
    struct CMUnitTest script_tests[COUNT_OF(script_rows)];
    struct CMUnitTest paste_tests[COUNT_OF(paste_rows)];
    TESTS_FROM_ROWS(key_tests, key_rows, check_whole);
    TESTS_FROM_ROWS(plain_tests, plain_rows, check_whole);
    TESTS_FROM_ROWS(odd_tests, odd_rows, check_whole);
    TESTS_FROM_ROWS(cut_tests, key_rows, check_cut);
    TESTS_FROM_ROWS(crumb_tests, key_rows, check_crumbs);
    TESTS_FROM_ROWS(unasked_tests, key_rows, check_unasked);
    TESTS_FROM_ROWS(code_tests, extended_rows, check_whole);
    TESTS_FROM_ROWS(code_cut_tests, extended_rows, check_cut);
    TESTS_FROM_ROWS(code_crumb_tests, extended_rows, check_crumbs);
    TESTS_FROM_ROWS(code_unasked_tests, extended_rows, check_unasked);
    TESTS_FROM_ROWS(script_tests, script_rows, decoder_fixture_check_script);
    TESTS_FROM_ROWS(paste_tests, paste_rows, check_paste_cut);
    int failed = cmocka_run_group_tests_name("sequences", key_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("bytes", plain_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("oddities", odd_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("cut in two", cut_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("byte for byte", crumb_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("asked late", unasked_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("keys by code", code_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("keys by code, cut in two", code_cut_tests, NULL, NULL);
    failed +=
        cmocka_run_group_tests_name("keys by code, byte for byte", code_crumb_tests, NULL, NULL);
    failed +=
        cmocka_run_group_tests_name("keys by code, asked late", code_unasked_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("scripts", script_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("pastes", paste_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("decoder", whole_tests, NULL, NULL);
    return failed;
}
