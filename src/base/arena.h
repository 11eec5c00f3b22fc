/*
 * Arena: many small allocations, freed together. One arena belongs to one
 * immutable object; it is filled by one thread and may then be read by many.
 */
#ifndef HAX_BASE_ARENA_H
#define HAX_BASE_ARENA_H

#include <stddef.h>

typedef struct hax_arena hax_arena;

/* NULL when memory is out. */
hax_arena *hax_arena_create(void);

/* Frees all that was allocated from it. NULL is allowed. */
void hax_arena_destroy(hax_arena *arena);

/* `count` zeroed objects of `size` bytes, aligned for any type; NULL when memory
 * is out or the product overflows. A count of 0 gives a valid pointer. */
void *hax_arena_alloc(hax_arena *arena, size_t count, size_t size);

/* A copy of `length` bytes with a final zero; NULL when memory is out. */
char *hax_arena_text(hax_arena *arena, const char *text, size_t length);

/* A copy of a zero-terminated text. */
char *hax_arena_string(hax_arena *arena, const char *text);

/* Bytes handed out so far. */
size_t hax_arena_bytes(const hax_arena *arena);

#endif
