/* The verdict of a document: its words taken apart, and each held against figures that have been
 * checked. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "verify.h"

typedef enum verdict_kind {
    VERDICT_NO_RIVAL,
    VERDICT_UNPROVEN, /* whole networks, nothing better was found */
    VERDICT_BEST,     /* whole networks, proven */
    VERDICT_NOISE,
    VERDICT_LATENESS,
    VERDICT_SHORTER,
    VERDICT_MORE,
    VERDICT_LATER, /* these three are worse than the rival */
    VERDICT_LONGER,
    VERDICT_LESS,
} verdict_kind;

/* H: "split" or "as planned"; N: a number; R: the name of a baseline. Nothing else of them is
 * written in capitals. */
static const struct {
    const char *words;
    verdict_kind kind;
} forms[] = {
    { "H: no plain deployment is possible", VERDICT_NO_RIVAL },
    { "do not split: nothing better than R was found", VERDICT_UNPROVEN },
    { "do not split: R is the best there is", VERDICT_BEST },
    { "tie: N % over R is within the noise of N %", VERDICT_NOISE },
    { "H: the largest lateness is N ms, N ms less than with R", VERDICT_LATENESS },
    { "H: N % shorter than R", VERDICT_SHORTER },
    { "H: N % more throughput than R", VERDICT_MORE },
    { "worse: the largest lateness is N ms, N ms more than with R", VERDICT_LATER },
    { "worse: N % longer than R", VERDICT_LONGER },
    { "worse: N % less throughput than R", VERDICT_LESS },
};

typedef struct verdict {
    verdict_kind kind;
    bool split; /* H */
    int number_count;
    double numbers[2];
    const char *rival; /* in the text */
    int rival_length;
    bool cut_short;
    bool missed; /* a deadline: whose, by how much, and whether every schedule misses one */
    const char *late_name;
    int late_length;
    double late_ms;
    bool missed_by_all;
} verdict;

/* ---- words ---- */

static const char *skip(const char *text, const char *word)
{
    size_t length = strlen(word);
    return strncmp(text, word, length) == 0 ? text + length : NULL;
}

static const char *read_head(const char *text, verdict *parsed)
{
    const char *behind = skip(text, "split");
    parsed->split = behind != NULL;
    return behind ? behind : skip(text, "as planned");
}

static const char *read_number(const char *text, verdict *parsed)
{
    char *behind;
    double number = strtod(text, &behind);
    if (behind == text || !isfinite(number) || parsed->number_count == 2)
        return NULL;
    parsed->numbers[parsed->number_count++] = number;
    return behind;
}

/* The longest baseline's name that stands here, or a word. */
static const char *read_rival(const char *text, const hax_verify_claims *claims, verdict *parsed)
{
    size_t length = strcspn(text, " ,;");
    for (int b = 0; b < claims->baseline_count; b++) {
        const char *name = claims->baselines[b].name;
        if (skip(text, name) && strlen(name) > length)
            length = strlen(name);
    }
    parsed->rival = text;
    parsed->rival_length = (int) length;
    return length > 0 ? text + length : NULL;
}

/* What is said behind a verdict of deadlines that are missed; what comes behind that, NULL: other
 * words. The text where nothing is said. */
static const char *read_missed(const char *text, verdict *parsed)
{
    static const char by[] = "' misses its deadline by ", ms[] = " ms, ";
    const char *name = skip(text, "; '"), *behind = name ? strstr(name, by) : NULL;
    if (!behind)
        return text;
    parsed->missed = true;
    parsed->late_name = name;
    parsed->late_length = (int) (behind - name);
    char *number_end;
    parsed->late_ms = strtod(behind + strlen(by), &number_end);
    const char *rest = skip(number_end, ms);
    const char *all = rest ? skip(rest, "every schedule misses one") : NULL;
    parsed->missed_by_all = all != NULL;
    return all || !rest ? all : skip(rest, "that every schedule misses one is not proven");
}

static bool match(const char *words, const char *text, const hax_verify_claims *claims,
                  verdict *parsed)
{
    for (; *words && text; words++) {
        if (*words == 'H')
            text = read_head(text, parsed);
        else if (*words == 'N')
            text = read_number(text, parsed);
        else if (*words == 'R')
            text = read_rival(text, claims, parsed);
        else
            text = *text == *words ? text + 1 : NULL;
    }
    const char *behind = text ? skip(text, ", which was cut short") : NULL;
    parsed->cut_short = behind != NULL;
    text = behind ? behind : text;
    text = text ? read_missed(text, parsed) : NULL;
    return text && *text == '\0';
}

