/* SPDX-License-Identifier: Apache-2.0 */
/* The steps that make the TPM ours: its passwords, the storage root key, the two indices. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/command/keyring.h"
#include "host/command/provision.h"
#include "host/supervisor/state.h"
#include "lib/attest/policy_digest.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/tpm/authorization.h"
#include "lib/tpm/keys.h"
#include "lib/tpm/nv.h"

#define AUTH_PURPOSE	   "the TPM's passwords; keep a copy in a safe place"
#define SRK_PURPOSE	   "the storage root key"
#define COUNTER_PURPOSE	   "the counter that retires approvals"
#define CHECKPOINT_PURPOSE "the newest checkpoint of the log"

/* --- the TPM ------------------------------------------------------------------ */

static int open_embedded(struct ls_provision *p, struct ls_error *err)
{
	char folder[LS_POLICY_PATH_SIZE + 8];
	snprintf(folder, sizeof(folder), "%s/%s", p->policy->state, LS_STATE_TPM);
	int rc = ls_swtpm_start(folder, &p->swtpm, err);
	if (rc == 0)
		rc = ls_tpm_open_fd(p->swtpm.fd, &p->tpm, err);
	return rc;
}

static int open_device(struct ls_provision *p, struct ls_error *err)
{
	const char *path = p->policy->signing.tpm;
	p->tpm_device = open(path, O_RDWR | O_CLOEXEC);
	if (p->tpm_device < 0)
		return ls_fail_errno(err, errno, "provision.tpm",
				     "cannot open the TPM '%s' (a machine without one can have "
				     "'tpm: embedded', a software TPM)",
				     path);
	return ls_tpm_open_fd(p->tpm_device, &p->tpm, err);
}

static int identify(struct ls_provision *p, struct ls_error *err)
{
	struct ls_tpm_identity identity;
	int rc = ls_tpm_identify(p->tpm, &identity, err);
	if (rc == 0)
		p->tpm_kind = identity.software ? LS_KEY_SOFTWARE_TPM : LS_KEY_TPM;
	return rc;
}

/* -ENOENT when they were never written down. */
static int read_auths(struct ls_provision *p, struct ls_tpm_auths *ret_auths, struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer text;
	ls_buffer_init(&text, LS_TPM_AUTH_FILE_MAX);
	int rc = ls_file_read(p->state_fd, LS_KEYS_TPM_AUTH, &text, err);
	if (rc == 0)
		rc = ls_tpm_auths_parse(text.data, text.size, ret_auths, err);
	if (rc < 0)
		ls_error_prefix(err, "'%s'", LS_KEYS_TPM_AUTH);
	return rc;
}

static int use_auths(struct ls_provision *p, struct ls_error *err)
{
	_cleanup_auths_ struct ls_tpm_auths auths = { 0 };
	if (!ls_keyring_has(p->state_fd, LS_KEYS_TPM_AUTH))
		return 0;
	int rc = read_auths(p, &auths, err);
	return rc < 0 ? rc : ls_tpm_use_auths(p->tpm, &auths, err);
}

int ls_provision_open_tpm(struct ls_provision *p, struct ls_error *err)
{
	if (p->tpm)
		return 0;
	bool embedded = strcmp(p->policy->signing.tpm, LS_POLICY_TPM_EMBEDDED) == 0;
	int rc = embedded ? open_embedded(p, err) : open_device(p, err);
	if (rc == 0)
		rc = identify(p, err);
	if (rc == 0)
		rc = use_auths(p, err);
	return rc;
}

void ls_provision_close_tpm(struct ls_provision *p)
{
	ls_tpm_close(p->tpm);
	p->tpm = NULL;
	ls_swtpm_stop(&p->swtpm);
	ls_cleanup_close(&p->tpm_device);
	p->tpm_device = -1;
}

/* --- its passwords -------------------------------------------------------------- */

