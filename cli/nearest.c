/* The known word that is nearest to a mistyped one. */
#include "nearest.h"

#include <string.h>

enum { LENGTH_MAX = 64 };

static int least(int a, int b, int c)
{
    int smaller = a < b ? a : b;
    return smaller < c ? smaller : c;
}

/* Insertions, deletions and replacements that make one word of the other (Levenshtein). */
static int distance_between(const char *a, const char *b)
{
    size_t columns = strlen(b);
    if (columns >= LENGTH_MAX || strlen(a) >= LENGTH_MAX)
        return LENGTH_MAX;
    int row[LENGTH_MAX + 1];
    for (size_t j = 0; j <= columns; j++)
        row[j] = (int) j;
    for (size_t i = 1; a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = (int) i;
        for (size_t j = 1; j <= columns; j++) {
            int above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[columns];
}

cli_nearest cli_nearest_start(const char *given)
{
    /* A third of the word may be wrong, at most three letters. */
    int allowed = (int) strlen(given) / 3;
    return (cli_nearest){ .given = given, .distance = (allowed > 3 ? 3 : allowed) + 1 };
}

void cli_nearest_offer(cli_nearest *nearest, const char *word)
{
    int distance = distance_between(nearest->given, word);
    if (distance < nearest->distance) {
        nearest->distance = distance;
        nearest->best = word;
    }
}
