/*
 * The completions of autoscalerctl in the shells themselves: what is offered for a line, with ids of a running engine.
 * A shell that this machine does not have is skipped.
 */
#include "tests/support/control_fixture.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMMAND_SIZE 4096
#define OUTPUT_SIZE 8192

/*
 * $1: the line, up to the cursor. The shells are not interactive: bash and zsh get the variables of a completion, and
 * print what would be offered; fish has a command for it.
 */
static const struct shell {
    const char *name;
    const char *arguments;
    const char *script;
} bash = { "bash", "--norc",
           "source \"$2\"; compopt() { :; }; COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDBREAKS=':=@'; "
           "_autoscalerctl; printf '%s\\n' \"${COMPREPLY[@]}\"" },
  zsh = { "zsh", "-f",
          "autoload() { :; }; compdef() { :; }; _files() { print files; }; "
          "compset() { PREFIX=${PREFIX#*=}; }; "
          "_describe() { print -rl -- ${${(P)2}%%:*} | grep -e \"^$PREFIX\"; }; "
          "compadd() { while [[ $1 == -* && $1 != -- ]]; do "
          "[[ $1 == -a ]] && { set -- -- ${(P)2}; break; }; [[ $1 == -S ]] && shift; shift; done; "
          "shift; for w in \"$@\"; do [[ $w == $PREFIX* ]] && print -r -- $w; done; return 0; }; "
          "source \"$2\"; words=(${(z)1}); [[ $1 == *' ' ]] && words+=(''); CURRENT=$#words; "
          "PREFIX=${words[-1]}; _autoscalerctl" },
  fish = { "fish", "--no-config",
           "source $argv[2]; complete -C $argv[1] | string replace -r '\\t.*' ''" };

static const struct completion_row {
    const char *name;
    const struct shell *shell;
    const char *line;
    const char *offered; /* one after the other, each with a space; by name */
} completion_rows[] = {
    /* clang-format off */
    { "bash: a command",             &bash, "sta", "status " },
    { "bash: an option",             &bash, "pause --re", "--reason= " },
    { "bash: words",                 &bash, "dry-run o", "off on " },
    { "bash: ids",                   &bash, "explain e", "eu-arena-1 eu-duel-2 eu:colon eu@at " },
    { "bash: ids behind a colon",    &bash, "explain eu:", "colon " },
    { "bash: no id behind the first", &bash, "scale eu-duel-2 e", "" },
    { "bash: values",                &bash, "list --output=y", "yaml " },
    { "bash: values behind a space", &bash, "list --output y", "yaml " },
    { "bash: states",                &bash, "list --state=st", "starved " },
    { "bash: behind an option",      &bash, "--output json explain eu-d", "eu-duel-2 " },
    { "bash: nothing is expanded",   &bash, "explain $(to", "" },
    { "zsh: a command",              &zsh,  "sta", "status " },
    { "zsh: an option",              &zsh,  "pause --re", "--reason= " },
    { "zsh: words",                  &zsh,  "dry-run o", "off on " },
    { "zsh: ids",                    &zsh,  "explain e", "eu-arena-1 eu-duel-2 eu:colon eu@at " },
    { "zsh: no id behind the first", &zsh,  "scale eu-duel-2 e", "" },
    { "zsh: values",                 &zsh,  "list --output=y", "yaml " },
    { "zsh: values behind a space",  &zsh,  "list --output y", "yaml " },
    { "zsh: a file",                 &zsh,  "--socket /", "files " },
    { "zsh: behind an option",       &zsh,  "--output json explain eu-d", "eu-duel-2 " },
    { "fish: a command",             &fish, "sta", "status " },
    { "fish: an option",             &fish, "pause --re", "--reason " },
    { "fish: words",                 &fish, "dry-run o", "off on " },
    { "fish: ids",                   &fish, "explain e", "eu-arena-1 eu-duel-2 eu:colon eu@at " },
    { "fish: no id behind the first", &fish, "scale eu-duel-2 e", "" },
    { "fish: values",                &fish, "list --output=y", "--output=yaml " },
    { "fish: behind an option",      &fish, "--output json explain eu-d", "eu-duel-2 " },
    { "fish: an id like a command",  &fish, "explain list --st", "" },
    /* clang-format on */
};

static bool has_shell(const struct shell *shell)
{
    char command[128];
    snprintf(command, sizeof command, "command -v %s >/dev/null", shell->name);
    int status = system(command);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* A directory with an autoscalerctl that finds the socket, first in the search path; and the script in a file. */
static void prepare(struct api_fixture *fixture, const struct shell *shell)
{
    struct program_fixture *programs = &fixture->program_fixture;
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    char text[COMMAND_SIZE];
    char directory[1024];
    assert_non_null(getcwd(directory, sizeof directory));
    const char *program = getenv("AUTOSCALER");
    snprintf(text, sizeof text, "#!/bin/sh\nexec %s%s%sctl --socket=%s \"$@\"\n",
             program[0] == '/' ? "" : directory, program[0] == '/' ? "" : "/", program,
             socket_path(fixture));
    program_fixture_write(programs, "autoscalerctl", text, 0700);
    snprintf(text, sizeof text, "%s completion %s >%s/script",
             program_fixture_path(programs, "autoscalerctl", path), shell->name,
             programs->directory);
    assert_int_equal(system(text), 0);
    snprintf(text, sizeof text, "%s", shell->script);
    program_fixture_write(programs, "run", text, 0600);
}

/* Lines, sorted, joined by spaces. */
static void offer(const struct api_fixture *fixture, const struct completion_row *row,
                  char ret_offered[OUTPUT_SIZE])
{
    const char *directory = fixture->program_fixture.directory;
    char command[COMMAND_SIZE];
    const char *zero = row->shell == &fish ? "" : row->shell->name;
    snprintf(command, sizeof command,
             "LC_ALL=C HOME=%s PATH=%s:\"$PATH\" %s %s -c \"$(cat %s/run)\" %s "
             "'autoscalerctl %s' %s/script 2>&1 | LC_ALL=C sort -u | grep . | tr '\\n' ' '",
             directory, directory, row->shell->name, row->shell->arguments, directory, zero,
             row->line, directory);
    FILE *stream = popen(command, "r");
    assert_non_null(stream);
    size_t size = fread(ret_offered, 1, OUTPUT_SIZE - 1, stream);
    ret_offered[size] = '\0';
    pclose(stream);
}

/* One engine for all rows. */
static struct api_fixture engine;

static int start_engine(void **state)
{
    (void)state;
    api_fixture_init(&engine);
    hosts_api_add(engine.hosts, "eu:colon", 10, 80);
    hosts_api_add(engine.hosts, "eu@at", 10, 80);
    hosts_api_add(engine.hosts, "eu $(touch x)", 10, 80);
    hosts_api_add(engine.hosts, "$(touch x)", 10, 80);
    hosts_api_add(engine.hosts, "--all", 10, 80);
    control_fixture_start(&engine, NULL);
    return 0;
}

static int stop_engine(void **state)
{
    (void)state;
    api_fixture_stop(&engine);
    api_fixture_fini(&engine);
    return 0;
}

static void row_is_offered(void **state)
{
    const struct completion_row *row = *state;
    char offered[OUTPUT_SIZE];
    if (!has_shell(row->shell))
        skip();
    prepare(&engine, row->shell);
    offer(&engine, row, offered);
    assert_string_equal(offered, row->offered);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(completion_rows)];
    TESTS_FROM_ROWS(tests, completion_rows, row_is_offered);
    return cmocka_run_group_tests_name("ctl_completion", tests, start_engine, stop_engine);
}
