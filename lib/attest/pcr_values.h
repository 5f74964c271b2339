/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCR values of the SHA-256 bank as text: what a quote's digest is over.
 *
 *     sha256:23 <64 hex>                           (one a line, LF; by number)
 *
 * One spelling per content.
 */
#ifndef LABSEAL_LIB_ATTEST_PCR_VALUES_H
#define LABSEAL_LIB_ATTEST_PCR_VALUES_H

#include <stddef.h>
#include <stdint.h>

#include "lib/attest/tpm_reader.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"

struct ls_pcr_values {
	uint32_t pcrs; /* bit n: values[n] is there */
	struct ls_digest values[LS_PCR_COUNT];
};

void ls_pcr_values_set(struct ls_pcr_values *values, unsigned pcr, const struct ls_digest *value);

/* -EBADMSG: malformed, none, doubled or out of order. */
int ls_pcr_values_parse(const void *bytes, size_t size, struct ls_pcr_values *ret_values,
			struct ls_error *err);

/* 0 or the buffer's error. */
int ls_pcr_values_format(const struct ls_pcr_values *values, struct ls_buffer *out);

/* SHA-256 over the values in rising order of number: pcrDigest (TPM 2.0 Part 1, 17.5). */
void ls_pcr_values_digest(const struct ls_pcr_values *values, struct ls_digest *ret_digest);

#endif
