/* A queue whose least key comes first; of equal keys the least value. */
#ifndef HAX_BASE_NUMBERS_HEAP_H
#define HAX_BASE_NUMBERS_HEAP_H

#include <stdbool.h>
#include <stddef.h>

typedef struct hax_heap_item {
    double key;
    size_t value;
} hax_heap_item;

typedef struct hax_heap {
    hax_heap_item *items; /* items[0] is the least */
    size_t count, capacity;
} hax_heap;

void hax_heap_free(hax_heap *heap);

/* false: memory is out. */
bool hax_heap_push(hax_heap *heap, double key, size_t value);

/* Takes out the value of the least item; there must be one. */
size_t hax_heap_pop(hax_heap *heap);

#endif
