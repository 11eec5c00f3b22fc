/* haxconn help: made from the tables that the parser reads. */
#include "help.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "message.h"
#include "quote.h"

enum { OPTION_COLUMNS = 24, COLUMNS = 80 };

/* With the commands in it as they are to be typed. */
static void put_text(const char *text)
{
    char typed[8192];
    cli_with_program(text, typed, sizeof typed);
    fputs(typed, stdout);
}

void cli_help_all(void)
{
    fputs("usage: haxconn COMMAND [OPTION...]\n\n"
          "Runs several neural networks at once on the units of one machine: which part of\n"
          "which network runs where and when, how long it takes, and whether that is proven.\n\n"
          "commands:\n",
          stdout);
    for (const cli_command *const *command = cli_commands; *command; command++)
        printf("  %-9s %s\n", (*command)->name, (*command)->summary);
    put_text(
        "\n'haxconn help COMMAND' tells more, 'haxconn --version' the version.\n"
        "start with:  haxconn run alexnet googlenet\n\n"
        "exit codes: 0 done, 1 failure, 2 usage (an option or a word that the tool does not\n"
        "have), 3 bad input (a file, network, platform, board, unit or instance that is not\n"
        "there or not right), 4 unit or driver not available,\n"
        "5 verification failed, 10 a limit was reached (the best so far is given),\n"
        "20 proven infeasible, 128 + n stopped by signal n (130 interrupted, 143 terminated)\n");
}

static const cli_option dry_run = {
    "dry-run", 0, CLI_FLAG, 0, NULL, "look for all that is wrong with the command, measure nothing",
    0,         0, NULL
};

/* Words behind each other, in lines of their own column; returns where the last one ends. */
static int put_words(const char *words, int used)
{
    while (*(words += strspn(words, " "))) {
        int length = (int) strcspn(words, " ");
        bool first = used == OPTION_COLUMNS;
        if (!first && used + 1 + length > COLUMNS) {
            printf("\n%*s", OPTION_COLUMNS, "");
            used = OPTION_COLUMNS;
            first = true;
        }
        printf("%s%.*s", first ? "" : " ", length, words);
        used += length + !first;
        words += length;
    }
    return used;
}

static void print_option(const cli_option *option)
{
    char left[80];
    char letter[8] = "";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(left, sizeof left, "  %s--%s%s%s", letter, option->name, option->value ? " " : "",
             option->value ? option->value : "");
    bool fits = strlen(left) < OPTION_COLUMNS;
    printf("%-*s%s", fits ? OPTION_COLUMNS : 0, left, fits ? "" : "\n");
    printf("%*s", fits ? 0 : OPTION_COLUMNS, "");
    int used = put_words(option->help, OPTION_COLUMNS);
    for (int i = 0; option->choices && option->choices[i]; i++) {
        char choice[40];
        snprintf(choice, sizeof choice, "%s%s%s", i > 0 ? "" : "(", option->choices[i],
                 option->choices[i + 1] ? "," : ")");
        used = put_words(choice, used);
    }
    fputs("\n", stdout);
}

void cli_help_command(const cli_command *command)
{
    printf("usage: haxconn %s%s%s%s\n\n%s.\n", command->name, command->operands[0] ? " " : "",
           command->operands, command->options->name ? " [OPTION...]" : "", command->summary);
    if (command->text) {
        fputs("\n", stdout);
        put_text(command->text);
    }
    if (command->options->name)
        fputs("\noptions:\n", stdout);
    for (const cli_option *option = command->options; option->name; option++)
        print_option(option);
    if (command->measures)
        print_option(&dry_run);
}

/* Is `word` one of the actions of a command, the first words of its usage? One of them may be a
 * placeholder, whose values are in the text. */
static bool has_action(const cli_command *command, const char *word)
{
    for (const char *way = command->operands; way; way = strchr(way, '|')) {
        way += strspn(way, "| ");
        size_t length = strcspn(way, " ");
        bool placeholder = length > 0 && isupper((unsigned char) way[0]);
        if (placeholder || (length == strlen(word) && strncmp(way, word, length) == 0))
            return true;
    }
    return false;
}

static hax_status help(const cli_call *call, hax_error *err)
{
    if (call->operand_count == 0) {
        cli_help_all();
        return HAX_OK;
    }
    const cli_command *command = cli_find_command(call->operands[0]);
    if (!command)
        return cli_unknown_command(call->operands[0], err);
    if (call->operand_count > 1 && !has_action(command, call->operands[1]))
        return cli_fail(err, HAX_USAGE, "'%s' has no '%s', see 'haxconn help %s'", command->name,
                        call->operands[1], command->name);
    cli_help_command(command);
    return HAX_OK;
}

static const cli_option options[] = { { .name = NULL } };

const cli_command cli_help = {
    .name = "help",
    .operands = "[COMMAND [ACTION]]",
    .summary = "Tell what the tool or a command does",
    .options = options,
    .operand_max = 2,
    .run = help,
};
