/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/evidence.h"

#include <errno.h>
#include <string.h>

#include "lib/attest/event_log.h"
#include "lib/attest/nv_certificate.h"
#include "lib/attest/quote.h"
#include "lib/base/reader.h"

static const char *const files[LS_EVIDENCE_PARTS] = {
	[LS_EVIDENCE_CHECKPOINT] = "checkpoint",
	[LS_EVIDENCE_PCRS] = "pcrs.txt",
	[LS_EVIDENCE_QUOTE] = "quote.attest",
	[LS_EVIDENCE_QUOTE_SIGNATURE] = "quote.signature",
	[LS_EVIDENCE_COUNTER] = "counter.attest",
	[LS_EVIDENCE_COUNTER_SIGNATURE] = "counter.signature",
	[LS_EVIDENCE_NV_CHECKPOINT] = "nv-checkpoint.attest",
	[LS_EVIDENCE_NV_CHECKPOINT_SIGNATURE] = "nv-checkpoint.signature",
};

const char *ls_evidence_file(enum ls_evidence_part part)
{
	return files[part];
}

enum ls_evidence_part ls_evidence_find(const char *name)
{
	int part = 0;
	while (part < LS_EVIDENCE_PARTS && strcmp(files[part], name) != 0)
		part++;
	return part;
}

/* An attestation and the signature in the part after it. */
static struct ls_attested attested_of(const struct ls_evidence_set *set, enum ls_evidence_part part)
{
	return (struct ls_attested){ set->parts[part].bytes, set->parts[part].size,
				     set->parts[part + 1].bytes, set->parts[part + 1].size };
}

static void qualifying_of(const struct ls_evidence_set *set, struct ls_digest *ret_qualifying)
{
	ls_sha256_buffer(set->parts[LS_EVIDENCE_CHECKPOINT].bytes,
			 set->parts[LS_EVIDENCE_CHECKPOINT].size, ret_qualifying);
}

/* Of one set, the quote is made first, then the counter's certificate, then the checkpoint's. */
static int take_clock(struct ls_evidence_says *says, const struct ls_clock *clock,
		      struct ls_error *err)
{
	int rc = ls_clock_check_follows(&says->last, clock, err);
	says->last = *clock;
	return rc;
}

int ls_evidence_check_quote(const struct ls_evidence_set *set,
			    const struct ls_evidence_trust *trust, struct ls_evidence_says *says,
			    enum ls_evidence_part *ret_part, struct ls_error *err)
{
	struct ls_pcr_values values;
	struct ls_digest qualifying;
	struct ls_attested attested = attested_of(set, LS_EVIDENCE_QUOTE);
	*ret_part = LS_EVIDENCE_PCRS;
	int rc = ls_pcr_values_parse(set->parts[LS_EVIDENCE_PCRS].bytes,
				     set->parts[LS_EVIDENCE_PCRS].size, &values, err);
	if (rc < 0)
		return rc;
	if (values.pcrs != UINT32_C(1) << LS_MEASURED_PCR)
		return ls_fail(err, -EBADMSG, "evidence.pcrs",
			       "it names other PCRs than %d, the one that is measured into",
			       LS_MEASURED_PCR);
	*ret_part = LS_EVIDENCE_QUOTE;
	qualifying_of(set, &qualifying);
	rc = ls_quote_verify(&attested, &trust->attester, &qualifying, &values, &says->first, err);
	if (rc < 0 && err && strncmp(err->id, "quote.", 6) == 0) /* genuine, but of other values */
		*ret_part = LS_EVIDENCE_PCRS;
	if (rc < 0)
		return rc;
	says->last = says->first;
	says->pcr23 = values.values[LS_MEASURED_PCR];
	return 0;
}

static int certified(const struct ls_evidence_set *set, const struct ls_evidence_trust *trust,
		     enum ls_evidence_part part, const struct ls_tpm_name *index, void *contents,
		     size_t size, struct ls_evidence_says *says, struct ls_error *err)
{
	struct ls_digest qualifying;
	struct ls_clock clock;
	struct ls_attested attested = attested_of(set, part);
	qualifying_of(set, &qualifying);
	int rc = ls_nv_certificate_verify(&attested, &trust->attester, &qualifying, index, contents,
					  size, &clock, err);
	return rc < 0 ? rc : take_clock(says, &clock, err);
}

int ls_evidence_check_counter(const struct ls_evidence_set *set,
			      const struct ls_evidence_trust *trust, struct ls_evidence_says *says,
			      enum ls_evidence_part *ret_part, struct ls_error *err)
{
	struct ls_tpm_name index;
	struct ls_reader r;
	uint8_t contents[LS_NV_COUNTER_SIZE];
	*ret_part = LS_EVIDENCE_COUNTER;
	ls_nv_counter_name(&index);
	int rc = certified(set, trust, LS_EVIDENCE_COUNTER, &index, contents, sizeof(contents),
			   says, err);
	if (rc < 0)
		return rc;
	ls_reader_init(&r, contents, sizeof(contents));
	return ls_read_be64(&r, &says->counter);
}

int ls_evidence_check_checkpoint(const struct ls_evidence_set *set,
				 const struct ls_evidence_trust *trust, uint64_t size,
				 const struct ls_digest *root, struct ls_evidence_says *says,
				 enum ls_evidence_part *ret_part, struct ls_error *err)
{
	struct ls_tpm_name index;
	struct ls_nv_checkpoint held;
	struct ls_digest note;
	uint8_t contents[LS_NV_CHECKPOINT_SIZE];
	*ret_part = LS_EVIDENCE_NV_CHECKPOINT;
	ls_nv_checkpoint_name(&trust->policy, &index);
	int rc = certified(set, trust, LS_EVIDENCE_NV_CHECKPOINT, &index, contents,
			   sizeof(contents), says, err);
	if (rc == 0)
		rc = ls_nv_checkpoint_decode(contents, sizeof(contents), &held, err);
	if (rc != 0)
		return rc;
	qualifying_of(set, &note);
	if (held.size == size && ls_digest_equal(&held.root, root) &&
	    ls_digest_equal(&held.note, &note))
		return 0;
	return ls_fail(err, -EKEYREJECTED, "evidence.nv-checkpoint",
		       "the TPM held another checkpoint than the one beside it");
}
