#include "engine/base/redaction.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRETS_MAX 2
#define GRAM_SIZE 4
#define GRAM_BITS 16

/* A part of a text, decoded: each byte with the place that it came from. */
struct layer {
    size_t size;
    char bytes[REDACTION_TEXT_MAX];
    uint16_t origin[REDACTION_TEXT_MAX + 1]; /* of byte i: origin[i] up to origin[i + 1] */
};

struct secret {
    char *bytes; /* NULL: none */
    size_t size;
    size_t part_size; /* the smallest part that is looked for */
    unsigned char grams[(1u << GRAM_BITS) / 8];
};

struct workspace {
    struct layer layers[REDACTION_DEPTH + 1];
    bool is_secret[REDACTION_TEXT_MAX];
    signed char digits[UCHAR_MAX + 1]; /* of base64 */
};

/*
 * Only the thread that the redaction belongs to changes the secrets, with the lock; it reads them without. Another
 * thread reads them with the lock.
 */
struct redaction {
    pthread_mutex_t lock;
    uint64_t version; /* of the secrets */
    struct secret secrets[SECRETS_MAX];
    struct workspace *work;    /* NULL until there is a secret */
    uint64_t version_followed; /* of the other one */
};

/* --- the digits of base64 ---------------------------------------------------------------------------------- */

#define NO_DIGIT (-1)
#define LINE_END (-2) /* long texts are wrapped; a space may have been a line end */

static signed char digit_of(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return (signed char)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (signed char)(c - 'a' + 26);
    if (c >= '0' && c <= '9')
        return (signed char)(c - '0' + 52);
    if (c == '+' || c == '-')
        return 62;
    if (c == '/' || c == '_')
        return 63;
    return c == '\r' || c == '\n' || c == ' ' ? LINE_END : NO_DIGIT;
}

static void fill_digits(struct workspace *work)
{
    for (unsigned c = 0; c <= UCHAR_MAX; c++)
        work->digits[c] = digit_of((unsigned char)c);
}

static struct workspace *make_workspace(void)
{
    struct workspace *work = heap_alloc(1, sizeof *work);
    if (work)
        fill_digits(work);
    return work;
}

/* --- secrets ------------------------------------------------------------------------------------------------- */

static void wipe(char *bytes, size_t size)
{
    volatile char *at = bytes;
    while (size-- > 0)
        *at++ = '\0';
}

static void drop_secret(struct secret *secret)
{
    if (secret->bytes)
        wipe(secret->bytes, secret->size);
    heap_free(secret->bytes);
    *secret = (struct secret){ 0 };
}

static unsigned gram_at(const char *bytes)
{
    uint32_t gram;
    memcpy(&gram, bytes, GRAM_SIZE);
    return (gram * 2654435761u) >> (32 - GRAM_BITS);
}

static void mark_grams(struct secret *secret)
{
    for (size_t i = 0; i + GRAM_SIZE <= secret->size; i++) {
        unsigned gram = gram_at(secret->bytes + i);
        secret->grams[gram / 8] |= (unsigned char)(1u << gram % 8);
    }
}

int redaction_create(struct redaction **ret_redaction)
{
    struct redaction *redaction = heap_alloc(1, sizeof *redaction);
    *ret_redaction = NULL;
    if (!redaction)
        return -ENOMEM;
    if (pthread_mutex_init(&redaction->lock, NULL)) {
        heap_free(redaction);
        return -ENOMEM;
    }
    *ret_redaction = redaction;
    return 0;
}

int redaction_create_for(const char *secret, struct redaction **ret_redaction)
{
    *ret_redaction = NULL;
    int failed = secret ? redaction_create(ret_redaction) : 0;
    if (!secret || failed || !(failed = redaction_set(*ret_redaction, secret)))
        return failed;
    redaction_destroy(*ret_redaction);
    *ret_redaction = NULL;
    return failed;
}