static bool read_verdict(const hax_verify_claims *claims, verdict *parsed)
{
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        *parsed = (verdict){ .kind = forms[f].kind };
        if (match(forms[f].words, claims->verdict, claims, parsed))
            return true;
    }
    return false;
}

/* ---- figures ---- */

/* What may split as well does not speak against a split. */
static bool speaks_against(const hax_verify_baseline *baseline)
{
    static const char *const others[] = { "mensa",           "herald-like",      "h2h",
                                          "earliest-finish", "contention-blind", "haxconn" };
    for (size_t o = 0; o < sizeof others / sizeof *others; o++)
        if (strcmp(baseline->name, others[o]) == 0)
            return false;
    return baseline->valued;
}

static const hax_verify_baseline *best_rival(const hax_problem *problem,
                                             const hax_verify_claims *claims)
{
    const hax_verify_baseline *best = NULL;
    for (int b = 0; b < claims->baseline_count; b++) {
        const hax_verify_baseline *one = &claims->baselines[b];
        if (speaks_against(one) &&
            (!best || hax_verify_better(problem, one->value, best->value, 0)))
            best = one;
    }
    return best;
}

static bool splits(const hax_verify_plan *plan)
{
    for (int i = 0; i < plan->problem->instance_count; i++)
        for (int g = 1; g < plan->problem->instances[i].group_count; g++)
            if (hax_verify_unit(plan, i, g) != hax_verify_unit(plan, i, g - 1))
                return true;
    return false;
}

/* What gains are relative to: the rival's value; of a lateness, which passes through zero, the
 * rival's round, or where that is not known the schedule's own. */
static double size_of(const hax_problem *problem, const hax_verify_claims *claims,
                      const hax_verify_baseline *rival)
{
    double round_ms = isnan(rival->round_ms) ? claims->plan.round_ms : rival->round_ms;
    return fmax(problem->objective == HAX_DEADLINE ? round_ms : fabs(rival->value), 1e-12);
}

/* How much of a gain is rounding: a lateness may be a million times the round that it is divided
 * by, and documents have 15 digits of it. */
static double rounding_of(const hax_problem *problem, const hax_verify_claims *claims,
                          const hax_verify_baseline *rival)
{
    const double digits = 1e-14; /* of two values, half a unit of the last digit each */
    if (problem->objective != HAX_DEADLINE)
        return 0;
    return digits * fmax(fabs(rival->value), fabs(claims->plan.value)) /
           size_of(problem, claims, rival);
}

static double gain_over(const hax_problem *problem, const hax_verify_claims *claims,
                        const hax_verify_baseline *rival)
{
    double by = problem->objective == HAX_THROUGHPUT ? claims->plan.value - rival->value
                                                     : rival->value - claims->plan.value;
    return by / size_of(problem, claims, rival);
}

/* Printed with one place. */
static bool is_percent(double printed, double share)
{
    return fabs(printed - 100 * share) <= 0.0501 + 1e-6 * fabs(100 * share);
}

/* Printed with three digits. */
static bool is_ms(double printed, double ms, double round_ms)
{
    return fabs(printed - ms) <= 0.00501 * fabs(ms) + HAX_VERIFY_TOLERANCE * round_ms;
}

/* ---- the check ---- */

static bool is_better(verdict_kind kind)
{
    return kind == VERDICT_LATENESS || kind == VERDICT_SHORTER || kind == VERDICT_MORE;
}

static bool is_worse(verdict_kind kind)
{
    return kind == VERDICT_LATER || kind == VERDICT_LONGER || kind == VERDICT_LESS;
}

static const hax_verify_baseline *find_rival(const hax_verify_claims *claims, const verdict *said)
{
    for (int b = 0; b < claims->baseline_count; b++)
        if (strlen(claims->baselines[b].name) == (size_t) said->rival_length &&
            strncmp(claims->baselines[b].name, said->rival, (size_t) said->rival_length) == 0)
            return &claims->baselines[b];
    return NULL;
}

