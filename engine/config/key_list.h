/*
 * key_list - which keys the configuration gives to commands of the console: words as they stand in the file, with
 * their positions.
 *
 * The configuration does not know the commands; the console interprets the words. One entry for each key, in the order
 * of the file; a command with an empty list has one entry without a key. Plain values, copies of the texts; zeroed
 * memory is an empty list. The owner calls key_list_fini. One thread at a time.
 */
#ifndef ENGINE_CONFIG_KEY_LIST_H
#define ENGINE_CONFIG_KEY_LIST_H

#include <stddef.h>

#define KEY_LIST_MAX 200
#define KEY_LIST_WORD_SIZE 40

struct key_entry {
    char command[KEY_LIST_WORD_SIZE];
    char key[KEY_LIST_WORD_SIZE]; /* "": the command has no key */
    size_t line; /* of the key in the file, from 1; without a key: of the command */
    size_t column;
};

struct key_list {
    struct key_entry *entries;
    size_t count;
};

/* -ENOMEM, -E2BIG. The words must be shorter than KEY_LIST_WORD_SIZE. */
int key_list_add(struct key_list *list, const struct key_entry *entry);
void key_list_fini(struct key_list *list);

#endif
