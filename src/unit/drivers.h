/* The drivers of this build. */
#ifndef UNIT_DRIVERS_H
#define UNIT_DRIVERS_H

#include "driver.h"

extern const hax_driver hax_driver_onednn;
extern const hax_driver hax_driver_portable;
extern const hax_driver hax_driver_null;
extern const hax_driver hax_driver_synthetic;

/* Loads oneDNN into this process and says what it is. */
void onednn_probe(hax_driver_probe *probe);

#endif
