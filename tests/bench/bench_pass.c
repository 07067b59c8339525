/*
 * bench_pass - a pass over many deployments beside a bare libcurl-multi loop that does the same GETs.
 *
 *     bench_pass AUTOSCALER [DEPLOYMENTS [PAIRS]]
 *
 * Both read every deployment's status from the same server on loopback, in turn, several times: nginx when it is there,
 * the simulated API otherwise. Prints the rates and their ratio pair by pair. Then the same for a daemon without and
 * with a state directory and a recording, and the memory of both. Nothing is asserted.
 */
#define _GNU_SOURCE 1 /* wait4, pipe2 */

#include "tests/bench/process.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONCURRENCY 32
#define PATH_SIZE 512
#define COMMAND_SIZE 1024
#define PAIRS_MAX 99
#define DAEMON_PASSES 4

struct bench {
    const char *autoscaler;
    int deployments;
    int pairs;
    char dir[PATH_SIZE / 2];
    char url[128];
    int port;
    pid_t server;
    const char *server_name;
    cJSON *list; /* as discovered; it owns the ids */
    const char **ids;
};

static double seconds_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

/* --- the server ---------------------------------------------------------------------------------------------- */

static FILE *create_file(const struct bench *bench, const char *name)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", bench->dir, name);
    FILE *file = fopen(path, "w");
    if (!file)
        process_fail(path);
    return file;
}

static void write_discovery(const struct bench *bench)
{
    FILE *file = create_file(bench, "discover");
    fputs("{\"deployments\":[", file);
    for (int i = 0; i < bench->deployments; i++)
        fprintf(file,
                "%s{\"id\":\"eu-west-arena-%06d\",\"servers_per_host\":10,\"target_free_pct\":15}",
                i ? "," : "", i);
    fputs("]}\n", file);
    fclose(file);
}

static void write_nginx_config(const struct bench *bench)
{
    FILE *file = create_file(bench, "nginx.conf");
    fprintf(
        file,
        "daemon off;\nworker_processes 1;\npid %s/nginx.pid;\nerror_log %s/error.log;\n"
        "events { worker_connections 256; }\n"
        "http {\n  access_log off;\n  keepalive_requests 100000000;\n"
        "  client_body_temp_path %s/body;\n  proxy_temp_path %s/proxy;\n"
        "  fastcgi_temp_path %s/fastcgi;\n  uwsgi_temp_path %s/uwsgi;\n  scgi_temp_path %s/scgi;\n"
        "  server {\n    listen 127.0.0.1:%d;\n    root %s;\n    default_type application/json;\n"
        "    location /status/ { return 200 "
        "'{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":20}'; }\n  }\n}\n",
        bench->dir, bench->dir, bench->dir, bench->dir, bench->dir, bench->dir, bench->dir,
        bench->port, bench->dir);
    fclose(file);
}

static pid_t spawn(char *const argv[], int output)
{
    pid_t pid = fork();
    if (pid < 0)
        process_fail("fork");
    if (pid > 0)
        return pid;
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execvp(argv[0], argv);
    _exit(127);
}

static int null_output(void)
{
    static int fd = -1;
    if (fd < 0)
        fd = open("/dev/null", O_WRONLY);
    return fd;
}

static size_t ignore_body(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes;
    (void)context;
    return size * count;
}

struct body {
    char *bytes;
    size_t size;
};

static size_t add_to_body(char *bytes, size_t size, size_t count, void *context)
{
    struct body *body = context;
    char *resized = realloc(body->bytes, body->size + size * count + 1);
    if (!resized)
        process_fail("memory");
    body->bytes = resized;
    memcpy(body->bytes + body->size, bytes, size * count);
    body->size += size * count;
    body->bytes[body->size] = '\0';
    return size * count;
}

static void take_ids(struct bench *bench, const char *body)
{
    int count = 0;
    const cJSON *entry;
    bench->list = cJSON_Parse(body);
    const cJSON *deployments = cJSON_GetObjectItemCaseSensitive(bench->list, "deployments");
    bench->ids = calloc((size_t)bench->deployments, sizeof *bench->ids);
    cJSON_ArrayForEach(entry, deployments)
    {
        if (count < bench->deployments)
            bench->ids[count++] =
                cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(entry, "id"));
    }
    if (count < bench->deployments) {
        fprintf(stderr, "the server lists %d deployments only\n", count);
        exit(1);
    }
}

