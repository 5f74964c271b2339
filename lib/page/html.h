/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one writer of HTML and SVG.
 *
 * Whatever text it is given comes out as text: markup is made by opening and
 * closing elements only, so there is nothing to forget to escape.  Names of
 * elements and attributes are literals of the program; text and values may be
 * anybody's.  What it writes is HTML and well-formed XML at once.
 *
 *     ls_html_open(&h, "p");
 *     ls_html_attr(&h, "class", "warn");
 *     ls_html_text(&h, name);
 *     ls_html_close(&h);
 *
 * Errors are the buffer's and stay (lib/base/buffer.h); closing more than was
 * opened, an attribute after text, or nesting past LS_HTML_DEPTH_MAX is -EINVAL.
 */
#ifndef LABSEAL_LIB_PAGE_HTML_H
#define LABSEAL_LIB_PAGE_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"

#define LS_HTML_DEPTH_MAX 32
#define LS_HTML_LINE_MAX  4096 /* bytes of one ls_html_textf or ls_html_attrf; more is cut */

struct ls_html {
	struct ls_buffer *out;		     /* borrowed */
	const char *open[LS_HTML_DEPTH_MAX]; /* elements that are not closed; borrowed */
	unsigned depth;
	bool in_tag; /* attributes may follow */
};

void ls_html_init(struct ls_html *h, struct ls_buffer *out);

void ls_html_open(struct ls_html *h, const char *name);
void ls_html_attr(struct ls_html *h, const char *name, const char *value);
void ls_html_attrf(struct ls_html *h, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void ls_html_close(struct ls_html *h); /* the innermost */

/*
 * Text.  Markup characters become references; what is not well-formed UTF-8, control
 * characters and what reorders or hides text become %XX.
 */
void ls_html_text(struct ls_html *h, const char *text);
void ls_html_text_n(struct ls_html *h, const char *text, size_t length);
void ls_html_textf(struct ls_html *h, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Text of somebody else's, in a <bdi>: letters written right to left stay among themselves. */
void ls_html_claim(struct ls_html *h, const char *text);

/* <name class="class">text</name>; class may be NULL. */
void ls_html_element(struct ls_html *h, const char *name, const char *class, const char *text);
void ls_html_elementf(struct ls_html *h, const char *name, const char *class, const char *format,
		      ...) __attribute__((format(printf, 4, 5)));

/*
 * A line of a <dl class="facts">: what it is, and what somebody says it is (as a claim, or as
 * text of ours).  A value that is NULL or empty: nothing.
 */
void ls_html_fact(struct ls_html *h, const char *name, const char *value);
void ls_html_claimed_fact(struct ls_html *h, const char *name, const char *value);

/* 1234567 as "1,234,567"; returns buffer. */
#define LS_GROUPED_SIZE 28
const char *ls_grouped(uint64_t value, char buffer[static LS_GROUPED_SIZE]);

/* <time>: "2026-03-04 14:22:19" and what follows it ("", " UTC"). */
void ls_html_time(struct ls_html *h, int64_t seconds, const char *zone);

/* <h2>text</h2>, and a line end. */
void ls_html_heading(struct ls_html *h, const char *text);

/* The section "What this does not prove": a list of sentences. */
void ls_html_limits(struct ls_html *h, const char *const *limits, size_t count);

/* <a href="href">text</a> */
void ls_html_link(struct ls_html *h, const char *href, const char *text);

/* A line end between elements, for those who read the source. */
void ls_html_line(struct ls_html *h);

/* What another writer of this kind has written before. */
void ls_html_written(struct ls_html *h, const struct ls_buffer *html);

struct ls_html_page {
	const char *title;
	const char *style;  /* added to the pages' own (style.h); NULL: none */
	const char *script; /* NULL: none; runs at the page's end */
	const char *base;   /* <base href>; NULL: none */
	bool framed; /* may be a frame of another page of its kind: its links lead out of it */
	bool frames; /* may have frames: other pages of the same folder, disk or server */
};

/*
 * Begin a page: all up to <body>, which is open then.  The page's security policy
 * allows its style and its script, by their hashes, and nothing else: no image, no
 * font, no form, nothing from elsewhere; frames only where it says so.
 */
void ls_html_begin_page(struct ls_html *h, const struct ls_html_page *page);

/* Add the script, close everything.  0 or the buffer's error. */
int ls_html_end_page(struct ls_html *h, const struct ls_html_page *page);

/* The page into a file, replaced in one step.  made: what ls_html_end_page said, or another
 * negative errno of who made it.  0; that error, page.made; the errors of ls_file_replace(). */
int ls_html_save(const struct ls_buffer *page, int made, const char *path, struct ls_error *err);

#endif
