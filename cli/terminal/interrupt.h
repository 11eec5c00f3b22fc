/* Ctrl-C and termination: where the flag is asked for, the first asks and the second kills. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <haxconn/progress.h>

/* Has writes to a closed pipe fail instead of killing. */
void cli_interrupt_pipes(void);

/* Before anybody asks for the flag, a signal ends the program with one line and 128 + its number.
 */
void cli_interrupt_begin(void);

/* What follows looks at no flag: until the next call of cli_interrupt_flag a signal ends the
 * program as at the beginning, unless one has asked to stop already. Nothing may be half written
 * then. */
void cli_interrupt_release(void);

/* The signal that asked to stop, 0: none. */
int cli_interrupt_signal(void);

/* "interrupted", "terminated", "hung up" */
const char *cli_interrupt_word(int number);

/* Set once the user has asked to stop. From the first call on signals are caught. */
const hax_cancel *cli_interrupt_flag(void);

#endif
