/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tpm/authorization.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <tss2/tss2_esys.h>

#include "lib/base/reader.h"
#include "lib/base/text.h"

#define HIERARCHIES 3

/* In the order of the file's lines. */
static const struct {
	const char *name;
	ESYS_TR handle;
	TPMA_PERMANENT is_set; /* Part 2, 8.6 */
	bool may_be_tried;     /* a wrong try does no harm */
	size_t offset;
} hierarchies[HIERARCHIES] = {
	{ "owner", ESYS_TR_RH_OWNER, TPMA_PERMANENT_OWNERAUTHSET, true,
	  offsetof(struct ls_tpm_auths, owner) },
	{ "endorsement", ESYS_TR_RH_ENDORSEMENT, TPMA_PERMANENT_ENDORSEMENTAUTHSET, true,
	  offsetof(struct ls_tpm_auths, endorsement) },
	{ "lockout", ESYS_TR_RH_LOCKOUT, TPMA_PERMANENT_LOCKOUTAUTHSET, false,
	  offsetof(struct ls_tpm_auths, lockout) },
};

static char *auth_of(struct ls_tpm_auths *auths, int i)
{
	return (char *)auths + hierarchies[i].offset;
}

static const char *const_auth_of(const struct ls_tpm_auths *auths, int i)
{
	return (const char *)auths + hierarchies[i].offset;
}

void ls_tpm_auths_wipe(struct ls_tpm_auths *auths)
{
	explicit_bzero(auths, sizeof(*auths));
}

int ls_tpm_auths_generate(struct ls_tpm_auths *ret_auths, struct ls_error *err)
{
	uint8_t random[LS_TPM_AUTH_SIZE / 2];
	for (int i = 0; i < HIERARCHIES; i++) {
		if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
			return ls_fail_errno(err, EIO, "tpm.auth.random",
					     "cannot make a password for the TPM");
		ls_hex_encode(random, sizeof(random), auth_of(ret_auths, i));
	}
	explicit_bzero(random, sizeof(random));
	return 0;
}

int ls_tpm_auths_format(const struct ls_tpm_auths *auths, struct ls_buffer *out)
{
	for (int i = 0; i < HIERARCHIES; i++)
		ls_buffer_printf(out, "%s %s\n", hierarchies[i].name, const_auth_of(auths, i));
	return ls_buffer_error(out);
}

static int parse_line(struct ls_reader *r, int i, struct ls_tpm_auths *auths)
{
	uint8_t bytes[LS_TPM_AUTH_SIZE / 2];
	const uint8_t *text;
	if (ls_read_literal(r, hierarchies[i].name) < 0 || ls_read_literal(r, " ") < 0 ||
	    ls_read_bytes(r, LS_TPM_AUTH_SIZE - 1, &text) < 0 || ls_read_literal(r, "\n") < 0 ||
	    ls_hex_decode((const char *)text, LS_TPM_AUTH_SIZE - 1, bytes) < 0)
		return -EBADMSG;
	memcpy(auth_of(auths, i), text, LS_TPM_AUTH_SIZE - 1);
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}

int ls_tpm_auths_parse(const void *bytes, size_t size, struct ls_tpm_auths *ret_auths,
		       struct ls_error *err)
{
	_cleanup_auths_ struct ls_tpm_auths auths = { 0 };
	struct ls_reader r;
	int rc = 0;
	ls_reader_init(&r, bytes, size);
	for (int i = 0; rc == 0 && i < HIERARCHIES; i++)
		rc = parse_line(&r, i, &auths);
	if (rc < 0 || ls_reader_end(&r) < 0)
		return ls_fail(err, -EBADMSG, "tpm.auth.malformed",
			       "the file with the TPM's passwords is damaged; restore it from a "
			       "backup of the state folder");
	*ret_auths = auths;
	return 0;
}

static TPM2B_AUTH as_auth(const char *text)
{
	TPM2B_AUTH auth = { .size = (UINT16)strlen(text) };
	memcpy(auth.buffer, text, auth.size);
	return auth;
}

static int use(struct ls_tpm *tpm, int i, const char *text, struct ls_error *err)
{
	TPM2B_AUTH auth = as_auth(text);
	TSS2_RC rc = Esys_TR_SetAuth(ls_tpm_esys(tpm), hierarchies[i].handle, &auth);
	explicit_bzero(&auth, sizeof(auth));
	return rc == TSS2_RC_SUCCESS ? 0
				     : ls_tpm_fail(tpm, rc, err, "cannot use the TPM's password");
}

