#include "engine/ctl/ctl_completion.h"

#include "engine/vocab.h"

#include <string.h>

/* The option of a command, at an index; NULL: it has none there. *ret_argument NULL: it takes no value. */
static const char *option_of(enum ctl_command command, size_t index, const char **ret_argument)
{
    const char *name;
    *ret_argument = NULL;
    return ctl_option_at(index, command, &name, ret_argument) ? name : NULL;
}

static size_t count_options(void)
{
    const char *name;
    const char *argument;
    size_t count = 0;
    while (ctl_option_at(count, CTL_STATUS, &name, &argument))
        count++;
    return count;
}

/* The name of an option that takes a value, whatever command has it; NULL: it takes none. */
static const char *value_option(size_t index, const char **ret_argument)
{
    for (enum ctl_command command = 0; command < CTL_COUNT; command++) {
        const char *name = option_of(command, index, ret_argument);
        if (name)
            return *ret_argument ? name : NULL;
    }
    return NULL;
}

/* "--socket|--output|...", as a pattern; in fish without the bars. */
static void print_value_options(const char *separator, FILE *out)
{
    const char *argument;
    const char *before = "";
    for (size_t i = 0; i < count_options(); i++) {
        const char *name = value_option(i, &argument);
        if (!name)
            continue;
        fprintf(out, "%s%s", before, name);
        before = separator;
    }
}

/* The words that an option such as --output=table|json|yaml can have. False: any text, or a file. */
static bool print_values(const char *name, const char *argument, FILE *out)
{
    if (strcmp(name, "--state") == 0) {
        for (int state = 0; state < STATE_COUNT; state++)
            fprintf(out, "%s%s", state == 0 ? "" : " ", state_row((enum state)state)->name);
        return true;
    }
    if (!strchr(argument, '|'))
        return false;
    for (const char *at = argument; *at; at++)
        fputc(*at == '|' ? ' ' : *at, out);
    return true;
}

static bool is_file(const char *argument)
{
    return strcmp(argument, "PATH") == 0;
}

/* Do ids follow the command? */
static bool takes_ids(enum ctl_command command)
{
    const char *arguments = ctl_command_arguments(command);
    return strncmp(arguments, "ID", 2) == 0 || strncmp(arguments, "PATTERN", 7) == 0 ||
           strncmp(arguments, "[PATTERN]", 9) == 0;
}

/* The words of arguments such as "on|off"; NULL: others. */
static const char *words_of(enum ctl_command command)
{
    if (command == CTL_DRY_RUN)
        return "on off";
    return command == CTL_COMPLETION ? "bash zsh fish ids" : NULL;
}

/* Those that take a value, with "=", or the others. */
static void print_options(enum ctl_command command, bool with_value, FILE *out)
{
    const char *argument;
    const char *separator = "";
    for (size_t i = 0; i < count_options(); i++) {
        const char *name = option_of(command, i, &argument);
        if (!name || with_value != (argument != NULL))
            continue;
        fprintf(out, "%s%s%s", separator, name, with_value ? "=" : "");
        separator = " ";
    }
}

/* --- bash and zsh ---------------------------------------------------------------------------------------------- */

/* What was typed before, one word after the other: the option without its value, the command, its first argument. */
static void print_walk(const char *typed, FILE *out)
{
    fprintf(out,
            "  for word in %s; do\n"
            "    if [[ -n $option ]]; then\n"
            "      [[ $option == --socket ]] && socket=$word\n"
            "      option=\n"
            "      continue\n"
            "    fi\n"
            "    case $word in\n"
            "      --socket=*) socket=${word#*=} ;;\n"
            "      ",
            typed);
    print_value_options("|", out);
    fputs(") option=$word ;;\n"
          "      -*) ;;\n"
          "      *) if [[ -z $command ]]; then command=$word; else first=$word; fi ;;\n"
          "    esac\n"
          "  done\n",
          out);
}

/* `files` and `words`: the commands that complete both. */
static void print_value_cases(const char *files, const char *before_words, const char *after_words,
                              FILE *out)
{
    const char *argument;
    fputs("  case $option in\n", out);
    for (size_t i = 0; i < count_options(); i++) {
        const char *name = value_option(i, &argument);
        if (!name)
            continue;
        fprintf(out, "    %s) ", name);
        if (is_file(argument)) {
            fputs(files, out);
        } else if (strchr(argument, '|') || strcmp(name, "--state") == 0) {
            fputs(before_words, out);
            print_values(name, argument, out);
            fputs(after_words, out);
        }
        fputs(" return ;;\n", out);
    }
    fputs("  esac\n", out);
}

