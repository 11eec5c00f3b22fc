#include "smt.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void ignore(Z3_context context, Z3_error_code code)
{
    (void) context;
    (void) code; /* looked at where answers are taken */
}

void hax_smt_open(hax_smt *smt, double time_limit_s)
{
    Z3_config config = Z3_mk_config();
    smt->context = Z3_mk_context(config);
    Z3_del_config(config);
    Z3_set_error_handler(smt->context, ignore);
    smt->solver = Z3_mk_optimize(smt->context);
    Z3_optimize_inc_ref(smt->context, smt->solver);
    smt->real = Z3_mk_real_sort(smt->context);
    smt->failed = false;
    if (isinf(time_limit_s))
        return;
    Z3_params params = Z3_mk_params(smt->context);
    Z3_params_inc_ref(smt->context, params);
    Z3_params_set_uint(smt->context, params, Z3_mk_string_symbol(smt->context, "timeout"),
                       (unsigned) fmax(1, fmin(ceil(time_limit_s * 1e3), 4e9)));
    Z3_optimize_set_params(smt->context, smt->solver, params);
    Z3_params_dec_ref(smt->context, params);
}

void hax_smt_close(hax_smt *smt)
{
    Z3_optimize_dec_ref(smt->context, smt->solver);
    Z3_del_context(smt->context);
}

static Z3_ast constant(hax_smt *smt, const char *name, Z3_sort sort)
{
    return Z3_mk_const(smt->context, Z3_mk_string_symbol(smt->context, name), sort);
}

Z3_ast hax_smt_real(hax_smt *smt, const char *name)
{
    return constant(smt, name, smt->real);
}

Z3_ast hax_smt_bool(hax_smt *smt, const char *name)
{
    return constant(smt, name, Z3_mk_bool_sort(smt->context));
}

Z3_ast hax_smt_number(hax_smt *smt, double value)
{
    char text[64];
    snprintf(text, sizeof text, "%.12f", value);
    return Z3_mk_numeral(smt->context, text, smt->real);
}

Z3_ast hax_smt_add(hax_smt *smt, Z3_ast a, Z3_ast b)
{
    return Z3_mk_add(smt->context, 2, (Z3_ast[]){ a, b });
}

Z3_ast hax_smt_if(hax_smt *smt, Z3_ast condition, Z3_ast a, Z3_ast b)
{
    return Z3_mk_ite(smt->context, condition, a, b);
}

Z3_ast hax_smt_not(hax_smt *smt, Z3_ast a)
{
    return Z3_mk_not(smt->context, a);
}

Z3_ast hax_smt_and(hax_smt *smt, Z3_ast a, Z3_ast b)
{
    return Z3_mk_and(smt->context, 2, (Z3_ast[]){ a, b });
}

Z3_ast hax_smt_or(hax_smt *smt, Z3_ast a, Z3_ast b)
{
    return Z3_mk_or(smt->context, 2, (Z3_ast[]){ a, b });
}

Z3_ast hax_smt_at_least(hax_smt *smt, Z3_ast a, Z3_ast b)
{
    return Z3_mk_ge(smt->context, a, b);
}

void hax_smt_assert(hax_smt *smt, Z3_ast a)
{
    Z3_optimize_assert(smt->context, smt->solver, a);
}

hax_smt_answer hax_smt_minimise(hax_smt *smt, Z3_ast goal)
{
    Z3_optimize_minimize(smt->context, smt->solver, goal);
    Z3_lbool answer = Z3_optimize_check(smt->context, smt->solver, 0, NULL);
    smt->failed = Z3_get_error_code(smt->context) != Z3_OK;
    if (smt->failed || answer == Z3_L_UNDEF)
        return SMT_GAVE_UP;
    return answer == Z3_L_TRUE ? SMT_SOLVED : SMT_NONE;
}

static Z3_ast evaluated(hax_smt *smt, Z3_ast term)
{
    Z3_ast value = term;
    Z3_model model = Z3_optimize_get_model(smt->context, smt->solver);
    Z3_model_inc_ref(smt->context, model);
    if (!Z3_model_eval(smt->context, model, term, true, &value))
        smt->failed = true;
    Z3_model_dec_ref(smt->context, model);
    return value;
}

double hax_smt_value(hax_smt *smt, Z3_ast real)
{
    return strtod(Z3_get_numeral_decimal_string(smt->context, evaluated(smt, real), 15), NULL);
}

bool hax_smt_true(hax_smt *smt, Z3_ast boolean)
{
    return Z3_get_bool_value(smt->context, evaluated(smt, boolean)) == Z3_L_TRUE;
}
