/*
 * certificates - an authority of a test's own and what it vouches for, made by the openssl program.
 *
 * In a folder: the authority ca, another one that nobody trusts called other; good, fresh and client, vouched for and
 * valid for 127.0.0.1; stranger (for 127.0.0.2), expired, forged (vouched for by the other one), self (by nobody but
 * itself). Each has a NAME.key and a NAME.pem.
 */
#ifndef TESTS_SUPPORT_CERTIFICATES_H
#define TESTS_SUPPORT_CERTIFICATES_H

#include <stdbool.h>

#define PEM_SIZE_MAX 8192

/* False: there is no openssl here, or it cannot do this; openssl.log in the folder says more. */
bool certificates_make(const char *folder);

/* Fails the test when it cannot be read. */
void certificates_read(const char *folder, const char *name, const char *suffix,
                       char ret_pem[PEM_SIZE_MAX]);

/* Under another name, in place of what that was: one certificate with its key. */
void certificates_copy(const char *folder, const char *from, const char *to);

#endif
