/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The structures that TPM structures are made of, taken from a bounded reader
 * (TPM 2.0 Library, Part 2).  As lib/base/reader.h: 0, or -EBADMSG and nothing
 * taken for sure; what comes out then is not to be used.
 */
#ifndef LABSEAL_LIB_ATTEST_TPM_READER_H
#define LABSEAL_LIB_ATTEST_TPM_READER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/attest/policy_digest.h"
#include "lib/base/hash.h"
#include "lib/base/reader.h"

/* TPM2B_x (10.4): a length of two bytes and at most max bytes, borrowed. */
int ls_read_tpm2b(struct ls_reader *r, size_t max, const uint8_t **ret_bytes, size_t *ret_size);

/* TPM2B_NAME (10.5.3) that holds a SHA-256 Name. */
int ls_read_tpm_name(struct ls_reader *r, struct ls_tpm_name *ret_name);

/* TPM2B_DIGEST (10.4.2) of exactly 32 bytes. */
int ls_read_tpm_digest(struct ls_reader *r, struct ls_digest *ret_digest);

/* TPML_PCR_SELECTION (10.9.7).  Each bank has three bytes of bits, for PCR 0 to 23. */
#define LS_PCR_COUNT	 24
#define LS_PCR_BANKS_MAX 16
struct ls_pcr_selection {
	uint32_t count;
	struct {
		uint16_t hash; /* the bank's algorithm */
		uint32_t pcrs; /* bit n: PCR n */
	} banks[LS_PCR_BANKS_MAX];
};
int ls_read_pcr_selection(struct ls_reader *r, struct ls_pcr_selection *ret_selection);

#endif
