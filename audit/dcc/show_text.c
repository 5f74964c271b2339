/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "audit/dcc/measurand.h"
#include "audit/dcc/show.h"
#include "lib/base/text.h"

#define POINTS_SHOWN 50

const char *ls_dcc_link_kind_name(enum ls_dcc_link_kind kind)
{
	static const char *const names[] = { "equipment", "condition", "previous-report",
					     "linked-report" };
	return names[kind];
}

const char *ls_dcc_time_source_name(enum ls_dcc_time_source source)
{
	static const char *const names[] = { "now", "signer", "time-stamp" };
	return names[source];
}

static void line(struct ls_buffer *out, const char *label, const char *text)
{
	if (text && *text)
		ls_buffer_printf(out, "%-14s%s\n", label, text);
}

static void show_head(const struct ls_dcc *d, struct ls_buffer *out)
{
	char hex[LS_DIGEST_HEX_SIZE];
	ls_buffer_printf(out, "%-14s%s (DCC %s)\n", "Certificate", d->unique_identifier,
			 d->version);
	line(out, "SHA-256", ls_digest_hex(&d->sha256, hex));
	line(out, "Laboratory", d->laboratory);
	for (size_t i = 0; i < d->person_count; i++)
		line(out, i == 0 ? "Persons" : "", d->persons[i].name);
	ls_buffer_printf(out, "%-14s%s%s%s\n", "Performed", d->begin,
			 strcmp(d->begin, d->end) == 0 ? "" : " to ",
			 strcmp(d->begin, d->end) == 0 ? "" : d->end);
	for (size_t i = 0; i < d->statement_count; i++)
		if (ls_dcc_has_type(d->statements[i].ref_type, "basic_recalibration"))
			line(out, "Due", d->statements[i].date);
	if (d->replaces)
		ls_buffer_printf(out, "%-14s%s (%s)\n", "Replaces", d->replaces,
				 d->replacing ? d->replacing : "");
}

static void show_items(const struct ls_dcc *d, struct ls_buffer *out)
{
	for (size_t i = 0; i < d->item_count; i++) {
		const struct ls_dcc_item *item = &d->items[i];
		ls_buffer_printf(out, "%-14s%s%s%s%s%s", i == 0 ? "Calibrated" : "",
				 item->name ? item->name : "", item->manufacturer ? ", " : "",
				 item->manufacturer ? item->manufacturer : "",
				 item->model ? ", " : "", item->model ? item->model : "");
		for (size_t k = 0; k < item->ids.count; k++)
			if (item->ids.items[k].value)
				ls_buffer_printf(out, ", %s", item->ids.items[k].value);
		ls_buffer_add_str(out, "\n");
	}
}

static void show_signature(const struct ls_dcc_signature *s, struct ls_buffer *out)
{
	char at[LS_UTC_SIZE];
	if (s->signer[0])
		line(out, "  signer", s->signer);
	if (s->has_authority)
		line(out, "  authority", s->authority_name);
	if (s->signer[0] && s->time >= 0)
		ls_buffer_printf(out, "%-14s%s (%s)\n", "  as of", ls_utc_format(s->time, at),
				 s->time_source == LS_DCC_TIME_STAMP
					 ? s->stamp_authority
					 : ls_dcc_time_source_name(s->time_source));
	for (size_t i = 0; i < s->note_count; i++)
		line(out, "  note", s->notes[i]);
}

static void show_signatures(const struct ls_dcc_signatures *all, struct ls_buffer *out)
{
	ls_buffer_printf(out, "%-14s%s%s%s\n", "Signature", ls_dcc_outcome_name(all->outcome),
			 all->words[0] ? ": " : "", all->words);
	for (size_t i = 0; i < all->count; i++) {
		const struct ls_dcc_signature *s = &all->items[i];
		if (all->count > 1)
			ls_buffer_printf(out, "  %zu of %zu      %s%s%s\n", i + 1, all->count,
					 ls_dcc_outcome_name(s->outcome), s->words[0] ? ": " : "",
					 s->words);
		show_signature(s, out);
	}
}

