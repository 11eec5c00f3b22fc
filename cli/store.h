/* Where profiles are kept. */
#ifndef CLI_STORE_H
#define CLI_STORE_H

#include <haxconn/status.h>

/*
 * The file that --store names: NULL for "none"; the default is haxconn/profiles.sqlite in
 * the user's cache folder ($XDG_CACHE_HOME or ~/.cache). Free with free.
 */
hax_status cli_store_path(const char *option, char **path, hax_error *err);

#endif
