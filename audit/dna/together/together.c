/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/together/together.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/documenting.h"
#include "audit/dna/molecule/canonical.h"
#include "audit/dna/scheme/key.h"
#include "lib/base/cleanup.h"

#define DOCUMENTED_DRAWS 64 /* with documentation each costs time */

static int out_of_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "memory", "out of memory");
}

/* --- the draft --------------------------------------------------------------- */

struct drafting {
	struct ls_dna_draft *draft;
	size_t most;
};

/* Nothing is signed: a head that satisfies the rules is noted, and the next is drawn. */
static int note_draw(void *context, struct ls_block *b, const struct ls_digest *digest,
		     struct ls_error *err)
{
	struct drafting *d = context;
	(void)digest;
	d->draft->draws[d->draft->draw_count++] = b->draw;
	if (ls_buffer_add(&d->draft->masks, b->masks, ls_document_chunks(b->document.size)) < 0)
		return out_of_memory(err);
	return d->draft->draw_count == d->most ? -ECANCELED : -EDOM;
}

static int find_draws(struct ls_dna_draft *draft, const struct ls_site_of_block *site,
		      const struct ls_rules *rules, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer block;
	struct drafting d = { .draft = draft,
			      .most = draft->block.document.size > 0 ? DOCUMENTED_DRAWS
								     : LS_DRAFT_DRAWS_MAX };
	const struct ls_block_signer signer = { note_draw, &d };
	ls_buffer_init(&block, LS_MOLECULE_SIZE_MAX);
	int rc = ls_block_compose(&draft->block, site, rules, &signer, &block, err);
	/* all that were drawn may be fewer than wanted */
	return rc == -ECANCELED || (rc == -EDOM && draft->draw_count > 0) ? 0 : rc;
}

static int digest_of(const uint8_t *bases, size_t n, bool circular, struct ls_canonical *c,
		     struct ls_digest *ret, struct ls_error *err)
{
	int rc = ls_canonical_make(bases, n, circular, c, err);
	if (rc == 0)
		ls_draft_molecule(c->bases.data, c->bases.size, ret);
	return rc;
}

int ls_dna_draft_make(const struct ls_dna_signing *s, const struct ls_dna_params *authority,
		      const struct ls_orcid *signers, size_t count, const struct ls_molecule *m,
		      const struct ls_genbank *genbank, struct ls_buffer *out,
		      struct ls_dna_signed *ret, struct ls_error *err)
{
	_cleanup_dna_draft_ struct ls_dna_draft draft;
	_cleanup_canonical_ struct ls_canonical c = { 0 };
	struct ls_site_of_block site;
	ls_dna_draft_init(&draft);
	draft.authority = authority->id;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(signers[i].text, signers[k].text) == 0)
				return ls_fail(err, -EINVAL, "dna.signers.twice",
					       "'%s' is a signer twice", signers[i].text);
	int rc = ls_dna_signing_prepare(s, ls_params_hint(authority), signers, count, m, genbank,
					&draft.block, &site, ret, err);
	if (rc == 0)
		rc = digest_of(site.bases, site.n, site.circular, &c, &draft.molecule, err);
	if (rc == 0)
		rc = find_draws(&draft, &site, s->rules, err);
	if (rc < 0)
		return rc;
	draft.at = ret->at;
	draft.segment_first = s->segment_first;
	draft.segment_last = s->segment_last;
	return ls_dna_draft_format(&draft, out) < 0 ? out_of_memory(err) : 0;
}

/* --- a part ------------------------------------------------------------------ */

static bool names(const struct ls_block *b, const struct ls_orcid *who)
{
	for (size_t i = 0; i < b->signer_count; i++)
		if (strcmp(b->signers[i].text, who->text) == 0)
			return true;
	return false;
}

