/* haxconn help: made from the tables that the parser reads. */
#include "help.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "completion.h"
#include "manual_page.h"
#include "message.h"
#include "output.h"
#include "prose.h"
#include "topics.h"

enum {
    OPTION_COLUMNS = 24,
    NARROW = 60,
    COLUMNS_MOST = 100, /* longer lines are hard to read */
};

static int help_width(void)
{
    int width = cli_style().width;
    return width < COLUMNS_MOST ? width : COLUMNS_MOST;
}

/* ---- all ------------------------------------------------------------------------------------- */

/* A name and what it is, in two columns. */
static void put_line(const char *name, const char *words, int column, int width)
{
    printf("  %-*s", column - 2, name);
    cli_put_words(words, column, column, width, stdout);
    fputs("\n", stdout);
}

static int column_of_names(void)
{
    size_t longest = 0;
    for (const cli_command *const *command = cli_commands; *command; command++)
        longest = strlen((*command)->name) > longest ? strlen((*command)->name) : longest;
    for (const cli_topic *topic = cli_topics; topic->name; topic++)
        longest = strlen(topic->name) > longest ? strlen(topic->name) : longest;
    return (int) longest + 4;
}

void cli_help_all(void)
{
    const int width = help_width(), column = column_of_names();
    fputs("usage: haxconn COMMAND [OPTION...]\n\n", stdout);
    cli_put_text("Runs several neural networks at once on the units of one machine: which part of "
                 "which network runs where and when, how long it takes, and whether that is "
                 "proven.\n",
                 width, stdout);
    fputs("\ncommands:\n", stdout);
    for (const cli_command *const *command = cli_commands; *command; command++)
        put_line((*command)->name, (*command)->summary, column, width);
    fputs("\ntopics:\n", stdout);
    for (const cli_topic *topic = cli_topics; topic->name; topic++)
        put_line(topic->name, topic->summary, column, width);
    cli_put_text("\n'haxconn help COMMAND' or 'haxconn help TOPIC' tells more, 'haxconn --version' "
                 "the version. Start with:\n\n  haxconn run alexnet googlenet\n",
                 width, stdout);
}

/* ---- a command ------------------------------------------------------------------------------- */

const cli_option cli_dry_run = {
    "dry-run", 0, CLI_FLAG, 0, NULL, "look for all that is wrong with the command, measure nothing",
    0,         0, NULL
};

void cli_option_left(const cli_option *option, char *left, size_t size)
{
    char letter[8] = "";
    if (option->letter)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(left, size, "  %s--%s%s%s", letter, option->name, option->value ? " " : "",
             option->value ? option->value : "");
}

void cli_option_words(const cli_option *option, char *words, size_t size)
{
    size_t used = (size_t) snprintf(words, size, "%s", option->help);
    for (int i = 0; option->choices && option->choices[i] && used < size; i++)
        used += (size_t) snprintf(words + used, size - used, "%s%s%s", i > 0 ? " " : " (",
                                  option->choices[i], option->choices[i + 1] ? "," : ")");
}

static void print_option(const cli_option *option, int width)
{
    char left[120], words[1200];
    cli_option_left(option, left, sizeof left);
    cli_option_words(option, words, sizeof words);
    const int column = width < NARROW ? OPTION_COLUMNS / 3 : OPTION_COLUMNS;
    bool fits = (int) strlen(left) < column;
    printf("%-*s%s", fits ? column : 0, left, fits ? "" : "\n");
    printf("%*s", fits ? 0 : column, "");
    cli_put_words(words, column, column, width, stdout);
    fputs("\n", stdout);
}

void cli_help_command(const cli_command *command)
{
    const int width = help_width();
    char usage[400];
    int column = printf("usage: haxconn %s ", command->name);
    snprintf(usage, sizeof usage, "%s%s%s", command->operands,
             command->operands[0] && command->options->name ? " " : "",
             command->options->name ? "[OPTION...]" : "");
    cli_put_words(usage, column, column, width, stdout);
    fputs("\n\n", stdout);
    cli_put_words(command->summary, 0, 0, width - 1, stdout);
    fputs(".\n", stdout);
    if (command->text) {
        fputs("\n", stdout);
        cli_put_text(command->text, width, stdout);
    }
    if (command->options->name)
        fputs("\noptions:\n", stdout);
    for (const cli_option *option = command->options; option->name; option++)
        print_option(option, width);
    if (command->measures)
        print_option(&cli_dry_run, width);
}

static void help_topic(const cli_topic *topic)
{
    char text[6000];
    snprintf(text, sizeof text, "%s: %s.", topic->name, topic->summary);
    cli_put_words(text, 0, 0, help_width(), stdout);
    fputs("\n\n", stdout);
    cli_topic_text(topic, text, sizeof text);
    cli_put_text(text, help_width(), stdout);
}

/* ---- the command help ------------------------------------------------------------------------ */

typedef struct settings {
    bool man;
    int completion; /* index of a shell; -1: none */
    const char *folder;
} settings;

static const settings defaults = { .completion = -1 };

static const char *const shells[] = { "bash", "zsh", NULL };

static const cli_option options[] = {
    { "man", 0, CLI_FLAG, offsetof(settings, man), NULL,
      "a manual page instead: of COMMAND, else of the tool", 0, 0, NULL },
    { "completion", 0, CLI_CHOICE, offsetof(settings, completion), "SHELL",
      "a script that completes commands there", 0, 0, shells },
    { "write", 0, CLI_FOLDER, offsetof(settings, folder), "DIR",
      "all manual pages and scripts, as an installation has them; DIR must be there", 0, 0, NULL },
    { .name = NULL },
};

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

