/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/scheme/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/scheme/aggregate.h"
#include "audit/dna/scheme/trust.h"
#include "lib/base/text.h"

void ls_dna_history_free(struct ls_dna_history *history)
{
	free(history->entries);
	memset(history, 0, sizeof(*history));
}

void ls_dna_statement_sign(const struct ls_dna_master *master, struct ls_dna_signed_statement *s)
{
	blst_p1_affine point;
	ls_bls_sign(&master->directory, LS_BLS_STATEMENT, &master->params.id, &s->digest, &point);
	blst_p1_affine_compress(s->signature, &point);
}

bool ls_dna_statement_holds(const struct ls_dna_params *params,
			    const struct ls_dna_signed_statement *s)
{
	blst_p1_affine point;
	return ls_g1_read(s->signature, &point) == 0 &&
	       ls_bls_verify(&params->directory, LS_BLS_STATEMENT, &params->id, &s->digest, &point);
}

static int fail_time(struct ls_error *err, const struct ls_dna_key_entry *e, const char *what,
		     int64_t time, const char *advice)
{
	char text[LS_UTC_SIZE];
	return ls_fail(err, -ENOKEY, "dna.directory.expired", "the key of '%s' %s %s%s",
		       e->orcid.text, what, ls_utc_format(time, text), advice);
}

int ls_dna_key_counts(const struct ls_dna_key_entry *e, int64_t at, bool known,
		      struct ls_error *err)
{
	static const char advice[] = "; if you know that the molecule was signed before, say by "
				     "when with --at";
	char text[LS_UTC_SIZE];
	if (e->withdrawn && e->since <= at && (known || !e->harmless))
		return ls_fail(err, -ENOKEY, "dna.directory.withdrawn",
			       "the key of '%s' was withdrawn as of %s (%s)%s", e->orcid.text,
			       ls_utc_format(e->since, text), e->reason, known ? "" : advice);
	if (at < e->from)
		return fail_time(err, e, "is valid from", e->from, "");
	if (at >= e->until && !(e->withdrawn && e->harmless && !known))
		return fail_time(err, e, "was valid until", e->until, known ? "" : advice);
	return 0;
}

int ls_dna_trust_set_history(struct ls_dna_trust *trust, const struct ls_digest *authority,
			     struct ls_dna_history *history, int64_t at, bool known,
			     struct ls_error *err)
{
	char hex[LS_DIGEST_HEX_SIZE];
	for (size_t i = 0; i < trust->count; i++) {
		struct ls_trusted_authority *a = &trust->authorities[i];
		if (!ls_digest_equal(&a->params.id, authority))
			continue;
		if (a->has_history)
			return ls_fail(err, -EEXIST, "dna.keys.twice",
				       "the keys of '%s' were given before", a->params.name);
		a->has_history = true;
		a->history = *history;
		a->at = at;
		a->at_known = known;
		memset(history, 0, sizeof(*history));
		return 0;
	}
	return ls_fail(err, -ENOKEY, "dna.keys.authority",
		       "the log of keys is the authority's with the identifier %s: give its "
		       "parameters with --trust",
		       ls_digest_hex(authority, hex));
}

const struct ls_dna_params *ls_dna_trust_params(const struct ls_dna_trust *trust,
						const struct ls_digest *authority)
{
	for (size_t i = 0; i < trust->count; i++)
		if (ls_digest_equal(&trust->authorities[i].params.id, authority))
			return &trust->authorities[i].params;
	return NULL;
}

void ls_dna_trust_each_withdrawn(const struct ls_dna_trust *trust, uint16_t hint,
				 const struct ls_orcid *signer,
				 void (*tell)(void *context, const struct ls_dna_key_entry *entry),
				 void *context)
{
	for (size_t i = 0; i < trust->count; i++) {
		const struct ls_trusted_authority *a = &trust->authorities[i];
		for (size_t k = 0; ls_params_hint(&a->params) == hint && k < a->history.count; k++)
			if (a->history.entries[k].withdrawn &&
			    strcmp(a->history.entries[k].orcid.text, signer->text) == 0)
				tell(context, &a->history.entries[k]);
	}
}
