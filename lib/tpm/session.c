/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tpm/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_esys.h>

struct ls_tpm {
	struct ls_tpm_transport *transport; /* owned */
	ESYS_CONTEXT *esys;		    /* owned */
	uint32_t indices[LS_TPM_INDICES];   /* ESYS_TR */
};

int ls_tpm_open(struct ls_tpm_transport *transport, struct ls_tpm **ret_tpm, struct ls_error *err)
{
	/* the TSS writes to stderr on its own otherwise; errors go the way of all errors here */
	setenv("TSS2_LOG", "all+none", 1);
	struct ls_tpm *tpm = calloc(1, sizeof(*tpm));
	if (!tpm)
		return ls_fail(err, -ENOMEM, "tpm.memory", "out of memory for a TPM connection");
	TSS2_RC rc = Esys_Initialize(&tpm->esys, ls_tpm_transport_tcti(transport), NULL);
	if (rc != TSS2_RC_SUCCESS) {
		free(tpm);
		return ls_fail(err, -EIO, "tpm.library",
			       "the TPM library could not be set up (0x%x)", rc);
	}
	tpm->transport = transport;
	for (unsigned i = 0; i < LS_TPM_INDICES; i++)
		tpm->indices[i] = ESYS_TR_NONE;
	*ret_tpm = tpm;
	return 0;
}

int ls_tpm_open_fd(int fd, struct ls_tpm **ret_tpm, struct ls_error *err)
{
	return ls_tpm_open_fd_waiting(fd, NULL, ret_tpm, err);
}

int ls_tpm_open_fd_waiting(int fd, const struct ls_tpm_waiter *waiter, struct ls_tpm **ret_tpm,
			   struct ls_error *err)
{
	struct ls_tpm_transport *transport;
	int rc = ls_tpm_transport_raw(fd, LS_TPM_TIMEOUT_MS, waiter, &transport, err);
	if (rc < 0)
		return rc;
	rc = ls_tpm_open(transport, ret_tpm, err);
	if (rc < 0)
		ls_tpm_transport_free(transport);
	return rc;
}

void ls_tpm_close(struct ls_tpm *tpm)
{
	if (!tpm)
		return;
	Esys_Finalize(&tpm->esys);
	ls_tpm_transport_free(tpm->transport);
	free(tpm);
}

void *ls_tpm_esys(struct ls_tpm *tpm)
{
	return tpm->esys;
}

uint32_t *ls_tpm_index_slot(struct ls_tpm *tpm, unsigned i)
{
	return &tpm->indices[i];
}

/* --- what it is ---------------------------------------------------------------- */

static uint32_t property(const TPML_TAGGED_TPM_PROPERTY *list, uint32_t tag)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (list->tpmProperty[i].property == tag)
			return list->tpmProperty[i].value;
	return 0;
}

/* Four characters out of a property; blanks and control characters at the end go. */
static void property_text(const TPML_TAGGED_TPM_PROPERTY *list, uint32_t tag, char *text)
{
	uint32_t value = property(list, tag);
	for (unsigned i = 0; i < 4; i++) {
		char c = (char)(value >> (24 - 8 * i));
		text[i] = c >= ' ' && c <= '~' ? c : '\0';
	}
}

static int get_properties(struct ls_tpm *tpm, uint32_t first, uint32_t count,
			  TPML_TAGGED_TPM_PROPERTY *ret_list, struct ls_error *err)
{
	TPMS_CAPABILITY_DATA *data = NULL;
	TSS2_RC rc = Esys_GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					TPM2_CAP_TPM_PROPERTIES, first, count, NULL, &data);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "cannot ask the TPM what it is");
	*ret_list = data->data.tpmProperties;
	Esys_Free(data);
	return 0;
}

/* swtpm says "SW   TPM", Microsoft's reference simulator "xCG fTPM". */
static bool is_software(const struct ls_tpm_identity *identity)
{
	return strncmp(identity->vendor, "SW", 2) == 0 ||
	       strncmp(identity->vendor, "xCG", 3) == 0 ||
	       strncmp(identity->manufacturer, "XYZ", 3) == 0;
}

