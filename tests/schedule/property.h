/*
 * Properties that every problem has. A property is tried on the problems that once violated one
 * (they are kept in a folder of documents) and on random ones. When a random problem violates it,
 * the problem is shrunk while it still does, printed, and kept in that folder.
 */
#ifndef TESTS_SCHEDULE_PROPERTY_H
#define TESTS_SCHEDULE_PROPERTY_H

#include "error.h"
#include "random_problem.h"

enum { PROPERTY_WHY_BYTES = 400, PROPERTY_NUMBERS_OF_KEPT = 8 };

/* What it says of a violation; the last one stays. */
typedef struct property_why {
    char text[PROPERTY_WHY_BYTES];
} property_why;

/*
 * True where the property holds, or says nothing of such a problem. `number` is the random
 * problem's; where the property changes one place of a problem, the place comes from it. Problems
 * from documents are tried with the numbers under PROPERTY_NUMBERS_OF_KEPT.
 */
typedef bool property_holds(const hax_problem *problem, unsigned long number, void *context,
                            property_why *why);

typedef struct property {
    const char *name; /* of the test function: a program of tests runs only those it is given */
    property_holds *holds;
    void *context;
    const char *folder; /* of kept problems; NULL: tests/schedule/failures */
} property;

/* Fills `why` and returns false. */
bool property_fails(property_why *why, const char *format, ...) HAX_PRINTF(2, 3);

/* Tries it on all problems of its folder and on the random ones 0 to count - 1. False when one
 * violates it, which standard error then says, with how to see it again. */
bool property_check(const property *property, unsigned long count, const random_options *options);

#endif
