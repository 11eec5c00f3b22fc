/* Looking at a board: facts from the system's files, and trials of units. */
#ifndef HAX_DOCTOR_DOCTOR_H
#define HAX_DOCTOR_DOCTOR_H

#include "haxconn/doctor.h"
#include "platform.h"
#include "text.h"

/* Lines about the system whose files are below `root` ("": this machine). */
void hax_doctor_facts(const char *root, hax_text *text);

/* Runs the tiny network on one unit of the platform, in a session of its own, so that what one unit
 * does says nothing of another; adds a line. *works only where its outputs are right. */
hax_status hax_doctor_try(const hax_platform *platform, int unit, const hax_watch *watch,
                          hax_text *text, bool *works, hax_error *err);

#endif
