#define _GNU_SOURCE
#include "ask.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_BYTES_MAX = 1 << 20 };

/* Shared with the child. Not a pipe: another thread of the caller may fork just now, and its child
 * would hold the other end open. */
typedef struct reply {
    _Atomic bool complete;
    hax_status status;
    hax_error error;
    size_t length;
    char bytes[ANSWER_BYTES_MAX];
} reply;

_Noreturn static void answer_in_child(reply *to, hax_question *question, const void *context)
{
    hax_text text = { 0 };
    to->status = question(context, &text, &to->error);
    if (to->status == HAX_OK && (text.failed || text.length > ANSWER_BYTES_MAX))
        to->status = hax_fail_memory(&to->error, "an answer");
    if (to->status == HAX_OK && text.length > 0)
        memcpy(to->bytes, text.data, text.length);
    to->length = text.length;
    atomic_store_explicit(&to->complete, true, memory_order_release);
    _exit(0);
}

static hax_status report_death(const char *what, bool known, int how, hax_error *err)
{
    if (known && WIFSIGNALED(how))
        return hax_fail(err, HAX_FAILURE, "the process that was %s was killed by signal %d (%s)",
                        what, WTERMSIG(how), strsignal(WTERMSIG(how)));
    return hax_fail(err, HAX_FAILURE, "the process that was %s ended without an answer", what);
}

static hax_status take_answer(const reply *from, const char *what, bool known, int how,
                              hax_text *answer, hax_error *err)
{
    if (!atomic_load_explicit(&from->complete, memory_order_acquire))
        return report_death(what, known, how, err);
    if (from->status != HAX_OK) {
        if (err)
            *err = from->error;
        return from->status;
    }
    hax_text_append_bytes(answer, from->bytes, from->length);
    return answer->failed ? hax_fail_memory(err, what) : HAX_OK;
}

hax_status hax_ask_in_child(const char *what, hax_question *question, const void *context,
                            hax_text *answer, hax_error *err)
{
    void *shared =
        mmap(NULL, sizeof(reply), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return hax_fail_memory(err, what);
    pid_t pid = fork();
    if (pid == 0)
        answer_in_child(shared, question, context);
    if (pid < 0) {
        munmap(shared, sizeof(reply));
        return hax_fail(err, HAX_FAILURE, "cannot start a process for %s: %s", what,
                        strerror(errno));
    }
    int how = 0;
    pid_t waited;
    while ((waited = waitpid(pid, &how, 0)) < 0 && errno == EINTR)
        continue; /* ECHILD: SIGCHLD is ignored here, and the child has ended */
    hax_status status = take_answer(shared, what, waited == pid, how, answer, err);
    munmap(shared, sizeof(reply));
    return status;
}
