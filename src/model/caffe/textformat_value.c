/* Values of text-format nodes, checked. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "textformat.h"

hax_status(hax_textformat_fail)(const hax_textformat_node *node, const char *file, hax_error *err,
                                const char *format, ...)
{
    char message[HAX_ERROR_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return hax_fail_at(err, HAX_BAD_INPUT, file, node->line, node->column, "%s", message);
}

static hax_status wrong_value(const hax_textformat_node *node, const char *file, const char *wanted,
                              hax_error *err)
{
    const char *value = node->kind == TEXTFORMAT_MESSAGE ? "a message" : node->text;
    return hax_fail_at(err, HAX_BAD_INPUT, file, node->value_line, node->value_column,
                       "%.60s: '%.60s' is not %s", node->name, value, wanted);
}

hax_status hax_textformat_whole(const hax_textformat_node *node, int64_t min, int64_t max,
                                const char *file, int64_t *value, hax_error *err)
{
    if (node->kind != TEXTFORMAT_NUMBER || !node->is_whole)
        return wrong_value(node, file, "a whole number", err);
    if (node->whole < min || node->whole > max)
        return hax_fail_at(err, HAX_BAD_INPUT, file, node->value_line, node->value_column,
                           "%.60s: %lld is not in %lld..%lld", node->name, (long long) node->whole,
                           (long long) min, (long long) max);
    *value = node->whole;
    return HAX_OK;
}

hax_status hax_textformat_real(const hax_textformat_node *node, const char *file, float *value,
                               hax_error *err)
{
    if (node->kind != TEXTFORMAT_NUMBER || !isfinite(node->number) || fabs(node->number) > 3.0e38)
        return wrong_value(node, file, "a finite number", err);
    *value = (float) node->number;
    return HAX_OK;
}

hax_status hax_textformat_bool(const hax_textformat_node *node, const char *file, bool *value,
                               hax_error *err)
{
    static const char *const yes[] = { "true", "True", "t", "1" };
    static const char *const no[] = { "false", "False", "f", "0" };
    bool scalar = node->kind == TEXTFORMAT_WORD || node->kind == TEXTFORMAT_NUMBER;
    for (size_t i = 0; scalar && i < sizeof yes / sizeof *yes; i++) {
        bool is_true = strcmp(node->text, yes[i]) == 0;
        if (is_true || strcmp(node->text, no[i]) == 0) {
            *value = is_true;
            return HAX_OK;
        }
    }
    return wrong_value(node, file, "true or false", err);
}

hax_status hax_textformat_string(const hax_textformat_node *node, const char *file,
                                 const char **value, hax_error *err)
{
    if (node->kind != TEXTFORMAT_STRING)
        return wrong_value(node, file, "a string in quotes", err);
    *value = node->text;
    return HAX_OK;
}

hax_status hax_textformat_enum(const hax_textformat_node *node, const char *const *words,
                               const char *file, int *value, hax_error *err)
{
    for (int i = 0; words[i]; i++) {
        bool named = node->kind == TEXTFORMAT_WORD && strcmp(node->text, words[i]) == 0;
        bool numbered = node->kind == TEXTFORMAT_NUMBER && node->is_whole && node->whole == i;
        if (named || numbered) {
            *value = i;
            return HAX_OK;
        }
    }
    char wanted[200] = "one of";
    size_t used = strlen(wanted);
    for (int i = 0; words[i] && used < sizeof wanted; i++)
        used += (size_t) snprintf(wanted + used, sizeof wanted - used, " %s", words[i]);
    return wrong_value(node, file, wanted, err);
}

hax_status hax_textformat_expect_message(const hax_textformat_node *node, const char *file,
                                         hax_error *err)
{
    if (node->kind != TEXTFORMAT_MESSAGE)
        return wrong_value(node, file, "a message { ... }", err);
    return HAX_OK;
}
