/*
 * certificates - certificate authorities and certificates for a test, made by the openssl program.
 *
 * Writes into a directory: the authority ca; a second authority other, which is not trusted; good, fresh and client,
 * signed by ca and valid for 127.0.0.1; stranger (for 127.0.0.2), expired, forged (signed by other), self
 * (self-signed). Each has a NAME.key and a NAME.pem.
 */
#ifndef TESTS_SUPPORT_CERTIFICATES_H
#define TESTS_SUPPORT_CERTIFICATES_H

#include <stdbool.h>

#define PEM_SIZE_MAX 8192

/* False: openssl is missing. When it fails, its output is printed and the test program ends. */
bool certificates_make(const char *directory);

/* Fails the test if it cannot be read. */
void certificates_read(const char *directory, const char *name, const char *suffix,
                       char ret_pem[PEM_SIZE_MAX]);

/* Copies a certificate with its key over another name. */
void certificates_copy(const char *directory, const char *from, const char *to);

#endif
