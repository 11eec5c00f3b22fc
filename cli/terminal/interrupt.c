/* Ctrl-C and termination. Whoever asks for the flag stops in order: the first signal asks, the
 * second kills. Before anybody does, the first one ends the program: nothing has been begun that
 * would have to be put in order, and what does not look at the flag could not be stopped otherwise.
 */
#include "interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static hax_cancel interrupted = HAX_CANCEL_INIT;
static atomic_int signal_number;
static bool caught; /* whoever looks at the flag learns of signals */

static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

const char *cli_interrupt_word(int number)
{
    return number == SIGTERM ? "terminated" : number == SIGHUP ? "hung up" : "interrupted";
}

static void note(int number)
{
    atomic_store_explicit(&signal_number, number, memory_order_relaxed);
    hax_cancel_request(&interrupted);
}

/* Only what a handler may call. */
static void end(int number)
{
    const char *const parts[] = { "haxconn: ", cli_interrupt_word(number), "\n" };
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++)
        if (write(STDERR_FILENO, parts[p], strlen(parts[p])) < 0)
            break;
    _exit(128 + number);
}

/* A signal that was ignored when the program began (nohup, a job of a script) stays ignored. */
static void catch_signals(void (*handler)(int number), int flags)
{
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) {
        struct sigaction action, before;
        memset(&action, 0, sizeof action);
        sigemptyset(&action.sa_mask);
        action.sa_handler = handler;
        action.sa_flags = flags;
        if (sigaction(numbers[n], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(numbers[n], &action, NULL);
    }
}

void cli_interrupt_begin(void)
{
    catch_signals(end, 0);
}

int cli_interrupt_signal(void)
{
    return atomic_load_explicit(&signal_number, memory_order_relaxed);
}

void cli_interrupt_pipes(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

void cli_interrupt_release(void)
{
    if (cli_interrupt_signal() != 0)
        return;
    catch_signals(end, 0);
    caught = false;
}

const hax_cancel *cli_interrupt_flag(void)
{
    if (!caught && cli_interrupt_signal() == 0)
        catch_signals(note, (int) SA_RESETHAND); /* the default comes back: the second one kills */
    caught = true;
    return &interrupted;
}
