/*
 * write_chains FOLDER SEEDS SHAPE...
 *
 * Random chains (chains.h) as problem documents, for the tool and for other solvers. A shape is
 * INSTANCESxGROUPSxUNITS, with -heavy or -xavier behind it for contention, and -sharedN for N
 * resources among the units; its first SEEDS problems become FOLDER/SHAPE-SEED.json.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chains.h"
#include "error.h"
#include "file.h"
#include "haxconn/schedule.h"

/* What follows the numbers of a shape. */
static bool read_ending(const char *text, chains_shape *shape)
{
    static const char *const contentions[] = { "-heavy", "-xavier" };
    for (int c = 0; c < 2; c++) {
        if (strncmp(text, contentions[c], strlen(contentions[c])) != 0)
            continue;
        shape->contention = (chains_contention) (HEAVY + c);
        text += strlen(contentions[c]);
    }
    int end = 0;
    if (sscanf(text, "-shared%d%n", &shape->resources, &end) == 1)
        text += end;
    return *text == '\0';
}

static hax_status read_shape(const char *text, chains_shape *shape, hax_error *err)
{
    int end = 0;
    *shape = (chains_shape){ .contention = NONE, .handover = true, .objective = HAX_LATENCY };
    if (sscanf(text, "%dx%dx%d%n", &shape->instances, &shape->groups, &shape->units, &end) == 3 &&
        read_ending(text + end, shape))
        return HAX_OK;
    return hax_fail(err, HAX_USAGE,
                    "'%s' is no shape such as 3x10x3, 3x10x3-heavy, 3x10x3-xavier, "
                    "3x10x3-heavy-shared4",
                    text);
}

static hax_status write_one(const char *folder, const char *name, const chains_shape *shape,
                            int seed, hax_error *err)
{
    char path[4096];
    const hax_problem *problem;
    char *text = NULL;
    if (snprintf(path, sizeof path, "%s/%s-%d.json", folder, name, seed) >= (int) sizeof path)
        return hax_fail(err, HAX_USAGE, "the name of folder '%.40s...' is too long", folder);
    HAX_TRY(chains_make(shape, (uint64_t) seed, &problem, err));
    hax_status status = hax_problem_text(problem, &text, err);
    if (status == HAX_OK)
        status = hax_file_write(path, text, strlen(text), err);
    free(text);
    hax_problem_destroy(problem);
    return status;
}

static hax_status write_all(int count, char **arguments, hax_error *err)
{
    char *end;
    if (count < 3)
        return hax_fail(err, HAX_USAGE, "usage: write_chains FOLDER SEEDS SHAPE...");
    long seeds = strtol(arguments[1], &end, 10);
    if (*end || seeds < 1 || seeds > 1000)
        return hax_fail(err, HAX_USAGE, "'%s' is no number of seeds from 1 to 1000", arguments[1]);
    HAX_TRY(hax_file_make_folder(arguments[0], err));
    for (int s = 2; s < count; s++) {
        chains_shape shape;
        HAX_TRY(read_shape(arguments[s], &shape, err));
        for (int seed = 0; seed < seeds; seed++)
            HAX_TRY(write_one(arguments[0], arguments[s], &shape, seed, err));
    }
    return HAX_OK;
}

int main(int argc, char **argv)
{
    hax_error err;
    hax_status status = write_all(argc - 1, argv + 1, &err);
    if (status != HAX_OK)
        fprintf(stderr, "write_chains: %s\n", err.message);
    return hax_status_exit_code(status);
}
