#include "identity.h"

#include "hash.h"

int hax_class_of(const hax_platform *platform, int unit)
{
    int first = 0;
    while (platform->units[first].class_id != platform->units[unit].class_id)
        first++;
    return first;
}

int hax_class_units(const hax_platform *platform, int unit, int units[])
{
    bool planned = hax_class_planned(platform, unit);
    int count = 0;
    for (int u = 0; u < platform->unit_count; u++)
        if (platform->units[u].class_id == platform->units[unit].class_id &&
            !(planned && platform->units[u].reference))
            units[count++] = u;
    return count;
}

bool hax_class_planned(const hax_platform *platform, int unit)
{
    for (int u = 0; u < platform->unit_count; u++)
        if (platform->units[u].class_id == platform->units[unit].class_id &&
            !platform->units[u].reference)
            return true;
    return false;
}

uint64_t hax_kind_hash(const hax_platform *platform, int kind)
{
    const hax_kind *hashed = &platform->kinds[kind];
    const double law[] = { hashed->law.overhead_ms, hashed->law.gmac_per_s, hashed->law.gbps,
                           hashed->law.slowdown_per_gbps };
    uint64_t hash = hax_hash_string(HAX_HASH_START, hashed->driver);
    hash = hax_hash_string(hash, hashed->isa);
    hash = hax_hash_string(hash, hashed->precision);
    return hax_hash_bytes(hash, law, sizeof law);
}

uint64_t hax_class_hash(const hax_platform *platform, int unit)
{
    const hax_unit *first = &platform->units[hax_class_of(platform, unit)];
    uint64_t hash = hax_kind_hash(platform, first->kind);
    hash = hax_hash_int(hash, first->threads);
    if (first->sms > 0) /* parts of a GPU differ in nothing else */
        hash = hax_hash_int(hash, first->sms);
    for (int c = 0; c < first->cpu_count; c++)
        hash = hax_hash_int(hash, first->cpus[c]);
    return hash;
}
