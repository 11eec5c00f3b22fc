/* Ctrl-C and termination. Whoever asks for the flag stops in order: the first signal asks, the
 * second kills. Before anybody does, the first one kills: nothing has been begun that would have to
 * be put in order, and what does not look at the flag could not be stopped otherwise. */
#include "interrupt.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>

static hax_cancel interrupted = HAX_CANCEL_INIT;

static void note(int number)
{
    (void) number;
    hax_cancel_request(&interrupted);
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

const hax_cancel *cli_interrupt_flag(void)
{
    static bool caught;
    if (!caught)
        catch_signals();
    caught = true;
    return &interrupted;
}
