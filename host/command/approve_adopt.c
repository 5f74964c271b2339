/* SPDX-License-Identifier: Apache-2.0 */
/* labseal approve --adopt-log: after a loss, the authority lets the log go on from what is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/command/approve.h"
#include "host/command/keyring.h"
#include "host/supervisor/state.h"
#include "lib/attest/adoption.h"
#include "lib/attest/policy_digest.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/hsm/private_key.h"
#include "lib/hsm/terminal.h"
#include "lib/log/checkpoint.h"
#include "lib/log/merkle.h"
#include "lib/tpm/nv.h"

static int read_remembered(struct ls_approve *a, struct ls_adoption *adoption, struct ls_error *err)
{
	struct ls_tpm_name name;
	struct ls_digest policy;
	struct ls_nv_checkpoint c = { .size = 0 };
	ls_authority_name(&a->p.authority, &name);
	ls_policy_authorize_digest(&name, LS_POLICY_REF, strlen(LS_POLICY_REF), &policy);
	int rc = ls_tpm_checkpoint_read(a->p.tpm, &policy, &c, err);
	adoption->remembers = rc == 0;
	adoption->remembered = (struct ls_log_state){ c.size, c.root };
	return rc == -ENODATA ? 0 : rc;
}

static void take_empty_log(struct ls_adoption *adoption)
{
	adoption->log.size = 0;
	ls_sha256_buffer("", 0, &adoption->log.root); /* RFC 6962, 2.1 */
}

/* What is on the share must be this instrument's, or it could not be gone on with. */
static int read_log(struct ls_approve *a, struct ls_adoption *adoption, struct ls_error *err)
{
	struct ls_certificate certificate;
	struct ls_note_key key;
	struct ls_checkpoint checkpoint;
	_cleanup_buffer_ struct ls_buffer der, note;
	ls_buffer_init(&der, LS_CERTIFICATE_SIZE_MAX);
	ls_buffer_init(&note, LS_NOTE_SIZE_MAX);
	_cleanup_close_ int share = open(a->p.policy->publish.share,
					 O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (share < 0)
		return ls_fail_errno(err, errno, "approve.share", "cannot open the share '%s'",
				     a->p.policy->publish.share);
	int rc = ls_file_read(share, "log/checkpoint", &note, err);
	if (rc == -ENOENT) {
		take_empty_log(adoption);
		return 0;
	}
	if (rc == 0)
		rc = ls_keyring_certificate(a->p.state_fd, LS_KEYS_CERTIFICATE, &der, &certificate,
					    err);
	if (rc == 0)
		rc = ls_note_key_init(&key, a->p.policy->signing.origin, &certificate.key, err);
	if (rc == 0)
		rc = ls_checkpoint_open(note.data, note.size, &key, &checkpoint, err);
	if (rc == 0)
		adoption->log = (struct ls_log_state){ checkpoint.size, checkpoint.root };
	return rc;
}

static void print_state(const char *who, const struct ls_log_state *state)
{
	char hex[LS_DIGEST_HEX_SIZE];
	printf("%-11s %" PRIu64 " entries, root %s\n", who, state->size,
	       ls_digest_hex(&state->root, hex));
}

void ls_adoption_print(const struct ls_adoption *adoption)
{
	printf("log         %s\n", adoption->origin);
	if (adoption->remembers)
		print_state("remembered", &adoption->remembered);
	else
		printf("remembered  nothing\n");
	print_state("share", &adoption->log);
	if (adoption->remembered.size > adoption->log.size)
		printf("lost        seals %" PRIu64 " to %" PRIu64 "\n", adoption->log.size + 1,
		       adoption->remembered.size);
	fflush(stdout);
}

static int write_adoption(struct ls_approve *a, const struct ls_adoption *adoption,
			  struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_ADOPTION_SIZE_MAX);
	if (ls_adoption_format(adoption, &text) < 0)
		return ls_fail(err, -ENOMEM, "approve.memory", "out of memory for an adoption");
	int rc = ls_file_replace(a->p.state_fd, LS_STATE_ADOPTION, text.data, text.size, 0644, err);
	if (rc == 0)
		printf("adopted     at labseald's next start, which seals that as an event\n");
	return rc;
}

