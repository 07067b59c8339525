/*
 * secret - the bearer token: read from a file that nobody else may read, judged, wiped; never shown.
 *
 * Any thread. The token is heap memory, given back with secret_free. No error repeats a byte of it or the path, which
 * the caller knows. Errors: ERR_CONFIG when the file is not one to take a token from, ERR_BAD_VALUE when its content is
 * no token, -ENOMEM.
 */
#ifndef ENGINE_CONFIG_SECRET_H
#define ENGINE_CONFIG_SECRET_H

#include "engine/base/error.h"

#define SECRET_SIZE_MAX 8192 /* bytes of a token */

/* Is it what an Authorization header can carry: 1 .. SECRET_SIZE_MAX visible ASCII characters? */
int secret_check(const char *secret, struct error *err);

/* A regular file without any permission for group and others; the newline that ends it is stripped. */
int secret_read(const char *path, char **ret_secret, struct error *err);

/* Overwrites the text before its memory is given back. Accepts NULL. */
void secret_free(char *secret);

#endif
