/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dcc/show.h"
#include "lib/base/text.h"
#include "lib/cal/report.h"

static json_t *text(const char *value)
{
	return value ? json_string(value) : json_null();
}

static json_t *time_or_null(int64_t time, bool known)
{
	char at[LS_UTC_SIZE];
	return known ? json_string(ls_utc_format(time, at)) : json_null();
}

static json_t *hex_or_null(const struct ls_digest *digest)
{
	char hex[LS_DIGEST_HEX_SIZE];
	return ls_digest_is_zero(digest) ? json_null() : json_string(ls_digest_hex(digest, hex));
}

/* The digits as they are, as text: "1.50" is not 1.5. */
static json_t *numbers(const struct ls_decimal *items, size_t count)
{
	char buffer[LS_DECIMAL_SIZE];
	json_t *all = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(all, json_string(ls_decimal_format(items[i], buffer)));
	return all;
}

static json_t *identifications(const struct ls_dcc_identifications *ids)
{
	json_t *all = json_array();
	for (size_t i = 0; i < ids->count; i++)
		json_array_append_new(all, json_pack("{s:o, s:o, s:o}", "issuer",
						     text(ids->items[i].issuer), "value",
						     text(ids->items[i].value), "name",
						     text(ids->items[i].name)));
	return all;
}

static json_t *items(const struct ls_dcc *d)
{
	json_t *all = json_array();
	for (size_t i = 0; i < d->item_count; i++)
		json_array_append_new(all, json_pack("{s:o, s:o, s:o, s:o}", "name",
						     text(d->items[i].name), "manufacturer",
						     text(d->items[i].manufacturer), "model",
						     text(d->items[i].model), "identifications",
						     identifications(&d->items[i].ids)));
	return all;
}

static json_t *persons(const struct ls_dcc *d)
{
	json_t *all = json_array();
	for (size_t i = 0; i < d->person_count; i++)
		json_array_append_new(all,
				      json_pack("{s:o, s:o, s:b}", "name", text(d->persons[i].name),
						"role", text(d->persons[i].role), "main_signer",
						d->persons[i].main_signer));
	return all;
}

static json_t *signature(const struct ls_dcc_signature *s)
{
	json_t *notes = json_array();
	bool known = s->signer[0] != '\0';
	for (size_t i = 0; i < s->note_count; i++)
		json_array_append_new(notes, text(s->notes[i]));
	json_t *j = json_pack(
		"{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "outcome",
		ls_dcc_outcome_name(s->outcome), "reason", text(s->id[0] ? s->id : NULL), "words",
		text(s->words[0] ? s->words : NULL), "signer", text(known ? s->signer : NULL),
		"certificate", hex_or_null(&s->certificate), "authority",
		text(s->has_authority ? s->authority_name : NULL), "signing_time",
		time_or_null(s->claimed, s->claimed >= 0), "checked_as_of",
		time_or_null(s->time, known && s->time >= 0), "notes", notes);
	json_object_set_new(j, "time_source",
			    known ? json_string(ls_dcc_time_source_name(s->time_source))
				  : json_null());
	json_object_set_new(j, "revocation_known", json_boolean(s->revocation_known));
	json_object_set_new(j, "revoked_since",
			    time_or_null(s->revoked_since, s->revoked_since >= 0));
	return j;
}

static json_t *signatures(const struct ls_dcc_signatures *all)
{
	json_t *list = json_array();
	for (size_t i = 0; i < all->count; i++)
		json_array_append_new(list, signature(&all->items[i]));
	return json_pack("{s:s, s:o, s:o, s:o}", "outcome", ls_dcc_outcome_name(all->outcome),
			 "reason", text(all->id[0] ? all->id : NULL), "words",
			 text(all->words[0] ? all->words : NULL), "signatures", list);
}

static json_t *claim(int value)
{
	return value < 0 ? json_null() : json_boolean(value);
}

static json_t *link_of(const struct ls_dcc_link *l, const struct ls_dcc_followed *followed)
{
	json_t *j = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "kind",
			      ls_dcc_link_kind_name(l->kind), "of", text(l->of), "referral",
			      text(l->referral), "referral_id", text(l->referral_id), "procedure",
			      text(l->procedure), "value", text(l->value), "claims_traceable",
			      claim(l->traceable), "identifications", identifications(&l->ids));
	if (!followed)
		return j;
	json_object_set_new(j, "outcome", json_string(ls_cal_outcome_name(followed->outcome)));
	json_object_set_new(j, "words", text(followed->words[0] ? followed->words : NULL));
	json_object_set_new(j, "certificate", hex_or_null(&followed->id));
	return j;
}

static json_t *links(const struct ls_dcc_shown *shown)
{
	json_t *all = json_array();
	for (size_t i = 0; i < shown->dcc->link_count; i++)
		json_array_append_new(all, link_of(&shown->dcc->links[i],
						   shown->links ? &shown->links[i] : NULL));
	return all;
}

static json_t *quantity(const struct ls_dcc_quantity *q)
{
	static const char *const stated[] = { NULL, "expanded", "standard", "relative" };
	static const char *const stages[] = { NULL, "before-adjustment", "after-adjustment" };
	json_t *conformity = json_array();
	for (size_t i = 0; i < q->conformity_count; i++)
		json_array_append_new(conformity, text(q->conformity[i]));
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:o}", "name",
			 text(q->name), "type", text(q->ref_type), "unit", text(q->unit), "values",
			 numbers(q->values, q->problem ? 0 : q->count), "uncertainty",
			 text(stated[q->stated]), "u", numbers(q->u, q->u_count), "k",
			 numbers(q->k, q->k_count), "conformity", conformity, "stage",
			 text(stages[q->stage]), "result", (json_int_t)q->result, "list",
			 (json_int_t)q->list, "problem", text(q->problem));
}

static json_t *quantities(const struct ls_dcc *d)
{
	json_t *all = json_array();
	for (size_t i = 0; i < d->quantity_count; i++)
		json_array_append_new(all, quantity(&d->quantities[i]));
	return all;
}

int ls_dcc_show_json(const struct ls_dcc_shown *shown, struct ls_buffer *out)
{
	const struct ls_dcc *d = shown->dcc;
	json_t *j = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "format",
			      "labseal/dcc/v1", "sha256", hex_or_null(&d->sha256), "schema_version",
			      text(d->version), "identifier", text(d->unique_identifier),
			      "laboratory", text(d->laboratory), "begin", text(d->begin), "end",
			      text(d->end), "due", time_or_null(d->due, d->due != LS_CAL_NO_END),
			      "claims_traceable", d->claims_traceable);
	json_object_set_new(j, "items", items(d));
	json_object_set_new(j, "persons", persons(d));
	json_object_set_new(j, "signature", signatures(shown->signatures));
	json_object_set_new(j, "links", links(shown));
	json_object_set_new(j, "quantities", quantities(d));
	json_object_set_new(j, "not_read", json_integer((json_int_t)d->unread));
	char *dump = j ? json_dumps(j, JSON_INDENT(2)) : NULL;
	int rc = dump ? ls_buffer_printf(out, "%s\n", dump) : -ENOMEM;
	free(dump);
	json_decref(j);
	return rc;
}
