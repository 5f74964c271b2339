/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/log/merkle.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static int fail_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "merkle.memory", "out of memory while hashing the log's tree");
}

int ls_merkle_leaf(struct ls_sha256 *h, const void *entry, size_t n, struct ls_digest *ret_hash)
{
	static const uint8_t prefix = 0x00;
	int rc = ls_sha256_init(h);
	if (rc < 0)
		return rc;
	ls_sha256_update(h, &prefix, 1);
	ls_sha256_update(h, entry, n);
	ls_sha256_final(h, ret_hash);
	return 0;
}

int ls_merkle_node(struct ls_sha256 *h, const struct ls_digest *left, const struct ls_digest *right,
		   struct ls_digest *ret_hash)
{
	uint8_t message[1 + 2 * LS_DIGEST_SIZE];
	int rc = ls_sha256_init(h);
	if (rc < 0)
		return rc;
	message[0] = 0x01;
	memcpy(message + 1, left->bytes, LS_DIGEST_SIZE);
	memcpy(message + 1 + LS_DIGEST_SIZE, right->bytes, LS_DIGEST_SIZE);
	ls_sha256_update(h, message, sizeof(message));
	ls_sha256_final(h, ret_hash);
	return 0;
}

/* --- the right edge -------------------------------------------------------- */

void ls_merkle_frontier_init(struct ls_merkle_frontier *f)
{
	memset(f, 0, sizeof(*f));
}

unsigned ls_merkle_frontier_count(uint64_t size)
{
	return (unsigned)__builtin_popcountll(size);
}

int ls_merkle_frontier_load(struct ls_merkle_frontier *f, uint64_t size,
			    const struct ls_digest *hashes, size_t count, struct ls_error *err)
{
	if (count != ls_merkle_frontier_count(size))
		return ls_fail(err, -EBADMSG, "merkle.frontier",
			       "a tree of %llu leaves has a right edge of %u hashes, not %zu",
			       (unsigned long long)size, ls_merkle_frontier_count(size), count);
	ls_merkle_frontier_init(f);
	f->size = size;
	memcpy(f->hashes, hashes, count * sizeof(*hashes));
	return 0;
}

int ls_merkle_frontier_append(struct ls_merkle_frontier *f, struct ls_sha256 *h,
			      const struct ls_digest *leaf_hash)
{
	if (f->size == UINT64_MAX)
		return -EOVERFLOW;
	struct ls_digest hash = *leaf_hash;
	unsigned count = ls_merkle_frontier_count(f->size);
	/* each low one bit of the size is a finished subtree that the new one completes a pair with
	 */
	for (uint64_t bits = f->size; bits & 1; bits >>= 1) {
		int rc = ls_merkle_node(h, &f->hashes[count - 1], &hash, &hash);
		if (rc < 0)
			return rc;
		count--;
	}
	f->hashes[count] = hash;
	f->size++;
	return 0;
}

/* Combine the roots of perfect subtrees, largest first, into the root over all of them. */
static int fold(struct ls_sha256 *h, const struct ls_digest *hashes, unsigned count,
		struct ls_digest *ret_root)
{
	struct ls_digest root = hashes[count - 1];
	for (unsigned i = count - 1; i > 0; i--) {
		int rc = ls_merkle_node(h, &hashes[i - 1], &root, &root);
		if (rc < 0)
			return rc;
	}
	*ret_root = root;
	return 0;
}

int ls_merkle_frontier_root(const struct ls_merkle_frontier *f, struct ls_sha256 *h,
			    struct ls_digest *ret_root)
{
	if (f->size > 0)
		return fold(h, f->hashes, ls_merkle_frontier_count(f->size), ret_root);
	ls_sha256_buffer("", 0, ret_root);
	return 0;
}

/* The last leaf's siblings are the finished subtrees left of it, smallest first. */
void ls_merkle_frontier_prove_next(const struct ls_merkle_frontier *f, struct ls_digest *proof,
				   unsigned *ret_count)
{
	unsigned count = ls_merkle_frontier_count(f->size);
	for (unsigned i = 0; i < count; i++)
		proof[i] = f->hashes[count - 1 - i];
	*ret_count = count;
}