static hax_status check_rival(hax_verifier *verifier, const hax_verify_claims *claims,
                              const verdict *said, const hax_verify_baseline *best)
{
    const hax_verify_baseline *named = find_rival(claims, said);
    double allowed = hax_verify_allowed(verifier->problem, best->value, claims->plan.round_ms);
    if (!named || !speaks_against(named) ||
        hax_verify_better(verifier->problem, best->value, named->value, allowed))
        return hax_verify_refuse(verifier, HAX_REFUSAL_VERDICT_RIVAL,
                                 "the verdict is against '%.*s', but the best plain deployment is "
                                 "'%.50s'",
                                 said->rival_length, said->rival, best->name);
    if ((is_better(said->kind) || is_worse(said->kind) || said->cut_short) &&
        said->cut_short != named->cut_short)
        return hax_verify_refuse(verifier, HAX_REFUSAL_VERDICT_RIVAL,
                                 "the verdict says that '%.50s' was%s cut short, its entry does "
                                 "not",
                                 named->name, said->cut_short ? "" : " not");
    return HAX_OK;
}

/* Which kinds of words a gain allows, some of which is rounding; at the edge between two, both. */
static bool kind_fits(const hax_verifier *verifier, const hax_verify_claims *claims,
                      const verdict *said, double gain, double rounding)
{
    const double edge = HAX_VERIFY_TOLERANCE + rounding;
    bool whole = !splits(&claims->plan);
    hax_objective objective = verifier->problem->objective;
    switch (said->kind) {
    case VERDICT_NO_RIVAL: return false;
    case VERDICT_UNPROVEN: return whole && claims->proof != HAX_PROOF_ALL && !(gain > edge);
    case VERDICT_BEST: return whole && claims->proof == HAX_PROOF_ALL && !(gain > edge);
    case VERDICT_NOISE:
        return !(100 * fabs(gain) > said->numbers[1] + 0.05 + edge) && (!whole || !(gain < -edge));
    case VERDICT_LATENESS: return objective == HAX_DEADLINE && gain > -rounding;
    case VERDICT_SHORTER: return (objective == HAX_LATENCY || objective == HAX_SUM) && gain > 0;
    case VERDICT_MORE: return objective == HAX_THROUGHPUT && gain > 0;
    case VERDICT_LATER: return objective == HAX_DEADLINE && gain < rounding;
    case VERDICT_LONGER: return (objective == HAX_LATENCY || objective == HAX_SUM) && gain < 0;
    case VERDICT_LESS: return objective == HAX_THROUGHPUT && gain < 0;
    }
    return false;
}

static hax_status check_numbers(hax_verifier *verifier, const hax_verify_claims *claims,
                                const verdict *said, const hax_verify_baseline *rival, double gain)
{
    double value = claims->plan.value, round_ms = claims->plan.round_ms;
    bool fit = true;
    if (said->kind == VERDICT_NOISE || said->kind == VERDICT_SHORTER || said->kind == VERDICT_MORE)
        fit = is_percent(said->numbers[0], gain);
    if (said->kind == VERDICT_LONGER || said->kind == VERDICT_LESS)
        fit = is_percent(said->numbers[0], -gain);
    if (said->kind == VERDICT_LATENESS || said->kind == VERDICT_LATER)
        fit = is_ms(said->numbers[0], value, round_ms) &&
              is_ms(said->numbers[1], fabs(rival->value - value), round_ms);
    if (!fit)
        return hax_verify_refuse(verifier, HAX_REFUSAL_VERDICT_NUMBER,
                                 "the verdict '%.200s' does not fit the figures: %.9g, and %.9g of "
                                 "'%.50s' (%.4g %%)",
                                 claims->verdict, value, rival->value, rival->name, 100 * gain);
    return HAX_OK;
}

