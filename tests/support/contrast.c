#include "tests/support/contrast.h"

#include "tui/term/color256.h"

#include <math.h>

#define CONTRAST_MAX 2100
#define RGB_BLACK 0x000000u
#define RGB_WHITE 0xffffffu

static double linear(uint32_t rgb, int shift)
{
    double part = (double)(rgb >> shift & 0xffu) / 255;
    return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4);
}

static double luminance(uint32_t rgb)
{
    return 0.2126 * linear(rgb, 16) + 0.7152 * linear(rgb, 8) + 0.0722 * linear(rgb, 0);
}

int contrast_of(uint32_t a, uint32_t b)
{
    double one = luminance(a) + 0.05;
    double other = luminance(b) + 0.05;
    return (int)(100 * (one > other ? one / other : other / one) + 1e-9);
}

int contrast_of_pair(int ink, int paper)
{
    if (ink < 0 && paper < 0)
        return CONTRAST_MAX;
    if (ink >= 0 && paper >= 0)
        return contrast_of(color256_rgb(ink), color256_rgb(paper));
    uint32_t rgb = color256_rgb(ink >= 0 ? ink : paper);
    int on_black = contrast_of(rgb, RGB_BLACK);
    int on_white = contrast_of(rgb, RGB_WHITE);
    return on_black < on_white ? on_black : on_white;
}
