/* SPDX-License-Identifier: Apache-2.0 */
/* The endorsement key's certificate in the TPM's memory, which its manufacturer put there. */
#include <errno.h>
#include <stdbool.h>

#include "lib/tpm/attestation_key.h"
#include "lib/tpm/keys_internal.h"

#define CHUNK 512 /* bytes at a time: every TPM gives as many (TPM_PT_NV_BUFFER_MAX) */

static int read_size(struct ls_tpm *tpm, ESYS_TR index, size_t *ret_size, struct ls_error *err)
{
	_cleanup_esys_ TPM2B_NV_PUBLIC *public = NULL;
	TSS2_RC rc = Esys_NV_ReadPublic(ls_tpm_esys(tpm), index, ESYS_TR_NONE, ESYS_TR_NONE,
					ESYS_TR_NONE, &public, NULL);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err,
				   "cannot look at the endorsement key's "
				   "certificate");
	*ret_size = public->nvPublic.dataSize;
	return *ret_size <= LS_TPM_EK_CERTIFICATE_MAX
		       ? 0
		       : ls_fail(err, -EBADMSG, "tpm.ek.certificate",
				 "what is at 0x%08x in the TPM is too large for a certificate",
				 LS_TPM_EK_CERTIFICATE);
}

static int read_all(struct ls_tpm *tpm, ESYS_TR index, size_t size, struct ls_buffer *out,
		    struct ls_error *err)
{
	for (size_t at = 0; at < size;) {
		_cleanup_esys_ TPM2B_MAX_NV_BUFFER *part = NULL;
		size_t n = size - at < CHUNK ? size - at : CHUNK;
		TSS2_RC rc = Esys_NV_Read(ls_tpm_esys(tpm), index, index, ESYS_TR_PASSWORD,
					  ESYS_TR_NONE, ESYS_TR_NONE, (UINT16)n, (UINT16)at, &part);
		if (rc != TSS2_RC_SUCCESS)
			return ls_tpm_fail(tpm, rc, err,
					   "cannot read the endorsement key's certificate");
		if (part->size != n || ls_buffer_add(out, part->buffer, n) < 0)
			return ls_fail(err, -EIO, "tpm.ek.certificate",
				       "the TPM gives the endorsement key's certificate in part");
		at += n;
	}
	return 0;
}

/* The TPM's numbers of indices that there are: asking for one that is not is an error there. */
static int has_index(struct ls_tpm *tpm, bool *ret_there, struct ls_error *err)
{
	_cleanup_esys_ TPMS_CAPABILITY_DATA *data = NULL;
	TPMI_YES_NO more;
	TSS2_RC rc = Esys_GetCapability(ls_tpm_esys(tpm), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					TPM2_CAP_HANDLES, LS_TPM_EK_CERTIFICATE, 1, &more, &data);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "cannot list what is in the TPM");
	*ret_there = data->data.handles.count == 1 &&
		     data->data.handles.handle[0] == LS_TPM_EK_CERTIFICATE;
	return 0;
}

int ls_tpm_read_endorsement_certificate(struct ls_tpm *tpm, struct ls_buffer *out,
					struct ls_error *err)
{
	ESYS_TR index = ESYS_TR_NONE;
	size_t size = 0;
	bool there = false;
	int rc = has_index(tpm, &there, err);
	if (rc == 0 && !there)
		rc = ls_fail(err, -ENOENT, "tpm.ek.certificate",
			     "the TPM has no certificate of its endorsement key");
	if (rc == 0)
		rc = ls_tpm_open_handle(tpm, LS_TPM_EK_CERTIFICATE,
					"cannot open the endorsement key's certificate", &index,
					err);
	if (rc == 0)
		rc = read_size(tpm, index, &size, err);
	if (rc == 0)
		rc = read_all(tpm, index, size, out, err);
	ls_tpm_forget(tpm, &index);
	return rc;
}
