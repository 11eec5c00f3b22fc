/* What the tests of networks share. */
#ifndef TESTS_MODEL_FIXTURE_H
#define TESTS_MODEL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"

/* The network of a text that must be right. */
static inline hax_model *read_text(const char *text)
{
    hax_model *model = NULL;
    hax_error err = { 0 };
    if (hax_model_parse_prototxt(text, strlen(text), "net.prototxt", NULL, &model, &err) != HAX_OK)
        fail_msg("%s:%d:%d: %s", err.file, err.line, err.column, err.message);
    return model;
}

/* A text that must be refused at a place, with a message that holds `part`. */
static inline void refuse_text(const char *text, int line, int column, const char *part)
{
    hax_model *model = NULL;
    hax_error err = { 0 };
    assert_int_equal(
        hax_model_parse_prototxt(text, strlen(text), "net.prototxt", NULL, &model, &err),
        HAX_BAD_INPUT);
    assert_null(model);
    if (!strstr(err.message, part))
        fail_msg("'%s' does not hold '%s'", err.message, part);
    assert_string_equal(err.file, "net.prototxt");
    if (err.line != line || err.column != column)
        fail_msg("at %d:%d and not %d:%d: %s", err.line, err.column, line, column, err.message);
}

static inline hax_model *load_builtin_net(const char *name)
{
    hax_model *model = NULL;
    hax_error err = { 0 };
    if (hax_model_load(name, NULL, &model, &err) != HAX_OK)
        fail_msg("%s: %s", name, err.message);
    return model;
}

#endif
