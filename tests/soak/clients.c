#define _GNU_SOURCE 1 /* ptys, memmem */
#include "tests/soak/clients.h"

#include "engine/base/clock.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define ARGUMENT_SIZE 512
#define EXEC_FAILED 127
#define COLUMNS 120
#define ROWS 40
#define KEY_MS 300
#define COMMAND_MS 200
#define SCRAPE_MS 1000
#define PATIENCE_MS ((int64_t)10 * 1000)
#define ID "eu-west-arena-01"

struct console {
    pid_t pid; /* 0: it has not begun, or has ended */
    int terminal;
};

/* A response that is being read. */
struct scrape {
    int fd; /* -1: none */
    bool has_status;
    bool is_complete; /* the last chunk was seen */
    char tail[8];
};

struct clients {
    struct clients_config config;
    struct console consoles[CLIENTS_CONSOLES];
    struct scrape scrape;
    pid_t command; /* 0: none runs */
    int64_t command_number;
    int64_t key_number;
    int64_t command_ms; /* when the next one is due */
    int64_t key_ms;
    int64_t scrape_ms;
    struct clients_counts counts;
};

/* In the child: system calls only. */
_Noreturn static void become(char *const *arguments)
{
    static char path[] = "PATH=/usr/bin:/bin";
    static char home[] = "HOME=/nonexistent";
    static char term[] = "TERM=xterm-256color";
    static char locale[] = "LC_ALL=C.UTF-8";
    char *environment[] = { path, home, term, locale, NULL };
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execve(arguments[0], arguments, environment);
    _exit(EXEC_FAILED);
}

/* --- consoles -------------------------------------------------------------------------------------------------- */

static void open_terminal(struct console *console, char ret_name[64])
{
    struct winsize size = { .ws_row = ROWS, .ws_col = COLUMNS };
    console->terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    must(console->terminal >= 0);
    must(grantpt(console->terminal) == 0);
    must(unlockpt(console->terminal) == 0);
    must(ioctl(console->terminal, TIOCSWINSZ, &size) == 0);
    must(ptsname_r(console->terminal, ret_name, 64) == 0);
}

static void start_console(const struct clients *clients, struct console *console)
{
    char name[64];
    char attach[ARGUMENT_SIZE];
    snprintf(attach, sizeof attach, "--attach=%s", clients->config.socket);
    char *arguments[] = { (char *)(uintptr_t)clients->config.program, attach, NULL };
    open_terminal(console, name);
    console->pid = fork();
    must(console->pid >= 0);
    if (console->pid > 0)
        return;
    setsid();
    int fd = open(name, O_RDWR);
    ioctl(fd, TIOCSCTTY, 0);
    dup2(fd, STDIN_FILENO);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    close(fd);
    become(arguments);
}

/* As a terminal does; the console waits for nothing that is drawn. */
static void read_console(struct clients *clients, struct console *console)
{
    char bytes[16384];
    ssize_t size;
    while ((size = read(console->terminal, bytes, sizeof bytes)) > 0)
        clients->counts.drawn_bytes += size;
}

/* Moves, views, sorting, an explanation and back. */
static void press_key(struct clients *clients)
{
    static const char *const keys[] = { "j", "j", "\r", "\x1b", "k", "2", "1", ">", "G", "g", "I" };
    size_t number = (size_t)clients->key_number++;
    const char *key = keys[number % (sizeof keys / sizeof keys[0])];
    struct console *console = &clients->consoles[number % CLIENTS_CONSOLES];
    if (console->pid > 0)
        (void)!write(console->terminal, key, strlen(key));
}

static void look_at_consoles(struct clients *clients, int64_t now_ms)
{
    for (size_t i = 0; i < CLIENTS_CONSOLES; i++) {
        struct console *console = &clients->consoles[i];
        if (console->pid == 0)
            continue;
        read_console(clients, console);
        if (waitpid(console->pid, NULL, WNOHANG) != console->pid)
            continue;
        clients->counts.console_exits++;
        console->pid = 0;
    }
    if (now_ms < clients->key_ms)
        return;
    clients->key_ms = now_ms + KEY_MS;
    press_key(clients);
}

/* --- the script ------------------------------------------------------------------------------------------------ */

enum command { PAUSE, PLAN, RESUME };
#define COMMAND_COUNT (RESUME + 1)

static enum command command_of(int64_t number)
{
    return (enum command)(number % COMMAND_COUNT);
}

static void start_command(struct clients *clients)
{
    static char pause[] = "pause", plan[] = "plan", resume[] = "resume";
    static char id[] = ID, for_time[] = "--for=20s";
    char socket[ARGUMENT_SIZE];
    char reason[64];
    snprintf(socket, sizeof socket, "--socket=%s", clients->config.socket);
    snprintf(reason, sizeof reason, "--reason=" CLIENTS_REASON " %lld",
             (long long)clients->command_number);
    char *ctl = (char *)(uintptr_t)clients->config.ctl;
    char *commands[COMMAND_COUNT][7] = {
        [PAUSE] = { ctl, socket, pause, id, for_time, reason, NULL },
        [PLAN] = { ctl, socket, plan, NULL },
        [RESUME] = { ctl, socket, resume, id, reason, NULL },
    };
    clients->command = fork();
    must(clients->command >= 0);
    if (clients->command > 0)
        return;
    int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    become(commands[command_of(clients->command_number)]);
}

