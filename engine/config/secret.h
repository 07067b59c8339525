/*
 * secret - the bearer token: read from a file that others cannot read or write, checked, wiped; never shown.
 *
 * Any thread. The token is heap memory, freed with secret_free. No error repeats a byte of it or the path, which the
 * caller knows. Errors: ERR_CONFIG when the file is not allowed as a source of a token, ERR_BAD_VALUE when its
 * content is not a token, -ENOMEM.
 */
#ifndef ENGINE_CONFIG_SECRET_H
#define ENGINE_CONFIG_SECRET_H

#include "engine/base/error.h"
#include "engine/config/file_trust.h"

#define SECRET_SIZE_MAX 8192 /* bytes of a token */

/* Can an Authorization header carry it: 1 .. SECRET_SIZE_MAX visible ASCII characters? */
int secret_check(const char *secret, struct error *err);

/*
 * A regular file that file_trust_check_secret accepts; a newline at its end is removed. *ret_stamp is that of the
 * file, also when its content is refused, and unknown when it cannot be opened.
 */
int secret_read(const char *path, char **ret_secret, struct file_stamp *ret_stamp,
                struct error *err);

/* No secret of this process is in a core dump from now on. */
void secret_keep_from_core_dumps(void);

/* Overwrites the text, then frees it. Accepts NULL. */
void secret_free(char *secret);

#endif
