#include "heap.h"

#include <assert.h>
#include <stdlib.h>

void heap_free(heap *of)
{
    free(of->items);
    *of = (heap){ 0 };
}

static bool comes_first(const heap_item *a, const heap_item *b)
{
    return a->key < b->key || (a->key == b->key && a->value < b->value);
}

bool heap_push(heap *of, double key, size_t value)
{
    enum { FIRST_ROOM = 256 };
    if (of->count == of->room) {
        size_t room = of->room ? 2 * of->room : FIRST_ROOM;
        heap_item *grown = realloc(of->items, room * sizeof *grown);
        if (!grown)
            return false;
        of->items = grown;
        of->room = room;
    }
    const heap_item added = { key, value };
    size_t at = of->count++;
    for (; at > 0 && comes_first(&added, &of->items[(at - 1) / 2]); at = (at - 1) / 2)
        of->items[at] = of->items[(at - 1) / 2];
    of->items[at] = added;
    return true;
}

size_t heap_pop(heap *of)
{
    assert(of->count > 0);
    size_t least = of->items[0].value, at = 0;
    const heap_item last = of->items[--of->count];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= of->count)
            break;
        if (child + 1 < of->count && comes_first(&of->items[child + 1], &of->items[child]))
            child++;
        if (!comes_first(&of->items[child], &last))
            break;
        of->items[at] = of->items[child];
        at = child;
    }
    of->items[at] = last;
    return least;
}