int ls_tpm_identify(struct ls_tpm *tpm, struct ls_tpm_identity *ret_identity, struct ls_error *err)
{
	TPML_TAGGED_TPM_PROPERTY fixed = { 0 }, permanent = { 0 };
	int rc = get_properties(tpm, TPM2_PT_MANUFACTURER,
				TPM2_PT_FIRMWARE_VERSION_2 - TPM2_PT_MANUFACTURER + 1, &fixed, err);
	if (rc == 0)
		rc = get_properties(tpm, TPM2_PT_PERMANENT, 1, &permanent, err);
	if (rc < 0)
		return rc;
	struct ls_tpm_identity identity = { 0 };
	property_text(&fixed, TPM2_PT_MANUFACTURER, identity.manufacturer);
	for (uint32_t i = 0; i < 4; i++) /* parts end in NUL: join at what is there */
		property_text(&fixed, TPM2_PT_VENDOR_STRING_1 + i,
			      identity.vendor + strlen(identity.vendor));
	identity.firmware = (uint64_t)property(&fixed, TPM2_PT_FIRMWARE_VERSION_1) << 32 |
			    property(&fixed, TPM2_PT_FIRMWARE_VERSION_2);
	identity.locked_out = property(&permanent, TPM2_PT_PERMANENT) & TPMA_PERMANENT_INLOCKOUT;
	identity.software = is_software(&identity);
	*ret_identity = identity;
	return 0;
}

int ls_tpm_shutdown(struct ls_tpm *tpm, struct ls_error *err)
{
	TSS2_RC rc = Esys_Shutdown(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				   TPM2_SU_CLEAR);
	return rc == TSS2_RC_SUCCESS ? 0 : ls_tpm_fail(tpm, rc, err, "cannot shut the TPM down");
}

/* --- response codes ---------------------------------------------------------------- */

/* Without parameter, handle and session numbers (TPM 2.0 Part 2, 6.6). */
static const struct {
	uint32_t rc;
	int code;
	const char *words;
} responses[] = {
	{ TPM2_RC_POLICY_FAIL, -EACCES,
	  "policy check failed: the measured state is not the approved one" },
	{ TPM2_RC_VALUE, -EACCES, "a value is not the expected one" },
	{ TPM2_RC_PCR_CHANGED, -EACCES, "the measured state changed while the key was in use" },
	{ TPM2_RC_POLICY, -EACCES, "the policy does not hold any more: this approval is retired" },
	{ TPM2_RC_AUTH_UNAVAILABLE, -EACCES, "this key works only through its policy" },
	{ TPM2_RC_AUTH_TYPE, -EACCES, "this key works only through its policy" },
	{ TPM2_RC_AUTH_FAIL, -EACCES, "wrong authorisation" },
	{ TPM2_RC_BAD_AUTH, -EACCES,
	  "wrong authorisation: the TPM's password is set and labseal does not know it" },
	{ TPM2_RC_AUTH_MISSING, -EACCES, "authorisation is missing" },
	{ TPM2_RC_SIGNATURE, -EACCES, "the signature does not verify" },
	{ TPM2_RC_INTEGRITY, -EACCES,
	  "this key belongs to another TPM, or this TPM was reset to factory state" },
	{ TPM2_RC_LOCKOUT, -EACCES,
	  "the TPM is in dictionary-attack lockout; wait for its recovery time, or clear it with "
	  "'tpm2_dictionarylockout -c' and the lockout password in state/keys/tpm-auth" },
	{ TPM2_RC_COMMAND_CODE, -EACCES, "this command is not there or not allowed" },
	{ TPM2_RC_LOCALITY, -EACCES, "not allowed from here: wrong locality" },
	{ TPM2_RC_HIERARCHY, -EACCES, "this hierarchy is switched off" },
	{ TPM2_RC_HANDLE, -ENOENT, "there is nothing under this handle" },
	{ TPM2_RC_REFERENCE_H0, -ENOENT,
	  "key or session is not in the TPM any more: its use was ended, or the TPM reset" },
	{ TPM2_RC_REFERENCE_S0, -ENOENT,
	  "key or session is not in the TPM any more: its use was ended, or the TPM reset" },
	{ TPM2_RC_OBJECT_MEMORY, -EBUSY, "the TPM has no room for one more object" },
	{ TPM2_RC_SESSION_MEMORY, -EBUSY, "the TPM has no room for one more session" },
	{ TPM2_RC_SESSION_HANDLES, -EBUSY, "the TPM has no room for one more session" },
	{ TPM2_RC_MEMORY, -EBUSY, "the TPM is out of memory" },
	{ TPM2_RC_RETRY, -EBUSY, "the TPM is busy" },
	{ TPM2_RC_YIELDED, -EBUSY, "the TPM is busy" },
	{ TPM2_RC_TESTING, -EBUSY, "the TPM is testing itself" },
	{ TPM2_RC_NV_RATE, -EBUSY, "the TPM limits how often its memory is written" },
	{ TPM2_RC_NV_UNAVAILABLE, -EBUSY, "the TPM's memory cannot be written now" },
	{ TPM2_RC_NV_SPACE, -ENOSPC, "the TPM's memory is full" },
	{ TPM2_RC_NV_UNINITIALIZED, -ENODATA, "this index of the TPM was never written" },
	{ TPM2_RC_NV_AUTHORIZATION, -EACCES, "this index of the TPM is not to be used like that" },
	{ TPM2_RC_NV_LOCKED, -EACCES, "this index of the TPM is locked" },
	{ TPM2_RC_ATTRIBUTES, -EACCES, "what this object of the TPM is does not allow it" },
	{ TPM2_RC_FAILURE, -EIO,
	  "the TPM is in failure mode; switch the machine off and on (a software TPM: look at the "
	  "rights of its state folder)" },
	{ TPM2_RC_INITIALIZE, -EIO, "the TPM was not started up" },
};
#define RESPONSE_COUNT (sizeof(responses) / sizeof(responses[0]))

