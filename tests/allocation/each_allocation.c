#define _GNU_SOURCE
#include "each_allocation.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "failing_malloc.h"

enum { PLACES_MAX = 1 << 15, WRONG_SHOWN = 12, MORE_PLACES = 8 };

char hax_untouched;

static hax_allocation_place *places; /* shared with the processes that a call forks */

typedef struct chosen {
    int process;
    long nth;
    unsigned long place;
} chosen;

/* Which allocations are to fail, in their order. */
typedef struct choice {
    long count, capacity;
    chosen *list;
} choice;

static void stop(const char *what)
{
    fprintf(stderr, "each_allocation: %s\n", what);
    abort();
}

/* What is wrong with what a call came to, NULL: nothing. */
static const char *judge(hax_status status, bool kept, long live, const hax_error *err)
{
    if (status != HAX_OK && (status != HAX_NO_MEMORY || !strstr(err->message, "out of memory")))
        return hax_status_name(status);
    if (status != HAX_OK && !kept)
        return "the output was written";
    return live != 0 ? "blocks leaked" : NULL;
}

/* The one caller of all calls, recorded or failing: callers are what places are known by. */
__attribute__((noinline)) static hax_status call_once(const hax_allocation_case *one,
                                                      const void *context, bool *kept,
                                                      hax_error *err)
{
    volatile hax_status status = one->call(context, kept, err); /* no jump: it stays a caller */
    return status;
}

static const char *try_once(const hax_allocation_case *one, const void *context, chosen which,
                            bool rest, hax_error *err)
{
    bool kept = true;
    *err = (hax_error){ 0 };
    if (one->unsteady && which.place)
        hax_failing_malloc_set_at(which.place, rest);
    else
        hax_failing_malloc_set_in(which.process, which.nth, rest);
    hax_status status = call_once(one, context, &kept, err);
    long live = hax_failing_malloc_live();
    hax_failing_malloc_set(0, false);
    return judge(status, kept, live, err);
}

/* One run with a failing allocation; 1 where it is wrong. What a library keeps for the next time,
 * on a way that is gone without that memory only, is not lost again. */
static int run_once(const hax_allocation_case *one, const void *context, chosen which, bool rest)
{
    hax_error err;
    const char *wrong = try_once(one, context, which, rest, &err);
    if (wrong)
        wrong = try_once(one, context, which, rest, &err);
    if (wrong)
        fprintf(stderr, "%s:%ld:%d%s: %s: %s\n", one->name, which.nth, which.process,
                rest ? " and all behind it" : "", wrong, err.message);
    return wrong != NULL;
}

static void run_untouched(const hax_allocation_case *one, const void *context)
{
    hax_error err = { 0 };
    bool kept;
    hax_failing_malloc_set(0, false);
    if (call_once(one, context, &kept, &err) != HAX_OK) {
        fprintf(stderr, "%s: %s\n", one->name, err.message);
        stop("a call fails without being made to");
    }
}

static void add(choice *choice, chosen which)
{
    if (choice->count == choice->capacity) {
        choice->capacity = 2 * choice->capacity + 64;
        choice->list = realloc(choice->list, (size_t) choice->capacity * sizeof *choice->list);
        if (!choice->list)
            stop("out of memory");
    }
    choice->list[choice->count++] = which;
}

static int compare_chosen(const void *a, const void *b)
{
    const chosen *x = a, *y = b;
    return x->nth != y->nth ? (x->nth > y->nth) - (x->nth < y->nth) : x->process - y->process;
}

static choice choose_places(const hax_allocation_case *one, const void *context)
{
    choice result = { 0 };
    memset(places, 0, PLACES_MAX * sizeof *places);
    hax_failing_malloc_record(places, PLACES_MAX);
    run_untouched(one, context);
    hax_failing_malloc_record(NULL, 0);
    for (size_t p = 0; p < PLACES_MAX; p++)
        if (places[p].place)
            add(&result, (chosen){ places[p].process, places[p].first, places[p].place });
    if (result.count > 0)
        qsort(result.list, (size_t) result.count, sizeof *result.list, compare_chosen);
    return result;
}

/* Keeps at most so many, spread evenly. */
static void thin(choice *choice, int most)
{
    long kept = 0, step = most > 0 ? (choice->count + most - 1) / most : 1;
    for (long c = 0; c<choice->count; c += step> 0 ? step : 1)
        choice->list[kept++] = choice->list[c];
    choice->count = kept;
}

/* So many places are tried; 0: all. Under a sanitizer everything takes many times as long. */
static int places_most(const hax_allocation_case *one, const char *runs)
{
#ifdef HAX_FAILING_WRAPPED
    enum { MOST = 24 };
    if (!runs)
        return one->places_most > 0 && one->places_most < MOST ? one->places_most : MOST;
#endif
    return runs ? MORE_PLACES * one->places_most : one->places_most;
}

static choice choose_spread(const hax_allocation_case *one, const void *context, long most)
{
    choice result = { 0 };
    run_untouched(one, context);
    long count = hax_failing_malloc_count();
    long step = most > 0 && count > most ? ((count + most - 1) / most) | 1 : 1;
    for (long nth = 1; nth <= count; nth += step)
        add(&result, (chosen){ .nth = nth });
    return result;
}

static int run_case(const hax_allocation_case *one, const void *context)
{
    int wrong = 0;
    const char *runs = getenv("HAX_ALLOCATION_RUNS");
    run_untouched(one, context); /* libraries keep what they make once */
    long count = hax_failing_malloc_count();
    choice choice = runs && strcmp(runs, "places") != 0
                        ? choose_spread(one, context, strtol(runs, NULL, 10))
                        : choose_places(one, context);
    if (!runs || strcmp(runs, "places") == 0)
        thin(&choice, places_most(one, runs));
    for (long c = 0; c < choice.count && wrong < WRONG_SHOWN; c++) {
        wrong += run_once(one, context, choice.list[c], false);
        wrong += run_once(one, context, choice.list[c], true);
    }
    printf("%s: %ld allocations, %ld of them failed, %d wrong\n", one->name, count, choice.count,
           wrong);
    fflush(stdout);
    free(choice.list);
    return wrong;
}

/* "name:n:process" is one run of the case of that name. */
static bool is_told(const char *told, const char *name, chosen *which)
{
    size_t length = strlen(name);
    return strncmp(told, name, length) == 0 &&
           sscanf(told + length, ":%ld:%d", &which->nth, &which->process) == 2;
}

int hax_each_allocation(size_t case_count, const hax_allocation_case *cases, const void *context)
{
    int wrong = 0;
    const char *told = getenv("HAX_ALLOCATION_CASE");
    if (!places)
        places = mmap(NULL, PLACES_MAX * sizeof *places, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (places == MAP_FAILED)
        stop("no memory that processes share");
    for (size_t c = 0; c < case_count; c++) {
        chosen which = { 0 };
        if (!told) {
            wrong += run_case(&cases[c], context);
        } else if (is_told(told, cases[c].name, &which)) {
            run_untouched(&cases[c], context);
            hax_failing_malloc_trace();
            wrong += run_once(&cases[c], context, which, false);
        }
    }
    return wrong;
}
