#include "engine/run/operator_name.h"

#include "engine/base/text.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_SIZE 16384
#define DEVICES "/dev/"

static void add_user(struct text *text)
{
    char buffer[BUFFER_SIZE];
    struct passwd passwd, *found = NULL;
    const char *caller = getenv("SUDO_USER");
    if (getuid() == 0 && caller && caller[0])
        text_add_escaped(text, caller, strlen(caller));
    else if (getpwuid_r(getuid(), &passwd, buffer, sizeof buffer, &found) == 0 && found)
        text_add_escaped(text, found->pw_name, strlen(found->pw_name));
    else
        text_addf(text, "uid %lu", (unsigned long)getuid());
}

void operator_name(char ret_name[OPERATOR_NAME_SIZE])
{
    char tty[64];
    struct text text;
    text_init(&text, ret_name, OPERATOR_NAME_SIZE);
    add_user(&text);
    if (ttyname_r(STDIN_FILENO, tty, sizeof tty))
        return;
    size_t prefix = strncmp(tty, DEVICES, strlen(DEVICES)) == 0 ? strlen(DEVICES) : 0;
    text_addf(&text, " on %s", tty + prefix);
}
