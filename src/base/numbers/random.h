/*
 * Reproducible random numbers: SplitMix64 (Steele, Lea, Flood: Fast splittable
 * pseudorandom number generators, OOPSLA 2014). A generator is its seed; seeds
 * made by hax_random_fork from different tags give unrelated streams.
 */
#ifndef HAX_BASE_NUMBERS_RANDOM_H
#define HAX_BASE_NUMBERS_RANDOM_H

#include <stdint.h>

typedef struct hax_random {
    uint64_t state;
} hax_random;

static inline uint64_t hax_random_next(hax_random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Uniform in [0, 1). */
static inline double hax_random_unit(hax_random *random)
{
    return (double) (hax_random_next(random) >> 11) * 0x1.0p-53;
}

/* Uniform whole number in [0, bound); bound > 0. The bias of at most bound / 2^64 does not matter
 * for tests and weights. */
static inline uint64_t hax_random_below(hax_random *random, uint64_t bound)
{
    return hax_random_next(random) % bound;
}

/* Puts `count` numbers into a random order (Fisher and Yates). */
static inline void hax_random_shuffle(hax_random *random, int *list, int count)
{
    for (int i = count - 1; i > 0; i--) {
        int other = (int) hax_random_below(random, (uint64_t) i + 1);
        int kept = list[i];
        list[i] = list[other];
        list[other] = kept;
    }
}

/* The same, but numbers of one block stand next to each other: block[number] says whose each is. */
static inline void hax_random_shuffle_blocks(hax_random *random, int *list, int count,
                                             const int *block)
{
    hax_random_shuffle(random, list, count);
    for (int first = 0, next; first < count; first = next) {
        next = first + 1;
        for (int i = next; i < count; i++) {
            if (block[list[i]] != block[list[first]])
                continue;
            int kept = list[i];
            list[i] = list[next];
            list[next++] = kept;
        }
    }
}

static inline hax_random hax_random_fork(uint64_t seed, uint64_t tag)
{
    hax_random mix = { seed ^ (tag * 0xd1342543de82ef95u) };
    return (hax_random){ hax_random_next(&mix) };
}

#endif
