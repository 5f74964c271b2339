/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dcc/document.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dcc/dcc_internal.h"
#include "audit/dcc/measurand.h"
#include "audit/dcc/signature_internal.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

LS_DEFINE_CLEANUP(struct ls_dcc_document *, ls_dcc_document_free)

void ls_dcc_document_free(struct ls_dcc_document *document)
{
	if (!document)
		return;
	ls_cal_entry_unref(document->entry);
	ls_dcc_file_free(document->file);
	free(document);
}

bool ls_dcc_is_crl(const void *bytes, size_t size)
{
	const unsigned char *p = bytes;
	X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)size);
	bool whole = crl && p == (const unsigned char *)bytes + size;
	X509_CRL_free(crl);
	return whole;
}

/* --- names -------------------------------------------------------------------------------- */

/* The manufacturer's number, or the first that there is. */
static const char *number_of(const struct ls_dcc_identifications *ids)
{
	for (size_t i = 0; i < ids->count; i++)
		if (ids->items[i].issuer && ids->items[i].value &&
		    strcmp(ids->items[i].issuer, "manufacturer") == 0)
			return ids->items[i].value;
	return ids->count ? ids->items[0].value : NULL;
}

/* A long name is cut at a whole character. */
static void put(char *text, size_t size, const char *value)
{
	struct ls_buffer plain;
	ls_buffer_init(&plain, size);
	(void)ls_text_plain(value ? value : "", value ? strlen(value) : 0, size - 1, &plain);
	snprintf(text, size, "%s", ls_buffer_str(&plain));
	ls_buffer_free(&plain);
}

void ls_dcc_device_name(const struct ls_dcc *dcc, char name[static LS_CAL_TEXT_SIZE])
{
	const struct ls_dcc_item *item = &dcc->items[0];
	const char *parts[] = { item->manufacturer, item->model ? item->model : item->name,
				number_of(&item->ids) };
	struct ls_buffer all;
	ls_buffer_init(&all, 8192);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i] && *parts[i])
			ls_buffer_printf(&all, "%s%s", all.size ? " " : "", parts[i]);
	put(name, LS_CAL_TEXT_SIZE, ls_buffer_str(&all));
	ls_buffer_free(&all);
}

bool ls_dcc_document_is_named(const struct ls_dcc_document *document, const char *name)
{
	if (strcmp(document->outside.device, name) == 0)
		return true;
	for (size_t i = 0; i < document->dcc->item_count; i++) {
		const struct ls_dcc_identifications *ids = &document->dcc->items[i].ids;
		for (size_t k = 0; k < ids->count; k++)
			if (ids->items[k].value && strcmp(ids->items[k].value, name) == 0)
				return true;
	}
	return false;
}

/* --- the signature, as the engine takes it --------------------------------------------------- */

static enum ls_cal_outcome outcome_of(enum ls_dcc_outcome outcome)
{
	switch (outcome) {
	case LS_DCC_HOLDS: return LS_CAL_HOLDS;
	case LS_DCC_DOES_NOT_HOLD: return LS_CAL_FAILS;
	default: return LS_CAL_CANNOT;
	}
}

static void say_signature(const struct ls_dcc_signatures *all, const struct ls_dcc_signature *s,
			  struct ls_cal_document *o)
{
	static const char *const sources[] = {
		[LS_DCC_TIME_NOW] = "which nothing says: as of the check",
		[LS_DCC_TIME_SIGNER] = "by the signer's own word",
		[LS_DCC_TIME_STAMP] = "by a time stamp",
	};
	char at[LS_UTC_SIZE];
	if (all->outcome != LS_DCC_HOLDS) {
		put(o->words, sizeof(o->words), all->words);
		return;
	}
	ls_utc_format(s->time, at);
	snprintf(o->words, sizeof(o->words), "signed by %.150s at %s, %s; its path ends at %.150s",
		 s->signer, at, sources[s->time_source], s->authority_name);
}

