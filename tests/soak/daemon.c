#include "tests/soak/daemon.h"

#include "engine/base/clock.h"
#include "engine/base/panic.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXEC_FAILED 127
#define READ_SIZE 16384

/* In the child: system calls only. The program gets none of the caller's environment. */
static void become(char *const *arguments, int log)
{
    static char path[] = "PATH=/usr/bin:/bin";
    static char home[] = "HOME=/nonexistent";
    char *environment[] = { path, home, NULL };
    int nothing = open("/dev/null", O_RDWR);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    if (nothing > STDERR_FILENO)
        close(nothing);
    execve(arguments[0], arguments, environment);
    _exit(EXEC_FAILED);
}

void daemon_start(struct daemon *daemon, char *const *arguments)
{
    int ends[2];
    *daemon = (struct daemon){ 0 };
    must(pipe(ends) == 0);
    must(fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0);
    must(fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0);
    daemon->log_fd = ends[0];
    daemon->pid = fork();
    must(daemon->pid >= 0);
    if (daemon->pid == 0)
        become(arguments, ends[1]);
    close(ends[1]);
}

void daemon_signal(const struct daemon *daemon, int number)
{
    kill(daemon->pid, number);
}

/* --- the log --------------------------------------------------------------------------------------------------- */

/* The number behind " name=". */
static int64_t field(const char *line, const char *name)
{
    const char *at = strstr(line, name);
    return at ? strtoll(at + strlen(name), NULL, 10) : 0;
}

static void count_line(struct daemon_log *log, const char *line)
{
    if (strstr(line, " pass_done ")) {
        log->passes++;
        log->read += field(line, " read=");
        log->failed += field(line, " failed=");
        log->scaled += field(line, " scaled=");
    }
    log->unconfirmed += strstr(line, " scale_unconfirmed ") != NULL;
    log->reloads += strstr(line, " config_reloaded ") != NULL;
    bool is_refused = strstr(line, " config_refused ") != NULL;
    log->refused_reloads += is_refused;
    /* Lines without a level are not events: a panic, a sanitizer. */
    bool is_event = strstr(line, " info ") || strstr(line, " warn ") || strstr(line, " error ") ||
                    strstr(line, " debug ");
    if (is_refused || !is_event)
        fprintf(stderr, "autoscaler: %s\n", line);
}

static void take_bytes(struct daemon *daemon, const char *bytes, ssize_t size)
{
    for (ssize_t i = 0; i < size; i++) {
        if (bytes[i] != '\n') {
            if (daemon->line_size < DAEMON_LINE_SIZE - 1)
                daemon->line[daemon->line_size++] = bytes[i];
            continue;
        }
        daemon->line[daemon->line_size] = '\0';
        daemon->line_size = 0;
        count_line(&daemon->log, daemon->line);
    }
}

void daemon_listen(struct daemon *daemon, int wait_ms)
{
    char bytes[READ_SIZE];
    struct pollfd log = { .fd = daemon->has_ended ? -1 : daemon->log_fd, .events = POLLIN };
    if (poll(&log, 1, wait_ms) <= 0)
        return;
    ssize_t got = read(daemon->log_fd, bytes, sizeof bytes);
    if (got < 0 && errno == EINTR)
        return;
    daemon->has_ended = got <= 0;
    take_bytes(daemon, bytes, got);
}

/* --- resources ------------------------------------------------------------------------------------------------- */

static bool number_behind(FILE *file, const char *key, double *ret_number)
{
    char line[256];
    rewind(file);
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, key, strlen(key)) != 0)
            continue;
        *ret_number = strtod(line + strlen(key), NULL);
        return true;
    }
    return false;
}

static bool count_descriptors(int pid, double *ret_count)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *dir = opendir(path);
    if (!dir)
        return false;
    *ret_count = 0;
    for (const struct dirent *entry; (entry = readdir(dir));)
        *ret_count += entry->d_name[0] != '.';
    closedir(dir);
    return true;
}

bool daemon_measure(int pid, struct daemon_cost *ret_cost)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    bool is_there = number_behind(file, "RssAnon:", &ret_cost->memory_kib) &&
                    number_behind(file, "Threads:", &ret_cost->threads) &&
                    count_descriptors(pid, &ret_cost->descriptors);
    fclose(file);
    return is_there;
}

/* --- the end --------------------------------------------------------------------------------------------------- */

int daemon_finish(struct daemon *daemon, int64_t patience_ms)
{
    int64_t until_ms = mono_now().ms + patience_ms;
    int status = 0;
    while (!daemon->has_ended && mono_now().ms < until_ms)
        daemon_listen(daemon, (int)(until_ms - mono_now().ms));
    if (!daemon->has_ended)
        kill(daemon->pid, SIGKILL);
    while (waitpid(daemon->pid, &status, 0) < 0)
        must(errno == EINTR);
    close(daemon->log_fd);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