/* --- checking proofs: the loops of RFC 9162, sections 2.1.3.2 and 2.1.4.2 --- */

static int fail_inclusion(struct ls_error *err, uint64_t index, uint64_t size)
{
	return ls_fail(err, -EBADMSG, "merkle.inclusion",
		       "the proof does not lead from entry %llu to the root of the tree of %llu",
		       (unsigned long long)index, (unsigned long long)size);
}

/* fn, sn: the node's index and the last index, on the level that is being climbed. */
static void climb(uint64_t *fn, uint64_t *sn)
{
	while (*fn != 0 && !(*fn & 1)) {
		*fn >>= 1;
		*sn >>= 1;
	}
}

int ls_merkle_verify_inclusion(const struct ls_digest *leaf_hash, uint64_t index, uint64_t size,
			       const struct ls_digest *proof, size_t count,
			       const struct ls_digest *root, struct ls_error *err)
{
	if (index >= size)
		return fail_inclusion(err, index, size);
	_cleanup_sha256_ struct ls_sha256 h = { 0 };
	struct ls_digest r = *leaf_hash;
	uint64_t fn = index, sn = size - 1;
	for (size_t i = 0; i < count; i++) {
		if (sn == 0)
			return fail_inclusion(err, index, size);
		bool right = (fn & 1) || fn == sn;
		int rc = right ? ls_merkle_node(&h, &proof[i], &r, &r)
			       : ls_merkle_node(&h, &r, &proof[i], &r);
		if (rc < 0)
			return fail_memory(err);
		if (right)
			climb(&fn, &sn);
		fn >>= 1;
		sn >>= 1;
	}
	if (sn != 0 || !ls_digest_equal(&r, root))
		return fail_inclusion(err, index, size);
	return 0;
}

static int fail_consistency(struct ls_error *err, uint64_t old_size, uint64_t new_size)
{
	return ls_fail(err, -EBADMSG, "merkle.consistency",
		       "the tree of %llu entries does not begin with the tree of %llu",
		       (unsigned long long)new_size, (unsigned long long)old_size);
}

/* The cases without hashing: nothing before, or nothing new. */
static bool trivially_consistent(uint64_t old_size, const struct ls_digest *old_root,
				 uint64_t new_size, const struct ls_digest *new_root, size_t count)
{
	struct ls_digest empty;
	ls_sha256_buffer("", 0, &empty);
	if (count != 0 || (new_size == 0 && !ls_digest_equal(new_root, &empty)))
		return false;
	return ls_digest_equal(old_root, old_size == new_size ? new_root : &empty);
}