/* The latest instance, how late, and what the bound says of all schedules. */
static hax_status check_missed(hax_verifier *verifier, const hax_verify_claims *claims,
                               const verdict *said)
{
    const hax_verify_plan *plan = &claims->plan;
    double allowed_ms = hax_verify_allowed(verifier->problem, plan->value, plan->round_ms);
    bool is_latest = false;
    /* by the value of the document, which has been checked, as its words are */
    bool misses =
        verifier->problem->objective == HAX_DEADLINE && claims->value > HAX_TIME_TOLERANCE_MS;
    if (said->missed != misses)
        return hax_verify_refuse(
            verifier, HAX_REFUSAL_VERDICT_MISSED,
            "the verdict '%.200s' says nothing of missed deadlines or says "
            "what is not: the largest lateness is %.9g ms, and more than %g ms "
            "is to be said",
            claims->verdict, verifier->problem->objective == HAX_DEADLINE ? plan->value : 0,
            HAX_TIME_TOLERANCE_MS);
    if (!misses)
        return HAX_OK;
    for (int i = 0; i < verifier->problem->instance_count; i++) {
        const hax_instance_spec *spec = &verifier->problem->instances[i];
        is_latest =
            is_latest || (strlen(spec->name) == (size_t) said->late_length &&
                          strncmp(spec->name, said->late_name, (size_t) said->late_length) == 0 &&
                          plan->finish_ms[i] - spec->deadline_ms >= plan->value - allowed_ms);
    }
    if (!is_latest || said->missed_by_all != (claims->bound > HAX_TIME_TOLERANCE_MS) ||
        !is_ms(said->late_ms, plan->value, plan->round_ms))
        return hax_verify_refuse(verifier, HAX_REFUSAL_VERDICT_MISSED,
                                 "what the verdict '%.200s' says of missed deadlines does not fit: "
                                 "the largest lateness is %.9g ms, its bound %.9g ms",
                                 claims->verdict, plan->value, claims->bound);
    return HAX_OK;
}

/* A plain deployment that the problem allows and the document leaves out could be the better one.
 */
static hax_status check_listed(hax_verifier *verifier, const hax_verify_claims *claims,
                               const hax_verify_whole best[HAX_VERIFY_PLAIN])
{
    for (int p = 0; p < HAX_VERIFY_PLAIN; p++) {
        const verdict named = { .rival = hax_verify_plain[p],
                                .rival_length = (int) strlen(hax_verify_plain[p]) };
        const hax_verify_baseline *listed = find_rival(claims, &named);
        if (best[p].sure && best[p].exists && (!listed || listed->unfinished))
            return hax_verify_refuse(verifier, HAX_REFUSAL_BASELINE_MISSING,
                                     "the verdict '%.200s' leaves out the baseline '%s', which the "
                                     "problem allows",
                                     claims->verdict, hax_verify_plain[p]);
    }
    return HAX_OK;
}

static hax_status check_words(hax_verifier *verifier, const hax_verify_claims *claims,
                              const verdict *said)
{
    const hax_verify_baseline *best = best_rival(verifier->problem, claims);
    bool headed = said->kind == VERDICT_NO_RIVAL || is_better(said->kind);
    if (headed && said->split != splits(&claims->plan))
        return hax_verify_refuse(verifier, HAX_REFUSAL_VERDICT_HEAD,
                                 "the verdict '%.200s' says the contrary of the assignment",
                                 claims->verdict);
    if (!best && said->kind == VERDICT_NO_RIVAL)
        return HAX_OK;
    if (best && said->kind != VERDICT_NO_RIVAL)
        HAX_TRY(check_rival(verifier, claims, said, best));
    double gain = best ? gain_over(verifier->problem, claims, best) : 0;
    double rounding = best ? rounding_of(verifier->problem, claims, best) : 0;
    if (!best || !kind_fits(verifier, claims, said, gain, rounding))
        return hax_verify_refuse(verifier, HAX_REFUSAL_VERDICT_KIND,
                                 "the verdict '%.200s' does not follow: the value is %.9g, that of "
                                 "'%.50s' %.9g",
                                 claims->verdict, claims->plan.value, best ? best->name : "nothing",
                                 best ? best->value : 0);
    return check_numbers(verifier, claims, said, best, gain);
}

hax_status hax_verify_verdict(hax_verifier *verifier, const hax_verify_claims *claims,
                              const hax_verify_whole best[HAX_VERIFY_PLAIN], bool *checked)
{
    verdict said;
    *checked = false;
    if (!claims->verdict)
        return HAX_OK;
    if (!read_verdict(claims, &said))
        return claims->baseline_count == 0
                   ? HAX_OK
                   : hax_verify_refuse(verifier, HAX_REFUSAL_VERDICT_WORDS,
                                       "the verdict '%.200s' is none that follows from a schedule "
                                       "and its baselines",
                                       claims->verdict);
    HAX_TRY(check_listed(verifier, claims, best));
    HAX_TRY(check_words(verifier, claims, &said));
    HAX_TRY(check_missed(verifier, claims, &said));
    *checked = true;
    return HAX_OK;
}