static void say_revocation(const struct ls_dcc_signatures *all, const struct ls_dcc_signature *s,
			   struct ls_cal_document *o)
{
	char since[LS_UTC_SIZE] = "";
	if (s->revoked_since >= 0)
		ls_utc_format(s->revoked_since, since);
	if (!s->has_authority) {
		o->revocation = LS_CAL_CANNOT;
		put(o->revocation_words, sizeof(o->revocation_words),
		    "without a path to an authority nothing can say whether its signer was "
		    "revoked");
	} else if (s->revoked_since >= 0 && all->outcome != LS_DCC_HOLDS) {
		o->revocation = outcome_of(all->outcome);
		put(o->revocation_words, sizeof(o->revocation_words), all->words);
	} else if (s->revoked_since >= 0) {
		o->revocation = LS_CAL_HOLDS;
		snprintf(o->revocation_words, sizeof(o->revocation_words),
			 "revoked at %s, after the time stamp", since);
	} else if (s->revocation_known) {
		o->revocation = LS_CAL_HOLDS;
		put(o->revocation_words, sizeof(o->revocation_words),
		    "each certificate of the path was not revoked when it was signed, by the "
		    "revocation lists and responses in it or beside it");
	} else {
		o->revocation = LS_CAL_CANNOT;
		put(o->revocation_words, sizeof(o->revocation_words),
		    "no revocation list or response of the time of signing is there for each "
		    "certificate of the path");
	}
}

static const char *main_person(const struct ls_dcc *dcc)
{
	for (size_t i = 0; i < dcc->person_count; i++)
		if (dcc->persons[i].main_signer)
			return dcc->persons[i].name;
	return dcc->person_count ? dcc->persons[0].name : NULL;
}

static void describe(struct ls_dcc_document *d, const struct ls_dcc_signatures *all)
{
	static const struct ls_dcc_signature nobody = { .claimed = -1, .revoked_since = -1 };
	const struct ls_dcc_signature *s = all->count ? &all->items[all->decisive] : &nobody;
	struct ls_cal_document *o = &d->outside;
	o->outcome = outcome_of(all->outcome);
	snprintf(o->reason, sizeof(o->reason), "%s", all->id);
	say_signature(all, s, o);
	say_revocation(all, s, o);
	ls_dcc_device_name(d->dcc, o->device);
	put(o->serial, sizeof(o->serial), number_of(&d->dcc->items[0].ids));
	put(o->laboratory, sizeof(o->laboratory), d->dcc->laboratory);
	/* verified only as far as the signature holds; one that does not fit names nobody */
	if (all->outcome == LS_DCC_HOLDS && strlen(s->organisation) < sizeof(o->organisation))
		put(o->organisation, sizeof(o->organisation), s->organisation);
	put(o->person, sizeof(o->person), main_person(d->dcc));
	put(o->number, sizeof(o->number), d->dcc->unique_identifier);
	o->claims_traceable = d->dcc->claims_traceable;
	d->signed_at = all->outcome == LS_DCC_HOLDS ? s->time : INT64_MIN;
}

static void note_hashes(struct ls_dcc_document *d, const void *bytes, size_t size,
			const struct ls_dcc_signatures *all)
{
	struct ls_dcc_candidate *c = &d->candidate;
	unsigned n = sizeof(c->sha512);
	c->sha256 = d->dcc->sha256;
	c->unique_identifier = d->dcc->unique_identifier;
	(void)EVP_Digest(bytes, size, c->sha512, &n, EVP_sha512(), NULL);
	for (size_t i = 0; i < all->count && !c->proven; i++) {
		const struct ls_dcc_signature *s = &all->items[i];
		c->proven = s->arithmetic;
		c->digest_size = s->digest_size;
		memcpy(c->digest, s->digest, sizeof(c->digest));
	}
}

int ls_dcc_document_read(const void *bytes, size_t size, const struct ls_dcc_trust *trust,
			 int64_t now, struct ls_dcc_document **ret_document, struct ls_error *err)
{
	_cleanup_(ls_dcc_document_free) struct ls_dcc_document *d = calloc(1, sizeof(*d));
	struct ls_dcc_signatures *all = calloc(1, sizeof(*all));
	int rc = d && all ? ls_dcc_read(bytes, size, &d->file, err)
			  : ls_fail(err, -ENOMEM, "cal.dcc.memory", "out of memory");
	if (rc == 0)
		rc = ls_dcc_signature_check(d->file, trust, now, all, err);
	if (rc == 0) {
		d->dcc = ls_dcc_of(d->file);
		note_hashes(d, bytes, size, all);
		describe(d, all);
		ls_dcc_drop_tree(d->file);
		*ret_document = ls_steal_ptr(&d);
	}
	free(all);
	return rc;
}

/* --- the report --------------------------------------------------------------------------- */

