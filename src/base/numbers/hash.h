/* FNV-1a, 64 bits: identity of contents and configurations, not a defence. */
#ifndef HAX_BASE_NUMBERS_HASH_H
#define HAX_BASE_NUMBERS_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HAX_HASH_START 0xcbf29ce484222325u

uint64_t hax_hash_bytes(uint64_t hash, const void *bytes, size_t length);

/* The same idea eight bytes at a time, for contents of many megabytes. Not the number that
 * hax_hash_bytes gives. */
uint64_t hax_hash_words(uint64_t hash, const void *bytes, size_t length);
uint64_t hax_hash_string(uint64_t hash, const char *text); /* the final zero counts */
uint64_t hax_hash_int(uint64_t hash, int64_t value);

#endif
