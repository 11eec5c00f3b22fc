/* The command line as a shell takes it back. */
#include "quote.h"

#include <stdlib.h>
#include <string.h>

static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                            "-_=+./,:@%";

static char *append_text(char *at, const char *text)
{
    while (*text)
        *at++ = *text++;
    return at;
}

/* Appends one word; every quote in it becomes '\''. */
static char *append_word(char *at, const char *word)
{
    if (word[0] && word[strspn(word, plain)] == '\0')
        return append_text(at, word);
    *at++ = '\'';
    for (; *word; word++) {
        if (*word == '\'')
            at = append_text(at, "'\\''");
        else
            *at++ = *word;
    }
    *at++ = '\'';
    return at;
}

char *cli_quote_line(int argc, char *const *argv)
{
    static const char tool[] = "haxconn";
    size_t size = sizeof tool;
    for (int i = 1; i < argc; i++)
        size += 4 * strlen(argv[i]) + 3;
    char *line = malloc(size);
    if (!line)
        return NULL;
    char *at = append_text(line, tool);
    for (int i = 1; i < argc; i++) {
        *at++ = ' ';
        at = append_word(at, argv[i]);
    }
    *at = '\0';
    return line;
}