/* Format one (bit 7): drop the number and kind of what it is about. */
static uint32_t bare(uint32_t rc)
{
	if (rc & TPM2_RC_FMT1)
		return rc & (TPM2_RC_FMT1 | 0x3f);
	if ((rc & 0xff0) == TPM2_RC_REFERENCE_H0) /* H0..H6 and S0..S6: the first stands for all */
		return rc & 0x8 ? TPM2_RC_REFERENCE_S0 : TPM2_RC_REFERENCE_H0;
	return rc;
}

static size_t find_response(uint32_t rc)
{
	size_t i = 0;
	if (rc & TSS2_RC_LAYER_MASK)
		return RESPONSE_COUNT; /* not the TPM's */
	while (i < RESPONSE_COUNT && responses[i].rc != bare(rc))
		i++;
	return i;
}

const char *ls_tpm_rc_text(uint32_t rc, char buffer[static LS_TPM_RC_TEXT_SIZE])
{
	size_t i = find_response(rc);
	if (i < RESPONSE_COUNT)
		snprintf(buffer, LS_TPM_RC_TEXT_SIZE, "%s (TPM response 0x%x)", responses[i].words,
			 rc);
	else if (rc & TSS2_RC_LAYER_MASK)
		snprintf(buffer, LS_TPM_RC_TEXT_SIZE, "the TPM library failed (0x%x)", rc);
	else
		snprintf(buffer, LS_TPM_RC_TEXT_SIZE, "the TPM refused (TPM response 0x%x)", rc);
	return buffer;
}

int ls_tpm_fail(struct ls_tpm *tpm, uint32_t rc, struct ls_error *err, const char *what)
{
	const struct ls_error *broken = ls_tpm_transport_error(tpm->transport);
	if (broken)
		return ls_fail(err, broken->code, broken->id, "%s: %s", what, broken->message);
	char words[LS_TPM_RC_TEXT_SIZE];
	size_t i = find_response(rc);
	int code = i < RESPONSE_COUNT ? responses[i].code : -EIO;
	return ls_fail(err, code, code == -EACCES ? "tpm.refused" : "tpm.failed", "%s: %s", what,
		       ls_tpm_rc_text(rc, words));
}