void redaction_destroy(struct redaction *redaction)
{
    if (!redaction)
        return;
    for (size_t i = 0; i < SECRETS_MAX; i++)
        drop_secret(&redaction->secrets[i]);
    pthread_mutex_destroy(&redaction->lock);
    heap_free(redaction->work);
    heap_free(redaction);
}

static bool is_current(const struct redaction *redaction, const char *secret)
{
    const struct secret *first = &redaction->secrets[0];
    return first->bytes && strcmp(first->bytes, secret) == 0;
}

/* The last one is forgotten. The copy is the redaction's. */
static void put_first(struct redaction *redaction, char *copy)
{
    drop_secret(&redaction->secrets[SECRETS_MAX - 1]);
    memmove(redaction->secrets + 1, redaction->secrets, (SECRETS_MAX - 1) * sizeof(struct secret));
    struct secret *first = &redaction->secrets[0];
    *first = (struct secret){ .bytes = copy, .size = strlen(copy) };
    first->part_size =
        (size_t)clamp_i64((int64_t)(first->size + 1) / 2, REDACTION_PART_MIN, REDACTION_PART_MAX);
    mark_grams(first);
    redaction->version++;
}

int redaction_set(struct redaction *redaction, const char *secret)
{
    if (!secret || strlen(secret) < REDACTION_PART_MIN || is_current(redaction, secret))
        return 0;
    if (!redaction->work)
        redaction->work = make_workspace();
    char *copy = redaction->work ? heap_copy_text(secret, strlen(secret)) : NULL;
    if (!copy)
        return -ENOMEM;
    pthread_mutex_lock(&redaction->lock);
    put_first(redaction, copy);
    pthread_mutex_unlock(&redaction->lock);
    return 0;
}

/* The oldest one first. */
static int set_all(struct redaction *redaction, const struct redaction *other)
{
    int failed = 0;
    for (size_t i = SECRETS_MAX; i-- > 0 && !failed;)
        failed = redaction_set(redaction, other->secrets[i].bytes);
    return failed;
}

int redaction_follow(struct redaction *redaction, const struct redaction *other)
{
    if (!other)
        return 0;
    /* The lock is not a part of what must not change. */
    pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&other->lock;
    pthread_mutex_lock(lock);
    bool is_new = redaction->version_followed != other->version;
    int failed = is_new ? set_all(redaction, other) : 0;
    if (!failed)
        redaction->version_followed = other->version;
    pthread_mutex_unlock(lock);
    return failed;
}

bool redaction_is_needed(const struct redaction *redaction)
{
    return redaction && redaction->secrets[0].bytes;
}

/* --- what is found ------------------------------------------------------------------------------------------- */

/* Where a finding is in the whole text. A base64 text counts as a whole. */
struct scope {
    bool is_whole;
    size_t start;
    size_t end;
};

static void mark(struct redaction *redaction, const struct layer *layer, const struct scope *scope,
                 size_t start, size_t end)
{
    size_t first = scope->is_whole ? scope->start : layer->origin[start];
    size_t last = scope->is_whole ? scope->end : layer->origin[end];
    memset(redaction->work->is_secret + first, true, last - first);
}

/* The bytes at `at` are those of the secret at `i`: how far do both agree? */
static void mark_part(struct redaction *redaction, const struct secret *secret, size_t i,
                      const struct layer *layer, size_t at, const struct scope *scope)
{
    size_t before = 0;
    size_t after = GRAM_SIZE;
    while (before < i && before < at &&
           secret->bytes[i - before - 1] == layer->bytes[at - before - 1])
        before++;
    while (i + after < secret->size && at + after < layer->size &&
           secret->bytes[i + after] == layer->bytes[at + after])
        after++;
    if (before + after >= secret->part_size)
        mark(redaction, layer, scope, at - before, at + after);
}

