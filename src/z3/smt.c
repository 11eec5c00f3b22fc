#include "smt.h"

#include <stdio.h>
#include <stdlib.h>

static void ignore(Z3_context context, Z3_error_code code)
{
    (void) context;
    (void) code; /* looked at where answers are taken */
}

void smt_open(smt *of, unsigned timeout_ms)
{
    Z3_config config = Z3_mk_config();
    of->context = Z3_mk_context(config);
    Z3_del_config(config);
    Z3_set_error_handler(of->context, ignore);
    of->solver = Z3_mk_optimize(of->context);
    Z3_optimize_inc_ref(of->context, of->solver);
    of->real = Z3_mk_real_sort(of->context);
    of->failed = false;
    if (timeout_ms == 0)
        return;
    Z3_params params = Z3_mk_params(of->context);
    Z3_params_inc_ref(of->context, params);
    Z3_params_set_uint(of->context, params, Z3_mk_string_symbol(of->context, "timeout"),
                       timeout_ms);
    Z3_optimize_set_params(of->context, of->solver, params);
    Z3_params_dec_ref(of->context, params);
}

void smt_close(smt *of)
{
    Z3_optimize_dec_ref(of->context, of->solver);
    Z3_del_context(of->context);
}

static Z3_ast constant(smt *of, const char *name, Z3_sort sort)
{
    return Z3_mk_const(of->context, Z3_mk_string_symbol(of->context, name), sort);
}

Z3_ast smt_real(smt *of, const char *name)
{
    return constant(of, name, of->real);
}

Z3_ast smt_bool(smt *of, const char *name)
{
    return constant(of, name, Z3_mk_bool_sort(of->context));
}

Z3_ast smt_number(smt *of, double value)
{
    char text[64];
    snprintf(text, sizeof text, "%.12f", value);
    return Z3_mk_numeral(of->context, text, of->real);
}

Z3_ast smt_add(smt *of, Z3_ast a, Z3_ast b)
{
    return Z3_mk_add(of->context, 2, (Z3_ast[]){ a, b });
}

Z3_ast smt_if(smt *of, Z3_ast condition, Z3_ast a, Z3_ast b)
{
    return Z3_mk_ite(of->context, condition, a, b);
}

Z3_ast smt_not(smt *of, Z3_ast a)
{
    return Z3_mk_not(of->context, a);
}

Z3_ast smt_and(smt *of, Z3_ast a, Z3_ast b)
{
    return Z3_mk_and(of->context, 2, (Z3_ast[]){ a, b });
}

Z3_ast smt_or(smt *of, Z3_ast a, Z3_ast b)
{
    return Z3_mk_or(of->context, 2, (Z3_ast[]){ a, b });
}

Z3_ast smt_at_least(smt *of, Z3_ast a, Z3_ast b)
{
    return Z3_mk_ge(of->context, a, b);
}

void smt_assert(smt *of, Z3_ast a)
{
    Z3_optimize_assert(of->context, of->solver, a);
}

smt_answer smt_minimise(smt *of, Z3_ast goal)
{
    Z3_optimize_minimize(of->context, of->solver, goal);
    Z3_lbool answer = Z3_optimize_check(of->context, of->solver, 0, NULL);
    of->failed = Z3_get_error_code(of->context) != Z3_OK;
    if (of->failed || answer == Z3_L_UNDEF)
        return SMT_GAVE_UP;
    return answer == Z3_L_TRUE ? SMT_SOLVED : SMT_NONE;
}

static Z3_ast evaluated(smt *of, Z3_ast term)
{
    Z3_ast value = term;
    Z3_model model = Z3_optimize_get_model(of->context, of->solver);
    Z3_model_inc_ref(of->context, model);
    if (!Z3_model_eval(of->context, model, term, true, &value))
        of->failed = true;
    Z3_model_dec_ref(of->context, model);
    return value;
}

double smt_value(smt *of, Z3_ast real)
{
    return strtod(Z3_get_numeral_decimal_string(of->context, evaluated(of, real), 15), NULL);
}

bool smt_true(smt *of, Z3_ast boolean)
{
    return Z3_get_bool_value(of->context, evaluated(of, boolean)) == Z3_L_TRUE;
}
