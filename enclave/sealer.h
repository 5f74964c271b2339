/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sealer: from whole, hashed deliveries or an event to everything the
 * publisher needs to publish it.  It numbers, writes record and manifest, signs
 * the manifest, appends it to the log, signs the log's checkpoint and writes
 * the proof.  It does no input or output but through the signer.
 *
 * A seal that fails changes nothing: the next one gets the same number.
 */
#ifndef LABSEAL_ENCLAVE_SEALER_H
#define LABSEAL_ENCLAVE_SEALER_H

#include <stdint.h>

#include "enclave/batch.h"
#include "lib/attest/adoption.h"
#include "lib/base/buffer.h"
#include "lib/base/ed25519.h"
#include "lib/base/error.h"
#include "lib/base/p256.h"
#include "lib/base/text.h"
#include "lib/proc/protocol.h"
#include "lib/seal/key_kind.h"

struct ls_sealer;

/*
 * start and signer are copied (what the signer borrows must outlive the
 * sealer).  measured: the key works only in the state that start names; else
 * start must name none, so that no record claims one.  -EINVAL: an instrument,
 * origin or kind of key that is not allowed, or a certificate of another key.
 */
int ls_sealer_new(const struct ls_start *start, const struct ls_signer *signer, int measured,
		  struct ls_sealer **ret_sealer, struct ls_error *err);
void ls_sealer_free(struct ls_sealer *sealer); /* NULL is fine */

static inline void ls_sealer_cleanup(struct ls_sealer **sealer)
{
	ls_sealer_free(*sealer);
}
#define _cleanup_sealer_ __attribute__((cleanup(ls_sealer_cleanup)))

/*
 * Let each checkpoint have a second line by this key, and records say of what kind it is; the
 * signer is copied, what it borrows must outlive the sealer.
 */
void ls_sealer_set_ed25519(struct ls_sealer *sealer, const struct ls_ed25519_signer *signer,
			   enum ls_ed25519_kind kind);

/*
 * Take up the log that the publisher holds: the checkpoint must be signed by
 * this key for this origin, and the frontier must hash to its root.
 * -EBADMSG, -ENOKEY, -EXDEV: it is not ours; nothing may be sealed then.
 */
int ls_sealer_resume(struct ls_sealer *sealer, const struct ls_resume *resume,
		     struct ls_error *err);

/* The state of the log that is gone on from: its size and root. */
int ls_sealer_log_state(struct ls_sealer *sealer, struct ls_log_state *ret_state,
			struct ls_error *err);

/* SHA-256 of the checkpoint that was signed last; only after a seal. */
void ls_sealer_note_digest(const struct ls_sealer *sealer, struct ls_digest *ret_digest);

/* How many seals the log holds. */
uint64_t ls_sealer_size(const struct ls_sealer *sealer);

/* What the newest seal says it was received at, seconds since 1970; 0: not known. */
int64_t ls_sealer_last_received(const struct ls_sealer *sealer);

/* The seal under which this was sealed, if it is among the recent ones; else 0. */
uint64_t ls_sealer_find(const struct ls_sealer *sealer, const struct ls_digest *key);

/* What every record says from now on: what the enclave is without (LS_UNCONFINED_SIZE with its
 * NUL), and the size of the newest checkpoint whose evidence is published. */
void ls_sealer_set_unconfined(struct ls_sealer *sealer, const char *text);
/* What records say of the instrument's calibration from now on; until then: not checked. */
void ls_sealer_set_calibration(struct ls_sealer *sealer,
			       const struct ls_calibration_status *status);
void ls_sealer_set_evidence(struct ls_sealer *sealer, uint64_t size);

/*
 * Seal; *ret_seal is what goes to the publisher, in the sealer's own buffers,
 * valid until its next seal; the batch has at
 * least one result.  now: nanoseconds since 1970 by this process's
 * clock, which is what manifest and record say, whatever a peer claims.
 * -EINVAL: what is to be sealed breaks a format's rule and never can be; else
 * what the signer returned, or -ENOMEM.
 */
int ls_sealer_seal_results(struct ls_sealer *sealer, const struct ls_batch *batch, int64_t now,
			   struct ls_seal *ret_seal, struct ls_error *err);
int ls_sealer_seal_event(struct ls_sealer *sealer, const struct ls_event *event, int64_t now,
			 struct ls_seal *ret_seal, struct ls_error *err);

#endif
