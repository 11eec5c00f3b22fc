/* The command line as a shell takes it back. */
#include "quote.h"

#include <stdlib.h>

#include <haxconn/document.h>

char *cli_quote_line(int argc, char *const *argv)
{
    char *line = NULL;
    int count = argc > 1 ? argc : 1;
    const char **words = calloc((size_t) count, sizeof *words);
    if (!words)
        return NULL;
    words[0] = "haxconn";
    for (int i = 1; i < argc; i++)
        words[i] = argv[i];
    if (hax_document_command(words, count, &line, NULL) != HAX_OK)
        line = NULL;
    free(words);
    return line;
}