/* A part that is long enough covers a whole gram at one of these steps. */
static void find_secret(struct redaction *redaction, const struct secret *secret,
                        const struct layer *layer, const struct scope *scope)
{
    size_t step = secret->part_size - GRAM_SIZE + 1;
    for (size_t at = 0; at + GRAM_SIZE <= layer->size; at += step) {
        unsigned gram = gram_at(layer->bytes + at);
        if (!(secret->grams[gram / 8] >> gram % 8 & 1))
            continue;
        for (size_t i = 0; i + GRAM_SIZE <= secret->size; i++)
            if (memcmp(secret->bytes + i, layer->bytes + at, GRAM_SIZE) == 0)
                mark_part(redaction, secret, i, layer, at, scope);
    }
}

/* --- escapes ------------------------------------------------------------------------------------------------- */

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Reads at most `max` digits of a base; returns how many there are. */
static size_t read_digits(const char *bytes, size_t size, int base, size_t max, uint32_t *ret_value)
{
    size_t count = 0;
    uint32_t value = 0;
    while (count < size && count < max) {
        int digit = digit_value(bytes[count]);
        if (digit < 0 || digit >= base)
            break;
        value = value * (uint32_t)base + (uint32_t)digit;
        count++;
    }
    *ret_value = value;
    return count;
}

/* A character that is not ASCII is none of a token. */
static char as_byte(uint32_t code_point)
{
    return code_point < 0x80 ? (char)code_point : '\x7f';
}

/*
 * A decoder reads one escape at bytes[0..size), which begins with its mark. Returns its size, and 0 when it is none.
 */
typedef size_t decode_one(const char *bytes, size_t size, char *ret_byte);

/* u002b, u{2b}, x2b, 053, or a single character; behind a backslash. */
static size_t decode_escaped(const char *bytes, size_t size, char *ret_byte)
{
    static const char letters[] = "bfnrt";
    static const char meanings[] = "\b\f\n\r\t";
    uint32_t value;
    if (size == 0)
        return 0;
    if (size >= 5 && bytes[0] == 'u' && read_digits(bytes + 1, 4, 16, 4, &value) == 4) {
        *ret_byte = as_byte(value);
        return 5;
    }
    if (size >= 4 && bytes[0] == 'u' && bytes[1] == '{') {
        size_t count = read_digits(bytes + 2, size - 2, 16, 6, &value);
        *ret_byte = as_byte(value);
        return count > 0 && 2 + count < size && bytes[2 + count] == '}' ? count + 3 : 0;
    }
    if (size >= 3 && bytes[0] == 'x' && read_digits(bytes + 1, 2, 16, 2, &value) == 2) {
        *ret_byte = as_byte(value);
        return 3;
    }
    if (size >= 3 && read_digits(bytes, 3, 8, 3, &value) == 3) {
        *ret_byte = as_byte(value);
        return 3;
    }
    const char *letter = bytes[0] ? strchr(letters, bytes[0]) : NULL;
    *ret_byte = letter ? meanings[letter - letters] : bytes[0];
    return 1;
}

static size_t decode_backslash(const char *bytes, size_t size, char *ret_byte)
{
    size_t used = decode_escaped(bytes + 1, size - 1, ret_byte);
    return used > 0 ? used + 1 : 0;
}

/* JSON in JSON in JSON: any number of backslashes. */
static size_t decode_backslashes(const char *bytes, size_t size, char *ret_byte)
{
    size_t count = 0;
    while (count < size && bytes[count] == '\\')
        count++;
    size_t used = decode_escaped(bytes + count, size - count, ret_byte);
    return used > 0 ? count + used : 0;
}

/* What is behind the percent sign: 2b, u002b. */
static size_t decode_hex(const char *bytes, size_t size, char *ret_byte)
{
    uint32_t value;
    if (size > 0 && bytes[0] == 'u' && read_digits(bytes + 1, size - 1, 16, 4, &value) == 4) {
        *ret_byte = as_byte(value);
        return 5;
    }
    if (read_digits(bytes, size, 16, 2, &value) != 2)
        return 0;
    *ret_byte = as_byte(value);
    return 2;
}

