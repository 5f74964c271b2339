/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calibration trust file: what an auditor must know beforehand to judge a
 * chain of calibrations (docs/formats/calibration-trust.md).  Header lines, then
 * PEM certificates.
 */
#ifndef LABSEAL_LIB_CAL_TRUST_H
#define LABSEAL_LIB_CAL_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/p256.h"
#include "lib/cal/check.h"
#include "lib/cal/decimal.h"
#include "lib/cal/report.h"
#include "lib/log/cosignature.h"
#include "lib/log/note.h"

#define LS_CAL_TRUST_SIZE_MAX	      262144 /* bytes of a trust file */
#define LS_CAL_TRUST_NMIS_MAX	      64
#define LS_CAL_TRUST_CERTIFICATES_MAX 32
#define LS_CAL_TRUST_SEVERITIES_MAX   64
#define LS_CAL_CONTRACT_ADDRESS_SIZE  20
#define LS_CAL_DEPTH_MAX	      200 /* no trust file allows more links from a device to its NMI */
#define LS_CAL_DEPTH_DEFAULT	      60
#define LS_CAL_MAX_AGE_DEFAULT	      (7 * 86400) /* seconds */
#define LS_CAL_SECONDS_MAX	      (100LL * 366 * 86400)

/* A national metrology institute.  Where a chain may end. */
struct ls_cal_nmi {
	char name[LS_CAL_TEXT_SIZE];
	bool document; /* known as the organisation (O) of certificates that sign documents */
	struct ls_p256_public key; /* else: of its organisation record */
};

struct ls_cal_certificate {
	const uint8_t *der; /* points into the trust's own bytes */
	size_t size;
};

struct ls_cal_severity {
	enum ls_cal_check_id check;
	enum ls_cal_outcome outcome; /* what it is counted as where it would fail or warn */
};

struct ls_cal_trust {
	bool has_registry; /* false: documents only */
	struct ls_note_key
		registry; /* its name is the log's origin, and the records' registry; with
			   * the Ed25519 key that its checkpoints must have a line of */
	size_t witness_count;
	struct ls_witness_key *witnesses; /* owned */
	unsigned quorum;		  /* 1 to witness_count; 0 without witnesses */

	/* A contract in the registry's place, or beside it. */
	bool has_contract;
	uint64_t chain;
	uint8_t contract[LS_CAL_CONTRACT_ADDRESS_SIZE];
	bool has_block; /* the block that is believed */
	uint64_t block_number;
	struct ls_digest block_hash;

	size_t nmi_count;	 /* at least one */
	struct ls_cal_nmi *nmis; /* owned */

	int64_t max_age;    /* seconds: what is older than that says nothing of revocations */
	unsigned max_depth; /* links from the device to the NMI */
	int64_t interval;   /* seconds: how long a report without a due date holds; 0: not said */
	int64_t logging_delay; /* seconds from a calibration to its being in the log; 0: not judged
				*/
	bool has_tur;
	struct ls_decimal tur; /* least ratio of tolerance span and 2 U (k = 2) of the standard */

	size_t severity_count;
	struct ls_cal_severity *severities; /* owned; in the order of enum ls_cal_check_id */

	size_t certificate_count;		 /* CA certificates of those who sign documents */
	struct ls_cal_certificate *certificates; /* owned */
	uint8_t *certificate_bytes;		 /* owned when parsed; not used by formatting */
};

/* Strict, one spelling but for '#' comment lines between the header lines.
 * 0, -EBADMSG, -ENOMEM. */
int ls_cal_trust_parse(const void *bytes, size_t size, struct ls_cal_trust *ret_trust,
		       struct ls_error *err);
/*
 * The lines of another kind of trust file that name a log and how old it may be, as they stand in
 * this one: "registry VKEY", "registry-ed25519 VKEY", "witness VKEY" ..., "quorum N", "max-age
 * SECONDS", with comments between.  The rest of ret_trust stays as it is; it is the caller's to
 * free.  0, -EBADMSG (no registry, too), -ENOMEM.
 */
struct ls_cal_lines;
int ls_cal_trust_read_log(struct ls_cal_lines *lines, struct ls_cal_trust *ret_trust);
void ls_cal_trust_free(struct ls_cal_trust *trust); /* what it owns; NULL is fine */
#define _cleanup_cal_trust_ __attribute__((cleanup(ls_cal_trust_free)))

/* Appends the file's text, with comments that tell a reader what it is.  -EINVAL: breaks a rule. */
int ls_cal_trust_format(const struct ls_cal_trust *trust, struct ls_buffer *out,
			struct ls_error *err);

/* The NMI with this key, or that signs documents under this name; NULL: the file has no such. */
const struct ls_cal_nmi *ls_cal_trust_nmi(const struct ls_cal_trust *trust,
					  const struct ls_p256_public *key);
const struct ls_cal_nmi *ls_cal_trust_document_nmi(const struct ls_cal_trust *trust,
						   const char *organisation);

/* What the check counts as where it comes out so: the trust file's severity, or as it came out.
 * Only FAILS, CANNOT and WARNS of checks that the table lets be changed are. */
enum ls_cal_outcome ls_cal_trust_severity(const struct ls_cal_trust *trust,
					  enum ls_cal_check_id check, enum ls_cal_outcome outcome);

#endif
