/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCR 23, and how the use of the key is ended.
 *
 * PCR 23 can be reset by whoever holds the TPM and a reset does not invalidate
 * policy sessions, so only the supervisor holds it, and ending takes all of:
 * cap PCR 23, flush what is loaded, extend a PCR that counts
 * (TPM_PT_PCR_NO_INCREMENT is clear for it), which kills every older policy session.
 */
#ifndef LABSEAL_LIB_TPM_MEASURE_H
#define LABSEAL_LIB_TPM_MEASURE_H

#include "lib/attest/event_log.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/tpm/session.h"

#define LS_COUNTING_PCR 14 /* extending it changes pcrUpdateCounter */

/* sha256 bank only. */
int ls_tpm_pcr_read(struct ls_tpm *tpm, unsigned pcr, struct ls_digest *ret_value,
		    struct ls_error *err);
int ls_tpm_pcr_extend(struct ls_tpm *tpm, unsigned pcr, const struct ls_digest *digest,
		      struct ls_error *err);
int ls_tpm_pcr_reset(struct ls_tpm *tpm, unsigned pcr, struct ls_error *err);

/*
 * Reset PCR 23, extend it with every record of a complete log, read it back.
 * -EINVAL: the log is not complete; -EIO: the TPM reads another value than the replay's.
 */
int ls_tpm_measure(struct ls_tpm *tpm, const struct ls_event_log *log, struct ls_error *err);

/* The digest that caps PCR 23: SHA-256("labseal/cap/v1"). */
void ls_measure_cap_digest(struct ls_digest *ret_digest);

/*
 * End the use of the key until the next ls_tpm_measure: cap, extend
 * LS_COUNTING_PCR, flush every loaded session and transient object, in this
 * order.  Goes on after a failure and returns the first one.
 */
int ls_tpm_revoke(struct ls_tpm *tpm, struct ls_error *err);

/* Flush every loaded session and transient object, whoever made it. */
int ls_tpm_flush_all(struct ls_tpm *tpm, struct ls_error *err);

#endif
