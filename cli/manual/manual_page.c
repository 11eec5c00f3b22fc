/* Manual pages in the macros of man(7), which groff and mandoc both read. */
#include "manual_page.h"

#include <ctype.h>
#include <string.h>

#include "help.h"
#include "prose.h"
#include "topics.h"

/* When these texts were last changed much: a page must have a date, and the same text every time it
 * is made. */
static const char date[] = "2026-11-30";

enum { LINE = 76 }; /* of the source; mandoc objects to lines over 80 bytes */

/* One word so that roff takes it for what it is. Returns its length in the source. */
static int put_word(const char *word, size_t length, bool begins_line, FILE *out)
{
    int used = 0;
    if (begins_line && (word[0] == '.' || word[0] == '\''))
        used += fprintf(out, "\\&");
    for (size_t at = 0; at < length; at++) {
        switch (word[at]) {
        case '\\': used += fprintf(out, "\\e"); break;
        case '-': used += fprintf(out, "\\-"); break;
        case '\'': used += fprintf(out, "\\(aq"); break;
        case '^': used += fprintf(out, "\\(ha"); break;
        case '`': used += fprintf(out, "\\(ga"); break;
        case '~': used += fprintf(out, "\\(ti"); break;
        case '"': used += fprintf(out, "\\(dq"); break;
        default:
            putc(word[at], out);
            used++;
            break;
        }
    }
    return used;
}

/* Words as lines of source. A sentence's end begins a new line, as roff wants it. */
static void put_lines(const char *words, FILE *out)
{
    int column = 0;
    while (*(words += strspn(words, " "))) {
        size_t length = strcspn(words, " ");
        if (column > 0 && column + 1 + (int) length > LINE) {
            fputs("\n", out);
            column = 0;
        } else if (column > 0) {
            fputs(" ", out);
            column++;
        }
        column += put_word(words, length, column == 0, out);
        bool ends = length > 1 && strchr(".!?", words[length - 1]) && words[length] == ' ';
        words += length;
        if (ends) {
            fputs("\n", out);
            column = 0;
        }
    }
    if (column > 0)
        fputs("\n", out);
}

static void put_label(const char *label, FILE *out)
{
    fputs(".TP\n.B ", out);
    for (const char *at = label + strspn(label, " "); *at; at++)
        if (*at == '"')
            fputs("\\(dq", out);
        else
            put_word(at, 1, false, out);
    fputs("\n", out);
}

static void put_example(const cli_block *block, FILE *out)
{
    fputs(".EX\n", out);
    put_word(block->text, strlen(block->text), true, out);
    fputs("\n.EE\n", out);
}

/* `begins`: it stands right behind a heading, which parts paragraphs already. */
static void put_blocks(const char *text, bool begins, FILE *out)
{
    cli_block block;
    for (const char *next; (next = cli_block_next(text, &block)); text = next) {
        if (block.kind == CLI_ITEM)
            put_label(block.label, out);
        else if (!begins && (block.apart || block.kind == CLI_PARAGRAPH))
            fputs(".PP\n", out);
        if (block.kind == CLI_EXAMPLE)
            put_example(&block, out);
        else
            put_lines(block.text, out);
        begins = false;
    }
}

static void put_head(const char *name, FILE *out)
{
    fputs(".\\\" Made by haxconn from the tables of its commands.\n.TH ", out);
    for (const char *at = name; *at; at++)
        if (*at == '-')
            fputs("\\-", out);
        else
            putc(toupper((unsigned char) *at), out);
    fprintf(out, " 1 %s \"haxconn %s\" \"User Commands\"\n", date, HAX_VERSION);
}

/* One line for apropos, which begins small. */
static void put_name(const char *name, const char *summary, FILE *out)
{
    char line[300];
    snprintf(line, sizeof line, "%s - %c%s", name, tolower((unsigned char) summary[0]),
             summary + 1);
    fputs(".SH NAME\n", out);
    put_lines(line, out);
}

static void put_synopsis(const cli_command *command, FILE *out)
{
    fprintf(out, ".SH SYNOPSIS\n.B haxconn %s\n", command->name);
    char usage[400];
    snprintf(usage, sizeof usage, "%s%s%s", command->operands,
             command->operands[0] && command->options->name ? " " : "",
             command->options->name ? "[OPTION...]" : "");
    if (usage[0])
        put_lines(usage, out);
}

static void put_option(const cli_option *option, FILE *out)
{
    char left[120], words[1200];
    cli_option_left(option, left, sizeof left);
    cli_option_words(option, words, sizeof words);
    put_label(left, out);
    put_lines(words, out);
}

static void put_command(const cli_command *command, FILE *out)
{
    char name[80], sentence[300];
    snprintf(name, sizeof name, "haxconn-%s", command->name);
    put_head(name, out);
    put_name(name, command->summary, out);
    put_synopsis(command, out);
    fputs(".SH DESCRIPTION\n", out);
    snprintf(sentence, sizeof sentence, "%s.", command->summary);
    put_lines(sentence, out);
    if (command->text)
        put_blocks(command->text, false, out);
    if (command->options->name || command->measures)
        fputs(".SH OPTIONS\n", out);
    for (const cli_option *option = command->options; option->name; option++)
        put_option(option, out);
    if (command->measures)
        put_option(&cli_dry_run, out);
    fputs(
        ".SH SEE ALSO\n.BR haxconn (1),\nwhich tells of networks, platforms, rules, documents and "
        "exit codes.\n",
        out);
}

static void put_topics(FILE *out)
{
    for (const cli_topic *topic = cli_topics; topic->name; topic++) {
        char text[6000];
        fputs(".SH ", out);
        for (const char *at = topic->name; *at; at++)
            putc(*at == '-' ? ' ' : toupper((unsigned char) *at), out);
        fputs("\n", out);
        cli_topic_text(topic, text, sizeof text);
        put_blocks(text, true, out);
    }
}

static void put_tool(FILE *out)
{
    put_head("haxconn", out);
    put_name("haxconn", "Runs several neural networks at once on the units of one machine", out);
    fputs(".SH SYNOPSIS\n.B haxconn\nCOMMAND [OPTION...]\n.SH DESCRIPTION\n", out);
    put_lines("You have several networks and one machine: which part of which network runs where "
              "and when, how long it takes, and whether that is proven. When splitting does not "
              "pay, it says \"do not split\".",
              out);
    fputs(".SH COMMANDS\n", out);
    for (const cli_command *const *command = cli_commands; *command; command++) {
        fprintf(out, ".TP\n.BR haxconn\\-%s (1)\n", (*command)->name);
        put_lines((*command)->summary, out);
    }
    put_topics(out);
}

void cli_manual_page(const cli_command *command, FILE *out)
{
    if (command)
        put_command(command, out);
    else
        put_tool(out);
}
