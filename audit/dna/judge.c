/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/judge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/dna/block/compose.h"
#include "audit/dna/exact.h"
#include "audit/dna/molecule/canonical.h"
#include "audit/dna/repair/parity.h"

void ls_judged_free(struct ls_judged *j)
{
	ls_block_free(&j->block);
	ls_buffer_free(&j->body);
}

void ls_judge_free(struct ls_judge *j)
{
	ls_dna_verifier_free(j->verifier);
	j->verifier = NULL;
	j->asked = false;
}

int ls_judge_read(const struct ls_proposal *p, struct ls_judged *ret, struct ls_error *err)
{
	struct ls_judged j = { 0 };
	int rc = ls_block_read(p->bases + p->at, p->n - p->at, &j.block, &j.layout, err);
	if (rc < 0)
		return rc;
	size_t size = j.layout.at[LS_PART_COUNT], behind = p->at + size;
	ls_buffer_init(&j.body, p->n);
	if (ls_tag_errors(p->bases + p->at + j.layout.at[LS_PART_END_TAG], LS_END_TAG) >
	    LS_EXACT_TAG_ERRORS)
		rc = ls_end_tag_missing(err);
	else if (ls_buffer_add(&j.body, p->bases, p->at) < 0 ||
		 ls_buffer_add(&j.body, p->bases + behind, p->n - behind) < 0)
		rc = ls_fail(err, -ENOMEM, "memory", "out of memory");
	if (rc < 0) {
		ls_judged_free(&j);
		return rc;
	}
	j.joint = p->at;
	*ret = j;
	return 0;
}

static bool same_signers(const struct ls_block *a, const struct ls_block *b)
{
	if (a->profile != b->profile || a->hint != b->hint || a->signer_count != b->signer_count)
		return false;
	for (size_t i = 0; i < a->signer_count; i++)
		if (strcmp(a->signers[i].text, b->signers[i].text) != 0)
			return false;
	return true;
}

static int ready(struct ls_judge *judge, const struct ls_block *b, struct ls_error *err)
{
	if (!judge->asked || !same_signers(&judge->signers, b)) {
		ls_judge_free(judge);
		memset(&judge->why, 0, sizeof judge->why);
		judge->signers = *b;
		memset(&judge->signers.document, 0, sizeof judge->signers.document); /* b's */
		judge->asked = true;
		judge->why.code = ls_dna_verifier_new(judge->trust, b->profile, b->hint, b->signers,
						      b->signer_count, &judge->verifier,
						      &judge->why);
	}
	if (judge->why.code < 0 && err)
		*err = judge->why;
	return judge->why.code;
}

int ls_judge_length(const struct ls_block *b, size_t around, struct ls_error *err)
{
	size_t signed_size = b->length;
	if (around == signed_size)
		return 0;
	return ls_fail(err, -EBADMSG, "dna.verify.length",
		       "there are %zu bases around the block and %zu were signed: %zu %s", around,
		       signed_size,
		       around < signed_size ? signed_size - around : around - signed_size,
		       around < signed_size ? "are missing" : "are too many");
}

static int check_signature(struct ls_judge *judge, struct ls_judged *j,
			   const struct ls_canonical *c, const struct ls_proposal *p,
			   struct ls_error *err)
{
	static const char START[] = LS_START_TAG;
	struct ls_digest digest;
	const char *authority = "";
	_cleanup_buffer_ struct ls_buffer head;
	size_t size = j->layout.at[LS_PART_SIGNATURE];
	ls_buffer_init(&head, size);
	/* the tag as it must be: that it is there is the finder's business */
	ls_bases_from_text(START, LS_TAG_BASES, &head);
	ls_buffer_add(&head, p->bases + p->at + LS_TAG_BASES, size - LS_TAG_BASES);
	if (ls_buffer_error(&head) < 0)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	int rc = ls_block_digest(&j->block, c->bases.data, c->bases.size, head.data, head.size,
				 &digest, err);
	if (rc == 0)
		rc = ls_dna_verifier_check(judge->verifier, &digest, j->block.signature, &authority,
					   err);
	if (rc == 0)
		snprintf(j->authority, sizeof j->authority, "%s", authority ? authority : "");
	return rc;
}

int ls_judge_check(struct ls_judge *judge, struct ls_judged *j, const struct ls_proposal *p,
		   struct ls_error *err)
{
	_cleanup_canonical_ struct ls_canonical c = { 0 };
	bool circular = !j->block.linear;
	int rc = ls_judge_length(&j->block, j->body.size, err);
	if (rc == 0)
		rc = ready(judge, &j->block, err);
	if (rc == 0)
		rc = ls_canonical_make(j->body.data, j->body.size, circular, &c, err);
	if (rc == 0)
		rc = check_signature(judge, j, &c, p, err);
	if (rc == 0)
		j->moved = ls_canonical_joint(&c, circular, j->joint) != j->block.place;
	return rc;
}

/* The molecule as it read from where the block was put. */
static int read_as_signed(const struct ls_judged *j, struct ls_buffer *ret, struct ls_error *err)
{
	_cleanup_canonical_ struct ls_canonical c = { 0 };
	size_t n = j->body.size;
	ls_buffer_init(ret, n);
	int rc = ls_canonical_make(j->body.data, n, !j->block.linear, &c, err);
	uint8_t *room = rc == 0 ? ls_buffer_reserve(ret, n) : NULL;
	if (rc == 0 && !room)
		rc = ls_fail(err, -ENOMEM, "memory", "out of memory");
	if (rc < 0)
		return rc;
	ls_canonical_read(&c, j->block.place, room);
	ls_buffer_commit(ret, n);
	return 0;
}

int ls_judged_parity(const struct ls_judged *j, const struct ls_proposal *p, struct ls_buffer *out,
		     struct ls_error *err)
{
	if (j->block.errors == 0)
		return 0;
	_cleanup_parity_ struct ls_parity parity = { 0 };
	_cleanup_buffer_ struct ls_buffer data, signed_as;
	struct ls_site_of_block site = { .bases = j->body.data,
					 .n = j->body.size,
					 .circular = !j->block.linear,
					 .at = j->joint };
	ls_buffer_init(&data, p->n + LS_TAG_BASES);
	ls_buffer_init(&signed_as, 0);
	int rc = j->moved ? read_as_signed(j, &signed_as, err) : 0;
	if (rc < 0)
		return rc;
	if (j->moved) {
		site.bases = signed_as.data;
		site.at = 0;
	}
	rc = ls_block_parity_data(&site, p->bases + p->at, j->layout.at[LS_PART_PARITY], &data);
	for (size_t i = 0; rc == 0 && i < LS_TAG_BASES; i++) /* as it must be */
		data.data[j->body.size + i] = (uint8_t)ls_base_of(LS_START_TAG[i]);
	if (rc == 0)
		rc = ls_parity_init(&parity, data.size, j->block.errors, err);
	if (rc == 0)
		rc = ls_parity_make(&parity, data.data, out);
	return rc == -ENOMEM ? ls_fail(err, rc, "memory", "out of memory") : rc;
}