static int sign(struct ls_approve *a, struct ls_adoption *adoption, struct ls_error *err)
{
	struct ls_signer signer;
	ls_private_key_signer(a->p.authority_key, &signer);
	return ls_adoption_sign(adoption, &signer, err);
}

/* Unsigned, for the machine that has the key; to be taken back by adopt_signed. */
static int write_request(struct ls_approve *a, const struct ls_adoption *adoption,
			 struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_ADOPTION_SIZE_MAX);
	if (ls_adoption_format(adoption, &text) < 0)
		return ls_fail(err, -ENOMEM, "approve.memory", "out of memory for an adoption");
	int rc = ls_file_replace(AT_FDCWD, a->request, text.data, text.size, 0644, err);
	if (rc == 0)
		printf("request     %s: sign it where the key is, 'labseal authority sign --key "
		       "KEY %s', then 'labseal approve --adopt-log --signed %s POLICY'\n",
		       a->request, a->request, a->request);
	return rc;
}

static bool same_state(const struct ls_log_state *x, const struct ls_log_state *y)
{
	return x->size == y->size && ls_digest_equal(&x->root, &y->root);
}

/* It must be of just what is there now: the enclave would refuse it at the next start. */
static int adopt_signed(struct ls_approve *a, const struct ls_adoption *now, struct ls_error *err)
{
	struct ls_adoption adoption;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_ADOPTION_SIZE_MAX);
	int rc = ls_file_read(AT_FDCWD, a->signed_request, &text, err);
	if (rc == 0)
		rc = ls_adoption_parse(text.data, text.size, &adoption, err);
	if (rc == 0)
		rc = ls_adoption_verify(&adoption, &a->p.authority, err);
	if (rc != 0) {
		ls_error_prefix(err, "'%s'", a->signed_request);
		return rc;
	}
	if (strcmp(adoption.origin, now->origin) != 0)
		return ls_fail(err, -EBADMSG, "approve.signed", "'%s' is of the log '%s'",
			       a->signed_request, adoption.origin);
	if (adoption.remembers != now->remembers || !same_state(&adoption.log, &now->log) ||
	    !same_state(&adoption.remembered, &now->remembered))
		return ls_fail(err, -ESTALE, "approve.signed",
			       "'%s' is of an earlier time: the TPM remembers, or the share holds, "
			       "something else than it says; make a new request",
			       a->signed_request);
	return write_adoption(a, &adoption, err);
}

/* What the TPM remembers and what the share holds, now. */
static int look(struct ls_approve *a, struct ls_adoption *adoption, struct ls_error *err)
{
	const char *origin = a->p.policy->signing.origin;
	if (!ls_note_name_valid(origin, strlen(origin)))
		return ls_fail(err, -EINVAL, "approve.origin", "'%s' is no log's name", origin);
	memcpy(adoption->origin, origin, strlen(origin) + 1);
	int rc = ls_approve_open_tpm(a, err);
	if (rc == 0)
		rc = a->request || a->signed_request ? ls_approve_load_public(a, err)
						     : ls_approve_load_authority(a, err);
	if (rc == 0)
		rc = read_remembered(a, adoption, err);
	return rc < 0 ? rc : read_log(a, adoption, err);
}

int ls_approve_adopt(struct ls_approve *a, struct ls_error *err)
{
	struct ls_adoption adoption = { .remembers = false };
	int rc = look(a, &adoption, err);
	if (rc < 0)
		return rc;
	ls_adoption_print(&adoption);
	if (adoption.remembers && same_state(&adoption.log, &adoption.remembered)) {
		printf("the share holds what the TPM remembers: there is nothing to adopt\n");
		return 0;
	}
	if (a->request)
		return write_request(a, &adoption, err);
	if (a->signed_request)
		return adopt_signed(a, &adoption, err);
	rc = ls_confirm(LS_ADOPT_QUESTION, a->yes, err);
	if (rc == 0)
		rc = sign(a, &adoption, err);
	return rc < 0 ? rc : write_adoption(a, &adoption, err);
}
