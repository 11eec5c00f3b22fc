/* What the oneDNN module exports to the loader. */
#ifndef HAX_DRIVER_ONEDNN_MODULE_H
#define HAX_DRIVER_ONEDNN_MODULE_H

#include <stdio.h>

#include "driver.h"
#include "haxconn/api.h"

#define HAX_MODULE_FILE "haxconn-onednn.so"
#define HAX_MODULE_DRIVER "hax_module_driver"
#define HAX_MODULE_PROBE "hax_module_probe"

typedef const hax_driver *hax_module_driver_function(void);
typedef void hax_module_probe_function(hax_driver_probe *probe);

HAX_API hax_module_driver_function hax_module_driver;
HAX_API hax_module_probe_function hax_module_probe;

#endif