/* %2b: one level, for a token that looks encoded itself. */
static size_t decode_percent(const char *bytes, size_t size, char *ret_byte)
{
    size_t used = decode_hex(bytes + 1, size - 1, ret_byte);
    return used > 0 ? used + 1 : 0;
}

/* %2b, %252b, %25252b: any number of levels. */
static size_t decode_percents(const char *bytes, size_t size, char *ret_byte)
{
    size_t at = 1;
    while (at + 2 <= size && memcmp(bytes + at, "25", 2) == 0)
        at += 2;
    size_t used = decode_hex(bytes + at, size - at, ret_byte);
    if (used > 0)
        return at + used;
    *ret_byte = '%';
    return at > 1 ? at : 0;
}

static const struct entity {
    const char *name;
    char byte;
} entities[] = {
    /* clang-format off */
    { "amp", '&' }, { "AMP", '&' }, { "apos", '\'' }, { "ast", '*' }, { "midast", '*' }, { "bsol", '\\' },
    { "colon", ':' }, { "comma", ',' }, { "commat", '@' }, { "dollar", '$' }, { "equals", '=' }, { "excl", '!' },
    { "grave", '`' }, { "DiacriticalGrave", '`' }, { "gt", '>' }, { "GT", '>' }, { "Hat", '^' }, { "lbrace", '{' },
    { "lcub", '{' }, { "lbrack", '[' }, { "lsqb", '[' }, { "lowbar", '_' }, { "UnderBar", '_' }, { "lpar", '(' },
    { "lt", '<' }, { "LT", '<' }, { "num", '#' }, { "percnt", '%' }, { "period", '.' }, { "plus", '+' },
    { "quest", '?' }, { "quot", '"' }, { "QUOT", '"' }, { "rbrace", '}' }, { "rcub", '}' }, { "rbrack", ']' },
    { "rsqb", ']' }, { "rpar", ')' }, { "semi", ';' }, { "sol", '/' }, { "verbar", '|' }, { "vert", '|' },
    { "VerticalLine", '|' },
    /* clang-format on */
};

static size_t decode_named(const char *bytes, size_t size, char *ret_byte)
{
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
        size_t length = strlen(entities[i].name);
        if (length >= size || bytes[length] != ';' || memcmp(bytes, entities[i].name, length) != 0)
            continue;
        *ret_byte = entities[i].byte;
        return length + 1;
    }
    return 0;
}

/* #43; #x2b; a browser needs no semicolon behind a number. */
static size_t decode_number(const char *bytes, size_t size, char *ret_byte)
{
    bool is_hex = size > 1 && (bytes[1] == 'x' || bytes[1] == 'X');
    size_t at = is_hex ? 2 : 1;
    uint32_t value;
    size_t count = size > at ? read_digits(bytes + at, size - at, is_hex ? 16 : 10, 10, &value) : 0;
    if (count == 0)
        return 0;
    *ret_byte = as_byte(value);
    at += count;
    return at < size && bytes[at] == ';' ? at + 1 : at;
}

/* What is behind the ampersand. */
static size_t decode_reference(const char *bytes, size_t size, char *ret_byte)
{
    if (size == 0)
        return 0;
    return bytes[0] == '#' ? decode_number(bytes, size, ret_byte)
                           : decode_named(bytes, size, ret_byte);
}

/* &#43; &plus;: one level, for a token that looks encoded itself. */
static size_t decode_entity(const char *bytes, size_t size, char *ret_byte)
{
    size_t used = decode_reference(bytes + 1, size - 1, ret_byte);
    return used > 0 ? used + 1 : 0;
}

/* &#43; &amp;#43; &amp;amp;#43;: any number of levels. */
static size_t decode_entities(const char *bytes, size_t size, char *ret_byte)
{
    size_t at = 1;
    while (at + 4 <= size && memcmp(bytes + at, "amp;", 4) == 0)
        at += 4;
    size_t used = decode_reference(bytes + at, size - at, ret_byte);
    if (used > 0)
        return at + used;
    *ret_byte = '&';
    return at > 1 ? at : 0;
}

