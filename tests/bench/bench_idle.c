/*
 * Cost of a console without input: CPU time and wake-ups, beside htop and top at their default delay.
 *
 * Every program runs on a pty of its own, all at the same time; the output is read. A wake-up is a context
 * switch that a thread made by itself (voluntary_ctxt_switches of /proc), summed over the threads. The first
 * seconds, in which they start, do not count.
 *
 *     bench_idle PROGRAM [SECONDS]
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_SECONDS 4
#define SECONDS 20
#define ARGUMENTS_MAX 8
#define PATH_SIZE 320

struct candidate {
    const char *name;
    const char *arguments[ARGUMENTS_MAX];
    pid_t pid;
    int master;
    long long bytes;
    bool is_gone;
};

struct cost {
    long long cpu_ticks;
    long long wakes;
};

static double seconds_now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    fprintf(stderr, "bench_idle: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void become(const struct candidate *candidate, const char *terminal)
{
    setsid();
    int fd = open(terminal, O_RDWR);
    if (fd < 0)
        _exit(127);
    ioctl(fd, TIOCSCTTY, 0);
    for (int i = 0; i <= STDERR_FILENO; i++)
        dup2(fd, i);
    setenv("TERM", "xterm-256color", 1);
    execvp(candidate->arguments[0], (char *const *)(unsigned long)candidate->arguments);
    _exit(127);
}

static void start(struct candidate *candidate)
{
    candidate->master = posix_openpt(O_RDWR | O_NOCTTY);
    if (candidate->master < 0 || grantpt(candidate->master) || unlockpt(candidate->master))
        fail("no pty");
    struct winsize size = { .ws_row = 50, .ws_col = 160 };
    ioctl(candidate->master, TIOCSWINSZ, &size);
    char terminal[PATH_SIZE];
    snprintf(terminal, sizeof terminal, "%s", ptsname(candidate->master));
    candidate->pid = fork();
    if (candidate->pid < 0)
        fail("fork");
    if (candidate->pid == 0)
        become(candidate, terminal);
}

/* Reads what the programs draw until then, as a terminal does. */
static void attend(struct candidate *candidates, size_t count, double until)
{
    for (double now = seconds_now(); now < until; now = seconds_now()) {
        struct pollfd watched[8];
        for (size_t i = 0; i < count; i++)
            watched[i] =
                (struct pollfd){ candidates[i].is_gone ? -1 : candidates[i].master, POLLIN, 0 };
        poll(watched, count, (int)((until - now) * 1000) + 1);
        for (size_t i = 0; i < count; i++) {
            char bytes[65536];
            if (!watched[i].revents)
                continue;
            ssize_t size = read(candidates[i].master, bytes, sizeof bytes);
            candidates[i].is_gone = size <= 0;
            candidates[i].bytes += size > 0 ? size : 0;
        }
    }
}

static long long number_behind(const char *path, const char *key)
{
    char line[512];
    long long number = 0;
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0)
            number = strtoll(line + strlen(key), NULL, 10);
    if (file)
        fclose(file);
    return number;
}

/* utime and stime, fields 14 and 15 of stat; the name before them ends with the last parenthesis. */
static long long ticks_of(pid_t pid)
{
    char path[PATH_SIZE];
    char line[1024] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    if (!file || !fgets(line, sizeof line, file))
        line[0] = '\0';
    if (file)
        fclose(file);
    char *at = strrchr(line, ')');
    for (int i = 0; at && i < 12; i++)
        at = strchr(at + 1, ' ');
    if (!at)
        return 0;
    long long user = strtoll(at, &at, 10);
    return user + strtoll(at, NULL, 10);
}

static struct cost cost_of(const struct candidate *candidate)
{
    struct cost cost = { .cpu_ticks = ticks_of(candidate->pid) };
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "/proc/%d/task", (int)candidate->pid);
    DIR *tasks = opendir(path);
    for (struct dirent *entry; tasks && (entry = readdir(tasks));) {
        char status[PATH_SIZE];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(status, sizeof status, "/proc/%d/task/%.20s/status", (int)candidate->pid,
                 entry->d_name);
        cost.wakes += number_behind(status, "voluntary_ctxt_switches:");
    }
    if (tasks)
        closedir(tasks);
    return cost;
}

static void end(struct candidate *candidate)
{
    kill(candidate->pid, SIGTERM);
    close(candidate->master);
    kill(candidate->pid, SIGKILL);
    waitpid(candidate->pid, NULL, 0);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: bench_idle PROGRAM [SECONDS]\n");
        return 2;
    }
    double span = argc > 2 ? strtod(argv[2], NULL) : SECONDS;
    struct candidate candidates[] = {
        { .name = "console, engine at rest",
          .arguments = { argv[1], "--demo=12", "--demo-speed=0.001", "--log-file=/dev/null" } },
        { .name = "console, a pass every 1.5 s",
          .arguments = { argv[1], "--demo=12", "--demo-speed=20", "--log-file=/dev/null" } },
        { .name = "htop", .arguments = { "htop" } },
        { .name = "top", .arguments = { "top" } },
    };
    size_t count = sizeof candidates / sizeof candidates[0];
    struct cost before[sizeof candidates / sizeof candidates[0]];
    for (size_t i = 0; i < count; i++)
        start(&candidates[i]);
    attend(candidates, count, seconds_now() + START_SECONDS);
    for (size_t i = 0; i < count; i++) {
        before[i] = cost_of(&candidates[i]);
        candidates[i].bytes = 0;
    }
    attend(candidates, count, seconds_now() + span);
    printf("idle at 160x50 for %.0f s        CPU %%   wake-ups/s   bytes/s\n", span);
    for (size_t i = 0; i < count; i++) {
        struct cost after = cost_of(&candidates[i]);
        double cpu = (double)(after.cpu_ticks - before[i].cpu_ticks) / (double)sysconf(_SC_CLK_TCK);
        if (candidates[i].is_gone)
            printf("  %-28s not here\n", candidates[i].name);
        else
            printf("  %-28s %6.2f %10.2f %10.0f\n", candidates[i].name, 100 * cpu / span,
                   (double)(after.wakes - before[i].wakes) / span,
                   (double)candidates[i].bytes / span);
        end(&candidates[i]);
    }
    return 0;
}
