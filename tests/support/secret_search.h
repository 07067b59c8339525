/*
 * secret_search - is a secret in a text, in whatever encoding?
 *
 * The text is decoded, not compared with known forms: what becomes the secret after a few decodings is a leak. It knows
 * nothing of the program's own redaction. Any thread.
 */
#ifndef TESTS_SUPPORT_SECRET_SEARCH_H
#define TESTS_SUPPORT_SECRET_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

/* Is this part in the text, as it is or after up to three decodings of JSON, URLs, HTML, the log, and base64? */
bool secret_is_in(const char *output, size_t size, const char *part);

#endif
