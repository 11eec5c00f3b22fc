/* Command lines of trtexec, with flags that its version knows and no others. */
#ifndef JETSON_TRTEXEC_H
#define JETSON_TRTEXEC_H

#include <stdbool.h>

#include "text.h"

/* A line that is being written, as a shell reads it. */
typedef struct trtexec_line {
    int tensorrt;
    hax_text *text;
} trtexec_line;

/* Does trtexec of that version know a flag ("--onnx")? False for one that no version has. */
bool trtexec_knows(const char *flag, int tensorrt);

/* Begins with `program`, which is shell text. */
trtexec_line trtexec_begin(hax_text *text, int tensorrt, const char *program);

/* Appends a flag that the version knows (asserted): with a value, quoted as the shell needs it;
 * with shell text for one; with none. */
void trtexec_value(const trtexec_line *line, const char *flag, const char *value);
void trtexec_shell(const trtexec_line *line, const char *flag, const char *shell);
void trtexec_flag(const trtexec_line *line, const char *flag);

/* The same with a whole number. */
void trtexec_number(const trtexec_line *line, const char *flag, int number);

#endif
