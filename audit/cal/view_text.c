/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict for people on a terminal. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "audit/cal/columns.h"
#include "audit/cal/view.h"
#include "lib/base/command.h"
#include "lib/base/text.h"

#define SHOWN_MAX 20 /* findings of one check that are shown; --json has all */

static void print_escaped(const char *text)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 64 * 1024);
	ls_text_escape(text, strlen(text), &b);
	fputs(ls_buffer_str(&b), stdout);
}

static void fact(const char *name, const char *value)
{
	if (!value || !value[0])
		return;
	printf("  %-11s ", name);
	print_escaped(value);
	printf("\n");
}

static void print_state(const struct ls_cal_result *r)
{
	char time[LS_UTC_SIZE], hex[LS_DIGEST_HEX_SIZE];
	const struct ls_cal_fresh *f = &r->fresh;
	if (f->origin[0])
		printf("  %-11s %s, %" PRIu64 " entries, root %s\n", "registry", f->origin, f->size,
		       ls_digest_hex(&f->root, hex));
	if (f->time != LS_CAL_TIME_UNKNOWN)
		printf("  %-11s %s, by %s\n", "its state of", ls_utc_format(f->time, time),
		       ls_cal_clock_words(f->clock));
}

static void print_head(const struct ls_cal_view *view)
{
	char sentence[LS_CAL_SENTENCE_SIZE], hex[LS_DIGEST_HEX_SIZE];
	const struct ls_cal_result *r = view->result;
	const struct ls_cal_check *first = ls_cal_first(r);
	printf("%s: ", ls_cal_verdict_name(r->verdict));
	print_escaped(r->device_name[0] ? r->device_name : view->asked);
	printf("\n%s\n", ls_cal_sentence(r, sentence));
	if (first) {
		const struct ls_cal_check_kind *kind = ls_cal_check_kind(first->check);
		printf("\nfirst %s: ", first->outcome == LS_CAL_FAILS ? "failing" : "missing");
		if (first->link != LS_CAL_NO_LINK)
			printf("link %zu, ", first->link + 1);
		printf("%s [%s, %s]\n  ", kind->name, kind->id, kind->rule);
		print_escaped(first->words);
		printf("\n  %s\n", ls_cal_advice(first->check, first->outcome));
	}
	printf("\n");
	if (!ls_digest_is_zero(&r->device))
		printf("  %-11s %s\n", "device", ls_digest_hex(&r->device, hex));
	fact("ends at", r->nmi);
	print_state(r);
	printf("  %-11s %s\n", "trust file", ls_digest_hex(&view->trust, hex));
	fact("memory", view->memory_said);
}

static void put_number(struct ls_columns *t, bool known, double number, const char *unit)
{
	if (known)
		ls_columns_putf(t, "%.3g%s", number, unit);
	else
		ls_columns_put(t, "-");
}

static void put_link(struct ls_columns *t, const struct ls_cal_link *l, size_t number)
{
	char a[LS_CAL_AMOUNT_SIZE], performed[24], due[24];
	ls_columns_putf(t, "%zu", number);
	ls_columns_put(t, l->device_name);
	ls_columns_put(t, l->hidden ? "private" : l->report_name);
	ls_columns_put(t, ls_cal_day(l->performed, performed));
	ls_columns_put(t, ls_cal_day(l->due, due));
	ls_columns_put(t, l->organisation_name);
	ls_columns_put(t, l->technician_name);
	ls_columns_putf(t, "%s", ls_cal_amount(l->has_u, l->u_expanded, l->unit, a));
	put_number(t, l->has_u, l->k, "");
	put_number(t, l->has_u && isfinite(l->dof), l->dof, "");
	put_number(t, l->has_share, 100 * l->share, " %");
}

static void print_links(const struct ls_cal_result *r)
{
	static const char *const heads[] = { "link", "device", "report",     "calibrated",
					     "due",  "by",     "technician", "U",
					     "k",    "dof",    "share of u²" };
	_cleanup_columns_ struct ls_columns table;
	ls_columns_init(&table, 11, 1u << 0 | 1u << 7 | 1u << 8 | 1u << 9 | 1u << 10);
	if (r->link_count == 0)
		return;
	for (size_t i = 0; i < 11; i++)
		ls_columns_putf(&table, "%s", heads[i]);
	for (size_t i = 0; i < r->link_count; i++)
		put_link(&table, &r->links[i], i + 1);
	printf("\n");
	ls_columns_print(&table, 2, stdout);
}

static void print_bounds(const struct ls_cal_result *r)
{
	char a[LS_CAL_AMOUNT_SIZE], b[LS_CAL_AMOUNT_SIZE], c[LS_CAL_AMOUNT_SIZE],
		d[LS_CAL_AMOUNT_SIZE];
	const struct ls_cal_uncertainty_bounds *u = &r->bounds;
	if (!u->known || r->link_count == 0)
		return;
	const char *unit = r->links[0].unit;
	printf("\n  u of the device %s; the largest of its standards' %s; the links' own together "
	       "%s\n"
	       "  where they are independent, and %s where they are not at all\n",
	       ls_cal_amount(true, u->u, unit, a), ls_cal_amount(true, u->largest, unit, b),
	       ls_cal_amount(true, u->rss, unit, c), ls_cal_amount(true, u->linear, unit, d));
}

/* What was found on single links, where it is not what one would have. */
static void print_findings(const struct ls_cal_result *r, enum ls_cal_check_id check)
{
	size_t shown = 0;
	for (size_t i = 0; i < r->check_count; i++) {
		const struct ls_cal_check *c = &r->checks[i];
		if (c->check != check || c->outcome < LS_CAL_WARNS)
			continue;
		if (shown++ == SHOWN_MAX) {
			printf("             ... (--json lists all)\n");
			return;
		}
		printf("             ");
		if (c->link != LS_CAL_NO_LINK)
			printf("link %zu: ", c->link + 1);
		print_escaped(c->words);
		printf("\n");
	}
}

static void print_checks(const struct ls_cal_result *r)
{
	printf("\nchecks\n");
	for (int id = 0; id < LS_CAL_CHECKS; id++) {
		const struct ls_cal_check_kind *kind = ls_cal_check_kind((enum ls_cal_check_id)id);
		struct ls_cal_counts c = ls_cal_count_of(r, (enum ls_cal_check_id)id);
		size_t made = c.of[LS_CAL_HOLDS] + c.of[LS_CAL_FAILS] + c.of[LS_CAL_WARNS];
		if (made + c.of[LS_CAL_CANNOT] + c.of[LS_CAL_INFO] == 0) {
			printf("  %-9s  %s [%s, %s]\n", "not made", kind->name, kind->id,
			       kind->rule);
			continue;
		}
		printf("  %-9s  %s [%s, %s]: %zu of %zu\n", ls_cal_outcome_word(ls_cal_worst(&c)),
		       kind->name, kind->id, kind->rule, c.of[LS_CAL_HOLDS],
		       made + c.of[LS_CAL_CANNOT]);
		print_findings(r, (enum ls_cal_check_id)id);
	}
}

int ls_cal_print_text(const struct ls_cal_view *view)
{
	print_head(view);
	print_links(view->result);
	print_bounds(view->result);
	print_checks(view->result);
	return ls_command_flush();
}