static const struct decoder {
    char mark;
    decode_one *decode;
} decoders[] = {
    { '\\', decode_backslash }, { '\\', decode_backslashes }, { '%', decode_percent },
    { '%', decode_percents },   { '&', decode_entity },       { '&', decode_entities },
};

/* False: there is no such escape. */
static bool decode(const struct decoder *decoder, const struct layer *from, struct layer *to)
{
    bool is_changed = false;
    to->size = 0;
    if (!memchr(from->bytes, decoder->mark, from->size))
        return false;
    for (size_t at = 0; at < from->size;) {
        char byte = from->bytes[at];
        size_t used = 0;
        if (byte == decoder->mark)
            used = decoder->decode(from->bytes + at, from->size - at, &byte);
        is_changed = is_changed || used > 0;
        to->bytes[to->size] = byte;
        to->origin[to->size++] = from->origin[at];
        at += used > 0 ? used : 1;
    }
    to->origin[to->size] = from->origin[from->size];
    return is_changed;
}

/* --- base64 -------------------------------------------------------------------------------------------------- */

static size_t base64_end(const signed char *digits, const struct layer *layer, size_t start)
{
    size_t end = start;
    while (end < layer->size && digits[(unsigned char)layer->bytes[end]] != NO_DIGIT)
        end++;
    while (end > start && digits[(unsigned char)layer->bytes[end - 1]] == LINE_END)
        end--;
    return end;
}

/*
 * Four characters are three bytes; where the first four begin is not known. False: the result is no text of a length
 * that matters, so it was not base64, or not from there.
 */
static bool decode_base64(const signed char *digits, const struct layer *from, size_t start,
                          size_t end, struct layer *to)
{
    size_t visible = 0;
    size_t visible_max = 0;
    uint32_t bits = 0;
    int count = 0;
    to->size = 0;
    for (size_t at = start; at < end; at++) {
        signed char value = digits[(unsigned char)from->bytes[at]];
        if (value < 0)
            continue;
        bits = bits << 6 | (unsigned char)value;
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        unsigned char byte = (unsigned char)(bits >> count & 0xff);
        to->bytes[to->size++] = (char)byte;
        visible = byte >= ' ' && byte <= '~' ? visible + 1 : 0;
        visible_max = visible > visible_max ? visible : visible_max;
    }
    return visible_max >= REDACTION_PART_MIN;
}

static void find(struct redaction *redaction, size_t depth, const struct scope *scope);

static size_t smallest_part(const struct redaction *redaction)
{
    const struct secret *secrets = redaction->secrets;
    size_t smallest = secrets[0].part_size;
    return secrets[1].bytes && secrets[1].part_size < smallest ? secrets[1].part_size : smallest;
}

/* At most REDACTION_DEPTH deep. */
// NOLINTNEXTLINE(misc-no-recursion)
static void find_in_base64(struct redaction *redaction, size_t depth, const struct scope *scope)
{
    struct layer *layer = &redaction->work->layers[depth];
    const signed char *digits = redaction->work->digits;
    size_t part = smallest_part(redaction);
    for (size_t start = 0; start < layer->size; start++) {
        if (digits[(unsigned char)layer->bytes[start]] < 0)
            continue;
        size_t end = base64_end(digits, layer, start);
        struct scope inner = *scope;
        if (!scope->is_whole)
            inner = (struct scope){ true, layer->origin[start], layer->origin[end] };
        for (size_t offset = 0; offset < 4 && end - start >= offset + part * 4 / 3; offset++) {
            if (decode_base64(digits, layer, start + offset, end,
                              &redaction->work->layers[depth + 1]))
                find(redaction, depth + 1, &inner);
        }
        start = end;
    }
}

/* --- the whole text ------------------------------------------------------------------------------------------ */

