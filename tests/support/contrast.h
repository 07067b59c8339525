/*
 * contrast - how well a colour can be read on another one, and the least of it that is accepted.
 *
 * Pure. Any thread.
 */
#ifndef TESTS_SUPPORT_CONTRAST_H
#define TESTS_SUPPORT_CONTRAST_H

#include <stdint.h>

#define CONTRAST_MIN 450  /* WCAG 2, level AA */
#define CONTRAST_HIGH 700 /* level AAA */

/* Of two colours, 0xRRGGBB, by WCAG 2: 100 to 2100 hundredths. */
int contrast_of(uint32_t a, uint32_t b);

/*
 * Of two indices of the palette; -1: the terminal's own, which is taken for black and for white, and the worse one
 * counts. Both the terminal's own: its user has chosen them, 2100.
 */
int contrast_of_pair(int ink, int paper);

#endif
