/* The schedule command's answers to --sensitivity and --robust. */
#include "schedule_sensitivity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "interrupt.h"
#include "message.h"
#include "output.h"
#include "progress.h"

static const double spread_default = 0.05;

/* The chosen one before all others; the verdict on it leaves out the optimum, which is no way of
 * deploying that is known without a search. */
static hax_status take_first(const hax_problem *problem, const hax_schedule *chosen,
                             cli_answer_set *answer, hax_error *err)
{
    memmove(answer->schedules + 1, answer->schedules,
            (size_t) answer->count * sizeof(hax_schedule *));
    answer->schedules[0] = chosen;
    answer->count++;
    free(answer->verdict);
    answer->verdict = NULL;
    hax_status status = hax_schedule_verify(problem, chosen, err);
    return status != HAX_OK ? status
                            : hax_verdict(problem, chosen, answer->count - 2,
                                          (const hax_schedule *const *) answer->schedules + 2, 0,
                                          &answer->verdict, err);
}

/* The plan stands without them: no failure, but marked. */
static hax_status give_up(hax_status status, cli_sensitivity *found, bool *unfinished)
{
    if (status != HAX_LIMIT && status != HAX_INTERRUPTED)
        return status;
    *unfinished = found->unfinished = true;
    return HAX_OK;
}

static double left_s(double end_s)
{
    return end_s > 0 ? fmax(end_s - cli_seconds(), 0) : INFINITY;
}

hax_status cli_sensitivity_find(const hax_problem *problem, double spread_percent, double end_s,
                                cli_answer_set *answer, cli_sensitivity *found, hax_error *err)
{
    const bool given = spread_percent >= 0;
    hax_sensitivity_options options = hax_sensitivity_options_default();
    options.spread = given ? spread_percent / 100 : spread_default;
    options.measured = !given;
    options.time_limit_s = left_s(end_s);
    options.cancel = cli_interrupt_flag();
    hax_status status = HAX_OK;
    if (found->robust_wanted) {
        const hax_schedule *chosen = NULL;
        found->robust = hax_robust_default();
        status = hax_schedule_robust(problem, answer->count,
                                     (const hax_schedule *const *) answer->schedules, &options,
                                     &chosen, &found->robust, err);
        status = give_up(status, found, &found->robust.unfinished);
        if (status == HAX_OK && chosen)
            status = take_first(problem, chosen, answer, err);
    }
    options.time_limit_s = left_s(end_s);
    if (status == HAX_OK && found->wanted) {
        found->sensitivity = hax_sensitivity_default();
        status = hax_schedule_sensitivity(problem, answer->schedules[0], &options,
                                          &found->sensitivity, err);
        status = give_up(status, found, &found->sensitivity.unfinished);
    }
    return status;
}

static hax_status append(char **report, const char *more, hax_error *err)
{
    size_t length = strlen(*report), added = strlen(more) + 1;
    char *text = realloc(*report, length + added);
    if (!text)
        return cli_fail(err, HAX_NO_MEMORY, "out of memory for a report");
    memcpy(text + length, more, added);
    *report = text;
    return HAX_OK;
}

hax_status cli_sensitivity_say(const hax_problem *problem, const cli_sensitivity *found,
                               char **report, char **document, hax_error *err)
{
    const hax_sensitivity *sensitivity = found->wanted ? &found->sensitivity : NULL;
    const hax_robust *robust = found->robust_wanted ? &found->robust : NULL;
    const hax_report_style style = cli_style();
    char *more = NULL, *whole = NULL;
    if (!sensitivity && !robust)
        return HAX_OK;
    hax_status status = hax_report_sensitivity(problem, sensitivity, robust, &style, &more, err);
    if (status == HAX_OK)
        status = append(report, more, err);
    free(more);
    if (status == HAX_OK && *document)
        status = hax_sensitivity_text(problem, *document, sensitivity, robust, &whole, err);
    if (whole) {
        free(*document);
        *document = whole;
    }
    return status;
}