/* The bases that the draft's block covers, in their canonical form. */
static int canonical_of(const struct ls_dna_draft *d, const struct ls_molecule *m,
			struct ls_canonical *ret, struct ls_error *err)
{
	const struct ls_block *b = &d->block;
	struct ls_digest seen;
	const uint8_t *bases = m->bases.data;
	size_t n = m->bases.size;
	enum ls_topology other = b->linear ? LS_CIRCULAR : LS_LINEAR;
	bool fits = b->segment ? d->segment_last <= n : m->topology != other;
	if (b->segment && fits) {
		bases += d->segment_first - 1;
		n = d->segment_last - d->segment_first + 1;
	}
	int rc = fits ? digest_of(bases, n, !b->linear, ret, &seen, err) : 0;
	if (rc == 0 && (!fits || n != b->length || !ls_digest_equal(&seen, &d->molecule)))
		rc = ls_fail(err, -EKEYREJECTED, "dna.part.molecule",
			     "the draft is for another molecule than this one, of %u bases (%s)",
			     b->length,
			     b->segment	 ? "a segment"
			     : b->linear ? "linear"
					 : "circular");
	return rc;
}

/* What is signed with the draft's i-th draw. */
static int draw_digest(const struct ls_dna_draft *d, size_t i, const struct ls_canonical *c,
		       struct ls_digest *ret, struct ls_error *err)
{
	struct ls_block b = d->block; /* borrows the documentation */
	_cleanup_buffer_ struct ls_buffer head;
	ls_buffer_init(&head, 8 * (size_t)LS_DOCUMENT_MAX);
	b.draw = d->draws[i];
	int rc = ls_block_head(&b, ls_dna_draft_masks(d, i), &head, err);
	return rc < 0 ? rc
		      : ls_block_digest(&b, c->bases.data, c->bases.size, head.data, head.size, ret,
					err);
}

/* The bases as the block will read them: once round, or the whole line. */
static int read_body(const struct ls_dna_draft *d, const struct ls_canonical *c,
		     struct ls_buffer *ret, struct ls_error *err)
{
	size_t n = c->bases.size, joint = (size_t)(d->block.place / 2);
	_cleanup_free_ uint8_t *round = malloc(n);
	if (d->block.place >= 2 * (n + d->block.linear))
		return ls_fail(err, -EBADMSG, "dna.draft.form",
			       "the draft's place is none of this molecule's");
	if (!round)
		return out_of_memory(err);
	ls_canonical_read(c, d->block.place, round);
	/* of a line, what follows the block comes first */
	size_t behind = !d->block.linear ? n : d->block.place % 2 ? joint : n - joint;
	ls_buffer_add(ret, round + behind, n - behind);
	return ls_buffer_add(ret, round, behind) < 0 ? out_of_memory(err) : 0;
}

int ls_dna_draft_document(const struct ls_dna_draft *d, const struct ls_molecule *m,
			  struct ls_buffer *out, struct ls_error *err)
{
	_cleanup_canonical_ struct ls_canonical c = { 0 };
	_cleanup_buffer_ struct ls_buffer body;
	bool hidden = false;
	ls_buffer_init(&body, LS_MOLECULE_SIZE_MAX);
	int rc = canonical_of(d, m, &c, err);
	if (rc == 0)
		rc = read_body(d, &c, &body, err);
	const struct ls_judged j = { .block = d->block, .body = body }; /* borrows both */
	return rc < 0 ? rc : ls_dna_read_document(&j, NULL, out, &hidden, err);
}

static int check_key(const struct ls_dna_draft *d, const struct ls_dna_key *key,
		     struct ls_error *err)
{
	if (!key->own)
		return ls_fail(err, -EINVAL, "dna.part.key",
			       "this is an identity key; a part is signed with a signer's own key "
			       "(labseal dna authority own)");
	if (!ls_digest_equal(&key->params.id, &d->authority))
		return ls_fail(err, -EINVAL, "dna.part.key",
			       "the key is under '%s', and the draft is for another authority",
			       key->params.name);
	if (!names(&d->block, &key->orcid))
		return ls_fail(err, -EINVAL, "dna.part.signer",
			       "the draft does not name '%s' as a signer", key->orcid.text);
	return 0;
}

