/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state folder (policy: state), 0700: what labseald and `labseal provision`
 * keep between runs, by name, and the lock that makes one of them the owner.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_STATE_H
#define LABSEAL_HOST_SUPERVISOR_STATE_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "policy/policy.h"

#define LS_STATE_LOCK	   "lock"
#define LS_STATE_STATUS	   "status.json"     /* host/supervisor/status.h */
#define LS_STATE_RUN	   "run.json"	     /* host/supervisor/rundir.h; there while a run is */
#define LS_STATE_EVENT_LOG "event-log.jsonl" /* of the last start: lib/attest/event_log.h */
#define LS_STATE_XML	   "domain.xml"	     /* of the last start, as libvirt was given it */
#define LS_STATE_SPOOL	   "spool"	     /* labseal-diode's */
#define LS_STATE_KVM	   "kvm-probe"	     /* host/supervisor/kvm_probe.h */
#define LS_STATE_TPM	   "tpm"	     /* swtpm's */
#define LS_STATE_KEYS	   "keys"
#define LS_STATE_APPROVALS "approvals"		    /* host/supervisor/approval.h */
#define LS_STATE_ADOPTION  "approvals/adoption.txt" /* lib/attest/adoption.h; may be there */
#define LS_STATE_RETIRED   "approvals/retired" /* the newest retirement: VERSION COUNTER TIME */
#define LS_RETIRED_SIZE	   64		       /* bytes, with room for a NUL */
#define LS_STATE_TRUST	   "trust.txt"	       /* what auditors verify with, for the share's copy */
#define LS_STATE_PHASE	   "install-phase" /* host/supervisor/phase.h; there until it is locked */
#define LS_STATE_MADE	   "made.json"	   /* host/command/made.h */

#define LS_STATE_PERSONS     "persons.txt" /* whose countersignatures count; may be there */
#define LS_STATE_NOTARY	     "notary"	   /* labseal-notary's (lib/proc/handover.h) */
#define LS_STATE_COUNTERSIGN "countersign" /* those that are handed in; may be there */

/* In keys/; what `labseal provision` makes.  *.key.pem are private, mode 0600. */
#define LS_KEYS_CA_KEY			"keys/ca.key.pem"
#define LS_KEYS_CA_CERTIFICATE		"keys/ca.cert.pem"
#define LS_KEYS_AUTHORITY_KEY		"keys/authority.key.pem"
#define LS_KEYS_AUTHORITY		"keys/authority.pub.pem"
#define LS_KEYS_CERTIFICATE		"keys/signer.cert.pem"
#define LS_KEYS_SIGNING_BLOB		"keys/signing-key.blob" /* TPM2B_PUBLIC || TPM2B_PRIVATE */
#define LS_KEYS_CREATION		"keys/signing-key.creation"	/* lib/attest/creation.h */
#define LS_KEYS_ENDORSEMENT		"keys/endorsement-key.public"	/* TPMT_PUBLIC */
#define LS_KEYS_ATTESTATION		"keys/attestation-key.public"	/* TPMT_PUBLIC */
#define LS_KEYS_ATTESTATION_CERTIFICATE "keys/attestation-key.cert.pem" /* when it is enrolled */
#define LS_KEYS_ENROLMENT_REQUEST	"keys/enrolment-request.txt"	/* while it is not */
#define LS_KEYS_KIND			"keys/signing-key.kind" /* where it lives: ls_key_kind_name, LF */
#define LS_KEYS_TPM_AUTH		"keys/tpm-auth" /* the TPM's passwords: lib/tpm/authorization.h */
#define LS_KEYS_SIGNING_PEM		"keys/signing-key.pem"	/* signing: key: file */
#define LS_KEYS_SEALED_PIN		"keys/signing-key.pin"	/* of its token: lib/tpm/sealed.h */
#define LS_KEYS_ED25519			"keys/log-ed25519.pub"	/* 64 hex digits, LF */
#define LS_KEYS_ED25519_SEALED		"keys/log-ed25519.blob" /* its seed: lib/tpm/sealed.h */
#define LS_KEYS_ED25519_SEED		"keys/log-ed25519.seed" /* signing: key: file */
#define LS_KEYS_TOKEN_KEY		"keys/signing-key.pub.pem" /* signing: key: pkcs11 */

/*
 * Open the state folder, making it (0700) when create is not zero.  Returns the
 * descriptor (O_CLOEXEC), or a negative errno.
 */
int ls_state_open(const struct ls_policy *policy, int create, struct ls_error *err);

/*
 * Lock it until the returned descriptor (O_CLOEXEC) and its copies are closed;
 * the kernel lets go of it when the holders die.  -EBUSY ("state.locked"):
 * another labseald or provision has it; err names its process.  -EPERM
 * ("state.rights"): the folder is another user's, or its group or others may write in it.
 */
int ls_state_lock(int state_fd, const char *path, struct ls_error *err);

/*
 * Whether somebody has it locked, by the kernel's table of locks: trying it could
 * keep a labseald that starts at this moment from starting.
 */
int ls_state_is_locked(int state_fd, bool *ret_locked, struct ls_error *err);

#endif
