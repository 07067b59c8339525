#include "tests/support/once_fixture.h"

#include "engine/base/heap.h"

const struct id_row id_rows[ID_ROW_COUNT] = {
    /* clang-format off */
    { "id: a space",             "eu 1",         "/status/eu%201",                "eu 1"          },
    { "id: a slash",             "a/b",          "/status/a%2Fb",                 "a/b"           },
    { "id: a step up",           "../scale",     "/status/..%2Fscale",            "../scale"      },
    { "id: three dots",          "...",          "/status/...",                   "..."           },
    { "id: a query",             "a?x=1&y#z",    "/status/a%3Fx%3D1%26y%23z",     "a?x=1&y#z"     },
    { "id: an escaped slash",    "%2f",          "/status/%252f",                 "%2f"           },
    { "id: escaped dots",        "%2e%2e",       "/status/%252e%252e",            "%2e%2e"        },
    { "id: a broken escape",     "100%",         "/status/100%25",                "100%"          },
    { "id: plus and semicolon",  "a+b;c,d@e:f",  "/status/a%2Bb%3Bc%2Cd%40e%3Af", "a+b;c,d@e:f"   },
    { "id: quotes",              "a\"b\\c",      "/status/a%22b%5Cc",             "a\"b\\\\c"     },
    { "id: looks like JSON",     "\"},{\"",      "/status/%22%7D%2C%7B%22",       "\"},{\""       },
    { "id: looks like a field",  "x delta=+9",   "/status/x%20delta%3D%2B9",      "x delta=+9"    },
    { "id: letters of a town",   "z\xc3\xbcrich", "/status/z%C3%BCrich",          "z\xc3\xbcrich" },
    { "id: other letters",       "\xe6\x9d\xb1\xe4\xba\xac", "/status/%E6%9D%B1%E4%BA%AC",
                                 "\xe6\x9d\xb1\xe4\xba\xac"                                       },
    { "id: a picture",           "\xf0\x9f\x8e\xae", "/status/%F0%9F%8E%AE",      "\xf0\x9f\x8e\xae" },
    { "id: written backwards",   "eu\xe2\x80\xae""1", "/status/eu%E2%80%AE1",     "eu\\u{202e}1"  },
    { "id: zero width",          "eu\xe2\x80\x8b""2", "/status/eu%E2%80%8B2",     "eu\\u{200b}2"  },
    { "id: a byte-order mark",   "\xef\xbb\xbf""eu3", "/status/%EF%BB%BFeu3",     "\\u{feff}eu3"  },
    { "id: a soft hyphen",       "eu\xc2\xad""4", "/status/eu%C2%AD4",            "eu\\u{ad}4"    },
    /* clang-format on */
};

const struct worked_row worked_rows[WORKED_ROW_COUNT] = {
    /* clang-format off */
    /*                                    per_host  target   hosts  servers   free     delta */
    { "worked: one host short",            {    10,    150,     10,     100,    10 },      1 },
    { "worked: busier than the target",    {    10,    150,    100,    1000,   100 },      6 },
    { "worked: far too many",              {     3,    300,    200,     600,   400 },   -104 },
    { "worked: large hosts",               {   250,    100,      3,     750,   113 },      0 },
    { "worked: nearly all free",           {     1,    900,    600,     600,   541 },    -10 },
    { "worked: just at the target",        {     1,    900,    600,     600,   540 },      0 },
    { "worked: odd numbers",               {    13,    170,    372,    4836,   942 },    -11 },
    { "worked: doubles give one more",     {     1,    300,     21,      21,     0 },      9 },
    { "worked: no players",                {    10,    150,      5,      50,    50 },     -4 },
    { "worked: nothing is there",          {    10,    150,      0,       0,     0 },      1 },
    { "worked: nothing to keep free",      {    10,      0,     10,     100,     0 },      0 },
    { "worked: a tenth of a percent",      {     1,      1,    999,     999,     0 },      1 },
    { "worked: nearly everything free",    {     1,    999,      1,       1,     0 },    999 },
    { "worked: hosts without servers",     {    10,    200,     34,     270,     0 },      0 },
    { "worked: many servers",              { 10000,    125, 200000, 2000000000, 0 },   28572 },
    /* clang-format on */
};

void keep_output(struct program_fixture *program_fixture, struct document *ret_document)
{
    size_t size;
    const char *output = program_output(program_fixture->program, &size);
    assert_printable(output, size);
    assert_true(size > 0);
    document_init(ret_document, output, size);
}

static void fill_small_fleet(struct listing *listing)
{
    for (size_t i = 0; i < COUNT_OF(worked_rows); i++)
        listing_add_good(listing, worked_rows[i].name, &worked_rows[i].numbers);
    for (size_t i = 0; i < COUNT_OF(id_rows); i++)
        listing_add_good(listing, id_rows[i].id, &(struct listed_numbers){ 10, 150, 10, 100, 10 });
}

int once_fixture_enter(void **state)
{
    struct once_fixture *fixture = heap_alloc(1, sizeof *fixture);
    if (!fixture)
        return -1;
    program_fixture_init(&fixture->program_fixture);
    fixture->program_fixture.row = *state;
    fixture->listing = listing_create();
    fill_small_fleet(fixture->listing);
    fake_api_set_answer(fixture->program_fixture.api, listing_answer, fixture->listing);
    *state = fixture;
    return 0;
}

int once_fixture_leave(void **state)
{
    struct once_fixture *fixture = *state;
    program_fixture_fini(&fixture->program_fixture);
    listing_destroy(fixture->listing);
    heap_free(fixture);
    return 0;
}

int64_t count_small_fleet_scales(void)
{
    int64_t count = COUNT_OF(id_rows);
    for (size_t i = 0; i < COUNT_OF(worked_rows); i++)
        count += worked_rows[i].delta != 0;
    return count;
}

void once_fixture_set(struct CMUnitTest *tests, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        tests[i].setup_func = once_fixture_enter;
        tests[i].teardown_func = once_fixture_leave;
    }
}
