/*
 * Numbers and units as Nsight Compute prints them: in the locale of whoever ran it, so that a comma
 * may be a decimal mark or may separate thousands; units with decimal prefixes, in a long and a
 * short spelling.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ncu.h"

/* ---- the form of a number -------------------------------------------------------------------- */

enum { PARTS_MAX = 16 };

typedef enum mark_kind {
    MARK_POINT,
    MARK_COMMA,
    MARK_SPACE, /* blanks and apostrophes, which only separate thousands */
} mark_kind;

/* Groups of digits and what stands between them. */
typedef struct form {
    bool negative, exponent;
    int count;                  /* groups */
    size_t digits[PARTS_MAX];   /* of each */
    mark_kind marks[PARTS_MAX]; /* behind each but the last */
    char first;                 /* digit of the number */
    char plain[80];             /* all digits, '|' for the marks, then the exponent */
} form;

/* Takes what may stand between digits. */
static bool take_mark(hax_slice *text, mark_kind *found)
{
    static const struct {
        const char *bytes;
        mark_kind is;
    } known[] = {
        { ".", MARK_POINT },
        { ",", MARK_COMMA },
        { " ", MARK_SPACE },
        { "'", MARK_SPACE },
        { "\xc2\xa0", MARK_SPACE },     /* no-break space */
        { "\xe2\x80\xaf", MARK_SPACE }, /* the narrow one */
        { "\xe2\x80\x89", MARK_SPACE }, /* thin space */
        { "\xe2\x80\x99", MARK_SPACE }, /* typographic apostrophe */
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        if (hax_slice_take(text, known[k].bytes)) {
            *found = known[k].is;
            return true;
        }
    }
    return false;
}

static bool is_digit(hax_slice text)
{
    return text.length > 0 && text.at[0] >= '0' && text.at[0] <= '9';
}

/* "e+09" to the end. */
static bool take_exponent(hax_slice text, form *form, size_t used)
{
    size_t length = text.length;
    if (length < 2 || (text.at[0] != 'e' && text.at[0] != 'E') ||
        used + length >= sizeof form->plain)
        return false;
    size_t sign = text.at[1] == '+' || text.at[1] == '-';
    if (length == 1 + sign || length > 5 + sign)
        return false;
    for (size_t i = 1 + sign; i < length; i++)
        if (!is_digit(hax_slice_from(text, i)))
            return false;
    memcpy(form->plain + used, text.at, length);
    form->plain[used + length] = '\0';
    return form->exponent = true;
}

static bool take_form(hax_slice text, form *context)
{
    size_t used = 0;
    *context = (form){ .count = 1 };
    context->negative = hax_slice_take(&text, "-");
    if (!context->negative)
        hax_slice_take(&text, "+");
    context->first = text.length > 0 ? text.at[0] : '\0';
    while (text.length > 0) {
        if (used + 2 >= sizeof context->plain)
            return false;
        if (is_digit(text)) {
            context->plain[used++] = text.at[0];
            context->digits[context->count - 1]++;
            text = hax_slice_from(text, 1);
            continue;
        }
        if (text.at[0] == 'e' || text.at[0] == 'E')
            return take_exponent(text, context, used) && context->digits[context->count - 1] > 0;
        if (context->count == PARTS_MAX || !take_mark(&text, &context->marks[context->count - 1]))
            return false;
        context->plain[used++] = '|';
        context->count++;
    }
    context->plain[used] = '\0';
    return context->digits[context->count - 1] > 0;
}

/* May the first `marks` marks separate thousands? They are all the same, and behind each stand
 * three digits. */
static bool separates(const form *form, int marks)
{
    if (form->digits[0] == 0 || form->digits[0] > 3 || (form->first == '0' && marks > 0))
        return marks == 0;
    for (int m = 0; m < marks; m++)
        if (form->marks[m] != form->marks[0] || form->digits[m + 1] != 3)
            return false;
    return true;
}

