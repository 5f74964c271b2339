/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/page/html.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/files.h"
#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/page/style.h"

void ls_html_init(struct ls_html *h, struct ls_buffer *out)
{
	*h = (struct ls_html){ .out = out };
}

/* A mistake of the program's: the page is given up, not written wrongly. */
static void misused(struct ls_html *h)
{
	if (h->out->error == 0)
		h->out->error = -EINVAL;
}

static void finish_tag(struct ls_html *h)
{
	if (h->in_tag)
		ls_buffer_add_str(h->out, ">");
	h->in_tag = false;
}

void ls_html_open(struct ls_html *h, const char *name)
{
	finish_tag(h);
	if (h->depth == LS_HTML_DEPTH_MAX) {
		misused(h);
		return;
	}
	h->open[h->depth++] = name;
	ls_buffer_add_str(h->out, "<");
	ls_buffer_add_str(h->out, name);
	h->in_tag = true;
}

/* What is neither text nor markup is made visible first; a '%' in plain text stays one. */
static void add_text(struct ls_html *h, const char *text, size_t length)
{
	ls_html_show(text, length, h->out);
}

void ls_html_attr(struct ls_html *h, const char *name, const char *value)
{
	if (!h->in_tag) {
		misused(h);
		return;
	}
	ls_buffer_add_str(h->out, " ");
	ls_buffer_add_str(h->out, name);
	ls_buffer_add_str(h->out, "=\"");
	add_text(h, value, strlen(value));
	ls_buffer_add_str(h->out, "\"");
}