/* Written down, durably, before the TPM hears of them: an end in between locks nobody out. */
static int make_auths(struct ls_provision *p, struct ls_tpm_auths *ret_auths, struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer text;
	int count = 0;
	ls_buffer_init(&text, LS_TPM_AUTH_FILE_MAX);
	int rc = ls_tpm_count_auths(p->tpm, &count, err);
	if (rc == 0 && count > 0)
		rc = ls_fail(err, -EACCES, "tpm.auth.foreign",
			     "the TPM's passwords are set and '%s' is not in the state folder: "
			     "labseal set them with another state folder, or this machine's "
			     "administrator did; restore that folder, or take the passwords away "
			     "with 'tpm2_changeauth', or clear the TPM in the machine's firmware "
			     "set-up, which destroys every key in it",
			     LS_KEYS_TPM_AUTH);
	if (rc == 0)
		rc = ls_tpm_auths_generate(ret_auths, err);
	if (rc == 0 && ls_tpm_auths_format(ret_auths, &text) < 0)
		rc = ls_fail(err, -ENOMEM, "provision.memory", "no memory for a password");
	if (rc == 0)
		/* a rename, though the file is new: whoever is killed in between leaves no half */
		rc = ls_file_replace(p->state_fd, LS_KEYS_TPM_AUTH, text.data, text.size, 0600,
				     err);
	return rc;
}

static int ensure_auths(struct ls_provision *p, struct ls_error *err)
{
	_cleanup_auths_ struct ls_tpm_auths auths = { 0 };
	int set = 0;
	bool there = ls_keyring_has(p->state_fd, LS_KEYS_TPM_AUTH);
	int rc = there ? read_auths(p, &auths, err) : make_auths(p, &auths, err);
	if (rc == 0)
		rc = ls_tpm_set_auths(p->tpm, &auths, &set, err);
	if (rc < 0)
		return rc;
	ls_provision_say(p, there && set == 0, LS_KEYS_TPM_AUTH, AUTH_PURPOSE);
	return 0;
}

/* --- what is in it ---------------------------------------------------------------- */

static void say_object(struct ls_provision *p, bool is_there, uint32_t handle, const char *purpose)
{
	char name[32];
	snprintf(name, sizeof(name), "TPM 0x%08x", handle);
	ls_provision_say(p, is_there, name, purpose);
}

static int ensure_objects(struct ls_provision *p, struct ls_error *err)
{
	struct ls_tpm_name name;
	struct ls_digest policy;
	int srk = 0, counter = 0, checkpoint = 0;
	ls_authority_name(&p->authority, &name);
	ls_policy_authorize_digest(&name, LS_POLICY_REF, strlen(LS_POLICY_REF), &policy);
	int rc = ls_tpm_ensure_srk(p->tpm, &srk, err);
	if (rc == 0)
		rc = ls_tpm_ensure_counter(p->tpm, &counter, err);
	if (rc == 0)
		rc = ls_tpm_counter_read(p->tpm, &p->counter, err);
	if (rc == 0)
		rc = ls_tpm_ensure_checkpoint(p->tpm, &policy, &checkpoint, err);
	if (rc < 0)
		return rc;
	say_object(p, !srk, LS_TPM_SRK_HANDLE, SRK_PURPOSE);
	say_object(p, !counter, LS_NV_COUNTER, COUNTER_PURPOSE);
	say_object(p, !checkpoint, LS_NV_CHECKPOINT, CHECKPOINT_PURPOSE);
	return 0;
}

/*
 * The TPM is not asked when the key that was made after all of this is there, so
 * that a run with nothing to do changes nothing, nor in a dry run: an embedded
 * TPM would be made by that.
 */
static int believe(struct ls_provision *p, bool there)
{
	ls_provision_say(p, ls_keyring_has(p->state_fd, LS_KEYS_TPM_AUTH), LS_KEYS_TPM_AUTH,
			 AUTH_PURPOSE);
	say_object(p, there, LS_TPM_SRK_HANDLE, SRK_PURPOSE);
	say_object(p, there, LS_NV_COUNTER, COUNTER_PURPOSE);
	say_object(p, there, LS_NV_CHECKPOINT, CHECKPOINT_PURPOSE);
	return 0;
}

int ls_provision_tpm(struct ls_provision *p, struct ls_error *err)
{
	if (!ls_policy_has_tpm(p->policy))
		return 0;
	bool there = ls_keyring_has(p->state_fd, ls_provision_signing_file(p->policy)) &&
		     ls_keyring_has(p->state_fd, LS_KEYS_TPM_AUTH);
	if (there || p->dry_run)
		return believe(p, there);
	int rc = ls_provision_open_tpm(p, err);
	if (rc == 0)
		rc = ensure_auths(p, err);
	return rc < 0 ? rc : ensure_objects(p, err);
}
