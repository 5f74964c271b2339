/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How labseal's pages look, in one place: type, colours for a bright and a dark
 * screen and for paper, tables, verdicts.  Each page's own rules come after these.
 *
 * Custom properties: --ink --soft --line --paper --tint (text, text of less weight,
 * rules, the page, a shade of it), --link, --good --bad --unsure (verdicts; never the
 * only sign), --c1 ... --c7 (series: distinct with each kind of colour blindness and
 * of enough contrast on the page).
 *
 * Classes: .verdict with .good .bad .unsure, .warn, .facts (a dl of two columns),
 * .scroll (a box that a wide table scrolls in), .n (a number), .claim (what the
 * instrument's computer says), .note, .hash.
 */
#ifndef LABSEAL_LIB_PAGE_STYLE_H
#define LABSEAL_LIB_PAGE_STYLE_H

extern const char ls_page_style[]; /* no '<' and no '&' in it */

#endif