int ls_dna_part_make(const struct ls_dna_draft *d, const struct ls_dna_key *key,
		     const struct ls_molecule *m, struct ls_buffer *out, struct ls_error *err)
{
	_cleanup_canonical_ struct ls_canonical c = { 0 };
	_cleanup_free_ struct ls_dna_part *part = calloc(1, sizeof(*part));
	int rc = part ? check_key(d, key, err) : out_of_memory(err);
	if (rc == 0 && ls_dna_document_hides(&d->block))
		rc = ls_fail(
			err, -EKEYREJECTED, "dna.part.hidden",
			"the draft has text for chosen readers, or of a kind that is not known: "
			"its signers cannot read it, and nobody is to sign that");
	if (rc == 0)
		rc = canonical_of(d, m, &c, err);
	if (rc < 0)
		return rc;
	part->draft = d->id;
	part->count = d->draw_count;
	ls_request_entry(key, &part->signer);
	for (size_t i = 0; rc == 0 && i < d->draw_count; i++) {
		struct ls_digest digest;
		uint8_t bits[LS_SIGNATURE_BYTES_MAX];
		rc = draw_digest(d, i, &c, &digest, err);
		if (rc == 0)
			rc = ls_dna_sign(key, LS_PROFILE_AGGREGATE, &digest, bits, err);
		if (rc == 0)
			memcpy(part->signatures[i], bits, LS_PART_SIGNATURE);
	}
	if (rc < 0)
		return rc;
	return ls_dna_part_format(part, out) < 0 ? out_of_memory(err) : 0;
}

/* --- the block --------------------------------------------------------------- */

static struct ls_dna_part *part_of(struct ls_dna_part *parts, size_t count,
				   const struct ls_orcid *who)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(parts[i].signer.orcid.text, who->text) == 0)
			return &parts[i];
	return NULL;
}

static int check_part(const struct ls_dna_draft *d, struct ls_dna_part *parts, size_t i,
		      struct ls_error *err)
{
	struct ls_dna_part *p = &parts[i];
	const char *who = p->signer.orcid.text;
	if (!ls_digest_equal(&p->draft, &d->id) || p->count != d->draw_count)
		return ls_fail(err, -EKEYREJECTED, "dna.part.draft",
			       "the part of '%s' is of another draft", who);
	if (!names(&d->block, &p->signer.orcid))
		return ls_fail(err, -EKEYREJECTED, "dna.part.signer",
			       "the draft does not name '%s' as a signer", who);
	if (part_of(parts, i, &p->signer.orcid))
		return ls_fail(err, -EKEYREJECTED, "dna.part.twice", "'%s' has two parts", who);
	if (!ls_directory_entry_proven(&p->signer))
		return ls_fail(err, -EKEYREJECTED, "dna.part.proof",
			       "whoever made the part of '%s' does not have its key: the proof of "
			       "possession does not hold",
			       who);
	for (size_t k = 0; k < i; k++)
		if (memcmp(parts[k].signer.key, p->signer.key, sizeof(p->signer.key)) == 0)
			return ls_fail(err, -EKEYREJECTED, "dna.part.twice",
				       "'%s' and '%s' have one key", parts[k].signer.orcid.text,
				       who);
	return 0;
}

static int check_parts(const struct ls_dna_draft *d, struct ls_dna_part *parts, size_t count,
		       struct ls_error *err)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = check_part(d, parts, i, err);
	for (size_t i = 0; rc == 0 && i < d->block.signer_count; i++)
		if (!part_of(parts, count, &d->block.signers[i]))
			rc = ls_fail(err, -EKEYREJECTED, "dna.part.missing",
				     "the part of '%s' is missing", d->block.signers[i].text);
	return rc;
}

struct joining {
	const struct ls_dna_draft *draft;
	struct ls_dna_part *parts;
	size_t count;
	size_t used;		 /* the draw that was summed last, */
	struct ls_digest digest; /* and what is signed with it */
	size_t other_masks;
};

static void take_bits(const struct ls_dna_part *part, size_t i,
		      uint8_t ret[static LS_SIGNATURE_BYTES_MAX])
{
	memset(ret, 0, LS_SIGNATURE_BYTES_MAX);
	memcpy(ret, part->signatures[i], LS_PART_SIGNATURE);
}

