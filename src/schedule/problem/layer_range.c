/* Layers as the names of groups and the words of rules say them. */
#include <string.h>

#include "problem.h"

enum { DIGITS_MAX = 8 };

static bool whole_number(const char *text, size_t length, int *value)
{
    int number = 0;
    if (length == 0 || length > DIGITS_MAX || strspn(text, "0123456789") < length)
        return false;
    for (size_t c = 0; c < length; c++)
        number = 10 * number + (text[c] - '0');
    *value = number;
    return true;
}

bool hax_layers_parse(const char *text, size_t length, int *first_layer, int *layer_count)
{
    const char *dash = memchr(text, '-', length);
    size_t head = dash ? (size_t) (dash - text) : length;
    int first, last;
    if (!whole_number(text, head, &first))
        return false;
    last = first;
    if (dash && !whole_number(dash + 1, length - head - 1, &last))
        return false;
    if (last < first)
        return false;
    *first_layer = first;
    *layer_count = last - first + 1;
    return true;
}
