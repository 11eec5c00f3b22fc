/*
 * malloc and its relatives, counted, on top of glibc's own under their second names.
 *
 * What does not count:
 * - hwloc's own allocations; it dereferences what failed ones gave (2.9.0: topology.c,
 *   topology-linux.c, bitmap.c). They are known by the caller's address, and those that it has the
 * C library make by wrapping the two functions that look at a machine.
 * - What C++ libraries (oneDNN, Z3) ask for by `new`: that ends their process, whose death is
 *   another test's subject.
 * - What oneDNN and the OpenMP runtime ask for otherwise: they dereference it as well (2.7.2:
 *   dnnl_engine_create) or end the process.
 * - Those of setlocale, which does not tell that memory was out from that there is no such locale,
 * and remembers it; charts are drawn with ASCII then.
 */
#define _GNU_SOURCE
#include "failing_malloc.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <locale.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef HAX_FAILING_WRAPPED
/* Declared here, as the headers that do so need not be there or know other types. */
void *memalign(size_t alignment, size_t size);
int hwloc_topology_init(void *topology);
int hwloc_topology_load(void *topology);

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);
#endif

static atomic_long allocation_count, live_count, failing;
static atomic_bool rest_fails, traced;
enum { EVERY_PROCESS = -1 };
static int failing_process = EVERY_PROCESS;
static int fork_count, process; /* since they were set */
/* Of callers further out, that they differ says little of what becomes of a failure. */
enum { CALLERS_RECORDED = 6, OWN_CALLERS = 2 };
static atomic_ulong failing_place; /* whose next allocation fails; 0: none */
static hax_allocation_place *recorded;
static size_t recorded_size;
static _Thread_local int suspended __attribute__((tls_model("initial-exec")));

/* Where a library's code is. */
static struct library {
    const char *name;
    uintptr_t begin, end;
} left_alone[] = { { .name = "/libhwloc.so" },
                   { .name = "/libstdc++.so" },
                   { .name = "/libdnnl.so" },
                   { .name = "/libgomp.so" } };

enum { LEFT_ALONE = sizeof left_alone / sizeof *left_alone };

static int find_library(struct dl_phdr_info *info, size_t size, void *data)
{
    struct library *library = data;
    (void) size;
    if (!strstr(info->dlpi_name, library->name))
        return 0;
    library->begin = library->end = info->dlpi_addr;
    for (int p = 0; p < info->dlpi_phnum; p++) {
        uintptr_t end = info->dlpi_addr + info->dlpi_phdr[p].p_vaddr + info->dlpi_phdr[p].p_memsz;
        library->end = end > library->end ? end : library->end;
    }
    return 1;
}

static bool is_left_alone(uintptr_t caller)
{
    for (int l = 0; l < LEFT_ALONE; l++)
        if (caller >= left_alone[l].begin && caller < left_alone[l].end)
            return true;
    return false;
}

static void before_fork(void)
{
    fork_count++;
}

static void after_fork_in_child(void)
{
    process = fork_count;
}

void hax_failing_malloc_set_in(int in_process, long nth, bool rest)
{
    static bool watches_forks;
    if (!watches_forks)
        pthread_atfork(before_fork, NULL, after_fork_in_child);
    watches_forks = true;
    for (int l = 0; l < LEFT_ALONE; l++)
        dl_iterate_phdr(find_library, &left_alone[l]);
    atomic_store(&failing, 0);
    fork_count = process = 0;
    failing_process = in_process;
    atomic_store(&failing_place, 0);
    atomic_store(&allocation_count, 0);
    atomic_store(&live_count, 0);
    atomic_store(&rest_fails, rest);
    atomic_store(&failing, nth);
}

void hax_failing_malloc_set(long nth, bool rest)
{
    hax_failing_malloc_set_in(EVERY_PROCESS, nth, rest);
}

void hax_failing_malloc_set_at(unsigned long place, bool rest)
{
    hax_failing_malloc_set(0, rest);
    atomic_store(&failing_place, place);
}

/* At the end, behind destructors of no priority: what instrumented builds write then (gcov, 100) is
 * not to fail. */
__attribute__((destructor(200))) void hax_failing_malloc_stop(void)
{
    atomic_store(&failing, 0);
    atomic_store(&failing_place, 0);
}

long hax_failing_malloc_count(void)
{
    return atomic_load(&allocation_count);
}

long hax_failing_malloc_live(void)
{
    return atomic_load(&live_count);
}

void hax_failing_malloc_trace(void)
{
    atomic_store(&traced, true);
}

void hax_failing_malloc_suspend(void)
{
    suspended++;
}

void hax_failing_malloc_resume(void)
{
    suspended--;
}

void hax_failing_malloc_record(hax_allocation_place *table, size_t size)
{
    void *caller;
    suspended++;
    backtrace(&caller, 1); /* which loads a library the first time */
    suspended--;
    recorded_size = size;
    recorded = table;
}

/* The entry of a place, NULL where the table is full. */
static hax_allocation_place *find_place(unsigned long place)
{
    for (size_t tries = 0; tries < recorded_size; tries++) {
        hax_allocation_place *entry = &recorded[(place + tries) & (recorded_size - 1)];
        unsigned long found = 0;
        if (atomic_compare_exchange_strong(&entry->place, &found, place) || found == place)
            return entry;
    }
    return NULL;
}

