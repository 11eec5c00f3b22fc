/* Terms of Z3 in few words. Without Z3 this header is not read. */
#ifndef HAX_REFERENCE_Z3_SMT_H
#define HAX_REFERENCE_Z3_SMT_H

#include <stdbool.h>
#include <z3.h>

typedef struct hax_smt {
    Z3_context context;
    Z3_optimize solver;
    Z3_sort real;
    bool failed; /* some call went wrong; the message is Z3's */
} hax_smt;

/* INFINITY: no limit. */
void hax_smt_open(hax_smt *smt, double time_limit_s);
void hax_smt_close(hax_smt *smt);

Z3_ast hax_smt_real(hax_smt *smt, const char *name);
Z3_ast hax_smt_bool(hax_smt *smt, const char *name);
Z3_ast hax_smt_number(hax_smt *smt, double value); /* to 12 decimals */
Z3_ast hax_smt_add(hax_smt *smt, Z3_ast a, Z3_ast b);
Z3_ast hax_smt_if(hax_smt *smt, Z3_ast condition, Z3_ast a, Z3_ast b);
Z3_ast hax_smt_not(hax_smt *smt, Z3_ast a);
Z3_ast hax_smt_and(hax_smt *smt, Z3_ast a, Z3_ast b);
Z3_ast hax_smt_or(hax_smt *smt, Z3_ast a, Z3_ast b);
Z3_ast hax_smt_at_least(hax_smt *smt, Z3_ast a, Z3_ast b); /* a >= b */

void hax_smt_assert(hax_smt *smt, Z3_ast a);

typedef enum hax_smt_answer { SMT_SOLVED, SMT_NONE, SMT_GAVE_UP } hax_smt_answer;

/* Makes `goal` as small as possible. */
hax_smt_answer hax_smt_minimise(hax_smt *smt, Z3_ast goal);

/* Values in the answer's model. */
double hax_smt_value(hax_smt *smt, Z3_ast real);
bool hax_smt_true(hax_smt *smt, Z3_ast boolean);

#endif
