/*
 * What is installed: that install and uninstall agree, the unit as systemd reads it, the newest version of the list of
 * changes, and the configuration, line by line.
 * Everything is installed below a directory of the test.
 */
#include "engine/base/text.h"
#include "tests/support/manual_text.h"
#include "tests/support/program_fixture.h"
#include "tests/support/test.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define COMMAND_SIZE 1024
#define UNIT "engine/service/autoscaler.service"
#define CHANGES_PAGE "man/autoscaler-changes.7"
#define CONFIGURATION "engine/service/autoscaler.yaml"
#define SETTINGS_MAX 100
#define TEXT_OF_SETTINGS ((size_t)16 * 1024)

static struct program_fixture fixture;

static int enter(void **state)
{
    (void)state;
    program_fixture_init(&fixture);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    program_fixture_fini(&fixture);
    return 0;
}

/* The exit status of a command of the shell, with the directory of the test as $D. */
static int run(const char *command)
{
    char line[COMMAND_SIZE];
    snprintf(line, sizeof line, "D='%s'; exec 2>&1; %s", fixture.directory, command);
    int status = system(line);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* Nothing is built: what is installed is what the tests run. */
static int make(const char *arguments)
{
    char command[COMMAND_SIZE];
    const char *program = getenv("AUTOSCALER");
    const char *name = program ? program : "build/release/autoscaler";
    snprintf(command, sizeof command,
             "env -u MAKEFLAGS -u MAKELEVEL make -s -o all BUILD='%.*s' %s",
             (int)(strrchr(name, '/') - name), name, arguments);
    return run(command);
}

/* --- files ----------------------------------------------------------------------------------------------------- */

static void what_is_installed_is_removed(void **state)
{
    (void)state;
    assert_int_equal(make("DESTDIR=$D PREFIX=/opt/a install"), 0);
    assert_int_equal(
        run("cd $D && ls opt/a/bin/autoscaler opt/a/bin/autoscalerctl"
            " opt/a/lib/systemd/system/autoscaler.service opt/a/lib/sysusers.d/autoscaler.conf"
            " opt/a/share/autoscaler/autoscaler-dashboard.json opt/a/share/man/man1/autoscaler.1"
            " etc/autoscaler/autoscaler.yaml >/dev/null"),
        0);
    assert_int_equal(
        run("grep -q '^ExecStart=/opt/a/bin/autoscaler ' $D/opt/a/lib/systemd/system/*"), 0);
    assert_int_equal(make("DESTDIR=$D PREFIX=/opt/a uninstall"), 0);
    assert_int_equal(run("test -z \"$(find $D -type f)\" && test ! -e $D/etc/autoscaler"), 0);
}

static void a_configuration_is_kept(void **state)
{
    (void)state;
    assert_int_equal(run("mkdir -p $D/etc/autoscaler && echo 'dry_run: true' "
                         ">$D/etc/autoscaler/autoscaler.yaml"),
                     0);
    assert_int_equal(make("DESTDIR=$D PREFIX=/usr install"), 0);
    assert_int_equal(make("DESTDIR=$D PREFIX=/usr uninstall"), 0);
    assert_int_equal(run("grep -q '^dry_run: true$' $D/etc/autoscaler/autoscaler.yaml"), 0);
}

/* --- the unit -------------------------------------------------------------------------------------------------- */

static void install_unit(void)
{
    if (run("command -v systemd-analyze >/dev/null") != 0)
        skip();
    assert_int_equal(make("PREFIX=$D/usr SYSCONFDIR=$D/etc install"), 0);
}

static void assert_unit_has(struct span unit, const char *line)
{
    if (count_in(unit, line) != 1)
        fail_msg("%s does not have %s", UNIT, line);
}

/* What the manual says of it. */
static void the_unit_has_the_places_of_the_program(void **state)
{
    (void)state;
    struct span unit = whole_of(page(UNIT));
    assert_unit_has(unit, "\nStateDirectory=autoscaler\n");
    assert_unit_has(unit, "\nRuntimeDirectory=autoscaler\n");
    assert_unit_has(unit, "\nLogsDirectory=autoscaler\n");
    assert_unit_has(unit, "\nLoadCredential=autoscaler.token\n");
    assert_unit_has(unit, "\nRestartPreventExitStatus=2 4\n");
    assert_unit_has(unit, "autoscaler --no-ui --config=/etc/autoscaler/autoscaler.yaml\n");
}

static void the_unit_has_no_mistake(void **state)
{
    (void)state;
    install_unit();
    assert_int_equal(run("systemd-analyze verify --man=no "
                         "$D/usr/lib/systemd/system/autoscaler.service >$D/verified;"
                         " status=$?; cat $D/verified; test $status = 0 -a ! -s $D/verified"),
                     0);
}

static void the_unit_is_exposed_little(void **state)
{
    (void)state;
    install_unit();
    assert_int_equal(run("systemd-analyze security --offline=true --threshold=12"
                         " $D/usr/lib/systemd/system/autoscaler.service >$D/judged || { cat "
                         "$D/judged; false; }"),
                     0);
}

static void the_user_can_be_made(void **state)
{
    (void)state;
    if (run("command -v systemd-sysusers >/dev/null") != 0)
        skip();
    assert_int_equal(run("mkdir -p $D/etc && systemd-sysusers --root=$D "
                         "$PWD/engine/service/autoscaler.sysusers >$D/made ||"
                         " { cat $D/made; false; }"),
                     0);
    assert_int_equal(
        run("grep -q '^autoscaler:.*:/var/lib/autoscaler:/usr/sbin/nologin$' $D/etc/passwd &&"
            " grep -q '^autoscaler:' $D/etc/group"),
        0);
}

/* --- the changes ----------------------------------------------------------------------------------------------- */

/* One place has the version; the newest entry of the page is that of the program, and so is the package. */
static void the_newest_entry_is_of_this_version(void **state)
{
    (void)state;
    char version[64];
    size_t size;
    char line[LINE_SIZE];
    struct span entries = section(CHANGES_PAGE, "VERSIONS");
    assert_int_equal(program_fixture_run(&fixture, (const char *const[]){ "--version", NULL }), 0);
    assert_int_equal(sscanf(program_output(fixture.program, &size), "autoscaler %63s", version), 1);
    snprintf(line, sizeof line, ".Ss %s\n", version);
    const char *first = find_in(entries, "\n.Ss ");
    assert_non_null(first);
    assert_memory_equal(first + 1, line, strlen(line));
    snprintf(line, sizeof line,
             "engine/service/debian_changelog " CHANGES_PAGE " >$D/changelog &&"
             " head -1 $D/changelog | grep -qF 'autoscaler (%s) unstable; urgency=' &&"
             " grep -q '^  \\* ' $D/changelog && grep -q '^ -- .* <.*>  .* +0000$' $D/changelog",
             version);
    assert_int_equal(run(line), 0);
}

/* --- the configuration ----------------------------------------------------------------------------------------- */

struct setting {
    char text[LINE_SIZE]; /* without the "#", with its newline */
    size_t indent;
};

static size_t indent_of(const char *line)
{
    return strspn(line, " ");
}

/* One space begins an explanation. */
static bool is_setting(const char *line)
{
    return line[0] == '#' && (line[1] == ' ' ? line[2] == ' ' : isalpha((unsigned char)line[1]));
}

static size_t read_settings(struct setting settings[SETTINGS_MAX])
{
    FILE *file = fopen(CONFIGURATION, "r");
    char line[LINE_SIZE];
    size_t count = 0;
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        assert_true(line[0] == '#' || line[0] == '\n');
        if (!is_setting(line))
            continue;
        assert_true(count < SETTINGS_MAX);
        snprintf(settings[count].text, LINE_SIZE, "%s", line + 1);
        settings[count].indent = indent_of(line + 1);
        count++;
    }
    fclose(file);
    return count;
}

