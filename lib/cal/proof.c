/* SPDX-License-Identifier: Apache-2.0 */
/* Organisations, technicians and devices: who certified them, and whether that counts. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cal/trace_internal.h"

/* --- reading the store as the log stood ------------------------------------------------ */

/* A record is of a log, and counts as far as that is told; a document speaks for itself. */
static bool visible(const struct ls_cal_worker *w, const struct ls_cal_entry *entry)
{
	return entry->outside || (w->fresh->origin[0] && entry->index < w->fresh->size);
}

int ls_cal_worker_find(struct ls_cal_worker *w, const struct ls_digest *id,
		       struct ls_cal_entry **ret_entry, struct ls_error *err)
{
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	if (w->last && ls_digest_equal(&w->last->record.id, id)) {
		*ret_entry = ls_cal_entry_ref(w->last);
		return 0;
	}
	int rc = w->store->operations->find(w->store, id, &entry, err);
	if (rc < 0)
		return rc;
	if (!visible(w, entry))
		return ls_fail(err, -ENOENT, "cal.store.missing",
			       "the record was not in the log then");
	ls_cal_entry_unref(w->last);
	w->last = ls_cal_entry_ref(entry);
	*ret_entry = ls_steal_ptr(&entry);
	return 0;
}

struct list {
	uint64_t size; /* the log's, as it stood */
	struct ls_digest *ids;
	size_t count;
};

