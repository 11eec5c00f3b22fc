/* Was a profile taken on a machine and platform like this one? */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "haxconn/profile.h"

static hax_status differ(hax_error *err, const char *format, ...) HAX_PRINTF(2, 3);

static hax_status differ(hax_error *err, const char *format, ...)
{
    char difference[HAX_ERROR_MESSAGE_MAX - 100];
    va_list args;
    va_start(args, format);
    vsnprintf(difference, sizeof difference, format, args);
    va_end(args);
    return hax_fail(err, HAX_BAD_INPUT, "%s: profile again here, or force the use of this one",
                    difference);
}

static hax_status match_text(const char *what, const char *then, const char *now, hax_error *err)
{
    if (strcmp(then, now) == 0)
        return HAX_OK;
    return differ(err, "the profile was taken with %s %s, this machine has %s", what, then, now);
}

static hax_status match_machine(const hax_fingerprint *then, const hax_fingerprint *now,
                                hax_error *err)
{
    if (strcmp(then->cpu, now->cpu) != 0 || then->cores != now->cores)
        return differ(err, "the profile was taken on %s, %d core%s, this machine is %s, %d core%s",
                      then->cpu, then->cores, then->cores == 1 ? "" : "s", now->cpu, now->cores,
                      now->cores == 1 ? "" : "s");
    HAX_TRY(match_text("kernel", then->kernel, now->kernel, err));
    HAX_TRY(match_text("the libraries", then->libraries, now->libraries, err));
    return match_text("clocks", then->clocks, now->clocks, err);
}

static bool same_kind(const hax_kind *a, const hax_kind *b)
{
    return strcmp(a->driver, b->driver) == 0 && strcmp(a->isa, b->isa) == 0 &&
           strcmp(a->precision, b->precision) == 0 && a->law.overhead_ms == b->law.overhead_ms &&
           a->law.gmac_per_s == b->law.gmac_per_s && a->law.gbps == b->law.gbps &&
           a->law.slowdown_per_gbps == b->law.slowdown_per_gbps &&
           a->law.enter_ms == b->law.enter_ms;
}

static bool same_cores(const hax_unit *a, const hax_unit *b)
{
    if (a->threads != b->threads || a->cpu_count != b->cpu_count || a->resources != b->resources)
        return false;
    for (int c = 0; c < a->cpu_count; c++)
        if (a->cpus[c] != b->cpus[c])
            return false;
    return true;
}

static hax_status match_unit(const hax_platform *then, const hax_platform *now, int unit,
                             hax_error *err)
{
    const hax_unit *a = &then->units[unit], *b = &now->units[unit];
    if (strcmp(a->name, b->name) != 0)
        return differ(err, "unit %d was '%s' when the profile was taken and is '%s' now", unit,
                      a->name, b->name);
    const hax_kind *was = &then->kinds[a->kind], *is = &now->kinds[b->kind];
    if (!same_kind(was, is))
        return differ(err,
                      "unit '%s' was of driver %s (isa '%s', %s) when the profile was taken and is "
                      "of driver %s (isa '%s', %s) now, or follows another law",
                      a->name, was->driver, was->isa, was->precision, is->driver, is->isa,
                      is->precision);
    if (!same_cores(a, b))
        return differ(err,
                      "unit '%s' had other cores or threads (%d) when the profile was taken than "
                      "now (%d)",
                      a->name, a->threads, b->threads);
    return HAX_OK;
}

hax_status hax_profile_matches(const hax_profile *profile, const hax_platform *platform,
                               hax_error *err)
{
    const hax_platform *then = profile->platform;
    HAX_TRY(match_machine(&then->fingerprint, &platform->fingerprint, err));
    if (strcmp(then->name, platform->name) != 0)
        return differ(err, "the profile was taken on platform '%s', this is '%s'", then->name,
                      platform->name);
    if (then->unit_count != platform->unit_count)
        return differ(err, "the profile has %d units, platform '%s' has %d", then->unit_count,
                      platform->name, platform->unit_count);
    for (int u = 0; u < platform->unit_count; u++)
        HAX_TRY(match_unit(then, platform, u, err));
    return HAX_OK;
}