/* The lines above that a line is indented under, and the line. */
static void add_branch(const struct setting *settings, size_t at, struct text *text)
{
    if (settings[at].indent > 0) {
        size_t above = at - 1;
        while (settings[above].indent >= settings[at].indent)
            above--;
        add_branch(settings, above, text);
    }
    text_add(text, settings[at].text);
}

static void check_settings(const char *text)
{
    char option[PROGRAM_FIXTURE_PATH_SIZE + 16];
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    program_fixture_write(&fixture, "settings.yaml", text, 0600);
    snprintf(option, sizeof option, "--config=%s",
             program_fixture_path(&fixture, "settings.yaml", path));
    int status = program_fixture_run(
        &fixture, (const char *const[]){ "--check-config=syntax", option, NULL });
    if (status != 0)
        fail_msg("%s%s", text, program_log_end(fixture.program));
}

static void every_setting_is_accepted(void **state)
{
    (void)state;
    static struct setting settings[SETTINGS_MAX];
    static char all_storage[TEXT_OF_SETTINGS];
    static char branch_storage[TEXT_OF_SETTINGS];
    struct text all;
    struct text branch;
    size_t count = read_settings(settings);
    assert_true(count > 30);
    text_init(&all, all_storage, sizeof all_storage);
    for (size_t i = 0; i < count; i++) {
        text_add(&all, settings[i].text);
        if (settings[i].text[strlen(settings[i].text) - 2] == ':')
            continue;
        text_init(&branch, branch_storage, sizeof branch_storage);
        add_branch(settings, i, &branch);
        check_settings(branch_storage);
    }
    check_settings(all_storage);
}

static void as_installed_it_sets_nothing(void **state)
{
    (void)state;
    assert_int_equal(
        program_fixture_run(
            &fixture, (const char *const[]){ "--check-config", "--config=" CONFIGURATION, NULL }),
        0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_installed_is_removed, enter, leave),
        cmocka_unit_test_setup_teardown(a_configuration_is_kept, enter, leave),
        cmocka_unit_test(the_unit_has_the_places_of_the_program),
        cmocka_unit_test_setup_teardown(the_unit_has_no_mistake, enter, leave),
        cmocka_unit_test_setup_teardown(the_unit_is_exposed_little, enter, leave),
        cmocka_unit_test_setup_teardown(the_user_can_be_made, enter, leave),
        cmocka_unit_test_setup_teardown(the_newest_entry_is_of_this_version, enter, leave),
        cmocka_unit_test_setup_teardown(every_setting_is_accepted, enter, leave),
        cmocka_unit_test_setup_teardown(as_installed_it_sets_nothing, enter, leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
