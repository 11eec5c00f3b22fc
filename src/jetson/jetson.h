/* Jetson boards as other rooms see them: besides the public header, the rules of one layer, and
 * which board this is. */
#ifndef HAX_JETSON_ROOM_H
#define HAX_JETSON_ROOM_H

#include "layer.h"

/* The board of a device tree's model and the memory that Linux has, in GiB; NULL: none that is
 * known. */
const hax_jetson_board *hax_jetson_board_detect(const char *model, double memory_gib);

#endif
