/*
 * Structs that a caller has and a later version may lengthen: configurations (`..._config`, which
 * have to be given), options (`..._options`, where NULL stands for the defaults), and answers that
 * a function fills (hax_verification, hax_sensitivity, hax_robust).
 *
 * Begin with hax_..._default(), which holds the defaults and the size of the struct as the caller
 * was compiled with it; then set what is to be different:
 *
 *     hax_solve_options options = hax_solve_options_default();
 *     options.time_limit_s = 5;
 *
 * A struct whose size is not set is refused (HAX_USAGE), and so is one of a later version than the
 * library's; what an earlier version did not have yet is at its default. Of an answer as much is
 * filled as the caller's version has.
 *
 * Every number in them means itself. 0 is no round, no second, no transition; it is neither "the
 * default" nor "no limit". No limit is HAX_NO_LIMIT in counts and INFINITY in seconds, and what is
 * left to the library, as the member says, is HAX_AUTOMATIC.
 *
 * What holds for the other structs is in haxconn.h.
 */
#ifndef HAXCONN_CONFIG_H
#define HAXCONN_CONFIG_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    HAX_AUTOMATIC = -1,
    HAX_NO_LIMIT = -1,
};

#endif
