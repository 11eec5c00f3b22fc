/* The known word that is nearest to a mistyped one. */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

typedef struct cli_nearest {
    const char *given;
    const char *best; /* NULL: nothing is near */
    int distance;
} cli_nearest;

cli_nearest cli_nearest_start(const char *given);
void cli_nearest_offer(cli_nearest *nearest, const char *word);

#endif
