/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.json: what the host knows about a seal, and what the guest claims
 * (docs/formats/manifest.md).  Composed and parsed here only.
 *
 * Times are milliseconds since 1970 UTC; 0 means not known.  Everything that
 * comes from the guest is under "claimed" in the JSON and in `claimed` here.
 * Unknown members are refused unless their name starts with "x-".
 */
#ifndef LABSEAL_LIB_SEAL_RECORD_H
#define LABSEAL_LIB_SEAL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/seal/calibration_status.h"
#include "lib/seal/key_kind.h"
#include "lib/seal/manifest.h"
#include "lib/seal/samples.h"

#define LS_RECORD_SIZE_MAX   (512 * 1024)
#define LS_RECORD_DEPTH_MAX  8
#define LS_RECORD_DETAIL_MAX 32768 /* bytes of an event's detail */
/* Claimed names are escaped by ls_text_escape: at most threefold; with the final NUL. */
#define LS_CLAIMED_NAME_SIZE 3073
#define LS_SESSION_HEX_SIZE  33	 /* 32 lower-case hex digits and a NUL */
#define LS_EVENT_KIND_SIZE   33	 /* [a-z0-9-]+ */
#define LS_UNCONFINED_SIZE   129 /* [A-Za-z, -]+ */

struct ls_record_file {
	char path[LS_MANIFEST_PATH_SIZE]; /* as in the manifest */
	uint64_t number;		  /* the session's file number, from 1 */
	uint64_t size;			  /* bytes */
	struct ls_digest sha256;
	struct {
		char name[LS_CLAIMED_NAME_SIZE]; /* escaped: ls_text_escape */
		struct ls_digest parent;	 /* the version before this one; zero: none */
		int64_t modified;		 /* mtime by the guest's clock, ms */
		int64_t clock;			 /* the guest's clock when it sent BEGIN, ms */
	} claimed;
	int64_t begun;	  /* host clock: BEGIN arrived, ms */
	int64_t received; /* host clock: whole and checked, ms */
	/* The JSON adds lag: waited_ms = clock - modified, carried_ms = received - begun. */
};

struct ls_record {
	enum ls_seal_kind kind;
	char event[LS_EVENT_KIND_SIZE]; /* events: "vm-start", "gap", ...; results: "" */
	struct ls_digest event_key;	/* events: what makes it sealed once; results: all zero */
	char instrument[LS_INSTRUMENT_SIZE];
	uint64_t seal;
	char session[LS_SESSION_HEX_SIZE]; /* "" when there is none */
	int64_t received;		   /* host clock, ms; its second is the manifest's */

	size_t count;
	struct ls_record_file *files; /* owned when parsed */
	char *detail; /* events: JSON of an object, NULL for {}; owned when parsed */

	struct ls_digest policy, domain_xml, base_image; /* SHA-256; all zero: none */

	struct ls_digest pcr23;	   /* the measurement the key is bound to; all zero: none */
	uint64_t approval_version; /* of the authority's approval; 0: none */
	enum ls_key_kind key_kind;
	enum ls_ed25519_kind ed25519; /* of the checkpoints' second line; none: there is no such
					 line */
	bool development;	      /* the policy says development: true */
	char unconfined[LS_UNCONFINED_SIZE]; /* what the enclave could not have of its confinement:
						"own user, Landlock"; "": it has all */
	uint64_t evidence; /* size of the newest checkpoint for which evidence is published; 0: none
			    */
	struct ls_calibration_status calibration; /* of the instrument; zeroed: not checked */
	struct ls_samples samples; /* results: whose sequence files the policy names; else none */
};

/*
 * Deterministic: fixed member order, one-space indent, LF at the end.
 * -EINVAL: a field breaks its rule; -EBADMSG: the detail is no small JSON
 * object; -EFBIG; -ENOMEM.
 */
int ls_record_format(const struct ls_record *record, struct ls_buffer *out, struct ls_error *err);

/* The most bytes that a file adds to a record, and that the rest of a result's record has. */
size_t ls_record_file_room(const struct ls_record_file *file);
#define LS_RECORD_HEAD_ROOM (2048 + LS_CALIBRATION_STATUS_MAX + LS_SAMPLES_TEXT_MAX)

/* Whether a file's numbers and digest can be written.  0 or -EINVAL. */
int ls_record_file_check(const struct ls_record_file *file, struct ls_error *err);

/* 0, -EBADMSG, -ENOMEM. */
int ls_record_parse(const void *bytes, size_t size, struct ls_record *ret_record,
		    struct ls_error *err);
void ls_record_free(struct ls_record *record); /* files and detail only; NULL is fine */
#define _cleanup_record_ __attribute__((cleanup(ls_record_free)))

/*
 * Whether the record says what the manifest says: kind, instrument, seal,
 * received, the same files with the same digests in the same order.  0 or -EBADMSG.
 */
int ls_record_matches(const struct ls_record *record, const struct ls_manifest *manifest,
		      struct ls_error *err);

/* Bounded JSON check for a detail that comes from another process.  0 or -EBADMSG. */
int ls_record_detail_check(const char *json, size_t size, struct ls_error *err);

/* Call once before confinement: the JSON library seeds its hash from /dev/urandom on first use. */
void ls_record_warm_up(void);

#endif
