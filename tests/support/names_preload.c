/*
 * names_preload - a scripted resolver for LD_PRELOAD. The environment variable NAMES is a file with these lines:
 *
 *     NAME 127.0.0.2 127.0.0.1    these addresses, in this order
 *     NAME none                   there is no such name
 *     NAME hang PATH              no response until the pipe at PATH is opened for writing, then no such name
 *     later SECONDS               added to time(2), which libcurl uses to expire addresses
 *
 * Other names are looked up as usual. Each look-up of a listed name adds a byte to the file NAMES.count. Unlike a
 * changed resolv.conf, this needs no privilege.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_SIZE 512

typedef int lookup_function(const char *name, const char *service, const struct addrinfo *hints,
                            struct addrinfo **ret_list);

/* The words after `word` in the file. */
static bool find_line(const char *word, char ret_rest[LINE_SIZE])
{
    const char *path = getenv("NAMES");
    FILE *file = path ? fopen(path, "r") : NULL;
    size_t length = strlen(word);
    bool is_found = false;
    while (file && !is_found && fgets(ret_rest, LINE_SIZE, file))
        is_found = strncmp(ret_rest, word, length) == 0 && ret_rest[length] == ' ';
    if (is_found)
        memmove(ret_rest, ret_rest + length + 1, strlen(ret_rest + length + 1) + 1);
    if (file)
        fclose(file);
    return is_found;
}

static void count(void)
{
    char path[LINE_SIZE];
    snprintf(path, sizeof path, "%s.count", getenv("NAMES"));
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, "+", 1) != 1)
        abort();
    close(fd);
}

/*
 * A signal of the process may go to any thread. ThreadSanitizer runs its handler only after open() has returned, so
 * this thread must not receive any.
 */
static int hang(const char *path)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return EAI_NONAME;
}

/* glibc frees each list element by itself, so lists can be joined. */
static int look_up_each(lookup_function *look_up, char *addresses, const char *service,
                        const struct addrinfo *hints, struct addrinfo **ret_list)
{
    char *rest = NULL;
    int code = EAI_NONAME;
    for (char *word = strtok_r(addresses, " \n", &rest); word;
         word = strtok_r(NULL, " \n", &rest)) {
        code = look_up(word, service, hints, ret_list);
        if (code)
            return code;
        while (*ret_list)
            ret_list = &(*ret_list)->ai_next;
    }
    return code;
}

int getaddrinfo(const char *restrict name, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict ret_list)
{
    char line[LINE_SIZE];
    lookup_function *look_up;
    void *next = dlsym(RTLD_NEXT, "getaddrinfo");
    memcpy(&look_up, &next, sizeof look_up);
    if (!name || !find_line(name, line))
        return look_up(name, service, hints, ret_list);
    count();
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, "hang ", 5) == 0)
        return hang(line + 5);
    if (strcmp(line, "none") == 0)
        return EAI_NONAME;
    return look_up_each(look_up, line, service, hints, ret_list);
}

time_t time(time_t *ret_time)
{
    char line[LINE_SIZE];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    time_t seconds = now.tv_sec + (find_line("later", line) ? strtol(line, NULL, 10) : 0);
    if (ret_time)
        *ret_time = seconds;
    return seconds;
}
