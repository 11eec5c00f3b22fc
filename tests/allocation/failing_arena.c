/*
 * An arena asks malloc for a chunk once in a while; that what it hands out may be NULL anywhere
 * would be seen by chance only. Here every piece of it counts as an allocation: the linker gives
 * calls of hax_arena_* to these functions (--wrap).
 */
#include "arena.h"
#include "failing_malloc.h"

void *__real_hax_arena_alloc(hax_arena *arena, size_t count, size_t size);
char *__real_hax_arena_text(hax_arena *arena, const char *text, size_t length);
char *__real_hax_arena_string(hax_arena *arena, const char *text);
void *__wrap_hax_arena_alloc(hax_arena *arena, size_t count, size_t size);
char *__wrap_hax_arena_text(hax_arena *arena, const char *text, size_t length);
char *__wrap_hax_arena_string(hax_arena *arena, const char *text);

void *__wrap_hax_arena_alloc(hax_arena *arena, size_t count, size_t size)
{
    return hax_failing_malloc_next() ? NULL : __real_hax_arena_alloc(arena, count, size);
}

char *__wrap_hax_arena_text(hax_arena *arena, const char *text, size_t length)
{
    return hax_failing_malloc_next() ? NULL : __real_hax_arena_text(arena, text, length);
}

char *__wrap_hax_arena_string(hax_arena *arena, const char *text)
{
    return hax_failing_malloc_next() ? NULL : __real_hax_arena_string(arena, text);
}
