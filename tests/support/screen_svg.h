/*
 * screen_svg - a screen of the console as an SVG picture, in the colours of the themes.
 *
 * The dark theme, or the light one where the viewer prefers light pages. Text stays text. Each run of cells has the
 * width of its columns, whatever the viewer's font. The result is the same for the same screen.
 * `title` is for readers that cannot see the picture: ASCII without markup. One thread.
 */
#ifndef TESTS_SUPPORT_SCREEN_SVG_H
#define TESTS_SUPPORT_SCREEN_SVG_H

#include "tui/draw/canvas.h"

#include <stdio.h>

void screen_svg_write(FILE *stream, const struct canvas *canvas, const char *title);

#endif
