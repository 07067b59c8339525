/*
 * bench_frame - from a key to the finished frame, at 100,000 deployments, sorted and filtered, while snapshots arrive.
 *
 * A child has a terminal of its own, a pty, and on it the console as it is in the program; the parent reads what is
 * drawn, as a terminal does. A frame is what the program does after a wake-up: take the snapshot that came with the
 * key, if one came, then the key; draw; show. It ends when all of its bytes are written. The limit on
 * frames a second is not part of it.
 *
 * Between the keys, the same number of keys of 64 bits is sorted by a plain radix sort of eight passes: what a frame
 * costs is also stated in such sorts, which a loaded machine slows down as much.
 *
 * The bench sets the console's clock: many pauses between keys are long enough to end the hold of the order. Frames that
 * make the order are also counted separately.
 */
#include "engine/base/clock.h"
#include "engine/base/panic.h"
#include "engine/base/random.h"
#include "tests/support/snapshots.h"
#include "tui/console/console.h"
#include "tui/console/console_state.h"
#include "tui/panels/panels.h"
#include "tui/term/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEPLOYMENTS 100000
#define ONE_PERCENT (DEPLOYMENTS / 100)
#define LINES_A_SNAPSHOT 20
#define TERMINAL_COLUMNS 160
#define TERMINAL_ROWS 50
#define KEYS 6000
#define FRAMES_MAX (3 * KEYS)
#define BUDGET_MS 16.0

/* Virtual time between two keys of one action, and before the next action after a pause without keys. */
#define KEY_GAP_MS 120
#define LOOK_MS (HOLD_MS + 600)

/* The end of a frame: drawings do not contain this byte. */
#define FRAME_END '\0'

enum kind {
    MOVE,
    PAGE,
    SORT,
    FILTER,
    EXPRESSION,
    VIEW,
    EXPLAIN,
    SNAPSHOT,
    NEW_DEPLOYMENT,
    FIRST,
    RADIX
};
#define KIND_COUNT (RADIX + 1)

static const char *const kind_names[KIND_COUNT] = {
    "cursor",     "page, first, last", "sort",
    "filter key", "expression key",    "view",
    "explain",    "no key, snapshot",  "no key, a new one",
    "the first",  "a radix sort",
};

struct frame {
    enum kind kind;
    bool is_ordered; /* the order was made anew */
    double took_ms;
    double worked_ms; /* CPU time */
    long long bytes;
};

