#include "hash.h"

#include <string.h>

uint64_t hax_hash_bytes(uint64_t hash, const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ at[i]) * 0x100000001b3u;
    return hash;
}

uint64_t hax_hash_string(uint64_t hash, const char *text)
{
    return hax_hash_bytes(hash, text, strlen(text) + 1);
}

uint64_t hax_hash_int(uint64_t hash, int64_t value)
{
    return hax_hash_bytes(hash, &value, sizeof value);
}
