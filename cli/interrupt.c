/* Ctrl-C and termination. Whoever asks for the flag stops in order: the first signal asks, the
 * second kills. Before anybody does, the first one kills: nothing has been begun that would have to
 * be put in order, and what does not look at the flag could not be stopped otherwise. */
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

static void catch_signals(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = note;
    /* With the first delivery the default comes back, so the second one kills. */
    action.sa_flags = (int) SA_RESETHAND;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void cli_interrupt_pipes(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

const atomic_bool *cli_interrupt_flag(void)
{
    static bool caught;
    if (!caught)
        catch_signals();
    caught = true;
    return &interrupted;
}
