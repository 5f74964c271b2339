/* SPDX-License-Identifier: Apache-2.0 */
/* For tests: a software TPM of one's own, new, that can be stopped and started again. */
#ifndef LABSEAL_LIB_TPM_RIG_TEST_H
#define LABSEAL_LIB_TPM_RIG_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_esys.h>

#include "lib/base/files.h"
#include "lib/base/test.h"
#include "lib/tpm/attestation_key.h"
#include "lib/tpm/session.h"
#include "lib/tpm/swtpm.h"

struct tpm_rig {
	char dir[64];
	struct ls_swtpm swtpm;
	struct ls_tpm *tpm;
	struct ls_error err;
};

static inline int tpm_rig_start(struct tpm_rig *r)
{
	int rc = ls_swtpm_start(r->dir, &r->swtpm, &r->err);
	return rc < 0 ? rc : ls_tpm_open_fd(r->swtpm.fd, &r->tpm, &r->err);
}

static inline void tpm_rig_stop(struct tpm_rig *r)
{
	ls_tpm_close(r->tpm);
	r->tpm = NULL;
	ls_swtpm_stop(&r->swtpm);
}

static inline int tpm_rig_set_up(struct tpm_rig *r)
{
	memset(r, 0, sizeof(*r));
	snprintf(r->dir, sizeof(r->dir), "/tmp/labseal-test-XXXXXX");
	return mkdtemp(r->dir) ? tpm_rig_start(r) : -errno;
}

static inline void tpm_rig_tear_down(struct tpm_rig *r)
{
	tpm_rig_stop(r);
	ls_remove_tree(AT_FDCWD, r->dir, NULL);
}

/* Put bytes where a manufacturer leaves the endorsement key's certificate; NULL: never written. */
static inline void tpm_rig_put_endorsement_certificate(struct tpm_rig *r, const uint8_t *bytes,
						       uint16_t size)
{
	ESYS_CONTEXT *esys = ls_tpm_esys(r->tpm);
	ESYS_TR index = ESYS_TR_NONE;
	TPM2B_AUTH auth = { 0 };
	TPM2B_NV_PUBLIC public = { .nvPublic = {
					   .nvIndex = LS_TPM_EK_CERTIFICATE,
					   .nameAlg = TPM2_ALG_SHA256,
					   .attributes = TPMA_NV_PPWRITE | TPMA_NV_PPREAD |
							 TPMA_NV_OWNERREAD | TPMA_NV_AUTHREAD |
							 TPMA_NV_NO_DA | TPMA_NV_PLATFORMCREATE,
					   .dataSize = size,
				   } };
	CHECK_INT_EQ(Esys_NV_DefineSpace(esys, ESYS_TR_RH_PLATFORM, ESYS_TR_PASSWORD, ESYS_TR_NONE,
					 ESYS_TR_NONE, &auth, &public, &index),
		     0);
	for (uint16_t at = 0; at < size && bytes; at = (uint16_t)(at + 512)) {
		TPM2B_MAX_NV_BUFFER part = { .size = size - at < 512 ? (UINT16)(size - at) : 512 };
		memcpy(part.buffer, bytes + at, part.size);
		CHECK_INT_EQ(Esys_NV_Write(esys, ESYS_TR_RH_PLATFORM, index, ESYS_TR_PASSWORD,
					   ESYS_TR_NONE, ESYS_TR_NONE, &part, at),
			     0);
	}
	Esys_TR_Close(esys, &index);
}

#define TPM_RIG(r)                                                    \
	__attribute__((cleanup(tpm_rig_tear_down))) struct tpm_rig r; \
	int set_up_##r = tpm_rig_set_up(&r);                          \
	if (set_up_##r == -ENOENT)                                    \
		TEST_SKIP("swtpm is not installed");                  \
	if (set_up_##r < 0)                                           \
		TEST_FAIL("set-up: %s", r.err.message);               \
	REQUIRE(set_up_##r == 0)

#endif
