/* Terms of Z3 in few words. Without Z3 this header is not read. */
#ifndef Z3_SMT_H
#define Z3_SMT_H

#include <stdbool.h>
#include <z3.h>

typedef struct smt {
    Z3_context context;
    Z3_optimize solver;
    Z3_sort real;
    bool failed; /* some call went wrong; the message is Z3's */
} smt;

void smt_open(smt *of, unsigned timeout_ms);
void smt_close(smt *of);

Z3_ast smt_real(smt *of, const char *name);
Z3_ast smt_bool(smt *of, const char *name);
Z3_ast smt_number(smt *of, double value); /* to 12 decimals */
Z3_ast smt_add(smt *of, Z3_ast a, Z3_ast b);
Z3_ast smt_if(smt *of, Z3_ast condition, Z3_ast a, Z3_ast b);
Z3_ast smt_not(smt *of, Z3_ast a);
Z3_ast smt_and(smt *of, Z3_ast a, Z3_ast b);
Z3_ast smt_or(smt *of, Z3_ast a, Z3_ast b);
Z3_ast smt_at_least(smt *of, Z3_ast a, Z3_ast b); /* a >= b */

void smt_assert(smt *of, Z3_ast a);

typedef enum smt_answer { SMT_SOLVED, SMT_NONE, SMT_GAVE_UP } smt_answer;

/* Makes `goal` as small as possible. */
smt_answer smt_minimise(smt *of, Z3_ast goal);

/* Values in the answer's model. */
double smt_value(smt *of, Z3_ast real);
bool smt_true(smt *of, Z3_ast boolean);

#endif