static hax_ncu_decimal decimal_of(mark_kind is)
{
    return is == MARK_POINT ? NCU_DECIMAL_POINT : NCU_DECIMAL_COMMA;
}

static hax_ncu_decimal other_than(mark_kind is)
{
    return is == MARK_POINT ? NCU_DECIMAL_COMMA : NCU_DECIMAL_POINT;
}

static hax_ncu_form judge(const form *form, hax_ncu_decimal *tells)
{
    int marks = form->count - 1;
    mark_kind last = marks > 0 ? form->marks[marks - 1] : MARK_SPACE;
    bool thousands = separates(form, marks);
    bool decimal = marks > 0 && last != MARK_SPACE && separates(form, marks - 1) &&
                   (marks == 1 || form->marks[0] != last);
    *tells = NCU_DECIMAL_UNKNOWN;
    if (marks == 0)
        return NCU_NUMBER;
    if (decimal && (!thousands || form->exponent)) {
        *tells = decimal_of(last);
        return NCU_NUMBER;
    }
    if (thousands && !decimal && !form->exponent) {
        if (last != MARK_SPACE)
            *tells = other_than(last);
        return NCU_NUMBER;
    }
    return thousands && decimal ? NCU_AMBIGUOUS : NCU_NO_NUMBER;
}

/* Without the mark of a value that is not quite sure, and without those of single instances:
 * "12.5 (10; 15)". */
static hax_slice core(hax_slice value)
{
    hax_slice before;
    value = hax_slice_trim(value);
    if (hax_slice_take(&value, "(!)"))
        value = hax_slice_trim(value);
    if (hax_slice_take_until(&value, " (", &before))
        return hax_slice_trim(before);
    return value;
}

bool hax_ncu_not_available(hax_slice value)
{
    static const char *const words[] = {
        "", "n/a", "N/A", "nan", "-nan", "NaN", "inf", "-inf", "-"
    };
    value = core(value);
    for (size_t w = 0; w < sizeof words / sizeof *words; w++)
        if (hax_slice_is(value, words[w]))
            return true;
    return false;
}

hax_ncu_form hax_ncu_look(hax_slice value, hax_ncu_decimal *tells)
{
    form context;
    *tells = NCU_DECIMAL_UNKNOWN;
    return take_form(core(value), &context) ? judge(&context, tells) : NCU_NO_NUMBER;
}

double hax_ncu_number(hax_slice value, hax_ncu_decimal mark)
{
    form context;
    hax_ncu_decimal tells;
    char copy[sizeof context.plain];
    size_t used = 0;
    if (!take_form(core(value), &context))
        return NAN;
    hax_ncu_form is = judge(&context, &tells);
    if (is == NCU_NO_NUMBER)
        return NAN;
    if (is == NCU_AMBIGUOUS)
        tells = mark;
    int seen = 0, marks = context.count - 1;
    bool decimal = marks > 0 && context.marks[marks - 1] != MARK_SPACE &&
                   tells == decimal_of(context.marks[marks - 1]);
    for (const char *c = context.plain; *c; c++) {
        if (*c != '|')
            copy[used++] = *c;
        else if (++seen == marks && decimal)
            copy[used++] = '.';
    }
    copy[used] = '\0';
    double number = strtod(copy, NULL);
    return context.negative ? -number : number;
}

/* ---- units ----------------------------------------------------------------------------------- */