static hax_status unknown_word(const char *word, hax_error *err)
{
    hax_nearest nearest = hax_nearest_start(word, strlen(word));
    for (const cli_command *const *command = cli_commands; *command; command++)
        hax_nearest_offer(&nearest, (*command)->name);
    for (const cli_topic *topic = cli_topics; topic->name; topic++)
        hax_nearest_offer(&nearest, topic->name);
    return cli_fail(err, HAX_USAGE, "there is no command and no topic '%s'%s%s", word,
                    hax_nearest_words(&nearest).text, nearest.best ? "" : ", see 'haxconn help'");
}

/* A page or a script on its way into a file. The stream of open_memstream would not tell that it
 * ran out of memory in between. */
typedef struct text_file {
    char *text;
    FILE *out;
} text_file;

enum { TEXT_MOST = 1 << 19 };

static hax_status open_text(text_file *file, hax_error *err)
{
    file->text = calloc(1, TEXT_MOST);
    file->out = file->text ? fmemopen(file->text, TEXT_MOST, "w") : NULL;
    if (file->out)
        return HAX_OK;
    free(file->text);
    return cli_fail(err, HAX_NO_MEMORY, "out of memory for manual pages");
}

static hax_status write_text(text_file *file, const char *folder, const char *name, const char *end,
                             hax_error *err)
{
    char path[4096];
    hax_status status = HAX_OK;
    const bool failed = fflush(file->out) != 0 || ferror(file->out);
    if (fclose(file->out) != 0 || failed)
        status = cli_fail(err, HAX_FAILURE, "'%s%s' has more than %d bytes", name, end, TEXT_MOST);
    if (snprintf(path, sizeof path, "%s/%s%s", folder, name, end) >= (int) sizeof path)
        status = cli_fail(err, HAX_USAGE, "--write: '%.100s...' is too long a name", folder);
    if (status == HAX_OK)
        status = hax_document_write(path, file->text, strlen(file->text), err);
    free(file->text);
    return status;
}

static hax_status write_page(const char *folder, const cli_command *command, hax_error *err)
{
    text_file file;
    char name[80];
    hax_status status = open_text(&file, err);
    if (status != HAX_OK)
        return status;
    snprintf(name, sizeof name, "haxconn%s%s", command ? "-" : "", command ? command->name : "");
    cli_manual_page(command, file.out);
    return write_text(&file, folder, name, ".1", err);
}

static hax_status write_script(const char *folder, bool zsh, hax_error *err)
{
    text_file file;
    hax_status status = open_text(&file, err);
    if (status != HAX_OK)
        return status;
    cli_completion(zsh, file.out);
    return write_text(&file, folder, zsh ? "_haxconn" : "haxconn.bash", "", err);
}

static hax_status write_all(const char *folder, hax_error *err)
{
    hax_status status = write_page(folder, NULL, err);
    for (const cli_command *const *command = cli_commands; *command && status == HAX_OK; command++)
        status = write_page(folder, *command, err);
    if (status == HAX_OK)
        status = write_script(folder, false, err);
    return status == HAX_OK ? write_script(folder, true, err) : status;
}

static hax_status help(const cli_call *call, hax_error *err)
{
    const settings *set = call->settings;
    const char *word = call->operand_count > 0 ? call->operands[0] : NULL;
    const cli_command *command = word ? cli_find_command(word) : NULL;
    const cli_topic *topic = word && !command ? cli_find_topic(word) : NULL;
    if (set->man + (set->completion >= 0) + (set->folder != NULL) > 1)
        return cli_fail(err, HAX_USAGE, "help: give one of --man, --completion and --write");
    if (word && !command && !topic)
        return unknown_word(word, err);
    if (word && (topic || set->completion >= 0 || set->folder) &&
        (set->man || set->completion >= 0 || set->folder))
        return cli_fail(err, HAX_USAGE, "help: '%s' has no effect there", word);
    if (command && call->operand_count > 1 && !has_action(command, call->operands[1]))
        return cli_fail(err, HAX_USAGE, "'%s' has no '%s', see 'haxconn help %s'", command->name,
                        call->operands[1], command->name);
    if (topic && call->operand_count > 1)
        return cli_fail(err, HAX_USAGE, "help: unexpected operand '%s'", call->operands[1]);
    if (set->folder)
        return write_all(set->folder, err);
    if (set->completion >= 0)
        cli_completion(set->completion == 1, stdout);
    else if (set->man)
        cli_manual_page(command, stdout);
    else if (topic)
        help_topic(topic);
    else if (command)
        cli_help_command(command);
    else
        cli_help_all();
    return HAX_OK;
}

const cli_command cli_help = {
    .name = "help",
    .operands = "[COMMAND [ACTION] | TOPIC]",
    .summary = "Tell what the tool, a command or a topic is",
    .text = "Without a word all commands and topics are listed.\n\n"
            "  haxconn help run\n"
            "  haxconn help platforms\n"
            "  haxconn help --man run | man -l -\n",
    .options = options,
    .defaults = &defaults,
    .settings_size = sizeof defaults,
    .operand_max = 2,
    .run = help,
};