static void show_link(const struct ls_dcc_link *link, const struct ls_dcc_followed *followed,
		      struct ls_buffer *out)
{
	char hex[LS_DIGEST_HEX_SIZE];
	ls_buffer_printf(out, "%-14s%s", ls_dcc_link_kind_name(link->kind),
			 link->of ? link->of : "");
	if (link->named)
		ls_buffer_printf(out, "%scertificate '%s', %s %s", link->of ? ": " : "",
				 link->referral_id ? link->referral_id : "",
				 link->procedure ? link->procedure : "",
				 link->value ? link->value : "");
	ls_buffer_add_str(out, "\n");
	if (!followed && ls_dcc_link_form_words(ls_dcc_link_target(link).form))
		ls_buffer_printf(out, "%-14s  %s\n", "",
				 ls_dcc_link_form_words(ls_dcc_link_target(link).form));
	if (link->traceable == 1)
		line(out, "", "  says \"traceable\": a claim, no evidence");
	if (followed && followed->outcome == LS_CAL_HOLDS)
		ls_buffer_printf(out, "%-14s  is here: %s\n", "",
				 ls_digest_hex(&followed->id, hex));
	else if (followed)
		ls_buffer_printf(out, "%-14s  %s\n", "", followed->words);
}

static const char *number(const struct ls_decimal *value, char buffer[static LS_DECIMAL_SIZE])
{
	return value ? ls_decimal_format(*value, buffer) : "-";
}

static void show_quantity(const struct ls_dcc_quantity *q, struct ls_buffer *out)
{
	char symbol[LS_UNIT_SYMBOL_SIZE], v[LS_DECIMAL_SIZE], u[LS_DECIMAL_SIZE],
		k[LS_DECIMAL_SIZE];
	const char *unit = q->unit ? q->unit : "";
	ls_buffer_printf(out, "\n%s%s%s%s in %s\n", q->name ? q->name : "", q->ref_type ? " [" : "",
			 q->ref_type ? q->ref_type : "", q->ref_type ? "]" : "",
			 q->unit_known ? ls_unit_symbol(unit, strlen(unit), symbol)
			 : *unit       ? unit
				       : "no unit");
	if (q->problem)
		ls_buffer_printf(out, "  not used: %s\n", q->problem);
	if (q->problem)
		return;
	for (size_t i = 0; i < q->count && i < POINTS_SHOWN; i++) {
		ls_buffer_printf(out, "  %16s", number(&q->values[i], v));
		if (q->u_count)
			ls_buffer_printf(out, "   U %s  k %s",
					 number(ls_dcc_at(q->u, q->u_count, i), u),
					 number(ls_dcc_at(q->k, q->k_count, i), k));
		if (q->conformity_count == 1 || i < q->conformity_count)
			ls_buffer_printf(out, "   %s",
					 q->conformity[q->conformity_count == 1 ? 0 : i]);
		ls_buffer_add_str(out, "\n");
	}
	if (q->count > POINTS_SHOWN)
		ls_buffer_printf(out, "  ... and %zu more\n", q->count - POINTS_SHOWN);
}

int ls_dcc_show_text(const struct ls_dcc_shown *shown, struct ls_buffer *out)
{
	const struct ls_dcc *d = shown->dcc;
	show_head(d, out);
	show_items(d, out);
	show_signatures(shown->signatures, out);
	for (size_t i = 0; i < d->link_count; i++)
		show_link(&d->links[i], shown->links ? &shown->links[i] : NULL, out);
	if (d->claims_traceable)
		line(out, "Claim", "it says of itself that it is traceable: that is no evidence");
	for (size_t i = 0; i < d->quantity_count; i++)
		show_quantity(&d->quantities[i], out);
	if (d->unread)
		ls_buffer_printf(out, "\n%zu more results are no real numbers, and were not read\n",
				 d->unread);
	return ls_buffer_error(out);
}
