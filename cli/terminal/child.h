/* Programs that a command starts and waits for. */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include "command.h"

/*
 * Runs a program with the terminal as it is; a request to stop is passed on to it.
 *   HAX_UNAVAILABLE  it cannot be started
 *   HAX_INTERRUPTED  a signal ended it, or the user asked to stop
 *   HAX_FAILURE      *code is its exit code, which is not 0
 */
hax_status cli_run_child(const char *const *words, int *code, hax_error *err);

/* Is there such a program: a path, or a name in PATH? */
bool cli_find_program(const char *name);

/* trtexec: as told, of PATH, or where JetPack puts it; the last where there is none. */
const char *cli_trtexec(const char *told);

#endif