void ls_html_attrf(struct ls_html *h, const char *name, const char *format, ...)
{
	char value[LS_HTML_LINE_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	ls_html_attr(h, name, value);
}

/* Those that HTML closes by themselves, and those of SVG's that have no content here. */
static bool is_empty_element(const char *name)
{
	static const char *const names[] = { "base", "br",   "hr",   "input", "link",
					     "meta", "path", "line", "rect",  "circle" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

void ls_html_close(struct ls_html *h)
{
	if (h->depth == 0) {
		misused(h);
		return;
	}
	const char *name = h->open[--h->depth];
	if (h->in_tag && is_empty_element(name)) {
		ls_buffer_add_str(h->out, "/>");
		h->in_tag = false;
		return;
	}
	finish_tag(h);
	ls_buffer_add_str(h->out, "</");
	ls_buffer_add_str(h->out, name);
	ls_buffer_add_str(h->out, ">");
}

void ls_html_text_n(struct ls_html *h, const char *text, size_t length)
{
	finish_tag(h);
	add_text(h, text, length);
}

void ls_html_text(struct ls_html *h, const char *text)
{
	ls_html_text_n(h, text, strlen(text));
}

__attribute__((format(printf, 2, 0))) static void add_formatted(struct ls_html *h,
								const char *format, va_list args)
{
	char text[LS_HTML_LINE_MAX];
	vsnprintf(text, sizeof(text), format, args);
	ls_html_text(h, text);
}

void ls_html_textf(struct ls_html *h, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add_formatted(h, format, args);
	va_end(args);
}

void ls_html_claim(struct ls_html *h, const char *text)
{
	ls_html_element(h, "bdi", NULL, text);
}

static void open_with_class(struct ls_html *h, const char *name, const char *class)
{
	ls_html_open(h, name);
	if (class)
		ls_html_attr(h, "class", class);
}

void ls_html_element(struct ls_html *h, const char *name, const char *class, const char *text)
{
	open_with_class(h, name, class);
	ls_html_text(h, text);
	ls_html_close(h);
}

void ls_html_elementf(struct ls_html *h, const char *name, const char *class, const char *format,
		      ...)
{
	va_list args;
	open_with_class(h, name, class);
	va_start(args, format);
	add_formatted(h, format, args);
	va_end(args);
	ls_html_close(h);
}

static void add_fact(struct ls_html *h, const char *name, const char *value,
		     void (*add)(struct ls_html *h, const char *text))
{
	if (!value || !value[0])
		return;
	ls_html_element(h, "dt", NULL, name);
	ls_html_open(h, "dd");
	add(h, value);
	ls_html_close(h);
	ls_html_line(h);
}

void ls_html_fact(struct ls_html *h, const char *name, const char *value)
{
	add_fact(h, name, value, ls_html_text);
}

void ls_html_claimed_fact(struct ls_html *h, const char *name, const char *value)
{
	add_fact(h, name, value, ls_html_claim);
}

const char *ls_grouped(uint64_t value, char buffer[static LS_GROUPED_SIZE])
{
	char digits[21];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, value);
	char *place = buffer;
	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			*place++ = ',';
		*place++ = digits[i];
	}
	*place = '\0';
	return buffer;
}

void ls_html_time(struct ls_html *h, int64_t seconds, const char *zone)
{
	char utc[LS_UTC_SIZE];
	ls_utc_format(seconds, utc);
	ls_html_open(h, "time");
	ls_html_attr(h, "datetime", utc);
	ls_html_textf(h, "%.10s %.8s%s", utc, utc + 11, zone);
	ls_html_close(h);
}

void ls_html_link(struct ls_html *h, const char *href, const char *text)
{
	ls_html_open(h, "a");
	ls_html_attr(h, "href", href);
	ls_html_text(h, text);
	ls_html_close(h);
}

void ls_html_line(struct ls_html *h)
{
	finish_tag(h);
	ls_buffer_add_str(h->out, "\n");
}

void ls_html_written(struct ls_html *h, const struct ls_buffer *html)
{
	finish_tag(h);
	ls_buffer_add(h->out, html->data, html->size);
}

/* --- pages --------------------------------------------------------------------- */

/* 'sha256-BASE64', by which the page's policy allows this text and no other. */
static void add_source_hash(struct ls_html *h, const char *text)
{
	struct ls_digest d;
	ls_sha256_buffer(text, strlen(text), &d);
	ls_buffer_add_str(h->out, "'sha256-");
	ls_base64_encode(d.bytes, sizeof(d.bytes), h->out);
	ls_buffer_add_str(h->out, "'");
}

static void add_policy(struct ls_html *h, const struct ls_html_page *page)
{
	finish_tag(h);
	ls_buffer_add_str(h->out, "<meta http-equiv=\"Content-Security-Policy\" content=\""
				  "default-src 'none'; form-action 'none'; style-src ");
	add_source_hash(h, ls_page_style);
	if (page->style) {
		ls_buffer_add_str(h->out, " ");
		add_source_hash(h, page->style);
	}
	if (page->script) {
		ls_buffer_add_str(h->out, "; script-src ");
		add_source_hash(h, page->script);
	}
	if (page->frames)
		ls_buffer_add_str(h->out, "; frame-src 'self' file:");
	ls_buffer_add_str(h->out, page->base ? "\"/>\n" : "; base-uri 'none'\"/>\n");
}

/* A meta element. */
static void add_meta(struct ls_html *h, const char *name, const char *content)
{
	ls_html_open(h, "meta");
	ls_html_attr(h, "name", name);
	ls_html_attr(h, "content", content);
	ls_html_close(h);
	ls_html_line(h);
}

/* Its text is the program's own, and must stand as it was hashed. */
static void add_source(struct ls_html *h, const char *element, const char *text)
{
	ls_html_open(h, element);
	finish_tag(h);
	ls_buffer_add_str(h->out, text);
	ls_html_close(h);
	ls_html_line(h);
}

void ls_html_begin_page(struct ls_html *h, const struct ls_html_page *page)
{
	ls_buffer_add_str(h->out, "<!DOCTYPE html>\n");
	ls_html_open(h, "html");
	ls_html_attr(h, "lang", "en");
	ls_html_open(h, "head");
	finish_tag(h);
	ls_buffer_add_str(h->out, "<meta charset=\"utf-8\"/>\n");
	add_policy(h, page);
	add_meta(h, "viewport", "width=device-width, initial-scale=1");
	add_meta(h, "referrer", "no-referrer");
	add_meta(h, "color-scheme", "light dark");
	if (page->base) {
		ls_html_open(h, "base");
		ls_html_attr(h, "href", page->base);
		if (page->framed)
			ls_html_attr(h, "target", "_top");
		ls_html_close(h);
		ls_html_line(h);
	}
	ls_html_element(h, "title", NULL, page->title);
	ls_html_line(h);
	add_source(h, "style", ls_page_style);
	if (page->style)
		add_source(h, "style", page->style);
	ls_html_close(h);
	ls_html_line(h);
	ls_html_open(h, "body");
	ls_html_line(h);
}

int ls_html_end_page(struct ls_html *h, const struct ls_html_page *page)
{
	while (h->depth > 2)
		ls_html_close(h);
	if (page->script)
		add_source(h, "script", page->script);
	while (h->depth > 0)
		ls_html_close(h);
	ls_html_line(h);
	return ls_buffer_error(h->out);
}

void ls_html_heading(struct ls_html *h, const char *text)
{
	ls_html_element(h, "h2", NULL, text);
	ls_html_line(h);
}

void ls_html_limits(struct ls_html *h, const char *const *limits, size_t count)
{
	ls_html_heading(h, "What this does not prove");
	ls_html_open(h, "ul");
	for (size_t i = 0; i < count; i++)
		ls_html_element(h, "li", NULL, limits[i]);
	ls_html_close(h);
	ls_html_line(h);
}

int ls_html_save(const struct ls_buffer *page, int made, const char *path, struct ls_error *err)
{
	if (made < 0)
		return ls_fail(err, made, "page.made", "the page cannot be made: %s",
			       strerror(-made));
	return ls_file_replace(AT_FDCWD, path, page->data, page->size, 0644, err);
}
