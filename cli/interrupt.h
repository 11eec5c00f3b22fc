/* Ctrl-C and termination: the first asks, the second kills. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdatomic.h>

/* Sets the handlers; also has writes to a closed pipe fail instead of killing. */
void cli_interrupt_catch(void);

/* Set once the user has asked to stop. */
const atomic_bool *cli_interrupt_flag(void);

#endif