static int take_found(void *context, const struct ls_cal_found *found)
{
	struct list *list = context;
	if (found->index >= list->size)
		return 0;
	if ((list->count & (list->count - 1)) == 0) {
		struct ls_digest *grown = reallocarray(list->ids, list->count ? 2 * list->count : 1,
						       sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		list->ids = grown;
	}
	list->ids[list->count++] = found->id;
	return 0;
}

int ls_cal_worker_list(struct ls_cal_worker *w, enum ls_cal_relation relation,
		       const struct ls_digest *id, struct ls_digest **ret_ids, size_t *ret_count,
		       struct ls_error *err)
{
	struct list list = { .size = w->fresh->size };
	int rc = w->store->operations->related(w->store, relation, id, take_found, &list, err);
	if (rc < 0) {
		free(list.ids);
		return rc == -ENOMEM ? ls_fail(err, rc, "cal.memory", "out of memory for a trace")
				     : rc;
	}
	*ret_ids = list.ids;
	*ret_count = list.count;
	return 0;
}

bool ls_cal_revocations_shown(const struct ls_cal_worker *w)
{
	return w->fresh->absence_shown || w->fresh->revocations_shown;
}

/* --- proofs ----------------------------------------------------------------------------- */

static void free_proof(struct ls_cal_object *object)
{
	struct ls_cal_proof *p = (struct ls_cal_proof *)object;
	ls_cal_entry_unref(p->entry);
	ls_cal_object_unref(p->certifier);
	ls_cal_revocations_free(&p->revocations);
	free(p);
}

/* The first thing that is wrong is the one that is told. */
__attribute__((format(printf, 3, 4))) static void doubt(struct ls_cal_proof *p,
							enum ls_cal_outcome outcome,
							const char *format, ...)
{
	va_list args;
	if (p->outcome >= outcome)
		return;
	p->outcome = outcome;
	va_start(args, format);
	vsnprintf(p->words, sizeof(p->words), format, args);
	va_end(args);
}

static const char *name_of(const struct ls_cal_proof *p)
{
	return p->entry ? ls_cal_record_name(&p->entry->record) : "-";
}

static int fetch(struct ls_cal_worker *w, const struct ls_digest *id, enum ls_cal_kind kind,
		 struct ls_cal_proof *p, struct ls_error *err)
{
	char hex[LS_DIGEST_HEX_SIZE];
	int rc = ls_cal_worker_find(w, id, &p->entry, err);
	if (rc == -ENOENT) {
		doubt(p, w->fresh->absence_shown ? LS_CAL_FAILS : LS_CAL_CANNOT,
		      "the %s's record %s is not there", ls_cal_kind_name(kind),
		      ls_digest_hex(id, hex));
		return 0;
	}
	if (rc < 0)
		return rc;
	const struct ls_cal_record *record = &p->entry->record;
	if (record->kind != kind || p->entry->outside) {
		doubt(p, LS_CAL_FAILS, "the record %s is no %s's", ls_digest_hex(id, hex),
		      ls_cal_kind_name(kind));
		p->entry = ls_cal_entry_unref(p->entry);
		return 0;
	}
	if (strcmp(record->registry, w->registry) != 0)
		doubt(p, LS_CAL_FAILS, "the %s '%s' was certified for the registry '%s'",
		      ls_cal_kind_name(kind), name_of(p), record->registry);
	return 0;
}

static enum ls_cal_kind certifier_kind(enum ls_cal_kind kind)
{
	return kind == LS_CAL_DEVICE ? LS_CAL_TECHNICIAN : LS_CAL_ORGANISATION;
}

static int verify(struct ls_cal_worker *w, struct ls_cal_proof *p, const struct ls_p256_public *key,
		  struct ls_error *err)
{
	struct ls_error why = { 0 };
	int rc = ls_cal_worker_verify(w, p->entry, 0, key, &why);
	if (rc == -ENOMEM)
		return ls_fail(err, rc, "cal.memory", "out of memory for a signature");
	if (rc < 0)
		doubt(p, LS_CAL_FAILS, "the certificate of the %s '%s' is not signed by %s",
		      ls_cal_kind_name(p->entry->record.kind), name_of(p),
		      p->certifier ? "who it says certified it" : "its own key");
	return 0;
}

/*
 * An organisation's certifier is of a lesser level.  It is looked at before its own certifier is:
 * so a chain of them ends after 256, however long the one is that somebody wrote.
 */
static int check_level(struct ls_cal_worker *w, struct ls_cal_proof *p, struct ls_error *err)
{
	const struct ls_cal_organisation *o = &p->entry->record.organisation;
	_cleanup_cal_entry_ struct ls_cal_entry *above = NULL;
	int rc = ls_cal_worker_find(w, &o->certifier, &above, err);
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	const struct ls_cal_organisation *a = &above->record.organisation;
	if (above->record.kind == LS_CAL_ORGANISATION && a->level >= o->level)
		doubt(p, LS_CAL_FAILS,
		      "the organisation '%s' of level %u was certified by '%s' of level %u",
		      o->name, o->level, a->name, a->level);
	return 0;
}

static int prove_certified(struct ls_cal_worker *w, struct ls_cal_proof *p, struct ls_error *err)
{
	const struct ls_cal_record *record = &p->entry->record;
	int rc = record->kind == LS_CAL_ORGANISATION ? check_level(w, p, err) : 0;
	if (rc < 0 || p->outcome > LS_CAL_INFO)
		return rc;
	rc = ls_cal_prove(w, ls_cal_record_certifier(record), certifier_kind(record->kind),
			  &p->certifier, err);
	if (rc < 0)
		return rc;
	if (p->certifier->outcome > LS_CAL_INFO)
		doubt(p, p->certifier->outcome, "%s", p->certifier->words);
	if (!p->certifier->entry)
		return 0;
	return verify(w, p, ls_cal_record_key(&p->certifier->entry->record), err);
}

static int prove_entry(struct ls_cal_worker *w, struct ls_cal_proof *p, struct ls_error *err)
{
	const struct ls_cal_record *record = &p->entry->record;
	if (record->kind != LS_CAL_ORGANISATION || !record->organisation.root)
		return prove_certified(w, p, err);
	p->nmi = ls_cal_trust_nmi(w->trust, &record->organisation.key);
	int rc = verify(w, p, &record->organisation.key, err);
	if (!p->nmi)
		doubt(p, LS_CAL_FAILS,
		      "what is above ends at '%s', which certifies itself and which the trust file "
		      "does not name as a national metrology institute",
		      name_of(p));
	return rc;
}

static int make_proof(struct ls_cal_worker *w, const struct ls_digest *id, enum ls_cal_kind kind,
		      struct ls_cal_proof *p, struct ls_error *err)
{
	int rc = fetch(w, id, kind, p, err);
	if (rc < 0 || !p->entry)
		return rc;
	rc = prove_entry(w, p, err);
	if (rc < 0)
		return rc;
	rc = ls_cal_find_revocations(w, id, kind, p, NULL, &p->revocations, err);
	p->object.size += ls_cal_entry_size(p->entry) +
			  p->revocations.count * sizeof(*p->revocations.list);
	return rc;
}

int ls_cal_prove(struct ls_cal_worker *w, const struct ls_digest *id, enum ls_cal_kind kind,
		 struct ls_cal_proof **ret_proof, struct ls_error *err)
{
	struct ls_cal_key key = { .id = *id, .kind = LS_CAL_PROOF_OBJECT, .extra = kind };
	struct ls_cal_proof *p = ls_cal_worker_recall(w, &key);
	if (p) {
		*ret_proof = p;
		return 0;
	}
	p = calloc(1, sizeof(*p));
	if (!p)
		return ls_fail(err, -ENOMEM, "cal.memory", "out of memory for a trace");
	ls_cal_object_init(&p->object, sizeof(*p), free_proof);
	/* organisations' ids are hashes of what names their certifiers': they end, and their
	 * levels, which fall, end them after 256 */
	int rc = make_proof(w, id, kind, p, err);
	if (rc < 0) {
		ls_cal_object_unref(p);
		return rc;
	}
	ls_cal_worker_remember(w, &key, id, p);
	*ret_proof = p;
	return 0;
}

const struct ls_cal_organisation *ls_cal_proof_organisation(const struct ls_cal_proof *proof)
{
	return proof && proof->entry && proof->entry->record.kind == LS_CAL_ORGANISATION
		       ? &proof->entry->record.organisation
		       : NULL;
}

/* --- as of a use ----------------------------------------------------------------------- */

static void validity(const struct ls_cal_record *record, int64_t *from, int64_t *until)
{
	if (record->kind == LS_CAL_ORGANISATION) {
		*from = record->organisation.from;
		*until = record->organisation.until;
	} else if (record->kind == LS_CAL_TECHNICIAN) {
		*from = record->technician.from;
		*until = record->technician.until;
	} else {
		*from = record->device.from;
		*until = record->device.until;
	}
}

static bool valid_at(const struct ls_cal_proof *p, int64_t at, char *words)
{
	char a[LS_UTC_SIZE], b[LS_UTC_SIZE], c[LS_UTC_SIZE];
	int64_t from, until;
	validity(&p->entry->record, &from, &until);
	if (at >= from && at <= until)
		return true;
	snprintf(words, LS_CAL_WORDS_SIZE, "the %s '%s' is valid from %s until %s, and not at %s",
		 ls_cal_kind_name(p->entry->record.kind), name_of(p), ls_utc_format(from, a),
		 until == LS_CAL_NO_END ? "-" : ls_utc_format(until, b), ls_utc_format(at, c));
	return false;
}

enum ls_cal_outcome ls_cal_proof_valid(const struct ls_cal_proof *proof, struct ls_cal_use use,
				       char words[static LS_CAL_WORDS_SIZE])
{
	int64_t signed_at = use.at;
	if (proof->outcome > LS_CAL_INFO) {
		snprintf(words, LS_CAL_WORDS_SIZE, "%s", proof->words);
		return proof->outcome;
	}
	for (const struct ls_cal_proof *p = proof; p; p = p->certifier) {
		/* it was valid when it signed what is below it, and is still when that is used */
		if (!valid_at(p, use.at, words) || !valid_at(p, signed_at, words))
			return LS_CAL_FAILS;
		if (p->entry->record.kind != LS_CAL_ORGANISATION)
			break;
		signed_at = p->entry->record.issued;
	}
	words[0] = '\0';
	return LS_CAL_HOLDS;
}

const struct ls_cal_revoked *ls_cal_revoked_for(const struct ls_cal_revocations *revocations,
						struct ls_cal_use use)
{
	for (size_t i = 0; i < revocations->count; i++) {
		const struct ls_cal_revoked *r = &revocations->list[i];
		int64_t at = use.at;
		/* who has the key writes any date: what counts is when the log had it */
		if (r->reason == LS_CAL_KEY_COMPROMISE &&
		    (use.logged == LS_CAL_TIME_UNKNOWN || use.logged > at))
			at = use.logged == LS_CAL_TIME_UNKNOWN ? INT64_MAX : use.logged;
		if (r->since <= at)
			return r;
	}
	return NULL;
}

static enum ls_cal_outcome tell_revoked(const struct ls_cal_proof *p,
					const struct ls_cal_revoked *r, char *words)
{
	char utc[LS_UTC_SIZE];
	snprintf(words, LS_CAL_WORDS_SIZE, "the %s '%.128s' is revoked since %s: %s%s%.200s",
		 ls_cal_kind_name(p->entry->record.kind), name_of(p), ls_utc_format(r->since, utc),
		 ls_cal_reason_name(r->reason), r->words[0] ? ", " : "", r->words);
	return LS_CAL_FAILS;
}

enum ls_cal_outcome ls_cal_proof_unrevoked(const struct ls_cal_worker *w,
					   const struct ls_cal_proof *proof, struct ls_cal_use use,
					   char words[static LS_CAL_WORDS_SIZE])
{
	struct ls_cal_use below = use;
	bool all = true;
	words[0] = '\0';
	for (const struct ls_cal_proof *p = proof; p; p = p->certifier) {
		if (!p->entry) {
			all = false;
			break;
		}
		const struct ls_cal_revoked *r = ls_cal_revoked_for(&p->revocations, use);
		if (!r)
			r = ls_cal_revoked_for(&p->revocations, below);
		if (r)
			return tell_revoked(p, r, words);
		if (p->entry->record.kind != LS_CAL_ORGANISATION)
			break;
		below = (struct ls_cal_use){ p->entry->record.issued, p->entry->logged };
	}
	if (all && ls_cal_revocations_shown(w))
		return LS_CAL_HOLDS;
	snprintf(words, LS_CAL_WORDS_SIZE, "%s",
		 all ? "what is here does not show that there is no revocation"
		     : "a record is missing, so whether it is revoked is not known");
	return LS_CAL_CANNOT;
}
