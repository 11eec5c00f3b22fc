/* Scripts that complete commands, options and their values in bash and zsh. */
#include "completion.h"

#include <ctype.h>
#include <string.h>

#include "command.h"
#include "help.h"
#include "topics.h"

/* ---- what there is to choose from ------------------------------------------------------------ */

static void put_networks(FILE *out)
{
    for (const char *const *name = hax_model_builtin_names(); *name; name++)
        fprintf(out, "%s%s", name == hax_model_builtin_names() ? "" : " ", *name);
}

static void put_platforms(FILE *out)
{
    int count;
    const hax_platform_name *names = hax_platform_names(&count);
    for (int n = 0; n < count; n++)
        fprintf(out, "%s%s", n > 0 ? " " : "", names[n].name);
}

static void put_commands(FILE *out)
{
    for (const cli_command *const *command = cli_commands; *command; command++)
        fprintf(out, "%s%s", command == cli_commands ? "" : " ", (*command)->name);
}

static void put_topics(FILE *out)
{
    for (const cli_topic *topic = cli_topics; topic->name; topic++)
        fprintf(out, " %s", topic->name);
}

/* The actions of a command, first words of its usage that are no placeholders. */
static void put_actions(const cli_command *command, FILE *out)
{
    bool first = true;
    for (const char *way = command->operands; way; way = strchr(way, '|')) {
        way += strspn(way, "| ");
        size_t length = strcspn(way, " ");
        if (length == 0 || !islower((unsigned char) way[0]))
            continue;
        fprintf(out, "%s%.*s", first ? "" : " ", (int) length, way);
        first = false;
    }
}

static bool has_actions(const cli_command *command)
{
    for (const char *way = command->operands; way; way = strchr(way, '|')) {
        way += strspn(way, "| ");
        if (islower((unsigned char) way[0]))
            return true;
    }
    return false;
}

/* What follows an option. */
typedef enum value_kind {
    VALUE_NONE,     /* it is a flag */
    VALUE_ANY,      /* numbers and words of which nothing is known */
    VALUE_CHOICE,   /* of its choices */
    VALUE_PLATFORM, /* a platform's name, or a file */
    VALUE_GROUPING,
    VALUE_PRECISION,
    VALUE_NETWORK, /* a network of the line, and behind it a sign */
    VALUE_FILE,
    VALUE_FOLDER,
} value_kind;

static bool is_file(const char *value)
{
    size_t length = value ? strlen(value) : 0;
    return length >= 4 && (strcmp(value + length - 4, "FILE") == 0 || strstr(value, ".json"));
}

static value_kind kind_of(const cli_option *option)
{
    static const struct {
        const char *name;
        value_kind kind;
    } named[] = { { "platform", VALUE_PLATFORM },
                  { "grouping", VALUE_GROUPING },
                  { "precision", VALUE_PRECISION } };
    if (option->kind == CLI_FLAG)
        return VALUE_NONE;
    if (option->choices)
        return VALUE_CHOICE;
    for (size_t n = 0; n < sizeof named / sizeof *named; n++)
        if (strcmp(named[n].name, option->name) == 0)
            return named[n].kind;
    if (option->kind == CLI_FOLDER || (option->value && strcmp(option->value, "DIR") == 0))
        return VALUE_FOLDER;
    if (option->kind == CLI_FILE || is_file(option->value))
        return VALUE_FILE;
    if (option->value && strncmp(option->value, "NET", 3) == 0 && strpbrk(option->value, "=:["))
        return VALUE_NETWORK;
    return VALUE_ANY;
}

/* The words that may follow, if they are known; a platform may also be a file. */
static void put_values(const cli_option *option, FILE *out)
{
    switch (kind_of(option)) {
    case VALUE_PLATFORM: put_platforms(out); break;
    case VALUE_GROUPING: fputs("fine blocks", out); break;
    case VALUE_PRECISION: fputs("f32 tf32 f16", out); break;
    case VALUE_CHOICE:
        for (int i = 0; option->choices[i]; i++)
            fprintf(out, "%s%s", i > 0 ? " " : "", option->choices[i]);
        break;
    case VALUE_NONE:
    case VALUE_ANY:
    case VALUE_NETWORK:
    case VALUE_FILE:
    case VALUE_FOLDER: break;
    }
}

/* What stands behind a network in "NET=HZ", "NET:LIST", "NET[:GROUPS]=UNIT". */
static char sign_of(const cli_option *option)
{
    return strchr(option->value, '=') ? '=' : ':';
}

