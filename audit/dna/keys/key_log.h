/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An authority's log of keys, as a verifier reads it: a mirror of it (a folder as a calibration
 * registry's, docs/formats/calibration-registry.md), or a snapshot, which is the same in one file.
 * Every entry is read and hashed, and all of them must make the root of the signed checkpoint: so
 * each is proven to be in the log, and that none, a withdrawal least of all, is left out.
 */
#ifndef LABSEAL_AUDIT_DNA_KEYS_KEY_LOG_H
#define LABSEAL_AUDIT_DNA_KEYS_KEY_LOG_H

#include "audit/dna/keys/statement.h"
#include "lib/cal/store.h"
#include "lib/cal/trust.h"

#define LS_KEY_LOG_MAX	    65536	/* entries */
#define LS_KEY_SNAPSHOT_MAX (64u << 20) /* bytes */
#define LS_KEY_TRUST_MAX    8192

/*
 * Which log of which authority is believed, and how old it may be: a file of the verifier's own.
 *
 *     labseal/dna-trust/v1
 *     authority SHA256
 *     registry VKEY
 *     witness VKEY          as in docs/formats/calibration-trust.md
 *     quorum N
 *     max-age SECONDS
 */
struct ls_key_trust {
	struct ls_digest authority;
	struct ls_cal_trust log; /* registry, witnesses, quorum, max_age */
};
void ls_key_trust_free(struct ls_key_trust *trust);
#define _cleanup_key_trust_ __attribute__((cleanup(ls_key_trust_free)))
bool ls_key_trust_is(const void *bytes, size_t size);
/* 0, -EBADMSG, -ENOMEM. */
int ls_key_trust_parse(const void *bytes, size_t size, struct ls_key_trust *ret,
		       struct ls_error *err);

struct ls_key_log {
	char origin[LS_NOTE_NAME_SIZE];
	struct ls_cal_fresh fresh;	     /* how old it is, and who says so */
	struct ls_key_statement *statements; /* owned; of this log and authority, in its order */
	size_t count;
	uint64_t size; /* entries in all: heartbeats, too */
};
void ls_key_log_free(struct ls_key_log *log);
#define _cleanup_key_log_ __attribute__((cleanup(ls_key_log_free)))

/*
 * path: a mirror's folder, or a snapshot's file.  now: seconds since 1970.
 * -ENOENT and the like; -EBADMSG, -ENOKEY, -EXDEV: not the trusted key's log (ls_checkpoint_open),
 * or a snapshot that is malformed; -EUCLEAN ("dna.keys.damaged"): its entries do not make the root
 * that was signed; -ESTALE ("dna.keys.stale"): it is older than the trust file allows, or nobody
 * says how old it is; -EFBIG; -ENOMEM.
 */
int ls_key_log_open(const char *path, const struct ls_key_trust *trust, int64_t now,
		    struct ls_key_log *ret, struct ls_error *err);
/* Of a snapshot's bytes; its age is not judged. */
int ls_key_log_from_snapshot(const void *bytes, size_t n, const struct ls_key_trust *trust,
			     int64_t now, struct ls_key_log *ret, struct ls_error *err);
/* The same of a registry's folder for whoever writes it: of any age. */
int ls_key_log_read(const char *folder, const struct ls_key_trust *trust, struct ls_key_log *ret,
		    struct ls_error *err);
/* A snapshot of the folder's log, with the cosignatures of its newest checkpoint. */
int ls_key_log_snapshot(const char *folder, const struct ls_key_trust *trust, struct ls_buffer *out,
			struct ls_error *err);

/* What the log says of keys.  Withdrawals that the authority did not sign count for nothing.
 * -ENOMEM. */
int ls_key_log_history(const struct ls_key_log *log, const struct ls_dna_params *params,
		       struct ls_dna_history *ret, struct ls_error *err);

#endif
