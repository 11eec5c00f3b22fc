/* Where profiles are kept. */
#ifndef CLI_STORE_H
#define CLI_STORE_H

#include <haxconn/status.h>

/*
 * The file that --store names: NULL for "none"; the default is haxconn/profiles.sqlite in
 * the user's cache folder ($XDG_CACHE_HOME or ~/.cache). One that cannot be written is a warning,
 * and NULL: what was measured is worth more than keeping it. HAX_BAD_INPUT where the file is
 * something else or damaged. Free with free.
 */
hax_status cli_store_open(const char *option, char **path, hax_error *err);

#endif
