#define _GNU_SOURCE
#include "engine_build.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

extern char **environ;

typedef struct builder {
    pid_t pid;
    int from; /* what it has to say */
    char said[1024];
    size_t length;
} builder;

/* Its signals are those of a fresh process: the worker's are set for its own life. */
static hax_status spawn(const hax_trt_order *order, char *const *arguments, builder *builder,
                        hax_error *err)
{
    int ends[2];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, usual;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return hax_fail(err, HAX_FAILURE, "cannot make a pipe to build %.200s: %s", order->name,
                        strerror(errno));
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGTERM);
    sigaddset(&usual, SIGINT);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    int failed = posix_spawn(&builder->pid, order->library->builder_file, &actions, &attributes,
                             arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close(ends[1]);
    builder->from = ends[0];
    if (failed == 0)
        return HAX_OK;
    close(ends[0]);
    return hax_fail(err, HAX_UNAVAILABLE, "cannot start %.300s: %s: install haxconn again",
                    order->library->builder_file, strerror(failed));
}

/* False when it has closed its end: it is about to exit. */
static bool listen_a_while(builder *builder)
{
    enum { WHILE_MS = 200 };
    struct pollfd end = { .fd = builder->from, .events = POLLIN };
    char text[256];
    if (poll(&end, 1, WHILE_MS) <= 0)
        return true;
    ssize_t got = read(builder->from, text, sizeof text);
    if (got < 0)
        return errno == EINTR;
    size_t room = sizeof builder->said - 1 - builder->length;
    size_t taken = (size_t) got < room ? (size_t) got : room;
    memcpy(builder->said + builder->length, text, taken);
    builder->length += taken;
    return got > 0;
}

/* False: it took too long, and was killed. */
static bool await_end(const hax_trt_order *order, builder *builder)
{
    int64_t until_ns = (int64_t) hax_clock_ns() + (int64_t) order->seconds * 1000000000;
    while (listen_a_while(builder)) {
        if (order->beat)
            order->beat(order->beat_context);
        if ((int64_t) hax_clock_ns() < until_ns)
            continue;
        kill(builder->pid, SIGKILL);
        return false;
    }
    return true;
}

static hax_status judge(const hax_trt_order *order, builder *builder, bool in_time, int state,
                        hax_error *err)
{
    builder->said[builder->length] = '\0';
    builder->said[strcspn(builder->said, "\n")] = '\0';
    if (!in_time)
        return hax_fail(err, HAX_FAILURE,
                        "building %.200s with TensorRT has not ended after %d s and was stopped: "
                        "give it more time (platform jetson,build=SECONDS), or cut the network "
                        "elsewhere (--cuts)",
                        order->name, order->seconds);
    if (WIFSIGNALED(state))
        return hax_fail(err, HAX_FAILURE,
                        "the process that built %.200s with TensorRT was killed by signal %d (%s): "
                        "where memory ran out close what else needs some, else cut the network "
                        "elsewhere (--cuts)",
                        order->name, WTERMSIG(state), strsignal(WTERMSIG(state)));
    if (!WIFEXITED(state) || WEXITSTATUS(state) != 0)
        return hax_fail(err, HAX_UNAVAILABLE,
                        "TensorRT does not build %.200s: %.500s: cut the network in front of and "
                        "behind it (--cuts), so that it stays on another unit",
                        order->name, builder->length ? builder->said : "it does not say why");
    return HAX_OK;
}

hax_status hax_trt_engine_build(const hax_trt_order *order, hax_error *err)
{
    static const char *const precisions[] = { "f32", "tf32", "f16" };
    char core[16], workspace[32];
    builder builder = { .length = 0 };
    snprintf(core, sizeof core, "%d", order->what.dla_core);
    snprintf(workspace, sizeof workspace, "%llu", (unsigned long long) order->what.workspace_bytes);
    const char *arguments[] = { order->library->builder_file,
                                order->library->shim_file,
                                order->what.onnx,
                                order->engine,
                                order->key,
                                core,
                                precisions[order->what.precision],
                                workspace,
                                NULL };
    HAX_TRY(spawn(order, (char *const *) (uintptr_t) arguments, &builder, err));
    bool in_time = await_end(order, &builder);
    int state = 0;
    close(builder.from);
    while (waitpid(builder.pid, &state, 0) < 0 && errno == EINTR)
        continue;
    return judge(order, &builder, in_time, state, err);
}