/* Never 0. Called by one function only, so that what comes behind it is the same. */
__attribute__((noinline)) static unsigned long current_place(void)
{
    void *callers[CALLERS_RECORDED];
    unsigned long sum = 5381;
    suspended++;
    int count = backtrace(callers, CALLERS_RECORDED);
    for (int c = OWN_CALLERS; c < count; c++)
        sum = sum * 1099511628211UL ^ (unsigned long) (uintptr_t) callers[c];
    sum = sum * 1099511628211UL ^ (unsigned long) process;
    suspended--;
    return sum | 1;
}

static void record(unsigned long place, long number)
{
    long none = 0;
    hax_allocation_place *entry = find_place(place);
    if (!entry)
        return;
    atomic_compare_exchange_strong(&entry->first, &none, number);
    atomic_store(&entry->last, number);
    atomic_store(&entry->process, process);
}

static void show_callers(void)
{
    void *callers[24];
    suspended++;
    backtrace_symbols_fd(callers, backtrace(callers, 24), STDERR_FILENO);
    suspended--;
}

/* Counts an allocation; true where it is to fail. */
__attribute__((noinline)) static bool fails(const void *caller)
{
    if (suspended || is_left_alone((uintptr_t) caller))
        return false;
    long number = atomic_fetch_add(&allocation_count, 1) + 1;
    unsigned long wanted = atomic_load(&failing_place);
    unsigned long place = recorded || wanted ? current_place() : 0;
    if (recorded)
        record(place, number);
    if (wanted && wanted == place && atomic_compare_exchange_strong(&failing_place, &wanted, 0))
        atomic_store(&failing, number);
    long nth = atomic_load(&failing);
    if (failing_process != EVERY_PROCESS && failing_process != process)
        return false;
    if (nth == 0 || number < nth || (number > nth && !atomic_load(&rest_fails)))
        return false;
    if (atomic_exchange(&traced, false))
        show_callers();
    errno = ENOMEM;
    return true;
}

bool hax_failing_malloc_next(void)
{
    return fails(NULL);
}

/* ---- calls of the program's own code, under a sanitizer ---------------------------------------
 */

#ifdef HAX_FAILING_WRAPPED

/* Sanitizers bring a malloc that must not be replaced, and look for leaks themselves: here the
 * linker gives calls to these functions (--wrap). What libraries ask for does not count. */
#define WRAPPED(result, name, parameters, ...)                                         \
    result __real_##name parameters;                                                   \
    result __wrap_##name parameters;                                                   \
    result __wrap_##name parameters                                                    \
    {                                                                                  \
        return fails(__builtin_return_address(0)) ? NULL : __real_##name(__VA_ARGS__); \
    }

WRAPPED(void *, malloc, (size_t size), size)
WRAPPED(void *, calloc, (size_t count, size_t size), count, size)
WRAPPED(void *, realloc, (void *block, size_t size), block, size)
WRAPPED(void *, aligned_alloc, (size_t alignment, size_t size), alignment, size)
WRAPPED(char *, strdup, (const char *text), text)
WRAPPED(char *, strndup, (const char *text, size_t length), text, length)

#else

static void *counted(void *block)
{
    if (block)
        atomic_fetch_add(&live_count, 1);
    return block;
}

/* ---- what replaces the C library's functions ----------------------------------------------- */

void *malloc(size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : counted(__libc_calloc(count, size));
}

static void *resize(void *block, size_t size, const void *caller)
{
    if (fails(caller))
        return NULL;
    if (!block)
        return counted(__libc_malloc(size));
    if (size == 0)
        atomic_fetch_sub(&live_count, 1);
    return __libc_realloc(block, size);
}

void *realloc(void *block, size_t size)
{
    return resize(block, size, __builtin_return_address(0));
}

void *reallocarray(void *block, size_t count, size_t size)
{
    if (size != 0 && count > PTRDIFF_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    return resize(block, count * size, __builtin_return_address(0));
}

static void *align(size_t alignment, size_t size, const void *caller)
{
    return fails(caller) ? NULL : counted(__libc_memalign(alignment, size));
}

void *memalign(size_t alignment, size_t size)
{
    return align(alignment, size, __builtin_return_address(0));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return align(alignment, size, __builtin_return_address(0));
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    int kept = errno;
    void *given = align(alignment, size, __builtin_return_address(0));
    errno = kept;
    if (!given)
        return ENOMEM;
    *block = given;
    return 0;
}

void free(void *block)
{
    if (block)
        atomic_fetch_sub(&live_count, 1);
    __libc_free(block);
}

/* ---- what is not this project's to mend ---------------------------------------------------- */

typedef int topology_function(void *topology);

static int unfailing(const char *name, void *topology)
{
    topology_function *function;
    *(void **) &function = dlsym(RTLD_NEXT, name);
    hax_failing_malloc_suspend();
    int result = function(topology);
    hax_failing_malloc_resume();
    return result;
}

char *setlocale(int category, const char *locale)
{
    char *(*function)(int, const char *);
    *(void **) &function = dlsym(RTLD_NEXT, "setlocale");
    hax_failing_malloc_suspend();
    char *result = function(category, locale);
    hax_failing_malloc_resume();
    return result;
}

int hwloc_topology_init(void *topology)
{
    return unfailing("hwloc_topology_init", topology);
}

int hwloc_topology_load(void *topology)
{
    return unfailing("hwloc_topology_load", topology);
}

#endif
