/*
 * api_identity - what tells one API from another: the back end and the URL.
 *
 * Any thread. Cannot fail.
 */
#ifndef ENGINE_STORE_API_IDENTITY_H
#define ENGINE_STORE_API_IDENTITY_H

#include <stdint.h>

#define API_IDENTITY_SIZE 2200

/*
 * "BACKEND URL" with scheme and host in lower case, without the default port and trailing slashes: what stays when only
 * the spelling changes. The URL is a valid one, at most 2000 bytes.
 */
void api_identity(const char *backend, const char *url, char ret_identity[API_IDENTITY_SIZE]);

/* The same in every version of the program: it is in names of directories, and in checksums. */
uint64_t api_identity_hash(const char *identity);

#endif