/* Seconds in a unit of time; 0: none. */
static double seconds_of(hax_slice unit)
{
    static const struct {
        const char *word;
        double seconds;
    } known[] = {
        { "s", 1 },          { "second", 1 },       { "sec", 1 },
        { "ms", 1e-3 },      { "msecond", 1e-3 },   { "us", 1e-6 },
        { "usecond", 1e-6 }, { "\xc2\xb5s", 1e-6 }, { "\xce\xbcs", 1e-6 },
        { "ns", 1e-9 },      { "nsecond", 1e-9 },
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (hax_slice_is(unit, known[k].word))
            return known[k].seconds;
    return 0;
}

/* Bytes in "Kbyte", "sector"; 0: neither. */
static double bytes_of(hax_slice unit)
{
    static const struct {
        const char *letter;
        double factor;
    } prefixes[] = { { "K", 1e3 }, { "k", 1e3 },  { "M", 1e6 },
                     { "G", 1e9 }, { "T", 1e12 }, { "P", 1e15 } };
    double factor = 1;
    for (size_t p = 0; p < sizeof prefixes / sizeof *prefixes && factor == 1; p++)
        if (hax_slice_take(&unit, prefixes[p].letter))
            factor = prefixes[p].factor;
    if (hax_slice_is(unit, "byte") || hax_slice_is(unit, "bytes") || hax_slice_is(unit, "B"))
        return factor;
    return hax_slice_is(unit, "sector") || hax_slice_is(unit, "sectors") ? 32 * factor : 0;
}

hax_ncu_quantity hax_ncu_unit(hax_slice unit, double *scale)
{
    hax_slice amount, rest = hax_slice_trim(unit);
    *scale = 1;
    if (hax_slice_is(rest, "%"))
        return NCU_PERCENT;
    if (hax_slice_take_until(&rest, "/", &amount)) {
        double bytes = bytes_of(amount), seconds = seconds_of(rest);
        *scale = seconds > 0 ? bytes / seconds * 1e-9 : 0;
        return bytes > 0 && seconds > 0 ? NCU_RATE : NCU_OTHER;
    }
    double bytes = bytes_of(rest), seconds = seconds_of(rest);
    *scale = bytes > 0 ? bytes : seconds * 1e3;
    return bytes > 0 ? NCU_AMOUNT : seconds > 0 ? NCU_TIME : NCU_OTHER;
}

/* ---- the decimal mark of a file -------------------------------------------------------------- */

/* Bytes and sectors that were counted are whole: a mark in them separates thousands. */
static bool is_count(const hax_ncu_key *key)
{
    return hax_slice_ends(key->name, ".sum") &&
           (hax_slice_is(key->unit, "byte") || hax_slice_is(key->unit, "sector"));
}

static const char *mark_name(hax_ncu_decimal mark)
{
    return mark == NCU_DECIMAL_POINT ? "point" : "comma";
}

hax_status hax_ncu_find_decimal(const hax_ncu_report *report, hax_ncu_decimal *mark, hax_error *err)
{
    const hax_ncu_metric *witness = NULL, *count = NULL;
    hax_ncu_decimal tells;
    *mark = NCU_DECIMAL_UNKNOWN;
    for (int m = 0; m < report->metric_count; m++) {
        const hax_ncu_metric *metric = &report->metrics[m];
        hax_ncu_form is = hax_ncu_look(metric->value, &tells);
        if (is == NCU_AMBIGUOUS && is_count(&report->keys[metric->key]) && !count)
            count = metric;
        if (tells == NCU_DECIMAL_UNKNOWN || tells == *mark)
            continue;
        if (witness)
            return hax_builder_fail(
                report->builder, metric->line, err,
                "'%.*s' has a decimal %s and '%.*s' in line %d a decimal %s: one "
                "locale a file; run ncu with LC_ALL=C",
                SLICE_ARGS(hax_slice_trim(metric->value)), mark_name(tells),
                SLICE_ARGS(hax_slice_trim(witness->value)), witness->line, mark_name(*mark));
        witness = metric;
        *mark = tells;
    }
    if (!witness && count) {
        *mark = hax_slice_has(count->value, ",") ? NCU_DECIMAL_POINT : NCU_DECIMAL_COMMA;
        hax_builder_note(
            report->builder, HAX_IMPORT_REMARK, count->line,
            "'%.*s' counts whole things, so its mark separates thousands; nothing else tells "
            "the locale",
            SLICE_ARGS(hax_slice_trim(count->value)));
    }
    return HAX_OK;
}
