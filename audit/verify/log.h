/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of a share: re-hashed from its entries to the checkpoint's root, and
 * then the source of leaf hashes and of roots at any size.
 *
 * A block is 256 consecutive entries: one entry bundle and one tile of level 0.
 * In memory there is one hash per block, so that a log of 10^6 entries takes
 * some 250 kB; leaf hashes are read again, block by block, when asked for.
 */
#ifndef LABSEAL_AUDIT_VERIFY_LOG_H
#define LABSEAL_AUDIT_VERIFY_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/verify/report.h"
#include "audit/verify/source.h"
#include "audit/verify/tree.h"
#include "lib/base/buffer.h"
#include "lib/base/hash.h"
#include "lib/log/checkpoint.h"
#include "lib/log/tiles.h"
#include "lib/seal/manifest.h"
#include "lib/seal/trust.h"

/* Where the leaf hashes of a block are to be had. */
enum ls_block_source {
	LS_BLOCK_NONE = 0, /* nowhere: both files are damaged or gone */
	LS_BLOCK_TILE,
	LS_BLOCK_ENTRIES,   /* the tile is damaged; hash the entries */
	LS_BLOCK_UNDECIDED, /* both can be read and differ, and nothing yet says which is right */
};

struct ls_block {
	struct ls_digest hash; /* root over the block's leaves, by `source` */
	int64_t first, last;   /* received times of its first and last entry; 0: not known */
	uint8_t source;
	bool no_entries, no_tile; /* the file is not there */
};

/* What a worker needs to hash with; zero it, then ls_log_scratch_init. */
struct ls_log_scratch {
	struct ls_sha256 hash;
	struct ls_buffer bytes, other;
	uint64_t block;	       /* whose leaves are loaded, UINT64_MAX: none */
	struct ls_tree leaves; /* of that block */
};
void ls_log_scratch_init(struct ls_log_scratch *s);
void ls_log_scratch_free(struct ls_log_scratch *s);

struct ls_log {
	struct ls_source *source; /* borrowed */
	struct ls_report *report;
	const struct ls_trust *trust; /* NULL: none */

	struct ls_buffer note; /* log/checkpoint, as it is */
	bool have_checkpoint;  /* it could be read and parsed */
	bool signature_good;   /* by the trust file's log key */
	bool root_good;	       /* the blocks hash to the checkpoint's root */
	struct ls_checkpoint checkpoint;

	char instrument[LS_INSTRUMENT_SIZE]; /* of the entries */
	int64_t first_received, last_received;

	struct ls_block *blocks; /* owned; block_count of them */
	uint64_t block_count;
	struct ls_tree tree; /* over all blocks but a partial one at the end */
	bool have_tree;
	uint64_t beyond;  /* largest size that a tile file speaks of, when above the checkpoint's */
	uint64_t vouched; /* the same of evidence, which is made of what log/checkpoint was */
};

/* source, report and trust are borrowed and must outlive the log. */
void ls_log_setup(struct ls_log *log, struct ls_source *source, struct ls_report *report,
		  const struct ls_trust *trust);
void ls_log_free(struct ls_log *log);

/* Read and check log/checkpoint; what is wrong with it becomes findings. */
void ls_log_read_checkpoint(struct ls_log *log);

/* Re-hash all entries and compare all tiles, with this many threads.  0 or -ENOMEM. */
int ls_log_check(struct ls_log *log, unsigned threads);

/*
 * What else lies in log/: narrower tiles of the past must be beginnings of
 * today's, other files must not be there.  After ls_log_check.  0 or -ENOMEM.
 */
int ls_log_check_files(struct ls_log *log, unsigned threads);

/* The log as it is now ends at a larger size that also carries a good signature (when trusted). */
bool ls_log_has_grown_to(const struct ls_log *log, uint64_t size);

/* The leaf hash at index, or -ENODATA: not known; -ENOMEM. */
int ls_log_leaf(const struct ls_log *log, struct ls_log_scratch *s, uint64_t index,
		struct ls_digest *ret_hash);

/*
 * The entry at index, parsed as a manifest; *ret_manifest is to be freed.
 * -ENODATA: not known or no manifest; -ENOMEM.
 */
int ls_log_entry(const struct ls_log *log, struct ls_log_scratch *s, uint64_t index,
		 struct ls_manifest *ret_manifest);

/*
 * The inclusion proof of the leaf at index in the log's first `size` entries; proof takes
 * LS_MERKLE_PROOF_MAX hashes.  -ENODATA: not known; -EINVAL; -ENOMEM.
 */
int ls_log_prove(const struct ls_log *log, struct ls_log_scratch *s, uint64_t index, uint64_t size,
		 struct ls_digest *proof, unsigned *ret_count);

/* The root of the log's first `size` entries; -ENODATA: not known (or size above the log's). */
int ls_log_root_at(const struct ls_log *log, struct ls_log_scratch *s, uint64_t size,
		   struct ls_digest *ret_root);

/* The consistency proof from its first `size` entries to all of them; the same. */
int ls_log_prove_consistency(const struct ls_log *log, struct ls_log_scratch *s, uint64_t size,
			     struct ls_digest *proof, unsigned *ret_count);

#endif