/* Each decoder on what the others left: that is each order of encodings. */
// NOLINTNEXTLINE(misc-no-recursion)
static void find(struct redaction *redaction, size_t depth, const struct scope *scope)
{
    struct layer *layers = redaction->work->layers;
    for (size_t i = 0; i < SECRETS_MAX; i++)
        if (redaction->secrets[i].bytes)
            find_secret(redaction, &redaction->secrets[i], &layers[depth], scope);
    if (depth == REDACTION_DEPTH)
        return;
    for (size_t i = 0; i < sizeof decoders / sizeof decoders[0]; i++)
        if (decode(&decoders[i], &layers[depth], &layers[depth + 1]))
            find(redaction, depth + 1, scope);
    find_in_base64(redaction, depth, scope);
}

static size_t backslashes_before(const char *bytes, size_t at)
{
    size_t count = 0;
    while (count < at && bytes[at - count - 1] == '\\')
        count++;
    return count;
}

/* A half of an escape must not stay: it would change what follows. */
static void widen(const char *bytes, size_t length, size_t *start, size_t *end)
{
    if (backslashes_before(bytes, *start) % 2 == 1)
        --*start;
    if (*end < length && backslashes_before(bytes, *end) % 2 == 1)
        ++*end;
}

static size_t replace(const bool *is_secret, char *bytes, size_t length)
{
    static const char replacement[] = REDACTION_MARK;
    size_t kept = 0;
    for (size_t at = 0; at < length;) {
        if (!is_secret[at]) {
            bytes[kept++] = bytes[at++];
            continue;
        }
        size_t end = at;
        while (end < length && is_secret[end])
            end++;
        memcpy(bytes + kept, replacement, sizeof replacement - 1);
        kept += sizeof replacement - 1;
        at = end;
    }
    return kept;
}

static void widen_all(bool *is_secret, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length; at++) {
        if (!is_secret[at])
            continue;
        size_t start = at;
        size_t end = at;
        while (end < length && is_secret[end])
            end++;
        at = end;
        widen(bytes, length, &start, &end);
        memset(is_secret + start, true, end - start);
    }
}

/* At most REDACTION_TEXT_MAX bytes. */
static size_t clean_part(struct redaction *redaction, char *bytes, size_t length)
{
    struct workspace *work = redaction->work;
    struct layer *layer = &work->layers[0];
    memcpy(layer->bytes, bytes, length);
    layer->size = length;
    for (size_t i = 0; i <= length; i++)
        layer->origin[i] = (uint16_t)i;
    memset(work->is_secret, false, length);
    find(redaction, 0, &(struct scope){ 0 });
    if (!memchr(work->is_secret, true, length))
        return length;
    widen_all(work->is_secret, bytes, length);
    return replace(work->is_secret, bytes, length);
}

/* Whole lines, as many as are cleaned at once; of a longer line its beginning. *ret_used: what they are in the text. */
static size_t part_of(const char *bytes, size_t length, size_t *ret_used)
{
    *ret_used = length;
    if (length <= REDACTION_TEXT_MAX)
        return length;
    size_t size = REDACTION_TEXT_MAX;
    while (size > 0 && bytes[size - 1] != '\n')
        size--;
    const char *end = memchr(bytes, '\n', length);
    if (size == 0 && end)
        *ret_used = (size_t)(end - bytes);
    if (size == 0)
        return REDACTION_TEXT_MAX;
    *ret_used = size;
    return size;
}

size_t redaction_apply(struct redaction *redaction, char *bytes, size_t length)
{
    size_t kept = 0;
    size_t used = 0;
    if (!redaction_is_needed(redaction))
        return length;
    for (size_t at = 0; at < length; at += used) {
        size_t size = part_of(bytes + at, length - at, &used);
        memmove(bytes + kept, bytes + at, size);
        kept += clean_part(redaction, bytes + kept, size);
    }
    bytes[kept] = '\0';
    return kept;
}

void redaction_clean(struct redaction *redaction, struct text *text)
{
    if (redaction_is_needed(redaction))
        text->length = redaction_apply(redaction, text->data, text->length);
}
