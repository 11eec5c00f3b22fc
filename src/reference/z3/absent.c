/* In the place of Z3 where the library was built without it. */
#include "error.h"
#include "haxconn/published.h"
#include "haxconn/z3.h"

static hax_status absent(hax_error *err)
{
    return hax_fail(err, HAX_UNAVAILABLE,
                    "this haxconn was built without Z3: install libz3-dev and build again");
}

hax_status hax_z3_solve(const hax_problem *problem, double time_limit_s, hax_schedule **schedule,
                        double *value, hax_error *err)
{
    (void) problem;
    (void) time_limit_s;
    (void) schedule;
    (void) value;
    return absent(err);
}

hax_status hax_published_z3(const hax_published *data, hax_published_answer *answer, hax_error *err)
{
    (void) data;
    (void) answer;
    return absent(err);
}