static double clock_ms(clockid_t clock)
{
    struct timespec at;
    clock_gettime(clock, &at);
    return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

static void fail(const char *what)
{
    fprintf(stderr, "bench_frame: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* --- what is pressed ------------------------------------------------------------------------------------------- */

/* In the keys of a doing: */
#define PGDN "\1"
#define PGUP "\2"
#define BS "\b"
#define ENTER "\r"
#define ESC "\x1b"

/* Every action ends in the initial state: the list, all deployments, filter "eu". Only the sorting stays. */
static const struct doing {
    enum kind kind;
    int weight;
    const char *keys;
} doings[] = {
    { MOVE, 14, "jjjj" },
    { MOVE, 8, "kk" },
    { PAGE, 8, PGDN PGDN PGDN },
    { PAGE, 6, PGUP },
    { PAGE, 3, "G" },
    { PAGE, 4, "g" },
    { SORT, 4, ">" },
    { SORT, 3, "<" },
    { SORT, 3, "I" },
    { FILTER, 3, "/ free<15" ESC },
    { FILTER, 3, "/" BS BS "west" ENTER "/" BS BS BS BS "eu" ENTER },
    { FILTER, 2, "/" BS BS "eu-*-0?" ESC },
    { FILTER, 2, ESC "/eu" ENTER },
    { EXPRESSION, 1, "/ /^eu-(west|north)/" ENTER "jj/" BS BS BS BS ESC ESC "/eu" ENTER },
    { VIEW, 3, "2131" },
    { VIEW, 2, "4151" },
    { VIEW, 2, "6171" },
    { EXPLAIN, 5, ENTER "jjk" ESC },
};
#define DOING_COUNT (sizeof doings / sizeof doings[0])

static const struct doing *draw_doing(struct random *random)
{
    int sum = 0;
    for (size_t i = 0; i < DOING_COUNT; i++)
        sum += doings[i].weight;
    int64_t at = random_below(random, sum);
    size_t i = 0;
    while (at >= doings[i].weight)
        at -= doings[i++].weight;
    return &doings[i];
}

static uint32_t keypress_of(char key)
{
    static const struct {
        const char *key;
        uint32_t keypress;
    } keypresses[] = {
        { PGDN, KEYPRESS_PAGE_DOWN }, { PGUP, KEYPRESS_PAGE_UP }, { BS, KEYPRESS_BACKSPACE },
        { ENTER, KEYPRESS_ENTER },    { ESC, KEYPRESS_ESC },
    };
    for (size_t i = 0; i < sizeof keypresses / sizeof keypresses[0]; i++)
        if (*keypresses[i].key == key)
            return keypresses[i].keypress;
    return (uint32_t)(unsigned char)key;
}

/* --- the console ----------------------------------------------------------------------------------------------- */

struct bench {
    struct snapshots *maker;
    struct console *console;
    struct canvas canvas;
    struct random random;
    struct mono now;
    size_t new_count;
    int parent; /* a frame goes there when it is done, and a byte comes back */
};

static int send_nothing(void *context, const struct command *command)
{
    (void)context;
    (void)command;
    return 0;
}

static void give_back(void *context, const struct snapshot *snapshot)
{
    const struct bench *bench = context;
    snapshots_give_back(bench->maker, snapshot);
}

/* What the engine explains: the deployment that the console asked for. */
static void explain(struct bench *bench)
{
    static struct snapshot_detail detail;
    uint32_t slot = bench->console->focus.slot;
    if (slot != SLOT_NONE)
        snapshots_example_detail(bench->maker, slot, &detail);
    snapshots_set_detail(bench->maker, slot != SLOT_NONE ? &detail : NULL);
}

/* As during a pass. */
static const struct snapshot *next_snapshot(struct bench *bench)
{
    snapshots_stir(bench->maker, ONE_PERCENT, random_next(&bench->random));
    for (int i = 0; i < LINES_A_SNAPSHOT; i++)
        snapshots_line(bench->maker, LEVEL_INFO, EVENT_SCALED, "eu-west-arena-00042",
                       "delta=+2 raw_delta=+3 reason=max_step_up took_ms=88");
    snapshots_at(bench->maker)->ms += KEY_GAP_MS;
    explain(bench);
    return snapshots_take(bench->maker);
}

/* The time contains neither this byte nor the response of the parent. */
static void end_frame(const struct bench *bench, const struct frame *frame)
{
    char byte = FRAME_END;
    if (write(screen_descriptor(), &byte, 1) != 1 ||
        write(bench->parent, frame, sizeof *frame) != (ssize_t)sizeof *frame ||
        read(bench->parent, &byte, 1) != 1)
        fail("the parent is gone");
}

/* Number of calls of order_make so far: the linker redirects them here. */
static size_t orders_made;
int __real_order_make(struct order *order, const struct snapshot *snapshot,
                      const struct order_by *by);
int __wrap_order_make(struct order *order, const struct snapshot *snapshot,
                      const struct order_by *by);

int __wrap_order_make(struct order *order, const struct snapshot *snapshot,
                      const struct order_by *by)
{
    orders_made++;
    return __real_order_make(order, snapshot, by);
}

/* One wake-up of the program: `snapshot` and `input` may be NULL. */
static void run_frame(struct bench *bench, enum kind kind, const struct snapshot *snapshot,
                      const struct input *input)
{
    struct frame frame = { .kind = kind };
    size_t made = orders_made;
    double started = clock_ms(CLOCK_MONOTONIC);
    double worked = clock_ms(CLOCK_THREAD_CPUTIME_ID);
    if (snapshot)
        console_snapshots_take(bench->console, bench->now, snapshot);
    if (input)
        console_input(bench->console, bench->now, input);
    if (input)
        bench->now = mono_after(bench->now, TYPING_RUN_MS); /* a held key is done then */
    console_tick(bench->console, bench->now);
    console_draw(bench->console, &bench->canvas);
    enum screen_end end = screen_show(&bench->canvas, kind == FIRST);
    frame.took_ms = clock_ms(CLOCK_MONOTONIC) - started;
    frame.worked_ms = clock_ms(CLOCK_THREAD_CPUTIME_ID) - worked;
    frame.is_ordered = orders_made > made;
    must(end == SCREEN_SHOWN);
    end_frame(bench, &frame);
}

/* --- the radix sort ---------------------------------------------------------------------------------------------- */

#define RADIX_DIGITS 8
#define RADIX_VALUES 256
#define RADIX_EVERY 20 /* actions */

struct sorted {
    uint64_t key;
    uint64_t slot;
};

static void sort_by_digit(const struct sorted *items, struct sorted *ret_items, int digit)
{
    size_t places[RADIX_VALUES + 1] = { 0 };
    for (size_t i = 0; i < DEPLOYMENTS; i++)
        places[(items[i].key >> 8 * digit & 255) + 1]++;
    for (size_t value = 1; value <= RADIX_VALUES; value++)
        places[value] += places[value - 1];
    for (size_t i = 0; i < DEPLOYMENTS; i++)
        ret_items[places[items[i].key >> 8 * digit & 255]++] = items[i];
}

/* The shares of free servers, as random as a fleet has them; a row without one has the key 0. */
static void fill_keys(const struct snapshot *snapshot, struct sorted *items)
{
    for (uint32_t slot = 0; slot < DEPLOYMENTS; slot++) {
        const struct snapshot_row *row = snapshot_row_at(snapshot, slot);
        bool is_known = row && row->total_servers > 0 && row->free_servers >= 0;
        items[slot].slot = slot;
        items[slot].key =
            is_known ? (uint64_t)row->free_servers * 1000000000u / (uint64_t)row->total_servers : 0;
    }
}

static void run_radix(const struct bench *bench)
{
    static struct sorted items[2][DEPLOYMENTS];
    struct frame frame = { .kind = RADIX };
    fill_keys(bench->console->shown, items[0]);
    double started = clock_ms(CLOCK_MONOTONIC);
    double worked = clock_ms(CLOCK_THREAD_CPUTIME_ID);
    for (int digit = 0; digit < RADIX_DIGITS; digit++)
        sort_by_digit(items[digit % 2], items[1 - digit % 2], digit);
    frame.took_ms = clock_ms(CLOCK_MONOTONIC) - started;
    frame.worked_ms = clock_ms(CLOCK_THREAD_CPUTIME_ID) - worked;
    for (size_t i = 1; i < DEPLOYMENTS; i++)
        must(items[0][i - 1].key <= items[0][i].key);
    end_frame(bench, &frame);
}

/* --- keys ---------------------------------------------------------------------------------------------------------- */

static void press(struct bench *bench, enum kind kind, char key)
{
    bool is_third = random_below(&bench->random, 3) == 0;
    bench->now = mono_after(bench->now, KEY_GAP_MS);
    struct input input = { .kind = INPUT_KEY, .keypress = keypress_of(key), .came = bench->now };
    run_frame(bench, kind, is_third ? next_snapshot(bench) : NULL, &input);
}

static void add_deployment(struct bench *bench)
{
    char id[32];
    snprintf(id, sizeof id, "eu-north-new-%05zu", bench->new_count++);
    snapshots_add(bench->maker, id);
}

/* No keys for a while; snapshots arrive. */
static void look(struct bench *bench)
{
    bool is_new = random_below(&bench->random, 16) == 0;
    bench->now = mono_after(bench->now, LOOK_MS);
    if (is_new)
        add_deployment(bench);
    if (is_new || random_below(&bench->random, 2) == 0)
        run_frame(bench, is_new ? NEW_DEPLOYMENT : SNAPSHOT, next_snapshot(bench), NULL);
}

static void run_frames(struct bench *bench)
{
    int keys = 0;
    int actions = 0;
    run_frame(bench, FIRST, next_snapshot(bench), NULL);
    while (keys < KEYS) {
        const struct doing *doing = draw_doing(&bench->random);
        if (actions++ % RADIX_EVERY == 0)
            run_radix(bench);
        if (random_below(&bench->random, 2) == 0)
            look(bench);
        for (const char *key = doing->keys; *key != '\0'; key++, keys++)
            press(bench, doing->kind, *key);
        must(bench->console->page == PAGE_LIST);
        must(strcmp(filter_text(bench->console->filter), "eu") == 0);
    }
}

static void open_console(struct bench *bench)
{
    struct console_config config = { .view = VIEW_ALL, .sort = COLUMN_FREE_PCT, .filter = "eu" };
    struct console_port port = { .send = send_nothing, .release = give_back, .context = bench };
    struct error err;
    if (console_create(&config, &port, &panels_renderer, &bench->console, &err)) {
        fprintf(stderr, "bench_frame: %s\n", err.msg);
        exit(1);
    }
    canvas_init(&bench->canvas);
    must(canvas_resize(&bench->canvas, TERMINAL_COLUMNS, TERMINAL_ROWS) == 0);
    bench->canvas.is_ascii = screen_is_ascii();
}

static void open_screen(void)
{
    struct screen_config config = { .colors = SCREEN_COLORS_256, .error_fd = -1 };
    struct error err;
    int signals;
    if (screen_check(&err) || screen_block_signals(&signals, &err) || screen_open(&config, &err)) {
        fprintf(stderr, "bench_frame: %s\n", err.msg);
        exit(1);
    }
}

static int run_child(int parent)
{
    struct bench bench = { .random = { 1 }, .now = { 1000000 }, .parent = parent };
    setlocale(LC_CTYPE, "C.UTF-8");
    setenv("TERM", "xterm-256color", 1);
    bench.maker = snapshots_create();
    snapshots_fill_random(bench.maker, DEPLOYMENTS, 1);
    open_screen();
    open_console(&bench);
    run_frames(&bench);
    screen_close();
    console_destroy(bench.console);
    canvas_fini(&bench.canvas);
    snapshots_destroy(bench.maker);
    return 0;
}

/* --- the terminal ---------------------------------------------------------------------------------------------- */

static int open_terminal(char *ret_name, size_t size)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) || unlockpt(master))
        fail("no pty");
    struct winsize winsize = { .ws_row = TERMINAL_ROWS, .ws_col = TERMINAL_COLUMNS };
    ioctl(master, TIOCSWINSZ, &winsize);
    snprintf(ret_name, size, "%s", ptsname(master));
    return master;
}