static void print_bash_case(enum ctl_command command, FILE *out)
{
    const char *words = words_of(command);
    fprintf(out, "    %s) options=\"", ctl_command_name(command));
    print_options(command, true, out);
    fputc(' ', out);
    print_options(command, false, out);
    fprintf(out, "\"%s%s%s", words ? " words=\"" : "", words ? words : "", words ? "\"" : "");
    fputs(takes_ids(command) ? " ids=1 ;;\n" : " ;;\n", out);
}

/*
 * bash divides a word at colons and equals signs too, and replaces what is behind the last one only. No word is
 * expanded: an id is text of an API.
 */
static void print_bash(FILE *out)
{
    fputs("# autoscalerctl(1): completion, made by autoscalerctl completion\n"
          "_autoscalerctl() {\n"
          "  local line=${COMP_LINE:0:COMP_POINT} cur= value= option= command= first= socket=\n"
          "  local options= words= ids= word before\n"
          "  local -a typed\n"
          "  read -ra typed <<<\"$line\"\n"
          "  [[ $line == *[[:space:]] ]] || { cur=${typed[-1]}; unset 'typed[-1]'; }\n",
          out);
    print_walk("\"${typed[@]:1}\"", out);
    fputs("  COMPREPLY=()\n"
          "  value=$cur\n"
          "  [[ $cur == --*=* ]] && option=${cur%%=*} value=${cur#*=}\n",
          out);
    print_value_cases("mapfile -t COMPREPLY < <(compgen -f -- \"$value\"); compopt -o filenames;",
                      "mapfile -t COMPREPLY < <(compgen -W \"", "\" -- \"$value\");", out);
    fputs("  case $command in\n"
          "    '') options=\"--socket= --output= --help --version\" words=\"",
          out);
    for (enum ctl_command command = 0; command < CTL_COUNT; command++)
        fprintf(out, "%s%s", command == 0 ? "" : " ", ctl_command_name(command));
    fputs("\" ;;\n", out);
    for (enum ctl_command command = 0; command < CTL_COUNT; command++)
        print_bash_case(command, out);
    fputs("  esac\n"
          "  if [[ $cur == -* ]]; then\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
          "    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n"
          "    return\n"
          "  fi\n"
          "  [[ -z $first ]] || return\n"
          "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
          "  [[ -n $ids ]] || return\n"
          "  while IFS= read -r word; do\n"
          "    [[ $word == \"$cur\"* ]] && COMPREPLY+=(\"$word\")\n"
          "  done < <(autoscalerctl ${socket:+\"--socket=$socket\"} completion ids 2>/dev/null)\n"
          "  before=${cur%\"${cur##*[:@]}\"}\n"
          "  [[ $COMP_WORDBREAKS == *:* ]] && COMPREPLY=(\"${COMPREPLY[@]#\"$before\"}\")\n"
          "}\n"
          "complete -F _autoscalerctl autoscalerctl\n",
          out);
}

static void print_zsh_case(enum ctl_command command, FILE *out)
{
    const char *words = words_of(command);
    fprintf(out, "    (%s) options=(", ctl_command_name(command));
    print_options(command, true, out);
    fputs(") flags=(", out);
    print_options(command, false, out);
    fprintf(out, ")%s%s%s", words ? " names=(" : "", words ? words : "", words ? ")" : "");
    fputs(takes_ids(command) ? " ids=1 ;;\n" : " ;;\n", out);
}

/* As a file of the search path it is the function; from a start-up file, it defines it. */
static void print_zsh(FILE *out)
{
    fputs("#compdef autoscalerctl\n"
          "# autoscalerctl(1): completion, made by autoscalerctl completion\n"
          "_autoscalerctl() {\n"
          "  local word option= command= first= socket= ids=\n"
          "  local -a options flags names\n",
          out);
    print_walk("\"${(@Q)words[2,CURRENT-1]}\"", out);
    fputs("  if [[ $PREFIX == --*=* ]]; then\n"
          "    option=${PREFIX%%=*}\n"
          "    compset -P '*='\n"
          "  fi\n",
          out);
    print_value_cases("_files;", "compadd -- ", ";", out);
    fputs("  if [[ -z $command ]]; then\n"
          "    if [[ $PREFIX == -* ]]; then\n"
          "      compadd -S '' -- --socket= --output=\n"
          "      compadd -- --help --version\n"
          "      return\n"
          "    fi\n"
          "    names=(\n",
          out);
    for (enum ctl_command command = 0; command < CTL_COUNT; command++)
        fprintf(out, "      '%s:%s'\n", ctl_command_name(command), ctl_command_meaning(command));
    fputs("    )\n"
          "    _describe command names\n"
          "    return\n"
          "  fi\n"
          "  case $command in\n",
          out);
    for (enum ctl_command command = 0; command < CTL_COUNT; command++)
        print_zsh_case(command, out);
    fputs("  esac\n"
          "  if [[ $PREFIX == -* ]]; then\n"
          "    compadd -S '' -a options\n"
          "    compadd -a flags\n"
          "    return\n"
          "  fi\n"
          "  [[ -z $first ]] || return 1\n"
          "  [[ -n $ids ]] && names=(${(f)\"$(autoscalerctl ${socket:+--socket=$socket} "
          "completion ids 2>/dev/null)\"})\n"
          "  compadd -a names\n"
          "}\n"
          "if [[ $funcstack[1] == _autoscalerctl ]]; then\n"
          "  _autoscalerctl \"$@\"\n"
          "else\n"
          "  compdef _autoscalerctl autoscalerctl\n"
          "fi\n",
          out);
}