/* Rebuild both roots from the proof; *ret_old and *ret_new start as the first hash. */
static int rebuild_roots(uint64_t fn, uint64_t sn, const struct ls_digest *proof, size_t count,
			 struct ls_digest *ret_old, struct ls_digest *ret_new)
{
	_cleanup_sha256_ struct ls_sha256 h = { 0 };
	for (size_t i = 0; i < count; i++) {
		int rc = 0;
		if (sn == 0)
			return -EBADMSG;
		if ((fn & 1) || fn == sn) {
			rc = ls_merkle_node(&h, &proof[i], ret_old, ret_old);
			if (rc == 0)
				rc = ls_merkle_node(&h, &proof[i], ret_new, ret_new);
			climb(&fn, &sn);
		} else {
			rc = ls_merkle_node(&h, ret_new, &proof[i], ret_new);
		}
		if (rc < 0)
			return rc;
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 ? 0 : -EBADMSG;
}

/* A perfect old tree is a node of the new one: its root is not in the proof. */
static bool is_perfect(uint64_t old_size)
{
	return (old_size & (old_size - 1)) == 0;
}

/* Both roots, of sizes 0 < old < new, as a proof has them; *old_root is given where it is not in
 * the proof.  0, -EBADMSG, -ENOMEM. */
static int rebuild_from_proof(uint64_t old_size, uint64_t new_size, const struct ls_digest *proof,
			      size_t count, struct ls_digest *old_root, struct ls_digest *ret_new)
{
	uint64_t fn = old_size - 1, sn = new_size - 1;
	size_t skip = is_perfect(old_size) ? 0 : 1;
	while (fn & 1) {
		fn >>= 1;
		sn >>= 1;
	}
	if (count < skip)
		return -EBADMSG;
	if (skip > 0)
		*old_root = proof[0];
	*ret_new = *old_root;
	return rebuild_roots(fn, sn, proof + skip, count - skip, old_root, ret_new);
}

int ls_merkle_root_in_proof(uint64_t old_size, uint64_t new_size, const struct ls_digest *new_root,
			    const struct ls_digest *proof, size_t count,
			    struct ls_digest *ret_old_root)
{
	struct ls_digest old = { { 0 } }, new;
	if (old_size == 0 || old_size >= new_size || is_perfect(old_size))
		return -ENODATA;
	int rc = rebuild_from_proof(old_size, new_size, proof, count, &old, &new);
	if (rc == 0 && !ls_digest_equal(&new, new_root))
		rc = -EBADMSG;
	if (rc == 0)
		*ret_old_root = old;
	return rc;
}

int ls_merkle_verify_consistency(uint64_t old_size, const struct ls_digest *old_root,
				 uint64_t new_size, const struct ls_digest *new_root,
				 const struct ls_digest *proof, size_t count, struct ls_error *err)
{
	if (old_size > new_size)
		return fail_consistency(err, old_size, new_size);
	if (old_size == 0 || old_size == new_size) {
		if (!trivially_consistent(old_size, old_root, new_size, new_root, count))
			return fail_consistency(err, old_size, new_size);
		return 0;
	}
	struct ls_digest rebuilt_old = *old_root, rebuilt_new;
	int rc = rebuild_from_proof(old_size, new_size, proof, count, &rebuilt_old, &rebuilt_new);
	if (rc == -ENOMEM)
		return fail_memory(err);
	if (rc < 0 || !ls_digest_equal(&rebuilt_old, old_root) ||
	    !ls_digest_equal(&rebuilt_new, new_root))
		return fail_consistency(err, old_size, new_size);
	return 0;
}

/* --- making proofs ---------------------------------------------------------- */

/* Largest level with 1 << level <= n; n > 0. */
static unsigned floor_log2(uint64_t n)
{
	return 63 - (unsigned)__builtin_clzll(n);
}

/* The perfect subtrees that cover [low, high), left to right; low is a multiple of the largest. */
static int read_subtrees(const struct ls_merkle_source *source, uint64_t low, uint64_t high,
			 struct ls_digest *hashes, unsigned *ret_count, struct ls_error *err)
{
	unsigned count = 0;
	while (low < high) {
		unsigned level = floor_log2(high - low);
		int rc = source->read(source->context, level, low >> level, &hashes[count++], err);
		if (rc < 0)
			return rc;
		low += (uint64_t)1 << level;
	}
	*ret_count = count;
	return 0;
}

int ls_merkle_read_frontier(const struct ls_merkle_source *source, uint64_t size,
			    struct ls_merkle_frontier *ret_frontier, struct ls_error *err)
{
	struct ls_merkle_frontier f = { .size = size };
	unsigned count;
	int rc = read_subtrees(source, 0, size, f.hashes, &count, err);
	if (rc == 0)
		*ret_frontier = f;
	return rc;
}

/* MTH(D[low:high]) of RFC 6962. */
static int range_hash(const struct ls_merkle_source *source, struct ls_sha256 *h, uint64_t low,
		      uint64_t high, struct ls_digest *ret_hash, struct ls_error *err)
{
	struct ls_digest hashes[LS_MERKLE_FRONTIER_MAX];
	unsigned count;
	int rc = read_subtrees(source, low, high, hashes, &count, err);
	if (rc < 0)
		return rc;
	if (fold(h, hashes, count, ret_hash) < 0)
		return fail_memory(err);
	return 0;
}

/* The definitions of RFC 6962 go from the root down; a proof is listed from the leaf up. */
static void reverse(struct ls_digest *hashes, unsigned count)
{
	for (unsigned i = 0; i < count / 2; i++) {
		struct ls_digest other = hashes[i];
		hashes[i] = hashes[count - 1 - i];
		hashes[count - 1 - i] = other;
	}
}

/* Where a tree over n > 1 leaves divides: the largest power of two below n. */
static uint64_t split(uint64_t n)
{
	return (uint64_t)1 << floor_log2(n - 1);
}

/* PATH(m, D[n]) of section 2.1.1 */
int ls_merkle_prove_inclusion(const struct ls_merkle_source *source, uint64_t index, uint64_t size,
			      struct ls_digest *proof, unsigned *ret_count, struct ls_error *err)
{
	if (index >= size)
		return ls_fail(err, -EINVAL, "merkle.index", "the log has no entry %llu",
			       (unsigned long long)index);
	_cleanup_sha256_ struct ls_sha256 h = { 0 };
	uint64_t low = 0, high = size;
	unsigned count = 0;
	while (high - low > 1) {
		uint64_t middle = low + split(high - low);
		bool left = index < middle;
		int rc = range_hash(source, &h, left ? middle : low, left ? high : middle,
				    &proof[count++], err);
		if (rc < 0)
			return rc;
		if (left)
			high = middle;
		else
			low = middle;
	}
	reverse(proof, count);
	*ret_count = count;
	return 0;
}

/* PROOF(m, D[n]) of section 2.1.2 */
int ls_merkle_prove_consistency(const struct ls_merkle_source *source, uint64_t old_size,
				uint64_t new_size, struct ls_digest *proof, unsigned *ret_count,
				struct ls_error *err)
{
	if (old_size > new_size)
		return ls_fail(err, -EINVAL, "merkle.size",
			       "a log of %llu entries is no extension of one of %llu",
			       (unsigned long long)new_size, (unsigned long long)old_size);
	_cleanup_sha256_ struct ls_sha256 h = { 0 };
	uint64_t low = 0, high = new_size;
	unsigned count = 0;
	int rc;
	while (old_size > 0 && old_size < high) {
		uint64_t middle = low + split(high - low);
		bool left = old_size <= middle;
		rc = range_hash(source, &h, left ? middle : low, left ? high : middle,
				&proof[count++], err);
		if (rc < 0)
			return rc;
		if (left)
			high = middle;
		else
			low = middle;
	}
	if (low > 0) {
		rc = range_hash(source, &h, low, high, &proof[count++], err);
		if (rc < 0)
			return rc;
	}
	reverse(proof, count);
	*ret_count = count;
	return 0;
}

/* --- a source over leaves in memory ------------------------------------------ */

/* The finished subtree with this level and index, if it is on the old right edge. */
static const struct ls_digest *edge_hash(const struct ls_merkle_frontier *f, unsigned level,
					 uint64_t index)
{
	uint64_t start = index << level;
	/* it is on the edge when the size has this bit, and the larger bits make up its start */
	if (!(f->size >> level & 1) || (f->size & ~(((uint64_t)2 << level) - 1)) != start)
		return NULL;
	return &f->hashes[ls_merkle_frontier_count(f->size >> level) - 1];
}

static int batch_read(void *context, unsigned level, uint64_t index, struct ls_digest *ret_hash,
		      struct ls_error *err)
{
	const struct ls_merkle_batch *b = context;
	const struct ls_digest *edge = edge_hash(b->before, level, index);
	if (edge) {
		*ret_hash = *edge;
		return 0;
	}
	if (level == 0) {
		if (index < b->before->size || index - b->before->size >= b->count)
			return ls_fail(err, -EINVAL, "merkle.batch",
				       "entry %llu is not among the new ones",
				       (unsigned long long)index);
		*ret_hash = b->leaf_hashes[index - b->before->size];
		return 0;
	}
	/* depth: at most 64 levels */
	struct ls_digest left, right;
	int rc = batch_read(context, level - 1, 2 * index, &left, err);
	if (rc == 0)
		rc = batch_read(context, level - 1, 2 * index + 1, &right, err);
	if (rc < 0)
		return rc;
	if (ls_merkle_node(b->hash, &left, &right, ret_hash) < 0)
		return fail_memory(err);
	return 0;
}

struct ls_merkle_source ls_merkle_batch_source(struct ls_merkle_batch *batch)
{
	return (struct ls_merkle_source){ .read = batch_read, .context = batch };
}
