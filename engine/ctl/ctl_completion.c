#include "engine/ctl/ctl_completion.h"

#include <string.h>

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

static void print_options(enum ctl_command command, const char *separator, FILE *out)
{
    const char *name;
    bool has_value;
    for (size_t i = 0; ctl_option_at(i, command, &name, &has_value); i++)
        if (name)
            fprintf(out, "%s%s%s", separator, name, has_value ? "=" : "");
}

/* --- bash, which zsh understands too --------------------------------------------------------------------------- */

static void print_case(enum ctl_command command, FILE *out)
{
    const char *words = words_of(command);
    fprintf(out, "    %s) words=\"", ctl_command_name(command));
    print_options(command, " ", out);
    fprintf(out, "%s%s\"", words ? " " : "", words ? words : "");
    fputs(takes_ids(command) ? "; ids=1 ;;\n" : " ;;\n", out);
}

static void print_bash(FILE *out)
{
    fputs("# autoscalerctl(1): completion, made by autoscalerctl completion\n"
          "_autoscalerctl() {\n"
          "  local cur=\"${COMP_WORDS[COMP_CWORD]}\" command= words= ids= i\n"
          "  [[ $cur == = ]] && return\n"
          "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "    case ${COMP_WORDS[i]} in -*|=) ;; *) [[ ${COMP_WORDS[i-1]} == = ]] || { "
          "command=${COMP_WORDS[i]}; break; } ;; esac\n"
          "  done\n"
          "  case $command in\n"
          "    '') words=\"--help --version",
          out);
    for (enum ctl_command command = 0; command < CTL_COUNT; command++)
        fprintf(out, " %s", ctl_command_name(command));
    fputs("\" ;;\n", out);
    for (enum ctl_command command = 0; command < CTL_COUNT; command++)
        print_case(command, out);
    fputs("  esac\n"
          "  [[ -n $ids && $cur != -* ]] && words=\"$(autoscalerctl completion ids 2>/dev/null)\"\n"
          "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
          "  [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n"
          "}\n"
          "complete -F _autoscalerctl autoscalerctl\n",
          out);
}

static void print_zsh(FILE *out)
{
    fputs("#compdef autoscalerctl\n"
          "autoload -U +X bashcompinit && bashcompinit\n",
          out);
    print_bash(out);
}

/* --- fish ------------------------------------------------------------------------------------------------------ */

static void print_fish_command(enum ctl_command command, FILE *out)
{
    const char *name;
    const char *words = words_of(command);
    bool has_value;
    fprintf(out, "complete -c autoscalerctl -n __fish_use_subcommand -a %s -d '%s'\n",
            ctl_command_name(command), ctl_command_meaning(command));
    for (size_t i = 0; ctl_option_at(i, command, &name, &has_value); i++)
        if (name)
            fprintf(out, "complete -c autoscalerctl -n '__fish_seen_subcommand_from %s' -l %s%s\n",
                    ctl_command_name(command), name + 2, has_value ? " -r" : "");
    if (takes_ids(command))
        words = "(autoscalerctl completion ids 2>/dev/null)";
    if (words)
        fprintf(out, "complete -c autoscalerctl -n '__fish_seen_subcommand_from %s' -a '%s'\n",
                ctl_command_name(command), words);
}

static void print_fish(FILE *out)
{
    fputs("complete -c autoscalerctl -f\n", out);
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
