/*
 * color256 - the colours 16 to 255 of a terminal with 256 colours, which are the same everywhere: a cube and greys.
 *
 * The first 16 are what the user of the terminal chose, and are not here. Pure. Any thread.
 */
#ifndef TUI_TERM_COLOR256_H
#define TUI_TERM_COLOR256_H

#include <stdint.h>

#define COLOR256_FIRST 16
#define COLOR256_LAST 255

/* 0xRRGGBB of an index from COLOR256_FIRST to COLOR256_LAST. */
uint32_t color256_rgb(int index);

/*
 * The number for a terminal with direct colours. It takes small numbers for palette indices, so a colour that has
 * such a number is replaced by the nearest one that has not.
 */
uint32_t color256_direct(int index);

#endif
