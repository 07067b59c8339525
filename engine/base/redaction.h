/*
 * redaction - removes secrets from a finished text, in whatever encoding they are in it.
 *
 * An API may repeat the token that it got: escaped, encoded, inside another document, cut. Texts are therefore checked
 * where they are written, after everything was put into them. Found are the token itself and what JSON, URLs, base64
 * (at any offset) and HTML make of it, also inside each other, REDACTION_DEPTH deep; and each part of it that is long
 * enough: half of the token, between REDACTION_PART_MIN and REDACTION_PART_MAX characters. What is found becomes
 * REDACTION_MARK, which is never longer; escapes are removed as a whole, so a JSON document stays one.
 *
 * Tokens shorter than REDACTION_PART_MIN are not looked for: they occur by chance.
 *
 * A long text is taken by lines: as many of them at a time as REDACTION_TEXT_MAX bytes hold. An encoding that goes on
 * from one such part to the next one is not found; no output of this program has one.
 *
 * Owns copies of the secrets, which it wipes. One thread at a time, except redaction_follow. Without a secret it costs
 * nothing.
 */
#ifndef ENGINE_BASE_REDACTION_H
#define ENGINE_BASE_REDACTION_H

#include "engine/base/text.h"

#include <stdbool.h>
#include <stddef.h>

#define REDACTION_MARK "(token)"
#define REDACTION_PART_MIN 8
#define REDACTION_PART_MAX 16
#define REDACTION_DEPTH 3
#define REDACTION_TEXT_MAX 16384 /* bytes of a line; what is behind in it is cut off */

struct redaction;

/* Without a secret. -ENOMEM. */
int redaction_create(struct redaction **ret_redaction);

/* With this one; NULL: *ret_redaction is NULL. -ENOMEM. */
int redaction_create_for(const char *secret, struct redaction **ret_redaction);

/* Accepts NULL. */
void redaction_destroy(struct redaction *redaction);

/*
 * A token that is used from now on. The one before is still looked for: responses to it may be under way. NULL: none
 * is used any more. -ENOMEM: nothing changed.
 */
int redaction_set(struct redaction *redaction, const char *secret);

/*
 * Looks for what the other one looks for, too: the same secrets, once more when they have changed. The other may be in
 * use on another thread meanwhile. NULL: for nothing more. -ENOMEM.
 */
int redaction_follow(struct redaction *redaction, const struct redaction *other);

/* Is there something to look for? */
bool redaction_is_needed(const struct redaction *redaction);

/* Removes it from `length` bytes with room for a NUL behind; returns the new length, which is not larger. */
size_t redaction_apply(struct redaction *redaction, char *bytes, size_t length);

/* The same for a text, from an offset on. Accepts NULL for the redaction. */
void redaction_clean(struct redaction *redaction, struct text *text);

#endif