/* The sum of the parts' signatures of this draw, if it was signed. */
static int add_up(void *context, struct ls_block *b, const struct ls_digest *digest,
		  struct ls_error *err)
{
	struct joining *j = context;
	const struct ls_dna_draft *d = j->draft;
	size_t i = 0;
	while (i < d->draw_count && d->draws[i] != b->draw)
		i++;
	if (i == d->draw_count)
		return -EDOM;
	if (memcmp(ls_dna_draft_masks(d, i), b->masks, ls_document_chunks(b->document.size)) != 0) {
		j->other_masks++; /* other rules chose them: it is not what was signed */
		return -EDOM;
	}
	j->used = i;
	j->digest = *digest;
	take_bits(&j->parts[0], i, b->signature);
	int rc = 0;
	for (size_t k = 1; rc == 0 && k < j->count; k++) {
		uint8_t more[LS_SIGNATURE_BYTES_MAX];
		take_bits(&j->parts[k], i, more);
		rc = ls_dna_aggregate_add(b->signature, more, err);
		if (rc == -EBADMSG)
			rc = ls_fail(err, -EKEYREJECTED, "dna.part.signature",
				     "the part of '%s', or one before it, is no signature",
				     j->parts[k].signer.orcid.text);
	}
	return rc;
}

/* Each signer's over what is written, so that it is known whose does not hold. */
static int check_signatures(const struct joining *j, struct ls_error *err)
{
	int rc = 0;
	for (size_t k = 0; rc == 0 && k < j->count; k++) {
		uint8_t bits[LS_SIGNATURE_BYTES_MAX];
		take_bits(&j->parts[k], j->used, bits);
		if (!ls_directory_entry_signed(&j->parts[k].signer, &j->draft->authority,
					       &j->digest, bits))
			rc = ls_fail(err, -EKEYREJECTED, "dna.part.signature",
				     "the part of '%s' is not his signature over this molecule",
				     j->parts[k].signer.orcid.text);
	}
	return rc;
}

/* The block's fields as they were drafted. */
static int take_fields(const struct ls_dna_draft *d, struct ls_block *b, struct ls_error *err)
{
	ls_buffer_clear(&b->document);
	b->errors = d->block.errors;
	b->plasmid_id = d->block.plasmid_id;
	b->dictionary = d->block.dictionary;
	return ls_buffer_add(&b->document, d->block.document.data, d->block.document.size) < 0
		       ? out_of_memory(err)
		       : 0;
}

static int compose(struct joining *j, const struct ls_site_of_block *site,
		   const struct ls_rules *rules, struct ls_block *b, struct ls_buffer *block,
		   struct ls_error *err)
{
	const struct ls_block_signer signer = { add_up, j };
	int rc = ls_block_compose(b, site, rules, &signer, block, err);
	if (rc == -EDOM && j->other_masks > 0)
		ls_error_prefix(err, "rules that may be other than the draft's");
	if (rc == 0 && b->place != j->draft->block.place)
		rc = ls_fail(err, -EKEYREJECTED, "dna.draft.place",
			     "the file begins at another base than the one that was drafted: join "
			     "the parts with that one");
	return rc;
}

int ls_dna_join(const struct ls_dna_draft *d, struct ls_dna_part *parts, size_t count,
		const struct ls_dna_signing *s, const struct ls_molecule *m,
		const struct ls_genbank *genbank, bool fasta, struct ls_buffer *out,
		struct ls_dna_signed *ret, struct ls_error *err)
{
	_cleanup_block_ struct ls_block b;
	_cleanup_buffer_ struct ls_buffer block;
	_cleanup_canonical_ struct ls_canonical c = { 0 };
	struct ls_site_of_block site;
	struct ls_dna_signing as_drafted = *s;
	struct joining j = { .draft = d, .parts = parts, .count = count };
	ls_block_init(&b);
	ls_buffer_init(&block, LS_MOLECULE_SIZE_MAX);
	as_drafted.profile = LS_PROFILE_AGGREGATE;
	as_drafted.topology = d->block.segment || d->block.linear ? LS_LINEAR : LS_CIRCULAR;
	as_drafted.at = d->at;
	as_drafted.segment_first = d->segment_first;
	as_drafted.segment_last = d->segment_last;
	int rc = check_parts(d, parts, count, err);
	if (rc == 0)
		rc = canonical_of(d, m, &c, err);
	if (rc == 0)
		rc = ls_dna_signing_prepare(&as_drafted, d->block.hint, d->block.signers,
					    d->block.signer_count, m, genbank, &b, &site, ret, err);
	if (rc == 0)
		rc = take_fields(d, &b, err);
	if (rc == 0)
		rc = compose(&j, &site, s->rules, &b, &block, err);
	if (rc == 0)
		rc = check_signatures(&j, err);
	return rc < 0 ? rc : ls_dna_signing_write(&b, m, genbank, fasta, &block, out, ret, err);
}
