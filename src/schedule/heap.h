/* A queue whose least key comes first; of equal keys the least value. */
#ifndef SCHEDULE_HEAP_H
#define SCHEDULE_HEAP_H

#include <stdbool.h>
#include <stddef.h>

typedef struct heap_item {
    double key;
    size_t value;
} heap_item;

typedef struct heap {
    heap_item *items; /* items[0] is the least */
    size_t count, room;
} heap;

void heap_free(heap *of);

/* false: memory is out. */
bool heap_push(heap *of, double key, size_t value);

/* Takes out the value of the least item; there must be one. */
size_t heap_pop(heap *of);

#endif