/* Each link's place among the parents: links that lead to one certificate are one parent. */
static int fill_parents(const struct ls_dcc_document *d, struct ls_cal_report *report,
			size_t *places, bool *ret_too_many)
{
	report->parents = calloc(LS_CAL_PARENTS_MAX, sizeof(*report->parents));
	if (!report->parents)
		return -ENOMEM;
	for (size_t i = 0; i < d->dcc->link_count; i++) {
		struct ls_cal_parent p = { .document = true };
		size_t found = 0, k = 0;
		places[i] = SIZE_MAX;
		if (!ls_dcc_link_is_parent(&d->dcc->links[i]))
			continue;
		p.link = ls_dcc_link_follow(&d->dcc->links[i], d->index, &found, p.words);
		if (p.link == LS_CAL_HOLDS)
			p.id = d->candidates[found].sha256;
		while (k < report->parent_count &&
		       (p.link != LS_CAL_HOLDS || !ls_digest_equal(&report->parents[k].id, &p.id)))
			k++;
		*ret_too_many = *ret_too_many || k == LS_CAL_PARENTS_MAX;
		if (k == LS_CAL_PARENTS_MAX)
			continue;
		if (k == report->parent_count)
			report->parents[report->parent_count++] = p;
		places[i] = k;
	}
	return 0;
}

static int64_t issued_of(const struct ls_dcc_document *d)
{
	int64_t day;
	if (d->signed_at != INT64_MIN)
		return d->signed_at;
	return ls_dcc_date(d->dcc->issued, &day) == 0 ? day : d->dcc->end_time;
}

static int fill_report(const struct ls_dcc_document *d, struct ls_cal_entry *entry)
{
	struct ls_cal_report *report = &entry->record.report;
	size_t *places = calloc(d->dcc->link_count + 1, sizeof(*places)), left_out = 0;
	bool too_many = false;
	report->details = calloc(1, sizeof(*report->details));
	int rc = places && report->details ? fill_parents(d, report, places, &too_many) : -ENOMEM;
	if (rc == 0)
		rc = ls_dcc_details_fill(d->dcc, places, report->details, &left_out);
	free(places);
	entry->outside->left_out = left_out;
	report->begun = d->dcc->begin_time;
	report->performed = d->dcc->end_time;
	report->due = d->dcc->due;
	if (too_many && entry->outside->outcome == LS_CAL_HOLDS) {
		entry->outside->outcome = LS_CAL_CANNOT;
		snprintf(entry->outside->reason, sizeof(entry->outside->reason), "cal.dcc.parents");
		snprintf(entry->outside->words, sizeof(entry->outside->words),
			 "it names more than %d standards: not all of them can be followed",
			 LS_CAL_PARENTS_MAX);
	}
	return rc;
}

static struct ls_cal_entry *make_entry(const struct ls_dcc_document *d, bool future)
{
	struct ls_cal_entry *entry = ls_cal_entry_new();
	if (!entry)
		return NULL;
	entry->record.kind = LS_CAL_REPORT;
	entry->record.id = d->dcc->sha256;
	entry->record.issued = issued_of(d);
	entry->logged = LS_CAL_TIME_UNKNOWN;
	entry->outside = calloc(1, sizeof(*entry->outside));
	if (!entry->outside)
		return ls_cal_entry_unref(entry);
	*entry->outside = d->outside;
	if (fill_report(d, entry) < 0)
		return ls_cal_entry_unref(entry);
	if (future) {
		entry->outside->outcome = LS_CAL_FAILS;
		snprintf(entry->outside->reason, sizeof(entry->outside->reason),
			 "cal.dcc.signature.time");
		snprintf(entry->outside->words, sizeof(entry->outside->words),
			 "it was signed after the time that is asked for");
	}
	return entry;
}

int ls_dcc_document_settle(struct ls_dcc_document *document, const struct ls_dcc_hash_index *index,
			   const struct ls_dcc_candidate *candidates)
{
	document->index = index;
	document->candidates = candidates;
	document->entry = make_entry(document, /* future= */ false);
	return document->entry ? 0 : -ENOMEM;
}

int ls_dcc_document_entry(const struct ls_dcc_document *document, int64_t at,
			  struct ls_cal_entry **ret_entry)
{
	if (document->signed_at <= at)
		*ret_entry = ls_cal_entry_ref(document->entry);
	else
		*ret_entry = make_entry(document, /* future= */ true);
	return *ret_entry ? 0 : -ENOMEM;
}

bool ls_dcc_document_has_parent(const struct ls_dcc_document *document, const struct ls_digest *id)
{
	const struct ls_cal_report *report = &document->entry->record.report;
	for (size_t i = 0; i < report->parent_count; i++)
		if (ls_digest_equal(&report->parents[i].id, id))
			return true;
	return false;
}