static bool takes_networks(const cli_command *command)
{
    return strstr(command->operands, "NET") != NULL;
}

/* ---- bash ------------------------------------------------------------------------------------ */

static void bash_option(const cli_option *option, FILE *out)
{
    const value_kind kind = kind_of(option);
    if (kind == VALUE_NONE)
        return;
    fprintf(out, "        --%s", option->name);
    if (option->letter)
        fprintf(out, "|-%c", option->letter);
    fputs(") ", out);
    if (kind == VALUE_NETWORK)
        fprintf(out, "_haxconn_named '%c'", sign_of(option));
    else if (kind == VALUE_FILE || kind == VALUE_FOLDER)
        fprintf(out, "_haxconn_files -%c", kind == VALUE_FILE ? 'f' : 'd');
    else if (kind == VALUE_ANY)
        fputs(":", out);
    else {
        fputs("_haxconn_words '", out);
        put_values(option, out);
        fprintf(out, "'%s", kind == VALUE_PLATFORM ? "; _haxconn_files -f" : "");
    }
    fputs("; return ;;\n", out);
}

static void bash_command(const cli_command *command, FILE *out)
{
    fprintf(out, "    %s)\n        case $previous in\n", command->name);
    for (const cli_option *option = command->options; option->name; option++)
        bash_option(option, out);
    fputs("        esac\n        options='--help", out);
    if (command->measures)
        fputs(" --dry-run", out);
    for (const cli_option *option = command->options; option->name; option++)
        fprintf(out, " --%s", option->name);
    fputs("'\n", out);
    if (has_actions(command) && command != &cli_help) {
        fputs("        [ \"$COMP_CWORD\" -gt 2 ] || operands='", out);
        put_actions(command, out);
        fputs("'\n", out);
    }
    if (takes_networks(command))
        fputs("        operands=\"$operands $networks\"\n", out);
    if (command == &cli_help) {
        fputs("        operands=\"$commands", out);
        put_topics(out);
        fputs("\" files=\n", out);
    }
    fputs("        ;;\n", out);
}

static const char bash_head[] =
    "# haxconn(1) in bash; made by 'haxconn help --completion bash'.\n"
    "_haxconn_words() { COMPREPLY+=($(compgen -W \"$1\" -- \"$current\")); }\n"
    "_haxconn_files() {\n"
    "    local file\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    while IFS= read -r file; do COMPREPLY+=(\"$file\"); done < <(compgen \"$1\" -- "
    "\"$current\")\n"
    "}\n"
    "# The networks of the line, with what stands behind them in a value.\n"
    "_haxconn_named() {\n"
    "    local word named=\n"
    "    for word in \"${COMP_WORDS[@]:2}\"; do\n"
    "        case \" $networks \" in *\" $word \"*) named=\"$named $word$1\" ;; esac\n"
    "    done\n"
    "    compopt -o nospace 2>/dev/null\n"
    "    _haxconn_words \"$named\"\n"
    "}\n"
    "_haxconn() {\n"
    "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
    "    local options= operands= files=yes\n"
    "    COMPREPLY=()\n"
    "    # --name=value comes in three words\n"
    "    if [ \"$current\" = = ]; then\n"
    "        current=\n"
    "    elif [ \"$previous\" = = ] && [ \"$COMP_CWORD\" -gt 2 ]; then\n"
    "        previous=${COMP_WORDS[COMP_CWORD-2]}\n"
    "    fi\n";

static const char bash_tail[] = "    esac\n"
                                "    case $current in\n"
                                "    -*) _haxconn_words \"$options\" ;;\n"
                                "    *)\n"
                                "        _haxconn_words \"$operands\"\n"
                                "        [ -z \"$files\" ] || _haxconn_files -f\n"
                                "        ;;\n"
                                "    esac\n"
                                "}\n"
                                "complete -F _haxconn haxconn\n";

static void put_bash(FILE *out)
{
    fputs(bash_head, out);
    fputs("    local networks='", out);
    put_networks(out);
    fputs("'\n    local commands='", out);
    put_commands(out);
    fputs("'\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
          "        _haxconn_words \"$commands --help --version\"\n"
          "        return\n"
          "    fi\n"
          "    case ${COMP_WORDS[1]} in\n",
          out);
    for (const cli_command *const *command = cli_commands; *command; command++)
        bash_command(*command, out);
    fputs(bash_tail, out);
}

