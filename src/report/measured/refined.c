/* What was learned from the rounds, and what is to be deployed. */
#include <math.h>
#include <stdio.h>

#include "explain.h"
#include "number.h"

/* How much a correction changes, in ms; of contention, whose factor has no unit, nothing. */
static double change_ms(const hax_correction *correction)
{
    return correction->kind == HAX_CORRECTED_CONTENTION
               ? 0
               : fabs(correction->learned - correction->known);
}

static const hax_correction *largest(const hax_result *result)
{
    const hax_correction *most = &result->corrections[0];
    for (int c = 1; c < result->correction_count; c++)
        if (change_ms(&result->corrections[c]) > change_ms(most))
            most = &result->corrections[c];
    return most;
}

/* "entering u1 from u0", and so on. */
static void say_where(const hax_result *result, const hax_correction *correction, hax_text *out)
{
    const hax_unit *units = result->profile->platform->units;
    const char *unit = units[correction->unit].name;
    switch (correction->kind) {
    case HAX_CORRECTED_ENTERING:
        hax_text_say(out, "entering %s from %s", unit, units[correction->from_unit].name);
        break;
    case HAX_CORRECTED_OUT: hax_text_say(out, "leaving %s", unit); break;
    case HAX_CORRECTED_CONTENTION: hax_text_say(out, "beside the others on %s", unit); break;
    case HAX_CORRECTED_ALONE: hax_text_say(out, "alone on %s", unit); break;
    }
}

static void append_corrections(const hax_result *result, int width, hax_text *out)
{
    const hax_correction *most = largest(result);
    const char *unit = most->kind == HAX_CORRECTED_CONTENTION ? " times" : " ms";
    hax_text words = { 0 };
    hax_text_say(&words, "refined: %d figures of the profile corrected by what jobs took (",
                 result->correction_count);
    hax_text_say(&words, "most: %s, group %d, ", result->problem->instances[most->instance].name,
                 most->group);
    say_where(result, most, &words);
    hax_text_say(&words, ": %s%s in place of %s)", hax_number_of(most->learned).text, unit,
                 hax_number_of(most->known).text);
    if (result->plans > 1)
        hax_text_say(&words, "; %d plans made", result->plans);
    hax_text_wrap(out, hax_text_get(&words), 0, 9, width);
    out->failed |= words.failed;
    hax_text_free(&words);
}

/* What came out better and cannot be written as a schedule; NULL: nothing. */
static const char *better_without_schedule(const hax_result *result)
{
    const double answer = result->rows[result->answer].measured_value.median;
    for (int r = 0; r < result->row_count; r++)
        if (!result->rows[r].schedule && !result->rows[r].reference &&
            hax_objective_better(result->problem->objective, result->rows[r].measured_value.median,
                                 answer))
            return result->rows[r].name;
    return NULL;
}

void hax_report_refined(const hax_result *result, int width, hax_text *out)
{
    if (result->correction_count > 0)
        append_corrections(result, width, out);
    if (result->answer != 0)
        hax_text_paragraph(out, 8, width,
                           "answer: %s, the best deployment as it came out (that is what "
                           "--save-schedule writes)",
                           result->rows[result->answer].name);
    if (better_without_schedule(result))
        hax_text_paragraph(out, 6, width,
                           "note: %s came out better still, but is no schedule: it is neither "
                           "saved nor exported",
                           better_without_schedule(result));
}
