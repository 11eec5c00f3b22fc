/* Results on standard output and in files. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "command.h"

/* What the terminal can show: its width, the locale's characters, colours if wanted. */
hax_report_style cli_style(void);

/* "-" as the place of a document: nothing else goes to standard output. */
bool cli_to_stdout(const char *path);

/* Does a file of the command go there? Then its report does not. */
bool cli_stdout_taken(const cli_call *call);

/* Writes a document, stamped with the command line, and frees its text. */
hax_status cli_write(const char *path, char *text, const cli_call *call, hax_error *err);

/*
 * The end of a command: writes its document where --json asks for it (`document` or `path` is NULL
 * when it does not), prints its report unless a file of the command went to standard output, and
 * frees both. Does neither when `status` is a failure already; returns it then. A document that
 * cannot be written is a failure, but the report is printed all the same.
 */
hax_status cli_answer(hax_status status, const char *path, char *document, char *report,
                      const cli_call *call, hax_error *err);

/* The same for what was measured: every such table carries the command that made it, "repeat with:
 * haxconn run ...". */
hax_status cli_answer_measured(hax_status status, const char *path, char *document, char *report,
                               const cli_call *call, hax_error *err);

/* Everything printed has arrived, or HAX_IO: a full disk, a closed pipe. */
hax_status cli_close_stdout(hax_error *err);

#endif
