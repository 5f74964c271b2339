/* SPDX-License-Identifier: Apache-2.0 */
/* labseal approve: the policy authority's word that a measured state may sign. */
#include "host/command/approve.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/command/commands.h"
#include "host/command/common.h"
#include "host/command/keyring.h"
#include "host/command/request.h"
#include "host/supervisor/approval.h"
#include "host/supervisor/kvm_probe.h"
#include "host/supervisor/measure.h"
#include "host/supervisor/state.h"
#include "lib/attest/policy_digest.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/options.h"
#include "lib/hsm/private_key.h"
#include "lib/hsm/terminal.h"
#include "lib/tpm/nv.h"

#define NAME "approve"

/* --- keys and the TPM --------------------------------------------------------------- */

int ls_approve_load_public(struct ls_approve *a, struct ls_error *err)
{
	if (a->p.has_authority || !ls_policy_has_tpm(a->p.policy))
		return 0;
	int rc = ls_keyring_public(a->p.state_fd, LS_KEYS_AUTHORITY, &a->p.authority, err);
	a->p.has_authority = rc == 0;
	return rc;
}

static int load_private(struct ls_approve *a, struct ls_error *err)
{
	int rc = ls_provision_load_authority(&a->p, err);
	if (rc < 0 || a->p.authority_key)
		return rc;
	return ls_fail(err, -ENOKEY, "approve.authority",
		       "the policy authority's key is not here: say where it is by --authority "
		       "FILE, or write a request for the machine that has it by --request FILE");
}

int ls_approve_load_authority(struct ls_approve *a, struct ls_error *err)
{
	struct ls_signer signer;
	int rc = ls_approve_load_public(a, err);
	if (rc == 0)
		rc = load_private(a, err);
	if (rc < 0)
		return rc;
	ls_private_key_signer(a->p.authority_key, &signer);
	return ls_p256_public_equal(&signer.key, &a->p.authority)
		       ? 0
		       : ls_fail(err, -EKEYREJECTED, "approve.authority",
				 "'%s' is not the private key of '%s': it belongs to another lab "
				 "or instrument",
				 a->p.authority_place.name ? a->p.authority_place.name
							   : LS_KEYS_AUTHORITY_KEY,
				 LS_KEYS_AUTHORITY);
}

int ls_approve_open_tpm(struct ls_approve *a, struct ls_error *err)
{
	if (!ls_policy_has_tpm(a->p.policy))
		return ls_fail(err, -EINVAL, "approve.file",
			       "no TPM guards this signing key, so none remembers anything of it");
	if (a->state_lock < 0)
		return ls_fail(err, -EBUSY, "approve.busy",
			       "labseald runs and holds the TPM; stop it first");
	return ls_provision_open_tpm(&a->p, err);
}

/* --- a new approval ------------------------------------------------------------------- */

/* Of the newest approval; false when there is none. */
static int read_before(struct ls_approve *a, struct ls_request *r, struct ls_error *err)
{
	uint64_t last = 0;
	struct ls_approval newest;
	int rc = ls_approvals_last(a->p.state_fd, &last, err);
	if (rc == 0 && last > 0)
		rc = ls_approvals_read(a->p.state_fd, last, &newest, &r->before, err);
	r->has_before = rc == 0 && last > 0;
	r->approval.version = last + 1;
	return rc;
}

/* The counter's value counts only when it is ahead, and then labseald does not run. */
static int choose_counter(struct ls_approve *a, struct ls_request *r, struct ls_error *err)
{
	uint64_t now = 0;
	if (a->state_lock >= 0 && ls_policy_has_tpm(a->p.policy)) {
		int rc = ls_approve_open_tpm(a, err);
		if (rc == 0)
			rc = ls_tpm_counter_read(a->p.tpm, &now, err);
		if (rc < 0)
			return rc;
	}
	return ls_approvals_next_counter(a->p.state_fd, now, &r->approval.counter, err);
}

static int measure(struct ls_approve *a, struct ls_measured_state *state, struct ls_error *err)
{
	bool kvm;
	int rc = ls_accelerator_choose(a->p.policy, a->p.state_fd, &kvm, err);
	return rc < 0 ? rc : ls_measure(a->p.policy, kvm, NULL, state, err);
}

