#include "parts.h"

#include <assert.h>

int hax_list_parts(const hax_unit_path *path, int group, hax_group_part *parts)
{
    int count = 0;
    assert(group >= 0 && group < path->group_count);
    const int unit = path->units[group];
    const int before = group > 0 ? path->units[group - 1] : unit;
    const int behind = group + 1 < path->group_count ? path->units[group + 1] : unit;
    if (before != unit && path->has_part(path->context, HAX_PART_IN, group, before, unit))
        parts[count++] = (hax_group_part){ HAX_PART_IN, unit, before, -1 };
    parts[count++] = (hax_group_part){ HAX_PART_RUN, unit, -1, -1 };
    if (behind != unit && path->has_part(path->context, HAX_PART_OUT, group, unit, behind))
        parts[count++] = (hax_group_part){ HAX_PART_OUT, unit, -1, behind };
    assert(count <= HAX_PARTS_MOST);
    return count;
}
