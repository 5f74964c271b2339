/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Provisioning is a list of steps.  A step finds out by itself whether its
 * thing is there and makes it if not, as one atomic change, so that the list
 * can be run again after any interruption: it goes on where it stopped, and
 * changes nothing when all is there.
 */
#ifndef LABSEAL_HOST_COMMAND_PROVISION_H
#define LABSEAL_HOST_COMMAND_PROVISION_H

#include <stdbool.h>

#include "host/command/host_files.h"
#include "host/command/made.h"
#include "lib/base/buffer.h"
#include "lib/base/ed25519.h"
#include "lib/base/error.h"
#include "lib/base/p256.h"
#include "lib/hsm/private_key.h"
#include "lib/seal/record.h"
#include "lib/tpm/session.h"
#include "lib/tpm/swtpm.h"
#include "policy/policy.h"

struct ls_provision {
	const struct ls_policy *policy;
	struct ls_key_place authority_place; /* --authority; its name may be NULL */
	const char
		*pin_file; /* --pin-file: of the signing key's token; NULL: the policy's, or ask */
	bool dry_run;	   /* change nothing, say what would be made */
	int state_fd;	   /* -1: in a dry run without a state folder */
	bool made;	   /* whether something was, or would be, made */
	struct ls_host_facts host;  /* what files of the system are made of */
	struct ls_made made_things; /* on the host, so far */
	bool write_qemu_conf;	    /* --write-qemu-conf */

	/* What the steps know of what is there; has_*: false in a dry run before it is made. */
	bool has_authority;
	struct ls_p256_public authority;
	struct ls_private_key *authority_key; /* NULL when it is not at hand */
	bool has_signing_key;
	bool ed25519_said; /* the Ed25519 key was made together with the signing key */
	struct ls_p256_public signing_key;

	/* The TPM, once a step opened it (ls_provision_open_tpm). */
	struct ls_tpm *tpm;
	enum ls_key_kind tpm_kind;
	struct ls_swtpm swtpm;
	int tpm_device;
	uint64_t counter; /* its version counter's value; 0: not known */
};

/* --authority's key, or the state folder's; p->authority_key stays NULL when there is none. */
int ls_provision_load_authority(struct ls_provision *p, struct ls_error *err);

/* Each is a step: 0, or a negative errno with err. */
/* The users that labseald's children run as, and the operators' group. */
int ls_provision_accounts(struct ls_provision *p, struct ls_error *err);
int ls_provision_folders(struct ls_provision *p, struct ls_error *err);
int ls_provision_authority(struct ls_provision *p, struct ls_error *err);
int ls_provision_ca(struct ls_provision *p, struct ls_error *err);
/* The TPM's passwords, storage root key and indices.  A key in a file: nothing. */
int ls_provision_tpm(struct ls_provision *p, struct ls_error *err);
/* Its endorsement key and its attestation key; their public parts are written down.  The same. */
int ls_provision_attestation(struct ls_provision *p, struct ls_error *err);
int ls_provision_signing_key(struct ls_provision *p, struct ls_error *err);
/* The file whose being there says that the signing key is made, and all before it. */
const char *ls_provision_signing_file(const struct ls_policy *policy);
int ls_provision_certificate(struct ls_provision *p, struct ls_error *err);
/* The Ed25519 key beside it, where the policy has signing.ed25519; else nothing. */
int ls_provision_ed25519(struct ls_provision *p, struct ls_error *err);
/* Its public half is written last: where it is, the key is.  And what is said of it. */
int ls_provision_write_ed25519(struct ls_provision *p, const struct ls_ed25519_public *key,
			       struct ls_error *err);
/* The attestation key's certificate, for a software TPM of our own.  A key in a file: nothing. */
int ls_provision_enrolment(struct ls_provision *p, struct ls_error *err);
/* -ENOKEY ("provision.authority"): the state is not approved, and the authority's key is not there.
 */
int ls_provision_approval(struct ls_provision *p, struct ls_error *err);
/* Spool and share, each its user's. */
int ls_provision_owners(struct ls_provision *p, struct ls_error *err);
/* The files of host_files.h, and libvirt's settings, which are the host's own. */
int ls_provision_files(struct ls_provision *p, struct ls_error *err);
int ls_provision_libvirt(struct ls_provision *p, struct ls_error *err);
/* The copy of the trust file that labseald gives to the publisher. */
int ls_provision_trust(struct ls_provision *p, struct ls_error *err);

/*
 * The policy's TPM, with its passwords in use when they are written down.  Again: nothing.
 * -EACCES ("tpm.auth.foreign"), and what lib/tpm returns.
 */
int ls_provision_open_tpm(struct ls_provision *p, struct ls_error *err);
void ls_provision_close_tpm(struct ls_provision *p);

/* A line on standard output: "made", "would make" or "is there", what, and what it is for. */
void ls_provision_say(struct ls_provision *p, bool is_there, const char *what, const char *purpose);

#endif
