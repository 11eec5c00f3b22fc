/* Ctrl-C and termination: where the flag is asked for, the first asks and the second kills. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <haxconn/progress.h>

/* Has writes to a closed pipe fail instead of killing. */
void cli_interrupt_pipes(void);

/* Set once the user has asked to stop. From the first call on signals are caught. */
const hax_cancel *cli_interrupt_flag(void);

#endif
