#include "engine/backend/json_scan.h"

#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <stdint.h>
#include <string.h>

/* FNV-1a over code points, so that two spellings of a key have the same hash. */
#define HASH_START 0xcbf29ce484222325u
#define HASH_PRIME 0x100000001b3u

struct cursor {
    const char *bytes;
    size_t at;
    size_t end;
    struct json_fault *fault;
};

struct level {
    bool is_object;
    size_t child_count;
    size_t
        first_key; /* strict, while it is the innermost: its keys are first_key .. key_count - 1 */
};

/* Never zeroed as a whole: a discovery needs one for each entry, and the arrays are larger than most entries. */
struct walk {
    struct cursor cursor;
    bool is_strict;      /* at the cursor */
    bool is_root_strict; /* outside of `around` */
    bool is_around;      /* inside of it */
    const char *around;  /* the root's member that is read tolerantly, or NULL */
    size_t around_count;
    struct json_span around_value;
    size_t depth;
    struct level levels[JSON_NESTING_MAX];
    size_t key_count;
    uint64_t keys[JSON_DEPTH_MAX * JSON_MEMBERS_MAX]; /* hashes, of every object that is open */
};

static bool fail_at(struct cursor *cursor, size_t offset, const char *text)
{
    *cursor->fault = (struct json_fault){ .text = text, .offset = offset };
    return false;
}

static bool fail(struct cursor *cursor, const char *text)
{
    return fail_at(cursor, cursor->at, text);
}

/* The next byte; NUL at the end, since a NUL is not valid anywhere. */
static char peek(const struct cursor *cursor)
{
    if (cursor->at < cursor->end)
        return cursor->bytes[cursor->at];
    return '\0';
}

static bool take(struct cursor *cursor, char c)
{
    if (peek(cursor) != c)
        return false;
    cursor->at++;
    return true;
}

static void skip_space(struct cursor *cursor)
{
    for (;; cursor->at++) {
        char c = peek(cursor);
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
            return;
    }
}

/* --- strings --------------------------------------------------------------------------------------------------- */

static bool read_hex4(struct cursor *cursor, uint32_t *ret_unit)
{
    uint32_t unit = 0;
    for (int i = 0; i < 4; i++, cursor->at++) {
        char c = peek(cursor);
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit == 16)
            return fail(cursor, "expected a hexadecimal digit");
        unit = unit << 4 | digit;
    }
    *ret_unit = unit;
    return true;
}