/* The child: a session of its own, whose terminal this is. */
static int become(const char *terminal)
{
    setsid();
    int fd = open(terminal, O_RDWR);
    if (fd < 0 || ioctl(fd, TIOCSCTTY, 0))
        fail("no terminal");
    return fd;
}

struct frames {
    size_t count;
    struct frame frames[FRAMES_MAX];
};

/* The bytes of a frame that are before its end. */
static void take_frame(struct frames *frames, int child, long long bytes)
{
    must(frames->count < FRAMES_MAX);
    struct frame *frame = &frames->frames[frames->count++];
    if (read(child, frame, sizeof *frame) != (ssize_t)sizeof *frame || write(child, "", 1) != 1)
        fail("the child is gone");
    frame->bytes = bytes;
}

/* Until the child has closed it. */
static void read_terminal(int master, int child, struct frames *frames)
{
    char bytes[65536];
    long long count = 0;
    ssize_t size;
    while ((size = read(master, bytes, sizeof bytes)) > 0) {
        bool is_end = bytes[size - 1] == FRAME_END;
        count += size - is_end;
        if (is_end)
            take_frame(frames, child, count);
        count = is_end ? 0 : count;
    }
}

/* --- figures --------------------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

struct figures {
    size_t count;
    double median_ms;
    double p99_ms;
    double max_ms;
    double worked_median_ms;
    double worked_p99_ms;
    double bytes; /* mean */
};

