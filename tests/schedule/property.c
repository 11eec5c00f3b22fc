#include "property.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "instrumented.h"
#include "shrink.h"

enum { PATH_BYTES = 4096, DOCUMENT_BYTES_MAX = 1 << 20 };

bool property_fails(property_why *why, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(why->text, sizeof why->text, format, values);
    va_end(values);
    return false;
}

static const char *folder_of(const property *property)
{
    return property->folder ? property->folder : HAX_TEST_FOLDER "/failures";
}

/* ---- what violates it -------------------------------------------------------------------- */

/* The property with the number under which a problem violates it. */
typedef struct violation {
    const property *of;
    unsigned long number;
    property_why why;
} violation;

static bool still_fails(const hax_problem *problem, void *context)
{
    violation *at = context;
    return !at->of->holds(problem, at->number, at->of->context, &at->why);
}

static void say_how_to_repeat(const violation *violation, const char *path)
{
    char program[PATH_BYTES];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    fprintf(stderr, "again:  %s %s\nsolved: haxconn schedule %s\n",
            length > 0 ? program : "the test of this property", violation->of->name, path);
}

/* Prints a problem and writes it where it is tried from now on. */
static void keep(const violation *violation, const hax_problem *problem)
{
    char path[PATH_BYTES], *text = NULL;
    hax_error err = { 0 };
    snprintf(path, sizeof path, "%s/%s-%lu.json", folder_of(violation->of), violation->of->name,
             violation->number);
    if (hax_problem_text(problem, &text, &err) == HAX_OK) {
        fputs(text, stderr);
        if (hax_file_write(path, text, strlen(text), &err) == HAX_OK)
            fprintf(stderr, "kept:   %s (please commit it)\n", path);
        else
            fprintf(stderr, "not kept: %s\n", err.message);
    }
    say_how_to_repeat(violation, path);
    free(text);
}

static void report_random(violation *violation, const hax_problem *problem)
{
    fprintf(stderr, "'%s' does not hold for random problem %lu: %s\n", violation->of->name,
            violation->number, violation->why.text);
    const hax_problem *least = shrink(problem, still_fails, violation);
    const hax_problem *shown = least ? least : problem;
    still_fails(shown, violation); /* its own words, not those of the last try */
    fprintf(stderr, "made smaller while it does not: %s\n", violation->why.text);
    keep(violation, shown);
    hax_problem_destroy(least);
}

/* ---- where problems come from ------------------------------------------------------------- */

static const hax_problem *read_problem(const char *path)
{
    char *text = NULL;
    size_t length = 0;
    const hax_problem *problem = NULL;
    hax_error err = { 0 };
    hax_status status = hax_file_read(path, DOCUMENT_BYTES_MAX, &text, &length, &err);
    if (status == HAX_OK)
        status = hax_problem_parse(text, length, path, &problem, &err);
    if (status != HAX_OK)
        fprintf(stderr, "%s: %s\n", path, err.message);
    free(text);
    return problem;
}

static bool check_kept(const property *property, const char *name)
{
    char path[PATH_BYTES];
    violation context = { .of = property };
    bool holds = true;
    snprintf(path, sizeof path, "%s/%s", folder_of(property), name);
    const hax_problem *problem = read_problem(path);
    for (; problem && holds && context.number < PROPERTY_NUMBERS_OF_KEPT; context.number += holds)
        holds = !still_fails(problem, &context);
    if (!holds) {
        fprintf(stderr, "'%s' does not hold for %s (number %lu): %s\n", property->name, path,
                context.number, context.why.text);
        say_how_to_repeat(&context, path);
    }
    hax_problem_destroy(problem);
    return problem && holds;
}

static int is_document(const struct dirent *entry)
{
    const char *end = strrchr(entry->d_name, '.');
    return end && strcmp(end, ".json") == 0;
}

static bool check_all_kept(const property *property)
{
    struct dirent **entries;
    int count = scandir(folder_of(property), &entries, is_document, alphasort);
    bool holds = count >= 0;
    if (count < 0)
        fprintf(stderr, "%s: %s\n", folder_of(property), strerror(errno));
    for (int i = 0; i < count; i++) {
        holds = holds && check_kept(property, entries[i]->d_name);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return holds;
}

bool property_check(const property *property, unsigned long count, const random_options *options)
{
    violation context = { .of = property };
    bool holds = check_all_kept(property);
    for (; holds && context.number < TEST_COUNT(count); context.number += holds) {
        const hax_problem *problem = random_problem(context.number, options);
        holds = problem && !still_fails(problem, &context);
        if (problem && !holds)
            report_random(&context, problem);
        hax_problem_destroy(problem);
    }
    return holds;
}
