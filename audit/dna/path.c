/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/path.h"

#include <errno.h>
#include <string.h>

#include "audit/dna/block/document_part.h"
#include "audit/dna/block/edits.h"

static bool find_edits(const struct ls_block *b, struct ls_document_part *ret)
{
	struct ls_reader r;
	ls_reader_init(&r, b->document.data, b->document.size);
	while (ls_document_part_next(&r, ret) == 0)
		if (ret->type == LS_DOCUMENT_EDITS)
			return true;
	return false;
}

/* The molecule before this block and its signer's edits. */
static int earlier(const struct ls_judged *j, struct ls_document_part *edits,
		   struct ls_molecule *ret)
{
	ls_molecule_init(ret);
	ret->topology = j->block.linear ? LS_LINEAR : LS_CIRCULAR;
	if (!find_edits(&j->block, edits)) {
		edits->bytes = NULL;
		return ls_buffer_add(&ret->bases, j->body.data, j->body.size);
	}
	return ls_edits_apply(j->body.data, j->body.size, edits->bytes, edits->size, &ret->bases,
			      NULL);
}

static bool goes_on(const struct ls_dna_verdict *v)
{
	bool claimed = v->outcome == LS_DNA_ANOTHER && v->why.code == -ENOKEY;
	return v->has_block && !v->judged.block.segment && (v->signed_for || claimed);
}

/*
 * One step; *v becomes the earlier molecule's verdict.  1: there is no earlier block.  Where a
 * block has edits it says that there is one: that none is found, is told.
 */
static int walk(struct ls_dna_verdict *v, const struct ls_judged *from,
		const struct ls_dna_options *options,
		int (*step)(void *context, const struct ls_path_step *s), void *context,
		struct ls_error *err)
{
	struct ls_document_part edits = { 0 };
	_cleanup_molecule_ struct ls_molecule m;
	int rc = earlier(from, &edits, &m);
	if (rc == -ENOMEM)
		return ls_fail(err, rc, "memory", "out of memory");
	if ((rc < 0 || m.bases.size == 0) && !edits.bytes)
		return 1;
	if (rc < 0 || m.bases.size == 0) {
		v->outcome = LS_DNA_ALTERED;
		ls_fail(&v->why, -EBADMSG, "dna.edits.malformed",
			"the block's edits are none of this molecule");
	} else if ((rc = ls_dna_verify(&m, options, v, err)) < 0) {
		return rc;
	}
	if (!v->has_block && !edits.bytes)
		return 1;
	const struct ls_path_step s = { .verdict = v,
					.edits = edits.bytes,
					.edits_size = edits.size };
	return step(context, &s);
}

/* Never 0, which would be the effort's whole. */
static uint64_t left_of(uint64_t work, const struct ls_dna_verdict *used)
{
	return used->work < work ? work - used->work : 1;
}

int ls_dna_path(const struct ls_dna_verdict *v, const struct ls_dna_options *options,
		int (*step)(void *context, const struct ls_path_step *s), void *context,
		struct ls_error *err)
{
	struct ls_dna_verdict before = { 0 };
	const struct ls_dna_verdict *at = v;
	/* whoever signed; that who signed later signed what had errors already, is no less a path
	 */
	struct ls_dna_options all = { .trust = options->trust, .repair = options->repair };
	int rc = 0;
	all.repair.work = left_of(ls_repair_work(&options->repair), v);
	for (int depth = 0; rc == 0 && depth < LS_PATH_MAX && goes_on(at); depth++) {
		struct ls_dna_verdict next = { 0 };
		rc = walk(&next, &at->judged, &all, step, context, err);
		all.repair.work = left_of(all.repair.work, &next);
		ls_dna_verdict_free(&before);
		before = next;
		at = &before;
	}
	ls_dna_verdict_free(&before);
	return rc == 1 ? 0 : rc;
}