struct choice {
    enum kind first; /* kinds from here */
    enum kind last;  /* to here */
    bool is_ordered; /* and only those in which the order was made */
};

static size_t choose(const struct frames *frames, const struct choice *choice,
                     const struct frame **chosen)
{
    size_t count = 0;
    for (size_t i = 0; i < frames->count; i++) {
        const struct frame *frame = &frames->frames[i];
        if (frame->kind >= choice->first && frame->kind <= choice->last &&
            (frame->is_ordered || !choice->is_ordered))
            chosen[count++] = frame;
    }
    return count;
}

static struct figures figures_of(const struct frames *frames, struct choice choice)
{
    static const struct frame *chosen[FRAMES_MAX];
    static double took[FRAMES_MAX];
    static double worked[FRAMES_MAX];
    long long bytes = 0;
    size_t count = choose(frames, &choice, chosen);
    if (count == 0)
        return (struct figures){ 0 };
    for (size_t i = 0; i < count; i++) {
        took[i] = chosen[i]->took_ms;
        worked[i] = chosen[i]->worked_ms;
        bytes += chosen[i]->bytes;
    }
    qsort(took, count, sizeof *took, compare);
    qsort(worked, count, sizeof *worked, compare);
    return (struct figures){
        .count = count,
        .median_ms = took[count / 2],
        .p99_ms = took[count * 99 / 100],
        .max_ms = took[count - 1],
        .worked_median_ms = worked[count / 2],
        .worked_p99_ms = worked[count * 99 / 100],
        .bytes = (double)bytes / (double)count,
    };
}

