/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The step that enrols a software TPM of our own with our own CA.  It proves that
 * the parts fit together and no more, and its certificate says so; a TPM that is
 * hardware is enrolled by a person, who decides what it proves ('labseal enrol').
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "host/command/enrol.h"
#include "host/command/keyring.h"
#include "host/supervisor/state.h"
#include "lib/base/cleanup.h"

#define PURPOSE "the attestation key's certificate (a software TPM)"

static int enrol(struct ls_provision *p, struct ls_error *err)
{
	struct ls_enrol_found found;
	_cleanup_buffer_ struct ls_buffer der;
	ls_buffer_init(&der, LS_CERTIFICATE_SIZE_MAX);
	_cleanup_close_ int folder = openat(p->state_fd, LS_STATE_KEYS,
					    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return ls_fail_errno(err, errno, "provision.keys", "cannot open '%s'",
				     LS_STATE_KEYS);
	struct ls_enrol_ca ca = { .fd = folder, .accept = true };
	return ls_enrol_here(p, &ca, &found, &der, err);
}

int ls_provision_enrolment(struct ls_provision *p, struct ls_error *err)
{
	bool there = ls_keyring_has(p->state_fd, LS_KEYS_ATTESTATION_CERTIFICATE);
	bool embedded = strcmp(p->policy->signing.tpm, LS_POLICY_TPM_EMBEDDED) == 0;
	bool has_ca = p->dry_run || ls_keyring_has(p->state_fd, LS_KEYS_CA_KEY);
	int rc = 0;
	if (!ls_policy_has_tpm(p->policy))
		return 0;
	if (there)
		rc = ls_enrol_check_installed(p, err);
	else if (!embedded || !has_ca) {
		printf("%-10s  %-34s  %s\n", "missing", LS_KEYS_ATTESTATION_CERTIFICATE,
		       "the TPM is not enrolled yet: see 'labseal enrol'");
		return 0;
	} else if (!p->dry_run)
		rc = enrol(p, err);
	if (rc < 0)
		return rc;
	ls_provision_say(p, there, LS_KEYS_ATTESTATION_CERTIFICATE,
			 embedded ? PURPOSE : "the attestation key's certificate");
	return 0;
}
