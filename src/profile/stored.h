/* What a profile owes to the store: counted, said, written and read. */
#ifndef HAX_PROFILE_STORED_H
#define HAX_PROFILE_STORED_H

#include <jansson.h>

#include "haxconn/profile.h"
#include "json.h"

/* 9999-12-31: beyond it no clock was right. */
#define HAX_STORED_TIME_MAX 253402300799LL

/* Takes in `runs` runs from the store, kept between the two times. */
void hax_stored_add(hax_profile_stored *stored, int runs, int64_t oldest_s, int64_t newest_s);

/* The member "stored" of a profile document. */
json_t *hax_stored_json(const hax_profile_stored *stored);
hax_status hax_stored_read(const hax_json *json, hax_profile_stored *stored, hax_error *err);

#endif