static void print(const char *what, const struct frames *frames, enum kind first, enum kind last)
{
    struct figures all = figures_of(frames, (struct choice){ first, last, false });
    struct figures ordered = figures_of(frames, (struct choice){ first, last, true });
    printf("  %-17s %5zu %6.2f %6.2f %6.2f %6.2f %7.0f   %5zu %6.2f %6.2f %6.2f\n", what, all.count,
           all.median_ms, all.p99_ms, all.max_ms, all.worked_p99_ms, all.bytes, ordered.count,
           ordered.median_ms, ordered.p99_ms, ordered.worked_p99_ms);
}

static void print_all(const struct frames *frames)
{
    struct figures keys = figures_of(frames, (struct choice){ MOVE, EXPLAIN, false });
    printf("key to finished frame at %d deployments, %dx%d: p99 %.2f ms, of the processor %.2f ms "
           "(budget: %.0f)\n",
           DEPLOYMENTS, TERMINAL_COLUMNS, TERMINAL_ROWS, keys.p99_ms, keys.worked_p99_ms,
           BUDGET_MS);
    printf("  %-17s %5s %6s %6s %6s %6s %7s   %5s %6s %6s %6s\n", "ms", "count", "p50", "p99",
           "max", "cpu99", "bytes", "order", "p50", "p99", "cpu99");
    print("any key", frames, MOVE, EXPLAIN);
    for (int kind = 0; kind < KIND_COUNT; kind++)
        print(kind_names[kind], frames, (enum kind)kind, (enum kind)kind);
    struct figures ordered = figures_of(frames, (struct choice){ MOVE, EXPLAIN, true });
    struct figures radix = figures_of(frames, (struct choice){ RADIX, RADIX, false });
    printf("processor time of a key that makes the order anew, in radix sorts of %d keys: median "
           "%.1f, p99 %.1f\n",
           DEPLOYMENTS, ordered.worked_median_ms / radix.worked_median_ms,
           ordered.worked_p99_ms / radix.worked_median_ms);
}

int main(void)
{
    static struct frames frames;
    char terminal[64];
    int ends[2];
    int status = 0;
    int master = open_terminal(terminal, sizeof terminal);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
        fail("no socket");
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        close(master);
        close(ends[0]);
        int fd = become(terminal);
        int code = run_child(ends[1]);
        close(fd);
        return code;
    }
    close(ends[1]);
    read_terminal(master, ends[0], &frames);
    waitpid(pid, &status, 0);
    if (status != 0 || frames.count == 0)
        fail("the child failed");
    print_all(&frames);
    return 0;
}
