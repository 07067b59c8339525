#include "tui/term/color256.h"

#include "engine/base/panic.h"

#define CUBE_SIDE 6
#define GREY_FIRST 232
#define INDICES 256u

uint32_t color256_rgb(int index)
{
    static const uint32_t levels[CUBE_SIDE] = { 0, 95, 135, 175, 215, 255 };
    must(index >= COLOR256_FIRST && index <= COLOR256_LAST);
    if (index >= GREY_FIRST)
        return (8 + 10 * (uint32_t)(index - GREY_FIRST)) * 0x010101u;
    int place = index - COLOR256_FIRST;
    return levels[place / (CUBE_SIDE * CUBE_SIDE)] << 16 |
           levels[place / CUBE_SIDE % CUBE_SIDE] << 8 | levels[place % CUBE_SIDE];
}

uint32_t color256_direct(int index)
{
    uint32_t rgb = color256_rgb(index);
    return rgb < INDICES ? rgb | 0x010100u : rgb;
}
