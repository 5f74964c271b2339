/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The passwords of a TPM's hierarchies (TPM 2.0 Part 1, 13): owner, endorsement
 * and lockout.  Without them nobody takes a key or an index of ours away, makes
 * another in its place, sets the TPM's clock, or clears the TPM.  The enclave
 * never needs them.
 *
 * Whoever sets them writes them down durably before the TPM is changed, so that
 * an end in between locks nobody out: ls_tpm_set_auths goes on where it stopped.
 */
#ifndef LABSEAL_LIB_TPM_AUTHORIZATION_H
#define LABSEAL_LIB_TPM_AUTHORIZATION_H

#include <stddef.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/tpm/session.h"

/* 128 random bits in hexadecimal: a TPM takes 32 bytes, and a person can type them. */
#define LS_TPM_AUTH_SIZE     33	 /* with the final NUL */
#define LS_TPM_AUTH_FILE_MAX 256 /* bytes of the file's text */

struct ls_tpm_auths {
	char owner[LS_TPM_AUTH_SIZE];
	char endorsement[LS_TPM_AUTH_SIZE];
	char lockout[LS_TPM_AUTH_SIZE];
};
void ls_tpm_auths_wipe(struct ls_tpm_auths *auths);
#define _cleanup_auths_ __attribute__((cleanup(ls_tpm_auths_wipe)))

int ls_tpm_auths_generate(struct ls_tpm_auths *ret_auths, struct ls_error *err);

/* Three lines, "owner HEX", "endorsement HEX", "lockout HEX"; nothing else.  0 or -EBADMSG. */
int ls_tpm_auths_format(const struct ls_tpm_auths *auths, struct ls_buffer *out);
int ls_tpm_auths_parse(const void *bytes, size_t size, struct ls_tpm_auths *ret_auths,
		       struct ls_error *err);

/* Give these with every later command that needs one.  The TPM is told nothing. */
int ls_tpm_use_auths(struct ls_tpm *tpm, const struct ls_tpm_auths *auths, struct ls_error *err);

/*
 * Make them the TPM's, and use them.  A hierarchy whose password is set already
 * must have this one: -EACCES ("tpm.auth.foreign") names the one that has not.
 * Lockout's is taken for ours when it is set: a wrong try would lock it for a day.
 * *ret_set (may be NULL): how many were set now.
 */
int ls_tpm_set_auths(struct ls_tpm *tpm, const struct ls_tpm_auths *auths, int *ret_set,
		     struct ls_error *err);

/* How many of the three are set, whoever set them. */
int ls_tpm_count_auths(struct ls_tpm *tpm, int *ret_count, struct ls_error *err);

#endif