int ls_tpm_use_auths(struct ls_tpm *tpm, const struct ls_tpm_auths *auths, struct ls_error *err)
{
	int rc = 0;
	for (int i = 0; rc == 0 && i < HIERARCHIES; i++)
		rc = use(tpm, i, const_auth_of(auths, i), err);
	return rc;
}

static int read_permanent(struct ls_tpm *tpm, TPMA_PERMANENT *ret, struct ls_error *err)
{
	TPMS_CAPABILITY_DATA *data = NULL;
	TSS2_RC rc = Esys_GetCapability(ls_tpm_esys(tpm), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					TPM2_CAP_TPM_PROPERTIES, TPM2_PT_PERMANENT, 1, NULL, &data);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "cannot ask the TPM which passwords it has");
	*ret = data->data.tpmProperties.count > 0 ? data->data.tpmProperties.tpmProperty[0].value
						  : 0;
	Esys_Free(data);
	return 0;
}

/* PolicySecret in a trial session asks for the password and changes nothing. */
static int try_auth(struct ls_tpm *tpm, int i, struct ls_error *err)
{
	ESYS_CONTEXT *esys = ls_tpm_esys(tpm);
	ESYS_TR session = ESYS_TR_NONE;
	TPMT_SYM_DEF none = { .algorithm = TPM2_ALG_NULL };
	TSS2_RC rc = Esys_StartAuthSession(esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					   ESYS_TR_NONE, ESYS_TR_NONE, NULL, TPM2_SE_TRIAL, &none,
					   TPM2_ALG_SHA256, &session);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_PolicySecret(esys, hierarchies[i].handle, session, ESYS_TR_PASSWORD,
				       ESYS_TR_NONE, ESYS_TR_NONE, NULL, NULL, NULL, 0, NULL, NULL);
	if (session != ESYS_TR_NONE)
		Esys_FlushContext(esys, session);
	if (rc == TSS2_RC_SUCCESS)
		return 0;
	int code = ls_tpm_fail(tpm, rc, err, "the TPM does not take its password");
	if (code != -EACCES)
		return code;
	return ls_fail(err, -EACCES, "tpm.auth.foreign",
		       "the TPM's %s password is not the one that labseal keeps: this machine's "
		       "administrator set it, or labseal did with another state folder; restore "
		       "that folder, or take the password away with 'tpm2_changeauth -c %s', or "
		       "clear the TPM in the machine's firmware set-up, which destroys every key "
		       "in it (TPM response 0x%x)",
		       hierarchies[i].name, hierarchies[i].name, rc);
}

static int change(struct ls_tpm *tpm, int i, const char *text, struct ls_error *err)
{
	TPM2B_AUTH auth = as_auth(text);
	/* as it is: empty */
	int result = use(tpm, i, "", err);
	if (result < 0)
		return result;
	TSS2_RC rc = Esys_HierarchyChangeAuth(ls_tpm_esys(tpm), hierarchies[i].handle,
					      ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &auth);
	explicit_bzero(&auth, sizeof(auth));
	if (rc != TSS2_RC_SUCCESS) {
		result = ls_tpm_fail(tpm, rc, err, "cannot set a password of the TPM");
		ls_error_prefix(err, "%s", hierarchies[i].name);
		return result;
	}
	return use(tpm, i, text, err);
}

int ls_tpm_set_auths(struct ls_tpm *tpm, const struct ls_tpm_auths *auths, int *ret_set,
		     struct ls_error *err)
{
	TPMA_PERMANENT permanent = 0;
	int set = 0;
	int rc = read_permanent(tpm, &permanent, err);
	if (rc == 0)
		rc = ls_tpm_use_auths(tpm, auths, err);
	/* first whether all that is set is ours: else nothing is changed */
	for (int i = 0; rc == 0 && i < HIERARCHIES; i++)
		if ((permanent & hierarchies[i].is_set) && hierarchies[i].may_be_tried)
			rc = try_auth(tpm, i, err);
	for (int i = 0; rc == 0 && i < HIERARCHIES; i++)
		if (!(permanent & hierarchies[i].is_set)) {
			rc = change(tpm, i, const_auth_of(auths, i), err);
			set += rc == 0;
		}
	if (rc == 0 && ret_set)
		*ret_set = set;
	return rc;
}

int ls_tpm_count_auths(struct ls_tpm *tpm, int *ret_count, struct ls_error *err)
{
	TPMA_PERMANENT permanent = 0;
	int count = 0;
	int rc = read_permanent(tpm, &permanent, err);
	for (int i = 0; i < HIERARCHIES; i++)
		count += (permanent & hierarchies[i].is_set) != 0;
	if (rc == 0)
		*ret_count = count;
	return rc;
}
