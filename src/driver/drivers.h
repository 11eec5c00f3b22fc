/* The drivers of this build. */
#ifndef HAX_DRIVER_DRIVERS_H
#define HAX_DRIVER_DRIVERS_H

#include "driver.h"

extern const hax_driver hax_driver_onednn;
extern const hax_driver hax_driver_portable;
extern const hax_driver hax_driver_null;
extern const hax_driver hax_driver_synthetic;

/* Loads oneDNN into this process and says what it is. */
void hax_onednn_probe(hax_driver_probe *probe);

#endif
