/* The known word that is nearest to a mistyped one. */
#include "haxconn/nearest.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LENGTH_MAX = 64 };

static int least(int a, int b, int c)
{
    int smaller = a < b ? a : b;
    return smaller < c ? smaller : c;
}

/* Insertions, deletions, replacements and swaps of neighbours that make one word of the
 * other (optimal string alignment). */
static int distance_between(const char *a, int length, const char *b)
{
    int columns = (int) strlen(b);
    if (columns >= LENGTH_MAX || length >= LENGTH_MAX)
        return LENGTH_MAX;
    int rows[3][LENGTH_MAX]; /* of i, i - 1 and i - 2, in turn */
    for (int i = 0; i <= length; i++) {
        int *row = rows[i % 3], *above = rows[(i + 2) % 3], *higher = rows[(i + 1) % 3];
        row[0] = i;
        for (int j = 1; j <= columns; j++) {
            if (i == 0) {
                row[j] = j;
                continue;
            }
            row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && higher[j - 2] + 1 < row[j])
                row[j] = higher[j - 2] + 1;
        }
    }
    return rows[length % 3][columns];
}

hax_nearest hax_nearest_start(const char *given, size_t length)
{
    /* A third of the word may be wrong, at most three letters. */
    size_t allowed = length / 3;
    assert(given);
    return (hax_nearest){ .given = given,
                          .length = length,
                          .distance = (allowed > 3 ? 3 : (int) allowed) + 1 };
}

void hax_nearest_offer(hax_nearest *nearest, const char *word)
{
    int length = nearest->length < LENGTH_MAX ? (int) nearest->length : LENGTH_MAX;
    int distance = distance_between(nearest->given, length, word);
    if (distance < nearest->distance) {
        nearest->distance = distance;
        nearest->best = word;
    }
}

hax_nearest_hint hax_nearest_words(const hax_nearest *nearest)
{
    hax_nearest_hint hint = { "" };
    if (nearest->best)
        snprintf(hint.text, sizeof hint.text, ", did you mean '%.70s'?", nearest->best);
    return hint;
}
