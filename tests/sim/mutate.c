/*
 * mutate - writes a copy of a source file of the core with one mutant applied.
 *
 *     mutate count            the number of mutants
 *     mutate name N           the name of mutant N
 *     mutate file N           the file that it changes
 *     mutate write N          that file, changed, to standard output
 *     mutate check            checks that every original text is found exactly once, and that no number is missing
 *
 * Run from the repository's root. Exit 1: an original text does not occur exactly once in its file. Then mutants.def
 * must be updated.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE_SIZE_MAX (1 << 20)

static const struct mutant {
    int number;
    const char *name;
    const char *file;
    const char *old;
    const char *new;
} mutants[] = {
#define MUTANT(number, name, file, old, new) { number, name, file, old, new },
#include "tests/sim/mutants.def"
#undef MUTANT
};

#define MUTANT_COUNT (sizeof mutants / sizeof mutants[0])

static const struct mutant *find(const char *number)
{
    for (size_t i = 0; i < MUTANT_COUNT; i++)
        if (mutants[i].number == (int)strtol(number, NULL, 10))
            return &mutants[i];
    fprintf(stderr, "mutate: no mutant %s\n", number);
    exit(2);
}

static void read_source(const char *path, char *text)
{
    FILE *file = fopen(path, "r");
    size_t size = file ? fread(text, 1, SOURCE_SIZE_MAX - 1, file) : 0;
    if (size == 0) {
        fprintf(stderr, "mutate: cannot read %s\n", path);
        exit(1);
    }
    text[size] = '\0';
    fclose(file);
}

/* Reads the file into `text` and finds the original text; NULL: not found, or found more than once. */
static char *locate(const struct mutant *mutant, char *text)
{
    read_source(mutant->file, text);
    char *at = strstr(text, mutant->old);
    if (at && !strstr(at + 1, mutant->old))
        return at;
    fprintf(stderr, "mutate: mutant %d (%s): its text is found %s in %s\n", mutant->number,
            mutant->name, at ? "more than once" : "nowhere", mutant->file);
    return NULL;
}

static int check_mutants(void)
{
    static char text[SOURCE_SIZE_MAX];
    int lost = 0;
    for (size_t i = 0; i < MUTANT_COUNT; i++) {
        lost += !locate(&mutants[i], text);
        if (mutants[i].number == (int)i + 1)
            continue;
        fprintf(stderr, "mutate: mutant %d is in row %zu\n", mutants[i].number, i + 1);
        lost++;
    }
    return lost > 0;
}

static int write_mutant(const struct mutant *mutant)
{
    static char text[SOURCE_SIZE_MAX];
    char *at = locate(mutant, text);
    if (!at)
        return 1;
    fwrite(text, 1, (size_t)(at - text), stdout);
    fputs(mutant->new, stdout);
    fputs(at + strlen(mutant->old), stdout);
    return ferror(stdout) != 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "count") == 0)
        printf("%zu\n", MUTANT_COUNT);
    else if (strcmp(what, "check") == 0)
        return check_mutants();
    else if (argc == 3 && strcmp(what, "name") == 0)
        puts(find(argv[2])->name);
    else if (argc == 3 && strcmp(what, "file") == 0)
        puts(find(argv[2])->file);
    else if (argc == 3 && strcmp(what, "write") == 0)
        return write_mutant(find(argv[2]));
    else
        return 2;
    return 0;
}
