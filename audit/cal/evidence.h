/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence of one device's calibration (docs/formats/calibration-evidence.md): the records that
 * its trace reads, each with a proof that it is in the registry's log, the revocations, and what
 * vouches that these are all.  Whoever has the trust file (the NMI's key, the log's key) needs
 * nothing else to come to the verdict.
 */
#ifndef LABSEAL_AUDIT_CAL_EVIDENCE_H
#define LABSEAL_AUDIT_CAL_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/reader.h"
#include "lib/cal/trace.h"

#define LS_CAL_EVIDENCE_SIZE_MAX (1u << 30) /* bytes */
#define LS_CAL_EVIDENCE_DOCUMENT "document" /* the keyword of a certificate */

/* The form alone. */
struct ls_cal_evidence {
	struct ls_digest device;   /* its record */
	int64_t at;		   /* the time it was made for */
	bool complete;		   /* all of the log's entries, in order, instead of proofs */
	const uint8_t *checkpoint; /* the signed note; borrowed, like the rest */
	size_t checkpoint_size;
	struct ls_reader records; /* what is left: see ls_cal_evidence_next */
	struct ls_digest last;	  /* the last certificate's SHA-256; zeros before the first */
};

/* 0 or -EBADMSG.  bytes must outlive it. */
int ls_cal_evidence_parse(const void *bytes, size_t size, struct ls_cal_evidence *ret_evidence,
			  struct ls_error *err);

/* The next record and its proof (none in complete evidence).  1; 0: there are no more; -EBADMSG.
 */
int ls_cal_evidence_next(struct ls_cal_evidence *evidence, const uint8_t **ret_record,
			 size_t *ret_size, const uint8_t **ret_proof, size_t *ret_proof_size,
			 struct ls_error *err);

/*
 * Behind the last record the certificates (DCC) that the trace has read, by rising SHA-256, which
 * is compared.  1; 0 at the end; -EBADMSG cal.evidence.form, cal.evidence.document.
 */
int ls_cal_evidence_document(struct ls_cal_evidence *evidence, const uint8_t **ret_document,
			     size_t *ret_size, struct ls_error *err);

/*
 * The evidence as a store, after every proof was checked.  *ret_at is the time it was made for.
 * trust is borrowed for the store's life.  0; -EBADMSG, -ENOKEY, -EXDEV: it does not verify; what
 * ls_dcc_store_add() says of a certificate in it; -ENOMEM.
 */
int ls_cal_evidence_store(const void *bytes, size_t size, const struct ls_cal_trust *trust,
			  struct ls_cal_store **ret_store, int64_t *ret_at, struct ls_error *err);

/*
 * Evidence from a mirror's folder, as of `at`.  device as for ls_cal_trace.  0; -ENOENT: there is
 * no such device; the engine's and the registry's errors.
 */
int ls_cal_evidence_make(const char *registry, const struct ls_cal_trust *trust, int64_t at,
			 const char *device, bool complete, struct ls_buffer *out,
			 struct ls_error *err);

#endif