/* Asks for the list until it comes or the server has ended: its start is not an event. */
static void await_server(struct bench *bench)
{
    char url[PATH_SIZE];
    struct body body = { 0 };
    snprintf(url, sizeof url, "%s/discover", bench->url);
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, add_to_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &body);
    while (curl_easy_perform(easy) != CURLE_OK) {
        if (waitpid(bench->server, NULL, WNOHANG) != 0) {
            fprintf(stderr, "the server did not start\n");
            exit(1);
        }
        sched_yield();
    }
    curl_easy_cleanup(easy);
    take_ids(bench, body.bytes);
    free(body.bytes);
}

static void start_server(struct bench *bench)
{
    char *argument = NULL;
    char config[PATH_SIZE];
    char count[64];
    char listen[64];
    bench->port = process_free_port();
    snprintf(bench->url, sizeof bench->url, "http://127.0.0.1:%d", bench->port);
    snprintf(config, sizeof config, "%s/nginx.conf", bench->dir);
    snprintf(count, sizeof count, "--set=simulation.deployments=%d", bench->deployments);
    snprintf(listen, sizeof listen, "--simulate-api=127.0.0.1:%d", bench->port);
    if (access("/usr/sbin/nginx", X_OK) == 0) {
        write_nginx_config(bench);
        char program[] = "/usr/sbin/nginx";
        char flag[] = "-c";
        char *argv[] = { program, flag, config, argument };
        bench->server_name = "nginx";
        bench->server = spawn(argv, null_output());
    } else {
        char program[PATH_SIZE];
        snprintf(program, sizeof program, "%s", bench->autoscaler);
        char *argv[] = { program, listen, count, argument };
        bench->server_name = "the simulated API";
        bench->server = spawn(argv, null_output());
    }
    await_server(bench);
}

/* --- the bare loop ------------------------------------------------------------------------------------------- */

struct bare {
    const struct bench *bench;
    CURLM *multi;
    struct curl_slist *headers;
    int next;
    int done;
    int failed;
};

static void bare_start(struct bare *bare, CURL *easy)
{
    char url[PATH_SIZE];
    snprintf(url, sizeof url, "%s/status/%s", bare->bench->url, bare->bench->ids[bare->next++]);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_multi_add_handle(bare->multi, easy);
}

static void bare_reap(struct bare *bare)
{
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(bare->multi, &left));) {
        CURL *easy = message->easy_handle;
        bare->failed += message->data.result != CURLE_OK;
        bare->done++;
        curl_multi_remove_handle(bare->multi, easy);
        if (bare->next < bare->bench->deployments)
            bare_start(bare, easy);
    }
}

static double bare_seconds(const struct bench *bench)
{
    struct bare bare = { .bench = bench, .multi = curl_multi_init() };
    CURL *easies[CONCURRENCY];
    /* Exactly the same GETs. */
    bare.headers = curl_slist_append(NULL, "Accept: application/json");
    double started = seconds_now();
    for (int i = 0; i < CONCURRENCY; i++) {
        easies[i] = curl_easy_init();
        curl_easy_setopt(easies[i], CURLOPT_HTTPHEADER, bare.headers);
        curl_easy_setopt(easies[i], CURLOPT_USERAGENT, "autoscaler/" AUTOSCALER_VERSION);
        curl_easy_setopt(easies[i], CURLOPT_WRITEFUNCTION, ignore_body);
        curl_easy_setopt(easies[i], CURLOPT_NOSIGNAL, 1L);
        if (bare.next < bench->deployments)
            bare_start(&bare, easies[i]);
    }
    while (bare.done < bench->deployments) {
        int running;
        curl_multi_perform(bare.multi, &running);
        int done = bare.done;
        bare_reap(&bare);
        if (bare.done == done)
            curl_multi_poll(bare.multi, NULL, 0, 1000, NULL);
    }
    double took = seconds_now() - started;
    for (int i = 0; i < CONCURRENCY; i++)
        curl_easy_cleanup(easies[i]);
    curl_multi_cleanup(bare.multi);
    curl_slist_free_all(bare.headers);
    if (bare.failed)
        fprintf(stderr, "bare loop: %d requests failed\n", bare.failed);
    return took;
}

