/*
 * operator_name - the name of the operator of this console, for records.
 *
 * The name of the user of the process, or "uid N", and the terminal: "ann on pts/3". With sudo(8), the user that called
 * it. Any thread, before others begin: it reads the user database. Cannot fail.
 */
#ifndef ENGINE_RUN_OPERATOR_NAME_H
#define ENGINE_RUN_OPERATOR_NAME_H

#define OPERATOR_NAME_SIZE 96

void operator_name(char ret_name[OPERATOR_NAME_SIZE]);

#endif
