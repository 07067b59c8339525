/*
 * file_trust - the users that may read and write a file that the program relies on.
 *
 * A file with a secret is one that no other user can have written, and that others cannot read. A group may read it
 * when it is that of root, when an access control list grants it, or when the file is below
 * $CREDENTIALS_DIRECTORY, where systemd puts credentials. A configuration is less strict: it is written by
 * administrators together.
 *
 * Any thread. Errors: ERR_CONFIG with a sentence.
 */
#ifndef ENGINE_CONFIG_FILE_TRUST_H
#define ENGINE_CONFIG_FILE_TRUST_H

#include "engine/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* Tells one content of a file from the next. Zeroed: none was read. */
struct file_stamp {
    bool is_known;
    uint64_t device;
    uint64_t node;
    int64_t size;
    int64_t modified_ns;
    int64_t changed_ns;
};

struct file_stamp file_stamp_of(const struct stat *st);
bool file_stamp_is_equal(const struct file_stamp *stamp, const struct file_stamp *other);

/* Could only root and the program's user have written it? */
int file_trust_check_writers(const struct stat *st, struct error *err);

/* The same, and can others not read it? `path` is that of the open file. */
int file_trust_check_secret(int fd, const char *path, const struct stat *st, struct error *err);

/* Why a configuration is to be trusted less: a sentence that is constant; NULL: there is no reason. */
const char *file_trust_doubt(const char *path, const struct stat *st);

/* The same of the directory of a file: a user that may write it can put another file there. */
const char *file_trust_directory_doubt(const char *path);

#endif
