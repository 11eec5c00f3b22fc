/* Texts of commands and topics as they fit a width. */
#include "prose.h"

#include <string.h>

#include "quote.h"

/* Two blanks behind a word of an item part it from what it is; 0: there are none. */
static size_t gap_of(const char *line, size_t length)
{
    size_t begin = strspn(line, " ");
    for (size_t at = begin + 1; at + 1 < length; at++)
        if (line[at] == ' ' && line[at + 1] == ' ')
            return at;
    return 0;
}

static void append(char *text, size_t size, const char *words, size_t length)
{
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s%.*s", used ? " " : "", (int) length, words);
}

static bool is_example(const char *line)
{
    return strncmp(line, "  ", 2) == 0 && strncmp(line + strspn(line, " "), "haxconn ", 8) == 0;
}

/* Begins a block with this line. */
static void begin_block(const char *line, size_t length, cli_block *block)
{
    const size_t indent = strspn(line, " "), gap = gap_of(line, length);
    block->indent = (int) indent;
    block->kind = is_example(line) ? CLI_EXAMPLE : gap > 0 ? CLI_ITEM : CLI_PARAGRAPH;
    if (block->kind == CLI_ITEM) {
        size_t begin = gap + strspn(line + gap, " ");
        snprintf(block->label, sizeof block->label, "%.*s", (int) (gap - indent), line + indent);
        append(block->text, sizeof block->text, line + begin, length - begin);
    } else {
        append(block->text, sizeof block->text, line + indent, length - indent);
    }
}

/* Does a line go on with the block before it? */
static bool goes_on(const char *line, size_t length, const cli_block *block)
{
    if (length == 0 || block->kind == CLI_EXAMPLE || is_example(line) || gap_of(line, length) > 0)
        return false;
    return block->kind == CLI_PARAGRAPH || line[0] == ' ';
}

const char *cli_block_next(const char *text, cli_block *block)
{
    *block = (cli_block){ .kind = CLI_PARAGRAPH };
    for (; *text == '\n'; text++)
        block->apart = true;
    if (!*text)
        return NULL;
    size_t length = strcspn(text, "\n");
    begin_block(text, length, block);
    text += length;
    while (*text == '\n' && goes_on(text + 1, strcspn(text + 1, "\n"), block)) {
        text += 1 + strspn(text + 1, " ");
        length = strcspn(text, "\n");
        append(block->text, sizeof block->text, text, length);
        text += length;
    }
    return text + (*text == '\n');
}

int cli_put_words(const char *words, int column, int indent, int width, FILE *out)
{
    bool first = true;
    while (*(words += strspn(words, " "))) {
        int length = (int) strcspn(words, " ");
        if (!first && column + 1 + length > width) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
            first = true;
        }
        fprintf(out, "%s%.*s", first ? "" : " ", length, words);
        column += length + !first;
        words += length;
        first = false;
    }
    return column;
}

/* Items that follow each other have their texts below each other: the widest word of them. */
static int column_of_items(const char *text)
{
    enum { MOST = 24 };
    int column = 0;
    cli_block block;
    while ((text = cli_block_next(text, &block)) && block.kind == CLI_ITEM &&
           !(column && block.apart)) {
        int end = block.indent + (int) strlen(block.label) + 2;
        column = end > column && end <= MOST ? end : column;
    }
    return column;
}

static void put_item(const cli_block *block, int items, int width, FILE *out)
{
    int column = block->indent + (int) strlen(block->label);
    fprintf(out, "%*s%s", block->indent, "", block->label);
    if (column + 2 > items)
        fprintf(out, "\n%*s", items, "");
    else
        fprintf(out, "%*s", items - column, "");
    cli_put_words(block->text, items, items, width, out);
}

/* The words with the commands in them as they are to be typed here. */
static void type_commands(cli_block *block)
{
    char plain[sizeof block->text + 2];
    const int blanks = block->kind == CLI_EXAMPLE ? 2 : 0; /* by which a command is told */
    snprintf(plain, sizeof plain, "%*s%s", blanks, "", block->text);
    cli_with_program(plain, block->text, sizeof block->text);
}

void cli_put_text(const char *text, int width, FILE *out)
{
    cli_block block;
    int items = 0;
    for (const char *next; (next = cli_block_next(text, &block)); text = next) {
        if (block.apart)
            fputs("\n", out);
        if (block.kind == CLI_ITEM && (items == 0 || block.apart))
            items = column_of_items(text);
        type_commands(&block);
        if (block.kind == CLI_ITEM)
            put_item(&block, items, width, out);
        else if (block.kind == CLI_EXAMPLE)
            fputs(block.text, out);
        else
            cli_put_words(block.text, 0, 0, width, out);
        if (block.kind != CLI_ITEM)
            items = 0;
        fputs("\n", out);
    }
}