/* What would be measured now, as a request; its log is handed over. */
static int make_request(struct ls_approve *a, struct ls_request *r, struct ls_error *err)
{
	_cleanup_measured_ struct ls_measured_state state = { 0 };
	int rc = measure(a, &state, err);
	if (rc == 0)
		rc = read_before(a, r, err);
	if (rc == 0)
		rc = choose_counter(a, r, err);
	if (rc < 0)
		return rc;
	snprintf(r->instrument, sizeof(r->instrument), "%s", a->p.policy->instrument.id);
	snprintf(r->approval.policy_ref, sizeof(r->approval.policy_ref), "%s", LS_POLICY_REF);
	r->approval.approved = time(NULL);
	r->approval.kvm = state.kvm;
	r->approval.pcr23 = state.pcr23;
	r->approval.policy = state.policy;
	r->approval.domain_xml = state.domain_xml;
	r->approval.base_image = state.base_image;
	r->log = state.log;
	state.log = (struct ls_event_log){ 0 }; /* handed over */
	return 0;
}

static int sign(struct ls_approve *a, struct ls_request *r, struct ls_error *err)
{
	struct ls_signer signer;
	struct ls_approval *approval = &r->approval;
	int rc = ls_confirm("approve this state?", a->yes, err);
	if (rc < 0 || !ls_policy_has_tpm(a->p.policy))
		return rc;
	rc = ls_approve_load_authority(a, err);
	if (rc < 0)
		return rc;
	ls_private_key_signer(a->p.authority_key, &signer);
	return ls_policy_approve(&signer, &approval->pcr23, approval->counter, LS_POLICY_REF,
				 strlen(LS_POLICY_REF), approval->signature,
				 &approval->signature_size, err);
}

static int add(struct ls_approve *a, const struct ls_request *r, struct ls_error *err)
{
	uint64_t version = 0;
	int rc = ls_approvals_add(a->p.state_fd, &r->approval, &r->log, &version, err);
	if (rc < 0)
		return rc;
	printf("approved    %s/%04" PRIu64 ".json: it holds from labseald's next start\n",
	       LS_STATE_APPROVALS, version);
	return ls_provision_trust(&a->p, err);
}

static int write_request(struct ls_approve *a, const struct ls_request *r, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_REQUEST_SIZE_MAX);
	int rc = ls_request_format(r, &bytes, err);
	if (rc == 0)
		rc = ls_file_replace(AT_FDCWD, a->request, bytes.data, bytes.size, 0644, err);
	if (rc == 0)
		printf("request     %s: sign it where the key is, 'labseal authority sign --key "
		       "KEY %s', then 'labseal approve --signed %s POLICY'\n",
		       a->request, a->request, a->request);
	return rc;
}

static int approve_now(struct ls_approve *a, struct ls_error *err)
{
	_cleanup_request_ struct ls_request r = { .has_before = false };
	struct ls_digest before;
	int rc = make_request(a, &r, err);
	if (rc < 0)
		return rc;
	ls_request_print(&r);
	fflush(stdout);
	ls_event_log_replay(&r.before, &before);
	if (r.has_before && ls_digest_equal(&before, &r.approval.pcr23) && !a->request)
		printf("this state is approved already; it will be approved anew, for a higher "
		       "counter\n");
	if (a->request)
		return write_request(a, &r, err);
	rc = sign(a, &r, err);
	return rc < 0 ? rc : add(a, &r, err);
}

/* --- a request that came back ------------------------------------------------------------- */

static int check_signed(struct ls_approve *a, const struct ls_request *r, struct ls_error *err)
{
	uint64_t last = 0, counter = 0;
	const struct ls_approval *approval = &r->approval;
	int rc = ls_approve_load_public(a, err);
	if (rc == 0)
		rc = ls_policy_approval_verify(&a->p.authority, &approval->pcr23, approval->counter,
					       approval->policy_ref, strlen(approval->policy_ref),
					       approval->signature, approval->signature_size, err);
	if (rc == 0)
		rc = ls_approvals_last(a->p.state_fd, &last, err);
	if (rc == 0)
		rc = ls_approvals_next_counter(a->p.state_fd, 0, &counter, err);
	if (rc < 0)
		return rc;
	if (strcmp(r->instrument, a->p.policy->instrument.id) != 0)
		return ls_fail(err, -EBADMSG, "approve.signed", "'%s' is of the instrument '%s'",
			       a->signed_request, r->instrument);
	/* it could not be retired: the TPM's counter is stepped one by one */
	if (approval->counter > counter && approval->counter - counter > LS_APPROVAL_VERSION_MAX)
		return ls_fail(err, -EBADMSG, "approve.signed",
			       "'%s' is for version counters up to %" PRIu64
			       ", which this TPM will not come near to (the next is %" PRIu64
			       "), so that it could never be retired; make a new request",
			       a->signed_request, approval->counter, counter);
	if (approval->version != last + 1 || approval->counter < counter)
		return ls_fail(err, -ESTALE, "approve.signed",
			       "'%s' is of an earlier time: approval %" PRIu64
			       " is there already; make a new request",
			       a->signed_request, last);
	return 0;
}

