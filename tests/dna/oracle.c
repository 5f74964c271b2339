/* SPDX-License-Identifier: Apache-2.0 */
/* Right or wrong, by comparison with what was signed: nothing of the verifier's is used. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "tests/dna/campaign.h"

static bool same_strand(const uint8_t *a, const uint8_t *b, size_t n, bool circular)
{
	if (!circular)
		return memcmp(a, b, n) == 0;
	_cleanup_free_ uint8_t *twice = malloc(2 * n);
	if (!twice)
		abort();
	memcpy(twice, b, n);
	memcpy(twice + n, b, n);
	return memmem(twice, 2 * n, a, n) != NULL;
}

bool judge_same(const uint8_t *a, const uint8_t *b, size_t n, bool circular)
{
	_cleanup_free_ uint8_t *turned = malloc(n + 1);
	if (!turned)
		abort();
	for (size_t i = 0; i < n; i++)
		turned[i] = 3 - b[n - 1 - i];
	return same_strand(a, b, n, circular) || same_strand(a, turned, n, circular);
}

static bool is_circular(const struct specimen *s)
{
	return !s->block.linear;
}

static bool is_signed(const struct specimen *s, const uint8_t *bases, size_t n)
{
	return n == s->molecule.bases.size &&
	       judge_same(bases, s->molecule.bases.data, n, is_circular(s));
}

/* Is the segment, with its block, anywhere in these bases? */
static bool has_segment(const struct specimen *s, const uint8_t *bases, size_t n)
{
	const uint8_t *covered = s->molecule.bases.data + s->first;
	if (n < s->covered)
		return false;
	_cleanup_free_ uint8_t *twice = malloc(2 * n), *turned = malloc(s->covered);
	if (!twice || !turned)
		abort();
	memcpy(twice, bases, n);
	memcpy(twice + n, bases, n);
	for (size_t i = 0; i < s->covered; i++)
		turned[i] = 3 - covered[s->covered - 1 - i];
	return memmem(twice, n + s->covered - 1, covered, s->covered) ||
	       memmem(twice, n + s->covered - 1, turned, s->covered);
}

static bool is_covered(const struct specimen *s, const struct ls_buffer *bases)
{
	return bases->size == s->covered &&
	       judge_same(bases->data, s->molecule.bases.data + s->first, s->covered, false);
}

/* Bases around the block as it was signed, the block as it was signed, at another joint. */
static bool is_moved(const struct specimen *s, const struct ls_buffer *seen)
{
	size_t n = seen->size, block = s->layout.at[LS_PART_COUNT];
	const uint8_t *text = s->molecule.bases.data + s->at;
	struct ls_buffer body;
	bool found = false;
	if (n != s->molecule.bases.size || s->block.segment)
		return false;
	_cleanup_free_ uint8_t *twice = malloc(2 * n), *rest = malloc(n);
	if (!twice || !rest)
		abort();
	ls_buffer_init(&body, n);
	specimen_body(s, &body);
	for (int strand = 0; strand < 2 && !found; strand++) {
		for (size_t i = 0; i < 2 * n; i++)
			twice[i] = strand ? 3 - seen->data[(2 * n - 1 - i) % n] : seen->data[i % n];
		const uint8_t *at = memmem(twice, n + block - 1, text, block);
		if (!at)
			continue;
		size_t begin = (size_t)(at - twice);
		for (size_t i = 0; i < n - block; i++)
			rest[i] = is_circular(s) ? twice[(begin + block + i) % n]
						 : twice[i < begin ? i : i + block];
		found = judge_same(rest, body.data, n - block, is_circular(s));
	}
	ls_buffer_free(&body);
	return found;
}

/* The errors that were told, mended: bases that were lost come before the base at their place. */
static bool mend(const struct ls_molecule *seen, const struct ls_dna_verdict *v,
		 struct ls_buffer *ret)
{
	const struct ls_differences *d = &v->differences;
	for (size_t at = 0; at <= seen->bases.size; at++) {
		bool gone = false, changed = false;
		uint8_t base = at < seen->bases.size ? seen->bases.data[at] : 0;
		for (size_t i = 0; i < d->count; i++) {
			const struct ls_difference *one =
				&d->list[v->reversed ? d->count - 1 - i : i];
			if (one->at != at)
				continue;
			if (one->kind == LS_DELETED) {
				ls_buffer_add_u8(ret, one->should);
				continue;
			}
			if (at == seen->bases.size || one->seen != base || gone || changed)
				return false;
			gone = one->kind == LS_INSERTED;
			changed = one->kind == LS_SUBSTITUTED;
			base = one->should;
		}
		if (at < seen->bases.size && !gone)
			ls_buffer_add_u8(ret, base);
	}
	return true;
}

static const char *judge_valid(const struct specimen *s, const struct ls_molecule *seen,
			       const struct ls_dna_verdict *v)
{
	bool equal = is_signed(s, seen->bases.data, seen->bases.size);
	if (equal && v->judged.moved)
		return "the block is said to have been moved, and was not";
	if (!equal && !v->judged.moved)
		return "valid, and it is not what was signed";
	if (!equal && !is_moved(s, &seen->bases))
		return "valid and moved, and it is not what was signed, whatever was moved";
	return NULL;
}

/* As it was signed, or that with the block moved, which was told. */
static bool is_right(const struct specimen *s, const struct ls_dna_verdict *v,
		     const struct ls_buffer *bases)
{
	return v->judged.moved ? is_moved(s, bases) : is_signed(s, bases->data, bases->size);
}

static const char *judge_corrected(const struct specimen *s, const struct ls_molecule *seen,
				   const struct ls_dna_verdict *v)
{
	bool segment = s->block.segment;
	struct ls_buffer mended;
	if (segment ? !is_covered(s, &v->signed_bases) : !is_right(s, v, &v->signed_bases))
		return "corrected to what was not signed";
	if (v->differences.count == 0)
		return "corrected, and no error is told";
	ls_buffer_init(&mended, seen->bases.size + LS_DIFFERENCES_MAX);
	bool right = mend(seen, v, &mended) &&
		     (segment ? has_segment(s, mended.data, mended.size) : is_right(s, v, &mended));
	ls_buffer_free(&mended);
	return right ? NULL : "the errors that are told do not lead to what was signed";
}

static const char *judge_one(const struct specimen *s, const struct ls_molecule *seen,
			     const struct ls_dna_verdict *v)
{
	switch (v->outcome) {
	case LS_DNA_VALID:
		return s->block.segment ? "a segment, and the molecule is said to be valid"
					: judge_valid(s, seen, v);
	case LS_DNA_CORRECTED:
		return s->block.segment ? "a segment, and the molecule is said to be valid"
					: judge_corrected(s, seen, v);
	case LS_DNA_SEGMENT:
		return s->block.segment && is_covered(s, &v->signed_bases) &&
				       has_segment(s, seen->bases.data, seen->bases.size)
			       ? NULL
			       : "the segment is not what was signed";
	case LS_DNA_SEGMENT_CORRECTED:
		return s->block.segment ? judge_corrected(s, seen, v)
					: "a segment that was not signed";
	default: return NULL;
	}
}

const char *judge_verdict(const struct specimen *const *truths, size_t count,
			  const struct ls_molecule *seen, const struct ls_dna_verdict *v)
{
	const char *why = "it holds, and nothing was signed";
	if (v->outcome > LS_DNA_SEGMENT_CORRECTED)
		return NULL;
	for (size_t i = 0; i < count && why; i++)
		why = judge_one(truths[i], seen, v);
	return why;
}
