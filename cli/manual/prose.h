/*
 * The texts of commands and topics, whose lines were broken for 80 columns, for terminals of any
 * width and for manual pages.
 */
#ifndef CLI_PROSE_H
#define CLI_PROSE_H

#include <stdbool.h>
#include <stdio.h>

typedef enum cli_block_kind {
    CLI_PARAGRAPH, /* lines that belong together */
    CLI_ITEM,      /* "word  what it is", with lines below that begin with blanks */
    CLI_EXAMPLE,   /* a command on its own line, "  haxconn ...", that stays as it is */
} cli_block_kind;

typedef struct cli_block {
    cli_block_kind kind;
    bool apart; /* an empty line stands before it */
    int indent; /* of an item: blanks before its word */
    char label[120];
    char text[3000]; /* without line ends */
} cli_block;

/* The next block of a text, and what follows it; NULL: there is none. */
const char *cli_block_next(const char *text, cli_block *block);

/* Words behind each other from `column` on, in lines of `width` columns, the others from `indent`
 * on; returns the column where the last one ends. */
int cli_put_words(const char *words, int column, int indent, int width, FILE *out);

/* A text as it fits a width. */
void cli_put_text(const char *text, int width, FILE *out);

#endif
