/*
 * The known word that is nearest to a mistyped one.
 */
#ifndef HAXCONN_NEAREST_H
#define HAXCONN_NEAREST_H

#include <stddef.h>

#include "haxconn/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/* It will not grow. */
typedef struct hax_nearest {
    const char *given; /* `length` bytes, no more are read */
    size_t length;
    const char *best; /* one of those offered; NULL: nothing is near */
    int distance;     /* of what is to be nearer */
} hax_nearest;

/* Words are offered one after the other; of two as near the first counts. */
HAX_API hax_nearest hax_nearest_start(const char *given, size_t length);
HAX_API void hax_nearest_offer(hax_nearest *nearest, const char *word);

/* ", did you mean 'resnet50'?", or nothing: the end of a message. It will not grow. */
typedef struct hax_nearest_hint {
    char text[100];
} hax_nearest_hint;

HAX_API hax_nearest_hint hax_nearest_words(const hax_nearest *nearest);

#ifdef __cplusplus
}
#endif

#endif