/* --- ours ---------------------------------------------------------------------------------------------------- */

struct ours {
    double pass_seconds;
    int read;
    int failed;
    long memory_kib;
};

/* The last line of the report is its summary. */
static void parse_summary(const char *line, struct ours *ours)
{
    const char *read = strstr(line, "\"read\":");
    const char *failed = strstr(line, "\"failed\":");
    const char *took = strstr(line, "\"duration_ms\":");
    if (!read || !failed || !took)
        return;
    ours->read = atoi(read + strlen("\"read\":"));
    ours->failed = atoi(failed + strlen("\"failed\":"));
    ours->pass_seconds = atof(took + strlen("\"duration_ms\":")) / 1000;
}

static struct ours run_once(const struct bench *bench)
{
    struct ours ours = { 0 };
    int pipe_fds[2];
    if (pipe(pipe_fds))
        process_fail("pipe");
    pid_t pid = fork();
    if (pid == 0) {
        dup2(pipe_fds[1], STDOUT_FILENO);
        dup2(null_output(), STDERR_FILENO);
        close(pipe_fds[0]);
        execl(bench->autoscaler, bench->autoscaler, "--once", "--output=json", "--dry-run", "--api",
              bench->url, (char *)NULL);
        _exit(127);
    }
    close(pipe_fds[1]);
    FILE *output = fdopen(pipe_fds[0], "r");
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, output) > 0)
        if (strncmp(line, "\"summary\"", 9) == 0)
            parse_summary(line, &ours);
    free(line);
    fclose(output);
    struct rusage usage;
    int status;
    wait4(pid, &status, 0, &usage);
    ours.memory_kib = usage.ru_maxrss;
    return ours;
}

/* --- the daemon ---------------------------------------------------------------------------------------------- */

struct daemon {
    double pass_seconds;   /* of a pass, without the first one */
    double thread_seconds; /* of those: on a processor, in the engine's thread */
    long resident_kib;     /* after the last pass */
    long peak_kib;         /* the lists included */
};

static pid_t spawn_daemon(const struct bench *bench, const char *state, int output)
{
    pid_t pid = fork();
    if (pid < 0)
        process_fail("fork");
    if (pid > 0)
        return pid;
    dup2(output, STDERR_FILENO);
    execl(bench->autoscaler, bench->autoscaler, "--no-ui", "--dry-run", "--discovery-interval=5s",
          "--pass-interval=1s", "--api", bench->url, state, (char *)NULL);
    _exit(127);
}

static long read_resident_kib(pid_t pid)
{
    char path[64];
    char line[256];
    long kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    if (file)
        fclose(file);
    return kib;
}

static void watch_passes(struct daemon *daemon, FILE *log, pid_t pid)
{
    char *line = NULL;
    size_t size = 0;
    double started = 0;
    for (int passes = 0; passes < DAEMON_PASSES && getline(&line, &size, log) > 0;) {
        const char *took = strstr(line, " pass_done ") ? strstr(line, "took_ms=") : NULL;
        if (!took)
            continue;
        if (++passes > 1)
            daemon->pass_seconds += strtod(took + strlen("took_ms="), NULL) / 1000;
        else
            started = process_thread_seconds(pid);
    }
    daemon->thread_seconds = (process_thread_seconds(pid) - started) / (DAEMON_PASSES - 1);
    daemon->pass_seconds /= DAEMON_PASSES - 1;
    daemon->resident_kib = read_resident_kib(pid);
    kill(pid, SIGTERM);
    while (getline(&line, &size, log) > 0)
        continue;
    free(line);
}

/* Over some lists and passes. */
static struct daemon run_daemon(const struct bench *bench, bool with_state)
{
    struct daemon daemon = { 0 };
    char state[PATH_SIZE] = "--no-state";
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC))
        process_fail("pipe");
    if (with_state)
        snprintf(state, sizeof state, "--state-dir=%s/state", bench->dir);
    pid_t pid = spawn_daemon(bench, state, pipe_fds[1]);
    close(pipe_fds[1]);
    FILE *log = fdopen(pipe_fds[0], "r");
    watch_passes(&daemon, log, pid);
    fclose(log);
    struct rusage usage;
    int status;
    wait4(pid, &status, 0, &usage);
    daemon.peak_kib = usage.ru_maxrss;
    return daemon;
}