static int approve_signed(struct ls_approve *a, struct ls_error *err)
{
	_cleanup_request_ struct ls_request r = { .has_before = false };
	_cleanup_measured_ struct ls_measured_state state = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_REQUEST_SIZE_MAX);
	int rc = ls_file_read(AT_FDCWD, a->signed_request, &bytes, err);
	if (rc == 0)
		rc = ls_request_parse(bytes.data, bytes.size, &r, err);
	if (rc == 0)
		rc = check_signed(a, &r, err);
	if (rc == 0)
		rc = measure(a, &state, err);
	if (rc < 0)
		return rc;
	ls_request_print(&r);
	fflush(stdout);
	if (!ls_digest_equal(&state.pcr23, &r.approval.pcr23))
		fprintf(stderr, "note: what would be measured now is another state than this\n");
	return add(a, &r, err);
}

/* --- the command ---------------------------------------------------------------------------- */

static int run(struct ls_approve *a, struct ls_error *err)
{
	_cleanup_close_ int lock = ls_approvals_lock(a->p.state_fd, err);
	if (lock < 0)
		return lock;
	if (a->retire)
		return ls_approve_retire(a, err);
	if (a->adopt_log)
		return ls_approve_adopt(a, err);
	return a->signed_request ? approve_signed(a, err) : approve_now(a, err);
}

/* Approving needs no lock of the state: labseald may go on meanwhile. */
static int open_state(struct ls_approve *a, struct ls_error *err)
{
	struct ls_error busy = { 0 };
	a->p.state_fd = ls_state_open(a->p.policy, 0, err);
	if (a->p.state_fd < 0)
		return a->p.state_fd;
	a->state_lock = ls_state_lock(a->p.state_fd, a->p.policy->state, &busy);
	return a->state_lock >= 0 || a->state_lock == -EBUSY
		       ? 0
		       : ls_fail(err, a->state_lock, busy.id, "%s", busy.message);
}

static int read_words(struct ls_approve *a, int argc, char **argv, const char **ret_path)
{
	const struct ls_option options[] = {
		{ "--authority", NULL, &a->p.authority_place.name },
		{ "--passphrase-file", NULL, &a->p.authority_place.passphrase_file },
		{ "--pin-file", NULL, &a->p.authority_place.pin_file },
		{ "--request", NULL, &a->request },
		{ "--signed", NULL, &a->signed_request },
		{ "--retire", NULL, &a->retire },
		{ "--adopt-log", &a->adopt_log, NULL },
		{ "--yes", &a->yes, NULL },
	};
	int rc = ls_options_read(ls_host_command(NAME), argc, argv, options, 8, "policy", ret_path);
	if (rc == 0 && !!a->request + !!a->signed_request + !!a->retire > 1)
		return ls_command_usage(ls_host_command(NAME),
					"one of --request, --signed and --retire is enough");
	if (rc == 0 && a->retire && a->adopt_log)
		return ls_command_usage(ls_host_command(NAME),
					"--retire and --adopt-log are two things");
	return rc;
}

int ls_cmd_approve(int argc, char **argv)
{
	_cleanup_policy_ struct ls_policy *policy = NULL;
	struct ls_approve a = { .p = { .state_fd = -1, .tpm_device = -1 }, .state_lock = -1 };
	struct ls_error err = { 0 };
	const char *path;
	int rc = read_words(&a, argc, argv, &path);
	if (rc == 0)
		rc = ls_cmd_load_policy(NAME, path, &policy);
	if (rc != 0)
		return rc;
	a.p.policy = policy;
	rc = open_state(&a, &err);
	if (rc == 0)
		rc = run(&a, &err);
	ls_provision_close_tpm(&a.p);
	ls_private_key_free(a.p.authority_key);
	if (a.state_lock >= 0)
		close(a.state_lock);
	if (a.p.state_fd >= 0)
		close(a.p.state_fd);
	fflush(stdout);
	return rc < 0 ? ls_cmd_fail(NAME, &err) : LS_EXIT_HOLDS;
}
