#include "hash.h"

#include <string.h>

uint64_t hax_hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ at[i]) * 0x100000001b3u;
    return hash;
}

uint64_t hax_hash_words(uint64_t hash, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    size_t words = length / sizeof(uint64_t);
    for (size_t i = 0; i < words; i++) {
        uint64_t word;
        memcpy(&word, at + i * sizeof word, sizeof word);
        hash = (hash ^ word) * 0x100000001b3u;
        hash ^= hash >> 29; /* or high bits would never meet low ones */
    }
    return hax_hash_bytes(hash, at + words * sizeof(uint64_t), length % sizeof(uint64_t));
}

uint64_t hax_hash_string(uint64_t hash, const char *text)
{
    return hax_hash_bytes(hash, text, strlen(text) + 1);
}

uint64_t hax_hash_int(uint64_t hash, int64_t value)
{
    return hax_hash_bytes(hash, &value, sizeof value);
}
