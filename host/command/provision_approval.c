/* SPDX-License-Identifier: Apache-2.0 */
/* The last step: the state that would be measured at a start, approved by the authority. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host/command/provision.h"
#include "host/supervisor/approval.h"
#include "host/supervisor/kvm_probe.h"
#include "host/supervisor/measure.h"
#include "host/supervisor/state.h"
#include "lib/attest/policy_digest.h"
#include "lib/base/cleanup.h"

static void describe(const struct ls_measured_state *state, uint64_t version, char *buffer,
		     size_t size)
{
	char hex[LS_DIGEST_HEX_SIZE];
	ls_digest_hex(&state->pcr23, hex);
	if (version > 0)
		snprintf(buffer, size, "%s/%04llu.json", LS_STATE_APPROVALS,
			 (unsigned long long)version);
	else
		snprintf(buffer, size, "approval of %.16s...", hex);
}

/* An approval that is there must be the authority's: a TPM would refuse it at the start. */
static int check_signature(const struct ls_provision *p, const struct ls_measured_state *state,
			   const struct ls_approval *approval, struct ls_error *err)
{
	if (!ls_policy_has_tpm(p->policy))
		return 0;
	int rc = ls_policy_approval_verify(&p->authority, &state->pcr23, approval->counter,
					   approval->policy_ref, strlen(approval->policy_ref),
					   approval->signature, approval->signature_size, err);
	if (rc < 0)
		ls_error_prefix(err, "approval %llu", (unsigned long long)approval->version);
	return rc;
}

static int sign(const struct ls_provision *p, struct ls_approval *approval, struct ls_error *err)
{
	struct ls_signer authority;
	if (!ls_policy_has_tpm(p->policy))
		return 0;
	ls_private_key_signer(p->authority_key, &authority);
	return ls_policy_approve(&authority, &approval->pcr23, approval->counter, LS_POLICY_REF,
				 strlen(LS_POLICY_REF), approval->signature,
				 &approval->signature_size, err);
}

static int approve(struct ls_provision *p, const struct ls_measured_state *state,
		   uint64_t *ret_version, struct ls_error *err)
{
	struct ls_approval approval = {
		.approved = time(NULL),
		.kvm = state->kvm,
		.policy_ref = LS_POLICY_REF,
		.pcr23 = state->pcr23,
		.policy = state->policy,
		.domain_xml = state->domain_xml,
		.base_image = state->base_image,
	};
	int rc = ls_approvals_next_counter(p->state_fd, p->counter, &approval.counter, err);
	if (rc == 0)
		rc = sign(p, &approval, err);
	if (rc == 0)
		rc = ls_approvals_add(p->state_fd, &approval, &state->log, ret_version, err);
	return rc;
}

/* Whether this state is approved already: 0 and the version, 0 when it is not. */
static int find(const struct ls_provision *p, const struct ls_measured_state *state,
		uint64_t *ret_version, char *why, size_t size, struct ls_error *err)
{
	struct ls_approval approval;
	*ret_version = 0;
	why[0] = '\0';
	if (p->state_fd < 0)
		return 0;
	int rc = ls_approvals_find(p->state_fd, state, &approval, err);
	if (rc == -ENOENT || rc == -EACCES) {
		if (rc == -EACCES)
			snprintf(why, size, "%s", err->message);
		return 0;
	}
	if (rc == 0)
		rc = check_signature(p, state, &approval, err);
	if (rc == 0)
		*ret_version = approval.version;
	return rc;
}

int ls_provision_approval(struct ls_provision *p, struct ls_error *err)
{
	_cleanup_measured_ struct ls_measured_state state = { 0 };
	char why[LS_ERROR_MESSAGE_SIZE] = "", what[64];
	uint64_t version = 0;
	bool kvm;
	_cleanup_close_ int lock = -1;
	if (!p->dry_run && (lock = ls_approvals_lock(p->state_fd, err)) < 0)
		return lock;
	int rc = ls_accelerator_choose(p->policy, p->dry_run ? -1 : p->state_fd, &kvm, err);
	if (rc == 0)
		rc = ls_measure(p->policy, kvm, NULL, &state, err);
	if (rc == 0)
		rc = find(p, &state, &version, why, sizeof(why), err);
	if (rc < 0)
		return rc;
	bool there = version > 0;
	bool needs_key = ls_policy_has_tpm(p->policy);
	/* in a dry run before the first provisioning the key would have been made by now */
	if (!there && needs_key && !p->authority_key && p->has_authority)
		return ls_fail(err, -ENOKEY, "provision.authority",
			       "this state is not approved%s%s, and the policy authority's key is "
			       "not here: say where it is by --authority FILE",
			       why[0] ? ": " : "", why);
	if (!there && why[0])
		printf("%-10s  %s\n", "changed", why);
	if (!there && !p->dry_run)
		rc = approve(p, &state, &version, err);
	if (rc < 0)
		return rc;
	describe(&state, version, what, sizeof(what));
	ls_provision_say(p, there, what, kvm ? "the state, under KVM" : "the state, under TCG");
	return 0;
}
