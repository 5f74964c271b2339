/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tpm/measure.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_sys.h>

#define CAP_TEXT "labseal/cap/v1"

static ESYS_TR pcr_handle(unsigned pcr)
{
	return (ESYS_TR)(ESYS_TR_PCR0 + pcr);
}

static TPML_PCR_SELECTION selection(unsigned pcr)
{
	TPML_PCR_SELECTION s = { .count = 1 };
	s.pcrSelections[0].hash = TPM2_ALG_SHA256;
	s.pcrSelections[0].sizeofSelect = 3;
	s.pcrSelections[0].pcrSelect[pcr / 8] = (BYTE)(1u << (pcr % 8));
	return s;
}

int ls_tpm_pcr_read(struct ls_tpm *tpm, unsigned pcr, struct ls_digest *ret_value,
		    struct ls_error *err)
{
	TPML_PCR_SELECTION wanted = selection(pcr);
	TPML_DIGEST *values = NULL;
	TSS2_RC rc = Esys_PCR_Read(ls_tpm_esys(tpm), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				   &wanted, NULL, NULL, &values);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "cannot read a PCR");
	bool one = values->count == 1 && values->digests[0].size == LS_DIGEST_SIZE;
	if (one)
		memcpy(ret_value->bytes, values->digests[0].buffer, LS_DIGEST_SIZE);
	Esys_Free(values);
	return one ? 0
		   : ls_fail(err, -EIO, "tpm.bank",
			     "the TPM has no SHA-256 bank for PCR %u; switch that bank on in the "
			     "machine's firmware set-up",
			     pcr);
}

int ls_tpm_pcr_extend(struct ls_tpm *tpm, unsigned pcr, const struct ls_digest *digest,
		      struct ls_error *err)
{
	TPML_DIGEST_VALUES values = { .count = 1 };
	values.digests[0].hashAlg = TPM2_ALG_SHA256;
	memcpy(values.digests[0].digest.sha256, digest->bytes, LS_DIGEST_SIZE);
	TSS2_RC rc = Esys_PCR_Extend(ls_tpm_esys(tpm), pcr_handle(pcr), ESYS_TR_PASSWORD,
				     ESYS_TR_NONE, ESYS_TR_NONE, &values);
	return rc == TSS2_RC_SUCCESS ? 0 : ls_tpm_fail(tpm, rc, err, "cannot extend a PCR");
}

int ls_tpm_pcr_reset(struct ls_tpm *tpm, unsigned pcr, struct ls_error *err)
{
	TSS2_RC rc = Esys_PCR_Reset(ls_tpm_esys(tpm), pcr_handle(pcr), ESYS_TR_PASSWORD,
				    ESYS_TR_NONE, ESYS_TR_NONE);
	return rc == TSS2_RC_SUCCESS ? 0 : ls_tpm_fail(tpm, rc, err, "cannot reset a PCR");
}

int ls_tpm_measure(struct ls_tpm *tpm, const struct ls_event_log *log, struct ls_error *err)
{
	struct ls_digest digest, wanted, seen;
	int rc = ls_event_log_check_complete(log, err);
	if (rc == 0)
		rc = ls_tpm_pcr_reset(tpm, LS_MEASURED_PCR, err);
	for (size_t i = 0; rc == 0 && i < log->count; i++) {
		ls_measurement_digest(&log->records[i], &digest);
		rc = ls_tpm_pcr_extend(tpm, LS_MEASURED_PCR, &digest, err);
	}
	if (rc == 0)
		rc = ls_tpm_pcr_read(tpm, LS_MEASURED_PCR, &seen, err);
	if (rc < 0)
		return rc;
	ls_event_log_replay(log, &wanted);
	if (ls_digest_equal(&wanted, &seen))
		return 0;
	return ls_fail(err, -EIO, "tpm.measure.other",
		       "PCR %d has another value than what was measured; something else on this "
		       "machine uses it",
		       LS_MEASURED_PCR);
}

void ls_measure_cap_digest(struct ls_digest *ret_digest)
{
	ls_sha256_buffer(CAP_TEXT, strlen(CAP_TEXT), ret_digest);
}

/* Below ESAPI, which wants an object of its own for each handle and asks the TPM about it. */
static int flush(struct ls_tpm *tpm, TPM2_HANDLE handle, struct ls_error *err)
{
	TSS2_SYS_CONTEXT *sys = NULL;
	TSS2_RC rc = Esys_GetSysContext(ls_tpm_esys(tpm), &sys);
	if (rc == TSS2_RC_SUCCESS)
		rc = Tss2_Sys_FlushContext(sys, handle);
	return rc == TSS2_RC_SUCCESS
		       ? 0
		       : ls_tpm_fail(tpm, rc, err, "cannot flush a session or object of the TPM");
}

static int flush_from(struct ls_tpm *tpm, TPM2_HANDLE first, struct ls_error *err)
{
	TPMS_CAPABILITY_DATA *data = NULL;
	TSS2_RC rc = Esys_GetCapability(ls_tpm_esys(tpm), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					TPM2_CAP_HANDLES, first, TPM2_MAX_CAP_HANDLES, NULL, &data);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "cannot list what is loaded in the TPM");
	int result = 0;
	for (uint32_t i = 0; i < data->data.handles.count; i++) {
		int one = flush(tpm, data->data.handles.handle[i], result == 0 ? err : NULL);
		if (result == 0)
			result = one;
	}
	Esys_Free(data);
	return result;
}

int ls_tpm_flush_all(struct ls_tpm *tpm, struct ls_error *err)
{
	int sessions = flush_from(tpm, TPM2_LOADED_SESSION_FIRST, err);
	int objects = flush_from(tpm, (uint32_t)TPM2_HT_TRANSIENT << TPM2_HR_SHIFT,
				 sessions == 0 ? err : NULL);
	return sessions < 0 ? sessions : objects;
}

int ls_tpm_revoke(struct ls_tpm *tpm, struct ls_error *err)
{
	struct ls_digest cap;
	ls_measure_cap_digest(&cap);
	int rc = ls_tpm_pcr_extend(tpm, LS_MEASURED_PCR, &cap, err);
	int step = ls_tpm_pcr_extend(tpm, LS_COUNTING_PCR, &cap, rc == 0 ? err : NULL);
	rc = rc < 0 ? rc : step;
	step = ls_tpm_flush_all(tpm, rc == 0 ? err : NULL);
	return rc < 0 ? rc : step;
}