/* ---- zsh ------------------------------------------------------------------------------------- */

/* Text between single quotes and, within, brackets or colons. */
static void put_quoted(const char *text, FILE *out)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else if (strchr("[]:\\", *text))
            fprintf(out, "\\%c", *text);
        else
            putc(*text, out);
    }
}

static void zsh_action(const cli_option *option, FILE *out)
{
    switch (kind_of(option)) {
    case VALUE_NONE: return;
    case VALUE_ANY: fputs(": ", out); return;
    case VALUE_FILE: fputs(":_files", out); return;
    case VALUE_FOLDER: fputs(":_files -/", out); return;
    case VALUE_NETWORK: fprintf(out, ":_haxconn_named \"%c\"", sign_of(option)); return;
    case VALUE_PLATFORM: fputs(":_haxconn_platforms", out); return;
    case VALUE_CHOICE:
    case VALUE_GROUPING:
    case VALUE_PRECISION: break;
    }
    fputs(":(", out);
    put_values(option, out);
    fputs(")", out);
}

static void zsh_option(const cli_option *option, FILE *out)
{
    const bool flag = kind_of(option) == VALUE_NONE;
    const char *forms[] = { "--", "-" };
    for (int form = 0; form < (option->letter ? 2 : 1); form++) {
        fprintf(out, " \\\n            '%s%s", option->kind == CLI_LIST ? "*" : "", forms[form]);
        if (form == 0)
            fprintf(out, "%s%s", option->name, flag ? "" : "=");
        else
            fprintf(out, "%c%s", option->letter, flag ? "" : "+");
        fputs("[", out);
        put_quoted(option->help, out);
        fputs("]", out);
        if (!flag) {
            fputs(":", out);
            put_quoted(option->value, out);
            zsh_action(option, out);
        }
        fputs("'", out);
    }
}

static void zsh_command(const cli_command *command, FILE *out)
{
    fprintf(out, "    %s)\n        _arguments -s", command->name);
    for (const cli_option *option = command->options; option->name; option++)
        zsh_option(option, out);
    if (command->measures)
        zsh_option(&cli_dry_run, out);
    if (has_actions(command) && command != &cli_help) {
        fputs(" \\\n            '1:action:(", out);
        put_actions(command, out);
        fputs(")'", out);
    }
    if (command == &cli_help) {
        fputs(" \\\n            '*:word:(", out);
        put_commands(out);
        put_topics(out);
        fputs(")'\n        ;;\n", out);
        return;
    }
    fprintf(out, " \\\n            '*:%s'\n        ;;\n",
            takes_networks(command) ? "network:_haxconn_networks" : "file:_files");
}

static void put_zsh(FILE *out)
{
    fputs("#compdef haxconn\n"
          "# haxconn(1) in zsh; made by 'haxconn help --completion zsh'.\n"
          "_haxconn_networks() {\n    _alternative 'networks:network:(",
          out);
    put_networks(out);
    fputs(")' 'files:file:_files'\n}\n_haxconn_platforms() {\n    _alternative "
          "'platforms:platform:(",
          out);
    put_platforms(out);
    fputs(")' 'files:file:_files -g \"*.json\"'\n}\n"
          "# The networks of the line, with what stands behind them in a value.\n"
          "_haxconn_named() {\n"
          "    local -a named=(${words:#-*})\n"
          "    compadd -S \"$1\" -- ${named[2,-1]}\n"
          "}\n"
          "_haxconn() {\n"
          "    if (( CURRENT == 2 )); then\n"
          "        local -a commands=(",
          out);
    for (const cli_command *const *command = cli_commands; *command; command++) {
        fprintf(out, "\n            '%s:", (*command)->name);
        put_quoted((*command)->summary, out);
        fputs("'", out);
    }
    fputs(")\n"
          "        _describe command commands\n"
          "        return\n"
          "    fi\n"
          "    local command=$words[2]\n"
          "    shift words\n"
          "    (( CURRENT-- ))\n"
          "    case $command in\n",
          out);
    for (const cli_command *const *command = cli_commands; *command; command++)
        zsh_command(*command, out);
    fputs(
        "    esac\n"
        "}\n"
        "if [ \"$funcstack[1]\" = _haxconn ]; then _haxconn \"$@\"; else compdef _haxconn haxconn; "
        "fi\n",
        out);
}

void cli_completion(bool zsh, FILE *out)
{
    if (zsh)
        put_zsh(out);
    else
        put_bash(out);
}