/* --- fish ------------------------------------------------------------------------------------------------------ */

/* The command is the first argument of the first function, with at most so many words, itself included. */
static const char fish_functions[] =
    "            case '-*'\n"
    "            case '*'\n"
    "                set -a words $word\n"
    "        end\n"
    "    end\n"
    "    test \"$words[1]\" = \"$argv[1]\"; and test (count $words) -le $argv[2]\n"
    "end\n"
    "function __autoscalerctl_ids\n"
    "    set -l socket (commandline -opc | string replace -rf '^--socket=(.+)$' '$1')\n"
    "    autoscalerctl --socket=$socket[-1] completion ids 2>/dev/null\n"
    "end\n"
    "complete -c autoscalerctl -f\n"
    "complete -c autoscalerctl -n '__autoscalerctl_is \"\" 0' -l help\n"
    "complete -c autoscalerctl -n '__autoscalerctl_is \"\" 0' -l version\n"
    "complete -c autoscalerctl -n '__autoscalerctl_is \"\" 0' -l socket -r -F\n"
    "complete -c autoscalerctl -n '__autoscalerctl_is \"\" 0' -l output -x -a 'table json yaml'\n";

static void print_fish_head(FILE *out)
{
    fputs("# autoscalerctl(1): completion, made by autoscalerctl completion\n"
          "function __autoscalerctl_is\n"
          "    set -l words\n"
          "    set -l option ''\n"
          "    for word in (commandline -opc)[2..-1]\n"
          "        if test -n \"$option\"\n"
          "            set option ''\n"
          "            continue\n"
          "        end\n"
          "        switch $word\n"
          "            case ",
          out);
    print_value_options(" ", out);
    fputs("\n                set option $word\n", out);
    fputs(fish_functions, out);
}

static void print_fish_option(enum ctl_command command, const char *name, const char *argument,
                              FILE *out)
{
    fprintf(out, "complete -c autoscalerctl -n '__autoscalerctl_is %s 99' -l %s",
            ctl_command_name(command), name + 2);
    if (argument && is_file(argument)) {
        fputs(" -r -F", out);
    } else if (argument) {
        fputs(" -x -a '", out);
        print_values(name, argument, out);
        fputc('\'', out);
    }
    fputc('\n', out);
}

static void print_fish_command(enum ctl_command command, FILE *out)
{
    const char *argument;
    const char *words = takes_ids(command) ? "(__autoscalerctl_ids)" : words_of(command);
    const char *name = ctl_command_name(command);
    fprintf(out, "complete -c autoscalerctl -n '__autoscalerctl_is \"\" 0' -a %s -d '%s'\n", name,
            ctl_command_meaning(command));
    for (size_t i = 0; i < count_options(); i++) {
        const char *option = option_of(command, i, &argument);
        if (option)
            print_fish_option(command, option, argument, out);
    }
    if (words)
        fprintf(out, "complete -c autoscalerctl -n '__autoscalerctl_is %s 1' -a '%s'\n", name,
                words);
}

static void print_fish(FILE *out)
{
    print_fish_head(out);
    for (enum ctl_command command = 0; command < CTL_COUNT; command++)
        print_fish_command(command, out);
}

bool ctl_completion_print(const char *shell, FILE *out)
{
    if (strcmp(shell, "bash") == 0)
        print_bash(out);
    else if (strcmp(shell, "zsh") == 0)
        print_zsh(out);
    else if (strcmp(shell, "fish") == 0)
        print_fish(out);
    else
        return false;
    return true;
}
