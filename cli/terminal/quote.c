/* The command line as a shell takes it back. */
#include "quote.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <haxconn/document.h>

char *cli_quote_line(int argc, char *const *argv)
{
    char *line = NULL;
    int count = argc > 1 ? argc : 1;
    const char **words = calloc((size_t) count, sizeof *words);
    if (!words)
        return NULL;
    words[0] = argc > 0 && argv[0][0] ? argv[0] : "haxconn";
    for (int i = 1; i < argc; i++)
        words[i] = argv[i];
    if (hax_document_command(count, words, &line, NULL) != HAX_OK)
        line = NULL;
    free(words);
    return line;
}

static char program[4096] = "haxconn";

void cli_set_program(int argc, char *const *argv)
{
    char *word = cli_quote_line(argc > 1 ? 1 : argc, argv);
    if (word && strlen(word) < sizeof program)
        strcpy(program, word);
    free(word);
}

/* Is what stands before it that of a command, and not of a sentence? */
static bool begins_command(const char *text, const char *found)
{
    size_t before = (size_t) (found - text);
    return (before >= 1 && found[-1] == '\'') || (before >= 2 && memcmp(found - 2, "  ", 2) == 0);
}

void cli_with_program(const char *text, char *typed, size_t size)
{
    static const char plain[] = "haxconn ";
    const size_t name_length = sizeof plain - 2;
    size_t used = 0;
    typed[0] = '\0';
    for (const char *at = text; *at && used + 1 < size;) {
        const char *found = strstr(at, plain);
        while (found && !begins_command(text, found))
            found = strstr(found + 1, plain);
        size_t length = found ? (size_t) (found - at) : strlen(at);
        snprintf(typed + used, size - used, "%.*s%s", (int) length, at, found ? program : "");
        used += strlen(typed + used);
        at += length + (found ? name_length : 0);
    }
}
