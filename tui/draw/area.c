#include "tui/draw/area.h"

#include "engine/base/arith.h"

#include <stdbool.h>

struct area area_below(struct area area, int rows)
{
    rows = (int)clamp_i64(rows, 0, max_i64(area.rows, 0));
    area.row += rows;
    area.rows -= rows;
    return area;
}

struct area area_row(struct area area, int row)
{
    bool is_inside = row >= 0 && row < area.rows;
    area.row += is_inside ? row : 0;
    area.rows = is_inside ? 1 : 0;
    return area;
}
