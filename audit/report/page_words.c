/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "audit/report/page_internal.h"
#include "lib/base/text.h"

void ls_page_factf(struct ls_html *h, const char *name, const char *format, ...)
{
	char value[LS_HTML_LINE_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	ls_html_fact(h, name, value);
}

void ls_page_time_fact(struct ls_html *h, const char *name, int64_t seconds)
{
	if (seconds == 0)
		return;
	ls_html_element(h, "dt", NULL, name);
	ls_html_open(h, "dd");
	ls_html_time(h, seconds, " UTC");
	ls_html_close(h);
	ls_html_line(h);
}

void ls_page_run_time(struct ls_html *h, const struct ls_run_time *t)
{
	if (t->known)
		ls_html_time(h, t->seconds, " UTC");
	else if (t->text)
		ls_html_claim(h, t->text);
	else
		ls_html_text(h, "–");
}

void ls_page_hash_fact(struct ls_html *h, const char *name, const struct ls_digest *d)
{
	char hex[LS_DIGEST_HEX_SIZE];
	if (ls_digest_is_zero(d))
		return;
	ls_html_element(h, "dt", NULL, name);
	ls_html_open(h, "dd");
	ls_html_element(h, "code", NULL, ls_digest_hex(d, hex));
	ls_html_close(h);
	ls_html_line(h);
}

const char *ls_page_span(int64_t ms, char buffer[static LS_SPAN_SIZE])
{
	const char *sign = ms < 0 ? "-" : "";
	uint64_t span = ms < 0 ? (uint64_t) - (ms + 1) + 1 : (uint64_t)ms;
	uint64_t seconds = span / 1000;
	if (span < 10000)
		snprintf(buffer, LS_SPAN_SIZE, "%s%.3g s", sign, (double)span / 1000);
	else if (seconds < 60)
		snprintf(buffer, LS_SPAN_SIZE, "%s%" PRIu64 " s", sign, seconds);
	else if (seconds < 3600)
		snprintf(buffer, LS_SPAN_SIZE, "%s%" PRIu64 " min %" PRIu64 " s", sign,
			 seconds / 60, seconds % 60);
	else if (seconds < 2 * 86400)
		snprintf(buffer, LS_SPAN_SIZE, "%s%" PRIu64 " h %" PRIu64 " min", sign,
			 seconds / 3600, seconds / 60 % 60);
	else
		snprintf(buffer, LS_SPAN_SIZE, "%s%" PRIu64 " days", sign, seconds / 86400);
	return buffer;
}

static void grouped_number(double value, char buffer[static LS_NUMBER_SIZE])
{
	char digits[LS_GROUPED_SIZE];
	snprintf(buffer, LS_NUMBER_SIZE, "%s%s", value < 0 ? "-" : "",
		 ls_grouped((uint64_t)llround(fabs(value)), digits));
}

const char *ls_page_number(double value, char buffer[static LS_NUMBER_SIZE])
{
	if (!isfinite(value))
		snprintf(buffer, LS_NUMBER_SIZE, "–");
	else if (fabs(value) >= 1e3 && fabs(value) < 1e9) /* no exponent where none is needed */
		grouped_number(value, buffer);
	else
		snprintf(buffer, LS_NUMBER_SIZE, "%.4g", value);
	return buffer;
}

const char *ls_page_fixed(double value, int decimals, char buffer[static LS_NUMBER_SIZE])
{
	if (!isfinite(value) || fabs(value) >= 1e9)
		return ls_page_number(value, buffer);
	snprintf(buffer, LS_NUMBER_SIZE, "%.*f", decimals, value);
	return buffer;
}

void ls_page_head_row(struct ls_html *h, const char *const *columns)
{
	ls_html_open(h, "thead");
	ls_html_open(h, "tr");
	for (size_t i = 0; columns[i]; i++) {
		ls_html_open(h, "th");
		ls_html_attr(h, "scope", "col");
		bool is_number = columns[i][0] == '>';
		if (is_number)
			ls_html_attr(h, "class", "n");
		ls_html_text(h, columns[i] + is_number);
		ls_html_close(h);
	}
	ls_html_close(h);
	ls_html_close(h);
	ls_html_line(h);
}

void ls_page_number_cell(struct ls_html *h, double value, int decimals)
{
	char text[LS_NUMBER_SIZE];
	ls_html_element(h, "td", "n", ls_page_fixed(value, decimals, text));
}
