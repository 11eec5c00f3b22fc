/* What a profile owes to the store. */
#include "stored.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

void hax_stored_add(hax_profile_stored *stored, int runs, int64_t oldest_s, int64_t newest_s)
{
    assert(runs > 0 && oldest_s <= newest_s);
    if (stored->runs == 0 || oldest_s < stored->oldest_s)
        stored->oldest_s = oldest_s;
    if (stored->runs == 0 || newest_s > stored->newest_s)
        stored->newest_s = newest_s;
    stored->runs += runs;
}

/* ---- words ------------------------------------------------------------------------------ */

/* "3 days", in whole units, the largest of which there are two. */
static void say_age(int64_t age_s, char *words, size_t size)
{
    static const struct {
        const char *name;
        int s;
    } units[] = { { "days", 86400 }, { "hours", 3600 }, { "minutes", 60 } };
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        if (age_s < 2 * units[u].s)
            continue;
        snprintf(words, size, "%lld %s", (long long) (age_s / units[u].s), units[u].name);
        return;
    }
    snprintf(words, size, "less than two minutes");
}

/* A clock that was set back since makes ages negative: then there is nothing to say of them. */
static void say_ages(const hax_profile_stored *stored, hax_text *out)
{
    char oldest[40], newest[40];
    if (stored->newest_s > stored->answered_s) {
        hax_text_append(out, "measured at a time that the clock has not reached (it was set back)");
        return;
    }
    say_age(stored->answered_s - stored->oldest_s, oldest, sizeof oldest);
    say_age(stored->answered_s - stored->newest_s, newest, sizeof newest);
    if (strcmp(oldest, newest) == 0)
        hax_text_printf(out, "measured %s ago", oldest);
    else
        hax_text_printf(out, "measured %s to %s ago", newest, oldest);
}

bool hax_profile_stored_words(const hax_profile *profile, char *words, size_t size)
{
    const hax_profile_stored *stored = &profile->stored;
    assert(size > 0 && stored->runs <= stored->total_runs);
    hax_text out = hax_text_in(words, size);
    words[0] = '\0';
    if (stored->runs == 0)
        return false;
    if (stored->runs < stored->total_runs)
        hax_text_printf(&out, "partly from the profile store (%d of %d runs), ", stored->runs,
                        stored->total_runs);
    else
        hax_text_append(&out, "from the profile store, ");
    say_ages(stored, &out);
    hax_text_append(&out, "; --fresh measures again");
    return true;
}

/* ---- document --------------------------------------------------------------------------- */

json_t *hax_stored_json(const hax_profile_stored *stored)
{
    return json_pack("{s:i, s:i, s:I, s:I, s:I}", "runs", stored->runs, "total_runs",
                     stored->total_runs, "oldest_unix_s", (json_int_t) stored->oldest_s,
                     "newest_unix_s", (json_int_t) stored->newest_s, "answered_unix_s",
                     (json_int_t) stored->answered_s);
}

static hax_status read_time(const hax_json *json, const char *key, int64_t least_s, int64_t *time_s,
                            hax_error *err)
{
    double read_s = 0;
    HAX_TRY(hax_json_member_number(json, key, (double) least_s, (double) HAX_STORED_TIME_MAX,
                                   &read_s, err));
    *time_s = (int64_t) read_s;
    return HAX_OK;
}

hax_status hax_stored_read(const hax_json *json, hax_profile_stored *stored, hax_error *err)
{
    static const char *const keys[] = { "runs",          "total_runs",      "oldest_unix_s",
                                        "newest_unix_s", "answered_unix_s", NULL };
    hax_profile_stored profile_stored = { 0 };
    hax_json child;
    HAX_TRY(hax_json_only(json, keys, err));
    HAX_TRY(hax_json_member(json, "runs", &child, err));
    HAX_TRY(hax_json_int(&child, 1, INT32_MAX / 2, &profile_stored.runs, err));
    HAX_TRY(hax_json_member(json, "total_runs", &child, err));
    HAX_TRY(
        hax_json_int(&child, profile_stored.runs, INT32_MAX / 2, &profile_stored.total_runs, err));
    HAX_TRY(read_time(json, "oldest_unix_s", 0, &profile_stored.oldest_s, err));
    HAX_TRY(
        read_time(json, "newest_unix_s", profile_stored.oldest_s, &profile_stored.newest_s, err));
    HAX_TRY(read_time(json, "answered_unix_s", 0, &profile_stored.answered_s, err));
    *stored = profile_stored;
    return HAX_OK;
}