/* After "\u". */
static bool read_unicode_escape(struct cursor *cursor, uint32_t *ret_code_point)
{
    size_t start = cursor->at - 2;
    uint32_t high;
    if (!read_hex4(cursor, &high))
        return false;
    if (high == 0)
        return fail_at(cursor, start, "a NUL in a string");
    if (high < 0xd800 || high > 0xdfff) {
        *ret_code_point = high;
        return true;
    }
    uint32_t low;
    if (high > 0xdbff || !take(cursor, '\\') || !take(cursor, 'u'))
        return fail_at(cursor, start, "half of a surrogate pair");
    if (!read_hex4(cursor, &low))
        return false;
    if (low < 0xdc00 || low > 0xdfff)
        return fail_at(cursor, start, "half of a surrogate pair");
    *ret_code_point = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

static bool read_escape(struct cursor *cursor, uint32_t *ret_code_point)
{
    static const char names[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    cursor->at++;
    char c = peek(cursor);
    if (c == 'u') {
        cursor->at++;
        return read_unicode_escape(cursor, ret_code_point);
    }
    const char *name = c == '\0' ? NULL : strchr(names, c);
    if (!name)
        return fail_at(cursor, cursor->at - 1, "an unknown escape in a string");
    *ret_code_point = (unsigned char)meanings[name - names];
    cursor->at++;
    return true;
}

/* One character of a string, escaped or not. */
static bool read_character(struct cursor *cursor, uint32_t *ret_code_point)
{
    if (cursor->at == cursor->end)
        return fail(cursor, "a string without an end");
    unsigned char c = (unsigned char)peek(cursor);
    if (c == '\\')
        return read_escape(cursor, ret_code_point);
    if (c < 0x20)
        return fail(cursor, "a control character in a string");
    size_t size = utf8_decode(cursor->bytes + cursor->at, cursor->end - cursor->at, ret_code_point);
    if (size == 0)
        return fail(cursor, "invalid UTF-8 in a string");
    cursor->at += size;
    return true;
}

/* From quote to quote; *ret_hash is the same for every spelling of the same text. */
static bool check_string(struct cursor *cursor, uint64_t *ret_hash)
{
    uint64_t hash = HASH_START;
    cursor->at++;
    while (!take(cursor, '"')) {
        unsigned char c = (unsigned char)peek(cursor);
        uint32_t code_point = c;
        if (c >= 0x20 && c < 0x80 && c != '\\')
            cursor->at++; /* nearly every character */
        else if (!read_character(cursor, &code_point))
            return false;
        hash = (hash ^ code_point) * HASH_PRIME;
    }
    *ret_hash = hash;
    return true;
}

/* From quote to quote, with any bytes except NUL between them. */
static bool skip_string(struct cursor *cursor)
{
    const char *bytes = cursor->bytes;
    size_t end = cursor->end;
    size_t at = cursor->at + 1;
    while (at < end && bytes[at] != '"' && bytes[at] != '\0') {
        at += bytes[at] == '\\' && at + 1 < end && bytes[at + 1] != '\0';
        at++;
    }
    cursor->at = at;
    if (at == end)
        return fail(cursor, "a string without an end");
    if (!take(cursor, '"'))
        return fail(cursor, "a NUL byte");
    return true;
}

/* Is the string at the cursor `text` (ASCII, no quotes) after decoding? Stops at the first difference. */
static bool string_says(struct cursor cursor, const char *text)
{
    struct json_fault ignored;
    cursor.fault = &ignored;
    must(peek(&cursor) == '"');
    cursor.at++;
    for (; *text; text++) {
        uint32_t code_point;
        if (!read_character(&cursor, &code_point) || code_point != (unsigned char)*text)
            return false;
    }
    return peek(&cursor) == '"';
}

/* --- numbers, true, false, null -------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '+' || c == '.';
}

static bool take_digits(struct cursor *cursor)
{
    size_t start = cursor->at;
    while (is_digit(peek(cursor)))
        cursor->at++;
    return cursor->at > start;
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)? and nothing after it. */
static bool is_number(const char *bytes, size_t size)
{
    struct cursor number = { .bytes = bytes, .end = size };
    take(&number, '-');
    if (!take(&number, '0') && !take_digits(&number))
        return false;
    if (take(&number, '.') && !take_digits(&number))
        return false;
    if (take(&number, 'e') || take(&number, 'E')) {
        if (!take(&number, '-'))
            take(&number, '+');
        if (!take_digits(&number))
            return false;
    }
    return number.at == size;
}

static bool is_literal(const char *bytes, size_t size)
{
    return (size == 4 && memcmp(bytes, "true", 4) == 0) ||
           (size == 5 && memcmp(bytes, "false", 5) == 0) ||
           (size == 4 && memcmp(bytes, "null", 4) == 0);
}

static bool check_word(struct cursor *cursor, size_t start)
{
    const char *word = cursor->bytes + start;
    size_t size = cursor->at - start;
    if (is_literal(word, size))
        return true;
    if (!is_number(word, size))
        return fail_at(cursor, start, "neither a number nor true, false or null");
    if (size > JSON_NUMBER_SIZE_MAX)
        return fail_at(cursor, start, "a number with too many digits");
    return true;
}

static bool read_word(struct cursor *cursor, bool is_strict)
{
    size_t start = cursor->at;
    while (is_word(peek(cursor)))
        cursor->at++;
    if (cursor->at == start)
        return fail(cursor, "expected a value");
    return !is_strict || check_word(cursor, start);
}

/* --- objects and arrays ---------------------------------------------------------------------------------------- */

static bool open_level(struct walk *walk)
{
    size_t depth_max = walk->is_strict ? JSON_DEPTH_MAX : JSON_NESTING_MAX;
    if (walk->depth == depth_max)
        return fail(&walk->cursor, "nested too deep");
    walk->levels[walk->depth++] = (struct level){
        .is_object = peek(&walk->cursor) == '{',
        .first_key = walk->key_count,
    };
    walk->cursor.at++;
    return true;
}

/* A whole string or bare word; only the opening bracket of an object or array. */
static bool read_value(struct walk *walk)
{
    uint64_t ignored;
    skip_space(&walk->cursor);
    switch (peek(&walk->cursor)) {
    case '{':
    case '[':
        return open_level(walk);
    case '"':
        return walk->is_strict ? check_string(&walk->cursor, &ignored) : skip_string(&walk->cursor);
    default:
        return read_word(&walk->cursor, walk->is_strict);
    }
}

static bool add_key(struct walk *walk, const struct level *level, uint64_t hash, size_t offset)
{
    for (size_t i = level->first_key; i < walk->key_count; i++)
        if (walk->keys[i] == hash)
            return fail_at(&walk->cursor, offset, "a key appears twice");
    if (walk->key_count - level->first_key == JSON_MEMBERS_MAX)
        return fail_at(&walk->cursor, offset, "an object with too many members");
    walk->keys[walk->key_count++] = hash;
    return true;
}

static bool read_key(struct walk *walk, const struct level *level)
{
    struct cursor *cursor = &walk->cursor;
    size_t offset = cursor->at;
    if (peek(cursor) != '"')
        return fail(cursor, "expected a key");
    uint64_t hash = 0;
    if (!(walk->is_strict ? check_string(cursor, &hash) : skip_string(cursor)))
        return false;
    if (walk->is_strict && !add_key(walk, level, hash, offset))
        return false;
    skip_space(cursor);
    if (!take(cursor, ':'))
        return fail(cursor, "expected a colon");
    return true;
}

/* From here to the end of this member's value, reading is tolerant. */
static void enter_around(struct walk *walk)
{
    skip_space(&walk->cursor);
    walk->is_around = true;
    walk->is_strict = false;
    walk->around_count++;
    walk->around_value = (struct json_span){ .start = walk->cursor.at };
    walk->levels[walk->depth].child_count = 0;
}

static void leave_around(struct walk *walk)
{
    walk->is_around = false;
    walk->is_strict = walk->is_root_strict;
    walk->around_value.end = walk->cursor.at;
    walk->around_value.child_count = walk->levels[walk->depth].child_count;
}

/* The next child of the innermost object or array (of a nested one, its opening bracket), or the end of the level. */
static bool read_child(struct walk *walk)
{
    struct cursor *cursor = &walk->cursor;
    struct level *level = &walk->levels[walk->depth - 1];
    skip_space(cursor);
    if (take(cursor, level->is_object ? '}' : ']')) {
        walk->key_count = level->first_key;
        walk->depth--;
        return true;
    }
    if (level->child_count > 0 && !take(cursor, ','))
        return fail(cursor, "expected a comma or the closing bracket");
    level->child_count++;
    if (level->is_object) {
        skip_space(cursor);
        struct cursor key = *cursor;
        if (!read_key(walk, level))
            return false;
        if (walk->depth == 1 && walk->around && string_says(key, walk->around))
            enter_around(walk);
    }
    return read_value(walk);
}

/* One whole value from the cursor on, without the white space around it. */
static bool read_tree(struct walk *walk, struct json_span *ret_span)
{
    skip_space(&walk->cursor);
    size_t start = walk->cursor.at;
    walk->levels[0].child_count = 0;
    if (!read_value(walk))
        return false;
    while (walk->depth > 0) {
        if (!read_child(walk))
            return false;
        if (walk->is_around && walk->depth == 1)
            leave_around(walk);
    }
    *ret_span = (struct json_span){ start, walk->cursor.at, walk->levels[0].child_count };
    return true;
}

static void walk_init(struct walk *walk, const char *bytes, struct json_span within, bool is_strict,
                      struct json_fault *fault)
{
    walk->cursor = (struct cursor){ bytes, within.start, within.end, fault };
    walk->is_strict = is_strict;
    walk->is_root_strict = is_strict;
    walk->is_around = false;
    walk->around = NULL;
    walk->around_count = 0;
    walk->around_value = (struct json_span){ 0 };
    walk->depth = 0;
    walk->key_count = 0;
}

/* One value and nothing after it. */
static bool read_document(struct walk *walk)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    struct cursor *cursor = &walk->cursor;
    if (cursor->end >= 3 && memcmp(cursor->bytes, byte_order_mark, 3) == 0)
        return fail_at(cursor, 0, "a byte-order mark");
    struct json_span ignored;
    if (!read_tree(walk, &ignored))
        return false;
    skip_space(cursor);
    if (cursor->at != cursor->end)
        return fail(cursor, "expected the end");
    return true;
}

bool json_scan_check(const char *bytes, struct json_span within, struct json_fault *ret_fault)
{
    struct walk walk;
    walk_init(&walk, bytes, within, true, ret_fault);
    return read_document(&walk);
}

bool json_scan_check_around(const char *bytes, size_t size, const char *key,
                            struct json_span *ret_value, struct json_fault *ret_fault)
{
    struct walk walk;
    walk_init(&walk, bytes, (struct json_span){ .end = size }, true, ret_fault);
    walk.around = key;
    if (!read_document(&walk))
        return false;
    *ret_value = walk.around_value;
    return true;
}

bool json_scan_next_element(const char *bytes, struct json_span array, struct json_span *element)
{
    struct json_fault ignored;
    struct walk walk;
    walk_init(&walk, bytes, array, false, &ignored);
    if (element->end > 0)
        walk.cursor.at = element->end;
    else if (!take(&walk.cursor, '['))
        return false;
    skip_space(&walk.cursor);
    if (peek(&walk.cursor) == ']')
        return false;
    take(&walk.cursor, ',');
    return read_tree(&walk, element);
}

bool json_scan_find_member(const char *bytes, struct json_span object, const char *key,
                           struct json_span *ret_value)
{
    struct json_fault ignored;
    struct json_span whole;
    struct walk walk;
    walk_init(&walk, bytes, object, false, &ignored);
    walk.around = key;
    if (!read_tree(&walk, &whole) || walk.around_count != 1)
        return false;
    *ret_value = walk.around_value;
    return true;
}
