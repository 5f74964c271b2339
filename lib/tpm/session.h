/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TPM 2.0 that is being talked to (ESAPI over our own transport).  Errors name
 * the TPM's response code in words; their ids start with "tpm.".
 */
#ifndef LABSEAL_LIB_TPM_SESSION_H
#define LABSEAL_LIB_TPM_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/tpm/transport.h"

struct ls_tpm;

/* Takes the transport over on success; on failure it is still the caller's.  No command is sent. */
int ls_tpm_open(struct ls_tpm_transport *transport, struct ls_tpm **ret_tpm, struct ls_error *err);

/* The same over a raw descriptor (borrowed) with the default deadline. */
int ls_tpm_open_fd(int fd, struct ls_tpm **ret_tpm, struct ls_error *err);
/* And somebody who works while it is waited for (lib/tpm/exchange.h); copied, NULL: nobody. */
int ls_tpm_open_fd_waiting(int fd, const struct ls_tpm_waiter *waiter, struct ls_tpm **ret_tpm,
			   struct ls_error *err);

/* Lets go of the memory, sends nothing; NULL is fine. */
void ls_tpm_close(struct ls_tpm *tpm);

static inline void ls_tpm_cleanup(struct ls_tpm **tpm)
{
	ls_tpm_close(*tpm);
}
#define _cleanup_tpm_ __attribute__((cleanup(ls_tpm_cleanup)))

/* The ESYS_CONTEXT * inside, borrowed. */
void *ls_tpm_esys(struct ls_tpm *tpm);

/*
 * For lib/tpm/nv.c: where it keeps its ESYS_TR of an index.  ESAPI gives one
 * number for all who ask for an index, and one of them closing it closes it for all.
 */
#define LS_TPM_INDICES 2
uint32_t *ls_tpm_index_slot(struct ls_tpm *tpm, unsigned i);

/* What the TPM says about itself. */
struct ls_tpm_identity {
	bool software;	      /* swtpm or a simulator: can be cloned */
	bool locked_out;      /* dictionary-attack lockout is on */
	char manufacturer[5]; /* TPM_PT_MANUFACTURER: "IBM", "IFX", ... */
	char vendor[17];      /* TPM_PT_VENDOR_STRING_1..4: "SW   TPM" is swtpm's */
	uint64_t firmware;    /* TPM_PT_FIRMWARE_VERSION_1 and _2 */
};
int ls_tpm_identify(struct ls_tpm *tpm, struct ls_tpm_identity *ret_identity, struct ls_error *err);

/* TPM2_Shutdown(CLEAR): before the power goes, so that no lockout counter steps. */
int ls_tpm_shutdown(struct ls_tpm *tpm, struct ls_error *err);

/*
 * A response code in words: "policy check failed: the measured state is not the
 * approved one (TPM response 0x99d)".  Returns buffer.
 */
#define LS_TPM_RC_TEXT_SIZE 256
const char *ls_tpm_rc_text(uint32_t rc, char buffer[static LS_TPM_RC_TEXT_SIZE]);

/*
 * Fill err in from a TSS return code: "WHAT: WORDS".  Returns -EACCES (policy,
 * authorisation), -ETIMEDOUT, -EPIPE, -EBUSY (retry, no room for objects or
 * sessions), -ENOENT (no such handle), -ENODATA (an index never written),
 * -ENOSPC (no room for an index) or -EIO.
 */
int ls_tpm_fail(struct ls_tpm *tpm, uint32_t rc, struct ls_error *err, const char *what);

#endif
