#include "tests/bench/process.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

_Noreturn void process_fail(const char *what)
{
    perror(what);
    exit(1);
}

int process_free_port(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) ||
        getsockname(fd, (struct sockaddr *)&address, &size))
        process_fail("a free port");
    close(fd);
    return ntohs(address.sin_port);
}

pid_t process_start(const char *const argv[], int output)
{
    pid_t pid = fork();
    if (pid < 0)
        process_fail("fork");
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

double process_thread_seconds(pid_t pid)
{
    char path[64];
    char line[128] = "";
    snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", (int)pid, (int)pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    double seconds = fgets(line, sizeof line, file) ? strtod(line, NULL) * 1e-9 : 0;
    fclose(file);
    return seconds;
}
