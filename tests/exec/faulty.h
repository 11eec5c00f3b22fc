/*
 * A driver that computes as the portable one does until it is told to fail: computes wrongly,
 * refuses, dies, hangs, stops its process, or waits to be let go on. Only tests that link it have
 * it (hax_faulty_driver in tests/CMakeLists.txt): the linker hands their calls of hax_driver_find
 * to it.
 *
 * What to do wrong stands in memory that all processes share, so that a test can say it while
 * workers run: before the session is opened, between two rounds, or when a stage begins. Or it
 * stands in the platform, as the cap of the kind: "isa": "run wrong".
 */
#ifndef TESTS_EXEC_FAULTY_H
#define TESTS_EXEC_FAULTY_H

#include <stdatomic.h>

typedef enum fault_call {
    CALL_OPEN,
    CALL_ENTER,
    CALL_BUILD,
    CALL_BIND,
    CALL_RUN,
    CALL_IMPORT,
    CALL_EXPORT,
    CALL_COUNT,
} fault_call;

typedef enum fault_kind {
    FAULT_NONE,
    FAULT_WRONG, /* of CALL_RUN: the network's first output is another */
    FAULT_REFUSE,
    FAULT_DIE,  /* by signal 6 */
    FAULT_HANG, /* for ever */
    FAULT_STOP, /* the process, by SIGSTOP */
    FAULT_WAIT, /* until `released` */
} fault_kind;

typedef struct fault_plan {
    _Atomic int call; /* a fault_call */
    _Atomic int kind; /* a fault_kind; stored last */
    _Atomic int hits; /* how often it happened */
    _Atomic int released;
    _Atomic int calls[CALL_COUNT]; /* how often each was called at all */
} fault_plan;

/* Mapped at the first call, shared with every process forked later. */
fault_plan *fault_plan_get(void);

/* Nothing goes wrong and nothing has been counted. */
void fault_plan_clear(void);

void fault_plan_set(fault_call call, fault_kind kind);

#endif