static void count_command(struct clients *clients, int status)
{
    struct clients_counts *counts = &clients->counts;
    enum command command = command_of(clients->command_number++);
    clients->command = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        counts->refused++;
    else if (command == PAUSE)
        counts->pauses++;
    else if (command == RESUME)
        counts->resumes++;
    else
        counts->plans++;
}

static void look_at_script(struct clients *clients, int64_t now_ms)
{
    int status;
    if (clients->command > 0 && waitpid(clients->command, &status, WNOHANG) == clients->command)
        count_command(clients, status);
    if (clients->command > 0 || now_ms < clients->command_ms)
        return;
    clients->command_ms = now_ms + COMMAND_MS;
    start_command(clients);
}

/* --- the scraper ----------------------------------------------------------------------------------------------- */

static void start_scrape(struct clients *clients)
{
    static const char request[] =
        "GET /v1/deployments HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", clients->config.socket);
    clients->scrape = (struct scrape){ .fd = fd };
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) ||
        send(fd, request, sizeof request - 1, MSG_NOSIGNAL) != (ssize_t)(sizeof request - 1)) {
        close(fd);
        clients->scrape.fd = -1;
        clients->counts.broken++;
    }
}

/* The status in the first bytes, the end of the list in the last ones. */
static void take_bytes(struct scrape *scrape, const char *bytes, size_t size)
{
    scrape->has_status |= size > 12 && memcmp(bytes, "HTTP/1.1 200", 12) == 0;
    size_t kept = size < sizeof scrape->tail ? size : sizeof scrape->tail;
    memmove(scrape->tail, scrape->tail + kept, sizeof scrape->tail - kept);
    memcpy(scrape->tail + sizeof scrape->tail - kept, bytes + size - kept, kept);
    scrape->is_complete = memmem(scrape->tail, sizeof scrape->tail, "0\r\n\r\n", 5) != NULL;
}

static void read_scrape(struct clients *clients)
{
    struct scrape *scrape = &clients->scrape;
    char bytes[16384];
    ssize_t size;
    while ((size = recv(scrape->fd, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        take_bytes(scrape, bytes, (size_t)size);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    bool is_whole = size == 0 && scrape->has_status && scrape->is_complete;
    clients->counts.scrapes += is_whole ? 1 : 0;
    clients->counts.broken += is_whole ? 0 : 1;
    close(scrape->fd);
    scrape->fd = -1;
}

static void look_at_scraper(struct clients *clients, int64_t now_ms)
{
    if (clients->scrape.fd >= 0)
        read_scrape(clients);
    if (clients->scrape.fd >= 0 || now_ms < clients->scrape_ms)
        return;
    clients->scrape_ms = now_ms + SCRAPE_MS;
    start_scrape(clients);
}

/* --- life cycle ------------------------------------------------------------------------------------------------ */

struct clients *clients_create(const struct clients_config *config)
{
    struct clients *clients = heap_alloc(1, sizeof *clients);
    must(clients);
    clients->config = *config;
    clients->scrape.fd = -1;
    return clients;
}

void clients_look(struct clients *clients)
{
    int64_t now_ms = mono_now().ms;
    if (clients->key_ms == 0) {
        if (access(clients->config.socket, F_OK) != 0)
            return;
        for (size_t i = 0; i < CLIENTS_CONSOLES; i++)
            start_console(clients, &clients->consoles[i]);
        clients->key_ms = now_ms + KEY_MS;
    }
    look_at_consoles(clients, now_ms);
    look_at_script(clients, now_ms);
    look_at_scraper(clients, now_ms);
}

int clients_console_pid(const struct clients *clients)
{
    return (int)clients->consoles[0].pid;
}

struct clients_counts clients_counts(const struct clients *clients)
{
    return clients->counts;
}

/* What it draws at last is read: it may wait for its terminal. */
static bool end_console(struct clients *clients, struct console *console)
{
    int64_t until_ms = mono_now().ms + PATIENCE_MS;
    int status = 0;
    if (console->pid == 0)
        return false;
    kill(console->pid, SIGTERM);
    while (waitpid(console->pid, &status, WNOHANG) == 0) {
        struct pollfd drawn = { .fd = console->terminal, .events = POLLIN };
        poll(&drawn, 1, 1);
        read_console(clients, console);
        if (mono_now().ms > until_ms)
            kill(console->pid, SIGKILL);
    }
    console->pid = 0;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool clients_finish(struct clients *clients)
{
    int status;
    bool is_well = true;
    if (clients->command > 0 && waitpid(clients->command, &status, 0) == clients->command)
        count_command(clients, status);
    for (size_t i = 0; i < CLIENTS_CONSOLES; i++)
        is_well &= end_console(clients, &clients->consoles[i]);
    return is_well;
}

void clients_destroy(struct clients *clients)
{
    if (!clients)
        return;
    for (size_t i = 0; i < CLIENTS_CONSOLES; i++)
        if (clients->key_ms != 0)
            close(clients->consoles[i].terminal);
    if (clients->scrape.fd >= 0)
        close(clients->scrape.fd);
    heap_free(clients);
}
