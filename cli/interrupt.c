/* Ctrl-C and termination: the first asks, the second kills. */
#include "interrupt.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>

static atomic_bool interrupted;

static void note(int number)
{
    (void) number;
    atomic_store_explicit(&interrupted, true, memory_order_relaxed);
}

void cli_interrupt_catch(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = note;
    /* With the first delivery the default comes back, so the second one kills. */
    action.sa_flags = (int) SA_RESETHAND;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    action.sa_flags = 0;
    sigaction(SIGPIPE, &action, NULL);
}

const atomic_bool *cli_interrupt_flag(void)
{
    return &interrupted;
}