/* --- the whole ----------------------------------------------------------------------------------------------- */

static int compare_doubles(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    return (*x > *y) - (*x < *y);
}

static void run_pairs(const struct bench *bench)
{
    double ratios[PAIRS_MAX];
    for (int i = 0; i < bench->pairs; i++) {
        double bare = bench->deployments / bare_seconds(bench);
        struct ours ours = run_once(bench);
        double rate = ours.read / ours.pass_seconds;
        ratios[i] = rate / bare;
        printf("  bare loop %8.0f/s   a pass %8.0f/s   ratio %.3f   read %d failed %d   %.1f MiB\n",
               bare, rate, ratios[i], ours.read, ours.failed, (double)ours.memory_kib / 1024);
        fflush(stdout);
    }
    qsort(ratios, (size_t)bench->pairs, sizeof ratios[0], compare_doubles);
    printf("  ratio: min %.3f  median %.3f  max %.3f   (budget: >= 0.9)\n", ratios[0],
           ratios[bench->pairs / 2], ratios[bench->pairs - 1]);
}

static double mib(long kib)
{
    return (double)kib / 1024;
}

static void print_ratios(const char *of, double *ratios, int count)
{
    qsort(ratios, (size_t)count, sizeof ratios[0], compare_doubles);
    printf("  ratio of %s: min %.3f  median %.3f  max %.3f   (budget: >= 0.95)\n", of, ratios[0],
           ratios[count / 2], ratios[count - 1]);
}

/* A pass of the daemon alone, and with a state and a recording. */
static void compare_state(const struct bench *bench)
{
    double ratios[PAIRS_MAX];
    double thread_ratios[PAIRS_MAX];
    struct daemon bare = { 0 };
    struct daemon full = { 0 };
    for (int i = 0; i < bench->pairs; i++) {
        bare = run_daemon(bench, false);
        full = run_daemon(bench, true);
        ratios[i] = bare.pass_seconds / full.pass_seconds;
        thread_ratios[i] = bare.thread_seconds / full.thread_seconds;
        printf("  a pass %6.2f s (thread %.2f s)   with state and recording %6.2f s (%.2f s)"
               "   ratio %.3f (%.3f)\n",
               bare.pass_seconds, bare.thread_seconds, full.pass_seconds, full.thread_seconds,
               ratios[i], thread_ratios[i]);
        fflush(stdout);
    }
    print_ratios("the time of a pass", ratios, bench->pairs);
    print_ratios("the engine's thread", thread_ratios, bench->pairs);
    printf("  resident: %.1f MiB (peak %.1f), with state and recording %.1f MiB (peak %.1f)"
           "   (budget: <= 112)\n",
           mib(bare.resident_kib), mib(bare.peak_kib), mib(full.resident_kib), mib(full.peak_kib));
}

int main(int argc, char **argv)
{
    struct bench bench = {
        .autoscaler = argc > 1 ? argv[1] : "build/release/autoscaler",
        .deployments = argc > 2 ? atoi(argv[2]) : 100000,
        .pairs = argc > 3 ? atoi(argv[3]) : 5,
        .dir = "/tmp/autoscaler-bench-XXXXXX",
    };
    if (bench.pairs < 1 || bench.pairs > PAIRS_MAX || bench.deployments < 1 || !mkdtemp(bench.dir))
        process_fail("usage: bench_pass AUTOSCALER [DEPLOYMENTS [PAIRS]]");
    chmod(bench.dir, 0755);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    write_discovery(&bench);
    start_server(&bench);
    printf("pass over %d deployments, %d in flight, served by %s on loopback\n", bench.deployments,
           CONCURRENCY, bench.server_name);
    run_pairs(&bench);
    compare_state(&bench);
    free(bench.ids);
    cJSON_Delete(bench.list);
    kill(bench.server, SIGTERM);
    waitpid(bench.server, NULL, 0);
    char command[COMMAND_SIZE];
    snprintf(command, sizeof command, "rm -rf '%s'", bench.dir);
    return system(command) == 0 ? 0 : 1;
}
