/* What a stand-in refuses, and what is open (stand_in.h). */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stand_in.h"

enum { PLACES_MOST = 1024, KINDS_MOST = 32 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const void *places[PLACES_MOST];
static int place_count, refused = STAND_IN_NOWHERE;
static bool loses, has_refused;

static struct {
    const char *kind;
    int count;
} kinds[KINDS_MOST];

void stand_in_refuse(int place, bool lost)
{
    pthread_mutex_lock(&lock);
    refused = place;
    loses = lost;
    has_refused = false;
    pthread_mutex_unlock(&lock);
}

int stand_in_places(void)
{
    return place_count;
}

bool stand_in_has_refused(void)
{
    return has_refused;
}

bool stand_in_refuses(const void *caller)
{
    int place = 0;
    pthread_mutex_lock(&lock);
    while (place < place_count && places[place] != caller)
        place++;
    if (place == place_count && place_count < PLACES_MOST)
        places[place_count++] = caller;
    bool now = has_refused ? loses : place == refused;
    has_refused = has_refused || now;
    pthread_mutex_unlock(&lock);
    return now;
}

void stand_in_count(const char *kind, int change)
{
    int k = 0;
    pthread_mutex_lock(&lock);
    while (k < KINDS_MOST - 1 && kinds[k].kind && strcmp(kinds[k].kind, kind) != 0)
        k++;
    kinds[k].kind = kind;
    kinds[k].count += change;
    bool below = kinds[k].count < 0;
    pthread_mutex_unlock(&lock);
    if (below) {
        fprintf(stderr, "stand-in: more of '%s' closed than opened\n", kind);
        abort();
    }
}

const char *stand_in_open(void)
{
    for (int k = 0; k < KINDS_MOST; k++)
        if (kinds[k].kind && kinds[k].count > 0)
            return kinds[k].kind;
    return NULL;
}
