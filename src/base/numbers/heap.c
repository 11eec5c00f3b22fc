#include "heap.h"

#include <assert.h>
#include <stdlib.h>

void hax_heap_free(hax_heap *heap)
{
    free(heap->items);
    *heap = (hax_heap){ 0 };
}

static bool comes_first(const hax_heap_item *a, const hax_heap_item *b)
{
    return a->key < b->key || (a->key == b->key && a->value < b->value);
}

bool hax_heap_push(hax_heap *heap, double key, size_t value)
{
    enum { FIRST_ROOM = 256 };
    if (heap->count == heap->capacity) {
        size_t capacity = heap->capacity ? 2 * heap->capacity : FIRST_ROOM;
        hax_heap_item *grown = realloc(heap->items, capacity * sizeof *grown);
        if (!grown)
            return false;
        heap->items = grown;
        heap->capacity = capacity;
    }
    const hax_heap_item added = { key, value };
    size_t at = heap->count++;
    for (; at > 0 && comes_first(&added, &heap->items[(at - 1) / 2]); at = (at - 1) / 2)
        heap->items[at] = heap->items[(at - 1) / 2];
    heap->items[at] = added;
    return true;
}

size_t hax_heap_pop(hax_heap *heap)
{
    assert(heap->count > 0);
    size_t least = heap->items[0].value, at = 0;
    const hax_heap_item last = heap->items[--heap->count];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && comes_first(&heap->items[child + 1], &heap->items[child]))
            child++;
        if (!comes_first(&heap->items[child], &last))
            break;
        heap->items[at] = heap->items[child];
        at = child;
    }
    heap->items[at] = last;
    return least;
}
